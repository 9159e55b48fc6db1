//! What a source has in summaries, looked up once.

use std::cell::OnceCell;

use tenant_metrics_core::ids::IdKind;

use super::Source;
use super::summarizable::fault;
use crate::error::Error;
use crate::pg::summaries::{self, Fault, Pending, StoredSource, SummaryEntry, SummaryHead};

/// The summaries of a source, and what was found of them. All of it is so for the snapshot in which
/// the source was looked up, as long as nothing happens that ends the identity of a call: a `Source`
/// is not kept any longer. The number of events that wait is an estimate for prices.
#[derive(Debug)]
pub(crate) struct SourceSummaries {
    pub(crate) entry: SummaryEntry,
    fault: OnceCell<Option<Fault>>,
    head: OnceCell<SummaryHead>,
    pending: OnceCell<Pending>,
}

impl Source {
    /// Its summaries, if it has any.
    pub(crate) fn summaries(&self) -> Result<Option<&SourceSummaries>, Error> {
        let find = || {
            let new = |entry| SourceSummaries {
                entry,
                fault: OnceCell::new(),
                head: OnceCell::new(),
                pending: OnceCell::new(),
            };
            Ok(SummaryEntry::find(&self.name)?.map(new))
        };
        found_once(&self.summaries, find).map(Option::as_ref)
    }
}

impl SourceSummaries {
    /// Why they cannot be taken for what their source is; `None` if they can.
    pub(crate) fn fault(&self, source: &Source) -> Result<Option<Fault>, Error> {
        found_once(&self.fault, || fault(&self.entry, source, self.head()?)).copied()
    }

    /// The error of who finds them stale for this reason.
    pub(crate) fn stale(&self, fault: Fault) -> Result<Error, Error> {
        summaries::stale(&self.entry, fault)
    }

    /// What is stored, of tenants with such ids.
    pub(crate) fn stored(&self, ids: IdKind) -> Option<StoredSource> {
        StoredSource::new(&self.entry, ids)
    }

    /// How many events there are that are in rows and not in totals.
    pub(crate) fn late(&self) -> Result<f64, Error> {
        Ok(self.head()?.late)
    }

    fn head(&self) -> Result<&SummaryHead, Error> {
        found_once(&self.head, || SummaryHead::read(self.entry.number))
    }

    /// About how many events wait.
    pub(crate) fn pending(&self) -> Result<Pending, Error> {
        found_once(&self.pending, || summaries::pending(self.entry.number)).copied()
    }
}

/// What a cell has; where it has nothing yet, that is found.
fn found_once<T>(cell: &OnceCell<T>, find: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(found) => Ok(found),
        None => {
            let found = find()?;
            Ok(cell.get_or_init(|| found))
        }
    }
}
