//! What is made of groups against plain collections.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::feature_usage::FeatureCell;
use crate::features::Catalogue;
use crate::forest::{Forest, Links, Place};
use crate::ids::{Id, IdKind};
use crate::measures::MeasureSum;
use crate::money::Money;
use crate::subtree::Scope;
use crate::usage::NEVER;

/// Tenants outside of the cycle.
const TENANTS: i64 = 12;

/// A forest of a few trees, and a cycle of the last two.
fn forest(parents: &[Option<i64>]) -> Forest {
    let mut links = Links::new(IdKind::Int);
    for (id, parent) in (0..).zip(parents) {
        // Parents have smaller ids, so there is no other cycle.
        let parent = parent.map(|parent| parent % (id + 1)).filter(|&parent| parent != id);
        links.add(Id::Int(id), parent.map(Id::Int)).unwrap();
    }
    for (id, parent) in [(TENANTS, TENANTS + 1), (TENANTS + 1, TENANTS)] {
        links.add(Id::Int(id), Some(Id::Int(parent))).unwrap();
    }
    Forest::new(links, &|| ()).unwrap()
}

fn forests() -> impl Strategy<Value = Forest> {
    let parents = prop::collection::vec(prop::option::weighted(0.8, 0..TENANTS), 12);
    parents.prop_map(|parents| forest(&parents))
}

/// Feature, whether before, tenant, events.
type EventCounts = BTreeMap<(Option<String>, bool, i64), i64>;

fn groups() -> impl Strategy<Value = EventCounts> {
    let feature = prop::option::weighted(0.9, (0..6_u8).prop_map(|n| format!("feature {n}")));
    let key = (feature, any::<bool>(), 0..TENANTS + 2);
    prop::collection::btree_map(key, 1..100_i64, 0..60)
}

/// Groups in the order in which they come: by feature, events without one last.
fn in_order(groups: &EventCounts) -> Vec<(Option<&[u8]>, bool, i64, i64)> {
    let mut groups: Vec<_> = groups
        .iter()
        .map(|((feature, before, tenant), events)| {
            (feature.as_deref().map(str::as_bytes), *before, *tenant, *events)
        })
        .collect();
    groups.sort_by_key(|(feature, ..)| (feature.is_none(), *feature));
    groups
}

/// Ways to count tenants.
fn counted() -> impl Strategy<Value = Counted> {
    let eligible = prop::sample::select(vec![Eligible::All, Eligible::Leaves, Eligible::Active]);
    let scope = prop::sample::select(vec![Scope::Own, Scope::Subtree]);
    (scope, eligible, prop::option::weighted(0.3, 0..3_u32))
        .prop_map(|(scope, eligible, depth)| Counted { scope, eligible, depth })
}

/// The indexes of the tenants whose events those of a tenant are.
fn holders(forest: &Forest, counted: Counted, tenant: i64) -> Vec<usize> {
    match (forest.find(Id::Int(tenant)).unwrap(), counted.scope) {
        (place, Scope::Own) => vec![forest.index(place)],
        (Place::Tree(position), Scope::Subtree) => {
            std::iter::once(position).chain(forest.ancestors(position)).collect()
        }
        (Place::Cycle(_), Scope::Subtree) => Vec::new(),
    }
}

/// Whether the tree lets a tenant take part.
fn admits(forest: &Forest, counted: Counted, place: Place) -> bool {
    let depth = |position| u32::try_from(forest.ancestors(position).count()).unwrap();
    let is_leaf = |position| forest.subtree(position).len() == 1;
    match place {
        Place::Tree(position) => {
            counted.depth.is_none_or(|wanted| depth(position) == wanted)
                && (counted.eligible != Eligible::Leaves || is_leaf(position))
        }
        Place::Cycle(_) => {
            counted.scope == Scope::Own
                && counted.depth.is_none()
                && counted.eligible != Eligible::Leaves
        }
    }
}

/// The first finite time of a group's events, where one is known.
fn first(events: i64) -> Option<i64> {
    (events % 3 > 0).then_some(events)
}

/// The groups of the period itself.
fn now(mut groups: EventCounts) -> EventCounts {
    groups.retain(|(_, before, _), _| !before);
    groups
}

fn integer(total: &Money) -> i64 {
    total.digits().to_text().parse().unwrap()
}

fn cell(events: i64) -> FeatureCell {
    let mut cost = Money::default();
    cost.add_integer(events * 10);
    FeatureCell::of(events.cast_unsigned(), cost, (NEVER, NEVER))
}

