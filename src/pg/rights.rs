//! What the caller may read, and whether policies filter it.

use pgrx::pg_sys::{self, Oid};

use super::{catalog, plans, query, text};
use crate::error::Error;

/// Whether row-level security filters the relation for the caller.
///
/// The check raises no error where `row_security` is off; the statement that reads does.
pub(crate) fn is_filtered(relation: Oid) -> bool {
    // SAFETY: a catalog look-up; the invalid OID means the current user.
    let state = unsafe { pg_sys::check_enable_rls(relation, Oid::INVALID, true) };
    state == pg_sys::CheckEnableRlsResult::RLS_ENABLED.cast_signed()
}

/// Whether the caller may read the column.
pub(crate) fn may_read(relation: Oid, column: &str) -> Result<bool, Error> {
    let column = text::to_server(column)?;
    // SAFETY: catalog look-ups; the string is NUL-terminated.
    unsafe {
        let user = pg_sys::GetUserId();
        let mode = pg_sys::AclMode::from(pg_sys::ACL_SELECT);
        let allowed = pg_sys::AclResult::ACLCHECK_OK;
        if pg_sys::pg_class_aclcheck(relation, user, mode) == allowed {
            return Ok(true);
        }
        let number = pg_sys::get_attnum(relation, column.as_ptr());
        Ok(pg_sys::pg_attribute_aclcheck(relation, number, user, mode) == allowed)
    }
}

/// Whether what a scan of the relation gives depends on nothing but the identity of the call:
/// plain and partitioned tables without policies, all of whose parts are local.
pub(crate) fn is_repeatable(relation: Oid) -> Result<bool, Error> {
    if is_filtered(relation) {
        return Ok(false);
    }
    if !matches!(catalog::relation_kind(relation), b'r' | b'p') {
        return Ok(false);
    }
    // SAFETY: the relation exists and is locked, because its name was looked up; it is closed
    // before anything else happens.
    let may_have_parts = unsafe {
        let open = pg_sys::relation_open(relation, pg_sys::NoLock.cast_signed());
        let flag = (*(*open).rd_rel).relhassubclass;
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
        flag
    };
    if !may_have_parts {
        return Ok(true);
    }
    let params = [query::Param::oid(relation)];
    let mut foreign = false;
    plans::read(include_str!("../../sql/query/has_foreign_parts.sql"), &params, |row| {
        foreign = row.bool(0);
        Ok(())
    })?;
    Ok(!foreign)
}
