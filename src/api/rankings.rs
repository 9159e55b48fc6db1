//! Readers that compare tenants: with one another, and with themselves in the period before.

use tenant_metrics_core::money::Money;

use super::{Reader, chosen, count, levels, window};
use crate::engine::question::Window;
use crate::engine::ranking::{self, By};
use crate::engine::tenant_changes::{self, TenantChange};
use crate::error::Error;
use crate::pg::arrays::text_array_datum;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::Flavor;
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::{Datum, numeric, time};

sql_function!(tenant_top, top);
sql_function!(tenant_compare, compare);

/// The columns of `tenant_metrics.top_row`.
const TOP: [ResultColumn; 6] = [
    ("rank", ColumnType::Int8),
    ("tenant_id", ColumnType::Id),
    ("value", ColumnType::Numeric),
    ("share", ColumnType::Float8),
    ("prior_value", ColumnType::Numeric),
    ("change", ColumnType::Numeric),
];

/// The columns of `tenant_metrics.compare_row`.
const COMPARE: [ResultColumn; 18] = [
    ("tenant_id", ColumnType::Id),
    ("cost", ColumnType::Numeric),
    ("prior_cost", ColumnType::Numeric),
    ("cost_change", ColumnType::Numeric),
    ("subtree_cost", ColumnType::Numeric),
    ("prior_subtree_cost", ColumnType::Numeric),
    ("subtree_cost_change", ColumnType::Numeric),
    ("events", ColumnType::Int8),
    ("prior_events", ColumnType::Int8),
    ("events_change", ColumnType::Int8),
    ("features_gained", ColumnType::TextArray),
    ("features_lost", ColumnType::TextArray),
    ("value", ColumnType::Numeric),
    ("prior_value", ColumnType::Numeric),
    ("value_change", ColumnType::Numeric),
    ("subtree_value", ColumnType::Numeric),
    ("prior_subtree_value", ColumnType::Numeric),
    ("subtree_value_change", ColumnType::Numeric),
];

/// What `by` can be.
const BY: [(&str, By); 13] = [
    ("cost", By::Cost),
    ("subtree_cost", By::SubtreeCost),
    ("growth", By::Growth),
    ("unpriced_events", By::UnpricedEvents),
    ("events", By::Events),
    ("subtree_events", By::SubtreeEvents),
    ("features_used", By::FeaturesUsed),
    ("subtree_features_used", By::SubtreeFeaturesUsed),
    ("adoption_rate", By::AdoptionRate),
    ("subtree_adoption_rate", By::SubtreeAdoptionRate),
    ("depth", By::Depth),
    ("height", By::Height),
    ("descendants", By::Descendants),
];

fn top(call: &Call) -> Answer {
    let n = count(call, 0, "n")?;
    let by = call.text(1)?.map(|by| chosen("by", by, &BY)).transpose()?;
    let at_depth = count(call, 3, "at_depth")?;
    let window = match by {
        Some(By::Growth) => bounded(call, 4)?,
        _ => window(call, 4)?,
    };
    let reader = Reader::with_id(call, 2, 6, window)?;
    let measure = reader.measure_shown(call, 7)?;
    let by = by.unwrap_or_else(|| By::suiting(&reader.account.source, measure));
    reader.demand(by.needs(measure))?;
    let root = reader.id(call, 2)?;
    let mut rows = Rows::new(call, &TOP, reader.flavor)?;
    let ranking = ranking::top(&reader.account, n, (by, measure), root.as_ref(), at_depth)?;
    for (rank, row) in (1_u64..).zip(&ranking.candidates) {
        let share = ranking.whole.as_ref().zip(row.value.as_ref());
        let value = |value: &Option<Money>| value.as_ref().map(numeric::datum).transpose();
        rows.put(|| {
            Ok([
                Some(Datum::from(rank)),
                Some(reader.flavor.datum(ranking.forest.id(row.place))),
                value(&row.value)?,
                share.map_or(Ok(None), |(whole, value)| numeric::share(value, whole))?,
                value(&row.before)?,
                value(&row.change)?,
            ])
        })?;
    }
    rows.finish()
}

fn compare(call: &Call) -> Answer {
    let levels = levels(call, 4)?;
    let reader = Reader::new(call, 3, bounded(call, 1)?)?;
    let measure = reader.measure_shown(call, 5)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &COMPARE, reader.flavor)?;
    for row in tenant_changes::read(&reader.account, root.as_ref(), levels, measure)?.rows() {
        rows.put(|| compare_row(&row, reader.flavor))?;
    }
    rows.finish()
}

fn compare_row(row: &TenantChange<'_>, flavor: Flavor) -> Result<[Option<Datum>; 18], Error> {
    let [cost, prior_cost, cost_change] = three(row.cost())?;
    let [subtree, prior_subtree, subtree_change] = three(row.subtree_cost())?;
    let [value, prior_value, value_change] = three(row.value())?;
    let [subtree_value, prior_subtree_value, subtree_value_change] = three(row.subtree_value())?;
    let (events, prior_events) = row.events();
    Ok([
        Some(flavor.datum(row.id())),
        cost,
        prior_cost,
        cost_change,
        subtree,
        prior_subtree,
        subtree_change,
        Some(Datum::from(events)),
        Some(Datum::from(prior_events)),
        Some(Datum::from(events.cast_signed() - prior_events.cast_signed())),
        row.gained().map(text_array_datum).transpose()?,
        row.lost().map(text_array_datum).transpose()?,
        value,
        prior_value,
        value_change,
        subtree_value,
        prior_subtree_value,
        subtree_value_change,
    ])
}

/// The value in the period, in the one before, and their difference.
fn three(values: Option<(&Money, &Money)>) -> Result<[Option<Datum>; 3], Error> {
    let Some((now, before)) = values else { return Ok([None; 3]) };
    Ok([
        Some(numeric::datum(now)?),
        Some(numeric::datum(before)?),
        Some(numeric::datum(&now.minus(before))?),
    ])
}

/// A window that must have two finite bounds, `since` being the first argument.
fn bounded(call: &Call, since: usize) -> Result<Window, Error> {
    for (index, argument) in [(since, "since"), (since + 1, "until")] {
        let bound = call.int8(index).ok_or(Error::MissingBound { argument })?;
        if !time::is_finite(bound) {
            return Err(Error::InfiniteArgument { argument });
        }
    }
    window(call, since)
}
