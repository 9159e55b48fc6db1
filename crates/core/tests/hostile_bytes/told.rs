//! Rows of summaries, counted into accumulators as their reader does.

use std::ops::Range;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::counting::{
    AuditCounting, Counting, FeatureCounting, MeasuredCounting, SeriesCounting,
};
use tenant_metrics_core::feature_usage::{FeatureUsage, MeasuredCell};
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::measures::MeasuredUsage;
use tenant_metrics_core::series::calendar::{Clock, DAY, Offset, Unit};
use tenant_metrics_core::summaries::Shape;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::events::EventColumns;
use tenant_metrics_core::summaries::live::LiveEvents;
use tenant_metrics_core::summaries::names::NameTable;
use tenant_metrics_core::summaries::net_table::{NetTable, WantedTotals};
use tenant_metrics_core::summaries::replay::{Meanings, Replay, ReplayWindow};
use tenant_metrics_core::summaries::told::TotalsTeller;
use tenant_metrics_core::summaries::totals::TotalsBlock;
use tenant_metrics_core::usage::Usage;

use super::chance::{Chance, changed};
use super::rows::{event_row, shape, time, totals_row};
use super::subjects::{Subject, groups, kind};
use super::{LIMIT, measured_read, sound, written};

/// More events than these are counted of no row: an event of a row may be there as often as 2^31
/// times.
const MOST_EVENTS: u64 = 100_000;

/// What the numbers in rows stand for, some of which may be of nothing.
struct RowNames {
    kind: IdKind,
    tenants: NameTable,
    names: NameTable,
}

impl RowNames {
    fn new(chance: &mut Chance) -> Self {
        let kind = kind(chance);
        let (mut tenants, mut names) = (NameTable::default(), NameTable::default());
        for number in 0..chance.one_of(&[3_u128, 60, 60, 60]) {
            let id = (number << 70).to_be_bytes();
            // An id may have a length that no UUID has.
            let len = if chance.one_in(2000) { 15 } else { id.len() };
            tenants.number(&id[..len]).unwrap();
        }
        for number in 0..chance.one_of(&[2, 20, 20, 20]) {
            names.number(format!("name{number}").as_bytes()).unwrap();
        }
        Self { kind, tenants, names }
    }

    /// The measures that are wanted follow the cost, if that is one of them.
    fn meanings(&self, has_names: bool, values: u32, chance: &mut Chance) -> Meanings<'_> {
        let count = values.count_ones() as usize;
        let has_cost = count > 0 && !chance.one_in(4);
        Meanings {
            ids: self.kind,
            tenants: Some(&self.tenants),
            names: has_names.then_some(&self.names),
            has_cost,
            measures: count - usize::from(has_cost),
        }
    }
}

/// Some of a shape's measures, as a set.
fn some_values(shape: Shape, chance: &mut Chance) -> u32 {
    chance.next() as u32 & ((1 << shape.values()) - 1)
}

/// Totals told by tenant are those that are told one by one, whatever a row says.
pub(crate) fn use_told(chance: &mut Chance) -> bool {
    let shape = shape(chance);
    let original = totals_row(chance, shape);
    let bytes = changed(original.clone(), &totals_row(chance, shape), chance);
    let wanted = WantedTotals { times: chance.one_in(2), values: some_values(shape, chance) };
    let among = chance.one_in(3).then(|| chance.below(50) as i64).map(|tenant| tenant..=tenant + 4);
    let mut block = TotalsBlock::default();
    let read = measured_read(&bytes, || match among {
        Some(among) => block.read_among(&bytes, shape, wanted, among),
        None => block.read(&bytes, shape, wanted),
    });
    if read.is_none() {
        assert_ne!(bytes, original, "a row that nobody changed");
        return false;
    }
    let cells = match chance.one_in(3) {
        true => block.cells_of(chance.below(50) as i64),
        false => 0..block.len(),
    };
    let names = RowNames::new(chance);
    let meanings = names.meanings(chance.one_in(2), wanted.values, chance);
    let told = ToldCells { block: &block, cells, wanted, meanings };
    told.by_tenant();
    told.by_cell(chance, shape);
    true
}

/// Some cells of a row that was read.
struct ToldCells<'a> {
    block: &'a TotalsBlock,
    cells: Range<usize>,
    wanted: WantedTotals,
    meanings: Meanings<'a>,
}

