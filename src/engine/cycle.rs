//! Tenants on or below a cycle of parent links: they have no place in a tree and no subtree.

use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::duplicates;
use crate::error::{CYCLE_WARNING, Error};
use crate::guc::{self, OnCycle};
use crate::pg::ids::{OwnedId, describe};
use crate::pg::interrupt;
use crate::pg::warning::{self, Warning};

/// Maximum number of ids of a cycle that a message names.
const NAMED_IDS: usize = 10;

/// What is found for an id.
pub(crate) enum Found<T> {
    /// No tenant that the caller can see, or nothing about it.
    Nothing,
    /// What was asked for.
    Answer(T),
    /// A tenant that has none, because it is on or below this cycle.
    Cyclic(Cycle),
    /// A tenant of which it is not told, because it depends on this id, which several rows have.
    Duplicate(OwnedId),
}

/// A cycle; its ids are only looked for where an error names them, which takes many steps.
pub(crate) enum Cycle {
    /// Above the tenant at this index of those that the forest lists apart.
    Listed(Rc<Forest>, usize),
    /// These ids, found by following parent links.
    Walked(Vec<OwnedId>),
}

impl<T> From<Option<T>> for Found<T> {
    fn from(answer: Option<T>) -> Self {
        answer.map_or(Self::Nothing, Self::Answer)
    }
}

impl<T> Found<T> {
    /// The same of another answer.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> Found<U> {
        match self {
            Self::Nothing => Found::Nothing,
            Self::Answer(answer) => Found::Answer(make(answer)),
            Self::Cyclic(cycle) => Found::Cyclic(cycle),
            Self::Duplicate(id) => Found::Duplicate(id),
        }
    }

    /// What is found for the answer.
    pub(crate) fn and_then<U>(
        self,
        find: impl FnOnce(T) -> Result<Found<U>, Error>,
    ) -> Result<Found<U>, Error> {
        match self.map(find) {
            Found::Nothing => Ok(Found::Nothing),
            Found::Answer(found) => found,
            Found::Cyclic(cycle) => Ok(Found::Cyclic(cycle)),
            Found::Duplicate(id) => Ok(Found::Duplicate(id)),
        }
    }

    /// What a scalar about the tenant `id` returns: on or below a cycle NULL or an error, as
    /// `tenant_metrics.on_cycle` says.
    pub(crate) fn or_null(self, id: &OwnedId) -> Result<Option<T>, Error> {
        match self {
            Self::Nothing => Ok(None),
            Self::Answer(answer) => Ok(Some(answer)),
            Self::Cyclic(cycle) => match guc::on_cycle() {
                OnCycle::Null => {
                    let (message, hint) = CYCLE_WARNING;
                    let texts = || Ok((message.into(), hint.into()));
                    warning::once_a_transaction(Warning::Cycle, texts)?;
                    Ok(None)
                }
                OnCycle::Error => Err(cycle.error(id)?),
            },
            Self::Duplicate(id) => Err(duplicates::error(id.borrow())),
        }
    }

    /// The same, on or below a cycle an error in any case.
    #[cfg(feature = "check_cache")]
    pub(crate) fn or_error(self, id: &OwnedId) -> Result<Option<T>, Error> {
        match self {
            Self::Nothing => Ok(None),
            Self::Answer(answer) => Ok(Some(answer)),
            Self::Cyclic(cycle) => Err(cycle.error(id)?),
            Self::Duplicate(id) => Err(duplicates::error(id.borrow())),
        }
    }
}

impl Found<usize> {
    /// The position of a tenant.
    pub(crate) fn position(forest: &Rc<Forest>, id: &OwnedId) -> Result<Self, Error> {
        let Some(place) = forest.find(id.borrow()) else { return Ok(Self::Nothing) };
        if let Some(duplicate) = forest.duplicate_above(place) {
            return Ok(Self::Duplicate(OwnedId::new(duplicate)?));
        }
        Ok(match place {
            Place::Tree(position) => Self::Answer(position),
            Place::Cycle(index) => Self::Cyclic(Cycle::Listed(Rc::clone(forest), index)),
        })
    }

    /// The same for an answer that depends on all below the tenant too.
    pub(crate) fn top(forest: &Rc<Forest>, id: &OwnedId) -> Result<Self, Error> {
        let found = Self::position(forest, id)?;
        let Self::Answer(position) = found else { return Ok(found) };
        Ok(match forest.duplicate_below(Place::Tree(position)) {
            Some(duplicate) => Self::Duplicate(OwnedId::new(duplicate)?),
            None => found,
        })
    }
}

impl Cycle {
    /// The cycle that ends a walk: the part of it from where it met itself.
    pub(crate) fn walked(mut cycle: Vec<OwnedId>) -> Self {
        let smallest = (0..cycle.len()).min_by_key(|&i| cycle[i].borrow()).unwrap_or(0);
        cycle.rotate_left(smallest);
        Self::Walked(cycle)
    }

    /// The error of a call about the tenant `id`.
    pub(crate) fn error(&self, id: &OwnedId) -> Result<Error, Error> {
        match self {
            Self::Listed(forest, index) => cycle_error(forest, *index, id),
            Self::Walked(cycle) => {
                let cycle: Vec<Id<'_>> = memory::collect(cycle.iter().map(OwnedId::borrow))?;
                Ok(error_of(&cycle, id))
            }
        }
    }
}

/// The position of a tenant; an error if it is on or below a cycle, or if several rows leave a
/// doubt about where it is.
pub(crate) fn position(forest: &Forest, id: &OwnedId) -> Result<Option<usize>, Error> {
    let place = forest.find(id.borrow());
    duplicates::refuse_above(forest, place)?;
    match place {
        None => Ok(None),
        Some(Place::Tree(position)) => Ok(Some(position)),
        Some(Place::Cycle(index)) => Err(cycle_error(forest, index, id)?),
    }
}

/// The error of a call on a tenant that is on or below a cycle.
pub(crate) fn cycle_error(forest: &Forest, index: usize, id: &OwnedId) -> Result<Error, Error> {
    Ok(error_of(&forest.cycle_of(index, &interrupt)?, id))
}

/// The error of a call on a tenant that is on or below this cycle.
pub(crate) fn error_of(cycle: &[Id<'_>], id: &OwnedId) -> Error {
    Error::Cycle { id: describe(id.borrow()), cycle: path(cycle) }
}

/// A cycle as text, its first id at both ends.
#[expect(clippy::disallowed_methods, reason = "some ids, cut off")]
pub(crate) fn path(cycle: &[Id<'_>]) -> String {
    let mut names: Vec<String> = cycle.iter().take(NAMED_IDS).map(|&id| describe(id)).collect();
    if cycle.len() > NAMED_IDS {
        names.push(format!("({} more)", cycle.len() - NAMED_IDS));
    }
    names.extend(cycle.first().map(|&id| describe(id)));
    names.join(" -> ")
}
