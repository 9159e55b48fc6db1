//! Rows of events: one block of columns that is read in place.
//!
//! A row has the times, tenants, dimensions and weights, and then for each measure its forms and
//! its units, all at the scale of the most decimals that a short value of the row has. The bytes of
//! long values come last.

use std::ops::Range;

use super::column;
use super::events::{EventColumns, LONG};
use super::{RowKind, begin, end, rows, varint};
use crate::bytes::{Encoded, Output};
use crate::feature_usage::{EARLIEST, LATEST};
use crate::money::{Money, ShortValue};
use crate::usage::NEVER;
use crate::{CoreError, Interrupt, memory};

/// The most events that a row has.
pub const MOST_EVENTS: usize = 4096;

/// A weight is less than this, either way, so that no sum of weights overflows.
pub(super) const HEAVIEST: i64 = 1 << 31;

/// A row that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The first and the last time. Events without a time, and at either infinite one, have rows of
    /// their own.
    pub times: (i64, i64),
    /// Number of events.
    pub events: usize,
    /// Whether some are events that were taken away.
    pub has_removed: bool,
    /// What is stored.
    pub bytes: Vec<u8>,
}

impl EventColumns {
    /// Writes the events, which are in order, into rows of at most `limit` bytes, unless one event
    /// alone needs more.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_row`.
    pub fn write<E: From<CoreError>>(
        &self,
        limit: usize,
        interrupt: Interrupt<'_>,
        mut on_row: impl FnMut(EventRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let together = |begin: usize| {
            let same = |&&time: &&i64| class(time) == class(self.times[begin]);
            self.times[begin..].iter().take_while(same).take(MOST_EVENTS).count()
        };
        rows::cut(
            self.len(),
            limit,
            interrupt,
            together,
            |row| self.row(row),
            |row, bytes| {
                on_row(EventRow {
                    times: (self.times[row.start], self.times[row.end - 1]),
                    events: row.len(),
                    has_removed: self.weights[row].iter().any(|&weight| weight < 0),
                    bytes,
                })
            },
        )
    }

    fn row(&self, events: Range<usize>) -> Result<Vec<u8>, CoreError> {
        let mut row = begin(RowKind::Events, self.shape)?;
        varint::write(events.len() as u64, &mut row)?;
        column::write(&self.times[events.clone()], &mut row)?;
        column::write(&self.tenants[events.clone()], &mut row)?;
        for column in &self.dimensions[..self.shape.dimensions()] {
            column::write(&column[events.clone()], &mut row)?;
        }
        column::write(&self.weights[events.clone()], &mut row)?;
        let mut longs = Output::new(usize::MAX);
        for measure in 0..self.shape.values() {
            self.write_values(measure, events.clone(), &mut row, &mut longs)?;
        }
        row.put(&longs.into_bytes())?;
        end(row)
    }

    /// Appends the columns of a measure, and to `longs` the bytes of its long values.
    fn write_values(
        &self,
        measure: usize,
        events: Range<usize>,
        row: &mut Output,
        longs: &mut Output,
    ) -> Result<(), CoreError> {
        let values = self.scaled(measure, events)?;
        row.put(&[values.scale])?;
        varint::write(values.longs.len() as u64, row)?;
        column::write(&values.forms, row)?;
        column::write(&values.units, row)?;
        values.longs.iter().try_for_each(|(_, bytes)| varint::write_slice(bytes, longs))
    }

    /// The values of a measure at one scale.
    pub(super) fn scaled(
        &self,
        measure: usize,
        events: Range<usize>,
    ) -> Result<ScaledValues, CoreError> {
        let values = &self.values[measure];
        let shorts = events.clone().filter_map(|at| values.short(at));
        let scale = shorts.map(|value| value.decimals).max().unwrap_or(0);
        let mut forms = memory::copied(&values.forms[events.clone()])?;
        let mut units = memory::filled(events.len(), 0)?;
        let mut longs = Vec::new();
        for (place, at) in events.enumerate() {
            match values.short(at) {
                Some(short) => match short.units_at(scale) {
                    Some(scaled) => units[place] = scaled,
                    // Too large beside values of so many decimals.
                    None => {
                        forms[place] = LONG;
                        memory::push(&mut longs, (place, alone(short).to_bytes()?))?;
                    }
                },
                None if forms[place] == LONG => {
                    let bytes = memory::copied(self.long(values.units[at]))?;
                    memory::push(&mut longs, (place, bytes))?;
                }
                None => {}
            }
        }
        Ok(ScaledValues { scale, forms, units, longs })
    }
}

/// The values of a measure at one scale.
pub(super) struct ScaledValues {
    pub(super) scale: u8,
    pub(super) forms: Vec<i64>,
    pub(super) units: Vec<i64>,
    /// The bytes of long values, by the places of their events.
    pub(super) longs: Vec<(usize, Vec<u8>)>,
}

/// A short value as the sum that it is alone.
fn alone(value: ShortValue) -> Money {
    let mut sum = Money::default();
    sum.add_units_at(value.units.into(), value.decimals);
    sum.show(value.decimals.into());
    sum
}

/// Times that can stand in one row: infinite ones, and none, are too far from others.
fn class(time: i64) -> u8 {
    match time {
        NEVER => 0,
        EARLIEST => 1,
        LATEST => 2,
        _ => 3,
    }
}
