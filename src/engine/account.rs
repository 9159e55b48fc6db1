//! What is kept between the calls of a transaction, and what has been spent on single answers.
//!
//! An account belongs to one identity, source and window: everything in it is true for calls that
//! have these three, and for no others. It starts with single answers; once they have cost what
//! one pass is estimated to cost, the pass is made and answers the rest. That is never worse than
//! twice the better of the two, whatever the number of calls turns out to be.
//!
//! Where policies or views take part an account belongs to a query of the executor too; what cannot
//! be shared even there ([`Sharing`]) is found anew in each call.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use tenant_metrics_core::forest::Forest;
use tenant_metrics_core::memory;
use tenant_metrics_core::subtree::Scope;

use super::budget::Budget;
use super::pass::Pass;
use super::question::{self, MeasureSet, Needs, Question, Window};
use super::sharing::{Reads, Sharing};
use super::{links, pass_price};
use crate::error::Error;
use crate::guc;
use crate::pg::catalog::Column;
use crate::pg::identity::{CallSite, Identity};
use crate::pg::rights;
use crate::source::{Features, Source};

/// Maximum number of accounts kept: a statement with several windows or sources, or a function
/// with statements of its own in it, has a few.
const KEPT_ACCOUNTS: usize = 8;

thread_local! {
    /// The kept accounts, the one used last at the end.
    static ACCOUNTS: RefCell<Vec<Rc<Account>>> = const { RefCell::new(Vec::new()) };
}

/// What is known, and what it has cost so far.
pub(crate) struct Account {
    pub(crate) source: Source,
    pub(crate) window: Window,
    /// The name that the source was asked for under.
    pub(super) name: Vec<u8>,
    /// Missing in an account that is not kept.
    identity: Option<Identity>,
    /// What its calls may read.
    reads: Reads,
    sharing: Sharing,
    forest: RefCell<Option<Rc<Forest>>>,
    pass: RefCell<Option<Rc<Pass>>>,
    /// Planner's cost of the single answers so far, the walks in the tree aside.
    spent: Cell<f64>,
    /// Planner's cost of the walks along single links so far.
    walked: Cell<f64>,
    /// What knowing everything would cost, in the planner's units.
    forest_price: OnceCell<f64>,
    pass_price: OnceCell<f64>,
    /// Bytes that the account keeps.
    held: Cell<usize>,
    /// Whether what was found was too large to keep.
    too_large: Cell<bool>,
}

/// Forgets everything; called when a transaction ends.
pub(crate) fn forget() {
    // Nothing holds the accounts here: an error has unwound all that did.
    ACCOUNTS.with(|accounts| {
        if let Ok(mut accounts) = accounts.try_borrow_mut() {
            accounts.clear();
        }
    });
}

/// Forgets what belongs to a query of the executor; called when it ends.
pub(crate) fn forget_query(query: u64) {
    let belongs =
        |account: &Rc<Account>| account.identity.as_ref().and_then(Identity::query) == Some(query);
    ACCOUNTS.with(|accounts| {
        if let Ok(mut accounts) = accounts.try_borrow_mut() {
            accounts.retain(|account| !belongs(account));
        }
    });
}

/// The account of this source and window for the present call: the kept one, or a new one.
pub(crate) fn open(
    site: &CallSite,
    name: &[u8],
    window: Window,
    reads: Reads,
) -> Result<Rc<Account>, Error> {
    if let Some(account) = find(site, name, window, reads) {
        return Ok(account);
    }
    let mut account = Account::unkept(name, window)?;
    account.reads = reads;
    account.sharing = Sharing::of(&account.source, window, reads, || site.query().is_some())?;
    if guc::cache_limit() > 0 {
        let depends_on = account.sharing.depends_on;
        account.identity = Identity::now(site, depends_on, account.source.names_zone());
    }
    let account = Rc::new(account);
    if account.identity.is_some() {
        ACCOUNTS.with_borrow_mut(|accounts| {
            if accounts.len() == KEPT_ACCOUNTS {
                accounts.remove(0);
            }
            memory::push(accounts, Rc::clone(&account))
        })?;
    }
    Ok(account)
}

fn find(site: &CallSite, name: &[u8], window: Window, reads: Reads) -> Option<Rc<Account>> {
    let limit = guc::cache_limit();
    ACCOUNTS.with_borrow_mut(|accounts| {
        let mine = |account: &Rc<Account>| {
            account.window == window
                && account.name == name
                && account.reads >= reads
                && limit > 0
                && account.held.get() <= limit
                && account.identity.as_ref().is_some_and(|identity| identity.holds(site))
        };
        let at = accounts.iter().rposition(mine)?;
        let last = accounts.len() - 1;
        if at != last {
            accounts[at..].rotate_left(1);
        }
        accounts.last().cloned()
    })
}

