//! Indexes that single answers would use, if they were there.

use tenant_metrics_core::memory;

use super::{Source, Table};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::query::Param;
use crate::pg::{Oid, catalog, plans, rewritten, text};

/// The commands that create the missing indexes, a line each; `None` where none is missing.
#[expect(clippy::disallowed_methods, reason = "there are two at most")]
pub(crate) fn missing_indexes(source: &Source) -> Result<Option<String>, Error> {
    let wanted: [(&Table, &Column); 2] =
        [(&source.tenants, &source.parent_id), (&source.usage, &source.usage_tenant)];
    let mut commands = Vec::new();
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
    MissingIndex::of(table, column).map(|index| index.is_some())
}

/// An index that is not there.
struct MissingIndex {
    table: Oid,
    column: String,
}

impl MissingIndex {
    fn of(table: &Table, column: &Column) -> Result<Option<Self>, Error> {
        let behind = rewritten::column_behind(table.oid, &table.name, column)?;
        let (table, column) = match behind {
            Some(behind) => behind,
            None => (table.oid, memory::text(&column.name)?),
        };
        let params = [Param::oid(table), Param::text(&column)?];
        let mut lacks = false;
        plans::read(include_str!("../../sql/query/lacks_index.sql"), &params, |row| {
            lacks = row.bool(0);
            Ok(())
        })?;
        Ok(lacks.then_some(Self { table, column }))
    }

    fn command(&self) -> Result<String, Error> {
        let table = catalog::quoted_name(self.table)?;
        Ok(format!("CREATE INDEX ON {table} ({});", text::quoted(&self.column)?))
    }
}
