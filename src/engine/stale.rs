//! What a reader does where the summaries of its source are stale.

use crate::error::Error;
use crate::guc::{self, OnStale};
use crate::pg::summaries::Fault;
use crate::pg::warning::{self, Warning};
use crate::source::Source;

/// Warns once a transaction, or fails, as `tenant_metrics.on_stale` says.
pub(super) fn tell(source: &Source, fault: Fault) -> Result<(), Error> {
    let Some(summaries) = source.summaries()? else { return Ok(()) };
    match guc::on_stale() {
        OnStale::Error => Err(summaries.stale(fault)?),
        OnStale::Warning => warning::once_a_transaction(Warning::StaleSummaries, || {
            let error = summaries.stale(fault)?;
            Ok((error.to_string(), error.hint().unwrap_or_default()))
        }),
    }
}
