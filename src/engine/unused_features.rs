//! What `setup` tells of a catalogue that usage does not name: one of its names may be misspelt.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::memory;

use super::integrity::{audit, is_used, sorted_features};
use super::question::Needs;
use super::{catalogue, statement};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::report::notice;
use crate::pg::{query, rights, text};
use crate::source::{Features, Source, Table};

/// Names of features that the NOTICE lists.
const LISTED_NAMES: usize = 5;

/// Says which names of the catalogue no event has, if that is found out quickly.
pub(crate) fn tell(source: &Source) -> Result<(), Error> {
    let names = unused_features(source)?;
    if names.is_empty() {
        return Ok(());
    }
    let mut list = String::new();
    for name in names.iter().take(LISTED_NAMES) {
        list += if list.is_empty() { "\"" } else { ", \"" };
        list += &text::shown(name);
        list += "\"";
    }
    if names.len() > LISTED_NAMES {
        list += &format!(" and {} more", names.len() - LISTED_NAMES);
    }
    let name = &source.name;
    let argument = text::literal(name)?;
    let hint = format!("See SELECT * FROM tenant_metrics.integrity({argument}).");
    notice(
        &format!("source \"{name}\" has features that no event names"),
        Some(&format!("They are {list}.")),
        Some(&hint),
    );
    Ok(())
}

/// Rows up to which [`unused_features`] looks.
const QUICKLY_READ: f64 = 1_000_000.0;

/// The names of the catalogue that no event has, if there are events, and finding out takes but a
/// moment and runs nobody's code: where usage is a plain or partitioned table of at most a million
/// expected rows, and so is the table of the features.
fn unused_features(source: &Source) -> Result<Vec<Vec<u8>>, Error> {
    let is_quick = |table: &Table, column: &Column| {
        if !rights::may_read(table.oid, &column.name)? || !rights::is_local(table.oid)? {
            return Ok::<_, Error>(false);
        }
        let rows = query::estimate(&statement::column_of(&table.name, &column.quoted), &[])?;
        Ok(rows.is_some_and(|rows| rows <= QUICKLY_READ))
    };
    let is_quick_catalogue = match &source.features {
        Features::Count(_) => false,
        Features::Names(_) => true,
        Features::Table { table, column } => is_quick(table, column)?,
    };
    let Some(feature) = &source.usage_feature else { return Ok(Vec::new()) };
    if !is_quick_catalogue
        || !rights::may_read(source.usage.oid, &source.usage_tenant.name)?
        || !is_quick(&source.usage, feature)?
    {
        return Ok(Vec::new());
    }
    let Catalogue::Names(names) = catalogue::of(source, Needs::FEATURES)? else {
        return Ok(Vec::new());
    };
    let audit = audit(source, Needs::FEATURES, None, 0)?;
    // Usage without any name says nothing yet.
    if audit.features().next().is_none() {
        return Ok(Vec::new());
    }
    let used = sorted_features(&audit)?;
    let mut unused = Vec::new();
    for name in names {
        if !is_used(&used, &name) {
            memory::push(&mut unused, name)?;
        }
    }
    Ok(unused)
}
