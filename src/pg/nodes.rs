//! Lists and constants in the server's trees of nodes.

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag};

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

/// The constant that an expression is.
///
/// # Safety
/// `expression` must be a node, which lives as long as the constant is used.
pub(super) unsafe fn constant<'a>(expression: *mut pg_sys::Node) -> Option<&'a pg_sys::Const> {
    // SAFETY: the caller vouches for the node, whose tag says of which kind it is.
    unsafe { is_a(expression, NodeTag::T_Const).then(|| &*expression.cast::<pg_sys::Const>()) }
}

/// Whether an expression is known to be NULL.
///
/// # Safety
/// `expression` must be a node.
pub(super) unsafe fn is_null(expression: *mut pg_sys::Node) -> bool {
    // SAFETY: the caller vouches for the node.
    unsafe { constant(expression) }.is_some_and(|known| known.constisnull)
}
