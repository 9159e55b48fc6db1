//! All-time totals from summaries.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::measures::MeasureSum;
use tenant_metrics_core::memory;
use tenant_metrics_core::summaries::net_table::{NetTable, WantedTotals};
use tenant_metrics_core::summaries::numbering::Numbering;
use tenant_metrics_core::summaries::replay::ReplayWindow;
use tenant_metrics_core::usage::{Cost, NEVER};

use super::plan::SummaryPlan;
use crate::engine::groups::{GroupSums, GroupsOfTotals, UsageGroup};
use crate::error::Error;
use crate::guc;
use crate::pg::interrupt;

/// The totals that answer a question.
pub(super) struct SummaryTotals {
    table: NetTable,
    numbering: Numbering,
    /// The dimension by whose names they are told apart, if they are.
    names: Option<usize>,
    has_cost: bool,
    has_time: bool,
}

/// Reads totals, and the events that are not in them.
pub(super) fn read(plan: &SummaryPlan<'_>) -> Result<SummaryTotals, Error> {
    let (stored, needs) = (&plan.stored, plan.question.needs);
    let wanted = WantedTotals { times: needs.time, values: plan.values() };
    let mut table = NetTable::new(wanted, guc::memory_limit());
    let mut numbering = stored.numbering()?;
    let columns = plan.columns(plan.dimension);
    let rank = plan.dimension.map(|_| 0);
    stored.each_totals(plan.dimension.unwrap_or(0), plan.values(), |block| {
        Ok(table.add_totals(block)?)
    })?;
    stored
        .each_late(&mut numbering, columns, |block| Ok(table.add_events(block, rank, |_| true)?))?;
    let unknown = table.forget_unknown()?;
    if !unknown.is_empty() {
        let live = stored.live(&mut numbering, columns, ReplayWindow::default())?;
        live.each(|block| Ok(table.add_events(block, rank, |key| unknown.contain(key))?))?;
    }
    let (has_cost, has_time) = (needs.cost, needs.time);
    Ok(SummaryTotals { table, numbering, names: plan.names(), has_cost, has_time })
}

impl SummaryTotals {
    /// The tenant of a number.
    fn id(&self, tenant: i64) -> Result<Id<'_>, Error> {
        let ids = self.numbering.ids();
        if ids == IdKind::Int {
            return Ok(Id::Int(tenant));
        }
        let number = u32::try_from(tenant).ok();
        let bytes = number.and_then(|number| self.numbering.tenants().name(number));
        let bytes = bytes.ok_or(CoreError::MalformedRow)?;
        Ok(match ids {
            IdKind::Uuid => {
                let bytes = bytes.try_into().map_err(|_| CoreError::MalformedRow)?;
                Id::Uuid(u128::from_be_bytes(bytes))
            }
            _ => Id::Text(bytes),
        })
    }

    /// The places of names in the order of their bytes; that of no name is last.
    fn ranks(&self) -> Result<Vec<u32>, Error> {
        let Some(names) = self.names.map(|place| self.numbering.names(place)) else {
            return Ok(Vec::new());
        };
        let mut order = memory::collect(1..=names.len())?;
        order.sort_unstable_by_key(|&number| names.name(number));
        let mut ranks = memory::filled(order.len() + 1, names.len())?;
        for (rank, &number) in (0..).zip(&order) {
            ranks[number as usize] = rank;
        }
        Ok(ranks)
    }
}

impl GroupsOfTotals for SummaryTotals {
    fn each(
        &self,
        on_group: &mut dyn FnMut(&UsageGroup<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let cells = memory::collect(self.table.cells())?;
        let order = in_order(&self.ranks()?, cells.iter().map(|(key, ..)| key.name))?;
        let names = self.names.map(|place| self.numbering.names(place));
        let mut sums = Vec::new();
        for (count, &at) in order.iter().enumerate() {
            let (key, cell, found) = cells[at as usize];
            if count.is_multiple_of(1024) {
                interrupt();
            }
            sums.clear();
            let events = cell.events.unsigned_abs();
            for sum in found {
                let total = sum.total(cell.events).ok_or(CoreError::MalformedRow)?;
                memory::push(&mut sums, MeasureSum { total, missing: sum.missing.unsigned_abs() })?;
            }
            let (cost, measures) = sums.split_at(usize::from(self.has_cost));
            let (first, last) = match self.has_time {
                true => cell.times().ok_or(CoreError::MalformedRow)?,
                false => (NEVER, NEVER),
            };
            let feature = match (names, key.name) {
                (None, _) | (_, 0) => None,
                (Some(names), number) => Some(names.name(number).ok_or(CoreError::MalformedRow)?),
            };
            on_group(&UsageGroup {
                id: Some(self.id(key.tenant)?),
                feature,
                bucket: None,
                is_before: None,
                events,
                unpriced: cost.first().map_or(events, |cost| cost.missing),
                cost: cost.first().map_or(Cost::Unpriced, |cost| Cost::Sum(&cost.total)),
                first,
                last,
                first_finite: None,
                start: None,
                sums: GroupSums::Each(measures),
            })?;
        }
        Ok(())
    }
}

/// The places of cells with these names in the order of the ranks of names.
fn in_order(
    ranks: &[u32],
    names: impl ExactSizeIterator<Item = u32> + Clone,
) -> Result<Vec<u32>, CoreError> {
    let rank_of = |name: u32| ranks.get(name as usize).map_or(0, |&rank| rank as usize);
    // Where the cells of each rank begin.
    let mut next = memory::filled(ranks.len().max(1) + 1, 0_u32)?;
    for name in names.clone() {
        next[rank_of(name) + 1] += 1;
    }
    for rank in 1..next.len() {
        next[rank] += next[rank - 1];
    }
    let mut order = memory::filled(names.len(), 0)?;
    for (at, name) in (0..).zip(names) {
        let place = &mut next[rank_of(name)];
        order[*place as usize] = at;
        *place += 1;
    }
    Ok(order)
}
