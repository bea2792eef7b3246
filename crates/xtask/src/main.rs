//! Automation of this repository.
//!
//! ```text
//! cargo xtask ladder        check that dependencies only point down the rungs
//! cargo xtask alone         the same, then build every library by itself
//! cargo xtask no-std        build what needs no std for a target that has none
//! cargo xtask fuzz-replay   run every fuzz target briefly over its committed corpus
//! ```
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

mod ladder;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("ladder"), None) => ladder::check(&root()),
        (Some("alone"), None) => alone(),
        (Some("no-std"), None) => no_std(),
        (Some("fuzz-replay"), None) => fuzz_replay(),
        _ => bail!("usage: cargo xtask ladder | alone | no-std | fuzz-replay"),
    }
}

/// Builds every library by itself, with the features that it asks for and no others.
fn alone() -> Result<()> {
    ladder::check(&root())?;
    for package in ladder::libraries(&root())? {
        println!("alone: {package}");
        run(cargo().args(["check", "--quiet", "--locked", "--package", &package]))?;
    }
    Ok(())
}

/// The libraries that need `core` and `alloc` at most.
const WITHOUT_STD: [&str; 5] =
    ["centrala-keys", "centrala-time", "centrala-dtmf", "centrala-sip", "centrala-sdp"];
/// A target without an operating system.
const BARE_TARGET: &str = "thumbv7em-none-eabihf";

/// Builds the libraries that need no std for a target that has none.
fn no_std() -> Result<()> {
    run(Command::new("rustup").args(["target", "add", BARE_TARGET]))?;
    for package in WITHOUT_STD {
        println!("without std: {package}");
        run(cargo().args(["build", "--quiet", "--locked", "--package", package]).args([
            "--no-default-features",
            "--target",
            BARE_TARGET,
        ]))?;
    }
    Ok(())
}

/// How many executions each fuzz target gets beyond its corpus.
const FUZZ_RUNS: &str = "-runs=100000";

/// Runs each fuzz target over its corpus and a little further.
fn fuzz_replay() -> Result<()> {
    let fuzz = root().join("fuzz");
    let targets = fuzz.join("fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&targets).with_context(|| targets.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(String::from));
        }
    }
    names.sort();
    if names.is_empty() {
        bail!("no fuzz targets in {}", targets.display());
    }
    // The sanitizer's coverage hooks are what `cargo fuzz` would switch on; a replay on the stable
    // compiler needs the same switches, and the permission to use them.
    let flags = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                 -Cllvm-args=-sanitizer-coverage-pc-table --cfg fuzzing";
    run(cargo()
        .args(["build", "--release", "--bins", "--target", &host()?])
        .current_dir(&fuzz)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags))?;
    for name in names {
        println!("fuzz: {name}");
        let binary = fuzz.join("target").join(host()?).join("release").join(&name);
        let scratch = fuzz.join("target").join("scratch").join(&name);
        std::fs::create_dir_all(&scratch)?;
        let mut replay = Command::new(binary);
        replay.arg(FUZZ_RUNS).args(["-seed=1", "-max_len=4096", "-verbosity=0"]).arg(scratch);
        let corpus = fuzz.join("corpus").join(&name);
        if corpus.is_dir() {
            replay.arg(corpus);
        }
        run(replay.current_dir(fuzz.join("target")))?;
    }
    Ok(())
}

/// Returns the triple of the compiler's host.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc -vV")?;
    let text = String::from_utf8(output.stdout).context("rustc -vV")?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if status.success() { Ok(()) } else { bail!("{command:?} failed: {status}") }
}
