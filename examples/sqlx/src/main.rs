//! sqlx: scalars per row, the dashboard joined to the tenants, the view as a struct.

use std::error::Error;

use serde_json::{Value, json};
use sqlx::types::BigDecimal;
use sqlx::{Connection, FromRow, PgConnection};

const EXPENSIVE: &str = "
    SELECT id, name, tenant_adoption_rate(id), tenant_subtree_cost(id)
    FROM tenants
    WHERE tenant_subtree_cost(id) > $1
    ORDER BY tenant_subtree_cost(id) DESC";

const BELOW: &str = "
    SELECT d.tenant_id, t.name, d.depth, d.subtree_cost
    FROM tenant_dashboard($1) AS d JOIN tenants AS t ON t.id = d.tenant_id
    ORDER BY t.name";

/// A row of the view, for reading only.
#[derive(FromRow)]
struct Dashboard {
    tenant_id: i64,
    // NULL on or below a cycle of parents.
    subtree_events: Option<i64>,
    cost: BigDecimal,
}

const ROOTS: &str = "SELECT * FROM tenant_metrics.dashboard WHERE depth = 0 ORDER BY tenant_id";

/// All digits of the value; sqlx adds zeros up to a multiple of four decimals.
fn exact(cost: &BigDecimal) -> String {
    cost.normalized().to_plain_string()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = &mut PgConnection::connect(&std::env::var("DATABASE_URL")?).await?;
    sqlx::migrate!().run(&mut *database).await?;

    let rows: Vec<(i32, String, f64, BigDecimal)> =
        sqlx::query_as(EXPENSIVE).bind(BigDecimal::from(10)).fetch_all(&mut *database).await?;
    let expensive: Vec<Value> =
        rows.iter().map(|(id, name, rate, cost)| json!([id, name, rate, exact(cost)])).collect();

    let rows: Vec<(i64, String, i32, BigDecimal)> =
        sqlx::query_as(BELOW).bind(2_i64).fetch_all(&mut *database).await?;
    let below: Vec<Value> =
        rows.iter().map(|(id, name, depth, cost)| json!([id, name, depth, exact(cost)])).collect();

    let rows: Vec<Dashboard> = sqlx::query_as(ROOTS).fetch_all(database).await?;
    let roots: Vec<Value> =
        rows.iter().map(|t| json!([t.tenant_id, t.subtree_events, exact(&t.cost)])).collect();

    println!("{}", json!({"expensive": expensive, "below": below, "roots": roots}));
    Ok(())
}
