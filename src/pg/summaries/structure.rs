//! Whether summaries still are what their usage table's rows say: what was captured is right as long
//! as the table has the columns that it had, and the triggers.

use std::cell::RefCell;

use pgrx::pg_sys;

use super::columns;
use super::entry::SummaryEntry;
use super::fault::Fault;
use super::stamp::{Stamp, SummaryHead};
use super::usage_tables::{FileSum, UsageLock, UsageTables};
use crate::error::Error;
use crate::pg::{catalog, identity, snapshot};

/// What was found of a usage table.
#[derive(Debug, Clone, Copy)]
struct UsageStructure {
    fault: Option<Fault>,
    files: FileSum,
}

thread_local! {
    /// The entry that was last looked at, the invalidations seen by then, and what was found.
    static SEEN: RefCell<Option<(SummaryEntry, u64, UsageStructure)>> =
        const { RefCell::new(None) };
}

/// Why the summaries cannot be taken for the table's rows that the active snapshot sees, which has
/// this head of them; `None` if they can.
pub(crate) fn fault(entry: &SummaryEntry, head: &SummaryHead) -> Result<Option<Fault>, Error> {
    let stamp = head.stamp;
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
    let tables = UsageTables::locked(entry.usage, entry.number, UsageLock::Read)?;
    if tables.files() == files {
        return fault_of(entry, &tables);
    }
    let noted = snapshot::with_catalogs(|| Stamp::read(entry.number))?;
    Ok(Some(match noted == (Stamp::Current { files: tables.files() }) {
        true => Fault::AfterSnapshot,
        false => tables.changed(),
    }))
}

/// Why the summaries cannot be taken for the table's rows in any snapshot from now on; `None` if they
/// can.
pub(super) fn lasting_fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    find(entry).map(|found| found.fault)
}

/// The error of who finds summaries stale for this reason. `repair` puts them right, whatever it is,
/// unless the next change would not be captured either.
pub(crate) fn stale(entry: &SummaryEntry, fault: Fault) -> Result<Error, Error> {
    Ok(match fault.can_be_repaired() && lasting_fault(entry)?.is_none() {
        true => Error::repairable_summaries(&entry.source, fault.words()),
        false => Error::stale_summaries(&entry.source, fault.words()),
    })
}

/// What is found of the usage table, if that was not found since something happened.
fn find(entry: &SummaryEntry) -> Result<UsageStructure, Error> {
    // As a SELECT would: so all is known that was committed by now.
    catalog::lock(entry.usage, pg_sys::AccessShareLock);
    let seen = identity::invalidations();
    let known = SEEN.with_borrow(|known| match known {
        Some((of, at, found)) if *at == seen && of == entry => Some(*found),
        _ => None,
    });
    if let Some(found) = known {
        return Ok(found);
    }
    let tables = UsageTables::of(entry.usage, entry.number)?;
    // By what others have noted since, the statements of this transaction are captured too.
    let noted = snapshot::with_catalogs(|| SummaryEntry::numbered(entry.number))?;
    let fault = match noted.as_ref() == Some(entry) {
        true => fault_of(entry, &tables)?,
        false => Some(Fault::AfterSnapshot),
    };
    let found = UsageStructure { fault, files: tables.files() };
    SEEN.set(Some((entry.clone(), seen, found)));
    Ok(found)
}

/// Why summaries of a table with these tables cannot be taken in any snapshot; `None` if they can.
pub(super) fn fault_of(entry: &SummaryEntry, tables: &UsageTables) -> Result<Option<Fault>, Error> {
    if let Some(fault) = columns::fault(entry)? {
        return Ok(Some(fault));
    }
    let gap = tables.gap();
    Ok(if gap.is_none() && !tables.are_captured() { Some(Fault::Trigger) } else { gap })
}
