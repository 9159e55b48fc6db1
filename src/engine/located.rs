//! Where a tenant is in the tree, from what is known or by the cheaper way to find out.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::cycle::{self, Found};
use super::grove::Grove;
use super::links::{ids_are_unique, walk_down, walk_up};
#[cfg(feature = "check_cache")]
use super::members::copies;
use super::{duplicates, tally};
use crate::error::Error;
use crate::pg::ids::OwnedId;

/// Where a tenant is.
pub(crate) enum Located {
    /// At this position of the whole forest.
    Position(Rc<Forest>, usize),
    /// At the start of these ids, which lead up to its root.
    Path(Vec<OwnedId>),
}

impl Located {
    /// Links up to the root.
    pub(crate) fn depth(&self) -> u64 {
        match self {
            Self::Position(forest, position) => forest.depth(*position).into(),
            Self::Path(path) => path.len() as u64 - 1,
        }
    }

    /// The root of its tree.
    pub(crate) fn root(&self) -> Id<'_> {
        match self {
            Self::Position(forest, position) => {
                let root = forest.ancestors(*position).last().unwrap_or(*position);
                forest.id(Place::Tree(root))
            }
            // A path has at least the tenant itself.
            Self::Path(path) => path[path.len() - 1].borrow(),
        }
    }

    /// The tenants from its root down to itself.
    pub(crate) fn path(&self) -> Result<Vec<Id<'_>>, Error> {
        let mut path = match self {
            Self::Position(forest, position) => {
                let up = std::iter::once(*position).chain(forest.ancestors(*position));
                memory::collect(up.map(|at| forest.id(Place::Tree(at))))?
            }
            Self::Path(path) => memory::collect(path.iter().map(OwnedId::borrow))?,
        };
        path.reverse();
        Ok(path)
    }

    /// Whether it is below this other tenant.
    fn is_below(&self, ancestor: &OwnedId) -> Result<bool, Error> {
        Ok(match self {
            Self::Path(path) => path.iter().skip(1).any(|above| above == ancestor),
            Self::Position(forest, position) => {
                cycle::position(forest, ancestor)?.is_some_and(|above| {
                    position != &above && forest.subtree(above).contains(position)
                })
            }
        })
    }
}

/// Whether a tenant is below another; missing if one of them does not exist or has no place in a
/// tree.
pub(crate) fn is_descendant(
    account: &Account,
    id: &OwnedId,
    ancestor: &OwnedId,
) -> Result<Option<bool>, Error> {
    let located = locate(account, id)?;
    let above = locate(account, ancestor)?;
    // An unknown id comes before one that several rows have, and that before a cycle.
    match (&located, &above) {
        (Found::Nothing, _) | (_, Found::Nothing) => return Ok(None),
        (Found::Duplicate(one), Found::Duplicate(other)) => {
            return Err(duplicates::error(one.borrow().min(other.borrow())));
        }
        (Found::Duplicate(id), _) | (_, Found::Duplicate(id)) => {
            return Err(duplicates::error(id.borrow()));
        }
        _ => {}
    }
    match (above.or_null(ancestor)?, located.or_null(id)?) {
        (Some(_), Some(located)) => located.is_below(ancestor).map(Some),
        _ => Ok(None),
    }
}

/// Finds a tenant, in what is known or by the cheaper of two ways: along its parent links or in
/// the whole forest.
pub(crate) fn locate(account: &Account, id: &OwnedId) -> Result<Found<Located>, Error> {
    if account.known_forest().is_none() {
        if let Some(found) = walk_up(&account.source, id, &account.tree_budget()?)? {
            tally::single();
            return Ok(found.map(Located::Path));
        }
    } else {
        tally::cached();
    }
    let forest = account.forest()?;
    #[cfg(feature = "check_cache")]
    check(account, &forest, id)?;
    Ok(Found::position(&forest, id)?.map(|position| Located::Position(forest, position)))
}

/// Fails if the forest that is kept differs from parent links that are read now.
#[cfg(feature = "check_cache")]
fn check(account: &Account, kept: &Forest, id: &OwnedId) -> Result<(), Error> {
    let fresh = Account::unkept(&account.name, account.window)?;
    let made = match walk_up(&fresh.source, id, &fresh.tree_budget()?) {
        Ok(None) => return Ok(()),
        Ok(Some(found)) => found.or_error(id),
        Err(error) => Err(error),
    };
    let made = made.map_err(|error| error.to_string());
    let ids = |at: usize| {
        let above = std::iter::once(at).chain(kept.ancestors(at));
        copies(above.map(|at| kept.id(Place::Tree(at))))
    };
    let kept = match cycle::position(kept, id) {
        Ok(at) => Ok(at.map(ids).transpose()?),
        Err(error) => Err(error.to_string()),
    };
    if made == kept {
        return Ok(());
    }
    Err(Error::StaleAnswer { kept: format!("{kept:?}"), made: format!("{made:?}") })
}

/// Links down from a tenant to its farthest leaf.
pub(crate) fn height(account: &Account, id: &OwnedId) -> Result<Found<u32>, Error> {
    let in_forest =
        |forest: &Rc<Forest>| Ok(Found::top(forest, id)?.map(|position| forest.height(position)));
    if account.known_forest().is_none() && !ids_are_unique(&account.source)? {
        let grove = Grove::around_one(account, Some(id), Scope::Subtree)?;
        tally::single();
        return in_forest(&grove.forest);
    }
    locate(account, id)?.and_then(|located| match located {
        Located::Position(forest, _) => in_forest(&forest),
        Located::Path(_) => match walk_down(&account.source, id, &account.tree_budget()?)? {
            Some((_, height)) => Ok(Found::Answer(height)),
            None => in_forest(&account.forest()?),
        },
    })
}
