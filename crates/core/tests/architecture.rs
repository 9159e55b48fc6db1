//! The dependency rule of ARCHITECTURE.md, read off the sources of the whole project.
//!
//! It lives in core, because there it runs without building the extension.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, outermost first: each may use the ones after it.
const LAYERS: [&str; 4] = ["api", "engine", "source", "pg"];

/// Modules that every layer may use, and what they may use themselves.
const BESIDE: [&str; 2] = ["error", "guc"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The top of the checkout.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files of the extension with their top-level module and text, without comments.
fn modules() -> Vec<(PathBuf, String, String)> {
    let root = project().join("src");
    sources(&root)
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&root).unwrap().to_owned();
            let module = relative.components().next().unwrap().as_os_str();
            let module = module.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap());
            let code = code.collect::<Vec<_>>().join("\n");
            (relative, module, code)
        })
        .collect()
}

/// The top-level modules that a file names with `crate::`.
fn used(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap();
            found.extend(
                group.split(',').map(|item| item.trim().split("::").next().unwrap().to_owned()),
            );
        } else {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn layers_point_inwards_only() {
    let mut checked = 0;
    for (path, module, code) in modules() {
        let Some(own) = LAYERS.iter().position(|layer| *layer == module) else { continue };
        for name in used(&code) {
            if let Some(other) = LAYERS.iter().position(|layer| *layer == name) {
                assert!(other >= own, "{} uses {name}, which is further out", path.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "the test has lost sight of the code");
}

#[test]
fn modules_beside_the_layers_use_none_but_pg() {
    for (path, module, code) in modules() {
        if BESIDE.contains(&module.as_str()) {
            for name in used(&code) {
                let outer = LAYERS[..3].contains(&name.as_str());
                assert!(!outer, "{} uses {name}", path.display());
            }
        }
    }
}

#[test]
fn only_pg_is_unsafe_and_touches_the_server() {
    for (path, module, code) in modules() {
        if module == "pg" || module == "tests" {
            continue;
        }
        for word in ["unsafe", "pg_sys", "Spi::", "SPI_", "pgrx::spi"] {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn pgrx_spi_is_used_nowhere() {
    for (path, module, code) in modules() {
        if module != "tests" {
            assert!(!code.contains("Spi::"), "{} uses pgrx's SPI client", path.display());
        }
    }
}

#[test]
fn versions_differ_in_one_place() {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    let is_version = |line: &&str| line.starts_with("pg1") && line.contains("pgrx/pg");
    let newest = manifest.lines().rfind(is_version).unwrap().split(' ').next().unwrap();
    for (path, _, code) in modules() {
        if path.ends_with("pg/compat.rs") {
            assert!(code.contains("feature = \"pg14\""), "the test has lost sight of the code");
            // Later versions are to be like the newest.
            assert!(!code.contains(&format!("\"{newest}\"")), "{} names it", path.display());
        } else {
            let names = code.contains("feature = \"pg1");
            assert!(!names, "{} has code for one version", path.display());
        }
    }
}

#[test]
fn core_knows_no_server_clock_or_io() {
    let core = project().join("crates/core");
    let manifest = fs::read_to_string(core.join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("pgrx"), "core depends on pgrx");
    for path in sources(&core.join("src")) {
        let code = fs::read_to_string(&path).unwrap();
        for word in
            ["pgrx::", "std::time", "std::fs", "std::io", "std::env", "std::net", "std::thread"]
        {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
    let root = fs::read_to_string(core.join("src/lib.rs")).unwrap();
    assert!(root.contains("#![forbid(unsafe_code)]"));
}

/// The type that a line declares at the top level of its file. What stands deeper is indented.
fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split(' ');
    let mut word = words.next()?;
    while word.starts_with("pub") || word == "unsafe" {
        word = words.next()?;
    }
    let is_type = ["struct", "enum", "union", "trait", "type"].contains(&word);
    let name = words.next().filter(|_| is_type)?;
    name.split(|c: char| !c.is_alphanumeric()).next()
}

#[test]
fn no_two_types_share_a_name() {
    let root = project();
    let mut homes: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in [sources(&root.join("src")), sources(&root.join("crates"))].concat() {
        for name in fs::read_to_string(&path).unwrap().lines().filter_map(declared_type) {
            if let Some(other) = homes.insert(name.to_owned(), path.clone()) {
                panic!("{name} is a type of {} and of {}", path.display(), other.display());
            }
        }
    }
    assert!(homes.len() > 50, "the test has lost sight of the code");
}

#[test]
fn modules_stand_beside_their_folders() {
    let root = project();
    for path in [sources(&root.join("src")), sources(&root.join("crates/core/src"))].concat() {
        assert!(!path.ends_with("mod.rs"), "{} belongs beside its folder", path.display());
    }
}

#[test]
fn files_stay_readable() {
    let root = project();
    for path in [sources(&root.join("src")), sources(&root.join("crates/core/src"))].concat() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by meaning", path.display());
    }
}
