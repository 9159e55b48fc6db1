//! tokio-postgres: every reader with bound parameters, and what to copy.

use std::str::FromStr;

use chrono::{DateTime, TimeZone, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use tenant_metrics_tokio_postgres::{Failure, calls, connect, example, values};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, error::SqlState};

fn january() -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |month| Utc.with_ymd_and_hms(2026, month, 1, 0, 0, 0).single().expect("a day");
    (midnight(1), midnight(2))
}

fn all(rows: &[Row]) -> Result<Vec<Vec<Value>>, Failure> {
    rows.iter().map(values).collect()
}

#[tokio::test]
async fn every_reader() -> Result<(), Failure> {
    let client = connect().await?;
    for call in calls()? {
        let parameters: Vec<&(dyn ToSql + Sync)> =
            call.parameters.iter().map(|(value, _)| value.as_ref() as _).collect();

        // Prepared: the server says which types the parameters have.
        let statement = client.prepare(&call.statement).await?;
        let wanted: Vec<Type> = call.parameters.iter().map(|(_, t)| t.clone()).collect();
        assert_eq!(statement.params(), wanted, "{}", call.statement);
        for _ in 0..2 {
            let rows = client.query(&statement, &parameters).await?;
            assert_eq!(all(&rows)?, call.rows, "{}", call.statement);
        }

        // Unprepared: the client says which types they have.
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            parameters.iter().copied().zip(wanted).collect();
        let rows = client.query_typed(&call.statement, &typed).await?;
        assert_eq!(all(&rows)?, call.rows, "{}", call.statement);
    }
    Ok(())
}

#[tokio::test]
async fn every_column_has_its_type() -> Result<(), Failure> {
    let client = connect().await?;
    for call in calls()? {
        let statement = client.prepare(&call.statement).await?;
        let types: Vec<String> = statement
            .columns()
            .iter()
            .map(|column| match column.type_().name() {
                "int8" => "bigint".to_owned(),
                "_int8" => "bigint[]".to_owned(),
                name => name.strip_prefix('_').map_or(name.to_owned(), |of| format!("{of}[]")),
            })
            .collect();
        assert_eq!(types, call.types, "{}", call.statement);
    }
    Ok(())
}

#[tokio::test]
async fn scalars_per_row() -> Result<(), Failure> {
    let client = connect().await?;
    let rows = client
        .query(
            "SELECT name, tenant_adoption_rate(id), tenant_subtree_cost(id), tenant_depth(id)
             FROM tenants
             WHERE tenant_subtree_cost(id) > $1
             ORDER BY tenant_subtree_cost(id) DESC, id",
            &[&Decimal::from(50)],
        )
        .await?;
    assert_eq!(all(&rows)?, example("per_row")?);

    let costs: Vec<Decimal> = rows.iter().map(|row| row.get("tenant_subtree_cost")).collect();
    assert_eq!(costs[0], Decimal::from_str("1234825.321002")?);
    Ok(())
}

#[tokio::test]
async fn set_returning_joined_to_the_tenants() -> Result<(), Failure> {
    let client = connect().await?;
    let (since, until) = january();
    let rows = client
        .query(
            "SELECT t.name, d.events, d.subtree_cost, d.subtree_features_used
             FROM tenants t
             JOIN tenant_dashboard($1, $2, $3) d ON d.tenant_id = t.id
             ORDER BY t.name",
            &[&2_i64, &since, &until],
        )
        .await?;
    assert_eq!(all(&rows)?, example("january")?);
    Ok(())
}

#[tokio::test]
async fn one_page_of_tenants() -> Result<(), Failure> {
    let client = connect().await?;
    let page: Vec<i64> = vec![7, 1, 9];
    let rows = client
        .query("SELECT tenant_id, cost, last_used FROM tenant_dashboard_for($1)", &[&page])
        .await?;
    assert_eq!(all(&rows)?, example("page")?);
    Ok(())
}

#[tokio::test]
async fn the_view() -> Result<(), Failure> {
    let client = connect().await?;
    let rows = client
        .query(
            "SELECT tenant_id, tree_status, cost
             FROM tenant_metrics.dashboard
             WHERE cost > $1
             ORDER BY cost DESC",
            &[&Decimal::from(5)],
        )
        .await?;
    assert_eq!(all(&rows)?, example("view")?);
    Ok(())
}

/// The tenants' own `integer` ids are `i32` in Rust, the readers' are `i64`.
#[tokio::test]
async fn an_integer_id_is_widened() -> Result<(), Failure> {
    let client = connect().await?;
    let id: i32 =
        client.query_one("SELECT id FROM tenants WHERE name = 'globex'", &[]).await?.get(0);

    let widened = client.query_one("SELECT tenant_cost($1)", &[&i64::from(id)]).await?;
    let cast = client.query_one("SELECT tenant_cost($1::integer)", &[&id]).await?;
    let cost = Decimal::from_str("0.8")?;
    assert_eq!((widened.get::<_, Decimal>(0), cast.get::<_, Decimal>(0)), (cost, cost));
    Ok(())
}

#[tokio::test]
async fn an_unknown_tenant_is_none() -> Result<(), Failure> {
    let client = connect().await?;
    let row = client.query_one("SELECT tenant_cost($1)", &[&1000_i64]).await?;
    assert_eq!(row.get::<_, Option<Decimal>>(0), None);
    Ok(())
}

#[tokio::test]
async fn errors_have_a_code_of_their_own() -> Result<(), Failure> {
    let client = connect().await?;
    let (since, until) = january();
    let failing: [(SqlState, &str, &[&(dyn ToSql + Sync)]); 4] = [
        (SqlState::INVALID_PARAMETER_VALUE, "tenant_cost($1, $2, $3)", &[&1_i64, &until, &since]),
        (SqlState::UNDEFINED_OBJECT, "tenant_cost($1, source => $2)", &[&1_i64, &"nowhere"]),
        (SqlState::DATATYPE_MISMATCH, "tenant_cost($1, source => $2)", &[&1_i64, &"accounts"]),
        (SqlState::INVALID_TEXT_REPRESENTATION, "tenant_cost_text($1)", &[&"acme"]),
    ];
    for (code, call, parameters) in failing {
        let result = client.query(&format!("SELECT {call}"), parameters).await;
        let error = result.err().ok_or_else(|| format!("{call} did not fail"))?;
        assert_eq!(error.code(), Some(&code), "{error}");
    }
    Ok(())
}
