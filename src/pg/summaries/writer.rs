//! Rows that are written.

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::summaries::fold::FoldedRow;

use super::rows::{RowPlace, RunLevel};
use crate::error::Error;
use crate::pg::tables::OwnTable;
use crate::pg::varlena;

/// Bytes of cells that fill a page of the server's with the row around them.
pub(super) const ROW_BYTES: usize = 8060;

/// Appends rows to a table of the extension, straight to the table: whoever runs the statement that
/// they come from has no rights on it, and needs none.
pub(super) struct RowWriter {
    relation: pg_sys::Relation,
    /// What index entries are made with; null where there is no index.
    indexes: pg_sys::CatalogIndexState,
    source: i32,
}

/// The lock that writing takes.
const LOCK: u32 = pg_sys::RowExclusiveLock;

impl RowWriter {
    /// Lets `write` append rows of a source to `delta`.
    pub(super) fn on_pending(
        source: i32,
        write: impl FnOnce(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        Self::on(OwnTable::Delta, source, write)
    }

    /// Lets `write` append rows of a source to `run`.
    pub(super) fn on_runs(
        source: i32,
        write: impl FnOnce(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        Self::on(OwnTable::Run, source, write)
    }

    fn on(
        table: OwnTable,
        source: i32,
        write: impl FnOnce(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let relation = table.open(LOCK)?;
        // SAFETY: the relation was just opened, and is closed after the indexes; the server closes
        // both on error. The lock is kept until the transaction ends.
        unsafe {
            let writer = Self { relation, indexes: pg_sys::CatalogOpenIndexes(relation), source };
            let result = write(&writer);
            pg_sys::CatalogCloseIndexes(writer.indexes);
            pg_sys::relation_close(relation, pg_sys::NoLock.cast_signed());
            result
        }
    }

    /// Appends a row of `delta`.
    pub(super) fn pending(&self, cells: &[u8]) {
        self.insert(&mut [Datum::from(self.source), varlena::datum(cells)]);
    }

    /// Appends what a fold made to `run`; events that are in the totals, or not yet.
    pub(super) fn run(&self, row: &FoldedRow, events: RunLevel) {
        let (level, removed, (low, high), items, bytes) = match row {
            FoldedRow::Names(named, row) => {
                (RunLevel::Names(*named), false, row.hashes, row.names, &row.bytes)
            }
            FoldedRow::Events(row) => (events, row.has_removed, row.times, row.events, &row.bytes),
            FoldedRow::Totals(dimension, row) => {
                (RunLevel::Totals(*dimension), false, row.tenants, row.cells, &row.bytes)
            }
        };
        self.put(level, removed, (low, high), items, bytes);
    }

    /// Notes how the summaries stand to the usage table.
    pub(super) fn stamp(&self, range: (i64, i64), parts: u32) {
        self.put(RunLevel::Stamp, false, range, parts as usize, &[]);
    }

    /// Appends a row of `run`.
    fn put(
        &self,
        level: RunLevel,
        removed: bool,
        (low, high): (i64, i64),
        items: usize,
        bytes: &[u8],
    ) {
        self.insert(&mut [
            Datum::from(self.source),
            Datum::from(level.number()),
            Datum::from(removed),
            Datum::from(low),
            Datum::from(high),
            Datum::from(i32::try_from(items).unwrap_or(i32::MAX)),
            varlena::datum(bytes),
        ]);
    }

    /// Removes a row, which nobody else may: a fold has a lock that says so.
    pub(super) fn remove(&self, place: RowPlace) {
        let mut place = place;
        // SAFETY: the row was read of this table, and is there.
        unsafe { pg_sys::CatalogTupleDelete(self.relation, &mut place) };
    }

    fn insert(&self, values: &mut [Datum]) {
        let mut nulls = [false; 7];
        // SAFETY: the table has these columns, as `open` has looked at them; the last value and the
        // tuple are in the current memory and ours to free.
        unsafe {
            let tuple = pg_sys::heap_form_tuple(
                (*self.relation).rd_att,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            pg_sys::CatalogTupleInsertWithInfo(self.relation, tuple, self.indexes);
            pg_sys::heap_freetuple(tuple);
            if let Some(cells) = values.last() {
                pg_sys::pfree(cells.cast_mut_ptr());
            }
        }
    }
}
