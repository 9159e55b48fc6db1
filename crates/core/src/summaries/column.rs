//! Columns of whole numbers, packed into as few bits as they need.
//!
//! A column is stored either as the distance of each number from the least of them, or, where that
//! takes fewer bits, as the first number and the distance of each step from the least step. All
//! distances have the same width, so any of them is found without reading the others, and a column
//! of one number takes two bytes. Arithmetic wraps: whatever the numbers, they come back.

mod packing;

use std::ops::{Range, RangeInclusive};

use crate::bytes::{Input, Output};
use crate::{CoreError, memory};

use self::packing::{Packing, pack, unpack};
pub(super) use self::packing::{SPARE, ends};
use super::varint;

/// A column that was read.
#[derive(Debug, Default)]
pub(super) struct NumberColumn {
    values: Vec<i64>,
    is_constant: bool,
}

impl NumberColumn {
    /// Its numbers.
    #[inline]
    pub(super) fn values(&self) -> &[i64] {
        &self.values
    }

    /// Takes these numbers in the place of others.
    pub(super) fn fill(&mut self, values: &[i64]) -> Result<(), CoreError> {
        self.values.clear();
        memory::extend(&mut self.values, values)?;
        self.is_constant = values.iter().all(|value| Some(value) == values.first());
        Ok(())
    }

    /// Its numbers, to be changed; nothing is known of whether all are one.
    pub(super) fn values_mut(&mut self) -> &mut [i64] {
        self.is_constant = false;
        &mut self.values
    }

    /// Fails unless all numbers are among these.
    pub(super) fn demand(&self, sound: RangeInclusive<i64>) -> Result<(), CoreError> {
        match self.checked().iter().all(|value| sound.contains(value)) {
            true => Ok(()),
            false => Err(CoreError::MalformedState),
        }
    }

    /// Its numbers, of which one stands for all where they are the same.
    fn checked(&self) -> &[i64] {
        let len = if self.is_constant { self.values.len().min(1) } else { self.values.len() };
        &self.values[..len]
    }

    /// Keeps the numbers in these places alone.
    pub(super) fn keep(&mut self, places: Range<usize>) {
        self.values.truncate(places.end);
        self.values.drain(..places.start);
    }

    /// The number that all are, if there is one.
    pub(super) fn constant(&self) -> Option<i64> {
        self.values.first().copied().filter(|_| self.is_constant)
    }
}

/// Appends a column.
pub(super) fn write(values: &[i64], into: &mut Output) -> Result<(), CoreError> {
    let Some((&first, rest)) = values.split_first() else { return Ok(()) };
    let packing = Packing::of(values);
    into.put(&[packing.written()])?;
    varint::write_signed(packing.base, into)?;
    if packing.steps {
        varint::write_signed(first, into)?;
        let steps = rest.iter().zip(values).map(|(value, before)| value.wrapping_sub(*before));
        pack(steps, &packing, into)
    } else {
        pack(values.iter().copied(), &packing, into)
    }
}

/// The places of those numbers of columns that are read.
#[derive(Debug, Clone)]
pub(super) struct ColumnPart {
    /// How many numbers the columns have.
    pub(super) count: usize,
    pub(super) places: Range<usize>,
}

/// Reads a column of so many numbers, which [`SPARE`] bytes follow.
pub(super) fn read(
    from: &mut Input<'_>,
    count: usize,
    into: &mut NumberColumn,
) -> Result<(), CoreError> {
    read_part(from, &ColumnPart { count, places: 0..count }, into)
}

