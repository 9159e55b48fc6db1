//! Rows of `summary`: which sources have summaries.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::CoreError;

use crate::error::Error;
use crate::pg::query::{self, Param, int4_of};
use crate::pg::tables::{self, Fields, OwnTable};
use crate::pg::{arrays, snapshot, text};

/// A source with summaries: what they were made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SummaryEntry {
    pub(crate) source: String,
    /// What stands for the source in the rows of the other tables.
    pub(crate) number: i32,
    pub(crate) usage: Oid,
    pub(crate) usage_tenant: String,
    /// Missing, like the two that follow, where usage has no such column.
    pub(crate) usage_feature: Option<String>,
    pub(crate) usage_cost: Option<String>,
    pub(crate) usage_time: Option<String>,
    /// In which zone the times are read, where they are stored without one.
    pub(crate) time_zone: Option<String>,
    pub(crate) dimensions: Vec<String>,
    pub(crate) measures: Vec<String>,
    /// What [`super::columns()`] gave when the summaries were made.
    pub(crate) columns: String,
}

impl SummaryEntry {
    /// That of the source of this name, in the active snapshot.
    pub(crate) fn find(source: &str) -> Result<Option<Self>, Error> {
        let wanted = text::to_server(source)?;
        Self::first(|fields| fields.bytes(0) == Some(wanted.as_bytes()))
    }

    /// That of this number, in the active snapshot.
    pub(super) fn numbered(number: i32) -> Result<Option<Self>, Error> {
        Self::first(|fields| number_of(fields) == number)
    }

    /// Calls `on_entry` with each entry that the active snapshot sees.
    pub(super) fn each(mut on_entry: impl FnMut(Self) -> Result<(), Error>) -> Result<(), Error> {
        each(|fields| on_entry(Self::read(fields)?))
    }

    fn first(is_wanted: impl Fn(&Fields) -> bool) -> Result<Option<Self>, Error> {
        let mut found = None;
        each(|fields| {
            if is_wanted(fields) {
                found = Some(Self::read(fields)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn read(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            source: fields.string(0)?,
            number: number_of(fields),
            usage: fields.oid(2),
            usage_tenant: fields.name(3)?,
            usage_feature: fields.name_if_any(4)?,
            usage_cost: fields.name_if_any(5)?,
            usage_time: fields.name_if_any(6)?,
            time_zone: fields.string_if_any(7)?,
            dimensions: fields.strings(8)?,
            measures: fields.strings(9)?,
            columns: fields.string(10)?,
        })
    }

    /// The columns of usage that the summaries are made of.
    pub(crate) fn column_names(&self) -> impl Iterator<Item = &str> {
        let further = self.dimensions.iter().chain(&self.measures);
        std::iter::once(&self.usage_tenant)
            .chain(&self.usage_feature)
            .chain(&self.usage_cost)
            .chain(&self.usage_time)
            .chain(further)
            .map(String::as_str)
    }
}

/// Calls `on_row` for each row of `summary` that the active snapshot sees.
fn each(mut on_row: impl FnMut(&Fields) -> Result<(), Error>) -> Result<(), Error> {
    // SAFETY: a call has an active snapshot.
    tables::scan(OwnTable::Summary, unsafe { pg_sys::GetActiveSnapshot() }, &mut on_row)
}

/// The number that stands for the source.
fn number_of(fields: &Fields) -> i32 {
    fields.get(1).map_or(0, int4_of)
}

/// The right to add and remove entries, which no other transaction has until this one ends.
pub(crate) struct EntriesLock {
    /// The owner of the extension's tables.
    owner: Oid,
}

impl EntriesLock {
    /// Waits until no other transaction adds or removes entries; `command` is for messages.
    pub(crate) fn take(command: &'static CStr) -> Result<Self, Error> {
        snapshot::demand_writable(command);
        let owner = OwnTable::Summary.lock(pg_sys::ShareRowExclusiveLock)?;
        Ok(Self { owner })
    }

    /// The entry of the source of this name as it is now.
    pub(crate) fn find(&self, source: &str) -> Result<Option<SummaryEntry>, Error> {
        snapshot::with_latest(|| SummaryEntry::find(source))
    }

    /// A number that no entry has.
    pub(crate) fn new_number(&self) -> Result<i32, Error> {
        let mut last = 0;
        snapshot::with_latest(|| {
            each(|fields| {
                last = last.max(number_of(fields));
                Ok(())
            })
        })?;
        Ok(last.checked_add(1).ok_or(CoreError::TooManyValues)?)
    }

    /// Adds an entry.
    pub(crate) fn put(&self, entry: &SummaryEntry) -> Result<(), Error> {
        let text = |text: Option<&str>| match text {
            Some(text) => Param::text(text),
            None => Ok(Param::new(pg_sys::TEXTOID, None)),
        };
        let texts = |texts: &[String]| {
            Ok::<_, Error>(Param::new(
                pg_sys::TEXTARRAYOID,
                Some(arrays::string_array_datum(texts)?),
            ))
        };
        let params = [
            Param::text(&entry.source)?,
            Param::new(pg_sys::INT4OID, Some(Datum::from(entry.number))),
            Param::new(pg_sys::REGCLASSOID, Some(Datum::from(entry.usage))),
            Param::text(&entry.usage_tenant)?,
            text(entry.usage_feature.as_deref())?,
            text(entry.usage_cost.as_deref())?,
            text(entry.usage_time.as_deref())?,
            text(entry.time_zone.as_deref())?,
            texts(&entry.dimensions)?,
            texts(&entry.measures)?,
            Param::text(&entry.columns)?,
        ];
        let sql = include_str!("../../../sql/query/put_summary.sql");
        query::write_as(self.owner, sql, &params)?;
        Ok(())
    }

    /// Removes the entry of this number.
    pub(crate) fn remove(&self, number: i32) -> Result<(), Error> {
        let sql = include_str!("../../../sql/query/remove_summary.sql");
        let number = Param::new(pg_sys::INT4OID, Some(Datum::from(number)));
        query::write_as(self.owner, sql, &[number])?;
        Ok(())
    }
}
