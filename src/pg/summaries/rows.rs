//! Rows that are read.

use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::summaries::MOST_DIMENSIONS;
use tenant_metrics_core::summaries::numbering::Named;

use super::scan::{LOCK, MOST_COLUMNS, NextRow, ScanOrder, scan};
use crate::error::Error;
use crate::pg::query::int8_of;
use crate::pg::tables::OwnTable;
use crate::pg::varlena;

/// What a row of `run` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunLevel {
    /// Events that are not in the totals.
    Late,
    /// Events that are in the totals.
    Counted,
    /// Totals of a dimension.
    Totals(usize),
    /// How the summaries stand to the usage table.
    Stamp,
    /// Numbers of ids or names.
    Names(Named),
}

/// RunLevel of the totals of the first dimension.
const TOTALS: i16 = 8;

/// RunLevel of the numbers of tenants; those of names follow.
const NAMES: i16 = 16;

impl RunLevel {
    /// Those of all totals.
    pub(super) fn totals() -> impl Iterator<Item = Self> {
        (0..MOST_DIMENSIONS).map(Self::Totals)
    }

    /// Those of events and of what is made of them.
    pub(super) fn events() -> impl Iterator<Item = Self> {
        [Self::Late, Self::Counted, Self::Stamp].into_iter().chain(Self::totals())
    }

    /// All.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let names = (0..MOST_DIMENSIONS).map(|place| Self::Names(Named::Dimension(place)));
        Self::events().chain([Self::Names(Named::Tenants)]).chain(names)
    }

    /// Its number in the table.
    pub(super) fn number(self) -> i16 {
        let offset = |place| i16::try_from(place).unwrap_or(i16::MAX - NAMES - 1);
        match self {
            Self::Late => 0,
            Self::Counted => 1,
            // Beside the late ones: whoever reads these reads it too.
            Self::Stamp => -1,
            Self::Totals(dimension) => TOTALS + offset(dimension),
            Self::Names(Named::Tenants) => NAMES,
            Self::Names(Named::Dimension(place)) => NAMES + 1 + offset(place),
        }
    }
}

/// Where a row is in its table.
pub(super) type RowPlace = pg_sys::ItemPointerData;

/// A row of `run`.
pub(super) struct StoredRow<'a> {
    pub(super) place: RowPlace,
    /// Whether events are among it that were taken away.
    pub(super) has_removed: bool,
    /// The first and the last time, tenant or hash.
    pub(super) range: (i64, i64),
    /// Number of events, totals or names.
    pub(super) items: u32,
    pub(super) cells: &'a [u8],
}

