//! Functions over the tree alone, which read no usage.

use tenant_metrics_core::forest::Place;

use super::{Reader, levels};
use crate::engine::located::{self, Located};
use crate::engine::relatives::{self, Relative};
use crate::error::Error;
use crate::pg::Datum;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::{Flavor, OwnedId};
use crate::pg::rows::{ColumnType, ResultColumn, Rows};

sql_function!(tenant_depth, depth);
sql_function!(tenant_height, height);
sql_function!(tenant_root, root);
sql_function!(tenant_path, path);
sql_function!(tenant_is_descendant, is_descendant);
sql_function!(tenant_descendants, descendants);
sql_function!(tenant_ancestors, ancestors);

/// The columns of `tenant_metrics.relative_row`.
const RELATIVE: [ResultColumn; 4] = [
    ("tenant_id", ColumnType::Id),
    ("parent_id", ColumnType::Id),
    ("depth", ColumnType::Int4),
    ("distance", ColumnType::Int4),
];

fn depth(call: &Call) -> Answer {
    located(call, |_, located| Ok(Datum::from(located.depth())))
}

fn height(call: &Call) -> Answer {
    let reader = Reader::of_tree(call, 1)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    Ok(located::height(&reader.account, &id)?.or_null(&id)?.map(Datum::from))
}

fn root(call: &Call) -> Answer {
    located(call, |flavor, located| Ok(flavor.datum(located.root())))
}

fn path(call: &Call) -> Answer {
    located(call, |flavor, located| flavor.array(located.path()?.into_iter()))
}

fn is_descendant(call: &Call) -> Answer {
    let reader = Reader::of_tree(call, 2)?;
    let (Some(id), Some(ancestor)) = (reader.id(call, 0)?, reader.id(call, 1)?) else {
        return Ok(None);
    };
    Ok(located::is_descendant(&reader.account, &id, &ancestor)?.map(Datum::from))
}

/// Answers a scalar about the place of the tenant in the first argument.
fn located(call: &Call, value: impl FnOnce(Flavor, &Located) -> Result<Datum, Error>) -> Answer {
    let reader = Reader::of_tree(call, 1)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    let located = located::locate(&reader.account, &id)?.or_null(&id)?;
    located.map(|located| value(reader.flavor, &located)).transpose()
}

fn descendants(call: &Call) -> Answer {
    let levels = levels(call, 1)?;
    let reader = Reader::of_tree(call, 2)?;
    relatives(call, &reader, |id| relatives::descendants(&reader.account, id, levels))
}

fn ancestors(call: &Call) -> Answer {
    let reader = Reader::of_tree(call, 1)?;
    relatives(call, &reader, |id| relatives::ancestors(&reader.account, id))
}

/// Gives a row for each of the relatives that `find` finds.
fn relatives(
    call: &Call,
    reader: &Reader,
    find: impl FnOnce(&OwnedId) -> Result<relatives::Relatives, Error>,
) -> Answer {
    let mut rows = Rows::new(call, &RELATIVE, reader.flavor)?;
    let Some(id) = reader.id(call, 0)? else { return rows.finish() };
    let relatives = find(&id)?;
    for &Relative { position, distance } in &relatives.found {
        let (forest, place) = (&relatives.forest, Place::Tree(position));
        rows.put(|| {
            Ok([
                Some(reader.flavor.datum(forest.id(place))),
                forest.parent_id(place).map(|id| reader.flavor.datum(id)),
                Some(Datum::from(forest.depth(position))),
                Some(Datum::from(distance)),
            ])
        })?;
    }
    rows.finish()
}
