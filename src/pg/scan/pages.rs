//! Rows of the heap, a page at a time.
//!
//! The server's scan finds out, page by page, which rows the snapshot sees, and then gives them
//! one by one. Here the first of a page is asked for in that way, and the others are taken from
//! the list that the scan has made, which is how the server itself reads a page for a sample.

use pgrx::pg_sys;

/// A row is fetched from memory while so many before it are counted.
const AHEAD: usize = 16;

type Row = *const pg_sys::HeapTupleHeaderData;

/// Goes to the next page with visible rows; says whether there is one. Lets a pending cancel or
/// timeout end the query.
///
/// # Safety
/// `scan` must be a scan of the heap in an MVCC snapshot, and its rows must not be in use.
pub(super) unsafe fn next(scan: pg_sys::TableScanDesc) -> bool {
    // SAFETY: the caller vouches for the scan.
    unsafe { !pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection).is_null() }
}

/// The rows of this page that the snapshot sees. They may be read until the next page is.
///
/// # Safety
/// As for [`next`], which must have found a page.
pub(super) unsafe fn rows(scan: pg_sys::TableScanDesc) -> impl Iterator<Item = Row> {
    // SAFETY: the page is pinned, so that no row moves, and the list holds items of it.
    unsafe {
        let scan = &mut *scan.cast::<pg_sys::HeapScanDescData>();
        debug_assert!(scan.rs_base.rs_flags & pg_sys::ScanOptions::SO_ALLOW_PAGEMODE != 0);
        let page = pg_sys::BufferGetPage(scan.rs_cbuf).cast::<u8>().cast_const();
        let items = page
            .add(std::mem::offset_of!(pg_sys::PageHeaderData, pd_linp))
            .cast::<pg_sys::ItemIdData>();
        let [first, count] =
            [scan.rs_cindex, scan.rs_ntuples].map(|n| usize::try_from(n).unwrap_or(0));
        // The scan goes on behind the last row.
        scan.rs_cindex = scan.rs_ntuples - 1;
        count_rows(scan.rs_base.rs_rd, count - first - 1);
        let row = move |index: usize| {
            let number = usize::from(scan.rs_vistuples[index]) - 1;
            page.add((*items.add(number)).lp_off() as usize)
        };
        (first..count).map(move |index| {
            fetch(row((index + AHEAD).min(count - 1)));
            row(index).cast()
        })
    }
}

/// Lets the processor fetch what is here from memory before it is asked for.
#[inline]
fn fetch(at: *const u8) {
    // SAFETY: a hint, of which every processor of the architecture makes what it likes.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Counts rows in the server's statistics, of which the scan has counted one a page.
unsafe fn count_rows(table: pg_sys::Relation, rows: usize) {
    let rows = i64::try_from(rows).unwrap_or(0);
    // SAFETY: the table is open; there are no statistics if they are switched off.
    unsafe {
        if let Some(statistics) = (*table).pgstat_info.as_mut() {
            #[cfg(any(feature = "pg14", feature = "pg15"))]
            {
                statistics.t_counts.t_tuples_returned += rows;
            }
            #[cfg(not(any(feature = "pg14", feature = "pg15")))]
            {
                statistics.counts.tuples_returned += rows;
            }
        }
    }
}
