//! Of which sources summaries can be made, and of what.

use tenant_metrics_core::memory;

use super::Source;
use crate::error::Error;
use crate::pg::catalog;
use crate::pg::summaries::{self, Fault, NO_SOURCE, SummaryEntry, SummaryHead, UsageTables};

/// Summaries of this number that would be made of the source now.
pub(super) fn entry(source: &Source, number: i32) -> Result<SummaryEntry, Error> {
    let time = source.usage_time.as_ref().map(|time| &time.column);
    let mut entry = SummaryEntry {
        source: memory::text(&source.name)?,
        number,
        usage: source.usage.oid,
        usage_tenant: memory::text(&source.usage_tenant.name)?,
        usage_feature: source.usage_feature.as_ref().map(|column| column.name.clone()),
        usage_cost: source.usage_cost.as_ref().map(|column| column.name.clone()),
        usage_time: time.map(|column| column.name.clone()),
        time_zone: time_zone(source).map(memory::text).transpose()?,
        dimensions: memory::collect(source.dimensions.iter().cloned())?,
        measures: memory::collect(source.measures.iter().cloned())?,
        columns: String::new(),
    };
    entry.columns = summaries::columns(&entry)?.ok_or(Error::Invariant("columns are there"))?;
    Ok(entry)
}

/// In which zone times are read, where they are not taken as they are stored.
fn time_zone(source: &Source) -> Option<&str> {
    (!source.time_is_plain()).then_some(&source.time_zone)
}

/// Whether summaries that were made of these columns are of what the source has now.
fn are_of(entry: &SummaryEntry, source: &Source) -> bool {
    let is = |column: Option<&catalog::Column>, name: Option<&String>| {
        column.map(|column| &column.name) == name
    };
    let time = source.usage_time.as_ref().map(|time| &time.column);
    entry.usage == source.usage.oid
        && entry.usage_tenant == source.usage_tenant.name
        && is(source.usage_feature.as_ref(), entry.usage_feature.as_ref())
        && is(source.usage_cost.as_ref(), entry.usage_cost.as_ref())
        && is(time, entry.usage_time.as_ref())
        && entry.dimensions == source.dimensions
        && entry.measures == source.measures
        && entry.time_zone.as_deref() == time_zone(source)
}

/// Why a source's summaries cannot be taken for what it is now; `None` if they can.
pub(crate) fn fault(
    entry: &SummaryEntry,
    source: &Source,
    head: &SummaryHead,
) -> Result<Option<Fault>, Error> {
    match are_of(entry, source) {
        true => summaries::fault(entry, head),
        false => Ok(Some(Fault::OtherColumns)),
    }
}

/// How a source's summaries are, in words; `None` where it has none.
pub(super) fn state(source: &Source) -> Result<Option<String>, Error> {
    let Some(entry) = SummaryEntry::find(&source.name)? else { return Ok(None) };
    let head = SummaryHead::read(entry.number)?;
    Ok(Some(match fault(&entry, source, &head)? {
        None => "current".into(),
        Some(Fault::Building) => match summaries::percent(entry.number)? {
            Some(percent) => format!("building: {percent} %"),
            None => format!("{}: call tenant_metrics.resume()", Fault::Building.words()),
        },
        Some(fault) if fault.is_stale() => format!("stale: {}", fault.words()),
        Some(fault) => fault.words().into(),
    }))
}

/// Fails for what no summaries can be made of.
pub(super) fn demand(source: &Source) -> Result<(), Error> {
    let refuse = |why| Err(Error::NotSummarizable { relation: source.usage.shown()?, why });
    match catalog::relation_kind(source.usage.oid) {
        b'r' | b'p' => {}
        b'v' => return refuse("it is a view"),
        b'm' => return refuse("it is a materialized view"),
        b'f' => return refuse("it is a foreign table"),
        _ => return refuse("it is no plain table"),
    }
    match UsageTables::of(source.usage.oid, NO_SOURCE)?.gap() {
        Some(Fault::Unlogged) => return refuse("it is not logged, or a partition is not"),
        Some(Fault::Subscription) => return refuse("a subscription writes to it"),
        Some(Fault::Foreign) => return refuse("a partition is a foreign table"),
        Some(_) => return refuse("it has a parent, or children that are no partitions"),
        None => {}
    }
    // A name without a region may be an abbreviation, which each session can read as it likes.
    if source.names_zone() && !source.time_zone.contains('/') {
        return refuse("its times are read in a time zone whose name may be an abbreviation");
    }
    source.checked_dimensions().try_for_each(|dimension| dimension.map(drop))?;
    source.check_measures()?;
    for name in entry(source, 0)?.column_names() {
        if catalog::is_virtual(source.usage.oid, name)? {
            return refuse("a column is generated when it is read");
        }
    }
    Ok(())
}
