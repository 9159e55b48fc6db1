//! Which tables the node can read, and what it has to know of them.

#![expect(clippy::disallowed_methods, reason = "the planner has lists as long as these")]

use std::ffi::c_void;

use pgrx::is_a;
use pgrx::pg_sys::{self, Aggref, AppendRelInfo, NodeTag, PlannerInfo, RelOptInfo};

use super::conditions::{is_same_for_all, is_time_bound};
use super::plan;
use crate::pg::nodes::nodes;

/// A table of the heap that the planner has scans of.
pub(super) struct ReadableTable {
    pub(super) relation: *mut RelOptInfo,
    /// For each argument of the aggregate the number of its column, or 0 if it is the same for all
    /// rows.
    pub(super) arguments: Vec<i16>,
    /// The price of the conditions that the server evaluates, for all rows.
    pub(super) evaluation: f64,
}

/// A part that the executor reads.
pub(super) struct OtherPart {
    pub(super) relation: *mut RelOptInfo,
    /// The aggregate over it.
    pub(super) aggref: *mut Aggref,
}

/// What a relation consists of.
pub(super) enum Readable {
    /// One table.
    Table(ReadableTable),
    /// Of the parts that the planner has not ruled out, those that the node reads, and the others.
    Parts(Vec<ReadableTable>, Vec<OtherPart>),
}

impl Readable {
    /// What the node has to read instead of a relation for this aggregate over it; `None` if it
    /// cannot.
    ///
    /// # Safety
    /// To be called from the planner, with nodes of its.
    pub(super) unsafe fn of(
        root: *mut PlannerInfo,
        input: *mut RelOptInfo,
        aggref: *mut Aggref,
    ) -> Option<Self> {
        // SAFETY: the caller vouches for the nodes.
        unsafe {
            let is_base = (*input).reloptkind == pg_sys::RelOptKind::RELOPT_BASEREL
                && (*input).rtekind == pg_sys::RTEKind::RTE_RELATION
                && (*input).joininfo.is_null();
            if !is_base {
                return None;
            }
            let entry = entry(root, input);
            if !(*entry).inh {
                return Some(Self::Table(table(root, input, aggref)?));
            }
            let is_whole = (*entry).tablesample.is_null();
            if !is_whole || !(*input).partexprs.is_null() && may_be_pruned_later(input) {
                return None;
            }
            let (mut parts, mut others) = (Vec::new(), Vec::new());
            add_parts(root, input, aggref, &mut parts, &mut others);
            (!parts.is_empty()).then_some(Self::Parts(parts, others))
        }
    }

    pub(super) fn tables(&self) -> &[ReadableTable] {
        match self {
            Self::Table(table) => std::slice::from_ref(table),
            Self::Parts(parts, _) => parts,
        }
    }

    pub(super) fn others(&self) -> &[OtherPart] {
        match self {
            Self::Table(_) => &[],
            Self::Parts(_, others) => others,
        }
    }
}

/// Adds the parts of a relation.
unsafe fn add_parts(
    root: *mut PlannerInfo,
    parent: *mut RelOptInfo,
    aggref: *mut Aggref,
    parts: &mut Vec<ReadableTable>,
    others: &mut Vec<OtherPart>,
) {
    // SAFETY: the caller vouches for the nodes; each part has a relation.
    unsafe {
        for mut link in nodes::<AppendRelInfo>((*root).append_rel_list) {
            if (*link).parent_relid != (*parent).relid {
                continue;
            }
            let part = *(*root).simple_rel_array.add((*link).child_relid as usize);
            if pg_sys::is_dummy_rel(part) {
                continue;
            }
            let aggref = pg_sys::adjust_appendrel_attrs(root, aggref.cast(), 1, &mut link).cast();
            if (*entry(root, part)).inh {
                add_parts(root, part, aggref, parts, others);
            } else if let Some(table) = table(root, part, aggref)
                && sequential_scan((*part).pathlist).is_some()
            {
                parts.push(table);
            } else {
                others.push(OtherPart { relation: part, aggref });
            }
        }
    }
}

/// The table that a relation is, if it is one of the heap, and the aggregate's arguments and the
/// conditions refer to nothing of it but columns.
unsafe fn table(
    root: *mut PlannerInfo,
    relation: *mut RelOptInfo,
    aggref: *mut Aggref,
) -> Option<ReadableTable> {
    // SAFETY: the caller vouches for the nodes.
    unsafe {
        if !is_heap(entry(root, relation)) || !conditions_are_plain(relation) {
            return None;
        }
        let arguments = nodes::<pg_sys::TargetEntry>((*aggref).args).map(|entry| {
            let argument = (*entry).expr.cast::<pg_sys::Node>();
            match is_same_for_all(argument) {
                true => Some(0),
                false => column((*relation).relid, argument),
            }
        });
        let arguments = arguments.collect::<Option<Vec<i16>>>()?;
        Some(ReadableTable { relation, arguments, evaluation: evaluation_price(root, relation) })
    }
}

