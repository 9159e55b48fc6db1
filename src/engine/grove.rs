//! The part of the forest that lies around the tenants of a call: they, all above and all below.
//!
//! It is found by a walk that all of them share, level by level, where that is cheaper than reading
//! the whole forest; else it is the whole. A tenant of the call has the same place in both, as a test
//! of the forest's holds:
//!
//! - everything above it is there, up to a root, to a parent that does not exist, or around a
//!   cycle: so its depth, its status, its parent and its cycle are the same;
//! - everything below it is there: so its height and its descendants are the same, and so is the
//!   order of siblings, which is that of their ids;
//! - what is missing is beside its path or beside another tenant's.
//!
//! Other tenants in it lack some of theirs, and are not listed.
//!
//! Up the walk meets a tenant by its id, and so all of its rows. Down it meets a row by the parent
//! that this names: where no unique index says that it is the only one, the walk looks for the others
//! by the id, and goes on from all of them. So each answer depends on the same rows, and on the same
//! ids that several of them have, as in the whole forest.

use std::ops::Range;
use std::rc::Rc;

use tenant_metrics_core::forest::{Forest, Links};
use tenant_metrics_core::ids::{Id, IdTable};
use tenant_metrics_core::subtree::Scope;

use super::account::Account;
use super::budget::Budget;
use super::links::{ids_are_unique, read_links};
use super::members::{Members, NAMED_TENANTS, are_few};
use super::statement::{self, Wanted, links_of};
use crate::error::Error;
use crate::pg::buffers::Buffers;
use crate::pg::ids::OwnedId;
use crate::pg::query::Param;
use crate::pg::{interrupt, plans};
use crate::source::Source;

/// The forest, or a part of it.
pub(crate) struct Grove {
    pub(crate) forest: Rc<Forest>,
    is_whole: bool,
}

impl Grove {
    /// Around these tenants, or all where they are missing. Where they are asked for by themselves,
    /// what is below them need not be there.
    pub(crate) fn around(
        account: &Account,
        asked: Option<&[OwnedId]>,
        scope: Scope,
    ) -> Result<Self, Error> {
        if let Some(asked) = asked.filter(|_| !account.knows_forest())
            && let Some(part) = walk(account, asked, scope)?
        {
            return Ok(Self { forest: Rc::new(part), is_whole: false });
        }
        Ok(Self { forest: account.forest()?, is_whole: true })
    }

    /// Around this tenant, or all where it is missing.
    pub(crate) fn around_one(
        account: &Account,
        id: Option<&OwnedId>,
        scope: Scope,
    ) -> Result<Self, Error> {
        Self::around(account, id.map(std::slice::from_ref), scope)
    }

    /// The part of it around these members, each of which is where it is in the whole.
    pub(crate) fn cut(&self, members: &Members) -> Result<Rc<Forest>, Error> {
        let forest = &self.forest;
        if !self.is_whole {
            return Ok(Rc::clone(forest));
        }
        let mut links = Links::new(forest.id_kind());
        for member in members.listed(forest, None) {
            let mut next = Some(member);
            // Whoever is in the part has all above it there.
            while let Some(place) = next.filter(|&place| !links.contain(forest.id(place))) {
                let parent = forest.parent_id(place);
                links.add(forest.id(place), parent)?;
                next = parent.and_then(|parent| forest.find(parent));
            }
        }
        Ok(Rc::new(Forest::new(links, &interrupt)?))
    }

    /// The ids of these members, if they are few enough for a statement to name them.
    pub(crate) fn named(&self, members: &Members) -> Result<Option<Vec<OwnedId>>, Error> {
        let few = self.has_few(members.len()) || !members.exist();
        few.then(|| members.ids(&self.forest)).transpose()
    }

    /// Whether a statement had better name so many tenants than read the events of all.
    pub(crate) fn has_few(&self, tenants: usize) -> bool {
        match self.is_whole {
            true => are_few(tenants, &self.forest),
            // The walk found them at less than the price of reading all.
            false => tenants <= NAMED_TENANTS,
        }
    }
}

/// The part of the forest that a walk finds; nothing where the whole is cheaper to have.
fn walk(account: &Account, asked: &[OwnedId], scope: Scope) -> Result<Option<Forest>, Error> {
    let source = &account.source;
    let kind = source.id_type.kind();
    let mut walk = Walk {
        source,
        budget: account.tree_budget()?,
        scan: plans::cost(&statement::links(source), &[])?,
        ids_are_unique: ids_are_unique(source)?,
        links: Links::new(kind),
        sought: IdTable::new(kind),
    };
    let asked_ids = || asked.iter().map(OwnedId::borrow);
    if !walk.up(asked_ids())? || scope == Scope::Subtree && !walk.down(asked_ids())? {
        return Ok(None);
    }
    Ok(Some(Forest::new(walk.links, &interrupt)?))
}

