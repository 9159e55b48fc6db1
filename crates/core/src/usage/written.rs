//! Usage as bytes.

use super::{TenantCell, Usage};
use crate::CoreError;
use crate::accumulator::EventsRead;
use crate::bytes::{Encoded, Input, Output, encoded_fields};
use crate::features::{FeatureTable, WideSets};
use crate::ids::IdTable;
use crate::money::Money;

encoded_fields!(TenantCell { events: u64, unpriced: u64, last: i64, features: u64, cost: Money }
    if |cell| cell.unpriced <= cell.events);

impl Encoded for Usage {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        debug_assert!(self.waiting.is_empty(), "settled");
        self.ids.write(into)?;
        self.features.write(into)?;
        into.reserve(size_of_val(self.cells.as_slice()))?;
        self.cells.iter().try_for_each(|cell| cell.write(into))?;
        self.wide.write(into)?;
        self.nobody.write(into)
    }

    fn read(from: &mut Input<'_>) -> Result<Self, CoreError> {
        let limit = from.limit();
        Self::read_within(from, limit)
    }
}

impl Usage {
    /// Reads an accumulator that may use `limit` bytes.
    pub(crate) fn read_within(from: &mut Input<'_>, limit: usize) -> Result<Self, CoreError> {
        let (ids, features) = (IdTable::read(from)?, FeatureTable::read(from)?);
        let (mut read, mut money_bytes, mut used) = (EventsRead::default(), 0, 0);
        let cells = from.take_each(ids.len(), |cell: &TenantCell| {
            money_bytes += cell.cost.bytes();
            used |= cell.features;
            read.add(cell.events)
        })?;
        let wide = WideSets::read(from, cells.len(), features.len())?;
        let nobody = TenantCell::read(from)?;
        read.add(nobody.events)?;
        if (used | nobody.features) & !features.low_numbers() != 0 {
            return Err(CoreError::MalformedState);
        }
        let waiting = Vec::new();
        Ok(Self { ids, cells, features, wide, nobody, money_bytes, limit, read, waiting })
    }
}
