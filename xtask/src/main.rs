//! The project's own build commands: `cargo xtask` lists them.
//!
//! No crate is used, so that it compiles in a second or two.

#![allow(clippy::disallowed_methods, reason = "a build command may grow as it likes")]
#![allow(clippy::disallowed_macros, reason = "a build command may grow as it likes")]
#![allow(clippy::print_stdout, reason = "what a build command does is shown")]

use std::env;
use std::process::ExitCode;

use crate::project::{Project, Result};

mod lexer;
mod project;
mod script;
mod twins;

#[cfg(test)]
mod tests;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

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
