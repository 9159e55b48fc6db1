//! Comparing what is stored of a source with its usage table, and putting it right.

use tenant_metrics_core::ids::{Id, IdKind, written};
use tenant_metrics_core::memory;
use tenant_metrics_core::summaries::check::{self, CheckedEvents, CheckedTenant, EventHash};
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::events::EventColumns;
use tenant_metrics_core::summaries::fold::TotalsFold;
use tenant_metrics_core::summaries::numbering::Numbering;

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::fold::{self, FoldExtent, Folding, Replacement};
use super::fold_lock::FoldLock;
use super::rows::RunLevel;
use super::stamp::{Stamp, SummaryHead};
use super::stored::StoredSource;
use super::structure;
use super::usage_rows::each_batch;
use super::usage_tables::{UsageLock, UsageTables};
use crate::error::Error;
use crate::guc;
use crate::pg::snapshot;

/// What is stored wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckedPart {
    Events,
    Totals,
}

/// A tenant of whom something is stored that is not so.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) tenant: Vec<u8>,
    pub(crate) part: CheckedPart,
    pub(crate) stored: CheckedTenant,
    pub(crate) actual: CheckedTenant,
}

/// What is stored, beside what the usage table has, in one snapshot.
struct StoredCheck {
    numbering: Numbering,
    actual: CheckedEvents,
    copy: CheckedEvents,
    totals: TotalsFold,
}

/// The tenants of whom something else is stored than the active snapshot sees in the usage table.
pub(crate) fn verify(entry: &SummaryEntry, ids: IdKind) -> Result<Vec<Difference>, Error> {
    let unfit = |fault: Fault| Err(Error::unchecked_summaries(&entry.source, fault.words()));
    match structure::fault(entry, &SummaryHead::read(entry.number)?)? {
        Some(fault @ (Fault::AfterSnapshot | Fault::Building | Fault::Paused)) => {
            return unfit(fault);
        }
        Some(fault @ (Fault::Columns | Fault::OtherColumns)) => {
            return Err(structure::stale(entry, fault)?);
        }
        _ => {}
    }
    let stored = stored(entry, ids)?;
    let tables = UsageTables::locked(entry.usage, entry.number, UsageLock::Read)?;
    let compared = StoredCheck::of(entry, &tables, &stored)?;
    let StoredCheck { actual, copy, totals, .. } = &compared;
    let mut found = Vec::new();
    let events = actual.differing(copy)?;
    let of = copy.of(&events)?;
    compared.push(CheckedPart::Events, &events, of, &mut found)?;
    let events = actual.differing_totals(totals)?;
    let of = check::of_tenants(totals, &events)?;
    compared.push(CheckedPart::Totals, &events, of, &mut found)?;
    Ok(found)
}

/// Makes what is stored what the latest snapshot sees in the usage table; says of how many tenants it
/// was not. `None` where totals are wrong that are not mended by events: then all has to be made anew.
pub(crate) fn repair(entry: &SummaryEntry, ids: IdKind) -> Result<Option<usize>, Error> {
    let tables = UsageTables::locked(entry.usage, entry.number, UsageLock::Structure)?;
    let lock = FoldLock::take(entry.number)?;
    snapshot::with_latest(|| {
        let Some(entry) = SummaryEntry::numbered(entry.number)? else {
            return Err(Error::no_summaries(&entry.source));
        };
        let fault = match Stamp::read(entry.number)? {
            Stamp::Building { .. } => Some(Fault::Building),
            Stamp::Stale(Fault::Paused) => Some(Fault::Paused),
            Stamp::Current { .. } | Stamp::Stale(_) => None,
        };
        if let Some(fault) = fault {
            return Err(Error::unchecked_summaries(&entry.source, fault.words()));
        }
        // What is changed from now on would not be captured.
        if let Some(fault) = structure::fault_of(&entry, &tables)? {
            return Err(Error::stale_summaries(&entry.source, fault.words()));
        }
        let stored = stored(&entry, ids)?;
        let StoredCheck { numbering, actual, copy, totals } =
            StoredCheck::of(&entry, &tables, &stored)?;
        let wrong = actual.differing(&copy)?;
        if !copy.differing_totals(&totals)?.is_empty() {
            return Ok(None);
        }
        if !wrong.is_empty() {
            let is_wrong = |tenant| wrong.binary_search(&tenant).is_ok();
            let is_theirs = |id: Id<'_>| numbering.tenant_if_any(id).is_some_and(is_wrong);
            let mut add = |folding: &mut Folding<'_>| {
                folding.take_out(is_wrong)?;
                each_batch(&entry, &tables, is_theirs, |batch, _| {
                    folding.add_pending(&batch.finish(), |_| true)
                })
            };
            let rows = Replacement { is_replaced: &is_theirs, add: &mut add };
            fold::fold(stored, FoldExtent::Events, Some(rows), &lock)?;
        }
        Stamp::Current { files: tables.files() }.replace(entry.number)?;
        Ok(Some(wrong.len()))
    })
}

fn stored(entry: &SummaryEntry, ids: IdKind) -> Result<StoredSource, Error> {
    StoredSource::new(entry, ids).ok_or(Error::Invariant("sources have few columns"))
}

impl StoredCheck {
    fn of(
        entry: &SummaryEntry,
        tables: &UsageTables,
        stored: &StoredSource,
    ) -> Result<Self, Error> {
        let (shape, limit) = (stored.shape(), guc::memory_limit() / 3);
        let mut numbering = stored.numbering()?;
        let (hash, mut block) = (EventHash::default(), EventBlock::default());
        let mut actual = CheckedEvents::new(shape, limit)?;
        each_batch(
            entry,
            tables,
            |_| true,
            |batch, _| {
                let mut events = EventColumns::new(shape);
                let (all, row) = (WantedColumns::ALL, batch.finish());
                numbering.number(&row, all, |_| true, &mut events)?;
                events.each_block(&mut block, |block| Ok(actual.add(&hash, block)?))
            },
        )?;
        let mut copy = CheckedEvents::new(shape, limit)?;
        let mut totals = fold::read_totals(stored, &mut Vec::new())?;
        let mut add_late = |block: &EventBlock| {
            copy.add(&hash, block)?;
            Ok(totals.add_events(block)?)
        };
        stored.each_pending(&mut numbering, |block| add_late(block))?;
        stored.each_row(RunLevel::Late, add_late)?;
        stored.each_row(RunLevel::Counted, |block| Ok(copy.add(&hash, block)?))?;
        Ok(Self { numbering, actual, copy, totals })
    }

    /// Adds what is stored of tenants, who are in order, and what is so.
    fn push(
        &self,
        part: CheckedPart,
        tenants: &[i64],
        stored: Vec<CheckedTenant>,
        into: &mut Vec<Difference>,
    ) -> Result<(), Error> {
        let actual = self.actual.of(tenants)?;
        for ((&tenant, stored), actual) in tenants.iter().zip(stored).zip(actual) {
            let tenant = written(self.numbering.id(tenant)?)?;
            memory::push(into, Difference { tenant, part, stored, actual })?;
        }
        Ok(())
    }
}
