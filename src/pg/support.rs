//! What the planner asks the support function of a reader.

use pgrx::is_a;
use pgrx::pg_sys::{self, Datum, NodeTag};

use super::call::Call;
use super::nodes::{constant, is_null};
use super::varlena;

/// The question how many rows a call will give.
pub(crate) struct RowsRequest<'a> {
    request: &'a mut pg_sys::SupportRequestRows,
}

impl<'a> RowsRequest<'a> {
    /// The question of a call of a support function, if it is this one.
    pub(crate) fn of(call: &'a Call) -> Option<Self> {
        let node = call.argument(0)?.cast_mut_ptr::<pg_sys::Node>();
        // SAFETY: the planner calls support functions with a node, whose tag says of which kind.
        unsafe {
            is_a(node, NodeTag::T_SupportRequestRows)
                .then(|| Self { request: &mut *node.cast::<pg_sys::SupportRequestRows>() })
        }
    }

    /// Whether an argument of the call is known to be NULL, or is not declared.
    pub(crate) fn is_null(&self, index: usize) -> bool {
        // SAFETY: an argument is a node.
        self.argument(index).is_none_or(|argument| unsafe { is_null(argument) })
    }

    /// A text argument of the call, if it is known.
    pub(crate) fn text(&self, index: usize) -> Option<&'a [u8]> {
        // SAFETY: an argument is a node, which lives as long as the question.
        unsafe { constant_text(self.argument(index)?) }
    }

    /// Answers the question.
    pub(crate) fn answer(self, rows: f64) -> Datum {
        self.request.rows = rows.max(1.0);
        Datum::from(std::ptr::from_mut(self.request))
    }

    fn argument(&self, index: usize) -> Option<*mut pg_sys::Node> {
        // SAFETY: a call of a function has a list of arguments.
        unsafe {
            if !is_a(self.request.node, NodeTag::T_FuncExpr) {
                return None;
            }
            let arguments = (*self.request.node.cast::<pg_sys::FuncExpr>()).args;
            let index = i32::try_from(index).ok()?;
            (index < pg_sys::list_length(arguments))
                .then(|| pg_sys::list_nth(arguments, index).cast())
        }
    }
}

/// The text that an expression is known to be.
///
/// # Safety
/// `expression` must be a node, which lives as long as the text is used.
pub(super) unsafe fn constant_text<'a>(expression: *mut pg_sys::Node) -> Option<&'a [u8]> {
    // SAFETY: the caller vouches for the node; a constant of this type is a text.
    unsafe {
        let known = constant(expression)?;
        let is_text = known.consttype == pg_sys::TEXTOID && !known.constisnull;
        is_text.then(|| varlena::bytes(known.constvalue))
    }
}

/// The answer of a support function that has none.
pub(crate) const NO_ANSWER: Datum = Datum::null();
