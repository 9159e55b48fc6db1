//! Memory that is kept for the moment when there is no more.
//!
//! An error has to be described, copied and unwound, and that takes memory. pgrx copies an error of
//! the server into the caller's memory context; where that fails too, it tries again with one more
//! error on the server's stack of them, which is soon full: a PANIC. And in Rust, small things such
//! as messages, nodes and big integers are allocated by code that ends the process on failure.
//!
//! So each process keeps a piece of memory. It goes back to the allocator
//! - before an error is copied or reported, and
//! - when a small request could not be served otherwise. The loop that made the request ends with
//!   an error at its next [`check`]. What is large is asked for in ways that can fail.
//!
//! The next call takes it anew.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use pgrx::pg_sys;
use tenant_metrics_core::CoreError;

use crate::error::Error;

/// Twice the block that a memory context is content with where it cannot get a larger one.
const RESERVE: Layout = Layout::new::<[u8; 2 << 20]>();

/// Requests up to this size are served from the reserve.
const SMALL: usize = 1 << 16;

/// The reserve; null once it was given back. A process of the server has one thread.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());

/// Whether a request was served from the reserve since it was taken.
static IS_SPENT: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// The system's allocator, with the reserve behind it.
struct Allocator;

// SAFETY: all memory comes from the system's allocator, and goes back to it.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of this function.
        unsafe { or_reserved(layout.size(), || System.alloc(layout)) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { or_reserved(layout.size(), || System.alloc_zeroed(layout)) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; where it fails, the memory is as it was.
        unsafe { or_reserved(size, || System.realloc(pointer, layout, size)) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `allocate` gives, if need be after the reserve was given back.
#[inline]
fn or_reserved(size: usize, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let pointer = allocate();
    if !pointer.is_null() || size > SMALL || !give_back() {
        return pointer;
    }
    IS_SPENT.store(true, Relaxed);
    allocate()
}

/// Takes the reserve, if it is not there.
fn take() -> Result<(), CoreError> {
    if KEPT.load(Relaxed).is_null() {
        // SAFETY: the layout has a size.
        KEPT.store(unsafe { System.alloc(RESERVE) }, Relaxed);
        IS_SPENT.store(false, Relaxed);
    }
    if KEPT.load(Relaxed).is_null() { Err(CoreError::OutOfMemory) } else { Ok(()) }
}

/// Gives the reserve back; says whether there was one.
pub(super) fn give_back() -> bool {
    let kept = KEPT.swap(std::ptr::null_mut(), Relaxed);
    if !kept.is_null() {
        // SAFETY: it was allocated with this layout, and nobody else has it now.
        unsafe { System.dealloc(kept, RESERVE) };
    }
    !kept.is_null()
}

/// Fails if the reserve was needed.
pub(super) fn check() -> Result<(), CoreError> {
    if IS_SPENT.swap(false, Relaxed) { Err(CoreError::OutOfMemory) } else { Ok(()) }
}

/// Takes the reserve and runs `body`, guarded.
#[inline]
pub(super) fn with<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    take()?;
    guard(body)
}

/// Runs `body`, in which the reserve is given back before an error of the server is copied.
pub(super) fn guard<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: the callback stands on the server's list as long as this function runs: its end, be
    // it by a panic, takes it off again. Errors of the server never jump over a frame of Rust.
    unsafe {
        let previous = Previous(pg_sys::error_context_stack);
        let mut callback = pg_sys::ErrorContextCallback {
            previous: previous.0,
            callback: Some(on_error),
            arg: std::ptr::null_mut(),
        };
        pg_sys::error_context_stack = &raw mut callback;
        body()
    }
}

/// What the list of callbacks is to be again.
struct Previous(*mut pg_sys::ErrorContextCallback);

impl Drop for Previous {
    fn drop(&mut self) {
        // SAFETY: the callbacks below the one of `guard` live longer.
        unsafe { pg_sys::error_context_stack = self.0 };
    }
}

/// Called by the server while it reports an error, before anybody copies it. Only frees memory.
unsafe extern "C-unwind" fn on_error(_argument: *mut c_void) {
    give_back();
}
