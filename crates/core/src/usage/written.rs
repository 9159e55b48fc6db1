//! Usage as bytes.

use super::{TenantCell, Usage};
use crate::CoreError;
use crate::bytes::{Encoded, Output, encoded_fields};
use crate::features::{FeatureTable, WideSets};
use crate::ids::IdTable;

encoded_fields!(TenantCell { cost, events, unpriced, last, features });

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
            nobody: TenantCell::read(from)?,
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
