//! The numbers of short names, in a small cache in front of the dictionary.

/// Places of the cache; a power of two.
const PLACES: usize = 64;

/// A name of at most 16 bytes, as two words and a length that no two names share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShortName {
    head: u64,
    tail: u64,
    len: u8,
}

impl ShortName {
    const NONE: Self = Self { head: 0, tail: 0, len: u8::MAX };

    /// Names of all lengths but the shortest are read in the same four steps, which overlap: a way
    /// for each length would be one that the processor guesses wrongly.
    #[inline]
    pub(super) fn new(name: &[u8]) -> Option<Self> {
        let (head, tail) = match name.len() {
            len @ 4..=16 => {
                let four = |at: usize| {
                    let bytes = name.get(at..).and_then(|rest| rest.first_chunk());
                    bytes.map(|bytes| u64::from(u32::from_le_bytes(*bytes)))
                };
                let (last, step) = (len - 4, len / 8 * 4);
                (four(0)? | four(step)? << 32, four(last - step)? | four(last)? << 32)
            }
            0..4 => (name.iter().fold(0, |word, &byte| (word << 8) | u64::from(byte)), 0),
            _ => return None,
        };
        let len = u8::try_from(name.len()).ok()?;
        Some(Self { head, tail, len })
    }
}

/// Names that were met lately, each in the one place where it can be.
#[derive(Debug)]
pub(super) struct ShortNames {
    places: Box<[(ShortName, u32); PLACES]>,
    /// How often a name took the place of another.
    conflicts: u32,
    /// What decides about the places; odd.
    factor: u64,
}

impl Default for ShortNames {
    fn default() -> Self {
        Self {
            places: Box::new([(ShortName::NONE, 0); PLACES]),
            conflicts: 0,
            factor: 0x9E37_79B9_7F4A_7C15,
        }
    }
}

impl ShortNames {
    /// The number of a name, if it is here.
    #[inline]
    pub(super) fn get(&self, name: ShortName) -> Option<u32> {
        let (found, number) = self.places[self.place(name)];
        (found == name).then_some(number)
    }

    /// Puts a name in its place. After some conflicts all places change: so a few names soon have
    /// each its own, and with many names changes are rare.
    pub(super) fn insert(&mut self, name: ShortName, number: u32) {
        if self.places[self.place(name)].0 != ShortName::NONE {
            self.conflicts = self.conflicts.saturating_add(1);
            if self.conflicts.is_power_of_two() {
                self.factor = self.factor.wrapping_mul(self.factor).wrapping_add(2);
                self.places.fill((ShortName::NONE, 0));
            }
        }
        let place = self.place(name);
        self.places[place] = (name, number);
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "six bits remain")]
    fn place(&self, name: ShortName) -> usize {
        let mixed = name.head ^ name.tail.rotate_left(23) ^ u64::from(name.len);
        (mixed.wrapping_mul(self.factor) >> (u64::BITS - PLACES.trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of up to 16 bytes that differ in one byte or in their length.
    #[test]
    fn no_two_names_are_the_same() {
        let mut names = Vec::new();
        for len in 0..=16 {
            names.push(vec![b'a'; len]);
            for at in 0..len {
                let mut other = vec![b'a'; len];
                other[at] = b'b';
                names.push(other);
            }
        }
        for (number, name) in names.iter().enumerate() {
            for other in &names[..number] {
                assert_ne!(ShortName::new(name), ShortName::new(other), "{name:?} {other:?}");
            }
        }
        assert_eq!(ShortName::new(&[0; 17]), None);
    }

    #[test]
    fn a_few_names_soon_have_places_of_their_own() {
        for few in 0..50 {
            let names: Vec<_> = (0..10)
                .filter_map(|n| ShortName::new(format!("{few} name {n}").as_bytes()))
                .collect();
            let mut cache = ShortNames::default();
            for (number, &name) in (0..10).zip(&names).cycle().take(200_000) {
                if cache.get(name).is_none() {
                    cache.insert(name, number);
                }
                assert_eq!(cache.get(name), Some(number));
            }
            assert!(names.iter().all(|&name| cache.get(name).is_some()), "{few}");
        }
    }
}
