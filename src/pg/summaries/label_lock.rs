//! The lock of the labels of enums.
//!
//! Whoever gives a label another name locks no table that has it. So a transaction that has done so
//! could write rows with the new name while summaries are made of all rows, and give the label its
//! old name again after that: neither would see what the other did.

use pgrx::pg_sys::{self, Oid};

use crate::error::Error;
use crate::pg::tables::OwnTable;

/// What no source has as its number: all sources have one lock.
const ALL: Oid = Oid::INVALID;

/// Notes that labels are changed, until the transaction ends; waits for those who rely on them.
pub(super) fn change() -> Result<(), Error> {
    lock(pg_sys::ShareLock)
}

/// Keeps labels as they are until the transaction ends; waits for those who change them.
pub(crate) fn keep() -> Result<(), Error> {
    lock(pg_sys::RowExclusiveLock)
}

fn lock(mode: u32) -> Result<(), Error> {
    let class = OwnTable::Summary.oid()?;
    // SAFETY: the lock is of no object of the server's: nobody else asks for one of this class.
    unsafe { pg_sys::LockDatabaseObject(class, ALL, 0, mode.cast_signed()) };
    Ok(())
}
