//! Making summaries, forgetting them, and folding by hand.
//!
//! Locks are taken in one order everywhere: that of the entries, the usage table, that of the folds.

use std::ffi::CStr;

use tenant_metrics_core::memory;

use super::{Source, Table, setup, summarizable};
use crate::error::Error;
use crate::pg::query::commit;
use crate::pg::summaries::{
    self, Difference, EntriesLock, Fault, FoldExtent, FoldLock, MOST_PARTS, Progress, Stamp,
    SummaryEntry, SummaryHead,
};
use crate::pg::{catalog, snapshot, text};

/// How summaries are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Building {
    /// In how many parts; by the size of the table if nobody says so.
    pub(crate) parts: Option<i32>,
    /// Whether each part is committed by itself, while others write.
    pub(crate) is_online: bool,
}

/// Makes the summaries of a source.
pub(crate) fn enable(name: &str, building: Building) -> Result<(), Error> {
    begin(name, building, c"tenant_metrics.enable_summaries()", |_, _, entry| match entry {
        Some(_) => Err(Error::HasSummaries { name: text::clipped(memory::text(name)?) }),
        None => Ok(None),
    })?;
    build(name, building)
}

/// Makes the summaries of a source anew, as of the columns that it has now.
pub(crate) fn rebuild(name: &str, building: Building) -> Result<(), Error> {
    begin(name, building, c"tenant_metrics.rebuild()", |entries, source, entry| {
        let entry = entry.ok_or_else(|| Error::no_summaries(name))?;
        demand_owner(entry)?;
        if !summaries::keep_triggers(entry, source.usage.oid)? {
            forget(entries, entry)?;
            return Ok(None);
        }
        entries.remove(entry.number)?;
        summaries::clear(entry.number, &FoldLock::take(entry.number)?)?;
        Ok(Some(entry.number))
    })?;
    build(name, building)
}

/// Goes on with summaries that are half built, or paused.
pub(crate) fn resume(name: &str, building: Building) -> Result<(), Error> {
    demand_new_snapshots(c"tenant_metrics.resume()")?;
    let entry = owned(name)?;
    match summaries::fault(&entry, &SummaryHead::read(entry.number)?)? {
        Some(Fault::Building) => build(name, building),
        Some(Fault::Paused) => rebuild(name, building),
        _ => Err(Error::NotResumable { name: text::clipped(memory::text(name)?) }),
    }
}

/// Locks a source's usage table against writes, and notes that its summaries are to be built.
/// `replace` is given those that it has, and gives the number of those whose triggers are kept.
fn begin(
    name: &str,
    building: Building,
    command: &'static CStr,
    replace: impl FnOnce(&EntriesLock, &Source, Option<&SummaryEntry>) -> Result<Option<i32>, Error>,
) -> Result<(), Error> {
    demand_new_snapshots(command)?;
    summaries::keep_labels()?;
    let source = Source::of_name(name)?;
    setup::demand_owner(&source.usage)?;
    let entries = EntriesLock::take(command)?;
    summaries::lock_usage(source.usage.oid)?;
    // Before the lock was got, the table may have been changed.
    let source = Source::of_name(name)?;
    summarizable::demand(&source)?;
    let parts = match building.parts {
        None => summaries::usual_parts(source.usage.oid)?,
        Some(value) => match u32::try_from(value) {
            Ok(parts @ 1..=MOST_PARTS) => parts,
            _ => return Err(Error::PartsOutOfRange { most: MOST_PARTS, value }),
        },
    };
    let kept = replace(&entries, &source, entries.find(name)?.as_ref())?;
    let number = kept.map_or_else(|| entries.new_number(), Ok)?;
    let entry = summarizable::entry(&source, number)?;
    entries.put(&entry)?;
    if kept.is_none() {
        summaries::create_triggers(&entry)?;
    }
    summaries::begin(&entry, parts)
}

/// Builds the parts that are not made yet.
fn build(name: &str, building: Building) -> Result<(), Error> {
    let mut progress = Progress::new(name)?;
    loop {
        match building.is_online {
            true => commit()?,
            false => snapshot::advance(),
        }
        let is_done = snapshot::with_latest(|| {
            let source = Source::of_name(name)?;
            let entry = owned(name)?;
            summaries::build_part(&entry, source.id_type.kind(), &mut progress)
        })?;
        if is_done {
            return Ok(());
        }
    }
}

