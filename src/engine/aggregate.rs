//! The aggregate engine: one statement over usage, whose value is the accumulator.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::usage::Usage;

use super::{Question, statement};
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::aggregate::read_value;

/// Usage by tenant, or nothing if it does not fit into the memory limit.
pub(crate) fn usage(question: &Question<'_>) -> Result<Option<Usage>, Error> {
    // An aggregate over no rows is NULL.
    let mut usage = Some(Usage::new(question.source.id_type.kind(), usize::MAX));
    question.read(&statement::usage_state(question)?, |row| {
        if let Some(bytes) = row.bytes(0) {
            usage = read_value(bytes)?;
        }
        Ok(())
    })?;
    if usage.is_none() && guc::engine() == EngineSetting::Aggregate {
        return Err(CoreError::MemoryLimit { limit: guc::memory_limit() }.into());
    }
    Ok(usage)
}
