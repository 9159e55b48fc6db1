//! Summaries: the trigger, and what turns them on and off.

use tenant_metrics_core::summaries::check::CheckedTenant;

use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::ids::Flavor;
use crate::pg::rows::{ColumnType, ResultColumn, Rows};
use crate::pg::summaries::{CheckedPart, Difference, FoldExtent};
use crate::pg::{Datum, numeric, report, summaries, text, varlena};
use crate::source::summaries::{self as operations, Building};

sql_function!(tenant_metrics_capture, capture);
sql_function!(tenant_metrics_enable_summaries, enable);
sql_function!(tenant_metrics_disable_summaries, disable);
sql_function!(tenant_metrics_rebuild, rebuild);
sql_function!(tenant_metrics_pause, pause);
sql_function!(tenant_metrics_resume, resume);
sql_function!(tenant_metrics_compact, compact);
sql_function!(tenant_metrics_verify, verify);
sql_function!(tenant_metrics_repair, repair);
sql_function!(tenant_metrics_note_changes, note_changes);

fn capture(call: &Call) -> Answer {
    summaries::capture(call)?;
    // The server takes NULL for a mistake of a trigger's.
    Ok(Some(Datum::null()))
}

fn enable(call: &Call) -> Answer {
    operations::enable(&source(call)?, building(call, call.int4(1)))?;
    Ok(None)
}

fn rebuild(call: &Call) -> Answer {
    operations::rebuild(&source(call)?, building(call, call.int4(1)))?;
    Ok(None)
}

fn pause(call: &Call) -> Answer {
    operations::pause(&source(call)?)?;
    Ok(None)
}

fn resume(call: &Call) -> Answer {
    operations::resume(&source(call)?, building(call, None))?;
    Ok(None)
}

/// The columns of `tenant_metrics.verify_row`.
const VERIFY: [ResultColumn; 6] = [
    ("tenant_id", ColumnType::Text),
    ("part", ColumnType::Text),
    ("stored_events", ColumnType::Int8),
    ("actual_events", ColumnType::Int8),
    ("stored_cost", ColumnType::Numeric),
    ("actual_cost", ColumnType::Numeric),
];

fn verify(call: &Call) -> Answer {
    let source = source(call)?;
    let mut rows = Rows::new(call, &VERIFY, Flavor::Bigint)?;
    for difference in operations::verify(&source)? {
        let Difference { tenant, part, stored, actual } = difference;
        let cost = |of: &CheckedTenant| {
            let sum = of.sum.as_ref().map(|sum| numeric::datum(&sum.total));
            sum.transpose()
        };
        rows.put(|| {
            Ok([
                Some(varlena::datum(&tenant)),
                Some(text::datum(match part {
                    CheckedPart::Events => "events",
                    CheckedPart::Totals => "totals",
                })?),
                Some(Datum::from(stored.events)),
                Some(Datum::from(actual.events)),
                cost(&stored)?,
                cost(&actual)?,
            ])
        })?;
    }
    rows.finish()
}

fn repair(call: &Call) -> Answer {
    let source = source(call)?;
    if let Some(tenants) = operations::repair(&source, building(call, None))? {
        let message = match tenants {
            0 => "what is stored of all tenants was right".into(),
            1 => "what is stored of 1 tenant was mended".into(),
            _ => format!("what is stored of {tenants} tenants was mended"),
        };
        report::notice(&message, None, None);
    }
    Ok(None)
}

/// How summaries are made in this call.
fn building(call: &Call, parts: Option<i32>) -> Building {
    Building { parts, is_online: call.may_commit() }
}

fn disable(call: &Call) -> Answer {
    operations::disable(&source(call)?)?;
    Ok(None)
}

fn compact(call: &Call) -> Answer {
    let is_full = call.bool(1).ok_or(Error::NullArgument { argument: "full" })?;
    let extent = if is_full { FoldExtent::Full } else { FoldExtent::Worthwhile };
    operations::compact(&source(call)?, extent)?;
    Ok(None)
}

fn note_changes(call: &Call) -> Answer {
    match summaries::note_changes(call) {
        // Another version of the library than that of the tables: none of its readers reads them.
        Ok(()) | Err(Error::RegistryMissing { .. }) => Ok(Some(Datum::null())),
        Err(error) => Err(error),
    }
}

fn source(call: &Call) -> Result<String, Error> {
    call.text(0)?.ok_or(Error::NullArgument { argument: "source" })
}
