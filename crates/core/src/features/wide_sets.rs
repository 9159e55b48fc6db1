//! Sets of features by row, for those that a cell has no bit for.

use super::numbers_below;
use crate::bytes::{Encoded, Input, Output};
use crate::{CoreError, memory};

/// For each tenant the features beyond the 64 that its cell holds itself: rows of equal width.
#[derive(Debug, Default)]
pub struct WideSets {
    width: usize,
    words: Vec<u64>,
}

impl WideSets {
    /// Number of 64-bit words in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The row of `index`; empty where nothing beyond feature 63 was ever set.
    #[must_use]
    pub fn row(&self, index: usize) -> &[u64] {
        let start = index.saturating_mul(self.width);
        self.words.get(start..start + self.width).unwrap_or(&[])
    }

    /// Bytes of heap memory that adding this feature to that row takes at least, with what is here.
    pub(crate) fn bytes_with(&self, index: usize, feature: usize) -> usize {
        let words = match feature / 64 + 1 {
            width if width <= self.width => (index + 1).saturating_mul(self.width),
            width => self.rows().max(index + 1).saturating_mul(width.next_power_of_two()),
        };
        words.max(self.words.len()).saturating_mul(size_of::<u64>())
    }

    /// Adds a feature, numbered from 64 less, to the row of `index`.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn insert(&mut self, index: usize, feature: usize) -> Result<(), CoreError> {
        self.ensure(index, feature / 64 + 1)?;
        self.words[index * self.width + feature / 64] |= 1 << (feature % 64);
        Ok(())
    }

    /// Adds row `from` of `other` to row `index`.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn union(&mut self, index: usize, other: &[u64]) -> Result<(), CoreError> {
        if other.iter().all(|&word| word == 0) {
            return Ok(());
        }
        self.ensure(index, other.len())?;
        let start = index * self.width;
        for (word, &more) in self.words[start..].iter_mut().zip(other) {
            *word |= more;
        }
        Ok(())
    }

    /// Adds row `from` to row `index` of the same sets.
    pub fn union_within(&mut self, index: usize, from: usize) {
        for word in 0..self.width {
            let more = self.words.get(from * self.width + word).copied().unwrap_or(0);
            if let Some(target) = self.words.get_mut(index * self.width + word) {
                *target |= more;
            }
        }
    }

    /// Makes room for `rows` rows of the present width.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn fill(&mut self, rows: usize) -> Result<(), CoreError> {
        let len = rows.checked_mul(self.width).ok_or(CoreError::OutOfMemory)?;
        memory::lengthen(&mut self.words, len, || 0)
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    fn rows(&self) -> usize {
        self.words.len().checked_div(self.width).unwrap_or(0)
    }

    fn ensure(&mut self, index: usize, width: usize) -> Result<(), CoreError> {
        if width > self.width {
            let width = width.next_power_of_two();
            let rows = self.rows();
            let len = rows.checked_mul(width).ok_or(CoreError::OutOfMemory)?;
            let mut words = memory::with_capacity(len)?;
            for row in 0..rows {
                memory::extend(&mut words, self.row(row))?;
                memory::lengthen(&mut words, (row + 1) * width, || 0)?;
            }
            *self = Self { width, words };
        }
        self.fill(index + 1)
    }
}

/// Features that have a bit in a cell.
const IN_CELLS: usize = 64;

impl WideSets {
    pub(crate) fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.width.write(into)?;
        self.words.write(into)
    }

    /// Reads the sets of so many rows and features.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] for sets of others.
    pub(crate) fn read(
        from: &mut Input<'_>,
        rows: usize,
        features: usize,
    ) -> Result<Self, CoreError> {
        let sets = Self { width: usize::read(from)?, words: Vec::read(from)? };
        let beyond = features.saturating_sub(IN_CELLS);
        let is_sound = match sets.width {
            0 => sets.words.is_empty(),
            width => {
                width.is_power_of_two()
                    && beyond > 0
                    && width <= beyond.div_ceil(64).next_power_of_two()
                    && sets.words.len().is_multiple_of(width)
                    && sets.rows() <= rows
                    && sets.words.chunks_exact(width).all(|row| has_none_from(row, beyond))
            }
        };
        if is_sound { Ok(sets) } else { Err(CoreError::MalformedState) }
    }
}

/// Whether no number from `end` on is in a set.
fn has_none_from(set: &[u64], end: usize) -> bool {
    let mut rest = set.iter().skip(end / 64);
    rest.next().is_none_or(|word| word & !numbers_below(end % 64) == 0)
        && rest.all(|word| *word == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_sets_keep_their_rows_when_they_widen() {
        let mut sets = WideSets::default();
        sets.insert(2, 5).unwrap();
        sets.insert(0, 200).unwrap();
        sets.union(1, &[1, 2]).unwrap();
        sets.union_within(1, 2);
        assert_eq!(sets.row(2), [1 << 5, 0, 0, 0]);
        assert_eq!(sets.row(0), [0, 0, 0, 1 << 8]);
        assert_eq!(sets.row(1), [1 | 1 << 5, 2, 0, 0]);
        assert!(sets.row(9).is_empty());
    }

    #[test]
    fn sets_are_read_as_those_of_their_features() {
        let mut sets = WideSets::default();
        sets.insert(1, 129).unwrap();
        assert_eq!(sets.bytes_with(0, 129), 2 * 4 * 8);
        assert_eq!(sets.bytes_with(2, 129), 3 * 4 * 8);
        assert_eq!(sets.bytes_with(0, 256), 2 * 8 * 8);
        let mut output = Output::new(usize::MAX);
        sets.write(&mut output).unwrap();
        let bytes = output.into_bytes();
        let read = |rows, features| WideSets::read(&mut Input::new(&bytes), rows, features);
        assert_eq!(read(2, 64 + 130).unwrap().row(1), sets.row(1));
        for (rows, features) in [(1, 64 + 130), (2, 64 + 129), (2, 64 + 128), (2, 64), (2, 0)] {
            assert_eq!(read(rows, features).err(), Some(CoreError::MalformedState));
        }
        for (width, words) in [(0, vec![0]), (3, vec![0; 3]), (4, vec![0; 5]), (8, vec![0; 8])] {
            let mut output = Output::new(usize::MAX);
            WideSets { width, words }.write(&mut output).unwrap();
            let read = WideSets::read(&mut Input::new(&output.into_bytes()), 9, 64 + 130);
            assert_eq!(read.err(), Some(CoreError::MalformedState));
        }
    }
}
