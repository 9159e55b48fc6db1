//! Who adopted each feature, who newly, who no longer, and how soon.

use super::eligible::{Counted, Eligible};
use super::uses::{FeatureUse, KeptUses};
use crate::features::Catalogue;
use crate::forest::{Forest, Place};
use crate::subtree::Scope;
use crate::{CoreError, Interrupt, memory};

/// Who adopted a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its name.
    pub name: Vec<u8>,
    /// Tenants with events of it in the period.
    pub adopters: u64,
    /// Adopters without any in the period before.
    pub new: u64,
    /// Tenants with events of it in the period before only.
    pub lapsed: u64,
    /// Over the adopters, the lower median of the time from their first event to their first
    /// event of this feature; `None` where no time is known.
    pub median_delay: Option<i64>,
}

/// In which periods a tenant used the feature whose number it bears.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    now: u32,
    before: u32,
}

/// Adoption of each feature, filled group by group.
#[derive(Debug)]
pub struct Adoption<'a> {
    forest: &'a Forest,
    catalogue: &'a Catalogue,
    counted: Counted,
    /// Whether the tenant in each place takes part, as far as is known.
    takes_part: Vec<bool>,
    marks: Vec<Mark>,
    /// The feature that the groups are about at present, and whether it has a row.
    name: Option<Vec<u8>>,
    shown: bool,
    number: u32,
    adopters: u64,
    former: u64,
    both: u64,
    delays: Vec<i64>,
    rows: Vec<Adopted>,
    /// All uses, where only the last one tells what tenants or their subtrees did.
    kept: Option<KeptUses>,
}

impl<'a> Adoption<'a> {
    /// No events yet, of these members of the forest.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(
        forest: &'a Forest,
        catalogue: &'a Catalogue,
        counted: Counted,
        members: impl Iterator<Item = Place>,
    ) -> Result<Self, CoreError> {
        let is_late = counted.scope == Scope::Subtree || counted.eligible == Eligible::Active;
        Ok(Self {
            forest,
            catalogue,
            counted,
            takes_part: counted.admitted(forest, members)?,
            marks: memory::filled(forest.count(), Mark::default())?,
            name: None,
            shown: false,
            number: 0,
            adopters: 0,
            former: 0,
            both: 0,
            delays: Vec::new(),
            rows: Vec::new(),
            kept: is_late.then(KeptUses::default),
        })
    }

    /// A tenant has events of a feature in the period or in the one before; `start` is the first
    /// finite time of all its events in the period.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        place: Place,
        feature: Option<&[u8]>,
        used: FeatureUse,
        start: Option<i64>,
    ) -> Result<(), CoreError> {
        if let Some(kept) = &mut self.kept {
            return kept.push(self.forest.index(place), feature, used);
        }
        self.turn_to(feature)?;
        self.count(self.forest.index(place), used, start)
    }

    /// The features that were named, or those of the catalogue if it has names; those with the
    /// most adopters first, then by name. And how many tenants take part.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self, interrupt: Interrupt<'_>) -> Result<(Vec<Adopted>, u64), CoreError> {
        if let Some(mut kept) = self.kept.take() {
            let tenants = kept.tenants(self.forest, self.counted.scope, interrupt)?;
            if self.counted.eligible == Eligible::Active {
                for (takes_part, tenant) in self.takes_part.iter_mut().zip(&tenants) {
                    *takes_part &= tenant.is_active;
                }
            }
            for number in 0..kept.features() {
                self.turn_to(kept.name(number))?;
                kept.each_of(number, self.forest, self.counted.scope, interrupt, |at, used| {
                    self.count(at, used, tenants[at].start)
                })?;
            }
        }
        self.close()?;
        let taking_part = self.takes_part.iter().map(|&takes_part| u64::from(takes_part)).sum();
        Ok((self.sorted()?, taking_part))
    }

    /// The rows in their order, with those of the catalogue that nobody used.
    fn sorted(mut self) -> Result<Vec<Adopted>, CoreError> {
        if let Catalogue::Names(names) = self.catalogue {
            let used = self.rows.len();
            for name in names {
                let by_name = |row: &Adopted| row.name.as_slice().cmp(name);
                if self.rows[..used].binary_search_by(by_name).is_err() {
                    let name = memory::copied(name)?;
                    let unused =
                        Adopted { name, adopters: 0, new: 0, lapsed: 0, median_delay: None };
                    memory::push(&mut self.rows, unused)?;
                }
            }
        }
        self.rows.sort_unstable_by(|left, right| {
            right.adopters.cmp(&left.adopters).then_with(|| left.name.cmp(&right.name))
        });
        Ok(self.rows)
    }

    /// Makes this feature the present one.
    fn turn_to(&mut self, feature: Option<&[u8]>) -> Result<(), CoreError> {
        if self.number == 0 || self.name.as_deref() != feature {
            self.close()?;
            self.name = feature.map(memory::copied).transpose()?;
            self.shown = feature.is_some_and(|name| self.catalogue.counts(name));
            self.number += 1;
        }
        Ok(())
    }

    /// Counts the use of the present feature by the tenant with this index, which comes once for
    /// each period.
    fn count(
        &mut self,
        index: usize,
        used: FeatureUse,
        start: Option<i64>,
    ) -> Result<(), CoreError> {
        if !self.shown || !self.takes_part[index] {
            return Ok(());
        }
        let mark = &mut self.marks[index];
        match used {
            FeatureUse::Before => {
                mark.before = self.number;
                self.former += 1;
            }
            FeatureUse::Now(first) => {
                mark.now = self.number;
                self.adopters += 1;
                if let Some((first, start)) = first.zip(start) {
                    memory::push(&mut self.delays, first.saturating_sub(start))?;
                }
            }
        }
        self.both += u64::from(mark.now == mark.before);
        Ok(())
    }

    /// Ends the present feature.
    fn close(&mut self) -> Result<(), CoreError> {
        if let Some(name) = self.name.take()
            && self.shown
        {
            let middle = self.delays.len().saturating_sub(1) / 2;
            let median = |delays: &mut [i64]| *delays.select_nth_unstable(middle).1;
            let adopted = Adopted {
                name,
                adopters: self.adopters,
                new: self.adopters - self.both,
                lapsed: self.former - self.both,
                median_delay: (!self.delays.is_empty()).then(|| median(&mut self.delays)),
            };
            memory::push(&mut self.rows, adopted)?;
        }
        (self.adopters, self.former, self.both) = (0, 0, 0);
        self.delays.clear();
        Ok(())
    }
}
