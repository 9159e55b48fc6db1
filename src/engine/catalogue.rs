//! The features that count.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::memory;

use super::question::Needs;
use super::statement;
use crate::error::Error;
use crate::pg::query;
use crate::source::{Features, Source};

/// The catalogue of a source; not read where no features are asked for.
pub(crate) fn of(source: &Source, needs: Needs) -> Result<Catalogue, Error> {
    Ok(match &source.features {
        _ if !needs.features => Catalogue::Size(0),
        Features::Count(count) => Catalogue::Size(u64::from(*count)),
        Features::Names(names) => Catalogue::of_names(memory::copied_each(names)?),
        Features::Table { table, column } => {
            let mut names = Vec::new();
            let sql = statement::column_of(&table.name, &column.quoted);
            query::read(&sql, &[], |row| {
                if let Some(name) = row.bytes(0) {
                    memory::push(&mut names, memory::copied(name)?)?;
                }
                Ok(())
            })?;
            Catalogue::of_names(names)
        }
    })
}
