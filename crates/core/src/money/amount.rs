//! Costs that wait to be added.

use super::{Money, small_numeric};
use crate::usage::Cost;

/// A cost that borrows nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Amount {
    Nothing,
    Float8(f64),
    Float4(f32),
    Integer(i64),
    Numeric { units: i64, scale: u16, decimals: u16 },
}

impl Amount {
    /// The amount of a cost; nothing for numerics that are too long.
    #[inline]
    pub(crate) fn of(cost: Cost<'_>) -> Option<Self> {
        Some(match cost {
            Cost::Float8(value) => Self::Float8(value),
            Cost::Float4(value) => Self::Float4(value),
            Cost::Integer(value) => Self::Integer(value),
            Cost::Numeric { negative, weight, decimals, words } => {
                let (units, scale) = small_numeric(negative, weight, words)?;
                Self::Numeric { units, scale, decimals }
            }
            Cost::Unpriced => Self::Nothing,
        })
    }
}

impl Money {
    /// Adds an amount; returns false, and adds nothing, if it is none or not finite.
    #[inline(always)]
    pub(crate) fn add_amount(&mut self, amount: Amount) -> bool {
        match amount {
            Amount::Float8(value) => self.add_float8(value),
            Amount::Float4(value) => self.add_float4(value),
            Amount::Integer(value) => {
                self.add_integer(value);
                true
            }
            Amount::Numeric { units, scale, decimals } => {
                self.add_small_numeric(units, scale, decimals);
                true
            }
            Amount::Nothing => false,
        }
    }
}
