//! What the files in `expected/` promise, as the values that tokio-postgres sends and returns.

mod interval;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use interval::Interval;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, NoTls, Row};
use uuid::Uuid;

/// Whatever can go wrong in a test.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A bound parameter with the type of the function's argument.
pub type Parameter = (Box<dyn ToSql + Sync + Send>, Type);

/// One call of a reader.
pub struct Call {
    /// The statement, in named notation.
    pub statement: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The rows that it must return.
    pub rows: Vec<Vec<Value>>,
    /// The SQL type of each column.
    pub types: Vec<String>,
}

/// The files in `expected/` as one: each has some of the readers and their calls.
pub fn expected() -> Result<Value, Failure> {
    let folder = std::env::var("EXPECTED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../expected").to_owned());
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Result<Vec<PathBuf>, Failure>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut whole = json!({"argument_types": {}, "readers": {}, "examples": {}, "calls": []});
    for file in files {
        let part: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        for (key, members) in object(&part)? {
            match &mut whole[key] {
                Value::Array(all) => all.extend_from_slice(array(members)?),
                Value::Object(all) => all.extend(object(members)?.clone()),
                _ => return Err(format!("{key} is not expected").into()),
            }
        }
    }
    Ok(whole)
}

/// Every call of the files in `expected/`.
pub fn calls() -> Result<Vec<Call>, Failure> {
    let expected = expected()?;
    array(&expected["calls"])?.iter().map(|entry| call(&expected, entry)).collect()
}

/// The rows that every client gets from the example of that name.
pub fn example(name: &str) -> Result<Vec<Vec<Value>>, Failure> {
    let example = &expected()?["examples"][name];
    rows(&example["rows"], &types(&example["columns"])?)
}

