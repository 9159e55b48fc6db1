//! A window and the period before it, and usage in both, from one scan.

use tenant_metrics_core::feature_usage::{Counter, FeatureCell, FeatureUsage};
use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::usage::{Cost, NEVER};

use super::members::Members;
use super::{Engine, Question, Window, aggregate, pick, statement};
use crate::error::Error;
use crate::pg::query::Row;
use crate::pg::{interrupt, time};

/// A window and, where it has two finite bounds, the period of the same length before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Periods {
    /// Both together.
    pub(crate) whole: Window,
    /// Where the one begins and the other ends; nothing if there is no period before.
    pub(crate) split: Option<i64>,
}

impl Periods {
    /// The window alone.
    pub(crate) fn only(window: Window) -> Self {
        Self { whole: window, split: None }
    }

    /// The window and the period before it, if there is one.
    pub(crate) fn around(window: Window) -> Self {
        let finite = |bound: Option<i64>| bound.filter(|&bound| time::is_finite(bound));
        match (finite(window.since), finite(window.until)) {
            (Some(since), Some(until)) => {
                let before = time::bound(since.saturating_sub(until.saturating_sub(since)));
                Self {
                    whole: Window { since: Some(before), until: Some(until) },
                    split: Some(since),
                }
            }
            _ => Self::only(window),
        }
    }
}

/// The events of one tenant with one feature in one period.
pub(crate) struct Group<'a> {
    pub(crate) place: Place,
    /// Missing for events without a feature.
    pub(crate) feature: Option<&'a [u8]>,
    pub(crate) cell: &'a FeatureCell,
}

/// A group as a statement gives it.
pub(super) struct GroupRow<'a> {
    pub(super) id: Id<'a>,
    /// Missing for events without a feature.
    pub(super) feature: Option<&'a [u8]>,
    pub(super) is_before: bool,
    pub(super) cell: FeatureCell,
    pub(super) unpriced: u64,
    /// The first finite time of all the tenant's events in the window.
    pub(super) start: Option<i64>,
}

/// Calls `on_group` for all groups of the members' events, feature by feature in the order of the
/// names' bytes, events without a feature last.
pub(crate) fn each_group(
    question: &Question<'_>,
    (forest, members): (&Forest, &Members),
    mut on_group: impl FnMut(&Group<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if pick(question.source) == Engine::Aggregate {
        let alone = super::has_few_events(question, forest)?;
        let question = &Question { alone, ..*question };
        let empty = || FeatureUsage::new(question.source.id_type.kind(), usize::MAX);
        let statement = statement::feature_state(question)?;
        if let Some(usage) = aggregate::state(question, &statement, empty)? {
            return each_cell(&usage, (forest, members), |place, feature, _, cell| {
                on_group(&Group { place, feature, cell })
            });
        }
    }
    each_row(question, None, false, |row| {
        let place = forest.find(row.id).filter(|&place| members.contain(place));
        let Some(place) = place else { return Ok(()) };
        on_group(&Group { place, feature: row.feature, cell: &row.cell })
    })
}

/// The members' cells of an accumulator, in the order of [`each_group`]; with their tenants' slots.
pub(super) fn each_cell<C: Counter>(
    usage: &FeatureUsage<C>,
    (forest, members): (&Forest, &Members),
    mut on_cell: impl FnMut(Place, Option<&[u8]>, u32, &C) -> Result<(), Error>,
) -> Result<(), Error> {
    let places = forest.places(usage.tenants())?;
    for (i, column) in usage.columns()?.iter().enumerate() {
        for (j, &(slot, cell)) in column.cells.iter().enumerate() {
            if (i + j).is_multiple_of(1024) {
                interrupt();
            }
            if let Some(place) = places[slot as usize].filter(|&place| members.contain(place)) {
                on_cell(place, column.name, slot, cell)?;
            }
        }
    }
    Ok(())
}

/// The groups that a statement makes, in the order of [`each_group`].
pub(super) fn each_row(
    question: &Question<'_>,
    split: Option<i64>,
    starts: bool,
    mut on_row: impl FnMut(&GroupRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    question.read(&statement::period_groups(question, split, starts)?, |row| {
        match row.id(0, question.source.usage_tenant_type) {
            Some(id) => on_row(&group_row(id, row)),
            None => Ok(()),
        }
    })
}

/// Columns 1 to 9: feature, whether it is the period before, events, priced events, their cost,
/// first and last time, first finite time, the tenant's.
fn group_row<'a>(id: Id<'a>, row: &'a Row) -> GroupRow<'a> {
    let events = row.int8(3).cast_unsigned();
    let mut cost = Money::default();
    if let Some(Cost::Numeric { negative, weight, decimals, words }) = row.numeric(5) {
        cost.add_numeric(negative, weight, decimals, words);
    }
    let time_in = |column| row.get(column).map(|_| time::to_core(row.int8(column)));
    let times = (time_in(6).unwrap_or(NEVER), time_in(7).unwrap_or(NEVER));
    GroupRow {
        id,
        feature: row.bytes(1),
        is_before: row.bool(2),
        cell: FeatureCell::of(events, cost, times, time_in(8)),
        unpriced: events - row.int8(4).cast_unsigned(),
        start: time_in(9),
    }
}
