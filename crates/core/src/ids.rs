//! Tenant ids and the table that numbers them.
//!
//! An id is an integer, a UUID or a text; within one table all are of one kind.
//! [`IdTable`] gives each distinct id a *slot*, a small number that indexes flat vectors.

mod hashing;
mod index;
mod keys;
mod table;

use crate::bytes::{Encoded, Input, Output};
use crate::{CoreError, memory};
pub use hashing::Seed;
pub use table::IdTable;

/// A tenant id, borrowed from wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id<'a> {
    /// `smallint`, `integer` or `bigint`.
    Int(i64),
    /// `uuid`, the number that its hexadecimal digits show. (As bytes it would make the processor
    /// copy ids in overlapping parts, and wait for them.)
    Uuid(u128),
    /// `text` or `varchar`, its bytes.
    Text(&'a [u8]),
}

/// An id as text: digits and hyphens, or the bytes that it has, in whatever encoding they are.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn written(id: Id<'_>) -> Result<Vec<u8>, CoreError> {
    match id {
        Id::Int(id) => Ok(id.to_string().into_bytes()),
        Id::Uuid(id) => Ok(uuid(id).into_bytes()),
        Id::Text(bytes) => memory::copied(bytes),
    }
}

/// A UUID as PostgreSQL prints it.
fn uuid(id: u128) -> String {
    let hex = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// The kind that all ids of a source share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// Integers.
    Int,
    /// UUIDs.
    Uuid,
    /// Texts.
    Text,
}

/// The slot of an absent id.
pub const NO_SLOT: u32 = u32::MAX;

impl Encoded for IdKind {
    const LEAST: usize = u8::LEAST;

    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        (*self as u8).write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let kinds = [Self::Int, Self::Uuid, Self::Text];
        kinds.get(usize::from(u8::read(from)?)).copied().ok_or(CoreError::MalformedState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_written_as_postgresql_prints_them() {
        let id = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
        assert_eq!(written(Id::Uuid(id)).unwrap(), b"00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(written(Id::Int(-7)).unwrap(), b"-7");
        assert_eq!(written(Id::Text(b"a\xffb")).unwrap(), b"a\xffb");
    }
}
