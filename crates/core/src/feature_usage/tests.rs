//! The accumulator against plain collections.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::generated::GeneratedEvent;
use crate::usage::NEVER;

fn event(features: u16) -> impl Strategy<Value = GeneratedEvent> {
    let tenant = prop::option::weighted(0.9, prop_oneof![0..40_i64, Just(-7), Just(1 << 40)]);
    let feature = prop::option::weighted(0.9, (0..features).prop_map(|n| format!("feature {n}")));
    let time = prop_oneof![8 => -50..50_i64, 1 => prop::sample::select(&[NEVER, EARLIEST, LATEST])];
    (tenant, feature, prop::option::of(-1000..1000_i64), time)
        .prop_map(|(tenant, feature, cost, time)| GeneratedEvent { tenant, feature, cost, time })
}

fn counted(events: &[GeneratedEvent]) -> FeatureUsage<FeatureCell> {
    counted_within(events, usize::MAX)
}

fn counted_within(events: &[GeneratedEvent], limit: usize) -> FeatureUsage<FeatureCell> {
    let mut usage = FeatureUsage::new(IdKind::Int, limit);
    for event in events {
        usage.record(event.id(), event.feature(), event.cost(), event.time).unwrap();
    }
    usage.settle().unwrap();
    usage
}

/// Events, cost, first and last time, first finite time.
type CellFacts = (u64, String, Option<i64>, Option<i64>, Option<i64>);

type FactsByCell = BTreeMap<(Option<String>, i64), CellFacts>;

fn expected(events: &[GeneratedEvent]) -> FactsByCell {
    let mut groups: BTreeMap<(Option<String>, i64), Vec<&GeneratedEvent>> = BTreeMap::new();
    for event in events {
        if let Some(tenant) = event.tenant {
            groups.entry((event.feature.clone(), tenant)).or_default().push(event);
        }
    }
    let totals = |events: Vec<&GeneratedEvent>| {
        let times = || events.iter().map(|event| event.time).filter(|&time| time != NEVER);
        let cost: i64 = events.iter().filter_map(|event| event.cost).sum();
        let finite = times().filter(|&time| time != EARLIEST && time != LATEST).min();
        (events.len() as u64, cost.to_string(), times().min(), times().max(), finite)
    };
    groups.into_iter().map(|(key, events)| (key, totals(events))).collect()
}

fn found(usage: &FeatureUsage<FeatureCell>) -> FactsByCell {
    let columns = usage.columns().unwrap();
    let names: Vec<_> = columns.iter().map(|column| (column.name.is_none(), column.name)).collect();
    assert!(names.is_sorted());
    let time = |time| (time != NEVER).then_some(time);
    let mut table = FactsByCell::new();
    for FeatureColumn { name, cells } in columns {
        let name = name.map(|name| String::from_utf8(name.to_vec()).unwrap());
        for (slot, cell) in cells {
            let Id::Int(tenant) = usage.ids.id(slot) else { panic!("an id of another kind") };
            let cost = cell.cost.digits().to_text();
            let totals =
                (cell.events, cost, time(cell.first()), time(cell.last()), cell.first_finite());
            assert_eq!(table.insert((name.clone(), tenant), totals), None);
        }
    }
    table
}

proptest! {
    #[test]
    fn cells_are_the_groups(events in prop::collection::vec(event(15), 0..300)) {
        prop_assert_eq!(found(&counted(&events)), expected(&events));
    }

    #[test]
    fn parts_merge_into_the_whole(
        events in prop::collection::vec(event(40), 0..300),
        at in any::<prop::sample::Index>(),
    ) {
        let (left, right) = events.split_at(if events.is_empty() { 0 } else { at.index(events.len()) });
        let mut whole = FeatureUsage::<FeatureCell>::from_bytes(&counted(left).to_bytes().unwrap()).unwrap();
        whole.merge(&FeatureUsage::<FeatureCell>::from_bytes(&counted(right).to_bytes().unwrap()).unwrap()).unwrap();
        prop_assert_eq!(found(&whole), expected(&events));
        let mut whole = FeatureUsage::new(IdKind::Int, usize::MAX);
        whole.merge(&counted(right)).unwrap();
        whole.merge(&counted(left)).unwrap();
        prop_assert_eq!(found(&whole), expected(&events));
    }
}

#[test]
fn thousands_of_features_take_memory_for_those_that_are_used() {
    let event = |n: i64| GeneratedEvent {
        tenant: Some(n % 700),
        feature: Some(format!("feature number {}", n * 7 % 5000)),
        cost: Some(1),
        time: n,
    };
    let events: Vec<GeneratedEvent> = (0..20_000).map(event).collect();
    let usage = counted_within(&events, 4_000_000);
    assert!(matches!(usage.cells, CellStore::Sparse { .. }));
    assert_eq!(found(&usage), expected(&events));
    let read = FeatureUsage::<FeatureCell>::from_bytes(&usage.to_bytes().unwrap()).unwrap();
    assert_eq!(found(&read), expected(&events));
}

#[test]
fn a_limit_ends_the_counting() {
    let mut usage = FeatureUsage::<FeatureCell>::new(IdKind::Int, 100_000);
    let results: Vec<_> = (0..5000)
        .map(|id| usage.record(Some(Id::Int(id)), Some(b"a"), Cost::Integer(1), 0))
        .collect();
    let first = results.iter().position(Result::is_err).unwrap();
    assert!(first > 20, "{first}");
    assert_eq!(results[first], Err(CoreError::MemoryLimit { limit: 100_000 }));
}

#[test]
fn a_cell_that_comes_twice_is_found_before_it_counts() {
    let events: Vec<GeneratedEvent> = [1, 2]
        .map(|tenant| GeneratedEvent {
            tenant: Some(tenant),
            feature: Some("a".into()),
            cost: Some(1),
            time: 0,
        })
        .to_vec();
    let mut usage = counted(&events);
    // As it comes of a list, which is in any order.
    let keys = vec![(1, 0), (0, 0), (1, 0)];
    let cells = vec![FeatureCell::of(1, Default::default(), (0, 0)); 3];
    usage.cells = CellStore::List { keys, cells };
    let bytes = usage.to_bytes().unwrap();
    let read = || FeatureUsage::<FeatureCell>::from_bytes(&bytes).unwrap();
    assert_eq!(read().columns().err(), Some(CoreError::MalformedState));
    assert_eq!(read().merge(&counted(&events)), Err(CoreError::MalformedState));
    let sparse = Input::new(&bytes).limited(9000);
    let mut sparse = FeatureUsage::<FeatureCell>::read_all(sparse).unwrap();
    assert_eq!(sparse.cells.look_up(0), Err(CoreError::MalformedState));
    // Where it is merged into others its events add up.
    let mut whole = counted(&[]);
    whole.merge(&read()).unwrap();
    let events = whole.columns().unwrap()[0].cells.iter().map(|(_, cell)| cell.events).sum::<u64>();
    assert_eq!(events, 3);
}

#[test]
fn bytes_of_anything_else_are_refused() {
    let mut bytes = counted(&[]).to_bytes().unwrap();
    bytes.insert(0, 9);
    assert!(FeatureUsage::<FeatureCell>::from_bytes(&bytes).is_err());
    assert!(FeatureUsage::<FeatureCell>::from_bytes(&[]).is_err());
}
