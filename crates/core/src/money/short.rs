//! Values of few digits.

use super::{Decimal, float};
use crate::usage::Cost;

/// More decimals than this make a value a long one.
pub const MOST_SHORT_DECIMALS: u8 = 18;

/// A value of few digits: `units * 10^-decimals`, displayed with these decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortValue {
    /// The digits.
    pub units: i64,
    /// At most [`MOST_SHORT_DECIMALS`].
    pub decimals: u8,
}

impl ShortValue {
    /// The value of a cost; `None` for one that is missing, not finite or too long.
    #[must_use]
    pub fn of(cost: &Cost<'_>) -> Option<Self> {
        match *cost {
            Cost::Integer(units) => Some(Self { units, decimals: 0 }),
            Cost::Float8(value) => Self::of_decimal(float::decimal_of_float8(value)?),
            Cost::Float4(value) => Self::of_decimal(float::decimal_of_float4(value)?),
            Cost::Numeric { negative, weight, decimals, words } => {
                Self::of_numeric(negative, weight, decimals, words)
            }
            Cost::Decimal { units, scale, decimals } => Self::of_units(units, scale, decimals),
            Cost::Sum(_) | Cost::Unpriced => None,
        }
    }

    /// A float shows exactly the decimals that it needs.
    fn of_decimal(decimal: Decimal) -> Option<Self> {
        let Decimal { mut units, mut exponent } = decimal;
        while units % 10 == 0 && exponent < 0 {
            if units == 0 {
                return Some(Self { units, decimals: 0 });
            }
            units /= 10;
            exponent += 1;
        }
        let units = units.checked_mul(10_i64.checked_pow(exponent.max(0).unsigned_abs())?)?;
        Self::new(units, exponent.min(0).unsigned_abs())
    }

    fn of_numeric(negative: bool, weight: i16, decimals: u16, words: &[[u8; 2]]) -> Option<Self> {
        // Its last digit is as many groups of four behind the point.
        let groups = i32::try_from(words.len()).ok()? - 1 - i32::from(weight);
        let mut units = 0_i128;
        for &word in words {
            units = units.checked_mul(10_000)?.checked_add(u16::from_ne_bytes(word).into())?;
        }
        if words.is_empty() {
            return Self::new(0, decimals.into());
        }
        // What is not displayed is zero.
        let more = i32::from(decimals) - 4 * groups;
        let power = 10_i128.checked_pow(more.unsigned_abs())?;
        let units = if more < 0 { units / power } else { units.checked_mul(power)? };
        let units = i64::try_from(if negative { -units } else { units }).ok()?;
        Self::new(units, decimals.into())
    }

    fn new(units: i64, decimals: u32) -> Option<Self> {
        let decimals = u8::try_from(decimals).ok().filter(|&n| n <= MOST_SHORT_DECIMALS)?;
        Some(Self { units, decimals })
    }

    /// The same value in units of `10^-scale`; `None` where these are too many, or too large.
    #[must_use]
    pub fn units_at(self, scale: u8) -> Option<i64> {
        let more = scale.checked_sub(self.decimals)?;
        self.units.checked_mul(10_i64.checked_pow(more.into())?)
    }

    /// The value of units at a scale, displayed with fewer decimals; `None` if digits are behind
    /// these.
    #[must_use]
    pub fn of_units(units: i64, scale: u8, decimals: u8) -> Option<Self> {
        let power = 10_i64.checked_pow(scale.checked_sub(decimals)?.into())?;
        (units % power == 0).then(|| Self { units: units / power, decimals })
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the texts are short")]
mod tests {
    use super::*;
    use crate::money::Money;

    fn numeric(text: &str) -> (bool, i16, u16, Vec<[u8; 2]>) {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
        let padded = format!("{fraction}{}", "0".repeat((4 - fraction.len() % 4) % 4));
        let mut words: Vec<u16> = (whole.clone() + &padded)
            .as_bytes()
            .chunks(4)
            .map(|chunk| std::str::from_utf8(chunk).unwrap().parse().unwrap())
            .collect();
        let mut weight = (whole.len() / 4) as i16 - 1;
        while words.last() == Some(&0) {
            words.pop();
        }
        while words.first() == Some(&0) {
            words.remove(0);
            weight -= 1;
        }
        let words = words.into_iter().map(u16::to_ne_bytes).collect();
        (negative, weight, fraction.len() as u16, words)
    }

    /// The value as its own sum shows it, and as plain arithmetic does.
    fn shown(cost: &Cost<'_>) -> (String, Option<String>) {
        let mut sum = Money::default();
        cost.add_to(&mut sum);
        let short = ShortValue::of(cost).map(|short| {
            let mut sum = Money::default();
            sum.add_units_at(short.units.into(), short.decimals);
            sum.show(short.decimals.into());
            sum.digits().to_text()
        });
        (sum.digits().to_text(), short)
    }

    #[test]
    fn numerics_keep_their_decimals() {
        for text in [
            "0",
            "0.00",
            "1",
            "10000",
            "-1.5",
            "0.050000",
            "12345.1234567890",
            "90000000",
            "0.0001",
            "-0.00010",
            "922337203685477.5807",
            "1.000000000000000000",
            "-30000.25",
            "12345678901234.12345",
        ] {
            let (negative, weight, decimals, words) = numeric(text);
            let cost = Cost::Numeric { negative, weight, decimals, words: &words };
            assert_eq!(shown(&cost), (text.to_owned(), Some(text.to_owned())));
        }
    }

    #[test]
    fn long_values_are_told_apart() {
        for text in [
            "1.0000000000000000000",
            "9223372036854775808",
            "9223372036854.7758080",
            "1000000000.00000000000",
        ] {
            let (negative, weight, decimals, words) = numeric(text);
            let cost = Cost::Numeric { negative, weight, decimals, words: &words };
            assert_eq!(shown(&cost), (text.to_owned(), None));
        }
        for value in [1e300, -1e19, 1e-19, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY] {
            assert_eq!(ShortValue::of(&Cost::Float8(value)), None);
        }
        assert_eq!(ShortValue::of(&Cost::Unpriced), None);
    }

    #[test]
    fn floats_show_the_decimals_that_they_need() {
        for value in [0.0, -0.0, 0.1, 0.25, -12.5, 1e15, 123_456.789_012_345, 1e-8, 3e17, 1e-18] {
            let (whole, short) = shown(&Cost::Float8(value));
            assert_eq!(Some(whole), short);
        }
        let (whole, short) = shown(&Cost::Float4(-0.1));
        assert_eq!((whole.as_str(), short), ("-0.1", Some("-0.1".to_owned())));
        let (whole, short) = shown(&Cost::Integer(i64::MIN));
        assert_eq!(Some(whole), short);
    }

    #[test]
    fn a_value_is_the_same_at_every_scale() {
        let value = ShortValue { units: -125, decimals: 2 };
        for scale in 2..=MOST_SHORT_DECIMALS {
            let units = value.units_at(scale).unwrap();
            assert_eq!(ShortValue::of_units(units, scale, 2), Some(value));
        }
        assert_eq!(value.units_at(1), None);
        assert_eq!(ShortValue::of_units(-125, 2, 1), None);
        assert_eq!(ShortValue { units: i64::MAX, decimals: 0 }.units_at(1), None);
    }
}
