//! What the catalogs say of relations, columns, types and functions.

use std::ffi::{CStr, c_char};

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use super::text::{self, quoted};
use super::{nodes, session};
use crate::error::Error;

/// The schema of the extension's operations, which nobody has in the search_path.
const OPERATIONS: &str = "tenant_metrics";

/// A column of a relation.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Its name as an identifier of a statement.
    pub(crate) quoted: String,
    /// Its type; of a domain the type that it is over.
    pub(crate) type_oid: Oid,
    /// Its type as it is declared, which may be a domain.
    declared_type: Oid,
    /// Its collation.
    collation: Oid,
}

impl Column {
    /// Whether equal values have equal bytes.
    pub(crate) fn is_deterministic(&self) -> bool {
        // SAFETY: a catalog look-up; the collation is one of an existing column.
        self.collation == Oid::INVALID
            || unsafe { pg_sys::get_collation_isdeterministic(self.collation) }
    }

    /// The name of its type as it is declared.
    pub(crate) fn type_name(&self) -> Result<String, Error> {
        type_name(self.declared_type)
    }

    /// Whether its values are texts of the extension `citext`.
    pub(crate) fn is_citext(&self) -> bool {
        // SAFETY: catalog look-ups of a type that exists; one that is no part of an extension gives
        // an invalid OID, and that gives null. A name is NUL-terminated.
        unsafe {
            let extension = pg_sys::getExtensionOfObject(pg_sys::TypeRelationId, self.type_oid);
            let name = pg_sys::get_extension_name(extension);
            !name.is_null() && CStr::from_ptr(name) == c"citext"
        }
    }
}

/// The relation that `name` means in the search_path, locked as a SELECT would.
pub(crate) fn visible_relation(name: &str) -> Result<Option<Oid>, Error> {
    let name = text::to_server(name)?;
    // SAFETY: the string is NUL-terminated and outlives the look-up, which tries again if the name
    // comes to mean another relation while it waits for the lock.
    let oid = unsafe {
        let name = pg_sys::makeRangeVar(std::ptr::null_mut(), name.as_ptr().cast_mut(), -1);
        pg_sys::RangeVarGetRelidExtended(
            name,
            pg_sys::AccessShareLock.cast_signed(),
            pg_sys::RVROption::RVR_MISSING_OK,
            None,
            std::ptr::null_mut(),
        )
    };
    Ok((oid != Oid::INVALID).then_some(oid))
}

/// The relation that `name` means in the search_path at this moment: it is not locked.
pub(crate) fn relation_by_path(name: &str) -> Result<Option<Oid>, Error> {
    let name = text::to_server(name)?;
    // SAFETY: the string is NUL-terminated and outlives the look-up.
    let oid = unsafe { pg_sys::RelnameGetRelid(name.as_ptr()) };
    Ok((oid != Oid::INVALID).then_some(oid))
}

/// Whether the search_path has no schema of a user's, as in the commands that build materialized
/// views from PostgreSQL 17 on, and in restores of a dump.
pub(crate) fn search_path_is_restricted() -> bool {
    matches!(session::search_path().to_bytes(), b"" | b"pg_catalog, pg_temp")
}

/// The relation of this name in a schema of this name.
pub(crate) fn relation_in(schema: &str, name: &str) -> Result<Option<Oid>, Error> {
    let (schema, name) = (text::to_server(schema)?, text::to_server(name)?);
    // SAFETY: the strings are NUL-terminated.
    let oid = unsafe {
        let schema = pg_sys::get_namespace_oid(schema.as_ptr(), true);
        pg_sys::get_relname_relid(name.as_ptr(), schema)
    };
    Ok((oid != Oid::INVALID).then_some(oid))
}

