//! Events by columns, to be put in order and written into rows.

use std::cmp::Ordering;

use super::event_block::EventBlock;
use super::event_row::{HEAVIEST, MOST_EVENTS};
use super::value::{EventValue, Value, short_of};
use super::{MOST_DIMENSIONS, MOST_VALUES, Shape, malformed};
use crate::bytes::Encoded;
use crate::features::FeatureTable;
use crate::money::{Money, ShortValue};
use crate::{CoreError, Interrupt, memory, poll};

/// In a column of forms: the value is missing.
pub(super) const MISSING: i64 = 0;

/// In a column of forms: the value is a long one. Between the two, a form is one more than the
/// decimals of a short one.
pub(super) const LONG: i64 = 20;

/// An event with numbers in the place of its tenant's id and of names.
#[derive(Debug, Clone, Copy)]
pub struct NumberedEvent<'a> {
    /// The tenant: its id where that is an integer, else its number.
    pub tenant: i64,
    /// Its time, or [`crate::usage::NEVER`].
    pub time: i64,
    /// How many such events there are more, below 2^31; less than zero, how many fewer.
    pub weight: i64,
    /// The numbers of its names in each dimension; 0 where it has none.
    pub dimensions: &'a [u32],
    /// Its values.
    pub values: &'a [Value<'a>],
}

/// Events of one shape.
#[derive(Debug)]
pub struct EventColumns {
    pub(super) shape: Shape,
    pub(super) times: Vec<i64>,
    pub(super) tenants: Vec<i64>,
    pub(super) weights: Vec<i64>,
    pub(super) dimensions: [Vec<i64>; MOST_DIMENSIONS],
    pub(super) values: [ValueColumn; MOST_VALUES],
    /// The bytes of long values.
    pub(super) longs: FeatureTable,
}

/// The values of one measure.
#[derive(Debug, Default)]
pub(super) struct ValueColumn {
    pub(super) forms: Vec<i64>,
    /// Of short values; the number of a long one.
    pub(super) units: Vec<i64>,
}

impl ValueColumn {
    fn push(&mut self, form: i64, units: i64) -> Result<(), CoreError> {
        memory::push(&mut self.forms, form)?;
        memory::push(&mut self.units, units)
    }

    fn take_in(
        &mut self,
        value: EventValue<'_>,
        longs: &mut FeatureTable,
    ) -> Result<(), CoreError> {
        let short = match value {
            EventValue::Missing => return self.push(MISSING, 0),
            EventValue::Short(value) => value,
            EventValue::Long(sum) => match short_of(sum) {
                Some(value) => value,
                None => return self.push(LONG, longs.intern(&sum.to_bytes()?)?.into()),
            },
        };
        self.push(i64::from(short.decimals) + 1, short.units)
    }

    /// The value at this place, if it is a short one.
    pub(super) fn short(&self, at: usize) -> Option<ShortValue> {
        let form = self.forms[at];
        let decimals = u8::try_from(form - 1).ok().filter(|_| form != LONG)?;
        Some(ShortValue { units: self.units[at], decimals })
    }
}

