//! Sums as bytes.

use num_bigint::BigInt;

use super::{Money, Wide};
use crate::CoreError;
use crate::bytes::{Encoded, Output, read_slice, write_slice};

/// More bytes than a sum of numerics ever has: these have at most 147,455 digits, and a sum has
/// no more than 20 of its own.
const MOST_BYTES: usize = 1 << 16;

impl Encoded for Money {
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
    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let units = i128::read(from)?;
        let (scale, decimals) = (u16::read(from)?, u16::read(from)?);
        let wide = match u8::read(from)? {
            0 => None,
            _ => Some(Box::new(Wide::read(from)?)),
        };
        Ok(Self { units, wide, scale, decimals })
    }
}

impl Wide {
    #[cold]
    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let scale = u16::read(from)?;
        let units = read_slice(from)?;
        if units.len() > MOST_BYTES {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { units: BigInt::from_signed_bytes_le(units), scale })
    }
}
