//! What readers tell the planner.

use crate::pg::call::{Answer, Call, sql_function};
use crate::pg::support::{NO_ANSWER, RowsRequest};
use crate::source::extent;

sql_function!(reader_support, reader_support_answer);

/// How many rows a reader gives that lists all tenants below a root: known where there is neither a
/// root nor a limit of levels.
fn reader_support_answer(call: &Call) -> Answer {
    let [root, source, max_depth] = [0, 3, 4];
    Ok(Some(match RowsRequest::of(call) {
        Some(request) if request.is_null(root) && request.is_null(max_depth) => {
            match request.text(source).and_then(extent::tenants) {
                Some(tenants) => request.answer(tenants),
                None => NO_ANSWER,
            }
        }
        _ => NO_ANSWER,
    }))
}
