//! What events say of the quality of usage: whose they are, what they lack, which features they
//! name.

use crate::accumulator::{Accumulator, EventsRead};
use crate::bytes::{Encoded, Input, Output, encoded_fields};
use crate::features::FeatureTable;
use crate::ids::{Id, IdKind, IdTable, Seed};
use crate::state::StateKind;
use crate::usage::Cost;
use crate::{CoreError, memory};

/// Numbers of one tenant's events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditCounts {
    /// All of them.
    pub events: u64,
    /// Those whose cost is missing or not finite.
    pub unpriced: u64,
    /// Those in the future.
    pub future: u64,
}

impl AuditCounts {
    /// Adds the numbers of other events.
    pub fn add(&mut self, other: Self) {
        self.events += other.events;
        self.unpriced += other.unpriced;
        self.future += other.future;
    }
}

encoded_fields!(AuditCounts { events: u64, unpriced: u64, future: u64 }
    if |counts| counts.unpriced.max(counts.future) <= counts.events);

/// Events counted by tenant, and by feature.
#[derive(Debug)]
pub struct Audit {
    ids: IdTable,
    /// In the order of `ids`.
    tenants: Vec<AuditCounts>,
    /// Events without a tenant.
    nobody: AuditCounts,
    features: FeatureTable,
    /// In the order of `features`, the number of events.
    uses: Vec<u64>,
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
            nobody: AuditCounts::default(),
            features: FeatureTable::default(),
            uses: Vec::new(),
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
        self.counts(slot)?;
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
        let counts = AuditCounts {
            events: 1,
            unpriced: u64::from(!cost.is_priced()),
            future: u64::from(is_future),
        };
        self.add_at(tenant, feature, counts)
    }

    /// Counts events of one tenant with one feature.
    ///
    /// # Errors
    /// As for [`Self::record`].
    #[inline]
    pub fn add(
        &mut self,
        id: Option<Id<'_>>,
        feature: Option<&[u8]>,
        counts: AuditCounts,
    ) -> Result<(), CoreError> {
        let tenant = self.slot(id)?;
        self.add_at(tenant, feature, counts)
    }

    #[inline]
    fn add_at(
        &mut self,
        tenant: Option<u32>,
        feature: Option<&[u8]>,
        counts: AuditCounts,
    ) -> Result<(), CoreError> {
        match tenant {
            Some(slot) => self.counts(slot)?.add(counts),
            None => self.nobody.add(counts),
        }
        if let Some(name) = feature {
            *self.feature(name)? += counts.events;
        }
        Ok(())
    }

    /// The tenants with events.
    pub fn tenants(&self) -> impl Iterator<Item = (Id<'_>, AuditCounts)> {
        self.ids.ids().zip(self.tenants.iter().copied())
    }

    /// The events without a tenant.
    #[must_use]
    pub fn nobody(&self) -> AuditCounts {
        self.nobody
    }

    /// The features that events name, with the number of these events.
    pub fn features(&self) -> impl Iterator<Item = (&[u8], u64)> {
        (0..).zip(&self.uses).map(|(number, &events)| (self.features.name(number), events))
    }

    /// The counts in a slot, which may be the next one.
    #[inline]
    fn counts(&mut self, slot: u32) -> Result<&mut AuditCounts, CoreError> {
        let slot = slot as usize;
        if slot == self.tenants.len() {
            memory::push(&mut self.tenants, AuditCounts::default())?;
            self.check_limit()?;
        }
        Ok(&mut self.tenants[slot])
    }

    #[inline]
    fn feature(&mut self, name: &[u8]) -> Result<&mut u64, CoreError> {
        let number = self.features.intern(name)? as usize;
        if number == self.uses.len() {
            memory::push(&mut self.uses, 0)?;
            self.check_limit()?;
        }
        Ok(&mut self.uses[number])
    }

    fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.ids.bytes()
            + self.tenants.capacity() * size_of::<AuditCounts>()
            + self.features.bytes()
            + self.uses.capacity() * size_of::<u64>();
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
        self.nobody.add(other.nobody);
        for (slot, &counts) in (0..).zip(&other.tenants) {
            let slot = self.ids.intern_of(&other.ids, slot)?;
            self.counts(slot)?.add(counts);
        }
        for (name, events) in other.features() {
            *self.feature(name)? += events;
        }
        Ok(())
    }
}

impl Encoded for Audit {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.ids.write(into)?;
        self.features.write(into)?;
        into.reserve(size_of_val(self.tenants.as_slice()))?;
        self.tenants.iter().try_for_each(|counts| counts.write(into))?;
        self.nobody.write(into)?;
        self.uses.iter().try_for_each(|events| events.write(into))
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let limit = from.limit();
        let (ids, features) = (IdTable::read(from)?, FeatureTable::read(from)?);
        let (mut read, mut named) = (EventsRead::default(), EventsRead::default());
        let tenants = from.take_each(ids.len(), |counts: &AuditCounts| read.add(counts.events))?;
        let nobody = AuditCounts::read(from)?;
        read.add(nobody.events)?;
        let uses = from.take_each(features.len(), |&events| named.add(events))?;
        // An event names one feature at most.
        if named.count() > read.count() {
            return Err(CoreError::MalformedState);
        }
        Ok(Self { ids, tenants, nobody, features, uses, limit, read })
    }
}

#[cfg(test)]
mod tests;
