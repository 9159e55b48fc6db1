//! What to do about each error.

use tenant_metrics_core::CoreError;

use super::{ColumnMeant, Error};

impl Error {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SchemaDenied { command, .. } => format!("Its owner can {command}."),
            Self::ColumnDenied { command, .. } => format!("The owner can {command}."),
            Self::Core(CoreError::MemoryLimit { .. }) => {
                "Increase tenant_metrics.memory_limit, or set tenant_metrics.engine to \"auto\"."
                    .into()
            }
            Self::Core(CoreError::UnknownFormat { .. }) => {
                "Reconnect, so that all processes load the same version. Where the state comes from \
                 another server, install the same version there."
                    .into()
            }
            Self::DuplicateTenant { .. } => {
                "Find such ids with tenant_metrics.integrity(), and give each tenant one row. If a \
                 unique index says that it has one, your snapshot still sees a row that has been \
                 deleted since, and the new one too: retry in a new transaction."
                    .into()
            }
            Self::MissingBound { .. } => {
                "Specify the window, for example since => '2026-01-01', until => '2026-02-01'."
                    .into()
            }
            Self::UnknownChoice { available, .. } => format!("Available values: {available}."),
            Self::UnknownSource { .. } => {
                "List the sources with SELECT source FROM tenant_metrics.status(), or set this one \
                 up with tenant_metrics.setup()."
                    .into()
            }
            Self::NotSetUp { .. } => {
                "List the sources with SELECT source FROM tenant_metrics.status().".into()
            }
            Self::ModelMissing { path_is_restricted: true, .. } => {
                "The search_path is restricted here, as in CREATE and REFRESH MATERIALIZED VIEW from \
                 PostgreSQL 17 on. Describe your tables with SELECT \
                 tenant_metrics.setup('public.tenants', 'public.ai_feature_usage')."
                    .into()
            }
            Self::ModelMissing { .. } => {
                "Describe your tables with SELECT tenant_metrics.setup('my_tenants', 'my_usage')."
                    .into()
            }
            Self::RegistryMissing { .. } => {
                "If the schema or the table was renamed, rename it back. Otherwise run ALTER \
                 EXTENSION tenant_metrics UPDATE and reconnect."
                    .into()
            }
            Self::RelationGone { .. } => {
                "Set the source up again with tenant_metrics.setup(), or forget it with \
                 tenant_metrics.teardown()."
                    .into()
            }
            Self::IdFlavor { instead, .. } => format!("Call {instead} instead."),
            Self::Cycle { .. } => {
                "Find such tenants with tenant_metrics.integrity(), and correct their parents."
                    .into()
            }
            Self::RowShape { .. } | Self::ArgumentShape { .. } => {
                "Run ALTER EXTENSION tenant_metrics UPDATE, then reconnect.".into()
            }
            Self::UnknownTimeZone { .. } => {
                "List the time zones with SELECT name FROM pg_timezone_names.".into()
            }
            Self::NoSummaries { .. } => {
                "To make some, call tenant_metrics.enable_summaries().".into()
            }
            Self::HasSummaries { .. } => {
                "To make them anew, call tenant_metrics.rebuild().".into()
            }
            Self::SummariesInTheWay { .. } => {
                "Call tenant_metrics.disable_summaries(), or use DROP EXTENSION tenant_metrics CASCADE, \
                 which drops the triggers of all summaries too."
                    .into()
            }
            Self::StaleSummaries { can_be_repaired: true, .. } => {
                "To put them right, call tenant_metrics.repair(). To make them anew, call \
                 tenant_metrics.rebuild()."
                    .into()
            }
            Self::StaleSummaries { .. } | Self::NotResumable { .. } => {
                "To make them anew, call tenant_metrics.rebuild().".into()
            }
            Self::UncheckedSummaries { .. } => {
                "Call it in a new transaction, once tenant_metrics.status() says that they are current or \
                 stale."
                    .into()
            }
            Self::NotSummarizable { .. } | Self::EventTimeOutOfRange => {
                "All readers work without summaries, on the events themselves.".into()
            }
            Self::SnapshotKept { .. } => {
                "Call it in a transaction of its own with isolation level read committed.".into()
            }
            _ => return self.setup_hint(),
        })
    }

    /// The hint of what set-up refuses.
    fn setup_hint(&self) -> Option<String> {
        Some(match self {
            Self::ColumnMissing {
                argument, meant: Some(ColumnMeant { name, literal }), ..
            } => {
                let value = match *argument {
                    "dimensions" | "measures" => format!("ARRAY[{literal}]"),
                    _ => literal.clone(),
                };
                format!(
                    "Perhaps you meant the column \"{name}\": {argument} => {value}, without double \
                     quotes."
                )
            }
            Self::ColumnMissing { argument, .. }
            | Self::LacksColumn { argument, .. }
            | Self::SystemColumn { argument, .. } => format!(
                "Name a column of the {} table in argument \"{argument}\" of \
                 tenant_metrics.setup().",
                table_of(argument)
            ),
            Self::NoRelation { argument, .. } => format!(
                "Specify a table or a view in argument \"{argument}\" of tenant_metrics.setup()."
            ),
            Self::NullElement { argument }
            | Self::NestedArray { argument, .. }
            | Self::RepeatedColumn { argument, .. }
            | Self::TooManyColumns { argument, .. } => match *argument {
                "features" => "Specify the names of the features.".into(),
                argument => format!(
                    "Specify columns of the usage table, each once, or no {argument} at all."
                ),
            },
            Self::MeasureCalledCost => {
                "As a measure, \"cost\" is the cost. Use a view that gives the column another name \
                 as the usage table, or name it in argument \"usage_cost\"."
                    .into()
            }
            Self::ColumnWithoutTable { column } => format!(
                "Column \"{column}\" is one of the table with the names of the features. Where \
                 usage has them, name it in argument \"usage_feature\"."
            ),
            Self::SourceName { .. } => "Specify another name, such as 'default'.".into(),
            Self::ColumnType { argument, recipe: Some(recipe), .. }
            | Self::Nondeterministic { argument, recipe, .. } => {
                format!("Use a view that selects {recipe} as the {} table.", table_of(argument))
            }
            Self::ColumnType { argument, .. } | Self::IdTypesDiffer { argument, .. } => format!(
                "Change the type of the column, name another one, or use a view that casts it as the \
                 {} table.",
                table_of(argument)
            ),
            Self::CatalogueChoice => {
                "Specify one of them, or none for a feature_count of 9.".into()
            }
            _ => return None,
        })
    }
}

/// The table whose column an argument of `setup` names.
fn table_of(argument: &str) -> &'static str {
    match argument {
        "tenant_id" | "parent_id" => "tenants",
        "feature_column" => "feature",
        _ => "usage",
    }
}
