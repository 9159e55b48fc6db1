//! Rows that are filled as far as they go.

use std::ops::Range;

use crate::{CoreError, Interrupt};

/// Items that a row is expected to have before one was written.
const FIRST_GUESS: usize = 1024;

/// Writes `len` items into rows of at most `limit` bytes, unless one item alone needs more.
///
/// `together` says how many items from one on may share a row, `write` gives the bytes of a row,
/// and `on_row` takes each.
pub(super) fn cut<E: From<CoreError>>(
    len: usize,
    limit: usize,
    interrupt: Interrupt<'_>,
    together: impl Fn(usize) -> usize,
    write: impl Fn(Range<usize>) -> Result<Vec<u8>, CoreError>,
    mut on_row: impl FnMut(Range<usize>, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut begin, mut guess) = (0, FIRST_GUESS);
    while begin < len {
        interrupt();
        let most = together(begin).max(1);
        let (mut items, mut bytes) = fitting(begin, most.min(guess), limit, &write)?;
        // Where the guess left room, the row is written once more.
        if items < most && bytes.len() + bytes.len() / 8 < limit {
            let more = most.min(items * limit / bytes.len());
            (items, bytes) = fitting(begin, more, limit, &write)?;
        }
        guess = items;
        let row = begin..begin + items;
        begin = row.end;
        on_row(row, bytes)?;
    }
    Ok(())
}

/// As many items as fit, at most so many, and their row.
fn fitting(
    begin: usize,
    mut items: usize,
    limit: usize,
    write: impl Fn(Range<usize>) -> Result<Vec<u8>, CoreError>,
) -> Result<(usize, Vec<u8>), CoreError> {
    loop {
        let bytes = write(begin..begin + items)?;
        if bytes.len() <= limit || items == 1 {
            return Ok((items, bytes));
        }
        let fewer = items * limit / bytes.len();
        items = (fewer - fewer / 32).clamp(1, items - 1);
    }
}
