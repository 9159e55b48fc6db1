//! The project's own build commands: `cargo xtask` lists them.
//!
//! cargo builds the library; what PostgreSQL needs besides, a control file and an install script,
//! is made here. No crate is used, so that it compiles in a second or two.

#![allow(clippy::disallowed_methods, reason = "a build command may grow as it likes")]
#![allow(clippy::disallowed_macros, reason = "a build command may grow as it likes")]
#![allow(clippy::print_stdout, reason = "what a build command does is shown")]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::install::Install;
use crate::project::{Project, Result};

mod install;
mod lexer;
mod pgrx_home;
mod postgres;
mod project;
mod script;
mod twins;

#[cfg(test)]
mod tests;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  install --pg-config PATH [--release] [--features LIST] [--sudo]
      Builds the extension for the PostgreSQL of that pg_config and installs it there.
      --release    optimised, as it is for use
      --features   features of Cargo.toml beside the version's, such as check_cache
      --sudo       copies the files with sudo if the folders cannot be written to
  configure --pg-config PATH
      Tells builds for that major version to read this PostgreSQL's headers.
  script
      Prints the script that CREATE EXTENSION runs.
  sql [--check]
      Writes the twins of functions and types for uuid and text ids, in sql/twins.
      --check      fails if the files are not what would be written
";

/// The arguments after the command, taken as they are understood.
struct Arguments(Vec<String>);

impl Arguments {
    fn flag(&mut self, name: &str) -> bool {
        let position = self.0.iter().position(|argument| argument == name);
        position.map(|index| self.0.remove(index)).is_some()
    }

    fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(index) = self.0.iter().position(|argument| argument == name) else {
            return Ok(None);
        };
        if index + 1 == self.0.len() {
            return Err(format!("{name} needs a value\n\n{USAGE}"));
        }
        self.0.remove(index);
        Ok(Some(self.0.remove(index)))
    }

    fn pg_config(&mut self) -> Result<PathBuf> {
        let path = self.value("--pg-config")?;
        path.map(PathBuf::from).ok_or_else(|| format!("--pg-config PATH is missing\n\n{USAGE}"))
    }

    /// What is left was not understood.
    fn finish(self) -> Result<()> {
        match self.0.first() {
            Some(argument) => Err(format!("unknown argument: {argument}\n\n{USAGE}")),
            None => Ok(()),
        }
    }
}

fn run(project: &Project, command: &str, mut arguments: Arguments) -> Result<()> {
    match command {
        "install" => {
            let install = Install {
                pg_config: arguments.pg_config()?,
                release: arguments.flag("--release"),
                features: arguments.value("--features")?,
                sudo: arguments.flag("--sudo"),
            };
            arguments.finish()?;
            install.run(project)
        }
        "configure" => {
            let pg_config = arguments.pg_config()?;
            arguments.finish()?;
            pgrx_home::configure(project, &postgres::Postgres::ask(&pg_config)?)
        }
        "script" => {
            arguments.finish()?;
            print!("{}", script::assemble(project)?);
            Ok(())
        }
        "sql" => {
            let check = arguments.flag("--check");
            arguments.finish()?;
            if check { twins::check(project) } else { twins::write(project) }
        }
        "help" | "--help" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown command: {command}\n\n{USAGE}")),
    }
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "help".to_owned());
    match run(&Project::new(), &command, Arguments(arguments.collect())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