/// Calls `on_row` with each row of a source's level whose range touches `within`, or with all.
pub(super) fn runs(
    source: i32,
    level: RunLevel,
    within: Option<(i64, i64)>,
    mut on_row: impl FnMut(StoredRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let [source, level] = keys_of(source, level);
    let (low, high) = within.unwrap_or_default();
    let least = key(5, pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_INT8GE, Datum::from(low));
    let most = key(4, pg_sys::BTLessEqualStrategyNumber, pg_sys::F_INT8LE, Datum::from(high));
    let mut keys = [source, level, least, most];
    let count = if within.is_some() { 4 } else { 2 };
    scan(OwnTable::Run, ScanOrder::Any, &mut keys[..count], |place, fields| {
        on_row(stored_row(place, fields))?;
        Ok(NextRow::Following)
    })
}

/// Calls `on_row` with the rows that say how a source stands, and with those of its late events, in
/// one scan; and with which of the two each is.
pub(super) fn heads(
    source: i32,
    mut on_row: impl FnMut(RunLevel, StoredRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let [source, mut levels] = keys_of(source, RunLevel::Late);
    levels.sk_strategy = u16::try_from(pg_sys::BTLessEqualStrategyNumber).unwrap_or_default();
    // SAFETY: the function compares values of the column's type.
    unsafe { pg_sys::fmgr_info(Oid::from(pg_sys::F_INT2LE), &mut levels.sk_func) };
    scan(OwnTable::Run, ScanOrder::Any, &mut [source, levels], |place, fields| {
        // The level is the second column; late rows have 0.
        let level = if fields[1].value() == 0 { RunLevel::Late } else { RunLevel::Stamp };
        on_row(level, stored_row(place, fields))?;
        Ok(NextRow::Following)
    })
}

/// So many rows are passed on the way to one that is wanted; then that is looked for in the index,
/// which takes about as long as ten rows.
const MOST_PASSED: u32 = 10;

/// Calls `on_row` with each row of a source's level, whose rows follow each other, that any of
/// `wanted` is in, which are in order, and with those that are in it.
pub(super) fn runs_with(
    source: i32,
    level: RunLevel,
    wanted: &[i64],
    mut on_row: impl FnMut(StoredRow<'_>, &[i64]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rest = wanted;
    let Some(&first) = rest.first() else { return Ok(()) };
    let [source, level] = keys_of(source, level);
    let least = key(5, pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_INT8GE, Datum::from(first));
    let mut passed = 0;
    scan(OwnTable::Run, ScanOrder::Index, &mut [source, level, least], |place, fields| {
        let row = stored_row(place, fields);
        let (first, last) = row.range;
        rest = &rest[rest.partition_point(|&at| at < first)..];
        let inside = &rest[..rest.partition_point(|&at| at <= last)];
        if inside.is_empty() {
            passed += 1;
        } else {
            passed = 0;
            on_row(row, inside)?;
        }
        // The last one may be in the row that follows, too.
        rest = &rest[rest.partition_point(|&at| at < last)..];
        Ok(match rest.first() {
            None => NextRow::None,
            Some(&next) if passed > MOST_PASSED => NextRow::From(next),
            Some(_) => NextRow::Following,
        })
    })
}

/// What the rows of a source's level have in common.
fn keys_of(source: i32, level: RunLevel) -> [pg_sys::ScanKeyData; 2] {
    let equal = pg_sys::BTEqualStrategyNumber;
    [
        key(1, equal, pg_sys::F_INT4EQ, Datum::from(source)),
        key(2, equal, pg_sys::F_INT2EQ, Datum::from(level.number())),
    ]
}

fn key(column: i16, strategy: u32, function: u32, value: Datum) -> pg_sys::ScanKeyData {
    let mut key = pg_sys::ScanKeyData::default();
    // SAFETY: the key is ours; the function compares values of the column's type.
    unsafe {
        let strategy = u16::try_from(strategy).unwrap_or_default();
        pg_sys::ScanKeyInit(&mut key, column, strategy, Oid::from(function), value);
    }
    key
}

fn stored_row(place: RowPlace, fields: &[Datum; MOST_COLUMNS]) -> StoredRow<'_> {
    // SAFETY: the table has these columns, which are never NULL.
    let cells = unsafe { varlena::bytes(fields[6]) };
    let items = u32::try_from(fields[5].value() & 0x7fff_ffff).unwrap_or(0);
    let range = (int8_of(fields[3]), int8_of(fields[4]));
    StoredRow { place, has_removed: fields[2].value() != 0, range, items, cells }
}

/// Calls `on_row` with the place and the cells of each row of a source in `delta`.
pub(super) fn pending(
    source: i32,
    mut on_row: impl FnMut(RowPlace, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let wanted = Datum::from(source);
    scan(OwnTable::Delta, ScanOrder::Any, &mut [], |place, fields| {
        if fields[0].value() == wanted.value() {
            // SAFETY: the table has these columns, which are never NULL.
            on_row(place, unsafe { varlena::bytes(fields[1]) })?;
        }
        Ok(NextRow::Following)
    })
}

/// How many pages a table has.
pub(super) fn pages(table: OwnTable) -> Result<u32, Error> {
    let relation = table.open(LOCK)?;
    // SAFETY: the relation was just opened.
    unsafe {
        let pages = pages_of(relation);
        pg_sys::relation_close(relation, LOCK.cast_signed());
        Ok(pages)
    }
}

/// How many pages an open table has.
///
/// # Safety
/// The relation must be open.
pub(super) unsafe fn pages_of(relation: pg_sys::Relation) -> u32 {
    // SAFETY: the caller vouches for the relation.
    unsafe { pg_sys::RelationGetNumberOfBlocksInFork(relation, pg_sys::ForkNumber::MAIN_FORKNUM) }
}
