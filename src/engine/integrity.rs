//! What is wrong with a source's data.

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::{Needs, Question, Window, statement, tree};
use crate::error::Error;
use crate::pg::catalog::Column;
use crate::pg::ids::{OwnedId, describe, in_full};
use crate::pg::query;
use crate::pg::{interrupt, rights, text, time};
use crate::source::{Features, Source, Table};

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
        check_usage(&forest, id.as_ref(), &counts, &mut findings)?;
    }
    check_features(source, &mut findings)?;
    // Later than now, so the window begins a microsecond after it.
    let future = Window { since: Some(time::now().saturating_add(1)), until: None };
    for (id, counts) in by_tenant(source, future, Needs::NOTHING)? {
        if is_tenant(&forest, id.as_ref()) {
            let finding = Finding {
                kind: "future_event",
                tenant: id.as_ref().map(|id| in_full(id.borrow())).transpose()?,
                detail: "the time is later than now()".into(),
                n: counts.events,
            };
            memory::push(&mut findings, finding)?;
        }
    }
    // By kind, and within each in the order of the ids, in which they were found.
    let mut order = memory::collect((0..).zip(findings))?;
    order.sort_unstable_by_key(|(at, finding): &(usize, Finding)| (finding.kind, *at));
    Ok(memory::collect(order.into_iter().map(|(_, finding)| finding))?)
}

/// Rows up to which [`unused_features`] looks.
const QUICKLY_READ: f64 = 1_000_000.0;

/// The names of the catalogue that no event has, if there are events, and finding out takes but a
/// moment and runs nobody's code: where usage is a plain or partitioned table of at most a million
/// expected rows, and so is the table of the features.
pub(crate) fn unused_features(source: &Source) -> Result<Vec<Vec<u8>>, Error> {
    let is_quick = |table: &Table, column: &Column| {
        if !rights::may_read(table.oid, &column.name)? || !rights::is_local(table.oid)? {
            return Ok::<_, Error>(false);
        }
        let rows = query::estimate(&statement::column_of(&table.name, &column.quoted), &[])?;
        Ok(rows.is_some_and(|rows| rows <= QUICKLY_READ))
    };
    let quick = match &source.features {
        Features::Count(_) => false,
        Features::Names(_) => true,
        Features::Table { table, column } => is_quick(table, column)?,
    };
    if !quick || !is_quick(&source.usage, &source.usage_feature)? {
        return Ok(Vec::new());
    }
    let Catalogue::Names(names) = super::catalogue(source, Needs::FEATURES)? else {
        return Ok(Vec::new());
    };
    let all = names.len();
    let mut others = 0;
    let unused = without_events(source, names, |_, _| {
        others += 1;
        Ok(())
    })?;
    // Usage without any name says nothing yet.
    Ok(if unused.len() == all && others == 0 { Vec::new() } else { unused })
}

#[derive(Default)]
struct TenantEvents {
    events: u64,
    unpriced: u64,
}

/// Events and unpriced events of each tenant id, NULL included, by id.
fn by_tenant(
    source: &Source,
    window: Window,
    needs: Needs,
) -> Result<Vec<(Option<OwnedId>, TenantEvents)>, Error> {
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
        let id = row.id(0, source.usage_tenant_type).map(OwnedId::new).transpose()?;
        let events = row.int8(2).cast_unsigned();
        let unpriced = events - row.int8(3).cast_unsigned();
        Ok(memory::push(&mut counts, (id, TenantEvents { events, unpriced }))?)
    })?;
    counts.sort_unstable_by(|(a, _), (b, _)| {
        a.as_ref().map(OwnedId::borrow).cmp(&b.as_ref().map(OwnedId::borrow))
    });
    Ok(counts)
}

