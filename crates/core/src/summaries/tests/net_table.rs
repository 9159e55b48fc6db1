//! Totals of rows of both kinds against plain collections.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::live::history;
use super::made::{MadeEvent, made, shape};
use super::{numbered, pending, rows_of};
use crate::CoreError;
use crate::money::Money;
use crate::summaries::event_block::{EventBlock, WantedColumns};
use crate::summaries::events::EventColumns;
use crate::summaries::net_table::{NetTable, WantedTotals};
use crate::summaries::totals::{TotalsBlock, TotalsKey};
use crate::usage::NEVER;

/// First name, both values.
const WANTED: WantedColumns = WantedColumns { dimensions: 1, values: 3 };

const ALL: WantedTotals = WantedTotals { times: true, values: 3 };

pub(super) type Shown = (i64, (i64, i64), [(i64, String); 2]);

pub(super) fn shown(table: &NetTable) -> BTreeMap<TotalsKey, Shown> {
    let cells = table.cells().map(|(key, cell, sums)| {
        let sum = |place: usize| {
            let total = sums[place].clone().of(cell.events).unwrap().total;
            (sums[place].missing, total.digits().to_text())
        };
        (key, (cell.events, cell.times().unwrap(), [sum(0), sum(1)]))
    });
    cells.collect()
}

/// The events that are left of a history.
pub(super) fn left(events: &[MadeEvent]) -> Vec<MadeEvent> {
    let text =
        |event: &MadeEvent| format!("{:?}", MadeEvent { is_removed: false, ..event.clone() });
    let mut gone: Vec<String> = events.iter().filter(|e| e.is_removed).map(text).collect();
    let mut left = Vec::new();
    for event in events.iter().filter(|event| !event.is_removed) {
        match gone.iter().position(|other| *other == text(event)) {
            Some(place) => drop(gone.swap_remove(place)),
            None => left.push(event.clone()),
        }
    }
    assert!(gone.is_empty());
    left
}

pub(super) fn expected(events: &[MadeEvent], dimension: usize) -> BTreeMap<TotalsKey, Shown> {
    let mut grouped: BTreeMap<TotalsKey, Vec<&MadeEvent>> = BTreeMap::new();
    for event in events {
        let name = event.names[dimension].map_or(0, |number| 1 + u32::from(number));
        grouped.entry(TotalsKey { tenant: event.tenant, name }).or_default().push(event);
    }
    let totals = |events: Vec<&MadeEvent>| {
        let times = events.iter().map(|event| event.time).filter(|&time| time != NEVER);
        let ends = (times.clone().min().unwrap_or(NEVER), times.max().unwrap_or(NEVER));
        let sum = |place: usize| {
            let mut sum = Money::default();
            let values = events.iter().map(|event| event.values[place].cost());
            let missing = values.filter(|cost| !cost.add_to(&mut sum)).count();
            (missing as i64, sum.digits().to_text())
        };
        (events.len() as i64, ends, [sum(0), sum(1)])
    };
    grouped.into_iter().map(|(key, events)| (key, totals(events))).collect()
}

/// A table of these events.
fn table_of(events: &[MadeEvent]) -> NetTable {
    let mut table = NetTable::new(ALL, usize::MAX);
    add(&mut table, events, |_| true);
    table
}

fn add(table: &mut NetTable, events: &[MadeEvent], is_wanted: impl Fn(TotalsKey) -> bool) {
    let mut block = EventBlock::default();
    for row in rows_of(&numbered(&pending(events, 9)).net(&|| ()).unwrap(), 500) {
        block.read(&row.bytes, shape(), WANTED).unwrap();
        table.add_events(&block, Some(0), &is_wanted).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn totals_and_later_events_are_all_events(
        before in prop::collection::vec(made(), 0..80),
        mut after in history(),
        limit in 1..3000_usize,
    ) {
        let mut before = before;
        before.iter_mut().for_each(|event| event.is_removed = false);
        // Some of what was there before is taken away later.
        after.extend(before.iter().step_by(3).map(|event| MadeEvent { is_removed: true, ..event.clone() }));
        let folded = table_of(&before);
        let totals = folded.totals(shape()).unwrap();
        let (mut table, mut block) = (NetTable::new(ALL, usize::MAX), TotalsBlock::default());
        totals.write(limit, &|| (), |row| {
            block.read(&row.bytes, shape(), ALL)?;
            table.add_totals(&block)
        })
        .unwrap();
        add(&mut table, &after, |_| true);
        let unknown = table.forget_unknown().unwrap();
        let all: Vec<_> = before.into_iter().chain(after).collect();
        let left = left(&all);
        // The events themselves, of the tenants and names that they are asked for.
        add(&mut table, &left, |key| unknown.contain(key));
        prop_assert_eq!(shown(&table), expected(&left, 0));
    }
}

#[test]
fn a_table_keeps_to_its_limit() {
    let mut table = NetTable::new(ALL, 300);
    let mut block = EventBlock::default();
    let mut columns = EventColumns::new(shape());
    for tenant in 0..100 {
        let values = &[crate::summaries::value::Value::Missing; 2];
        let event = crate::summaries::events::NumberedEvent {
            tenant,
            time: 1,
            weight: 1,
            dimensions: &[0, 0],
            values,
        };
        columns.push(event).unwrap();
    }
    let [row] = &rows_of(&columns, 8000)[..] else { panic!("more than a row") };
    block.read(&row.bytes, shape(), WANTED).unwrap();
    let added = table.add_events(&block, Some(0), |_| true);
    assert_eq!(added, Err(CoreError::MemoryLimit { limit: 300 }));
}

#[test]
fn cells_with_fewer_events_than_none_are_malformed() {
    let mut table = NetTable::new(ALL, usize::MAX);
    let event = MadeEvent {
        tenant: 1,
        is_removed: true,
        time: 5,
        names: [None, None],
        values: [super::made::MadeValue::Nothing; 2],
    };
    add(&mut table, &[event], |_| true);
    assert_eq!(table.forget_unknown().err(), Some(CoreError::MalformedRow));
}
