//! The extension's own tables, found as such and read row by row.

use std::cell::Cell;

use pgrx::pg_sys::{self, Datum, Oid};

use super::query::oid_of;
use super::{arrays, catalog, identity, text, varlena};
use crate::error::Error;

/// The extension that the library is of.
const EXTENSION: &str = "tenant_metrics";

/// The schema that the extension's script creates, and that its statements name.
const SCHEMA: &str = "tenant_metrics";

/// The most columns that a table has.
const MOST_COLUMNS: usize = 16;

/// The types of the columns of `source`. The first is the name, the one column of `source_name`.
static SOURCE_COLUMNS: [Oid; MOST_COLUMNS] = {
    use pg_sys::{INT4OID, NAMEOID, REGCLASSOID as CLASSOID, TEXTARRAYOID as TEXTSOID, TEXTOID};
    [
        TEXTOID, CLASSOID, CLASSOID, NAMEOID, NAMEOID, NAMEOID, NAMEOID, NAMEOID, NAMEOID, TEXTOID,
        INT4OID, TEXTSOID, CLASSOID, NAMEOID, TEXTSOID, TEXTSOID,
    ]
};

/// The types of the columns of `summary`.
static SUMMARY_COLUMNS: [Oid; 11] = {
    use pg_sys::{INT4OID, NAMEOID, REGCLASSOID as CLASSOID, TEXTARRAYOID as TEXTSOID, TEXTOID};
    [
        TEXTOID, INT4OID, CLASSOID, NAMEOID, NAMEOID, NAMEOID, NAMEOID, TEXTOID, TEXTSOID,
        TEXTSOID, TEXTOID,
    ]
};

/// The types of the columns of `run`.
static RUN_COLUMNS: [Oid; 7] = {
    use pg_sys::{BOOLOID, BYTEAOID, INT2OID, INT4OID, INT8OID};
    [INT4OID, INT2OID, BOOLOID, INT8OID, INT8OID, INT4OID, BYTEAOID]
};

/// A table of the extension.
#[derive(Debug, Clone, Copy)]
pub(super) enum OwnTable {
    Source,
    SourceName,
    Summary,
    Delta,
    Run,
}

thread_local! {
    /// The tables that were found to be the extension's, and the invalidations seen by then.
    static FOUND: Cell<[(Oid, u64); 5]> = const { Cell::new([(Oid::INVALID, 0); 5]) };
}

impl OwnTable {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::SourceName => "source_name",
            Self::Summary => "summary",
            Self::Delta => "delta",
            Self::Run => "run",
        }
    }

    /// The types of its columns.
    fn columns(self) -> &'static [Oid] {
        match self {
            Self::Source => &SOURCE_COLUMNS,
            Self::SourceName => &SOURCE_COLUMNS[..1],
            Self::Summary => &SUMMARY_COLUMNS,
            Self::Delta => &[pg_sys::INT4OID, pg_sys::BYTEAOID],
            Self::Run => &RUN_COLUMNS,
        }
    }

    /// Opens the table with a lock.
    pub(super) fn open(self, lock: u32) -> Result<pg_sys::Relation, Error> {
        let missing = || Error::RegistryMissing { table: self.name() };
        // A table with another name or in another schema would have been heard of.
        let oid = match FOUND.get()[self as usize] {
            (found, seen) if found != Oid::INVALID && seen == identity::invalidations() => found,
            _ => catalog::relation_in(SCHEMA, self.name())?.ok_or_else(missing)?,
        };
        // SAFETY: a relation that is gone gives null. While it is locked its columns stay.
        let relation = unsafe { pg_sys::try_relation_open(oid, lock.cast_signed()) };
        if relation.is_null() {
            return Err(missing());
        }
        if self.is_found(oid)? {
            return Ok(relation);
        }
        // SAFETY: the relation was opened above, with this lock.
        unsafe { pg_sys::relation_close(relation, lock.cast_signed()) };
        Err(missing())
    }

    /// Locks the table until the transaction ends; gives its owner.
    pub(super) fn lock(self, lock: u32) -> Result<Oid, Error> {
        let relation = self.open(lock)?;
        // SAFETY: the relation was just opened; its lock is kept.
        unsafe {
            let owner = (*(*relation).rd_rel).relowner;
            pg_sys::relation_close(relation, pg_sys::NoLock.cast_signed());
            Ok(owner)
        }
    }

    /// Its OID.
    pub(super) fn oid(self) -> Result<Oid, Error> {
        let lock = pg_sys::AccessShareLock;
        let relation = self.open(lock)?;
        // SAFETY: the relation was just opened.
        unsafe {
            let oid = (*relation).rd_id;
            pg_sys::relation_close(relation, lock.cast_signed());
            Ok(oid)
        }
    }

    /// Whether the relation is the extension's table and has the columns that this library knows.
    /// Another may have its name where the extension's schema was renamed.
    fn is_found(self, oid: Oid) -> Result<bool, Error> {
        let mut found = FOUND.get();
        let seen = identity::invalidations();
        if found[self as usize] == (oid, seen) {
            return Ok(true);
        }
        // SAFETY: look-ups in catalogs, which give the invalid OID or null for what does not exist.
        let extension = unsafe {
            let extension = pg_sys::getExtensionOfObject(pg_sys::RelationRelationId, oid);
            pg_sys::get_extension_name(extension)
        };
        let is_own = text::from_server(extension)? == EXTENSION && self.has_columns_of(oid);
        if is_own {
            found[self as usize] = (oid, seen);
            FOUND.set(found);
        }
        Ok(is_own)
    }

    /// Whether the relation has the columns of the table, and no more.
    fn has_columns_of(self, relation: Oid) -> bool {
        // SAFETY: a catalog look-up, which gives the invalid OID for a column that does not exist.
        let type_of = |number| unsafe { pg_sys::get_atttype(relation, number) };
        let end = [Oid::INVALID];
        (1..).zip(self.columns().iter().chain(&end)).all(|(number, &oid)| type_of(number) == oid)
    }
}

