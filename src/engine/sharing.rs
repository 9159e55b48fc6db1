//! Whether calls may share what they find, for how long, and whether a pass over everything may
//! take the place of single answers.
//!
//! Plain tables give the same to equal snapshots. Policies and views may ask for more, so what they
//! take part in is shared within a query at most, and only if nothing in them is volatile.

use std::borrow::Cow;
use std::rc::Rc;

use super::question::{MeasureSet, Needs, Question, Window};
use super::statement::{self, states};
use crate::error::Error;
use crate::guc;
use crate::pg::identity::DependsOn;
use crate::pg::query::Param;
use crate::pg::rewritten::{self, Hazard, Origin, Rewritten};
use crate::pg::{Oid, catalog, plans, report, rights, session, text};
use crate::source::{Features, Source};

/// What calls read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reads {
    /// Tenants and their links.
    Tree,
    /// Usage and features too.
    Usage,
}

/// The column of the first measure in the statement that is looked at.
const MEASURES: usize = 4;

/// What may be shared.
#[derive(Debug)]
pub(crate) struct Sharing {
    /// What equal answers have in common.
    pub(crate) depends_on: DependsOn,
    obstacle: Option<Obstacle>,
    /// The form of the statements that read a table that is not plain.
    tenants: Option<Rc<Rewritten>>,
    usage: Option<Rc<Rewritten>>,
    /// The measures that the form of usage has, behind its other columns.
    measures: MeasureSet,
}

/// Why nothing is shared.
#[derive(Debug, Clone, Copy)]
enum Obstacle {
    CacheIsOff,
    /// The call is not part of a query that the executor runs, and a policy or a view takes part.
    NoQuery,
    /// Policies would end the statement.
    RowSecurityIsOff,
    Table {
        role: &'static str,
        oid: Oid,
        hazard: Hazard,
    },
}

impl Sharing {
    /// Of one call alone.
    pub(crate) const NOTHING: Self = Self {
        depends_on: DependsOn::Tables,
        obstacle: None,
        tenants: None,
        usage: None,
        measures: MeasureSet::NONE,
    };

    /// Between calls that read this of the source; `in_query` says whether a query of the executor
    /// makes them.
    pub(crate) fn of(
        source: &Source,
        window: Window,
        reads: Reads,
        in_query: impl Fn() -> bool,
    ) -> Result<Self, Error> {
        let mut sharing = Self::NOTHING;
        if guc::cache_limit() == 0 {
            sharing.obstacle = Some(Obstacle::CacheIsOff);
            return Ok(sharing);
        }
        let links = || Ok((statement::links(source), Vec::new()));
        sharing.tenants = sharing.look("tenants", source.tenants.oid, &in_query, links)?;
        if reads == Reads::Tree {
            return Ok(sharing);
        }
        if let Features::Table { table, column } = &source.features {
            let names = || Ok((statement::column_of(&table.name, &column.quoted), Vec::new()));
            sharing.look("feature", table.oid, &in_query, names)?;
        }
        let mut measures = MeasureSet::NONE;
        let events = || {
            for place in 0..source.measures.len() {
                if source.measure_if_any(place)?.is_some() {
                    measures = measures.and(MeasureSet::of(place));
                }
            }
            let needs = Needs { measures, ..Needs::ALL.in_source(source) };
            let events = states::events(&Question::once(source, window, needs, None))?;
            Ok((events.sql, events.params))
        };
        sharing.usage = sharing.look("usage", source.usage.oid, &in_query, events)?;
        // Those of a table that is as it is were not looked at, and are its own.
        sharing.measures = match &sharing.usage {
            Some(_) => measures,
            None => MeasureSet::first(source.measures.len()),
        };
        Ok(sharing)
    }

    /// Takes in what reading a table by this statement depends on; gives its form if policies or
    /// views take part.
    fn look(
        &mut self,
        role: &'static str,
        oid: Oid,
        in_query: &impl Fn() -> bool,
        statement: impl FnOnce() -> Result<(String, Vec<Param>), Error>,
    ) -> Result<Option<Rc<Rewritten>>, Error> {
        if rights::is_repeatable(oid)? {
            return Ok(None);
        }
        if let DependsOn::Tables = self.depends_on {
            self.depends_on = DependsOn::Expressions { ask_when: false };
        }
        if !in_query() {
            self.obstacle.get_or_insert(Obstacle::NoQuery);
            return Ok(None);
        }
        if !session::row_security() {
            self.obstacle.get_or_insert(Obstacle::RowSecurityIsOff);
            return Ok(None);
        }
        let (sql, params) = statement()?;
        let form = rewritten::look(&sql, &params)?;
        if let Some(hazard) = form.hazard() {
            self.obstacle.get_or_insert(Obstacle::Table { role, oid, hazard });
        }
        if form.asks_when {
            self.depends_on = DependsOn::Expressions { ask_when: true };
        }
        Ok(Some(form))
    }

    /// Whether what is found may stay for further calls.
    pub(crate) fn is_open(&self) -> bool {
        self.obstacle.is_none()
    }

    /// Whether reading the links of all tenants can fail where following one's does not.
    pub(crate) fn tree_can_fail(&self) -> bool {
        self.tenants.as_ref().is_some_and(|form| {
            form.can_fail || [0, 1].iter().any(|&column| form.origin(column) == Origin::CanFail)
        })
    }

