//! Puts what waits into rows of events, and events into totals.

use super::Shape;
use super::event_block::{EventBlock, WantedColumns};
use super::event_row::EventRow;
use super::events::EventColumns;
use super::names::NamesRow;
use super::net_table::{NetTable, UnknownCells, WantedTotals};
use super::numbering::{Named, Numbering};
use super::pending::PendingEvent;
use super::totals::{TotalsBlock, TotalsRow};
use crate::{CoreError, Interrupt, memory};

/// A row that a fold makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldedRow {
    /// Numbers of ids or names that had none.
    Names(Named, NamesRow),
    /// Events.
    Events(EventRow),
    /// Totals of a dimension.
    Totals(usize, TotalsRow),
}

/// Puts pending events, and rows of events, together.
#[derive(Debug)]
pub struct EventFold {
    numbering: Numbering,
    events: EventColumns,
}

impl EventFold {
    /// Of a source whose ids and names have these numbers.
    #[must_use]
    pub fn new(numbering: Numbering) -> Self {
        let events = EventColumns::new(numbering.shape());
        Self { numbering, events }
    }

    /// Takes in those of a row of pending events that `is_wanted`.
    ///
    /// # Errors
    /// As for [`Numbering::number`].
    pub fn add_pending(
        &mut self,
        row: &[u8],
        is_wanted: impl Fn(&PendingEvent<'_>) -> bool,
    ) -> Result<(), CoreError> {
        self.numbering.number(row, WantedColumns::ALL, is_wanted, &mut self.events)
    }

    /// Takes in a row of events, of which all columns were read.
    ///
    /// # Errors
    /// As for [`EventColumns::push_block`].
    pub fn add_events(&mut self, block: &EventBlock) -> Result<(), CoreError> {
        self.events.push_block(block)
    }

    /// Takes out the events of a row, of which all columns were read, of the tenants that are wanted.
    ///
    /// # Errors
    /// As for [`EventColumns::push_block`].
    pub fn take_out(
        &mut self,
        block: &EventBlock,
        is_wanted: impl Fn(i64) -> bool,
    ) -> Result<(), CoreError> {
        self.events.push_opposite(block, is_wanted)
    }

    /// Bytes of heap memory that the events take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.events.bytes()
    }

    /// The numbers of ids and names, with those that are not stored yet.
    pub fn numbering(&mut self) -> &mut Numbering {
        &mut self.numbering
    }

    /// Takes the events out, in order, without those that cancel out. Their names, if any are new,
    /// have to be written too.
    ///
    /// # Errors
    /// As for [`EventColumns::net`].
    pub fn take_events(&mut self, interrupt: Interrupt<'_>) -> Result<EventColumns, CoreError> {
        let none = EventColumns::new(self.numbering.shape());
        std::mem::replace(&mut self.events, none).net(interrupt)
    }

    /// Writes the numbers that are not stored yet in rows of at most `limit` bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_row`.
    pub fn write_names<E: From<CoreError>>(
        &mut self,
        limit: usize,
        interrupt: Interrupt<'_>,
        mut on_row: impl FnMut(FoldedRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let dimensions = (0..self.numbering.shape().dimensions()).map(Named::Dimension);
        for named in std::iter::once(Named::Tenants).chain(dimensions) {
            let table = self.numbering.table(named);
            table.write_new(limit, interrupt, |row| on_row(FoldedRow::Names(named, row)))?;
        }
        Ok(())
    }
}

/// Adds events to totals, of each dimension.
#[derive(Debug)]
pub struct TotalsFold {
    shape: Shape,
    /// By dimension; one without names where there are no dimensions.
    tables: Vec<NetTable>,
}

/// Totals of which the events have to be asked, by dimension.
#[derive(Debug)]
pub struct UnknownTotals(Vec<UnknownCells>);

impl UnknownTotals {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(UnknownCells::is_empty)
    }
}

impl TotalsFold {
    /// No totals yet of events of this shape; all may use `limit` bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(shape: Shape, limit: usize) -> Result<Self, CoreError> {
        let values = (0..shape.values()).fold(0, |set, place| set | 1 << place);
        let wanted = WantedTotals { times: true, values };
        let tables = shape.dimensions().max(1);
        let table = |_| NetTable::new(wanted, limit / tables);
        Ok(Self { shape, tables: memory::collect((0..tables).map(table))? })
    }

    /// Number of the dimensions that have totals.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.tables.len()
    }

    /// Takes in a row of totals of a dimension, of which all measures were read.
    ///
    /// # Errors
    /// As for [`NetTable::add_totals`].
    pub fn add_totals(&mut self, dimension: usize, block: &TotalsBlock) -> Result<(), CoreError> {
        self.tables.get_mut(dimension).ok_or(CoreError::MalformedRow)?.add_totals(block)
    }

    /// The totals of each dimension.
    pub(super) fn tables(&self) -> &[NetTable] {
        &self.tables
    }

    /// Takes in a row of events, of which all columns were read.
    ///
    /// # Errors
    /// As for [`NetTable::add_events`].
    pub fn add_events(&mut self, block: &EventBlock) -> Result<(), CoreError> {
        let has_names = self.shape.dimensions() > 0;
        for (place, table) in self.tables.iter_mut().enumerate() {
            table.add_events(block, has_names.then_some(place), |_| true)?;
        }
        Ok(())
    }

    /// Forgets the totals of which something is not known, because it was that of events that are
    /// gone, and says which. All events of these have to be taken in with [`Self::add_live`].
    ///
    /// # Errors
    /// As for [`NetTable::forget_unknown`].
    pub fn forget_unknown(&mut self) -> Result<UnknownTotals, CoreError> {
        let mut unknown = memory::with_capacity(self.tables.len())?;
        for table in &mut self.tables {
            memory::push(&mut unknown, table.forget_unknown()?)?;
        }
        Ok(UnknownTotals(unknown))
    }

    /// Takes in what is left of a row of events, for the totals that are not known.
    ///
    /// # Errors
    /// As for [`NetTable::add_events`].
    pub fn add_live(
        &mut self,
        block: &EventBlock,
        unknown: &UnknownTotals,
    ) -> Result<(), CoreError> {
        let has_names = self.shape.dimensions() > 0;
        for (place, (table, keys)) in self.tables.iter_mut().zip(&unknown.0).enumerate() {
            if !keys.is_empty() {
                let dimension = has_names.then_some(place);
                table.add_events(block, dimension, |key| keys.contain(key))?;
            }
        }
        Ok(())
    }

    /// Writes all in rows of at most `limit` bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_row`.
    pub fn write<E: From<CoreError>>(
        &self,
        limit: usize,
        interrupt: Interrupt<'_>,
        mut on_row: impl FnMut(FoldedRow) -> Result<(), E>,
    ) -> Result<(), E> {
        for (dimension, table) in self.tables.iter().enumerate() {
            let totals = table.totals(self.shape)?;
            totals.write(limit, interrupt, |row| on_row(FoldedRow::Totals(dimension, row)))?;
        }
        Ok(())
    }
}
