//! Names that are nearly equal: one of them may be misspelt.

use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::text;

/// Finds, among names with their numbers of events, those that differ in the case of ASCII letters
/// and in blanks at their ends alone. Each group of these adds to `found` its names, behind `prefix`
/// and as literals of a statement, and the number of events with another one of them than the one
/// that most events have.
pub(super) fn among<'a>(
    names: impl Iterator<Item = (&'a [u8], u64)>,
    prefix: &str,
    found: &mut Vec<(String, u64)>,
) -> Result<(), Error> {
    let mut folded = memory::with_capacity(names.size_hint().0)?;
    for (name, events) in names {
        memory::push(&mut folded, (fold(name)?, name, events))?;
    }
    folded.sort_unstable();
    for group in folded.chunk_by(|(one, ..), (other, ..)| one == other) {
        if group.len() < 2 {
            continue;
        }
        let (mut detail, mut events, mut most) = (memory::text(prefix)?, 0, 0);
        for (at, (_, name, count)) in group.iter().enumerate() {
            memory::append(&mut detail, if at == 0 { "" } else { ", " })?;
            memory::append(&mut detail, &text::literal(&text::decode(name)?)?)?;
            events += count;
            most = most.max(*count);
        }
        memory::push(found, (detail, events - most))?;
    }
    Ok(())
}

/// What similar names share.
fn fold(name: &[u8]) -> Result<Vec<u8>, Error> {
    let is_blank = |byte: &&u8| **byte == b' ';
    let start = name.iter().take_while(is_blank).count();
    let end = name.iter().rev().take_while(is_blank).count();
    let mut folded = memory::copied(name.get(start..name.len() - end).unwrap_or(b""))?;
    folded.make_ascii_lowercase();
    Ok(folded)
}
