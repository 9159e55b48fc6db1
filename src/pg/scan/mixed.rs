//! A node beside parts that it cannot read, or that the server reads at a lower price: the executor
//! aggregates these, each by itself, and merges all states.

use pgrx::pg_sys::{
    self, AggClauseCosts, AggSplit, Aggref, List, Path, PathTarget, PlannerInfo, RelOptInfo,
};

use super::readable::OtherPart;
use crate::pg::custom::list;
use crate::pg::nodes::nodes;

unsafe extern "C-unwind" {
    fn get_agg_clause_costs(
        root: *mut PlannerInfo,
        split: AggSplit::Type,
        costs: *mut AggClauseCosts,
    );
}

/// How the states of parts become one.
pub(super) struct Merge {
    root: *mut PlannerInfo,
    /// The relation for the result.
    output: *mut RelOptInfo,
    /// The relation for partial results, and what they are.
    partial: *mut RelOptInfo,
    target: *mut PathTarget,
    cost_of_states: AggClauseCosts,
    cost_of_merging: AggClauseCosts,
}

impl Merge {
    /// How states of this aggregate become the result.
    ///
    /// # Safety
    /// To be used from the planner, with nodes of its; `partial` is the relation for partial results.
    pub(super) unsafe fn new(
        root: *mut PlannerInfo,
        output: *mut RelOptInfo,
        partial: *mut RelOptInfo,
        aggref: *mut Aggref,
    ) -> Self {
        // SAFETY: the caller vouches for the nodes.
        unsafe {
            Self {
                root,
                output,
                partial,
                target: target(root, aggref),
                cost_of_states: costs(root, AggSplit::AGGSPLIT_INITIAL_SERIAL),
                cost_of_merging: costs(root, AggSplit::AGGSPLIT_FINAL_DESERIAL),
            }
        }
    }

    /// Lets one process do it all: a node's part, and those of the executor.
    pub(super) unsafe fn add_alone(&self, node: *mut Path, others: &[OtherPart]) {
        // SAFETY: the caller vouches for the node; each relation has a cheapest path.
        unsafe {
            let paths = others.iter().fold(list(&[self.aimed(node).cast()]), |paths, other| {
                let rows = (*other.relation).cheapest_total_path;
                pg_sys::lappend(paths, self.state(other, rows).cast())
            });
            self.add(self.append(paths, std::ptr::null_mut(), 0));
        }
    }

    /// Lets several processes do it, if the parts of the executor are safe for them.
    pub(super) unsafe fn add_parallel(&self, node: *mut Path, others: &[OtherPart], workers: i32) {
        // SAFETY: as above, and `enable_parallel_append` is a setting.
        unsafe {
            let (mut whole, mut shared) = (std::ptr::null_mut(), list(&[self.aimed(node).cast()]));
            for other in others {
                let relation = &*other.relation;
                if let Some(rows) = nodes::<Path>(relation.partial_pathlist).next() {
                    shared = pg_sys::lappend(shared, self.state(other, rows).cast());
                } else {
                    let rows = pg_sys::get_cheapest_parallel_safe_total_inner(relation.pathlist);
                    if rows.is_null() {
                        return;
                    }
                    whole = pg_sys::lappend(whole, self.state(other, rows).cast());
                }
            }
            // Without other parts there is nothing to append.
            let all = match others {
                [] => node,
                _ if pg_sys::enable_parallel_append => self.append(whole, shared, workers),
                _ => return,
            };
            self.add(self.gathered(all, workers));
        }
    }

    /// Merges the states that processes give.
    pub(super) unsafe fn gathered(&self, states: *mut Path, workers: i32) -> *mut Path {
        let mut results = f64::from(workers);
        // SAFETY: the caller vouches for the path.
        unsafe {
            let none = std::ptr::null_mut();
            pg_sys::create_gather_path(
                self.root,
                self.partial,
                states,
                (*states).pathtarget,
                none,
                &mut results,
            )
            .cast()
        }
    }

    /// Offers the planner to merge what a path gives.
    pub(super) unsafe fn add(&self, states: *mut Path) {
        let Self { root, output, .. } = *self;
        // SAFETY: the caller vouches for the path.
        unsafe {
            let path = pg_sys::create_agg_path(
                root,
                output,
                states,
                (*output).reltarget,
                pg_sys::AggStrategy::AGG_PLAIN,
                AggSplit::AGGSPLIT_FINAL_DESERIAL,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                &self.cost_of_merging,
                1.0,
            );
            pg_sys::add_path(output, path.cast());
        }
    }

    /// The node's path, which is to give a state.
    unsafe fn aimed(&self, node: *mut Path) -> *mut Path {
        // SAFETY: the caller vouches for the path.
        unsafe { (*node).pathtarget = self.target };
        node
    }

    /// The state of another part.
    unsafe fn state(&self, other: &OtherPart, rows: *mut Path) -> *mut Path {
        // SAFETY: the caller vouches for the path of rows of the part.
        unsafe {
            pg_sys::create_agg_path(
                self.root,
                self.partial,
                rows,
                target(self.root, other.aggref),
                pg_sys::AggStrategy::AGG_PLAIN,
                AggSplit::AGGSPLIT_INITIAL_SERIAL,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                &self.cost_of_states,
                1.0,
            )
            .cast()
        }
    }

    /// The states of all parts, those of paths for one process and those that several share.
    unsafe fn append(&self, whole: *mut List, shared: *mut List, workers: i32) -> *mut Path {
        let none: *mut List = std::ptr::null_mut();
        // SAFETY: the caller vouches for the paths.
        unsafe {
            let path = pg_sys::create_append_path(
                self.root,
                self.partial,
                whole,
                shared,
                none,
                std::ptr::null_mut(),
                workers,
                workers > 0,
                -1.0,
            );
            (*path).path.pathtarget = self.target;
            path.cast()
        }
    }
}

/// What gives the state of an aggregate.
unsafe fn target(root: *mut PlannerInfo, aggref: *mut Aggref) -> *mut PathTarget {
    // SAFETY: the caller vouches for the aggregate; it is changed in a copy.
    unsafe {
        let state = pg_sys::copyObjectImpl(aggref.cast()).cast::<Aggref>();
        pg_sys::mark_partial_aggref(state, AggSplit::AGGSPLIT_INITIAL_SERIAL);
        let target = pg_sys::create_empty_pathtarget();
        pg_sys::add_column_to_pathtarget(target, state.cast(), 0);
        pg_sys::set_pathtarget_cost_width(root, target)
    }
}

#[expect(ffi_unwind_calls, reason = "the guard turns an error of the server into a panic")]
unsafe fn costs(root: *mut PlannerInfo, split: AggSplit::Type) -> AggClauseCosts {
    let mut costs = AggClauseCosts::default();
    // SAFETY: the planner knows its aggregates by now.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| get_agg_clause_costs(root, split, &mut costs));
    }
    costs
}
