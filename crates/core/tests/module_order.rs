//! The order of the modules inside a folder of the extension, read off the paths that they name.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// Folders with their modules, outermost first: each may use the ones after it. A module uses
/// nothing of the one that the folder belongs to, which would be a circle.
const ORDERS: [(&str, &[&str]); 9] = [
    (
        "engine",
        &[
            "tenant_changes",
            "ranking",
            "unused_features",
            "series",
            "scalar",
            "relatives",
            "located",
            "features",
            "explain",
            "dashboard",
            "comparison",
            "integrity",
            "grove",
            "account",
            "lookup",
            "sharing",
            "pass",
            "pass_price",
            "adoption",
            "feature_cells",
            "route",
            "stale",
            "measures",
            "totals",
            "portable",
            "audit",
            "summaries",
            "aggregate",
            "reading",
            "links",
            "groups",
            "catalogue",
            "statement",
            "members",
            "tally",
            "question",
            "cycle",
            "duplicates",
            "budget",
        ],
    ),
    ("engine/integrity", &["columns", "usage", "similar", "tree", "findings", "kinds"]),
    (
        "pg",
        &[
            "scan",
            "lookup",
            "support",
            "custom",
            "statistics",
            "rows",
            "rewritten",
            "summaries",
            "rights",
            "aggregate",
            "registry",
            "tables",
            "plans",
            "call",
            "query",
            "warning",
            "worker",
            "identity",
            "ids",
            "arrays",
            "zone",
            "local_time",
            "clock_changes",
            "types",
            "time",
            "interrupt",
            "report",
            "catalog",
            "text",
            "numeric",
            "varlena",
            "portal",
            "reserve",
            "nodes",
            "session",
            "executor",
            "snapshot",
            "explain",
            "prefetch",
            "compat",
            "buffers",
        ],
    ),
    (
        "pg/aggregate",
        &[
            "usage_state",
            "series_state",
            "period_state",
            "feature_state",
            "measured_state",
            "measured_feature_state",
            "audit_state",
            "adoption_state",
            "state",
            "event",
            "arguments",
            "rows",
        ],
    ),
    ("pg/rewritten", &["hazards", "failures"]),
    ("engine/summaries", &["totals", "plan"]),
    (
        "pg/summaries",
        &[
            "changes",
            "capture",
            "automatic",
            "verify",
            "build",
            "progress",
            "fold",
            "fold_lock",
            "label_lock",
            "stored_series",
            "stored",
            "usage_rows",
            "structure",
            "columns",
            "stamp",
            "triggers",
            "usage_tables",
            "fault",
            "events",
            "writer",
            "pending",
            "rows",
            "scan",
            "entry",
            "scratch",
        ],
    ),
    ("pg/lookup", &["path", "node", "reader", "plan", "condition"]),
    (
        "pg/scan",
        &[
            "path",
            "mixed",
            "readable",
            "node",
            "tables",
            "work",
            "conditions",
            "plan",
            "pages",
            "layout",
        ],
    ),
];

/// UseLines of modules from the root of the crate inwards, or of what a module has.
type UseLines = Vec<String>;

/// The files below a folder, or nothing.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The names that a text of Rust begins with, once for each name in its groups, added to `outer`.
/// Gives the rest of the text.
fn read_tree<'a>(text: &'a str, outer: &[String], found: &mut Vec<UseLines>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
            if let Some(behind) = rest.strip_prefix('}') {
                return behind;
            }
            assert!(!rest.is_empty(), "a group without an end");
            rest = read_tree(rest, outer, found);
            if let Some(renamed) = rest.trim_start().strip_prefix("as ") {
                rest = renamed.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let end = if text.starts_with('*') { 1 } else { end };
    let names = [outer, &[text[..end].to_owned()]].concat();
    match text[end..].strip_prefix("::") {
        Some(rest) => read_tree(rest, &names, found),
        None => {
            found.push(names);
            &text[end..]
        }
    }
}

/// What a file with this module names by paths from the root of the crate, of its own or of the
/// one around it.
fn named(module: &[&str], text: &str) -> Vec<UseLines> {
    let lines: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
    let code = lines.join("\n");
    // Tests at the end of a file belong to it, and have a module of their own around them.
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            let is_inside = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            // `pub(in crate::pg)` says who may use a name, and uses none.
            if !is_inside && !before.ends_with("(in ") {
                read_tree(&code[at..], &[], &mut found);
            }
        }
    }
    found.into_iter().map(|names| resolve(module, names)).collect()
}

/// The names from the root of the crate.
fn resolve(module: &[&str], names: UseLines) -> UseLines {
    let mut place: UseLines = module.iter().map(|&name| name.to_owned()).collect();
    for name in names {
        match name.as_str() {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" => {}
            _ => place.push(name),
        }
    }
    place
}

/// Why a module may not use what these names lead to, if it may not.
fn objection(folder: &[&str], order: &[&str], own: usize, names: &[String]) -> Option<String> {
    let rest = names.strip_prefix(
        folder.iter().map(|&name| name.to_owned()).collect::<UseLines>().as_slice(),
    )?;
    let Some(name) = rest.first() else { return Some("the module around it".into()) };
    match order.iter().position(|module| module == name) {
        None => Some(format!("{name}, which the module around it has")),
        Some(other) if other < own => Some(format!("{name}, which is further out")),
        Some(_) => None,
    }
}

#[test]
fn modules_of_a_folder_have_an_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    for (folder, order) in ORDERS {
        let mut missing: Vec<&str> = order.to_vec();
        for path in files(&root.join(folder)) {
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let module: Vec<&str> = module.iter().map(|name| name.to_str().unwrap()).collect();
            let folder: Vec<&str> = folder.split('/').collect();
            let name = module[folder.len()];
            let own = order.iter().position(|each| *each == name);
            let own = own.unwrap_or_else(|| panic!("{} is in no order", path.display()));
            missing.retain(|module| *module != name);
            for names in named(&module, &fs::read_to_string(&path).unwrap()) {
                if let Some(what) = objection(&folder, order, own, &names) {
                    panic!("{} uses {what}", path.display());
                }
            }
        }
        assert!(missing.is_empty(), "{folder} has no {missing:?}");
    }
}

#[test]
fn paths_are_read_as_rust_reads_them() {
    let text = "
        use super::{a::{self, B}, c as d, e}; // super::comment
        pub(in crate::engine) fn f(x: crate::engine::g::H) -> super::super::pg::I {
            self::j(); $crate::k!(); not_super::l(); super::*
        }
        #[cfg(test)]\nmod tests { use super::m; }";
    let mut found: Vec<String> =
        named(&["engine", "own"], text).into_iter().map(|names| names.join("::")).collect();
    found.sort();
    let expected = [
        "engine::*",
        "engine::a",
        "engine::a::B",
        "engine::c",
        "engine::e",
        "engine::g::H",
        "engine::own::j",
        "k",
        "pg::I",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_points_back_is_refused() {
    let order = ["outer", "own", "inner"];
    let objects = |text: &str| {
        named(&["engine", "own", "part"], text)
            .iter()
            .any(|names| objection(&["engine"], &order, 1, names).is_some())
    };
    for fine in ["use super::super::inner::X;", "use crate::pg::Y;", "use super::Z;", "self::f()"] {
        assert!(!objects(fine), "{fine}");
    }
    for circle in [
        "use crate::engine::{inner::X, outer::{Y, Z}};",
        "super::super::outer::f()",
        "use super::super::Item;",
        "use super::super::*;",
        "use crate::engine;",
        "use crate::engine::unlisted::X;",
    ] {
        assert!(objects(circle), "{circle}");
    }
}
