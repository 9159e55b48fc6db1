//! What a change of the schema does to summaries, which the event trigger looks at after it.

use std::ffi::CStr;

use pgrx::pg_sys;
use tenant_metrics_core::memory;

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::label_lock;
use super::stamp::{Noted, Stamp};
use super::structure::fault_of;
use super::triggers;
use super::usage_rows;
use super::usage_tables::{FileSum, UsageTable, UsageTables};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::{compat, nodes, report, rights, snapshot};

/// The body of the function of both event triggers.
pub(crate) fn note_changes(call: &Call) -> Result<(), Error> {
    let Some(data) = call.event_trigger() else { return Err(Error::NotAnEventTrigger) };
    // SAFETY: the server passes the name of the event, and the statement.
    let (is_at_start, drops, is_of_enum) = unsafe {
        let statement = data.parsetree;
        (
            CStr::from_ptr(data.event) == c"ddl_command_start",
            drops_extension(statement),
            !statement.is_null() && (*statement).type_ == pg_sys::NodeTag::T_AlterEnumStmt,
        )
    };
    if is_of_enum {
        label_lock::change()?;
    }
    let mut entries = Vec::new();
    snapshot::with_latest(|| {
        SummaryEntry::each(|entry| Ok(memory::push(&mut entries, entry)?))?;
        match (is_at_start, drops) {
            (false, _) => entries.iter().try_for_each(note),
            (true, true) => entries.iter().try_for_each(demand_no_triggers),
            (true, false) => Ok(()),
        }
    })
}

/// Whether a statement drops the extension, without what depends on it.
///
/// # Safety
/// The statement must be one of the server's.
unsafe fn drops_extension(statement: *mut pg_sys::Node) -> bool {
    // SAFETY: a node's tag says which it is; extensions are dropped by their names.
    unsafe {
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_DropStmt {
            return false;
        }
        let drop = &*statement.cast::<pg_sys::DropStmt>();
        drop.removeType == pg_sys::ObjectType::OBJECT_EXTENSION
            && drop.behavior == pg_sys::DropBehavior::DROP_RESTRICT
            && nodes::nodes(drop.objects)
                .any(|name| CStr::from_ptr(compat::str_val(name)) == c"tenant_metrics")
    }
}

/// Says what is in the way of dropping the extension, and what to do: the server's own message would
/// name each trigger.
fn demand_no_triggers(entry: &SummaryEntry) -> Result<(), Error> {
    let tables = UsageTables::of(entry.usage, entry.number)?;
    match tables.iter().any(|table| table.has_triggers) {
        true => Err(Error::summaries_in_the_way(&entry.source)),
        false => Ok(()),
    }
}

/// Notes of summaries that a change of the schema has made stale that they are so, for good: what is
/// changed back, as a trigger that is disabled for a while, leaves no other trace. New partitions get
/// triggers.
fn note(entry: &SummaryEntry) -> Result<(), Error> {
    // Others may be at the same with other partitions: what they have noted goes with what they did.
    let (noted, tables) = snapshot::with_catalogs(|| {
        Ok((Noted::read(entry.number)?, UsageTables::seen(entry.usage, entry.number)?))
    })?;
    let Some(files) = noted.files else { return Ok(()) };
    if tables.are_partitions() {
        if files != tables.files() {
            return note_partitions(entry, files, &tables);
        }
        if matches!(noted.stamp(), Stamp::Stale(_)) {
            triggers::drop_left(entry)?;
        }
    } else if files != tables.files() {
        // A table with another file is found to have it, as one that is being restored.
        return Ok(());
    }
    mark_if_faulty(entry)
}

/// Notes what has become of partitions. New ones without rows change nothing but the files; of all
/// else it is not known which events came or went.
fn note_partitions(
    entry: &SummaryEntry,
    files: FileSum,
    tables: &UsageTables,
) -> Result<(), Error> {
    let new = || tables.iter().filter(|table| !table.has_triggers);
    let with_new = new().fold(files, |sum, table| sum.with(table.files()));
    Stamp::add_files(entry.number, tables.files().beyond(files))?;
    snapshot::advance();
    if with_new != tables.files() {
        triggers::drop_left(entry)?;
        return mark_stale(entry, Fault::Partitions);
    }
    if new().any(UsageTable::is_foreign) {
        // Statements that add rows through the table would fail with their triggers.
        triggers::drop_all(entry)?;
        let error = Error::stale_summaries(&entry.source, Fault::Foreign.words());
        report::warning(&error.to_string(), &error.hint().unwrap_or_default());
        return mark_stale(entry, Fault::Foreign);
    }
    let mut have_rows = false;
    for table in new() {
        // Where it may not have them, the summaries are stale, and the change of the schema stands.
        if rights::owner_sees_schema(table.oid) {
            triggers::create_on(entry, table.oid)?;
        }
        have_rows |= table.has_rows && usage_rows::any(table.oid)?;
    }
    if have_rows {
        mark_stale(entry, Fault::Partitions)?;
    }
    mark_if_faulty(entry)
}

fn mark_if_faulty(entry: &SummaryEntry) -> Result<(), Error> {
    let tables = UsageTables::of(entry.usage, entry.number)?;
    match fault_of(entry, &tables)? {
        Some(fault) => mark_stale(entry, fault),
        None => Ok(()),
    }
}

fn mark_stale(entry: &SummaryEntry, fault: Fault) -> Result<(), Error> {
    snapshot::with_latest(|| Stamp::mark_stale(entry.number, fault))
}
