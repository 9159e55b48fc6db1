//! The tenants above and below one.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::grove::Grove;
use super::{cycle, duplicates};
use crate::error::Error;
use crate::pg::ids::OwnedId;

/// Tenants above or below one; none for a tenant that does not exist.
pub(crate) struct Relatives {
    pub(crate) forest: Rc<Forest>,
    pub(crate) found: Vec<Relative>,
}

/// A tenant above or below another.
pub(crate) struct Relative {
    pub(crate) position: usize,
    /// Links between the two.
    pub(crate) distance: u32,
}

/// The tenants below, down to so many levels, in the order of the tree.
pub(crate) fn descendants(
    account: &Account,
    id: &OwnedId,
    levels: Option<u32>,
) -> Result<Relatives, Error> {
    let Grove { forest, .. } = Grove::around_one(account, Some(id), Scope::Subtree)?;
    let mut found = Vec::new();
    if let Some(of) = cycle::position(&forest, id)? {
        duplicates::refuse_below(&forest, [Place::Tree(of)])?;
        let top = forest.depth(of);
        for position in forest.subtree(of).skip(1) {
            let distance = forest.depth(position) - top;
            if levels.is_none_or(|levels| distance <= levels) {
                memory::push(&mut found, Relative { position, distance })?;
            }
        }
    }
    Ok(Relatives { forest, found })
}

/// The tenants above, the parent first.
pub(crate) fn ancestors(account: &Account, id: &OwnedId) -> Result<Relatives, Error> {
    let Grove { forest, .. } = Grove::around_one(account, Some(id), Scope::Own)?;
    let mut found = Vec::new();
    if let Some(of) = cycle::position(&forest, id)? {
        let above = forest.ancestors(of).zip(1..);
        found = memory::collect(above.map(|(position, distance)| Relative { position, distance }))?;
    }
    Ok(Relatives { forest, found })
}
