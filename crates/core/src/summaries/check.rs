//! Comparing what is stored with the events themselves.
//!
//! Two sets of events are the same if each tenant has the same sum of hashes of its events. An event
//! that was taken away counts below zero, as in rows, so no event has to be matched with another.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::Shape;
use super::event_block::EventBlock;
use super::fold::TotalsFold;
use super::net::{NetCell, NetSum};
use super::net_table::NetTable;
use super::totals::TotalsKey;
use super::value::{EventValue, short_of};
use crate::bytes::Encoded;
use crate::measures::MeasureSum;
use crate::{CoreError, memory};

/// Events that are compared with others.
#[derive(Debug)]
pub struct CheckedEvents {
    shape: Shape,
    totals: TotalsFold,
    hashes: HashMap<i64, u64, RandomState>,
}

/// How events are hashed; those that are compared are hashed in the same way.
#[derive(Debug, Clone, Default)]
pub struct EventHash(RandomState);

/// What a tenant has, to be shown.
#[derive(Debug, Clone, Default)]
pub struct CheckedTenant {
    /// Number of events; below zero where more were taken away than there were.
    pub events: i64,
    /// The sum of the first measure, where there is one.
    pub sum: Option<MeasureSum>,
}

impl CheckedEvents {
    /// None yet, of this shape; they may use about `limit` bytes.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(shape: Shape, limit: usize) -> Result<Self, CoreError> {
        let totals = TotalsFold::new(shape, limit)?;
        Ok(Self { shape, totals, hashes: HashMap::default() })
    }

    /// Takes in a row of events, of which all columns were read.
    ///
    /// # Errors
    /// As for [`TotalsFold::add_events`], or [`CoreError::MalformedRow`].
    pub fn add(&mut self, hash: &EventHash, block: &EventBlock) -> Result<(), CoreError> {
        self.totals.add_events(block)?;
        for at in 0..block.len() {
            let event = hash.of(block, self.shape, at)?;
            let weighted = event.wrapping_mul(block.weights()[at].cast_unsigned());
            let tenant = block.tenants()[at];
            match self.hashes.get_mut(&tenant) {
                Some(sum) => *sum = sum.wrapping_add(weighted),
                None => {
                    memory::insert(&mut self.hashes, tenant, weighted)?;
                }
            }
        }
        Ok(())
    }

    /// The tenants whose events are not those of `other`, in order.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn differing(&self, other: &Self) -> Result<Vec<i64>, CoreError> {
        let sum = |of: &Self, tenant: &i64| of.hashes.get(tenant).copied().unwrap_or(0);
        let tenants = self.hashes.keys().chain(other.hashes.keys()).copied();
        let differ = |tenant: &i64| sum(self, tenant) != sum(other, tenant);
        in_order(memory::collect(tenants.filter(differ))?)
    }

    /// The tenants of whom totals say something else, as far as they know it, in order.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn differing_totals(&self, totals: &TotalsFold) -> Result<Vec<i64>, CoreError> {
        let mut found = Vec::new();
        for (mine, theirs) in self.totals.tables().iter().zip(totals.tables()) {
            let (mine, theirs) = (cells(mine)?, cells(theirs)?);
            let (mut a, mut b) = (mine.as_slice(), theirs.as_slice());
            loop {
                let order = match (a.first(), b.first()) {
                    (None, None) => break,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(_), None) => Ordering::Less,
                    (Some((key, ..)), Some((other, ..))) => key.cmp(other),
                };
                let (first, second) = (a.first(), b.first());
                if order.is_le() {
                    a = &a[1..];
                }
                if order.is_ge() {
                    b = &b[1..];
                }
                let tenant = match (order, first, second) {
                    (Ordering::Less, Some((key, ..)), _)
                    | (Ordering::Greater, _, Some((key, ..))) => Some(key.tenant),
                    (_, Some(a), Some(b)) if !agree(a, b) => Some(a.0.tenant),
                    _ => None,
                };
                if let Some(tenant) = tenant {
                    memory::push(&mut found, tenant)?;
                }
            }
        }
        in_order(found)
    }

    /// What these tenants have, who are in order.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn of(&self, tenants: &[i64]) -> Result<Vec<CheckedTenant>, CoreError> {
        of_tenants(&self.totals, tenants)
    }
}

/// What totals say of these tenants, who are in order.
///
/// # Errors
/// [`CoreError::OutOfMemory`].
pub fn of_tenants(totals: &TotalsFold, tenants: &[i64]) -> Result<Vec<CheckedTenant>, CoreError> {
    let mut found = memory::filled(tenants.len(), CheckedTenant::default())?;
    let Some(table) = totals.tables().first() else { return Ok(found) };
    for (key, cell, sums) in table.all_cells() {
        let Ok(place) = tenants.binary_search(&key.tenant) else { continue };
        found[place].events += cell.events;
        if let Some(sum) = sums.first() {
            let all = found[place].sum.get_or_insert_default();
            all.total.add(&sum.value());
            all.missing += sum.missing.unsigned_abs();
        }
    }
    Ok(found)
}

fn in_order(mut tenants: Vec<i64>) -> Result<Vec<i64>, CoreError> {
    tenants.sort_unstable();
    tenants.dedup();
    Ok(tenants)
}

/// A cell of a table.
type Keyed<'t> = (TotalsKey, &'t NetCell, &'t [NetSum]);

/// The cells with events in the order of their keys.
fn cells(table: &NetTable) -> Result<Vec<Keyed<'_>>, CoreError> {
    let mut cells = memory::collect(table.cells())?;
    cells.sort_unstable_by_key(|(key, ..)| *key);
    Ok(cells)
}

/// Whether two cells are the same, as far as they are known.
fn agree((_, a, sums): &Keyed<'_>, (_, b, others): &Keyed<'_>) -> bool {
    let times = match (a.times(), b.times()) {
        (Some(times), Some(others)) => times == others,
        _ => true,
    };
    let same = |(sum, other): (&NetSum, &NetSum)| {
        let known = (sum.clone().of(a.events), other.clone().of(b.events));
        sum.missing == other.missing
            && match known {
                (Some(sum), Some(other)) => sum.total.digits() == other.total.digits(),
                _ => true,
            }
    };
    a.events == b.events && times && sums.iter().zip(*others).all(same)
}

impl EventHash {
    /// The hash of an event without its tenant and its weight.
    fn of(&self, block: &EventBlock, shape: Shape, at: usize) -> Result<u64, CoreError> {
        let mut hasher = self.0.build_hasher();
        block.times()[at].hash(&mut hasher);
        for rank in 0..shape.dimensions() {
            block.dimension(rank)[at].hash(&mut hasher);
        }
        for rank in 0..shape.values() {
            let value = block.values(rank).value(at)?;
            let short = match value {
                EventValue::Missing => None,
                EventValue::Short(short) => Some(short),
                EventValue::Long(sum) => short_of(sum),
            };
            match (short, value) {
                (Some(short), _) => (short.decimals, short.units).hash(&mut hasher),
                (None, EventValue::Long(sum)) => sum.to_bytes()?.hash(&mut hasher),
                (None, _) => hasher.write_u8(u8::MAX),
            }
        }
        // Of a sum of hashes, zero would say nothing.
        Ok(hasher.finish() | 1)
    }
}
