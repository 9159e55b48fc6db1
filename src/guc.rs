//! Settings, from raw to typed in one place.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};

/// How usage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub(crate) enum EngineSetting {
    /// Summaries where they cost less, or the aggregate, or the portable SQL where that is better or
    /// memory runs out.
    #[name = c"auto"]
    Auto,
    /// Summaries wherever they can answer, whatever they cost, else as with `Auto`.
    #[name = c"summaries"]
    Summaries,
    /// The aggregate always; an error when memory runs out.
    #[name = c"aggregate"]
    Aggregate,
    /// The portable SQL always.
    #[name = c"portable"]
    Portable,
}

/// What scalars return for a tenant on or below a cycle of parent links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub(crate) enum OnCycle {
    /// NULL, as in the columns of the set-returning readers, with a warning.
    #[name = c"null"]
    Null,
    /// An error that names the cycle.
    #[name = c"error"]
    Error,
}

/// What readers do where summaries are stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub(crate) enum OnStale {
    /// They read the events, with a warning.
    #[name = c"warning"]
    Warning,
    /// They fail.
    #[name = c"error"]
    Error,
}

static ENGINE: GucSetting<EngineSetting> = GucSetting::<EngineSetting>::new(EngineSetting::Auto);

static MEMORY_LIMIT_KB: GucSetting<i32> = GucSetting::<i32>::new(256 * 1024);

static CACHE_LIMIT_KB: GucSetting<i32> = GucSetting::<i32>::new(256 * 1024);

static ON_CYCLE: GucSetting<OnCycle> = GucSetting::<OnCycle>::new(OnCycle::Null);

static ON_STALE: GucSetting<OnStale> = GucSetting::<OnStale>::new(OnStale::Warning);

static FOLD_AFTER: GucSetting<i32> = GucSetting::<i32>::new(10_000);

static USAGE_SCAN: GucSetting<bool> = GucSetting::<bool>::new(true);

static LOOKUP: GucSetting<bool> = GucSetting::<bool>::new(true);

/// Declares the settings and reserves their prefix.
pub(crate) fn register() {
    GucRegistry::define_enum_guc(
        c"tenant_metrics.engine",
        c"How usage is read: from summaries, by the aggregate, by portable SQL, or whichever fits (auto).",
        c"The answers are the same. \"summaries\" takes them whatever they cost. \"aggregate\" fails past tenant_metrics.memory_limit instead of \
          turning to \"portable\", which groups in SQL, spills to disk and can be sent to foreign servers.",
        &ENGINE,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"tenant_metrics.memory_limit",
        c"Memory that one process may use to accumulate usage, and then for the rows of a result.",
        c"Past it, a call starts again with portable SQL, which spills to disk and is several times \
          slower. A tenant with events takes about 100 bytes.",
        &MEMORY_LIMIT_KB,
        64,
        i32::MAX,
        GucContext::Userset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"tenant_metrics.cache_limit",
        c"Memory for totals that a session keeps until its transaction ends.",
        c"Scalars called for many tenants share one pass over usage while its totals fit; past \
          the limit each call is answered on its own. A tenant takes about 250 bytes. 0 keeps nothing.",
        &CACHE_LIMIT_KB,
        0,
        i32::MAX,
        GucContext::Userset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_enum_guc(
        c"tenant_metrics.on_cycle",
        c"What scalars return for a tenant on or below a cycle of parent links: null or an error.",
        c"Where a scalar guards something, NULL may pass for room: let a function with SET \
          tenant_metrics.on_cycle = error decide. NULL comes with one warning a transaction.",
        &ON_CYCLE,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"tenant_metrics.on_stale",
        c"What readers do where the summaries of a source are stale: warning or error.",
        c"With \"warning\" they read the events, which may take long; the answers are right. It comes once a \
          transaction. tenant_metrics.rebuild() makes the summaries anew.",
        &ON_STALE,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"tenant_metrics.fold_after",
        c"Events that statements append to summaries before a background worker folds them, about.",
        c"The answers are the same whenever that happens. 0 leaves it to tenant_metrics.compact().",
        &FOLD_AFTER,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"tenant_metrics.enable_usage_scan",
        c"Enables the planner's use of TenantUsageScan, which aggregates a table's rows itself.",
        c"The answers are the same without it; a pass over usage takes about one and a half times as long.",
        &USAGE_SCAN,
        GucContext::Userset,
        GucFlags::EXPLAIN,
    );
    GucRegistry::define_bool_guc(
        c"tenant_metrics.enable_lookup",
        c"Enables the planner's use of TenantLookup, which makes only those rows of tenant_dashboard() \
          that a condition on tenant_id asks for.",
        c"The answers are the same without it, made of the rows of all tenants.",
        &LOOKUP,
        GucContext::Userset,
        GucFlags::EXPLAIN,
    );
    crate::pg::reserve_prefix(c"tenant_metrics");
}

/// `tenant_metrics.engine`.
pub(crate) fn engine() -> EngineSetting {
    ENGINE.get()
}

/// `tenant_metrics.memory_limit`, in bytes.
pub(crate) fn memory_limit() -> usize {
    usize::try_from(MEMORY_LIMIT_KB.get()).unwrap_or(0).saturating_mul(1024)
}

/// `tenant_metrics.cache_limit`, in bytes.
pub(crate) fn cache_limit() -> usize {
    usize::try_from(CACHE_LIMIT_KB.get()).unwrap_or(0).saturating_mul(1024)
}

/// `tenant_metrics.on_cycle`.
pub(crate) fn on_cycle() -> OnCycle {
    ON_CYCLE.get()
}

/// `tenant_metrics.on_stale`.
pub(crate) fn on_stale() -> OnStale {
    ON_STALE.get()
}

/// `tenant_metrics.fold_after`.
pub(crate) fn fold_after() -> u64 {
    u64::try_from(FOLD_AFTER.get()).unwrap_or(0)
}

/// `tenant_metrics.enable_usage_scan`.
pub(crate) fn usage_scan() -> bool {
    USAGE_SCAN.get()
}

/// `tenant_metrics.enable_lookup`.
pub(crate) fn lookup() -> bool {
    LOOKUP.get()
}
