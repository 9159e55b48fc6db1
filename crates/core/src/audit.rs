//! What events say of the quality of usage: whose they are, what they lack, which features they
//! name.

mod faults;

use crate::accumulator::{Accumulator, EventsRead};
use crate::bytes::{Encoded, Input, Output};
use crate::counting::UsageTotal;
use crate::features::FeatureTable;
use crate::ids::{Id, IdKind, IdTable, Seed};
use crate::state::StateKind;
use crate::usage::Cost;
use crate::{CoreError, memory};
pub use faults::Faults;
use faults::{FaultKey, FaultTable};

/// Events counted by tenant, and by feature; those with faults by both.
#[derive(Debug)]
pub struct Audit {
    ids: IdTable,
    /// In the order of `ids`, the number of events.
    tenants: Vec<u64>,
    /// Events without a tenant.
    nobody: u64,
    features: FeatureTable,
    /// In the order of `features`, the number of events.
    uses: Vec<u64>,
    /// Of events with a tenant.
    faults: FaultTable,
    limit: usize,
    read: EventsRead,
}

impl Audit {
    /// No events of tenants with ids of `kind`, in an accumulator that may use `limit` bytes.
    #[must_use]
    pub fn new(kind: IdKind, limit: usize) -> Self {
        Self {
            ids: IdTable::new(kind),
            tenants: Vec::new(),
            nobody: 0,
            features: FeatureTable::default(),
            uses: Vec::new(),
            faults: FaultTable::default(),
            limit,
            read: EventsRead::default(),
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the accumulator is useless after
    /// that.
    #[inline]
    pub fn record(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        is_future: bool,
    ) -> Result<(), CoreError> {
        let tenant = self.slot(id)?;
        self.record_at(tenant, feature, &cost, is_future)
    }

    /// The slot of the tenant that an event has, if it has one.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline]
    pub fn slot(&mut self, id: Option<Id<'_>>) -> Result<Option<u32>, CoreError> {
        let Some(id) = id else { return Ok(None) };
        let slot = self.ids.intern(id)?;
        self.events(slot)?;
        Ok(Some(slot))
    }

    /// [`Self::record`] where the slot of the tenant is known.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline]
    pub fn record_at(
        &mut self,
        tenant: Option<u32>,
        feature: Option<&[u8]>,
        cost: &Cost<'_>,
        is_future: bool,
    ) -> Result<(), CoreError> {
        let faults =
            Faults { unpriced: u64::from(!cost.is_priced()), future: u64::from(is_future) };
        self.add_at(tenant, feature, 1, faults)
    }

    /// Counts so many events of one tenant with one feature, and what is wrong with them.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline]
    pub fn add(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        events: u64,
        faults: Faults,
    ) -> Result<(), CoreError> {
        let tenant = self.slot(id)?;
        self.add_at(tenant, feature, events, faults)
    }

    /// Counts all events of a tenant with one feature, none of which is of the future.
    ///
    /// # Errors
    /// As for [`Self::record`].
    pub fn add_total(&mut self, total: &UsageTotal<'_>) -> Result<(), CoreError> {
        let faults = Faults { unpriced: total.unpriced(), future: 0 };
        self.add(Some(total.tenant), total.feature, total.events, faults)
    }

    #[inline]
    fn add_at(
        &mut self,
        tenant: Option<u32>,
        feature: Option<&[u8]>,
        events: u64,
        faults: Faults,
    ) -> Result<(), CoreError> {
        let feature = match feature {
            Some(name) => {
                let number = self.number(name)?;
                self.uses[number as usize] += events;
                Some(number)
            }
            None => None,
        };
        match tenant {
            Some(slot) => *self.events(slot)? += events,
            None => self.nobody += events,
        }
        match tenant {
            Some(slot) if !faults.are_none() => self.add_faults((slot, feature), faults),
            _ => Ok(()),
        }
    }

    /// The tenants with events, and the number of these.
    pub fn tenants(&self) -> impl Iterator<Item = (Id<'_>, u64)> {
        self.ids.ids().zip(self.tenants.iter().copied())
    }

    /// The number of events without a tenant.
    #[must_use]
    pub fn nobody(&self) -> u64 {
        self.nobody
    }

    /// What is wrong with the events of each tenant with each feature, or with none, where anything
    /// is. The tenants are given by where they are in [`Self::tenants`].
    pub fn faults(&self) -> impl Iterator<Item = (usize, Option<&[u8]>, Faults)> {
        self.faults.iter().map(|((slot, feature), faults)| {
            (slot as usize, feature.map(|number| self.features.name(number)), faults)
        })
    }

    /// The features that events name, with the number of these events.
    pub fn features(&self) -> impl Iterator<Item = (&[u8], u64)> {
        (0..).zip(&self.uses).map(|(number, &events)| (self.features.name(number), events))
    }

    /// The number of events in a slot, which may be the next one.
    #[inline]
    fn events(&mut self, slot: u32) -> Result<&mut u64, CoreError> {
        let slot = slot as usize;
        if slot == self.tenants.len() {
            memory::push(&mut self.tenants, 0)?;
            self.check_limit()?;
        }
        Ok(&mut self.tenants[slot])
    }

    /// The number of a feature, whose events have a place.
    #[inline]
    fn number(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        let number = self.features.intern(name)?;
        if number as usize == self.uses.len() {
            memory::push(&mut self.uses, 0)?;
            self.check_limit()?;
        }
        Ok(number)
    }

    fn add_faults(&mut self, key: FaultKey, faults: Faults) -> Result<(), CoreError> {
        match self.faults.add(key, faults)? {
            true => self.check_limit(),
            false => Ok(()),
        }
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.ids.bytes()
            + self.tenants.capacity() * size_of::<u64>()
            + self.features.bytes()
            + self.uses.capacity() * size_of::<u64>()
            + self.faults.bytes();
        if bytes > self.limit { Err(CoreError::MemoryLimit { limit: self.limit }) } else { Ok(()) }
    }
}

impl Accumulator for Audit {
    const KIND: StateKind = StateKind::Audit;

    fn seed(&mut self, seed: Seed) {
        self.ids.seed(seed);
    }

    fn merge(&mut self, other: &Self) -> Result<(), CoreError> {
        self.read.add(other.read.count())?;
        self.nobody += other.nobody;
        let mut slots = memory::with_capacity(other.tenants.len())?;
        for (slot, &events) in (0..).zip(&other.tenants) {
            let slot = self.ids.intern_of(&other.ids, slot)?;
            *self.events(slot)? += events;
            memory::push(&mut slots, slot)?;
        }
        let mut numbers = memory::with_capacity(other.uses.len())?;
        for (name, events) in other.features() {
            let number = self.number(name)?;
            self.uses[number as usize] += events;
            memory::push(&mut numbers, number)?;
        }
        for ((slot, feature), faults) in other.faults.iter() {
            let feature = feature.map(|number| numbers[number as usize]);
            self.add_faults((slots[slot as usize], feature), faults)?;
        }
        Ok(())
    }
}

impl Encoded for Audit {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.ids.write(into)?;
        self.features.write(into)?;
        into.reserve(size_of_val(self.tenants.as_slice()))?;
        self.tenants.iter().try_for_each(|events| events.write(into))?;
        self.nobody.write(into)?;
        self.uses.iter().try_for_each(|events| events.write(into))?;
        self.faults.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let limit = from.limit();
        let (ids, features) = (IdTable::read(from)?, FeatureTable::read(from)?);
        let (mut read, mut named) = (EventsRead::default(), EventsRead::default());
        let tenants = from.take_each(ids.len(), |&events| read.add(events))?;
        let nobody = u64::read(from)?;
        read.add(nobody)?;
        let uses = from.take_each(features.len(), |&events| named.add(events))?;
        let faults = FaultTable::read(from, &tenants, &uses)?;
        // An event names one feature at most.
        if named.count() > read.count() {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { ids, tenants, nobody, features, uses, faults, limit, read })
    }
}

#[cfg(test)]
mod tests;
