//! Every error that a user can cause, and the only mapping to SQLSTATE, message, DETAIL and HINT.
//!
//! Texts follow the server's own: a message is lower case, has no full stop, carries the values, and
//! puts names in double quotes; detail and hint are sentences, the one with the facts, the other
//! with what to do. None names a row that the caller could not have read.

mod hint;

use pgrx::prelude::PgSqlErrorCode as Code;
use tenant_metrics_core::CoreError;
use tenant_metrics_core::measures::MOST_MEASURES;

/// What can go wrong in a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Core(#[from] CoreError),
    #[error("tenant id {id} appears more than once")]
    DuplicateTenant { id: String },
    #[error("argument \"until\" must not be before argument \"since\"")]
    WindowReversed { since: String, until: String },
    #[error("argument \"{argument}\" must not be null")]
    NullArgument { argument: &'static str },
    #[error("argument \"{argument}\" must not be null")]
    MissingBound { argument: &'static str },
    #[error("argument \"{argument}\" must not be negative, but is {value}")]
    NegativeArgument { argument: &'static str, value: i32 },
    #[error("invalid value for argument \"{argument}\": \"{value}\"")]
    UnknownChoice { argument: &'static str, value: String, available: String },
    #[error("argument \"{argument}\" must be finite")]
    InfiniteArgument { argument: &'static str },
    #[error("source \"{name}\" does not exist")]
    UnknownSource { name: String },
    #[error("source \"{name}\" has not been set up")]
    NotSetUp { name: String },
    #[error("relation \"{relation}\" does not exist")]
    ModelMissing { relation: &'static str, path_is_restricted: bool },
    #[error("the {role} table of source \"{source_name}\" no longer exists")]
    RelationGone { source_name: String, role: &'static str },
    #[error("table tenant_metrics.{table} of the extension cannot be used")]
    RegistryMissing { table: &'static str },
    #[error("column \"{column}\" of relation \"{relation}\" does not exist")]
    ColumnMissing {
        relation: String,
        column: String,
        argument: &'static str,
        meant: Option<ColumnMeant>,
    },
    #[error("column \"{column}\" of relation \"{relation}\" is a system column")]
    SystemColumn { relation: String, column: String, argument: &'static str },
    #[error("relation with OID {oid} does not exist")]
    NoRelation { oid: u32, argument: &'static str },
    #[error("source \"{source_name}\" has no {column} column")]
    LacksColumn { source_name: String, column: &'static str, argument: &'static str },
    #[error("column \"{column}\" of relation \"{relation}\" has unsupported type {found}")]
    ColumnType {
        relation: String,
        column: String,
        argument: &'static str,
        found: String,
        accepted: &'static str,
        recipe: Option<Box<str>>,
    },
    #[error(
        "column \"{column}\" of relation \"{relation}\" has type {found}, but tenant ids have type \
         {id_type}"
    )]
    IdTypesDiffer {
        relation: String,
        column: String,
        argument: &'static str,
        found: String,
        id_type: String,
    },
    #[error("column \"{column}\" of relation \"{relation}\" has a nondeterministic collation")]
    Nondeterministic { relation: String, column: String, argument: &'static str, recipe: Box<str> },
    #[error("function {function} does not support source \"{source_name}\"")]
    IdFlavor { function: String, source_name: String, id_type: String, instead: String },
    #[error("invalid input syntax for type {id_type}: \"{text}\"")]
    InvalidId { id_type: String, text: String },
    #[error("value \"{text}\" is out of range for type bigint")]
    IdOutOfRange { text: String },
    #[error("tenant {id} is on or below a cycle of parent links")]
    Cycle { id: String, cycle: String },
    #[error("return type of function {function} does not match the loaded library")]
    RowShape { function: String, detail: String },
    #[error("argument {position} of function {function} does not match the loaded library")]
    ArgumentShape { function: String, position: usize },
    #[error("set-valued function called in context that cannot accept a set")]
    NoSetExpected,
    #[error(
        "argument {position} of aggregate tenant_metrics.{aggregate} has unsupported type {found}"
    )]
    AggregateArgument {
        aggregate: &'static str,
        position: usize,
        found: String,
        accepted: &'static str,
    },
    #[error("aggregate tenant_metrics.measured_state must have at most {MOST_MEASURES} measures")]
    TooManyMeasures,
    #[error("aggregate function called in non-aggregate context")]
    NotAnAggregate,
    #[error("function tenant_metrics.capture() was not called by a trigger")]
    NotATrigger,
    #[error("function tenant_metrics.note_changes() was not called by an event trigger")]
    NotAnEventTrigger,
    #[error("permission denied for function tenant_metrics.capture()")]
    NotCaptured,
    #[error("source \"{name}\" has no summaries")]
    NoSummaries { name: String },
    #[error("source \"{name}\" already has summaries")]
    HasSummaries { name: String },
    #[error("relation \"{relation}\" cannot have summaries: {why}")]
    NotSummarizable { relation: String, why: &'static str },
    #[error("time of an event is out of range in the time zone of its source")]
    EventTimeOutOfRange,
    #[error("extension \"tenant_metrics\" cannot be dropped: source \"{name}\" has summaries")]
    SummariesInTheWay { name: String },
    #[error("summaries of source \"{name}\" are stale: {why}")]
    StaleSummaries { name: String, why: &'static str, can_be_repaired: bool },
    #[error("summaries of source \"{name}\" cannot be compared with its events: {why}")]
    UncheckedSummaries { name: String, why: &'static str },
    #[error("summaries of source \"{name}\" are neither paused nor half built")]
    NotResumable { name: String },
    #[error("number of parts must be between 1 and {most}, not {value}")]
    PartsOutOfRange { most: u32, value: i32 },
    #[error("{command} cannot run in a transaction that keeps one snapshot")]
    SnapshotKept { command: &'static str },
    #[error("value overflows numeric format")]
    NumericOverflow,
    #[error("invalid byte sequence in a name: {bytes}")]
    NotText { bytes: String },
    #[error("must be owner of relation {relation}")]
    NotOwner { relation: String },
    #[error("permission denied for schema {schema}")]
    SchemaDenied { schema: String, command: String },
    #[error("permission denied for column \"{column}\" of relation \"{relation}\"")]
    ColumnDenied { relation: String, column: String, command: String },
    #[error("\"{relation}\" cannot be used as the {role} table")]
    RelationKind { relation: String, role: &'static str, accepted: &'static str },
    #[error(
        "arguments \"feature_count\", \"features\" and \"feature_table\" are mutually exclusive"
    )]
    CatalogueChoice,
    #[error("argument \"{argument}\" must name at most {most} columns, but names {found}")]
    TooManyColumns { argument: &'static str, most: usize, found: usize },
    #[error("argument \"{argument}\" must not contain nulls")]
    NullElement { argument: &'static str },
    #[error("argument \"{argument}\" must be a one-dimensional array, but has {found} dimensions")]
    NestedArray { argument: &'static str, found: i32 },
    #[error("argument \"measures\" must not name column \"cost\", which is not the cost column")]
    MeasureCalledCost,
    #[error("argument \"{argument}\" names column \"{column}\" more than once")]
    RepeatedColumn { argument: &'static str, column: String },
    #[error("argument \"{argument}\" needs argument \"usage_feature\"")]
    CatalogueWithoutFeatures { argument: &'static str },
    #[error("time zone \"{zone}\" not recognized")]
    UnknownTimeZone { zone: String },
    #[error("argument \"source\" must be 1 to 63 bytes long, but is {found}")]
    SourceName { found: usize },
    #[error("argument \"feature_column\" needs argument \"feature_table\"")]
    ColumnWithoutTable { column: String },
    #[cfg(feature = "check_cache")]
    #[error("a kept answer is stale: {kept} is kept, {made} is made now")]
    StaleAnswer { kept: String, made: String },
    #[error("broken invariant: {0}")]
    Invariant(&'static str),
    #[error("the server refused a query of tenant_metrics with SPI code {code}")]
    Spi { code: i32 },
}

/// The column that a name of none may have been meant for.
#[derive(Debug)]
pub(crate) struct ColumnMeant {
    pub(crate) name: String,
    /// Its name as a literal of a statement.
    pub(crate) literal: String,
}

impl Error {
    /// A source of this name has no summaries.
    pub(crate) fn no_summaries(name: &str) -> Self {
        Self::about(name, |name| Self::NoSummaries { name })
    }

    /// The summaries of a source of this name have triggers that need the extension.
    pub(crate) fn summaries_in_the_way(name: &str) -> Self {
        Self::about(name, |name| Self::SummariesInTheWay { name })
    }

    /// The summaries of a source of this name are stale, and have to be made anew.
    pub(crate) fn stale_summaries(name: &str, why: &'static str) -> Self {
        Self::about(name, |name| Self::StaleSummaries { name, why, can_be_repaired: false })
    }

    /// The summaries of a source of this name are stale, and can be put right.
    pub(crate) fn repairable_summaries(name: &str, why: &'static str) -> Self {
        Self::about(name, |name| Self::StaleSummaries { name, why, can_be_repaired: true })
    }

    /// The summaries of a source of this name are not those of its rows.
    pub(crate) fn unchecked_summaries(name: &str, why: &'static str) -> Self {
        Self::about(name, |name| Self::UncheckedSummaries { name, why })
    }

    /// An error about something of this name.
    fn about(name: &str, of: impl FnOnce(String) -> Self) -> Self {
        match tenant_metrics_core::memory::text(name) {
            Ok(name) => of(crate::pg::text::clipped(name)),
            Err(error) => error.into(),
        }
    }

    /// An argument that names none of what there is to choose from.
    pub(crate) fn unknown_choice<'a>(
        argument: &'static str,
        value: String,
        choices: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut available = String::new();
        for choice in choices {
            available += if available.is_empty() { "" } else { ", " };
            available += choice;
        }
        Self::UnknownChoice { argument, value, available }
    }

    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Core(error) => core_code(error),
            Self::DuplicateTenant { .. } => Code::ERRCODE_CARDINALITY_VIOLATION,
            Self::WindowReversed { .. }
            | Self::NegativeArgument { .. }
            | Self::UnknownChoice { .. }
            | Self::InfiniteArgument { .. }
            | Self::CatalogueChoice
            | Self::CatalogueWithoutFeatures { .. }
            | Self::TooManyColumns { .. }
            | Self::RepeatedColumn { .. }
            | Self::MeasureCalledCost
            | Self::UnknownTimeZone { .. }
            | Self::ColumnWithoutTable { .. }
            | Self::PartsOutOfRange { .. }
            | Self::SourceName { .. } => Code::ERRCODE_INVALID_PARAMETER_VALUE,
            Self::NullArgument { .. } | Self::NullElement { .. } | Self::MissingBound { .. } => {
                Code::ERRCODE_NULL_VALUE_NOT_ALLOWED
            }
            Self::NestedArray { .. } => Code::ERRCODE_ARRAY_ELEMENT_ERROR,
            Self::UnknownSource { .. } | Self::NotSetUp { .. } | Self::NoSummaries { .. } => {
                Code::ERRCODE_UNDEFINED_OBJECT
            }
            Self::HasSummaries { .. } => Code::ERRCODE_DUPLICATE_OBJECT,
            Self::SummariesInTheWay { .. } => Code::ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST,
            Self::SnapshotKept { .. } => Code::ERRCODE_ACTIVE_SQL_TRANSACTION,
            Self::ModelMissing { .. } | Self::RelationGone { .. } | Self::NoRelation { .. } => {
                Code::ERRCODE_UNDEFINED_TABLE
            }
            Self::ColumnMissing { .. } => Code::ERRCODE_UNDEFINED_COLUMN,
            Self::SystemColumn { .. } => Code::ERRCODE_INVALID_COLUMN_REFERENCE,
            Self::ColumnType { .. }
            | Self::IdTypesDiffer { .. }
            | Self::IdFlavor { .. }
            | Self::AggregateArgument { .. } => Code::ERRCODE_DATATYPE_MISMATCH,
            Self::Nondeterministic { .. } | Self::NoSetExpected | Self::NotSummarizable { .. } => {
                Code::ERRCODE_FEATURE_NOT_SUPPORTED
            }
            Self::InvalidId { .. } => Code::ERRCODE_INVALID_TEXT_REPRESENTATION,
            Self::IdOutOfRange { .. } | Self::NumericOverflow => {
                Code::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE
            }
            Self::EventTimeOutOfRange => Code::ERRCODE_DATETIME_FIELD_OVERFLOW,
            Self::TooManyMeasures => Code::ERRCODE_TOO_MANY_ARGUMENTS,
            Self::Cycle { .. } => Code::ERRCODE_INVALID_RECURSION,
            Self::RowShape { .. } | Self::ArgumentShape { .. } => {
                Code::ERRCODE_INVALID_FUNCTION_DEFINITION
            }
            Self::NotAnEventTrigger => Code::ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED,
            Self::NotATrigger => Code::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
            Self::NotCaptured => Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
            Self::NotAnAggregate
            | Self::StaleSummaries { .. }
            | Self::UncheckedSummaries { .. }
            | Self::NotResumable { .. }
            | Self::RegistryMissing { .. }
            | Self::LacksColumn { .. } => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Self::NotText { .. } => Code::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
            Self::NotOwner { .. } | Self::SchemaDenied { .. } | Self::ColumnDenied { .. } => {
                Code::ERRCODE_INSUFFICIENT_PRIVILEGE
            }
            Self::RelationKind { .. } => Code::ERRCODE_WRONG_OBJECT_TYPE,
            #[cfg(feature = "check_cache")]
            Self::StaleAnswer { .. } => Code::ERRCODE_INTERNAL_ERROR,
            // Cannot happen: what the invariant says, or a call of SPI that this library does not make.
            Self::Invariant(_) | Self::Spi { .. } => Code::ERRCODE_INTERNAL_ERROR,
        }
    }

    pub(crate) fn detail(&self) -> Option<String> {
        Some(match self {
            Self::Core(CoreError::MemoryLimit { limit }) => {
                format!("The limit is {} kB for each process.", limit / 1024)
            }
            Self::Core(CoreError::UnknownFormat { .. }) => {
                "The state was made by another version of tenant_metrics.".into()
            }
            Self::WindowReversed { since, until } => {
                format!("The window begins at {since} and ends at {until}.")
            }
            Self::MissingBound { .. } => {
                "The window is compared with the period before it, which takes both of its bounds."
                    .into()
            }
            Self::ModelMissing { .. } => {
                "Source \"default\" has not been set up, so the built-in one was looked for: tables \
                 \"tenants\" and \"ai_feature_usage\" in the search_path."
                    .into()
            }
            Self::RegistryMissing { .. } => {
                "It was not found under this name, or has other columns than this version of the \
                 library knows."
                    .into()
            }
            Self::ColumnType { argument, accepted, .. } => format!(
                "Argument \"{argument}\" of tenant_metrics.setup() takes a column of type {accepted}."
            ),
            Self::AggregateArgument { accepted, .. } => format!("The argument must be of type {accepted}."),
            Self::RelationKind { role, accepted, .. } => {
                format!("The {role} table must be {accepted}.")
            }
            Self::IdTypesDiffer { argument, .. } => format!(
                "Argument \"{argument}\" of tenant_metrics.setup() takes a column like the tenant \
                 ids: both integers, both uuid, or both text, varchar or char(n)."
            ),
            Self::Nondeterministic { .. } => {
                "Ids are compared byte for byte, which such a collation does not do.".into()
            }
            Self::IdFlavor { id_type, .. } => format!("Its tenant ids are of type {id_type}."),
            Self::Cycle { cycle, .. } => format!("The cycle is {cycle}."),
            Self::RowShape { detail, .. } => detail.clone(),
            Self::CatalogueWithoutFeatures { .. } => {
                "Argument \"usage_feature\" is null: usage has no column with names of features, of \
                 which a catalogue could be the list."
                    .into()
            }
            Self::SnapshotKept { .. } => {
                "It works on what is committed by now, of which the transaction sees a part only."
                    .into()
            }
            Self::NotOwner { .. } => {
                "Only the owner of its tables can change a source or its summaries.".into()
            }
            _ => return None,
        })
    }
}

/// The warning where NULL stands for what a tenant on or below a cycle has not: its message, which
/// names no row, and its hint.
pub(crate) const CYCLE_WARNING: (&str, &str) = (
    "returning NULL for tenants on or below a cycle of parent links",
    "Find such tenants with tenant_metrics.integrity() and correct their parents, or set \
     tenant_metrics.on_cycle to \"error\".",
);

fn core_code(error: &CoreError) -> Code {
    match error {
        CoreError::OutOfMemory | CoreError::MemoryLimit { .. } => Code::ERRCODE_OUT_OF_MEMORY,
        CoreError::TooManyValues => Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        CoreError::MalformedState => Code::ERRCODE_INVALID_BINARY_REPRESENTATION,
        CoreError::MalformedRow => Code::ERRCODE_DATA_CORRUPTED,
        CoreError::UnknownFormat { .. } | CoreError::UnknownRowFormat { .. } => {
            Code::ERRCODE_FEATURE_NOT_SUPPORTED
        }
    }
}
