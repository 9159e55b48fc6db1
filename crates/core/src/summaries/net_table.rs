//! Totals by tenant and name that are added up from rows of totals and of events.

use std::hash::BuildHasher;
use std::iter;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};

use super::Shape;
use super::event_block::EventBlock;
use super::net::{NetCell, NetSum};
use super::totals::{Totals, TotalsBlock, TotalsKey};
use crate::accumulator::EventsRead;
use crate::usage::{Cost, NEVER};
use crate::{CoreError, memory};

/// What is asked of totals: of others nobody needs to know whether they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedTotals {
    /// The first and the last time.
    pub times: bool,
    /// The measures, by place, as a set.
    pub values: u32,
}

impl WantedTotals {
    /// All of totals.
    pub const ALL: Self = Self { times: true, values: u32::MAX };

    /// The places of the measures.
    pub fn measures(self) -> impl Iterator<Item = usize> {
        let mut left = self.values;
        iter::from_fn(move || {
            let place = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some(place as usize)
        })
    }
}

/// The tenant of an event, and its name in the dimension in this place among those that were read.
fn key_of(block: &EventBlock, dimension: Option<usize>, at: usize) -> TotalsKey {
    let name = dimension.map_or(0, |rank| block.name(rank, at));
    TotalsKey { tenant: block.tenants()[at], name }
}

/// Cells of which the events have to be asked.
#[derive(Debug)]
pub struct UnknownCells(HashMap<TotalsKey, (), RandomState>);

impl UnknownCells {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one has this key.
    #[must_use]
    pub fn contain(&self, key: TotalsKey) -> bool {
        self.0.contains_key(&key)
    }
}

/// Totals of one dimension.
#[derive(Debug)]
pub struct NetTable {
    wanted: WantedTotals,
    keys: Vec<TotalsKey>,
    cells: Vec<NetCell>,
    /// By cell, one for each wanted measure.
    sums: Vec<NetSum>,
    places: HashTable<u32>,
    hasher: RandomState,
    read: EventsRead,
    limit: usize,
}

impl NetTable {
    /// No totals, which may use `limit` bytes.
    #[must_use]
    pub fn new(wanted: WantedTotals, limit: usize) -> Self {
        Self {
            wanted,
            keys: Vec::new(),
            cells: Vec::new(),
            sums: Vec::new(),
            places: HashTable::new(),
            hasher: RandomState::default(),
            read: EventsRead::default(),
            limit,
        }
    }

    fn width(&self) -> usize {
        self.wanted.values.count_ones() as usize
    }

    /// Adds the cells of a row, of which the wanted measures were read.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`], [`CoreError::MemoryLimit`], [`CoreError::TooManyValues`];
    /// [`CoreError::MalformedRow`] for more events than there can be.
    pub fn add_totals(&mut self, block: &TotalsBlock) -> Result<(), CoreError> {
        self.read.add(block.total()).map_err(super::malformed)?;
        (0..block.len()).try_for_each(|at| self.add_cell(block, at))
    }

    /// Adds those of some cells of a row that the table has, or of which something that is wanted is
    /// not known; calls `on_other` with the places of the others.
    ///
    /// # Errors
    /// As for [`Self::add_totals`], or an error of `on_other`.
    pub fn add_touched_totals<E: From<CoreError>>(
        &mut self,
        block: &TotalsBlock,
        cells: Range<usize>,
        mut on_other: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        for at in cells {
            self.read.add(block.events(at)).map_err(super::malformed)?;
            match self.has(block.key(at)) || !block.is_known(at, self.wanted) {
                true => self.add_cell(block, at)?,
                false => on_other(at)?,
            }
        }
        Ok(())
    }

    /// Whether none of these cells of a row are for [`Self::add_touched_totals`], and all can be told
    /// by tenant; then their events count as read.
    ///
    /// # Errors
    /// As for [`Self::add_totals`].
    pub fn let_pass(
        &mut self,
        block: &TotalsBlock,
        cells: Range<usize>,
    ) -> Result<bool, CoreError> {
        let passes = self.keys.is_empty() && block.is_plain(self.wanted);
        if passes {
            self.read.add(block.events_of(cells)).map_err(super::malformed)?;
        }
        Ok(passes)
    }

    pub(super) fn add_cell(&mut self, block: &TotalsBlock, at: usize) -> Result<(), CoreError> {
        let (width, wanted) = (self.width(), self.wanted);
        let place = self.place(block.key(at))?;
        self.cells[place].add(&block.cell(at));
        for (sum, measure) in self.sums[place * width..].iter_mut().zip(wanted.measures()) {
            sum.add(&block.sum(measure, at));
        }
        Ok(())
    }

    /// Takes the events of a row in or out, of which the wanted measures were read, by their names in
    /// the dimension in this place among those that were read, if any; those that `is_wanted`.
    ///
    /// # Errors
    /// As for [`Self::add_totals`].
    pub fn add_events(
        &mut self,
        block: &EventBlock,
        dimension: Option<usize>,
        is_wanted: impl Fn(TotalsKey) -> bool,
    ) -> Result<(), CoreError> {
        for at in 0..block.len() {
            let key = key_of(block, dimension, at);
            if is_wanted(key) {
                self.add_event(block, at, key)?;
            }
        }
        Ok(())
    }

