//! Uses of features, kept until all are known: what subtrees did, and who was active at all.

use std::ops::Range;

use super::Names;
use super::eligible::united;
use crate::forest::Forest;
use crate::subtree::Scope;
use crate::{CoreError, Interrupt, memory, poll};

/// When a tenant used a feature.
#[derive(Debug, Clone, Copy)]
pub enum FeatureUse {
    /// In the period, first at this finite time, if one is known.
    Now(Option<i64>),
    /// In the period before.
    Before,
}

/// What a tenant, or its subtree, did in the period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tenant {
    pub(super) is_active: bool,
    /// The first finite time of its events.
    pub(super) start: Option<i64>,
}

/// Uses in the order of the features.
#[derive(Debug, Default)]
pub(super) struct KeptUses {
    names: Names,
    /// Where the uses of each feature begin.
    begins: Vec<usize>,
    /// By whom, by the index of the place, and when.
    uses: Vec<(u32, FeatureUse)>,
    /// For the feature of this number, the first uses that are known of each place.
    first: Vec<First>,
}

/// What is known of a place's uses of the feature whose number, counted from 1, it bears.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct First {
    now: usize,
    before: usize,
    /// The first time in the period; the greatest number where none is known.
    time: i64,
}

impl KeptUses {
    pub(super) fn push(
        &mut self,
        index: usize,
        feature: Option<&[u8]>,
        used: FeatureUse,
    ) -> Result<(), CoreError> {
        if !self.names.end_with(feature) {
            self.names.push(feature)?;
            memory::push(&mut self.begins, self.uses.len())?;
        }
        let index = u32::try_from(index).map_err(|_| CoreError::TooManyValues)?;
        memory::push(&mut self.uses, (index, used))
    }

    /// Number of features.
    pub(super) fn features(&self) -> usize {
        self.begins.len()
    }

    /// The name of a feature.
    pub(super) fn name(&self, number: usize) -> Option<&[u8]> {
        self.names.0[number].as_deref()
    }

    /// What each tenant did, by the index of its place; with its descendants in the scope of
    /// subtrees.
    pub(super) fn tenants(
        &self,
        forest: &Forest,
        scope: Scope,
        interrupt: Interrupt<'_>,
    ) -> Result<Vec<Tenant>, CoreError> {
        let mut tenants = memory::filled(forest.count(), Tenant::default())?;
        for (i, &(index, used)) in self.uses.iter().enumerate() {
            poll(i, interrupt);
            if let FeatureUse::Now(first) = used {
                let used = Tenant { is_active: true, start: first };
                let tenant = &mut tenants[index as usize];
                *tenant = tenant.and(used);
            }
        }
        if scope == Scope::Subtree {
            united(forest, &mut tenants, interrupt, Tenant::and);
        }
        Ok(tenants)
    }

    /// Calls `on_use` for each tenant that used the feature, once for each period, with the first
    /// time; in the scope of subtrees for those above it too.
    pub(super) fn each_of(
        &mut self,
        number: usize,
        forest: &Forest,
        scope: Scope,
        interrupt: Interrupt<'_>,
        mut on_use: impl FnMut(usize, FeatureUse) -> Result<(), CoreError>,
    ) -> Result<(), CoreError> {
        let uses = self.range(number);
        if scope == Scope::Own {
            return self.uses[uses].iter().try_for_each(|&(at, used)| on_use(at as usize, used));
        }
        if self.first.is_empty() {
            self.first = memory::filled(forest.count(), First::default())?;
        }
        let mut touched = Vec::new();
        for (i, (index, used)) in uses.clone().map(|at| self.uses[at]).enumerate() {
            poll(i, interrupt);
            let place = index as usize;
            // Those on and below cycles are above nobody who could be told.
            if place >= forest.len() {
                continue;
            }
            for above in std::iter::once(place).chain(forest.ancestors(place)) {
                let was = self.first[above];
                let now = was.with(used, number + 1);
                if now == was {
                    // All above know it too.
                    break;
                }
                if was.now != number + 1 && was.before != number + 1 {
                    memory::push(&mut touched, above)?;
                }
                self.first[above] = now;
            }
        }
        for (i, at) in touched.into_iter().enumerate() {
            poll(i, interrupt);
            let First { now, before, time } = self.first[at];
            if now == number + 1 {
                on_use(at, FeatureUse::Now((time != i64::MAX).then_some(time)))?;
            }
            if before == number + 1 {
                on_use(at, FeatureUse::Before)?;
            }
        }
        Ok(())
    }

    fn range(&self, number: usize) -> Range<usize> {
        let end = self.begins.get(number + 1).copied().unwrap_or(self.uses.len());
        self.begins[number]..end
    }
}

impl Tenant {
    fn and(self, other: Self) -> Self {
        Self {
            is_active: self.is_active || other.is_active,
            start: self.start.into_iter().chain(other.start).min(),
        }
    }
}

impl First {
    /// With a use of the feature of this number, counted from 1.
    fn with(self, used: FeatureUse, number: usize) -> Self {
        match used {
            FeatureUse::Before => Self { before: number, ..self },
            FeatureUse::Now(first) => {
                let known = if self.now == number { self.time } else { i64::MAX };
                Self { now: number, time: known.min(first.unwrap_or(i64::MAX)), ..self }
            }
        }
    }
}
