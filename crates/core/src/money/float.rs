//! Floating-point values as the decimals that PostgreSQL makes of them.
//!
//! `float8::numeric` prints the value with 15 significant digits (`float4` with 6), correctly
//! rounded, ties to even, and reads that back. The functions here give the same decimal without
//! printing, by three facts of IEEE arithmetic:
//!
//! - A decimal of at most 15 digits survives the way to `float8` and back. So if `units / 10^scale`,
//!   rounded to `float8`, *is* the value, then `units * 10^-scale` is what would be printed.
//! - `10^scale` is exact up to `10^22`, and a division of exact operands is correctly rounded.
//! - A fused multiply-add gives the rounding error of a product exactly, which decides ties.

/// Powers of ten that a `float8` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Adding and subtracting this rounds a number below 2^51 to an integer, ties to even.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Values of 15 significant digits lie below this once their last digit is the ones.
const FIFTEEN_DIGITS: f64 = 1e15;

/// A decimal `units * 10^exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The significant digits.
    pub units: i64,
    /// The power of ten of the last of them.
    pub exponent: i32,
}

/// `value * 10^scale`, if the value's decimal has no more than `scale` decimals.
#[inline]
pub(super) fn units_at(value: f64, scale: u16) -> Option<i64> {
    let power = *POWERS.get(usize::from(scale))?;
    let product = value * power;
    if product.is_nan() || product.abs() >= FIFTEEN_DIGITS {
        return None;
    }
    let shifted = product + ROUNDER;
    let rounded = shifted - ROUNDER;
    (rounded / power == value)
        .then(|| shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed())
}

/// The decimal of `value` at 15 significant digits; `None` if it is not finite.
pub(super) fn decimal_of_float8(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some(Decimal { units: 0, exponent: 0 });
    }
    let magnitude = value.abs();
    let decimal = scaled_to_fifteen_digits(magnitude)
        .or_else(|| rounded_integer(magnitude))
        .or_else(|| printed(magnitude, 14))?;
    Some(if value < 0.0 { Decimal { units: -decimal.units, ..decimal } } else { decimal })
}

/// The decimal of `value` at 6 significant digits; `None` if it is not finite.
pub(super) fn decimal_of_float4(value: f32) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    // A float4 is a float8, and six digits of it are found in the same way: `%.6g` of the value.
    let wide = f64::from(value);
    for (exponent, power) in (0..).zip(&POWERS[..11]) {
        let product = wide * power;
        if product.abs() >= 1e6 {
            break;
        }
        let rounded = (product + ROUNDER) - ROUNDER;
        #[expect(clippy::cast_possible_truncation, reason = "compared as float4; below 10^6")]
        if (rounded / power) as f32 == value {
            return Some(Decimal { units: rounded as i64, exponent: -exponent });
        }
    }
    let decimal = printed(wide.abs(), 5)?;
    Some(if value < 0.0 { Decimal { units: -decimal.units, ..decimal } } else { decimal })
}

/// For values of about 10^-8 to 10^15: scales the value until 15 digits stand before the point.
fn scaled_to_fifteen_digits(magnitude: f64) -> Option<Decimal> {
    // The decimal exponent, perhaps one too small: log10(2) is about 1233 / 4096.
    let exponent2 = i32::try_from(magnitude.to_bits() >> 52).ok()? - 1023;
    let guess = (exponent2 * 1233) >> 12;
    for scale in [14 - guess, 13 - guess] {
        let power = *POWERS.get(usize::try_from(scale).ok()?)?;
        let product = magnitude * power;
        if product >= FIFTEEN_DIGITS {
            continue;
        }
        let units = round_exact_product(magnitude, power, product);
        // Rounding up to 10^15 keeps the value and moves its last digit; both read the same.
        if units >= 100_000_000_000_000 {
            return Some(Decimal { units, exponent: -scale });
        }
    }
    None
}

/// Rounds `magnitude * power`, of which `product` is the nearest `float8`, ties to even.
#[expect(clippy::cast_possible_truncation, reason = "the product is below 10^15")]
fn round_exact_product(magnitude: f64, power: f64, product: f64) -> i64 {
    let error = magnitude.mul_add(power, -product);
    let floor = product.floor();
    // `product - floor - 0.5` is exact, and zero or larger than the error can be.
    let above_half = product - floor - 0.5;
    let floor = floor as i64;
    let up = if above_half != 0.0 {
        above_half > 0.0
    } else if error != 0.0 {
        error > 0.0
    } else {
        floor % 2 != 0
    };
    // Just below an integer the product may have been rounded up to it; that is the same digit.
    floor + i64::from(up)
}

/// For integers of 16 to 19 digits, where exact ties can still happen.
#[expect(clippy::cast_possible_truncation, reason = "checked to be below 2^63")]
fn rounded_integer(magnitude: f64) -> Option<Decimal> {
    if !(FIFTEEN_DIGITS..9.2e18).contains(&magnitude) {
        return None;
    }
    let integer = magnitude as i64;
    let exponent = integer.ilog10() - 14;
    let power = 10_i64.pow(exponent);
    let (quotient, remainder) = (integer / power, integer % power);
    let up = match (remainder * 2).cmp(&power) {
        std::cmp::Ordering::Less => false,
        // Below 2^53 a fraction may follow, and then it was no tie.
        std::cmp::Ordering::Equal => quotient % 2 != 0 || integer as f64 != magnitude,
        std::cmp::Ordering::Greater => true,
    };
    Some(Decimal { units: quotient + i64::from(up), exponent: exponent.cast_signed() })
}

/// The rest, very large and very small values, by printing; no exact ties occur among them.
fn printed(magnitude: f64, decimals: usize) -> Option<Decimal> {
    let text = format!("{magnitude:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let units = mantissa.replace('.', "").parse().ok()?;
    let decimals = i32::try_from(decimals).ok()?;
    Some(Decimal { units, exponent: exponent.parse::<i32>().ok()? - decimals })
}
