//! What the caller may read, and whether policies filter it.

use pgrx::pg_sys::{self, Oid};

use super::{catalog, compat, plans, query, text};
use crate::error::Error;

/// The number of no subtransaction, `InvalidSubTransactionId`.
const NO_SUBTRANSACTION: pg_sys::SubTransactionId = 0;

/// The number of no column, `InvalidAttrNumber`.
const NO_COLUMN: pg_sys::AttrNumber = 0;

/// How virtual columns are generated, `ATTRIBUTE_GENERATED_VIRTUAL`.
const VIRTUAL: u8 = b'v';

/// Whether row-level security filters the relation for the caller.
///
/// The check raises no error where `row_security` is off; the statement that reads does.
pub(crate) fn is_filtered(relation: Oid) -> bool {
    // SAFETY: a catalog look-up; the invalid OID means the current user.
    let state = unsafe { pg_sys::check_enable_rls(relation, Oid::INVALID, true) };
    state == pg_sys::CheckEnableRlsResult::RLS_ENABLED.cast_signed()
}

/// Whether the caller has the rights of the relation's owner, as things are now.
pub(crate) fn is_owner(relation: Oid) -> bool {
    // SAFETY: reads the state of the session.
    compat::relation_ownercheck(relation, unsafe { pg_sys::GetUserId() })
}

/// Whether the caller may read the column, and may look into the relation's schema at all; not
/// for virtual columns, whose values are computed when they are read.
pub(crate) fn may_read(relation: Oid, column: &str) -> Result<bool, Error> {
    let name = text::to_server(column)?;
    let select = pg_sys::ACL_SELECT.into();
    let allows = |result| result == pg_sys::AclResult::ACLCHECK_OK;
    // SAFETY: the string is NUL-terminated; catalog look-ups.
    unsafe {
        let (number, user) = (pg_sys::get_attnum(relation, name.as_ptr()), pg_sys::GetUserId());
        let schema = pg_sys::get_rel_namespace(relation);
        let is_there = number != NO_COLUMN && schema != Oid::INVALID;
        Ok(is_there
            && allows(compat::schema_aclcheck(schema, user))
            && (allows(pg_sys::pg_class_aclcheck(relation, user, select))
                || allows(pg_sys::pg_attribute_aclcheck(relation, number, user, select)))
            && pg_sys::get_attgenerated(relation, number).cast_unsigned() != VIRTUAL)
    }
}

/// How the caller may not read a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not even look into the relation's schema, whose name is this.
    Schema(String),
    Column,
}

/// What keeps the caller from reading the column; `None` if it may.
pub(crate) fn refusal(relation: Oid, column: &str) -> Result<Option<Refusal>, Error> {
    let params = [query::Param::oid(relation), query::Param::text(column)?];
    let mut refusal = None;
    plans::read(include_str!("../../sql/query/refusal.sql"), &params, |row| {
        refusal = match row.bytes(0) {
            Some(schema) => Some(Refusal::Schema(text::decode(schema)?)),
            None => (!row.bool(1)).then_some(Refusal::Column),
        };
        Ok(())
    })?;
    Ok(refusal)
}

/// Whether the relation's owner may look into its schema.
pub(super) fn owner_sees_schema(relation: Oid) -> bool {
    // SAFETY: a catalog look-up of a relation that exists.
    let schema = unsafe { pg_sys::get_rel_namespace(relation) };
    let allowed = compat::schema_aclcheck(schema, catalog::owner(relation));
    allowed == pg_sys::AclResult::ACLCHECK_OK
}

/// Whether reading the relation runs no policy, view or foreign server: plain and partitioned
/// tables without policies, all of whose parts are local.
pub(crate) fn is_local(relation: Oid) -> Result<bool, Error> {
    is_plain(relation, |_| true)
}

/// Whether what a scan of the relation gives depends on nothing but the identity of the call:
/// plain and partitioned tables without policies, all of whose parts are local and older than the
/// transaction.
pub(crate) fn is_repeatable(relation: Oid) -> Result<bool, Error> {
    is_plain(relation, |is_older| is_older)
}

/// Whether the relation is a plain or partitioned table without policies, whose parts are local,
/// and `accepts` takes each for what is said of it: whether it is older than the transaction.
fn is_plain(relation: Oid, accepts: impl Fn(bool) -> bool) -> Result<bool, Error> {
    if is_filtered(relation) || !matches!(catalog::relation_kind(relation), b'r' | b'p' | b'm') {
        return Ok(false);
    }
    let (is_older, may_have_parts) = look_at(relation);
    if !accepts(is_older) || !may_have_parts {
        return Ok(accepts(is_older));
    }
    let mut plain = true;
    let params = [query::Param::oid(relation)];
    plans::read(include_str!("../../sql/query/parts.sql"), &params, |row| {
        let part = row.oid(0);
        plain &= matches!(catalog::relation_kind(part), b'r' | b'p') && accepts(look_at(part).0);
        Ok(())
    })?;
    Ok(plain)
}

/// Whether the relation and its file are older than the transaction.
pub(super) fn is_older(relation: Oid) -> bool {
    look_at(relation).0
}

/// Whether the relation's file is older than the transaction, and whether it may have partitions
/// or children.
///
/// A table that the transaction created or truncated may be truncated in place, which leaves no
/// trace in the identity of the calls before and after.
fn look_at(relation: Oid) -> (bool, bool) {
    // SAFETY: a relation that is gone gives null; the entry is read while it is open.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let open = pg_sys::try_relation_open(relation, lock);
        if open.is_null() {
            return (false, false);
        }
        let renewed = compat::rd_new_relfilelocator_subid(&*open);
        let is_older = (*open).rd_createSubid == NO_SUBTRANSACTION && renewed == NO_SUBTRANSACTION;
        let may_have_parts = (*(*open).rd_rel).relhassubclass;
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
        (is_older, may_have_parts)
    }
}
