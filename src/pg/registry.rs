//! The table `tenant_metrics.source`: what was set up.
//!
//! Readers look at it with a scan of their own, in the caller's snapshot: callers have no rights
//! on the table, and need none. Only `setup` and `teardown` change it.

use pgrx::pg_sys::{self, Datum, Oid};

use super::query::{self, Param, oid_of};
use super::{catalog, text};
use crate::error::Error;

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) tenants: Oid,
    pub(crate) usage: Oid,
    pub(crate) tenant_id: String,
    pub(crate) parent_id: String,
    pub(crate) usage_tenant: String,
    pub(crate) usage_feature: String,
    pub(crate) usage_cost: String,
    pub(crate) usage_time: String,
    pub(crate) time_zone: String,
    pub(crate) features: FeatureSource,
}

/// Where the catalogue of features comes from.
#[derive(Debug, Clone)]
pub(crate) enum FeatureSource {
    /// None was given.
    Default,
    Count(u32),
    Names(Vec<Vec<u8>>),
    Table {
        table: Oid,
        column: String,
    },
}

/// Number of columns of the table.
const COLUMNS: usize = 14;

/// The entry of this name.
pub(crate) fn find(name: &str) -> Result<Option<Entry>, Error> {
    let mut found = None;
    scan(&mut |entry| {
        if entry.name == name {
            found = Some(entry);
        }
    })?;
    Ok(found)
}

/// All entries, by name.
pub(crate) fn all() -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    scan(&mut |entry| entries.push(entry))?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Adds the entry, or replaces the one of its name.
pub(crate) fn put(entry: &Entry) -> Result<(), Error> {
    let (count, names, table, column) = match &entry.features {
        FeatureSource::Default => (None, None, None, "name"),
        FeatureSource::Count(count) => {
            (i32::try_from(*count).ok().map(Datum::from), None, None, "name")
        }
        FeatureSource::Names(names) => {
            let text = super::ids::IdType::Text;
            let ids = names.iter().map(|name| tenant_metrics_core::ids::Id::Text(name));
            (None, Some(text.array(ids)), None, "name")
        }
        FeatureSource::Table { table, column } => {
            (None, None, Some(Datum::from(*table)), column.as_str())
        }
    };
    let regclass = |oid: Oid| Param::new(pg_sys::REGCLASSOID, Some(Datum::from(oid)));
    let params = [
        Param::text(&entry.name)?,
        regclass(entry.tenants),
        regclass(entry.usage),
        Param::text(&entry.tenant_id)?,
        Param::text(&entry.parent_id)?,
        Param::text(&entry.usage_tenant)?,
        Param::text(&entry.usage_feature)?,
        Param::text(&entry.usage_cost)?,
        Param::text(&entry.usage_time)?,
        Param::text(&entry.time_zone)?,
        Param::new(pg_sys::INT4OID, count),
        Param::new(pg_sys::TEXTARRAYOID, names),
        Param::new(pg_sys::REGCLASSOID, table),
        Param::text(column)?,
    ];
    query::write_as(owner()?, include_str!("../../sql/query/put_source.sql"), &params)?;
    Ok(())
}

/// Removes the entry of this name; says whether there was one.
pub(crate) fn remove(name: &str) -> Result<bool, Error> {
    let sql = include_str!("../../sql/query/remove_source.sql");
    Ok(query::write_as(owner()?, sql, &[Param::text(name)?])? > 0)
}

fn table() -> Result<Oid, Error> {
    let table = catalog::relation_in("tenant_metrics", "source")?;
    table.ok_or(Error::Invariant("the extension's functions come with its table of sources"))
}

fn owner() -> Result<Oid, Error> {
    let mut owner = Oid::INVALID;
    let sql = "SELECT relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) $1";
    query::read(sql, &[Param::oid(table()?)], |row| {
        owner = row.oid(0);
        Ok(())
    })?;
    Ok(owner)
}

fn scan(on_entry: &mut dyn FnMut(Entry)) -> Result<(), Error> {
    let table = table()?;
    // SAFETY: the relation and the scan are closed before they go out of scope, or by the server
    // on error; tuples are read before the scan moves on.
    unsafe {
        let relation = pg_sys::table_open(table, pg_sys::AccessShareLock.cast_signed());
        let scan = pg_sys::systable_beginscan(
            relation,
            Oid::INVALID,
            false,
            pg_sys::GetActiveSnapshot(),
            0,
            std::ptr::null_mut(),
        );
        let mut failed = None;
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            match read_entry(relation, tuple) {
                Ok(entry) => on_entry(entry),
                Err(error) => failed = Some(error),
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock.cast_signed());
        failed.map_or(Ok(()), Err)
    }
}

/// # Safety
/// `tuple` must be a tuple of `relation`, the table of this module.
unsafe fn read_entry(relation: pg_sys::Relation, tuple: pg_sys::HeapTuple) -> Result<Entry, Error> {
    let mut values = [Datum::null(); COLUMNS];
    let mut nulls = [true; COLUMNS];
    // SAFETY: the arrays have room for the table's columns, which the extension's script created.
    unsafe {
        pg_sys::heap_deform_tuple(
            tuple,
            (*relation).rd_att,
            values.as_mut_ptr(),
            nulls.as_mut_ptr(),
        );
    }
    let value = |column: usize| (!nulls[column]).then_some(values[column]);
    let name = |column: usize| value(column).map_or(Ok(String::new()), text::name);
    let string = |column: usize| value(column).map_or(Ok(String::new()), text::string);
    let oid = |column: usize| value(column).map_or(Oid::INVALID, oid_of);
    let features = match (value(10), value(11), value(12)) {
        (_, Some(names), _) => FeatureSource::Names(super::ids::text_array(names)),
        (_, _, Some(table)) => FeatureSource::Table { table: oid_of(table), column: name(13)? },
        (Some(count), _, _) => FeatureSource::Count(u32::try_from(count.value()).unwrap_or(0)),
        (None, None, None) => FeatureSource::Default,
    };
    Ok(Entry {
        name: string(0)?,
        tenants: oid(1),
        usage: oid(2),
        tenant_id: name(3)?,
        parent_id: name(4)?,
        usage_tenant: name(5)?,
        usage_feature: name(6)?,
        usage_cost: name(7)?,
        usage_time: name(8)?,
        time_zone: string(9)?,
        features,
    })
}
