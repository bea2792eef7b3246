//! `centrala check`: an office is proven, before the first caller dials.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use centrala_dialogue::{Phrase, SoundId};
use centrala_office::{Office, OfficeErrors};
use centrala_plan::{Budget, EntryCost, Finding, Lengths, Proof, Severity};
use serde_json::{Value, json};

use crate::server::read_wav;

/// Samples in a millisecond of sound.
const SAMPLES_PER_MILLI: u64 = 8;

/// The options of `centrala check`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The office's file.
    office: PathBuf,
    /// Tell it as JSON, one object.
    #[arg(long)]
    json: bool,
    /// Take warnings as errors: end with 2 where there are some.
    #[arg(long)]
    strict: bool,
}

/// What was found out about an office's file.
enum Checked {
    /// It describes no office.
    Invalid(OfficeErrors),
    /// It does, and this is what its callers will meet.
    Proven(Box<Proof>),
}

/// Runs `centrala check`: 1 if there are errors, 2 if there are warnings and they count.
///
/// # Errors
///
/// If the file cannot be read.
#[expect(clippy::print_stdout, reason = "what was found is what the command is for")]
pub fn run(options: &Options) -> Result<ExitCode> {
    let checked = check(&options.office)?;
    if options.json {
        println!("{:#}", checked.to_json());
    } else {
        print!("{}", checked.to_text());
    }
    Ok(match (checked.count(Severity::Error), checked.count(Severity::Warning)) {
        (1.., _) => ExitCode::from(1),
        (0, 1..) if options.strict => ExitCode::from(2),
        (0, _) => ExitCode::SUCCESS,
    })
}

fn check(path: &Path) -> Result<Checked> {
    let source =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let office = match Office::compile(&source, &path.display().to_string()) {
        Ok(office) => Arc::new(office),
        Err(errors) => return Ok(Checked::Invalid(errors)),
    };
    let (recordings, mut findings) =
        measure(&office, path.parent().unwrap_or_else(|| Path::new("")));
    let words = Lengths::default();
    let length = |phrase: &Phrase| match phrase {
        Phrase::Sound(sound) if recordings.contains_key(sound) => {
            recordings.get(sound).copied().unwrap_or_default()
        }
        _ => words.of_phrase(phrase),
    };
    let mut proof = Proof::of(&office, &Budget::default(), &length);
    findings.append(&mut proof.findings);
    proof.findings = findings;
    Ok(Checked::Proven(Box::new(proof)))
}

/// Returns how long the recordings are that the office's file names, and which cannot be played.
fn measure(office: &Office, folder: &Path) -> (BTreeMap<SoundId, Duration>, Vec<Finding>) {
    let mut lengths = BTreeMap::new();
    let mut findings = Vec::new();
    for file in office.sound_files() {
        match read_wav(&folder.join(&*file.path)) {
            Ok(samples) => {
                let millis = u64::try_from(samples.len()).unwrap_or(u64::MAX) / SAMPLES_PER_MILLI;
                lengths.insert(file.sound.clone(), Duration::from_millis(millis));
            }
            Err(why) => findings.push(Finding::from(&file.unplayable(format!("{why:#}")))),
        }
    }
    (lengths, findings)
}

impl Checked {
    fn findings(&self) -> Vec<Finding> {
        match self {
            Self::Invalid(errors) => errors.errors().iter().map(Finding::from).collect(),
            Self::Proven(proof) => proof.findings.clone(),
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings().iter().filter(|finding| finding.severity() == severity).count()
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        for finding in self.findings() {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(text, "{finding}\n");
        }
        if let Self::Invalid(errors) = self
            && errors.omitted() > 0
        {
            let _ = writeln!(text, "… and {} more\n", errors.omitted());
        }
        if let Self::Proven(proof) = self {
            for cost in &proof.entries {
                let _ = writeln!(text, "{}", entry(proof, cost));
            }
            for (place, why) in &proof.literal_zeros {
                let place = place.describe(proof.graph.office());
                let _ = writeln!(text, "{place} takes a literal 0: {why}");
            }
            let edges: usize =
                (0..proof.graph.nodes().len()).map(|at| proof.graph.edges(at).len()).sum();
            let _ =
                writeln!(text, "{} places, {edges} ways between them", proof.graph.nodes().len());
        }
        let count = |severity| self.count(severity);
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let _ = writeln!(text, "{errors} errors, {warnings} warnings");
        text
    }

    fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.findings().iter().map(finding).collect();
        match self {
            Self::Invalid(errors) => json!({ "findings": findings, "omitted": errors.omitted() }),
            Self::Proven(proof) => {
                let office = proof.graph.office();
                let number = |cost: &EntryCost| office.entries().get(cost.entry.index());
                let seconds = |length: Option<Duration>| length.map(|length| length.as_secs_f64());
                let entries = proof.entries.iter().map(|cost| {
                    json!({
                        "number": number(cost).map(|entry| &*entry.number),
                        "keys": cost.keys,
                        "seconds_until_rung": seconds(cost.until_rung),
                        "seconds_until_end": seconds(cost.until_end),
                    })
                });
                let zeros = proof.literal_zeros.iter();
                let zeros = zeros
                    .map(|(place, why)| json!({ "place": place.describe(office), "why": why }));
                json!({
                    "findings": findings,
                    "entries": entries.collect::<Vec<_>>(),
                    "literal_zeros": zeros.collect::<Vec<_>>(),
                })
            }
        }
    }
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code.as_str(),
        "severity": finding.severity().to_string(),
        "message": finding.message,
        "file": finding.at.as_ref().map(|at| &*at.file),
        "line": finding.at.as_ref().map(|at| at.line),
        "column": finding.at.as_ref().map(|at| at.column),
        "way": finding.way,
        "advice": finding.advice,
    })
}

/// Tells what a number of the company comes to.
fn entry(proof: &Proof, cost: &EntryCost) -> String {
    let office = proof.graph.office();
    let number = office.entries().get(cost.entry.index()).map_or("", |entry| &*entry.number);
    let keys = match cost.keys {
        Some(0) => "a telephone rings at once".to_owned(),
        Some(1) => "a telephone rings after one key".to_owned(),
        Some(keys) => format!("a telephone rings after {keys} keys"),
        None => "no telephone rings for any key".to_owned(),
    };
    let seconds = |length: Duration| length.as_millis().div_ceil(1_000);
    let rung = match cost.until_rung {
        Some(Duration::ZERO) => String::new(),
        Some(length) => format!(", or after {} s without any", seconds(length)),
        None => ", and never without any".to_owned(),
    };
    let end = cost
        .until_end
        .map_or_else(|| "for ever".to_owned(), |length| format!("within {} s", seconds(length)));
    format!("{number}: {keys}{rung}; if nobody answers, a message is taken {end}")
}
