//! The value of a measure in one event, exactly.

use crate::CoreError;
use crate::bytes::{Encoded, Input, Output};
use crate::money::{MOST_SHORT_DECIMALS, Money, ShortValue};
use crate::usage::Cost;

use super::varint;

/// A value as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// NULL, or no finite number.
    Missing,
    /// One of few digits.
    Short(ShortValue),
    /// Any other: the bytes of the sum that it is alone.
    Long(&'a [u8]),
}

/// A value that was read.
#[derive(Debug, Clone, Copy)]
pub(super) enum EventValue<'a> {
    Missing,
    Short(ShortValue),
    Long(&'a Money),
}

/// A sum as a short value, if it is one.
pub(super) fn short_of(sum: &Money) -> Option<ShortValue> {
    let decimals = u8::try_from(sum.decimals()).ok().filter(|&n| n <= MOST_SHORT_DECIMALS)?;
    Some(ShortValue { units: sum.units_at(decimals)?, decimals })
}

/// What stands before a value: what it is, or, from [`SHORT`] on, the decimals of a short one.
const MISSING: u8 = 0;
const LONG: u8 = 1;
const SHORT: u8 = 2;

/// Appends a value.
pub(super) fn write(cost: &Cost<'_>, into: &mut Output) -> Result<(), CoreError> {
    if let Some(ShortValue { units, decimals }) = ShortValue::of(cost) {
        into.put(&[SHORT + decimals])?;
        return varint::write_signed(units, into);
    }
    let mut sum = Money::default();
    match cost.add_to(&mut sum) {
        true => {
            into.put(&[LONG])?;
            varint::write_slice(&sum.to_bytes()?, into)
        }
        false => into.put(&[MISSING]),
    }
}

/// Takes a value off. Whether a long one is sound is seen where it is added.
#[inline]
pub(super) fn read<'a>(from: &mut Input<'a>) -> Result<Value<'a>, CoreError> {
    match u8::read(from)? {
        MISSING => Ok(Value::Missing),
        LONG => varint::read_slice(from).map(Value::Long),
        decimals => {
            let decimals = decimals - SHORT;
            if decimals > MOST_SHORT_DECIMALS {
                return Err(CoreError::MalformedState);
            }
            Ok(Value::Short(ShortValue { units: varint::read_signed(from)?, decimals }))
        }
    }
}
