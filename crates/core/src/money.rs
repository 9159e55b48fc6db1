//! Exact decimal sums.
//!
//! A sum is kept as an `i128` of units of `10^-scale`. What does not fit there (very large or very
//! small values, or a sum that outgrows 128 bits) goes to a big integer beside it, so that the
//! total stays exact whatever comes. The result shows as many decimals as PostgreSQL's
//! `sum(numeric)` would: the most that any value had.

mod amount;
mod difference;
mod digits;
mod float;
mod short;
mod signed;
mod written;

use num_bigint::BigInt;

pub(crate) use amount::Amount;
pub use digits::Digits;
pub use float::Decimal;
pub use short::{MOST_SHORT_DECIMALS, ShortValue};
pub(crate) use written::MOST_DECIMALS;

/// Powers of ten that an `i64` holds.
const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Values with more decimals than this are kept in the big integer.
const MAX_SMALL_SCALE: u16 = 24;

/// An exact sum of decimal values.
#[derive(Debug, Clone, Default)]
pub struct Money {
    units: i128,
    wide: Option<Box<Wide>>,
    scale: u16,
    decimals: u16,
}

/// The part of a sum that does not fit into an `i128`: `units * 10^-scale`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wide {
    units: BigInt,
    scale: u16,
}

impl Money {
    /// Adds a `float8` as PostgreSQL converts it to numeric, at 15 significant digits.
    ///
    /// Returns false, and adds nothing, if it is not finite.
    #[inline(always)]
    pub fn add_float8(&mut self, value: f64) -> bool {
        if let Some(units) = float::units_at(value, self.scale) {
            self.add_units(units);
            return true;
        }
        match float::decimal_of_float8(value) {
            Some(decimal) => {
                self.add_decimal(decimal);
                true
            }
            None => false,
        }
    }

    /// Adds a `float4` as PostgreSQL converts it to numeric, at 6 significant digits.
    ///
    /// Returns false, and adds nothing, if it is not finite.
    #[inline]
    pub fn add_float4(&mut self, value: f32) -> bool {
        match float::decimal_of_float4(value) {
            Some(decimal) => {
                self.add_decimal(decimal);
                true
            }
            None => false,
        }
    }

    /// Adds an integer.
    #[inline(always)]
    pub fn add_integer(&mut self, value: i64) {
        match self.units.checked_add(value.into()) {
            // As long as there have been integers alone.
            Some(units) if self.scale == 0 => self.units = units,
            _ => self.add_decimal(Decimal { units: value, exponent: 0 }),
        }
    }

    /// Adds a numeric given as PostgreSQL stores it: `±Σ digits[i] * 10000^(weight - i)`, with
    /// `decimals` decimals shown. The digits are 16-bit words in native byte order.
    #[inline]
    pub fn add_numeric(&mut self, negative: bool, weight: i16, decimals: u16, words: &[[u8; 2]]) {
        if let Some((units, scale)) = small_numeric(negative, weight, words) {
            self.add_decimals(units, scale, decimals);
        } else {
            self.decimals = self.decimals.max(decimals);
            let fraction = words.len() as i64 - 1 - i64::from(weight);
            if !words.is_empty() {
                self.add_long_numeric(negative, fraction, words);
            }
        }
    }

    /// Adds `units * 10^-scale`, with `decimals` decimals shown.
    #[inline]
    pub(crate) fn add_decimals(&mut self, units: i64, scale: u16, decimals: u16) {
        self.decimals = self.decimals.max(decimals);
        self.add_at_scale(units.into(), scale);
    }

    /// Adds another sum.
    pub fn add(&mut self, other: &Self) {
        self.decimals = self.decimals.max(other.decimals);
        if other.units != 0 || other.scale > self.scale {
            self.add_at_scale(other.units, other.scale);
        }
        if let Some(wide) = &other.wide {
            self.add_wide(wide.units.clone(), wide.scale);
        }
    }

