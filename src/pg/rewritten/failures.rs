//! Which parts of a rewritten query can fail for a row.
//!
//! A function cannot fail if it is LEAKPROOF, which PostgreSQL lets no function be that tells its
//! arguments by an error, if it is a comparison of PostgreSQL's own, if it prints a value of one of
//! PostgreSQL's types, or if it joins texts, for which only a gigabyte is too long. An expression that no row takes part in fails for all rows or for none.
//! What is not known here is taken for something that can fail.

use std::ffi::c_void;

use pgrx::pg_sys::{self, Node, NodeTag, Oid, Query, RTEKind, SubLinkType};
use tenant_metrics_core::memory;

use crate::error::Error;
use crate::pg::nodes::nodes;
use crate::pg::{catalog, compat};

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The stored column with this number of a table, as it is.
    Plain { table: Oid, number: pg_sys::AttrNumber },
    /// An expression that cannot fail.
    Computed,
    /// An expression that can fail.
    CanFail,
}

/// The queries around an expression, the innermost first.
#[derive(Clone, Copy)]
struct Within<'a> {
    query: *mut Query,
    outer: Option<&'a Self>,
}

/// Where each column of the result comes from.
///
/// # Safety
/// The query must be a valid tree of the parser's, after rewriting.
pub(super) unsafe fn of_columns(query: *mut Query) -> Result<Vec<Origin>, Error> {
    let top = Within { query, outer: None };
    // SAFETY: the caller vouches for the query.
    unsafe {
        let entries = nodes::<pg_sys::TargetEntry>((*query).targetList);
        let shown = entries.filter(|&entry| !(*entry).resjunk);
        Ok(memory::collect(shown.map(|entry| top.origin((*entry).expr.cast())))?)
    }
}