/// The sum of a measure that ranks as the events do not.
fn sum(events: i64) -> MeasureSum {
    let mut sum = MeasureSum::default();
    sum.total.add_integer(events * events * 7 % 100 - 50);
    sum
}

fn text(name: Option<&[u8]>) -> Option<String> {
    name.map(|name| String::from_utf8(name.to_vec()).unwrap())
}

fn catalogue() -> Catalogue {
    Catalogue::of_names(["feature 1", "feature 3", "unused"].map(|name| name.into()).to_vec())
}

proptest! {
    #[test]
    fn a_breakdown_sums_over_tenants(groups in groups().prop_map(now)) {
        for catalogue in [Catalogue::Size(9), catalogue()] {
            for by in [OrderedBy::Cost, OrderedBy::Sum] {
                let mut breakdown = Breakdown::default();
                let mut expected: BTreeMap<Option<String>, (i64, u64, i64)> = BTreeMap::new();
                if let Catalogue::Names(names) = &catalogue {
                    expected.extend(names.iter().map(|name| (text(Some(name)), (0, 0, 0))));
                }
                for (feature, _, _, events) in in_order(&groups) {
                    breakdown.add(feature, &cell(events), Some(&sum(events))).unwrap();
                    let totals = expected.entry(text(feature)).or_default();
                    let value = integer(&sum(events).total);
                    *totals = (totals.0 + events, totals.1 + 1, totals.2 + value);
                }
                let (found, whole) = breakdown.finish(&catalogue, by).unwrap();
                let all: i64 = groups.values().sum();
                prop_assert_eq!(integer(&whole.cost), all * 10);
                prop_assert_eq!(integer(&whole.sum), expected.values().map(|totals| totals.2).sum::<i64>());
                let mut expected: Vec<_> = expected.into_iter().collect();
                expected.sort_by_key(|(name, (events, _, value))| {
                    let total = if by == OrderedBy::Cost { events } else { value };
                    (-total, name.is_none(), name.clone())
                });
                let found: Vec<_> = found
                    .iter()
                    .map(|row| {
                        let totals = (row.cell.events.cast_signed(), row.tenants, integer(&row.sum.total));
                        (text(row.name.as_deref()), totals)
                    })
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_matrix_sums_over_subtrees(forest in forests(), groups in groups().prop_map(now), levels in 0..4_u32) {
        let all = (0..forest.len()).map(Place::Tree).chain((0..2).map(Place::Cycle));
        let list: Vec<Place> = all
            .filter(|place| !matches!(place, Place::Tree(at) if forest.depth(*at) > levels))
            .collect();
        for scope in [Scope::Own, Scope::Subtree] {
            let mut matrix = Matrix::new(&forest, scope, &list).unwrap();
            let mut expected: BTreeMap<_, (i64, i64)> = BTreeMap::new();
            for (feature, _, tenant, events) in in_order(&groups) {
                let place = forest.find(Id::Int(tenant)).unwrap();
                matrix.add(place, feature, &cell(events), Some(&sum(events)), &|| ()).unwrap();
                let mut holders = match place {
                    Place::Tree(at) => vec![Some(at)],
                    Place::Cycle(_) => vec![None],
                };
                if let (Place::Tree(at), Scope::Subtree) = (place, scope) {
                    holders.extend(forest.ancestors(at).map(Some));
                }
                for holder in holders {
                    let place = holder.map_or(place, Place::Tree);
                    let cyclic = matches!(place, Place::Cycle(_));
                    if let Some(at) = list.iter().position(|&shown| shown == place)
                        && !(cyclic && scope == Scope::Subtree)
                    {
                        let sums = expected.entry((at, feature.is_none(), text(feature))).or_default();
                        *sums = (sums.0 + events, sums.1 + integer(&sum(events).total));
                    }
                }
            }
            let found = matrix.finish(&|| ()).unwrap();
            let name = |row: &MatrixRow| text(found.names[row.feature as usize].as_deref());
            let rows: Vec<_> = found
                .rows
                .iter()
                .map(|row| {
                    let Sums { events, cost, value } = &row.sums;
                    let sums = (events.cast_signed(), integer(cost), integer(value));
                    ((row.tenant as usize, name(row).is_none(), name(row)), sums)
                })
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(key, (events, value))| (key, (events, events * 10, value)))
                .collect();
            prop_assert_eq!(rows, expected);
        }
    }

    #[test]
    fn adoption_counts_new_and_lapsed(forest in forests(), groups in groups(), counted in counted()) {
        for catalogue in [Catalogue::Size(9), catalogue()] {
            let places: Vec<Place> = (0..TENANTS + 2).map(|id| forest.find(Id::Int(id)).unwrap()).collect();
            let mut adoption = Adoption::new(&forest, &catalogue, counted, places.iter().copied()).unwrap();
            let mut starts: BTreeMap<usize, Option<i64>> = BTreeMap::new();
            for (_, before, tenant, events) in in_order(&groups) {
                for index in holders(&forest, counted, tenant).into_iter().filter(|_| !before) {
                    let start = starts.entry(index).or_default();
                    *start = start.iter().copied().chain(first(events)).min();
                }
            }
            let takes_part = |index: &usize| {
                places.iter().any(|&place| forest.index(place) == *index && admits(&forest, counted, place))
                    && (counted.eligible != Eligible::Active || starts.contains_key(index))
            };
            let mut sets: BTreeMap<String, [BTreeMap<usize, Option<i64>>; 2]> = BTreeMap::new();
            if let Catalogue::Names(names) = &catalogue {
                sets.extend(names.iter().filter_map(|name| text(Some(name))).map(|name| (name, Default::default())));
            }
            for (feature, before, tenant, events) in in_order(&groups) {
                let used = if before { FeatureUse::Before } else { FeatureUse::Now(first(events)) };
                let place = forest.find(Id::Int(tenant)).unwrap();
                let start = starts.get(&forest.index(place)).copied().flatten();
                adoption.add(place, feature, used, start).unwrap();
                if let Some(name) = text(feature).filter(|name| catalogue.counts(name.as_bytes())) {
                    let users = &mut sets.entry(name).or_default()[usize::from(before)];
                    for index in holders(&forest, counted, tenant).into_iter().filter(takes_part) {
                        let known = users.entry(index).or_default();
                        *known = known.iter().copied().chain(first(events)).min();
                    }
                }
            }
            let mut expected: Vec<Adopted> = sets
                .into_iter()
                .map(|(name, [now, before])| {
                    let delay = |(index, first): (&usize, &Option<i64>)| Some((*first)? - starts[index]?);
                    let mut delays: Vec<i64> = now.iter().filter_map(delay).collect();
                    delays.sort_unstable();
                    Adopted {
                        name: name.into_bytes(),
                        adopters: now.len() as u64,
                        new: now.keys().filter(|index| !before.contains_key(index)).count() as u64,
                        lapsed: before.keys().filter(|index| !now.contains_key(index)).count() as u64,
                        median_delay: delays.get(delays.len().div_ceil(2).saturating_sub(1)).copied(),
                    }
                })
                .collect();
            expected.sort_by_key(|row| (std::cmp::Reverse(row.adopters), row.name.clone()));
            let eligible = (0..forest.count()).filter(takes_part).count() as u64;
            prop_assert_eq!(adoption.finish(&|| ()).unwrap(), (expected, eligible));
        }
    }

    #[test]
    fn changes_are_the_differences(forest in forests(), groups in groups()) {
        for catalogue in [Catalogue::Size(9), catalogue()] {
            let mut changes = Changes::new(&forest, &catalogue).unwrap();
            for (feature, before, tenant, _) in in_order(&groups) {
                changes.add(forest.find(Id::Int(tenant)).unwrap(), feature, before).unwrap();
            }
            let changes = changes.finish().unwrap();
            for tenant in 0..TENANTS + 2 {
                let used = |period: bool| -> BTreeSet<&str> {
                    groups
                        .keys()
                        .filter(|(_, before, user)| *before == period && *user == tenant)
                        .filter_map(|(feature, ..)| feature.as_deref())
                        .filter(|name| catalogue.counts(name.as_bytes()))
                        .collect()
                };
                let index = forest.index(forest.find(Id::Int(tenant)).unwrap());
                let named = |names: Vec<&[u8]>| -> Vec<String> {
                    names.into_iter().filter_map(|name| text(Some(name))).collect()
                };
                let (now, before) = (used(false), used(true));
                let gained: Vec<_> = now.difference(&before).copied().collect();
                let lost: Vec<_> = before.difference(&now).copied().collect();
                prop_assert_eq!(named(changes.gained(index).collect()), gained);
                prop_assert_eq!(named(changes.lost(index).collect()), lost);
            }
        }
    }
}
