//! The aggregate engine: one statement over usage, whose value is an accumulator.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::Usage;

use super::statement::Statement;
use super::{Question, statement};
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::aggregate::{Accumulator, read_value};
use crate::pg::varlena;

/// Usage by tenant, or nothing if it does not fit into the memory limit.
pub(crate) fn usage(question: &Question<'_>) -> Result<Option<Usage>, Error> {
    let empty = || Usage::new(question.source.id_type.kind(), usize::MAX);
    state(question, &statement::usage_state(question)?, empty)
}

/// The accumulator that is the value of a statement, or nothing if it does not fit into the memory
/// limit. `empty` makes that of an aggregate over no rows, which is NULL.
pub(crate) fn state<A: Accumulator>(
    question: &Question<'_>,
    statement: &Statement,
    empty: impl FnOnce() -> A,
) -> Result<Option<A>, Error> {
    // Not NULL, and then whether it fits.
    let mut value = None;
    question.read(statement, |row| {
        value = row.bytes(0).map(read_value).transpose()?;
        Ok(())
    })?;
    match value.unwrap_or_else(|| Some(empty())) {
        None => too_large(),
        state => Ok(state),
    }
}

/// What becomes of a question that the aggregate has no room for: the portable engine's, unless
/// the setting says otherwise.
pub(crate) fn too_large<A>() -> Result<Option<A>, Error> {
    if guc::engine() == EngineSetting::Aggregate {
        // A state is a value too, whatever the setting says.
        let limit = guc::memory_limit().min(varlena::MOST_BYTES);
        return Err(CoreError::MemoryLimit { limit }.into());
    }
    Ok(None)
}
