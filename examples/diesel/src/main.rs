//! Diesel: scalars per row, the dashboard joined to the tenants, the view as a table.

use std::error::Error;

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use serde_json::{Value, json};

mod metrics;
mod schema;

use metrics::{Below, Dashboard, dashboard, tenant_adoption_rate, tenant_subtree_cost};
use schema::tenants;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

const BELOW: &str = "
    SELECT d.tenant_id, t.name, d.depth, d.subtree_cost
    FROM tenant_dashboard($1) AS d JOIN tenants AS t ON t.id = d.tenant_id
    ORDER BY t.name";

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let database = &mut PgConnection::establish(&std::env::var("DATABASE_URL")?)?;
    database.run_pending_migrations(MIGRATIONS)?;

    let cost = tenant_subtree_cost(tenants::id);
    let expensive: Vec<(i32, String, Option<f64>, Option<BigDecimal>)> = tenants::table
        .select((tenants::id, tenants::name, tenant_adoption_rate(tenants::id), cost))
        .filter(cost.gt(BigDecimal::from(10)))
        .order(cost.desc())
        .load(database)?;

    let below: Vec<Value> = diesel::sql_query(BELOW)
        .bind::<BigInt, _>(2)
        .load::<Below>(database)?
        .iter()
        .map(|t| json!([t.tenant_id, t.name, t.depth, t.subtree_cost]))
        .collect();

    let roots: Vec<Value> = dashboard::table
        .select(Dashboard::as_select())
        .filter(dashboard::depth.eq(0))
        .order(dashboard::tenant_id)
        .load(database)?
        .iter()
        .map(|t| json!([t.tenant_id, t.subtree_events, t.cost]))
        .collect();

    println!("{}", json!({"expensive": expensive, "below": below, "roots": roots}));
    Ok(())
}
