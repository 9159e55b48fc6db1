//! Arrays of the server, element by element.

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::{INTERRUPT_INTERVAL, memory};

use super::interrupt::interrupt;
use super::{text, varlena};
use crate::error::Error;

/// The non-NULL elements of a text array, as bytes.
pub(crate) fn text_array(array: Datum) -> Result<Vec<Vec<u8>>, Error> {
    let mut texts = Vec::new();
    elements(array, |text| {
        // SAFETY: the elements are texts and live as long as the array.
        let bytes = unsafe { varlena::bytes(text) };
        Ok(memory::push(&mut texts, memory::copied(bytes)?)?)
    })?;
    Ok(texts)
}

/// The non-NULL elements of a text array.
pub(crate) fn string_array(array: Datum) -> Result<Vec<String>, Error> {
    let mut strings = Vec::new();
    for bytes in text_array(array)? {
        memory::push(&mut strings, text::decode(&bytes)?)?;
    }
    Ok(strings)
}

/// The elements of a text array that is a plain list without NULLs, which an argument of this name
/// is.
pub(crate) fn string_list(array: Datum, argument: &'static str) -> Result<Vec<String>, Error> {
    demand_list(array, argument)?;
    // SAFETY: the argument is an array.
    let has_nulls = unsafe {
        pg_sys::array_contains_nulls(pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast())
    };
    if has_nulls { Err(Error::NullElement { argument }) } else { string_array(array) }
}

/// Fails for an array of arrays.
pub(crate) fn demand_list(array: Datum, argument: &'static str) -> Result<(), Error> {
    // SAFETY: the argument is an array.
    let found = unsafe {
        (*pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast::<pg_sys::ArrayType>()).ndim
    };
    if found > 1 { Err(Error::NestedArray { argument, found }) } else { Ok(()) }
}

/// A text array of these strings.
pub(crate) fn string_array_datum(strings: &[String]) -> Result<Datum, Error> {
    let mut texts = Vec::new();
    for string in strings {
        memory::push(&mut texts, text::datum(string)?)?;
    }
    array(pg_sys::TEXTOID, texts.into_iter())
}

/// A text array of these elements.
pub(crate) fn text_array_datum<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Result<Datum, Error> {
    array(pg_sys::TEXTOID, texts.map(varlena::datum))
}

/// Calls `on_element` for each element of an array that is not NULL.
pub(super) fn elements(
    array: Datum,
    mut on_element: impl FnMut(Datum) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut value, mut is_null) = (Datum::null(), false);
    // SAFETY: the argument is an array; the out parameters are ours. What is left of the iterator
    // after an error goes with the memory of the call.
    unsafe {
        let array = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast();
        let iterator = pg_sys::array_create_iterator(array, 0, std::ptr::null_mut());
        let mut count = 0_usize;
        while pg_sys::array_iterate(iterator, &mut value, &mut is_null) {
            if count.is_multiple_of(INTERRUPT_INTERVAL) {
                interrupt();
            }
            count += 1;
            if !is_null {
                on_element(value)?;
            }
        }
        pg_sys::array_free_iterator(iterator);
    }
    Ok(())
}

/// A new array of this type.
pub(super) fn array(element: Oid, elements: impl Iterator<Item = Datum>) -> Result<Datum, Error> {
    let mut elements = memory::collect(elements)?;
    let (length, by_value, alignment) = layout(element);
    // SAFETY: the elements are values of this type.
    Ok(unsafe {
        Datum::from(pg_sys::construct_array(
            elements.as_mut_ptr(),
            i32::try_from(elements.len()).unwrap_or(i32::MAX),
            element,
            length,
            by_value,
            alignment,
        ))
    })
}

/// How values of a type are stored: length, by value or not, alignment.
fn layout(type_oid: Oid) -> (i32, bool, std::ffi::c_char) {
    let (mut length, mut by_value, mut alignment) = (0_i16, false, 0);
    // SAFETY: the out parameters are ours.
    unsafe {
        pg_sys::get_typlenbyvalalign(type_oid, &mut length, &mut by_value, &mut alignment);
    }
    (length.into(), by_value, alignment)
}
