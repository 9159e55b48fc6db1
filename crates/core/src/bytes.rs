//! Values as bytes, to cross the border between the processes of one server.
//!
//! Numbers have their own size, which is quicker to write and read than a compact form. Lengths
//! come first. Both ways take memory only where it can be refused.

use crate::{CoreError, memory};

/// Bytes that are being written, up to a limit.
#[derive(Debug)]
pub struct Output {
    bytes: Vec<u8>,
    limit: usize,
    is_for_merging: bool,
}

impl Output {
    /// Nothing yet; more than `limit` bytes are an error.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, is_for_merging: false }
    }

    /// [`Self::new`] for a value that is to be merged with others, and not to be read.
    #[must_use]
    pub fn for_merging(limit: usize) -> Self {
        Self { is_for_merging: true, ..Self::new(limit) }
    }

    /// Whether the value is to be merged with others.
    #[must_use]
    pub fn is_for_merging(&self) -> bool {
        self.is_for_merging
    }

    /// Makes room for about that many bytes at once.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn reserve(&mut self, more: usize) -> Result<(), CoreError> {
        Ok(self.bytes.try_reserve(more.min(self.limit - self.bytes.len()))?)
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`].
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), CoreError> {
        if bytes.len() > self.limit - self.bytes.len() {
            return Err(CoreError::MemoryLimit { limit: self.limit });
        }
        memory::extend(&mut self.bytes, bytes)
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Values with a form as bytes.
pub trait Encoded: Sized {
    /// Appends the value.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`] of the output.
    fn write(&self, into: &mut Output) -> Result<(), CoreError>;

    /// Takes the value off the front.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] for bytes of anything else.
    fn read(from: &mut &[u8]) -> Result<Self, CoreError>;

    /// The value alone as bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    fn to_bytes(&self) -> Result<Vec<u8>, CoreError> {
        let mut output = Output::new(usize::MAX);
        self.write(&mut output)?;
        Ok(output.into_bytes())
    }

    /// Reads bytes that hold one value and nothing else.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] for bytes of anything else.
    fn from_bytes(mut bytes: &[u8]) -> Result<Self, CoreError> {
        let value = Self::read(&mut bytes)?;
        if bytes.is_empty() { Ok(value) } else { Err(CoreError::MalformedState) }
    }
}

/// Takes the first `N` bytes off.
#[inline]
fn take<const N: usize>(from: &mut &[u8]) -> Result<[u8; N], CoreError> {
    let (first, rest) = from.split_first_chunk().ok_or(CoreError::MalformedState)?;
    *from = rest;
    Ok(*first)
}

/// Takes the first `len` bytes off.
pub(crate) fn take_slice<'a>(from: &mut &'a [u8], len: usize) -> Result<&'a [u8], CoreError> {
    let (first, rest) = from.split_at_checked(len).ok_or(CoreError::MalformedState)?;
    *from = rest;
    Ok(first)
}

macro_rules! encoded_number {
    ($($number:ty),*) => {$(
        impl Encoded for $number {
            #[inline]
            fn write(&self, into: &mut Output) -> Result<(), CoreError> {
                into.put(&self.to_le_bytes())
            }

            #[inline]
            fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
                take(from).map(Self::from_le_bytes)
            }
        }
    )*};
}

encoded_number!(u8, u16, u32, u64, u128, i64, i128);

impl Encoded for usize {
    #[inline]
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        (*self as u64).write(into)
    }

    #[inline]
    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        Self::try_from(u64::read(from)?).map_err(|_| CoreError::MalformedState)
    }
}

/// Writes and reads a struct field by field, in this order.
macro_rules! encoded_fields {
    ($type:ident { $($field:ident),+ }) => {
        impl $crate::bytes::Encoded for $type {
            fn write(&self, into: &mut $crate::bytes::Output) -> Result<(), $crate::CoreError> {
                $(self.$field.write(into)?;)+
                Ok(())
            }

            fn read(from: &mut &[u8]) -> Result<Self, $crate::CoreError> {
                Ok(Self { $($field: $crate::bytes::Encoded::read(from)?),+ })
            }
        }
    };
}
pub(crate) use encoded_fields;

impl<A: Encoded, B: Encoded> Encoded for (A, B) {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.0.write(into)?;
        self.1.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

impl<T: Encoded> Encoded for Option<T> {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        match self {
            None => into.put(&[0]),
            Some(value) => {
                into.put(&[1])?;
                value.write(into)
            }
        }
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        match u8::read(from)? {
            0 => Ok(None),
            1 => T::read(from).map(Some),
            _ => Err(CoreError::MalformedState),
        }
    }
}

impl<T: Encoded> Encoded for Vec<T> {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.len().write(into)?;
        into.reserve(size_of_val(self.as_slice()))?;
        self.iter().try_for_each(|value| value.write(into))
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let len = usize::read(from)?;
        // Every value takes some bytes, so a length that is made up reserves little.
        let mut values = memory::with_capacity(len.min(from.len()))?;
        for _ in 0..len {
            memory::push(&mut values, T::read(from)?)?;
        }
        Ok(values)
    }
}

/// Appends bytes and, before them, their number.
pub(crate) fn write_slice(bytes: &[u8], into: &mut Output) -> Result<(), CoreError> {
    bytes.len().write(into)?;
    into.put(bytes)
}

/// Takes off what [`write_slice`] appended.
pub(crate) fn read_slice<'a>(from: &mut &'a [u8]) -> Result<&'a [u8], CoreError> {
    let len = usize::read(from)?;
    take_slice(from, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Values = (Vec<(u64, Option<i64>)>, (u8, usize));

    #[test]
    fn values_come_back() {
        let value: Values = (vec![(1_u64, Some(-2_i64)), (3, None)], (7_u8, usize::MAX));
        let bytes = value.to_bytes().unwrap();
        assert_eq!(Values::from_bytes(&bytes), Ok(value));
        for end in 0..bytes.len() {
            let read = Values::from_bytes(&bytes[..end]);
            assert_eq!(read, Err(CoreError::MalformedState));
        }
    }

    #[test]
    fn a_made_up_length_is_no_reason_for_an_abort() {
        let mut bytes = usize::MAX.to_bytes().unwrap();
        assert_eq!(Vec::<u8>::from_bytes(&bytes), Err(CoreError::MalformedState));
        bytes.push(0);
        assert_eq!(Vec::<(u64, u64)>::from_bytes(&bytes), Err(CoreError::MalformedState));
    }

    #[test]
    fn an_output_ends_at_its_limit() {
        let over = Err(CoreError::MemoryLimit { limit: 12 });
        let mut output = Output::new(12);
        assert_eq!(vec![1_u8, 2, 3, 4].write(&mut output), Ok(()));
        assert_eq!(output.put(&[5]), over);
        assert_eq!(output.reserve(1), Ok(()));
        assert_eq!(output.into_bytes().len(), 12);
        assert_eq!(vec![0_u8; 5].write(&mut Output::new(12)), over);
    }
}
