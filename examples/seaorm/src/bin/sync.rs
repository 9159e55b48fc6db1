//! Schema sync, told which entities are tables: for the view it would try CREATE TABLE.

use std::error::Error;

use sea_orm::Database;

#[path = "../tenants.rs"]
mod tenants;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::connect(std::env::var("DATABASE_URL")?).await?;
    database.get_schema_builder().register(tenants::Entity).sync(&database).await?;
    Ok(())
}