/// The relation's name, quoted and with its schema; `None` if it does not exist.
///
/// Takes the lock that a SELECT would, so that the name stays true until the transaction ends.
pub(crate) fn locked_relation_name(relation: Oid) -> Result<Option<String>, Error> {
    // SAFETY: locking an OID that may not exist is allowed.
    unsafe { pg_sys::LockRelationOid(relation, pg_sys::AccessShareLock.cast_signed()) };
    let (schema, name) = names(relation);
    if schema.is_null() || name.is_null() {
        // SAFETY: the lock was taken above.
        unsafe {
            pg_sys::UnlockRelationOid(relation, pg_sys::AccessShareLock.cast_signed());
        }
        return Ok(None);
    }
    quoted_name(relation).map(Some)
}

/// The relation's name, quoted and with its schema.
pub(crate) fn quoted_name(relation: Oid) -> Result<String, Error> {
    let (schema, name) = names(relation);
    let (schema, name) = (text::from_server(schema)?, text::from_server(name)?);
    Ok(format!("{}.{}", quoted(&schema)?, quoted(&name)?))
}

/// The relation's name with its schema, as messages show it.
pub(crate) fn shown_name(relation: Oid) -> Result<String, Error> {
    let (schema, name) = names(relation);
    Ok(format!("{}.{}", text::from_server(schema)?, text::from_server(name)?))
}

/// The names of the relation's schema and of itself; null if it does not exist.
fn names(relation: Oid) -> (*const c_char, *const c_char) {
    // SAFETY: catalog look-ups, which give null or an invalid OID for what does not exist.
    unsafe {
        let schema = pg_sys::get_rel_namespace(relation);
        (pg_sys::get_namespace_name(schema), pg_sys::get_rel_name(relation))
    }
}

/// The relation's kind, as in `pg_class.relkind`.
pub(crate) fn relation_kind(relation: Oid) -> u8 {
    // SAFETY: a catalog look-up, which gives 0 for a relation that does not exist.
    unsafe { pg_sys::get_rel_relkind(relation) }.cast_unsigned()
}

/// The owner of a relation that exists.
pub(crate) fn owner(relation: Oid) -> Oid {
    with_entry(relation, |form| form.relowner.to_u32()).into()
}

/// Locks a relation as a SELECT would; one that is gone, or was never there, is none to lock.
pub(crate) fn lock_for_reading(relation: Oid) {
    if relation != Oid::INVALID {
        lock(relation, pg_sys::AccessShareLock);
    }
}

/// Locks a relation, which may be gone by now, until the transaction ends.
pub(crate) fn lock(relation: Oid, mode: u32) {
    // SAFETY: locking an OID that does not exist is allowed.
    unsafe { pg_sys::LockRelationOid(relation, mode.cast_signed()) };
}

/// What the catalog's row of a relation says; the default if it is gone.
fn with_entry<T: Default>(relation: Oid, read: impl FnOnce(&pg_sys::FormData_pg_class) -> T) -> T {
    // SAFETY: a relation that is gone gives null; the entry is read while it is open.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let open = pg_sys::try_relation_open(relation, lock);
        if open.is_null() {
            return T::default();
        }
        let found = read(&*(*open).rd_rel);
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
        found
    }
}

/// The name of a role.
pub(crate) fn role_name(role: Oid) -> Result<String, Error> {
    // SAFETY: a catalog look-up, which gives null for a role that does not exist.
    text::from_server(unsafe { pg_sys::GetUserNameFromId(role, true) })
}

/// Whether the relation's column of this name has no stored value.
pub(crate) fn is_virtual(relation: Oid, name: &str) -> Result<bool, Error> {
    let name = text::to_server(name)?;
    // SAFETY: the string is NUL-terminated; a catalog look-up.
    let generated = unsafe {
        let number = pg_sys::get_attnum(relation, name.as_ptr());
        pg_sys::get_attgenerated(relation, number)
    };
    Ok(generated.cast_unsigned() == b'v')
}

