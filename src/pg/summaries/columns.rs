//! What the columns are that summaries are made of.

use std::fmt::Write;

use pgrx::pg_sys::Oid;
use tenant_metrics_core::summaries::names::name_hash;

use super::entry::SummaryEntry;
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{catalog, plans, snapshot};

/// The numbers and types of the columns of usage that summaries are made of; `None` if one is
/// missing. A line for each enum follows, with hashes of its labels in their order: whoever gives a
/// label another name changes what rows say.
pub(crate) fn columns(entry: &SummaryEntry) -> Result<Option<String>, Error> {
    let (mut columns, mut labels) = (String::new(), String::new());
    for name in entry.column_names() {
        let (Some(described), Some(column)) =
            (catalog::described_column(entry.usage, name)?, catalog::column(entry.usage, name)?)
        else {
            return Ok(None);
        };
        columns += if columns.is_empty() { "" } else { ", " };
        columns += &described;
        if catalog::is_enum(column.type_oid) {
            labels += "\n";
            add_labels(column.type_oid, &mut labels)?;
        }
    }
    Ok(Some(columns + &labels))
}

fn add_labels(type_oid: Oid, into: &mut String) -> Result<(), Error> {
    let sql = include_str!("../../../sql/query/enum_labels.sql");
    let look = || {
        plans::read(sql, &[Param::oid(type_oid)], |row| {
            let hash = name_hash(row.bytes(0).unwrap_or_default());
            // Writing to a string does not fail.
            let _ = write!(into, "{hash:x} ");
            Ok(())
        })
    };
    snapshot::with_catalogs(look)
}

/// Whether the columns still are those that the summaries were made of. An enum may have further
/// labels by now.
pub(super) fn are_still_there(entry: &SummaryEntry) -> Result<bool, Error> {
    let Some(now) = columns(entry)? else { return Ok(false) };
    let (mut before, mut now) = (entry.columns.lines(), now.lines());
    if before.next() != now.next() {
        return Ok(false);
    }
    loop {
        match (before.next(), now.next()) {
            (None, None) => return Ok(true),
            (Some(before), Some(now)) => {
                let mut now = now.split_whitespace();
                if !before.split_whitespace().all(|label| now.any(|other| other == label)) {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
}
