//! What is stored of sources with summaries: the tables `summary`, `delta` and `run`.
//!
//! Readers scan them in the caller's snapshot, the trigger appends to `delta`, and folds delete rows
//! and insert others. All go to the tables directly: callers have no rights on them, and need none.

mod automatic;
mod build;
mod capture;
mod changes;
mod columns;
mod entry;
mod events;
mod fault;
mod fold;
mod fold_lock;
mod label_lock;
mod pending;
mod progress;
mod rows;
mod scan;
mod scratch;
mod stamp;
mod stored;
mod stored_series;
mod structure;
mod triggers;
mod usage_rows;
mod usage_tables;
mod verify;
mod writer;

pub(crate) use automatic::watch;
pub(crate) use build::{MOST_PARTS, begin, build_part, lock_usage, usual_parts};
pub(crate) use capture::capture;
pub(crate) use changes::note_changes;
pub(crate) use columns::columns;
pub(crate) use entry::{EntriesLock, SummaryEntry};
pub(crate) use fault::Fault;
pub(crate) use fold::{FoldExtent, clear, compact};
pub(crate) use fold_lock::FoldLock;
pub(crate) use label_lock::keep as keep_labels;
pub(crate) use pending::{Pending, pending};
pub(crate) use progress::{Progress, percent};
pub(crate) use stamp::{Stamp, SummaryHead};
pub(crate) use stored::{LiveRows, StoredSource};
pub(crate) use stored_series::RowsRead;
pub(crate) use structure::{fault, stale};
pub(crate) use triggers::{
    create as create_triggers, drop_all as drop_triggers, keep as keep_triggers,
};
pub(crate) use usage_tables::{NO_SOURCE, UsageTables};
pub(crate) use verify::{CheckedPart, Difference, repair, verify};
