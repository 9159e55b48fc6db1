//! The first summaries of a source, made of all rows of its usage table, a part after the other.

use pgrx::pg_sys::Oid;
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::summaries::parts::BuildParts;

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::fold::{self, FoldExtent, Folding, Replacement};
use super::fold_lock::FoldLock;
use super::progress::{PartProgress, Progress};
use super::stamp::Stamp;
use super::stored::StoredSource;
use super::structure;
use super::usage_rows::each_batch;
use super::usage_tables::{NO_SOURCE, UsageLock, UsageTables};
use crate::error::Error;
use crate::pg::snapshot;

/// How many pages of a table a part has, unless somebody says how many parts there are.
const PAGES_OF_A_PART: u32 = 1 << 18;

/// The most parts, as the table is read once for each.
pub(crate) const MOST_PARTS: u32 = 8;

/// Locks a usage table and its partitions against writes until the transaction ends, and waits for
/// those who write.
pub(crate) fn lock_usage(usage: Oid) -> Result<(), Error> {
    UsageTables::locked(usage, NO_SOURCE, UsageLock::Writes).map(drop)
}

/// How many parts the summaries of a table are made in if nobody says so.
pub(crate) fn usual_parts(usage: Oid) -> Result<u32, Error> {
    let tables = UsageTables::of(usage, NO_SOURCE)?;
    Ok((1 + tables.pages() / PAGES_OF_A_PART).min(MOST_PARTS))
}

/// Notes that a source's summaries are to be made in so many parts. From now on its statements must
/// be captured, and nobody may be writing.
pub(crate) fn begin(entry: &SummaryEntry, parts: u32) -> Result<(), Error> {
    let files = UsageTables::of(entry.usage, entry.number)?.files();
    Stamp::Building { built: 0, parts, files }.put(entry.number)
}

/// Makes the next part, as of the latest snapshot; says whether all are made. It is an error where
/// the summaries have become stale.
pub(crate) fn build_part(
    entry: &SummaryEntry,
    ids: IdKind,
    progress: &mut Progress,
) -> Result<bool, Error> {
    // Whoever truncates the table locks it before the folds, so this comes before those too.
    let tables = UsageTables::locked(entry.usage, entry.number, UsageLock::Structure)?;
    let lock = FoldLock::take(entry.number)?;
    snapshot::with_latest(|| {
        let Some(entry) = SummaryEntry::numbered(entry.number)? else {
            return Err(Error::no_summaries(&entry.source));
        };
        let stale = |fault: Fault| Err(Error::stale_summaries(&entry.source, fault.words()));
        let (built, parts, files) = match Stamp::read(entry.number)? {
            Stamp::Building { built, parts, files } => (built, parts, files),
            Stamp::Current { .. } => return Ok(true),
            Stamp::Stale(fault) => return stale(fault),
        };
        if let Some(fault) = structure::fault_of(&entry, &tables)? {
            return stale(fault);
        }
        if files != tables.files() {
            return stale(tables.changed());
        }
        let stored = StoredSource::new(&entry, ids).ok_or(Error::Invariant("few columns"))?;
        let stored = StoredSource { parts: BuildParts::new(built, parts), ..stored };
        let mut part = progress.part(entry.number, built, parts);
        let is_made = |id: Id<'_>| stored.parts.have(id);
        let mut add =
            |folding: &mut Folding<'_>| add_rows(&entry, &tables, &stored, folding, &mut part);
        let rows = Replacement { is_replaced: &|id| !is_made(id), add: &mut add };
        fold::fold(stored, FoldExtent::Full, Some(rows), &lock)?;
        part.finish();
        let is_done = built + 1 >= parts;
        let stamp = match is_done {
            true => Stamp::Current { files },
            false => Stamp::Building { built: built + 1, parts, files },
        };
        stamp.replace(entry.number)?;
        Ok(is_done)
    })
}

/// Adds the events of the next part's tenants, as the active snapshot sees them.
fn add_rows(
    entry: &SummaryEntry,
    tables: &UsageTables,
    stored: &StoredSource,
    folding: &mut Folding<'_>,
    progress: &mut PartProgress<'_>,
) -> Result<(), Error> {
    let is_next = |id: Id<'_>| stored.parts.are_at(id);
    each_batch(entry, tables, is_next, |batch, read| {
        progress.count(batch.events());
        folding.add_pending(&batch.finish(), |_| true)?;
        progress.reach(read)
    })
}
