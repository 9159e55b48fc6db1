//! Conditions that say which tenants are wanted: `tenant_id = x` and `tenant_id = ANY (xs)`.

use std::ffi::c_void;

use pgrx::is_a;
use pgrx::pg_sys::{self, NodeTag, Oid};

use crate::pg::custom::list;
use crate::pg::ids::Flavor;
use crate::pg::nodes::nodes;

/// The functions of the operators that compare ids as the readers do: by value, texts by their
/// bytes. Integers of any width are converted to `bigint`, which keeps their value.
const EQUALITIES: [u32; 7] = [
    pg_sys::F_INT8EQ,
    pg_sys::F_INT84EQ,
    pg_sys::F_INT82EQ,
    pg_sys::F_INT48EQ,
    pg_sys::F_INT28EQ,
    pg_sys::F_UUID_EQ,
    pg_sys::F_TEXTEQ,
];

/// The number of the column that has the id.
const ID_COLUMN: pg_sys::AttrNumber = 1;

/// A condition that holds for the rows with some ids, and for no others.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdCondition {
    pub(super) restriction: *mut pg_sys::RestrictInfo,
    /// The ids, an array of the type that the reader takes.
    pub(super) ids: *mut pg_sys::Node,
}

/// The two sides of a comparison.
struct Sides {
    id: *mut pg_sys::Node,
    other: *mut pg_sys::Node,
    /// Whether the other side is an array.
    is_array: bool,
}

impl IdCondition {
    /// The first condition on the relation that says which ids are wanted; one id is better than
    /// an array.
    ///
    /// # Safety
    /// Both must be the planner's, of a relation of the dashboard of this flavor.
    pub(super) unsafe fn find(
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
        flavor: Flavor,
    ) -> Option<Self> {
        // SAFETY: the caller vouches for the nodes.
        unsafe {
            let mut found = None;
            for restriction in nodes::<pg_sys::RestrictInfo>((*relation).baserestrictinfo) {
                let Some(condition) = Self::of(root, relation, restriction, flavor) else {
                    continue;
                };
                if is_a(condition.clause(), NodeTag::T_OpExpr) {
                    return Some(condition);
                }
                found = found.or(Some(condition));
            }
            found
        }
    }

    /// Calls `on_condition` for each condition by which a join with other relations says which ids
    /// are wanted for each of their rows.
    ///
    /// # Safety
    /// As for [`Self::find`].
    pub(super) unsafe fn each_joined(
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
        flavor: Flavor,
        mut on_condition: impl FnMut(Self),
    ) {
        // SAFETY: the caller vouches for the nodes; the callback has the planner's own.
        unsafe {
            let implied = match (*relation).has_eclass_joins {
                true => pg_sys::generate_implied_equalities_for_column(
                    root,
                    relation,
                    Some(is_member_id),
                    std::ptr::null_mut(),
                    (*relation).lateral_referencers,
                ),
                false => std::ptr::null_mut(),
            };
            let written = nodes::<pg_sys::RestrictInfo>((*relation).joininfo)
                .filter(|&each| pg_sys::join_clause_is_movable_to(each, relation));
            for restriction in nodes::<pg_sys::RestrictInfo>(implied).chain(written) {
                if let Some(condition) = Self::of(root, relation, restriction, flavor) {
                    on_condition(condition);
                }
            }
        }
    }

    /// The condition that a restriction of the planner is.
    unsafe fn of(
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
        restriction: *mut pg_sys::RestrictInfo,
        flavor: Flavor,
    ) -> Option<Self> {
        // SAFETY: the planner's own nodes.
        unsafe {
            if (*restriction).pseudoconstant
                || !pg_sys::restriction_is_securely_promotable(restriction, relation)
            {
                return None;
            }
            let sides = Sides::of((*restriction).clause.cast(), root, relation)?;
            Some(Self { restriction, ids: sides.ids(root, flavor)? })
        }
    }

    /// The condition as an expression.
    pub(super) fn clause(&self) -> *mut pg_sys::Node {
        // SAFETY: a restriction of the planner has a clause.
        unsafe { (*self.restriction).clause.cast() }
    }
}

/// Whether a member of a class of equal expressions is the relation's id.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn is_member_id(
    _root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    _class: *mut pg_sys::EquivalenceClass,
    member: *mut pg_sys::EquivalenceMember,
    _data: *mut c_void,
) -> bool {
    // SAFETY: the planner calls this with its own nodes.
    unsafe { is_id((*member).em_expr.cast(), (*relation).relid) }
}

