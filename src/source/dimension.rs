//! Further columns by which events can be told apart, beside the feature.

use tenant_metrics_core::memory;

use super::Source;
use super::columns::{column, wrong_type};
use crate::error::Error;
use crate::pg::catalog::{Column, has_plain_text, is_enum};
use crate::pg::ids::is_text;
use crate::pg::text;

/// The most dimensions that a source may have beside the feature.
pub(crate) const MOST_DIMENSIONS: usize = 4;

const DIMENSION_TYPES: &str = "text, varchar, boolean, smallint, integer, bigint, or an enum";

/// A column by which events are told apart in place of the feature.
#[derive(Debug)]
pub(crate) struct Dimension {
    pub(crate) column: Column,
    /// Whether its values are texts; those of other types are shown as texts.
    pub(crate) is_text: bool,
}

impl Dimension {
    /// Whether one value can be written in several ways.
    pub(crate) fn has_spellings(&self) -> bool {
        self.is_text || is_enum(self.column.type_oid)
    }
}

impl Source {
    /// The dimension of this name; `None` is the feature, by the name of its column too.
    pub(crate) fn dimension(&self, name: &str) -> Result<Option<Dimension>, Error> {
        if self.usage_feature.as_ref().is_some_and(|feature| feature.name == name) {
            return Ok(None);
        }
        if self.dimensions.iter().any(|known| known == name) {
            return self.checked_dimension(name).map(Some);
        }
        let feature = self.usage_feature.as_ref().map(|feature| &feature.name);
        let available = feature.into_iter().chain(&self.dimensions).map(String::as_str);
        Err(Error::unknown_choice("dimension", text::clipped(memory::text(name)?), available))
    }

    /// All dimensions beside the feature, each of which must exist.
    pub(crate) fn checked_dimensions(&self) -> impl Iterator<Item = Result<Dimension, Error>> {
        self.dimensions.iter().map(|name| self.checked_dimension(name))
    }

    fn checked_dimension(&self, name: &str) -> Result<Dimension, Error> {
        let column = column(&self.usage, "dimensions", name)?;
        let is_text = is_text(column.type_oid);
        match is_text || has_plain_text(column.type_oid) {
            true => Ok(Dimension { column, is_text }),
            false => Err(wrong_type(&self.usage, "dimensions", &column, DIMENSION_TYPES)?),
        }
    }
}