/// Takes a column off, which [`SPARE`] bytes follow, and reads a part of it.
pub(super) fn read_part(
    from: &mut Input<'_>,
    part: &ColumnPart,
    into: &mut NumberColumn,
) -> Result<(), CoreError> {
    let ColumnPart { count, ref places } = *part;
    into.values.clear();
    into.is_constant = true;
    if count == 0 {
        return Ok(());
    }
    let packing = Packing::read(from)?;
    into.is_constant = packing.width == 0 && (!packing.steps || packing.base == 0 || count == 1);
    if !packing.steps {
        let distances = take_distances(from, &packing, count)?;
        memory::lengthen(&mut into.values, places.len(), || 0)?;
        unpack(distances, &packing, places.start, &mut into.values);
        return Ok(());
    }
    let mut last = varint::read_signed(from)?;
    let steps = take_distances(from, &packing, count - 1)?;
    if places.is_empty() {
        return Ok(());
    }
    // A number is the sum of all steps up to it.
    memory::lengthen(&mut into.values, places.end, || 0)?;
    into.values[0] = last;
    unpack(steps, &packing, 0, &mut into.values[1..]);
    for value in &mut into.values[1..] {
        last = last.wrapping_add(*value);
        *value = last;
    }
    into.values.drain(..places.start);
    Ok(())
}

/// Takes a column of so many numbers off, which are in order and which [`SPARE`] bytes follow, and
/// reads those that are `among` these; gives their places.
pub(super) fn read_among(
    from: &mut Input<'_>,
    count: usize,
    among: RangeInclusive<i64>,
    into: &mut NumberColumn,
) -> Result<Range<usize>, CoreError> {
    into.values.clear();
    into.is_constant = false;
    let packing = Packing::read(from)?;
    let is_steps = usize::from(packing.steps);
    let mut number = if packing.steps { varint::read_signed(from)? } else { 0 };
    let distances = take_distances(from, &packing, count.saturating_sub(is_steps))?;
    let mut begin = 0;
    for at in 0..count {
        number = match (packing.steps, at) {
            (true, 0) => number,
            (true, _) => number.wrapping_add(packing.number(distances, at - 1)),
            (false, _) => packing.number(distances, at),
        };
        if number > *among.end() {
            break;
        }
        if number >= *among.start() {
            memory::push(&mut into.values, number)?;
        } else if into.values.is_empty() {
            begin = at + 1;
        } else {
            return Err(CoreError::MalformedState);
        }
    }
    Ok(begin..begin + into.values.len())
}

/// Takes a column of so many numbers off, without looking at them.
pub(super) fn skip(from: &mut Input<'_>, count: usize) -> Result<(), CoreError> {
    if count == 0 {
        return Ok(());
    }
    let packing = Packing::read(from)?;
    let mut distances = count;
    if packing.steps {
        varint::read_signed(from)?;
        distances -= 1;
    }
    from.take_slice(packing.bytes(distances)).map(|_| ())
}

