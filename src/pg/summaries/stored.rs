//! What is stored of a source, as the active snapshot sees it.

use std::cell::Cell;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::summaries::Shape;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::events::EventColumns;
use tenant_metrics_core::summaries::live::LiveEvents;
use tenant_metrics_core::summaries::net_table::WantedTotals;
use tenant_metrics_core::summaries::numbering::{Named, Numbering, NumberingReader};
use tenant_metrics_core::summaries::parts::BuildParts;
use tenant_metrics_core::summaries::pending::PendingEvent;
use tenant_metrics_core::summaries::replay::ReplayWindow;
use tenant_metrics_core::summaries::totals::TotalsBlock;

use super::entry::SummaryEntry;
use super::rows::{self, RunLevel};
use crate::error::Error;
use crate::pg::interrupt;
use crate::pg::tables::OwnTable;

thread_local! {
    /// The source, the dimension and the pages of the table that totals were last counted with.
    static ABOUT_TOTALS: Cell<((i32, usize, u32), f64)> = const { Cell::new(((0, 0, 0), 0.0)) };
}

/// What is stored of a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredSource {
    pub(super) number: i32,
    pub(super) shape: Shape,
    pub(super) ids: IdKind,
    /// Which tenants' events are stored, where they are not stored to the end: what waits of others
    /// is in the usage table too.
    pub(super) parts: BuildParts,
    /// How many bytes the numbers of names and the events that wait may take.
    pub(super) limit: usize,
}

impl StoredSource {
    /// That of the source with this entry, whose tenants have such ids; `None` where the entry names
    /// more columns than there can be.
    pub(crate) fn new(entry: &SummaryEntry, ids: IdKind) -> Option<Self> {
        let dimensions = entry.usage_feature.iter().count() + entry.dimensions.len();
        let values = entry.usage_cost.iter().count() + entry.measures.len();
        let shape = Shape::new(dimensions, values)?;
        Some(Self { number: entry.number, shape, ids, parts: BuildParts::DONE, limit: usize::MAX })
    }

