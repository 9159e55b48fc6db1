//! The node in execution.

use pgrx::pg_sys::{self, NodeTag};

use super::plan::{self, ARGUMENTS, NAME};
use super::reader;
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::custom::{self, Methods, list};
use crate::pg::{report, reserve};

/// What plans name.
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
    EstimateDSMCustomScan: None,
    InitializeDSMCustomScan: None,
    ReInitializeDSMCustomScan: None,
    InitializeWorkerCustomScan: None,
    ShutdownCustomScan: None,
    ExplainCustomScan: Some(explain),
});

/// Makes the node known to the server.
pub(super) fn register() {
    // SAFETY: the table is static.
    unsafe { pg_sys::RegisterCustomScanMethods(&raw const SCAN_METHODS.0) };
}

/// The state of the node; the server sees its first field. It owns nothing of Rust's heap, which
/// an error would leak.
#[repr(C)]
struct TenantLookupState {
    custom: pg_sys::CustomScanState,
    function: *mut pg_sys::FmgrInfo,
    arguments: [*mut pg_sys::ExprState; ARGUMENTS],
    /// The parameters that the arguments depend on.
    parameters: *mut pg_sys::Bitmapset,
    /// The rows that were found; null until the first is asked for.
    found: *mut pg_sys::Tuplestorestate,
    /// The row that is read.
    row: *mut pg_sys::TupleTableSlot,
    /// What one look-up makes; the next one starts with nothing.
    memory: pg_sys::MemoryContext,
    /// A context of expressions whose memory is this.
    lender: *mut pg_sys::ExprContext,
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn create(_plan: *mut pg_sys::CustomScan) -> *mut pg_sys::Node {
    // SAFETY: the state begins with the server's, and zero is valid for the rest.
    unsafe { custom::new_state::<TenantLookupState>(&EXEC_METHODS) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn begin(
    node: *mut pg_sys::CustomScanState,
    state: *mut pg_sys::EState,
    _flags: i32,
) {
    // SAFETY: the server calls this with a node that `create` made, in the memory of the query.
    unsafe {
        let this = &mut *node.cast::<TenantLookupState>();
        let plan: &pg_sys::CustomScan = &*this.custom.ss.ps.plan.cast();
        let call = plan::call(plan);
        custom::check_execute((*call).funcid, pg_sys::ObjectType::OBJECT_FUNCTION);
        this.function = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast();
        pg_sys::fmgr_info((*call).funcid, this.function);
        (*this.function).fn_expr = call.cast();
        let arguments = plan::arguments(plan);
        let parent = &raw mut this.custom.ss.ps;
        this.arguments = arguments.map(|argument| pg_sys::ExecInitExpr(argument, parent));
        this.parameters = pg_sys::pull_paramids(list(&arguments.map(|each| each.cast())).cast());
        this.memory = custom::new_memory(pg_sys::CurrentMemoryContext, NAME);
        this.lender = pg_sys::CreateExprContext(state);
        (*this.lender).ecxt_per_query_memory = this.memory;
    }
}

unsafe extern "C-unwind" fn next(
    node: *mut pg_sys::CustomScanState,
) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: as above.
    unsafe {
        report::guarded(|| {
            let this = &mut *node.cast::<TenantLookupState>();
            if this.found.is_null() {
                reserve::with(|| look_up(this))?;
            }
            Ok(pg_sys::ExecScan(&raw mut (*node).ss, Some(fetch), Some(recheck)))
        })
    }
}

/// The next row that was found, in the slot of the scan; an empty slot behind the last.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn fetch(node: *mut pg_sys::ScanState) -> *mut pg_sys::TupleTableSlot {
    // SAFETY: as above; the slot of the scan has the columns of the function, and perhaps the whole
    // row behind them. Its values are those of the row, which stays until the next one is read.
    unsafe {
        let this = &mut *node.cast::<TenantLookupState>();
        let slot = &mut *this.custom.ss.ss_ScanTupleSlot;
        pg_sys::ExecClearTuple(slot);
        if !pg_sys::tuplestore_gettupleslot(this.found, true, false, this.row) {
            return slot;
        }
        let count = (*(*this.row).tts_tupleDescriptor).natts;
        pg_sys::slot_getsomeattrs_int(this.row, count);
        let count = usize::try_from(count).unwrap_or(0);
        std::ptr::copy_nonoverlapping((*this.row).tts_values, slot.tts_values, count);
        std::ptr::copy_nonoverlapping((*this.row).tts_isnull, slot.tts_isnull, count);
        if let Some(at) = plan::whole_row(&*this.custom.ss.ps.plan.cast()) {
            let memory = (*this.custom.ss.ps.ps_ExprContext).ecxt_per_tuple_memory;
            let caller = pg_sys::MemoryContextSwitchTo(memory);
            *slot.tts_values.add(at) = pg_sys::ExecFetchSlotHeapTupleDatum(this.row);
            *slot.tts_isnull.add(at) = false;
            pg_sys::MemoryContextSwitchTo(caller);
        }
        pg_sys::ExecStoreVirtualTuple(slot)
    }
}

/// Whether a row still fulfils what the node itself demands of it, as every row does.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn recheck(
    _node: *mut pg_sys::ScanState,
    _slot: *mut pg_sys::TupleTableSlot,
) -> bool {
    true
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn end(node: *mut pg_sys::CustomScanState) {
    // SAFETY: as above.
    unsafe { forget(&mut *node.cast::<TenantLookupState>()) };
}

/// Starts again with the rows that were found, or with another look-up if what it asks for changed.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn rescan(node: *mut pg_sys::CustomScanState) {
    // SAFETY: as above.
    unsafe {
        let this = &mut *node.cast::<TenantLookupState>();
        pg_sys::ExecScanReScan(&raw mut this.custom.ss);
        if pg_sys::bms_overlap(this.custom.ss.ps.chgParam, this.parameters) {
            forget(this);
        } else if !this.found.is_null() {
            pg_sys::tuplestore_rescan(this.found);
        }
    }
}

