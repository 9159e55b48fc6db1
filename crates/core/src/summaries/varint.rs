//! Whole numbers in as few bytes as they need: seven bits in each, the lowest first.

use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};

/// The most bytes that a number takes.
const MOST_BYTES: usize = 10;

/// In a byte: another one follows.
const MORE: u8 = 0x80;

/// Appends a number.
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits")]
pub(super) fn write(mut number: u64, into: &mut Output) -> Result<(), CoreError> {
    let mut bytes = [0; MOST_BYTES];
    let mut len = 0;
    loop {
        let is_last = number < u64::from(MORE);
        bytes[len] = if is_last { number as u8 } else { number as u8 | MORE };
        len += 1;
        if is_last {
            return into.put(&bytes[..len]);
        }
        number >>= 7;
    }
}

/// Takes a number off. One that is written longer than need be is none.
#[inline]
pub(super) fn read(from: &mut Input<'_>) -> Result<u64, CoreError> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = u8::read(from)?;
        let bits = u64::from(byte & !MORE);
        if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
            return Err(CoreError::MalformedState);
        }
        number |= bits << shift;
        if byte & MORE == 0 {
            return Ok(number);
        }
    }
    Err(CoreError::MalformedState)
}

/// Takes off a number that is the length of something, or counts it.
pub(super) fn read_usize(from: &mut Input<'_>) -> Result<usize, CoreError> {
    usize::try_from(read(from)?).map_err(|_| CoreError::MalformedState)
}

/// Appends a number that may be below zero; near zero it is short.
pub(super) fn write_signed(number: i64, into: &mut Output) -> Result<(), CoreError> {
    write(((number << 1) ^ (number >> 63)).cast_unsigned(), into)
}

/// Takes off what [`write_signed`] appended.
#[inline]
pub(super) fn read_signed(from: &mut Input<'_>) -> Result<i64, CoreError> {
    let number = read(from)?;
    Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

/// Appends bytes and, before them, their number.
pub(super) fn write_slice(bytes: &[u8], into: &mut Output) -> Result<(), CoreError> {
    write(bytes.len() as u64, into)?;
    into.put(bytes)
}

/// Takes off what [`write_slice`] appended.
pub(super) fn read_slice<'a>(from: &mut Input<'a>) -> Result<&'a [u8], CoreError> {
    let len = read_usize(from)?;
    from.take_slice(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_are_short_near_zero() {
        let numbers = (0..64).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, u64::MAX - power, power.wrapping_neg()]
        });
        for number in numbers {
            let mut output = Output::new(MOST_BYTES);
            write(number, &mut output).unwrap();
            let bytes = output.into_bytes();
            assert_eq!(bytes.len().max(1), (70 - number.leading_zeros() as usize).max(7) / 7);
            assert_eq!(read(&mut Input::new(&bytes)), Ok(number));
            for end in 0..bytes.len() {
                assert_eq!(read(&mut Input::new(&bytes[..end])), Err(CoreError::MalformedState));
            }
            let signed = number.cast_signed();
            let mut output = Output::new(MOST_BYTES);
            write_signed(signed, &mut output).unwrap();
            let bytes = output.into_bytes();
            assert!(bytes.len() == 1 || !(-64..64).contains(&signed));
            assert_eq!(read_signed(&mut Input::new(&bytes)), Ok(signed));
        }
    }

    #[test]
    fn a_number_has_one_form() {
        let malformed = Err(CoreError::MalformedState);
        assert_eq!(read(&mut Input::new(&[0x81, 0x00])), malformed);
        assert_eq!(read(&mut Input::new(&[0xff; 10])), malformed);
        assert_eq!(read(&mut Input::new(&[0x80; 11])), malformed);
    }
}
