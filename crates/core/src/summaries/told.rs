//! Stored totals as totals that are counted.

use std::ops::Range;

use super::net::{NetCell, NetSum};
use super::net_table::WantedTotals;
use super::replay::Meanings;
use super::totals::{TotalsBlock, TotalsKey};
use crate::counting::{TenantTotal, UsageTotal};
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
    features: Vec<&'a [u8]>,
}

impl<'a> TotalsTeller<'a> {
    /// Of totals with these measures and names.
    #[must_use]
    pub fn new(meanings: Meanings<'a>, has_times: bool) -> Self {
        Self { meanings, has_times, sums: Vec::new(), features: Vec::new() }
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

    /// What some cells of a plain row have, by tenant; calls `on_tenant` with each. Of measures, the
    /// first one that is wanted is told, if it is the cost.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for numbers that stand for nothing; [`CoreError::OutOfMemory`]; an
    /// error of `on_tenant`.
    pub fn tell_tenants<E: From<CoreError>>(
        &mut self,
        block: &TotalsBlock,
        mut cells: Range<usize>,
        wanted: WantedTotals,
        mut on_tenant: impl FnMut(&TenantTotal<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Meanings { names, has_cost, .. } = self.meanings;
        let priced = wanted.measures().next().filter(|_| has_cost);
        while !cells.is_empty() {
            let tenant = block.key(cells.start).tenant;
            let of = cells.start..block.end_of_tenant(cells.start).min(cells.end);
            cells.start = of.end;
            self.features.clear();
            for number in of.clone().map(|at| block.key(at).name).filter(|&number| number != 0) {
                let Some(names) = names else { break };
                let name = names.name(number).ok_or(CoreError::MalformedRow)?;
                memory::push(&mut self.features, name)?;
            }
            on_tenant(&TenantTotal {
                tenant: self.meanings.tenant(tenant).ok_or(CoreError::MalformedRow)?,
                features: &self.features,
                events: block.events_of(of.clone()),
                cost: priced.map(|place| block.sum_of(place, of.clone())).as_ref(),
                last: if self.has_times { block.last_of(of) } else { NEVER },
            })?;
        }
        Ok(())
    }
}
