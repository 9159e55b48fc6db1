//! tokio-postgres: scalars per row, the dashboard joined to the tenants, the view.

use std::error::Error;

use serde_json::{Value, json};
use tokio_postgres::NoTls;

const EXTENSION: &str = "CREATE EXTENSION IF NOT EXISTS tenant_metrics";

// Costs are exact, and of numeric tokio-postgres knows nothing: they travel as text.
const EXPENSIVE: &str = "
    SELECT id, name, tenant_adoption_rate(id), tenant_subtree_cost(id)::text
    FROM tenants
    WHERE tenant_subtree_cost(id) > $1::text::numeric
    ORDER BY tenant_subtree_cost(id) DESC";

const BELOW: &str = "
    SELECT d.tenant_id, t.name, d.depth, d.subtree_cost::text
    FROM tenant_dashboard($1) AS d JOIN tenants AS t ON t.id = d.tenant_id
    ORDER BY t.name";

const ROOTS: &str = "
    SELECT tenant_id, subtree_events, cost::text
    FROM tenant_metrics.dashboard
    WHERE depth = 0
    ORDER BY tenant_id";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, connection) =
        tokio_postgres::connect(&std::env::var("DATABASE_URL")?, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(EXTENSION).await?;

    let mut expensive: Vec<Value> = Vec::new();
    for row in client.query(EXPENSIVE, &[&"10"]).await? {
        let (id, name): (i32, &str) = (row.get(0), row.get(1));
        let (rate, cost): (f64, &str) = (row.get(2), row.get(3));
        expensive.push(json!([id, name, rate, cost]));
    }

    let mut below: Vec<Value> = Vec::new();
    for row in client.query(BELOW, &[&2_i64]).await? {
        let (id, name): (i64, &str) = (row.get(0), row.get(1));
        let (depth, cost): (i32, &str) = (row.get(2), row.get(3));
        below.push(json!([id, name, depth, cost]));
    }

    let mut roots: Vec<Value> = Vec::new();
    for row in client.query(ROOTS, &[]).await? {
        let (id, events, cost): (i64, i64, &str) = (row.get(0), row.get(1), row.get(2));
        roots.push(json!([id, events, cost]));
    }

    println!("{}", json!({"expensive": expensive, "below": below, "roots": roots}));
    Ok(())
}
