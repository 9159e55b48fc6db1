//! The trigger: what a statement has changed of a usage table, appended to `delta`.
//!
//! It reads the statement's transition tables through read pointers of its own, because every reader of
//! such a table moves the pointer that it has, and other triggers read them too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::summaries::pending::PendingWriter;

use super::automatic;
use super::columns;
use super::entry::SummaryEntry;
use super::events::RowLayout;
use super::fault::Fault;
use super::fold;
use super::fold_lock::FoldLock;
use super::scratch::Scratch;
use super::stamp::Stamp;
use super::triggers;
use super::writer::{ROW_BYTES, RowWriter};
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::query::Param;
use crate::pg::{identity, interrupt, plans, snapshot};

/// What is known of a trigger's table.
struct Captured {
    source: i32,
    /// Whether the table is a partition of the usage table.
    is_partition: bool,
    /// Or why there is none: then it is noted that events were lost.
    layout: Result<RowLayout, Fault>,
}

/// By trigger, as of some invalidations.
#[derive(Default)]
struct CaptureCache {
    seen: u64,
    captured: HashMap<Oid, Rc<Captured>>,
}

thread_local! {
    static CACHE: RefCell<CaptureCache> = RefCell::default();
}

/// The body of the trigger function.
pub(crate) fn capture(call: &Call) -> Result<(), Error> {
    let Some(data) = call.trigger() else { return Err(Error::NotATrigger) };
    // SAFETY: the server passes a trigger and its table.
    let (trigger, table) = unsafe { (&*data.tg_trigger, &*data.tg_relation) };
    let Some(captured) = known(trigger, table.rd_id)? else { return Ok(()) };
    if data.tg_event & pg_sys::TRIGGER_EVENT_OPMASK == pg_sys::TRIGGER_EVENT_TRUNCATE {
        return truncated(&captured);
    }
    let layout = match &captured.layout {
        Ok(layout) => layout,
        Err(fault) => return Stamp::mark_stale(captured.source, *fault),
    };
    let mut appended = 0;
    let result = RowWriter::on_pending(captured.source, |writer| {
        let mut row = PendingWriter::new(layout.shape())?;
        let mut append = |row: PendingWriter| {
            appended += row.events();
            writer.pending(&row.finish());
        };
        for (events, is_removed) in [(data.tg_oldtable, true), (data.tg_newtable, false)] {
            if events.is_null() {
                continue;
            }
            // SAFETY: a transition table of the statement, with rows of the table.
            unsafe {
                each_row(events, table.rd_att, |slot| {
                    layout.write(slot, is_removed, &mut row)?;
                    if row.len() > ROW_BYTES - LONGEST_USUAL {
                        let full = std::mem::replace(&mut row, PendingWriter::new(layout.shape())?);
                        append(full);
                    }
                    Ok(())
                })?;
            }
        }
        if !row.is_empty() {
            append(row);
        }
        Ok(())
    });
    match result {
        Ok(()) => automatic::appended(captured.source, appended),
        // The statement has no fault, and the events that are left out are noted.
        Err(Error::EventTimeOutOfRange) => Stamp::mark_stale(captured.source, Fault::Times),
        Err(error) => Err(error),
    }
}

/// Nobody else reads or writes the table now; a fold may be at work.
fn truncated(captured: &Captured) -> Result<(), Error> {
    let lock = FoldLock::take(captured.source)?;
    // Triggers of other tables of the statement may have removed or noted something.
    snapshot::advance();
    match captured.is_partition {
        // The rows are gone unread. Where the whole table is truncated, nothing is left of theirs.
        true => fold::mark_stale_if_any(captured.source, Fault::Partitions, &lock),
        false => fold::clear_events(captured.source, &lock),
    }
}

/// Bytes that most events take at most: a row ends where one more might not fit.
const LONGEST_USUAL: usize = 200;

/// What is known of a trigger and its table; `None` where no source has the trigger's number, as in a
/// restore that loads the registry after the table.
fn known(trigger: &pg_sys::Trigger, table: Oid) -> Result<Option<Rc<Captured>>, Error> {
    let seen = identity::invalidations();
    let found = CACHE.with_borrow_mut(|cache| {
        if cache.seen != seen {
            *cache = CaptureCache { seen, captured: HashMap::new() };
        }
        cache.captured.get(&trigger.tgoid).map(Rc::clone)
    });
    if found.is_some() {
        return Ok(found);
    }
    let number = triggers::source_of(trigger)?.ok_or(Error::NotCaptured)?;
    // A snapshot that is older than the trigger does not see its source.
    let entry = snapshot::with_latest(|| SummaryEntry::numbered(number))?;
    let Some(entry) = entry else { return Ok(None) };
    let is_partition = entry.usage != table;
    if is_partition && !is_below(table, entry.usage)? {
        return Err(Error::NotCaptured);
    }
    let layout = match RowLayout::of(&entry, table)? {
        None => Err(Fault::Written),
        Some(_) if !columns::zone_is_the_same(&entry)? => Err(Fault::Zone),
        Some(layout) => Ok(layout),
    };
    let captured = Rc::new(Captured { source: entry.number, is_partition, layout });
    #[expect(clippy::disallowed_methods, reason = "there are few")]
    CACHE.with_borrow_mut(|cache| cache.captured.insert(trigger.tgoid, Rc::clone(&captured)));
    Ok(Some(captured))
}

/// Whether a table is a partition of another, at any depth.
fn is_below(table: Oid, other: Oid) -> Result<bool, Error> {
    let (mut is_below, params) = (false, [Param::oid(table), Param::oid(other)]);
    let sql = include_str!("../../../sql/query/is_partition.sql");
    snapshot::with_catalogs(|| {
        plans::read(sql, &params, |_| {
            is_below = true;
            Ok(())
        })
    })?;
    Ok(is_below)
}

/// Calls `on_row` with each row of a transition table.
///
/// # Safety
/// The rows must have this descriptor.
unsafe fn each_row(
    rows: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    mut on_row: impl FnMut(*mut pg_sys::TupleTableSlot) -> Result<(), Error>,
) -> Result<(), Error> {
    let scratch = Scratch::new();
    let mut result = Ok(());
    // SAFETY: the caller vouches for the rows. Pointer 0 is everybody's, and is selected again at the
    // end; an error of the server ends the statement.
    unsafe {
        let flags = i32::try_from(pg_sys::EXEC_FLAG_REWIND).unwrap_or_default();
        let pointer = pg_sys::tuplestore_alloc_read_pointer(rows, flags);
        pg_sys::tuplestore_select_read_pointer(rows, pointer);
        pg_sys::tuplestore_rescan(rows);
        let slot =
            pg_sys::MakeSingleTupleTableSlot(descriptor, &raw const pg_sys::TTSOpsMinimalTuple);
        for count in 1_usize.. {
            if !pg_sys::tuplestore_gettupleslot(rows, true, false, slot) {
                break;
            }
            if count.is_multiple_of(1024) {
                interrupt();
            }
            result = scratch.within(count, || on_row(slot));
            if result.is_err() {
                break;
            }
        }
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::tuplestore_select_read_pointer(rows, 0);
    }
    result
}
