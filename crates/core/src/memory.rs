//! Growth that can fail.
//!
//! What is sized by data grows through these functions, so that a lack of memory is an error and
//! never the end of the process. `clippy.toml` refuses the standard library's own ways to grow.

#![expect(clippy::disallowed_methods, reason = "each has made room before")]

use std::hash::{BuildHasher, Hash};

use hashbrown::HashMap;

use crate::CoreError;

/// An empty vector with room for `capacity` values.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn with_capacity<T>(capacity: usize) -> Result<Vec<T>, CoreError> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity)?;
    Ok(vec)
}

/// Makes room for `more` values and no others.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), CoreError> {
    Ok(vec.try_reserve_exact(more)?)
}

/// A vector of `len` copies of a value.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>, CoreError> {
    let mut vec = with_capacity(len)?;
    vec.resize(len, value);
    Ok(vec)
}

/// A copy of a slice.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn copied<T: Copy>(slice: &[T]) -> Result<Vec<T>, CoreError> {
    let mut vec = with_capacity(slice.len())?;
    vec.extend_from_slice(slice);
    Ok(vec)
}

/// Copies of byte strings.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn copied_each(slices: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, CoreError> {
    let mut copies = with_capacity(slices.len())?;
    for slice in slices {
        copies.push(copied(slice)?);
    }
    Ok(copies)
}

/// A copy of a text.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn text(slice: &str) -> Result<String, CoreError> {
    let mut text = String::new();
    append(&mut text, slice)?;
    Ok(text)
}

/// What an iterator gives, in a vector.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn collect<T>(values: impl IntoIterator<Item = T>) -> Result<Vec<T>, CoreError> {
    let values = values.into_iter();
    let mut vec = with_capacity(values.size_hint().0)?;
    for value in values {
        push(&mut vec, value)?;
    }
    Ok(vec)
}

/// Appends a value.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
#[inline]
pub fn push<T>(vec: &mut Vec<T>, value: T) -> Result<(), CoreError> {
    vec.try_reserve(1)?;
    vec.push(value);
    Ok(())
}

/// Appends a copy of a slice.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
#[inline]
pub fn extend<T: Copy>(vec: &mut Vec<T>, slice: &[T]) -> Result<(), CoreError> {
    vec.try_reserve(slice.len())?;
    vec.extend_from_slice(slice);
    Ok(())
}

/// Makes a vector at least as long as `len`, with values that `value` gives.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn lengthen<T>(
    vec: &mut Vec<T>,
    len: usize,
    value: impl FnMut() -> T,
) -> Result<(), CoreError> {
    if len > vec.len() {
        vec.try_reserve(len - vec.len())?;
        vec.resize_with(len, value);
    }
    Ok(())
}

/// Appends a text.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn append(text: &mut String, more: &str) -> Result<(), CoreError> {
    text.try_reserve(more.len())?;
    text.push_str(more);
    Ok(())
}

/// Puts a value into a map, in place of the one of this key.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn insert<K: Eq + Hash, V, S: BuildHasher>(
    map: &mut HashMap<K, V, S>,
    key: K,
    value: V,
) -> Result<(), CoreError> {
    map.try_reserve(1)?;
    map.insert(key, value);
    Ok(())
}