    /// Bytes of heap memory beyond the value itself, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.wide.as_ref().map_or(0, |wide| {
            size_of::<Wide>() + usize::try_from(wide.units.bits() / 8).unwrap_or(usize::MAX)
        })
    }

    /// The total as base-10000 digits, PostgreSQL's own representation.
    #[must_use]
    pub fn digits(&self) -> Digits {
        match &self.wide {
            None => Digits::of_small(self.units, self.scale, self.decimals),
            Some(wide) => {
                let mut total = (**wide).clone();
                total.add(BigInt::from(self.units), self.scale);
                Digits::of_big(&total.units, total.scale, self.decimals)
            }
        }
    }

    #[inline]
    fn add_units(&mut self, units: i64) {
        match self.units.checked_add(units.into()) {
            Some(sum) => self.units = sum,
            None => self.add_wide(units.into(), self.scale),
        }
    }

    /// Adds `decimal`, which shows exactly the decimals that it needs.
    fn add_decimal(&mut self, decimal: Decimal) {
        let Decimal { mut units, mut exponent } = decimal;
        while units != 0 && units % 10 == 0 && exponent < 0 {
            units /= 10;
            exponent += 1;
        }
        if units == 0 {
            return;
        }
        if exponent >= 0 {
            match POWERS.get(exponent.unsigned_abs() as usize) {
                Some(&power) => self.add_at_scale(i128::from(units) * i128::from(power), 0),
                None => {
                    self.add_wide(BigInt::from(units) * power_of_ten(exponent.unsigned_abs()), 0)
                }
            }
            return;
        }
        let scale = u16::try_from(exponent.unsigned_abs()).unwrap_or(u16::MAX);
        self.decimals = self.decimals.max(scale);
        if scale <= MAX_SMALL_SCALE {
            self.add_at_scale(units.into(), scale);
        } else {
            self.add_wide(units.into(), scale);
        }
    }

    /// Adds `units * 10^-scale`, raising the sum's own scale where the value needs it.
    #[inline]
    fn add_at_scale(&mut self, units: i128, scale: u16) {
        if scale == self.scale {
            match self.units.checked_add(units) {
                Some(sum) => self.units = sum,
                None => self.add_wide(units.into(), scale),
            }
        } else {
            self.add_rescaled(units, scale);
        }
    }

    fn add_rescaled(&mut self, units: i128, scale: u16) {
        if scale > self.scale {
            match rescale(self.units, scale - self.scale) {
                Some(units) => self.units = units,
                None => {
                    let units = std::mem::take(&mut self.units);
                    self.add_wide(units.into(), self.scale);
                }
            }
            self.scale = scale;
        }
        let sum =
            rescale(units, self.scale - scale).and_then(|units| self.units.checked_add(units));
        match sum {
            Some(sum) => self.units = sum,
            None => self.add_wide(units.into(), scale),
        }
    }

    #[cold]
    fn add_long_numeric(&mut self, negative: bool, fraction: i64, words: &[[u8; 2]]) {
        let units = digits::big_of_words(words);
        let units = if negative { -units } else { units };
        match u16::try_from(fraction * 4) {
            Ok(scale) => match i128::try_from(&units) {
                Ok(units) if scale <= MAX_SMALL_SCALE => self.add_at_scale(units, scale),
                _ => self.add_wide(units, scale),
            },
            Err(_) => {
                let zeros = u32::try_from(-fraction * 4).unwrap_or(0);
                self.add_wide(units * power_of_ten(zeros), 0);
            }
        }
    }

    #[cold]
    fn add_wide(&mut self, units: BigInt, scale: u16) {
        self.wide.get_or_insert_default().add(units, scale);
    }
}

impl Wide {
    fn add(&mut self, units: BigInt, scale: u16) {
        if scale > self.scale {
            self.units *= power_of_ten((scale - self.scale).into());
            self.scale = scale;
        }
        self.units += units * power_of_ten((self.scale - scale).into());
    }
}

/// A numeric as [`Money::add_numeric`] takes it, as units and their scale; `None` if it has many
/// digits or none.
#[inline]
fn small_numeric(negative: bool, weight: i16, words: &[[u8; 2]]) -> Option<(i64, u16)> {
    let fraction = words.len() as i64 - 1 - i64::from(weight);
    if words.len() > 4 || !(0..=4).contains(&fraction) {
        return None;
    }
    let units =
        words.iter().fold(0, |units, &word| units * 10_000 + i64::from(u16::from_ne_bytes(word)));
    #[expect(clippy::cast_possible_truncation, reason = "fraction is at most 4")]
    Some((if negative { -units } else { units }, 4 * fraction as u16))
}

/// `units * 10^by`, unless that is too large.
fn rescale(units: i128, by: u16) -> Option<i128> {
    if units == 0 {
        return Some(0);
    }
    let power = 10_i128.checked_pow(by.into())?;
    units.checked_mul(power)
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

#[cfg(test)]
mod tests;
