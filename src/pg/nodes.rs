//! Lists in the server's trees of nodes.

use pgrx::pg_sys;

/// The elements of a list of nodes.
///
/// # Safety
/// `list` must be a list of pointers to `T`, or null.
pub(super) unsafe fn nodes<T>(list: *mut pg_sys::List) -> impl Iterator<Item = *mut T> {
    // SAFETY: the caller vouches for the list; null is an empty one.
    unsafe {
        let length = if list.is_null() { 0 } else { (*list).length };
        (0..length)
            .map(move |i| (*(*list).elements.add(usize::try_from(i).unwrap_or(0))).ptr_value.cast())
    }
}

/// The elements of a list of OIDs.
///
/// # Safety
/// `list` must be such a list, or null.
pub(super) unsafe fn oids(list: *mut pg_sys::List) -> impl Iterator<Item = pg_sys::Oid> {
    // SAFETY: the caller vouches for the list; null is an empty one.
    unsafe {
        let length = if list.is_null() { 0 } else { (*list).length };
        (0..length).map(move |i| pg_sys::list_nth_oid(list, i))
    }
}

/// The elements of a list of integers.
///
/// # Safety
/// `list` must be such a list, or null.
pub(super) unsafe fn integers(list: *mut pg_sys::List) -> impl Iterator<Item = i32> {
    // SAFETY: the caller vouches for the list; null is an empty one.
    unsafe {
        let length = if list.is_null() { 0 } else { (*list).length };
        (0..length).map(move |i| pg_sys::list_nth_int(list, i))
    }
}
