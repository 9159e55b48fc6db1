//! The first summaries of a source, made of all rows of its usage table.

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::summaries::fold::TotalsFold;
use tenant_metrics_core::summaries::pending::PendingWriter;

use super::entry::SummaryEntry;
use super::events::RowLayout;
use super::fold::{self, FoldLock, Folding};
use super::rows::RunLevel;
use super::scratch::Scratch;
use super::stored::StoredSource;
use super::writer::RowWriter;
use crate::error::Error;
use crate::pg::{catalog, interrupt, snapshot};

/// How many events go through one row of pending events.
const BATCH: usize = 1024;

/// Locks a usage table against writes until the transaction ends, and waits for those who write.
pub(crate) fn lock_usage(usage: Oid) {
    // SAFETY: locking an OID that may not exist is allowed.
    unsafe { pg_sys::LockRelationOid(usage, pg_sys::ShareRowExclusiveLock.cast_signed()) };
}

/// Makes the summaries, as of the latest snapshot; the usage table must be locked against writes.
pub(crate) fn build(
    entry: &SummaryEntry,
    stored: StoredSource,
    _lock: &FoldLock,
) -> Result<(), Error> {
    let layout = RowLayout::of(entry, entry.usage)?.ok_or(Error::Invariant("columns are there"))?;
    snapshot::with_latest(|| {
        RowWriter::on_runs(entry.number, |writer| {
            let totals = TotalsFold::new(stored.shape, usize::MAX)?;
            let mut folding = Folding::new(stored, writer, RunLevel::Counted, Some(totals))?;
            let mut batch = PendingWriter::new(stored.shape)?;
            each_row(entry.usage, |slot| {
                // SAFETY: the row is one of the table.
                unsafe { layout.write(slot, false, &mut batch)? };
                if batch.events() >= BATCH {
                    let full = std::mem::replace(&mut batch, PendingWriter::new(stored.shape)?);
                    folding.add_pending(&full.finish())?;
                }
                Ok(())
            })?;
            folding.add_pending(&batch.finish())?;
            folding.finish()
        })
    })?;
    fold::note_file(entry.number, catalog::file(entry.usage))
}

/// Calls `on_row` with each row of a table that the active snapshot sees.
fn each_row(
    table: Oid,
    mut on_row: impl FnMut(*mut pg_sys::TupleTableSlot) -> Result<(), Error>,
) -> Result<(), Error> {
    let scratch = Scratch::new();
    let mut result = Ok(());
    // SAFETY: the table is locked; the scan, the slot and the relation are closed before they go out
    // of scope, or by the server on error; a row is read before the scan moves on.
    unsafe {
        let relation = pg_sys::relation_open(table, pg_sys::NoLock.cast_signed());
        let slot = pg_sys::MakeSingleTupleTableSlot(
            (*relation).rd_att,
            &raw const pg_sys::TTSOpsHeapTuple,
        );
        let scan = pg_sys::systable_beginscan(
            relation,
            Oid::INVALID,
            false,
            pg_sys::GetActiveSnapshot(),
            0,
            std::ptr::null_mut(),
        );
        for count in 1_usize.. {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            if count.is_multiple_of(1024) {
                interrupt();
            }
            pg_sys::ExecStoreHeapTuple(tuple, slot, false);
            result = scratch.within(count, || on_row(slot));
            if result.is_err() {
                break;
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::relation_close(relation, pg_sys::NoLock.cast_signed());
    }
    result
}
