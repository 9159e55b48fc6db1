//! Further columns of usage that are summed, beside the cost.

use tenant_metrics_core::memory;

use super::columns::typed_column;
use super::{COST_TYPES, Source, is_cost};
use crate::error::Error;
use crate::pg::catalog::{self, Column};
use crate::pg::text;

/// The name that the cost has as a measure, whatever its column is called.
pub(crate) const COST: &str = "cost";

/// Something that is summed over events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Cost,
    /// The one in this place of [`Source::measures`].
    Further(usize),
}

impl Source {
    /// The measure of this name; the cost has its column's too. Whether there is a cost is not asked.
    pub(crate) fn measure(&self, name: &str) -> Result<Measure, Error> {
        if name == COST || self.usage_cost.as_ref().is_some_and(|cost| cost.name == name) {
            return Ok(Measure::Cost);
        }
        if let Some(place) = self.measures.iter().position(|known| known == name) {
            return Ok(Measure::Further(place));
        }
        let available = self.all_measures().map(|(known, _)| known);
        Err(Error::unknown_choice("measure", text::clipped(memory::text(name)?), available))
    }

    /// All measures with their names, the cost first.
    pub(crate) fn all_measures(&self) -> impl Iterator<Item = (&str, Measure)> {
        let cost = self.usage_cost.as_ref();
        let further = (0..).zip(&self.measures);
        let further = further.filter(move |(_, name)| cost.is_none_or(|cost| cost.name != **name));
        let further = further.map(|(place, name)| (name.as_str(), Measure::Further(place)));
        cost.map(|_| (COST, Measure::Cost)).into_iter().chain(further)
    }

    /// The column of the measure in this place, which must exist and be a number.
    pub(crate) fn measure_column(&self, place: usize) -> Result<Column, Error> {
        let name = self.measures.get(place).map_or("", String::as_str);
        typed_column(&self.usage, "measures", name, is_cost, COST_TYPES)
    }

    /// The same where it exists and is a number.
    pub(crate) fn measure_if_any(&self, place: usize) -> Result<Option<Column>, Error> {
        let name = self.measures.get(place).map_or("", String::as_str);
        let column = catalog::column(self.usage.oid, name)?;
        Ok(column.filter(|column| is_cost(column.type_oid)))
    }

    /// Fails unless all measures can be summed, and none is taken for the cost.
    pub(super) fn check_measures(&self) -> Result<(), Error> {
        for (place, name) in self.measures.iter().enumerate() {
            self.measure_column(place)?;
            let is_cost = self.usage_cost.as_ref().is_some_and(|cost| cost.name == *name);
            if name == COST && !is_cost {
                return Err(Error::MeasureCalledCost);
            }
        }
        Ok(())
    }
}