/// Takes so many distances off; gives their bytes, and those that follow.
fn take_distances<'a>(
    from: &mut Input<'a>,
    packing: &Packing,
    count: usize,
) -> Result<&'a [u8], CoreError> {
    let len = packing.bytes(count);
    let bytes = from.look(len + SPARE)?;
    from.take_slice(len).map(|_| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &[i64]) -> Vec<u8> {
        let mut output = Output::new(usize::MAX);
        write(values, &mut output).unwrap();
        output.put(&[0; SPARE]).unwrap();
        output.into_bytes()
    }

    fn comes_back(values: &[i64]) -> usize {
        let bytes = written(values);
        let (mut input, mut column) = (Input::new(&bytes), NumberColumn::default());
        read(&mut input, values.len(), &mut column).unwrap();
        assert_eq!(column.values(), values);
        assert_eq!(input.take_slice(SPARE).unwrap(), [0; SPARE]);
        assert!(input.is_empty());
        let is_constant = values.iter().all(|&value| Some(&value) == values.first());
        assert_eq!(column.constant().is_some(), is_constant && !values.is_empty());
        let count = values.len();
        for places in [0..0, 0..count / 2, count / 3..count, count / 2..count / 2, count..count] {
            let part = ColumnPart { count, places: places.clone() };
            let mut input = Input::new(&bytes);
            read_part(&mut input, &part, &mut column).unwrap();
            assert_eq!(column.values(), &values[places]);
            assert_eq!(input.take_slice(SPARE).unwrap(), [0; SPARE]);
        }
        if values.is_sorted() && count > 0 {
            for among in [0..1, 0..count, count / 3..count / 2 + 1, count - 1..count] {
                let among = values[among.start]..=values[among.end - 1];
                let mut input = Input::new(&bytes);
                let places = read_among(&mut input, count, among.clone(), &mut column).unwrap();
                assert_eq!(column.values(), &values[places.clone()]);
                let is_among = |at: &usize| among.contains(&values[*at]);
                assert_eq!(
                    places.collect::<Vec<_>>(),
                    (0..count).filter(is_among).collect::<Vec<_>>()
                );
                assert_eq!(input.take_slice(SPARE).unwrap(), [0; SPARE]);
            }
        }
        let mut input = Input::new(&bytes);
        skip(&mut input, values.len()).unwrap();
        assert_eq!(input.take_slice(SPARE).unwrap(), [0; SPARE]);
        for end in 0..bytes.len() {
            assert!(
                values.is_empty()
                    || read(&mut Input::new(&bytes[..end]), values.len(), &mut column).is_err()
            );
        }
        bytes.len() - SPARE
    }

    #[test]
    fn columns_of_every_width_come_back() {
        for bit in 0..64 {
            for count in [1, 2, 3, 8, 9, 63, 64, 65, 300] {
                let far = (1_u64 << bit).cast_signed();
                let number = |i: i64| far.wrapping_mul(i * i % 7).wrapping_sub(i % 3);
                let values: Vec<i64> = (0..count).map(number).collect();
                comes_back(&values);
                let sorted: Vec<i64> =
                    (0..count).map(|i| far.wrapping_add(i * 5 + i % 2)).collect();
                comes_back(&sorted);
            }
        }
        comes_back(&[]);
        comes_back(&[i64::MIN, i64::MAX, 0, i64::MIN, -1, i64::MAX]);
    }

    #[test]
    fn columns_are_small() {
        assert_eq!(comes_back(&[1; 1000]), 2);
        let even: Vec<i64> = (0..1000).map(|i| 10 * i).collect();
        assert_eq!(comes_back(&even), 3);
        let nearly: Vec<i64> = (0..1000).map(|i| 1 << 40 | (4 * i + i % 2)).collect();
        assert_eq!(comes_back(&nearly), 1 + 1 + 6 + 250);
        let few: Vec<i64> = (0..1024).map(|i| i * i % 9 + 1000).collect();
        assert_eq!(comes_back(&few), 3 + 1024 * 3 / 8);
    }

    #[test]
    fn all_numbers_are_looked_at() {
        let mut column = NumberColumn::default();
        for (values, are_sound) in [
            (&[7, 7, 7][..], true),
            (&[9, 9, 9], false),
            (&[7, 9, 7], false),
            (&[5, 6, 7], true),
            (&[6, 7, 8], false),
            (&[], true),
        ] {
            let bytes = written(values);
            read(&mut Input::new(&bytes), values.len(), &mut column).unwrap();
            assert_eq!(column.demand(5..=7).is_ok(), are_sound, "{values:?}");
        }
        column.fill(&[7, 7]).unwrap();
        column.values_mut()[1] = 9;
        assert!(column.demand(5..=7).is_err());
    }

    #[test]
    fn a_column_without_room_behind_it_is_malformed() {
        let bytes = written(&[1, 2, 4, 9]);
        let mut column = NumberColumn::default();
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(read(&mut Input::new(cut), 4, &mut column), Err(CoreError::MalformedState));
        assert_eq!(
            read(&mut Input::new(&[57; 99]), 4, &mut column),
            Err(CoreError::MalformedState)
        );
    }
}
