//! Rows of a usage table, or of a statement's change of it, as events.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Datum, NullableDatum, Oid};
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::memory;
use tenant_metrics_core::summaries::pending::PendingWriter;
use tenant_metrics_core::summaries::{MOST_DIMENSIONS, MOST_VALUES, Shape};
use tenant_metrics_core::usage::NEVER;

use super::entry::SummaryEntry;
use crate::error::Error;
use crate::pg::aggregate::CostType;
use crate::pg::ids::IdType;
use crate::pg::local_time::LocalZone;
use crate::pg::query::{int4_of, int8_of};
use crate::pg::{catalog, time, types, varlena};

/// Where the columns of events are in the rows of a table.
pub(super) struct RowLayout {
    tenant: (usize, IdType),
    time: Option<(usize, StoredTime)>,
    dimensions: Vec<(usize, NameType)>,
    values: Vec<(usize, CostType)>,
    shape: Shape,
    /// How many columns of a row have to be read.
    columns: usize,
}

/// How times are stored.
enum StoredTime {
    Moment,
    Naive(LocalZone),
    Date(LocalZone),
}

impl StoredTime {
    /// In a column of this type; `None` if they cannot be.
    fn of(oid: Oid, time_zone: Option<&str>) -> Result<Option<Self>, Error> {
        let zone = match time_zone {
            Some(name) => LocalZone::find(name)?,
            None => None,
        };
        Ok(match (oid, time_zone, zone) {
            (types::TIMESTAMPTZ | types::TIMESTAMP, None, _) => Some(Self::Moment),
            (types::TIMESTAMP, _, Some(zone)) => Some(Self::Naive(zone)),
            (types::DATE, _, Some(zone)) => Some(Self::Date(zone)),
            _ => None,
        })
    }

    /// The moment; `None` where it is out of range.
    #[inline]
    fn moment(&self, datum: Datum) -> Option<i64> {
        match self {
            Self::Moment => Some(int8_of(datum)),
            Self::Naive(zone) => zone.moment(int8_of(datum)),
            Self::Date(zone) => zone.start_of(int4_of(datum)),
        }
    }
}

/// The type of a dimension.
#[derive(Clone, Copy)]
enum NameType {
    Text,
    Boolean,
    /// An integer, and how many bits of a datum it leaves free.
    Integer(u32),
    Enum,
}

impl NameType {
    fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Self::Text,
            pg_sys::BOOLOID => Self::Boolean,
            pg_sys::INT2OID => Self::Integer(48),
            pg_sys::INT4OID => Self::Integer(32),
            pg_sys::INT8OID => Self::Integer(0),
            oid if catalog::is_enum(oid) => Self::Enum,
            _ => return None,
        })
    }
}

impl RowLayout {
    /// Where a table has the columns that summaries are made of; `None` if it lacks one, or has it
    /// with another type than it can have.
    pub(super) fn of(entry: &SummaryEntry, table: Oid) -> Result<Option<Self>, Error> {
        let mut columns = 0;
        let mut column = |name: &str| -> Result<Option<(usize, Oid)>, Error> {
            let found = catalog::placed_column(table, name)?;
            columns = columns.max(found.map_or(0, |(at, _)| at + 1));
            Ok(found)
        };
        let Some((at, oid)) = column(&entry.usage_tenant)? else { return Ok(None) };
        let Some(id) = IdType::of(oid) else { return Ok(None) };
        let time = match &entry.usage_time {
            None => None,
            Some(name) => {
                let Some((at, oid)) = column(name)? else { return Ok(None) };
                let Some(stored) = StoredTime::of(oid, entry.time_zone.as_deref())? else {
                    return Ok(None);
                };
                Some((at, stored))
            }
        };
        let (mut dimensions, mut values) = (Vec::new(), Vec::new());
        for name in entry.usage_feature.iter().chain(&entry.dimensions) {
            let found = column(name)?;
            match found.and_then(|(at, oid)| Some((at, NameType::of(oid)?))) {
                Some(dimension) => memory::push(&mut dimensions, dimension)?,
                None => return Ok(None),
            }
        }
        for name in entry.usage_cost.iter().chain(&entry.measures) {
            let found = column(name)?;
            match found.and_then(|(at, oid)| Some((at, CostType::of(oid)?))) {
                Some(value) => memory::push(&mut values, value)?,
                None => return Ok(None),
            }
        }
        let shape = Shape::new(dimensions.len(), values.len());
        Ok(shape.map(|shape| Self { tenant: (at, id), time, dimensions, values, shape, columns }))
    }

