//! Numbers of ids and of names, so that each event has a small number in their place.
//!
//! Numbers are given in order, from 1 on, and never again to another name. A row has names in the
//! order of a hash of them, so that one name is found without reading the rest.

use std::ops::Range;

use super::column::{self, NumberColumn};
use super::{RowKind, Shape, begin, demand_end, end, malformed, open, rows, varint};
use crate::bytes::Input;
use crate::features::FeatureTable;
use crate::{CoreError, Interrupt, memory};

/// The most names that a row has.
const MOST_NAMES: usize = 4096;

/// Rows of names have no columns of events.
const SHAPE: Shape = Shape { dimensions: 0, values: 0 };

/// The hash by which rows of names are found: FNV-1a, as what is stored has to be found for ever.
#[must_use]
pub fn name_hash(name: &[u8]) -> i64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    name.iter().fold(0xcbf2_9ce4_8422_2325, step).cast_signed()
}

/// The names of one dimension, or the ids of tenants, with their numbers.
#[derive(Debug, Default)]
pub struct NameTable {
    table: FeatureTable,
    /// How many of them are stored.
    stored: u32,
}

/// A row that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesRow {
    /// The least and the greatest hash.
    pub hashes: (i64, i64),
    /// Number of names.
    pub names: usize,
    /// What is stored.
    pub bytes: Vec<u8>,
}

impl NameTable {
    /// Number of names, the greatest number among them.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the table has no more")]
    pub fn len(&self) -> u32 {
        self.table.len() as u32
    }

    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The name of a number; `None` for 0 and for numbers that nobody was given.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&[u8]> {
        let index = number.checked_sub(1)?;
        (number <= self.len()).then(|| self.table.name(index))
    }

    /// The number of a name, a new one if it has none.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::TooManyValues`].
    #[inline]
    pub fn number(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        self.table.intern(name)?.checked_add(1).ok_or(CoreError::TooManyValues)
    }

    /// The number of a name, if it has one.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        Some(self.table.get(name)? + 1)
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes()
    }

    /// Writes the names that are not stored yet into rows of at most `limit` bytes, unless one name
    /// alone needs more.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_row`.
    pub fn write_new<E: From<CoreError>>(
        &mut self,
        limit: usize,
        interrupt: Interrupt<'_>,
        mut on_row: impl FnMut(NamesRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let new = self.stored + 1..=self.len();
        let hashed = new.map(|number| (name_hash(self.name(number).unwrap_or(&[])), number));
        let mut order = memory::collect(hashed)?;
        order.sort_unstable();
        let together = |begin: usize| (order.len() - begin).min(MOST_NAMES);
        let write = |row: Range<usize>| self.row(&order[row]);
        rows::cut(order.len(), limit, interrupt, together, write, |row, bytes| {
            let hashes = (order[row.start].0, order[row.end - 1].0);
            on_row(NamesRow { hashes, names: row.len(), bytes })
        })?;
        self.stored = self.len();
        Ok(())
    }

    fn row(&self, names: &[(i64, u32)]) -> Result<Vec<u8>, CoreError> {
        let mut row = begin(RowKind::Names, SHAPE)?;
        varint::write(names.len() as u64, &mut row)?;
        column::write(&memory::collect(names.iter().map(|&(hash, _)| hash))?, &mut row)?;
        column::write(&memory::collect(names.iter().map(|&(_, number)| number.into()))?, &mut row)?;
        for &(_, number) in names {
            varint::write_slice(self.name(number).unwrap_or(&[]), &mut row)?;
        }
        end(row)
    }
}

/// Names that are read row by row.
#[derive(Debug, Default)]
pub struct NamesReader {
    /// The number of each name, and where it is.
    found: Vec<(u32, Range<usize>)>,
    bytes: Vec<u8>,
}

impl NamesReader {
    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + self.found.capacity() * size_of::<(u32, Range<usize>)>()
    }

    /// Reads a row.
    ///
    /// # Errors
    /// [`CoreError::UnknownRowFormat`] for a row of another version, [`CoreError::MalformedRow`] for
    /// bytes of anything else, [`CoreError::OutOfMemory`]; the reader is useless after that.
    pub fn read(&mut self, row: &[u8]) -> Result<(), CoreError> {
        each_name(row, |number, name| {
            let start = self.bytes.len();
            memory::extend(&mut self.bytes, name)?;
            memory::push(&mut self.found, (number, start..self.bytes.len()))
        })
    }

    /// All names.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] where a number or a name comes twice, or a number lacks;
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self) -> Result<NameTable, CoreError> {
        self.found.sort_unstable_by_key(|&(number, _)| number);
        let mut names = NameTable::default();
        for (number, place) in self.found {
            let is_next = names.len() + 1 == number;
            if names.number(&self.bytes[place])? != number || !is_next {
                return Err(CoreError::MalformedRow);
            }
        }
        names.stored = names.len();
        Ok(names)
    }
}

/// The number that a row has of a name, if it has one.
///
/// # Errors
/// As for [`NamesReader::read`].
pub fn find_name(row: &[u8], name: &[u8]) -> Result<Option<u32>, CoreError> {
    let mut found = None;
    each_name(row, |number, other| {
        if other == name {
            found = Some(number);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Calls `on_name` with each name of a row and its number.
fn each_name(
    row: &[u8],
    on_name: impl FnMut(u32, &[u8]) -> Result<(), CoreError>,
) -> Result<(), CoreError> {
    let input = open(row, RowKind::Names, SHAPE)?;
    read_names(input, on_name).map_err(malformed)
}

fn read_names(
    mut input: Input<'_>,
    mut on_name: impl FnMut(u32, &[u8]) -> Result<(), CoreError>,
) -> Result<(), CoreError> {
    let input = &mut input;
    let count = varint::read_usize(input)?;
    if count > MOST_NAMES || count == 0 {
        return Err(CoreError::MalformedState);
    }
    let mut numbers = NumberColumn::default();
    column::skip(input, count)?;
    column::read(input, count, &mut numbers)?;
    for &number in numbers.values() {
        let number = u32::try_from(number).map_err(|_| CoreError::MalformedState)?;
        on_name(number, varint::read_slice(input)?)?;
    }
    demand_end(input)
}
