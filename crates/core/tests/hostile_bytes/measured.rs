//! The accumulators of measures by tenant: random ones, and all that is done with one that was read.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::forest::Place;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::measures::{MeasureTotals, MeasuredUsage, UsagePeriods};
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::usage::Cost;

use super::LIMIT;
use super::chance::Chance;
use super::subjects::{Made, SEED, Subject, events, forest, kind, kind_of, look_at_sum, with_id};

/// Takes an event in.
fn record(
    usage: &mut MeasuredUsage,
    kind: IdKind,
    Made { tenant, feature, cost, time }: Made,
) -> Result<(), CoreError> {
    let slot = match tenant {
        1 => usage.slot(None)?,
        _ => with_id(kind, tenant, |id| usage.slot(Some(id)))?,
    };
    let values = (0..usage.sums().width()).map(|place| match place % 2 {
        0 => Cost::Float8(cost),
        _ => Cost::Integer(time),
    });
    usage.record_at(slot, feature.as_deref(), &Cost::Float8(cost), time, values, |value| value)
}

impl Subject for MeasuredUsage {
    fn sample(chance: &mut Chance) -> Self {
        let kind = kind(chance);
        let mut measured = Self::new(kind, chance.one_of(&[0, 1, 3, 16]), LIMIT);
        measured.seed(SEED);
        for made in events(chance) {
            record(&mut measured, kind, made).unwrap();
        }
        measured.settle().unwrap();
        measured
    }

    fn look(&self) {
        self.usage().look();
        for (slot, id) in self.usage().ids().enumerate() {
            assert_eq!(self.usage().index_of(id), Some(slot));
            for sum in self.sums().row(slot) {
                look_at_sum(sum, self.usage().cell(slot).events);
            }
        }
        let forest = forest(kind_of(self.usage().ids().next()));
        let totals = MeasureTotals::new(&forest, self, Scope::Subtree, &|| ()).unwrap();
        for position in 0..forest.len() {
            let sums = totals.subtree(Place::Tree(position)).unwrap();
            sums.iter().for_each(|sum| look_at_sum(sum, u64::MAX));
        }
    }
}

impl Subject for UsagePeriods {
    fn sample(chance: &mut Chance) -> Self {
        let kind = kind(chance);
        let mut periods = Self::new(kind, chance.one_of(&[0, 1]), LIMIT);
        periods.seed(SEED);
        for made in events(chance) {
            record(periods.of(chance.one_in(2)), kind, made).unwrap();
        }
        periods.settle().unwrap();
        periods
    }

    fn look(&self) {
        let [now, before] = self.parts();
        now.look();
        before.look();
    }
}