impl Sides {
    /// The sides of a clause, if it compares the id of the relation with what no row of it has a
    /// part in.
    unsafe fn of(
        clause: *mut pg_sys::Node,
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
    ) -> Option<Self> {
        // SAFETY: nodes of the planner; a comparison has two arguments.
        unsafe {
            let (operator, collation, arguments, is_array) = match (*clause).type_ {
                NodeTag::T_OpExpr => {
                    let clause = &*clause.cast::<pg_sys::OpExpr>();
                    (clause.opno, clause.inputcollid, clause.args, false)
                }
                NodeTag::T_ScalarArrayOpExpr => {
                    let clause = &*clause.cast::<pg_sys::ScalarArrayOpExpr>();
                    if !clause.useOr {
                        return None;
                    }
                    (clause.opno, clause.inputcollid, clause.args, true)
                }
                _ => return None,
            };
            if !EQUALITIES.contains(&u32::from(pg_sys::get_opcode(operator)))
                || collation != Oid::INVALID && !pg_sys::get_collation_isdeterministic(collation)
            {
                return None;
            }
            let mut sides = nodes::<pg_sys::Node>(arguments);
            let (left, right) = (sides.next()?, sides.next()?);
            let sides = if is_id(left, (*relation).relid) {
                Self { id: left, other: right, is_array }
            } else if is_id(right, (*relation).relid) && !is_array {
                Self { id: right, other: left, is_array }
            } else {
                return None;
            };
            sides.is_settled(root, relation).then_some(sides)
        }
    }

    /// Whether the side that is no id has one value for all rows of the relation.
    unsafe fn is_settled(
        &self,
        root: *mut pg_sys::PlannerInfo,
        relation: *mut pg_sys::RelOptInfo,
    ) -> bool {
        // SAFETY: the planner's own nodes.
        unsafe {
            let others = pg_sys::pull_varnos(root, self.other);
            !pg_sys::bms_overlap(others, (*relation).relids)
                && !pg_sys::contain_volatile_functions(self.other)
                && !pg_sys::contain_subplans(self.other)
        }
    }

    /// The ids as an array of the flavor's type.
    unsafe fn ids(
        &self,
        root: *mut pg_sys::PlannerInfo,
        flavor: Flavor,
    ) -> Option<*mut pg_sys::Node> {
        // SAFETY: nodes of the planner; the parser's conversion needs no state of its own.
        unsafe {
            let array_type = pg_sys::get_array_type(flavor.oid());
            let wanted = if self.is_array { array_type } else { flavor.oid() };
            let converted = pg_sys::coerce_to_target_type(
                std::ptr::null_mut(),
                pg_sys::copyObjectImpl(self.other.cast()).cast(),
                pg_sys::exprType(self.other),
                wanted,
                -1,
                pg_sys::CoercionContext::COERCION_IMPLICIT,
                pg_sys::CoercionForm::COERCE_IMPLICIT_CAST,
                -1,
            );
            if converted.is_null() || pg_sys::exprType(self.id) != flavor.oid() {
                return None;
            }
            let ids = if self.is_array { converted } else { array_of(converted, array_type) };
            Some(pg_sys::eval_const_expressions(root, ids))
        }
    }
}

/// Whether the expression is the relation's column of ids; another collation makes no difference.
unsafe fn is_id(expression: *mut pg_sys::Node, relation: pg_sys::Index) -> bool {
    // SAFETY: a node of the planner.
    unsafe {
        let expression = match is_a(expression, NodeTag::T_RelabelType) {
            true => (*expression.cast::<pg_sys::RelabelType>()).arg.cast(),
            false => expression,
        };
        if !is_a(expression, NodeTag::T_Var) {
            return false;
        }
        let var = &*expression.cast::<pg_sys::Var>();
        i64::from(var.varno) == i64::from(relation)
            && var.varattno == ID_COLUMN
            && var.varlevelsup == 0
    }
}

/// An array of one element.
unsafe fn array_of(element: *mut pg_sys::Node, array_type: Oid) -> *mut pg_sys::Node {
    // SAFETY: palloc0 gives room for a node, of which zero is a valid state.
    unsafe {
        let array = pg_sys::palloc0(size_of::<pg_sys::ArrayExpr>()).cast::<pg_sys::ArrayExpr>();
        (*array).xpr.type_ = NodeTag::T_ArrayExpr;
        (*array).array_typeid = array_type;
        (*array).array_collid = pg_sys::exprCollation(element);
        (*array).element_typeid = pg_sys::exprType(element);
        (*array).elements = list(&[element]);
        (*array).location = -1;
        array.cast()
    }
}
