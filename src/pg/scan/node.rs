//! The node in execution. In a parallel plan the leader and each worker have one, and share which
//! pages are still to be read.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Datum};

use super::conditions::Filter;
use super::plan::NAME;
use super::tables::{OpenTable, Tables};
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
    ExplainCustomScan: Some(explain),
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
    tables: Tables,
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
    flags: i32,
) {
    // SAFETY: the server calls this with a node that `create` made, in the memory of the query.
    unsafe {
        let aggref = plan::aggref(&*(*node).ss.ps.plan.cast());
        custom::check_execute((*aggref).aggfnoid, pg_sys::ObjectType::OBJECT_AGGREGATE);
        let this = &mut *node.cast::<UsageScanState>();
        this.memory = custom::new_memory(pg_sys::CurrentMemoryContext, NAME);
        this.tables = Tables::open(node, flags);
    }
}

unsafe extern "C-unwind" fn next(
    node: *mut pg_sys::CustomScanState,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: as above; what the node gives has the one column that the plan wants.
    unsafe {
        report::guarded(|| {
            let this = &mut *node.cast::<UsageScanState>();
            if this.is_done {
                return Ok(std::ptr::null_mut());
            }
            let value = reserve::with(|| aggregate(this))?;
            this.is_done = true;
            let slot = this.custom.ss.ps.ps_ResultTupleSlot;
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
        this.tables.all().iter_mut().for_each(OpenTable::end);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: as above.
    unsafe {
        let this = &mut *node.cast::<UsageScanState>();
        this.is_done = false;
        pg_sys::ExecClearTuple(this.custom.ss.ps.ps_ResultTupleSlot);
        pg_sys::MemoryContextReset(this.memory);
        this.tables.all().iter_mut().for_each(OpenTable::rewind);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn estimate_shared(
    node: *mut pg_sys::CustomScanState,
    _context: *mut pg_sys::ParallelContext,
) -> pg_sys::Size {
    // SAFETY: as above.
    unsafe {
        let this = &mut *node.cast::<UsageScanState>();
        this.tables.shared_size((*this.custom.ss.ps.state).es_snapshot)
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
        let this = &mut *node.cast::<UsageScanState>();
        this.tables.share(shared, (*this.custom.ss.ps.state).es_snapshot);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan_shared(
    node: *mut pg_sys::CustomScanState,
    _context: *mut pg_sys::ParallelContext,
    shared: *mut c_void,
) {
    // SAFETY: as above.
    unsafe { (*node.cast::<UsageScanState>()).tables.share_again(shared) };
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn join_shared(
    node: *mut pg_sys::CustomScanState,
    _directory: *mut pg_sys::shm_toc,
    shared: *mut c_void,
) {
    // SAFETY: as above, in a worker.
    unsafe { (*node.cast::<UsageScanState>()).tables.join(shared) };
}

/// Reads the tables, or this process's share; gives the aggregate's state as bytes.
unsafe fn aggregate(this: &mut UsageScanState) -> Result<Option<Datum>, Error> {
    // SAFETY: the node is in execution; everything that it refers to lives until it ends. An error
    // deletes the memory with that of the query.
    unsafe {
        let caller = pg_sys::MemoryContextSwitchTo(this.memory);
        // The state's own memory, which goes as soon as its bytes are made.
        let state = custom::new_memory(this.memory, NAME);
        let node = &raw mut this.custom;
        let plan: &pg_sys::CustomScan = &*(*node).ss.ps.plan.cast();
        let context = this.custom.ss.ps.ps_ExprContext;
        let mut work = Work::new(node, state)?;
        let mut removed = 0;
        for (planned, table) in plan::tables(plan).zip(this.tables.all()) {
            if !table.conditions.allow_rows(context) {
                continue;
            }
            let filter = Filter::new(node, &planned, table.relation, table.conditions)?;
            work.turn_to(node, &planned, table.relation, filter.is_some());
            let scan = table.scan(this.custom.ss.ps.state);
            pg_sys::MemoryContextSwitchTo((*context).ecxt_per_tuple_memory);
            removed += read_pages(scan, filter, &mut work)?;
            pg_sys::MemoryContextSwitchTo(this.memory);
        }
        if let Some(instrument) = this.custom.ss.ps.instrument.as_mut() {
            instrument.nfiltered1 += removed as f64;
        }
        let value = work.value();
        pg_sys::MemoryContextSwitchTo(caller);
        pg_sys::MemoryContextDelete(state);
        value
    }
}

/// Counts the rows that fulfil the conditions, with the current memory for what is made for one of
/// them; gives the number of the others.
unsafe fn read_pages(
    scan: pg_sys::TableScanDesc,
    mut filter: Option<Filter>,
    work: &mut Work,
) -> Result<usize, Error> {
    let mut removed = 0;
    if work.is_never() || filter.as_ref().is_some_and(Filter::is_never) {
        return Ok(removed);
    }
    // SAFETY: the caller vouches for the scan; rows are used until the next page is read.
    unsafe {
        let mut rows = Vec::new();
        while pages::next(scan) {
            pages::list(scan, &mut rows)?;
            if let Some(filter) = &mut filter {
                removed += filter.keep_fulfilling(&mut rows);
            }
            removed += work.count(&rows)?;
        }
    }
    Ok(removed)
}

/// Shows the tables if there are several, the conditions on the first of them, and after an
/// execution how many rows did not fulfil those.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn explain(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    output: *mut pg_sys::ExplainState,
) {
    // SAFETY: as above; the conditions are those of the plan.
    unsafe {
        let plan = (*node).ss.ps.plan;
        if (*plan.cast::<pg_sys::CustomScan>()).scan.scanrelid == 0 {
            let tables = (*node.cast::<UsageScanState>()).tables.all();
            let names = tables.iter().fold(std::ptr::null_mut(), |names, table| {
                let name = (*(*table.relation).rd_rel).relname.data.as_ptr();
                pg_sys::lappend(names, pg_sys::quote_identifier(name).cast_mut().cast())
            });
            pg_sys::ExplainPropertyList(c"Relations".as_ptr(), names, output);
        }
        let Some(table) = plan::tables(&*plan.cast()).next() else { return };
        let conditions = table.conditions();
        if conditions.is_null() {
            return;
        }
        let condition = pg_sys::make_ands_explicit(conditions).cast();
        custom::show(node, ancestors, output, c"Filter", condition);
        let Some(instrument) = (*node).ss.ps.instrument.as_ref() else { return };
        let is_text = (*output).format == pg_sys::ExplainFormat::EXPLAIN_FORMAT_TEXT;
        if (*output).analyze && (instrument.nfiltered1 > 0.0 || !is_text) {
            let removed = instrument.nfiltered1 / instrument.nloops.max(1.0);
            let label = c"Rows Removed by Filter".as_ptr();
            pg_sys::ExplainPropertyFloat(label, std::ptr::null(), removed, 0, output);
        }
    }
}
