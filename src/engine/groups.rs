//! Usage as groups of events, as SQL makes them.

use tenant_metrics_core::feature_usage::FeatureCell;
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::measures::MeasureSum;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::usage::{Cost, NEVER, TenantCell};

use super::question::{Needs, Question};
use super::statement::groups::{Cut, groups};
use crate::error::Error;
use crate::pg::query::Row;
use crate::pg::time;

/// The column with the number of values of the first measure, beside which its sum is.
const FIRST_MEASURE: usize = 11;

/// The groups that answer a question.
pub(crate) struct UsageGroups<'a> {
    question: Question<'a>,
    cut: Cut,
}

/// The events of one tenant with one feature, in one part of what the [`Cut`] tells apart.
pub(crate) struct UsageGroup<'a> {
    /// Missing for events of nobody.
    pub(crate) id: Option<Id<'a>>,
    /// Missing for events without a feature, and where features were not asked for.
    pub(crate) feature: Option<&'a [u8]>,
    /// The start of the bucket.
    pub(crate) bucket: Option<i64>,
    /// Whether the events are before the split; missing if they have no time.
    pub(crate) is_before: Option<bool>,
    pub(crate) events: u64,
    pub(crate) unpriced: u64,
    /// The sum of the priced costs.
    pub(crate) cost: Cost<'a>,
    /// First, if it was asked for, and last of all times, or [`NEVER`].
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// The first finite time, if starts were asked for.
    pub(crate) first_finite: Option<i64>,
    /// The first finite time of all the tenant's events since the split.
    pub(crate) start: Option<i64>,
    /// Where the sums of the measures are, if there are any.
    row: &'a Row,
    has_measures: bool,
}

impl<'a> UsageGroups<'a> {
    /// The groups of the question's events by tenant, feature and `cut`.
    pub(super) fn new(question: Question<'a>, cut: Cut) -> Self {
        Self { question, cut }
    }

    /// What the groups have of usage.
    pub(crate) fn needs(&self) -> Needs {
        self.question.needs
    }

    /// The kind of the tenants' ids.
    pub(crate) fn id_kind(&self) -> IdKind {
        self.question.source.id_type.kind()
    }

    /// Calls `on_group` for each, in the order of the feature's bytes, those without a feature
    /// last; in the order of the bucket where the cut says so.
    pub(crate) fn each(
        &self,
        mut on_group: impl FnMut(&UsageGroup<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let statement = groups(&self.question, &self.cut)?;
        statement.run(&self.question, true, |row| on_group(&self.decode(row)))
    }

    /// Like [`Self::each`], but for the groups of nobody.
    pub(crate) fn each_of_tenants(
        &self,
        mut on_group: impl FnMut(Id<'_>, &UsageGroup<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(|group| group.id.map_or(Ok(()), |id| on_group(id, group)))
    }

    /// The columns of `sql/query/groups.sql`.
    fn decode<'r>(&self, row: &'r Row) -> UsageGroup<'r> {
        let time_in = |column| row.get(column).map(|_| time::to_core(row.int8(column)));
        let events = row.int8(4).cast_unsigned();
        UsageGroup {
            id: row.id(0, self.question.source.usage_tenant_type),
            feature: row.bytes(1),
            bucket: row.get(2).map(|_| row.int8(2)),
            is_before: row.get(3).map(|_| row.bool(3)),
            events,
            unpriced: events - row.int8(5).cast_unsigned(),
            cost: row.numeric(6).unwrap_or(Cost::Unpriced),
            first: time_in(7).unwrap_or(NEVER),
            last: time_in(8).unwrap_or(NEVER),
            first_finite: time_in(9),
            start: time_in(10),
            row,
            has_measures: !self.question.needs.measures.is_empty(),
        }
    }
}

impl UsageGroup<'_> {
    /// The sums of the question's measures, in order.
    pub(crate) fn measures(&self, sums: &mut [MeasureSum]) {
        for (column, sum) in (FIRST_MEASURE..).step_by(2).zip(sums) {
            *sum = MeasureSum::default();
            sum.missing = self.events - self.row.int8(column).cast_unsigned();
            if let Some(total) = self.row.numeric(column + 1) {
                total.add_to(&mut sum.total);
            }
        }
    }

    /// The sum of the question's measure, if it has one.
    pub(crate) fn measure(&self) -> Option<MeasureSum> {
        if !self.has_measures {
            return None;
        }
        let mut sums = [MeasureSum::default()];
        self.measures(&mut sums);
        let [sum] = sums;
        Some(sum)
    }

    /// The group as a part of its tenant's totals.
    pub(crate) fn cell(&self) -> TenantCell {
        let mut cell = TenantCell::default();
        cell.events = self.events;
        cell.unpriced = self.unpriced;
        cell.last = self.last;
        self.cost.add_to(&mut cell.cost);
        cell
    }

    /// The group as a part of the totals of its tenant and feature, if first times were asked for.
    pub(crate) fn feature_cell(&self) -> FeatureCell {
        let mut cost = Money::default();
        self.cost.add_to(&mut cost);
        FeatureCell::of(self.events, cost, (self.first, self.last))
    }
}
