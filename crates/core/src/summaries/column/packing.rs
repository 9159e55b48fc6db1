//! Numbers packed into as few bits as they need.

use super::super::varint;
use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};

/// In the first byte of a column: steps are stored.
const STEPS: u8 = 0x80;

/// The widest that distances are packed; wider ones are stored as they are.
const WIDEST: u32 = 56;

/// Bytes that have to follow a column, as it is read eight bytes at a time.
pub(in crate::summaries) const SPARE: usize = size_of::<u64>();

/// How a column is stored.
pub(super) struct Packing {
    pub(super) steps: bool,
    pub(super) width: u32,
    pub(super) base: i64,
}

impl Packing {
    /// The one that takes the fewest bits.
    pub(super) fn of(values: &[i64]) -> Self {
        let (low, high) = ends(values.iter().copied());
        let steps = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
        let (low_step, high_step) = ends(steps);
        let (width, step_width) = (width(low, high), width(low_step, high_step));
        if step_width < width {
            Self { steps: true, width: step_width, base: low_step }
        } else {
            Self { steps: false, width, base: low }
        }
    }

    pub(super) fn written(&self) -> u8 {
        let width = u8::try_from(self.width).unwrap_or(u8::MAX);
        if self.steps { width | STEPS } else { width }
    }

    pub(super) fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let byte = u8::read(from)?;
        let width = u32::from(byte & !STEPS);
        if width > WIDEST && width != u64::BITS {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { steps: byte & STEPS != 0, width, base: varint::read_signed(from)? })
    }

    /// The number, or the step, of the distance in this place.
    #[inline]
    pub(super) fn number(&self, distances: &[u8], at: usize) -> i64 {
        let bit = at * self.width as usize;
        let word = distances[bit / 8..].first_chunk().copied().unwrap_or_default();
        let mask = u64::MAX.checked_shr(u64::BITS - self.width).unwrap_or(0);
        let distance = (u64::from_le_bytes(word) >> (bit % 8)) & mask;
        self.base.wrapping_add(distance.cast_signed())
    }

    /// Bytes that so many distances take.
    pub(super) fn bytes(&self, count: usize) -> usize {
        (count * self.width as usize).div_ceil(8)
    }
}

/// The least and the greatest of some numbers.
pub(in crate::summaries) fn ends(values: impl Iterator<Item = i64>) -> (i64, i64) {
    values.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
}

/// The width of distances up to that from `low` to `high`.
fn width(low: i64, high: i64) -> u32 {
    match u64::BITS - high.wrapping_sub(low).cast_unsigned().leading_zeros() {
        width if width > WIDEST => u64::BITS,
        width => width,
    }
}

/// Appends the distances of some numbers.
pub(super) fn pack(
    values: impl Iterator<Item = i64>,
    packing: &Packing,
    into: &mut Output,
) -> Result<(), CoreError> {
    let (mut waiting, mut bits) = (0_u128, 0);
    for value in values {
        let distance = value.wrapping_sub(packing.base).cast_unsigned();
        waiting |= u128::from(distance) << bits;
        bits += packing.width;
        if bits >= u64::BITS {
            into.put(&low_bytes(waiting))?;
            waiting >>= u64::BITS;
            bits -= u64::BITS;
        }
    }
    into.put(&low_bytes(waiting)[..bits.div_ceil(8) as usize])
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest bits")]
fn low_bytes(bits: u128) -> [u8; 8] {
    (bits as u64).to_le_bytes()
}

/// Makes numbers of distances, from the one in place `first` on.
pub(super) fn unpack(distances: &[u8], packing: &Packing, first: usize, into: &mut [i64]) {
    let before = first.next_multiple_of(EIGHT).min(first + into.len()) - first;
    let (before, after) = into.split_at_mut(before);
    unpack_each(distances, packing, first, before);
    let first = first + before.len();
    let (eights, rest) = after.as_chunks_mut::<EIGHT>();
    let width = packing.width as usize;
    match UNPACK_EIGHTS.get(width) {
        Some(unpack) => unpack(&distances[first / EIGHT * width..], packing.base, eights),
        None => unpack_each(distances, packing, first, eights.as_flattened_mut()),
    }
    unpack_each(distances, packing, first + eights.len() * EIGHT, rest);
}

fn unpack_each(distances: &[u8], packing: &Packing, first: usize, into: &mut [i64]) {
    for (at, value) in (first..).zip(into) {
        *value = packing.number(distances, at);
    }
}

/// So many distances take as many bytes as they have bits.
const EIGHT: usize = 8;

/// [`unpack_eights`] of a width.
type UnpackEights = fn(&[u8], i64, &mut [[i64; EIGHT]]);

/// [`unpack_eights`] of each width up to [`WIDEST`].
const UNPACK_EIGHTS: [UnpackEights; WIDEST as usize + 1] = {
    macro_rules! of_widths {
        ($($width:literal)*) => { [$(unpack_eights::<$width>),*] };
    }
    of_widths!(
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
        34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56
    )
};

/// Makes numbers of distances of one width, which the compiler then knows: a number takes a third of
/// the time.
fn unpack_eights<const WIDTH: usize>(distances: &[u8], base: i64, into: &mut [[i64; EIGHT]]) {
    let mask = (1_u64 << WIDTH) - 1;
    for (group, values) in into.iter_mut().enumerate() {
        let bytes = &distances[group * WIDTH..][..WIDTH + SPARE];
        for (at, value) in values.iter_mut().enumerate() {
            let bit = at * WIDTH;
            let word = bytes[bit / 8..].first_chunk().copied().unwrap_or_default();
            let distance = (u64::from_le_bytes(word) >> (bit % 8)) & mask;
            *value = base.wrapping_add(distance.cast_signed());
        }
    }
}
