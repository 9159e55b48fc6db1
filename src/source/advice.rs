//! Indexes that single answers would use, if they were there.

use super::{Source, Table};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::plans;
use crate::pg::query::Param;

/// The commands that create the missing indexes, a line each; `None` where none is missing.
#[expect(clippy::disallowed_methods, reason = "there are two at most")]
pub(crate) fn missing_indexes(source: &Source) -> Result<Option<String>, Error> {
    let wanted: [(&Table, &Column); 2] =
        [(&source.tenants, &source.parent_id), (&source.usage, &source.usage_tenant)];
    let mut commands = Vec::new();
    for (table, column) in wanted {
        if lacks_index(table, column)? {
            commands.push(format!("CREATE INDEX ON {} ({});", table.name, column.quoted));
        }
    }
    Ok((!commands.is_empty()).then(|| commands.join("\n")))
}

/// Whether the table could have an index that begins with the column, and has none.
pub(crate) fn lacks_index(table: &Table, column: &Column) -> Result<bool, Error> {
    let params = [Param::oid(table.oid), Param::text(&column.name)?];
    let mut lacks = false;
    plans::read(include_str!("../../sql/query/lacks_index.sql"), &params, |row| {
        lacks = row.bool(0);
        Ok(())
    })?;
    Ok(lacks)
}
