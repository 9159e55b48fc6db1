//! Costs that wait to be added.

use super::{Money, small_numeric};
use crate::usage::Cost;

/// A cost that borrows nothing.
///
/// Flat, and not an enum with values in it: those are written in parts and copied as a whole,
/// which makes the processor wait for each event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    kind: AmountKind,
    /// Of a decimal number, the decimals of its units, and those that it is displayed with.
    scale: u16,
    decimals: u16,
    /// The integer, the units of a decimal number, or the bits of a float.
    bits: i64,
}

#[derive(Debug, Clone, Copy)]
enum AmountKind {
    Nothing,
    Float8,
    Float4,
    Integer,
    Numeric,
}

impl Amount {
    /// Of a cost that is unknown or not finite.
    pub(crate) const NOTHING: Self =
        Self { kind: AmountKind::Nothing, scale: 0, decimals: 0, bits: 0 };

    /// The amount of a cost; `None` for numerics that are too long.
    #[inline(always)]
    pub(crate) fn of(cost: &Cost<'_>) -> Option<Self> {
        let plain = |kind, bits| Self { kind, bits, ..Self::NOTHING };
        Some(match *cost {
            Cost::Float8(value) => plain(AmountKind::Float8, value.to_bits().cast_signed()),
            Cost::Float4(value) => plain(AmountKind::Float4, value.to_bits().into()),
            Cost::Integer(value) => plain(AmountKind::Integer, value),
            Cost::Numeric { negative, weight, decimals, words } => {
                let (bits, scale) = small_numeric(negative, weight, words)?;
                Self { kind: AmountKind::Numeric, scale, decimals, bits }
            }
            Cost::Decimal { units, scale, decimals } => {
                let (scale, decimals) = (scale.into(), decimals.into());
                Self { kind: AmountKind::Numeric, scale, decimals, bits: units }
            }
            Cost::Sum(_) => return None,
            Cost::Unpriced => Self::NOTHING,
        })
    }
}

impl Money {
    /// Adds an amount; returns false, and adds nothing, if it is none or not finite.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a real has 32 bits")]
    pub(crate) fn add_amount(&mut self, amount: Amount) -> bool {
        let Amount { kind, scale, decimals, bits } = amount;
        match kind {
            AmountKind::Float8 => self.add_float8(f64::from_bits(bits.cast_unsigned())),
            AmountKind::Float4 => self.add_float4(f32::from_bits(bits as u32)),
            AmountKind::Integer => {
                self.add_integer(bits);
                true
            }
            AmountKind::Numeric => {
                self.add_decimals(bits, scale, decimals);
                true
            }
            AmountKind::Nothing => false,
        }
    }
}
