//! What is stored of sources with summaries: the tables `summary`, `delta` and `run`.
//!
//! Readers scan them in the caller's snapshot, the trigger appends to `delta`, and folds delete rows
//! and insert others. All go to the tables directly: callers have no rights on them, and need none.

mod build;
mod capture;
mod entry;
mod events;
mod fold;
mod rows;
mod scan;
mod scratch;
mod stored;
mod structure;
mod triggers;
mod writer;

pub(crate) use build::{build, lock_usage};
pub(crate) use capture::capture;
pub(crate) use entry::{EntriesLock, SummaryEntry};
pub(crate) use fold::{FoldExtent, FoldLock, clear, compact};
pub(crate) use rows::pending_events;
pub(crate) use stored::StoredSource;
pub(crate) use structure::{columns, fault, gap};
pub(crate) use triggers::{create as create_triggers, drop_all as drop_triggers};
