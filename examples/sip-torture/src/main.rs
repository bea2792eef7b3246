//! The command line of `sip-torture`.

mod manifest;
mod verdict;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Parser;
use manifest::Case;
use sip_lint::{Mode, Report};
use verdict::Outcome;

/// Runs a directory of SIP messages against a manifest of what has to happen to each.
///
/// Leaves with 0 if all happens as it must, with 1 if something differs, and with 2 if it cannot be run.
#[derive(Debug, Parser)]
#[command(name = "sip-torture", version)]
struct Arguments {
    /// The directory with the messages.
    directory: PathBuf,
    /// The manifest instead of `manifest.tsv` in the directory.
    #[arg(long)]
    manifest: Option<PathBuf>,
    /// What the names of the messages end with.
    #[arg(long, default_value = "sip")]
    suffix: String,
}

const DIFFERS: u8 = 1;
const NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERS),
        Err(error) => {
            // Nothing can be done if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "sip-torture: {error:#}");
            ExitCode::from(NOT_RUN)
        }
    }
}

/// Tells whether all happened as it must.
fn run(arguments: &Arguments) -> Result<bool> {
    let directory = &arguments.directory;
    let suffix = arguments.suffix.trim_start_matches('.');
    let path = arguments.manifest.clone().unwrap_or_else(|| directory.join("manifest.tsv"));
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let cases = manifest::parse(&text).with_context(|| format!("cannot use {}", path.display()))?;
    let mut unlisted = names(directory, suffix)?;
    let mut table = Table::default();
    for case in &cases {
        let path = directory.join(format!("{}.{suffix}", case.name));
        let outcome = Outcome::of(&Report::of(read(&path)?, Mode::Lenient));
        table.add(case, &outcome);
        unlisted.remove(&case.name);
    }
    for name in &unlisted {
        table.add_unlisted(name);
    }
    stdout().lock().write_all(table.finish().as_bytes()).context("cannot write the table")?;
    Ok(table.differing == 0)
}

/// The messages of a directory.
fn names(directory: &Path, suffix: &str) -> Result<BTreeSet<String>> {
    let cannot_list = || format!("cannot list {}", directory.display());
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory).with_context(cannot_list)? {
        let path = entry.with_context(cannot_list)?.path();
        if path.extension().is_some_and(|extension| extension == suffix) {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

/// Reads a message, and no more than it takes to see that it is too long.
fn read(path: &Path) -> Result<Bytes> {
    let limit = u64::try_from(Report::MAX_SIZE).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut octets))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Bytes::from(octets))
}

/// The rows that are printed, and how many differ.
#[derive(Debug, Default)]
struct Table {
    text: String,
    run: usize,
    differing: usize,
}

impl Table {
    fn add(&mut self, case: &Case, outcome: &Outcome) {
        let is_met = outcome.meets(case);
        self.run += 1;
        self.row(is_met, &case.name, &case.section, case.expected.word(), &outcome.describe(case));
    }

    fn add_unlisted(&mut self, name: &str) {
        self.row(false, name, "-", "-", "not in the manifest");
    }

    fn row(&mut self, is_met: bool, name: &str, section: &str, expected: &str, happened: &str) {
        self.differing += usize::from(!is_met);
        let mark = if is_met { "ok" } else { "DIFFERS" };
        // Names come from files: nothing in them may command a terminal.
        let name = name.escape_debug().to_string();
        let section = section.escape_debug().to_string();
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{mark:<8} {name:<30} {section:<10} {expected:<17} {happened}");
    }

    fn finish(&mut self) -> String {
        let (run, differing) = (self.run, self.differing);
        let mut text = std::mem::take(&mut self.text);
        let plural = if run == 1 { "" } else { "s" };
        let _ = writeln!(text, "{run} message{plural}, {differing} differing");
        text
    }
}
