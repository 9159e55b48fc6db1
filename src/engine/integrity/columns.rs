//! What is wrong with measures and dimensions.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::findings::Findings;
use super::kinds::Kind;
use crate::engine::measures::MeasuresReading;
use crate::engine::question::{MeasureSet, Needs, Question, Window};
use crate::engine::route;
use crate::engine::totals::TotalsReading;
use crate::error::Error;
use crate::pg::interrupt;
use crate::source::Source;
use crate::source::dimension::Dimension;

/// The measures and dimensions whose columns are as they were set up; the others are findings.
pub(super) fn usable(
    source: &Source,
    findings: &mut Findings,
) -> Result<(MeasureSet, Vec<Dimension>), Error> {
    let mut unusable = Vec::new();
    let mut measures = MeasureSet::NONE;
    for place in 0..source.measures.len() {
        if if_usable("measures", source.measure_column(place), &mut unusable)?.is_some() {
            measures = measures.and(MeasureSet::of(place));
        }
    }
    let mut dimensions = Vec::new();
    for dimension in source.checked_dimensions() {
        if let Some(dimension) = if_usable("dimensions", dimension, &mut unusable)? {
            memory::push(&mut dimensions, dimension)?;
        }
    }
    findings.add_all(Kind::UnusableColumn, unusable)?;
    Ok((measures, dimensions))
}

fn if_usable<T>(
    argument: &str,
    column: Result<T, Error>,
    unusable: &mut Vec<(String, u64)>,
) -> Result<Option<T>, Error> {
    match column {
        Ok(column) => Ok(Some(column)),
        Err(error @ (Error::ColumnMissing { .. } | Error::ColumnType { .. })) => {
            memory::push(unusable, (format!("{argument}: {error}"), 0))?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Events of tenants without a value of these measures, by tenant and then by measure. Of the cost
/// they are the unpriced ones, whether or not it is listed.
pub(super) fn check_measures(
    source: &Source,
    forest: &Forest,
    measures: MeasureSet,
    findings: &mut Findings,
) -> Result<(), Error> {
    let cost = source.usage_cost.as_ref().map(|cost| cost.name.as_str());
    let name = |place: usize| source.measures.get(place).map_or("", String::as_str);
    let measures = measures.only(|place| cost != Some(name(place)));
    if measures.is_empty() {
        return Ok(());
    }
    let question =
        Question::once(source, Window::ALWAYS, Needs { measures, ..Needs::NOTHING }, None);
    let totals = TotalsReading {
        forest,
        catalogue: &Catalogue::Size(0),
        scope: Scope::Own,
        extra: Needs::NOTHING,
    };
    let reading = MeasuresReading { totals, measures: measures.len() };
    let (_, totals, _) = route::read(&question, reading)?;
    let mut missing = Vec::new();
    for (i, place) in forest.all_places().enumerate() {
        if i.is_multiple_of(1024) {
            interrupt();
        }
        for (measure, sum) in measures.places().zip(totals.own(forest, place)) {
            if sum.missing > 0 {
                memory::push(&mut missing, (forest.id(place), name(measure), sum.missing))?;
            }
        }
    }
    missing.sort_unstable();
    for (id, measure, events) in missing {
        findings.add(Kind::MissingMeasure, Some(id), Some(measure), events)?;
    }
    Ok(())
}
