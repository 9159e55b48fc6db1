//! Where the scan applies, and what the planner gets to know of it.

use std::cell::Cell;
use std::ffi::c_void;
use std::num::NonZero;
use std::sync::OnceLock;

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

use super::conditions::{is_same_for_all, is_time_bound};
use super::node::SCAN_METHODS;
use super::plan::{self, NAME, PlannedTable};
use crate::guc;
use crate::pg::aggregate;
use crate::pg::compat;
use crate::pg::custom::{self, Methods};
use crate::pg::nodes::nodes;

static PATH_METHODS: Methods<pg_sys::CustomPathMethods> = Methods(pg_sys::CustomPathMethods {
    CustomName: NAME.as_ptr(),
    PlanCustomPath: Some(to_plan),
    ReparameterizeCustomPathByChild: None,
});

thread_local! {
    /// The hook that was there before.
    static PREVIOUS: Cell<pg_sys::create_upper_paths_hook_type> = const { Cell::new(None) };
}

/// The part of the processor time for a row that is saved beside a scan of the executor's.
const SAVED: f64 = 0.5;

/// The part of its time that the leader spends on the rows of each worker, as the planner has it.
const LEADER_FOR_WORKER: f64 = 0.3;

/// Hooks into the planner.
pub(super) fn watch() {
    // SAFETY: runs once, in the only thread.
    unsafe {
        PREVIOUS.set(pg_sys::create_upper_paths_hook);
        pg_sys::create_upper_paths_hook = Some(upper_paths);
    }
}

#[pgrx::pg_guard]
#[expect(ffi_unwind_calls, reason = "the guard turns an error of another library into a panic")]
unsafe extern "C-unwind" fn upper_paths(
    root: *mut pg_sys::PlannerInfo,
    stage: pg_sys::UpperRelationKind::Type,
    input: *mut pg_sys::RelOptInfo,
    output: *mut pg_sys::RelOptInfo,
    extra: *mut c_void,
) {
    // SAFETY: the planner calls this, at this stage with the extra information of a grouping.
    unsafe {
        if let Some(previous) = PREVIOUS.get() {
            pg_sys::ffi::pg_guard_ffi_boundary(|| previous(root, stage, input, output, extra));
        }
        if stage == pg_sys::UpperRelationKind::UPPERREL_GROUP_AGG
            && guc::usage_scan()
            && let Some(scan) = Scan::recognise(root, input, output)
        {
            scan.add_alone();
            scan.add_parallel(&*extra.cast::<pg_sys::GroupPathExtraData>());
        }
    }
}

/// A grouping that the scan can do.
struct Scan {
    root: *mut pg_sys::PlannerInfo,
    input: *mut pg_sys::RelOptInfo,
    output: *mut pg_sys::RelOptInfo,
    /// The number of the aggregate, and the columns that are its arguments.
    aggregate: i32,
    arguments: Vec<i16>,
    /// The price of the conditions that the server evaluates, for all rows.
    evaluation: f64,
}

impl Scan {
    /// The scan that makes `output` of `input`, if there is one.
    ///
    /// # Safety
    /// To be called from the planner, with what it passes to the hook.
    unsafe fn recognise(
        root: *mut pg_sys::PlannerInfo,
        input: *mut pg_sys::RelOptInfo,
        output: *mut pg_sys::RelOptInfo,
    ) -> Option<Self> {
        // SAFETY: as the caller says; lists of the planner hold the nodes that are named here.
        unsafe {
            let aggref = only_aggregate(root, output)?;
            let direct = aggregate::number_of(&*root, &*aggref)?;
            let is_known = is_plain_table(root, input)
                && arguments_are_plain((*input).relid, aggref)
                && conditions_are_plain(input);
            is_known.then(|| Self {
                root,
                input,
                output,
                aggregate: direct,
                arguments: arguments((*input).relid, aggref),
                evaluation: evaluation_price(root, input),
            })
        }
    }

    /// Lets one process do it all.
    unsafe fn add_alone(&self) {
        // SAFETY: the planner's own nodes.
        unsafe {
            if let Some(rows) = sequential_scan((*self.input).pathlist) {
                pg_sys::add_path(self.output, self.path(rows, self.output, 0));
            }
        }
    }

