//! The SQL surface: each function unpacks its arguments, calls the engine and repacks the answer.

mod features;
mod hierarchy;
mod json;
mod measures;
mod operations;
mod planning;
mod rankings;
mod scalars;
mod series;
mod sets;
mod summaries;

use std::rc::Rc;

pub(crate) use sets::DASHBOARD_LOOKUP;
use tenant_metrics_core::by_feature::{Counted, Eligible};
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use crate::engine::account::{self, Account};
use crate::engine::question::{self, Needs, Window};
use crate::engine::sharing::Reads;
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::ids::{Flavor, OwnedId};
use crate::pg::text;
use crate::source::dimension::Dimension;
use crate::source::measure::Measure;

/// What a reader knows, and the flavor of ids that the called twin takes.
struct Reader {
    account: Rc<Account>,
    flavor: Flavor,
}

impl Reader {
    /// The reader of a function whose first argument is an id or ids, and whose argument `source`
    /// names the source.
    fn new(call: &Call, source: usize, window: Window) -> Result<Self, Error> {
        Self::with_id(call, 0, source, window)
    }

    /// The same of a function about the tree alone.
    fn of_tree(call: &Call, source: usize) -> Result<Self, Error> {
        Self::that_reads(Reads::Tree, call, 0, source, Window::ALWAYS)
    }

    /// The reader of a function whose argument `id` is an id, and whose argument `source` names
    /// the source.
    fn with_id(call: &Call, id: usize, source: usize, window: Window) -> Result<Self, Error> {
        Self::that_reads(Reads::Usage, call, id, source, window)
    }

    fn that_reads(
        reads: Reads,
        call: &Call,
        id: usize,
        source: usize,
        window: Window,
    ) -> Result<Self, Error> {
        let name = call.bytes(source)?.ok_or(Error::NullArgument { argument: "source" })?;
        let account = account::open(&call.site(), name, window, reads)?;
        let flavor = Flavor::of_number(call.remembered(|| flavor(call, id).number()));
        flavor.check(account.source.id_type, call.function(), &account.source.name)?;
        Ok(Self { account, flavor })
    }

    /// Fails unless the source has the columns that the function is about.
    fn demand(&self, needs: Needs) -> Result<(), Error> {
        question::demand(&self.account.source, needs)
    }

    /// The argument `dimension`; `None` is the feature, which must be there.
    fn dimension(&self, call: &Call, index: usize) -> Result<Option<Dimension>, Error> {
        let dimension = match call.text(index)? {
            Some(name) => self.account.source.dimension(&name)?,
            None => None,
        };
        if dimension.is_none() {
            self.demand(Needs::FEATURES)?;
        }
        Ok(dimension)
    }

    /// The argument `measure`; NULL is the cost. The source must have it.
    fn measure(&self, call: &Call, index: usize) -> Result<Measure, Error> {
        let measure = match call.text(index)? {
            Some(name) => self.account.source.measure(&name)?,
            None => Measure::Cost,
        };
        self.demand(Needs::of(measure))?;
        Ok(measure)
    }

    /// The argument `measure` of a reader that shows the cost if it is NULL and there is one.
    fn measure_shown(&self, call: &Call, index: usize) -> Result<Measure, Error> {
        match call.argument(index) {
            Some(_) => self.measure(call, index),
            None => Ok(Measure::Cost),
        }
    }

    /// An id argument.
    fn id(&self, call: &Call, argument: usize) -> Result<Option<OwnedId>, Error> {
        let id_type = self.account.source.id_type;
        call.argument(argument).map(|id| self.flavor.read(id, id_type)).transpose()
    }

    /// The ids of an array argument that are not NULL.
    fn ids(&self, call: &Call, argument: usize) -> Result<Option<Vec<OwnedId>>, Error> {
        let Some(array) = call.argument(argument) else { return Ok(None) };
        let mut ids = Vec::new();
        self.flavor.each(array, self.account.source.id_type, |id| {
            Ok(memory::push(&mut ids, OwnedId::new(id)?)?)
        })?;
        Ok(Some(ids))
    }
}

/// The flavor of the called twin, by the declared type of its argument `id`.
fn flavor(call: &Call, id: usize) -> Flavor {
    // The extension's script declares no other types.
    Flavor::of(call.declared_type(id)).unwrap_or(Flavor::Bigint)
}

/// The window in two arguments, `since` being the first.
fn window(call: &Call, since: usize) -> Result<Window, Error> {
    Window::new(call.int8(since), call.int8(since + 1))
}

/// A number of levels; NULL is no limit.
fn levels(call: &Call, index: usize) -> Result<Option<u32>, Error> {
    count(call, index, "max_depth")
}

/// A number that must not be negative.
fn count(call: &Call, index: usize, argument: &'static str) -> Result<Option<u32>, Error> {
    let negative = |value| Error::NegativeArgument { argument, value };
    call.int4(index).map(|value| u32::try_from(value).map_err(|_| negative(value))).transpose()
}

/// The arguments `scope`, `eligible` and `at_depth`, the first of which is this one.
fn counted(call: &Call, index: usize) -> Result<Counted, Error> {
    let choices =
        [("all", Eligible::All), ("leaves", Eligible::Leaves), ("active", Eligible::Active)];
    Ok(Counted {
        scope: scope(call, index)?,
        eligible: choice(call, index + 1, "eligible", &choices)?,
        depth: count(call, index + 2, "at_depth")?,
    })
}

/// An argument that is one of a few words.
fn choice<T: Copy>(
    call: &Call,
    index: usize,
    argument: &'static str,
    choices: &[(&str, T)],
) -> Result<T, Error> {
    let value = call.text(index)?.ok_or(Error::NullArgument { argument })?;
    chosen(argument, value, choices)
}

/// The choice that a word of an argument stands for.
fn chosen<T: Copy>(
    argument: &'static str,
    value: String,
    choices: &[(&str, T)],
) -> Result<T, Error> {
    let found = choices.iter().find(|(word, _)| *word == value);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let available = choices.iter().map(|(word, _)| *word);
        Error::unknown_choice(argument, text::clipped(value), available)
    })
}

/// The argument `scope`.
fn scope(call: &Call, index: usize) -> Result<Scope, Error> {
    let scopes = [("own", Scope::Own), ("subtree", Scope::Subtree)];
    choice(call, index, "scope", &scopes)
}
