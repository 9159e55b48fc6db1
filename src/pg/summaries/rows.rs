//! Rows that are read.

use std::ptr;

use pgrx::pg_sys::ScanDirection::ForwardScanDirection as FORWARD;
use pgrx::pg_sys::{self, Datum, Oid};
use tenant_metrics_core::summaries::MOST_DIMENSIONS;
use tenant_metrics_core::summaries::numbering::Named;

use crate::error::Error;
use crate::pg::query::int8_of;
use crate::pg::tables::OwnTable;
use crate::pg::{interrupt, varlena};

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
            Self::Stamp => 2,
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

impl StoredRow<'_> {
    /// Block and offset, to be compared.
    pub(super) fn at(&self) -> (u16, u16, u16) {
        let RowPlace { ip_blkid, ip_posid } = self.place;
        (ip_blkid.bi_hi, ip_blkid.bi_lo, ip_posid)
    }
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
        Ok(true)
    })
}

/// Calls `on_row` with each row of a source's level, whose rows follow each other, that `at` is in.
pub(super) fn runs_at(
    source: i32,
    level: RunLevel,
    at: i64,
    mut on_row: impl FnMut(StoredRow<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let [source, level] = keys_of(source, level);
    let least = key(5, pg_sys::BTGreaterEqualStrategyNumber, pg_sys::F_INT8GE, Datum::from(at));
    let mut keys = [source, level, least];
    scan(OwnTable::Run, ScanOrder::Index, &mut keys, |place, fields| {
        let row = stored_row(place, fields);
        let begins = row.range.0 <= at;
        if begins {
            on_row(row)?;
        }
        Ok(begins)
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
        Ok(true)
    })
}

/// About how many events wait, those of other sources and dead ones among them.
pub(crate) fn pending_events() -> Result<f64, Error> {
    Ok(f64::from(pages(OwnTable::Delta)?) * EVENTS_OF_A_PAGE)
}

/// How many pages a table has.
pub(super) fn pages(table: OwnTable) -> Result<u32, Error> {
    let lock = pg_sys::AccessShareLock;
    let relation = table.open(lock)?;
    // SAFETY: the relation was just opened.
    unsafe {
        let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
        let pages = pg_sys::RelationGetNumberOfBlocksInFork(relation, fork);
        pg_sys::relation_close(relation, lock.cast_signed());
        Ok(pages)
    }
}

/// About how many events a page of `delta` has.
const EVENTS_OF_A_PAGE: f64 = 200.0;

/// The most columns of either table.
const MOST_COLUMNS: usize = 7;

/// In which order rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanOrder {
    Any,
    /// That of the table's index.
    Index,
}

/// Calls `on_row` with the columns of each row that has the keys, in the active snapshot, until it
/// says that it wants no more.
fn scan(
    table: OwnTable,
    order: ScanOrder,
    keys: &mut [pg_sys::ScanKeyData],
    mut on_row: impl FnMut(RowPlace, &[Datum; MOST_COLUMNS]) -> Result<bool, Error>,
) -> Result<(), Error> {
    let lock = pg_sys::AccessShareLock;
    let relation = table.open(lock)?;
    let mut result = Ok(true);
    // SAFETY: the relation and the scan are closed before they go out of scope, or by the server on
    // error; a row is read before the scan moves on. `open` has looked at the columns.
    unsafe {
        let index = match keys.is_empty() {
            true => Oid::INVALID,
            false => first_index(relation),
        };
        let (snapshot, len) =
            (pg_sys::GetActiveSnapshot(), i32::try_from(keys.len()).unwrap_or_default());
        let opened = match order {
            ScanOrder::Any => ptr::null_mut(),
            ScanOrder::Index => pg_sys::index_open(index, lock.cast_signed()),
        };
        let scan = match order {
            ScanOrder::Any => {
                let has_index = index != Oid::INVALID;
                let keys = keys.as_mut_ptr();
                pg_sys::systable_beginscan(relation, index, has_index, snapshot, len, keys)
            }
            ScanOrder::Index => {
                let keys = keys.as_mut_ptr();
                pg_sys::systable_beginscan_ordered(relation, opened, snapshot, len, keys)
            }
        };
        for count in 1_usize.. {
            let tuple = match order {
                ScanOrder::Any => pg_sys::systable_getnext(scan),
                ScanOrder::Index => pg_sys::systable_getnext_ordered(scan, FORWARD),
            };
            if tuple.is_null() {
                break;
            }
            if count.is_multiple_of(64) {
                interrupt();
            }
            let (mut values, mut nulls) = ([Datum::null(); MOST_COLUMNS], [true; MOST_COLUMNS]);
            pg_sys::heap_deform_tuple(
                tuple,
                (*relation).rd_att,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            result = on_row((*tuple).t_self, &values);
            if !matches!(result, Ok(true)) {
                break;
            }
        }
        match order {
            ScanOrder::Any => pg_sys::systable_endscan(scan),
            ScanOrder::Index => {
                pg_sys::systable_endscan_ordered(scan);
                pg_sys::index_close(opened, lock.cast_signed());
            }
        }
        pg_sys::relation_close(relation, lock.cast_signed());
    }
    result.map(|_| ())
}

/// The index of a relation that has one.
///
/// # Safety
/// The relation must be open.
unsafe fn first_index(relation: pg_sys::Relation) -> Oid {
    // SAFETY: the caller vouches for the relation.
    let indexes = unsafe { pg_sys::RelationGetIndexList(relation) };
    // SAFETY: a list of OIDs.
    unsafe { pgrx::PgList::<Oid>::from_pg(indexes).iter_oid().next().unwrap_or(Oid::INVALID) }
}
