//! Builds the extension for one PostgreSQL and puts its files there.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pgrx_home;
use crate::postgres::Postgres;
use crate::project::{EXTENSION, Project, Result, VERSION, write};
use crate::script;

pub(crate) struct Install {
    pub(crate) pg_config: PathBuf,
    pub(crate) release: bool,
    /// Features beside the version's, as cargo takes them.
    pub(crate) features: Option<String>,
    pub(crate) sudo: bool,
}

impl Install {
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let postgres = Postgres::ask(&self.pg_config)?;
        check_supported(project, postgres.major)?;
        let script = script::assemble(project)?;
        let control = format!("{EXTENSION}.control");
        let control_text = project.read(&control)?.replace("@CARGO_VERSION@", VERSION);

        pgrx_home::prepare(project, &postgres)?;
        let library = self.build(project, postgres.major)?;

        let extension = &postgres.extension_folder;
        let made = project.target.join("extension");
        write(&made.join(&control), &control_text)?;
        self.copy(&made.join(&control), &extension.join(&control))?;
        let name = format!("{EXTENSION}--{VERSION}.sql");
        write(&made.join(&name), &script)?;
        self.copy(&made.join(&name), &extension.join(&name))?;
        let name = format!("{EXTENSION}{}", library_suffix(postgres.major));
        self.copy(&library, &postgres.library_folder.join(name))
    }

    /// The library that cargo builds.
    fn build(&self, project: &Project, major: u32) -> Result<PathBuf> {
        let features = self.features.as_deref().unwrap_or_default();
        let features = format!("pg{major} {features}");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&project.root).args(["build", "--lib"]);
        command.args(["--no-default-features", "--features", features.trim_end()]);
        command.arg("--target-dir").arg(&project.target);
        if self.release {
            command.arg("--release");
        }
        // Who looks on sees cargo's progress; a log is spared a line for each crate.
        if !io::stderr().is_terminal() {
            command.arg("--quiet");
        }
        command.env("PGRX_HOME", pgrx_home::folder(project));
        run(&mut command)?;
        let profile = if self.release { "release" } else { "debug" };
        Ok(project.target.join(profile).join(library_file()))
    }

    /// Copies a file in one step: who has the old one open or loaded keeps it.
    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let beside = to.with_extension("new");
        if let Err(error) = fs::copy(from, &beside).and_then(|_| fs::rename(&beside, to)) {
            let denied = error.kind() == ErrorKind::PermissionDenied;
            if !(denied && self.sudo) {
                let hint = if denied { "; try --sudo" } else { "" };
                return Err(format!("cannot write {}: {error}{hint}", to.display()));
            }
            let mode = if from.ends_with(library_file()) { "755" } else { "644" };
            run(Command::new("sudo").args(["install", "-m", mode]).args([from, &beside]))?;
            run(Command::new("sudo").args(["mv", "-f"]).args([&beside, to]))?;
        }
        println!("   {}", to.display());
        Ok(())
    }
}

/// Whether Cargo.toml has a feature for this major version.
fn check_supported(project: &Project, major: u32) -> Result<()> {
    let manifest = project.read("Cargo.toml")?;
    let feature = |line: &str| line.strip_prefix("pg")?.split_once(" = ")?.0.parse::<u32>().ok();
    let supported: Vec<u32> = manifest.lines().filter_map(feature).collect();
    if supported.contains(&major) {
        return Ok(());
    }
    let list = supported.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    Err(format!("PostgreSQL {major} is not supported; these are: {list}"))
}

/// What cargo calls the library.
fn library_file() -> String {
    format!("{DLL_PREFIX}{EXTENSION}{DLL_SUFFIX}")
}

/// What the server appends to the name of a library.
fn library_suffix(major: u32) -> &'static str {
    if cfg!(target_os = "macos") && major < 16 { ".so" } else { DLL_SUFFIX }
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{name} failed")),
        Err(error) => Err(format!("cannot run {name}: {error}")),
    }
}
