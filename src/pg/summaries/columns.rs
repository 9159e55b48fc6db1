//! What the columns are that summaries are made of.

use std::fmt::Write;

use pgrx::pg_sys::Oid;
use tenant_metrics_core::summaries::names::name_hash;

use super::entry::SummaryEntry;
use super::fault::Fault;
use crate::error::Error;
use crate::pg::local_time::LocalZone;
use crate::pg::query::Param;
use crate::pg::{catalog, plans, snapshot};

/// What the line with the rules of a time zone begins with.
const ZONE: &str = "zone ";

/// The numbers and types of the columns of usage that summaries are made of; `None` if one is
/// missing, or the zone of the times. A line for each enum follows, with hashes of its labels in their
/// order: whoever gives a label another name changes what rows say. So does a new version of the
/// database of time zones, and the last line has a hash of the zone's rules.
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
    columns += &labels;
    if let Some(name) = &entry.time_zone {
        let Some(line) = zone_line(name)? else { return Ok(None) };
        columns += "\n";
        columns += &line;
    }
    Ok(Some(columns))
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

/// Why rows no longer say what the summaries were made of; `None` if they do. An enum may have further
/// labels by now.
pub(super) fn fault(entry: &SummaryEntry) -> Result<Option<Fault>, Error> {
    let Some(now) = columns(entry)? else { return Ok(Some(Fault::Columns)) };
    let (mut before, mut now) = (entry.columns.lines(), now.lines());
    if before.next() != now.next() {
        return Ok(Some(Fault::Columns));
    }
    loop {
        match (before.next(), now.next()) {
            (None, None) => return Ok(None),
            (Some(before), Some(now)) if now.starts_with(ZONE) && before.starts_with(ZONE) => {
                if before != now {
                    return Ok(Some(Fault::Zone));
                }
            }
            (Some(before), Some(now)) => {
                let mut now = now.split_whitespace();
                if !before.split_whitespace().all(|label| now.any(|other| other == label)) {
                    return Ok(Some(Fault::Columns));
                }
            }
            _ => return Ok(Some(Fault::Columns)),
        }
    }
}

/// Whether this process reads times by the rules by which the summaries were made.
pub(super) fn zone_is_the_same(entry: &SummaryEntry) -> Result<bool, Error> {
    let Some(name) = &entry.time_zone else { return Ok(true) };
    let line = zone_line(name)?;
    Ok(line.is_some() && entry.columns.lines().last() == line.as_deref())
}

/// The line with the rules of a zone; `None` if there is none.
fn zone_line(name: &str) -> Result<Option<String>, Error> {
    Ok(LocalZone::find(name)?.map(|zone| format!("{ZONE}{:x}", zone.rules())))
}
