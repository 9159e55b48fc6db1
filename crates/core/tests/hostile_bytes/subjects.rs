//! The accumulators: random ones, and all that is done with one that was read.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::by_feature::{
    Adoption, Breakdown, Changes, Counted, Eligible, FeatureUse, Matrix, OrderedBy,
};
use tenant_metrics_core::feature_usage::{
    AdoptionCell, Counter, FeatureCell, FeatureUsage, MeasuredCell, TotalsCell, UsedAt,
};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Links, Place};
use tenant_metrics_core::ids::{Id, IdKind, Seed};
use tenant_metrics_core::measures::MeasureSum;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::series::activity::{Activity, Period, Presence};
use tenant_metrics_core::series::calendar::Unit;
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::series::totals::BucketTotals;
use tenant_metrics_core::subtree::{ForestTotals, Scope};
use tenant_metrics_core::usage::{Cost, TenantCell, Usage};

use super::LIMIT;
use super::chance::Chance;

/// What the processes of the statement share.
pub(crate) const SEED: Seed = Seed::new(77);

/// Tenants of the forest and of the groups.
pub(crate) const TENANTS: usize = 70;

/// Something that hostile bytes are read as.
pub(crate) trait Subject: Accumulator {
    /// One of random events, which has settled.
    fn sample(chance: &mut Chance) -> Self;

    /// Uses everything that it has.
    fn look(&self);
}

/// An event that was made up.
pub(crate) struct Made {
    pub(crate) tenant: usize,
    pub(crate) feature: Option<Vec<u8>>,
    pub(crate) cost: f64,
    pub(crate) time: i64,
}

pub(crate) fn kind(chance: &mut Chance) -> IdKind {
    chance.one_of(&[IdKind::Int, IdKind::Uuid, IdKind::Text])
}

pub(crate) fn events(chance: &mut Chance) -> Vec<Made> {
    let count = chance.one_of(&[0, 1, 5, 50, 200]);
    let tenants = chance.one_of(&[1, 3, TENANTS + 3]);
    let features = chance.one_of(&[1, 5, 64, 65, 130, 300]);
    let event = |_| Made {
        tenant: chance.below(tenants),
        feature: (!chance.one_in(9)).then(|| {
            let number = chance.below(features);
            format!("feature{}{number}", " ".repeat(number % 3 * 5)).into_bytes()
        }),
        cost: chance.one_of(&[0.0, 1.5, -0.01, 1e22, -1e300, 1e-30, f64::NAN]),
        time: chance.one_of(&[i64::MIN, i64::MIN + 1, -5, 0, 1_000_000, i64::MAX]),
    };
    (0..count).map(event).collect()
}

