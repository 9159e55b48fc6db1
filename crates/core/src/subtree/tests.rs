//! Both ways to the totals of a forest against sums taken subtree by subtree.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::accumulator::Accumulator;
use crate::forest::Links;
use crate::ids::IdKind;
use crate::usage::Cost;

type PricedUse = (i64, Option<u8>, i64);

fn forest(parents: &[Option<i64>]) -> Forest {
    let mut links = Links::new(IdKind::Int);
    for (id, parent) in (0..).zip(parents) {
        links.add(Id::Int(id), parent.map(Id::Int)).unwrap();
    }
    Forest::new(links, &|| ()).unwrap()
}

fn name(feature: u8) -> Vec<u8> {
    format!("feature {feature:03}").into_bytes()
}

fn usage(events: &[PricedUse]) -> Usage {
    let mut usage = Usage::new(IdKind::Int, usize::MAX);
    for &(id, feature, cost) in events {
        let feature = feature.map(name);
        usage.record(Some(Id::Int(id)), feature.as_deref(), Cost::Integer(cost), cost).unwrap();
    }
    usage.settle().unwrap();
    usage
}

fn grouped(
    forest: &Forest,
    catalogue: &Catalogue,
    scope: Scope,
    events: &[PricedUse],
) -> ForestTotals {
    let mut grouped = GroupedTotals::new(forest, catalogue, scope).unwrap();
    let groups: BTreeSet<(Option<u8>, i64)> =
        events.iter().map(|&(id, feature, _)| (feature, id)).collect();
    for (feature, id) in groups {
        let own: Vec<PricedUse> =
            events.iter().copied().filter(|event| (event.1, event.0) == (feature, id)).collect();
        let totals = usage(&own).get(Id::Int(id)).unwrap().clone();
        grouped.add(Id::Int(id), feature.map(name).as_deref(), &totals, &|| ()).unwrap();
    }
    grouped.finish(&|| ()).unwrap()
}

fn check(found: &ForestTotals, forest: &Forest, catalogue: &Catalogue, events: &[PricedUse]) {
    let totals = |ids: &BTreeSet<i64>| {
        let within: Vec<&PricedUse> =
            events.iter().filter(|event| ids.contains(&event.0)).collect();
        let features: BTreeSet<Vec<u8>> = within
            .iter()
            .filter_map(|event| event.1.map(name))
            .filter(|name| catalogue.counts(name))
            .collect();
        let cost: i64 = within.iter().map(|event| event.2).sum();
        (within.len() as u64, cost.to_string(), u32::try_from(features.len()).unwrap())
    };
    let shown =
        |cell: &TenantCell, features: u32| (cell.events, cell.cost.digits().to_text(), features);
    let id_at = |place| match forest.id(place) {
        Id::Int(id) => id,
        _ => unreachable!("ids are integers here"),
    };
    for position in 0..forest.len() {
        let own = BTreeSet::from([id_at(Place::Tree(position))]);
        let below = forest.subtree(position).map(|at| id_at(Place::Tree(at))).collect();
        assert_eq!(shown(&found.own[position], found.own_features[position]), totals(&own));
        assert_eq!(
            shown(&found.subtree[position], found.subtree_features[position]),
            totals(&below)
        );
    }
    for index in 0..forest.cyclic_len() {
        let own = BTreeSet::from([id_at(Place::Cycle(index))]);
        assert_eq!(shown(&found.cyclic[index], found.cyclic_features[index]), totals(&own));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn both_ways_agree_with_plain_sums(
        parents in prop::collection::vec(prop::option::of(0..12_i64), 0..12),
        events in prop::collection::vec((0..14_i64, prop::option::of(0..140_u8), 0..100_i64), 0..200),
        known in prop::option::of(prop::collection::vec(0..140_u8, 0..80)),
    ) {
        let catalogue = known.map_or(Catalogue::Size(9), |known| {
            Catalogue::of_names(known.into_iter().map(name).collect())
        });
        let forest = forest(&parents);
        let one_pass = ForestTotals::new(&forest, &usage(&events), &catalogue, Scope::Subtree, &|| ()).unwrap();
        check(&one_pass, &forest, &catalogue, &events);
        check(&grouped(&forest, &catalogue, Scope::Subtree, &events), &forest, &catalogue, &events);
        let own = grouped(&forest, &catalogue, Scope::Own, &events);
        prop_assert_eq!(own.own_features, one_pass.own_features);
        prop_assert!(own.subtree.is_empty());
    }
}
