//! Where the cells of tenants and features are.
//!
//! Most products have few features and most tenants use most of them: then cells stand in a table
//! with a row for each tenant, found by a multiplication. Where such a table would be mostly
//! empty, because there are thousands of features, cells stand in a list and are found by a hash.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::cell::FeatureCell;
use crate::CoreError;

/// A table up to this size may be as empty as it likes.
const ALWAYS_DENSE: usize = 1 << 16;

/// A larger table has at least one used cell in so many.
const SPARSENESS: usize = 6;

/// Columns of the first table, which nearly all products fit into.
const FIRST_WIDTH: usize = 12;

/// A tenant's slot and a feature's number.
pub(super) type Key = (u32, u32);

/// The cells of tenants and features.
#[derive(Debug)]
pub(super) enum Layout {
    /// A table: the cell of `(slot, feature)` is `cells[slot * width + feature]`, and in use if it
    /// has events.
    Dense { width: usize, cells: Vec<FeatureCell>, used: usize },
    /// A list.
    Sparse { keys: Vec<Key>, cells: Vec<FeatureCell>, index: HashTable<u32>, hasher: RandomState },
}

impl Layout {
    /// No cells.
    pub(super) fn empty() -> Self {
        Self::Dense { width: FIRST_WIDTH, cells: Vec::new(), used: 0 }
    }

    /// The cell of `key`, if the table has a place for it.
    #[inline]
    pub(super) fn dense(&mut self, (slot, feature): Key) -> Option<&mut FeatureCell> {
        let Self::Dense { width, cells, used } = self else { return None };
        if feature as usize >= *width {
            return None;
        }
        let cell = cells.get_mut(slot as usize * *width + feature as usize)?;
        *used += usize::from(cell.events == 0);
        Some(cell)
    }

    /// The cell of `key`, for which the table has no place yet.
    #[cold]
    pub(super) fn other(&mut self, key: Key) -> Result<&mut FeatureCell, CoreError> {
        self.make_room(key)?;
        match self {
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
                        push(keys, cells, key, FeatureCell::default())?;
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
    pub(super) fn used(&self) -> impl Iterator<Item = (Key, &FeatureCell)> {
        let (dense, sparse) = match self {
            Self::Dense { width, cells, .. } => (Some((*width, cells)), None),
            Self::Sparse { keys, cells, .. } => (None, Some(keys.iter().copied().zip(cells))),
        };
        let rows = dense.into_iter().flat_map(|(width, cells)| (0..).zip(cells.chunks(width)));
        rows.flat_map(|(slot, row)| {
            (0..).zip(row).map(move |(feature, cell)| ((slot, feature), cell))
        })
        .filter(|(_, cell)| cell.events > 0)
        .chain(sparse.into_iter().flatten())
    }

    /// Number of cells in use.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dense { used, .. } => *used,
            Self::Sparse { cells, .. } => cells.len(),
        }
    }

    /// Bytes of heap memory in use.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Dense { cells, .. } => cells.capacity() * size_of::<FeatureCell>(),
            Self::Sparse { keys, cells, index, .. } => {
                keys.capacity() * size_of::<Key>()
                    + cells.capacity() * size_of::<FeatureCell>()
                    + index.capacity() * (size_of::<u32>() + 1)
            }
        }
    }

    /// Widens or lengthens the table, or gives it up if it would be mostly empty.
    fn make_room(&mut self, (slot, feature): Key) -> Result<(), CoreError> {
        let Self::Dense { width, cells, used } = self else { return Ok(()) };
        let columns = match feature as usize + 1 {
            needed if needed > *width => needed.max(*width + *width / 2),
            _ => *width,
        };
        let rows = (slot as usize + 1).max(cells.len() / *width);
        let size = rows.checked_mul(columns).ok_or(CoreError::OutOfMemory)?;
        if size > ALWAYS_DENSE && size / SPARSENESS > *used {
            return self.turn_sparse();
        }
        if columns > *width {
            let mut wider = Vec::new();
            wider.try_reserve_exact(size)?;
            for row in cells.chunks_mut(*width) {
                wider.extend(row.iter_mut().map(std::mem::take));
                wider.resize_with(wider.len() + columns - *width, FeatureCell::default);
            }
            (*width, *cells) = (columns, wider);
        }
        cells.try_reserve(size - cells.len())?;
        cells.resize_with(size, FeatureCell::default);
        Ok(())
    }

    fn turn_sparse(&mut self) -> Result<(), CoreError> {
        let Self::Dense { width, cells, used } = self else { return Ok(()) };
        let (mut keys, mut list) = (Vec::new(), Vec::new());
        keys.try_reserve(*used)?;
        list.try_reserve(*used)?;
        for (slot, row) in (0..).zip(cells.chunks_mut(*width)) {
            for (feature, cell) in (0..).zip(row).filter(|(_, cell)| cell.events > 0) {
                keys.push((slot, feature));
                list.push(std::mem::take(cell));
            }
        }
        let hasher = RandomState::default();
        let mut index = HashTable::new();
        index.try_reserve(keys.len(), |_| 0)?;
        for (at, key) in (0..).zip(&keys) {
            index.insert_unique(hasher.hash_one(key), at, |&at: &u32| {
                hasher.hash_one(keys[at as usize])
            });
        }
        *self = Self::Sparse { keys, cells: list, index, hasher };
        Ok(())
    }
}

fn push(
    keys: &mut Vec<Key>,
    cells: &mut Vec<FeatureCell>,
    key: Key,
    cell: FeatureCell,
) -> Result<(), CoreError> {
    keys.try_reserve(1)?;
    cells.try_reserve(1)?;
    keys.push(key);
    cells.push(cell);
    Ok(())
}