impl Account {
    /// An account for one call.
    pub(crate) fn unkept(name: &[u8], window: Window) -> Result<Self, Error> {
        let source = Source::resolve(name)?;
        if window != Window::ALWAYS {
            question::demand(&source, Needs::TIME)?;
        }
        Ok(Self {
            source,
            window,
            name: memory::copied(name)?,
            identity: None,
            reads: Reads::Usage,
            sharing: Sharing::NOTHING,
            forest: RefCell::default(),
            pass: RefCell::default(),
            spent: Cell::new(0.0),
            walked: Cell::new(0.0),
            forest_price: OnceCell::new(),
            pass_price: OnceCell::new(),
            held: Cell::new(0),
            too_large: Cell::new(false),
        })
    }

    /// The forest, if it is known already.
    pub(crate) fn known_forest(&self) -> Option<Rc<Forest>> {
        self.forest.borrow().clone()
    }

    /// The forest that another window's account of the same source and identity knows.
    fn shared_forest(&self) -> Option<Rc<Forest>> {
        self.identity.as_ref()?;
        ACCOUNTS.with_borrow(|accounts| {
            let same =
                |other: &&Rc<Self>| other.name == self.name && other.identity == self.identity;
            accounts.iter().filter(same).find_map(|other| other.known_forest())
        })
    }

    /// Whether the forest is known, to this account or to another window's.
    pub(crate) fn knows_forest(&self) -> bool {
        self.known_forest().is_some() || self.shared_forest().is_some()
    }

    /// The forest, read if it is not known.
    pub(crate) fn forest(&self) -> Result<Rc<Forest>, Error> {
        if let Some(forest) = self.known_forest() {
            return Ok(forest);
        }
        let forest = match self.shared_forest() {
            Some(forest) => forest,
            None => Rc::new(links::load(&self.source)?),
        };
        self.keep(forest.bytes(), || *self.forest.borrow_mut() = Some(Rc::clone(&forest)));
        Ok(forest)
    }

    /// The totals of all tenants, if they are known already and answer these needs.
    pub(crate) fn known_pass(&self, needs: Needs) -> Option<Rc<Pass>> {
        let pass = self.pass.borrow();
        pass.as_ref().filter(|pass| pass.needs.cover(needs)).cloned()
    }

    /// The totals of all tenants of the forest, made by a pass over usage if they are not known.
    ///
    /// It answers `extra` needs too where that takes no more than reading their columns. What is
    /// kept has both scopes: where that is done, callers ask for subtrees.
    pub(crate) fn pass(
        &self,
        forest: Rc<Forest>,
        needs: Needs,
        extra: Needs,
        scope: Scope,
    ) -> Result<Rc<Pass>, Error> {
        if let Some(pass) = self.known_pass(needs) {
            return Ok(pass);
        }
        // It takes the place of the kept one, and so answers what that answered: two scalars with
        // different needs would otherwise make a pass each time.
        let before = self.pass.borrow().as_ref().map_or(Needs::NOTHING, |pass| pass.needs);
        let (source, window) = (&self.source, self.window);
        let question = Question::once(source, window, needs.and(before), None);
        let pass = Rc::new(Pass::read(&question, forest, extra, scope)?);
        self.keep(pass.bytes() + pass.forest.bytes(), || {
            *self.pass.borrow_mut() = Some(Rc::clone(&pass));
        });
        Ok(pass)
    }

    /// The totals of the tenants that the question is about, which are of this forest, and whatever
    /// they make of the others; never kept.
    pub(crate) fn pass_among(
        &self,
        question: &Question<'_>,
        forest: Rc<Forest>,
        scope: Scope,
    ) -> Result<Rc<Pass>, Error> {
        Pass::read(question, forest, Needs::NOTHING, scope).map(Rc::new)
    }

