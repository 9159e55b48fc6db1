//! Rows of a result, whose columns are read by their types.

use std::cell::Cell;

use pgrx::pg_sys::{self, Datum, Oid};
use pgrx::tupdesc::PgTupleDesc;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::usage::Cost;

use crate::error::Error;
use crate::pg::ids::{IdType, is_text};
use crate::pg::{catalog, numeric, varlena};

/// A row of a result, valid until the next one is read.
pub(crate) struct Row {
    slot: *mut pg_sys::TupleTableSlot,
    /// Whether a column was read as what it is not. It reads as NULL, and then the statement fails.
    is_misread: Cell<bool>,
}

impl Row {
    /// The row in a slot.
    ///
    /// # Safety
    /// All columns of the slot must be filled in, and stay so while the row is used.
    pub(super) unsafe fn new(slot: *mut pg_sys::TupleTableSlot) -> Self {
        Self { slot, is_misread: Cell::new(false) }
    }

    /// Whether all columns were read as what they are.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.is_misread.get() {
            false => Ok(()),
            true => Err(Error::Invariant("columns are read as what the statement selects")),
        }
    }

    /// The value in this column, counted from 0; `None` if it is NULL.
    #[inline]
    pub(crate) fn get(&self, column: usize) -> Option<Datum> {
        self.of_type(column, |_| true)
    }

    /// A text, varchar or bytea column.
    #[inline]
    pub(crate) fn bytes(&self, column: usize) -> Option<&[u8]> {
        let value = self.of_type(column, |oid| is_text(oid) || oid == pg_sys::BYTEAOID);
        // SAFETY: the value has such a type, and lives as long as the row.
        value.map(|datum| unsafe { varlena::bytes(datum) })
    }

    /// An id column of this type.
    #[inline]
    pub(crate) fn id(&self, column: usize, id_type: IdType) -> Option<Id<'_>> {
        let value = self.of_type(column, |oid| oid == id_type.oid());
        // SAFETY: as above.
        value.map(|datum| unsafe { id_type.read(datum) })
    }

    /// A numeric column.
    pub(crate) fn numeric(&self, column: usize) -> Option<Cost<'_>> {
        let value = self.of_type(column, |oid| oid == pg_sys::NUMERICOID);
        // SAFETY: as above.
        value.map(|datum| unsafe { numeric::cost(datum) })
    }

    /// The value in a column of a type that `accepts` takes, or of a domain over one.
    #[inline]
    fn of_type(&self, column: usize, accepts: impl Fn(Oid) -> bool) -> Option<Datum> {
        // SAFETY: all columns of the slot are filled in, which its descriptor describes.
        unsafe {
            let columns = PgTupleDesc::from_pg_unchecked((*self.slot).tts_tupleDescriptor);
            let is_accepted = columns.get(column).is_some_and(|attribute| {
                accepts(attribute.atttypid) || accepts(catalog::base_type(attribute.atttypid))
            });
            if !is_accepted {
                self.is_misread.set(true);
                return None;
            }
            let null = *(*self.slot).tts_isnull.add(column);
            (!null).then(|| *(*self.slot).tts_values.add(column))
        }
    }

    /// A `bigint` column; 0 if it is NULL.
    pub(crate) fn int8(&self, column: usize) -> i64 {
        self.get(column).map_or(0, int8_of)
    }

    /// An `oid` column; invalid if it is NULL.
    pub(in crate::pg) fn oid(&self, column: usize) -> Oid {
        self.get(column).map_or(Oid::INVALID, oid_of)
    }

    /// A `boolean` column; false if it is NULL.
    pub(crate) fn bool(&self, column: usize) -> bool {
        self.get(column).is_some_and(|datum| datum.value() != 0)
    }
}

/// The OID that a datum carries.
#[expect(clippy::cast_possible_truncation, reason = "a datum carries an OID in its low half")]
pub(in crate::pg) fn oid_of(datum: Datum) -> Oid {
    Oid::from(datum.value() as u32)
}

/// The `int` or date that a datum carries.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a datum carries integers in its low bits")]
pub(in crate::pg) fn int4_of(datum: Datum) -> i32 {
    datum.value() as i32
}

/// The `bigint` or time that a datum carries.
#[inline]
pub(in crate::pg) fn int8_of(datum: Datum) -> i64 {
    datum.value().cast_signed() as i64
}
