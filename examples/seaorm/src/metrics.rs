//! The functions of the extension as expressions.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Func, FunctionCall, IntoIden, TableRef};

use crate::tenants::{Column, Entity};

/// A scalar for the tenant of each row.
pub fn metric(name: &'static str) -> FunctionCall {
    Func::cust(name).arg(Expr::col((Entity, Column::Id)))
}

/// tenant_dashboard(root) AS d, to be joined.
pub fn dashboard_of(root: i64) -> TableRef {
    TableRef::FunctionCall(Func::cust("tenant_dashboard").arg(root), "d".into_iden())
}

/// All digits of the value; SeaORM adds zeros up to a multiple of four decimals.
pub fn exact(cost: &BigDecimal) -> String {
    cost.normalized().to_plain_string()
}
