//! Values as bytes, to cross the border between processes and between servers.
//!
//! Numbers have their own size, which is quicker to write and read than a compact form. Lengths
//! come first. Both ways take memory only where it can be refused.
//!
//! Who reads bytes trusts nothing that they say: what is read takes memory in proportion to them,
//! and is either sound or an error.

use crate::ids::Seed;
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

    /// Number of bytes that were written.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Bytes that are being read, from the front.
#[derive(Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
    limit: usize,
    seed: Option<Seed>,
}

impl<'a> Input<'a> {
    /// These bytes, from whoever.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, limit: usize::MAX, seed: None }
    }

    /// An accumulator that is read may use `limit` bytes.
    #[must_use]
    pub fn limited(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The value is to be merged with others whose ids are numbered by hashes of this seed. Hashes
    /// that come with the same seed are believed: only who shares the secret can know it.
    #[must_use]
    pub fn sharing(self, seed: Seed) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// How many bytes an accumulator that is read may use.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether hashes of this seed are believed.
    pub(crate) fn believes(&self, seed: Seed) -> bool {
        self.seed == Some(seed)
    }

    /// Takes the first `N` bytes off.
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CoreError> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(CoreError::MalformedState)?;
        self.rest = rest;
        Ok(*first)
    }

    /// The first `len` bytes, which stay.
    pub(crate) fn look(&self, len: usize) -> Result<&'a [u8], CoreError> {
        self.rest.get(..len).ok_or(CoreError::MalformedState)
    }

    /// Takes the first `len` bytes off.
    pub(crate) fn take_slice(&mut self, len: usize) -> Result<&'a [u8], CoreError> {
        let (first, rest) = self.rest.split_at_checked(len).ok_or(CoreError::MalformedState)?;
        self.rest = rest;
        Ok(first)
    }

    /// Takes a number of values off, each of which has at least `least` bytes. A number that is
    /// made up is an error, before anything is made room for.
    pub(crate) fn take_count(&mut self, least: usize) -> Result<usize, CoreError> {
        let count = usize::read(self)?;
        self.expect(count, least)?;
        Ok(count)
    }

    /// Fails unless so many values, each of at least `least` bytes, can follow.
    #[inline]
    pub(crate) fn expect(&self, count: usize, least: usize) -> Result<(), CoreError> {
        let can_follow = count <= self.rest.len() / least.max(1);
        if can_follow { Ok(()) } else { Err(CoreError::MalformedState) }
    }

    /// Takes so many values off.
    pub(crate) fn take_values<T: Encoded>(&mut self, count: usize) -> Result<Vec<T>, CoreError> {
        self.expect(count, T::LEAST)?;
        let mut values = memory::with_capacity(count)?;
        for _ in 0..count {
            memory::push(&mut values, T::read(self)?)?;
        }
        Ok(values)
    }

    /// Takes so many values off, and lets `check` refuse each.
    pub(crate) fn take_each<T: Encoded>(
        &mut self,
        count: usize,
        mut check: impl FnMut(&T) -> Result<(), CoreError>,
    ) -> Result<Vec<T>, CoreError> {
        self.expect(count, T::LEAST)?;
        let mut values = memory::with_capacity(count)?;
        for _ in 0..count {
            memory::push(&mut values, T::read(self)?)?;
            values.last().map_or(Ok(()), &mut check)?;
        }
        Ok(values)
    }
}

/// Values with a form as bytes.
pub trait Encoded: Sized {
    /// A number of bytes that every value has at least.
    const LEAST: usize = 0;

    /// Appends the value.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`] of the output.
    fn write(&self, into: &mut Output) -> Result<(), CoreError>;

    /// Takes the value off the front.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MalformedState`] for bytes of anything else.
    fn read(from: &mut Input<'_>) -> Result<Self, CoreError>;

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
    fn from_bytes(bytes: &[u8]) -> Result<Self, CoreError> {
        Self::read_all(Input::new(bytes))
    }

    /// Reads an input that holds one value and nothing else.
    ///
    /// # Errors
    /// As for [`Self::from_bytes`].
    fn read_all(mut from: Input<'_>) -> Result<Self, CoreError> {
        let value = Self::read(&mut from)?;
        if from.is_empty() { Ok(value) } else { Err(CoreError::MalformedState) }
    }
}

macro_rules! encoded_number {
    ($($number:ty),*) => {$(
        impl Encoded for $number {
            const LEAST: usize = size_of::<$number>();

            #[inline]
            fn write(&self, into: &mut Output) -> Result<(), CoreError> {
                into.put(&self.to_le_bytes())
            }

            #[inline]
            fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
                from.take().map(Self::from_le_bytes)
            }
        }
    )*};
}

encoded_number!(u8, u16, u32, u64, u128, i64, i128);

impl Encoded for usize {
    const LEAST: usize = size_of::<u64>();

    #[inline]
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        (*self as u64).write(into)
    }

    #[inline]
    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        Self::try_from(u64::read(from)?).map_err(|_| CoreError::MalformedState)
    }
}

/// Writes and reads a struct field by field, in this order. What is read must be sound.
macro_rules! encoded_fields {
    ($type:ident { $($field:ident: $of:ty),+ } $(if $is_sound:expr)?) => {
        impl $crate::bytes::Encoded for $type {
            const LEAST: usize = 0 $(+ <$of as $crate::bytes::Encoded>::LEAST)+;

            fn write(&self, into: &mut $crate::bytes::Output) -> Result<(), $crate::CoreError> {
                $(self.$field.write(into)?;)+
                Ok(())
            }

            #[inline]
            fn read(from: &mut $crate::bytes::Input<'_>) -> Result<Self, $crate::CoreError> {
                // Looked at once, and not for each field.
                from.expect(1, Self::LEAST)?;
                let value = Self { $($field: <$of as $crate::bytes::Encoded>::read(from)?),+ };
                $(
                    let is_sound: fn(&Self) -> bool = $is_sound;
                    if !is_sound(&value) {
                        return Err($crate::CoreError::MalformedState);
                    }
                )?
                Ok(value)
            }
        }
    };
}
pub(crate) use encoded_fields;

impl<A: Encoded, B: Encoded> Encoded for (A, B) {
    const LEAST: usize = A::LEAST + B::LEAST;

    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.0.write(into)?;
        self.1.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

impl<T: Encoded> Encoded for Option<T> {
    const LEAST: usize = 1;

    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        match self {
            None => into.put(&[0]),
            Some(value) => {
                into.put(&[1])?;
                value.write(into)
            }
        }
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        match u8::read(from)? {
            0 => Ok(None),
            1 => T::read(from).map(Some),
            _ => Err(CoreError::MalformedState),
        }
    }
}

impl<T: Encoded> Encoded for Vec<T> {
    const LEAST: usize = usize::LEAST;

    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.len().write(into)?;
        into.reserve(size_of_val(self.as_slice()))?;
        self.iter().try_for_each(|value| value.write(into))
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let count = usize::read(from)?;
        from.take_values(count)
    }
}

/// Appends bytes and, before them, their number.
pub(crate) fn write_slice(bytes: &[u8], into: &mut Output) -> Result<(), CoreError> {
    bytes.len().write(into)?;
    into.put(bytes)
}

/// Takes off what [`write_slice`] appended.
pub(crate) fn read_slice<'a>(from: &mut Input<'a>) -> Result<&'a [u8], CoreError> {
    let len = usize::read(from)?;
    from.take_slice(len)
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
