//! Whether summaries answer a question, which columns of theirs, and at what price.

use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;
use tenant_metrics_core::summaries::event_block::WantedColumns;
use tenant_metrics_core::summaries::numbering::Numbering;
use tenant_metrics_core::summaries::replay::{Meanings, ReplayWindow};

use crate::engine::budget;
use crate::engine::question::{Question, Window};
use crate::engine::reading::Amounts;
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::ids::OwnedId;
use crate::pg::summaries::{Fault, Pending, StoredSource};
use crate::pg::{executor, rights, snapshot, time};
use crate::source::summarized::SourceSummaries;

/// What reading takes, in the planner's units, of which one takes about 2.3 microseconds (as
/// `budget.rs` says): measured at 5 million events of 10,000 tenants.
const COST_PER_CELL: f64 = 0.05;
pub(super) const COST_PER_EVENT: f64 = 0.012;
const COST_PER_PENDING: f64 = 0.06;
const COST_PER_PAGE: f64 = 0.1;
const STARTUP_COST: f64 = 10.0;

/// What it takes to look up the totals of a tenant.
const COST_PER_TENANT: f64 = 4.0;

/// How summaries answer a question.
pub(super) struct SummaryPlan<'a> {
    pub(super) question: Question<'a>,
    summaries: &'a SourceSummaries,
    pub(super) stored: StoredSource,
    /// The dimension that takes part, or else the first one; missing where there are none.
    pub(super) dimension: Option<usize>,
    /// The places of the measures that are wanted, as a set: the cost first, then the others.
    values: u32,
}

/// What is found for a question.
pub(super) enum FoundPlan<'a> {
    Plan(SummaryPlan<'a>),
    /// There are summaries, but why they do not answer it.
    Closed(&'static str),
    /// There are summaries, but they do not know of all events.
    Stale(Fault),
    /// The source has none, or nobody would think that they take part.
    Nothing,
}

pub(super) fn find<'a>(question: &Question<'a>) -> Result<FoundPlan<'a>, Error> {
    let source = question.source;
    // Totals are found by integers, and events by nothing but their times. Whoever reads what waits
    // reads that of all tenants, of which a serializable transaction would fail with anybody's write.
    let is_found = question.window == Window::ALWAYS
        && source.id_type.kind() == IdKind::Int
        && !snapshot::is_watched();
    if question.with_nobody || question.is_lookup && !is_found {
        return Ok(FoundPlan::Nothing);
    }
    let Some(summaries) = source.summaries()? else { return Ok(FoundPlan::Nothing) };
    match guc::engine() {
        EngineSetting::Auto | EngineSetting::Summaries => {}
        EngineSetting::Aggregate => {
            return Ok(FoundPlan::Closed("tenant_metrics.engine is aggregate"));
        }
        EngineSetting::Portable => {
            return Ok(FoundPlan::Closed("tenant_metrics.engine is portable"));
        }
    }
    if let Some(fault) = summaries.fault(source)? {
        return Ok(match fault.is_stale() {
            true => FoundPlan::Stale(fault),
            false => FoundPlan::Closed(fault.words()),
        });
    }
    if rights::is_filtered(source.usage.oid) {
        return Ok(FoundPlan::Closed("row-level security applies to the usage table"));
    }
    if executor::writes_what_is_seen() {
        return Ok(FoundPlan::Closed("a statement that is not at its end may have changed usage"));
    }
    let Some(stored) = summaries.stored(source.id_type.kind()) else {
        return Ok(FoundPlan::Closed("the source has other columns than its summaries"));
    };
    let stored = stored.limited(guc::memory_limit());
    let plan = SummaryPlan::new(question, summaries, stored);
    match plan.may_read()? {
        true => Ok(FoundPlan::Plan(plan)),
        // The statement that reads the events says what right is missing.
        false => Ok(FoundPlan::Closed("the caller may not read the usage table")),
    }
}

impl<'a> SummaryPlan<'a> {
    fn new(question: &Question<'a>, summaries: &'a SourceSummaries, stored: StoredSource) -> Self {
        let (source, needs) = (question.source, question.needs.in_source(question.source));
        let feature = usize::from(source.usage_feature.is_some());
        let further = question.dimension.and_then(|dimension| {
            source.dimensions.iter().position(|name| *name == dimension.column.name)
        });
        let dimension = match further {
            Some(place) => Some(feature + place),
            None => (stored.shape().dimensions() > 0).then_some(0),
        };
        let cost = u32::from(source.usage_cost.is_some());
        let mut values = if needs.cost { 1 } else { 0 };
        for place in needs.measures.places() {
            values |= 1 << (place + cost as usize);
        }
        Self { question: *question, summaries, stored, dimension, values }
    }

