//! Rows of the heap, a page at a time.
//!
//! The server's scan finds out, page by page, which rows the snapshot sees, and then gives them
//! one by one. Here the first of a page is asked for in that way, and the others are taken from
//! the list that the scan has made, which is how the server itself reads a page for a sample.

use pgrx::pg_sys;
use tenant_metrics_core::{CoreError, memory};

use crate::pg::{compat, prefetch};

/// A row on its page.
pub(super) type HeapRow = *const pg_sys::HeapTupleHeaderData;

/// The bytes of a row that are fetched before it is read: most rows are not longer.
const FETCHED: usize = 128;

/// Goes to the next page with visible rows; says whether there is one. Lets a pending cancel or
/// timeout end the query.
///
/// # Safety
/// `scan` must be a scan of the heap in an MVCC snapshot, and its rows must not be in use.
pub(super) unsafe fn next(scan: pg_sys::TableScanDesc) -> bool {
    // SAFETY: the caller vouches for the scan.
    unsafe { !pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection).is_null() }
}

/// Makes `rows` those of this page that the snapshot sees. They may be read until the next page is.
///
/// # Safety
/// As for [`next`], which must have found a page.
pub(super) unsafe fn list(
    scan: pg_sys::TableScanDesc,
    rows: &mut Vec<HeapRow>,
) -> Result<(), CoreError> {
    rows.clear();
    // SAFETY: the page is pinned, so that no row moves, and the list holds items of it.
    unsafe {
        let scan: &mut pg_sys::HeapScanDescData = &mut *scan.cast();
        debug_assert!(scan.rs_base.rs_flags & pg_sys::ScanOptions::SO_ALLOW_PAGEMODE != 0);
        let page = pg_sys::BufferGetPage(scan.rs_cbuf).cast::<u8>().cast_const();
        let items = page
            .add(std::mem::offset_of!(pg_sys::PageHeaderData, pd_linp))
            .cast::<pg_sys::ItemIdData>();
        let [first, count] =
            [scan.rs_cindex, scan.rs_ntuples].map(|n| usize::try_from(n).unwrap_or(0));
        // The scan goes on behind the last row.
        scan.rs_cindex = scan.rs_ntuples - 1;
        // Of which the scan itself has counted the first.
        let others = i64::try_from(count - first - 1).unwrap_or(0);
        compat::pgstat_count_heap_getnext(&*scan.rs_base.rs_rd, others);
        for &number in scan.rs_vistuples.get(first..count).unwrap_or(&[]) {
            let item = items.add(usize::from(number) - 1);
            let row = page.add((*item).lp_off() as usize).cast();
            prefetch::bytes(row, FETCHED);
            memory::push(rows, row)?;
        }
    }
    Ok(())
}
