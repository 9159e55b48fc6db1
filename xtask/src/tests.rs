#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::Path;

use crate::lexer::statements;
use crate::twins::{FLAVORS, Source, generate};
use crate::{pgrx_home, postgres};

const FUNCTION: &str = "
-- A remark; not a statement.
CREATE FUNCTION @extschema@.tenant_root(
    id bigint, ids bigint[], n int
) RETURNS bigint /* id */
    LANGUAGE c AS 'MODULE_PATHNAME', 'tenant_root';
COMMENT ON FUNCTION @extschema@.tenant_root(bigint, bigint[], int) IS
    'The tenant''s root; '
    'bigint.';
";

const TYPE: &str = "
CREATE TYPE tenant_metrics.top_row AS (
    rank bigint,
    tenant_id bigint
);
COMMENT ON TYPE tenant_metrics.top_row IS 'Row of tenant_top().';
COMMENT ON COLUMN tenant_metrics.top_row.rank IS 'What tenant_top ranks.';
CREATE FUNCTION @extschema@.tenant_top(root bigint) RETURNS SETOF tenant_metrics.top_row
    LANGUAGE c AS 'MODULE_PATHNAME', 'tenant_top';
";

/// What the twins of one flavor are, without the header.
fn twins_of(text: &str, flavor: usize) -> String {
    let source = Source { name: "sql/file.sql".to_owned(), text: text.to_owned() };
    let text = generate(&[source], &FLAVORS[flavor]).unwrap();
    text.split_once("-- sql/file.sql\n").map_or(String::new(), |(_, twins)| twins.to_owned())
}

#[test]
fn a_function_gets_the_other_type_of_id_and_says_whose_twin_it_is() {
    let expected = "
CREATE FUNCTION @extschema@.tenant_root_uuid(
    id uuid, ids uuid[], n int
) RETURNS uuid
    LANGUAGE c AS 'MODULE_PATHNAME', 'tenant_root';
COMMENT ON FUNCTION @extschema@.tenant_root_uuid(uuid, uuid[], int) IS
    'The tenant''s root; bigint. Twin of tenant_root for uuid ids.';
";
    assert_eq!(twins_of(FUNCTION, 0), expected);
}

#[test]
fn a_result_without_a_mark_is_no_id() {
    let unmarked = FUNCTION.replace(" /* id */", "");
    assert!(twins_of(&unmarked, 0).contains(") RETURNS bigint\n"));
}

#[test]
fn a_row_type_keeps_the_columns_that_are_no_ids() {
    let expected = "
CREATE TYPE tenant_metrics.top_row_text AS (
    rank bigint,
    tenant_id text
);
COMMENT ON TYPE tenant_metrics.top_row_text IS 'Row of tenant_top_text().';
COMMENT ON COLUMN tenant_metrics.top_row_text.rank IS 'What tenant_top ranks.';

CREATE FUNCTION @extschema@.tenant_top_text(root text) RETURNS SETOF tenant_metrics.top_row_text
    LANGUAGE c AS 'MODULE_PATHNAME', 'tenant_top';
";
    assert_eq!(twins_of(TYPE, 1), expected);
}

#[test]
fn what_has_no_id_has_no_twin() {
    let text = "CREATE TYPE tenant_metrics.row AS (events bigint, tenant_id text);
        CREATE FUNCTION tenant_metrics.f(n int) RETURNS bigint LANGUAGE c AS 'f';
        COMMENT ON FUNCTION tenant_metrics.f IS 'A function.';";
    assert_eq!(twins_of(text, 0), "");
}

#[test]
fn a_long_comment_is_continued_and_says_the_same() {
    let said = "the caller''s own words, ".repeat(30);
    let text = format!(
        "CREATE FUNCTION f(id bigint) RETURNS int LANGUAGE c AS 'f'; COMMENT ON FUNCTION f IS '{said}';"
    );
    let twins = twins_of(&text, 0);
    let (_, comment) = twins.split_once(" IS\n").unwrap();
    assert!(comment.lines().count() > 5 && comment.lines().all(|line| line.len() <= 100));
    let lines = comment.trim_end_matches(";\n").lines();
    let joined: String = lines.map(|line| &line[5..line.len() - 1]).collect();
    assert_eq!(joined, format!("{said} Twin of f for uuid ids."));
}

#[test]
fn statements_end_outside_strings_bodies_and_comments() {
    let text = "SELECT ';', $$ a; b $$; -- one; two\n/* ; */ SELECT 2;";
    let found = statements(text).unwrap();
    let texts: Vec<String> =
        found.iter().map(|tokens| tokens.iter().map(|token| token.text).collect()).collect();
    assert_eq!(texts, ["SELECT ';', $$ a; b $$;", "SELECT 2;"]);
    assert!(statements("SELECT 'no end;").unwrap_err().contains("line 1"));
    assert!(statements("SELECT 1").unwrap_err().contains("SELECT"));
}

#[test]
fn the_configuration_of_pgrx_is_written_only_where_it_changes() {
    let path = Path::new("/pg/17/bin/pg_config");
    let first = pgrx_home::with("", 17, path).unwrap();
    assert_eq!(first, "[configs]\npg17 = \"/pg/17/bin/pg_config\"\n");
    assert_eq!(pgrx_home::with(&first, 17, path), None);
    let both = pgrx_home::with(&first, 18, Path::new("/pg/18")).unwrap();
    assert_eq!(both, format!("{first}pg18 = \"/pg/18\"\n"));
    let moved = pgrx_home::with(&both, 17, Path::new("/other")).unwrap();
    assert_eq!(moved, "[configs]\npg18 = \"/pg/18\"\npg17 = \"/other\"\n");
}

#[test]
fn the_major_version_is_read_from_releases_and_betas() {
    assert_eq!(postgres::major("PostgreSQL 17.11 (Debian 17.11-1)"), Some(17));
    assert_eq!(postgres::major("PostgreSQL 18beta1"), Some(18));
    assert_eq!(postgres::major("git version 2.39"), None);
}