    /// Lets several processes do a part each, if the planner considered that for the aggregate.
    unsafe fn add_parallel(&self, extra: &pg_sys::GroupPathExtraData) {
        // SAFETY: the planner's own nodes; the relation for partial results is empty if it did not
        // consider any.
        unsafe {
            let partial = pg_sys::fetch_upper_rel(
                self.root,
                pg_sys::UpperRelationKind::UPPERREL_PARTIAL_GROUP_AGG,
                (*self.output).relids,
            );
            let is_considered = extra.partial_costs_set
                && (*partial).consider_parallel
                && !(*(*partial).reltarget).exprs.is_null();
            let Some(rows) = sequential_scan((*self.input).partial_pathlist) else { return };
            let workers = self.workers((*rows).parallel_workers);
            if !is_considered || workers == 0 {
                return;
            }
            let path = self.path(rows, partial, workers);
            let mut results = f64::from(workers);
            let gather = pg_sys::create_gather_path(
                self.root,
                partial,
                path,
                (*partial).reltarget,
                std::ptr::null_mut(),
                &mut results,
            );
            let whole = pg_sys::create_agg_path(
                self.root,
                self.output,
                gather.cast(),
                (*self.output).reltarget,
                pg_sys::AggStrategy::AGG_PLAIN,
                pg_sys::AggSplit::AGGSPLIT_FINAL_DESERIAL,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                &raw const extra.agg_final_costs,
                1.0,
            );
            pg_sys::add_path(self.output, whole.cast());
        }
    }

    /// How many of the workers that the planner has for a scan are worth it: those that have a
    /// processor, unless the table says itself how many it wants. The node never waits for its
    /// rows but for pages from a disk, and each state more has to be merged.
    unsafe fn workers(&self, planned: i32) -> i32 {
        // SAFETY: the planner's own node, and a setting.
        let (is_wanted, leader) = unsafe {
            ((*self.input).rel_parallel_workers >= 0, pg_sys::parallel_leader_participation)
        };
        if is_wanted { planned } else { planned.min(processors() - i32::from(leader)) }
    }

    /// The path that makes what is wanted of `relation` in this many workers, at the price of
    /// reading `rows` but for what is saved.
    unsafe fn path(
        &self,
        scan: *mut pg_sys::Path,
        relation: *mut pg_sys::RelOptInfo,
        workers: i32,
    ) -> *mut pg_sys::Path {
        // SAFETY: palloc0 gives room for a node, of which zero is a valid state.
        unsafe {
            let rows = &*scan;
            let custom =
                pg_sys::palloc0(size_of::<pg_sys::CustomPath>()).cast::<pg_sys::CustomPath>();
            let path = &mut (*custom).path;
            path.type_ = NodeTag::T_CustomPath;
            path.pathtype = NodeTag::T_CustomScan;
            path.parent = relation;
            path.pathtarget = (*relation).reltarget;
            path.parallel_aware = rows.parallel_aware;
            path.parallel_safe = rows.parallel_safe;
            path.parallel_workers = workers;
            path.rows = 1.0;
            let pages = page_price((*self.input).reltablespace) * f64::from((*self.input).pages);
            let processing = (rows.total_cost - pages) * share(rows.parallel_workers);
            let own = (processing - self.evaluation).max(0.0) * (1.0 - SAVED);
            path.total_cost = pages + (own + self.evaluation) / share(workers);
            path.startup_cost = path.total_cost;
            compat::copy_disabled_nodes(path, rows);
            let table = PlannedTable {
                table: (*self.input).relid,
                arguments: self.arguments.clone(),
                scan,
            };
            plan::prepare(&mut *custom, self.aggregate, &[table]);
            (*custom).methods = &raw const PATH_METHODS.0;
            custom.cast()
        }
    }
}

/// How many processors this process may use, as it was when it was first asked.
fn processors() -> i32 {
    static PROCESSORS: OnceLock<i32> = OnceLock::new();
    *PROCESSORS.get_or_init(|| {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        i32::try_from(processors).unwrap_or(i32::MAX)
    })
}

/// The planner's price of the conditions on a relation that the server evaluates, for all rows.
unsafe fn evaluation_price(root: *mut pg_sys::PlannerInfo, input: *mut pg_sys::RelOptInfo) -> f64 {
    // SAFETY: the planner's own nodes.
    unsafe {
        let for_row: f64 = nodes::<pg_sys::RestrictInfo>((*input).baserestrictinfo)
            .filter(|&condition| !is_time_bound((*condition).clause.cast()))
            .map(|condition| {
                let mut cost = pg_sys::QualCost::default();
                pg_sys::cost_qual_eval_node(&mut cost, condition.cast(), root);
                cost.per_tuple
            })
            .sum();
        for_row * (*input).tuples
    }
}

/// The planner's price of a page that is read in order.
unsafe fn page_price(tablespace: pg_sys::Oid) -> f64 {
    let mut price = 0.0;
    // SAFETY: the caller passes a table's tablespace; the out parameter is ours.
    unsafe { pg_sys::get_tablespace_page_costs(tablespace, std::ptr::null_mut(), &mut price) };
    price
}

/// By how much the planner divides the rows of a table among a leader and its workers.
fn share(workers: i32) -> f64 {
    let workers = f64::from(workers);
    // SAFETY: a setting.
    let leader = match unsafe { pg_sys::parallel_leader_participation } {
        true => (1.0 - LEADER_FOR_WORKER * workers).max(0.0),
        false => 0.0,
    };
    (workers + leader).max(1.0)
}

