//! One tenant's totals.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Links, Place};
use tenant_metrics_core::rollup::Scope;
use tenant_metrics_core::usage::Cell;

use super::{Needs, Question, Window, tree};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::interrupt;
use crate::source::Source;

/// Up to so many tenants a statement names the ones whose events it wants.
const NAMED_TENANTS: usize = 10_000;

/// The totals of one tenant, its own or its subtree's.
pub(crate) struct Totals {
    pub(crate) cell: Cell,
    pub(crate) features: u32,
    pub(crate) catalogue: Catalogue,
}

/// The totals of the tenant `id`; nothing if the caller can see no such tenant.
pub(crate) fn totals(
    source: &Source,
    id: &OwnedId,
    needs: Needs,
    scope: Scope,
    window: Window,
) -> Result<Option<Totals>, Error> {
    let (forest, ids) = match scope {
        Scope::Own if tree::is_known(source, id)? => {
            (forest_of_one(source, id)?, Some(vec![id.clone()]))
        }
        Scope::Own => return Ok(None),
        Scope::Subtree => {
            let forest = tree::load(source)?;
            let Some(position) = tree::position(&forest, id)? else { return Ok(None) };
            let ids = named_tenants(&forest, position);
            (subforest(source, &forest, position)?, ids)
        }
    };
    let catalogue = super::catalogue(source, needs)?;
    let question = Question { source, window, needs, among: ids.as_deref() };
    let mut rollup = super::rollup(&question, &forest, &catalogue, scope)?;
    let (cells, features) = match scope {
        Scope::Own => (&mut rollup.own, &rollup.own_features),
        Scope::Subtree => (&mut rollup.subtree, &rollup.subtree_features),
    };
    // The tenant itself is the first in the depth-first order of its subtree.
    let (Some(cell), Some(&features)) = (cells.first_mut(), features.first()) else {
        return Ok(None);
    };
    Ok(Some(Totals { cell: std::mem::take(cell), features, catalogue }))
}

/// The ids of a subtree, if they are few enough for a statement to name them, and few of all.
pub(crate) fn named_tenants(forest: &Forest, position: usize) -> Option<Vec<OwnedId>> {
    let subtree = forest.subtree(position);
    let few = subtree.len() <= NAMED_TENANTS && subtree.len() * 4 <= forest.len();
    few.then(|| subtree.map(|at| forest.id(Place::Tree(at)).into()).collect())
}

fn forest_of_one(source: &Source, id: &OwnedId) -> Result<Forest, Error> {
    let mut links = Links::new(source.id_type.kind());
    links.add(id.borrow(), None)?;
    Ok(Forest::new(links, &interrupt)?)
}

fn subforest(source: &Source, forest: &Forest, position: usize) -> Result<Forest, Error> {
    let mut links = Links::new(source.id_type.kind());
    for at in forest.subtree(position) {
        let place = Place::Tree(at);
        // The top of the subtree is a root here.
        let parent = if at == position { None } else { forest.parent_id(place) };
        links.add(forest.id(place), parent)?;
    }
    Ok(Forest::new(links, &interrupt)?)
}
