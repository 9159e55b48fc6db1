//! Rows of events that are read.

use super::column::{self, NumberColumn};
use super::event_row::{HEAVIEST, MOST_EVENTS};
use super::events::{LONG, MISSING};
use super::value::EventValue;
use super::{MOST_DIMENSIONS, MOST_VALUES, RowKind, Shape, demand_end, malformed, open, varint};
use crate::bytes::{Encoded, Input};
use crate::money::{MOST_SHORT_DECIMALS, Money, ShortValue};
use crate::{CoreError, memory};

/// Which columns of a row are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedColumns {
    /// By place, as a set.
    pub dimensions: u8,
    /// By place, as a set.
    pub values: u32,
}

impl WantedColumns {
    /// All columns.
    pub const ALL: Self = Self { dimensions: u8::MAX, values: u32::MAX };
}

/// The events of a row that was read; used again and again, it takes memory once.
#[derive(Debug, Default)]
pub struct EventBlock {
    len: usize,
    times: NumberColumn,
    tenants: NumberColumn,
    weights: NumberColumn,
    dimensions: [NumberColumn; MOST_DIMENSIONS],
    values: [ValueBlock; MOST_VALUES],
}

/// The values of a measure in a row that was read.
#[derive(Debug, Default)]
pub struct ValueBlock {
    scale: u8,
    forms: NumberColumn,
    units: NumberColumn,
    /// The long values, by the places of their events.
    longs: Vec<(usize, Money)>,
}

impl EventBlock {
    /// Reads the wanted columns of a row.
    ///
    /// # Errors
    /// [`CoreError::UnknownRowFormat`] for a row of another version, [`CoreError::MalformedRow`] for
    /// bytes of anything else, [`CoreError::OutOfMemory`]; the block is useless after that.
    pub fn read(
        &mut self,
        row: &[u8],
        shape: Shape,
        wanted: WantedColumns,
    ) -> Result<(), CoreError> {
        let input = open(row, RowKind::Events, shape)?;
        self.read_columns(input, shape, wanted).map_err(malformed)
    }

    fn read_columns(
        &mut self,
        mut input: Input<'_>,
        shape: Shape,
        wanted: WantedColumns,
    ) -> Result<(), CoreError> {
        let input = &mut input;
        self.len = varint::read_usize(input)?;
        if self.len > MOST_EVENTS || self.len == 0 {
            return Err(CoreError::MalformedState);
        }
        column::read(input, self.len, &mut self.times)?;
        column::read(input, self.len, &mut self.tenants)?;
        for (place, numbers) in self.dimensions.iter_mut().take(shape.dimensions()).enumerate() {
            if wanted.dimensions & 1 << place == 0 {
                column::skip(input, self.len)?;
                continue;
            }
            column::read(input, self.len, numbers)?;
            numbers.demand(0..=u32::MAX.into())?;
        }
        column::read(input, self.len, &mut self.weights)?;
        self.weights.demand(1 - HEAVIEST..=HEAVIEST - 1)?;
        let mut long_values = [0; MOST_VALUES];
        for (place, count) in long_values.iter_mut().take(shape.values()).enumerate() {
            let is_wanted = wanted.values & 1 << place != 0;
            *count = self.values[place].read(input, self.len, is_wanted)?;
        }
        for (place, count) in long_values.into_iter().take(shape.values()).enumerate() {
            let is_wanted = wanted.values & 1 << place != 0;
            self.values[place].read_longs(input, count, is_wanted)?;
        }
        demand_end(input)
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no events; no row has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Their times, or [`NEVER`].
    #[must_use]
    pub fn times(&self) -> &[i64] {
        self.times.values()
    }

    /// Their tenants.
    #[must_use]
    pub fn tenants(&self) -> &[i64] {
        self.tenants.values()
    }

    /// How many of each there are more, or, below zero, fewer.
    #[must_use]
    pub fn weights(&self) -> &[i64] {
        self.weights.values()
    }

    /// The weight that all have, if there is one.
    #[must_use]
    pub fn weight(&self) -> Option<i64> {
        self.weights.constant()
    }

    /// The numbers of their names in a wanted dimension.
    #[must_use]
    pub fn dimension(&self, place: usize) -> &[i64] {
        self.dimensions[place].values()
    }

    /// Their values of a wanted measure.
    #[must_use]
    pub fn values(&self, place: usize) -> &ValueBlock {
        &self.values[place]
    }
}

impl ValueBlock {
    /// Reads the columns, or skips them; gives the number of long values.
    fn read(
        &mut self,
        input: &mut Input<'_>,
        events: usize,
        is_wanted: bool,
    ) -> Result<usize, CoreError> {
        self.scale = u8::read(input)?;
        let longs = varint::read_usize(input)?;
        if self.scale > MOST_SHORT_DECIMALS || longs > events {
            return Err(CoreError::MalformedState);
        }
        if !is_wanted {
            column::skip(input, events)?;
            column::skip(input, events)?;
            return Ok(longs);
        }
        column::read(input, events, &mut self.forms)?;
        column::read(input, events, &mut self.units)?;
        // A short value cannot have more decimals than the scale.
        let is_sound =
            |&form: &i64| form == LONG || (MISSING..=i64::from(self.scale) + 1).contains(&form);
        let found = self.forms.values().iter().filter(|&&form| form == LONG).count();
        match self.forms.values().iter().all(is_sound) && found == longs {
            true => Ok(longs),
            false => Err(CoreError::MalformedState),
        }
    }

    fn read_longs(
        &mut self,
        input: &mut Input<'_>,
        longs: usize,
        is_wanted: bool,
    ) -> Result<(), CoreError> {
        self.longs.clear();
        if !is_wanted {
            for _ in 0..longs {
                varint::read_slice(input)?;
            }
            return Ok(());
        }
        let forms = self.forms.values().iter();
        for (at, _) in forms.enumerate().filter(|&(_, &form)| form == LONG) {
            let value = Money::from_bytes(varint::read_slice(input)?)?;
            memory::push(&mut self.longs, (at, value))?;
        }
        Ok(())
    }

    /// The value of an event.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for units that have more decimals than are displayed.
    pub(super) fn value(&self, at: usize) -> Result<EventValue<'_>, CoreError> {
        match self.forms.values()[at] {
            MISSING => Ok(EventValue::Missing),
            LONG => {
                let found = self.longs.binary_search_by_key(&at, |&(event, _)| event);
                found
                    .map(|long| EventValue::Long(&self.longs[long].1))
                    .map_err(|_| CoreError::MalformedRow)
            }
            form => {
                let decimals = u8::try_from(form - 1).unwrap_or(self.scale);
                let short = ShortValue::of_units(self.units.values()[at], self.scale, decimals);
                short.map(EventValue::Short).ok_or(CoreError::MalformedRow)
            }
        }
    }
}