/// Number, type and modifier of the relation's column of this name, in words.
pub(crate) fn described_column(relation: Oid, name: &str) -> Result<Option<String>, Error> {
    let name = text::to_server(name)?;
    let (mut type_oid, mut modifier, mut collation) = (Oid::INVALID, 0, Oid::INVALID);
    // SAFETY: the string is NUL-terminated and the out parameters are ours.
    unsafe {
        let number = pg_sys::get_attnum(relation, name.as_ptr());
        if number <= 0 {
            return Ok(None);
        }
        pg_sys::get_atttypetypmodcoll(
            relation,
            number,
            &mut type_oid,
            &mut modifier,
            &mut collation,
        );
        let described = pg_sys::format_type_with_typemod(type_oid, modifier);
        Ok(Some(format!("{number} {}", text::from_server(described)?)))
    }
}

/// The relation's column of this name.
pub(crate) fn column(relation: Oid, name: &str) -> Result<Option<Column>, Error> {
    let c_name = text::to_server(name)?;
    let (mut declared_type, mut modifier, mut collation) = (Oid::INVALID, 0, Oid::INVALID);
    // SAFETY: the string is NUL-terminated and the out parameters are ours. System columns, with
    // numbers below zero, are not for sources.
    unsafe {
        let number = pg_sys::get_attnum(relation, c_name.as_ptr());
        if number <= 0 {
            return Ok(None);
        }
        pg_sys::get_atttypetypmodcoll(
            relation,
            number,
            &mut declared_type,
            &mut modifier,
            &mut collation,
        );
    }
    Ok(Some(Column {
        name: memory::text(name)?,
        quoted: quoted(name)?,
        type_oid: base_type(declared_type),
        declared_type,
        collation,
    }))
}

/// Where in the rows of a relation its column of this name is, and its type; of a domain the type
/// that it is over.
pub(crate) fn placed_column(relation: Oid, name: &str) -> Result<Option<(usize, Oid)>, Error> {
    let name = text::to_server(name)?;
    // SAFETY: the string is NUL-terminated.
    let number = unsafe { pg_sys::get_attnum(relation, name.as_ptr()) };
    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    // SAFETY: a catalog look-up.
    Ok(place.map(|at| (at, base_type(unsafe { pg_sys::get_atttype(relation, number) }))))
}

/// Whether the relation's column of this name is one that the server has given it.
pub(crate) fn is_system_column(relation: Oid, name: &str) -> Result<bool, Error> {
    let name = text::to_server(name)?;
    // SAFETY: the string is NUL-terminated.
    Ok(unsafe { pg_sys::get_attnum(relation, name.as_ptr()) } < 0)
}

/// The column of the relation that a name may have been meant for: the one that it is without its
/// double quotes, or else one that differs from it in the case of letters alone.
pub(crate) fn column_meant(relation: Oid, name: &str) -> Result<Option<String>, Error> {
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let wanted = match inner {
        Some(inner) => inner.replace("\"\"", "\""),
        None => memory::text(name)?,
    };
    if column(relation, &wanted)?.is_some() {
        return Ok(Some(wanted));
    }
    let wanted = text::lower(&wanted);
    for number in 1.. {
        let each = column_name(relation, number)?;
        if each.is_empty() {
            break;
        }
        // A column that was dropped has a name too.
        if text::lower(&each) == wanted && column(relation, &each)?.is_some() {
            return Ok(Some(each));
        }
    }
    Ok(None)
}

/// The name of the relation's column with this number; empty if it does not exist.
pub(crate) fn column_name(relation: Oid, number: pg_sys::AttrNumber) -> Result<String, Error> {
    // SAFETY: a catalog look-up, which gives null for a column that does not exist.
    text::from_server(unsafe { pg_sys::get_attname(relation, number, true) })
}

