//! How large a source is, as far as the planner has to know. Nothing here is checked: what cannot
//! be found out is left open, and the call itself will say why.

use super::{DEFAULT, MODEL};
use crate::pg::statistics::{RelationSize, scattered_pages};
use crate::pg::{Oid, catalog, registry, text};

/// What the look-up of one tenant costs, in pages that are read out of order: it reads its row, its
/// children and its events, and runs a statement for each.
const PAGES_OF_ONE: f64 = 16.0;

/// What a look-up costs as a part of reading everything, where nothing is known.
const UNKNOWN_SHARE: f64 = 0.01;

/// How many tenants the source has.
pub(crate) fn tenants(name: &[u8]) -> Option<f64> {
    let (tenants, _) = tables(name)?;
    RelationSize::of(tenants).map(|size| size.rows)
}

/// What the look-up of one tenant costs as a part of what all tenants cost.
pub(crate) fn share_of_one(name: Option<&[u8]>) -> f64 {
    let all = || {
        let (tenants, usage) = tables(name?)?;
        Some(RelationSize::of(tenants)?.reading() + RelationSize::of(usage)?.reading())
    };
    all().map_or(UNKNOWN_SHARE, |all| (scattered_pages(PAGES_OF_ONE) / all).min(1.0))
}

/// The tables of the source: tenants and usage.
fn tables(name: &[u8]) -> Option<(Oid, Oid)> {
    let name = text::decode(name).ok()?;
    match registry::find_while_planning(&name).ok()? {
        Some(entry) => Some((entry.tenants, entry.usage)),
        None if name == DEFAULT => {
            let [tenants, usage] = MODEL.map(|table| catalog::relation_by_path(table).ok());
            Some((tenants??, usage??))
        }
        None => None,
    }
}
