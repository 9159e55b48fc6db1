//! Tests that run inside a server: the border between its types and the core's.

#![allow(clippy::disallowed_methods, reason = "tests may grow as they like")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed test may panic")]

/// Tests of numbers that cross the border.
#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;
    use pgrx::{AnyNumeric, FromDatum, IntoDatum, direct_function_call, pg_sys};
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    use tenant_metrics_core::accumulator::Accumulator;
    use tenant_metrics_core::money::Money;
    use tenant_metrics_core::state::FORMAT;
    use tenant_metrics_core::usage::{Cost, Usage};

    /// What the accumulator makes of one cost, as the server prints it.
    fn summed(cost: Cost<'_>) -> String {
        let mut usage = Usage::new(tenant_metrics_core::ids::IdKind::Int, usize::MAX);
        let id = tenant_metrics_core::ids::Id::Int(1);
        usage.record(Some(id), None, cost, 0).unwrap();
        usage.settle().unwrap();
        shown(&usage.get(id).unwrap().cost)
    }

    fn shown(money: &Money) -> String {
        let datum = crate::pg::numeric::datum(money).unwrap();
        #[allow(unsafe_code, reason = "the datum was made as a numeric")]
        // SAFETY: as the reason says.
        let numeric = unsafe { AnyNumeric::from_datum(datum, false) };
        numeric.unwrap().to_string()
    }

    #[pg_test]
    fn numerics_come_back_as_they_were() {
        let texts = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,70})?";
        let mut runner = TestRunner::new(ProptestConfig::with_cases(3000));
        runner
            .run(&texts, |text| {
                let numeric = AnyNumeric::try_from(text.as_str()).unwrap();
                let expected = numeric.to_string();
                let datum = numeric.into_datum().unwrap();
                #[allow(unsafe_code, reason = "the datum was made as a numeric")]
                // SAFETY: as the reason says.
                let cost = unsafe { crate::pg::numeric::cost(datum) };
                prop_assert_eq!(summed(cost), expected);
                Ok(())
            })
            .unwrap();
    }

    #[pg_test]
    fn very_long_numerics_come_back_as_they_were() {
        for text in ["1e130000", "-9.99e-16000", "1e-16383", "123456789e300", "0e-100"] {
            let numeric = AnyNumeric::try_from(text).unwrap();
            let expected = numeric.to_string();
            let datum = numeric.into_datum().unwrap();
            #[allow(unsafe_code, reason = "the datum was made as a numeric")]
            // SAFETY: as the reason says.
            let cost = unsafe { crate::pg::numeric::cost(datum) };
            assert_eq!(summed(cost), expected);
        }
    }

    #[pg_test]
    fn special_numerics_are_unpriced() {
        for text in ["NaN", "Infinity", "-Infinity"] {
            let datum = AnyNumeric::try_from(text).unwrap().into_datum().unwrap();
            #[allow(unsafe_code, reason = "the datum was made as a numeric")]
            // SAFETY: as the reason says.
            let cost = unsafe { crate::pg::numeric::cost(datum) };
            assert!(matches!(cost, Cost::Unpriced), "{text}");
        }
    }

    #[pg_test]
    fn floats_are_cast_as_the_server_casts_them() {
        #[allow(unsafe_code, reason = "the functions take a float and give a numeric")]
        // SAFETY: as the reason says.
        let cast = |function, datum: Option<pg_sys::Datum>| unsafe {
            direct_function_call::<AnyNumeric>(function, &[datum]).unwrap().to_string()
        };
        let finite = |value: &f64| value.is_finite();
        let float8 = prop_oneof![
            any::<f64>().prop_filter("finite", finite),
            -1e6..1e6_f64,
            (any::<i32>(), 0..9).prop_map(|(n, scale)| f64::from(n) / 10_f64.powi(scale)),
        ];
        let mut runner = TestRunner::new(ProptestConfig::with_cases(5000));
        runner
            .run(&float8, |value| {
                let expected = cast(pg_sys::float8_numeric, value.into_datum());
                prop_assert_eq!(summed(Cost::Float8(value)), expected);
                Ok(())
            })
            .unwrap();
        let float4 = any::<f32>().prop_filter("finite", |value| value.is_finite());
        runner
            .run(&float4, |value| {
                let expected = cast(pg_sys::float4_numeric, value.into_datum());
                prop_assert_eq!(summed(Cost::Float4(value)), expected);
                Ok(())
            })
            .unwrap();
    }

    #[pg_test]
    fn a_state_of_another_version_says_so() {
        use crate::pg::aggregate::read_value;
        let refused = |bytes: &[u8]| {
            let error = read_value::<Usage>(bytes).unwrap_err();
            (error.code() as i32, error.to_string(), error.hint().is_some())
        };
        let (code, message, has_hint) = refused(&[1, 1, 1]);
        assert_eq!(code, PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED as i32);
        let expected = "aggregate state has format version 1, but this library reads version";
        assert_eq!(message, format!("{expected} {FORMAT}"));
        assert!(has_hint);
        let (code, message, _) = refused(&[FORMAT, 6, 1]);
        assert_eq!(code, PgSqlErrorCode::ERRCODE_INVALID_BINARY_REPRESENTATION as i32);
        assert_eq!(message, "malformed aggregate state");
        assert!(read_value::<Usage>(&[FORMAT, 1, 2]).unwrap().is_none());
    }

    thread_local! {
        /// Lists of no parameters that the planner or the executor was given.
        static EMPTY_LISTS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }

    #[allow(unsafe_code, reason = "the server's hooks take pointers")]
    fn note_list(list: pg_sys::ParamListInfo) {
        // SAFETY: the server passes null or a list.
        if unsafe { !list.is_null() && (*list).numParams == 0 } {
            EMPTY_LISTS.set(EMPTY_LISTS.get() + 1);
        }
    }

    #[allow(unsafe_code, reason = "a hook of the server")]
    #[pg_guard]
    unsafe extern "C-unwind" fn on_plan(
        query: *mut pg_sys::Query,
        text: *const std::ffi::c_char,
        options: i32,
        params: pg_sys::ParamListInfo,
    ) -> *mut pg_sys::PlannedStmt {
        note_list(params);
        // SAFETY: passes on what the server gave.
        unsafe { pg_sys::standard_planner(query, text, options, params) }
    }

    #[allow(unsafe_code, reason = "a hook of the server")]
    #[pg_guard]
    unsafe extern "C-unwind" fn on_start(query: *mut pg_sys::QueryDesc, flags: i32) {
        // SAFETY: passes on what the server gave.
        unsafe {
            note_list((*query).params);
            pg_sys::standard_ExecutorStart(query, flags);
        }
    }

    /// SPI passes null for no parameters, and other libraries rely on it.
    #[pg_test]
    #[allow(unsafe_code, reason = "hooks are statics of the server")]
    fn a_statement_without_parameters_has_no_list_of_them() {
        Spi::run(
            "SET LOCAL search_path = public;
             CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
             CREATE TABLE ai_feature_usage (
                 tenant_id int, feature_name text, inference_cost float8, created_at timestamp);",
        )
        .unwrap();
        // SAFETY: the only thread; the hooks that were there come back.
        let (planner, start) = unsafe { (pg_sys::planner_hook, pg_sys::ExecutorStart_hook) };
        // SAFETY: as above.
        unsafe {
            pg_sys::planner_hook = Some(on_plan);
            pg_sys::ExecutorStart_hook = Some(on_start);
        }
        let calls = Spi::run(
            "SELECT * FROM tenant_dashboard();
             SELECT tenant_subtree_cost(1), tenant_depth(1);
             SELECT * FROM tenant_metrics.integrity();
             SELECT * FROM tenant_metrics.explain();
             SELECT * FROM tenant_metrics.status();",
        );
        // SAFETY: as above.
        unsafe {
            pg_sys::planner_hook = planner;
            pg_sys::ExecutorStart_hook = start;
        }
        calls.unwrap();
        assert_eq!(EMPTY_LISTS.get(), 0);
    }

    #[pg_test(error = "return type of function wrong_shape does not match the loaded library")]
    fn a_row_type_of_another_version_is_refused() {
        Spi::run(
            "SET LOCAL search_path = public;
             CREATE TABLE tenants (id int PRIMARY KEY, parent_id int);
             CREATE TABLE ai_feature_usage (
                 tenant_id int, feature_name text, inference_cost float8, created_at timestamp);
             CREATE FUNCTION wrong_shape(bigint, timestamptz, timestamptz, text, int)
                 RETURNS SETOF tenant_metrics.subtree_cost_row
                 LANGUAGE c STABLE AS '$libdir/tenant_metrics', 'tenant_dashboard';
             SELECT * FROM wrong_shape(NULL, NULL, NULL, 'default', NULL)",
        )
        .unwrap();
    }
}
