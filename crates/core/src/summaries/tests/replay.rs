//! Stored events are counted as the events that they were made of.

use proptest::prelude::*;

use super::live::history;
use super::made::{MadeEvent, name, shape};
use super::net_table::left;
use super::{numbered, pending, rows_of};
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::audit::Audit;
use crate::counting::{
    AuditCounting, Counting, FeatureCounting, MeasuredCounting, SeriesCounting, TotalsCounting,
    UsageEvent,
};
use crate::feature_usage::{FeatureUsage, MeasuredCell};
use crate::features::Catalogue;
use crate::ids::{Id, IdKind};
use crate::measures::MeasuredUsage;
use crate::series::calendar::{Clock, DAY, HOUR, Offset, Unit};
use crate::series::counts::SeriesCounts;
use crate::series::groups::Groups;
use crate::series::totals::{BucketTotals, GroupTotals};
use crate::summaries::event_block::{EventBlock, WantedColumns};
use crate::summaries::events::EventColumns;
use crate::summaries::live::LiveEvents;
use crate::summaries::names::NameTable;
use crate::summaries::net_table::{NetTable, WantedTotals};
use crate::summaries::replay::{Meanings, Replay, ReplayWindow};
use crate::summaries::told::TotalsTeller;
use crate::summaries::totals::TotalsBlock;
use crate::usage::{Cost, Usage};

const WANTED: WantedColumns = WantedColumns { dimensions: 1, values: 3 };

/// A made-up event with the ids that stand for its tenant and for its first name.
#[derive(Clone, Copy)]
struct EventMade<'a>(&'a MadeEvent, Id<'a>, Option<&'a [u8]>);

impl<'a> UsageEvent<'a> for EventMade<'a> {
    type Value = usize;

    fn tenant(self) -> Option<Id<'a>> {
        Some(self.1)
    }

    fn feature(self) -> Option<&'a [u8]> {
        self.2
    }

    fn cost(self) -> Cost<'a> {
        self.0.values[0].cost()
    }

    fn time(self) -> i64 {
        self.0.time
    }

    fn values(self) -> impl Iterator<Item = usize> {
        1..2
    }

    fn value(self, place: usize) -> Cost<'a> {
        self.0.values[place].cost()
    }
}

/// What is known of each tenant.
fn shown(usage: &MeasuredUsage) -> Vec<String> {
    let sums = |at: usize| {
        let sum = &usage.sums().row(at)[0];
        format!(" {} {}", sum.total.digits().to_text(), sum.missing)
    };
    sorted(usage.usage(), sums)
}

/// Likewise, without measures.
fn usage_shown(usage: &Usage) -> Vec<String> {
    sorted(usage, |_| String::new())
}

fn sorted(totals: &Usage, more: impl Fn(usize) -> String) -> Vec<String> {
    let shown = totals.ids().enumerate().map(|(at, id)| {
        let cell = totals.cell(at);
        let (cost, used) = (cell.cost.digits().to_text(), cell.features().count_ones());
        let (events, unpriced, last) = (cell.events, cell.unpriced, cell.last);
        format!("{id:?} {events} {unpriced} {last} {used} {cost}{}", more(at))
    });
    let mut tenants: Vec<String> = shown.collect();
    tenants.sort();
    tenants
}

/// Events, with what the numbers of their tenants and names stand for.
struct World {
    events: Vec<MadeEvent>,
    kind: IdKind,
    tenants: NameTable,
    names: NameTable,
}

impl World {
    fn new(mut events: Vec<MadeEvent>, kind: IdKind) -> Self {
        // Ids are integers, or a few numbers that stand for other ids.
        if kind != IdKind::Int {
            events.iter_mut().for_each(|event| event.tenant = 1 + event.tenant.rem_euclid(5));
        }
        let (mut tenants, mut names) = (NameTable::default(), NameTable::default());
        for number in 1..6 {
            match kind {
                IdKind::Uuid => tenants.number(&uuid(number).to_be_bytes()).unwrap(),
                _ => tenants.number(text(number).as_bytes()).unwrap(),
            };
        }
        for number in 0..4 {
            names.number(&name(number)).unwrap();
        }
        Self { events, kind, tenants, names }
    }

