//! What is wrong with a source's data.

use tenant_metrics_core::audit::{Audit, AuditCounts};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::audit::Counting;
use super::question::{Needs, Question, Window};
use super::{catalogue, cycle, links, route};
use crate::error::Error;
use crate::pg::ids::{describe, in_full};
use crate::pg::{interrupt, text, time};
use crate::source::Source;

/// What can be wrong, in the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Cycle,
    Duplicate,
    FeatureCountTooSmall,
    FutureEvent,
    Orphan,
    UnattributedUsage,
    UnknownFeature,
    Unpriced,
    UnusedFeature,
}

impl Kind {
    /// All kinds with their names.
    pub(crate) const NAMED: [(&'static str, Self); 9] = [
        ("cycle", Self::Cycle),
        ("duplicate", Self::Duplicate),
        ("feature_count_too_small", Self::FeatureCountTooSmall),
        ("future_event", Self::FutureEvent),
        ("orphan", Self::Orphan),
        ("unattributed_usage", Self::UnattributedUsage),
        ("unknown_feature", Self::UnknownFeature),
        ("unpriced", Self::Unpriced),
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

    fn contain(self, kind: Kind) -> bool {
        self.0[kind as usize]
    }

    fn contain_any(self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|&kind| self.contain(kind))
    }

    /// Whether the tenants table is to be read.
    fn need_forest(self) -> bool {
        use Kind::{Cycle, Duplicate, FutureEvent, Orphan, UnattributedUsage, Unpriced};
        self.contain_any(&[Cycle, Duplicate, Orphan, UnattributedUsage, Unpriced, FutureEvent])
    }

    /// Those of them that are about columns of the source.
    fn of(mut self, source: &Source) -> Self {
        use Kind::{FeatureCountTooSmall, FutureEvent, UnknownFeature, Unpriced, UnusedFeature};
        let lacks = [
            (
                source.usage_feature.is_none(),
                &[FeatureCountTooSmall, UnknownFeature, UnusedFeature][..],
            ),
            (source.usage_cost.is_none(), &[Unpriced]),
            (source.usage_time.is_none(), &[FutureEvent]),
        ];
        for (_, kinds) in lacks.iter().filter(|(lacks, _)| *lacks) {
            kinds.iter().for_each(|&kind| self.0[kind as usize] = false);
        }
        self
    }

    /// What is to be read of usage; `None` if nothing is.
    fn needs(self) -> Option<Needs> {
        use Kind::{FeatureCountTooSmall, FutureEvent, UnattributedUsage};
        use Kind::{UnknownFeature, Unpriced, UnusedFeature};
        let needs = Needs {
            features: self.contain_any(&[FeatureCountTooSmall, UnknownFeature, UnusedFeature]),
            cost: self.contain(Unpriced),
            time: self.contain(FutureEvent),
            ..Needs::NOTHING
        };
        (needs != Needs::NOTHING || self.contain(UnattributedUsage)).then_some(needs)
    }
}

/// One thing that is wrong.
pub(crate) struct Finding {
    pub(crate) kind: Kind,
    pub(crate) tenant: Option<String>,
    pub(crate) detail: String,
    pub(crate) n: u64,
}

/// What is found, of the kinds that are asked for.
struct Findings {
    kinds: Kinds,
    found: Vec<Finding>,
}

impl Findings {
    fn add(
        &mut self,
        kind: Kind,
        tenant: Option<Id<'_>>,
        detail: &str,
        n: u64,
    ) -> Result<(), Error> {
        if !self.kinds.contain(kind) {
            return Ok(());
        }
        let tenant = tenant.map(in_full).transpose()?;
        let finding = Finding { kind, tenant, detail: memory::text(detail)?, n };
        Ok(memory::push(&mut self.found, finding)?)
    }
}

/// Everything of these kinds that is wrong: by kind, and within each in the order of the ids or
/// the features.
pub(crate) fn check(source: &Source, kinds: Kinds) -> Result<Vec<Finding>, Error> {
    let kinds = kinds.of(source);
    let mut findings = Findings { kinds, found: Vec::new() };
    let forest = if kinds.need_forest() { Some(links::load(source)?) } else { None };
    if let Some(forest) = &forest {
        check_forest(forest, &mut findings)?;
    }
    if let Some(needs) = kinds.needs() {
        let audit = audit(source, needs, forest.as_ref().map_or(0, Forest::len))?;
        if let Some(forest) = &forest {
            check_tenants(forest, &audit, &mut findings)?;
        }
        if needs.features {
            check_features(&audit, catalogue::of(source, needs)?, &mut findings)?;
        }
    }
    // A stable sort would take memory that cannot be refused.
    let mut order = memory::collect((0..).zip(findings.found))?;
    order.sort_unstable_by_key(|(at, finding): &(usize, Finding)| (finding.kind, *at));
    Ok(memory::collect(order.into_iter().map(|(_, finding)| finding))?)
}

/// The events of all times, counted.
pub(super) fn audit(source: &Source, needs: Needs, tenants: usize) -> Result<Audit, Error> {
    let question = Question::once(source, Window::ALWAYS, needs, None);
    // Later than now, so the future begins a microsecond after it.
    let future = needs.time.then(|| time::now().saturating_add(1));
    route::read(&question, Counting { future, tenants })
}

fn check_forest(forest: &Forest, findings: &mut Findings) -> Result<(), Error> {
    for (id, rows) in forest.duplicates() {
        let detail = "the tenants have several rows with this id";
        findings.add(Kind::Duplicate, Some(id), detail, rows)?;
    }
    let tree = (0..forest.len()).map(Place::Tree);
    for place in tree.filter(|&place| forest.status(place) == TreeStatus::Orphan) {
        let parent = forest.parent_id(place).map(describe).unwrap_or_default();
        let detail = format!("parent {parent} is not in the tenants table");
        findings.add(Kind::Orphan, Some(forest.id(place)), &detail, 1)?;
    }
    if findings.kinds.contain(Kind::Cycle) {
        check_cycles(forest, findings)?;
    }
    Ok(())
}

/// Walking to the cycle takes as many steps as there are tenants on the way: it is done once a
/// cycle.
fn check_cycles(forest: &Forest, findings: &mut Findings) -> Result<(), Error> {
    let mut cycles: Vec<(String, u64)> = Vec::new();
    // For each of the tenants, the number of its cycle, once that is known.
    let mut known: Vec<Option<usize>> = memory::filled(forest.cyclic_len(), None)?;
    let index_of = |id: Id<'_>| match forest.find(id) {
        Some(Place::Cycle(index)) => Some(index),
        _ => None,
    };
    for index in 0..forest.cyclic_len() {
        interrupt();
        let parent = forest.parent_id(Place::Cycle(index)).and_then(index_of);
        let number = match known[index].or(parent.and_then(|parent| known[parent])) {
            Some(number) => number,
            None => {
                let cycle = forest.cycle_of(index, &interrupt)?;
                for member in cycle.iter().filter_map(|&id| index_of(id)) {
                    known[member] = Some(cycles.len());
                }
                memory::push(&mut cycles, (cycle::path(&cycle), cycle.len() as u64))?;
                cycles.len() - 1
            }
        };
        known[index] = Some(number);
        let (path, length) = &cycles[number];
        let detail = format!("on or below the cycle {path}");
        findings.add(Kind::Cycle, Some(forest.id(Place::Cycle(index))), &detail, *length)?;
    }
    Ok(())
}

