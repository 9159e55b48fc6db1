//! Snapshots other than the one that a call finds active.

use std::ffi::CStr;

use pgrx::pg_sys;

use crate::error::Error;

/// The catalog `pg_inherits`.
const INHERITS: pg_sys::Oid = pg_sys::Oid::from_u32(2611);

/// Does `work` with a snapshot of what is committed by now, and of what the transaction has done,
/// which one of a transaction that keeps its snapshot may be too old for. Not for readers, of which
/// a parallel query calls some.
pub(crate) fn with_latest<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // SAFETY: what the function gives is a snapshot.
    unsafe { with(pg_sys::GetLatestSnapshot(), work) }
}

/// Does `work`, which reads catalogs, with the snapshot that the server reads them with.
pub(crate) fn with_catalogs<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // SAFETY: as above. Of a catalog without a cache, as this one, no change is announced: so the
    // snapshot is a new one.
    unsafe { with(pg_sys::GetCatalogSnapshot(INHERITS), work) }
}

/// # Safety
/// The snapshot must be one.
unsafe fn with<T>(
    snapshot: pg_sys::Snapshot,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    // SAFETY: the snapshot is taken off again; an error of the server ends what it was active in.
    unsafe {
        pg_sys::PushActiveSnapshot(snapshot);
        let result = work();
        pg_sys::PopActiveSnapshot();
        result
    }
}

/// Lets snapshots that are taken from now on see what the transaction has written.
pub(crate) fn advance() {
    // SAFETY: begins another command of the transaction.
    unsafe { pg_sys::CommandCounterIncrement() };
}

/// Whether the transaction keeps one snapshot for all of its statements.
pub(crate) fn is_kept() -> bool {
    // SAFETY: reads the state of the session.
    unsafe { pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ.cast_signed() }
}

/// Whether what the transaction reads is noticed, to be compared with what others write.
pub(crate) fn is_watched() -> bool {
    // SAFETY: reads the state of the session.
    unsafe { pg_sys::XactIsoLevel == pg_sys::XACT_SERIALIZABLE.cast_signed() }
}

/// The command whose changes the active snapshot no longer sees.
pub(crate) fn command() -> pg_sys::CommandId {
    // SAFETY: a call has an active snapshot.
    unsafe { (*pg_sys::GetActiveSnapshot()).curcid }
}

/// Fails where the transaction may not write; `command` is for the message.
pub(crate) fn demand_writable(command: &'static CStr) {
    // SAFETY: the name is NUL-terminated.
    unsafe { pg_sys::PreventCommandIfReadOnly(command.as_ptr()) };
}
