//! The audit against plain collections.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
struct Event {
    tenant: Option<i64>,
    feature: Option<String>,
    cost: Option<f64>,
    is_future: bool,
}

fn event() -> impl Strategy<Value = Event> {
    let tenant = prop::option::weighted(0.9, prop_oneof![0..6_i64, Just(-7), Just(1 << 40)]);
    let feature = prop::option::weighted(0.9, (0..90_u8).prop_map(|n| format!("feature {n}")));
    let cost = prop::option::of(prop_oneof![Just(1.5), Just(f64::NAN), Just(f64::INFINITY)]);
    (tenant, feature, cost, any::<bool>()).prop_map(|(tenant, feature, cost, is_future)| Event {
        tenant,
        feature,
        cost,
        is_future,
    })
}

fn counted(events: &[Event]) -> Audit {
    let mut audit = Audit::new(IdKind::Int, usize::MAX);
    for Event { tenant, feature, cost, is_future } in events {
        let cost = cost.map_or(Cost::Unpriced, Cost::Float8);
        let feature = feature.as_deref().map(str::as_bytes);
        audit.record(tenant.map(Id::Int), feature, cost, *is_future).unwrap();
    }
    Audit::from_bytes(&audit.to_bytes().unwrap()).unwrap()
}

fn add(audit: &mut Audit, key: FaultKey, unpriced: u64, future: u64) {
    audit.faults.add(key, Faults { unpriced, future }).unwrap();
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let read = |change: fn(&mut Audit)| {
        let mut audit = Audit::new(IdKind::Int, usize::MAX);
        audit.record(Some(Id::Int(1)), Some(b"a"), Cost::Unpriced, true).unwrap();
        change(&mut audit);
        Audit::from_bytes(&audit.to_bytes().unwrap()).err()
    };
    assert_eq!(read(|_| ()), None);
    assert_eq!(read(|audit| add(audit, (0, None), 1, 0)), None);
    let changes: [fn(&mut Audit); 8] = [
        |audit| add(audit, (0, Some(0)), 0, 1),
        |audit| add(audit, (0, None), 2, 0),
        |audit| add(audit, (0, None), 0, 0),
        |audit| add(audit, (1, None), 1, 0),
        |audit| add(audit, (0, Some(1)), 1, 0),
        |audit| audit.tenants[0] = 0,
        |audit| audit.uses[0] = 2,
        |audit| audit.tenants[0] = u64::MAX,
    ];
    for change in changes {
        assert_eq!(read(change), Some(CoreError::MalformedState));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn parts_merge_to_the_whole(events in prop::collection::vec(event(), 0..200), at in any::<prop::sample::Index>()) {
        let (left, right) = events.split_at(if events.is_empty() { 0 } else { at.index(events.len()) });
        let mut audit = counted(left);
        audit.merge(&counted(right)).unwrap();

        let mut tenants: BTreeMap<Option<i64>, u64> = BTreeMap::new();
        let mut features: BTreeMap<&[u8], u64> = BTreeMap::new();
        let mut faults: BTreeMap<(Id<'_>, Option<&[u8]>), Faults> = BTreeMap::new();
        for event in &events {
            *tenants.entry(event.tenant).or_default() += 1;
            let feature = event.feature.as_deref().map(str::as_bytes);
            if let Some(name) = feature {
                *features.entry(name).or_default() += 1;
            }
            let is_unpriced = !event.cost.is_some_and(f64::is_finite);
            if let Some(id) = event.tenant.filter(|_| is_unpriced || event.is_future) {
                let faults = faults.entry((Id::Int(id), feature)).or_default();
                faults.unpriced += u64::from(is_unpriced);
                faults.future += u64::from(event.is_future);
            }
        }
        prop_assert_eq!(audit.nobody(), tenants.remove(&None).unwrap_or_default());
        let found: BTreeMap<_, _> = audit.tenants().collect();
        let expected: BTreeMap<_, _> =
            tenants.iter().map(|(id, events)| (Id::Int(id.unwrap()), *events)).collect();
        prop_assert_eq!(found, expected);
        let ids: Vec<_> = audit.tenants().map(|(id, _)| id).collect();
        let found: Vec<_> =
            audit.faults().map(|(at, feature, faults)| ((ids[at], feature), faults)).collect();
        prop_assert_eq!(found.len(), faults.len());
        prop_assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), faults);
        prop_assert_eq!(audit.features().collect::<BTreeMap<_, _>>(), features);
    }

    #[test]
    fn bytes_of_anything_are_no_crash(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Audit::from_bytes(&bytes);
    }
}

#[test]
fn growth_stops_at_the_limit() {
    let limit = Some(CoreError::MemoryLimit { limit: 100_000 });
    let mut audit = Audit::new(IdKind::Int, 100_000);
    let none = Faults::default();
    assert_eq!(
        (0..100_000).find_map(|id| audit.add(Some(Id::Int(id)), None, 1, none).err()),
        limit
    );
    let mut audit = Audit::new(IdKind::Int, 100_000);
    let name = |n: i32| n.to_le_bytes();
    assert_eq!((0..100_000).find_map(|n| audit.add(None, Some(&name(n)), 1, none).err()), limit);
    // A hundred tenants and a hundred features are few, but faults of each with each are many.
    let mut audit = Audit::new(IdKind::Int, 100_000);
    let mut add_pairs = |faults| {
        (0..10_000).find_map(|n| {
            audit.add(Some(Id::Int(i64::from(n % 100))), Some(&name(n / 100)), 1, faults).err()
        })
    };
    assert_eq!(add_pairs(none), None);
    assert_eq!(add_pairs(Faults { future: 1, ..none }), limit);
}
