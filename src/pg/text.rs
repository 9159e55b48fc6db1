//! Texts and names between the database's encoding and Rust's UTF-8.
//!
//! Ids and feature names stay bytes and are compared as such; only what becomes part of a
//! statement or a message is converted.

use std::ffi::{CStr, CString};

use pgrx::pg_sys::{self, Datum};

use super::varlena;
use crate::error::Error;

/// A text value as UTF-8.
pub(crate) fn string(datum: Datum) -> Result<String, Error> {
    // SAFETY: the callers read text arguments, which live as long as the call.
    let bytes = unsafe { varlena::bytes(datum) };
    to_utf8(bytes)
}

/// Bytes in the database's encoding as UTF-8.
pub(crate) fn to_utf8(bytes: &[u8]) -> Result<String, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() || database_is_utf8() => return Ok(text.to_owned()),
        _ => {}
    }
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let source = terminated(bytes)?;
    // SAFETY: `source` is NUL-terminated and outlives the call; the result is NUL-terminated and
    // may be `source` itself.
    let converted = unsafe {
        let utf8 = pg_sys::pg_enc::PG_UTF8.cast_signed();
        CStr::from_ptr(pg_sys::pg_server_to_any(source.as_ptr(), length, utf8))
    };
    converted.to_str().map(str::to_owned).map_err(|_| not_text(bytes))
}

/// A UTF-8 text as a NUL-terminated string in the database's encoding.
pub(crate) fn to_server(text: &str) -> Result<CString, Error> {
    let source = CString::new(text).map_err(|_| not_text(text.as_bytes()))?;
    if text.is_ascii() || database_is_utf8() {
        return Ok(source);
    }
    let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
    // SAFETY: as above, in the other direction.
    let converted = unsafe {
        let utf8 = pg_sys::pg_enc::PG_UTF8.cast_signed();
        CStr::from_ptr(pg_sys::pg_any_to_server(source.as_ptr(), length, utf8))
    };
    Ok(converted.to_owned())
}

/// A UTF-8 text as a text value in the current memory context.
pub(crate) fn datum(text: &str) -> Result<Datum, Error> {
    Ok(varlena::datum(to_server(text)?.as_bytes()))
}

/// A JSON document as jsonb in the current memory context.
pub(crate) fn jsonb(document: &str) -> Result<Datum, Error> {
    let document = to_server(document)?;
    // SAFETY: jsonb_in takes a NUL-terminated string and gives a jsonb or raises an error.
    let value = unsafe {
        let input = Datum::from(document.as_ptr());
        pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(input)])
    };
    Ok(value.unwrap_or(Datum::null()))
}

/// A `name` value as UTF-8.
pub(crate) fn name(datum: Datum) -> Result<String, Error> {
    // SAFETY: a name is a NUL-terminated array.
    let bytes = unsafe { CStr::from_ptr(datum.cast_mut_ptr::<std::ffi::c_char>()) };
    to_utf8(bytes.to_bytes())
}

/// A string that the server gave, as UTF-8; empty for a null pointer.
pub(crate) fn from_server(pointer: *const std::ffi::c_char) -> Result<String, Error> {
    if pointer.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the server's strings are NUL-terminated.
    to_utf8(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// Bytes in the database's encoding as a NUL-terminated string.
pub(super) fn terminated(bytes: &[u8]) -> Result<CString, Error> {
    CString::new(bytes).map_err(|_| not_text(bytes))
}

/// `name` as an identifier of a statement, quoted where it must be.
pub(crate) fn quoted(name: &str) -> Result<String, Error> {
    let name = to_server(name)?;
    // SAFETY: the string is NUL-terminated; the result is too, and may be the string itself.
    from_server(unsafe { pg_sys::quote_identifier(name.as_ptr()) })
}

fn database_is_utf8() -> bool {
    // SAFETY: reads a static of the server.
    unsafe { pg_sys::GetDatabaseEncoding() == pg_sys::pg_enc::PG_UTF8.cast_signed() }
}

fn not_text(bytes: &[u8]) -> Error {
    Error::NotText { bytes: bytes.escape_ascii().to_string() }
}
