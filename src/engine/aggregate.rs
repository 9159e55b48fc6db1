//! The aggregate engine: one statement over usage, whose values are accumulators.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::Usage;

use super::statement::Statement;
use super::{Question, statement};
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::aggregate::{Accumulator, read_value};

/// Usage by tenant, or nothing if it does not fit into the memory limit.
pub(crate) fn usage(question: &Question<'_>) -> Result<Option<Usage>, Error> {
    let empty = || Usage::new(question.source.id_type.kind(), usize::MAX);
    Ok(states(question, &statement::usage_state(question)?, empty)?.map(|[usage]| usage))
}

/// The accumulators that the `N` columns of a statement hold, or nothing if one of them does not
/// fit into the memory limit. `empty` makes those of aggregates over no rows, which are NULL.
pub(crate) fn states<A: Accumulator, const N: usize>(
    question: &Question<'_>,
    statement: &Statement,
    empty: impl Fn() -> A,
) -> Result<Option<[A; N]>, Error> {
    let mut states = std::array::from_fn(|_| Some(empty()));
    question.read(statement, |row| {
        for (column, state) in states.iter_mut().enumerate() {
            if let Some(bytes) = row.bytes(column) {
                *state = read_value(bytes)?;
            }
        }
        Ok(())
    })?;
    if states.iter().all(Option::is_some) {
        return Ok(Some(states.map(|state| state.unwrap_or_else(&empty))));
    }
    if guc::engine() == EngineSetting::Aggregate {
        return Err(CoreError::MemoryLimit { limit: guc::memory_limit() }.into());
    }
    Ok(None)
}
