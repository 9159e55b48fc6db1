//! What is counted for each group of tenants and each bucket of time.

use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::accumulator::EventsRead;
use crate::counting::UsageEvents;
use crate::features::{FeatureTable, WideSets};
use crate::measures::{MeasureSum, MeasureTable};
use crate::money::Money;
use crate::usage::Cost;
use crate::{CoreError, memory};

/// Features with a number below this live in the cell itself.
const CELL_FEATURES: u32 = u64::BITS;

/// What a bucket takes beside its cells and its set, in a vector and a table.
const BUCKET_BYTES: usize = 40;

/// The totals of one group in one bucket; 64 bytes.
#[derive(Debug, Default)]
pub(super) struct BucketCell {
    pub(super) cost: Money,
    pub(super) events: u64,
    pub(super) unpriced: u64,
    /// The used features with a number below 64.
    pub(super) features: u64,
}

/// GroupTotals by bucket and group, filled event by event.
#[derive(Debug)]
pub struct SeriesCounts {
    pub(super) groups: usize,
    /// Words of a set of tenants.
    pub(super) words: usize,
    /// The start of each bucket.
    pub(super) starts: Vec<i64>,
    /// The bucket of each start.
    pub(super) numbers: HashMap<i64, u32, RandomState>,
    /// Bucket by bucket, a cell for each group.
    pub(super) cells: Vec<BucketCell>,
    /// The sums of measures, by cell.
    pub(super) sums: MeasureTable,
    /// Bucket by bucket, the set of the tenants with events.
    pub(super) tenants: Vec<u64>,
    pub(super) features: FeatureTable,
    /// The features that have no place in the cell, by cell.
    pub(super) wide: WideSets,
    /// The times of the first and the last event.
    pub(super) ends: Option<(i64, i64)>,
    /// Heap bytes of sums that outgrew 128 bits.
    pub(super) money_bytes: usize,
    /// Bytes of what is kept beside the counts to make them.
    pub(super) beside: usize,
    pub(super) limit: usize,
    pub(super) read: EventsRead,
}

/// Which bucket, tenant and group an event belongs to, by their numbers.
#[derive(Debug, Clone, Copy)]
pub struct GroupingKey {
    /// As [`SeriesCounts::bucket`] gives it.
    pub bucket: u32,
    /// As [`super::groups::Groups::find`] gives it.
    pub tenant: u32,
    /// As [`super::groups::Groups::find`] gives it.
    pub group: u32,
}

impl SeriesCounts {
    /// Empty counts of so many tenants and groups that may use `limit` bytes.
    #[must_use]
    pub fn new(tenants: usize, groups: usize, limit: usize) -> Self {
        Self {
            groups,
            words: tenants.div_ceil(64),
            starts: Vec::new(),
            numbers: HashMap::default(),
            cells: Vec::new(),
            sums: MeasureTable::default(),
            tenants: Vec::new(),
            features: FeatureTable::default(),
            wide: WideSets::default(),
            ends: None,
            money_bytes: 0,
            beside: 0,
            limit,
            read: EventsRead::default(),
        }
    }

    /// The same, with sums of so many measures.
    #[must_use]
    pub fn with_measures(self, measures: usize) -> Self {
        Self { sums: MeasureTable::new(measures), ..self }
    }

    /// The number of the bucket that begins at `start`.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the counts are useless
    /// after that.
    pub fn bucket(&mut self, start: i64) -> Result<u32, CoreError> {
        if let Some(&bucket) = self.numbers.get(&start) {
            return Ok(bucket);
        }
        let bucket = u32::try_from(self.starts.len()).map_err(|_| CoreError::TooManyValues)?;
        memory::push(&mut self.starts, start)?;
        memory::insert(&mut self.numbers, start, bucket)?;
        memory::lengthen(&mut self.cells, self.starts.len() * self.groups, BucketCell::default)?;
        self.sums.lengthen(self.cells.len())?;
        memory::lengthen(&mut self.tenants, self.starts.len() * self.words, || 0)?;
        self.check_limit()?;
        Ok(bucket)
    }

    /// Takes note of the time of an event.
    #[inline]
    pub fn note(&mut self, time: i64) {
        let (first, last) = self.ends.unwrap_or((time, time));
        self.ends = Some((first.min(time), last.max(time)));
    }

    /// Counts one event.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the counts are useless
    /// after that.
    #[inline]
    pub fn record(
        &mut self,
        key: GroupingKey,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
    ) -> Result<(), CoreError> {
        let feature = match feature {
            Some(name) => Some(self.feature(name)?),
            None => None,
        };
        let index = self.cell_of(key);
        let cell = &mut self.cells[index];
        cell.events += 1;
        let before = cell.cost.bytes();
        cell.unpriced += u64::from(!cost.add_to(&mut cell.cost));
        self.money_bytes += cell.cost.bytes().saturating_sub(before);
        self.tenants[key.bucket as usize * self.words + key.tenant as usize / 64] |=
            1 << (key.tenant % 64);
        match feature {
            Some(feature) => self.mark(index, feature),
            None => Ok(()),
        }
    }

    /// Notes that a feature was used in a cell.
    #[inline]
    pub(super) fn mark(&mut self, cell: usize, feature: u32) -> Result<(), CoreError> {
        if feature < CELL_FEATURES {
            self.cells[cell].features |= 1 << feature;
            return Ok(());
        }
        self.insert_wide(cell, feature)
    }

