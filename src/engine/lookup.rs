//! Whether the events of some tenants are looked up, or found in a pass over more than theirs.

use super::budget::{self, Budget};
use super::question::{Needs, Question, Window};
use super::route;
use crate::error::Error;
use crate::pg::buffers::Buffers;
use crate::pg::ids::OwnedId;
use crate::pg::plans;
use crate::pg::query::Expected;
use crate::source::Source;

/// What the planner expects of reading the events of some tenants.
pub(crate) struct NamedEvents {
    tenants: usize,
    /// The events of one tenant, by a plan for any.
    one: Expected,
    /// The events of all tenants.
    all: Expected,
    /// Whether a plan for any tenants and any window is as good as one for these.
    suits_any: bool,
}

impl NamedEvents {
    pub(crate) fn new(
        source: &Source,
        window: Window,
        needs: Needs,
        ids: &[OwnedId],
    ) -> Result<Self, Error> {
        let tenants = ids.len();
        let one = &ids[..tenants.min(1)];
        let one = route::price(&Question::repeated(source, window, needs, one))?;
        let all = route::price(&Question::about_all(source, window))?;
        // Such a plan knows neither how long a window is nor how many tenants an array has.
        let suits_array = window == Window::ALWAYS
            && tenants <= plans::WORTH_PLANNING
            && plans::EXPECTED_ELEMENTS * one.cost < all.cost;
        Ok(Self { tenants, one, all, suits_any: tenants < 2 || suits_array })
    }

    /// Whether looking each tenant up takes less than reading the events of all. Where the events
    /// of one cost as much as those of all, they are found by reading all.
    pub(crate) fn are_looked_up(&self) -> bool {
        let each = if self.suits_any { budget::in_memory(self.each()) } else { self.each() };
        self.one.cost < self.all.cost && each < self.all.cost
    }

    /// What looking each tenant up costs.
    fn each(&self) -> f64 {
        self.tenants as f64 * self.one.cost
    }

    /// The question about them.
    pub(crate) fn question<'a>(
        &self,
        source: &'a Source,
        window: Window,
        needs: Needs,
        ids: &'a [OwnedId],
    ) -> Question<'a> {
        let is_lookup = self.are_looked_up();
        let once = Question::once(source, window, needs, Some(ids));
        Question { is_lookup, keeps_plan: is_lookup && self.suits_any, ..once }
    }

    /// Whether the budget allows for reading them; nothing is cheaper than nobody's. A pass that is
    /// good for nobody else is made once at most, before anything was spent.
    pub(crate) fn are_affordable(&self, budget: &Budget<'_>) -> bool {
        match self.are_looked_up() {
            _ if self.tenants == 0 => true,
            true => budget.affords(budget::in_memory(self.each())),
            false => budget.is_untouched(),
        }
    }

    /// Charges what reading them, of which there were so many, has cost since `buffers`.
    pub(crate) fn charge(&self, budget: &Budget<'_>, events: u64, buffers: &Buffers) {
        if self.are_looked_up() {
            budget.spend_in_memory(self.each());
            let times_expected = events as f64 / (self.tenants as f64 * self.one.rows).max(1.0);
            budget.settle(self.each(), buffers.share_read_since(), times_expected);
        } else {
            budget.charge(self.all.cost);
        }
    }
}

/// The question about the events of these tenants, or of all where they are missing.
pub(crate) fn question<'a>(
    source: &'a Source,
    window: Window,
    needs: Needs,
    among: Option<&'a [OwnedId]>,
) -> Result<Question<'a>, Error> {
    Ok(match among {
        Some(ids) => {
            NamedEvents::new(source, window, needs, ids)?.question(source, window, needs, ids)
        }
        None => Question::once(source, window, needs, None),
    })
}
