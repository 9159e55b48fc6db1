//! Feature names, their numbers, and sets of them.

mod short_names;
mod wide_sets;

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use short_names::{ShortName, ShortNames};

use crate::bytes::{Encoded, Input, Output, read_slice, write_slice};
use crate::{CoreError, memory};
pub use wide_sets::WideSets;

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

    /// The numbers below 64 that are names', as a set.
    pub(crate) fn low_numbers(&self) -> u64 {
        numbers_below(self.len())
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

/// The numbers below 64 that are below `end`, as a set.
fn numbers_below(end: usize) -> u64 {
    if end < 64 { (1 << end) - 1 } else { u64::MAX }
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

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let len = from.take_count(usize::LEAST)?;
        let mut table = Self::default();
        memory::reserve(&mut table.ends, len)?;
        table.numbers.try_reserve(len, |_| 0)?;
        for number in 0..len {
            if table.intern(read_slice(from)?)? as usize != number {
                return Err(CoreError::MalformedState);
            }
        }
        Ok(table)
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
}