    fn meanings(&self) -> Meanings<'_> {
        let (tenants, names) = (Some(&self.tenants), Some(&self.names));
        Meanings { ids: self.kind, tenants, names, has_cost: true, measures: 1 }
    }

    /// Counts the events, stored in rows of at most `limit` bytes.
    fn count_stored<C: Counting>(
        &self,
        mut counting: C,
        (bounds, limit): (ReplayWindow, usize),
        into: &mut C::Accumulator,
    ) {
        let mut replay = Replay::new(&mut counting, self.meanings(), bounds);
        let (mut block, mut beside) =
            (EventBlock::default(), EventColumns::new(WANTED.of(shape())));
        let rows = rows_of(&numbered(&pending(&self.events, 9)), limit);
        for row in rows.iter().filter(|row| row.has_removed) {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            beside.push_removed(&block, |_| true).unwrap();
        }
        let mut live = LiveEvents::new(beside.net(&|| ()).unwrap()).unwrap();
        for row in &rows {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            live.leave_out(&mut block).unwrap();
            replay.count(&block, into).unwrap();
        }
        live.finish(&mut block, |block| replay.count(block, into)).unwrap();
        into.settle().unwrap();
    }

    /// The totals of the events by tenant and first name.
    fn table(&self) -> NetTable {
        let wanted = WantedTotals { times: true, values: 3 };
        let (mut table, mut block) = (NetTable::new(wanted, usize::MAX), EventBlock::default());
        for row in rows_of(&numbered(&pending(&self.events, 9)), 4000) {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            table.add_events(&block, Some(0), |_| true).unwrap();
        }
        table
    }

    /// Counts the events as they are.
    fn count_made<C: Counting>(
        &self,
        mut counting: C,
        bounds: ReplayWindow,
        into: &mut C::Accumulator,
    ) {
        for event in left(&self.events).iter().filter(|event| bounds.contain(event.time)) {
            let text = text(event.tenant);
            let id = match self.kind {
                IdKind::Int => Id::Int(event.tenant),
                IdKind::Uuid => Id::Uuid(uuid(event.tenant)),
                IdKind::Text => Id::Text(text.as_bytes()),
            };
            let named = event.names[0].map(name);
            let event = EventMade(event, id, named.as_deref());
            let place = counting.place(event, into).unwrap();
            counting.record(place, event, into).unwrap();
        }
        into.settle().unwrap();
    }
}

fn uuid(number: i64) -> u128 {
    (u128::from(number.unsigned_abs()) << 70) + 7
}

fn text(number: i64) -> String {
    format!("tenant {number}")
}

fn kinds() -> impl Strategy<Value = IdKind> {
    prop::sample::select(vec![IdKind::Int, IdKind::Uuid, IdKind::Text])
}

/// Clocks by which every third day is in the bucket of the one two days before.
struct ThirdDays;

impl Clock for ThirdDays {
    fn shown(&self, _: i64) -> Offset {
        Offset { ahead: 0, until: i64::MAX }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        let day = time.div_euclid(DAY);
        let day = if day.rem_euclid(3) == 2 { day - 2 } else { day };
        day.saturating_mul(DAY)
    }
}

/// What each bucket has of each group.
fn facts(counts: &SeriesCounts, groups: &Groups) -> Vec<String> {
    let totals = BucketTotals::new(counts, groups, &Catalogue::Size(9)).unwrap();
    let mut facts = Vec::new();
    for (bucket, start) in counts.starts().iter().enumerate() {
        for totals in totals.totals(bucket).unwrap() {
            let GroupTotals { events, unpriced, features, tenants, cost, sum } = totals;
            let (cost, total) = (cost.digits().to_text(), sum.total.digits().to_text());
            facts.push(format!(
                "{start} {events} {unpriced} {features} {tenants} {cost} {total} {}",
                sum.missing
            ));
        }
    }
    facts.sort();
    facts.push(format!("{:?}", counts.ends()));
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn stored_events_are_counted_as_they_were(
        events in history(),
        kind in kinds(),
        (since, until) in (prop::option::of(0..20_i64), prop::option::of(0..20_i64)),
        limit in 1..4000_usize,
    ) {
        let (world, bounds) = (World::new(events, kind), ReplayWindow { since, until });
        let usage = || MeasuredUsage::new(kind, 1, usize::MAX);
        let (mut counted, mut expected) = (usage(), usage());
        world.count_stored(MeasuredCounting, (bounds, limit), &mut counted);
        world.count_made(MeasuredCounting, bounds, &mut expected);
        prop_assert_eq!(shown(&counted), shown(&expected));
    }

    #[test]
    fn stored_events_are_in_the_buckets_in_which_they_were(
        events in history(),
        (since, until) in (prop::option::of(0..20_i64), prop::option::of(0..20_i64)),
        limit in 1..4000_usize,
        groups in 1..3_u32,
        always in prop::option::of(3..9_i64),
    ) {
        // Some events are of tenants that are in no group.
        let tenants = (0..4).map(|tenant: u32| (Id::Int(tenant.into()), tenant % groups)).collect();
        let above = vec![None; groups as usize];
        let groups = Groups::new(IdKind::Int, tenants, above).unwrap();
        let mut events = events;
        // Times that are close to each other are so by hours.
        let near = |time: i64| if (0..20).contains(&time) { time * 6 * HOUR } else { time };
        events.iter_mut().for_each(|event| event.time = near(event.time));
        let bounds = ReplayWindow { since: since.map(near), until: until.map(near) };
        let world = World::new(events, IdKind::Int);
        let counting = || SeriesCounting::new(&groups, Unit::Day, ThirdDays, always);
        let (mut counted, mut expected) =
            (counting().empty(1, usize::MAX), counting().empty(1, usize::MAX));
        world.count_stored(counting(), (bounds, limit), &mut counted);
        world.count_made(counting(), bounds, &mut expected);
        prop_assert_eq!(facts(&counted, &groups), facts(&expected, &groups));
    }

    #[test]
    fn totals_are_counted_by_tenant_as_their_events(
        events in history(), kind in kinds(), limit in 1..3000_usize,
    ) {
        let made = World::new(left(&events), kind);
        let asked = WantedTotals { times: true, values: 1 };
        let (mut rest, mut block) = (NetTable::new(asked, usize::MAX), TotalsBlock::default());
        let mut teller = TotalsTeller::new(made.meanings(), true);
        let mut counted = Usage::new(kind, usize::MAX);
        let totals = made.table().totals(shape()).unwrap();
        totals.write(limit, &|| (), |row| {
            block.read(&row.bytes, shape(), asked)?;
            let cells = 0..block.len();
            if NetTable::new(asked, usize::MAX).let_pass(&block, cells.clone())? {
                teller.tell_tenants(&block, cells, asked, |total| counted.add_tenant(total))
            } else {
                rest.add_totals(&block)
            }
        })
        .unwrap();
        for (key, cell, sums) in rest.cells() {
            let total = teller.tell(key, cell, sums.iter().cloned()).unwrap();
            counted.add_total(&total).unwrap();
        }
        let mut expected = Usage::new(kind, usize::MAX);
        made.count_made(TotalsCounting, ReplayWindow::default(), &mut expected);
        prop_assert_eq!(usage_shown(&counted), usage_shown(&expected));
    }

    #[test]
    fn totals_are_counted_as_their_events(events in history(), kind in kinds()) {
        let world = World::new(events, kind);
        let made = World { events: left(&world.events), ..World::new(Vec::new(), kind) };
        let table = made.table();
        let mut teller = TotalsTeller::new(made.meanings(), true);
        let usage = || MeasuredUsage::new(kind, 1, usize::MAX);
        let features = || FeatureUsage::<MeasuredCell>::new(kind, usize::MAX);
        let audit = || Audit::new(kind, usize::MAX);
        let mut counted = (usage(), features(), audit());
        for (key, cell, sums) in table.cells() {
            let total = teller.tell(key, cell, sums.iter().cloned()).unwrap();
            counted.0.add_total(&total).unwrap();
            counted.1.add_total(&total).unwrap();
            counted.2.add_total(&total).unwrap();
        }
        let mut expected = (usage(), features(), audit());
        made.count_made(MeasuredCounting, ReplayWindow::default(), &mut expected.0);
        made.count_made(FeatureCounting::default(), ReplayWindow::default(), &mut expected.1);
        made.count_made(AuditCounting { future: None }, ReplayWindow::default(), &mut expected.2);
        prop_assert_eq!(shown(&counted.0), shown(&expected.0));
        prop_assert_eq!(by_feature(&mut counted.1), by_feature(&mut expected.1));
        prop_assert_eq!(audited(&counted.2), audited(&expected.2));
    }
}

