//! What the cells of a row say of whole tenants.

use std::ops::Range;

use super::TotalsBlock;
use crate::measures::MeasureSum;
use crate::money::Money;
use crate::summaries::net_table::WantedTotals;
use crate::usage::NEVER;

impl TotalsBlock {
    /// Whether all that is wanted of all cells is known, and each sum of theirs is one number.
    #[must_use]
    pub fn is_plain(&self, wanted: WantedTotals) -> bool {
        let has_times = !wanted.times || {
            let (first, last) = (self.first.counts.values(), self.last.counts.values());
            let ends = first.iter().zip(last).map(|(first, last)| *first > 0 && *last > 0);
            self.timed.values().iter().zip(ends).all(|(timed, are_known)| *timed == 0 || are_known)
        };
        let events = self.events.values();
        has_times
            && wanted.measures().all(|place| {
                let sum = &self.sums[place];
                let counts = sum.missing.values().iter().zip(sum.decimals.counts.values());
                sum.large.is_empty()
                    && counts.zip(events).all(|((missing, count), of)| missing == of || *count > 0)
            })
    }

    /// Where the cells of the tenant that this cell is of end.
    pub(in crate::summaries) fn end_of_tenant(&self, at: usize) -> usize {
        let tenants = &self.tenants.values()[at..];
        let others = tenants.iter().position(|other| *other != tenants[0]);
        at + others.unwrap_or(tenants.len())
    }

    /// Number of the events of some cells.
    pub(in crate::summaries) fn events_of(&self, cells: Range<usize>) -> u64 {
        self.events.values()[cells].iter().map(|events| events.unsigned_abs()).sum()
    }

    /// The last time that some cells of a plain row have, or [`NEVER`].
    pub(in crate::summaries) fn last_of(&self, cells: Range<usize>) -> i64 {
        let times = &self.last.numbers.values()[cells.clone()];
        let timed = times.iter().zip(&self.timed.values()[cells]).filter(|(_, timed)| **timed > 0);
        timed.map(|(time, _)| *time).max().unwrap_or(NEVER)
    }

    /// The sum that some cells of a plain row have of a wanted measure.
    pub(in crate::summaries) fn sum_of(&self, place: usize, cells: Range<usize>) -> MeasureSum {
        let sums = &self.sums[place];
        let missing = &sums.missing.values()[cells.clone()];
        let shown = sums.decimals.numbers.values()[cells.clone()].iter();
        let events = &self.events.values()[cells.clone()];
        let having =
            shown.zip(missing.iter().zip(events)).filter(|(_, (missing, of))| missing < of);
        let decimals = having.map(|(decimals, _)| *decimals).max().unwrap_or(0);
        let units = sums.units.values()[cells].iter().map(|&units| i128::from(units)).sum();
        let mut total = Money::default();
        total.add_shown(units, sums.scale, u16::try_from(decimals).unwrap_or(u16::MAX));
        MeasureSum { total, missing: missing.iter().map(|missing| missing.unsigned_abs()).sum() }
    }
}
