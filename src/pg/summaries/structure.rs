//! Whether summaries still are what their usage table's rows say: what was captured is right as long
//! as the table has the columns that it had, and the triggers.

use std::cell::Cell;

use pgrx::pg_sys::Oid;

use super::entry::SummaryEntry;
use super::{rows, triggers};
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{catalog, identity, plans, snapshot};

thread_local! {
    /// The entry that was last looked at, the invalidations seen by then, and what was found.
    static SEEN: Cell<(i32, Oid, u64, Option<&'static str>)> =
        const { Cell::new((0, Oid::INVALID, 0, None)) };
}

/// Why the summaries cannot be taken for the table's rows that the active snapshot sees; `None` if
/// they can.
pub(crate) fn fault(entry: &SummaryEntry) -> Result<Option<&'static str>, Error> {
    if let Some(fault) = lasting_fault(entry)? {
        return Ok(Some(fault));
    }
    Ok(match rows::file(entry.number)? {
        None => Some("the usage table was written to while its columns had other names or types"),
        Some(file) if file == catalog::file(entry.usage) => None,
        // A snapshot that is older than a TRUNCATE sees none of the rows before it.
        Some(_) => Some("the usage table was truncated after the snapshot, or was rewritten"),
    })
}

/// A fault that any snapshot meets.
fn lasting_fault(entry: &SummaryEntry) -> Result<Option<&'static str>, Error> {
    let seen = identity::invalidations();
    let (number, usage, at, fault) = SEEN.get();
    if (number, usage, at) == (entry.number, entry.usage, seen) {
        return Ok(fault);
    }
    let fault = look(entry)?;
    SEEN.set((entry.number, entry.usage, seen, fault));
    Ok(fault)
}

fn look(entry: &SummaryEntry) -> Result<Option<&'static str>, Error> {
    if columns(entry)?.as_ref() != Some(&entry.columns) {
        return Ok(Some("columns of the usage table were changed since its summaries were made"));
    }
    if !catalog::is_permanent(entry.usage) {
        return Ok(Some("the usage table is no longer logged"));
    }
    if !triggers::are_there(entry)? {
        return Ok(Some("a trigger of the summaries is missing or disabled"));
    }
    gap(entry.usage)
}

/// What changes rows of the table, or adds rows to what is read of it, without its triggers; `None`
/// if nothing does. What is found is kept for other snapshots, so no snapshot
/// of a transaction's says it.
pub(crate) fn gap(usage: Oid) -> Result<Option<&'static str>, Error> {
    let mut gap = None;
    let sql = include_str!("../../../sql/query/capture_gap.sql");
    let look = || {
        plans::read(sql, &[Param::oid(usage)], |row| {
            gap = match (row.bool(0), row.bool(1)) {
                (true, _) => Some("the usage table has a parent or children"),
                (_, true) => Some("a subscription writes to the usage table"),
                _ => None,
            };
            Ok(())
        })
    };
    snapshot::with_catalogs(look)?;
    Ok(gap)
}

/// The numbers and types of the columns of usage that summaries are made of; `None` if one is
/// missing.
pub(crate) fn columns(entry: &SummaryEntry) -> Result<Option<String>, Error> {
    let mut columns = String::new();
    for name in entry.column_names() {
        let Some(described) = catalog::described_column(entry.usage, name)? else {
            return Ok(None);
        };
        columns += if columns.is_empty() { "" } else { ", " };
        columns += &described;
    }
    Ok(Some(columns))
}
