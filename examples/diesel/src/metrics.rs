//! What the extension offers, in Diesel's terms.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Numeric, Text};

#[declare_sql_function]
extern "SQL" {
    fn tenant_adoption_rate(id: Integer) -> Nullable<Double>;
    fn tenant_subtree_cost(id: Integer) -> Nullable<Numeric>;
}

diesel::table! {
    // The columns that are needed; a view has no key, so its tenant is named as one.
    tenant_metrics.dashboard (tenant_id) {
        tenant_id -> BigInt,
        depth -> Nullable<Integer>,
        subtree_events -> Nullable<BigInt>,
        cost -> Numeric,
    }
}

/// A row of the view. Without Insertable and AsChangeset it is for reading only.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dashboard)]
pub struct Dashboard {
    pub tenant_id: i64,
    // NULL on or below a cycle of parents.
    pub subtree_events: Option<i64>,
    pub cost: BigDecimal,
}

/// A tenant of the set-returning function, which Diesel's query builder cannot join.
#[derive(QueryableByName)]
pub struct Below {
    #[diesel(sql_type = BigInt)]
    pub tenant_id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Integer>)]
    pub depth: Option<i32>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub subtree_cost: Option<BigDecimal>,
}
