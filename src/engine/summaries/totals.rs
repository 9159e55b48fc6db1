//! All-time totals from summaries.

use std::ops::Range;

use tenant_metrics_core::summaries::net_table::{NetTable, WantedTotals};
use tenant_metrics_core::summaries::replay::{Replay, ReplayWindow};
use tenant_metrics_core::summaries::told::TotalsTeller;
use tenant_metrics_core::summaries::totals::{TotalsBlock, TotalsKey};

use super::plan::SummaryPlan;
use crate::engine::reading::{CountTotal, Reading};
use crate::error::Error;
use crate::guc;
use crate::pg::interrupt;

/// Counts totals, and the events that are not in them, into a state; says whether it could.
///
/// Totals and events are counted as they are read, but for those of tenants and names of which
/// events were taken away: these are added up first. Where the events of some tenants are looked up,
/// only theirs are counted; it is not worth reading the events of all for what is not known of
/// theirs.
pub(super) fn count<R: Reading>(
    plan: &SummaryPlan<'_>,
    reading: &R,
    count: CountTotal<R::State>,
    state: &mut R::State,
) -> Result<bool, Error> {
    let stored = &plan.stored;
    let wanted = WantedTotals { times: plan.question.needs.time, values: plan.values() };
    let columns = plan.columns(plan.dimension);
    let rank = plan.dimension.map(|_| 0);
    let mut table = NetTable::new(wanted, guc::memory_limit());
    let mut names = stored.names(plan.names().is_some())?;
    let tenants = plan.looked_up()?;
    let is_asked = |key: TotalsKey| {
        tenants.as_ref().is_none_or(|tenants| tenants.binary_search(&key.tenant).is_ok())
    };
    let late = stored.late(&mut names, columns, plan.late()? > 0.0)?;
    late.each(|block| Ok(table.touch(block, rank, is_asked)?))?;
    let always = ReplayWindow::default();
    let mut counting = reading.counting()?;
    let mut replay = Replay::new(&mut counting, plan.meanings(names.known()), always);
    late.each(|block| {
        table.take_touched(block, rank, is_asked)?;
        Ok(replay.count(block, state)?)
    })?;
    let mut teller = TotalsTeller::new(plan.meanings(names.known()), wanted.times);
    let count_tenant = reading.tenant_counting();
    let mut count_cells = |block: &TotalsBlock, cells: Range<usize>| {
        if let Some(count) = count_tenant
            && table.let_pass(block, cells.clone())?
        {
            return teller.tell_tenants(block, cells, wanted, |total| Ok(count(state, total)?));
        }
        table.add_touched_totals(block, cells, |at| {
            let sums = wanted.measures().map(|measure| block.sum(measure, at));
            Ok(count(state, &teller.tell(block.key(at), &block.cell(at), sums)?)?)
        })
    };
    let dimension = plan.dimension.unwrap_or(0);
    match &tenants {
        None => {
            stored.each_totals(dimension, wanted, |block| count_cells(block, 0..block.len()))?;
        }
        Some(tenants) => stored.each_totals_of(dimension, wanted, tenants, |block, tenant| {
            count_cells(block, block.cells_of(tenant))
        })?,
    }
    let unknown = table.forget_unknown()?;
    if !unknown.is_empty() {
        if tenants.is_some() {
            return Ok(false);
        }
        let live = stored.live(names.read()?, columns, always)?;
        live.each(|block| Ok(table.add_events(block, rank, |key| unknown.contain(key))?))?;
    }
    let mut teller = TotalsTeller::new(plan.meanings(names.known()), wanted.times);
    for (at, (key, cell, sums)) in table.cells().enumerate() {
        if at.is_multiple_of(1024) {
            interrupt();
        }
        count(state, &teller.tell(key, cell, sums.iter().cloned())?)?;
    }
    Ok(true)
}
