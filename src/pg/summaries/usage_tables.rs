//! The tables that have the rows of a usage table: itself, or its partitions at any depth.
//!
//! A partition that appears, goes, or gets another file changes what the rows are, and no trigger
//! says so. So the files of all of them are noted beside the summaries, as one number.

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use super::fault::Fault;
use crate::error::Error;
use crate::pg::query::Param;
use crate::pg::{catalog, plans, snapshot};

/// The number of no source, where nobody asks for triggers.
pub(crate) const NO_SOURCE: i32 = 0;

/// A usage table, or one of its partitions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsageTable {
    pub(super) oid: Oid,
    /// Whether it has rows itself.
    pub(super) has_rows: bool,
    is_partitioned: bool,
    is_permanent: bool,
    file: u32,
    /// Whether it has all triggers of the source, and nothing keeps them from firing.
    pub(super) is_captured: bool,
    /// Whether it has any.
    pub(super) has_triggers: bool,
    is_subscribed: bool,
    /// Whether it has a parent, or children that are no partitions.
    has_relatives: bool,
}

/// A usage table and its partitions, the table first; none if it is gone.
#[derive(Debug)]
pub(crate) struct UsageTables(Vec<UsageTable>);

/// Files as one number, which says whether any of them has become another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileSum(u64);

/// How they are locked, until the transaction ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum UsageLock {
    /// As for reading.
    Read,
    /// No partition comes or goes, and none gets another file; others may read and write.
    Structure,
    /// Others may not write.
    Writes,
}

impl UsageTables {
    /// Those of a usage table, and the triggers that the source of this number has on them, by the
    /// active snapshot.
    pub(super) fn seen(usage: Oid, number: i32) -> Result<Self, Error> {
        let mut tables = Vec::new();
        let params =
            [Param::oid(usage), Param::new(pg_sys::INT4OID, Some(pg_sys::Datum::from(number)))];
        plans::read(include_str!("../../../sql/query/usage_tables.sql"), &params, |row| {
            let table = UsageTable {
                oid: row.oid(0),
                has_rows: row.bool(1),
                is_partitioned: row.bool(2),
                is_permanent: row.bool(3),
                file: u32::try_from(row.int8(4)).unwrap_or(0),
                is_captured: row.bool(5),
                has_triggers: row.bool(6),
                is_subscribed: row.bool(7),
                has_relatives: row.bool(8),
            };
            Ok(memory::push(&mut tables, table)?)
        })?;
        Ok(Self(tables))
    }

    /// Those of a usage table now. What is found is kept for other snapshots, so no snapshot of a
    /// transaction's says it.
    pub(crate) fn of(usage: Oid, number: i32) -> Result<Self, Error> {
        snapshot::with_catalogs(|| Self::seen(usage, number))
    }

    /// Those of a source's usage table, of which all are locked.
    pub(super) fn locked(usage: Oid, number: i32, lock: UsageLock) -> Result<Self, Error> {
        let mut tables = Self::of(usage, number)?;
        loop {
            for table in &tables.0 {
                catalog::lock(table.oid, lock.on(table));
            }
            let now = Self::of(usage, number)?;
            // One that appeared meanwhile is not locked yet.
            if now.oids().eq(tables.oids()) {
                return Ok(now);
            }
            tables = now;
        }
    }

    /// The OIDs of all.
    pub(super) fn oids(&self) -> impl Iterator<Item = Oid> {
        self.0.iter().map(|table| table.oid)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &UsageTable> {
        self.0.iter()
    }

    /// Whether the usage table is partitioned.
    pub(super) fn are_partitions(&self) -> bool {
        self.0.first().is_some_and(|usage| usage.is_partitioned)
    }

    /// Whether statements on any of them are captured.
    pub(super) fn are_captured(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|table| table.is_captured)
    }

    /// Their files: that of a plain table as the server numbers it.
    pub(super) fn files(&self) -> FileSum {
        match self.0.as_slice() {
            [usage] if !usage.is_partitioned => FileSum(usage.file.into()),
            all => all.iter().fold(FileSum(0), |sum, table| sum.with(table.files())),
        }
    }

    /// What has happened where their files are others than were noted.
    pub(super) fn changed(&self) -> Fault {
        if self.are_partitions() { Fault::Partitions } else { Fault::Rewritten }
    }

    /// How many pages they have.
    pub(super) fn pages(&self) -> u32 {
        let tables = self.0.iter().filter(|table| table.has_rows);
        tables.fold(0, |pages, table| pages.saturating_add(self::pages(table.oid)))
    }

    /// What changes their rows, or adds rows to what is read of them, without triggers, whatever
    /// triggers there are; `None` if nothing does.
    pub(crate) fn gap(&self) -> Option<Fault> {
        let any = |is: fn(&UsageTable) -> bool| self.0.iter().any(is);
        if any(|table| table.has_relatives) {
            Some(Fault::Relatives)
        } else if any(|table| table.is_foreign()) {
            Some(Fault::Foreign)
        } else if any(|table| !table.is_permanent) {
            Some(Fault::Unlogged)
        } else if any(|table| table.is_subscribed) {
            Some(Fault::Subscription)
        } else {
            None
        }
    }
}

impl UsageTable {
    /// Whether its rows are not in this server.
    pub(super) fn is_foreign(&self) -> bool {
        !self.has_rows && !self.is_partitioned
    }

    /// What it adds to the files of all.
    pub(super) fn files(&self) -> FileSum {
        let file = u64::from(self.oid.to_u32()) << 32 | u64::from(self.file);
        // Each bit of a number that is stored depends on each bit of these, for ever.
        let mut mixed = file.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
            mixed = (mixed ^ mixed >> shift).wrapping_mul(factor);
        }
        FileSum(0).with(FileSum(mixed ^ mixed >> 31))
    }
}

impl FileSum {
    /// Sums are below this, or it, as rows have signed numbers.
    const LIMIT: u64 = 1 << 62;

    /// One that is stored; `None` where the number is none of these.
    pub(super) fn of(number: i64) -> Option<Self> {
        u64::try_from(number).ok().filter(|number| (1..=Self::LIMIT).contains(number)).map(Self)
    }

    /// The number that is stored for it.
    pub(super) fn number(self) -> i64 {
        self.0.cast_signed()
    }

    /// That of files beside others.
    pub(super) fn with(self, others: Self) -> Self {
        match self.0.wrapping_add(others.0) % Self::LIMIT {
            // No file has this number, which stands for something else in rows.
            0 => Self(Self::LIMIT),
            sum => Self(sum),
        }
    }

    /// What has to be added to another for this.
    pub(super) fn beyond(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0)).with(Self(0))
    }
}

impl UsageLock {
    fn on(self, table: &UsageTable) -> u32 {
        match self {
            Self::Structure if table.is_partitioned => pg_sys::ShareUpdateExclusiveLock,
            Self::Read | Self::Structure => pg_sys::AccessShareLock,
            Self::Writes => pg_sys::ShareRowExclusiveLock,
        }
    }
}

/// How many pages a table has.
pub(super) fn pages(table: Oid) -> u32 {
    // SAFETY: a relation that is gone gives null, and is closed again otherwise.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let open = pg_sys::try_relation_open(table, lock);
        if open.is_null() {
            return 0;
        }
        let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
        let pages = pg_sys::RelationGetNumberOfBlocksInFork(open, fork);
        pg_sys::relation_close(open, lock);
        pages
    }
}
