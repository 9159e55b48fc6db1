//! Bytes of variable-length values.

use pgrx::pg_sys::{self, Datum};

use super::reserve;

/// What a value may have at most, with some room for the row around it: `MaxAllocSize`.
pub(crate) const MOST_BYTES: usize = 0x3fff_ffff - 1024;

/// The bytes of a text, bytea or numeric, without copying where the value is stored inline.
///
/// # Safety
/// `datum` must be such a value and stay allocated for `'a`; a compressed or external value is
/// expanded in the current memory context, which must live as long.
#[inline]
pub(crate) unsafe fn bytes<'a>(datum: Datum) -> &'a [u8] {
    let mut pointer = datum.cast_mut_ptr::<pg_sys::varlena>();
    // SAFETY: the caller vouches for the value.
    unsafe {
        if pgrx::varlena::varatt_is_1b_e(pointer) || pgrx::varlena::varatt_is_4b_c(pointer) {
            pointer = expanded(pointer);
        }
        let len = pgrx::varlena::varsize_any_exhdr(pointer);
        std::slice::from_raw_parts(pgrx::varlena::vardata_any(pointer).cast(), len)
    }
}

/// # Safety
/// As for [`bytes`].
#[cold]
unsafe fn expanded(pointer: *mut pg_sys::varlena) -> *mut pg_sys::varlena {
    // SAFETY: the caller vouches for the value.
    reserve::guard(|| unsafe { pg_sys::pg_detoast_datum_packed(pointer) })
}

/// A new varlena value (text, bytea or numeric) in the current memory context.
pub(crate) fn datum(bytes: &[u8]) -> Datum {
    let size = bytes.len() + pg_sys::VARHDRSZ;
    // SAFETY: palloc gives `size` bytes or raises an error, also for sizes of 1 GB and more.
    unsafe {
        let pointer = pg_sys::palloc(size).cast::<pg_sys::varlena>();
        pgrx::varlena::set_varsize_4b(pointer, i32::try_from(size).unwrap_or(i32::MAX));
        let data = pointer.cast::<u8>().add(pg_sys::VARHDRSZ);
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
        Datum::from(pointer)
    }
}
