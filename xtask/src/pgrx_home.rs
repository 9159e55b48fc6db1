//! `PGRX_HOME/config.toml`, where pgrx's build script finds the server's headers.
//!
//! It has the form that `cargo pgrx init` gives it, so that cargo-pgrx works with it. The bindings
//! are made anew whenever the file is written, so it is written only where it must change.

use std::env;
use std::path::{Path, PathBuf};

use crate::postgres::Postgres;
use crate::project::{Project, Result, read, write};

const HEADER: &str = "[configs]";

/// The folder of pgrx's configuration; in the build folder, if nothing else is said.
pub(crate) fn folder(project: &Project) -> PathBuf {
    env::var_os("PGRX_HOME").map_or_else(|| project.target.join("pgrx"), PathBuf::from)
}

/// Makes this installation the one whose headers are read for its major version.
pub(crate) fn configure(project: &Project, postgres: &Postgres) -> Result<()> {
    let path = folder(project).join("config.toml");
    let old = if path.exists() { read(&path)? } else { String::new() };
    match with(&old, postgres.major, &postgres.pg_config) {
        Some(new) => write(&path, &new),
        None => Ok(()),
    }
}

/// Sees to it that bindings for this major version can be made. One installation's serve another's
/// of the same release.
pub(crate) fn prepare(project: &Project, postgres: &Postgres) -> Result<()> {
    let path = folder(project).join("config.toml");
    let configured = if path.exists() { configured(&read(&path)?, postgres.major) } else { None };
    match configured.map(|pg_config| Postgres::ask(&pg_config)) {
        Some(Ok(other)) if other.version == postgres.version => Ok(()),
        _ => configure(project, postgres),
    }
}

/// The pg_config that the text names for a major version.
fn configured(text: &str, major: u32) -> Option<PathBuf> {
    let key = format!("pg{major} = ");
    let value = text.lines().find_map(|line| line.strip_prefix(&key))?;
    Some(value.trim_matches('"').into())
}

/// The text with this pg_config; nothing if it has it.
pub(crate) fn with(text: &str, major: u32, pg_config: &Path) -> Option<String> {
    if configured(text, major).as_deref() == Some(pg_config) {
        return None;
    }
    let key = format!("pg{major} = ");
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(&key)).collect();
    if !lines.contains(&HEADER) {
        lines.push(HEADER);
    }
    let line = format!("{key}\"{}\"", pg_config.display());
    lines.push(&line);
    Some(lines.join("\n") + "\n")
}
