//! What the library's custom scans have in common.

use std::ffi::CStr;

use pgrx::pg_sys::{self, Oid};

use super::compat;

/// A table of callbacks that the server knows a node by. The server only reads it.
pub(super) struct Methods<T>(pub(super) T);

// SAFETY: nothing is ever written, and the only pointers are to static strings and to functions.
unsafe impl<T> Sync for Methods<T> {}

/// Fails unless the user may call the function, as the executor's own nodes would.
pub(super) fn check_execute(function: Oid, kind: pg_sys::ObjectType::Type) {
    // SAFETY: catalog look-ups; the function exists.
    unsafe {
        let result = compat::function_aclcheck(function, pg_sys::GetUserId());
        if result != pg_sys::AclResult::ACLCHECK_OK {
            pg_sys::aclcheck_error(result, kind, pg_sys::get_func_name(function));
        }
    }
}

/// A small context below `parent`.
///
/// # Safety
/// The parent must be valid.
pub(super) unsafe fn new_memory(
    parent: pg_sys::MemoryContext,
    name: &'static CStr,
) -> pg_sys::MemoryContext {
    // SAFETY: the caller vouches for the parent; the name is static and NUL-terminated.
    unsafe {
        pg_sys::AllocSetContextCreateExtended(
            parent,
            name.as_ptr(),
            pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
            pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
            pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
        )
    }
}

/// A list of nodes.
///
/// # Safety
/// Each must be a node, or null.
pub(super) unsafe fn list(nodes: &[*mut pg_sys::Node]) -> *mut pg_sys::List {
    // SAFETY: null is the empty list.
    let append = |list, &node: &*mut pg_sys::Node| unsafe { pg_sys::lappend(list, node.cast()) };
    nodes.iter().fold(std::ptr::null_mut(), append)
}
