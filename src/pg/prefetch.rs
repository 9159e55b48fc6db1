//! Lets the processor fetch memory that is needed soon, so that it need not wait for it then.

/// Bytes in a line of most processors' caches.
const LINE: usize = 64;

/// Fetches a slice.
#[inline(always)]
pub(super) fn slice<T>(slice: &[T]) {
    bytes(slice.as_ptr(), size_of_val(slice));
}

/// Fetches so many bytes from an address on, which need not be valid.
#[inline(always)]
pub(super) fn bytes<T>(from: *const T, len: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the instruction may have any address; it is a hint.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let from = from.cast::<i8>();
        for offset in (0..len).step_by(LINE) {
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(offset));
        }
        _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(len.saturating_sub(1)));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, len);
}
