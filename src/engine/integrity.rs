//! What is wrong with a source's data.

use std::collections::BTreeMap;

use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::{Id, describe};

use super::{Needs, Question, Window, statement, tree};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query::{self, Param};
use crate::pg::{interrupt, text, time};
use crate::source::{Features, Source};

/// One thing that is wrong.
pub(crate) struct Finding {
    pub(crate) kind: &'static str,
    pub(crate) tenant: Option<String>,
    pub(crate) detail: String,
    pub(crate) n: u64,
}

/// Everything that is wrong, by kind.
pub(crate) fn check(source: &Source) -> Result<Vec<Finding>, Error> {
    let forest = tree::load(source)?;
    let mut findings = Vec::new();
    check_forest(&forest, &mut findings)?;
    let needs = Needs { cost: true, ..Needs::NOTHING };
    for (id, counts) in by_tenant(source, Window::ALWAYS, needs)? {
        check_usage(&forest, id.as_ref(), &counts, &mut findings);
    }
    check_features(source, &mut findings)?;
    // Later than now, so the window begins a microsecond after it.
    let future = Window { since: Some(time::now().saturating_add(1)), until: None };
    for (id, counts) in by_tenant(source, future, Needs::NOTHING)? {
        if is_tenant(&forest, id.as_ref()) {
            findings.push(Finding {
                kind: "future_event",
                tenant: id.as_ref().map(|id| describe(id.borrow())),
                detail: "the time is later than now()".into(),
                n: counts.events,
            });
        }
    }
    findings.sort_by_key(|finding| finding.kind);
    Ok(findings)
}

#[derive(Default)]
struct Counts {
    events: u64,
    unpriced: u64,
}

/// Events and unpriced events of each tenant id, NULL included, by id.
fn by_tenant(
    source: &Source,
    window: Window,
    needs: Needs,
) -> Result<Vec<(Option<OwnedId>, Counts)>, Error> {
    let (sql, params) = statement::grouped_usage(&Question {
        source,
        window,
        needs,
        among: None,
        kept_plan: false,
        alone: false,
    })?;
    let mut counts = Vec::new();
    query::read(&sql, &params, |row| {
        let id = row.id(0, source.usage_tenant_type).map(OwnedId::from);
        let events = row.int8(2).cast_unsigned();
        counts.push((id, Counts { events, unpriced: events - row.int8(3).cast_unsigned() }));
        Ok(())
    })?;
    counts.sort_by(|(a, _), (b, _)| {
        a.as_ref().map(OwnedId::borrow).cmp(&b.as_ref().map(OwnedId::borrow))
    });
    Ok(counts)
}

fn check_forest(forest: &Forest, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let tree = (0..forest.len()).map(Place::Tree);
    for place in tree.filter(|&place| forest.status(place) == TreeStatus::Orphan) {
        let parent = forest.parent_id(place).map(describe).unwrap_or_default();
        findings.push(Finding {
            kind: "orphan",
            tenant: Some(describe(forest.id(place))),
            detail: format!("parent {parent} is not in the tenants table"),
            n: 1,
        });
    }
    // Walking to the cycle takes as many steps as there are such tenants: do it once a cycle.
    let mut known: BTreeMap<Id<'_>, (String, u64)> = BTreeMap::new();
    for index in 0..forest.cyclic_len() {
        interrupt();
        let place = Place::Cycle(index);
        let id = forest.id(place);
        let inherited = forest.parent_id(place).and_then(|parent| known.get(&parent)).cloned();
        let (path, length) = match known.get(&id).cloned().or(inherited) {
            Some(found) => found,
            None => {
                let cycle = forest.cycle_of(index, &interrupt)?;
                let found = (tree::path(&cycle), cycle.len() as u64);
                known.extend(cycle.into_iter().map(|member| (member, found.clone())));
                found
            }
        };
        known.insert(id, (path.clone(), length));
        findings.push(Finding {
            kind: "cycle",
            tenant: Some(describe(id)),
            detail: format!("on or below the cycle {path}"),
            n: length,
        });
    }
    Ok(())
}

fn check_usage(
    forest: &Forest,
    id: Option<&OwnedId>,
    counts: &Counts,
    findings: &mut Vec<Finding>,
) {
    let tenant = id.map(|id| describe(id.borrow()));
    if !is_tenant(forest, id) {
        findings.push(Finding {
            kind: "unattributed_usage",
            tenant,
            detail: "the events name no tenant of the tenants table".into(),
            n: counts.events,
        });
    } else if counts.unpriced > 0 {
        findings.push(Finding {
            kind: "unpriced",
            tenant,
            detail: "the cost is NULL, NaN or infinite".into(),
            n: counts.unpriced,
        });
    }
}

fn is_tenant(forest: &Forest, id: Option<&OwnedId>) -> bool {
    id.is_some_and(|id| forest.find(id.borrow()).is_some())
}

fn check_features(source: &Source, findings: &mut Vec<Finding>) -> Result<(), Error> {
    if let Features::Count(count) = source.features {
        let mut distinct = 0;
        query::read(&statement::distinct_features(source), &[], |row| {
            distinct = row.int8(0).cast_unsigned();
            Ok(())
        })?;
        if distinct > u64::from(count) {
            findings.push(Finding {
                kind: "feature_count_too_small",
                tenant: None,
                detail: format!("usage names {distinct} features, feature_count is {count}"),
                n: distinct,
            });
        }
        return Ok(());
    }
    let catalogue = super::catalogue(source, Needs::FEATURES)?;
    let tenant_metrics_core::features::Catalogue::Names(names) = catalogue else { return Ok(()) };
    let text_type = crate::pg::ids::IdType::Text;
    let known = text_type.array(names.iter().map(|name| Id::Text(name)));
    let params = [Param::new(text_type.array_oid(), Some(known))];
    query::read(&statement::unknown_features(source), &params, |row| {
        findings.push(Finding {
            kind: "unknown_feature",
            tenant: None,
            detail: text::to_utf8(row.bytes(0).unwrap_or_default())?,
            n: row.int8(1).cast_unsigned(),
        });
        Ok(())
    })
}
