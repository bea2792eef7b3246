//! `centrala graph`: a picture of an office, as it was proven.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use centrala_office::Office;
use centrala_plan::{Budget, Lengths, Picture, Proof};

/// The options of `centrala graph`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The office's file.
    office: PathBuf,
    /// Write a Mermaid flowchart: the only kind of picture that there is.
    #[arg(long)]
    mermaid: bool,
    /// Write the picture to this file.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Runs `centrala graph`: writes a Mermaid flowchart.
///
/// # Errors
///
/// If the file cannot be read or describes no office, or the picture cannot be written.
#[expect(clippy::print_stdout, reason = "the picture is what the command is for")]
pub fn run(options: &Options) -> Result<ExitCode> {
    anyhow::ensure!(options.mermaid, "pictures are drawn with --mermaid only");
    let path = &options.office;
    let source =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let office = Arc::new(Office::compile(&source, &path.display().to_string())?);
    let lengths = Lengths::default();
    let proof = Proof::of(&office, &Budget::default(), &|phrase| lengths.of_phrase(phrase));
    let picture = Picture::of(&proof).to_mermaid();
    match &options.output {
        Some(file) => std::fs::write(file, picture)
            .with_context(|| format!("cannot write {}", file.display()))?,
        None => print!("{picture}"),
    }
    Ok(ExitCode::SUCCESS)
}
