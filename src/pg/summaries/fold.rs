//! Folds: what statements have appended goes into rows of events, and events into totals.
//!
//! A fold adds rows and removes those that they are made of in one transaction, so every snapshot
//! sees either side whole. One fold of a source works at a time.

use pgrx::pg_sys;
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::memory;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::fold::{EventFold, FoldedRow, TotalsFold};
use tenant_metrics_core::summaries::net_table::WantedTotals;
use tenant_metrics_core::summaries::replay::ReplayWindow;
use tenant_metrics_core::summaries::totals::TotalsBlock;

use super::entry::SummaryEntry;
use super::fault::Fault;
use super::fold_lock::FoldLock;
use super::rows::{self, RowPlace, RunLevel};
use super::stamp::Stamp;
use super::stored::StoredSource;
use super::structure;
use super::usage_tables::UsageTables;
use super::writer::{ROW_BYTES, RowWriter};
use crate::error::Error;
use crate::pg::{interrupt, snapshot};

/// Totals are made anew when so many events are not in them, or a part of the number of totals that
/// says [`WORTH_PART`], if that is more: rewriting them takes about as long as reading them.
const WORTH_TOTALS: u64 = 50_000;

/// See [`WORTH_TOTALS`].
const WORTH_PART: u64 = 4;

/// The most rows of events that are not in totals; more are put together.
const MOST_LATE_ROWS: usize = 64;

/// About how many bytes an event has that waits.
const PENDING_BYTES: u64 = 20;

/// How much a fold does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoldExtent {
    /// What waits becomes rows of events; totals are made anew where that is worth it.
    Worthwhile,
    /// What waits becomes rows of events, and totals stay as they are.
    Events,
    /// Totals are made anew, and no events stay that were taken away.
    Full,
    /// What waits becomes rows of events, and no row is read. What is stale may lack events that
    /// were taken away since, of which no totals can be made.
    Appended,
}

/// Folds all that waits of a source, if it still has summaries.
pub(crate) fn compact(entry: &SummaryEntry, ids: IdKind, extent: FoldExtent) -> Result<(), Error> {
    let lock = FoldLock::take(entry.number)?;
    fold_waiting(entry, ids, extent, &lock)?;
    if extent == FoldExtent::Full {
        snapshot::advance();
        fold_with(entry, ids, |stored, is_stale| match is_stale {
            true => Ok(()),
            false => merge(stored, &lock),
        })?;
    }
    Ok(())
}

/// Folds what waits of a source, if it still has summaries.
pub(super) fn fold_waiting(
    entry: &SummaryEntry,
    ids: IdKind,
    extent: FoldExtent,
    lock: &FoldLock,
) -> Result<(), Error> {
    fold_with(entry, ids, |stored, is_stale| {
        let extent = if is_stale { FoldExtent::Appended } else { extent };
        fold(stored, extent, None, lock)
    })
}

/// Does `work` with what is stored of a source that still has summaries, built to the end, and with
/// whether they are stale. Whatever is folded has to be seen after the lock was got.
fn fold_with(
    entry: &SummaryEntry,
    ids: IdKind,
    work: impl FnOnce(StoredSource, bool) -> Result<(), Error>,
) -> Result<(), Error> {
    snapshot::with_latest(|| {
        let now = SummaryEntry::numbered(entry.number)?;
        match now.as_ref().and_then(|entry| StoredSource::new(entry, ids)) {
            Some(stored) => match Stamp::read(stored.number)? {
                Stamp::Building { .. } => Ok(()),
                Stamp::Current { .. } => work(stored, false),
                Stamp::Stale(_) => work(stored, true),
            },
            None => Ok(()),
        }
    })
}

/// Removes all that is stored of a source's events, whose table is empty now: so the rest is exact,
/// unless the next changes are not captured. The numbers of names stay: they belong to names, and not
/// to events.
pub(super) fn clear_events(number: i32, _lock: &FoldLock) -> Result<(), Error> {
    snapshot::with_latest(|| {
        let Some(entry) = SummaryEntry::numbered(number)? else { return Ok(()) };
        remove_all(number, RunLevel::events())?;
        let stamp = match structure::lasting_fault(&entry)? {
            Some(fault) => Stamp::Stale(fault),
            None => Stamp::Current { files: UsageTables::of(entry.usage, number)?.files() },
        };
        stamp.put(number)
    })
}

/// Notes that a source is stale, if any of its events are stored.
pub(super) fn mark_stale_if_any(number: i32, fault: Fault, _lock: &FoldLock) -> Result<(), Error> {
    snapshot::with_latest(|| {
        let mut any = false;
        rows::pending(number, |_, _| {
            any = true;
            Ok(())
        })?;
        for level in [RunLevel::Late, RunLevel::Counted] {
            rows::runs(number, level, None, |_| {
                any = true;
                Ok(())
            })?;
        }
        if any { Stamp::mark_stale(number, fault) } else { Ok(()) }
    })
}