    /// Takes in an event's values of the measures, which are what `read` makes of `values`.
    ///
    /// # Errors
    /// [`CoreError::MemoryLimit`]; the counts are useless after that.
    #[inline]
    pub fn record_values<'c, V>(
        &mut self,
        key: GroupingKey,
        values: impl Iterator<Item = V>,
        read: impl Fn(V) -> Cost<'c>,
    ) -> Result<(), CoreError> {
        match self.sums.count(self.cell_of(key), values, read) {
            true => self.check_limit(),
            false => Ok(()),
        }
    }

    /// Counts several events at once: all have this feature, `cost` is the sum of their costs,
    /// `sums` those of the measures.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the counts are useless
    /// after that.
    pub fn add(
        &mut self,
        key: GroupingKey,
        feature: Option<&[u8]>,
        cost: Cost<'_>,
        (events, unpriced): (u64, u64),
        sums: &[MeasureSum],
    ) -> Result<(), CoreError> {
        self.record(key, feature, cost)?;
        let index = self.cell_of(key);
        let cell = &mut self.cells[index];
        cell.unpriced += unpriced - u64::from(matches!(cost, Cost::Unpriced));
        cell.events += events - 1;
        self.sums.add(index, sums);
        Ok(())
    }

    /// Counts events of these tenants, all of which are of the first group.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`]; the counts are useless
    /// after that.
    pub fn add_together(
        &mut self,
        bucket: u32,
        tenants: impl Iterator<Item = u32>,
        events: &impl UsageEvents,
    ) -> Result<(), CoreError> {
        let index = self.cell_of(GroupingKey { bucket, tenant: 0, group: 0 });
        for name in events.features()? {
            let feature = self.feature(name)?;
            self.mark(index, feature)?;
        }
        let set = &mut self.tenants[bucket as usize * self.words..][..self.words];
        for tenant in tenants {
            set[tenant as usize / 64] |= 1 << (tenant % 64);
        }
        let (cell, cost) = (&mut self.cells[index], events.cost());
        cell.events += events.events();
        cell.unpriced += cost.missing;
        let before = cell.cost.bytes();
        cell.cost.add(&cost.total);
        self.money_bytes += cell.cost.bytes().saturating_sub(before);
        self.sums.add(index, &memory::collect(events.sums())?);
        self.check_limit()
    }

    /// The times of the first and the last event that were noted.
    #[must_use]
    pub fn ends(&self) -> Option<(i64, i64)> {
        self.ends
    }

    /// The starts of the buckets with events, by number.
    #[must_use]
    pub fn starts(&self) -> &[i64] {
        &self.starts
    }

    /// The set of the tenants with events in the bucket that begins at `start`.
    #[must_use]
    pub fn tenants(&self, start: i64) -> Option<&[u64]> {
        self.numbers.get(&start).map(|&bucket| self.tenants_in(bucket as usize))
    }

    /// The names of the features.
    #[must_use]
    pub fn features(&self) -> &FeatureTable {
        &self.features
    }

    /// Takes note of the bytes that are kept beside the counts to make them.
    ///
    /// # Errors
    /// The limit.
    pub fn charge(&mut self, bytes: usize) -> Result<(), CoreError> {
        self.beside = bytes;
        self.check_limit()
    }

    fn cell_of(&self, key: GroupingKey) -> usize {
        key.bucket as usize * self.groups + key.group as usize
    }

    /// Whether these are counts of so many groups and tenants.
    pub(super) fn are_of(&self, groups: usize, tenants: usize) -> bool {
        let beyond = self.tenants.iter().skip(tenants / 64).step_by(self.words.max(1));
        let is_in = |word: &u64| tenants.is_multiple_of(64) || word >> (tenants % 64) == 0;
        self.groups == groups && self.words == tenants.div_ceil(64) && beyond.clone().all(is_in)
    }

    pub(super) fn cells(&self, bucket: usize) -> Range<usize> {
        bucket * self.groups..(bucket + 1) * self.groups
    }

    pub(super) fn cell(&self, index: usize) -> (&BucketCell, &[u64]) {
        (&self.cells[index], self.wide.row(index))
    }

    /// The sums of the measures of a cell.
    pub(super) fn sums(&self, index: usize) -> &[MeasureSum] {
        self.sums.row(index)
    }

    pub(super) fn tenants_in(&self, bucket: usize) -> &[u64] {
        &self.tenants[bucket * self.words..][..self.words]
    }

    #[inline]
    pub(super) fn feature(&mut self, name: &[u8]) -> Result<u32, CoreError> {
        let known = self.features.len();
        let feature = self.features.intern(name)?;
        if feature as usize == known {
            self.check_limit()?;
        }
        Ok(feature)
    }

    #[cold]
    fn insert_wide(&mut self, cell: usize, feature: u32) -> Result<(), CoreError> {
        let feature = (feature - CELL_FEATURES) as usize;
        if self.wide.bytes_with(cell, feature) > self.limit {
            return Err(CoreError::MemoryLimit { limit: self.limit });
        }
        self.wide.insert(cell, feature)?;
        self.check_limit()
    }

    pub(super) fn check_limit(&self) -> Result<(), CoreError> {
        let bytes = self.starts.capacity() * BUCKET_BYTES
            + self.cells.capacity() * size_of::<BucketCell>()
            + self.tenants.capacity() * size_of::<u64>()
            + self.sums.bytes()
            + self.features.bytes()
            + self.wide.bytes()
            + self.money_bytes
            + self.beside;
        if bytes > self.limit { Err(CoreError::MemoryLimit { limit: self.limit }) } else { Ok(()) }
    }
}

/// The numbers in a set.
pub(super) fn elements(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(word, mut bits)| {
        std::iter::from_fn(move || {
            let bit = (bits != 0).then(|| bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
            bit.map(|bit| word * 64 + bit as usize)
        })
    })
}
