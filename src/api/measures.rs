//! Sums of measures: scalars, and all of them for each tenant.

use tenant_metrics_core::subtree::Scope;

use super::{Reader, levels, window};
use crate::engine::dashboard::{AskedTenants, Dashboard};
use crate::engine::measures::SumOf;
use crate::engine::question::Needs;
use crate::engine::scalar;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::{Datum, numeric, portal, text};

sql_function!(tenant_measure, |call| scalar_of(call, Scope::Own));
sql_function!(tenant_subtree_measure, |call| scalar_of(call, Scope::Subtree));
sql_function!(tenant_measures, measures);

/// The columns of `tenant_metrics.measure_row`.
const MEASURES: [ResultColumn; 5] = [
    ("tenant_id", ColumnType::Id),
    ("measure", ColumnType::Text),
    ("own", ColumnType::Numeric),
    ("subtree", ColumnType::Numeric),
    ("missing_events", ColumnType::Int8),
];

fn scalar_of(call: &Call, scope: Scope) -> Answer {
    let reader = Reader::new(call, 4, window(call, 2)?)?;
    let measure = reader.measure(call, 1)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    let expected = || portal::expected_calls(call.function());
    scalar::answer(&reader.account, &id, Needs::of(measure), scope, expected, |totals| {
        numeric::datum(totals.sum(measure)).map(Some)
    })
}

fn measures(call: &Call) -> Answer {
    let levels = levels(call, 4)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &MEASURES, reader.flavor)?;
    let source = &reader.account.source;
    let needs = source
        .all_measures()
        .fold(Needs::NOTHING, |needs, (_, measure)| needs.and(Needs::of(measure)));
    let asked = AskedTenants::below(root.as_ref());
    let dashboard = Dashboard::new(&reader.account, needs, Scope::Subtree, asked)?;
    for place in dashboard.listed(root.as_ref(), levels)? {
        for (name, measure) in source.all_measures() {
            rows.put(|| {
                let (own, subtree) = dashboard.measure(place, measure);
                let total = |sum: &SumOf<'_>| numeric::datum(sum.total);
                Ok([
                    Some(reader.flavor.datum(dashboard.forest().id(place))),
                    Some(text::datum(name)?),
                    Some(total(&own)?),
                    subtree.as_ref().map(total).transpose()?,
                    Some(Datum::from(own.missing)),
                ])
            })?;
        }
    }
    rows.finish()
}
