//! Whether summaries still are what their usage table's rows say: what was captured is right as long
//! as the table has the columns that it had, and the triggers.

use std::cell::Cell;

use pgrx::pg_sys::{self, Oid};

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::members::{FileSum, Members, MembersLock};
use super::stamp::Stamp;
use crate::error::Error;
use crate::pg::{catalog, identity, snapshot};

/// What was found of a usage table.
#[derive(Debug, Clone, Copy)]
struct Found {
    fault: Option<Fault>,
    files: FileSum,
}

thread_local! {
    /// The entry that was last looked at, the invalidations seen by then, and what was found.
    static SEEN: Cell<Option<(i32, Oid, u64, Found)>> = const { Cell::new(None) };
}

/// Why the summaries cannot be taken for the table's rows that the active snapshot sees; `None` if
/// they can.
pub(crate) fn fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    let stamp = Stamp::read(entry.number)?;
    if let Stamp::Stale(fault) = stamp {
        return Ok(Some(fault));
    }
    let found = find(entry)?;
    if found.fault.is_some() {
        return Ok(found.fault);
    }
    match stamp {
        Stamp::Current { files } if files != found.files => changed_fault(entry, files),
        Stamp::Current { .. } => Ok(None),
        Stamp::Building { .. } | Stamp::Stale(_) => Ok(Some(Fault::Building)),
    }
}

/// Why summaries of these files cannot be taken, of a table that seems to have others; `None` if they
/// can.
fn changed_fault(entry: &SummaryEntry, files: FileSum) -> Result<Option<Fault>, Error> {
    // Whoever is about to commit a change of a partition has not told others of it yet.
    let members = Members::locked(entry.usage, entry.number, MembersLock::Read)?;
    if members.files() == files {
        return fault_of(entry, &members);
    }
    let noted = snapshot::with_catalogs(|| Stamp::read(entry.number))?;
    Ok(Some(match noted == (Stamp::Current { files: members.files() }) {
        true => Fault::Truncated,
        false => members.changed(),
    }))
}

/// Why the summaries cannot be taken for the table's rows in any snapshot from now on; `None` if they
/// can.
pub(super) fn lasting_fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    find(entry).map(|found| found.fault)
}

/// What is found of the usage table, if that was not found since something happened.
fn find(entry: &SummaryEntry) -> Result<Found, Error> {
    // As a SELECT would: so all is known that was committed by now.
    catalog::lock(entry.usage, pg_sys::AccessShareLock);
    let seen = identity::invalidations();
    if let Some((number, usage, at, found)) = SEEN.get()
        && (number, usage, at) == (entry.number, entry.usage, seen)
    {
        return Ok(found);
    }
    let members = Members::of(entry.usage, entry.number)?;
    let found = Found { fault: fault_of(entry, &members)?, files: members.files() };
    SEEN.set(Some((entry.number, entry.usage, seen, found)));
    Ok(found)
}

/// Why summaries of a table with these members cannot be taken in any snapshot; `None` if they can.
pub(super) fn fault_of(entry: &SummaryEntry, members: &Members) -> Result<Option<Fault>, Error> {
    if columns(entry)?.as_ref() != Some(&entry.columns) {
        return Ok(Some(Fault::Columns));
    }
    let gap = members.gap();
    Ok(if gap.is_none() && !members.are_captured() { Some(Fault::Trigger) } else { gap })
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