fn check_tenants(forest: &Forest, audit: &Audit, findings: &mut Findings) -> Result<(), Error> {
    let mut tenants: Vec<(Option<Id<'_>>, AuditCounts)> = Vec::new();
    if audit.nobody().events > 0 {
        memory::push(&mut tenants, (None, audit.nobody()))?;
    }
    for (i, (id, counts)) in audit.tenants().enumerate() {
        if i.is_multiple_of(1024) {
            interrupt();
        }
        let is_sound = (counts.unpriced == 0 || !findings.kinds.contain(Kind::Unpriced))
            && counts.future == 0
            && forest.find(id).is_some();
        if !is_sound {
            memory::push(&mut tenants, (Some(id), counts))?;
        }
    }
    tenants.sort_unstable_by_key(|(id, _)| *id);
    for (id, counts) in tenants {
        if id.is_none_or(|id| forest.find(id).is_none()) {
            let detail = "the events name no tenant of the tenants table";
            findings.add(Kind::UnattributedUsage, id, detail, counts.events)?;
            continue;
        }
        if counts.unpriced > 0 {
            let detail = "the cost is NULL, NaN or infinite";
            findings.add(Kind::Unpriced, id, detail, counts.unpriced)?;
        }
        if counts.future > 0 {
            let detail = "the time is later than now()";
            findings.add(Kind::FutureEvent, id, detail, counts.future)?;
        }
    }
    Ok(())
}

fn check_features(
    audit: &Audit,
    catalogue: Catalogue,
    findings: &mut Findings,
) -> Result<(), Error> {
    let used = sorted_features(audit)?;
    match catalogue {
        Catalogue::Size(size) => {
            let distinct = used.len() as u64;
            if distinct > size {
                let detail = format!("usage names {distinct} features, feature_count is {size}");
                findings.add(Kind::FeatureCountTooSmall, None, &detail, distinct)?;
            }
        }
        Catalogue::Names(names) => {
            for (name, events) in &used {
                if names.binary_search_by(|known| known.as_slice().cmp(name)).is_err() {
                    findings.add(Kind::UnknownFeature, None, &text::decode(name)?, *events)?;
                }
            }
            for name in names.iter().filter(|name| !is_used(&used, name)) {
                findings.add(Kind::UnusedFeature, None, &text::decode(name)?, 0)?;
            }
        }
    }
    Ok(())
}

/// The features that events name, in the order of their bytes.
pub(super) fn sorted_features(audit: &Audit) -> Result<Vec<(&[u8], u64)>, Error> {
    let mut features = memory::collect(audit.features())?;
    features.sort_unstable();
    Ok(features)
}

pub(super) fn is_used(used: &[(&[u8], u64)], name: &[u8]) -> bool {
    used.binary_search_by(|(other, _)| other.cmp(&name)).is_ok()
}
