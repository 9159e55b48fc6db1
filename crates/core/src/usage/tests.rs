//! The accumulator against plain collections.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::bytes::{Encoded, Input};
use crate::generated::GeneratedEvent;
use crate::measures::UsagePeriods;

fn event() -> impl Strategy<Value = GeneratedEvent> {
    let tenant = prop::option::weighted(0.9, prop_oneof![0..6_i64, Just(-7), Just(1 << 40)]);
    let feature = prop::option::weighted(0.9, (0..150_u8).prop_map(|n| format!("feature {n}")));
    (tenant, feature, prop::option::of(-1000..1000_i64), 0..1_000_000_i64)
        .prop_map(|(tenant, feature, cost, time)| GeneratedEvent { tenant, feature, cost, time })
}

fn record(usage: &mut Usage, event: &GeneratedEvent) -> Result<(), CoreError> {
    usage.record(event.id(), event.feature(), event.cost(), event.time)
}

fn check(usage: &Usage, events: &[GeneratedEvent]) {
    let mut by_tenant: BTreeMap<Option<i64>, Vec<&GeneratedEvent>> = BTreeMap::new();
    for event in events {
        by_tenant.entry(event.tenant).or_default().push(event);
    }
    assert_eq!(usage.len(), by_tenant.keys().flatten().count());
    for (tenant, events) in by_tenant {
        let cell = tenant.map_or(usage.nobody(), |id| usage.get(Id::Int(id)).unwrap());
        assert_eq!(cell.events, events.len() as u64);
        assert_eq!(
            cell.unpriced,
            events.iter().filter(|event| event.cost.is_none()).count() as u64
        );
        assert_eq!(Some(cell.last), events.iter().map(|event| event.time).max());
        let cost: i64 = events.iter().filter_map(|event| event.cost).sum();
        assert_eq!(cell.cost.digits().to_text(), cost.to_string());
        let Some(tenant) = tenant else { continue };
        let used: BTreeSet<&str> =
            events.iter().filter_map(|event| event.feature.as_deref()).collect();
        let slot = usage.ids.get(Id::Int(tenant)).unwrap();
        let found: BTreeSet<&str> = usage
            .features_of(slot)
            .map(|number| std::str::from_utf8(usage.features().name(number)).unwrap())
            .collect();
        assert_eq!(found, used);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn parts_merge_to_the_whole(events in prop::collection::vec(event(), 0..300), split in 0..300_usize) {
        let split = split.min(events.len());
        let mut whole = Usage::new(IdKind::Int, usize::MAX);
        let mut parts = [Usage::new(IdKind::Int, usize::MAX), Usage::new(IdKind::Int, usize::MAX)];
        for (i, event) in events.iter().enumerate() {
            record(&mut whole, event).unwrap();
            record(&mut parts[usize::from(i >= split)], event).unwrap();
        }
        whole.settle().unwrap();
        check(&whole, &events);
        let [mut first, mut second] = parts;
        first.settle().unwrap();
        second.settle().unwrap();
        let mut first = Usage::from_bytes(&first.to_bytes().unwrap()).unwrap();
        first.merge(&second).unwrap();
        check(&first, &events);
    }

    #[test]
    fn bytes_of_anything_are_no_crash(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Usage::from_bytes(&bytes);
    }
}

#[test]
fn growth_stops_at_the_limit() {
    let mut usage = Usage::new(IdKind::Int, 100_000);
    let error =
        (0..100_000).find_map(|id| usage.record(Some(Id::Int(id)), None, Cost::Unpriced, 0).err());
    assert_eq!(error, Some(CoreError::MemoryLimit { limit: 100_000 }));
    let mut usage = Usage::new(IdKind::Int, 100_000);
    let error = (0..100_000).find_map(|n: i32| {
        usage.record(Some(Id::Int(1)), Some(&n.to_le_bytes()), Cost::Unpriced, 0).err()
    });
    assert_eq!(error, Some(CoreError::MemoryLimit { limit: 100_000 }));
}

#[test]
fn a_state_is_refused_where_its_parts_do_not_fit() {
    let usage = |change: fn(&mut Usage)| {
        let mut usage = Usage::new(IdKind::Int, usize::MAX);
        for tenant in [1, 2] {
            usage.record(Some(Id::Int(tenant)), Some(b"a"), Cost::Integer(1), 0).unwrap();
        }
        usage.settle().unwrap();
        change(&mut usage);
        Usage::from_bytes(&usage.to_bytes().unwrap())
    };
    assert!(usage(|_| ()).is_ok());
    let changes: [fn(&mut Usage); 6] = [
        |usage| usage.cells[1].features = 1 << 1,
        |usage| usage.nobody.features = 1 << 1,
        |usage| usage.cells[0].unpriced = 2,
        |usage| usage.cells[0].events = u64::MAX,
        |usage| usage.cells.iter_mut().for_each(|cell| cell.events = 1 << 62),
        |usage| drop(usage.cells.pop()),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(usage(change).err(), Some(CoreError::MalformedState), "{number}");
    }
}

#[test]
fn sums_of_what_was_read_do_not_overflow() {
    let mut usage = Usage::new(IdKind::Int, usize::MAX);
    usage.record(Some(Id::Int(1)), None, Cost::Unpriced, 0).unwrap();
    usage.settle().unwrap();
    usage.cells[0].events = 1 << 61;
    let bytes = usage.to_bytes().unwrap();
    let read = || Usage::from_bytes(&bytes).unwrap();
    let mut sum = read();
    assert_eq!(sum.merge(&read()), Ok(()));
    assert_eq!(sum.merge(&read()), Err(CoreError::MalformedState));
}

#[test]
fn sums_that_grow_where_states_are_merged_are_charged() {
    let mut usage = Usage::new(IdKind::Int, usize::MAX);
    let mut other = Usage::new(IdKind::Int, usize::MAX);
    for id in 0..100 {
        usage.record(Some(Id::Int(id)), None, Cost::Float8(1e300), 0).unwrap();
        other.record(Some(Id::Int(id)), None, Cost::Float8(1e-300), 0).unwrap();
    }
    usage.settle().unwrap();
    other.settle().unwrap();
    let bytes = usage.to_bytes().unwrap();
    let mut usage = Usage::read_all(Input::new(&bytes).limited(30_000)).unwrap();
    assert_eq!(usage.merge(&other), Err(CoreError::MemoryLimit { limit: 30_000 }));
}

#[test]
fn a_cell_is_one_cache_line() {
    assert_eq!(size_of::<TenantCell>(), 64);
}

proptest! {
    #[test]
    fn two_periods_are_two_accumulators(
        events in prop::collection::vec((event(), any::<bool>()), 0..600),
        at in any::<prop::sample::Index>(),
    ) {
        let counted = |events: &[(GeneratedEvent, bool)]| {
            let mut periods = UsagePeriods::new(IdKind::Int, 1, usize::MAX);
            for (event, is_before) in events {
                let (usage, cost) = (periods.of(*is_before), event.cost());
                let slot = usage.slot(event.id()).unwrap();
                let values = std::iter::once(cost);
                usage.record_at(slot, event.feature(), &cost, event.time, values, |value| value).unwrap();
            }
            periods.settle().unwrap();
            UsagePeriods::from_bytes(&periods.to_bytes().unwrap()).unwrap()
        };
        let (left, right) = events.split_at(if events.is_empty() { 0 } else { at.index(events.len()) });
        let mut periods = counted(left);
        periods.merge(&counted(right)).unwrap();
        for (measured, period) in periods.parts().into_iter().zip([false, true]) {
            let usage = measured.usage();
            let of_period: Vec<GeneratedEvent> =
                events.iter().filter(|(_, is_before)| *is_before == period).map(|(event, _)| event.clone()).collect();
            check(usage, &of_period);
            for slot in 0..usage.len() {
                // The measure is the cost, in this test.
                let (sum, cell) = (&measured.sums().row(slot)[0], usage.cell(slot));
                prop_assert_eq!(sum.missing, cell.unpriced);
                prop_assert_eq!(sum.total.digits(), cell.cost.digits());
            }
        }
    }
}
