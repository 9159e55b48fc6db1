//! tenant_metrics: adoption and cost metrics over tenant hierarchies, answered inside PostgreSQL.
//!
//! Read from the outside in: `api` holds the SQL functions, `engine` decides how a question is
//! answered, `source` knows which tables it is asked of, `pg` is the only place that touches the
//! server, and the crate `tenant_metrics_core` does the arithmetic. ARCHITECTURE.md has the rules.

#![deny(ffi_unwind_calls)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests may grow as they like"))]
#![cfg_attr(test, allow(clippy::disallowed_macros, reason = "tests may grow as they like"))]

#[cfg(not(panic = "unwind"))]
compile_error!("PostgreSQL errors unwind through Rust frames: build with panic = \"unwind\"");

mod api;
mod engine;
mod error;
mod guc;
mod pg;
mod source;
#[cfg(feature = "pg_test")]
mod tests;

pgrx::pg_module_magic!(name, version);

// The schema, in order; everything that SQL sees is declared in these files. xtask reads this list,
// and makes the install script of it.
pgrx::extension_sql_file!("../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!("../sql/usage_state.sql", name = "usage_state", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/audit_state.sql", name = "audit_state", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/scalars.sql", name = "scalars", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/planning.sql", name = "planning", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/sets.sql", name = "sets", requires = ["planning"]);
pgrx::extension_sql_file!("../sql/series.sql", name = "series", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/operations.sql", name = "operations", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/features.sql", name = "features", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/rankings.sql", name = "rankings", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/measures.sql", name = "measures", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/summaries.sql", name = "summaries", requires = ["schema"]);
pgrx::extension_sql_file!(
    "../sql/twins/uuid.sql",
    name = "uuid_twins",
    requires = ["scalars", "sets", "series", "operations", "features", "rankings", "measures"]
);
pgrx::extension_sql_file!("../sql/twins/text.sql", name = "text_twins", requires = ["uuid_twins"]);
pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", finalize);

/// Runs when the library is loaded.
#[pgrx::pg_guard]
extern "C-unwind" fn _PG_init() {
    pg::hide_backtraces();
    guc::register();
    pg::identity::watch(engine::account::forget);
    pg::executor::watch(engine::account::forget_query);
    pg::summaries::watch();
    pg::explain::watch(|| engine::tally::last().answers);
    pg::scan::register();
    pg::lookup::register(api::DASHBOARD_LOOKUP);
}

/// What `cargo pgrx test` needs of the crate root.
#[cfg(test)]
pub mod pg_test {
    /// Runs once before the tests.
    pub fn setup(_options: Vec<&str>) {}

    /// Settings of the test server.
    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}
