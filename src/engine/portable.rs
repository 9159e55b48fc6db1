//! The portable way: SQL groups the events, which any planner can spill to disk or send to another
//! server; what is left to do here needs memory for the tenants alone.

use super::groups::UsageGroups;
use super::question::Question;
use super::reading::{Obtained, Offer, Reading};
use crate::error::Error;
use crate::guc::{self, EngineSetting};

pub(super) fn offer() -> Offer {
    match guc::engine() {
        EngineSetting::Aggregate => Offer::Closed("tenant_metrics.engine is aggregate"),
        EngineSetting::Auto | EngineSetting::Summaries | EngineSetting::Portable => {
            Offer::Open("grouped in SQL")
        }
    }
}

pub(super) fn obtain<'a, R: Reading>(
    question: &Question<'a>,
    reading: &R,
) -> Result<Obtained<'a, R::State>, Error> {
    Ok(Obtained::Groups(UsageGroups::new(*question, reading.cut()?)))
}
