//! Sums of further measures, beside the cost.

mod measured_usage;
mod periods;
mod totals;

use crate::bytes::{Encoded, Input, Output, encoded_fields};
use crate::money::Money;
use crate::usage::Cost;
use crate::{CoreError, memory};

pub use measured_usage::MeasuredUsage;
pub use periods::UsagePeriods;
pub use totals::{GroupedMeasures, MeasureTotals};

/// The most measures that are summed at once.
pub const MOST_MEASURES: usize = 16;

/// The sum of a measure over some events.
#[derive(Debug, Clone, Default)]
pub struct MeasureSum {
    /// The sum of the values that are finite numbers.
    pub total: Money,
    /// Events in which there is no such value.
    pub missing: u64,
}

impl MeasureSum {
    /// Takes an event in.
    #[inline]
    pub fn count(&mut self, value: &Cost<'_>) {
        self.missing += u64::from(!value.add_to(&mut self.total));
    }

    /// Adds what was summed of other events.
    pub fn add(&mut self, other: &Self) {
        self.total.add(&other.total);
        self.missing += other.missing;
    }
}

encoded_fields!(MeasureSum { missing: u64, total: Money });

/// Sums of some measures for each of some rows.
#[derive(Debug, Default)]
pub struct MeasureTable {
    /// Number of measures.
    width: usize,
    sums: Vec<MeasureSum>,
    /// Sums of integers that the others do not have yet: eight bytes, so that a row is in few lines
    /// of the processor's caches.
    integers: Vec<i64>,
    /// Heap bytes of sums that outgrew 128 bits.
    money_bytes: usize,
}

impl MeasureTable {
    /// No rows yet, of so many measures.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Number of measures.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Makes it so many rows, unless there are.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    #[inline]
    pub fn lengthen(&mut self, rows: usize) -> Result<(), CoreError> {
        let len = rows.checked_mul(self.width).ok_or(CoreError::OutOfMemory)?;
        if len > self.sums.len() {
            memory::lengthen(&mut self.integers, len, || 0)?;
            memory::lengthen(&mut self.sums, len, MeasureSum::default)?;
        }
        Ok(())
    }

    /// Adds up what was counted.
    pub fn settle(&mut self) {
        for (integer, sum) in self.integers.iter_mut().zip(&mut self.sums) {
            sum.total.add_integer(std::mem::take(integer));
        }
    }

    /// The sums of a row, once they have settled.
    #[must_use]
    pub fn row(&self, row: usize) -> &[MeasureSum] {
        &self.sums[row * self.width..][..self.width]
    }

    /// What [`Self::count`] changes of a row where values are integers, for who wants it fetched before.
    #[inline(always)]
    pub(crate) fn integers(&self, row: usize) -> &[i64] {
        &self.integers[row * self.width..][..self.width]
    }

    /// Takes an event of a row in, whose values of the measures are what `read` makes of `values`;
    /// says whether that took memory.
    #[inline(always)]
    pub fn count<'c, V>(
        &mut self,
        row: usize,
        values: impl Iterator<Item = V>,
        read: impl Fn(V) -> Cost<'c>,
    ) -> bool {
        let before = self.money_bytes;
        let sums = &mut self.sums[row * self.width..][..self.width];
        let integers = &mut self.integers[row * self.width..][..self.width];
        for ((integer, sum), value) in integers.iter_mut().zip(sums).zip(values) {
            match read(value) {
                Cost::Integer(value) => match integer.checked_add(value) {
                    Some(total) => *integer = total,
                    None => sum.total.add_integer(std::mem::replace(integer, value)),
                },
                Cost::Unpriced => sum.missing += 1,
                value => self.money_bytes += grown(sum, |sum| sum.count(&value)),
            }
        }
        self.money_bytes > before
    }

    /// Adds the sums of a row of others to a row.
    pub fn add(&mut self, row: usize, other: &[MeasureSum]) {
        let sums = &mut self.sums[row * self.width..][..self.width];
        for (sum, other) in sums.iter_mut().zip(other) {
            self.money_bytes += grown(sum, |sum| sum.add(other));
        }
    }

    /// Adds the sums of a row to another one.
    pub fn add_within(&mut self, into: usize, from: usize) {
        for measure in 0..self.width {
            let other = std::mem::take(&mut self.sums[from * self.width + measure]);
            let sum = &mut self.sums[into * self.width + measure];
            self.money_bytes += grown(sum, |sum| sum.add(&other));
            self.sums[from * self.width + measure] = other;
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sums.capacity() * size_of::<MeasureSum>()
            + self.integers.capacity() * size_of::<i64>()
            + self.money_bytes
    }

    pub(crate) fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.width.write(into)?;
        into.reserve(size_of_val(self.sums.as_slice()))?;
        self.sums.iter().try_for_each(|sum| sum.write(into))
    }

    /// Reads the sums of so many rows, none of which can lack more values than it has events.
    pub(crate) fn read(
        from: &mut Input<'_>,
        rows: usize,
        events: impl Fn(usize) -> u64,
    ) -> Result<Self, CoreError> {
        let width = usize::read(from)?;
        if width > MOST_MEASURES {
            return Err(CoreError::MalformedState);
        }
        let len = rows.checked_mul(width).ok_or(CoreError::MalformedState)?;
        let (mut at, mut money_bytes) = (0, 0);
        let sums = from.take_each(len, |sum: &MeasureSum| {
            let is_sound = sum.missing <= events(at / width);
            at += 1;
            money_bytes += sum.total.bytes();
            if is_sound { Ok(()) } else { Err(CoreError::MalformedState) }
        })?;
        let mut integers = Vec::new();
        memory::lengthen(&mut integers, len, || 0)?;
        Ok(Self { width, sums, integers, money_bytes })
    }
}

/// Heap bytes that a sum grows by.
fn grown(sum: &mut MeasureSum, change: impl FnOnce(&mut MeasureSum)) -> usize {
    let before = sum.total.bytes();
    change(sum);
    sum.total.bytes().saturating_sub(before)
}
