//! Rows of totals: what each tenant's events with each name of a dimension have in all.
//!
//! A row is one block of columns, as a row of events is, in the order of tenants and names.

mod block;

use std::ops::Range;

use super::column;
use super::net::{Greatest, NetCell, NetSum};
use super::{RowKind, Shape, begin, end, rows, varint};
use crate::bytes::{Encoded, Output};
use crate::money::MOST_SHORT_DECIMALS;
use crate::{CoreError, Interrupt, memory};
pub use block::TotalsBlock;

/// The most cells that a row has.
const MOST_CELLS: usize = 4096;

/// In a column of forms: the sum is units at the scale of its column, or one that is too large.
const UNITS: i64 = 0;
const LARGE: i64 = 1;

/// Columns of times: how many events have one, the first, the last, and how many there are of these.
const COLUMNS_OF_TIMES: usize = 5;

/// Columns of a sum: forms, units, missing, decimals and how many there are of these.
const COLUMNS_OF_A_SUM: usize = 5;

/// What is written of the greatest of no numbers.
const NONE: Greatest = Greatest { number: 0, count: 0 };

/// The totals of a tenant and a name, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TotalsKey {
    /// The tenant: its id where that is an integer, else its number.
    pub tenant: i64,
    /// The number of the name, or 0.
    pub name: u32,
}

/// Totals of one dimension, in order.
#[derive(Debug)]
pub struct Totals {
    shape: Shape,
    keys: Vec<TotalsKey>,
    cells: Vec<NetCell>,
    /// By cell, one for each measure.
    sums: Vec<NetSum>,
}

/// A row that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsRow {
    /// The first and the last tenant.
    pub tenants: (i64, i64),
    /// Number of cells.
    pub cells: usize,
    /// What is stored.
    pub bytes: Vec<u8>,
}

impl Totals {
    /// No totals.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self { shape, keys: Vec::new(), cells: Vec::new(), sums: Vec::new() }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Appends a cell, with a sum for each measure.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`]; the totals are useless after that.
    pub fn push(
        &mut self,
        key: TotalsKey,
        cell: NetCell,
        sums: impl ExactSizeIterator<Item = NetSum>,
    ) -> Result<(), CoreError> {
        debug_assert_eq!(sums.len(), self.shape.values());
        debug_assert!(self.keys.last().is_none_or(|last| *last < key));
        memory::push(&mut self.keys, key)?;
        memory::push(&mut self.cells, cell)?;
        for sum in sums {
            memory::push(&mut self.sums, sum)?;
        }
        Ok(())
    }

    /// Writes the cells into rows of at most `limit` bytes, unless one cell alone needs more.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], or an error of `on_row`.
    pub fn write<E: From<CoreError>>(
        &self,
        limit: usize,
        interrupt: Interrupt<'_>,
        mut on_row: impl FnMut(TotalsRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let together = |begin: usize| (self.len() - begin).min(MOST_CELLS);
        rows::cut(
            self.len(),
            limit,
            interrupt,
            together,
            |row| self.row(row),
            |row, bytes| {
                let tenants = (self.keys[row.start].tenant, self.keys[row.end - 1].tenant);
                on_row(TotalsRow { tenants, cells: row.len(), bytes })
            },
        )
    }

    fn row(&self, cells: Range<usize>) -> Result<Vec<u8>, CoreError> {
        let mut row = begin(RowKind::Totals, self.shape)?;
        varint::write(cells.len() as u64, &mut row)?;
        let keys = &self.keys[cells.clone()];
        write_each(keys, |key| key.tenant, &mut row)?;
        write_each(keys, |key| key.name.into(), &mut row)?;
        let totals = &self.cells[cells.clone()];
        write_each(totals, |cell| cell.events, &mut row)?;
        write_each(totals, |cell| cell.timed, &mut row)?;
        let timed = |of: fn(&NetCell) -> Greatest| {
            move |cell: &NetCell| if cell.timed == 0 { NONE } else { of(cell) }
        };
        write_greatest(totals, timed(|cell| cell.first), &mut row)?;
        write_greatest(totals, timed(|cell| cell.last), &mut row)?;
        let mut large = Output::new(usize::MAX);
        for measure in 0..self.shape.values() {
            let width = self.shape.values();
            let sums = cells.clone().map(|cell| &self.sums[cell * width + measure]);
            write_sums(totals, &memory::collect(sums)?, &mut row, &mut large)?;
        }
        row.put(&large.into_bytes())?;
        end(row)
    }
}

/// Appends a column of what `of` says of each item.
fn write_each<T>(items: &[T], of: impl Fn(&T) -> i64, row: &mut Output) -> Result<(), CoreError> {
    column::write(&memory::collect(items.iter().map(of))?, row)
}

/// Appends the columns of numbers and of how many there are of each.
fn write_greatest<T>(
    items: &[T],
    of: impl Fn(&T) -> Greatest,
    row: &mut Output,
) -> Result<(), CoreError> {
    write_each(items, |item| of(item).number, row)?;
    write_each(items, |item| of(item).count, row)
}

/// Appends the columns of a measure, and to `large` the bytes of its large sums.
fn write_sums(
    cells: &[NetCell],
    sums: &[&NetSum],
    row: &mut Output,
    large: &mut Output,
) -> Result<(), CoreError> {
    let scales = sums.iter().filter_map(|sum| u8::try_from(sum.total.scale()?).ok());
    let scale = scales.filter(|&scale| scale <= MOST_SHORT_DECIMALS).max().unwrap_or(0);
    let mut units = memory::filled(sums.len(), 0)?;
    let mut forms = memory::filled(sums.len(), UNITS)?;
    let mut large_sums = 0;
    for ((sum, units), form) in sums.iter().zip(&mut units).zip(&mut forms) {
        match sum.total.units_at(scale) {
            Some(found) => *units = found,
            None => {
                *form = LARGE;
                large_sums += 1;
                varint::write_slice(&sum.total.to_bytes()?, large)?;
            }
        }
    }
    row.put(&[scale])?;
    varint::write(large_sums, row)?;
    column::write(&forms, row)?;
    column::write(&units, row)?;
    write_each(sums, |sum| sum.missing, row)?;
    let valued = memory::collect(
        cells.iter().zip(sums).map(
            |(cell, sum)| {
                if cell.events == sum.missing { NONE } else { sum.decimals }
            },
        ),
    )?;
    write_greatest(&valued, |&decimals| decimals, row)
}
