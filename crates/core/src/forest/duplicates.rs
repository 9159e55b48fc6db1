//! Ids that several rows have, and the tenants about whose place they leave a doubt.

use super::links::Links;
use crate::ids::NO_SLOT;
use crate::memory::{copied, filled, push};
use crate::{CoreError, Interrupt, poll};

/// The ids that several rows have.
#[derive(Debug)]
pub(super) struct Duplicates {
    /// Their slots and numbers of rows, by id.
    pub(super) slots: Vec<(u32, u64)>,
    /// For each slot, the first of them on the way up from it, itself included, or `NO_SLOT`.
    pub(super) above: Vec<u32>,
    /// For each slot, the smallest of them on the ways down from it, itself included, or `NO_SLOT`.
    pub(super) below: Vec<u32>,
}

impl Duplicates {
    /// Those of `links`; `None` where there are none.
    pub(super) fn new(links: &Links, interrupt: Interrupt<'_>) -> Result<Option<Self>, CoreError> {
        if links.further.is_empty() {
            return Ok(None);
        }
        let mut further = copied(&links.further)?;
        let by_id =
            |&(a, _): &(u32, u32), &(b, _): &(u32, u32)| links.ids.id(a).cmp(&links.ids.id(b));
        further.sort_unstable_by(by_id);
        let mut slots: Vec<(u32, u64)> = Vec::new();
        for (slot, _) in further {
            match slots.last_mut() {
                Some((last, rows)) if *last == slot => *rows += 1,
                _ => push(&mut slots, (slot, 2))?,
            }
        }
        let above = above(links, &slots, interrupt)?;
        let below = below(links, &slots, interrupt)?;
        Ok(Some(Self { slots, above, below }))
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<(u32, u64)>()
            + (self.above.capacity() + self.below.capacity()) * size_of::<u32>()
    }
}

/// Up to the first of the duplicates each tenant has one way.
fn above(
    links: &Links,
    duplicates: &[(u32, u64)],
    interrupt: Interrupt<'_>,
) -> Result<Vec<u32>, CoreError> {
    let mut above = filled(links.exists.len(), NO_SLOT)?;
    let mut is_known = filled(links.exists.len(), false)?;
    for &(slot, _) in duplicates {
        above[slot as usize] = slot;
        is_known[slot as usize] = true;
    }
    let mut path = Vec::new();
    for (start, _) in (0..).zip(&links.exists) {
        let mut at: u32 = start;
        // A cycle comes back to what is taken for known, and has none above.
        while at != NO_SLOT && !std::mem::replace(&mut is_known[at as usize], true) {
            poll(path.len(), interrupt);
            push(&mut path, at)?;
            at = links.parents[at as usize];
        }
        let found = above.get(at as usize).copied().unwrap_or(NO_SLOT);
        for slot in path.drain(..) {
            above[slot as usize] = found;
        }
    }
    Ok(above)
}

/// A duplicate is below the parents of all of its rows.
fn below(
    links: &Links,
    duplicates: &[(u32, u64)],
    interrupt: Interrupt<'_>,
) -> Result<Vec<u32>, CoreError> {
    let mut further = copied(&links.further)?;
    further.sort_unstable();
    let mut below = filled(links.exists.len(), NO_SLOT)?;
    let mut pending = Vec::new();
    let mut i = 0;
    for &(duplicate, _) in duplicates {
        push(&mut pending, duplicate)?;
        while let Some(slot) = pending.pop() {
            poll(i, interrupt);
            i += 1;
            if slot == NO_SLOT || below[slot as usize] != NO_SLOT {
                continue;
            }
            below[slot as usize] = duplicate;
            push(&mut pending, links.parents[slot as usize])?;
            let first = further.partition_point(|&(of, _)| of < slot);
            for &(_, parent) in further[first..].iter().take_while(|(of, _)| *of == slot) {
                push(&mut pending, parent)?;
            }
        }
    }
    Ok(below)
}
