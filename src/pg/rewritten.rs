//! What a SELECT comes to after the server has put its views and policies in: which tables it
//! reads, whether it could give something else when it runs again, and what of it can fail.

mod failures;
mod hazards;

use std::cell::RefCell;
use std::rc::Rc;

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use super::{catalog, identity, plans, query, rights, session};
use crate::error::Error;
pub(crate) use failures::Origin;
pub(crate) use hazards::Hazard;
use hazards::QueryReads;

/// Maximum number of statements whose rewritten form is remembered.
const REMEMBERED: usize = 32;

/// A SELECT after rewriting.
#[derive(Debug)]
pub(crate) struct Rewritten {
    /// Why running it again, when nothing that its expressions may ask for has changed, need not
    /// give the same; `None` if it does, as long as its tables are older than the transaction.
    hazard: Option<Hazard>,
    /// The tables that it reads, with their partitions and children.
    tables: Vec<Oid>,
    /// Whether it may ask when the client's statement began.
    pub(crate) asks_when: bool,
    /// Whether an expression that is computed for rows can fail, whichever columns are asked for.
    pub(crate) can_fail: bool,
    /// Of each column of the result.
    columns: Vec<Origin>,
}

/// The table and the name of the column in it that a column of a view is, as it is; `None` where it
/// is computed, or the relation is no view.
pub(crate) fn column_behind(
    view: Oid,
    name: &str,
    column: &catalog::Column,
) -> Result<Option<(Oid, String)>, Error> {
    if catalog::relation_kind(view) != b'v' || !session::row_security() {
        return Ok(None);
    }
    let form = look(&format!("SELECT {} FROM {name}", column.quoted), &[])?;
    match form.origin(0) {
        Origin::Plain { table, number } => Ok(Some((table, catalog::column_name(table, number)?))),
        Origin::Computed | Origin::CanFail => Ok(None),
    }
}

/// What a rewritten form depends on.
#[derive(PartialEq, Eq)]
struct Key {
    sql: String,
    user: Oid,
    row_security: bool,
    invalidations: [u64; 2],
}

impl Key {
    fn now(sql: &str) -> Result<Self, Error> {
        // SAFETY: reads the state of the session.
        let user = unsafe { pg_sys::GetUserId() };
        Ok(Self {
            sql: memory::text(sql)?,
            user,
            row_security: session::row_security(),
            invalidations: [identity::invalidations(), identity::function_invalidations()],
        })
    }
}

thread_local! {
    static FORMS: RefCell<Vec<(Key, Rc<Rewritten>)>> = const { RefCell::new(Vec::new()) };
}

/// The rewritten form of a SELECT with these parameters, for the present user.
pub(crate) fn look(sql: &str, params: &[query::Param]) -> Result<Rc<Rewritten>, Error> {
    let key = Key::now(sql)?;
    let known = FORMS.with_borrow(|forms| {
        forms.iter().find(|(of, _)| *of == key).map(|(_, form)| Rc::clone(form))
    });
    if let Some(form) = known {
        return Ok(form);
    }
    let form = Rc::new(Rewritten::new(sql, params)?);
    FORMS.with_borrow_mut(|forms| {
        // What was found under other catalogs is of no use any more.
        forms.retain(|(of, _)| of.invalidations == key.invalidations);
        if forms.len() == REMEMBERED {
            forms.remove(0);
        }
        memory::push(forms, (key, Rc::clone(&form)))
    })?;
    Ok(form)
}

impl Rewritten {
    fn new(sql: &str, params: &[query::Param]) -> Result<Self, Error> {
        let (reads, can_fail, columns) = query::rewritten(sql, params, |query| {
            // SAFETY: the tree is valid while this runs, and nothing changes it.
            unsafe {
                let reads = hazards::of(query)?;
                let columns = failures::of_columns(query)?;
                Ok((reads, failures::of_conditions(query), columns))
            }
        })?;
        let QueryReads { mut hazard, mut tables, parents, asks_when, .. } = reads;
        for parent in parents {
            let params = [query::Param::oid(parent)];
            plans::read(include_str!("../../sql/query/parts.sql"), &params, |row| {
                let part = row.oid(0);
                match catalog::relation_kind(part) {
                    b'r' => memory::push(&mut tables, part)?,
                    b'p' => {}
                    _ => hazard = hazard.or(Some(Hazard::Foreign(part))),
                }
                Ok(())
            })?;
        }
        Ok(Self { hazard, tables, asks_when, can_fail, columns })
    }

    /// Why running the statement again in this transaction need not give the same.
    pub(crate) fn hazard(&self) -> Option<Hazard> {
        let young = || self.tables.iter().find(|&&table| !rights::is_older(table));
        self.hazard.or_else(|| young().map(|&table| Hazard::Young(table)))
    }

    /// Where the values of the column in this place come from.
    pub(crate) fn origin(&self, column: usize) -> Origin {
        self.columns.get(column).copied().unwrap_or(Origin::CanFail)
    }
}
