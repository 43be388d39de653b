//! The command line: one file for each command, thin.

mod assign;
mod backup;
mod cases;
mod check;
mod contact;
mod demo;
mod digest;
mod form;
mod init;
mod inspect;
mod letters;
mod mute;
mod reader;
mod reread;
mod run;
mod servers;
mod status;
mod table;
mod wishes;

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{config::Config, run::Desk};

/// The reception desk of an advice programme, run by ordinary mail.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Arguments {
    /// Folder of the configuration
    #[arg(long, global = true, value_name = "DIR", default_value = "config")]
    config: PathBuf,
    /// Log more
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play two acts of a programme on sample mails; needs no server, no configuration, no network
    Demo(demo::Arguments),
    /// Write a configuration for a new programme
    Init(init::Arguments),
    /// The daemon: take in, decide, send
    Run(run::Arguments),
    /// Hold the configuration against reality and say how to mend it
    Check(check::Arguments),
    /// Show what the desk would understand of a mail (.eml) or a workbook; touches nothing
    Inspect(inspect::Arguments),
    /// Hold a real form against the catalogue of its rows, or make a catalogue of it
    Form(form::Arguments),
    /// All cases by stage
    Cases(cases::ListArguments),
    /// One case: revisions, findings, mails, letters, journal
    Case(cases::OneArguments),
    /// Give a complete case to an advisor
    Assign(assign::Arguments),
    /// Set the days of a case, as a person has understood them; nobody is written to
    Wishes(wishes::Arguments),
    /// Say who speaks for a company; without arguments: the mails held for that
    Contact(contact::ContactArguments),
    /// Undo a company's withdrawal
    Reopen(contact::ReopenArguments),
    /// Where everything stands; exit 1 where something is for a person
    Status(status::Arguments),
    /// Letters that are not sent yet; `again` sends one once more, `reject` throws one away
    Letters(letters::ListArguments),
    /// Let a waiting letter go
    Approve(letters::ApproveArguments),
    /// Let the desk write nothing in a case: a person speaks with the company
    Mute(mute::CaseArguments),
    /// Let the desk answer in a case again
    Release(mute::CaseArguments),
    /// Write again to an address that was marked as one that cannot be reached
    Revive(mute::AddressArguments),
    /// Read a mail again that was set aside
    Reread(reread::Arguments),
    /// Copy database and raw mails into a new folder, with the daemon at work or not
    Backup(backup::BackupArguments),
    /// Put a backup into the state folder; `--confirmed` lets letters go again afterwards
    Restore(backup::RestoreArguments),
    /// Today's digest
    Digest(digest::Arguments),
    /// One of the daemon's reader children
    #[command(hide = true)]
    Reader,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Done: exit 0.
    Done,
    /// Found something to say: exit 1.
    Found,
    /// Could not: exit 2.
    CouldNot,
}

/// Runs one command and says how it ended.
pub fn main(arguments: &Arguments) -> ExitCode {
    leave_no_core();
    if !matches!(arguments.command, Command::Reader) {
        log(arguments);
    }
    match run_command(arguments) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Found) => ExitCode::from(1),
        Ok(End::CouldNot) => ExitCode::from(2),
        Err(it) if is_closed_pipe(&it) => ExitCode::SUCCESS,
        Err(it) => {
            eprintln!("uketsuke: {it:#}");
            ExitCode::from(2)
        }
    }
}

fn run_command(arguments: &Arguments) -> Result<End> {
    let folder = arguments.config.as_path();
    match &arguments.command {
        Command::Demo(it) => in_runtime(demo::run(it)),
        Command::Init(it) => init::run(it, folder),
        Command::Run(it) => in_runtime(run::run(it, folder)),
        Command::Check(it) => in_runtime(check::run(it, folder)),
        Command::Inspect(it) => in_runtime(inspect::run(it, folder)),
        Command::Form(it) => in_runtime(form::run(it, folder)),
        Command::Cases(it) => cases::list(it, folder),
        Command::Case(it) => cases::one(it, folder),
        Command::Assign(it) => in_runtime(assign::run(it, folder)),
        Command::Wishes(it) => wishes::run(it, folder),
        Command::Contact(it) => contact::contact(it, folder),
        Command::Reopen(it) => contact::reopen(it, folder),
        Command::Status(it) => status::run(it, folder),
        Command::Letters(it) => letters::list(it, folder),
        Command::Approve(it) => letters::approve(it, folder),
        Command::Mute(it) => mute::set(it, true, folder),
        Command::Release(it) => mute::set(it, false, folder),
        Command::Revive(it) => mute::revive(it, folder),
        Command::Reread(it) => reread::run(it, folder),
        Command::Backup(it) => backup::back_up(it, folder),
        Command::Restore(it) => backup::restore(it, folder),
        Command::Digest(it) => digest::run(it, folder),
        Command::Reader => reader::run().map(|()| End::Done),
    }
}

fn in_runtime(command: impl Future<Output = Result<End>>) -> Result<End> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(command)
}

/// A core file would hold passwords and mails of companies. The children inherit it; systemd's unit says the same.
fn leave_no_core() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    // where it is forbidden the unit's limit stands
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

/// Passwords stand in async-imap's TRACE and lettre's DEBUG, so the libraries' levels are fixed here, whatever is asked for;
/// `max_level_warn` in Cargo.toml keeps such lines out of the program altogether.
fn log(arguments: &Arguments) {
    let level = match (&arguments.command, arguments.verbose) {
        (_, true) => LevelFilter::TRACE,
        (Command::Run(_), false) => LevelFilter::INFO,
        (_, false) => LevelFilter::WARN,
    };
    let targets = Targets::new().with_target("uketsuke", level).with_default(Level::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
}

fn is_closed_pipe(it: &anyhow::Error) -> bool {
    it.chain()
        .any(|it| it.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe))
}

/// Opens the desk of a configuration folder for a command that uses no network.
fn desk(folder: &Path) -> Result<Desk> {
    Desk::open(&Config::read(folder)?.offline())
}