/// What is known of each tenant and feature.
fn by_feature(usage: &mut FeatureUsage<MeasuredCell>) -> Vec<String> {
    usage.settle().unwrap();
    let ids: Vec<String> = usage.tenants().map(|id| format!("{id:?}")).collect();
    let mut cells = Vec::new();
    for column in usage.columns().unwrap() {
        for (slot, MeasuredCell { cell, sum }) in &column.cells {
            let (cost, total) = (cell.cost.digits().to_text(), sum.total.digits().to_text());
            let (id, ends) = (&ids[*slot as usize], (cell.first(), cell.last()));
            let (name, events, missing) = (column.name, cell.events, sum.missing);
            cells.push(format!("{id} {name:?} {events} {ends:?} {cost} {total} {missing}"));
        }
    }
    cells.sort();
    cells
}

/// What is known of events, and of what is wrong with them.
fn audited(audit: &Audit) -> Vec<String> {
    let tenants: Vec<String> = audit.tenants().map(|tenant| format!("{tenant:?}")).collect();
    let faults =
        audit.faults().map(|(at, name, faults)| format!("{} {name:?} {faults:?}", tenants[at]));
    let mut told: Vec<String> =
        faults.chain(audit.features().map(|of| format!("{of:?}"))).collect();
    told.extend(tenants.iter().cloned());
    told.sort();
    told
}

#[test]
fn an_unknown_number_is_malformed() {
    let tenants = NameTable::default();
    let meanings = Meanings {
        ids: IdKind::Text,
        tenants: Some(&tenants),
        names: None,
        has_cost: false,
        measures: 0,
    };
    let mut counting = MeasuredCounting;
    let mut replay = Replay::new(&mut counting, meanings, ReplayWindow::default());
    let mut usage = MeasuredUsage::new(IdKind::Text, 0, usize::MAX);
    let event = MadeEvent {
        tenant: 3,
        is_removed: false,
        time: 1,
        names: [None; 2],
        values: [super::made::MadeValue::Nothing; 2],
    };
    let mut block = EventBlock::default();
    for row in rows_of(&numbered(&pending(&[event], 1)), 400) {
        block.read(&row.bytes, shape(), WantedColumns { dimensions: 0, values: 0 }).unwrap();
        assert_eq!(replay.count(&block, &mut usage), Err(CoreError::MalformedRow));
    }
}