fn check_forest(forest: &Forest, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let tree = (0..forest.len()).map(Place::Tree);
    for place in tree.filter(|&place| forest.status(place) == TreeStatus::Orphan) {
        let parent = forest.parent_id(place).map(describe).unwrap_or_default();
        let finding = Finding {
            kind: "orphan",
            tenant: Some(in_full(forest.id(place))?),
            detail: format!("parent {parent} is not in the tenants table"),
            n: 1,
        };
        memory::push(findings, finding)?;
    }
    // Walking to the cycle takes as many steps as there are such tenants: do it once a cycle.
    let mut cycles: Vec<(String, u64)> = Vec::new();
    // For each of the tenants, the number of its cycle, once that is known.
    let mut known: Vec<Option<usize>> = memory::filled(forest.cyclic_len(), None)?;
    let index_of = |id: Id<'_>| match forest.find(id) {
        Some(Place::Cycle(index)) => Some(index),
        _ => None,
    };
    for index in 0..forest.cyclic_len() {
        interrupt();
        let id = forest.id(Place::Cycle(index));
        let parent = forest.parent_id(Place::Cycle(index)).and_then(index_of);
        let number = match known[index].or(parent.and_then(|parent| known[parent])) {
            Some(number) => number,
            None => {
                let cycle = forest.cycle_of(index, &interrupt)?;
                for member in cycle.iter().filter_map(|&id| index_of(id)) {
                    known[member] = Some(cycles.len());
                }
                memory::push(&mut cycles, (tree::path(&cycle), cycle.len() as u64))?;
                cycles.len() - 1
            }
        };
        known[index] = Some(number);
        let (path, length) = &cycles[number];
        let finding = Finding {
            kind: "cycle",
            tenant: Some(in_full(id)?),
            detail: format!("on or below the cycle {path}"),
            n: *length,
        };
        memory::push(findings, finding)?;
    }
    Ok(())
}

fn check_usage(
    forest: &Forest,
    id: Option<&OwnedId>,
    counts: &TenantEvents,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let (kind, detail, n) = if !is_tenant(forest, id) {
        let detail = "the events name no tenant of the tenants table";
        ("unattributed_usage", detail, counts.events)
    } else if counts.unpriced > 0 {
        ("unpriced", "the cost is NULL, NaN or infinite", counts.unpriced)
    } else {
        return Ok(());
    };
    let tenant = id.map(|id| in_full(id.borrow())).transpose()?;
    Ok(memory::push(findings, Finding { kind, tenant, detail: detail.into(), n })?)
}

fn is_tenant(forest: &Forest, id: Option<&OwnedId>) -> bool {
    id.is_some_and(|id| forest.find(id.borrow()).is_some())
}

fn check_features(source: &Source, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let mut add = |kind, detail, n| {
        Ok::<_, Error>(memory::push(findings, Finding { kind, tenant: None, detail, n })?)
    };
    match super::catalogue(source, Needs::FEATURES)? {
        Catalogue::Size(size) => {
            let mut distinct = 0;
            each_feature(source, |_, _| {
                distinct += 1;
                Ok(())
            })?;
            if distinct > size {
                let detail = format!("usage names {distinct} features, feature_count is {size}");
                add("feature_count_too_small", detail, distinct)?;
            }
        }
        Catalogue::Names(names) => {
            let unused = without_events(source, names, |name, events| {
                add("unknown_feature", text::decode(name)?, events)
            })?;
            for name in unused {
                add("unused_feature", text::decode(&name)?, 0)?;
            }
        }
    }
    Ok(())
}

/// Those of `names`, which are sorted, that no event has; the others that events have go to
/// `on_other`, with the number of their events.
fn without_events(
    source: &Source,
    mut names: Vec<Vec<u8>>,
    mut on_other: impl FnMut(&[u8], u64) -> Result<(), Error>,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut used = memory::filled(names.len(), false)?;
    each_feature(source, |name, events| {
        match names.binary_search_by(|known| known.as_slice().cmp(name)) {
            Ok(index) => used[index] = true,
            Err(_) => on_other(name, events)?,
        }
        Ok(())
    })?;
    let mut used = used.into_iter();
    names.retain(|_| !used.next().unwrap_or(false));
    Ok(names)
}

/// Calls `on_feature` with each feature that usage names and the number of its events.
fn each_feature(
    source: &Source,
    mut on_feature: impl FnMut(&[u8], u64) -> Result<(), Error>,
) -> Result<(), Error> {
    query::read(&statement::named_features(source), &[], |row| {
        on_feature(row.bytes(0).unwrap_or_default(), row.int8(1).cast_unsigned())
    })
}