/// Removes all that is stored of a source.
pub(crate) fn clear(number: i32, _lock: &FoldLock) -> Result<(), Error> {
    snapshot::with_latest(|| remove_all(number, RunLevel::all()))
}

fn remove_all(number: i32, levels: impl Iterator<Item = RunLevel>) -> Result<(), Error> {
    RowWriter::on_runs(number, |writer| {
        for level in levels {
            rows::runs(number, level, None, |row| {
                writer.remove(row.place);
                Ok(())
            })?;
        }
        Ok(())
    })?;
    RowWriter::on_pending(number, |writer| {
        rows::pending(number, |place, _| {
            writer.remove(place);
            Ok(())
        })
    })
}

/// What waits of a source.
#[derive(Default)]
struct Waiting {
    /// Events, about.
    events: u64,
    late_rows: usize,
}

fn waiting(number: i32) -> Result<Waiting, Error> {
    let (mut bytes, mut found) = (0, Waiting::default());
    rows::pending(number, |_, cells| {
        bytes += cells.len() as u64;
        Ok(())
    })?;
    rows::runs(number, RunLevel::Late, None, |row| {
        found.late_rows += 1;
        found.events += u64::from(row.items);
        Ok(())
    })?;
    found.events += bytes.div_ceil(PENDING_BYTES);
    Ok(found)
}

/// Events that go through a fold in the place of what waits.
pub(super) struct Replacement<'f> {
    /// Whose events are left out of what waits.
    pub(super) is_replaced: &'f dyn Fn(Id<'_>) -> bool,
    /// Adds the others.
    pub(super) add: &'f mut dyn FnMut(&mut Folding<'_>) -> Result<(), Error>,
}

/// Folds what waits, as the active snapshot sees it, or others in its place.
pub(super) fn fold(
    stored: StoredSource,
    extent: FoldExtent,
    replacement: Option<Replacement<'_>>,
    _lock: &FoldLock,
) -> Result<(), Error> {
    let waiting = waiting(stored.number)?;
    if waiting.events == 0 && replacement.is_none() {
        return Ok(());
    }
    let makes_totals = extent == FoldExtent::Full
        || extent == FoldExtent::Worthwhile
            && waiting.events >= WORTH_TOTALS.max(cells(&stored)? / WORTH_PART);
    // Rows go only when others have taken their place: until then all is read as it was.
    let (mut folded, mut folded_pending) = (Vec::new(), Vec::new());
    RowWriter::on_runs(stored.number, |writer| {
        let totals = makes_totals.then(|| read_totals(&stored, &mut folded)).transpose()?;
        let level = if makes_totals { RunLevel::Counted } else { RunLevel::Late };
        let mut folding = Folding::new(stored, writer, level, totals)?;
        rows::pending(stored.number, |place, cells| {
            let is_replaced = replacement.as_ref().map(|with| with.is_replaced);
            folding
                .add_pending(cells, |id| !is_replaced.is_some_and(|is_replaced| is_replaced(id)))?;
            Ok(memory::push(&mut folded_pending, place)?)
        })?;
        if let Some(with) = replacement {
            (with.add)(&mut folding)?;
        }
        if makes_totals || extent != FoldExtent::Appended && waiting.late_rows > MOST_LATE_ROWS {
            folding.add_rows(RunLevel::Late, None, &mut folded)?;
        }
        folding.finish()?;
        folded.iter().for_each(|&place| writer.remove(place));
        Ok(())
    })?;
    RowWriter::on_pending(stored.number, |writer| {
        folded_pending.iter().for_each(|&place| writer.remove(place));
        Ok(())
    })
}

/// Puts rows of events together in which some were taken away of others.
fn merge(stored: StoredSource, _lock: &FoldLock) -> Result<(), Error> {
    let mut touched: Option<(i64, i64)> = None;
    rows::runs(stored.number, RunLevel::Counted, None, |row| {
        if row.has_removed {
            let (first, last) = touched.unwrap_or(row.range);
            touched = Some((first.min(row.range.0), last.max(row.range.1)));
        }
        Ok(())
    })?;
    if touched.is_none() {
        return Ok(());
    }
    RowWriter::on_runs(stored.number, |writer| {
        let mut folded = Vec::new();
        let mut folding = Folding::new(stored, writer, RunLevel::Counted, None)?;
        folding.add_rows(RunLevel::Counted, touched, &mut folded)?;
        folding.finish()?;
        folded.iter().for_each(|&place| writer.remove(place));
        Ok(())
    })
}

