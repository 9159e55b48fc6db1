//! Columns that a source names: that they exist, and have types that can be answered.

use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;

use super::Table;
use crate::error::{ColumnMeant, Error};
use crate::pg::Oid;
use crate::pg::catalog::{self, Column};
use crate::pg::ids::{ID_TYPES, IdType};
use crate::pg::text;

/// The column of this name, which an argument of `setup` gives.
pub(super) fn column(table: &Table, argument: &'static str, name: &str) -> Result<Column, Error> {
    match catalog::column(table.oid, name)? {
        Some(column) => Ok(column),
        None if catalog::is_system_column(table.oid, name)? => Err(Error::SystemColumn {
            relation: table.shown()?,
            column: memory::text(name)?,
            argument,
        }),
        None => Err(Error::ColumnMissing {
            relation: table.shown()?,
            column: memory::text(name)?,
            argument,
            meant: meant(table, name)?,
        }),
    }
}

/// The column that this name of none may have been meant for.
fn meant(table: &Table, name: &str) -> Result<Option<ColumnMeant>, Error> {
    let Some(name) = catalog::column_meant(table.oid, name)? else { return Ok(None) };
    Ok(Some(ColumnMeant { literal: text::literal(&name)?, name }))
}

pub(super) fn id_type(
    table: &Table,
    argument: &'static str,
    column: &Column,
) -> Result<IdType, Error> {
    let Some(id_type) = IdType::of(column.type_oid) else {
        return Err(wrong_type(table, argument, column, ID_TYPES)?);
    };
    if id_type.kind() == IdKind::Text && !column.is_deterministic() {
        return Err(Error::Nondeterministic {
            relation: table.shown()?,
            column: column.name.clone(),
            argument,
            recipe: format!("lower({}) COLLATE \"C\"", column.quoted).into(),
        });
    }
    Ok(id_type)
}

/// The type of a column that must hold ids of the same kind as the tenants' own.
pub(super) fn same_kind(
    table: &Table,
    argument: &'static str,
    column: &Column,
    expected: IdType,
) -> Result<IdType, Error> {
    let found = id_type(table, argument, column)?;
    if found.kind() == expected.kind() {
        return Ok(found);
    }
    Err(Error::IdTypesDiffer {
        relation: table.shown()?,
        column: column.name.clone(),
        argument,
        found: column.type_name()?,
        id_type: catalog::type_name(expected.oid())?,
    })
}

/// The column of this name, of a type that is accepted.
pub(super) fn typed_column(
    table: &Table,
    argument: &'static str,
    name: &str,
    accepts: fn(Oid) -> bool,
    accepted: &'static str,
) -> Result<Column, Error> {
    let column = column(table, argument, name)?;
    match accepts(column.type_oid) {
        true => Ok(column),
        false => Err(wrong_type(table, argument, &column, accepted)?),
    }
}

pub(super) fn wrong_type(
    table: &Table,
    argument: &'static str,
    column: &Column,
    accepted: &'static str,
) -> Result<Error, Error> {
    Ok(Error::ColumnType {
        relation: table.shown()?,
        column: column.name.clone(),
        argument,
        found: column.type_name()?,
        accepted,
        recipe: column.is_citext().then(|| format!("lower({})::text", column.quoted).into()),
    })
}
