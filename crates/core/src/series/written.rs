//! Counts and what they are told beforehand as bytes.

use super::counts::{BucketCell, SeriesCounts};
use super::frame::Frame;
use super::groups::Groups;
use crate::bytes::{Encoded, Output, encoded_fields};
use crate::features::{FeatureTable, WideSets};
use crate::ids::IdTable;
use crate::{CoreError, memory};

encoded_fields!(BucketCell { cost, events, unpriced, features });

impl Encoded for SeriesCounts {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.groups.write(into)?;
        self.words.write(into)?;
        self.starts.write(into)?;
        self.cells.write(into)?;
        self.tenants.write(into)?;
        self.features.write(into)?;
        self.wide.write(into)?;
        self.ends.write(into)?;
        self.money_bytes.write(into)?;
        self.limit.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let mut counts = Self {
            groups: usize::read(from)?,
            words: usize::read(from)?,
            starts: Vec::read(from)?,
            numbers: Default::default(),
            cells: Vec::read(from)?,
            tenants: Vec::read(from)?,
            features: FeatureTable::read(from)?,
            wide: WideSets::read(from)?,
            ends: Option::read(from)?,
            money_bytes: usize::read(from)?,
            beside: 0,
            limit: usize::read(from)?,
        };
        for (&start, bucket) in counts.starts.iter().zip(0..) {
            memory::insert(&mut counts.numbers, start, bucket)?;
        }
        let buckets = counts.starts.len();
        let sound = buckets.checked_mul(counts.groups) == Some(counts.cells.len())
            && buckets.checked_mul(counts.words) == Some(counts.tenants.len())
            && counts.numbers.len() == buckets;
        if sound { Ok(counts) } else { Err(CoreError::MalformedState) }
    }
}

impl Encoded for Groups {
    fn write(&self, into: &mut Output) -> Result<(), CoreError> {
        self.ids.write(into)?;
        self.groups.write(into)?;
        self.above.write(into)
    }

    fn read(from: &mut &[u8]) -> Result<Self, CoreError> {
        let (ids, groups, above) = (IdTable::read(from)?, Vec::read(from)?, Vec::read(from)?);
        Self { ids, groups, above }.checked()
    }
}

encoded_fields!(Frame { groups, unit, zone, last_day });
