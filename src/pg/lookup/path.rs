//! Where a look-up applies, and what the planner gets to know of it.

use std::cell::Cell;

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

use super::condition::IdCondition;
use super::node::SCAN_METHODS;
use super::plan::{self, NAME};
use super::reader::{self, DashboardReader};
use crate::guc;
use crate::pg::compat;
use crate::pg::custom::{self, Methods};
use crate::pg::ids::Flavor;
use crate::pg::nodes::{is_null, nodes};
use crate::pg::support::constant_text;

static PATH_METHODS: Methods<pg_sys::CustomPathMethods> = Methods(pg_sys::CustomPathMethods {
    CustomName: NAME.as_ptr(),
    PlanCustomPath: Some(to_plan),
    ReparameterizeCustomPathByChild: None,
});

thread_local! {
    /// The hook that was there before.
    static PREVIOUS: Cell<pg_sys::set_rel_pathlist_hook_type> = const { Cell::new(None) };
}

/// Hooks into the planner.
pub(super) fn watch() {
    // SAFETY: runs once, in the only thread.
    unsafe {
        PREVIOUS.set(pg_sys::set_rel_pathlist_hook);
        pg_sys::set_rel_pathlist_hook = Some(relation_paths);
    }
}

#[pgrx::pg_guard]
#[expect(ffi_unwind_calls, reason = "the guard turns an error of another library into a panic")]
unsafe extern "C-unwind" fn relation_paths(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    index: pg_sys::Index,
    entry: *mut pg_sys::RangeTblEntry,
) {
    // SAFETY: the planner calls this, with a relation whose other paths are made.
    unsafe {
        if let Some(previous) = PREVIOUS.get() {
            pg_sys::ffi::pg_guard_ffi_boundary(|| previous(root, relation, index, entry));
        }
        if guc::lookup()
            && let Some(asked) = Asked::recognise(root, relation, &*entry)
        {
            asked.offer();
        }
    }
}

/// A dashboard in a statement, of which some rows may be wanted.
struct Asked {
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    call: *mut pg_sys::FuncExpr,
    flavor: Flavor,
    columns: *mut pg_sys::List,
    /// The price of the call, and of all its rows with it.
    whole: (f64, f64),
    /// What the look-up of one tenant costs as a part of that.
    share: f64,
}

impl Asked {
    /// What is asked of the relation, if it is all tenants' dashboard.
    ///
    /// Where rows are locked or changed, the executor may want a row again that it had before,
    /// and the node knows no single rows.
    unsafe fn recognise(
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
        entry: &pg_sys::RangeTblEntry,
    ) -> Option<Self> {
        // SAFETY: the planner's own nodes.
        unsafe {
            let is_simple = entry.rtekind == pg_sys::RTEKind::RTE_FUNCTION
                && !entry.funcordinality
                && (*relation).reloptkind == pg_sys::RelOptKind::RELOPT_BASEREL
                && (*relation).lateral_relids.is_null()
                && (*root).rowMarks.is_null();
            if !is_simple {
                return None;
            }
            let dashboard = reader::get()?;
            let call = whole_dashboard(dashboard, entry)?;
            let scan = nodes::<pg_sys::Path>((*relation).pathlist)
                .find(|path| (**path).pathtype == NodeTag::T_FunctionScan)?;
            Some(Self {
                root,
                relation,
                call,
                flavor: Flavor::of(pg_sys::exprType(argument(call, 0)))?,
                columns: columns(root, relation, entry)?,
                whole: ((*scan).startup_cost, (*scan).total_cost),
                share: (dashboard.share)(constant_text(argument(call, 3))),
            })
        }
    }

    /// Offers a path for the best condition of the relation itself, or else for each of its joins.
    unsafe fn offer(&self) {
        // SAFETY: the planner's own nodes.
        unsafe {
            let Self { root, relation, flavor, .. } = *self;
            if let Some(condition) = IdCondition::find(root, relation, flavor) {
                pg_sys::add_path(relation, self.path(&condition, std::ptr::null_mut()));
                return;
            }
            IdCondition::each_joined(root, relation, flavor, |condition| {
                let named = (*condition.restriction).clause_relids;
                let outer = pg_sys::bms_difference(named, (*relation).relids);
                let join = pg_sys::get_baserel_parampathinfo(root, relation, outer);
                pg_sys::add_path(relation, self.path(&condition, join));
            });
        }
    }

