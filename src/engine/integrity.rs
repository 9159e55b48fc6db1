//! What is wrong with a source's data.

mod columns;
mod findings;
mod kinds;
mod similar;
mod tree;
mod usage;

use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::forest::Forest;

use super::audit::AuditReading;
use super::question::{Needs, Question, Window};
use super::{catalogue, links, route};
use crate::error::Error;
use crate::pg::time;
use crate::source::Source;
use crate::source::dimension::Dimension;
use findings::{Finding, Findings};
pub(crate) use kinds::{Kind, Kinds};
pub(super) use usage::{is_used, sorted_features};

/// Everything of these kinds that is wrong: by kind, and within each in the order of the ids and
/// the features.
pub(crate) fn check(source: &Source, kinds: Kinds) -> Result<Vec<Finding>, Error> {
    let kinds = kinds.of(source);
    let mut findings = Findings::new(kinds);
    let forest = if kinds.need_forest() { Some(links::load(source)?) } else { None };
    if let Some(forest) = &forest {
        tree::check(forest, &mut findings)?;
    }
    let (measures, dimensions) = columns::usable(source, &mut findings)?;
    if let Some(forest) = forest.as_ref().filter(|_| kinds.contain(Kind::MissingMeasure)) {
        columns::check_measures(source, forest, measures, &mut findings)?;
    }
    if kinds.contain(Kind::SimilarValue) {
        check_values(source, &dimensions, &mut findings)?;
    }
    if let Some(needs) = kinds.needs(source) {
        let audit = audit(source, needs, None, forest.as_ref().map_or(0, Forest::len))?;
        if let Some(forest) = &forest {
            usage::check_attribution(forest, &audit, &mut findings)?;
            usage::check_faults(forest, &audit, &mut findings)?;
        }
        if kinds.contain(Kind::SimilarFeature) {
            let mut found = Vec::new();
            similar::among(audit.features(), "", &mut found)?;
            findings.add_all(Kind::SimilarFeature, found)?;
        }
        if kinds.need_catalogue() {
            usage::check_catalogue(&audit, catalogue::of(source, needs)?, &mut findings)?;
        }
    }
    findings.into_sorted()
}

/// Values of dimensions that are similar to others. Each dimension takes a pass.
fn check_values(
    source: &Source,
    dimensions: &[Dimension],
    findings: &mut Findings,
) -> Result<(), Error> {
    let mut found = Vec::new();
    for dimension in dimensions.iter().filter(|dimension| dimension.has_spellings()) {
        let audit = audit(source, Needs::FEATURES, Some(dimension), 0)?;
        let column = format!("{}: ", dimension.column.quoted);
        similar::among(audit.features(), &column, &mut found)?;
    }
    findings.add_all(Kind::SimilarValue, found)
}

/// The events of all times, counted; by the values of `dimension` in place of features, if one is
/// given.
pub(super) fn audit(
    source: &Source,
    needs: Needs,
    dimension: Option<&Dimension>,
    tenants: usize,
) -> Result<Audit, Error> {
    let once = Question::once(source, Window::ALWAYS, needs, None);
    let question = Question { dimension, with_nobody: true, ..once };
    // Later than now, so the future begins a microsecond after it.
    let future = needs.time.then(|| time::now().saturating_add(1));
    route::read(&question, AuditReading { future, tenants })
}
