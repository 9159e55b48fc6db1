//! The tables of a node in execution, and what processes share of them.

use std::ffi::c_void;

use pgrx::pg_sys;

use super::conditions::Conditions;
use super::plan;

/// What the places of tables in shared memory are multiples of.
const ALIGNMENT: usize = pg_sys::MAXIMUM_ALIGNOF as usize;

/// The tables, in the order of the plan. Zero is none.
pub(super) struct Tables(*mut [OpenTable]);

/// A table that is read.
pub(super) struct OpenTable {
    pub(super) relation: pg_sys::Relation,
    pub(super) conditions: Conditions,
    /// Null until it is read, or the processes agree on who reads what.
    scan: pg_sys::TableScanDesc,
}

impl Tables {
    /// Opens the tables of a node, which are kept in memory of the query.
    ///
    /// # Safety
    /// To be called when the execution of the node begins, with a plan of [`plan::write`].
    pub(super) unsafe fn open(node: *mut pg_sys::CustomScanState, flags: i32) -> Self {
        // SAFETY: the caller vouches for the node; the array is as long as the list of tables.
        unsafe {
            let (plan, estate) = ((*node).ss.ps.plan, (*node).ss.ps.state);
            let plan: &pg_sys::CustomScan = &*plan.cast();
            let count = plan::tables(plan).count();
            let first = pg_sys::palloc(count * size_of::<OpenTable>()).cast::<OpenTable>();
            for (at, planned) in plan::tables(plan).enumerate() {
                first.add(at).write(OpenTable {
                    relation: pg_sys::ExecOpenScanRelation(estate, planned.number, flags),
                    conditions: Conditions::new(node, &planned),
                    scan: std::ptr::null_mut(),
                });
            }
            Self(std::ptr::slice_from_raw_parts_mut(first, count))
        }
    }

    pub(super) fn all(&mut self) -> &mut [OpenTable] {
        if self.0.is_null() {
            return &mut [];
        }
        // SAFETY: the array lives as long as the node that has it.
        unsafe { &mut *self.0 }
    }

    /// How much memory processes need to share the tables: where each of them is, and what the
    /// server keeps for it.
    pub(super) fn shared_size(&mut self, snapshot: pg_sys::Snapshot) -> usize {
        let directory = self.directory_size();
        self.all().iter().fold(directory, |size, table| size + table.shared_size(snapshot))
    }

    /// Begins to share the tables.
    ///
    /// # Safety
    /// There must be as much memory as [`Tables::shared_size`] said.
    pub(super) unsafe fn share(&mut self, shared: *mut c_void, snapshot: pg_sys::Snapshot) {
        let mut offset = self.directory_size();
        for (number, table) in self.all().iter_mut().enumerate() {
            // SAFETY: the caller vouches for the memory.
            unsafe {
                shared.cast::<usize>().add(number).write(offset);
                let scan = shared.byte_add(offset).cast();
                pg_sys::table_parallelscan_initialize(table.relation, scan, snapshot);
                table.scan = pg_sys::table_beginscan_parallel(table.relation, scan);
            }
            offset += table.shared_size(snapshot);
        }
    }

    /// Joins processes that share the tables.
    ///
    /// # Safety
    /// Another process must have shared them.
    pub(super) unsafe fn join(&mut self, shared: *mut c_void) {
        for (number, table) in self.all().iter_mut().enumerate() {
            // SAFETY: the caller vouches for the memory.
            unsafe {
                let scan = shared_scan(shared, number);
                table.scan = pg_sys::table_beginscan_parallel(table.relation, scan);
            }
        }
    }

    /// Begins to share the tables once more.
    ///
    /// # Safety
    /// They must be shared.
    pub(super) unsafe fn share_again(&mut self, shared: *mut c_void) {
        for (number, table) in self.all().iter().enumerate() {
            // SAFETY: the caller vouches for the memory; the heap is read by blocks.
            unsafe {
                let scan = shared_scan(shared, number);
                pg_sys::table_block_parallelscan_reinitialize(table.relation, scan);
            }
        }
    }

    fn directory_size(&self) -> usize {
        (self.0.len() * size_of::<usize>()).next_multiple_of(ALIGNMENT)
    }
}

/// # Safety
/// The tables must be shared, and this be the number of one.
unsafe fn shared_scan(shared: *mut c_void, number: usize) -> pg_sys::ParallelTableScanDesc {
    // SAFETY: the caller vouches for the memory.
    unsafe { shared.byte_add(shared.cast::<usize>().add(number).read()).cast() }
}

impl OpenTable {
    fn shared_size(&self, snapshot: pg_sys::Snapshot) -> usize {
        // SAFETY: the table is open, and the snapshot the query's.
        let size = unsafe { pg_sys::table_parallelscan_estimate(self.relation, snapshot) };
        size.next_multiple_of(ALIGNMENT)
    }

    /// The scan that gives this process its rows.
    ///
    /// # Safety
    /// The state must be that of the node's query.
    pub(super) unsafe fn scan(&mut self, query: *mut pg_sys::EState) -> pg_sys::TableScanDesc {
        if self.scan.is_null() {
            // SAFETY: the table is open and of the heap. The scan lives as long as the query.
            unsafe {
                let caller = pg_sys::MemoryContextSwitchTo((*query).es_query_cxt);
                self.scan = pg_sys::heap_beginscan(
                    self.relation,
                    (*query).es_snapshot,
                    0,
                    std::ptr::null_mut(),
                    std::ptr::null_mut(),
                    pg_sys::ScanOptions::SO_TYPE_SEQSCAN
                        | pg_sys::ScanOptions::SO_ALLOW_STRAT
                        | pg_sys::ScanOptions::SO_ALLOW_SYNC
                        | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE,
                );
                pg_sys::MemoryContextSwitchTo(caller);
            }
        }
        self.scan
    }

    /// Goes back to the first row.
    pub(super) fn rewind(&mut self) {
        if !self.scan.is_null() {
            // SAFETY: the scan is open.
            unsafe {
                pg_sys::heap_rescan(self.scan, std::ptr::null_mut(), false, false, false, false);
            }
        }
    }

    /// Ends reading.
    pub(super) fn end(&mut self) {
        if !self.scan.is_null() {
            // SAFETY: the scan is open, and forgotten here.
            unsafe { pg_sys::heap_endscan(self.scan) };
            self.scan = std::ptr::null_mut();
        }
    }
}
