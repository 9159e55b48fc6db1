//! `interval`, for which tokio-postgres has no Rust type.

use serde_json::{Map, Value};
use tokio_postgres::types::{FromSql, Type, accepts};

use crate::Failure;

/// An interval as the server sends it.
pub struct Interval {
    microseconds: i64,
    days: i32,
    months: i32,
}

impl FromSql<'_> for Interval {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let raw: [u8; 16] = raw.try_into()?;
        Ok(Self {
            microseconds: i64::from_be_bytes(raw[..8].try_into()?),
            days: i32::from_be_bytes(raw[8..12].try_into()?),
            months: i32::from_be_bytes(raw[12..].try_into()?),
        })
    }

    accepts!(INTERVAL);
}

/// As the files in `expected/` write it: an object of the units that are not 0.
impl From<Interval> for Value {
    fn from(interval: Interval) -> Self {
        let seconds = interval.microseconds / 1_000_000;
        let units = [
            ("months", interval.months.into()),
            ("days", interval.days.into()),
            ("hours", seconds / 3600),
            ("minutes", seconds / 60 % 60),
            ("seconds", seconds % 60),
            ("microseconds", interval.microseconds % 1_000_000),
        ];
        let members = units.into_iter().filter(|(_, number)| *number != 0);
        members.map(|(unit, number)| (unit.to_owned(), number.into())).collect::<Map<_, _>>().into()
    }
}
