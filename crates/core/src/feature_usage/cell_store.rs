//! Where the cells of tenants and features are.
//!
//! Most products have few features and most tenants use most of them: then cells stand in a table
//! with a row for each tenant, found by a multiplication. Where such a table would be large and
//! mostly empty, because there are thousands of features, cells stand in a list and are found by
//! a hash. A table is mostly empty at first, so its size alone is no reason to give it up.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::cell::Counter;
use crate::{CoreError, memory};

/// A table that is larger than it may be is kept if at least one of so many cells is used.
const SPARSENESS: usize = 2;

/// Columns of the first table, which nearly all products fit into.
const FIRST_WIDTH: usize = 12;

/// A tenant's slot and a feature's number.
pub(super) type CellKey = (u32, u32);

/// The cells of tenants and features.
#[derive(Debug)]
pub(super) enum CellStore<C> {
    /// A table: the cell of `(slot, feature)` is `cells[slot * width + feature]`, and in use if it
    /// has events.
    Dense { width: usize, cells: Vec<C>, used: usize },
    /// A list whose cells are found by hash.
    Sparse { keys: Vec<CellKey>, cells: Vec<C>, index: HashTable<u32>, hasher: RandomState },
    /// A list that came from elsewhere and that no cell was looked for in. Until then nobody knows
    /// whether a key comes twice.
    List { keys: Vec<CellKey>, cells: Vec<C> },
}

impl<C: Counter> CellStore<C> {
    /// No cells.
    pub(super) fn empty() -> Self {
        Self::Dense { width: FIRST_WIDTH, cells: Vec::new(), used: 0 }
    }

    /// Whether a key may come twice. Those of a table come in order.
    pub(super) fn may_repeat(&self) -> bool {
        matches!(self, Self::List { keys, .. } if !keys.is_sorted_by(|key, next| key < next))
    }

    /// Where in the table the cell of `key` is, if the table has a place for it.
    #[inline]
    pub(super) fn place(&self, (slot, feature): CellKey) -> Option<usize> {
        let Self::Dense { width, cells, .. } = self else { return None };
        let place = slot as usize * *width + feature as usize;
        ((feature as usize) < *width && place < cells.len()).then_some(place)
    }

    /// Counts events whose cells have a place in the table.
    pub(super) fn count(&mut self, events: &[(u32, C::Measure)]) {
        let Self::Dense { cells, used, .. } = self else { return };
        // Cells that are only looked at are fetched many at a time.
        std::hint::black_box(
            events.iter().fold(false, |any, &(place, _)| any | cells[place as usize].is_used()),
        );
        for &(place, event) in events {
            let cell = &mut cells[place as usize];
            *used += usize::from(!cell.is_used());
            cell.count(event);
        }
    }

    /// The cell of `key`, if the table has a place for it.
    pub(super) fn dense(&mut self, key: CellKey) -> Option<&mut C> {
        let place = self.place(key)?;
        let Self::Dense { cells, used, .. } = self else { return None };
        *used += usize::from(!cells[place].is_used());
        Some(&mut cells[place])
    }

    /// The cell of `key`, for which the table has no place yet; a mostly empty table ends at
    /// `limit` bytes.
    #[cold]
    pub(super) fn other(&mut self, key: CellKey, limit: usize) -> Result<&mut C, CoreError> {
        self.look_up(limit)?;
        self.make_room(key, limit)?;
        match self {
            Self::List { .. } => Err(CoreError::MalformedState),
            Self::Dense { width, cells, used } => {
                *used += 1;
                Ok(&mut cells[key.0 as usize * *width + key.1 as usize])
            }
            Self::Sparse { keys, cells, index, hasher } => {
                let hash = hasher.hash_one(key);
                let found = index.find(hash, |&at| keys[at as usize] == key).copied();
                let at = match found {
                    Some(at) => at as usize,
                    None => {
                        index.try_reserve(1, |&at| hasher.hash_one(keys[at as usize]))?;
                        memory::push(keys, key)?;
                        memory::push(cells, C::default())?;
                        let at = cells.len() - 1;
                        let number = u32::try_from(at).map_err(|_| CoreError::TooManyValues)?;
                        index.insert_unique(hash, number, |&at| hasher.hash_one(keys[at as usize]));
                        at
                    }
                };
                Ok(&mut cells[at])
            }
        }
    }

    /// The cells in use and their keys.
    pub(super) fn used(&self) -> impl Iterator<Item = (CellKey, &C)> {
        let (dense, sparse) = match self {
            Self::Dense { width, cells, .. } => (Some((*width, cells)), None),
            Self::Sparse { keys, cells, .. } | Self::List { keys, cells } => {
                (None, Some(keys.iter().copied().zip(cells)))
            }
        };
        let rows = dense.into_iter().flat_map(|(width, cells)| (0..).zip(cells.chunks(width)));
        rows.flat_map(|(slot, row)| {
            (0..).zip(row).map(move |(feature, cell)| ((slot, feature), cell))
        })
        .filter(|(_, cell)| cell.is_used())
        .chain(sparse.into_iter().flatten())
    }

