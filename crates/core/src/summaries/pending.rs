//! Events as statements append them: one after the other, with ids and names as they are.
//!
//! An event that was added and one that was taken away differ by a sign, so a change of an event is
//! two of them. Rows of any length can be read; who writes them begins a new one in time.

use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};
use crate::ids::{Id, IdKind};
use crate::usage::{Cost, NEVER};

use super::value::{self, Value};
use super::{MOST_DIMENSIONS, MOST_VALUES, RowKind, Shape, begin, malformed, open, varint};

/// In the first byte of an event: it was taken away.
const REMOVED: u8 = 1;

/// In the first byte of an event: it has no time.
const TIMELESS: u8 = 2;

/// An event that was added or taken away.
#[derive(Debug, Clone)]
pub struct PendingEvent<'a> {
    /// Whose it is.
    pub id: Id<'a>,
    /// Whether it was taken away.
    pub is_removed: bool,
    /// Its time, or [`NEVER`].
    pub time: i64,
    dimensions: [Option<&'a [u8]>; MOST_DIMENSIONS],
    values: [Value<'a>; MOST_VALUES],
    shape: Shape,
}

impl<'a> PendingEvent<'a> {
    /// Its value in each dimension.
    #[must_use]
    pub fn dimensions(&self) -> &[Option<&'a [u8]>] {
        &self.dimensions[..self.shape.dimensions()]
    }

    /// Its value of each measure.
    #[must_use]
    pub fn values(&self) -> &[Value<'a>] {
        &self.values[..self.shape.values()]
    }
}

/// A row that is being written.
#[derive(Debug)]
pub struct PendingWriter {
    row: Output,
    shape: Shape,
    events: usize,
    last_time: i64,
}

impl PendingWriter {
    /// An empty row.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(shape: Shape) -> Result<Self, CoreError> {
        Ok(Self { row: begin(RowKind::Pending, shape)?, shape, events: 0, last_time: 0 })
    }

    /// Appends an event, which must have the row's shape.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`]; the row is useless after that.
    pub fn add<'e>(
        &mut self,
        id: Id<'_>,
        is_removed: bool,
        time: i64,
        dimensions: impl ExactSizeIterator<Item = Option<&'e [u8]>>,
        values: impl ExactSizeIterator<Item = Cost<'e>>,
    ) -> Result<(), CoreError> {
        debug_assert_eq!(dimensions.len(), self.shape.dimensions());
        debug_assert_eq!(values.len(), self.shape.values());
        let row = &mut self.row;
        let is_timeless = time == NEVER;
        let removed = if is_removed { REMOVED } else { 0 };
        row.put(&[if is_timeless { removed | TIMELESS } else { removed }])?;
        write_id(id, row)?;
        if !is_timeless {
            varint::write_signed(time.wrapping_sub(self.last_time), row)?;
            self.last_time = time;
        }
        for name in dimensions {
            match name {
                None => varint::write(0, row)?,
                Some(name) => {
                    varint::write(name.len() as u64 + 1, row)?;
                    row.put(name)?;
                }
            }
        }
        for cost in values {
            value::write(&cost, row)?;
        }
        self.events += 1;
        Ok(())
    }

    /// Number of events.
    #[must_use]
    pub fn events(&self) -> usize {
        self.events
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// The row.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.row.into_bytes()
    }
}

fn write_id(id: Id<'_>, into: &mut Output) -> Result<(), CoreError> {
    match id {
        Id::Int(id) => varint::write_signed(id, into),
        Id::Uuid(id) => id.write(into),
        Id::Text(id) => varint::write_slice(id, into),
    }
}

fn read_id<'a>(kind: IdKind, from: &mut Input<'a>) -> Result<Id<'a>, CoreError> {
    Ok(match kind {
        IdKind::Int => Id::Int(varint::read_signed(from)?),
        IdKind::Uuid => Id::Uuid(u128::read(from)?),
        IdKind::Text => Id::Text(varint::read_slice(from)?),
    })
}

/// The events of a row.
#[derive(Debug)]
pub struct PendingEvents<'a> {
    input: Input<'a>,
    ids: IdKind,
    shape: Shape,
    last_time: i64,
}

impl<'a> PendingEvents<'a> {
    /// Those of a row of tenants with ids of `ids`.
    ///
    /// # Errors
    /// [`CoreError::UnknownRowFormat`] for a row of another version, [`CoreError::MalformedRow`] for
    /// bytes of anything else.
    pub fn new(row: &'a [u8], ids: IdKind, shape: Shape) -> Result<Self, CoreError> {
        Ok(Self { input: open(row, RowKind::Pending, shape)?, ids, shape, last_time: 0 })
    }

    /// The next one, if there is one.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`].
    pub fn next_event(&mut self) -> Result<Option<PendingEvent<'a>>, CoreError> {
        if self.input.is_empty() {
            return Ok(None);
        }
        self.read().map(Some).map_err(malformed)
    }

    fn read(&mut self) -> Result<PendingEvent<'a>, CoreError> {
        let input = &mut self.input;
        let flags = u8::read(input)?;
        if flags & !(REMOVED | TIMELESS) != 0 {
            return Err(CoreError::MalformedState);
        }
        let id = read_id(self.ids, input)?;
        let time = if flags & TIMELESS != 0 {
            NEVER
        } else {
            self.last_time = self.last_time.wrapping_add(varint::read_signed(input)?);
            if self.last_time == NEVER {
                return Err(CoreError::MalformedState);
            }
            self.last_time
        };
        let mut dimensions = [None; MOST_DIMENSIONS];
        for name in &mut dimensions[..self.shape.dimensions()] {
            *name = match varint::read_usize(input)? {
                0 => None,
                len => Some(input.take_slice(len - 1)?),
            };
        }
        let mut values = [Value::Missing; MOST_VALUES];
        for value in &mut values[..self.shape.values()] {
            *value = value::read(input)?;
        }
        let is_removed = flags & REMOVED != 0;
        Ok(PendingEvent { id, is_removed, time, dimensions, values, shape: self.shape })
    }
}
