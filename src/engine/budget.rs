//! What may be spent on single answers before a pass over everything is due.
//!
//! Prices are the planner's. It takes pages that are read here and there for pages from a disk;
//! where they are in memory, a single answer takes about a tenth of the time that its price says
//! beside the price of a pass (measured on PostgreSQL 17 at 10,000 tenants with 5 million events:
//! 0.24 against 2.3 microseconds a unit), and so it is charged a part of its price first, and the
//! rest for the pages that were not in memory.

use std::cell::Cell;

/// What a statement costs beside what the planner counts: setting its execution up takes about
/// as long as ten pages.
const STATEMENT_COST: f64 = 10.0;

/// The part of its price that a single answer from pages in memory costs.
const IN_MEMORY: f64 = 0.125;

/// What a price is where the pages are in memory.
pub(super) fn in_memory(price: f64) -> f64 {
    price * IN_MEMORY
}

/// The price of what is looked up at a price that supposes pages in memory.
pub(super) fn looked_up(price: f64) -> f64 {
    price / IN_MEMORY
}

/// The part of the limit that is spent where the plan of the statement expects enough calls for a
/// pass. Estimates can be wrong, so a few calls are still answered singly.
const TRIAL: f64 = 0.1;

/// What may still be spent on single answers.
pub(crate) struct Budget<'a> {
    spent: &'a Cell<f64>,
    limit: f64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(spent: &'a Cell<f64>, limit: f64) -> Self {
        Self { spent, limit }
    }

    /// Whether there is no limit.
    pub(crate) fn is_endless(&self) -> bool {
        self.limit.is_infinite()
    }

    /// The budget of a statement that is expected to ask for `calls` answers of this price.
    pub(crate) fn expecting(self, calls: f64, price: f64) -> Self {
        let enough = calls * (in_memory(price) + STATEMENT_COST) >= self.limit;
        Self { limit: if enough { self.limit * TRIAL } else { self.limit }, ..self }
    }

    /// Whether nothing was spent.
    pub(crate) fn is_untouched(&self) -> bool {
        self.spent.get() <= 0.0
    }

    /// Whether there is enough left for a statement of this price.
    pub(crate) fn affords(&self, price: f64) -> bool {
        self.spent.get() + price + STATEMENT_COST <= self.limit
    }

    /// Spends the price of a walk in the tree, if there is enough left; says whether there was.
    pub(crate) fn spend(&self, price: f64) -> bool {
        let affordable = self.affords(price);
        if affordable {
            self.charge(price + STATEMENT_COST);
        }
        affordable
    }

    /// Charges what was done, whether or not there was enough left.
    pub(crate) fn charge(&self, price: f64) {
        self.spent.set(self.spent.get() + price);
    }

    /// Like [`Self::spend`] for what is looked up, as if its pages were in memory.
    pub(crate) fn spend_in_memory(&self, price: f64) -> bool {
        self.spend(in_memory(price))
    }

    /// Charges what an answer turned out to cost beyond that: the rest of the price for the share
    /// of the pages that were not in memory, and all of it again for each time that it read as
    /// many events as were expected. A few tenants often have most of the events.
    pub(crate) fn settle(&self, price: f64, share_read: f64, times_expected: f64) {
        let real = price * (IN_MEMORY + (1.0 - IN_MEMORY) * share_read) * times_expected.max(1.0);
        self.charge(real - in_memory(price));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_expected_calls_leave_a_trial() {
        let spent = Cell::new(0.0);
        let budget = Budget::new(&spent, 1000.0).expecting(20.0, 80.0);
        assert!(budget.spend_in_memory(7000.0));
        spent.set(0.0);
        let budget = Budget::new(&spent, 1000.0).expecting(100.0, 80.0);
        assert!(budget.spend_in_memory(80.0));
        assert!(!budget.spend_in_memory(7000.0));
    }

    #[test]
    fn pages_that_were_read_cost_their_full_price() {
        let spent = Cell::new(0.0);
        let budget = Budget::new(&spent, 100.0);
        assert!(budget.spend_in_memory(80.0));
        budget.settle(80.0, 1.0, 0.5);
        assert!((spent.get() - 90.0).abs() < 1e-9);
        assert!(!budget.spend(10.0));
    }

    #[test]
    fn a_busy_tenant_costs_more_than_was_expected() {
        let spent = Cell::new(0.0);
        let budget = Budget::new(&spent, 100.0);
        assert!(budget.spend_in_memory(80.0));
        budget.settle(80.0, 0.0, 7.0);
        assert!((spent.get() - 80.0).abs() < 1e-9);
    }
}
