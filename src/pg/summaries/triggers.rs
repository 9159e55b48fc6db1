//! The triggers that capture what statements change.

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use super::entry::SummaryEntry;
use super::usage_tables::UsageTables;
use crate::error::Error;
use crate::pg::query::{self, Param};
use crate::pg::tables::OwnTable;
use crate::pg::text::quoted;
use crate::pg::{catalog, snapshot, text};

/// What a trigger is called after the number of the source, and what the server's catalog says of
/// when it fires.
const KINDS: [(&str, u32); 4] = [
    ("insert", pg_sys::TRIGGER_TYPE_INSERT),
    ("update", pg_sys::TRIGGER_TYPE_UPDATE),
    ("delete", pg_sys::TRIGGER_TYPE_DELETE),
    ("truncate", pg_sys::TRIGGER_TYPE_TRUNCATE),
];

/// What their names begin with; the number of the source and the kind follow.
const PREFIX: &str = "tenant_metrics_";

/// The number of the source that a trigger is of, if it is one of these.
pub(super) fn source_of(trigger: &pg_sys::Trigger) -> Result<Option<i32>, Error> {
    let name = text::from_server(trigger.tgname)?;
    let Some((number, kind)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'))
    else {
        return Ok(None);
    };
    let is_one = KINDS.iter().any(|&(of, when)| of == kind && fires(trigger, when));
    Ok(number.parse().ok().filter(|_| is_one))
}

/// Whether a trigger fires then, once for each statement.
fn fires(trigger: &pg_sys::Trigger, when: u32) -> bool {
    u32::try_from(trigger.tgtype) == Ok(when)
}

/// Lets summaries with other columns have the triggers of these, if they have the same table, and all
/// triggers are there; says whether they can.
pub(crate) fn keep(entry: &SummaryEntry, usage: Oid) -> Result<bool, Error> {
    let tables = UsageTables::of(entry.usage, entry.number)?;
    let can_keep = entry.usage == usage && tables.are_captured();
    if can_keep {
        // What other sessions know of the columns is forgotten when they write to the tables next.
        for table in tables.oids() {
            // SAFETY: the table is locked.
            unsafe { pg_sys::CacheInvalidateRelcacheByRelid(table) };
        }
    }
    Ok(can_keep)
}

/// Makes the triggers on a usage table and its partitions, which are locked.
pub(crate) fn create(entry: &SummaryEntry) -> Result<(), Error> {
    let tables = UsageTables::of(entry.usage, entry.number)?;
    tables.oids().try_for_each(|table| create_on(entry, table))
}

/// Makes the triggers on one of them, as its owner, who then may do what that takes, and what a
/// restore takes.
pub(super) fn create_on(entry: &SummaryEntry, table: Oid) -> Result<(), Error> {
    grant(catalog::owner(table))?;
    run(entry, table, include_str!("../../../sql/query/create_triggers.sql"))
}

/// Grants the function to a role, as the owner of the extension, unless that was done.
fn grant(role: Oid) -> Result<(), Error> {
    let (function, is_granted) = granted(role)?;
    if is_granted {
        return Ok(());
    }
    // The server lets no two transactions grant the same at the same time.
    let lock = pg_sys::ShareUpdateExclusiveLock.cast_signed();
    // SAFETY: locking what may not exist any more is allowed.
    unsafe { pg_sys::LockDatabaseObject(pg_sys::ProcedureRelationId, function, 0, lock) };
    if granted(role)?.1 {
        return Ok(());
    }
    let grantee = quoted(&catalog::role_name(role)?)?;
    let sql = include_str!("../../../sql/query/grant_capture.sql").replace("{grantee}", &grantee);
    query::write_as(catalog::owner(OwnTable::Summary.oid()?), &sql, NO_PARAMETERS)?;
    snapshot::advance();
    Ok(())
}

/// The function, and whether it is granted to a role.
fn granted(role: Oid) -> Result<(Oid, bool), Error> {
    let mut found = (Oid::INVALID, false);
    let sql = include_str!("../../../sql/query/capture_grant.sql");
    snapshot::with_catalogs(|| {
        query::read(sql, &[Param::oid(role)], |row| {
            found = (row.oid(0), row.bool(1));
            Ok(())
        })
    })?;
    Ok(found)
}

/// Drops those of the triggers that there are.
pub(crate) fn drop_all(entry: &SummaryEntry) -> Result<(), Error> {
    let tables = UsageTables::of(entry.usage, entry.number)?;
    for table in tables.iter().filter(|table| table.has_triggers) {
        drop_on(entry, table.oid)?;
    }
    drop_left(entry)
}

/// Drops those of tables that are partitions no more: they would fail there.
pub(super) fn drop_left(entry: &SummaryEntry) -> Result<(), Error> {
    let mut left = Vec::new();
    let params = [
        Param::new(pg_sys::INT4OID, Some(pg_sys::Datum::from(entry.number))),
        Param::oid(entry.usage),
    ];
    let sql = include_str!("../../../sql/query/left_triggers.sql");
    snapshot::with_catalogs(|| {
        query::read(sql, &params, |row| Ok(memory::push(&mut left, row.oid(0))?))
    })?;
    left.into_iter().try_for_each(|table| drop_on(entry, table))
}

fn drop_on(entry: &SummaryEntry, table: Oid) -> Result<(), Error> {
    let template = include_str!("../../../sql/query/drop_trigger.sql");
    for name in names(entry, table)? {
        run(entry, table, &template.replace("{trigger}", &quoted(&name)?))?;
    }
    Ok(())
}

/// The names of a table's triggers that are the source's.
fn names(entry: &SummaryEntry, table: Oid) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    // SAFETY: a relation that is gone gives null; the triggers are read while it is open.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let open = pg_sys::try_relation_open(table, lock);
        if open.is_null() {
            return Ok(names);
        }
        let triggers = (*open).trigdesc;
        let count = if triggers.is_null() { 0 } else { (*triggers).numtriggers };
        for at in 0..usize::try_from(count).unwrap_or(0) {
            let trigger = &*(*triggers).triggers.add(at);
            if source_of(trigger)? == Some(entry.number) {
                memory::push(&mut names, text::from_server(trigger.tgname)?)?;
            }
        }
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
    }
    Ok(names)
}

const NO_PARAMETERS: &[Param] = &[];

/// Runs a statement on the triggers of a table, as its owner.
fn run(entry: &SummaryEntry, table: Oid, template: &str) -> Result<(), Error> {
    let sql = template
        .replace("{prefix}", &format!("{PREFIX}{}", entry.number))
        .replace("{usage}", &catalog::quoted_name(table)?);
    query::write_as(catalog::owner(table), &sql, NO_PARAMETERS)?;
    Ok(())
}