/// Whether a unique index on the column alone has had all rows of the table, at any moment since the
/// present snapshot or earlier.
pub(crate) fn has_unique_index(table: Oid, column: &str) -> Result<bool, Error> {
    let column = text::to_server(column)?;
    // SAFETY: a relation that is gone gives null. The list has the indexes of the table, which
    // cannot be dropped while it is locked.
    unsafe {
        let open = pg_sys::try_relation_open(table, pg_sys::AccessShareLock.cast_signed());
        if open.is_null() {
            return Ok(false);
        }
        let number = pg_sys::get_attnum(table, column.as_ptr());
        // The rows of children by inheritance are in no index of the table's.
        let form = &*(*open).rd_rel;
        let has_all = form.relkind.cast_unsigned() == b'p' || !form.relhassubclass;
        let mut indexes = nodes::oids(pg_sys::RelationGetIndexList(open));
        let found = has_all && indexes.any(|index| is_unique_on(index, number));
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
        Ok(found)
    }
}

/// # Safety
/// `index` must be an index of a table that is locked.
unsafe fn is_unique_on(index: Oid, column: pg_sys::AttrNumber) -> bool {
    // SAFETY: the entry is read while the index is open; an index has a column.
    unsafe {
        let open = pg_sys::index_open(index, pg_sys::AccessShareLock.cast_signed());
        let form = &*(*open).rd_index;
        // Where the check is deferred, so is what the index says.
        let found = form.indisunique
            && form.indimmediate
            && form.indisvalid
            && is_of_snapshot(&*(*open).rd_indextuple)
            && form.indnkeyatts == 1
            && *form.indkey.values.as_ptr() == column
            && pg_sys::RelationGetIndexPredicate(open).is_null();
        pg_sys::index_close(open, pg_sys::NoLock.cast_signed());
        found
    }
}

/// Whether values of the type that is no text have texts that no setting changes: booleans,
/// integers and enums.
pub(crate) fn has_plain_text(type_oid: Oid) -> bool {
    let is_built_in =
        matches!(type_oid, pg_sys::BOOLOID | pg_sys::INT2OID | pg_sys::INT4OID | pg_sys::INT8OID);
    is_built_in || is_enum(type_oid)
}

/// Whether the type is an enum.
pub(crate) fn is_enum(type_oid: Oid) -> bool {
    // SAFETY: a catalog look-up.
    unsafe { pg_sys::type_is_enum(type_oid) }
}

/// The type itself, or of a domain the type that it is over.
pub(crate) fn base_type(type_oid: Oid) -> Oid {
    // SAFETY: a catalog look-up of a type that exists.
    unsafe { pg_sys::getBaseType(type_oid) }
}

/// Whether the snapshot sees this row of a catalog: an index that is younger says nothing of rows
/// that were deleted before it was made, and that the snapshot still sees.
///
/// # Safety
/// The row must be one of a catalog's.
unsafe fn is_of_snapshot(row: &pg_sys::HeapTupleData) -> bool {
    // SAFETY: the caller vouches for the row; the active snapshot lives as long as the call.
    unsafe {
        let header = &*row.t_data;
        let mask = u32::from(header.t_infomask);
        mask & pg_sys::HEAP_XMIN_FROZEN == pg_sys::HEAP_XMIN_FROZEN
            || (pg_sys::ActiveSnapshotSet()
                && !pg_sys::XidInMVCCSnapshot(
                    header.t_choice.t_heap.t_xmin,
                    pg_sys::GetActiveSnapshot(),
                ))
    }
}

/// The type's name as SQL writes it.
pub(crate) fn type_name(type_oid: Oid) -> Result<String, Error> {
    // SAFETY: a catalog look-up, which gives a placeholder for a type that does not exist.
    text::from_server(unsafe { pg_sys::format_type_be(type_oid) })
}

/// The function's name, with its schema if that is not one that readers live in.
pub(crate) fn function_name(function: Oid) -> Result<String, Error> {
    // SAFETY: catalog look-ups, which give null for a function that does not exist.
    let (schema, name) = unsafe {
        let schema = pg_sys::get_func_namespace(function);
        (pg_sys::get_namespace_name(schema), pg_sys::get_func_name(function))
    };
    let (schema, name) = (text::from_server(schema)?, text::from_server(name)?);
    Ok(if schema == OPERATIONS { format!("{OPERATIONS}.{name}") } else { name })
}
