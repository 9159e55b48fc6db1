//! Scans of the tables that rows are in.

use std::ptr;

use pgrx::pg_sys::ScanDirection::ForwardScanDirection as FORWARD;
use pgrx::pg_sys::{self, Datum, Oid};

use crate::error::Error;
use crate::pg::interrupt;
use crate::pg::tables::OwnTable;

/// The lock on what is read.
pub(super) const LOCK: u32 = pg_sys::AccessShareLock;

/// The most columns of either table.
pub(super) const MOST_COLUMNS: usize = 7;

/// In which order rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanOrder {
    Any,
    /// That of the table's index.
    Index,
}

/// What is read after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextRow {
    Following,
    /// In the order of the index, the first row of the same level that ends at this or later.
    From(i64),
    None,
}

/// Calls `on_row` with the columns of each row that has the keys, in the active snapshot; it says
/// which is the next.
pub(super) fn scan(
    table: OwnTable,
    order: ScanOrder,
    keys: &mut [pg_sys::ScanKeyData],
    mut on_row: impl FnMut(pg_sys::ItemPointerData, &[Datum; MOST_COLUMNS]) -> Result<NextRow, Error>,
) -> Result<(), Error> {
    let relation = table.open(LOCK)?;
    let mut result = Ok(NextRow::Following);
    // SAFETY: the relation and the scan are closed before they go out of scope, or by the server on
    // error; a row is read before the scan moves on. `open` has looked at the columns.
    unsafe {
        let scan = OpenScan::begin(relation, order, keys);
        for count in 1_usize.. {
            let tuple = scan.next();
            if tuple.is_null() {
                break;
            }
            if count.is_multiple_of(64) {
                interrupt();
            }
            let (mut values, mut nulls) = ([Datum::null(); MOST_COLUMNS], [true; MOST_COLUMNS]);
            pg_sys::heap_deform_tuple(
                tuple,
                (*relation).rd_att,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            result = on_row((*tuple).t_self, &values);
            match result {
                Ok(NextRow::Following) => {}
                Ok(NextRow::From(end)) => scan.go_to(keys, end),
                Ok(NextRow::None) | Err(_) => break,
            }
        }
        scan.end();
        pg_sys::relation_close(relation, LOCK.cast_signed());
    }
    result.map(|_| ())
}

/// A scan of one of the tables, which is open as long.
#[derive(Clone, Copy)]
struct OpenScan {
    order: ScanOrder,
    scan: pg_sys::SysScanDesc,
    /// Null where rows come in any order.
    index: pg_sys::Relation,
}

impl OpenScan {
    /// # Safety
    /// The relation must be open, with columns that the keys are of.
    unsafe fn begin(
        relation: pg_sys::Relation,
        order: ScanOrder,
        keys: &mut [pg_sys::ScanKeyData],
    ) -> Self {
        // SAFETY: the caller vouches for the relation and the keys; a call has an active snapshot.
        unsafe {
            let oid = match keys.is_empty() {
                true => Oid::INVALID,
                false => first_index(relation),
            };
            let (snapshot, len) =
                (pg_sys::GetActiveSnapshot(), i32::try_from(keys.len()).unwrap_or_default());
            let keys = keys.as_mut_ptr();
            let (index, scan) = match order {
                ScanOrder::Any => {
                    let has_index = oid != Oid::INVALID;
                    let scan =
                        pg_sys::systable_beginscan(relation, oid, has_index, snapshot, len, keys);
                    (ptr::null_mut(), scan)
                }
                ScanOrder::Index => {
                    let index = pg_sys::index_open(oid, LOCK.cast_signed());
                    let scan =
                        pg_sys::systable_beginscan_ordered(relation, index, snapshot, len, keys);
                    (index, scan)
                }
            };
            Self { order, scan, index }
        }
    }

    /// The next row, or null.
    ///
    /// # Safety
    /// The scan must not have ended.
    unsafe fn next(self) -> pg_sys::HeapTuple {
        // SAFETY: the caller vouches for the scan.
        unsafe {
            match self.order {
                ScanOrder::Any => pg_sys::systable_getnext(self.scan),
                ScanOrder::Index => pg_sys::systable_getnext_ordered(self.scan, FORWARD),
            }
        }
    }

    /// Goes on at the first row that ends at `end` or later, of those that have the first two keys.
    ///
    /// # Safety
    /// The scan must be in the order of the index and not have ended, and these be its keys.
    unsafe fn go_to(self, keys: &[pg_sys::ScanKeyData], end: i64) {
        // SAFETY: the caller vouches for the scan and the keys, which the server copies.
        unsafe {
            let Ok(mut keys) = <[pg_sys::ScanKeyData; 3]>::try_from(keys) else { return };
            // The columns of the index: the server numbers them so itself when a scan begins.
            for (number, key) in (1..).zip(&mut keys) {
                key.sk_attno = number;
            }
            keys[2].sk_argument = Datum::from(end);
            pg_sys::index_rescan((*self.scan).iscan, keys.as_mut_ptr(), 3, ptr::null_mut(), 0);
        }
    }

    /// # Safety
    /// The scan must not have ended.
    unsafe fn end(self) {
        // SAFETY: the caller vouches for the scan; the index was opened with this lock.
        unsafe {
            match self.order {
                ScanOrder::Any => pg_sys::systable_endscan(self.scan),
                ScanOrder::Index => {
                    pg_sys::systable_endscan_ordered(self.scan);
                    pg_sys::index_close(self.index, LOCK.cast_signed());
                }
            }
        }
    }
}

/// The index of a relation that has one.
///
/// # Safety
/// The relation must be open.
unsafe fn first_index(relation: pg_sys::Relation) -> Oid {
    // SAFETY: the caller vouches for the relation.
    let indexes = unsafe { pg_sys::RelationGetIndexList(relation) };
    // SAFETY: a list of OIDs.
    unsafe { pgrx::PgList::<Oid>::from_pg(indexes).iter_oid().next().unwrap_or(Oid::INVALID) }
}
