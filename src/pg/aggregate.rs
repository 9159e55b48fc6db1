//! The aggregates of the library, whose states are accumulators of the core.
//!
//! An aggregate is an accumulator, a file here that says how arguments become events, and its
//! objects of SQL. [`state`] is what all have in common, [`arguments`] reads what most are called
//! with.

mod adoption_state;
mod arguments;
mod audit_state;
mod event;
mod feature_state;
mod measured_feature_state;
mod measured_state;
mod period_state;
mod rows;
pub(super) mod series_state;
pub(super) mod state;
mod usage_state;

use pgrx::pg_sys;

pub(super) use arguments::CostType;
pub(crate) use arguments::{COST_TYPES, is_cost};
pub(super) use rows::ArgumentRows;
pub(super) use state::Direct;
pub(crate) use state::read_value;

/// The aggregates, in the order of their numbers.
static AGGREGATES: [Direct; 8] = [
    usage_state::DIRECT,
    feature_state::DIRECT,
    adoption_state::DIRECT,
    period_state::DIRECT,
    series_state::DIRECT,
    audit_state::DIRECT,
    measured_state::DIRECT,
    measured_feature_state::DIRECT,
];

/// The number of the aggregate that a statement asks for, if it is one of these.
///
/// # Safety
/// Both must be the planner's, of the statement that is being planned.
pub(super) unsafe fn number_of(root: &pg_sys::PlannerInfo, aggref: &pg_sys::Aggref) -> Option<i32> {
    if aggref.aggtranstype != pg_sys::INTERNALOID || aggref.aggvariadic {
        return None;
    }
    // SAFETY: the planner has listed what it knows of the aggregate, and its functions exist.
    let function = unsafe {
        let known = pg_sys::list_nth(root.aggtransinfos, aggref.aggtransno);
        let mut function = pg_sys::FmgrInfo::default();
        pg_sys::fmgr_info((*known.cast::<pg_sys::AggTransInfo>()).transfn_oid, &mut function);
        function.fn_addr?
    };
    let number = AGGREGATES.iter().position(|each| each.symbol as usize == function as usize)?;
    i32::try_from(number).ok()
}

/// The aggregate of this number.
pub(super) fn numbered(number: i32) -> Option<&'static Direct> {
    AGGREGATES.get(usize::try_from(number).ok()?)
}
