//! Instruction counts by valgrind.

use std::{env, io, path::PathBuf, process::Command};

/// Why there is no count.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// A program could not be started.
    #[error("cannot run {program}")]
    Run {
        /// Which one.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed: {text}")]
    Failed {
        /// Which one.
        program: String,
        /// What it said.
        text: String,
    },
    /// Valgrind said nothing about instructions.
    #[error("no count in the output of valgrind")]
    NoCount,
}

/// Builds a binary of this package for release and returns where it is.
///
/// # Errors
///
/// [`CountError`] if cargo fails.
pub fn build(binary: &str) -> Result<PathBuf, CountError> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = ["build", "--release", "--package", "centrala-benches", "--bin", binary];
    run(Command::new(cargo).args(arguments))?;
    let here =
        env::current_exe().map_err(|source| CountError::Run { program: binary.into(), source })?;
    Ok(here.parent().and_then(|it| it.parent()).unwrap_or(&here).join("release").join(binary))
}

/// Returns the instructions of one more repetition of what the program does: its last argument is the number.
///
/// # Errors
///
/// [`CountError`] if valgrind is not there or fails.
pub fn per_repetition(
    program: &PathBuf,
    arguments: &[&str],
    (few, many): (u64, u64),
) -> Result<u64, CountError> {
    let less = instructions(program, arguments, few)?;
    let more = instructions(program, arguments, many)?;
    Ok(more.saturating_sub(less) / (many - few).max(1))
}

fn instructions(program: &PathBuf, arguments: &[&str], passes: u64) -> Result<u64, CountError> {
    let text = run(Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .arg(passes.to_string()))?;
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    collected.and_then(|(_, count)| count.trim().parse().ok()).ok_or(CountError::NoCount)
}

fn run(command: &mut Command) -> Result<String, CountError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(source) => return Err(CountError::Run { program, source }),
    };
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(text) } else { Err(CountError::Failed { program, text }) }
}
