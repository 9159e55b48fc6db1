//! Folds without anybody who asks for them: a worker of the server does one when statements have
//! appended enough.
//!
//! Sessions count nothing together. A statement asks with a chance that goes with the number of its
//! events, so that about one asks for each `tenant_metrics.fold_after` of them, however many sessions
//! there are and however short they live. The worker is started once they are committed.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_void};
use std::hash::{BuildHasher, RandomState};

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::memory;

use super::entry::SummaryEntry;
use super::events::RowLayout;
use super::fold::{self, FoldExtent};
use super::fold_lock::FoldLock;
use crate::error::Error;
use crate::guc;
use crate::pg::tables::OwnTable;
use crate::pg::{catalog, report, snapshot, worker};

/// The function that the server calls in a worker.
const WORKER: &CStr = c"tenant_metrics_fold_worker";

thread_local! {
    /// The sources for which this transaction has asked.
    static ASKED: RefCell<Vec<i32>> = const { RefCell::new(Vec::new()) };
    static RANDOM: Cell<u64> = Cell::new(RandomState::new().hash_one(0_u8) | 1);
    static HAS_WARNED: Cell<bool> = const { Cell::new(false) };
}

/// Asks for a fold, perhaps, after a statement has appended so many events.
pub(super) fn appended(source: i32, events: usize) -> Result<(), Error> {
    let after = guc::fold_after();
    if after == 0 || random() % after >= events as u64 {
        return Ok(());
    }
    ASKED.with_borrow_mut(|asked| match asked.contains(&source) {
        true => Ok(()),
        false => Ok(memory::push(asked, source)?),
    })
}

/// A number that is good enough to spread work.
fn random() -> u64 {
    let mut state = RANDOM.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    RANDOM.set(state);
    state >> 11
}

/// Starts looking at the ends of transactions.
pub(crate) fn watch() {
    // SAFETY: called once, from _PG_init; the callback lives as long as the library.
    unsafe { pg_sys::RegisterXactCallback(Some(on_transaction), std::ptr::null_mut()) };
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_transaction(event: pg_sys::XactEvent::Type, _data: *mut c_void) {
    match event {
        pg_sys::XactEvent::XACT_EVENT_COMMIT => start(&ASKED.take()),
        // One that is prepared may be committed by another session.
        pg_sys::XactEvent::XACT_EVENT_ABORT | pg_sys::XactEvent::XACT_EVENT_PREPARE => {
            drop(ASKED.take());
        }
        _ => {}
    }
}

/// Starts the workers that a transaction has asked for. It must not fail.
fn start(asked: &[i32]) {
    for &source in asked {
        // SAFETY: reads the state of the server.
        let is_upgrade = unsafe { pg_sys::IsBinaryUpgrade };
        if !is_upgrade && !worker::start(WORKER, source) && !HAS_WARNED.replace(true) {
            report::warning(
                "no background worker was free to fold summaries",
                "They stay exact. Call tenant_metrics.compact(), or raise max_worker_processes.",
            );
        }
    }
}

/// The function that has this name in the library.
///
/// # Safety
/// Only the server calls this, in a background worker that was asked for.
#[unsafe(export_name = "tenant_metrics_fold_worker")]
unsafe extern "C-unwind" fn fold_worker(main: Datum) {
    // SAFETY: the server calls this.
    unsafe { worker::run(main, fold_alone) };
}

/// Folds a source in a worker, unless somebody else is at it.
fn fold_alone(source: i32) -> Result<(), Error> {
    let owner = match OwnTable::Summary.oid() {
        Ok(summary) => catalog::owner(summary),
        // The extension is gone by now.
        Err(Error::RegistryMissing { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    // SAFETY: the worker does nothing else, and ends where there is an error.
    unsafe {
        pg_sys::SetUserIdAndSecContext(owner, restricted());
    }
    let Some(lock) = FoldLock::take_if_free(source)? else { return Ok(()) };
    let Some(entry) = snapshot::with_latest(|| SummaryEntry::numbered(source))? else {
        return Ok(());
    };
    match RowLayout::of(&entry, entry.usage)? {
        Some(layout) => fold::fold_waiting(&entry, layout.ids(), FoldExtent::Worthwhile, &lock),
        // Its columns are others by now, so nobody reads it until it is made anew.
        None => Ok(()),
    }
}

/// No role can be taken on, and nothing of others is run with the rights of the owner.
fn restricted() -> i32 {
    i32::try_from(pg_sys::SECURITY_RESTRICTED_OPERATION).unwrap_or_default()
}
