//! Stored events are counted as the events that they were made of.

use proptest::prelude::*;

use super::live::history;
use super::made::{MadeEvent, name, shape};
use super::net_table::left;
use super::{numbered, pending, rows_of};
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::counting::{Counting, MeasuredCounting, UsageEvent};
use crate::ids::{Id, IdKind};
use crate::measures::MeasuredUsage;
use crate::summaries::event_block::{EventBlock, WantedColumns};
use crate::summaries::events::EventColumns;
use crate::summaries::live::LiveEvents;
use crate::summaries::names::NameTable;
use crate::summaries::replay::{Meanings, Replay, ReplayWindow};
use crate::usage::Cost;

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
fn shown(mut usage: MeasuredUsage) -> Vec<String> {
    usage.settle().unwrap();
    let totals = usage.usage();
    let mut tenants: Vec<String> = totals
        .ids()
        .enumerate()
        .map(|(at, id)| {
            let (cell, sum) = (totals.cell(at), &usage.sums().row(at)[0]);
            let texts = (cell.cost.digits().to_text(), sum.total.digits().to_text());
            let used = cell.features().count_ones();
            format!(
                "{id:?} {} {} {} {used} {texts:?} {}",
                cell.events, cell.unpriced, cell.last, sum.missing
            )
        })
        .collect();
    tenants.sort();
    tenants
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn stored_events_are_counted_as_they_were(
        events in history(),
        kind in prop::sample::select(vec![IdKind::Int, IdKind::Uuid, IdKind::Text]),
        (since, until) in (prop::option::of(0..20_i64), prop::option::of(0..20_i64)),
    ) {
        // Ids are integers, or a few numbers that stand for other ids.
        let mut events = events;
        if kind != IdKind::Int {
            events.iter_mut().for_each(|event| event.tenant = 1 + event.tenant.rem_euclid(5));
        }
        let (mut tenants, mut names) = (NameTable::default(), NameTable::default());
        let uuid = |number: i64| (u128::from(number.unsigned_abs()) << 70) + 7;
        for number in 1..6 {
            match kind {
                IdKind::Uuid => tenants.number(&uuid(number).to_be_bytes()).unwrap(),
                _ => tenants.number(format!("tenant {number}").as_bytes()).unwrap(),
            };
        }
        for number in 0..4 {
            names.number(&name(number)).unwrap();
        }
        let bounds = ReplayWindow { since, until };
        let meanings =
            Meanings { ids: kind, tenants: &tenants, names: Some(&names), has_cost: true, measures: 1 };
        let mut replay = Replay::new(MeasuredCounting, meanings, bounds);
        let mut counted = MeasuredUsage::new(kind, 1, usize::MAX);
        let (mut block, mut beside) = (EventBlock::default(), EventColumns::new(WANTED.of(shape())));
        let rows = rows_of(&numbered(&pending(&events, 9)), 4000);
        for row in rows.iter().filter(|row| row.has_removed) {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            beside.push_removed(&block, |_| true).unwrap();
        }
        let mut live = LiveEvents::new(beside.net(&|| ()).unwrap()).unwrap();
        for row in &rows {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            live.leave_out(&mut block).unwrap();
            replay.count(&block, &mut counted).unwrap();
        }
        live.finish(&mut block, |block| replay.count(block, &mut counted)).unwrap();

        let mut expected = MeasuredUsage::new(kind, 1, usize::MAX);
        for event in left(&events).iter().filter(|event| bounds.contain(event.time)) {
            let text = format!("tenant {}", event.tenant);
            let id = match kind {
                IdKind::Int => Id::Int(event.tenant),
                IdKind::Uuid => Id::Uuid(uuid(event.tenant)),
                IdKind::Text => Id::Text(text.as_bytes()),
            };
            let named = event.names[0].map(name);
            let event = EventMade(event, id, named.as_deref());
            let place = MeasuredCounting.place(event, &mut expected).unwrap();
            MeasuredCounting.record(place, event, &mut expected).unwrap();
        }
        prop_assert_eq!(shown(counted), shown(expected));
    }
}

#[test]
fn an_unknown_number_is_malformed() {
    let tenants = NameTable::default();
    let meanings = Meanings {
        ids: IdKind::Text,
        tenants: &tenants,
        names: None,
        has_cost: false,
        measures: 0,
    };
    let mut replay = Replay::new(MeasuredCounting, meanings, ReplayWindow::default());
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
