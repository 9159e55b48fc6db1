//! Every error that a user can cause, and the only mapping to SQLSTATE, message, DETAIL and HINT.
//!
//! Messages are lower case, without a full stop, and carry the values; the detail has the facts,
//! the hint what to run. None names a row that the caller could not have read.

use pgrx::pg_sys::errcodes::PgSqlErrorCode as Code;
use pgrx::pg_sys::panic::ErrorReport;
use tenant_metrics_core::CoreError;

/// What can go wrong in a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Core(#[from] CoreError),
    #[error("until must not be before since")]
    WindowReversed { since: String, until: String },
    #[error("{argument} must not be null")]
    NullArgument { argument: &'static str },
    #[error("{argument} must not be negative, but is {value}")]
    NegativeArgument { argument: &'static str, value: i32 },
    #[error("{argument} must be {accepted}, but is \"{value}\"")]
    UnknownChoice { argument: &'static str, accepted: &'static str, value: String },
    #[error("{argument} must be finite")]
    InfiniteArgument { argument: &'static str },
    #[error("source \"{name}\" does not exist")]
    UnknownSource { name: String },
    #[error("relation \"{relation}\" does not exist")]
    ModelMissing { relation: &'static str },
    #[error("the {role} table of source \"{source_name}\" no longer exists")]
    RelationGone { source_name: String, role: &'static str },
    #[error("column \"{column}\" of {relation} does not exist")]
    ColumnMissing { relation: String, column: String },
    #[error("column \"{column}\" of {relation} has type {found}")]
    ColumnType { relation: String, column: String, found: String, accepted: &'static str },
    #[error("{tenant} has type {tenant_type}, but {usage} has type {usage_type}")]
    IdTypesDiffer { tenant: String, tenant_type: String, usage: String, usage_type: String },
    #[error("column \"{column}\" of {relation} has a nondeterministic collation")]
    Nondeterministic { relation: String, column: String },
    #[error("{function} cannot serve source \"{source_name}\", whose ids are of type {id_type}")]
    IdFlavor { function: String, source_name: String, id_type: String, instead: String },
    #[error("invalid tenant id of type {id_type}: \"{text}\"")]
    InvalidId { id_type: String, text: String },
    #[error("tenant id \"{text}\" is out of range for type bigint")]
    IdOutOfRange { text: String },
    #[error("tenant {id} is on a cycle of parent links, or below one")]
    Cycle { id: String, cycle: String },
    #[error("{function} was compiled for another row type than the one it is declared with")]
    RowShape { function: String, detail: String },
    #[error("set-valued function called in context that cannot accept a set")]
    NoSetExpected,
    #[error("argument {position} of the aggregate tenant_metrics.{aggregate} has type {found}")]
    AggregateArgument {
        aggregate: &'static str,
        position: usize,
        found: String,
        accepted: &'static str,
    },
    #[error("aggregate function called in non-aggregate context")]
    NotAnAggregate,
    #[error("value overflows numeric format")]
    NumericOverflow,
    #[error("invalid byte sequence in a name: {bytes}")]
    NotText { bytes: String },
    #[error("must be owner of {relation}")]
    NotOwner { relation: String },
    #[error("permission denied for schema {schema}")]
    SchemaDenied { schema: String },
    #[error("permission denied for column {column} of {relation}")]
    ColumnDenied { relation: String, column: String },
    #[error("{relation} has no unique index on column {column}")]
    NoUniqueIndex { relation: String, column: String },
    #[error("{relation} cannot be {role}")]
    RelationKind { relation: String, role: &'static str, accepted: &'static str },
    #[error("feature_count, features and feature_table exclude one another")]
    CatalogueChoice,
    #[error("time zone \"{zone}\" not recognized")]
    UnknownTimeZone { zone: String },
    #[error("a source name must have 1 to 63 bytes")]
    SourceName,
    #[cfg(feature = "check_cache")]
    #[error("a kept answer is stale: {kept} is kept, {made} is made now")]
    StaleAnswer { kept: String, made: String },
    #[error("broken invariant: {0}")]
    Invariant(&'static str),
    #[error("the server refused a query of tenant_metrics with SPI code {code}")]
    Spi { code: i32 },
}

impl Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => core_code(error),
            Self::WindowReversed { .. }
            | Self::NegativeArgument { .. }
            | Self::UnknownChoice { .. }
            | Self::InfiniteArgument { .. }
            | Self::CatalogueChoice
            | Self::UnknownTimeZone { .. }
            | Self::SourceName => Code::ERRCODE_INVALID_PARAMETER_VALUE,
            Self::NullArgument { .. } => Code::ERRCODE_NULL_VALUE_NOT_ALLOWED,
            Self::UnknownSource { .. } => Code::ERRCODE_UNDEFINED_OBJECT,
            Self::ModelMissing { .. } | Self::RelationGone { .. } => Code::ERRCODE_UNDEFINED_TABLE,
            Self::ColumnMissing { .. } => Code::ERRCODE_UNDEFINED_COLUMN,
            Self::ColumnType { .. }
            | Self::IdTypesDiffer { .. }
            | Self::IdFlavor { .. }
            | Self::AggregateArgument { .. } => Code::ERRCODE_DATATYPE_MISMATCH,
            Self::Nondeterministic { .. } | Self::NoSetExpected => {
                Code::ERRCODE_FEATURE_NOT_SUPPORTED
            }
            Self::InvalidId { .. } => Code::ERRCODE_INVALID_TEXT_REPRESENTATION,
            Self::IdOutOfRange { .. } | Self::NumericOverflow => {
                Code::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE
            }
            Self::Cycle { .. } => Code::ERRCODE_INVALID_RECURSION,
            Self::RowShape { .. } => Code::ERRCODE_INVALID_FUNCTION_DEFINITION,
            Self::NotAnAggregate => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::NotText { .. } => Code::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
            Self::NotOwner { .. } | Self::SchemaDenied { .. } | Self::ColumnDenied { .. } => {
                Code::ERRCODE_INSUFFICIENT_PRIVILEGE
            }
            Self::NoUniqueIndex { .. } => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::RelationKind { .. } => Code::ERRCODE_WRONG_OBJECT_TYPE,
            #[cfg(feature = "check_cache")]
            Self::StaleAnswer { .. } => Code::ERRCODE_INTERNAL_ERROR,
            // Cannot happen: what the invariant says, or a call of SPI that this library does not make.
            Self::Invariant(_) | Self::Spi { .. } => Code::ERRCODE_INTERNAL_ERROR,
        }
    }

    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::Core(CoreError::MemoryLimit { limit }) => {
                format!("The limit is {} kB for each process.", limit / 1024)
            }
            Self::WindowReversed { since, until } => format!("since is {since}, until is {until}."),
            Self::ModelMissing { .. } => {
                "No source \"default\" was set up, so the built-in one was looked for: tables \
                 tenants and ai_feature_usage in the search_path."
                    .into()
            }
            Self::ColumnType { accepted, .. }
            | Self::AggregateArgument { accepted, .. }
            | Self::RelationKind { accepted, .. } => format!("It can be {accepted}."),
            Self::IdTypesDiffer { .. } => {
                "Both must be integers, both uuid, or both text or varchar.".into()
            }
            Self::Nondeterministic { .. } => {
                "Ids are compared byte for byte, which such a collation does not do.".into()
            }
            Self::Cycle { cycle, .. } => format!("The cycle is {cycle}."),
            Self::RowShape { detail, .. } => detail.clone(),
            Self::NoUniqueIndex { .. } => "Without one, a tenant could stand there twice.".into(),
            Self::NotOwner { .. } => "A source can be set up by who owns its tables only.".into(),
            _ => return None,
        })
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SchemaDenied { schema } => {
                format!("Its owner can GRANT USAGE ON SCHEMA {schema}.")
            }
            Self::ColumnDenied { relation, column } => {
                format!("The owner can GRANT SELECT ({column}) ON {relation}.")
            }
            Self::Core(CoreError::MemoryLimit { .. }) => {
                "SET tenant_metrics.memory_limit to more, or SET tenant_metrics.engine = 'auto'.".into()
            }
            Self::Core(CoreError::DuplicateTenant { .. }) => {
                "Create a unique index on the id column of the tenants table. If it has one, your \
                 snapshot still sees a row that was deleted since, and the new one too: retry in a \
                 new transaction."
                    .into()
            }
            Self::UnknownSource { .. } => {
                "See SELECT source FROM tenant_metrics.status(), or set it up with \
                 tenant_metrics.setup(tenants, usage, source)."
                    .into()
            }
            Self::ModelMissing { .. } => {
                "Describe your tables with SELECT tenant_metrics.setup('my_tenants', 'my_usage').".into()
            }
            Self::RelationGone { source_name, .. } => format!(
                "Run tenant_metrics.setup again with source => '{source_name}', or \
                 tenant_metrics.teardown('{source_name}')."
            ),
            Self::ColumnMissing { .. } => {
                "Name the columns in the arguments of tenant_metrics.setup, and run it again after \
                 a column was renamed."
                    .into()
            }
            Self::ColumnType { .. } | Self::IdTypesDiffer { .. } => {
                "Change the type of the column, or set up a view that casts it as the usage table.".into()
            }
            Self::Nondeterministic { .. } => {
                "Use a deterministic collation for the id, or an id of another type.".into()
            }
            Self::IdFlavor { instead, .. } => format!("Call {instead} instead."),
            Self::Cycle { .. } => {
                "Find the tenants with SELECT * FROM tenant_metrics.integrity() and correct their parent.".into()
            }
            Self::RowShape { .. } => "Run ALTER EXTENSION tenant_metrics UPDATE, then reconnect.".into(),
            Self::NoUniqueIndex { relation, column } => {
                format!("CREATE UNIQUE INDEX ON {relation} ({column});")
            }
            Self::UnknownTimeZone { .. } => "See SELECT name FROM pg_timezone_names.".into(),
            Self::CatalogueChoice => "Give one of them, or none for a feature_count of 9.".into(),
            _ => return None,
        })
    }
}

fn core_code(error: &CoreError) -> Code {
    match error {
        CoreError::OutOfMemory | CoreError::MemoryLimit { .. } => Code::ERRCODE_OUT_OF_MEMORY,
        CoreError::DuplicateTenant { .. } => Code::ERRCODE_CARDINALITY_VIOLATION,
        CoreError::TooManyValues => Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        CoreError::MalformedState => Code::ERRCODE_INVALID_BINARY_REPRESENTATION,
    }
}

impl From<Error> for ErrorReport {
    fn from(error: Error) -> Self {
        let mut report = Self::new(error.code(), error.to_string(), "tenant_metrics");
        if let Some(detail) = error.detail() {
            report = report.set_detail(detail);
        }
        if let Some(hint) = error.hint() {
            report = report.set_hint(hint);
        }
        report
    }
}
