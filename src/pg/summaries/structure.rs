//! Whether summaries still are what their usage table's rows say: what was captured is right as long
//! as the table has the columns that it had, and the triggers.

use std::cell::Cell;

use pgrx::pg_sys::Oid;

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::stamp::Stamp;
use super::triggers;
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{catalog, identity, plans, snapshot};

thread_local! {
    /// The entry that was last looked at, the invalidations seen by then, and what was found.
    static SEEN: Cell<(i32, Oid, u64, Option<Fault>)> =
        const { Cell::new((0, Oid::INVALID, 0, None)) };
}

/// Why the summaries cannot be taken for the table's rows that the active snapshot sees; `None` if
/// they can.
pub(crate) fn fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    let stamp = Stamp::read(entry.number)?;
    if let Stamp::Stale(fault) = stamp {
        return Ok(Some(fault));
    }
    if let Some(fault) = lasting_fault(entry)? {
        return Ok(Some(fault));
    }
    let now = catalog::file(entry.usage);
    Ok(match stamp {
        Stamp::Building { .. } => Some(Fault::Building),
        Stamp::Current { file } if file != now => {
            let noted = snapshot::with_catalogs(|| Stamp::read(entry.number))?;
            match noted == (Stamp::Current { file: now }) {
                true => Some(Fault::Truncated),
                false => Some(Fault::Rewritten),
            }
        }
        Stamp::Current { .. } | Stamp::Stale(_) => None,
    })
}

/// A fault that any snapshot meets.
pub(crate) fn lasting_fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    let seen = identity::invalidations();
    let (number, usage, at, fault) = SEEN.get();
    if (number, usage, at) == (entry.number, entry.usage, seen) {
        return Ok(fault);
    }
    let fault = look(entry)?;
    SEEN.set((entry.number, entry.usage, seen, fault));
    Ok(fault)
}

fn look(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    if columns(entry)?.as_ref() != Some(&entry.columns) {
        return Ok(Some(Fault::Columns));
    }
    if !catalog::is_permanent(entry.usage) {
        return Ok(Some(Fault::Unlogged));
    }
    if !triggers::are_there(entry)? {
        return Ok(Some(Fault::Trigger));
    }
    gap(entry.usage)
}

/// What changes rows of the table, or adds rows to what is read of it, without its triggers; `None`
/// if nothing does. What is found is kept for other snapshots, so no snapshot
/// of a transaction's says it.
pub(crate) fn gap(usage: Oid) -> Result<Option<Fault>, Error> {
    let mut gap = None;
    let sql = include_str!("../../../sql/query/capture_gap.sql");
    let look = || {
        plans::read(sql, &[Param::oid(usage)], |row| {
            gap = match (row.bool(0), row.bool(1)) {
                (true, _) => Some(Fault::Relatives),
                (_, true) => Some(Fault::Subscription),
                _ => None,
            };
            Ok(())
        })
    };
    snapshot::with_catalogs(look)?;
    Ok(gap)
}

/// Notes of all sources whose summaries a change of the schema has made stale that they are so, for
/// good: what is changed back, as a trigger that is disabled for a while, leaves no other trace.
pub(crate) fn note_changes() -> Result<(), Error> {
    snapshot::with_latest(|| {
        SummaryEntry::each(|entry| match Stamp::read(entry.number)? {
            // A table with another file is found to have it, as one that is being restored.
            Stamp::Current { file } | Stamp::Building { file, .. }
                if file == catalog::file(entry.usage) =>
            {
                match lasting_fault(&entry)? {
                    Some(fault) => Stamp::mark_stale(entry.number, fault),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        })
    })
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