/// The number of totals of the first dimension.
fn cells(stored: &StoredSource) -> Result<u64, Error> {
    let mut cells = 0;
    rows::runs(stored.number, RunLevel::Totals(0), None, |row| {
        cells += u64::from(row.items);
        Ok(())
    })?;
    Ok(cells)
}

/// All totals, and where their rows are.
pub(super) fn read_totals(
    stored: &StoredSource,
    places: &mut Vec<RowPlace>,
) -> Result<TotalsFold, Error> {
    let mut totals = TotalsFold::new(stored.shape, usize::MAX)?;
    let mut block = TotalsBlock::default();
    for dimension in 0..totals.dimensions() {
        rows::runs(stored.number, RunLevel::Totals(dimension), None, |row| {
            block.read(row.cells, stored.shape, WantedTotals::ALL)?;
            totals.add_totals(dimension, &block)?;
            Ok(memory::push(places, row.place)?)
        })?;
    }
    Ok(totals)
}

/// Events that are put into rows, a part after the other, and perhaps into totals.
pub(super) struct Folding<'w> {
    stored: StoredSource,
    writer: &'w RowWriter,
    level: RunLevel,
    events: EventFold,
    totals: Option<TotalsFold>,
    block: EventBlock,
}

impl<'w> Folding<'w> {
    /// Nothing yet; what is added becomes rows of this level, and is added to totals if there are any.
    fn new(
        stored: StoredSource,
        writer: &'w RowWriter,
        level: RunLevel,
        totals: Option<TotalsFold>,
    ) -> Result<Self, Error> {
        let events = EventFold::new(stored.numbering()?);
        Ok(Self { stored, writer, level, events, totals, block: EventBlock::default() })
    }

    /// Adds the events of a row of `delta`, or of one like those, of the tenants that are wanted.
    pub(super) fn add_pending(
        &mut self,
        cells: &[u8],
        is_wanted: impl Fn(Id<'_>) -> bool,
    ) -> Result<(), Error> {
        self.events.add_pending(cells, |event| is_wanted(event.id))?;
        self.put_if_many()
    }

    /// Takes out the events that are in rows, of the tenants that are wanted.
    pub(super) fn take_out(&mut self, is_wanted: impl Fn(i64) -> bool) -> Result<(), Error> {
        let stored = self.stored;
        [RunLevel::Late, RunLevel::Counted].into_iter().try_for_each(|level| {
            stored.each_row(level, |block| {
                self.events.take_out(block, &is_wanted)?;
                self.put_if_many()
            })
        })
    }

    /// Adds the rows of events of a level whose times touch `within`, or all; says where they are.
    fn add_rows(
        &mut self,
        level: RunLevel,
        within: Option<(i64, i64)>,
        places: &mut Vec<RowPlace>,
    ) -> Result<(), Error> {
        rows::runs(self.stored.number, level, within, |row| {
            self.block.read(row.cells, self.stored.shape, WantedColumns::ALL)?;
            self.events.add_events(&self.block)?;
            self.put_if_many()?;
            Ok(memory::push(places, row.place)?)
        })
    }

    fn put_if_many(&mut self) -> Result<(), Error> {
        // Putting them in order takes as much again, and somewhat more.
        if self.events.bytes() > maintenance_memory() / 3 { self.put() } else { Ok(()) }
    }

    /// Writes the events that were added since.
    fn put(&mut self) -> Result<(), Error> {
        let taken = self.events.take_events(&interrupt)?;
        let write = |row| {
            self.writer.run(&row, self.level);
            Ok::<_, Error>(())
        };
        self.events.write_names(ROW_BYTES, &interrupt, write)?;
        if let Some(totals) = &mut self.totals {
            taken.each_block(&mut self.block, |block| Ok::<_, Error>(totals.add_events(block)?))?;
        }
        taken.write(ROW_BYTES, &interrupt, |row| write(FoldedRow::Events(row)))
    }

    /// Writes what is left, and the totals. Of totals of which something is not known, the events
    /// are read, as the active snapshot sees what is stored.
    fn finish(mut self) -> Result<(), Error> {
        self.put()?;
        let Some(mut totals) = self.totals.take() else { return Ok(()) };
        let unknown = totals.forget_unknown()?;
        if !unknown.is_empty() {
            let (numbering, always) = (self.events.numbering(), ReplayWindow::default());
            let live = self.stored.live(numbering, WantedColumns::ALL, always)?;
            live.each(|block| Ok(totals.add_live(block, &unknown)?))?;
        }
        totals.write(ROW_BYTES, &interrupt, |row| {
            self.writer.run(&row, self.level);
            Ok(())
        })
    }
}

/// `maintenance_work_mem`, in bytes.
fn maintenance_memory() -> usize {
    // SAFETY: reads a setting of the server.
    let kilobytes = unsafe { pg_sys::maintenance_work_mem };
    usize::try_from(kilobytes).unwrap_or(0).saturating_mul(1024)
}
