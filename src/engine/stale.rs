//! What a reader does where the summaries of its source are stale.

use crate::error::Error;
use crate::guc::{self, OnStale};
use crate::pg::warning::{self, Warning};
use crate::source::Source;

/// Warns once a transaction, or fails, as `tenant_metrics.on_stale` says.
pub(super) fn tell(source: &Source, why: &'static str) -> Result<(), Error> {
    let error = Error::stale_summaries(&source.name, why);
    match guc::on_stale() {
        OnStale::Error => Err(error),
        OnStale::Warning => {
            let hint = error.hint().unwrap_or_default();
            warning::once_a_transaction(Warning::StaleSummaries, || (error.to_string(), hint));
            Ok(())
        }
    }
}