/// The aggregate, if the statement asks for nothing else.
unsafe fn only_aggregate(
    root: *mut pg_sys::PlannerInfo,
    output: *mut pg_sys::RelOptInfo,
) -> Option<*mut pg_sys::Aggref> {
    // SAFETY: the planner's own nodes.
    unsafe {
        let parse = &*(*root).parse;
        let is_whole = parse.groupClause.is_null()
            && parse.groupingSets.is_null()
            && parse.havingQual.is_null()
            && !parse.hasTargetSRFs
            && !parse.hasWindowFuncs;
        let mut wanted = nodes::<pg_sys::TargetEntry>((*root).processed_tlist);
        let mut made = nodes::<pg_sys::Node>((*(*output).reltarget).exprs);
        let (entry, expression) = (wanted.next()?, made.next()?);
        let is_only = wanted.next().is_none() && made.next().is_none();
        if !is_whole || !is_only || !is_a(expression, NodeTag::T_Aggref) {
            return None;
        }
        let aggref = expression.cast::<pg_sys::Aggref>();
        let is_simple = pg_sys::equal((*entry).expr.cast(), aggref.cast())
            && (*aggref).aggorder.is_null()
            && (*aggref).aggdistinct.is_null()
            && (*aggref).aggfilter.is_null()
            && (*aggref).agglevelsup == 0
            && (*aggref).aggsplit == pg_sys::AggSplit::AGGSPLIT_SIMPLE;
        is_simple.then_some(aggref)
    }
}

/// Whether the relation is one table of the heap, without parts.
unsafe fn is_plain_table(root: *mut pg_sys::PlannerInfo, input: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: the planner's own nodes; it holds a lock on the table.
    unsafe {
        let relation = &*input;
        if relation.reloptkind != pg_sys::RelOptKind::RELOPT_BASEREL
            || relation.rtekind != pg_sys::RTEKind::RTE_RELATION
            || !relation.joininfo.is_null()
        {
            return false;
        }
        let entry = &**(*root).simple_rte_array.add(relation.relid as usize);
        let has_rows = [pg_sys::RELKIND_RELATION, pg_sys::RELKIND_MATVIEW]
            .contains(&entry.relkind.cast_unsigned());
        if !has_rows || entry.inh || !entry.tablesample.is_null() {
            return false;
        }
        let table = pg_sys::table_open(entry.relid, pg_sys::NoLock.cast_signed());
        let is_heap = (*table).rd_tableam == pg_sys::GetHeapamTableAmRoutine();
        pg_sys::table_close(table, pg_sys::NoLock.cast_signed());
        is_heap
    }
}

/// Whether the aggregate's arguments are columns of the relation, or the same for all rows.
unsafe fn arguments_are_plain(relid: pg_sys::Index, aggref: *mut pg_sys::Aggref) -> bool {
    // SAFETY: the arguments of an aggregate are target entries.
    unsafe {
        nodes::<pg_sys::TargetEntry>((*aggref).args).all(|entry| {
            let expression = (*entry).expr.cast::<pg_sys::Node>();
            column(relid, expression).is_some() || is_same_for_all(expression)
        })
    }
}

/// For each argument of the aggregate the number of its column, or 0 if it is the same for all rows.
unsafe fn arguments(relid: pg_sys::Index, aggref: *mut pg_sys::Aggref) -> Vec<i16> {
    // SAFETY: the arguments of an aggregate are target entries.
    unsafe {
        nodes::<pg_sys::TargetEntry>((*aggref).args)
            .map(|entry| column(relid, (*entry).expr.cast()).unwrap_or(0))
            .collect()
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

/// Whether conditions on the relation refer to nothing of it but columns: to no row as a whole, and
/// to nothing that the server keeps of a row beside its columns.
unsafe fn conditions_are_plain(input: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: the planner's own nodes.
    unsafe {
        nodes::<pg_sys::RestrictInfo>((*input).baserestrictinfo).all(|condition| {
            nodes::<pg_sys::Node>(plan::columns_in((*condition).clause.cast()))
                .all(|each| column((*input).relid, each).is_some())
        })
    }
}

/// The scan of the whole table in the order that it is stored in, if it is among the paths.
unsafe fn sequential_scan(paths: *mut pg_sys::List) -> Option<*mut pg_sys::Path> {
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

/// The plan of a path.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn to_plan(
    _root: *mut pg_sys::PlannerInfo,
    _relation: *mut pg_sys::RelOptInfo,
    path: *mut pg_sys::CustomPath,
    wanted: *mut pg_sys::List,
    _clauses: *mut pg_sys::List,
    plans: *mut pg_sys::List,
) -> *mut pg_sys::Plan {
    // SAFETY: the planner calls this with a path that was made above, and the plan of the one below.
    unsafe { custom::new_plan(&SCAN_METHODS, wanted, |plan| plan::write(plan, &*path, plans)) }
}
