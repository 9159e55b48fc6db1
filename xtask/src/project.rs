//! Where things are in the checkout, and files that say their names when they cannot be used.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What a command gives; the error is the sentence that its user reads.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The name of the extension and of its files.
pub(crate) const EXTENSION: &str = "tenant_metrics";

/// The version of the workspace, which this crate shares.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The checkout and the folder that cargo builds in.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Project {
    /// The checkout that this program was built in.
    pub(crate) fn new() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = own.parent().unwrap_or(own).to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        Self { target: target.unwrap_or_else(|| root.join("target")), root }
    }

    /// The names of a folder's SQL files, sorted.
    pub(crate) fn sql_files(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.root.join(folder);
        let cannot = |error| format!("cannot list {}: {error}", path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(cannot)? {
            let name = entry.map_err(cannot)?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".sql") {
                names.push(format!("{folder}/{name}"));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// A file's text, named from the top of the checkout.
    pub(crate) fn read(&self, name: &str) -> Result<String> {
        read(&self.root.join(name))
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let cannot = |error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    fs::write(path, text).map_err(cannot)
}