    /// The kind of the tenants' ids.
    pub(super) fn ids(&self) -> IdKind {
        self.tenant.1.kind()
    }

    /// The shape of the events.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Appends the event of a row to what is written; a row without a tenant is no event.
    ///
    /// # Safety
    /// The slot must hold a row of the table.
    pub(super) unsafe fn write(
        &self,
        slot: *mut pg_sys::TupleTableSlot,
        is_removed: bool,
        into: &mut PendingWriter,
    ) -> Result<(), Error> {
        // SAFETY: the caller vouches for the row.
        unsafe { self.write_wanted(slot, is_removed, |_| true, into) }
    }

    /// [`Self::write`], of the tenants that are wanted.
    ///
    /// # Safety
    /// As for [`Self::write`].
    #[inline]
    pub(super) unsafe fn write_wanted(
        &self,
        slot: *mut pg_sys::TupleTableSlot,
        is_removed: bool,
        is_wanted: impl Fn(Id<'_>) -> bool,
        into: &mut PendingWriter,
    ) -> Result<(), Error> {
        // SAFETY: the row has these columns, which were looked at.
        unsafe {
            pg_sys::slot_getsomeattrs_int(slot, i32::try_from(self.columns).unwrap_or_default())
        };
        let get = |at: usize| {
            // SAFETY: as above.
            unsafe {
                let slot = &*slot;
                NullableDatum { value: *slot.tts_values.add(at), isnull: *slot.tts_isnull.add(at) }
            }
        };
        let (at, id) = self.tenant;
        let tenant = get(at);
        if tenant.isnull {
            return Ok(());
        }
        // SAFETY: the columns have these types; the row lives while it is written.
        let tenant = unsafe { id.read(tenant.value) };
        if !is_wanted(tenant) {
            return Ok(());
        }
        let time = match &self.time {
            Some((at, stored)) if !get(*at).isnull => {
                let moment = stored.moment(get(*at).value);
                time::to_core(moment.ok_or(Error::EventTimeOutOfRange)?)
            }
            _ => NEVER,
        };
        let mut names: [Option<Name<'_>>; MOST_DIMENSIONS] = Default::default();
        for (name, &(at, of)) in names.iter_mut().zip(&self.dimensions) {
            let found = get(at);
            // SAFETY: as above.
            *name = (!found.isnull).then(|| unsafe { of.read(found.value) });
        }
        let names = names.iter().map(|name| name.as_ref().map(Name::bytes));
        let mut values = [NullableDatum { value: Datum::null(), isnull: true }; MOST_VALUES];
        for (value, &(at, _)) in values.iter_mut().zip(&self.values) {
            *value = get(at);
        }
        let values = self.values.iter().zip(&values).map(|(&(_, of), value)| {
            // SAFETY: as above.
            unsafe { of.argument(value) }
        });
        Ok(into.add(tenant, is_removed, time, names.take(self.dimensions.len()), values)?)
    }
}

/// A name of a dimension, as text.
enum Name<'a> {
    Stored(&'a [u8]),
    Made(Vec<u8>),
}

impl Name<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Stored(bytes) => bytes,
            Self::Made(bytes) => bytes,
        }
    }
}

impl NameType {
    /// # Safety
    /// `datum` must be of this type and stay allocated for `'a`.
    #[expect(clippy::cast_possible_wrap, reason = "a datum carries small values in its low bits")]
    unsafe fn read<'a>(self, datum: Datum) -> Name<'a> {
        match self {
            // SAFETY: the caller vouches for the value.
            Self::Text => Name::Stored(unsafe { varlena::bytes(datum) }),
            Self::Boolean => Name::Stored(if datum.value() == 0 { b"false" } else { b"true" }),
            Self::Integer(free) => {
                Name::Made((((datum.value() as i64) << free) >> free).to_string().into_bytes())
            }
            // SAFETY: the function takes an enum, and gives a NUL-terminated string that the current
            // memory keeps.
            Self::Enum => unsafe {
                let label = pgrx::direct_function_call_as_datum(pg_sys::enum_out, &[Some(datum)]);
                let label = label.map_or(c"".as_ptr(), |label| label.cast_mut_ptr());
                Name::Stored(CStr::from_ptr(label).to_bytes())
            },
        }
    }
}
