//! What differs between versions of PostgreSQL, and nothing else does: one function for each
//! difference, which is named after the newest version's way.
//!
//! A condition names the versions that are older than a change, never the newest one: so a version
//! to come gets what the newest has.

use std::ffi::{CStr, c_char};

use pgrx::pg_sys::{self, Oid};

/// `MarkGUCPrefixReserved`: refuses settings of this prefix that were not declared.
///
/// # Safety
/// To be called while the library is loaded.
pub(super) unsafe fn mark_guc_prefix_reserved(prefix: &'static CStr) {
    // SAFETY: the string is static, and the caller vouches for the moment.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        pg_sys::MarkGUCPrefixReserved(prefix.as_ptr());
        #[cfg(feature = "pg14")]
        pg_sys::EmitWarningsOnPlaceholders(prefix.as_ptr());
    }
}

/// `intVal`: the number that a node holds.
///
/// # Safety
/// `node` must be an integer.
pub(super) unsafe fn int_val(node: *mut pg_sys::Node) -> i32 {
    // SAFETY: the caller vouches for it.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        return (*node.cast::<pg_sys::Integer>()).ival;
        #[cfg(feature = "pg14")]
        return (*node.cast::<pg_sys::Value>()).val.ival;
    }
}

/// `strVal`: the text that a node holds.
///
/// # Safety
/// `node` must be a string.
pub(super) unsafe fn str_val(node: *mut pg_sys::Node) -> *const c_char {
    // SAFETY: the caller vouches for it.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        return (*node.cast::<pg_sys::String>()).sval;
        #[cfg(feature = "pg14")]
        return (*node.cast::<pg_sys::Value>()).val.str_;
    }
}

/// `ExecCheckPermissions`: whether the executor would let the caller run the statement.
///
/// # Safety
/// `statement` must be a planned statement.
pub(super) unsafe fn exec_check_permissions(statement: *const pg_sys::PlannedStmt) -> bool {
    // SAFETY: the caller vouches for the statement; the lists are its own.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        return pg_sys::ExecCheckPermissions((*statement).rtable, (*statement).permInfos, false);
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        return pg_sys::ExecCheckRTPerms((*statement).rtable, false);
    }
}

/// `object_ownercheck` of a relation: whether the role has the rights of its owner.
pub(super) fn relation_ownercheck(relation: Oid, role: Oid) -> bool {
    // SAFETY: a catalog look-up.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        return pg_sys::object_ownercheck(pg_sys::RelationRelationId, relation, role);
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_class_ownercheck(relation, role);
    }
}

/// `object_aclcheck` of a function: whether the role may call it.
pub(super) fn function_aclcheck(function: Oid, role: Oid) -> pg_sys::AclResult::Type {
    // SAFETY: a catalog look-up.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        return pg_sys::object_aclcheck(
            pg_sys::ProcedureRelationId,
            function,
            role,
            pg_sys::ACL_EXECUTE.into(),
        );
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_proc_aclcheck(function, role, pg_sys::ACL_EXECUTE);
    }
}

/// `object_aclcheck` of a schema: whether the role may look into it.
pub(super) fn schema_aclcheck(schema: Oid, role: Oid) -> pg_sys::AclResult::Type {
    // SAFETY: a catalog look-up.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        return pg_sys::object_aclcheck(
            pg_sys::NamespaceRelationId,
            schema,
            role,
            pg_sys::ACL_USAGE.into(),
        );
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        return pg_sys::pg_namespace_aclcheck(schema, role, pg_sys::ACL_USAGE);
    }
}

/// `rd_newRelfilelocatorSubid`: the subtransaction that gave the relation a new file.
pub(super) fn rd_new_relfilelocator_subid(
    relation: &pg_sys::RelationData,
) -> pg_sys::SubTransactionId {
    #[cfg(not(any(feature = "pg14", feature = "pg15")))]
    return relation.rd_newRelfilelocatorSubid;
    #[cfg(any(feature = "pg14", feature = "pg15"))]
    return relation.rd_newRelfilenodeSubid;
}

/// `pqsignal`: what is done when a signal arrives.
///
/// # Safety
/// The function must be one that may be called when a signal arrives.
pub(super) unsafe fn pqsignal(signal: i32, function: pg_sys::pqsigfunc) {
    // SAFETY: the caller vouches for the function.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
        pg_sys::pqsignal_be(signal, function);
        #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
        pg_sys::pqsignal(signal, function);
    }
}

