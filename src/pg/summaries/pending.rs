//! About how many events wait to be folded, by a look at some pages of `delta`.

use pgrx::pg_sys;

use super::rows::pages_of;
use super::scan::LOCK;
use crate::error::Error;
use crate::pg::tables::OwnTable;

/// What the table of pending events has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    /// Events of the source; about so many, for prices.
    pub(crate) events: f64,
    /// Pages, whatever is left on them: who reads the events reads all of them.
    pub(crate) pages: f64,
}

/// So many pages are looked at.
const LOOKED_AT: u32 = 16;

/// Bytes that a row takes beside its events.
const ROW_OVERHEAD: f64 = 40.0;

/// Bytes that an event of a few short columns takes.
const EVENT_BYTES: f64 = 20.0;

/// What waits of the source of this number.
pub(crate) fn pending(number: i32) -> Result<Pending, Error> {
    let relation = OwnTable::Delta.open(LOCK)?;
    // SAFETY: the relation was just opened.
    let pages = unsafe { pages_of(relation) };
    let step = pages.div_ceil(LOOKED_AT).max(1);
    let (mut events, mut looked_at) = (0.0, 0.0);
    for page in (0..pages).step_by(step as usize) {
        // SAFETY: the table has the page, as only what locks it exclusively takes pages away.
        events += unsafe { events_on(relation, page, number) };
        looked_at += 1.0;
    }
    // SAFETY: the relation was just opened.
    unsafe { pg_sys::relation_close(relation, LOCK.cast_signed()) };
    let pages = f64::from(pages);
    Ok(Pending { events: if looked_at > 0.0 { events / looked_at * pages } else { 0.0 }, pages })
}

/// Whether a row seems to be neither deleted nor of a transaction that was rolled back.
fn is_there(bits: u32) -> bool {
    let is_rolled_back = bits & pg_sys::HEAP_XMIN_FROZEN == pg_sys::HEAP_XMIN_INVALID;
    bits & pg_sys::HEAP_XMAX_INVALID != 0 && !is_rolled_back
}

/// About how many events of a source are on a page.
///
/// # Safety
/// The relation must be the open heap `delta`, and have this page.
unsafe fn events_on(relation: pg_sys::Relation, page: u32, number: i32) -> f64 {
    let mut events = 0.0;
    // SAFETY: the page is pinned and locked while its rows are looked at. A row in use has a header,
    // after which comes its first column, which is the number of a source and never null.
    unsafe {
        let buffer = pg_sys::ReadBuffer(relation, page);
        pg_sys::LockBuffer(buffer, pg_sys::BUFFER_LOCK_SHARE.cast_signed());
        let page = pg_sys::BufferGetPage(buffer);
        for place in 1..=pg_sys::PageGetMaxOffsetNumber(page) {
            let item = &*pg_sys::PageGetItemId(page, place);
            if item.lp_flags() != pg_sys::LP_NORMAL {
                continue;
            }
            let row = page.cast::<u8>().add(item.lp_off() as usize);
            let header = &*row.cast::<pg_sys::HeapTupleHeaderData>();
            let source = row.add(header.t_hoff.into()).cast::<i32>().read_unaligned();
            if is_there(header.t_infomask.into()) && source == number {
                events += ((f64::from(item.lp_len()) - ROW_OVERHEAD) / EVENT_BYTES).max(1.0);
            }
        }
        pg_sys::UnlockReleaseBuffer(buffer);
    }
    events
}