    /// Whether reading these columns of all events can fail where reading one tenant's does not.
    pub(crate) fn usage_can_fail(&self, needs: Needs) -> bool {
        let asked = [true, needs.features, needs.cost, needs.time];
        let asked = asked.into_iter().chain(self.measures.places().map(|place| needs.sum(place)));
        self.usage.as_ref().is_some_and(|form| {
            form.can_fail
                || (0..)
                    .zip(asked)
                    .any(|(column, is_asked)| is_asked && form.origin(column) == Origin::CanFail)
        })
    }

    /// The columns of usage that are a table's own, which takes nothing to read beside others.
    pub(crate) fn plain_columns(&self) -> Needs {
        let is_plain = |column| {
            self.usage
                .as_ref()
                .is_none_or(|form| matches!(form.origin(column), Origin::Plain { .. }))
        };
        Needs {
            features: is_plain(1),
            cost: is_plain(2),
            time: is_plain(3),
            measures: self.measures.only(|place| is_plain(MEASURES + self.measures.rank(place))),
        }
    }

    /// Why nothing is shared; `None` if it is.
    pub(crate) fn why_not(&self) -> Result<Option<Cow<'static, str>>, Error> {
        Ok(Some(match self.obstacle {
            None => return Ok(None),
            Some(Obstacle::CacheIsOff) => "tenant_metrics.cache_limit is 0".into(),
            Some(Obstacle::NoQuery) => {
                "policies or views take part, and no query of the executor makes the call".into()
            }
            Some(Obstacle::RowSecurityIsOff) => "row_security is off".into(),
            Some(Obstacle::Table { role, oid, hazard }) => {
                format!("{}, {}", between(role, oid, hazard)?, of_hazard(hazard)?).into()
            }
        }))
    }

    /// How scalars are answered: whether they share a pass, for how long, or why they do not.
    pub(crate) fn of_scalars(&self) -> Result<Cow<'static, str>, Error> {
        if let Some(why) = self.why_not()? {
            return Ok(format!("one by one: {why}").into());
        }
        Ok(Cow::Borrowed(match self.depends_on {
            _ if self.tree_can_fail() => {
                "one by one: an expression over tenants can fail for another tenant"
            }
            _ if self.usage_can_fail(Needs::NOTHING) => {
                "one by one: an expression over usage can fail for another tenant"
            }
            _ if self.usage_can_fail(Needs::ALL) => {
                "by a pass that a query's calls share; one by one if they need a column of usage \
                 that can fail for another tenant"
            }
            DependsOn::Expressions { .. } => "by a pass that a query's calls share",
            DependsOn::Tables => "by a pass that a transaction's calls share",
        }))
    }

    /// Whether calls share a pass whatever they need, and as long as the transaction goes on.
    pub(crate) fn is_widest(&self) -> bool {
        self.is_open() && self.depends_on == DependsOn::Tables
    }
}

/// How scalars about the source are answered in a query.
pub(crate) fn of_scalars(source: &Source) -> Result<Cow<'static, str>, Error> {
    Sharing::of(source, Window::ALWAYS, Reads::Usage, || true)?.of_scalars()
}

/// Tells the client how scalars about the source are answered, where a transaction's calls do not
/// share a pass.
pub(crate) fn tell(source: &Source) -> Result<(), Error> {
    let sharing = Sharing::of(source, Window::ALWAYS, Reads::Usage, || true)?;
    if !sharing.is_widest() {
        let message = format!(
            "scalars over source \"{}\" are answered {}",
            source.name,
            sharing.of_scalars()?
        );
        report::notice(&message, None, None);
    }
    Ok(())
}

/// What stands between the call and the rows.
fn between(role: &str, oid: Oid, hazard: Hazard) -> Result<String, Error> {
    let object = match hazard {
        Hazard::Volatile(object) | Hazard::Sequence(object) => Some(object),
        _ => None,
    };
    if rights::is_filtered(oid) {
        let policy = object.map(|object| policy_with(oid, object)).transpose()?.flatten();
        return Ok(match policy {
            Some(name) => format!("{role} is filtered by policy {name}"),
            None => format!("{role} is filtered by row-level security"),
        });
    }
    Ok(match catalog::relation_kind(oid) {
        b'v' => format!("{role} is a view"),
        b'm' => format!("{role} is a materialized view"),
        b'f' => format!("{role} is a foreign table"),
        _ => format!("{role} is a table"),
    })
}

fn of_hazard(hazard: Hazard) -> Result<Cow<'static, str>, Error> {
    Ok(match hazard {
        Hazard::Volatile(function) => {
            format!("which calls the volatile function {}", catalog::function_name(function)?)
                .into()
        }
        Hazard::Sequence(oid) => {
            format!("which reads the sequence {}", catalog::shown_name(oid)?).into()
        }
        Hazard::Foreign(oid) => {
            format!("which reads the foreign table {}", catalog::shown_name(oid)?).into()
        }
        Hazard::Sample(oid) => {
            format!("which reads a sample of {}", catalog::shown_name(oid)?).into()
        }
        Hazard::Young(oid) => {
            format!("which reads {}, as young as the transaction", catalog::shown_name(oid)?).into()
        }
        Hazard::SystemColumn => "which reads a system column that changes".into(),
        Hazard::Other => "which reads what is no table".into(),
    })
}

/// The name of a policy of the table whose condition names the object.
fn policy_with(table: Oid, object: Oid) -> Result<Option<String>, Error> {
    let params = [Param::oid(table), Param::oid(object)];
    let mut name = None;
    plans::read(include_str!("../../sql/query/policy_with.sql"), &params, |row| {
        name = row.bytes(0).map(text::decode).transpose()?;
        Ok(())
    })?;
    Ok(name)
}