/// Whether a part of the query can fail that is computed whichever columns are asked for.
///
/// # Safety
/// As for [`of_columns`].
pub(super) unsafe fn of_conditions(query: *mut Query) -> bool {
    // SAFETY: the caller vouches for the query.
    unsafe { Within { query, outer: None }.conditions_can_fail() }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn walk(node: *mut Node, within: *mut c_void) -> bool {
    // SAFETY: called with a node or null, and with the queries around it.
    unsafe { !node.is_null() && (*within.cast::<Within<'_>>()).can_fail(node) }
}

impl Within<'_> {
    /// # Safety
    /// As for all methods here: the node, or list, must be part of the innermost query, or null.
    unsafe fn origin(&self, node: *mut Node) -> Origin {
        // SAFETY: the caller vouches for the node.
        unsafe {
            if let Some((table, number)) = self.stored(node) {
                Origin::Plain { table, number }
            } else if walk(node, (&raw const *self).cast_mut().cast()) {
                Origin::CanFail
            } else {
                Origin::Computed
            }
        }
    }

    /// The stored column of a table that the node is, also by the name that a view gives it.
    unsafe fn stored(&self, node: *mut Node) -> Option<(Oid, pg_sys::AttrNumber)> {
        // SAFETY: the caller vouches for the node; the entries of a query are its own.
        unsafe {
            if node.is_null() || (*node).type_ != NodeTag::T_Var {
                return None;
            }
            let column = &*node.cast::<pg_sys::Var>();
            if column.varlevelsup > 0 {
                return None;
            }
            let (entry, number) = (&*self.entry(column), column.varattno);
            match entry.rtekind {
                RTEKind::RTE_RELATION => {
                    is_stored(entry.relid, number).then_some((entry.relid, number))
                }
                RTEKind::RTE_SUBQUERY => {
                    let inner = Within { query: entry.subquery, outer: Some(self) };
                    let is_simple = (*inner.query).setOperations.is_null();
                    inner.target(number).filter(|_| is_simple).and_then(|value| inner.stored(value))
                }
                _ => grouped(entry, number).and_then(|value| self.stored(value)),
            }
        }
    }

    /// What the column refers to.
    unsafe fn entry(&self, column: &pg_sys::Var) -> *mut pg_sys::RangeTblEntry {
        let mut within = self;
        for _ in 0..column.varlevelsup {
            within = within.outer.unwrap_or(within);
        }
        // SAFETY: a query has an entry for each number that its columns have.
        unsafe {
            let number = i32::try_from(i64::from(column.varno)).unwrap_or(0);
            pg_sys::list_nth((*within.query).rtable, number - 1).cast()
        }
    }

    /// The expression of the result's column with this number.
    unsafe fn target(&self, number: pg_sys::AttrNumber) -> Option<*mut Node> {
        // SAFETY: the caller vouches for the query.
        unsafe {
            let mut entries = nodes::<pg_sys::TargetEntry>((*self.query).targetList);
            entries.find(|&entry| (*entry).resno == number).map(|entry| (*entry).expr.cast())
        }
    }

    /// Whether the innermost query fails for rows even if none of its columns is asked for.
    unsafe fn conditions_can_fail(&self) -> bool {
        let context: *mut c_void = (&raw const *self).cast_mut().cast();
        // SAFETY: the caller vouches for the query, whose lists hold what they are said to.
        unsafe {
            let query = &*self.query;
            let computed = [
                query.jointree.cast::<Node>(),
                query.havingQual,
                query.limitOffset,
                query.limitCount,
            ];
            // Rows are sorted, grouped and told apart by these.
            let keys = nodes::<pg_sys::TargetEntry>(query.targetList)
                .filter(|&entry| (*entry).ressortgroupref != 0 || self.needs_all_columns());
            computed.into_iter().any(|node| walk(node, context))
                || keys.map(|entry| (*entry).expr.cast()).any(|node| walk(node, context))
                || nodes::<pg_sys::CommonTableExpr>(query.cteList)
                    .any(|cte| self.whole_can_fail((*cte).ctequery.cast()))
                || nodes::<pg_sys::RangeTblEntry>(query.rtable)
                    .any(|entry| self.entry_can_fail(&*entry))
        }
    }

    /// Whether the query computes all of its columns, whichever are asked for.
    unsafe fn needs_all_columns(&self) -> bool {
        // SAFETY: the caller vouches for the query.
        let query = unsafe { &*self.query };
        !query.setOperations.is_null() || query.hasTargetSRFs || !query.distinctClause.is_null()
    }

    unsafe fn entry_can_fail(&self, entry: &pg_sys::RangeTblEntry) -> bool {
        let context: *mut c_void = (&raw const *self).cast_mut().cast();
        // SAFETY: the entry is one of the query's.
        unsafe {
            let below = match entry.rtekind {
                // Queries in WITH are looked at where they are defined.
                RTEKind::RTE_RELATION
                | RTEKind::RTE_JOIN
                | RTEKind::RTE_RESULT
                | RTEKind::RTE_CTE => false,
                RTEKind::RTE_SUBQUERY => {
                    let inner = Within { query: entry.subquery, outer: Some(self) };
                    inner.conditions_can_fail()
                        || (self.needs_all_columns() && inner.a_column_can_fail())
                }
                RTEKind::RTE_VALUES => walk(entry.values_lists.cast(), context),
                RTEKind::RTE_FUNCTION => walk(entry.functions.cast(), context),
                _ => match compat::group_expressions(entry) {
                    expressions if expressions.is_null() => true,
                    expressions => walk(expressions.cast(), context),
                },
            };
            below || walk(entry.securityQuals.cast(), context)
        }
    }

    /// Whether a query inside the innermost one can fail, all of its columns asked for.
    unsafe fn whole_can_fail(&self, query: *mut Query) -> bool {
        let inner = Within { query, outer: Some(self) };
        // SAFETY: the caller vouches for the query.
        unsafe { inner.conditions_can_fail() || inner.a_column_can_fail() }
    }

    unsafe fn a_column_can_fail(&self) -> bool {
        // SAFETY: the caller vouches for the query.
        unsafe { walk((*self.query).targetList.cast(), (&raw const *self).cast_mut().cast()) }
    }

    /// Whether computing the node can fail for one row and not for another.
    unsafe fn can_fail(&self, node: *mut Node) -> bool {
        let context: *mut c_void = (&raw const *self).cast_mut().cast();
        use NodeTag::*;
        // SAFETY: the tag of a node says what it is; the caller vouches for the rest.
        unsafe {
            let is_safe = match (*node).type_ {
                T_Var => return self.column_can_fail(&*node.cast()),
                T_SubLink => return self.sublink_can_fail(&*node.cast()),
                // What these do themselves cannot fail.
                T_List | T_TargetEntry | T_RangeTblFunction | T_FromExpr | T_JoinExpr
                | T_RangeTblRef | T_Const | T_Param | T_SQLValueFunction | T_BoolExpr
                | T_NullTest | T_BooleanTest | T_RelabelType | T_CollateExpr | T_CaseExpr
                | T_CaseWhen | T_CaseTestExpr | T_CoalesceExpr | T_RowExpr | T_FieldSelect => true,
                T_MinMaxExpr => is_builtin((*node.cast::<pg_sys::MinMaxExpr>()).minmaxtype),
                T_ArrayExpr => !(*node.cast::<pg_sys::ArrayExpr>()).multidims,
                T_FuncExpr => is_leakproof((*node.cast::<pg_sys::FuncExpr>()).funcid),
                T_OpExpr | T_DistinctExpr | T_NullIfExpr => {
                    let expression = node.cast::<pg_sys::OpExpr>();
                    pg_sys::set_opfuncid(expression);
                    is_safe_operator((*expression).opno, (*expression).opfuncid)
                        || joins_texts(&*expression)
                }
                T_ScalarArrayOpExpr => {
                    let expression = node.cast::<pg_sys::ScalarArrayOpExpr>();
                    pg_sys::set_sa_opfuncid(expression);
                    is_safe_operator((*expression).opno, (*expression).opfuncid)
                }
                T_CoerceViaIO => prints(&*node.cast::<pg_sys::CoerceViaIO>()),
                T_Aggref => is_count((*node.cast::<pg_sys::Aggref>()).aggfnoid),
                _ => false,
            };
            match is_safe {
                true => pg_sys::expression_tree_walker(node, Some(walk), context),
                false => self.rows_take_part(node, 0),
            }
        }
    }

    /// Whether the node has columns of the innermost query's rows, or of those around it from
    /// `first` outwards.
    unsafe fn rows_take_part(&self, node: *mut Node, first: i32) -> bool {
        let around = std::iter::successors(Some(self), |within| within.outer).count();
        // SAFETY: the caller vouches for the node. An aggregate of rows is an expression of rows.
        unsafe {
            (first..first + i32::try_from(around).unwrap_or(i32::MAX))
                .any(|level| pg_sys::contain_vars_of_level(node, level))
                || (first == 0 && pg_sys::contain_aggs_of_level(node, 0))
        }
    }

    unsafe fn column_can_fail(&self, column: &pg_sys::Var) -> bool {
        // SAFETY: the caller vouches for the column and the queries around it.
        unsafe {
            let mut owner = self;
            for _ in 0..column.varlevelsup {
                owner = owner.outer.unwrap_or(owner);
            }
            let entry = &*self.entry(column);
            match entry.rtekind {
                RTEKind::RTE_RELATION => !is_stored(entry.relid, column.varattno),
                // Its conditions are looked at where its entry is.
                RTEKind::RTE_VALUES | RTEKind::RTE_FUNCTION | RTEKind::RTE_CTE => false,
                RTEKind::RTE_SUBQUERY => {
                    let inner = Within { query: entry.subquery, outer: Some(owner) };
                    match inner.target(column.varattno) {
                        Some(value) => walk(value, (&raw const inner).cast_mut().cast()),
                        None => inner.a_column_can_fail(),
                    }
                }
                RTEKind::RTE_JOIN if column.varattno > 0 => {
                    let number = i32::from(column.varattno) - 1;
                    let value = pg_sys::list_nth(entry.joinaliasvars, number);
                    walk(value.cast(), (&raw const *owner).cast_mut().cast())
                }
                _ => grouped(entry, column.varattno)
                    .is_none_or(|value| walk(value, (&raw const *owner).cast_mut().cast())),
            }
        }
    }

    unsafe fn sublink_can_fail(&self, link: &pg_sys::SubLink) -> bool {
        use SubLinkType::{ALL_SUBLINK, ANY_SUBLINK, ARRAY_SUBLINK, EXISTS_SUBLINK, EXPR_SUBLINK};
        // SAFETY: the caller vouches for the link, whose query is one.
        unsafe {
            let query = link.subselect.cast::<Query>();
            // A query that no row takes part in is run once, and fails then or never.
            let is_alone = !self.rows_take_part(link.subselect, 1);
            match link.subLinkType {
                EXPR_SUBLINK | EXISTS_SUBLINK | ARRAY_SUBLINK if is_alone => false,
                EXISTS_SUBLINK => Within { query, outer: Some(self) }.conditions_can_fail(),
                ARRAY_SUBLINK => self.whole_can_fail(query),
                ANY_SUBLINK | ALL_SUBLINK => {
                    walk(link.testexpr, (&raw const *self).cast_mut().cast())
                        || self.whole_can_fail(query)
                }
                _ => true,
            }
        }
    }
}

/// The expression that the query of the entry groups by as the column with this number.
fn grouped(entry: &pg_sys::RangeTblEntry, number: pg_sys::AttrNumber) -> Option<*mut Node> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    // SAFETY: the list is one of nodes, or null.
    unsafe { nodes(compat::group_expressions(entry)).nth(index) }
}

/// Whether the column has a value in the table's rows: virtual ones are computed when they are read.
fn is_stored(table: Oid, number: pg_sys::AttrNumber) -> bool {
    // SAFETY: a catalog look-up; whole rows and system columns have no such entry.
    number != 0
        && (number < 0
            || unsafe { pg_sys::get_attgenerated(table, number) }.cast_unsigned() != b'v')
}

fn is_builtin(object: Oid) -> bool {
    u32::from(object) < pg_sys::FirstNormalObjectId
}

fn is_leakproof(function: Oid) -> bool {
    // SAFETY: a catalog look-up of a function that an expression calls.
    unsafe { pg_sys::get_func_leakproof(function) }
}

/// Whether the operator cannot fail; it is a comparison if an index of PostgreSQL's knows it.
fn is_safe_operator(operator: Oid, function: Oid) -> bool {
    // SAFETY: an expression has operators that exist.
    is_leakproof(function) || (is_builtin(operator) && unsafe { compat::is_comparison(operator) })
}

/// Whether a value of one of PostgreSQL's types, or of a domain over one, is made a text.
fn prints(conversion: &pg_sys::CoerceViaIO) -> bool {
    // SAFETY: the type of an expression can be looked up.
    let from = catalog::base_type(unsafe { pg_sys::exprType(conversion.arg.cast()) });
    is_builtin(from) && [pg_sys::TEXTOID, pg_sys::VARCHAROID].contains(&conversion.resulttype)
}

/// Whether two texts are joined, or a text and a value of one of PostgreSQL's types.
fn joins_texts(expression: &pg_sys::OpExpr) -> bool {
    let joins = [pg_sys::F_TEXTCAT, pg_sys::F_TEXTANYCAT, pg_sys::F_ANYTEXTCAT];
    // SAFETY: the operator has two arguments, whose types can be looked up.
    joins.contains(&u32::from(expression.opfuncid))
        && unsafe { nodes::<Node>(expression.args) }
            .all(|argument| is_builtin(unsafe { pg_sys::exprType(argument) }))
}

fn is_count(aggregate: Oid) -> bool {
    [pg_sys::F_COUNT_, pg_sys::F_COUNT_ANY].contains(&u32::from(aggregate))
}