/// Shows which tenants are looked up, and with `VERBOSE` in what.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn explain(
    node: *mut pg_sys::CustomScanState,
    ancestors: *mut pg_sys::List,
    output: *mut pg_sys::ExplainState,
) {
    // SAFETY: as above; the expressions are those of the plan.
    unsafe {
        let plan: &pg_sys::CustomScan = &*(*node).ss.ps.plan.cast();
        if (*output).verbose {
            custom::show(node, ancestors, output, c"Function Call", plan::call(plan).cast());
        }
        custom::show(node, ancestors, output, c"Lookup Cond", plan::clause(plan));
    }
}

/// Finds the rows.
unsafe fn look_up(this: &mut TenantLookupState) -> Result<(), Error> {
    let dashboard = reader::get().ok_or(Error::NoSetExpected)?;
    // SAFETY: the node is in execution. The call has what the server would pass, in memory that the
    // executor resets for each row; the rows are in the node's own.
    unsafe {
        let context = this.custom.ss.ps.ps_ExprContext;
        let caller = pg_sys::MemoryContextSwitchTo((*context).ecxt_per_tuple_memory);
        let mut result = pg_sys::ReturnSetInfo {
            type_: NodeTag::T_ReturnSetInfo,
            econtext: this.lender,
            allowedModes: pg_sys::SetFunctionReturnMode::SFRM_Materialize.cast_signed(),
            ..Default::default()
        };
        let fcinfo = custom::new_call(this.function, ARGUMENTS);
        (*fcinfo).resultinfo = (&raw mut result).cast();
        for (index, argument) in this.arguments.into_iter().enumerate() {
            *custom::arguments(fcinfo).add(index) = custom::evaluate(argument, context);
        }
        let mut usage = pg_sys::PgStat_FunctionCallUsage::default();
        pg_sys::pgstat_init_function_usage(fcinfo, &mut usage);
        (dashboard.rows)(&Call::of_scan(fcinfo, std::ptr::null_mut()))?;
        pg_sys::pgstat_end_function_usage(&mut usage, true);
        pg_sys::MemoryContextSwitchTo(this.memory);
        this.row =
            pg_sys::MakeSingleTupleTableSlot(result.setDesc, &raw const pg_sys::TTSOpsMinimalTuple);
        this.found = result.setResult;
        pg_sys::MemoryContextSwitchTo(caller);
    }
    Ok(())
}

/// Gives back what the last look-up found.
unsafe fn forget(this: &mut TenantLookupState) {
    // SAFETY: the slot of the scan, which refers to the row, is empty or will not be read.
    unsafe {
        if !this.found.is_null() {
            pg_sys::ExecDropSingleTupleTableSlot(this.row);
            pg_sys::tuplestore_end(this.found);
            this.row = std::ptr::null_mut();
            this.found = std::ptr::null_mut();
        }
        pg_sys::MemoryContextReset(this.memory);
    }
}