impl EventColumns {
    /// No events.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            times: Vec::new(),
            tenants: Vec::new(),
            weights: Vec::new(),
            dimensions: Default::default(),
            values: Default::default(),
            longs: FeatureTable::default(),
        }
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = 3 + self.shape.dimensions() + 2 * self.shape.values();
        columns * self.times.capacity() * size_of::<i64>() + self.longs.bytes()
    }

    /// Takes an event in, which must have this shape.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedRow`] for a long value that is none; the
    /// events are useless after that.
    pub fn push(&mut self, event: NumberedEvent<'_>) -> Result<(), CoreError> {
        debug_assert!(event.weight.abs() < HEAVIEST);
        debug_assert_eq!(event.dimensions.len(), self.shape.dimensions());
        debug_assert_eq!(event.values.len(), self.shape.values());
        memory::push(&mut self.times, event.time)?;
        memory::push(&mut self.tenants, event.tenant)?;
        memory::push(&mut self.weights, event.weight)?;
        for (column, &number) in self.dimensions.iter_mut().zip(event.dimensions) {
            memory::push(column, number.into())?;
        }
        for (column, &value) in self.values.iter_mut().zip(event.values) {
            let long;
            let value = match value {
                Value::Missing => EventValue::Missing,
                Value::Short(value) => EventValue::Short(value),
                Value::Long(bytes) => {
                    long = Money::from_bytes(bytes).map_err(malformed)?;
                    EventValue::Long(&long)
                }
            };
            column.take_in(value, &mut self.longs)?;
        }
        Ok(())
    }

    /// Takes in the events of a row, of which these columns were read.
    ///
    /// # Errors
    /// As for [`Self::push`].
    pub fn push_block(&mut self, block: &EventBlock) -> Result<(), CoreError> {
        self.push_each(block, 1, |_| true)
    }

    /// Takes in the opposite of the events of a row, of which these columns were read, of the tenants
    /// that are wanted.
    ///
    /// # Errors
    /// As for [`Self::push`].
    pub fn push_opposite(
        &mut self,
        block: &EventBlock,
        is_wanted: impl Fn(i64) -> bool,
    ) -> Result<(), CoreError> {
        self.push_each(block, -1, |at| is_wanted(block.tenants()[at]))
    }

    /// Takes in the events that were taken away of those of a row, of which these columns were read,
    /// if their time `is_wanted`.
    ///
    /// # Errors
    /// As for [`Self::push`].
    pub fn push_removed(
        &mut self,
        block: &EventBlock,
        is_wanted: impl Fn(i64) -> bool,
    ) -> Result<(), CoreError> {
        self.push_each(block, 1, |at| block.weights()[at] < 0 && is_wanted(block.times()[at]))
    }

    fn push_each(
        &mut self,
        block: &EventBlock,
        sign: i64,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Result<(), CoreError> {
        for at in (0..block.len()).filter(|&at| is_wanted(at)) {
            memory::push(&mut self.times, block.times()[at])?;
            memory::push(&mut self.tenants, block.tenants()[at])?;
            memory::push(&mut self.weights, sign * block.weights()[at])?;
            for place in 0..self.shape.dimensions() {
                memory::push(&mut self.dimensions[place], block.dimension(place)[at])?;
            }
            for place in 0..self.shape.values() {
                let value = block.values(place).value(at)?;
                self.values[place].take_in(value, &mut self.longs)?;
            }
        }
        Ok(())
    }

    /// Puts the events in the order of their times, and makes one of those that are the same, or
    /// none of those that cancel out.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::TooManyValues`].
    pub fn net(self, interrupt: Interrupt<'_>) -> Result<Self, CoreError> {
        let len = u32::try_from(self.len()).map_err(|_| CoreError::TooManyValues)?;
        let mut order = memory::collect(self.times.iter().copied().zip(0..len))?;
        order.sort_unstable_by(|&(time, a), &(other, b)| {
            time.cmp(&other).then_with(|| self.compare(a as usize, b as usize))
        });
        let mut net = Self::new(self.shape);
        let mut rest = order.as_slice();
        while let Some(&(_, first)) = rest.first() {
            let first = first as usize;
            let same = rest.iter().take_while(|&&(time, at)| {
                time == self.times[first] && self.compare(first, at as usize).is_eq()
            });
            let same = same.count();
            let mut weight = 0_i64;
            for &(_, at) in &rest[..same] {
                let sum = weight + self.weights[at as usize];
                if sum.abs() >= HEAVIEST {
                    net.copy(&self, first, weight)?;
                    weight = 0;
                }
                weight += self.weights[at as usize];
            }
            if weight != 0 {
                net.copy(&self, first, weight)?;
            }
            rest = &rest[same..];
            poll(rest.len(), interrupt);
        }
        net.longs = self.longs;
        Ok(net)
    }

    /// Calls `on_block` with all events, as if they were read of rows.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_block`.
    pub fn each_block<E: From<CoreError>>(
        &self,
        block: &mut EventBlock,
        mut on_block: impl FnMut(&mut EventBlock) -> Result<(), E>,
    ) -> Result<(), E> {
        for begin in (0..self.len()).step_by(MOST_EVENTS) {
            block.fill(self, begin..self.len().min(begin + MOST_EVENTS))?;
            on_block(block)?;
        }
        Ok(())
    }

    /// The order of two events at the same time.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let mut order = self.tenants[a].cmp(&self.tenants[b]);
        for column in &self.dimensions[..self.shape.dimensions()] {
            order = order.then_with(|| column[a].cmp(&column[b]));
        }
        for column in &self.values[..self.shape.values()] {
            order = order.then_with(|| self.compare_values(column, a, b));
        }
        order
    }

    fn compare_values(
        &self,
        ValueColumn { forms, units }: &ValueColumn,
        a: usize,
        b: usize,
    ) -> Ordering {
        match (forms[a], forms[b]) {
            (LONG, LONG) => self.long(units[a]).cmp(self.long(units[b])),
            forms => forms.0.cmp(&forms.1).then_with(|| units[a].cmp(&units[b])),
        }
    }

    /// Whether the value of an event is missing.
    pub(super) fn is_missing(&self, place: usize, at: usize) -> bool {
        self.values[place].forms[at] == MISSING
    }

    /// Whether the value of an event is the long one of these bytes.
    pub(super) fn is_long(&self, place: usize, at: usize, bytes: &[u8]) -> bool {
        let ValueColumn { forms, units } = &self.values[place];
        forms[at] == LONG && self.long(units[at]) == bytes
    }

    /// The bytes of the long value with this number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was given so")]
    pub(super) fn long(&self, number: i64) -> &[u8] {
        self.longs.name(number as u32)
    }

    /// Appends an event of others, with which the long values are shared.
    fn copy(&mut self, from: &Self, at: usize, weight: i64) -> Result<(), CoreError> {
        memory::push(&mut self.times, from.times[at])?;
        memory::push(&mut self.tenants, from.tenants[at])?;
        memory::push(&mut self.weights, weight)?;
        let dimensions = self.dimensions.iter_mut().zip(&from.dimensions);
        for (column, from) in dimensions.take(self.shape.dimensions()) {
            memory::push(column, from[at])?;
        }
        for (column, from) in self.values.iter_mut().zip(&from.values).take(self.shape.values()) {
            column.push(from.forms[at], from.units[at])?;
        }
        Ok(())
    }
}
