//! Usage as bytes.

use super::{Cell, Usage};
use crate::CoreError;
use crate::bytes::{Encoded, Output};
use crate::features::{FeatureTable, WideSets};
use crate::ids::IdTable;
use crate::money::Money;

impl Encoded for Cell {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.cost.write(into)?;
        self.events.write(into)?;
        self.unpriced.write(into)?;
        self.last.write(into)?;
        self.features.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        Ok(Self {
            cost: Money::read(from)?,
            events: u64::read(from)?,
            unpriced: u64::read(from)?,
            last: i64::read(from)?,
            features: u64::read(from)?,
        })
    }
}

impl Encoded for Usage {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        self.ids.write(into)?;
        self.cells.write(into)?;
        self.features.write(into)?;
        self.wide.write(into)?;
        self.nobody.write(into)?;
        self.money_bytes.write(into)?;
        self.limit.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let usage = Self {
            ids: IdTable::read(from)?,
            cells: Vec::read(from)?,
            features: FeatureTable::read(from)?,
            wide: WideSets::read(from)?,
            nobody: Cell::read(from)?,
            money_bytes: usize::read(from)?,
            limit: usize::read(from)?,
            waiting: Vec::new(),
        };
        if usage.cells.len() == usage.ids.len() {
            Ok(usage)
        } else {
            Err(CoreError::MalformedState)
        }
    }
}