/// A walk along parent links.
struct Walk<'a> {
    source: &'a Source,
    budget: Budget<'a>,
    /// What a scan of all tenants costs.
    scan: f64,
    /// Whether the row that it meets by a parent is the tenant's only one.
    ids_are_unique: bool,
    /// What it has met.
    links: Links,
    /// The ids that it has looked for; those of them that are tenants have been met.
    sought: IdTable,
}

/// The column that a level is found by.
#[derive(Debug, Clone, Copy)]
enum LinkKey {
    Id,
    Parent,
}

impl Walk<'_> {
    /// Meets these tenants, unless it has, and all above them; says whether the budget allowed for it.
    fn up<'i>(&mut self, from: impl Iterator<Item = Id<'i>>) -> Result<bool, Error> {
        let mut level = self.sought.len()..self.sought.len();
        // Whoever asks for nobody needs the rights too.
        let mut is_asked = level.end > 0;
        for id in from {
            self.sought.intern(id)?;
        }
        loop {
            level = level.end..self.sought.len();
            if level.is_empty() && is_asked {
                return Ok(true);
            }
            is_asked = true;
            let ids = ids(&self.sought, level.clone());
            let Some(next) = self.level(LinkKey::Id, ids)? else { return Ok(false) };
            let (links, sought) = (&mut self.links, &mut self.sought);
            next.read(self.source, &self.budget, |id, parent| {
                links.add(id, parent)?;
                if let Some(parent) = parent {
                    sought.intern(parent)?;
                }
                Ok(())
            })?;
        }
    }

    /// Meets all tenants below these, as far as it has met them; says whether the budget allowed
    /// for it.
    fn down<'i>(&mut self, from: impl Iterator<Item = Id<'i>>) -> Result<bool, Error> {
        let mut parents = IdTable::new(self.source.id_type.kind());
        for id in from.filter(|&id| self.links.contain(id)) {
            parents.intern(id)?;
        }
        let mut level = 0..parents.len();
        while !level.is_empty() {
            let of_level = ids(&parents, level.clone());
            let Some(next) = self.level(LinkKey::Parent, of_level)? else { return Ok(false) };
            let (links, sought, is_only) = (&mut self.links, &self.sought, self.ids_are_unique);
            next.read(self.source, &self.budget, |id, parent| {
                if is_only && sought.get(id).is_none() {
                    links.add(id, parent)?;
                }
                parents.intern(id)?;
                Ok(())
            })?;
            level = level.end..parents.len();
            if !is_only && !self.up(ids(&parents, level.clone()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The tenants with one of these ids as a key; `None` if the budget does not allow for them.
    fn level<'i>(
        &self,
        key: LinkKey,
        mut ids: impl ExactSizeIterator<Item = Id<'i>>,
    ) -> Result<Option<Level>, Error> {
        interrupt();
        let source = self.source;
        let (column, id_type) = match key {
            LinkKey::Id => (&source.tenant_id, source.id_type),
            LinkKey::Parent => (&source.parent_id, source.parent_type),
        };
        let one = links_of(source, column, Wanted::One);
        let price = plans::cost(&one, &[Param::new(id_type.oid(), None)])?;
        let count = ids.len() as f64;
        // Without an index, a level is one scan of the table. Past some ids, everything is better.
        let scan = self.scan * (count / plans::EXPECTED_ELEMENTS).max(1.0);
        let price = (price < self.scan).then_some(price * count);
        let is_affordable = match price {
            Some(price) => self.budget.spend_in_memory(price),
            None => self.budget.spend(scan),
        };
        if !is_affordable {
            return Ok(None);
        }
        let tenants = ids.len();
        let (sql, param) = if tenants == 1 {
            let id = ids.next().and_then(|id| id_type.datum(id));
            (one, Param::new(id_type.oid(), id))
        } else {
            let any = links_of(source, column, Wanted::Any);
            (any, Param::new(id_type.array_oid(), Some(id_type.array(ids)?)))
        };
        Ok(Some(Level { sql, param, tenants, price }))
    }
}

/// A statement for the tenants of a level.
struct Level {
    sql: String,
    param: Param,
    tenants: usize,
    /// What it costs where pages are not in memory; missing where it scans the table.
    price: Option<f64>,
}

impl Level {
    /// Calls `on_link` for each tenant, with its parent.
    fn read(
        self,
        source: &Source,
        budget: &Budget<'_>,
        mut on_link: impl FnMut(Id<'_>, Option<Id<'_>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let buffers = Buffers::now();
        read_links(&self.sql, self.param, self.tenants, |row| match row.id(0, source.id_type) {
            Some(id) => on_link(id, row.id(1, source.parent_type)),
            None => Ok(()),
        })?;
        if let Some(price) = self.price {
            budget.settle(price, buffers.share_read_since(), 1.0);
        }
        Ok(())
    }
}

/// The ids in these slots.
fn ids(table: &IdTable, slots: Range<usize>) -> impl ExactSizeIterator<Item = Id<'_>> {
    table.ids().skip(slots.start).take(slots.len())
}
