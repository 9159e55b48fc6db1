//! What the server's statistics say of relations, for estimates: no locks are taken, and what is
//! not known is nothing.

use pgrx::pg_sys::{self, Oid};

/// The size of a relation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RelationSize {
    pages: f64,
    /// Its rows, when it was last looked at.
    pub(crate) rows: f64,
}

impl RelationSize {
    /// The size of a relation that was analyzed or vacuumed.
    pub(crate) fn of(relation: Oid) -> Option<Self> {
        let cache = pg_sys::SysCacheIdentifier::RELOID.cast_signed();
        // SAFETY: a catalog look-up, which gives null for a relation that does not exist. The entry
        // is read before it is released.
        unsafe {
            let entry = pg_sys::SearchSysCache1(cache, relation.into());
            if entry.is_null() {
                return None;
            }
            let form = &*pg_sys::GETSTRUCT(entry).cast::<pg_sys::FormData_pg_class>();
            let (pages, rows) = (f64::from(form.relpages), f64::from(form.reltuples));
            pg_sys::ReleaseSysCache(entry);
            // Partitioned tables have rows, but no pages; what was never analyzed has -1 rows.
            (rows >= 0.0).then_some(Self { pages: pages.max(0.0), rows })
        }
    }

    /// The planner's price of reading all of it.
    pub(crate) fn reading(self) -> f64 {
        // SAFETY: settings of the server.
        unsafe { self.pages * pg_sys::seq_page_cost + self.rows * pg_sys::cpu_tuple_cost }
    }
}

/// The planner's price of this many pages that are read out of order.
pub(crate) fn scattered_pages(count: f64) -> f64 {
    // SAFETY: a setting of the server.
    count * unsafe { pg_sys::random_page_cost }
}
