//! Counts and what they are told beforehand as bytes.

use super::calendar::Unit;
use super::counts::{BucketCell, SeriesCounts};
use super::frame::Frame;
use super::groups::Groups;
use crate::bytes::{Encoded, Input, Output, encoded_fields};
use crate::features::{FeatureTable, WideSets};
use crate::ids::IdTable;
use crate::measures::MeasureTable;
use crate::money::Money;
use crate::{CoreError, memory};

encoded_fields!(BucketCell { events: u64, unpriced: u64, features: u64, cost: Money }
    if |cell| cell.unpriced <= cell.events);

impl Encoded for SeriesCounts {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.groups.write(into)?;
        self.words.write(into)?;
        self.starts.write(into)?;
        self.features.write(into)?;
        into.reserve(size_of_val(self.cells.as_slice()))?;
        self.cells.iter().try_for_each(|cell| cell.write(into))?;
        self.sums.write(into)?;
        self.tenants.iter().try_for_each(|word| word.write(into))?;
        self.wide.write(into)?;
        self.ends.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let (groups, words) = (size(from)?, size(from)?);
        let (starts, features) = (Vec::<i64>::read(from)?, FeatureTable::read(from)?);
        let mut counts = Self { starts, features, ..Self::new(0, groups, from.limit()) };
        counts.words = words;
        for (&start, bucket) in counts.starts.iter().zip(0..) {
            memory::insert(&mut counts.numbers, start, bucket)?;
        }
        let buckets = counts.starts.len();
        let of_all = |each: usize| buckets.checked_mul(each).ok_or(CoreError::MalformedState);
        let mut used = 0;
        counts.cells = from.take_each(of_all(groups)?, |cell: &BucketCell| {
            counts.money_bytes += cell.cost.bytes();
            used |= cell.features;
            counts.read.add(cell.events)
        })?;
        counts.sums =
            MeasureTable::read(from, counts.cells.len(), |index| counts.cells[index].events)?;
        counts.tenants = from.take_values(of_all(words)?)?;
        counts.wide = WideSets::read(from, counts.cells.len(), counts.features.len())?;
        counts.ends = Option::read(from)?;
        let is_sound = counts.numbers.len() == buckets
            && used & !counts.features.low_numbers() == 0
            && counts.ends.is_none_or(|(first, last)| first <= last);
        if is_sound { Ok(counts) } else { Err(CoreError::MalformedState) }
    }
}

/// A number of groups, or of words, which goes with numbers of 32 bits.
fn size(from: &mut Input<'_>) -> Result<usize, CoreError> {
    let size = usize::read(from)?;
    if u32::try_from(size).is_ok() { Ok(size) } else { Err(CoreError::MalformedState) }
}

impl Encoded for Groups {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.ids.write(into)?;
        self.groups.write(into)?;
        self.above.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let (ids, groups, above) = (IdTable::read(from)?, Vec::read(from)?, Vec::read(from)?);
        Self { ids, groups, above }.checked()
    }
}

encoded_fields!(Frame { groups: Groups, unit: Unit, zone: Vec<u8>, last_day: Option<i64> });