/// `DecodeTimezoneAbbrev`: what kind of abbreviation this is, and the offset or the zone that it
/// stands for.
///
/// # Safety
/// `lower` must be NUL-terminated and in lower case.
pub(super) unsafe fn decode_timezone_abbrev(
    lower: *mut c_char,
    offset: &mut i32,
    zone: &mut *mut pg_sys::pg_tz,
) -> i32 {
    // SAFETY: the caller vouches for the string; the out parameters are valid.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        {
            let (mut kind, mut extra) = (0, pg_sys::DateTimeErrorExtra::default());
            pg_sys::DecodeTimezoneAbbrev(0, lower, &mut kind, offset, zone, &mut extra);
            kind
        }
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        pg_sys::DecodeTimezoneAbbrev(0, lower, offset, zone)
    }
}

/// `pgstat_count_heap_getnext` for this many rows.
pub(super) fn pgstat_count_heap_getnext(table: &pg_sys::RelationData, rows: i64) {
    // SAFETY: an open table has statistics of its own, or none if they are switched off.
    if let Some(statistics) = unsafe { table.pgstat_info.as_mut() } {
        #[cfg(not(any(feature = "pg14", feature = "pg15")))]
        {
            statistics.counts.tuples_returned += rows;
        }
        #[cfg(any(feature = "pg14", feature = "pg15"))]
        {
            statistics.t_counts.t_tuples_returned += rows;
        }
    }
}

/// `disabled_nodes`: a path in place of others has as many nodes that settings disable as they.
/// Versions without the number have such nodes in the costs.
pub(super) fn add_disabled_nodes(path: &mut pg_sys::Path, other: &pg_sys::Path) {
    #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
    {
        path.disabled_nodes += other.disabled_nodes;
    }
    #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
    let _ = (path, other);
}

/// `CUSTOMPATH_SUPPORT_PROJECTION`: that a node computes what is wanted of its rows. Versions
/// without the flag take it for granted.
pub(super) const CUSTOMPATH_SUPPORT_PROJECTION: u32 = {
    #[cfg(not(feature = "pg14"))]
    {
        pg_sys::CUSTOMPATH_SUPPORT_PROJECTION
    }
    #[cfg(feature = "pg14")]
    0
};

/// `makeVar`: a column of a table of the statement, of a type without modifier and collation.
///
/// # Safety
/// To be called in memory that lives as long as the node is used.
pub(super) unsafe fn make_var(table: i32, column: i16, of: Oid) -> *mut pg_sys::Var {
    #[cfg(feature = "pg14")]
    let table = table.cast_unsigned();
    // SAFETY: the node refers to nothing.
    unsafe { pg_sys::makeVar(table, column, of, -1, pg_sys::InvalidOid, 0) }
}

/// `estimate_array_length`: how many elements the planner expects of an array.
///
/// # Safety
/// Both must be the planner's, of the statement that is being planned.
pub(super) unsafe fn estimate_array_length(
    root: *mut pg_sys::PlannerInfo,
    array: *mut pg_sys::Node,
) -> f64 {
    // SAFETY: the caller vouches for the nodes.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16")))]
        return pg_sys::estimate_array_length(root, array);
        #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16"))]
        {
            let _ = root;
            return f64::from(pg_sys::estimate_array_length(array));
        }
    }
}

/// `makeWholeRowVar`: the row of an entry of the statement's range table, as one value.
///
/// # Safety
/// The entry must be the planner's, and have this number.
pub(super) unsafe fn make_whole_row_var(
    entry: *mut pg_sys::RangeTblEntry,
    number: pg_sys::Index,
) -> *mut pg_sys::Var {
    // SAFETY: the caller vouches for the entry.
    unsafe {
        #[cfg(not(feature = "pg14"))]
        return pg_sys::makeWholeRowVar(entry, number.cast_signed(), 0, false);
        #[cfg(feature = "pg14")]
        return pg_sys::makeWholeRowVar(entry, number, 0, false);
    }
}

/// `get_op_index_interpretation`: whether an operator is one of those that order or tell values
/// apart in a B-tree.
///
/// # Safety
/// The operator must exist.
pub(super) unsafe fn is_comparison(operator: Oid) -> bool {
    // SAFETY: a catalog look-up, whose list is null if it is empty.
    unsafe {
        #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
        return !pg_sys::get_op_index_interpretation(operator).is_null();
        #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
        return !pg_sys::get_op_btree_interpretation(operator).is_null();
    }
}

/// `RTE_GROUP`: the expressions that the entry's query groups by, one for each of its columns; null
/// for other entries. Versions without such entries refer to the expressions themselves.
pub(super) fn group_expressions(entry: &pg_sys::RangeTblEntry) -> *mut pg_sys::List {
    #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
    if entry.rtekind == pg_sys::RTEKind::RTE_GROUP {
        return entry.groupexprs;
    }
    let _ = entry;
    std::ptr::null_mut()
}

