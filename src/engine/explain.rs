//! How a call would be answered, without answering it, and how the last one was.

use std::borrow::Cow;

use tenant_metrics_core::memory;

use super::account::Account;
use super::dashboard::{AskedTenants, DashboardPlan};
use super::question::{Needs, Question};
use super::reading::{Amounts, Offer};
use super::{route, tally};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::source::advice;

/// What is known of a call of `tenant_dashboard` before it is made.
pub(crate) struct Explanation {
    /// The way that it tries first.
    pub(crate) engine: &'static str,
    /// What it does.
    pub(crate) reason: String,
    /// Why cheaper ways are closed, a line each; missing where there are none.
    pub(crate) ruled_out: Option<String>,
    /// How scalars are answered.
    pub(crate) scalars: Cow<'static, str>,
    /// About how much the call reads.
    pub(crate) amounts: Amounts,
    /// How the last statement that read usage was answered.
    pub(crate) tally: tally::Tally,
    pub(crate) missing_indexes: Option<String>,
}

/// The call with this root. What it says of events is what EXPLAIN would say to the caller.
pub(crate) fn explain(account: &Account, root: Option<&OwnedId>) -> Result<Explanation, Error> {
    let source = &account.source;
    let needs = Needs::ALL.in_source(source);
    let (tally, missing_indexes) = (tally::last(), advice::missing_indexes(source)?);
    let scalars = account.of_scalars()?;
    let plan = DashboardPlan::new(account, needs, AskedTenants::below(root))?;
    let question = match &plan {
        DashboardPlan::Kept(_) => {
            return Ok(Explanation {
                engine: KEPT,
                reason: memory::text(
                    "a call with the same snapshot has found the totals of all tenants",
                )?,
                ruled_out: None,
                scalars,
                amounts: Amounts { events: Some(0.0), ..Amounts::default() },
                tally,
                missing_indexes,
            });
        }
        DashboardPlan::Named(named) => named.question(account, needs),
        DashboardPlan::All => Question::once(source, account.window, needs, None),
    };
    let mut ruled_out = format!("{KEPT}: {}", account.why_nothing_is_known()?);
    let mut taken = None;
    for offered in route::offers(&question) {
        let (way, offer) = offered?;
        match offer {
            Offer::Open(how) => {
                taken = Some((way, how));
                break;
            }
            Offer::Closed(why) => ruled_out += &format!("\n{}: {why}", way.name()),
            Offer::Stale(fault) => ruled_out += &format!("\n{}: {}", way.name(), fault.words()),
            Offer::Absent => {}
        }
    }
    let (way, how) = taken.ok_or(Error::Invariant("one of the ways is always open"))?;
    let tenants = match question.among {
        Some([_]) => "one tenant".into(),
        Some(ids) => format!("{} tenants", ids.len()),
        None => "all tenants".into(),
    };
    let what = if question.is_lookup { "a look-up of" } else { "one pass over" };
    Ok(Explanation {
        engine: way.name(),
        reason: format!("{what} the events of {tenants}, {how}"),
        ruled_out: Some(ruled_out),
        scalars,
        amounts: route::amounts(way, &question)?,
        tally,
        missing_indexes,
    })
}

/// The name of what needs no way, because it is there.
const KEPT: &str = "kept";
