//! Turning summaries on and off, and folding by hand.

use tenant_metrics_core::memory;

use super::{Source, Table, setup};
use crate::error::Error;
use crate::pg::summaries::{self, EntriesLock, FoldExtent, FoldLock, StoredSource, SummaryEntry};
use crate::pg::{catalog, snapshot, text};

/// Makes the summaries of a source.
pub(crate) fn enable(name: &str) -> Result<(), Error> {
    demand_new_snapshots("tenant_metrics.enable_summaries()")?;
    let source = Source::of_name(name)?;
    setup::demand_owner(&source.usage)?;
    // Whoever drops summaries takes the two locks in the same order.
    let entries = EntriesLock::take(c"tenant_metrics.enable_summaries()")?;
    summaries::lock_usage(source.usage.oid);
    // Before the lock was got, the table may have been changed.
    let source = Source::of_name(name)?;
    demand_summarizable(&source)?;
    if entries.find(name)?.is_some() {
        return Err(Error::HasSummaries { name: shown(name)? });
    }
    let entry = entry(&source, entries.new_number()?)?;
    let stored = StoredSource::new(&entry, source.id_type.kind());
    let stored = stored.ok_or(Error::Invariant("sources have few columns"))?;
    entries.put(&entry)?;
    summaries::create_triggers(&entry, entries.owner())?;
    summaries::build(&entry, stored, &FoldLock::take(entry.number)?)
}

/// Forgets the summaries of a source.
pub(crate) fn disable(name: &str) -> Result<(), Error> {
    let entries = EntriesLock::take(c"tenant_metrics.disable_summaries()")?;
    let entry = entries.find(name)?;
    let Some(entry) = entry else { return Err(Error::NoSummaries { name: shown(name)? }) };
    demand_owner(&entry)?;
    forget(&entries, &entry)
}

/// Forgets the summaries of a source that is torn down, if it has any.
pub(super) fn forget_if_any(name: &str) -> Result<(), Error> {
    let entries = EntriesLock::take(c"tenant_metrics.teardown()")?;
    match entries.find(name)? {
        Some(entry) => {
            demand_owner(&entry)?;
            forget(&entries, &entry)
        }
        None => Ok(()),
    }
}

fn forget(entries: &EntriesLock, entry: &SummaryEntry) -> Result<(), Error> {
    if catalog::locked_relation_name(entry.usage)?.is_some() {
        summaries::drop_triggers(entry)?;
    }
    entries.remove(entry.number)?;
    summaries::clear(entry.number, &FoldLock::take(entry.number)?)
}

/// Folds what statements have appended since.
pub(crate) fn compact(name: &str, extent: FoldExtent) -> Result<(), Error> {
    demand_new_snapshots("tenant_metrics.compact()")?;
    let source = Source::of_name(name)?;
    let Some(entry) = SummaryEntry::find(name)? else {
        return Err(Error::NoSummaries { name: shown(name)? });
    };
    demand_owner(&entry)?;
    snapshot::demand_writable(c"tenant_metrics.compact()");
    summaries::compact(&entry, source.id_type.kind(), extent)
}

/// What is done with the latest snapshot would show a transaction that keeps an older one rows that
/// this does not see elsewhere.
fn demand_new_snapshots(command: &'static str) -> Result<(), Error> {
    match snapshot::is_kept() {
        true => Err(Error::SnapshotKept { command }),
        false => Ok(()),
    }
}

fn demand_owner(entry: &SummaryEntry) -> Result<(), Error> {
    match catalog::locked_relation_name(entry.usage)? {
        Some(name) => setup::demand_owner(&Table { oid: entry.usage, name }),
        // Its owner is nobody any more.
        None => Ok(()),
    }
}

fn entry(source: &Source, number: i32) -> Result<SummaryEntry, Error> {
    let time = source.usage_time.as_ref().map(|time| &time.column);
    let mut entry = SummaryEntry {
        source: memory::text(&source.name)?,
        number,
        usage: source.usage.oid,
        usage_tenant: memory::text(&source.usage_tenant.name)?,
        usage_feature: source.usage_feature.as_ref().map(|column| column.name.clone()),
        usage_cost: source.usage_cost.as_ref().map(|column| column.name.clone()),
        usage_time: time.map(|column| column.name.clone()),
        dimensions: memory::collect(source.dimensions.iter().cloned())?,
        measures: memory::collect(source.measures.iter().cloned())?,
        columns: String::new(),
    };
    entry.columns = summaries::columns(&entry)?.ok_or(Error::Invariant("columns are there"))?;
    Ok(entry)
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
        && source.time_is_plain()
}

/// Why a source's summaries cannot be taken for what it is now; `None` if they can.
pub(crate) fn fault(entry: &SummaryEntry, source: &Source) -> Result<Option<&'static str>, Error> {
    match are_of(entry, source) {
        true => summaries::fault(entry),
        false => Ok(Some("the source has other columns than its summaries")),
    }
}

/// Whether a source has summaries that can be taken, in words; `None` where it has none.
pub(super) fn state(source: &Source) -> Result<Option<&'static str>, Error> {
    let Some(entry) = SummaryEntry::find(&source.name)? else { return Ok(None) };
    Ok(Some(fault(&entry, source)?.unwrap_or("current")))
}

/// Fails for what no summaries can be made of.
fn demand_summarizable(source: &Source) -> Result<(), Error> {
    let refuse = |why| Err(Error::NotSummarizable { relation: source.usage.shown()?, why });
    match catalog::relation_kind(source.usage.oid) {
        b'r' => {}
        b'p' => return refuse("it is partitioned"),
        b'v' => return refuse("it is a view"),
        b'm' => return refuse("it is a materialized view"),
        b'f' => return refuse("it is a foreign table"),
        _ => return refuse("it is no plain table"),
    }
    if !catalog::is_permanent(source.usage.oid) {
        return refuse("it is not logged");
    }
    if let Some(why) = summaries::gap(source.usage.oid)? {
        return refuse(why);
    }
    if !source.time_is_plain() {
        return refuse("its times are dates, or have no time zone");
    }
    for dimension in source.checked_dimensions() {
        if catalog::is_enum(dimension?.column.type_oid) {
            return refuse("a dimension is an enum");
        }
    }
    source.check_measures()?;
    for name in entry(source, 0)?.column_names() {
        if catalog::is_virtual(source.usage.oid, name)? {
            return refuse("a column is generated when it is read");
        }
    }
    Ok(())
}

fn shown(name: &str) -> Result<String, Error> {
    Ok(text::clipped(memory::text(name)?))
}
