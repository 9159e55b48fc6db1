//! Scalars over usage: `tenant_x(id, since, until, source)` and `tenant_subtree_x(...)`.
//!
//! Definitions: docs/semantics.md. NULL for an id that is NULL, unknown or invisible.

use tenant_metrics_core::subtree::Scope;

use super::{Reader, window};
use crate::engine::question::Needs;
use crate::engine::scalar::{self, TenantTotals};
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::{Datum, numeric, portal, time};

sql_function!(tenant_adoption_rate, |call| scalar(
    call,
    Scope::Own,
    Needs::FEATURES,
    adoption_rate
));
sql_function!(tenant_features_used, |call| scalar(
    call,
    Scope::Own,
    Needs::FEATURES,
    features_used
));
sql_function!(tenant_cost, |call| scalar(call, Scope::Own, Needs::COST, cost));
sql_function!(tenant_events, |call| scalar(call, Scope::Own, Needs::NOTHING, events));
sql_function!(tenant_last_used, |call| scalar(call, Scope::Own, Needs::TIME, last_used));
sql_function!(tenant_subtree_adoption_rate, |call| scalar(
    call,
    Scope::Subtree,
    Needs::FEATURES,
    adoption_rate
));
sql_function!(tenant_subtree_features_used, |call| scalar(
    call,
    Scope::Subtree,
    Needs::FEATURES,
    features_used
));
sql_function!(tenant_subtree_cost, |call| scalar(call, Scope::Subtree, Needs::COST, cost));
sql_function!(tenant_subtree_events, |call| scalar(call, Scope::Subtree, Needs::NOTHING, events));
sql_function!(tenant_subtree_last_used, |call| scalar(
    call,
    Scope::Subtree,
    Needs::TIME,
    last_used
));

fn scalar(
    call: &Call,
    scope: Scope,
    needs: Needs,
    value: fn(&TenantTotals<'_>) -> Answer,
) -> Answer {
    let reader = Reader::new(call, 3, window(call, 1)?)?;
    reader.demand(needs)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    let expected = || portal::expected_calls(call.function());
    scalar::answer(&reader.account, &id, needs, scope, expected, value)
}

fn adoption_rate(totals: &TenantTotals<'_>) -> Answer {
    Ok(totals.catalogue.rate(totals.features).map(|rate| Datum::from(rate.to_bits())))
}

fn features_used(totals: &TenantTotals<'_>) -> Answer {
    Ok(Some(Datum::from(totals.features)))
}

fn cost(totals: &TenantTotals<'_>) -> Answer {
    numeric::datum(&totals.cell.cost).map(Some)
}

fn events(totals: &TenantTotals<'_>) -> Answer {
    Ok(Some(Datum::from(totals.cell.events)))
}

fn last_used(totals: &TenantTotals<'_>) -> Answer {
    Ok(time::from_core(totals.cell.last).map(Datum::from))
}
