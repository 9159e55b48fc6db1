//! Tenants in order of a value.

use std::cmp::Ordering;

use crate::forest::{Forest, Place};
use crate::money::Money;

/// A tenant and its values; one that is missing ranks last.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The tenant.
    pub place: Place,
    /// The value in the period.
    pub value: Option<Money>,
    /// The value in the period before.
    pub before: Option<Money>,
    /// The difference of the two.
    pub change: Option<Money>,
}

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankBy {
    /// The value.
    Value,
    /// The change.
    Change,
}

impl Candidate {
    /// A tenant with its value in the period, and in the one before if there is one.
    #[must_use]
    pub fn new(place: Place, value: Option<Money>, before: Option<Money>) -> Self {
        let change = match (&value, &before) {
            (Some(value), Some(before)) => Some(value.minus(before)),
            _ => None,
        };
        Self { place, value, before, change }
    }

    fn key(&self, key: RankBy) -> Option<&Money> {
        match key {
            RankBy::Value => self.value.as_ref(),
            RankBy::Change => self.change.as_ref(),
        }
    }
}

/// Brings the first `n` candidates, all where it is missing, to the front and cuts the rest off:
/// the greatest first, equal ones by id.
pub fn rank(candidates: &mut Vec<Candidate>, n: Option<usize>, key: RankBy, forest: &Forest) {
    let order = |left: &Candidate, right: &Candidate| {
        let by_value = match (left.key(key), right.key(key)) {
            (Some(left), Some(right)) => right.compare(left),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (None, None) => Ordering::Equal,
        };
        by_value.then_with(|| forest.id(left.place).cmp(&forest.id(right.place)))
    };
    if let Some(n) = n.filter(|&n| n < candidates.len()) {
        candidates.select_nth_unstable_by(n, order);
        candidates.truncate(n);
    }
    candidates.sort_unstable_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::Links;
    use crate::ids::{Id, IdKind};

    #[test]
    fn equal_values_rank_by_id_and_missing_ones_last() {
        let mut links = Links::new(IdKind::Int);
        for id in [30, 4, 10, 7, 1] {
            links.add(Id::Int(id), None).unwrap();
        }
        let forest = Forest::new(links, &|| ()).unwrap();
        let values = [(1, None), (4, Some(5)), (7, Some(-5)), (10, Some(5)), (30, Some(50))];
        let money = |value: i64| {
            let mut money = Money::default();
            money.add_integer(value);
            money
        };
        let candidates: Vec<Candidate> = values
            .into_iter()
            .map(|(id, value)| {
                let place = forest.find(Id::Int(id)).unwrap();
                Candidate::new(place, value.map(money), Some(money(0)))
            })
            .collect();
        for key in [RankBy::Value, RankBy::Change] {
            for n in [None, Some(0), Some(1), Some(3), Some(5), Some(9)] {
                let mut ranked = candidates.clone();
                rank(&mut ranked, n, key, &forest);
                let ids: Vec<_> = ranked.iter().map(|one| forest.id(one.place)).collect();
                let expected = [30, 4, 10, 7, 1].map(Id::Int);
                assert_eq!(ids, expected[..n.unwrap_or(5).min(5)]);
            }
        }
    }
}
