//! Indexes that single answers would use, if they were there.

use super::{Source, Table};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::plans;
use crate::pg::query::Param;

/// The commands that create the missing indexes, a line each; nothing where none is missing.
pub(crate) fn missing_indexes(source: &Source) -> Result<Option<String>, Error> {
    let wanted: [(&Table, &Column); 2] =
        [(&source.tenants, &source.parent_id), (&source.usage, &source.usage_tenant)];
    let mut commands = Vec::new();
    for (table, column) in wanted {
        let params = [Param::oid(table.oid), Param::text(&column.name)?];
        plans::read(include_str!("../../sql/query/lacks_index.sql"), &params, |row| {
            if row.bool(0) {
                commands.push(format!("CREATE INDEX ON {} ({});", table.name, column.quoted));
            }
            Ok(())
        })?;
    }
    Ok((!commands.is_empty()).then(|| commands.join("\n")))
}
