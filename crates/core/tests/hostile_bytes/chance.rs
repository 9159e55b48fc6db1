//! What is random, and changes of bytes.

use std::hash::{BuildHasher, RandomState};

/// Random numbers that a seed decides: SplitMix64.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Numbers that are others each time.
    pub(crate) fn of_now() -> Self {
        Self(RandomState::new().hash_one(0_u64))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// Numbers at which something may end.
const EXTREMES: [u64; 14] = [
    0,
    1,
    63,
    64,
    255,
    1 << 16,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    1 << 62,
    i64::MAX as u64,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

/// The bytes with a few changes; some are taken of `other`.
pub(crate) fn changed(mut bytes: Vec<u8>, other: &[u8], chance: &mut Chance) -> Vec<u8> {
    for _ in 0..chance.one_of(&[0, 1, 1, 1, 2, 2, 3, 8]) {
        change(&mut bytes, other, chance);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    // What stands in front is looked at least deeply.
    let front = if chance.one_in(20) { 0 } else { 3.min(bytes.len()) };
    let at = front + chance.below(bytes.len() - front + 1);
    let rest = bytes.len() - at;
    let len = 1 + chance.below(16);
    match chance.below(11) {
        0..3 => flip(bytes, at, chance),
        3 => put(bytes, at, &[chance.next() as u8]),
        4 => put(bytes, at, &chance.one_of(&EXTREMES).to_le_bytes()),
        5 => put(bytes, at, &chance.one_of(&EXTREMES).to_le_bytes()[..4]),
        6 => step(bytes, at, chance),
        7 => drop(bytes.drain(at..at + len.min(rest))),
        8 => {
            let copy: Vec<u8> = bytes[at..at + len.min(rest)].to_vec();
            bytes.splice(at..at, copy);
        }
        9 => {
            let from = chance.below(other.len());
            let part = &other[from..other.len().min(from + len * len)];
            put(bytes, at, part);
        }
        _ if chance.one_in(4) => bytes.truncate(at),
        _ => {
            let more: Vec<u8> = (0..len).map(|_| chance.next() as u8).collect();
            bytes.splice(at..at, more);
        }
    }
}

fn flip(bytes: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

/// Writes over what is there.
fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    for (byte, new) in bytes[at..].iter_mut().zip(part) {
        *byte = *new;
    }
}

/// Makes a number one greater or less, as a length would be.
fn step(bytes: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(chunk) = bytes[at..].first_chunk_mut::<8>() {
        let number = u64::from_le_bytes(*chunk);
        let by = if chance.one_in(2) { 1 } else { u64::MAX };
        *chunk = number.wrapping_add(by).to_le_bytes();
    }
}
