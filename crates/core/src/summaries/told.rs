//! Stored totals as totals that are counted.

use super::net::{NetCell, NetSum};
use super::replay::Meanings;
use super::totals::TotalsKey;
use crate::counting::UsageTotal;
use crate::measures::MeasureSum;
use crate::usage::NEVER;
use crate::{CoreError, memory};

/// Tells of totals what their numbers stand for.
#[derive(Debug)]
pub struct TotalsTeller<'a> {
    meanings: Meanings<'a>,
    /// Whether first and last times are told.
    has_times: bool,
    sums: Vec<MeasureSum>,
}

impl<'a> TotalsTeller<'a> {
    /// Of totals with these measures and names.
    #[must_use]
    pub fn new(meanings: Meanings<'a>, has_times: bool) -> Self {
        Self { meanings, has_times, sums: Vec::new() }
    }

    /// What the cell with this key has, and the sums of the measures that were read, as a total.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for numbers that stand for nothing, and for a cell of which
    /// something is not known; [`CoreError::OutOfMemory`].
    pub fn tell<'t>(
        &'t mut self,
        key: TotalsKey,
        cell: &NetCell,
        sums: impl Iterator<Item = NetSum>,
    ) -> Result<UsageTotal<'t>, CoreError> {
        let Meanings { names, has_cost, .. } = self.meanings;
        self.sums.clear();
        for sum in sums {
            let sum = sum.of(cell.events).ok_or(CoreError::MalformedRow)?;
            memory::push(&mut self.sums, sum)?;
        }
        let (cost, sums) = self.sums.split_at(usize::from(has_cost).min(self.sums.len()));
        let feature = match (names, key.name) {
            (None, _) | (_, 0) => None,
            (Some(names), number) => Some(names.name(number).ok_or(CoreError::MalformedRow)?),
        };
        Ok(UsageTotal {
            tenant: self.meanings.tenant(key.tenant).ok_or(CoreError::MalformedRow)?,
            feature,
            events: cell.events.unsigned_abs(),
            cost: cost.first(),
            times: match self.has_times {
                true => cell.times().ok_or(CoreError::MalformedRow)?,
                false => (NEVER, NEVER),
            },
            sums,
        })
    }
}
