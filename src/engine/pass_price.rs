//! What reading everything is expected to cost, kept between the statements of a session.
//!
//! A scalar in a statement of its own asks for both prices, and mostly pays neither: they say when
//! single answers have cost enough, and never what an answer is. So a price may be a little old. It
//! is asked anew where something has happened that changes it at once, and else after a second:
//! without that, nothing but rows makes it another, and what a second's writes add to all rows
//! makes a pass due a little too early or too late.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tenant_metrics_core::memory;

use super::question::{Question, Window};
use super::{route, statement};
use crate::error::Error;
use crate::guc::{self, EngineSetting};
use crate::pg::plans::PlanUser;
use crate::pg::{executor, identity, plans};
use crate::source::{CheckedSource, Source, advice};

/// Maximum number of prices kept: two for each of a few sources and windows.
const KEPT_PRICES: usize = 8;

/// How old a kept price may be.
const MOST_AGE: Duration = Duration::from_secs(1);

/// What it costs to give a tenant its place in the forest, beside reading its row: about as much as
/// ten rows (measured at 10,000 tenants, where the whole takes 2.3 ms).
const ORDERING_COST: f64 = 0.1;

thread_local! {
    /// The kept prices, the one used last at the end.
    static PRICES: RefCell<Vec<KeptPrice>> = const { RefCell::new(Vec::new()) };
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Everything {
    /// All tenants.
    Forest,
    /// All events of a window.
    Events(Window),
}

/// What a price depends on, beside rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Circumstances {
    /// Relations, their statistics and rights on them.
    invalidations: u64,
    /// Policies and rights.
    user: PlanUser,
    /// Which ways are open.
    engine: EngineSetting,
    is_being_written: bool,
}

#[derive(Debug)]
struct KeptPrice {
    of: Everything,
    source: Rc<CheckedSource>,
    circumstances: Circumstances,
    found: Instant,
    price: f64,
}

/// What reading the whole forest would cost.
pub(super) fn of_forest(source: &Source) -> Result<f64, Error> {
    kept(source, Everything::Forest, || {
        let links = plans::expected(&statement::links(source), &[])?;
        Ok(links.cost + links.rows * ORDERING_COST)
    })
}

/// What reading all events would cost; `None` where single answers would read them too, for want of
/// an index.
pub(super) fn of_events(source: &Source, window: Window) -> Result<Option<f64>, Error> {
    if advice::lacks_index(&source.usage, &source.usage_tenant)? {
        return Ok(None);
    }
    let price = || Ok(route::price(&Question::about_all(source, window))?.cost);
    kept(source, Everything::Events(window), price).map(Some)
}

impl Circumstances {
    fn now() -> Self {
        Self {
            invalidations: identity::invalidations(),
            user: PlanUser::now(),
            engine: guc::engine(),
            is_being_written: executor::writes_what_is_seen(),
        }
    }
}

/// The price that is kept, or else is found now.
fn kept(
    source: &Source,
    of: Everything,
    find: impl FnOnce() -> Result<f64, Error>,
) -> Result<f64, Error> {
    // What happens while the price is found ends it too.
    let (circumstances, now) = (Circumstances::now(), Instant::now());
    let known = PRICES.with_borrow_mut(|prices| {
        let holds = |kept: &KeptPrice| {
            kept.of == of
                && kept.circumstances == circumstances
                && Rc::ptr_eq(&kept.source, source.checked())
                && now.duration_since(kept.found) < MOST_AGE
        };
        let at = prices.iter().rposition(holds)?;
        prices[at..].rotate_left(1);
        prices.last().map(|kept| kept.price)
    });
    if let Some(price) = known {
        return Ok(price);
    }
    let price = find()?;
    PRICES.with_borrow_mut(|prices| {
        if prices.len() == KEPT_PRICES {
            prices.remove(0);
        }
        let source = Rc::clone(source.checked());
        memory::push(prices, KeptPrice { of, source, circumstances, found: now, price })
    })?;
    Ok(price)
}
