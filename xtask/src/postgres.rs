//! What an installation's pg_config says of it.

use std::path::{self, Path, PathBuf};
use std::process::Command;

use crate::project::Result;

/// An installation of PostgreSQL with its server's headers.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) pg_config: PathBuf,
    /// The whole line, such as `PostgreSQL 17.11 (Debian 17.11-1)`.
    pub(crate) version: String,
    pub(crate) major: u32,
    pub(crate) library_folder: PathBuf,
    pub(crate) extension_folder: PathBuf,
}

impl Postgres {
    pub(crate) fn ask(pg_config: &Path) -> Result<Self> {
        let version = answer(pg_config, "--version")?;
        let major =
            major(&version).ok_or_else(|| format!("{} is not a pg_config", pg_config.display()))?;
        let headers = answer(pg_config, "--includedir-server")?;
        if !Path::new(&headers).join("postgres.h").is_file() {
            return Err(format!(
                "the server of {} has no headers in {headers}; on Debian and Ubuntu they are in \
                 the package postgresql-server-dev-{major}",
                pg_config.display()
            ));
        }
        Ok(Self {
            library_folder: answer(pg_config, "--pkglibdir")?.into(),
            extension_folder: Path::new(&answer(pg_config, "--sharedir")?).join("extension"),
            pg_config: absolute(pg_config)?,
            version,
            major,
        })
    }
}

/// The path that a build script can use, which runs in another folder.
fn absolute(pg_config: &Path) -> Result<PathBuf> {
    if pg_config.components().count() > 1 {
        return path::absolute(pg_config).map_err(|error| error.to_string());
    }
    // A bare name was found in PATH.
    Ok(Path::new(&answer(pg_config, "--bindir")?).join(pg_config))
}

fn answer(pg_config: &Path, question: &str) -> Result<String> {
    let cannot = |error: &str| format!("cannot run {}: {error}", pg_config.display());
    let output = Command::new(pg_config).arg(question).output();
    let output = output.map_err(|error| cannot(&error.to_string()))?;
    if !output.status.success() {
        return Err(cannot(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// 17 of `PostgreSQL 17.11` or `PostgreSQL 17beta1`.
pub(crate) fn major(version: &str) -> Option<u32> {
    let number = version.strip_prefix("PostgreSQL ")?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}
