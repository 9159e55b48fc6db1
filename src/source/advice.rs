//! Indexes that single answers would use, if they were there.

use std::cell::Cell;

use tenant_metrics_core::memory;

use super::{Source, Table};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::query::Param;
use crate::pg::{Oid, catalog, identity, plans, rewritten, text};

/// The commands that create the missing indexes, a line each; `None` where none is missing.
#[expect(clippy::disallowed_methods, reason = "there are three at most")]
pub(crate) fn missing_indexes(source: &Source) -> Result<Option<String>, Error> {
    let wanted: [(&Table, &Column); 2] =
        [(&source.tenants, &source.parent_id), (&source.usage, &source.usage_tenant)];
    let mut commands = Vec::new();
    if let Some(index) = MissingIndex::of_ids(source)? {
        commands.push(index.command()?);
    }
    for (table, column) in wanted {
        if let Some(index) = MissingIndex::of(table, column)? {
            commands.push(index.command()?);
        }
    }
    Ok((!commands.is_empty()).then(|| commands.join("\n")))
}

/// Whether the table, or the one behind a view, could have an index that begins with the column,
/// and has none.
pub(crate) fn lacks_index(table: &Table, column: &Column) -> Result<bool, Error> {
    let seen = identity::invalidations();
    let is_seen = |last: &LastLooked| {
        last.table == table.oid && last.column == column.name && last.invalidations == seen
    };
    if let Some(last) = LAST_LOOKED.take().filter(is_seen) {
        let lacks = last.lacks;
        LAST_LOOKED.set(Some(last));
        return Ok(lacks);
    }
    let lacks = MissingIndex::of(table, column)?.is_some();
    let (table, column) = (table.oid, memory::text(&column.name)?);
    LAST_LOOKED.set(Some(LastLooked { table, column, invalidations: seen, lacks }));
    Ok(lacks)
}

/// What was found of a column.
struct LastLooked {
    table: Oid,
    column: String,
    /// The invalidations that were seen by then: an index that is made or dropped is one.
    invalidations: u64,
    lacks: bool,
}

thread_local! {
    static LAST_LOOKED: Cell<Option<LastLooked>> = const { Cell::new(None) };
}

/// An index that is not there.
struct MissingIndex {
    table: Oid,
    column: String,
    is_unique: bool,
}

impl MissingIndex {
    /// On the tenants' ids: a unique one where the tenants are a plain table, which nothing else
    /// keeps from having several rows with one id.
    fn of_ids(source: &Source) -> Result<Option<Self>, Error> {
        let (table, column) = (&source.tenants, &source.tenant_id);
        match catalog::relation_kind(table.oid) {
            b'r' => Self::on(table.oid, memory::text(&column.name)?, true),
            _ => Self::of(table, column),
        }
    }

    fn of(table: &Table, column: &Column) -> Result<Option<Self>, Error> {
        match rewritten::column_behind(table.oid, &table.name, column)? {
            Some((table, column)) => Self::on(table, column, false),
            None => Self::on(table.oid, memory::text(&column.name)?, false),
        }
    }

    fn on(table: Oid, column: String, is_unique: bool) -> Result<Option<Self>, Error> {
        let params = [Param::oid(table), Param::text(&column)?, Param::bool(is_unique)];
        let mut lacks = false;
        plans::read(include_str!("../../sql/query/lacks_index.sql"), &params, |row| {
            lacks = row.bool(0);
            Ok(())
        })?;
        Ok(lacks.then_some(Self { table, column, is_unique }))
    }

    fn command(&self) -> Result<String, Error> {
        let table = catalog::quoted_name(self.table)?;
        let kind = if self.is_unique { "UNIQUE INDEX" } else { "INDEX" };
        Ok(format!("CREATE {kind} ON {table} ({});", text::quoted(&self.column)?))
    }
}
