//! The command line of `sip-lint`.

use std::{
    fs::File,
    io::{Read, Write as _, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Parser;
use sip_lint::{Mode, Report, render};

/// Reads a SIP message and says what is in it, what is odd about it and what would answer it.
///
/// Leaves with 0 if the message parses, with 1 if it is refused, and with 2 if the input
/// cannot be read or the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "sip-lint", version)]
struct Arguments {
    /// The message as it was on the wire; `-` or nothing is the standard input.
    file: Option<PathBuf>,
    /// Refuses what the RFCs do not allow instead of warning.
    #[arg(long)]
    strict: bool,
    /// Writes the report as JSON.
    #[arg(long)]
    json: bool,
}

const REFUSED: u8 = 1;
const NOT_READ: u8 = 2;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(REFUSED),
        Err(error) => {
            // Nothing can be done if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "sip-lint: {error:#}");
            ExitCode::from(NOT_READ)
        }
    }
}

/// Tells whether the message parses.
fn run(arguments: &Arguments) -> Result<bool> {
    let datagram = read(arguments.file.as_deref())?;
    let mode = if arguments.strict { Mode::Strict } else { Mode::Lenient };
    let report = Report::of(datagram, mode);
    let text = if arguments.json {
        serde_json::to_string_pretty(&report).context("cannot write the report")? + "\n"
    } else {
        render(&report)
    };
    stdout().lock().write_all(text.as_bytes()).context("cannot write the report")?;
    Ok(report.error.is_none())
}

/// Reads a message, and one octet more than a message can have: the parser refuses it then.
fn read(file: Option<&Path>) -> Result<Bytes> {
    let limit = u64::try_from(Report::MAX_SIZE).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    match file.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let file =
                File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            file.take(limit)
                .read_to_end(&mut octets)
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        None => {
            stdin().lock().take(limit).read_to_end(&mut octets).context("cannot read the input")?;
        }
    }
    Ok(Bytes::from(octets))
}
