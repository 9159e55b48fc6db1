//! Summaries: the trigger, and what turns them on and off.

use crate::error::Error;
use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::summaries::FoldExtent;
use crate::pg::{Datum, summaries};
use crate::source::summaries as operations;

sql_function!(tenant_metrics_capture, capture);
sql_function!(tenant_metrics_enable_summaries, enable);
sql_function!(tenant_metrics_disable_summaries, disable);
sql_function!(tenant_metrics_compact, compact);

fn capture(call: &Call) -> Answer {
    summaries::capture(call)?;
    // The server takes NULL for a mistake of a trigger's.
    Ok(Some(Datum::null()))
}

fn enable(call: &Call) -> Answer {
    operations::enable(&source(call)?)?;
    Ok(None)
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

fn source(call: &Call) -> Result<String, Error> {
    call.text(0)?.ok_or(Error::NullArgument { argument: "source" })
}