    fn add_event(
        &mut self,
        block: &EventBlock,
        at: usize,
        key: TotalsKey,
    ) -> Result<(), CoreError> {
        let (weight, width) = (block.weights()[at], self.width());
        if weight == 0 {
            return Ok(());
        }
        self.read.add(weight.unsigned_abs()).map_err(super::malformed)?;
        let place = self.place(key)?;
        let time = if self.wanted.times { block.times()[at] } else { NEVER };
        self.cells[place].note(time, weight);
        for rank in 0..width {
            let sum = &mut self.sums[place * width + rank];
            match block.values(rank).cost(at) {
                Cost::Decimal { units, scale, decimals } => {
                    sum.note((units, scale), decimals.into(), weight);
                }
                cost => sum.note_cost(&cost, weight),
            }
        }
        Ok(())
    }

    fn has(&self, key: TotalsKey) -> bool {
        let is_key = |&place: &u32| self.keys[place as usize] == key;
        !self.keys.is_empty() && self.places.find(self.hasher.hash_one(key), is_key).is_some()
    }

    /// Makes cells, without events yet, of those of which a row has events that were taken away, and
    /// that `is_wanted`.
    ///
    /// # Errors
    /// As for [`Self::add_totals`].
    pub fn touch(
        &mut self,
        block: &EventBlock,
        dimension: Option<usize>,
        is_wanted: impl Fn(TotalsKey) -> bool,
    ) -> Result<(), CoreError> {
        if block.weight().is_some_and(|weight| weight > 0) {
            return Ok(());
        }
        for (at, _) in block.weights().iter().enumerate().filter(|(_, weight)| **weight < 0) {
            let key = key_of(block, dimension, at);
            if is_wanted(key) {
                self.place(key)?;
            }
        }
        Ok(())
    }

    /// Takes the events of the cells that there are out of a row, and those that are not wanted.
    ///
    /// # Errors
    /// As for [`Self::add_totals`].
    pub fn take_touched(
        &mut self,
        block: &mut EventBlock,
        dimension: Option<usize>,
        is_wanted: impl Fn(TotalsKey) -> bool,
    ) -> Result<(), CoreError> {
        for at in 0..block.len() {
            let key = key_of(block, dimension, at);
            let is_asked = is_wanted(key);
            let is_touched = is_asked && self.has(key);
            if is_touched {
                self.add_event(block, at, key)?;
            }
            if is_touched || !is_asked {
                block.weights.values_mut()[at] = 0;
            }
        }
        Ok(())
    }

    /// The place of the cell of a key, of a new one if there is none.
    fn place(&mut self, key: TotalsKey) -> Result<usize, CoreError> {
        let hash = self.hasher.hash_one(key);
        let found = self.places.find(hash, |&place| self.keys[place as usize] == key);
        if let Some(&place) = found {
            return Ok(place as usize);
        }
        let place = u32::try_from(self.keys.len()).map_err(|_| CoreError::TooManyValues)?;
        memory::push(&mut self.keys, key)?;
        memory::push(&mut self.cells, NetCell::default())?;
        let len = self.keys.len() * self.width();
        memory::lengthen(&mut self.sums, len, NetSum::default)?;
        let Self { keys, places, hasher, .. } = self;
        let of = |&place: &u32| hasher.hash_one(keys[place as usize]);
        places.try_reserve(1, of)?;
        places.insert_unique(hash, place, of);
        match self.bytes() > self.limit {
            true => Err(CoreError::MemoryLimit { limit: self.limit }),
            false => Ok(place as usize),
        }
    }

    /// Bytes of heap memory in use.
    fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<TotalsKey>()
            + self.cells.capacity() * size_of::<NetCell>()
            + self.sums.capacity() * size_of::<NetSum>()
            + self.places.capacity() * (size_of::<u32>() + 1)
    }

    /// Forgets the cells of which something that is wanted is not known, because it was that of
    /// events that are gone, and says which. The events of these have to be added.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for cells that have fewer events than none;
    /// [`CoreError::OutOfMemory`].
    pub fn forget_unknown(&mut self) -> Result<UnknownCells, CoreError> {
        let mut unknown = HashMap::default();
        let width = self.width();
        for place in 0..self.keys.len() {
            let sums = &mut self.sums[place * width..][..width];
            let cell = &mut self.cells[place];
            let too_few = sums.iter().any(|sum| sum.missing < 0 || sum.missing > cell.events);
            if cell.events < 0 || cell.timed < 0 || cell.timed > cell.events || too_few {
                return Err(CoreError::MalformedRow);
            }
            let is_known = (!self.wanted.times || cell.times().is_some())
                && sums.iter().all(|sum| sum.is_known(cell.events));
            if cell.events > 0 && !is_known {
                *cell = NetCell::default();
                sums.fill_with(NetSum::default);
                memory::insert(&mut unknown, self.keys[place], ())?;
            }
        }
        Ok(UnknownCells(unknown))
    }

    /// The cells with events as totals, with sums of all measures.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn totals(&self, shape: Shape) -> Result<Totals, CoreError> {
        debug_assert_eq!(self.width(), shape.values());
        let mut cells = memory::collect(self.cells())?;
        cells.sort_unstable_by_key(|(key, ..)| *key);
        let mut totals = Totals::new(shape);
        for (key, cell, sums) in cells {
            totals.push(key, cell.clone(), sums.iter().cloned())?;
        }
        Ok(totals)
    }

    /// The cells with events, with a sum for each wanted measure; in no order.
    pub fn cells(&self) -> impl Iterator<Item = (TotalsKey, &NetCell, &[NetSum])> {
        self.all_cells().filter(|(_, cell, _)| cell.events > 0)
    }

    /// [`Self::cells`], with those of which more events were taken out than in.
    pub(super) fn all_cells(&self) -> impl Iterator<Item = (TotalsKey, &NetCell, &[NetSum])> {
        let width = self.width();
        let cells = self.keys.iter().zip(&self.cells).enumerate();
        cells.map(move |(place, (key, cell))| (*key, cell, &self.sums[place * width..][..width]))
    }
}
