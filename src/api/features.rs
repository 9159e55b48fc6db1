//! Readers that say what usage says of features.

use tenant_metrics_core::by_feature::{Adopted, FeatureTotals};
use tenant_metrics_core::features::Catalogue;

use super::{Reader, counted, levels, scope, window};
use crate::engine::features::{self, FeatureList};
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::{Datum, numeric, time, varlena};
use crate::source::measure::Measure;

sql_function!(tenant_feature_breakdown, breakdown);
sql_function!(tenant_feature_matrix, matrix);
sql_function!(tenant_feature_adoption, adoption);

/// The columns of `tenant_metrics.feature_breakdown_row`.
const BREAKDOWN: [ResultColumn; 12] = [
    ("feature", ColumnType::Text),
    ("in_catalogue", ColumnType::Bool),
    ("events", ColumnType::Int8),
    ("cost", ColumnType::Numeric),
    ("cost_share", ColumnType::Float8),
    ("tenants_using", ColumnType::Int8),
    ("tenants_in_scope", ColumnType::Int8),
    ("breadth", ColumnType::Float8),
    ("first_used", ColumnType::Timestamptz),
    ("last_used", ColumnType::Timestamptz),
    ("value", ColumnType::Numeric),
    ("value_share", ColumnType::Float8),
];

/// The columns of `tenant_metrics.feature_matrix_row`.
const MATRIX: [ResultColumn; 5] = [
    ("tenant_id", ColumnType::Id),
    ("feature", ColumnType::Text),
    ("events", ColumnType::Int8),
    ("cost", ColumnType::Numeric),
    ("value", ColumnType::Numeric),
];

/// The columns of `tenant_metrics.feature_adoption_row`.
const ADOPTION: [ResultColumn; 7] = [
    ("feature", ColumnType::Text),
    ("adopters", ColumnType::Int8),
    ("eligible", ColumnType::Int8),
    ("adoption_rate", ColumnType::Float8),
    ("new_adopters", ColumnType::Int8),
    ("lapsed_adopters", ColumnType::Int8),
    ("median_time_to_adopt", ColumnType::Interval),
];

fn breakdown(call: &Call) -> Answer {
    let scope = scope(call, 4)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let dimension = reader.dimension(call, 5)?;
    let measure = reader.measure_shown(call, 6)?;
    let id = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &BREAKDOWN, reader.flavor)?;
    let (account, dimension) = (&reader.account, dimension.as_ref());
    let list = features::breakdown(account, id.as_ref(), scope, dimension, measure)?;
    for feature in &list.features {
        rows.put(|| breakdown_row(&list, feature, measure))?;
    }
    rows.finish()
}

fn breakdown_row(
    list: &FeatureList<FeatureTotals>,
    feature: &FeatureTotals,
    measure: Measure,
) -> Result<[Option<Datum>; 12], Error> {
    let FeatureTotals { name, cell, tenants, sum } = feature;
    let in_catalogue = match &list.catalogue {
        Catalogue::Size(_) => None,
        catalogue => Some(name.as_ref().is_some_and(|name| catalogue.counts(name))),
    };
    let cost = match list.needs.cost {
        true => (Some(numeric::datum(&cell.cost)?), numeric::share(&cell.cost, &list.whole.cost)?),
        false => (None, None),
    };
    let value = match measure {
        Measure::Cost => cost,
        Measure::Further(_) => {
            (Some(numeric::datum(&sum.total)?), numeric::share(&sum.total, &list.whole.sum)?)
        }
    };
    Ok([
        name.as_deref().map(varlena::datum),
        in_catalogue.map(Datum::from),
        Some(Datum::from(cell.events)),
        cost.0,
        cost.1,
        Some(Datum::from(*tenants)),
        Some(Datum::from(list.tenants)),
        rate(*tenants, list.tenants),
        time::from_core(cell.first()).map(Datum::from),
        time::from_core(cell.last()).map(Datum::from),
        value.0,
        value.1,
    ])
}

fn matrix(call: &Call) -> Answer {
    let levels = levels(call, 4)?;
    let scope = scope(call, 5)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let dimension = reader.dimension(call, 6)?;
    let measure = reader.measure_shown(call, 7)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &MATRIX, reader.flavor)?;
    let (account, dimension) = (&reader.account, dimension.as_ref());
    let found = features::matrix(account, root.as_ref(), levels, scope, dimension, measure)?;
    for row in &found.matrix.rows {
        rows.put(|| {
            let cost = found.needs.cost.then(|| numeric::datum(&row.sums.cost)).transpose()?;
            Ok([
                Some(reader.flavor.datum(found.forest.id(found.tenants[row.tenant as usize]))),
                found.matrix.names[row.feature as usize].as_deref().map(varlena::datum),
                Some(Datum::from(row.sums.events)),
                cost,
                match measure {
                    Measure::Cost => cost,
                    Measure::Further(_) => Some(numeric::datum(&row.sums.value)?),
                },
            ])
        })?;
    }
    rows.finish()
}

fn adoption(call: &Call) -> Answer {
    let counted = counted(call, 5)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let dimension = reader.dimension(call, 4)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &ADOPTION, reader.flavor)?;
    let (list, has_before) =
        features::adoption(&reader.account, root.as_ref(), counted, dimension.as_ref())?;
    let against_before = |count: u64| has_before.then(|| Datum::from(count));
    for Adopted { name, adopters, new, lapsed, median_delay } in &list.features {
        rows.put(|| {
            Ok([
                Some(varlena::datum(name)),
                Some(Datum::from(*adopters)),
                Some(Datum::from(list.tenants)),
                rate(*adopters, list.tenants),
                against_before(*new),
                against_before(*lapsed),
                median_delay.map(time::interval),
            ])
        })?;
    }
    rows.finish()
}

/// `part / whole`, `None` where that is 0.
fn rate(part: u64, whole: u64) -> Option<Datum> {
    (whole > 0).then(|| Datum::from((part as f64 / whole as f64).to_bits()))
}
