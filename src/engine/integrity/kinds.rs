//! What can be wrong with a source's data.

use crate::engine::question::Needs;
use crate::source::Source;

/// What can be wrong, in the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Cycle,
    Duplicate,
    FeatureCountTooSmall,
    FutureEvent,
    MissingMeasure,
    Orphan,
    SimilarFeature,
    SimilarValue,
    UnattributedUsage,
    UnknownFeature,
    Unpriced,
    UnusableColumn,
    UnusedFeature,
}

impl Kind {
    /// All kinds with their names.
    pub(crate) const NAMED: [(&'static str, Self); 13] = [
        ("cycle", Self::Cycle),
        ("duplicate", Self::Duplicate),
        ("feature_count_too_small", Self::FeatureCountTooSmall),
        ("future_event", Self::FutureEvent),
        ("missing_measure", Self::MissingMeasure),
        ("orphan", Self::Orphan),
        ("similar_feature", Self::SimilarFeature),
        ("similar_value", Self::SimilarValue),
        ("unattributed_usage", Self::UnattributedUsage),
        ("unknown_feature", Self::UnknownFeature),
        ("unpriced", Self::Unpriced),
        ("unusable_column", Self::UnusableColumn),
        ("unused_feature", Self::UnusedFeature),
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMED[self as usize].0
    }
}

/// Some of the kinds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kinds([bool; Kind::NAMED.len()]);

impl Kinds {
    pub(crate) const NONE: Self = Self([false; Kind::NAMED.len()]);
    pub(crate) const ALL: Self = Self([true; Kind::NAMED.len()]);

    /// These and one more.
    pub(crate) fn insert(&mut self, kind: Kind) {
        self.0[kind as usize] = true;
    }

    pub(super) fn contain(self, kind: Kind) -> bool {
        self.0[kind as usize]
    }

    pub(super) fn contain_any(self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|&kind| self.contain(kind))
    }

    /// Whether the tenants table is to be read.
    pub(super) fn need_forest(self) -> bool {
        use Kind::{Cycle, Duplicate, Orphan};
        use Kind::{FutureEvent, MissingMeasure, UnattributedUsage, Unpriced};
        self.contain_any(&[Cycle, Duplicate, Orphan])
            || self.contain_any(&[FutureEvent, MissingMeasure, UnattributedUsage, Unpriced])
    }

    /// Those of them that are about columns of the source.
    pub(super) fn of(mut self, source: &Source) -> Self {
        use Kind::{FeatureCountTooSmall, SimilarFeature, UnknownFeature, UnusedFeature};
        use Kind::{FutureEvent, MissingMeasure, SimilarValue, Unpriced};
        let lacks = [
            (
                source.usage_feature.is_none(),
                &[FeatureCountTooSmall, SimilarFeature, UnknownFeature, UnusedFeature][..],
            ),
            (source.usage_cost.is_none(), &[Unpriced]),
            (source.usage_time.is_none(), &[FutureEvent]),
            (source.measures.is_empty(), &[MissingMeasure]),
            (source.dimensions.is_empty(), &[SimilarValue]),
        ];
        for (_, kinds) in lacks.iter().filter(|(lacks, _)| *lacks) {
            kinds.iter().for_each(|&kind| self.0[kind as usize] = false);
        }
        self
    }

    /// Whether the catalogue of features is to be read.
    pub(super) fn need_catalogue(self) -> bool {
        use Kind::{FeatureCountTooSmall, UnknownFeature, UnusedFeature};
        self.contain_any(&[FeatureCountTooSmall, UnknownFeature, UnusedFeature])
    }

    /// What is to be read of usage for what is counted by tenant and feature; `None` if nothing is.
    pub(super) fn needs(self, source: &Source) -> Option<Needs> {
        use Kind::{FutureEvent, SimilarFeature, UnattributedUsage, Unpriced};
        let needs = Needs {
            features: self.need_catalogue()
                || self.contain_any(&[FutureEvent, SimilarFeature, Unpriced]),
            cost: self.contain(Unpriced),
            time: self.contain(FutureEvent),
            ..Needs::NOTHING
        };
        (needs != Needs::NOTHING || self.contain(UnattributedUsage))
            .then_some(needs.in_source(source))
    }
}
