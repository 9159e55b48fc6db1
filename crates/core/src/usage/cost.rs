//! Costs as a usage table has them.

use crate::money::Money;

/// The cost of one event, in whatever type the usage table has.
#[derive(Debug, Clone, Copy)]
pub enum Cost<'a> {
    /// NULL, or a numeric that is not finite.
    Unpriced,
    /// `real`.
    Float4(f32),
    /// `double precision`.
    Float8(f64),
    /// `smallint`, `integer`, `bigint`.
    Integer(i64),
    /// A finite `numeric`; see [`Money::add_numeric`].
    Numeric {
        /// Whether it is below zero.
        negative: bool,
        /// The power of 10000 of its first digit.
        weight: i16,
        /// Its display scale.
        decimals: u16,
        /// Its base-10000 digits, native byte order.
        words: &'a [[u8; 2]],
    },
    /// `units * 10^-scale`, of which `decimals` decimals are shown: no fewer than it has digits.
    Decimal {
        /// Its digits.
        units: i64,
        /// How many of them are decimals.
        scale: u8,
        /// How many decimals it shows.
        decimals: u8,
    },
    /// The sum that it is alone.
    Sum(&'a Money),
}

impl Cost<'_> {
    /// Whether it is a finite number.
    #[inline]
    #[must_use]
    pub fn is_priced(self) -> bool {
        match self {
            Cost::Unpriced => false,
            Cost::Float4(value) => value.is_finite(),
            Cost::Float8(value) => value.is_finite(),
            Cost::Integer(_) | Cost::Numeric { .. } | Cost::Decimal { .. } | Cost::Sum(_) => true,
        }
    }

    /// Adds it to `sum`; says whether there was anything to add.
    #[inline]
    pub fn add_to(self, sum: &mut Money) -> bool {
        match self {
            Cost::Float8(value) => return sum.add_float8(value),
            Cost::Float4(value) => return sum.add_float4(value),
            Cost::Integer(value) => sum.add_integer(value),
            Cost::Numeric { negative, weight, decimals, words } => {
                sum.add_numeric(negative, weight, decimals, words);
            }
            Cost::Decimal { units, scale, decimals } => {
                sum.add_decimals(units, scale.into(), decimals.into());
            }
            Cost::Sum(other) => sum.add(other),
            Cost::Unpriced => return false,
        }
        true
    }
}