    /// The path for a condition, for each row of what `join` names, if it is one of a join.
    ///
    /// At worst it makes the rows of all tenants to give some of them.
    unsafe fn path(
        &self,
        condition: &IdCondition,
        join: *mut pg_sys::ParamPathInfo,
    ) -> *mut pg_sys::Path {
        // SAFETY: the planner's own nodes; palloc0 gives room for a node, of which zero is a valid
        // state.
        unsafe {
            let relation = &*self.relation;
            let ids = compat::estimate_array_length(self.root, condition.ids).max(1.0);
            let custom =
                pg_sys::palloc0(size_of::<pg_sys::CustomPath>()).cast::<pg_sys::CustomPath>();
            let path = &mut (*custom).path;
            path.type_ = NodeTag::T_CustomPath;
            path.pathtype = NodeTag::T_CustomScan;
            path.parent = self.relation;
            path.pathtarget = relation.reltarget;
            path.param_info = join;
            path.rows = ids.min(if join.is_null() { relation.rows } else { (*join).ppi_rows });
            let (call, all) = self.whole;
            let target = &(*relation.reltarget).cost;
            path.startup_cost = (all * ids * self.share).min(call)
                + relation.baserestrictcost.startup
                + target.startup;
            let row = pg_sys::cpu_tuple_cost + relation.baserestrictcost.per_tuple;
            path.total_cost =
                path.startup_cost + ids.min(relation.tuples) * row + path.rows * target.per_tuple;
            (*custom).flags = compat::CUSTOMPATH_SUPPORT_PROJECTION;
            (*custom).custom_private = plan::of_path(self.call, condition, self.columns);
            (*custom).methods = &raw const PATH_METHODS.0;
            custom.cast()
        }
    }
}

/// The call that an entry of the statement's range table consists of, if it is one of the dashboard
/// with neither a root nor a limit of levels.
unsafe fn whole_dashboard(
    dashboard: &DashboardReader,
    entry: &pg_sys::RangeTblEntry,
) -> Option<*mut pg_sys::FuncExpr> {
    // SAFETY: the planner's own nodes.
    unsafe {
        let mut functions = nodes::<pg_sys::RangeTblFunction>(entry.functions);
        let function = functions.next()?;
        let expression = (*function).funcexpr;
        if functions.next().is_some() || !is_a(expression, NodeTag::T_FuncExpr) {
            return None;
        }
        let call = expression.cast::<pg_sys::FuncExpr>();
        let is_whole = is_of(dashboard, (*call).funcid)
            && pg_sys::list_length((*call).args) == 5
            && is_null(argument(call, 0))
            && is_null(argument(call, 4))
            && !pg_sys::contain_volatile_functions(expression)
            && !pg_sys::contain_subplans(expression);
        is_whole.then_some(call)
    }
}

/// Whether a function of SQL is the dashboard: whether the server would call the same symbol. Only
/// functions with a support function are looked at, because the planner loads the libraries of
/// these anyway.
unsafe fn is_of(dashboard: &DashboardReader, function: pg_sys::Oid) -> bool {
    // SAFETY: the function exists, because a statement calls it.
    unsafe {
        if pg_sys::get_func_support(function) == pg_sys::Oid::INVALID {
            return false;
        }
        let mut info = pg_sys::FmgrInfo::default();
        pg_sys::fmgr_info(function, &mut info);
        info.fn_addr.is_some_and(|address| address as usize == dashboard.symbol as usize)
    }
}

/// An argument of a call, counted from 0.
unsafe fn argument(call: *mut pg_sys::FuncExpr, index: i32) -> *mut pg_sys::Node {
    // SAFETY: the caller vouches for the number of arguments.
    unsafe { pg_sys::list_nth((*call).args, index).cast() }
}

/// The columns of the function, and the whole row behind them if the statement asks for it.
unsafe fn columns(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: &pg_sys::RangeTblEntry,
) -> Option<*mut pg_sys::List> {
    // SAFETY: the planner's own nodes.
    unsafe {
        let columns = pg_sys::build_physical_tlist(root, relation);
        if columns.is_null() {
            return None;
        }
        let relid = (*relation).relid;
        let mut used = std::ptr::null_mut();
        pg_sys::pull_varattnos((*(*relation).reltarget).exprs.cast(), relid, &mut used);
        let conditions = nodes::<pg_sys::RestrictInfo>((*relation).baserestrictinfo)
            .chain(nodes((*relation).joininfo));
        for restriction in conditions {
            pg_sys::pull_varattnos((*restriction).clause.cast(), relid, &mut used);
        }
        // Sets of columns count from the first system column.
        let whole_row = -pg_sys::FirstLowInvalidHeapAttributeNumber;
        if !pg_sys::bms_is_member(whole_row, used) {
            return Some(columns);
        }
        let var = compat::make_whole_row_var((&raw const *entry).cast_mut(), relid);
        let number = i16::try_from(pg_sys::list_length(columns) + 1).ok()?;
        let target = pg_sys::makeTargetEntry(var.cast(), number, std::ptr::null_mut(), false);
        Some(pg_sys::lappend(columns, target.cast()))
    }
}

/// The plan of a path.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn to_plan(
    _root: *mut pg_sys::PlannerInfo,
    _relation: *mut pg_sys::RelOptInfo,
    path: *mut pg_sys::CustomPath,
    wanted: *mut pg_sys::List,
    clauses: *mut pg_sys::List,
    _plans: *mut pg_sys::List,
) -> *mut pg_sys::Plan {
    // SAFETY: the planner calls this with a path that was made above.
    unsafe { custom::new_plan(&SCAN_METHODS, wanted, |plan| plan::write(plan, &*path, clauses)) }
}
