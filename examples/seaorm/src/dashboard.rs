//! The view tenant_metrics.dashboard as an entity.

use sea_orm::entity::prelude::*;

/// The columns that are needed; a view has no key, so its tenant is named as one.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(schema_name = "tenant_metrics", table_name = "dashboard")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: i64,
    pub depth: Option<i32>,
    // NULL on or below a cycle of parents.
    pub subtree_events: Option<i64>,
    pub cost: BigDecimal,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// SeaORM has no read-only entities; PostgreSQL refuses to write to this one.
impl ActiveModelBehavior for ActiveModel {}
