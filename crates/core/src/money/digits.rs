//! Base-10000 digits, the representation that PostgreSQL's numeric uses.

#![expect(clippy::disallowed_methods, reason = "a numeric has at most 147,455 digits")]

use num_bigint::{BigInt, BigUint, Sign};

use super::power_of_ten;

/// A decimal as `±Σ digits[i] * 10000^(weight - i)`, without leading or trailing zero digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// Whether it is below zero.
    pub negative: bool,
    /// The power of 10000 of the first digit.
    pub weight: i64,
    /// How many decimals to show.
    pub decimals: u16,
    /// The digits, 0 to 9999 each; empty for zero.
    pub digits: Vec<u16>,
}

impl Digits {
    pub(super) fn of_small(units: i128, scale: u16, decimals: u16) -> Self {
        let padding = u32::from((4 - scale % 4) % 4);
        match units.unsigned_abs().checked_mul(10_u128.pow(padding)) {
            Some(magnitude) => {
                let groups = i64::from(scale.div_ceil(4));
                Self::of_reversed(units < 0, reversed_digits(magnitude), groups, decimals)
            }
            None => Self::of_big(&BigInt::from(units), scale, decimals),
        }
    }

    pub(super) fn of_big(units: &BigInt, scale: u16, decimals: u16) -> Self {
        let padding = u32::from((4 - scale % 4) % 4);
        let padded = units * power_of_ten(padding);
        // Radix 100 is the largest square root of 10000 that the library splits into in one go.
        let pairs = padded.magnitude().to_radix_le(100);
        let reversed = pairs
            .chunks(2)
            .map(|pair| u16::from(pair[0]) + 100 * pair.get(1).copied().map_or(0, u16::from))
            .collect();
        let negative = padded.sign() == Sign::Minus;
        Self::of_reversed(negative, reversed, i64::from(scale.div_ceil(4)), decimals)
    }

    /// From digits in rising order, `groups` of which stand behind the point.
    fn of_reversed(negative: bool, mut reversed: Vec<u16>, groups: i64, decimals: u16) -> Self {
        while reversed.last() == Some(&0) {
            reversed.pop();
        }
        if reversed.is_empty() {
            return Self { negative: false, weight: 0, decimals, digits: reversed };
        }
        let weight = reversed.len() as i64 - 1 - groups;
        let zeros = reversed.iter().take_while(|&&digit| digit == 0).count();
        reversed.drain(..zeros);
        reversed.reverse();
        Self { negative, weight, decimals, digits: reversed }
    }

    /// The number as text, as PostgreSQL prints it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if self.negative {
            text.push('-');
        }
        let digit = |power: i64| {
            usize::try_from(self.weight - power)
                .ok()
                .and_then(|index| self.digits.get(index))
                .copied()
                .unwrap_or(0)
        };
        let whole: String = (0..=self.weight).rev().map(|p| format!("{:04}", digit(p))).collect();
        let whole = whole.trim_start_matches('0');
        text.push_str(if whole.is_empty() { "0" } else { whole });
        if self.decimals > 0 {
            let groups = i64::from(self.decimals.div_ceil(4));
            let fraction: String = (1..=groups).map(|p| format!("{:04}", digit(-p))).collect();
            text.push('.');
            text.push_str(&fraction[..self.decimals.into()]);
        }
        text
    }
}

/// The digits of `magnitude` in rising order.
#[expect(clippy::cast_possible_truncation, reason = "a remainder of a division by 10000")]
fn reversed_digits(mut magnitude: u128) -> Vec<u16> {
    let mut digits = Vec::with_capacity(10);
    while u64::try_from(magnitude).is_err() {
        digits.push((magnitude % 10_000) as u16);
        magnitude /= 10_000;
    }
    let mut magnitude = magnitude as u64;
    while magnitude > 0 {
        digits.push((magnitude % 10_000) as u16);
        magnitude /= 10_000;
    }
    digits
}

/// The integer that native-endian base-10000 words, first digit first, spell.
#[expect(clippy::cast_possible_truncation, reason = "halves of a digit below 10000")]
pub(super) fn big_of_words(words: &[[u8; 2]]) -> BigInt {
    let pairs: Vec<u8> = words
        .iter()
        .map(|&word| u16::from_ne_bytes(word))
        .flat_map(|digit| [(digit / 100) as u8, (digit % 100) as u8])
        .collect();
    BigUint::from_radix_be(&pairs, 100).unwrap_or_default().into()
}