    /// All that the caller may read and that cannot fail to be read, so that other scalars of the
    /// statement find their answer in the same pass; of measures only if one is asked for. Reading a
    /// time in another zone can fail.
    pub(crate) fn extra_needs(&self, needs: Needs) -> Result<Needs, Error> {
        let source = &self.source;
        let readable = |column: Option<&Column>| match column {
            Some(column) => rights::may_read(source.usage.oid, &column.name),
            None => Ok(false),
        };
        let catalogue = match &source.features {
            Features::Table { table, column } => rights::may_read(table.oid, &column.name)?,
            _ => true,
        };
        let plain = self.sharing.plain_columns();
        let time = source.usage_time.as_ref().map(|time| &time.column);
        let mut measures = MeasureSet::NONE;
        if !needs.measures.is_empty() {
            for place in plain.measures.places() {
                let column = source.measure_if_any(place)?;
                if readable(column.as_ref())? {
                    measures = measures.and(MeasureSet::of(place));
                }
            }
        }
        Ok(Needs {
            features: plain.features && catalogue && readable(source.usage_feature.as_ref())?,
            cost: plain.cost && readable(source.usage_cost.as_ref())?,
            time: plain.time && source.time_is_plain() && readable(time)?,
            measures,
        })
    }

    /// What single answers about usage may cost until a pass is due; without end where a pass
    /// would not stay, where the caller may not read what it needs beyond the answer, or where it
    /// could fail for other tenants' sake.
    pub(crate) fn usage_budget(&self, needs: Needs, scope: Scope) -> Result<Budget<'_>, Error> {
        let source = &self.source;
        let passes = self.keeps()
            && !self.sharing.tree_can_fail()
            && !self.sharing.usage_can_fail(needs)
            && (scope == Scope::Subtree
                || rights::may_read(source.tenants.oid, &source.parent_id.name)?);
        let limit = if passes { self.pass_price()? } else { f64::INFINITY };
        Ok(Budget::new(&self.spent, limit))
    }

    /// What a walk along single links may cost until reading the whole forest is due; without end
    /// where that could fail for other tenants' sake.
    pub(crate) fn tree_budget(&self) -> Result<Budget<'_>, Error> {
        if self.sharing.tree_can_fail() {
            return Ok(Budget::new(&self.walked, f64::INFINITY));
        }
        let before = if self.keeps() { 0.0 } else { self.walked.get() };
        Ok(Budget::new(&self.walked, before + self.forest_price()?))
    }

    /// Whether what is found stays for the next calls.
    pub(crate) fn keeps(&self) -> bool {
        self.identity.is_some() && self.sharing.is_open() && !self.too_large.get()
    }

    /// Why no totals are known.
    pub(crate) fn why_nothing_is_known(&self) -> Result<Cow<'static, str>, Error> {
        Ok(match self.sharing.why_not()? {
            Some(why) => why,
            None if self.too_large.get() => {
                "the totals need more than tenant_metrics.cache_limit".into()
            }
            None => "no call with the same snapshot has made a pass".into(),
        })
    }

    /// How scalars about the source are answered.
    pub(crate) fn of_scalars(&self) -> Result<Cow<'static, str>, Error> {
        self.sharing.of_scalars()
    }

    /// Leaves it at single answers.
    pub(crate) fn give_up_passes(&self) {
        self.too_large.set(true);
    }

    fn keep(&self, bytes: usize, store: impl FnOnce()) {
        if !self.keeps() {
            return;
        }
        if bytes > guc::cache_limit() {
            self.give_up_passes();
            return;
        }
        store();
        self.held.set(self.bytes());
        // Older accounts make room.
        ACCOUNTS.with_borrow_mut(|accounts| {
            while accounts.len() > 1
                && accounts.iter().map(|account| account.held.get()).sum::<usize>()
                    > guc::cache_limit()
            {
                accounts.remove(0);
            }
        });
    }

    fn bytes(&self) -> usize {
        let forest = self.forest.borrow().as_ref().map_or(0, |forest| forest.bytes());
        let pass = self.pass.borrow().as_ref().map_or(0, |pass| pass.bytes());
        forest + pass
    }

    /// What reading the whole forest would cost.
    fn forest_price(&self) -> Result<f64, Error> {
        known_or(&self.forest_price, || pass_price::of_forest(&self.source))
    }

    /// What a pass would cost, the forest included; 0 where single answers would read all
    /// events too, for want of an index.
    fn pass_price(&self) -> Result<f64, Error> {
        known_or(&self.pass_price, || match pass_price::of_events(&self.source, self.window)? {
            Some(price) => Ok(self.forest_price()? + price),
            None => Ok(0.0),
        })
    }
}

fn known_or(
    price: &OnceCell<f64>,
    find: impl FnOnce() -> Result<f64, Error>,
) -> Result<f64, Error> {
    match price.get() {
        Some(price) => Ok(*price),
        None => {
            let found = find()?;
            Ok(*price.get_or_init(|| found))
        }
    }
}
