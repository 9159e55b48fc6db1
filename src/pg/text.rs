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
use tenant_metrics_core::{CoreError, memory};

use super::varlena;
use crate::error::Error;

/// Bytes in the database's encoding as a string.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Error> {
    if database_is_utf8() {
        let valid = std::str::from_utf8(bytes).map_err(|_| not_text(bytes))?;
        return Ok(memory::text(valid)?);
    }
    let wide = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let mut text = String::new();
    text.try_reserve(bytes.len().saturating_add(wide)).map_err(CoreError::from)?;
    #[expect(clippy::disallowed_methods, reason = "there is room")]
    text.extend(bytes.iter().copied().map(char::from));
    Ok(text)
}

/// Bytes in the database's encoding as a message shows them: the beginning of many, and escaped
/// where they are no text.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut end = bytes.len().min(SHOWN_BYTES);
    // Not within a character.
    while database_is_utf8() && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) && end > 0 {
        end -= 1;
    }
    let beginning = &bytes[..end];
    let mut text = decode(beginning).unwrap_or_else(|_| beginning.escape_ascii().to_string());
    if end < bytes.len() {
        text += "...";
    }
    text
}

/// A string as a NUL-terminated one in the database's encoding.
pub(crate) fn to_server(text: &str) -> Result<CString, Error> {
    if text.is_ascii() || database_is_utf8() {
        return terminated(text.as_bytes());
    }
    let mut bytes = memory::with_capacity(text.len() + 1)?;
    for char in text.chars() {
        memory::push(&mut bytes, u8::try_from(char).map_err(|_| not_text(text.as_bytes()))?)?;
    }
    memory::push(&mut bytes, 0)?;
    CString::from_vec_with_nul(bytes).map_err(|_| not_text(text.as_bytes()))
}

/// A string as a text value in the current memory context.
pub(crate) fn datum(text: &str) -> Result<Datum, Error> {
    Ok(varlena::datum(to_server(text)?.as_bytes()))
}

/// A JSON document as jsonb in the current memory context.
pub(crate) fn jsonb(mut document: String) -> Result<Datum, Error> {
    let converted;
    let input = if document.is_ascii() || database_is_utf8() {
        memory::append(&mut document, "\0")?;
        document.as_ptr().cast()
    } else {
        converted = to_server(&document)?;
        converted.as_ptr()
    };
    // SAFETY: jsonb_in takes a NUL-terminated string and gives a jsonb or raises an error.
    let value = unsafe {
        let input = Datum::from(input);
        pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(input)])
    };
    Ok(value.unwrap_or(Datum::null()))
}

/// A `name` value as a string.
///
/// # Safety
/// `datum` must be a name.
pub(super) unsafe fn name(datum: Datum) -> Result<String, Error> {
    // SAFETY: a name is a NUL-terminated array; the caller vouches for the value.
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
    let mut copy = memory::with_capacity(bytes.len() + 1)?;
    memory::extend(&mut copy, bytes)?;
    memory::push(&mut copy, 0)?;
    CString::from_vec_with_nul(copy).map_err(|_| not_text(bytes))
}

/// `name` as an identifier of a statement, quoted where it must be.
pub(crate) fn quoted(name: &str) -> Result<String, Error> {
    let name = to_server(name)?;
    // SAFETY: the string is NUL-terminated; the result is too, and may be the string itself.
    from_server(unsafe { pg_sys::quote_identifier(name.as_ptr()) })
}

/// A text as a literal of a statement.
pub(crate) fn literal(text: &str) -> Result<String, Error> {
    let text = to_server(text)?;
    // SAFETY: the string is NUL-terminated, and the result is too.
    from_server(unsafe { pg_sys::quote_literal_cstr(text.as_ptr()) })
}

/// A name in lower case; in a database that is not in UTF-8, as far as it is ASCII.
pub(super) fn lower(name: &str) -> String {
    if database_is_utf8() { name.to_lowercase() } else { name.to_ascii_lowercase() }
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

/// The beginning of a text that is too long for a message.
pub(crate) fn clipped(mut text: String) -> String {
    if text.len() > SHOWN_BYTES {
        text.truncate(text.floor_char_boundary(SHOWN_BYTES - 3));
        #[expect(clippy::disallowed_methods, reason = "there is room")]
        text.push_str("...");
    }
    text
}

/// So many bytes of a text stand in a message.
const SHOWN_BYTES: usize = 200;

fn not_text(bytes: &[u8]) -> Error {
    let shown = bytes.get(..SHOWN_BYTES).unwrap_or(bytes);
    Error::NotText { bytes: shown.escape_ascii().to_string() }
}
