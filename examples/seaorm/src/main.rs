//! SeaORM: scalars per row, the dashboard joined to the tenants, the view as an entity.

use std::error::Error;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{Database, JoinType, Order, QueryOrder, QuerySelect, prelude::*};
use sea_orm_migration::MigratorTrait;
use serde_json::{Value, json};

mod dashboard;
mod metrics;
mod migration;
mod tenants;

use metrics::{dashboard_of, exact, metric};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::connect(std::env::var("DATABASE_URL")?).await?;
    migration::Migrator::up(&database, None).await?;

    let rows: Vec<(i32, String, f64, BigDecimal)> = tenants::Entity::find()
        .expr(metric("tenant_adoption_rate"))
        .expr(metric("tenant_subtree_cost"))
        .filter(metric("tenant_subtree_cost").gt(BigDecimal::from(10)))
        .order_by(metric("tenant_subtree_cost"), Order::Desc)
        .into_tuple()
        .all(&database)
        .await?;
    let expensive: Vec<Value> =
        rows.iter().map(|(id, name, rate, cost)| json!([id, name, rate, exact(cost)])).collect();

    let tenant_id = Expr::col(("d", "tenant_id"));
    let mut query = tenants::Entity::find()
        .select_only()
        .expr(tenant_id.clone())
        .column(tenants::Column::Name)
        .exprs([Expr::col(("d", "depth")), Expr::col(("d", "subtree_cost"))])
        .order_by_asc(tenants::Column::Name);
    let is_id = tenant_id.equals((tenants::Entity, tenants::Column::Id));
    QuerySelect::query(&mut query).join(JoinType::InnerJoin, dashboard_of(2), is_id);
    let rows: Vec<(i64, String, i32, BigDecimal)> = query.into_tuple().all(&database).await?;
    let below: Vec<Value> =
        rows.iter().map(|(id, name, depth, cost)| json!([id, name, depth, exact(cost)])).collect();

    let rows = dashboard::Entity::find()
        .filter(dashboard::Column::Depth.eq(0))
        .order_by_asc(dashboard::Column::TenantId)
        .all(&database)
        .await?;
    let roots: Vec<Value> =
        rows.iter().map(|t| json!([t.tenant_id, t.subtree_events, exact(&t.cost)])).collect();

    println!("{}", json!({"expensive": expensive, "below": below, "roots": roots}));
    Ok(())
}
