//! The command line of the reference PBX.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its user")]

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use reference_pbx::{check, demo, graph, passwords, serve, softphone};

/// A company's telephone: a caller dials one number and reaches a person, a mailbox or an answer.
#[derive(Debug, Parser)]
#[command(name = "centrala", version)]
struct Arguments {
    /// What to log, as a filter of `tracing`: `info`, `debug`, `centrala=trace`.
    #[arg(long, global = true, default_value = "warn", env = "CENTRALA_LOG")]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the whole story on this machine: an office, its telephones, and five callers.
    Demo(demo::Options),
    /// Runs an office.
    Serve(serve::Options),
    /// Proves an office: every way that a call can go, before the first caller dials.
    Check(check::Options),
    /// Draws an office, as a Mermaid flowchart.
    Graph(graph::Options),
    /// A softphone: places and answers calls, plays, presses keys, records.
    Phone(softphone::Options),
    /// Sets the password of a telephone. It is read from the first line of the input.
    Passwd(PasswdOptions),
}

#[derive(Debug, clap::Args)]
struct PasswdOptions {
    /// The user that the telephone registers as: usually its extension.
    user: String,
    /// Where the office's data are.
    #[arg(long, default_value = serve::DEFAULT_DATA)]
    data: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(&arguments.log);
    let result = match arguments.command {
        Command::Demo(options) => demo::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Graph(options) => graph::run(&options),
        Command::Phone(options) => softphone::run(&options),
        Command::Passwd(options) => passwd(&options),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("centrala: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn start_log(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_else(|error| {
        eprintln!("centrala: --log {filter:?} is not understood ({error}); logging warnings");
        tracing_subscriber::EnvFilter::new("warn")
    });
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        // A log on a disk that is full is no reason to end: telling of it on the same way would be one.
        .log_internal_errors(false)
        .init();
}

fn passwd(options: &PasswdOptions) -> Result<ExitCode> {
    std::fs::create_dir_all(&options.data)
        .with_context(|| format!("cannot make the folder {}", options.data.display()))?;
    let path = serve::passwords_file(&options.data);
    let mut stored = passwords::Passwords::load(&path)?;
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        print!("Password for {} (it will be seen): ", options.user);
        std::io::stdout().flush()?;
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the password")?;
    stored.set(&options.user, line.trim_end_matches(['\r', '\n']))?;
    stored.save(&path).with_context(|| format!("cannot write {}", path.display()))?;
    println!("The telephone {} has a new password.", options.user);
    Ok(ExitCode::SUCCESS)
}
