//! The totals of all tenants of a forest.

use std::rc::Rc;

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::measures::MeasureTotals;
use tenant_metrics_core::subtree::{ForestTotals, Scope};

use super::measures::MeasuresReading;
use super::question::{Needs, Question};
use super::totals::TotalsReading;
use super::{catalogue, route};
use crate::error::Error;

/// The totals of all tenants.
pub(crate) struct Pass {
    pub(crate) forest: Rc<Forest>,
    pub(crate) totals: ForestTotals,
    pub(crate) catalogue: Catalogue,
    /// The sums of the measures that are needed.
    pub(crate) measures: MeasureTotals,
    /// What the totals were made for.
    pub(crate) needs: Needs,
}

impl Pass {
    /// What answers the question, and `extra` where that takes no more than reading columns.
    pub(crate) fn read(
        question: &Question<'_>,
        forest: Rc<Forest>,
        extra: Needs,
        scope: Scope,
    ) -> Result<Self, Error> {
        let catalogue = catalogue::of(question.source, question.needs.and(extra))?;
        let totals = TotalsReading { forest: &forest, catalogue: &catalogue, scope, extra };
        let measures = question.needs.and(extra).measures.len();
        let (totals, measures, needs) = if measures > 0 {
            route::read(question, MeasuresReading { totals, measures })?
        } else {
            let (totals, needs) = route::read(question, totals)?;
            (totals, MeasureTotals::default(), needs)
        };
        Ok(Self { forest, totals, catalogue, measures, needs })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.totals.bytes() + self.measures.bytes()
    }
}
