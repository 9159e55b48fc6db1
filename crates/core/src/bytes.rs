//! Values of fixed size at the front of bytes that were written in this process's own layout.

/// Takes the first `N` bytes off; nothing if there are fewer.
#[inline]
pub(crate) fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*first)
}