    /// The same, where numbers of names and events that wait may take about so many bytes; more is
    /// [`CoreError::MemoryLimit`].
    pub(crate) fn limited(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    fn demand_room(&self, bytes: usize) -> Result<(), Error> {
        match bytes > self.limit {
            true => Err(CoreError::MemoryLimit { limit: self.limit }.into()),
            false => Ok(()),
        }
    }

    /// The kind of the tenants' ids.
    pub(crate) fn ids(&self) -> IdKind {
        self.ids
    }

    /// Which columns the events have.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// The numbers that stand for ids and names.
    pub(crate) fn numbering(&self) -> Result<Numbering, Error> {
        let mut reader = NumberingReader::new(self.shape, self.ids);
        let dimensions = (0..self.shape.dimensions()).map(Named::Dimension);
        for named in std::iter::once(Named::Tenants).chain(dimensions) {
            rows::runs(self.number, RunLevel::Names(named), None, |row| {
                reader.read(named, row.cells)?;
                self.demand_room(reader.bytes())
            })?;
        }
        Ok(reader.finish()?)
    }

    /// These numbers, which are read where names are `asked` for; of tenants always, but for ids
    /// that are integers.
    pub(crate) fn names(&self, asked: bool) -> Result<StoredNames, Error> {
        let mut names = StoredNames { stored: *self, numbering: None };
        if asked || self.ids != IdKind::Int {
            names.read()?;
        }
        Ok(names)
    }

    /// How many totals of a dimension there are.
    pub(crate) fn amount_of_totals(&self, dimension: usize) -> Result<f64, Error> {
        self.items(RunLevel::Totals(dimension), None)
    }

    /// About how many totals of a dimension there are. They are counted anew once their table has
    /// grown or shrunk.
    pub(crate) fn about_totals(&self, dimension: usize) -> Result<f64, Error> {
        let key = (self.number, dimension, rows::pages(OwnTable::Run)?);
        match ABOUT_TOTALS.get() {
            (seen, about) if seen == key => Ok(about),
            _ => {
                let about = self.amount_of_totals(dimension)?;
                ABOUT_TOTALS.set((key, about));
                Ok(about)
            }
        }
    }

    /// How many events there are in rows that have some inside of a window.
    pub(crate) fn amount_of_events(&self, window: ReplayWindow) -> Result<f64, Error> {
        let counted = self.items(RunLevel::Counted, window.ends())?;
        Ok(counted + self.items(RunLevel::Late, window.ends())?)
    }

    fn items(&self, level: RunLevel, within: Option<(i64, i64)>) -> Result<f64, Error> {
        let mut items = 0.0;
        rows::runs(self.number, level, within, |row| {
            items += f64::from(row.items);
            Ok(())
        })?;
        Ok(items)
    }

    /// Calls `on_block` with the totals of a dimension, of which this is wanted.
    pub(crate) fn each_totals(
        &self,
        dimension: usize,
        wanted: WantedTotals,
        mut on_block: impl FnMut(&TotalsBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut block = TotalsBlock::default();
        rows::runs(self.number, RunLevel::Totals(dimension), None, |row| {
            block.read(row.cells, self.shape, wanted)?;
            on_block(&block)
        })
    }

    /// Calls `on_block` with rows in which the totals of these tenants are, and with those tenants,
    /// whose ids are integers in order.
    pub(crate) fn each_totals_of(
        &self,
        dimension: usize,
        wanted: WantedTotals,
        tenants: &[i64],
        mut on_block: impl FnMut(&TotalsBlock, i64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut block = TotalsBlock::default();
        rows::runs_with(self.number, RunLevel::Totals(dimension), tenants, |row, inside| {
            let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else {
                return Ok(());
            };
            block.read_among(row.cells, self.shape, wanted, first..=last)?;
            inside.iter().try_for_each(|&tenant| on_block(&block, tenant))
        })
    }

    /// The events that are not in the totals, taken away ones too; `has_rows` says whether rows have
    /// some. Names are read where an event waits.
    pub(crate) fn late(
        &self,
        names: &mut StoredNames,
        wanted: WantedColumns,
        has_rows: bool,
    ) -> Result<LateEvents, Error> {
        let mut pending = None;
        rows::pending(self.number, |_, row| {
            let pending = pending.get_or_insert_with(|| EventColumns::new(wanted.of(self.shape)));
            let numbering = names.read()?;
            numbering.number(row, wanted, |_| true, pending)?;
            self.demand_room(numbering.bytes() + pending.bytes())
        })?;
        Ok(LateEvents { stored: *self, wanted, has_rows, pending })
    }

    /// Calls `on_block` with all events that wait, those that were taken away below zero.
    pub(super) fn each_pending(
        &self,
        numbering: &mut Numbering,
        on_block: impl FnMut(&mut EventBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pending = self.pending(numbering, WantedColumns::ALL, ReplayWindow::default())?;
        pending.each_block(&mut EventBlock::default(), on_block)
    }

    /// Calls `on_block` with all events in rows of a level, those that were taken away below zero.
    pub(super) fn each_row(
        &self,
        level: RunLevel,
        mut on_block: impl FnMut(&EventBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut block = EventBlock::default();
        rows::runs(self.number, level, None, |row| {
            block.read(row.cells, self.shape, WantedColumns::ALL)?;
            on_block(&block)
        })
    }

    /// The events inside of a window that there are: what was taken away is left out. Of other
    /// events some come along.
    pub(crate) fn live(
        &self,
        numbering: &mut Numbering,
        wanted: WantedColumns,
        window: ReplayWindow,
    ) -> Result<LiveRows, Error> {
        let mut block = EventBlock::default();
        let mut beside = self.pending(numbering, wanted, window)?;
        let mut in_rows = 0.0;
        for level in [RunLevel::Late, RunLevel::Counted] {
            rows::runs(self.number, level, window.ends(), |row| {
                in_rows += f64::from(row.items);
                if row.has_removed {
                    block.read(row.cells, self.shape, wanted)?;
                    beside.push_removed(&block, |time| window.contain(time))?;
                }
                Ok(())
            })?;
        }
        let live = LiveEvents::new(beside.net(&interrupt)?)?;
        Ok(LiveRows { stored: *self, wanted, window, in_rows, live })
    }

    /// The events that wait, inside of a window.
    fn pending(
        &self,
        numbering: &mut Numbering,
        wanted: WantedColumns,
        window: ReplayWindow,
    ) -> Result<EventColumns, Error> {
        let mut events = EventColumns::new(wanted.of(self.shape));
        rows::pending(self.number, |_, row| {
            let is_inside =
                |event: &PendingEvent<'_>| window.contain(event.time) && self.parts.have(event.id);
            numbering.number(row, wanted, is_inside, &mut events)?;
            self.demand_room(numbering.bytes() + events.bytes())
        })?;
        Ok(events)
    }
}

/// The numbers that stand for ids and names, if they were read.
pub(crate) struct StoredNames {
    stored: StoredSource,
    numbering: Option<Numbering>,
}

impl StoredNames {
    /// All of them, read if they were not.
    pub(crate) fn read(&mut self) -> Result<&mut Numbering, Error> {
        match &mut self.numbering {
            Some(numbering) => Ok(numbering),
            unread => Ok(unread.insert(self.stored.numbering()?)),
        }
    }

    /// All of them, if they were read.
    pub(crate) fn known(&self) -> Option<&Numbering> {
        self.numbering.as_ref()
    }
}

/// Events that are not in totals.
pub(crate) struct LateEvents {
    stored: StoredSource,
    wanted: WantedColumns,
    has_rows: bool,
    /// Missing where none wait.
    pending: Option<EventColumns>,
}

impl LateEvents {
    /// Calls `on_block` with all of them, those of rows and those that wait.
    pub(crate) fn each(
        &self,
        mut on_block: impl FnMut(&mut EventBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut block = EventBlock::default();
        if self.has_rows {
            rows::runs(self.stored.number, RunLevel::Late, None, |row| {
                block.read(row.cells, self.stored.shape, self.wanted)?;
                on_block(&mut block)
            })?;
        }
        match &self.pending {
            Some(pending) => pending.each_block(&mut block, on_block),
            None => Ok(()),
        }
    }
}

/// Events without those that were taken away.
pub(crate) struct LiveRows {
    stored: StoredSource,
    wanted: WantedColumns,
    window: ReplayWindow,
    in_rows: f64,
    live: LiveEvents,
}

impl LiveRows {
    /// About how many events are in rows.
    pub(crate) fn in_rows(&self) -> f64 {
        self.in_rows
    }

    /// Whether all events of rows are still there.
    pub(crate) fn has_all(&self) -> bool {
        self.live.has_all()
    }

    /// Calls `on_block` with those that are in no row, once those of rows are counted.
    pub(crate) fn finish(
        self,
        on_block: impl FnMut(&EventBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.live.finish(&mut EventBlock::default(), on_block)
    }

    /// Calls `on_block` with all of them.
    pub(crate) fn each(
        mut self,
        mut on_block: impl FnMut(&EventBlock) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut block = EventBlock::default();
        for level in [RunLevel::Late, RunLevel::Counted] {
            rows::runs(self.stored.number, level, self.window.ends(), |row| {
                block.read(row.cells, self.stored.shape, self.wanted)?;
                self.live.leave_out(&mut block)?;
                on_block(&block)
            })?;
        }
        self.live.finish(&mut block, on_block)
    }
}
