//! Set-returning readers over usage, each one pass.

use tenant_metrics_core::forest::TreeStatus;
use tenant_metrics_core::memory;
use tenant_metrics_core::money::Money;
use tenant_metrics_core::subtree::Scope;

use super::{Reader, levels, window};
use crate::engine::dashboard::{AskedTenants, Dashboard, DashboardRow, Facts};
use crate::engine::question::Needs;
use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::{Flavor, OwnedId};
use crate::pg::lookup;
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::{Datum, numeric, varlena};
use crate::source::extent;

sql_function!(tenant_dashboard, dashboard);
sql_function!(tenant_dashboard_for, dashboard_for);
sql_function!(tenant_adoption_rates, adoption_rates);
sql_function!(tenant_subtree_costs, subtree_costs);

/// What a look-up in the dashboard has to know of it.
pub(crate) const DASHBOARD_LOOKUP: lookup::DashboardReader = lookup::DashboardReader {
    symbol: tenant_dashboard,
    rows: dashboard_among,
    share: extent::share_of_one,
};

/// The columns of `tenant_metrics.dashboard_row`.
const DASHBOARD: [ResultColumn; 17] = [
    ("tenant_id", ColumnType::Id),
    ("parent_id", ColumnType::Id),
    ("depth", ColumnType::Int4),
    ("height", ColumnType::Int4),
    ("tree_status", ColumnType::Text),
    ("descendants", ColumnType::Int8),
    ("events", ColumnType::Int8),
    ("subtree_events", ColumnType::Int8),
    ("features_used", ColumnType::Int4),
    ("subtree_features_used", ColumnType::Int4),
    ("adoption_rate", ColumnType::Float8),
    ("subtree_adoption_rate", ColumnType::Float8),
    ("cost", ColumnType::Numeric),
    ("subtree_cost", ColumnType::Numeric),
    ("unpriced_events", ColumnType::Int8),
    ("last_used", ColumnType::Timestamptz),
    ("subtree_last_used", ColumnType::Timestamptz),
];

/// The columns of `tenant_metrics.adoption_rate_row`.
const ADOPTION_RATE: [ResultColumn; 2] =
    [("tenant_id", ColumnType::Id), ("adoption_rate", ColumnType::Float8)];

/// The columns of `tenant_metrics.subtree_cost_row`.
const SUBTREE_COST: [ResultColumn; 2] =
    [("tenant_id", ColumnType::Id), ("subtree_cost", ColumnType::Numeric)];

fn dashboard(call: &Call) -> Answer {
    let levels = levels(call, 4)?;
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, &DASHBOARD, reader.flavor)?;
    let asked = AskedTenants::below(root.as_ref());
    let dashboard = Dashboard::new(&reader.account, Needs::ALL, Scope::Subtree, asked)?;
    for place in dashboard.listed(root.as_ref(), levels)? {
        rows.put(|| dashboard_row(&dashboard.row(place), reader.flavor))?;
    }
    rows.finish()
}

fn dashboard_for(call: &Call) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let mut rows = Rows::new(call, &DASHBOARD, reader.flavor)?;
    let Some(ids) = reader.ids(call, 0)? else { return rows.finish() };
    put_each(&mut rows, &reader, &ids)?;
    rows.finish()
}

/// The rows of `tenant_dashboard` whose `tenant_id` is one of the ids, in the order of the ids.
fn dashboard_among(call: &Call) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    let mut rows = Rows::new(call, &DASHBOARD, reader.flavor)?;
    let Some(given) = call.argument(0) else { return rows.finish() };
    let mut ids: Vec<OwnedId> = Vec::new();
    reader.flavor.each_shown(given, reader.account.source.id_type, |id| {
        Ok(memory::push(&mut ids, OwnedId::new(id)?)?)
    })?;
    ids.sort_unstable_by(|a, b| a.borrow().cmp(&b.borrow()));
    ids.dedup();
    put_each(&mut rows, &reader, &ids)?;
    rows.finish()
}

/// Gives the dashboard's row of each of these tenants that exists, in their order.
fn put_each(rows: &mut Rows<17>, reader: &Reader, ids: &[OwnedId]) -> Result<(), Error> {
    let asked = AskedTenants::Each(ids);
    let dashboard = Dashboard::new(&reader.account, Needs::ALL, Scope::Subtree, asked)?;
    for place in ids.iter().filter_map(|id| dashboard.forest().find(id.borrow())) {
        rows.put(|| dashboard_row(&dashboard.row(place), reader.flavor))?;
    }
    Ok(())
}

fn adoption_rates(call: &Call) -> Answer {
    values(call, &ADOPTION_RATE, Scope::Own, Needs::FEATURES, |row| Ok(rate(row.own.adoption_rate)))
}

fn subtree_costs(call: &Call) -> Answer {
    values(call, &SUBTREE_COST, Scope::Subtree, Needs::COST, |row| {
        row.subtree.as_ref().map_or(Ok(None), |subtree| amount(subtree.cost))
    })
}

/// Gives a row of id and value for each tenant that the dashboard lists.
fn values(
    call: &Call,
    columns: &[ResultColumn; 2],
    scope: Scope,
    needs: Needs,
    value: fn(&DashboardRow<'_>) -> Answer,
) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    reader.demand(needs)?;
    let root = reader.id(call, 0)?;
    let mut rows = Rows::new(call, columns, reader.flavor)?;
    let asked = AskedTenants::below(root.as_ref());
    let dashboard = Dashboard::new(&reader.account, needs, scope, asked)?;
    for place in dashboard.listed(root.as_ref(), None)? {
        rows.put(|| {
            let row = dashboard.row(place);
            Ok([Some(reader.flavor.datum(row.id)), value(&row)?])
        })?;
    }
    rows.finish()
}

fn dashboard_row(row: &DashboardRow<'_>, flavor: Flavor) -> Result<[Option<Datum>; 17], Error> {
    let DashboardRow { id, parent_id, status, tree, own, subtree } = row;
    let below = |value: fn(&Facts<'_>) -> Option<Datum>| subtree.as_ref().and_then(value);
    Ok([
        Some(flavor.datum(*id)),
        parent_id.map(|id| flavor.datum(id)),
        tree.as_ref().map(|tree| Datum::from(tree.depth)),
        tree.as_ref().map(|tree| Datum::from(tree.height)),
        Some(varlena::datum(status_name(*status).as_bytes())),
        tree.as_ref().map(|tree| Datum::from(tree.descendants as u64)),
        Some(Datum::from(own.events)),
        below(|facts| Some(Datum::from(facts.events))),
        own.features_used.map(Datum::from),
        below(|facts| facts.features_used.map(Datum::from)),
        rate(own.adoption_rate),
        below(|facts| rate(facts.adoption_rate)),
        amount(own.cost)?,
        subtree.as_ref().map_or(Ok(None), |facts| amount(facts.cost))?,
        own.unpriced.map(Datum::from),
        own.last_used.map(Datum::from),
        below(|facts| facts.last_used.map(Datum::from)),
    ])
}

fn amount(amount: Option<&Money>) -> Answer {
    amount.map(numeric::datum).transpose()
}

fn rate(rate: Option<f64>) -> Option<Datum> {
    rate.map(|rate| Datum::from(rate.to_bits()))
}

/// The text of a `tree_status` column.
pub(super) fn status_name(status: TreeStatus) -> &'static str {
    match status {
        TreeStatus::Ok => "ok",
        TreeStatus::Orphan => "orphan",
        TreeStatus::Cycle => "cycle",
    }
}
