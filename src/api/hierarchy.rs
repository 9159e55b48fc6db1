//! Functions over the tree alone, which read no usage.

use tenant_metrics_core::forest::{Forest, Place};
use tenant_metrics_core::{CoreError, memory};

use super::{Reader, levels};
use crate::engine::Window;
use crate::engine::cycle::Found;
use crate::engine::tree::{self, Located};
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

/// The columns of `tenant_metrics.relative`.
const RELATIVE: &[ResultColumn] = &[
    ("tenant_id", ColumnType::Id),
    ("parent_id", ColumnType::Id),
    ("depth", ColumnType::Int4),
    ("distance", ColumnType::Int4),
];

fn depth(call: &Call) -> Answer {
    located(call, |_, located| {
        Ok(match located {
            Located::Position(forest, position) => Datum::from(forest.depth(*position)),
            Located::Path(path) => Datum::from(path.len() as u64 - 1),
        })
    })
}

fn height(call: &Call) -> Answer {
    let reader = Reader::new(call, 1, Window::ALWAYS)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    Ok(tree::height(&reader.account, &id)?.or_null(&id)?.map(Datum::from))
}

fn root(call: &Call) -> Answer {
    located(call, |flavor, located| {
        Ok(match located {
            Located::Position(forest, position) => {
                let root = forest.ancestors(*position).last().unwrap_or(*position);
                flavor.datum(forest.id(Place::Tree(root)))
            }
            // A path has at least the tenant itself.
            Located::Path(path) => flavor.datum(path[path.len() - 1].borrow()),
        })
    })
}

fn path(call: &Call) -> Answer {
    located(call, |flavor, located| match located {
        Located::Position(forest, position) => {
            let path = std::iter::once(*position).chain(forest.ancestors(*position));
            let path = memory::collect(path)?;
            flavor.array(path.iter().rev().map(|&at| forest.id(Place::Tree(at))))
        }
        Located::Path(path) => flavor.array(path.iter().rev().map(OwnedId::borrow)),
    })
}

fn is_descendant(call: &Call) -> Answer {
    let reader = Reader::new(call, 2, Window::ALWAYS)?;
    let (Some(id), Some(ancestor)) = (reader.id(call, 0)?, reader.id(call, 1)?) else {
        return Ok(None);
    };
    let located = tree::locate(&reader.account, &id)?;
    let above = tree::locate(&reader.account, &ancestor)?;
    // An unknown id comes before a cycle.
    if let (Found::Nothing, _) | (_, Found::Nothing) = (&located, &above) {
        return Ok(None);
    }
    let (Some(_), Some(located)) = (above.or_null(&ancestor)?, located.or_null(&id)?) else {
        return Ok(None);
    };
    let below = match located {
        Located::Path(path) => path.iter().skip(1).any(|above| *above == ancestor),
        Located::Position(forest, position) => {
            let above = tree::position(&forest, &ancestor)?;
            above
                .is_some_and(|above| position != above && forest.subtree(above).contains(&position))
        }
    };
    Ok(Some(Datum::from(below)))
}

/// Answers a scalar about the place of the tenant in the first argument.
fn located(call: &Call, value: impl FnOnce(Flavor, &Located) -> Result<Datum, Error>) -> Answer {
    let reader = Reader::new(call, 1, Window::ALWAYS)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    let located = tree::locate(&reader.account, &id)?.or_null(&id)?;
    located.map(|located| value(reader.flavor, &located)).transpose()
}

fn descendants(call: &Call) -> Answer {
    let levels = levels(call, 1)?;
    let reader = Reader::new(call, 2, Window::ALWAYS)?;
    relatives(call, &reader, |forest, position| {
        let top = forest.depth(position);
        let mut below: Vec<(usize, u32)> = Vec::new();
        for at in forest.subtree(position).skip(1) {
            let distance = forest.depth(at) - top;
            if levels.is_none_or(|levels| distance <= levels) {
                memory::push(&mut below, (at, distance))?;
            }
        }
        Ok(below)
    })
}

fn ancestors(call: &Call) -> Answer {
    let reader = Reader::new(call, 1, Window::ALWAYS)?;
    relatives(call, &reader, |forest, position| {
        memory::collect(forest.ancestors(position).zip(1..))
    })
}

/// Gives a row for each position and distance that `list` finds.
fn relatives(
    call: &Call,
    reader: &Reader,
    list: impl FnOnce(&Forest, usize) -> Result<Vec<(usize, u32)>, CoreError>,
) -> Answer {
    let mut rows = Rows::new(call, RELATIVE, reader.flavor)?;
    let Some(id) = reader.id(call, 0)? else { return rows.finish() };
    let forest = reader.account.forest()?;
    let Some(position) = tree::position(&forest, &id)? else { return rows.finish() };
    for (at, distance) in list(&forest, position)? {
        rows.put(|| {
            Ok([
                Some(reader.flavor.datum(forest.id(Place::Tree(at)))),
                forest.parent_id(Place::Tree(at)).map(|id| reader.flavor.datum(id)),
                Some(Datum::from(forest.depth(at))),
                Some(Datum::from(distance)),
            ])
        })?;
    }
    rows.finish()
}
