//! Who adopted each feature, who newly, who no longer, and how soon.

use crate::features::Catalogue;
use crate::forest::{Forest, Place};
use crate::{CoreError, memory};

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
}

impl<'a> Adoption<'a> {
    /// No events yet.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn new(forest: &'a Forest, catalogue: &'a Catalogue) -> Result<Self, CoreError> {
        Ok(Self {
            forest,
            catalogue,
            marks: memory::filled(forest.count(), Mark::default())?,
            name: None,
            shown: false,
            number: 0,
            adopters: 0,
            former: 0,
            both: 0,
            delays: Vec::new(),
            rows: Vec::new(),
        })
    }

    /// A tenant has events of a feature in the period before (`before`) or in the period itself;
    /// `delay` is the time to the first of them.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn add(
        &mut self,
        place: Place,
        feature: Option<&[u8]>,
        before: bool,
        delay: Option<i64>,
    ) -> Result<(), CoreError> {
        if self.number == 0 || self.name.as_deref() != feature {
            self.close()?;
            self.name = feature.map(memory::copied).transpose()?;
            self.shown = feature.is_some_and(|name| self.catalogue.counts(name));
            self.number += 1;
        }
        if !self.shown {
            return Ok(());
        }
        let mark = &mut self.marks[self.forest.index(place)];
        if before {
            mark.before = self.number;
            self.former += 1;
        } else {
            mark.now = self.number;
            self.adopters += 1;
            if let Some(delay) = delay {
                memory::push(&mut self.delays, delay)?;
            }
        }
        self.both += u64::from(mark.now == mark.before);
        Ok(())
    }

    /// The features that were named, or those of the catalogue if it has names; those with the
    /// most adopters first, then by name.
    ///
    /// # Errors
    /// [`CoreError::OutOfMemory`].
    pub fn finish(mut self) -> Result<Vec<Adopted>, CoreError> {
        self.close()?;
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
