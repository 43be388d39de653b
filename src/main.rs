//! Arguments → one command.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    uketsuke::commands::main(&uketsuke::commands::Arguments::parse())
}
