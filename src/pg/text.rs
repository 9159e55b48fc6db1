//! Texts and names between the database's encoding and Rust's strings.
//!
//! In a database in UTF-8, a string is the text. In any other, each `char` of a string stands for
//! one byte of the text. What this library writes itself is ASCII, and every encoding that a database
//! can have keeps the bytes of ASCII for it; so statements, documents and messages are put together
//! as strings, and become bytes of the database's encoding again, without a conversion that could
//! fail or lose something.
//!
//! Ids and feature names stay bytes and are compared as such.

use std::ffi::{CStr, CString};
use std::sync::OnceLock;

use pgrx::pg_sys::{self, Datum};
use tenant_metrics_core::CoreError;

use super::varlena;
use crate::error::Error;

/// A text value as a string.
pub(crate) fn string(datum: Datum) -> Result<String, Error> {
    // SAFETY: the callers read text arguments, which live as long as the call.
    let bytes = unsafe { varlena::bytes(datum) };
    decode(bytes)
}

/// Bytes in the database's encoding as a string.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Error> {
    let mut text = String::new();
    if database_is_utf8() {
        let valid = std::str::from_utf8(bytes).map_err(|_| not_text(bytes))?;
        text.try_reserve(valid.len()).map_err(CoreError::from)?;
        text.push_str(valid);
    } else {
        let wide = bytes.iter().filter(|byte| !byte.is_ascii()).count();
        text.try_reserve(bytes.len().saturating_add(wide)).map_err(CoreError::from)?;
        text.extend(bytes.iter().copied().map(char::from));
    }
    Ok(text)
}

/// Bytes in the database's encoding as a message shows them: what is no text is escaped.
pub(crate) fn shown(bytes: &[u8]) -> String {
    decode(bytes).unwrap_or_else(|_| bytes.escape_ascii().to_string())
}

/// A string as a NUL-terminated one in the database's encoding.
pub(crate) fn to_server(text: &str) -> Result<CString, Error> {
    let mut bytes = Vec::new();
    bytes.try_reserve(text.len().saturating_add(1)).map_err(CoreError::from)?;
    if text.is_ascii() || database_is_utf8() {
        bytes.extend_from_slice(text.as_bytes());
    } else {
        for char in text.chars() {
            bytes.push(u8::try_from(char).map_err(|_| not_text(text.as_bytes()))?);
        }
    }
    CString::new(bytes).map_err(|_| not_text(text.as_bytes()))
}

/// A string as a text value in the current memory context.
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

/// A `name` value as a string.
pub(crate) fn name(datum: Datum) -> Result<String, Error> {
    // SAFETY: a name is a NUL-terminated array.
    let bytes = unsafe { CStr::from_ptr(datum.cast_mut_ptr::<std::ffi::c_char>()) };
    decode(bytes.to_bytes())
}

/// A NUL-terminated string that the server gave; empty for a null pointer.
pub(crate) fn from_server(pointer: *const std::ffi::c_char) -> Result<String, Error> {
    if pointer.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the server's strings are NUL-terminated.
    decode(unsafe { CStr::from_ptr(pointer) }.to_bytes())
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

/// Whether strings are UTF-8 in the database too.
#[inline]
pub(super) fn database_is_utf8() -> bool {
    // A process serves one database.
    static IS_UTF8: OnceLock<bool> = OnceLock::new();
    *IS_UTF8.get_or_init(|| {
        // SAFETY: reads a static of the server.
        unsafe { pg_sys::GetDatabaseEncoding() == pg_sys::pg_enc::PG_UTF8.cast_signed() }
    })
}

fn not_text(bytes: &[u8]) -> Error {
    Error::NotText { bytes: bytes.escape_ascii().to_string() }
}
