//! Functions over the tree alone, which read no usage.

use tenant_metrics_core::forest::{Forest, Place};

use super::{Reader, levels};
use crate::engine::tree;
use crate::error::Error;
use crate::pg::Datum;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::rows::{Column, ColumnType, Rows};

sql_function!(tenant_depth, depth);
sql_function!(tenant_height, height);
sql_function!(tenant_root, root);
sql_function!(tenant_path, path);
sql_function!(tenant_is_descendant, is_descendant);
sql_function!(tenant_descendants, descendants);
sql_function!(tenant_ancestors, ancestors);

/// The columns of `tenant_metrics.relative`.
const RELATIVE: &[Column] = &[
    ("tenant_id", ColumnType::Id),
    ("parent_id", ColumnType::Id),
    ("depth", ColumnType::Int4),
    ("distance", ColumnType::Int4),
];

fn depth(call: &Call) -> Answer {
    on_tree(call, |_, forest, position| Ok(Datum::from(forest.depth(position))))
}

fn height(call: &Call) -> Answer {
    on_tree(call, |_, forest, position| Ok(Datum::from(forest.height(position))))
}

fn root(call: &Call) -> Answer {
    on_tree(call, |reader, forest, position| {
        let root = forest.ancestors(position).last().unwrap_or(position);
        Ok(reader.flavor.datum(forest.id(Place::Tree(root))))
    })
}

fn path(call: &Call) -> Answer {
    on_tree(call, |reader, forest, position| {
        let mut path: Vec<usize> = forest.ancestors(position).collect();
        path.reverse();
        path.push(position);
        let ids = path.into_iter().map(|at| forest.id(Place::Tree(at)));
        Ok(reader.flavor.array(ids))
    })
}

fn is_descendant(call: &Call) -> Answer {
    let reader = Reader::new(call, 2)?;
    let (Some(id), Some(ancestor)) = (reader.id(call, 0)?, reader.id(call, 1)?) else {
        return Ok(None);
    };
    let forest = tree::load(&reader.source)?;
    let position = tree::position(&forest, &id)?;
    let ancestor = tree::position(&forest, &ancestor)?;
    let (Some(position), Some(ancestor)) = (position, ancestor) else { return Ok(None) };
    let below = position != ancestor && forest.subtree(ancestor).contains(&position);
    Ok(Some(Datum::from(below)))
}

/// Answers a scalar about the place of the tenant in the first argument.
fn on_tree(
    call: &Call,
    value: impl FnOnce(&Reader, &Forest, usize) -> Result<Datum, Error>,
) -> Answer {
    let reader = Reader::new(call, 1)?;
    let Some(id) = reader.id(call, 0)? else { return Ok(None) };
    let forest = tree::load(&reader.source)?;
    match tree::position(&forest, &id)? {
        Some(position) => value(&reader, &forest, position).map(Some),
        None => Ok(None),
    }
}

fn descendants(call: &Call) -> Answer {
    let levels = levels(call, 1)?;
    let reader = Reader::new(call, 2)?;
    relatives(call, &reader, |forest, position| {
        let top = forest.depth(position);
        let mut below: Vec<(usize, u32)> = Vec::new();
        for at in forest.subtree(position).skip(1) {
            let distance = forest.depth(at) - top;
            if levels.is_none_or(|levels| distance <= levels) {
                below.push((at, distance));
            }
        }
        below
    })
}

fn ancestors(call: &Call) -> Answer {
    let reader = Reader::new(call, 1)?;
    relatives(call, &reader, |forest, position| forest.ancestors(position).zip(1..).collect())
}

/// Gives a row for each position and distance that `list` finds.
fn relatives(
    call: &Call,
    reader: &Reader,
    list: impl FnOnce(&Forest, usize) -> Vec<(usize, u32)>,
) -> Answer {
    let mut rows = Rows::new(call, RELATIVE, reader.flavor)?;
    let Some(id) = reader.id(call, 0)? else { return rows.finish() };
    let forest = tree::load(&reader.source)?;
    let Some(position) = tree::position(&forest, &id)? else { return rows.finish() };
    for (at, distance) in list(&forest, position) {
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