#[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16")))]
unsafe extern "C-unwind" {
    /// `standard_ExplainOneQuery`: plans a query and explains it, without pgrx's guard.
    ///
    /// # Safety
    /// To be called by a function of `ExplainOneQuery_hook`, with what that was called with.
    #[link_name = "standard_ExplainOneQuery"]
    pub(super) fn explain_one_query(
        query: *mut pg_sys::Query,
        options: i32,
        into: *mut pg_sys::IntoClause,
        output: *mut pg_sys::ExplainState,
        text: *const c_char,
        params: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
    );
}

/// The same, where the server has it within the function that calls the hook.
///
/// # Safety
/// To be called by a function of `ExplainOneQuery_hook`, with what that was called with.
#[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16"))]
#[expect(ffi_unwind_calls, reason = "the server jumps over a frame that needs no dropping")]
pub(super) unsafe extern "C-unwind" fn explain_one_query(
    query: *mut pg_sys::Query,
    options: i32,
    into: *mut pg_sys::IntoClause,
    output: *mut pg_sys::ExplainState,
    text: *const c_char,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
) {
    unsafe extern "C-unwind" {
        fn pg_plan_query(
            query: *mut pg_sys::Query,
            text: *const c_char,
            options: i32,
            params: pg_sys::ParamListInfo,
        ) -> *mut pg_sys::PlannedStmt;
        fn ExplainOnePlan(
            plan: *mut pg_sys::PlannedStmt,
            into: *mut pg_sys::IntoClause,
            output: *mut pg_sys::ExplainState,
            text: *const c_char,
            params: pg_sys::ParamListInfo,
            environment: *mut pg_sys::QueryEnvironment,
            taken: *const pg_sys::instr_time,
            buffers: *const pg_sys::BufferUsage,
        );
    }
    // SAFETY: the caller vouches for everything; the plan is of the query.
    unsafe {
        let (before, start) = (pg_sys::pgBufferUsage, std::time::Instant::now());
        let plan = pg_plan_query(query, text, options, params);
        let taken = instr_time(start.elapsed());
        let mut read = pg_sys::BufferUsage::default();
        let after = pg_sys::pgBufferUsage;
        pg_sys::BufferUsageAccumDiff(&mut read, &after, &before);
        let read = if (*output).buffers { &raw const read } else { std::ptr::null() };
        ExplainOnePlan(plan, into, output, text, params, environment, &taken, read);
    }
}

/// `instr_time` of a duration.
#[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16"))]
fn instr_time(duration: std::time::Duration) -> pg_sys::instr_time {
    #[cfg(feature = "pg16")]
    return pg_sys::instr_time { ticks: i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX) };
    #[cfg(not(feature = "pg16"))]
    pg_sys::instr_time {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

/// Declares `ExecutorRun_hook`'s function `$name`, which calls `$before` with the query, then the hook
/// that was there before it or the server's own function, then `$after` with what `$before` gave.
///
/// No guard stands around the server's function: an error of it ends `$name` at once.
macro_rules! executor_run_hook {
    ($name:ident, $previous:expr, $before:path, $after:path) => {
        #[cfg(not(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17")))]
        $crate::pg::compat::executor_run_hook!($name, $previous, $before, $after,);
        #[cfg(any(feature = "pg14", feature = "pg15", feature = "pg16", feature = "pg17"))]
        $crate::pg::compat::executor_run_hook!($name, $previous, $before, $after, once: bool);
    };
    ($name:ident, $previous:expr, $before:path, $after:path, $($once:ident: $bool:ty)?) => {
        #[expect(ffi_unwind_calls, reason = "the server jumps over a frame that needs no dropping")]
        unsafe extern "C-unwind" fn $name(
            query: *mut pgrx::pg_sys::QueryDesc,
            direction: pgrx::pg_sys::ScanDirection::Type,
            count: u64,
            $($once: $bool)?
        ) {
            unsafe extern "C-unwind" {
                fn standard_ExecutorRun(
                    query: *mut pgrx::pg_sys::QueryDesc,
                    direction: pgrx::pg_sys::ScanDirection::Type,
                    count: u64,
                    $($once: $bool)?
                );
            }
            // SAFETY: the server calls this with a query that was started, and vouches for the rest.
            unsafe {
                let noted = $before(query);
                match $previous {
                    Some(previous) => previous(query, direction, count, $($once)?),
                    None => standard_ExecutorRun(query, direction, count, $($once)?),
                }
                $after(noted);
            }
        }
    };
}
pub(super) use executor_run_hook;
