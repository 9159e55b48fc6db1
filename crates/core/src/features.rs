//! Feature names, their numbers, and sets of them.

mod short_names;

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use short_names::{ShortName, ShortNames};

use crate::bytes::{Encoded, Output, read_slice, write_slice};
use crate::{CoreError, memory};

/// Numbers distinct feature names in the order in which they are first seen, byte for byte.
#[derive(Debug)]
pub struct FeatureTable {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    cache: ShortNames,
    hasher: RandomState,
}

impl Default for FeatureTable {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            numbers: HashTable::new(),
            cache: ShortNames::default(),
            hasher: RandomState::default(),
        }
    }
}

impl FeatureTable {
    /// Number of distinct names seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no name was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name with this number.
    #[must_use]
    pub fn name(&self, number: u32) -> &[u8] {
        name_at(&self.bytes, &self.ends, number)
    }

    /// The number of `name`, if it was seen.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.numbers.find(hash, |&number| self.name(number) == name).copied()
    }

    /// The number of `name`, a new one if it was not seen before.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    #[inline]
    pub fn intern(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        let Some(short) = ShortName::new(name) else { return self.intern_hashed(name) };
        match self.cache.get(short) {
            Some(number) => Ok(number),
            None => self.intern_short(name, short),
        }
    }

    #[cold]
    fn intern_short(&mut self, name: &[u8], short: ShortName) -> Result<u32, CoreError> {
        let number = self.intern_hashed(name)?;
        self.cache.insert(short, number);
        Ok(number)
    }

    /// The set of the numbers whose names count.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn counted(&self, catalogue: &Catalogue) -> Result<Vec<u64>, CoreError> {
        let mut words = memory::filled(self.len() / 64 + 1, 0)?;
        for number in (0..).take(self.len()) {
            if catalogue.counts(self.name(number)) {
                words[number as usize / 64] |= 1 << (number % 64);
            }
        }
        Ok(words)
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.numbers.capacity() * (size_of::<u32>() + 1)
    }

    #[inline(never)]
    fn intern_hashed(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        let hash = self.hasher.hash_one(name);
        let Self { bytes, ends, numbers, hasher, .. } = self;
        if let Some(&number) = numbers.find(hash, |&number| name_at(bytes, ends, number) == name) {
            return Ok(number);
        }
        let number = u32::try_from(ends.len()).map_err(|_| CoreError::TooManyValues)?;
        numbers.try_reserve(1, |&number| hasher.hash_one(name_at(bytes, ends, number)))?;
        memory::extend(bytes, name)?;
        memory::push(ends, bytes.len())?;
        numbers
            .insert_unique(hash, number, |&number| hasher.hash_one(name_at(bytes, ends, number)));
        Ok(number)
    }
}

fn name_at<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &bytes[start..ends[number]]
}

impl Encoded for FeatureTable {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.len().write(into)?;
        (0..).take(self.len()).try_for_each(|number| write_slice(self.name(number), into))
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let mut table = Self::default();
        for _ in 0..usize::read(from)? {
            table.intern(read_slice(from)?)?;
        }
        Ok(table)
    }
}

impl Encoded for WideSets {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.width.write(into)?;
        self.words.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        Ok(Self { width: usize::read(from)?, words: Vec::read(from)? })
    }
}

/// The features of a source that count, and how many there are.
///
/// The size is the denominator of the adoption rate.
#[derive(Debug, PartialEq, Eq)]
pub enum Catalogue {
    /// Every name counts; the size is given.
    Size(u64),
    /// Only these names count; sorted and distinct.
    Names(Vec<Vec<u8>>),
}

impl Catalogue {
    /// A catalogue of the distinct names among `names`.
    #[must_use]
    pub fn of_names(mut names: Vec<Vec<u8>>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self::Names(names)
    }

    /// Number of features in the catalogue.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Size(size) => *size,
            Self::Names(names) => names.len() as u64,
        }
    }

    /// Whether a used feature of this name counts.
    #[must_use]
    pub fn counts(&self, name: &[u8]) -> bool {
        match self {
            Self::Size(_) => true,
            Self::Names(names) => {
                names.binary_search_by(|known| known.as_slice().cmp(name)).is_ok()
            }
        }
    }

    /// `used / size`, or `None` when the catalogue is empty.
    #[must_use]
    pub fn rate(&self, used: u32) -> Option<f64> {
        let size = self.size();
        (size > 0).then(|| f64::from(used) / size as f64)
    }
}

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

    fn ensure(&mut self, index: usize, width: usize) -> Result<(), CoreError> {
        if width > self.width {
            let width = width.next_power_of_two();
            let rows = self.words.len().checked_div(self.width).unwrap_or(0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_byte_for_byte() {
        let mut table = FeatureTable::default();
        let names: Vec<Vec<u8>> = (0..20)
            .flat_map(|len| [vec![0; len], vec![b'a'; len], [vec![b'a'; len], vec![b'b']].concat()])
            .collect();
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        for _ in 0..2 {
            for name in &names {
                let number = table.intern(name).unwrap();
                assert_eq!(table.name(number), name.as_slice());
                assert_eq!(table.get(name), Some(number));
            }
        }
        assert_eq!(table.len(), distinct.len());
    }

    #[test]
    fn a_catalogue_counts_its_names_once() {
        let catalogue = Catalogue::of_names(vec![b"b".to_vec(), b"a".to_vec(), b"b".to_vec()]);
        assert_eq!(catalogue.size(), 2);
        assert!(catalogue.counts(b"a"));
        assert!(!catalogue.counts(b"c"));
        assert_eq!(catalogue.rate(1), Some(0.5));
        assert_eq!(Catalogue::Size(0).rate(3), None);
        assert_eq!(Catalogue::Size(2).rate(3), Some(1.5));
    }

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
}
