//! How a question is answered.
//!
//! Two engines give the same answers: the aggregate reads every event into the accumulator, the
//! portable one lets SQL group them. [`totals`] picks one.

pub(crate) mod account;
pub(crate) mod aggregate;
pub(crate) mod budget;
pub(crate) mod comparison;
pub(crate) mod cycle;
pub(crate) mod dashboard;
pub(crate) mod explain;
pub(crate) mod features;
pub(crate) mod integrity;
pub(crate) mod members;
pub(crate) mod periods;
pub(crate) mod portable;
pub(crate) mod ranking;
pub(crate) mod scalar;
pub(crate) mod series;
pub(crate) mod statement;
pub(crate) mod tally;
pub(crate) mod tree;

use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::{ForestTotals, Scope};

use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::ids::OwnedId;
use crate::pg::query::Row;
use crate::pg::{catalog, interrupt, plans, query, time};
use crate::source::{Features, Source};

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
}

/// Which columns of usage an answer needs: only these are read, and only these need rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) features: bool,
    pub(crate) cost: bool,
    pub(crate) time: bool,
}

impl Needs {
    pub(crate) const NOTHING: Self = Self { features: false, cost: false, time: false };
    pub(crate) const FEATURES: Self = Self { features: true, ..Self::NOTHING };
    pub(crate) const COST: Self = Self { cost: true, ..Self::NOTHING };
    pub(crate) const TIME: Self = Self { time: true, ..Self::NOTHING };
    pub(crate) const ALL: Self = Self { features: true, cost: true, time: true };

    /// These needs and others.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            features: self.features || other.features,
            cost: self.cost || other.cost,
            time: self.time || other.time,
        }
    }

    /// Whether an answer to these needs answers `other` too.
    pub(crate) fn cover(self, other: Self) -> bool {
        self.features >= other.features && self.cost >= other.cost && self.time >= other.time
    }
}

/// What is asked of usage.
pub(crate) struct Question<'a> {
    pub(crate) source: &'a Source,
    pub(crate) window: Window,
    pub(crate) needs: Needs,
    /// The only tenants whose events matter; all where it is missing.
    pub(crate) among: Option<&'a [OwnedId]>,
    /// Whether the statement comes again and again, so that its plan is kept.
    pub(crate) kept_plan: bool,
    /// Whether parallel workers would do more work than they save.
    pub(crate) alone: bool,
}

impl<'a> Question<'a> {
    /// A question that is asked once.
    pub(crate) fn once(
        source: &'a Source,
        window: Window,
        needs: Needs,
        among: Option<&'a [OwnedId]>,
    ) -> Self {
        Self { source, window, needs, among, kept_plan: false, alone: false }
    }

    /// Runs a statement over usage.
    fn read(
        &self,
        (sql, params): &statement::Statement,
        on_row: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match (self.kept_plan, self.alone) {
            (true, _) => plans::read(sql, params, on_row),
            (false, true) => query::read_alone(sql, params, on_row),
            (false, false) => query::read(sql, params, on_row),
        }
    }
}

/// An engine, and why it was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Aggregate,
    Portable { reason: &'static str },
}

/// The engine that a question to this source goes to first.
pub(crate) fn pick(source: &Source) -> Engine {
    match guc::engine() {
        EngineSetting::Aggregate => Engine::Aggregate,
        EngineSetting::Portable => Engine::Portable { reason: "tenant_metrics.engine is portable" },
        EngineSetting::Auto if catalog::relation_kind(source.usage.oid) == b'f' => {
            Engine::Portable { reason: "the usage table is foreign, and its server can group" }
        }
        EngineSetting::Auto => Engine::Aggregate,
    }
}

/// The totals of all tenants of `forest`, and the needs that they answer: the question's, and
/// where the accumulator has room `extra` ones.
pub(crate) fn totals(
    question: &Question<'_>,
    extra: Needs,
    forest: &Forest,
    catalogue: &Catalogue,
    scope: Scope,
) -> Result<(ForestTotals, Needs), Error> {
    if pick(question.source) == Engine::Aggregate {
        let needs = question.needs.and(extra);
        let alone = !question.kept_plan && has_few_events(question, forest)?;
        if let Some(usage) = aggregate::usage(&Question { needs, alone, ..*question })? {
            let totals = ForestTotals::new(forest, &usage, catalogue, scope, &interrupt)?;
            return Ok((totals, needs));
        }
    }
    Ok((portable::totals(question, forest, catalogue, scope)?, question.needs))
}

/// With fewer events for each tenant than this, each worker meets most tenants, and merging what
/// the workers found costs more than their help saves: measured at 25 and 50 events on two cores.
const EVENTS_WORTH_WORKERS: f64 = 35.0;

fn has_few_events(question: &Question<'_>, forest: &Forest) -> Result<bool, Error> {
    let (sql, params) = statement::events(question)?;
    let events = query::estimate(&sql, &params)?;
    Ok(events.is_some_and(|events| events < EVENTS_WORTH_WORKERS * forest.len() as f64))
}

/// The features that count; not read where none are asked for.
pub(crate) fn catalogue(source: &Source, needs: Needs) -> Result<Catalogue, Error> {
    Ok(match &source.features {
        _ if !needs.features => Catalogue::Size(0),
        Features::Count(count) => Catalogue::Size(u64::from(*count)),
        Features::Names(names) => Catalogue::of_names(memory::copied_each(names)?),
        Features::Table { table, column } => {
            let mut names = Vec::new();
            let sql = statement::column_of(&table.name, &column.quoted);
            query::read(&sql, &[], |row| {
                if let Some(name) = row.bytes(0) {
                    memory::push(&mut names, memory::copied(name)?)?;
                }
                Ok(())
            })?;
            Catalogue::of_names(names)
        }
    })
}
