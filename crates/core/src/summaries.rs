//! A copy of usage that is small and quick to read: its events by columns, and totals of them.
//!
//! Statements append their events to a row each ([`pending`]). Later these are put together in the
//! order of their times ([`events`]), with numbers in the place of ids and names ([`names`]), and
//! added up by tenant and feature ([`totals`]). An event that was taken away is one more event, of
//! which there are fewer than none, so nothing that is stored is ever changed; what cancels out is
//! left out when it is met.
//!
//! Every stored row begins with the version of the format and with what it is. Whoever reads one
//! believes nothing that it says, as with [`crate::state`].

pub mod check;
mod column;
pub mod event_block;
pub mod event_row;
pub mod events;
pub mod fold;
pub mod live;
pub mod names;
pub mod net;
pub mod net_table;
pub mod numbering;
pub mod parts;
pub mod pending;
pub mod replay;
mod rows;
pub mod told;
pub mod totals;
pub mod value;
mod varint;

use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};

/// The version of the format. A change of what any stored row says is a new one.
pub const FORMAT: u8 = 1;

/// The most dimensions by which events are told apart, the feature among them.
pub const MOST_DIMENSIONS: usize = 5;

/// The most measures of an event, the cost among them.
pub const MOST_VALUES: usize = crate::measures::MOST_MEASURES + 1;

/// Which columns the events of a source have, beside tenant and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    dimensions: u8,
    values: u8,
}

impl Shape {
    /// That of events with so many dimensions and values of measures; `None` where there are more
    /// than there can be.
    #[must_use]
    pub fn new(dimensions: usize, values: usize) -> Option<Self> {
        let fits = dimensions <= MOST_DIMENSIONS && values <= MOST_VALUES;
        let narrow = |number| u8::try_from(number).ok();
        Some(Self { dimensions: narrow(dimensions)?, values: narrow(values)? }).filter(|_| fits)
    }

    /// Number of dimensions.
    #[must_use]
    pub fn dimensions(self) -> usize {
        self.dimensions.into()
    }

    /// Number of values.
    #[must_use]
    pub fn values(self) -> usize {
        self.values.into()
    }
}

/// What a stored row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowKind {
    Pending = 1,
    Events = 2,
    Totals = 3,
    Names = 4,
}

/// Begins a row.
fn begin(kind: RowKind, shape: Shape) -> Result<Output, CoreError> {
    let mut row = Output::new(usize::MAX);
    row.put(&[FORMAT, kind as u8, shape.dimensions, shape.values])?;
    Ok(row)
}

/// What follows the beginning of a row that is of this kind and shape.
fn open(row: &[u8], kind: RowKind, shape: Shape) -> Result<Input<'_>, CoreError> {
    let mut input = Input::new(row);
    let found = u8::read(&mut input).map_err(malformed)?;
    if found != FORMAT {
        return Err(CoreError::UnknownRowFormat { found });
    }
    match input.take_slice(3).map_err(malformed)? {
        &[found, dimensions, values]
            if found == kind as u8 && (Shape { dimensions, values }) == shape =>
        {
            Ok(input)
        }
        _ => Err(CoreError::MalformedRow),
    }
}

/// Ends a row that is read eight bytes at a time.
fn end(mut row: Output) -> Result<Vec<u8>, CoreError> {
    row.put(&[0; column::SPARE])?;
    Ok(row.into_bytes())
}

/// Fails unless a row is at its end.
fn demand_end(input: &mut Input<'_>) -> Result<(), CoreError> {
    match input.take_slice(column::SPARE)? == [0; column::SPARE] && input.is_empty() {
        true => Ok(()),
        false => Err(CoreError::MalformedState),
    }
}

/// An error of bytes as one of a stored row.
fn malformed(error: CoreError) -> CoreError {
    match error {
        CoreError::MalformedState => CoreError::MalformedRow,
        error => error,
    }
}

#[cfg(test)]
mod tests;
