//! The migration that creates the extension; SeaORM names it after this file.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement = "CREATE EXTENSION IF NOT EXISTS tenant_metrics";
        manager.get_connection().execute_unprepared(statement).await?;
        Ok(())
    }
}
