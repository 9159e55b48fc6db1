//! The lock of the folds of a source.

use pgrx::pg_sys::{self, Oid};

use crate::error::Error;
use crate::pg::tables::OwnTable;

/// The right to change what is stored of a source, which no other transaction has until this one
/// ends. Statements that append to `delta` do not ask for it.
pub(crate) struct FoldLock(());

impl FoldLock {
    /// Waits until nobody else has it.
    pub(crate) fn take(number: i32) -> Result<Self, Error> {
        let class = OwnTable::Summary.oid()?;
        // SAFETY: the lock is of no object of the server's: nobody else asks for one of this class.
        // It is released when the transaction ends.
        unsafe {
            pg_sys::LockDatabaseObject(
                class,
                Oid::from(number.cast_unsigned()),
                0,
                pg_sys::AccessExclusiveLock.cast_signed(),
            );
        }
        Ok(Self(()))
    }

    /// Takes it if nobody else has it.
    pub(super) fn take_if_free(number: i32) -> Result<Option<Self>, Error> {
        let class = OwnTable::Summary.oid()?;
        // SAFETY: as above.
        let is_free = unsafe {
            pg_sys::ConditionalLockDatabaseObject(
                class,
                Oid::from(number.cast_unsigned()),
                0,
                pg_sys::AccessExclusiveLock.cast_signed(),
            )
        };
        Ok(is_free.then_some(Self(())))
    }
}
