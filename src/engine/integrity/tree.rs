//! What is wrong with the tenants' tree.

use tenant_metrics_core::forest::{Forest, Place, TreeStatus};
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::memory;

use super::findings::Findings;
use super::kinds::Kind;
use crate::engine::cycle;
use crate::error::Error;
use crate::pg::ids::describe;
use crate::pg::interrupt;

/// Ids that several tenants have, orphans and cycles.
pub(super) fn check(forest: &Forest, findings: &mut Findings) -> Result<(), Error> {
    for (id, rows) in forest.duplicates() {
        let detail = "the tenants have several rows with this id";
        findings.add(Kind::Duplicate, Some(id), Some(detail), rows)?;
    }
    let tree = (0..forest.len()).map(Place::Tree);
    for place in tree.filter(|&place| forest.status(place) == TreeStatus::Orphan) {
        let parent = forest.parent_id(place).map(describe).unwrap_or_default();
        let detail = format!("parent {parent} is not in the tenants table");
        findings.add(Kind::Orphan, Some(forest.id(place)), Some(&detail), 1)?;
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
        let id = forest.id(Place::Cycle(index));
        findings.add(Kind::Cycle, Some(id), Some(&detail), *length)?;
    }
    Ok(())
}
