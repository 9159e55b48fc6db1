//! The script that `CREATE EXTENSION` runs: the files that `src/lib.rs` lists, in its order.

use crate::project::{EXTENSION, Project, Result};

const LIST: &str = "src/lib.rs";

/// The folders whose files are all part of the script.
const FOLDERS: [&str; 2] = ["sql", "sql/twins"];

/// The files of the script, named from the top of the checkout.
pub(crate) fn files(project: &Project) -> Result<Vec<String>> {
    let listed = listed(project)?;
    if let Some(missing) = listed.iter().find(|name| !project.root.join(name).is_file()) {
        return Err(format!("{LIST} lists {missing}, which does not exist"));
    }
    for folder in FOLDERS {
        let there = project.sql_files(folder)?;
        let forgotten = |name: &&String| !listed.contains(name) && !is_update(name);
        if let Some(name) = there.iter().find(forgotten) {
            return Err(format!("{name} is not listed in {LIST}, so no database would have it"));
        }
    }
    Ok(listed)
}

/// Whether a file leads from one version to another, and so is no part of an install script.
fn is_update(name: &str) -> bool {
    name.starts_with(&format!("sql/{EXTENSION}--"))
}

/// The files that `src/lib.rs` calls `extension_sql_file!` with, which need not be there.
pub(crate) fn listed(project: &Project) -> Result<Vec<String>> {
    let source = project.read(LIST)?;
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut files = Vec::new();
    for call in code.split("extension_sql_file!(").skip(1) {
        let file = call.trim_start().strip_prefix("\"../").and_then(|path| path.split_once('"'));
        let Some((file, _)) = file else {
            return Err(format!("{LIST}: an extension_sql_file! does not begin with \"../"));
        };
        files.push(file.to_owned());
    }
    if files.is_empty() { Err(format!("{LIST} lists no SQL file")) } else { Ok(files) }
}

/// The whole script.
pub(crate) fn assemble(project: &Project) -> Result<String> {
    let mut script =
        format!("\\echo Use \"CREATE EXTENSION {EXTENSION}\" to load this file. \\quit\n");
    for name in files(project)? {
        script += &format!("\n-- {name}\n\n{}", project.read(&name)?);
    }
    Ok(script)
}