/// Calls `with` with the id that a tenant has in a kind.
pub(crate) fn with_id<T>(kind: IdKind, tenant: usize, with: impl FnOnce(Id<'_>) -> T) -> T {
    let number = i64::try_from(tenant).unwrap();
    match kind {
        // Some are in the array and some are not.
        IdKind::Int if tenant.is_multiple_of(5) => with(Id::Int(number * -1_000_003)),
        IdKind::Int => with(Id::Int(number)),
        IdKind::Uuid => with(Id::Uuid(tenant as u128 * 0x9E37_79B9_7F4A_7C15)),
        IdKind::Text => with(Id::Text(format!("tenant {}", "x".repeat(tenant)).as_bytes())),
    }
}

/// An accumulator that has taken random events in and settled. Some are of no tenant.
fn filled<A: Accumulator>(
    chance: &mut Chance,
    empty: impl FnOnce(IdKind) -> A,
    mut record: impl FnMut(&mut A, &mut Chance, Option<Id<'_>>, &Made) -> Result<(), CoreError>,
) -> A {
    let kind = kind(chance);
    let mut accumulator = empty(kind);
    accumulator.seed(SEED);
    for made in events(chance) {
        let recorded = match made.tenant {
            1 => record(&mut accumulator, chance, None, &made),
            tenant => with_id(kind, tenant, |id| record(&mut accumulator, chance, Some(id), &made)),
        };
        recorded.unwrap();
    }
    accumulator.settle().unwrap();
    accumulator
}

/// Some trees, and a cycle of two.
pub(crate) fn forest(kind: IdKind) -> Forest {
    let mut links = Links::new(kind);
    for tenant in 0..TENANTS {
        let parent = match tenant {
            0 | 40 => None,
            _ if tenant == TENANTS - 2 => Some(TENANTS - 1),
            _ if tenant == TENANTS - 1 => Some(TENANTS - 2),
            _ => Some(tenant / 2),
        };
        with_id(kind, tenant, |id| match parent {
            Some(parent) => with_id(kind, parent, |parent| links.add(id, Some(parent))),
            None => links.add(id, None),
        })
        .unwrap();
    }
    Forest::new(links, &|| ()).unwrap()
}

fn catalogues() -> [Catalogue; 2] {
    [Catalogue::Size(9), Catalogue::of_names(vec![b"feature1".to_vec(), b"unused".to_vec()])]
}

pub(crate) fn kind_of(id: Option<Id<'_>>) -> IdKind {
    match id {
        Some(Id::Uuid(_)) => IdKind::Uuid,
        Some(Id::Text(_)) => IdKind::Text,
        _ => IdKind::Int,
    }
}

pub(crate) fn look_at_cost(cost: &Money) {
    let digits = cost.digits();
    assert!(digits.digits.iter().all(|&digit| digit < 10_000));
    assert!(cost.minus(cost).is_zero());
    assert!(cost.bytes() < LIMIT);
}

pub(crate) fn look_at_sum(sum: &MeasureSum, events: u64) {
    look_at_cost(&sum.total);
    assert!(sum.missing <= events);
}

fn look_at_cell(cell: &TenantCell) {
    look_at_cost(&cell.cost);
    assert!(cell.unpriced <= cell.events && cell.events <= 1 << 62);
}

impl Subject for Usage {
    fn sample(chance: &mut Chance) -> Self {
        let empty = |kind| Self::new(kind, LIMIT);
        filled(chance, empty, |usage, _, id, made| {
            usage.record(id, made.feature.as_deref(), Cost::Float8(made.cost), made.time)
        })
    }

    fn look(&self) {
        let forest = forest(kind_of(self.ids().next()));
        look_at_cell(self.nobody());
        assert_eq!(self.ids().len(), self.len());
        for (index, id) in self.ids().enumerate() {
            assert_eq!(self.index_of(id), Some(index));
            look_at_cell(self.cell(index));
            let _ = self.wide_row(index);
        }
        for (number, users) in (0..).zip(self.users().unwrap()) {
            assert_eq!(self.features().get(self.features().name(number)), Some(number));
            assert!(users.is_sorted_by(|user, next| user < next));
        }
        for catalogue in catalogues() {
            let totals =
                ForestTotals::new(&forest, self, &catalogue, Scope::Subtree, &|| ()).unwrap();
            totals.subtree.iter().chain(&totals.cyclic).for_each(look_at_cell);
            assert!(totals.events() <= 1 << 62);
        }
    }
}

/// Calls `on_cell` with the cells that are of tenants of the forest.
fn each_cell<C: Counter>(
    usage: &FeatureUsage<C>,
    forest: &Forest,
    mut on_cell: impl FnMut(Place, Option<&[u8]>, &C) -> Result<(), CoreError>,
) -> bool {
    let columns = match usage.columns() {
        Ok(columns) => columns,
        Err(error) => {
            assert_eq!(error, CoreError::MalformedState);
            return false;
        }
    };
    let places = forest.places(usage.tenants()).unwrap();
    for column in columns {
        for (slot, cell) in column.cells {
            if let Some(place) = places[slot as usize] {
                on_cell(place, column.name, cell).unwrap();
            }
        }
    }
    true
}

fn look_at_features<C: TotalsCell>(usage: &FeatureUsage<C>) {
    let forest = forest(kind_of(usage.tenants().next()));
    let list: Vec<Place> = (0..forest.len()).map(Place::Tree).collect();
    for (catalogue, by) in catalogues().into_iter().zip([OrderedBy::Cost, OrderedBy::Sum]) {
        let mut breakdown = Breakdown::default();
        let mut matrix = Matrix::new(&forest, Scope::Subtree, &list).unwrap();
        let mut changes = Changes::new(&forest, &catalogue).unwrap();
        each_cell(usage, &forest, |place, name, measured| {
            let (cell, sum) = (measured.totals(), measured.sum());
            look_at_cost(&cell.cost);
            sum.into_iter().for_each(|sum| look_at_sum(sum, cell.events));
            let _ = (cell.first(), cell.last(), cell.first_finite());
            breakdown.add(name, cell, sum)?;
            matrix.add(place, name, cell, sum, &|| ())?;
            changes.add(place, name, cell.events.is_multiple_of(2))
        });
        breakdown.finish(&catalogue, by).unwrap();
        matrix.finish(&|| ()).unwrap();
        changes.finish().unwrap();
    }
}

impl Subject for FeatureUsage<FeatureCell> {
    fn sample(chance: &mut Chance) -> Self {
        let empty = |kind| Self::new(kind, LIMIT);
        filled(chance, empty, |usage, _, id, made| {
            usage.record(id, made.feature.as_deref(), Cost::Float8(made.cost), made.time)
        })
    }

    fn look(&self) {
        look_at_features(self);
    }
}

impl Subject for FeatureUsage<MeasuredCell> {
    fn sample(chance: &mut Chance) -> Self {
        let empty = |kind| Self::new(kind, LIMIT);
        filled(chance, empty, |usage, _, id, made| {
            let Some(slot) = usage.slot(id)? else { return Ok(()) };
            let (cost, value) = (Cost::Float8(made.cost), Cost::Integer(made.time));
            usage.record_measured(slot, made.feature.as_deref(), &cost, made.time, &value)
        })
    }

    fn look(&self) {
        look_at_features(self);
    }
}

impl Subject for FeatureUsage<AdoptionCell> {
    fn sample(chance: &mut Chance) -> Self {
        let empty = |kind| Self::new(kind, LIMIT);
        filled(chance, empty, |usage, chance, id, made| {
            let used = UsedAt { time: made.time, is_before: chance.one_in(2) };
            usage.count(id, made.feature.as_deref(), used)
        })
    }

    fn look(&self) {
        let forest = forest(kind_of(self.tenants().next()));
        for catalogue in catalogues() {
            for (scope, eligible) in
                [(Scope::Own, Eligible::All), (Scope::Subtree, Eligible::Active)]
            {
                let counted = Counted { scope, eligible, depth: None };
                let tenants = (0..forest.len()).map(Place::Tree);
                let mut adoption = Adoption::new(&forest, &catalogue, counted, tenants).unwrap();
                each_cell(self, &forest, |place, name, cell| {
                    if cell.is_now() {
                        let used = FeatureUse::Now(cell.first_finite());
                        adoption.add(place, name, used, cell.first_finite())?;
                    }
                    if cell.is_before() {
                        adoption.add(place, name, FeatureUse::Before, None)?;
                    }
                    Ok(())
                });
                adoption.finish(&|| ()).unwrap();
            }
        }
    }
}

/// Tenants in a group and in one within it.
pub(crate) fn groups(kind: IdKind) -> Groups {
    let ids: Vec<Vec<u8>> = (0..TENANTS).map(|n| format!("tenant {n}").into_bytes()).collect();
    let tenants = (0..TENANTS).map(|n| {
        let id = match kind {
            IdKind::Int => Id::Int(i64::try_from(n).unwrap()),
            IdKind::Uuid => Id::Uuid(n as u128),
            IdKind::Text => Id::Text(&ids[n]),
        };
        (id, u32::from(n % 3 == 0))
    });
    Groups::new(kind, tenants.collect(), vec![None, Some(0)]).unwrap()
}

impl Subject for SeriesCounts {
    fn sample(chance: &mut Chance) -> Self {
        let groups = groups(IdKind::Int);
        let measures = chance.one_of(&[0, 1, 2]);
        let mut counts = Self::new(TENANTS, 2, LIMIT).with_measures(measures);
        for Made { tenant, feature, cost, time } in events(chance) {
            let Some((tenant, group)) = groups.find(Id::Int(tenant as i64)) else { continue };
            let bucket = counts.bucket(time.rem_euclid(6)).unwrap();
            counts.note(time);
            let key = GroupingKey { bucket, tenant, group };
            counts.record(key, feature.as_deref(), Cost::Float8(cost)).unwrap();
            let values = (0..measures).map(|_| Cost::Integer(time));
            counts.record_values(key, values, |value| value).unwrap();
        }
        counts.settle().unwrap();
        counts
    }

    fn look(&self) {
        let presences = Presence::of_each(self, TENANTS).unwrap();
        let activity = Activity::of(presences.into_iter());
        assert!(activity.day <= activity.week && activity.month <= TENANTS as u64);
        let _ = self.tenants(Period::Day.number());
        assert!(self.ends().is_none_or(|(first, last)| first <= last));
        let groups = groups(IdKind::Int);
        for catalogue in catalogues() {
            // Counts of other groups are told from these.
            let Ok(totals) = BucketTotals::new(self, &groups, &catalogue) else { continue };
            for bucket in 0..self.starts().len() {
                for group in totals.totals(bucket).unwrap() {
                    look_at_cost(&group.cost);
                    look_at_sum(&group.sum, group.events);
                    assert!(group.unpriced <= group.events && group.tenants <= TENANTS as u64);
                }
            }
        }
    }
}

impl Subject for Audit {
    fn sample(chance: &mut Chance) -> Self {
        let empty = |kind| Self::new(kind, LIMIT);
        filled(chance, empty, |audit, _, id, made| {
            audit.record(id, made.feature.as_deref(), Cost::Float8(made.cost), made.time > 0)
        })
    }

    fn look(&self) {
        let events: Vec<u64> = self.tenants().map(|(_, events)| events).collect();
        for (tenant, feature, faults) in self.faults() {
            assert!(feature.is_none_or(|name| self.features().any(|(known, _)| known == name)));
            assert!(!faults.are_none() && faults.unpriced.max(faults.future) <= events[tenant]);
        }
        let named: u64 = self.features().map(|(_, events)| events).sum();
        assert!(named <= self.nobody() + events.iter().sum::<u64>());
    }
}

/// What `series_state` is told, by whoever calls it.
pub(crate) fn frame(chance: &mut Chance) -> Frame {
    let groups = groups(kind(chance));
    let last_day = chance.one_in(2).then_some(7);
    Frame { groups, unit: Unit::Week, zone: b"UTC".to_vec(), last_day }
}

pub(crate) fn look_at_frame(frame: &Frame) {
    let groups = &frame.groups;
    let mut counts = SeriesCounts::new(groups.len(), groups.above().len(), LIMIT);
    for (number, id) in (0..).zip(groups.ids()) {
        let (tenant, group) = groups.find(id).unwrap();
        assert_eq!((tenant, group), (number, groups.group(number as usize)));
        let Ok(bucket) = counts.bucket(0) else { return };
        counts.record(GroupingKey { bucket, tenant, group }, None, Cost::Unpriced).unwrap();
    }
    let totals = BucketTotals::new(&counts, groups, &Catalogue::Size(9)).unwrap();
    for bucket in 0..counts.starts().len() {
        totals.totals(bucket).unwrap();
    }
}
