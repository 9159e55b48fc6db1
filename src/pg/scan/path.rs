//! Where the scan applies, and what the planner gets to know of it.

#![expect(clippy::disallowed_methods, reason = "the planner has lists as long as these")]

use std::cell::Cell;
use std::ffi::c_void;
use std::num::NonZero;
use std::sync::OnceLock;

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

use super::mixed::Merge;
use super::node::SCAN_METHODS;
use super::plan::{self, NAME, PlannedTable};
use super::readable::{Readable, ReadableTable, sequential_scan};
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
            scan.add(&*extra.cast::<pg_sys::GroupPathExtraData>());
        }
    }
}

/// A grouping that the scan can do.
struct Scan {
    root: *mut pg_sys::PlannerInfo,
    input: *mut pg_sys::RelOptInfo,
    output: *mut pg_sys::RelOptInfo,
    aggref: *mut pg_sys::Aggref,
    /// The number of the aggregate.
    aggregate: i32,
    readable: Readable,
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
            let aggregate = aggregate::number_of(&*root, &*aggref)?;
            let readable = Readable::of(root, input, aggref)?;
            Some(Self { root, input, output, aggref, aggregate, readable })
        }
    }

    /// Offers the planner all ways to use the node.
    unsafe fn add(&self, extra: &pg_sys::GroupPathExtraData) {
        // SAFETY: the planner's own nodes; the relation for partial results is empty if it did not
        // consider any.
        unsafe {
            let partial = pg_sys::fetch_upper_rel(
                self.root,
                pg_sys::UpperRelationKind::UPPERREL_PARTIAL_GROUP_AGG,
                (*self.output).relids,
            );
            let others = self.readable.others();
            let merge = Merge::new(self.root, self.output, partial, self.aggref);
            if let Some(scans) = self.scans(|relation| relation.pathlist) {
                match others.is_empty() {
                    true => pg_sys::add_path(self.output, self.path(&scans, self.output, 0)),
                    false => merge.add_alone(self.path(&scans, partial, 0), others),
                }
            }
            if let Some((scans, workers)) = self.parallel_scans()
                && workers > 0
                && extra.partial_costs_set
                && (*partial).consider_parallel
            {
                let node = self.path(&scans, partial, workers);
                merge.add_parallel(node, others, workers);
            }
        }
    }

    /// The sequential scans of all tables, from this list of paths of each; `None` if one has none.
    unsafe fn scans(
        &self,
        paths: impl Fn(&pg_sys::RelOptInfo) -> *mut pg_sys::List,
    ) -> Option<Vec<*mut pg_sys::Path>> {
        let tables = self.readable.tables().iter();
        // SAFETY: the planner's own nodes.
        tables.map(|table| unsafe { sequential_scan(paths(&*table.relation)) }).collect()
    }

    /// The scans for several processes, and how many workers are worth it.
    unsafe fn parallel_scans(&self) -> Option<(Vec<*mut pg_sys::Path>, i32)> {
        // SAFETY: the planner's own nodes.
        unsafe {
            match &self.readable {
                Readable::Table(_) => {
                    let scans = self.scans(|relation| relation.partial_pathlist)?;
                    let workers = self.workers((*scans[0]).parallel_workers);
                    Some((scans, workers))
                }
                // The processes share each of the parts, however small it is.
                Readable::Parts(parts, _) => {
                    let is_safe = parts.iter().all(|part| (*part.relation).consider_parallel);
                    let pages = parts.iter().map(|part| f64::from((*part.relation).pages)).sum();
                    let workers = pg_sys::compute_parallel_worker(
                        self.input,
                        pages,
                        -1.0,
                        pg_sys::max_parallel_workers_per_gather,
                    );
                    let scans = self.scans(|relation| relation.pathlist)?;
                    is_safe.then_some((scans, self.workers(workers)))
                }
            }
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

    /// The path that makes what is wanted of `relation` in this many workers, at the price of the
    /// scans but for what is saved.
    unsafe fn path(
        &self,
        scans: &[*mut pg_sys::Path],
        relation: *mut pg_sys::RelOptInfo,
        workers: i32,
    ) -> *mut pg_sys::Path {
        // SAFETY: palloc0 gives room for a node, of which zero is a valid state.
        unsafe {
            let custom =
                pg_sys::palloc0(size_of::<pg_sys::CustomPath>()).cast::<pg_sys::CustomPath>();
            let path = &mut (*custom).path;
            path.type_ = NodeTag::T_CustomPath;
            path.pathtype = NodeTag::T_CustomScan;
            path.parent = relation;
            path.pathtarget = (*relation).reltarget;
            path.parallel_aware = workers > 0;
            path.parallel_safe = scans.iter().all(|&scan| (*scan).parallel_safe);
            path.parallel_workers = workers;
            path.rows = 1.0;
            let tables = self.readable.tables();
            path.total_cost =
                tables.iter().zip(scans).map(|(table, &scan)| price(table, &*scan, workers)).sum();
            path.startup_cost = path.total_cost;
            let planned = tables.iter().zip(scans).map(|(table, &scan)| {
                compat::add_disabled_nodes(path, &*scan);
                PlannedTable {
                    table: (*table.relation).relid,
                    arguments: table.arguments.clone(),
                    scan,
                }
            });
            let planned: Vec<PlannedTable> = planned.collect();
            plan::prepare(&mut *custom, self.aggregate, &planned);
            (*custom).methods = &raw const PATH_METHODS.0;
            custom.cast()
        }
    }
}

/// What it costs to aggregate the rows of a table, of which `scan` gives the price, in this many
/// workers.
unsafe fn price(table: &ReadableTable, scan: &pg_sys::Path, workers: i32) -> f64 {
    // SAFETY: the planner's own node.
    let pages =
        unsafe { page_price((*table.relation).reltablespace) * f64::from((*table.relation).pages) };
    let processing = (scan.total_cost - pages) * share(scan.parallel_workers);
    let own = (processing - table.evaluation).max(0.0) * (1.0 - SAVED);
    pages + (own + table.evaluation) / share(workers)
}

/// How many processors this process may use, as it was when it was first asked.
fn processors() -> i32 {
    static PROCESSORS: OnceLock<i32> = OnceLock::new();
    *PROCESSORS.get_or_init(|| {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        i32::try_from(processors).unwrap_or(i32::MAX)
    })
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