impl ToldCells<'_> {
    fn teller(&self) -> TotalsTeller<'_> {
        TotalsTeller::new(self.meanings, self.wanted.times)
    }

    fn usage(&self) -> Usage {
        Usage::new(self.meanings.ids, LIMIT)
    }

    fn by_tenant(&self) {
        let Self { block, ref cells, wanted, .. } = *self;
        let mut table = NetTable::new(wanted, LIMIT);
        if sound(table.let_pass(block, cells.clone())) != Some(true) {
            return;
        }
        let (mut whole, mut each) = (self.usage(), self.usage());
        let mut teller = self.teller();
        let told: Result<(), CoreError> =
            teller.tell_tenants(block, cells.clone(), wanted, |total| whole.add_tenant(total));
        let mut teller = self.teller();
        let told_each = cells.clone().try_for_each(|at| {
            let sums = wanted.measures().map(|measure| block.sum(measure, at));
            each.add_total(&teller.tell(block.key(at), &block.cell(at), sums)?)
        });
        assert_eq!(told, told_each, "what is told by tenant, and what is told by cell");
        if told.is_ok() {
            assert!(looked_at(&mut whole) == looked_at(&mut each), "totals told in two ways");
        }
    }

    /// As where some cells are not known, or events of theirs were taken away.
    fn by_cell(&self, chance: &mut Chance, shape: Shape) {
        let Self { block, ref cells, wanted, .. } = *self;
        let mut table = NetTable::new(wanted, LIMIT);
        let (mut usage, mut teller) = (self.usage(), self.teller());
        let columns = WantedColumns { dimensions: 0, values: wanted.values };
        let (row, mut late) = (event_row(chance, shape), EventBlock::default());
        let has_late = chance.one_in(2) && late.read(&row, shape, columns).is_ok();
        let mut counted = || {
            if has_late {
                table.touch(&late, None, |_| true)?;
                table.take_touched(&mut late, None, |_| true)?;
            }
            table.add_touched_totals(block, cells.clone(), |at| {
                let sums = wanted.measures().map(|measure| block.sum(measure, at));
                usage.add_total(&teller.tell(block.key(at), &block.cell(at), sums)?)
            })?;
            table.forget_unknown()?;
            for (key, cell, sums) in table.cells() {
                usage.add_total(&teller.tell(key, cell, sums.iter().cloned())?)?;
            }
            Ok(())
        };
        if sound(counted()).is_some() {
            looked_at(&mut usage);
        }
    }
}

/// The bytes of an accumulator, of which all was looked at.
fn looked_at<A: Subject>(accumulator: &mut A) -> Vec<u8> {
    accumulator.settle().unwrap();
    accumulator.look();
    written(accumulator, false)
}

/// Clocks without a change.
struct EvenClock;

impl Clock for EvenClock {
    fn shown(&self, _: i64) -> Offset {
        Offset { ahead: 0, until: i64::MAX }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        time.div_euclid(DAY).saturating_mul(DAY)
    }
}

/// Some rows, counted as the events that they say; what was taken away is left out of them.
pub(crate) fn use_replayed(chance: &mut Chance) -> bool {
    let shape = shape(chance);
    let original = event_row(chance, shape);
    let bytes = changed(original.clone(), &event_row(chance, shape), chance);
    let has_names = shape.dimensions() > 0 && chance.one_in(2);
    let values = some_values(shape, chance);
    let wanted = WantedColumns { dimensions: u8::from(has_names), values };
    let mut block = EventBlock::default();
    if measured_read(&bytes, || block.read(&bytes, shape, wanted)).is_none() {
        assert!(bytes != original || bytes.is_empty(), "a row that nobody changed");
        return false;
    }
    let beside = event_row(chance, shape);
    leave_out(&mut block, &beside, shape, wanted);
    let events = block.weights().iter().map(|weight| weight.unsigned_abs()).sum::<u64>();
    if events > MOST_EVENTS {
        return true;
    }
    let names = RowNames::new(chance);
    let meanings = names.meanings(has_names, values, chance);
    let bounds = ReplayWindow {
        since: chance.one_in(3).then(|| time(chance)),
        until: chance.one_in(3).then(|| time(chance)),
    };
    let (ids, measures) = (meanings.ids, meanings.measures);
    let usage = MeasuredUsage::new(ids, measures, LIMIT);
    count(MeasuredCounting, usage, &block, (meanings, bounds));
    let audit = AuditCounting { future: Some(time(chance)) };
    count(audit, Audit::new(ids, LIMIT), &block, (meanings, bounds));
    if measures == 1 {
        let features = FeatureUsage::<MeasuredCell>::new(ids, LIMIT);
        count(FeatureCounting::default(), features, &block, (meanings, bounds));
    }
    let groups = groups(ids);
    let series = || SeriesCounting::new(&groups, Unit::Day, EvenClock, None);
    count(series(), series().empty(measures, LIMIT), &block, (meanings, bounds));
    true
}

/// Leaves out of a row what others say was taken away.
fn leave_out(block: &mut EventBlock, row: &[u8], shape: Shape, wanted: WantedColumns) {
    let (mut others, mut beside) = (EventBlock::default(), EventColumns::new(wanted.of(shape)));
    if others.read(row, shape, wanted).is_err() {
        return;
    }
    beside.push_removed(&others, |_| true).unwrap();
    let mut live = LiveEvents::new(beside.net(&|| ()).unwrap()).unwrap();
    sound(live.leave_out(block));
}

fn count<C: Counting<Accumulator: Subject>>(
    mut counting: C,
    mut into: C::Accumulator,
    block: &EventBlock,
    (meanings, bounds): (Meanings<'_>, ReplayWindow),
) {
    let mut replay = Replay::new(&mut counting, meanings, bounds);
    let counted = replay.count(block, &mut into).and_then(|()| into.settle());
    if sound(counted).is_some() {
        into.look();
    }
}
