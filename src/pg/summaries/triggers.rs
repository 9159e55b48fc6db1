//! The triggers that capture what statements change.

use pgrx::pg_sys::{self, Oid};
use tenant_metrics_core::memory;

use super::entry::SummaryEntry;
use crate::error::Error;
use crate::pg::query::{self, Param};
use crate::pg::text::quoted;
use crate::pg::{catalog, text};

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

/// The function that they call.
const FUNCTION: &str = "tenant_metrics.capture";

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

/// Whether the source's usage table has all of its triggers, and nothing keeps them from firing.
pub(super) fn are_there(entry: &SummaryEntry) -> Result<bool, Error> {
    let mut found = 0;
    each(entry, |trigger| {
        let is_always = trigger.tgenabled.cast_unsigned() == pg_sys::TRIGGER_FIRES_ALWAYS;
        if is_always && catalog::function_name(trigger.tgfoid)? == FUNCTION {
            found += 1;
        }
        Ok(())
    })?;
    Ok(found == KINDS.len())
}

/// Lets summaries with other columns have the triggers of these, if they have the same table, and all
/// triggers are there; says whether they can.
pub(crate) fn keep(entry: &SummaryEntry, usage: Oid) -> Result<bool, Error> {
    let can_keep = entry.usage == usage && are_there(entry)?;
    if can_keep {
        // What other sessions know of the columns is forgotten when they write to the table next.
        // SAFETY: the table is locked.
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(usage) };
    }
    Ok(can_keep)
}

/// Calls `on_trigger` with each trigger of the usage table that is the source's by its name.
fn each(
    entry: &SummaryEntry,
    mut on_trigger: impl FnMut(&pg_sys::Trigger) -> Result<(), Error>,
) -> Result<(), Error> {
    // SAFETY: a relation that is gone gives null; the triggers are read while it is open.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let open = pg_sys::try_relation_open(entry.usage, lock);
        if open.is_null() {
            return Ok(());
        }
        let triggers = (*open).trigdesc;
        let count = if triggers.is_null() { 0 } else { (*triggers).numtriggers };
        for at in 0..usize::try_from(count).unwrap_or(0) {
            let trigger = &*(*triggers).triggers.add(at);
            if source_of(trigger)? == Some(entry.number) {
                on_trigger(trigger)?;
            }
        }
        pg_sys::relation_close(open, pg_sys::NoLock.cast_signed());
    }
    Ok(())
}

/// Makes the triggers, as the owner of the table, to whom the owner of the extension grants what
/// that takes, and what a restore takes.
pub(crate) fn create(entry: &SummaryEntry, extension_owner: Oid) -> Result<(), Error> {
    let owner = catalog::owner(entry.usage);
    let grantee = quoted(&catalog::role_name(owner)?)?;
    let grant = include_str!("../../../sql/query/grant_capture.sql");
    query::write_as(extension_owner, &grant.replace("{grantee}", &grantee), NO_PARAMETERS)?;
    run(entry, owner, include_str!("../../../sql/query/create_triggers.sql"))
}

/// Drops those of the triggers that there are.
pub(crate) fn drop_all(entry: &SummaryEntry) -> Result<(), Error> {
    let mut names = Vec::new();
    each(entry, |trigger| Ok(memory::push(&mut names, text::from_server(trigger.tgname)?)?))?;
    let owner = catalog::owner(entry.usage);
    for name in names {
        let template = include_str!("../../../sql/query/drop_trigger.sql");
        run(entry, owner, &template.replace("{trigger}", &quoted(&name)?))?;
    }
    Ok(())
}

const NO_PARAMETERS: &[Param] = &[];

fn run(entry: &SummaryEntry, owner: Oid, template: &str) -> Result<(), Error> {
    let sql = template
        .replace("{prefix}", &format!("{PREFIX}{}", entry.number))
        .replace("{usage}", &catalog::quoted_name(entry.usage)?);
    query::write_as(owner, &sql, NO_PARAMETERS)?;
    Ok(())
}
