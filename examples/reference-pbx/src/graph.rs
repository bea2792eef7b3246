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
    /// Write a Mermaid flowchart instead of SVG.
    #[arg(long)]
    mermaid: bool,
    /// Show who can reach this and how: `101`, "group sales", "menu main".
    #[arg(long, value_name = "WHO")]
    to: Option<String>,
    /// Write the picture to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `centrala graph`: writes the picture of an office.
///
/// # Errors
///
/// If the file cannot be read or describes no office, if it names nobody whom `--to` means, or if
/// the picture cannot be written.
#[expect(clippy::print_stdout, reason = "the picture is what the command is for")]
pub fn run(options: &Options) -> Result<ExitCode> {
    let path = &options.office;
    let source =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let office = Arc::new(Office::compile(&source, &path.display().to_string())?);
    let lengths = Lengths::default();
    let proof = Proof::of(&office, &Budget::default(), &|phrase| lengths.of_phrase(phrase));
    let picture = match &options.to {
        Some(words) => {
            let target = Picture::find(&office, words);
            let target = target.with_context(|| format!("nothing is called {words:?}"))?;
            Picture::toward(&proof, target)
        }
        None => Picture::of(&proof),
    };
    let picture = if options.mermaid { picture.to_mermaid() } else { picture.to_svg() };
    match &options.output {
        Some(file) => std::fs::write(file, picture)
            .with_context(|| format!("cannot write {}", file.display()))?,
        None => print!("{picture}"),
    }
    Ok(ExitCode::SUCCESS)
}
