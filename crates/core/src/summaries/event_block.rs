//! Rows of events that are read.

use std::ops::Range;

use super::column::{self, NumberColumn};
use super::event_row::{HEAVIEST, MOST_EVENTS, ScaledValues};
use super::events::{EventColumns, LONG, MISSING};
use super::value::EventValue;
use super::{MOST_DIMENSIONS, MOST_VALUES, RowKind, Shape, demand_end, malformed, open, varint};
use crate::bytes::{Encoded, Input};
use crate::measures::MeasureSum;
use crate::money::{MOST_SHORT_DECIMALS, Money, ShortValue};
use crate::usage::Cost;
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

    /// Measures by their places, as a set, and a dimension if one is wanted.
    #[must_use]
    pub fn with_dimension(dimension: Option<usize>, values: u32) -> Self {
        Self { dimensions: dimension.map_or(0, |place| 1 << place), values }
    }

    /// The shape of events of which only these are known.
    #[must_use]
    pub fn of(self, shape: Shape) -> Shape {
        let dimensions = (0..shape.dimensions).filter(|place| self.dimensions & 1 << place != 0);
        let values = (0..shape.values).filter(|place| self.values & 1 << place != 0);
        let mut wanted = Shape { dimensions: 0, values: 0 };
        dimensions.for_each(|_| wanted.dimensions += 1);
        values.for_each(|_| wanted.values += 1);
        wanted
    }
}

/// The events of a row that was read; used again and again, it takes memory once.
///
/// Of the columns that are not wanted it knows nothing: those that are follow each other.
#[derive(Debug, Default)]
pub struct EventBlock {
    len: usize,
    times: NumberColumn,
    tenants: NumberColumn,
    pub(super) weights: NumberColumn,
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
        let mut rank = 0;
        for place in 0..shape.dimensions() {
            if wanted.dimensions & 1 << place == 0 {
                column::skip(input, self.len)?;
                continue;
            }
            column::read(input, self.len, &mut self.dimensions[rank])?;
            self.dimensions[rank].demand(0..=u32::MAX.into())?;
            rank += 1;
        }
        column::read(input, self.len, &mut self.weights)?;
        self.weights.demand(1 - HEAVIEST..=HEAVIEST - 1)?;
        let (mut rank, mut longs) = (0, [0; MOST_VALUES]);
        for (place, longs) in longs.iter_mut().take(shape.values()).enumerate() {
            let is_wanted = wanted.values & 1 << place != 0;
            *longs = self.values[rank].read(input, self.len, is_wanted)?;
            rank += usize::from(is_wanted);
        }
        let mut rank = 0;
        for (place, longs) in longs.into_iter().take(shape.values()).enumerate() {
            let is_wanted = wanted.values & 1 << place != 0;
            self.values[rank].read_longs(input, longs, is_wanted)?;
            rank += usize::from(is_wanted);
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

    /// Their times, or [`crate::usage::NEVER`].
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

    /// The numbers of their names in a dimension, by its place among those that are wanted.
    #[must_use]
    pub fn dimension(&self, rank: usize) -> &[i64] {
        self.dimensions[rank].values()
    }

    /// The number of the name that an event has in a wanted dimension.
    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at")]
    pub(super) fn name(&self, rank: usize, at: usize) -> u32 {
        self.dimensions[rank].values()[at] as u32
    }

    /// Their values of a measure, by its place among those that are wanted.
    #[must_use]
    pub fn values(&self, rank: usize) -> &ValueBlock {
        &self.values[rank]
    }

    /// Takes events of columns in the place of a row.
    pub(super) fn fill(
        &mut self,
        columns: &EventColumns,
        events: Range<usize>,
    ) -> Result<(), CoreError> {
        self.len = events.len();
        self.times.fill(&columns.times[events.clone()])?;
        self.tenants.fill(&columns.tenants[events.clone()])?;
        self.weights.fill(&columns.weights[events.clone()])?;
        for rank in 0..columns.shape.dimensions() {
            self.dimensions[rank].fill(&columns.dimensions[rank][events.clone()])?;
        }
        for rank in 0..columns.shape.values() {
            let ScaledValues { scale, forms, units, longs } =
                columns.scaled(rank, events.clone())?;
            let values = &mut self.values[rank];
            values.scale = scale;
            values.forms.fill(&forms)?;
            values.units.fill(&units)?;
            values.longs.clear();
            for (at, bytes) in longs {
                memory::push(&mut values.longs, (at, Money::from_bytes(&bytes)?))?;
            }
        }
        Ok(())
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
        let shorts = MISSING..=i64::from(self.scale) + 1;
        if longs == 0 {
            return self.forms.demand(shorts).map(|()| 0);
        }
        let is_sound = |form: &i64| *form == LONG || shorts.contains(form);
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
        if longs == 0 {
            return Ok(());
        }
        let forms = self.forms.values().iter();
        for (at, _) in forms.enumerate().filter(|&(_, &form)| form == LONG) {
            let value = Money::from_bytes(varint::read_slice(input)?)?;
            memory::push(&mut self.longs, (at, value))?;
        }
        Ok(())
    }

    /// The sum of the values of some events.
    pub(super) fn sum(&self, events: Range<usize>) -> MeasureSum {
        let (mut sum, mut units, mut most) = (MeasureSum::default(), 0_i128, 0);
        let forms = self.forms.values()[events.clone()].iter();
        let values = forms.zip(&self.units.values()[events.clone()]);
        for (at, (&form, &found)) in events.zip(values) {
            match form {
                MISSING | LONG => sum.count(&self.cost(at)),
                _ => {
                    units += i128::from(found);
                    most = most.max(form - 1);
                }
            }
        }
        sum.total.add_shown(units, self.scale, u16::try_from(most).unwrap_or(u16::MAX));
        sum
    }

    /// The value of an event, to be added.
    #[inline]
    pub(super) fn cost(&self, at: usize) -> Cost<'_> {
        match self.forms.values()[at] {
            MISSING => Cost::Unpriced,
            LONG => {
                let found = self.longs.binary_search_by_key(&at, |&(event, _)| event);
                found.map_or(Cost::Unpriced, |long| Cost::Sum(&self.longs[long].1))
            }
            form => {
                let decimals = u8::try_from(form - 1).unwrap_or(self.scale);
                Cost::Decimal { units: self.units.values()[at], scale: self.scale, decimals }
            }
        }
    }

    /// The value of an event, to be compared.
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