    /// Number of cells in use.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dense { used, .. } => *used,
            Self::Sparse { cells, .. } | Self::List { cells, .. } => cells.len(),
        }
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Dense { cells, .. } => cells.capacity() * size_of::<C>(),
            Self::Sparse { keys, cells, index, .. } => {
                keys.capacity() * size_of::<CellKey>()
                    + cells.capacity() * size_of::<C>()
                    + index.capacity() * (size_of::<u32>() + 1)
            }
            Self::List { keys, cells } => {
                keys.capacity() * size_of::<CellKey>() + cells.capacity() * size_of::<C>()
            }
        }
    }

    /// Makes a table of a list, or a list whose cells can be found.
    ///
    /// # Errors
    /// [`CoreError::MalformedState`] for a key that comes twice, [`CoreError::OutOfMemory`].
    pub(super) fn look_up(&mut self, limit: usize) -> Result<(), CoreError> {
        let Self::List { keys, cells } = self else { return Ok(()) };
        let (keys, cells) = (std::mem::take(keys), std::mem::take(cells));
        let slots = keys.iter().map(|(slot, _)| *slot as usize + 1).max().unwrap_or(0);
        let width = keys.iter().map(|(_, feature)| *feature as usize + 1).max().unwrap_or(0);
        let width = width.max(FIRST_WIDTH);
        let size = slots.checked_mul(width).ok_or(CoreError::OutOfMemory)?;
        if size > limit / size_of::<C>() && size / SPARSENESS > cells.len() {
            *self = Self::sparse(keys, cells)?;
            return Ok(());
        }
        let mut table = Vec::new();
        memory::lengthen(&mut table, size, C::default)?;
        let used = cells.len();
        for ((slot, feature), cell) in keys.into_iter().zip(cells) {
            let place = &mut table[slot as usize * width + feature as usize];
            if place.is_used() {
                return Err(CoreError::MalformedState);
            }
            *place = cell;
        }
        *self = Self::Dense { width, cells: table, used };
        Ok(())
    }

    /// Widens or lengthens the table, or gives it up if it would be mostly empty.
    fn make_room(&mut self, (slot, feature): CellKey, limit: usize) -> Result<(), CoreError> {
        let Self::Dense { width, cells, used } = self else { return Ok(()) };
        let columns = match feature as usize + 1 {
            needed if needed > *width => needed.max(*width + *width / 2),
            _ => *width,
        };
        let rows = (slot as usize + 1).max(cells.len() / *width);
        let size = rows.checked_mul(columns).ok_or(CoreError::OutOfMemory)?;
        if size > limit / size_of::<C>() && size / SPARSENESS > *used {
            return self.turn_sparse();
        }
        if columns > *width {
            let mut wider = memory::with_capacity(size)?;
            for row in cells.chunks_mut(*width) {
                for cell in row {
                    memory::push(&mut wider, std::mem::take(cell))?;
                }
                let filled = wider.len() + columns - *width;
                memory::lengthen(&mut wider, filled, C::default)?;
            }
            (*width, *cells) = (columns, wider);
        }
        memory::lengthen(cells, size, C::default)
    }

    fn turn_sparse(&mut self) -> Result<(), CoreError> {
        let Self::Dense { width, cells, used } = self else { return Ok(()) };
        let mut keys = memory::with_capacity(*used)?;
        let mut list = memory::with_capacity(*used)?;
        for (slot, row) in (0..).zip(cells.chunks_mut(*width)) {
            for (feature, cell) in (0..).zip(row).filter(|(_, cell)| cell.is_used()) {
                memory::push(&mut keys, (slot, feature))?;
                memory::push(&mut list, std::mem::take(cell))?;
            }
        }
        *self = Self::sparse(keys, list)?;
        Ok(())
    }

    fn sparse(keys: Vec<CellKey>, cells: Vec<C>) -> Result<Self, CoreError> {
        let hasher = RandomState::default();
        let mut index = HashTable::new();
        index.try_reserve(keys.len(), |_| 0)?;
        for (at, key) in (0..).zip(&keys) {
            let hash = hasher.hash_one(key);
            if index.find(hash, |&at: &u32| keys[at as usize] == *key).is_some() {
                return Err(CoreError::MalformedState);
            }
            index.insert_unique(hash, at, |&at: &u32| hasher.hash_one(keys[at as usize]));
        }
        Ok(Self::Sparse { keys, cells, index, hasher })
    }
}
