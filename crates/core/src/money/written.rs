//! Sums as bytes.

use num_bigint::BigInt;

use super::{MAX_SMALL_SCALE, Money, Wide};
use crate::CoreError;
use crate::bytes::{Encoded, Input, Output, read_slice, write_slice};

/// More bytes than a sum of numerics ever has: these have at most 147,455 digits, and a sum has
/// no more than 20 of its own.
const MOST_BYTES: usize = 1 << 16;

/// A numeric has fewer decimals, and its digits come in groups of four.
pub(crate) const MOST_DECIMALS: u16 = 1 << 14;

impl Encoded for Money {
    const LEAST: usize = i128::LEAST + u16::LEAST + u16::LEAST + u8::LEAST;

    #[inline]
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.units.write(into)?;
        self.scale.write(into)?;
        self.decimals.write(into)?;
        match &self.wide {
            None => into.put(&[0]),
            Some(wide) => {
                into.put(&[1])?;
                wide.scale.write(into)?;
                write_slice(&wide.units.to_signed_bytes_le(), into)
            }
        }
    }

    #[inline]
    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let units = i128::read(from)?;
        let (scale, decimals) = (u16::read(from)?, u16::read(from)?);
        if scale > MAX_SMALL_SCALE || decimals > MOST_DECIMALS {
            return Err(CoreError::MalformedState);
        }
        let wide = match u8::read(from)? {
            0 => None,
            1 => Some(Box::new(Wide::read(from)?)),
            _ => return Err(CoreError::MalformedState),
        };
        Ok(Self { units, wide, scale, decimals })
    }
}

impl Wide {
    #[cold]
    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let scale = u16::read(from)?;
        let units = read_slice(from)?;
        if units.len() > MOST_BYTES || scale > MOST_DECIMALS {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { units: BigInt::from_signed_bytes_le(units), scale })
    }
}