    /// The dimension by whose names events are told apart, if they are.
    pub(super) fn names(&self) -> Option<usize> {
        self.dimension.filter(|_| self.question.needs.features)
    }

    /// The measures that are wanted, as a set.
    pub(super) fn values(&self) -> u32 {
        self.values
    }

    /// The window, in times of the core.
    pub(super) fn window(&self) -> ReplayWindow {
        let core = |bound: Option<i64>| bound.map(time::to_core);
        let Window { since, until } = self.question.window;
        ReplayWindow { since: core(since), until: core(until) }
    }

    /// What the numbers in rows stand for, as far as they have to be known.
    pub(super) fn meanings<'n>(&self, numbering: Option<&'n Numbering>) -> Meanings<'n> {
        let needs = self.question.needs;
        Meanings {
            ids: self.stored.ids(),
            tenants: numbering.map(Numbering::tenants),
            names: self.names().zip(numbering).map(|(place, numbering)| numbering.names(place)),
            has_cost: needs.cost,
            measures: needs.measures.len(),
        }
    }

    /// The columns of events that are wanted, where events are told apart by the names of a
    /// dimension, if any.
    pub(super) fn columns(&self, dimension: Option<usize>) -> WantedColumns {
        WantedColumns::with_dimension(dimension, self.values)
    }

    /// Whether the caller may read all columns that the statement over events would.
    fn may_read(&self) -> Result<bool, Error> {
        let Question { source, needs, window, dimension, .. } = self.question;
        let usage = source.usage.oid;
        let name = match dimension {
            Some(dimension) => Some(&dimension.column),
            None => source.usage_feature.as_ref(),
        };
        let time = source.usage_time.as_ref().map(|time| &time.column);
        let columns = [
            Some(&source.usage_tenant),
            name.filter(|_| needs.features),
            source.usage_cost.as_ref().filter(|_| needs.cost),
            time.filter(|_| needs.time || window != Window::ALWAYS),
        ];
        for column in columns.into_iter().flatten() {
            if !rights::may_read(usage, &column.name)? {
                return Ok(false);
            }
        }
        for place in needs.measures.places() {
            let column = source.measure_if_any(place)?;
            if !column.map_or(Ok(false), |column| rights::may_read(usage, &column.name))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The tenants that are looked up, in order, if any are.
    pub(super) fn looked_up(&self) -> Result<Option<Vec<i64>>, Error> {
        let Some(ids) = self.question.among.filter(|_| self.question.is_lookup) else {
            return Ok(None);
        };
        let ids = ids.iter().filter_map(|id| match id {
            OwnedId::Int(id) => Some(*id),
            OwnedId::Uuid(_) | OwnedId::Text(_) => None,
        });
        let mut tenants = memory::collect(ids)?;
        tenants.sort_unstable();
        tenants.dedup();
        Ok(Some(tenants))
    }

    /// How much is read.
    pub(super) fn amounts(&self) -> Result<Amounts, Error> {
        let mut amounts =
            Amounts { pending: Some(self.summaries.pending()?.events), ..Amounts::default() };
        if self.takes_totals() {
            amounts.totals = Some(self.stored.amount_of_totals(self.dimension.unwrap_or(0))?);
            amounts.copied = Some(self.late()?);
        } else {
            amounts.copied = Some(self.stored.amount_of_events(self.window())?);
        }
        Ok(amounts)
    }

    /// How many events there are that are in rows and not in totals.
    pub(super) fn late(&self) -> Result<f64, Error> {
        self.summaries.late()
    }

    /// Whether totals answer the question, of readers that tell events apart by names alone.
    fn takes_totals(&self) -> bool {
        self.question.window == Window::ALWAYS
    }

    /// What the answer costs, in the planner's units.
    pub(super) fn price(&self) -> Result<f64, Error> {
        let stored = &self.stored;
        let looked_up = self.question.among.filter(|_| self.question.is_lookup).map(<[_]>::len);
        let read = match looked_up {
            Some(tenants) => tenants as f64 * COST_PER_TENANT,
            None if self.takes_totals() => {
                stored.about_totals(self.dimension.unwrap_or(0))? * COST_PER_CELL
            }
            None => 0.0,
        };
        let events = match self.takes_totals() {
            true => self.late()?,
            false => stored.amount_of_events(self.window())?,
        };
        let Pending { events: pending, pages } = self.summaries.pending()?;
        let waiting = pending * COST_PER_PENDING + pages * COST_PER_PAGE;
        let price = STARTUP_COST + read + events * COST_PER_EVENT + waiting;
        Ok(if looked_up.is_some() { budget::looked_up(price) } else { price })
    }
}