/// Forgets what is stored of a source, and stops capturing its statements, until summaries are made
/// anew.
pub(crate) fn pause(name: &str) -> Result<(), Error> {
    let entries = EntriesLock::take(c"tenant_metrics.pause()")?;
    let entry = entries.find(name)?.ok_or_else(|| Error::no_summaries(name))?;
    demand_owner(&entry)?;
    if catalog::locked_relation_name(entry.usage)?.is_some() {
        summaries::drop_triggers(&entry)?;
    }
    summaries::clear(entry.number, &FoldLock::take(entry.number)?)?;
    Stamp::Stale(Fault::Paused).put(entry.number)
}

/// The tenants of whom a source's summaries say something else than its events.
pub(crate) fn verify(name: &str) -> Result<Vec<Difference>, Error> {
    let source = Source::of_name(name)?;
    let entry = owned(name)?;
    match summarizable::fault(&entry, &source, &SummaryHead::read(entry.number)?)? {
        Some(fault @ Fault::OtherColumns) => Err(Error::stale_summaries(name, fault.words())),
        _ => summaries::verify(&entry, source.id_type.kind()),
    }
}

/// Makes a source's summaries say what its events say; gives the number of tenants of whom they did
/// not, where they are not all made anew.
pub(crate) fn repair(name: &str, building: Building) -> Result<Option<usize>, Error> {
    demand_new_snapshots(c"tenant_metrics.repair()")?;
    let source = Source::of_name(name)?;
    let entry = owned(name)?;
    snapshot::demand_writable(c"tenant_metrics.repair()");
    summaries::keep_labels()?;
    let head = SummaryHead::read(entry.number)?;
    if let Some(fault @ Fault::OtherColumns) = summarizable::fault(&entry, &source, &head)? {
        return Err(Error::stale_summaries(name, fault.words()));
    }
    let repaired = summaries::repair(&entry, source.id_type.kind())?;
    if repaired.is_none() {
        rebuild(name, building)?;
    }
    Ok(repaired)
}

/// Forgets the summaries of a source.
pub(crate) fn disable(name: &str) -> Result<(), Error> {
    let entries = EntriesLock::take(c"tenant_metrics.disable_summaries()")?;
    let entry = entries.find(name)?.ok_or_else(|| Error::no_summaries(name))?;
    demand_owner(&entry)?;
    forget(&entries, &entry)
}

/// Forgets the summaries of a source that is torn down, if it has any.
pub(super) fn forget_if_any(name: &str) -> Result<(), Error> {
    let entries = EntriesLock::take(c"tenant_metrics.teardown()")?;
    match entries.find(name)? {
        Some(entry) => {
            demand_owner(&entry)?;
            forget(&entries, &entry)
        }
        None => Ok(()),
    }
}

fn forget(entries: &EntriesLock, entry: &SummaryEntry) -> Result<(), Error> {
    // Without an entry, nothing is noted of triggers that are missing.
    entries.remove(entry.number)?;
    if catalog::locked_relation_name(entry.usage)?.is_some() {
        summaries::drop_triggers(entry)?;
    }
    summaries::clear(entry.number, &FoldLock::take(entry.number)?)
}

/// Folds what statements have appended since.
pub(crate) fn compact(name: &str, extent: FoldExtent) -> Result<(), Error> {
    demand_new_snapshots(c"tenant_metrics.compact()")?;
    let source = Source::of_name(name)?;
    let entry = owned(name)?;
    snapshot::demand_writable(c"tenant_metrics.compact()");
    summaries::compact(&entry, source.id_type.kind(), extent)
}

/// What is done with the latest snapshot would show a transaction that keeps an older one rows that
/// this does not see elsewhere.
fn demand_new_snapshots(command: &'static CStr) -> Result<(), Error> {
    match snapshot::is_kept() {
        true => Err(Error::SnapshotKept { command: command.to_str().unwrap_or_default() }),
        false => Ok(()),
    }
}

/// The summaries of the source of this name, whose table the caller owns.
fn owned(name: &str) -> Result<SummaryEntry, Error> {
    let entry = SummaryEntry::find(name)?.ok_or_else(|| Error::no_summaries(name))?;
    demand_owner(&entry)?;
    Ok(entry)
}

fn demand_owner(entry: &SummaryEntry) -> Result<(), Error> {
    match catalog::locked_relation_name(entry.usage)? {
        Some(name) => setup::demand_owner(&Table { oid: entry.usage, name }),
        // Its owner is nobody any more.
        None => Ok(()),
    }
}