/// A connection to the server that `CONNECTION` describes.
pub async fn connect() -> Result<Client, Failure> {
    let (client, connection) =
        tokio_postgres::connect(&std::env::var("CONNECTION")?, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A row as the files in `expected/` write it.
pub fn values(row: &Row) -> Result<Vec<Value>, Failure> {
    (0..row.len()).map(|column| value(row, column)).collect()
}

fn call(expected: &Value, entry: &Value) -> Result<Call, Failure> {
    let id_type = text(&entry["id"])?;
    let with_id = |sql_type: &str| match sql_type {
        "id" => id_type.to_owned(),
        "id[]" => format!("{id_type}[]"),
        other => other.to_owned(),
    };
    let mut arguments = Vec::new();
    let mut parameters = Vec::new();
    for (name, value) in object(&entry["arguments"])? {
        let sql_type = with_id(text(&expected["argument_types"][name])?);
        parameters.push(parameter(&sql_type, value)?);
        arguments.push(format!("{name} => ${}", parameters.len()));
    }
    let reader = &expected["readers"][text(&entry["reader"])?];
    let (types, rows) = match reader.get("columns") {
        Some(columns) => {
            let types = types(columns)?;
            let rows = rows(&entry["rows"], &types)?;
            (types, rows)
        }
        None => {
            let value = rates_as_f64(entry["value"].clone());
            (vec![text(&reader["returns"])?], vec![vec![value]])
        }
    };
    Ok(Call {
        statement: format!("SELECT * FROM {}({})", text(&entry["function"])?, arguments.join(", ")),
        parameters,
        rows,
        types: types.into_iter().map(with_id).collect(),
    })
}

/// tokio-postgres asks the server for the type of a parameter and refuses a
/// Rust type that does not fit, so a `bigint` is an `i64` and nothing else.
fn parameter(sql_type: &str, value: &Value) -> Result<Parameter, Failure> {
    let time = |text: &str| Ok(DateTime::parse_from_rfc3339(text)?.to_utc());
    Ok(match sql_type {
        "bigint" => (Box::new(value.as_i64()), Type::INT8),
        "int4" => (Box::new(value.as_i64().map(i32::try_from).transpose()?), Type::INT4),
        "text" => (Box::new(value.as_str().map(str::to_owned)), Type::TEXT),
        "uuid" => (Box::new(value.as_str().map(Uuid::parse_str).transpose()?), Type::UUID),
        "timestamptz" => {
            let time: Result<Option<DateTime<Utc>>, Failure> = value.as_str().map(time).transpose();
            (Box::new(time?), Type::TIMESTAMPTZ)
        }
        "bigint[]" => {
            let ids: Vec<Option<i64>> = array(value)?.iter().map(Value::as_i64).collect();
            (Box::new(ids), Type::INT8_ARRAY)
        }
        "text[]" => {
            let ids: Vec<Option<String>> =
                array(value)?.iter().map(|id| id.as_str().map(str::to_owned)).collect();
            (Box::new(ids), Type::TEXT_ARRAY)
        }
        "uuid[]" => {
            let ids: Result<Vec<Option<Uuid>>, _> = array(value)?
                .iter()
                .map(|id| id.as_str().map(Uuid::parse_str).transpose())
                .collect();
            (Box::new(ids?), Type::UUID_ARRAY)
        }
        other => return Err(format!("no parameter has the type {other}").into()),
    })
}

fn value(row: &Row, column: usize) -> Result<Value, Failure> {
    match row.columns()[column].type_().name() {
        "int8" => get(row, column, |id: i64| json!(id)),
        "int4" => get(row, column, |number: i32| json!(number)),
        "float8" => get(row, column, |rate: f64| json!(rate)),
        "bool" => get(row, column, |truth: bool| json!(truth)),
        "text" => get(row, column, |text: String| json!(text)),
        "uuid" => get(row, column, |id: Uuid| json!(id.to_string())),
        "numeric" => get(row, column, |cost: Decimal| json!(cost.to_string())),
        "timestamptz" => get(row, column, |time: DateTime<Utc>| json!(time.to_rfc3339())),
        "timestamp" => get(row, column, |time: NaiveDateTime| {
            json!(time.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
        }),
        "date" => get(row, column, |day: NaiveDate| json!(day.to_string())),
        "interval" => get(row, column, |time: Interval| time.into()),
        "jsonb" => get(row, column, rates_as_f64),
        "_int8" => get(row, column, |ids: Vec<i64>| json!(ids)),
        "_text" => get(row, column, |ids: Vec<String>| json!(ids)),
        "_uuid" => get(row, column, |ids: Vec<Uuid>| {
            ids.iter().map(Uuid::to_string).collect::<Vec<_>>().into()
        }),
        other => Err(format!("no column has the type {other}").into()),
    }
}

/// A JSON tree whose rates are `f64`, so that 0 and 0.0 are equal; its costs keep their digits.
fn rates_as_f64(document: Value) -> Value {
    match document {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| {
                let rate = member.as_f64().filter(|_| name.ends_with("rate"));
                (name, rate.map_or_else(|| rates_as_f64(member), Value::from))
            })
            .collect(),
        Value::Array(elements) => elements.into_iter().map(rates_as_f64).collect(),
        other => other,
    }
}

fn get<'a, T: FromSql<'a>>(
    row: &'a Row,
    column: usize,
    convert: impl FnOnce(T) -> Value,
) -> Result<Value, Failure> {
    Ok(row.try_get::<_, Option<T>>(column)?.map_or(Value::Null, convert))
}

fn types(columns: &Value) -> Result<Vec<&str>, Failure> {
    object(columns)?.values().map(text).collect()
}

/// The expected rows; numbers keep the digits of the file, except those that are `f64`.
fn rows(value: &Value, types: &[&str]) -> Result<Vec<Vec<Value>>, Failure> {
    let convert = |(value, sql_type): (&Value, &&str)| match value.as_f64() {
        Some(number) if *sql_type == "float8" => Value::from(number),
        _ => value.clone(),
    };
    let convert_row = |row| {
        let row = array(row)?;
        if row.len() != types.len() {
            return Err(format!("{row:?} has not {} columns", types.len()).into());
        }
        Ok(row.iter().zip(types).map(convert).collect())
    };
    array(value)?.iter().map(convert_row).collect()
}

fn array(value: &Value) -> Result<&Vec<Value>, Failure> {
    value.as_array().ok_or_else(|| format!("{value} is no array").into())
}

fn object(value: &Value) -> Result<&Map<String, Value>, Failure> {
    value.as_object().ok_or_else(|| format!("{value} is no object").into())
}

fn text(value: &Value) -> Result<&str, Failure> {
    value.as_str().ok_or_else(|| format!("{value} is no text").into())
}
