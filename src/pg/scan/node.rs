//! The node in execution. In a parallel plan the leader and each worker have one, and share which
//! pages are still to be read.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Datum};

use super::plan::NAME;
use super::work::Work;
use super::{pages, plan};
use crate::error::Error;
use crate::pg::custom::{self, Methods};
use crate::pg::{report, reserve};

/// What plans name, and workers find by its name.
pub(super) static SCAN_METHODS: Methods<pg_sys::CustomScanMethods> =
    Methods(pg_sys::CustomScanMethods {
        CustomName: NAME.as_ptr(),
        CreateCustomScanState: Some(create),
    });

static EXEC_METHODS: Methods<pg_sys::CustomExecMethods> = Methods(pg_sys::CustomExecMethods {
    CustomName: NAME.as_ptr(),
    BeginCustomScan: Some(begin),
    ExecCustomScan: Some(next),
    EndCustomScan: Some(end),
    ReScanCustomScan: Some(rescan),
    MarkPosCustomScan: None,
    RestrPosCustomScan: None,
    EstimateDSMCustomScan: Some(estimate_shared),
    InitializeDSMCustomScan: Some(begin_shared),
    ReInitializeDSMCustomScan: Some(rescan_shared),
    InitializeWorkerCustomScan: Some(join_shared),
    ShutdownCustomScan: None,
    ExplainCustomScan: None,
});

/// Makes the node known to workers.
pub(super) fn register() {
    // SAFETY: the table is static.
    unsafe { pg_sys::RegisterCustomScanMethods(&raw const SCAN_METHODS.0) };
}

/// The state of the node; the server sees its first field. It owns nothing of Rust's heap, which
/// an error would leak.
#[repr(C)]
struct UsageScanState {
    custom: pg_sys::CustomScanState,
    /// Null until the first row is asked for, or the processes agree on who reads what.
    scan: pg_sys::TableScanDesc,
    /// Whether the only row of the result was given.
    is_done: bool,
    /// What one execution makes, the row of the result included; the next one starts with nothing.
    memory: pg_sys::MemoryContext,
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn create(_plan: *mut pg_sys::CustomScan) -> *mut pg_sys::Node {
    // SAFETY: the state begins with the server's, and zero is valid for the rest.
    unsafe { custom::new_state::<UsageScanState>(&EXEC_METHODS) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn begin(
    node: *mut pg_sys::CustomScanState,
    _estate: *mut pg_sys::EState,
    _flags: i32,
) {
    // SAFETY: the server calls this with a node that `create` made, in the memory of the query.
    unsafe {
        let aggref = plan::aggref(&*(*node).ss.ps.plan.cast());
        custom::check_execute((*aggref).aggfnoid, pg_sys::ObjectType::OBJECT_AGGREGATE);
        (*node.cast::<UsageScanState>()).memory =
            custom::new_memory(pg_sys::CurrentMemoryContext, NAME);
    }
}

unsafe extern "C-unwind" fn next(
    node: *mut pg_sys::CustomScanState,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: as above; the slot has the one column that the plan names.
    unsafe {
        report::guarded(|| {
            let this = &mut *node.cast::<UsageScanState>();
            if this.is_done {
                return Ok(std::ptr::null_mut());
            }
            let value = reserve::with(|| aggregate(this))?;
            this.is_done = true;
            let slot = this.custom.ss.ss_ScanTupleSlot;
            pg_sys::ExecStoreAllNullTuple(slot);
            if let Some(value) = value {
                *(*slot).tts_values = value;
                *(*slot).tts_isnull = false;
            }
            Ok(slot)
        })
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn end(node: *mut pg_sys::CustomScanState) {
    // SAFETY: as above.
    unsafe {
        let this = &mut *node.cast::<UsageScanState>();
        if !this.scan.is_null() {
            pg_sys::heap_endscan(this.scan);
            this.scan = std::ptr::null_mut();
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: as above.
    unsafe {
        let this = &mut *node.cast::<UsageScanState>();
        this.is_done = false;
        pg_sys::ExecClearTuple(this.custom.ss.ss_ScanTupleSlot);
        pg_sys::MemoryContextReset(this.memory);
        if !this.scan.is_null() {
            pg_sys::heap_rescan(this.scan, std::ptr::null_mut(), false, false, false, false);
        }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn estimate_shared(
    node: *mut pg_sys::CustomScanState,
    _context: *mut pg_sys::ParallelContext,
) -> pg_sys::Size {
    // SAFETY: as above; the server has opened the table.
    unsafe {
        let snapshot = (*(*node).ss.ps.state).es_snapshot;
        pg_sys::table_parallelscan_estimate((*node).ss.ss_currentRelation, snapshot)
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn begin_shared(
    node: *mut pg_sys::CustomScanState,
    _context: *mut pg_sys::ParallelContext,
    shared: *mut c_void,
) {
    // SAFETY: as above; `shared` has the size that was asked for.
    unsafe {
        let table = (*node).ss.ss_currentRelation;
        let snapshot = (*(*node).ss.ps.state).es_snapshot;
        pg_sys::table_parallelscan_initialize(table, shared.cast(), snapshot);
        (*node.cast::<UsageScanState>()).scan =
            pg_sys::table_beginscan_parallel(table, shared.cast());
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan_shared(
    node: *mut pg_sys::CustomScanState,
    _context: *mut pg_sys::ParallelContext,
    shared: *mut c_void,
) {
    // SAFETY: as above; the tables are of the heap, which is read by blocks.
    unsafe {
        pg_sys::table_block_parallelscan_reinitialize((*node).ss.ss_currentRelation, shared.cast());
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn join_shared(
    node: *mut pg_sys::CustomScanState,
    _directory: *mut pg_sys::shm_toc,
    shared: *mut c_void,
) {
    // SAFETY: as above, in a worker.
    unsafe {
        let table = (*node).ss.ss_currentRelation;
        (*node.cast::<UsageScanState>()).scan =
            pg_sys::table_beginscan_parallel(table, shared.cast());
    }
}

/// Reads the table, or this process's share; gives the aggregate's state as bytes.
unsafe fn aggregate(this: &mut UsageScanState) -> Result<Option<Datum>, Error> {
    // SAFETY: the node is in execution; everything that it refers to lives until it ends. An error
    // deletes the memory with that of the query.
    unsafe {
        if this.scan.is_null() {
            this.scan = pg_sys::heap_beginscan(
                this.custom.ss.ss_currentRelation,
                (*this.custom.ss.ps.state).es_snapshot,
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                pg_sys::ScanOptions::SO_TYPE_SEQSCAN
                    | pg_sys::ScanOptions::SO_ALLOW_STRAT
                    | pg_sys::ScanOptions::SO_ALLOW_SYNC
                    | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE,
            );
        }
        let caller = pg_sys::MemoryContextSwitchTo(this.memory);
        // The state's own memory, which goes as soon as its bytes are made.
        let state = custom::new_memory(this.memory, NAME);
        let mut work = Work::new(&raw mut this.custom, state)?;
        let row_memory = (*this.custom.ss.ps.ps_ExprContext).ecxt_per_tuple_memory;
        pg_sys::MemoryContextSwitchTo(row_memory);
        while !work.is_empty() && pages::next(this.scan) {
            for row in pages::rows(this.scan) {
                work.count(row)?;
                if !(*row_memory).isReset {
                    pg_sys::MemoryContextReset(row_memory);
                }
            }
        }
        pg_sys::MemoryContextSwitchTo(this.memory);
        let value = work.value();
        pg_sys::MemoryContextSwitchTo(caller);
        pg_sys::MemoryContextDelete(state);
        value
    }
}
