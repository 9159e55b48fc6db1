//! What keeps a rewritten query from giving the same when it runs again.

use std::ffi::c_void;

use pgrx::pg_sys::{self, NodeTag, Oid, RTEKind};
use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::nodes::nodes;

/// What makes a statement give something else when it runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hazard {
    Volatile(Oid),
    Sequence(Oid),
    Foreign(Oid),
    Sample(Oid),
    /// As young as the transaction.
    Young(Oid),
    /// A system column that changes under a snapshot.
    SystemColumn,
    /// A relation that is none of the catalog's.
    Other,
}

/// What a query reads, and what it may ask for.
#[derive(Default)]
pub(super) struct QueryReads {
    /// The first reason that was found.
    pub(super) hazard: Option<Hazard>,
    pub(super) tables: Vec<Oid>,
    /// Those of the tables whose partitions and children are read too.
    pub(super) parents: Vec<Oid>,
    pub(super) asks_when: bool,
    failed: Option<Error>,
}

/// What the query and all queries in it read.
///
/// # Safety
/// The query must be a valid tree of the parser's, after rewriting.
pub(super) unsafe fn of(query: *mut pg_sys::Query) -> Result<QueryReads, Error> {
    let mut reads = QueryReads::default();
    // SAFETY: the walker takes any node; its context outlives the walk.
    unsafe { walk(query.cast(), (&raw mut reads).cast()) };
    match reads.failed.take() {
        Some(error) => Err(error),
        None => Ok(reads),
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn walk(node: *mut pg_sys::Node, reads: *mut c_void) -> bool {
    // SAFETY: called with a node or null and with the context of `of`.
    unsafe {
        if node.is_null() {
            return false;
        }
        let found = &mut *reads.cast::<QueryReads>();
        match (*node).type_ {
            NodeTag::T_Query => {
                let query = node.cast::<pg_sys::Query>();
                return found.see_query(&*query)
                    || pg_sys::query_tree_walker(query, Some(walk), reads, 0);
            }
            NodeTag::T_Var if !is_lasting(&*node.cast::<pg_sys::Var>()) => {
                return found.end(Hazard::SystemColumn);
            }
            // The next value of a sequence, of an identity column.
            NodeTag::T_NextValueExpr => {
                return found.end(Hazard::Sequence((*node.cast::<pg_sys::NextValueExpr>()).seqid));
            }
            _ => {}
        }
        pg_sys::check_functions_in_node(node, Some(see_function), reads)
            || pg_sys::expression_tree_walker(node, Some(walk), reads)
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn see_function(function: Oid, reads: *mut c_void) -> bool {
    // SAFETY: called with the context of `of`, and with a function of the tree.
    unsafe {
        let found = &mut *reads.cast::<QueryReads>();
        let number = u32::from(function);
        found.asks_when |=
            number == pg_sys::F_STATEMENT_TIMESTAMP || number >= pg_sys::FirstNormalObjectId;
        pg_sys::func_volatile(function).cast_unsigned() == pg_sys::PROVOLATILE_VOLATILE
            && found.end(Hazard::Volatile(function))
    }
}

/// Whether the column of a row is the same as long as the snapshot is.
fn is_lasting(column: &pg_sys::Var) -> bool {
    let number = i32::from(column.varattno);
    let changing = [
        pg_sys::MinCommandIdAttributeNumber,
        pg_sys::MaxTransactionIdAttributeNumber,
        pg_sys::MaxCommandIdAttributeNumber,
    ];
    !changing.contains(&number)
}

impl QueryReads {
    /// Ends the walk.
    fn end(&mut self, hazard: Hazard) -> bool {
        self.hazard = Some(hazard);
        true
    }

    /// Takes in what a query reads itself; says whether the walk ends.
    ///
    /// # Safety
    /// The query must be valid.
    unsafe fn see_query(&mut self, query: &pg_sys::Query) -> bool {
        // SAFETY: the caller vouches for the query, whose lists hold what they are said to.
        unsafe { nodes::<pg_sys::RangeTblEntry>(query.rtable).any(|entry| self.see_entry(&*entry)) }
    }

    fn see_entry(&mut self, entry: &pg_sys::RangeTblEntry) -> bool {
        if !entry.tablesample.is_null() {
            return self.end(Hazard::Sample(entry.relid));
        }
        match entry.rtekind {
            RTEKind::RTE_RELATION => {}
            RTEKind::RTE_NAMEDTUPLESTORE => return self.end(Hazard::Other),
            _ => return false,
        }
        match entry.relkind.cast_unsigned() {
            b'r' | b'p' | b'm' | b't' => {
                let mut added = memory::push(&mut self.tables, entry.relid);
                if entry.inh {
                    added = added.and(memory::push(&mut self.parents, entry.relid));
                }
                self.failed = added.err().map(Error::from);
                self.failed.is_some()
            }
            // Where a view was put in, this stands for its old and new rows, which nothing reads.
            b'v' => false,
            b'S' => self.end(Hazard::Sequence(entry.relid)),
            b'f' => self.end(Hazard::Foreign(entry.relid)),
            _ => self.end(Hazard::Other),
        }
    }
}
