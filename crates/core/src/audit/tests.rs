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

#[test]
fn counts_that_cannot_be_are_refused() {
    let read = |change: fn(&mut Audit)| {
        let mut audit = Audit::new(IdKind::Int, usize::MAX);
        audit.record(Some(Id::Int(1)), Some(b"a"), Cost::Unpriced, true).unwrap();
        change(&mut audit);
        Audit::from_bytes(&audit.to_bytes().unwrap()).err()
    };
    assert_eq!(read(|_| ()), None);
    let changes: [fn(&mut Audit); 4] = [
        |audit| audit.tenants[0].future = 2,
        |audit| audit.nobody.unpriced = 1,
        |audit| audit.uses[0] = 2,
        |audit| audit.tenants[0].events = u64::MAX,
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

        let mut tenants: BTreeMap<Option<i64>, AuditCounts> = BTreeMap::new();
        let mut features: BTreeMap<&[u8], u64> = BTreeMap::new();
        for event in &events {
            let counts = tenants.entry(event.tenant).or_default();
            counts.events += 1;
            counts.unpriced += u64::from(!event.cost.is_some_and(f64::is_finite));
            counts.future += u64::from(event.is_future);
            if let Some(name) = &event.feature {
                *features.entry(name.as_bytes()).or_default() += 1;
            }
        }
        prop_assert_eq!(audit.nobody(), tenants.remove(&None).unwrap_or_default());
        let found: BTreeMap<_, _> = audit.tenants().collect();
        let expected: BTreeMap<_, _> =
            tenants.iter().map(|(id, counts)| (Id::Int(id.unwrap()), *counts)).collect();
        prop_assert_eq!(found, expected);
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
    let counts = AuditCounts::default();
    assert_eq!((0..100_000).find_map(|id| audit.add(Some(Id::Int(id)), None, counts).err()), limit);
    let mut audit = Audit::new(IdKind::Int, 100_000);
    let name = |n: i32| n.to_le_bytes();
    assert_eq!((0..100_000).find_map(|n| audit.add(None, Some(&name(n)), counts).err()), limit);
}
