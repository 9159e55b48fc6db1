//! The rows of a usage table, read straight from it, as events.

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::summaries::pending::PendingWriter;

use super::entry::SummaryEntry;
use super::events::RowLayout;
use super::fault::Fault;
use super::scratch::Scratch;
use super::usage_tables::{UsageTables, pages};
use crate::error::Error;
use crate::pg::interrupt;

/// How many events go into one row.
const BATCH: usize = 1024;

/// Rows after which a batch ends, however few events of them are wanted.
const MOST_ROWS: usize = 1 << 16;

/// Calls `on_batch` with the events of all tenants that are wanted, as the active snapshot sees them,
/// as rows like those of statements, and with how much of the tables is read, which are locked.
pub(super) fn each_batch(
    entry: &SummaryEntry,
    tables: &UsageTables,
    is_wanted: impl Fn(Id<'_>) -> bool,
    mut on_batch: impl FnMut(PendingWriter, f64) -> Result<(), Error>,
) -> Result<(), Error> {
    let layout_of = |table| match RowLayout::of(entry, table)? {
        Some(layout) => Ok(layout),
        None => Err(Error::stale_summaries(&entry.source, Fault::Columns.words())),
    };
    let shape = layout_of(entry.usage)?.shape();
    let all = f64::from(tables.pages().max(1));
    let (mut batch, mut rows, mut before) = (PendingWriter::new(shape)?, 0, 0.0);
    for table in tables.iter().filter(|table| table.has_rows) {
        let layout = layout_of(table.oid)?;
        each_row(table.oid, |slot, page| {
            // SAFETY: the row is one of the table.
            unsafe { layout.write_wanted(slot, false, &is_wanted, &mut batch)? };
            rows += 1;
            if batch.events() >= BATCH || rows == MOST_ROWS {
                rows = 0;
                let full = std::mem::replace(&mut batch, PendingWriter::new(shape)?);
                on_batch(full, (before + f64::from(page)) / all)?;
            }
            Ok(RowsAfter::All)
        })?;
        before += f64::from(pages(table.oid));
    }
    on_batch(batch, 1.0)
}

/// Whether the rows after one are read too.
enum RowsAfter {
    All,
    None,
}

/// Whether a table has a row, as the active snapshot sees it.
pub(super) fn any(table: Oid) -> Result<bool, Error> {
    let mut any = false;
    each_row(table, |_, _| {
        any = true;
        Ok(RowsAfter::None)
    })?;
    Ok(any)
}

/// Calls `on_row` with each row of a table that the active snapshot sees, and the page that it is on.
fn each_row(
    table: Oid,
    mut on_row: impl FnMut(*mut pg_sys::TupleTableSlot, u32) -> Result<RowsAfter, Error>,
) -> Result<(), Error> {
    let scratch = Scratch::new();
    let mut result = Ok(RowsAfter::All);
    // SAFETY: the scan, the slot and the relation are closed before they go out of scope, or by the
    // server on error; a row is read before the scan moves on.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let relation = pg_sys::relation_open(table, lock);
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
            let block = (*tuple).t_self.ip_blkid;
            let page = u32::from(block.bi_hi) << 16 | u32::from(block.bi_lo);
            result = scratch.within(count, || on_row(slot, page));
            if !matches!(result, Ok(RowsAfter::All)) {
                break;
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::relation_close(relation, lock);
    }
    result.map(drop)
}
