//! What is asked of usage: which events, of which tenants, and which of their columns.

use tenant_metrics_core::measures::MOST_MEASURES;
use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query::Expected;
use crate::pg::{plans, time};
use crate::source::Source;
use crate::source::dimension::Dimension;
use crate::source::measure::Measure;

/// A half-open window of time; a missing bound is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
}

impl Window {
    /// All times.
    pub(crate) const ALWAYS: Self = Self { since: None, until: None };

    /// Refuses a window that ends before it begins.
    pub(crate) fn new(since: Option<i64>, until: Option<i64>) -> Result<Self, Error> {
        match (since, until) {
            (Some(since), Some(until)) if until < since => Err(Error::WindowReversed {
                since: time::describe(since)?,
                until: time::describe(until)?,
            }),
            _ => Ok(Self { since, until }),
        }
    }

    /// Its finite bounds; an infinite one is none.
    pub(crate) fn finite(self) -> Self {
        let finite = |bound: Option<i64>| bound.filter(|&bound| time::is_finite(bound));
        Self { since: finite(self.since), until: finite(self.until) }
    }

    /// With the period of the same length before it, and the time that divides the two; the window
    /// alone where it lacks a finite bound.
    pub(crate) fn with_period_before(self) -> (Self, Option<i64>) {
        match self.finite() {
            Self { since: Some(since), until: Some(until) } => {
                let before = time::bound(since.saturating_sub(until.saturating_sub(since)));
                (Self { since: Some(before), until: Some(until) }, Some(since))
            }
            _ => (self, None),
        }
    }
}

/// Which columns of usage an answer needs: only these are read, and only these need rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) features: bool,
    pub(crate) cost: bool,
    pub(crate) time: bool,
    pub(crate) measures: MeasureSet,
}

/// Some of a source's further measures, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MeasureSet(u16);

impl MeasureSet {
    pub(crate) const NONE: Self = Self(0);

    /// The measure in this place.
    pub(crate) fn of(place: usize) -> Self {
        Self(1 << place)
    }

    /// The first so many.
    pub(crate) fn first(count: usize) -> Self {
        (0..count).fold(Self::NONE, |set, place| set.and(Self::of(place)))
    }

    /// Those of these that are wanted.
    pub(crate) fn only(self, is_wanted: impl Fn(usize) -> bool) -> Self {
        let wanted = self.places().filter(|&place| is_wanted(place));
        wanted.fold(Self::NONE, |set, place| set.and(Self::of(place)))
    }

    /// The places of these, in order.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        (0..MOST_MEASURES).filter(move |place| self.0 & 1 << place != 0)
    }

    /// How many they are.
    pub(crate) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// How many of these come before this place: where its sum is among theirs.
    pub(crate) fn rank(self, place: usize) -> usize {
        (self.0 & ((1 << place) - 1)).count_ones() as usize
    }

    /// These and others.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn cover(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

impl Needs {
    pub(crate) const NOTHING: Self =
        Self { features: false, cost: false, time: false, measures: MeasureSet::NONE };
    pub(crate) const FEATURES: Self = Self { features: true, ..Self::NOTHING };
    pub(crate) const COST: Self = Self { cost: true, ..Self::NOTHING };
    pub(crate) const TIME: Self = Self { time: true, ..Self::NOTHING };
    /// All of an event, but for further measures.
    pub(crate) const ALL: Self =
        Self { features: true, cost: true, time: true, measures: MeasureSet::NONE };

    /// What this measure needs.
    pub(crate) fn of(measure: Measure) -> Self {
        match measure {
            Measure::Cost => Self::COST,
            Measure::Further(place) => Self { measures: MeasureSet::of(place), ..Self::NOTHING },
        }
    }

    /// What this measure needs, if it is not the cost.
    pub(crate) fn of_further(measure: Measure) -> Self {
        match measure {
            Measure::Cost => Self::NOTHING,
            Measure::Further(_) => Self::of(measure),
        }
    }

    /// What the source has columns for, of these needs.
    pub(crate) fn in_source(self, source: &Source) -> Self {
        Self {
            features: self.features && source.usage_feature.is_some(),
            cost: self.cost && source.usage_cost.is_some(),
            time: self.time && source.usage_time.is_some(),
            measures: self.measures,
        }
    }

    /// These needs and others.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            features: self.features || other.features,
            cost: self.cost || other.cost,
            time: self.time || other.time,
            measures: self.measures.and(other.measures),
        }
    }

    /// Whether the measure in this place is one of them.
    pub(crate) fn sum(self, place: usize) -> bool {
        self.measures.cover(MeasureSet::of(place))
    }

    /// Whether an answer to these needs answers `other` too.
    pub(crate) fn cover(self, other: Self) -> bool {
        self.features >= other.features
            && self.cost >= other.cost
            && self.time >= other.time
            && self.measures.cover(other.measures)
    }
}

/// Fails unless the source has all columns that these needs are about.
pub(crate) fn demand(source: &Source, needs: Needs) -> Result<(), Error> {
    let has = needs.in_source(source);
    let lacks = |column, argument| {
        let source_name = memory::text(&source.name)?;
        Err(Error::LacksColumn { source_name, column, argument })
    };
    match needs {
        Needs { cost: true, .. } if !has.cost => lacks("cost", "usage_cost"),
        Needs { features: true, .. } if !has.features => lacks("feature", "usage_feature"),
        Needs { time: true, .. } if !has.time => lacks("time", "usage_time"),
        _ => Ok(()),
    }
}

/// What is asked of usage.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) source: &'a Source,
    pub(crate) window: Window,
    pub(crate) needs: Needs,
    /// What takes the place of the feature, if anything does.
    pub(crate) dimension: Option<&'a Dimension>,
    /// The only tenants whose events matter; all where it is missing.
    pub(crate) among: Option<&'a [OwnedId]>,
    /// Whether the events of these tenants are looked up, and not found in a pass.
    pub(crate) is_lookup: bool,
    /// Whether plans of its statements are kept: for questions that are asked again and again.
    pub(crate) keeps_plan: bool,
    /// Whether events of nobody matter too.
    pub(crate) with_nobody: bool,
    /// What reading its events is expected to cost, where that was asked for before.
    pub(crate) expected: Option<Expected>,
}

impl<'a> Question<'a> {
    /// A question that is asked once.
    pub(crate) fn once(
        source: &'a Source,
        window: Window,
        needs: Needs,
        among: Option<&'a [OwnedId]>,
    ) -> Self {
        Self {
            source,
            window,
            needs,
            dimension: None,
            among,
            is_lookup: false,
            keeps_plan: false,
            with_nobody: false,
            expected: None,
        }
    }

    /// How many events of all tenants there are in a window, as its price is asked for again and
    /// again.
    pub(crate) fn about_all(source: &'a Source, window: Window) -> Self {
        let once = Self::once(source, window, Needs::NOTHING, None);
        Self { keeps_plan: true, ..once }
    }

    /// A question about these tenants, one of many like it.
    pub(crate) fn repeated(
        source: &'a Source,
        window: Window,
        needs: Needs,
        among: &'a [OwnedId],
    ) -> Self {
        let keeps_plan = among.len() <= plans::WORTH_PLANNING;
        let once = Self::once(source, window, needs, Some(among));
        Self { is_lookup: true, keeps_plan, ..once }
    }
}
