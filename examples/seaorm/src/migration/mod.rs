//! The migrations, in order.

use sea_orm_migration::prelude::*;

mod m20260101_000000_tenant_metrics;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20260101_000000_tenant_metrics::Migration)]
    }
}
