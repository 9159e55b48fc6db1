//! Sums as bytes of a fixed layout, which is quicker to write and read than a compact one.

use super::{Money, Wide};
use crate::CoreError;
use crate::bytes::take;

impl Money {
    /// Appends the bytes that [`Money::read`] reads.
    pub(crate) fn write(&self, into: &mut Vec<u8>) -> Result<(), CoreError> {
        into.extend_from_slice(&self.units.to_le_bytes());
        into.extend_from_slice(&self.scale.to_le_bytes());
        into.extend_from_slice(&self.decimals.to_le_bytes());
        let Some(wide) = &self.wide else {
            into.extend_from_slice(&0_u32.to_le_bytes());
            return Ok(());
        };
        let wide = postcard::to_allocvec(wide).map_err(|_| CoreError::OutOfMemory)?;
        let len = u32::try_from(wide.len()).map_err(|_| CoreError::TooManyValues)?;
        into.extend_from_slice(&len.to_le_bytes());
        into.extend_from_slice(&wide);
        Ok(())
    }

    /// Reads from the front of `from`; nothing if no sum is there.
    pub(crate) fn read(from: &mut &[u8]) -> Option<Self> {
        let units = i128::from_le_bytes(take(from)?);
        let scale = u16::from_le_bytes(take(from)?);
        let decimals = u16::from_le_bytes(take(from)?);
        let len = u32::from_le_bytes(take(from)?) as usize;
        let (bytes, rest) = from.split_at_checked(len)?;
        *from = rest;
        let wide: Option<Box<Wide>> = match len {
            0 => None,
            _ => Some(postcard::from_bytes(bytes).ok()?),
        };
        Some(Self { units, wide, scale, decimals })
    }
}
