//! Types of the server that other layers tell apart.

pub(crate) use pgrx::pg_sys::{
    DATEOID as DATE, FLOAT4OID as FLOAT4, FLOAT8OID as FLOAT8, NUMERICOID as NUMERIC,
    TEXTOID as TEXT, TIMESTAMPOID as TIMESTAMP, TIMESTAMPTZOID as TIMESTAMPTZ,
};