/// Calls `on_row` for each row of the table that the snapshot sees.
pub(super) fn scan(
    table: OwnTable,
    snapshot: pg_sys::Snapshot,
    on_row: &mut dyn FnMut(&Fields) -> Result<(), Error>,
) -> Result<(), Error> {
    let lock = pg_sys::AccessShareLock;
    let relation = table.open(lock)?;
    let mut result = Ok(());
    // SAFETY: the relation and the scan are closed before they go out of scope, or by the server
    // on error; tuples are read before the scan moves on. `open` has counted the columns.
    unsafe {
        let scan = pg_sys::systable_beginscan(
            relation,
            Oid::INVALID,
            false,
            snapshot,
            0,
            std::ptr::null_mut(),
        );
        while result.is_ok() {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            let mut fields =
                Fields { values: [Datum::null(); MOST_COLUMNS], nulls: [true; MOST_COLUMNS] };
            pg_sys::heap_deform_tuple(
                tuple,
                (*relation).rd_att,
                fields.values.as_mut_ptr(),
                fields.nulls.as_mut_ptr(),
            );
            result = on_row(&fields);
        }
        pg_sys::systable_endscan(scan);
        pg_sys::relation_close(relation, lock.cast_signed());
    }
    result
}

/// The fields of a row. NULL reads as nothing, an empty text or 0.
pub(super) struct Fields {
    values: [Datum; MOST_COLUMNS],
    nulls: [bool; MOST_COLUMNS],
}

impl Fields {
    pub(super) fn get(&self, column: usize) -> Option<Datum> {
        (!self.nulls[column]).then_some(self.values[column])
    }

    pub(super) fn bytes(&self, column: usize) -> Option<&[u8]> {
        // SAFETY: the callers name columns of type text, which live as long as the row.
        self.get(column).map(|datum| unsafe { varlena::bytes(datum) })
    }

    pub(super) fn string(&self, column: usize) -> Result<String, Error> {
        self.bytes(column).map_or(Ok(String::new()), text::decode)
    }

    pub(super) fn string_if_any(&self, column: usize) -> Result<Option<String>, Error> {
        self.bytes(column).map(text::decode).transpose()
    }

    pub(super) fn name(&self, column: usize) -> Result<String, Error> {
        Ok(self.name_if_any(column)?.unwrap_or_default())
    }

    pub(super) fn name_if_any(&self, column: usize) -> Result<Option<String>, Error> {
        // SAFETY: the callers name columns of type name, which live as long as the row.
        self.get(column).map(|datum| unsafe { text::name(datum) }).transpose()
    }

    pub(super) fn strings(&self, column: usize) -> Result<Vec<String>, Error> {
        self.get(column).map_or(Ok(Vec::new()), arrays::string_array)
    }

    pub(super) fn oid(&self, column: usize) -> Oid {
        self.get(column).map_or(Oid::INVALID, oid_of)
    }

    /// An integer that a constraint of the table keeps from being negative.
    pub(super) fn count(&self, column: usize) -> u32 {
        self.get(column).map_or(0, |datum| u32::try_from(datum.value()).unwrap_or(0))
    }
}