unsafe fn entry(root: *mut PlannerInfo, relation: *mut RelOptInfo) -> *mut pg_sys::RangeTblEntry {
    // SAFETY: the caller vouches for the nodes; the array has an entry for each relation.
    unsafe { *(*root).simple_rte_array.add((*relation).relid as usize) }
}

/// Whether an entry is a table of the heap, all of whose rows are wanted.
unsafe fn is_heap(entry: *mut pg_sys::RangeTblEntry) -> bool {
    // SAFETY: the caller vouches for the entry; the planner holds a lock on the table.
    unsafe {
        let has_rows = [pg_sys::RELKIND_RELATION, pg_sys::RELKIND_MATVIEW]
            .contains(&(*entry).relkind.cast_unsigned());
        if !has_rows || !(*entry).tablesample.is_null() {
            return false;
        }
        let table = pg_sys::table_open((*entry).relid, pg_sys::NoLock.cast_signed());
        let is_heap = (*table).rd_tableam == pg_sys::GetHeapamTableAmRoutine();
        pg_sys::table_close(table, pg_sys::NoLock.cast_signed());
        is_heap
    }
}

/// Whether conditions on the relation refer to nothing of it but columns: to no row as a whole, and
/// to nothing that the server keeps of a row beside its columns.
unsafe fn conditions_are_plain(relation: *mut RelOptInfo) -> bool {
    // SAFETY: the planner's own nodes.
    unsafe {
        nodes::<pg_sys::RestrictInfo>((*relation).baserestrictinfo).all(|condition| {
            nodes::<pg_sys::Node>(plan::columns_in((*condition).clause.cast()))
                .all(|each| column((*relation).relid, each).is_some())
        })
    }
}

/// Whether the executor might leave out parts of a relation that the planner could not: those that
/// the value of a parameter rules out.
unsafe fn may_be_pruned_later(relation: *mut RelOptInfo) -> bool {
    // SAFETY: the planner's own nodes; there are as many lists as columns of the key.
    unsafe {
        let keys: Vec<*mut pg_sys::Node> = (0..(*(*relation).part_scheme).partnatts)
            .flat_map(|at| nodes(*(*relation).partexprs.add(usize::try_from(at).unwrap_or(0))))
            .collect();
        nodes::<pg_sys::RestrictInfo>((*relation).baserestrictinfo).any(|condition| {
            let clause = (*condition).clause.cast::<pg_sys::Node>();
            let names_key = nodes::<pg_sys::Node>(plan::columns_in(clause))
                .any(|column| keys.iter().any(|&key| pg_sys::equal(key.cast(), column.cast())));
            names_key && has_parameter(clause, std::ptr::null_mut())
        })
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn has_parameter(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // SAFETY: a node of the planner, whose tag says what it is.
    unsafe {
        !node.is_null()
            && (is_a(node, NodeTag::T_Param)
                || pg_sys::expression_tree_walker(node, Some(has_parameter), context))
    }
}

/// The number of the column that an expression is.
unsafe fn column(relid: pg_sys::Index, expression: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: a node of the planner.
    unsafe {
        if !is_a(expression, NodeTag::T_Var) {
            return None;
        }
        let var = &*expression.cast::<pg_sys::Var>();
        let is_own = i64::from(var.varno) == i64::from(relid) && var.varlevelsup == 0;
        (is_own && var.varattno > 0).then_some(var.varattno)
    }
}

/// The planner's price of the conditions on a relation that the server evaluates, for all rows.
unsafe fn evaluation_price(root: *mut PlannerInfo, relation: *mut RelOptInfo) -> f64 {
    // SAFETY: the planner's own nodes.
    unsafe {
        let for_row: f64 = nodes::<pg_sys::RestrictInfo>((*relation).baserestrictinfo)
            .filter(|&condition| !is_time_bound((*condition).clause.cast()))
            .map(|condition| {
                let mut cost = pg_sys::QualCost::default();
                pg_sys::cost_qual_eval_node(&mut cost, condition.cast(), root);
                cost.per_tuple
            })
            .sum();
        for_row * (*relation).tuples
    }
}

/// The scan of the whole table in the order that it is stored in, if it is among the paths.
///
/// # Safety
/// It must be a list of the planner's paths.
pub(super) unsafe fn sequential_scan(paths: *mut pg_sys::List) -> Option<*mut pg_sys::Path> {
    // SAFETY: a list of the planner's paths; a projection has a path below.
    unsafe {
        nodes::<pg_sys::Path>(paths)
            .map(|path| match is_a(path.cast(), NodeTag::T_ProjectionPath) {
                true => (*path.cast::<pg_sys::ProjectionPath>()).subpath,
                false => path,
            })
            .find(|path| (**path).pathtype == NodeTag::T_SeqScan)
    }
}
