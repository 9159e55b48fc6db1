//! Usage that was counted elsewhere: by other processes, or as totals.

use super::{CELL_FEATURES, NO_FEATURE, TenantCell, Usage, WaitingEvent};
use crate::accumulator::Accumulator;
use crate::counting::{TenantTotal, UsageTotal};
use crate::ids::Seed;
use crate::measures::MeasureSum;
use crate::state::StateKind;
use crate::{CoreError, memory};

impl Accumulator for Usage {
    const KIND: StateKind = StateKind::Usage;

    fn seed(&mut self, seed: Seed) {
        self.ids.seed(seed);
    }

    fn settle(&mut self) -> Result<(), CoreError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        // Cells that are only looked at are fetched many at a time.
        std::hint::black_box(
            waiting.iter().fold(0, |all, event| all | self.cells[event.slot as usize].events),
        );
        for WaitingEvent { slot, feature, amount, time } in waiting.drain(..) {
            let cell = &mut self.cells[slot as usize];
            cell.count_amount(amount, time);
            if feature < CELL_FEATURES {
                cell.features |= 1 << feature;
            } else if feature != NO_FEATURE {
                self.insert_wide(slot, feature)?;
            }
        }
        self.waiting = waiting;
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        self.merge_each(other, |_, _| Ok(()))
    }
}

impl TenantCell {
    /// Counts so many events at once, but for their features; without a sum, none has a cost.
    fn count_all(&mut self, events: u64, cost: Option<&MeasureSum>, last: i64) {
        if let Some(sum) = cost {
            self.cost.add(&sum.total);
        }
        self.events += events;
        self.unpriced += cost.map_or(events, |sum| sum.missing);
        self.last = self.last.max(last);
    }
}

impl Usage {
    /// Counts all events of a tenant with one feature.
    ///
    /// # Errors
    /// As for [`Usage::record`].
    pub fn add_total(&mut self, total: &UsageTotal<'_>) -> Result<(), CoreError> {
        match self.slot(Some(total.tenant))? {
            Some(slot) => self.add_total_at(slot, total),
            None => Ok(()),
        }
    }

    /// [`Self::add_total`] where the slot of the tenant is known.
    pub(crate) fn add_total_at(
        &mut self,
        slot: u32,
        total: &UsageTotal<'_>,
    ) -> Result<(), CoreError> {
        if let Some(name) = total.feature {
            let feature = self.feature(name)?;
            self.mark(slot, feature)?;
        }
        self.change_cell(slot, |cell| cell.count_all(total.events, total.cost, total.times.1))
    }

    /// Counts all events of a tenant.
    ///
    /// # Errors
    /// As for [`Usage::record`].
    pub fn add_tenant(&mut self, total: &TenantTotal<'_>) -> Result<(), CoreError> {
        let Some(slot) = self.slot(Some(total.tenant))? else { return Ok(()) };
        for name in total.features {
            let feature = self.feature(name)?;
            self.mark(slot, feature)?;
        }
        self.change_cell(slot, |cell| cell.count_all(total.events, total.cost, total.last))
    }

    /// [`Accumulator::merge`], which calls `on_slot` for each tenant of the other, with its slot
    /// there and here.
    pub(crate) fn merge_each(
        &mut self,
        other: &Self,
        mut on_slot: impl FnMut(u32, u32) -> Result<(), CoreError>,
    ) -> Result<(), CoreError> {
        debug_assert!(other.waiting.is_empty(), "settled");
        self.settle()?;
        self.read.add(other.read.count())?;
        self.nobody.add(&other.nobody);
        let mut renumbered = memory::with_capacity(other.features.len())?;
        for number in 0..self.count(other.features.len())? {
            memory::push(&mut renumbered, self.feature(other.features.name(number))?)?;
        }
        // Workers usually meet the features in the same order, or the first few soon.
        let same = renumbered.iter().zip(0..).all(|(&number, theirs)| number == theirs);
        for from in 0..self.count(other.cells.len())? {
            let slot = self.ids.intern_of(&other.ids, from)?;
            self.make_cell(slot)?;
            on_slot(from, slot)?;
            let theirs = &other.cells[from as usize];
            self.add_cell(slot, theirs)?;
            if same && other.wide.width() == 0 {
                self.cells[slot as usize].features |= theirs.features;
                continue;
            }
            for feature in other.features_of(from) {
                self.mark(slot, renumbered[feature as usize])?;
            }
        }
        self.check_limit()
    }

    /// Adds another accumulator's totals of a tenant, but for its features.
    fn add_cell(&mut self, slot: u32, theirs: &TenantCell) -> Result<(), CoreError> {
        self.change_cell(slot, |cell| {
            let features = cell.features;
            cell.add(theirs);
            cell.features = features;
        })
    }

    /// Changes a tenant's totals; what they grow by counts against the limit.
    #[inline]
    fn change_cell(
        &mut self,
        slot: u32,
        change: impl FnOnce(&mut TenantCell),
    ) -> Result<(), CoreError> {
        let cell = &mut self.cells[slot as usize];
        let before = cell.cost.bytes();
        change(cell);
        let grown = cell.cost.bytes().saturating_sub(before);
        if grown > 0 {
            self.money_bytes += grown;
            self.check_limit()?;
        }
        Ok(())
    }
}
