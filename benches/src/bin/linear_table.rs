//! Counts the instructions of parsing hostile inputs of three sizes and prints a table; `--write` puts it into
//! `docs/measurements/sip-linear.md`. Exit code 1 if an input eight times as long costs more than eight times as much, ten
//! percent aside. Needs valgrind.

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::{env, fs, path::PathBuf, process::ExitCode};

use centrala_benches::{
    callgrind::{self, CountError},
    hostile::{self, Outcome, Shape},
};
use centrala_sip::Limits;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let program = callgrind::build("sip_instructions")?;
    let mut text = String::from(INTRODUCTION);
    let mut broken = 0;
    for shape in hostile::SHAPES {
        for (name, limits) in [("default", Limits::default()), ("wide", hostile::wide())] {
            let row = measure(&program, &shape, name, &limits)?;
            broken += usize::from(!row.is_linear());
            println!("{row:?}");
            text += &row.to_line(&shape, name);
        }
    }
    text += &format!("\n{broken} of {} curves break the law.\n", 2 * hostile::SHAPES.len());
    println!("{text}");
    if env::args().any(|argument| argument == "--write") {
        fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/measurements/sip-linear.md"),
            text,
        )?;
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Debug)]
struct Row {
    instructions: Vec<u64>,
    outcomes: Vec<Outcome>,
}

fn measure(
    program: &PathBuf,
    shape: &Shape,
    name: &str,
    limits: &Limits,
) -> Result<Row, CountError> {
    let mut row = Row { instructions: Vec::new(), outcomes: Vec::new() };
    for octets in SIZES {
        let arguments = ["hostile", shape.name, &octets.to_string(), name];
        row.instructions.push(callgrind::per_repetition(program, &arguments, PASSES)?);
        row.outcomes.push(shape.parse(&shape.make(octets), limits));
    }
    Ok(row)
}

impl Row {
    fn is_linear(&self) -> bool {
        self.instructions.windows(2).all(|pair| match pair {
            [less, more] => *more <= less * GROWTH * (100 + TOLERANCE) / 100,
            _ => true,
        })
    }

    fn to_line(&self, shape: &Shape, limits: &str) -> String {
        let mut line = format!("| {} | {limits}", shape.name);
        for count in &self.instructions {
            line += &format!(" | {count}");
        }
        for pair in self.instructions.windows(2) {
            if let [less, more] = pair {
                let tenths = more * 10 / less.max(&1);
                line += &format!(" | {}.{}", tenths / 10, tenths % 10);
            }
        }
        let refused = self.outcomes.iter().map(|it| it.refused.as_deref().unwrap_or("-"));
        let mut refused: Vec<&str> = refused.collect();
        refused.dedup();
        let verdict = if self.is_linear() { "" } else { " **broken**" };
        line + &format!(" | {}{verdict} |\n", refused.join("; "))
    }
}

/// Octets; each eight times the one before.
const SIZES: [usize; 3] = [8_000, 64_000, 512_000];
const GROWTH: u64 = 8;
/// Percent.
const TOLERANCE: u64 = 10;
const PASSES: (u64, u64) = (1, 2);

const INTRODUCTION: &str = "\
# Cost of hostile inputs

Instructions to parse one input and to read all that it is about (`benches/src/hostile.rs`), counted by callgrind.
The law: an input eight times as long costs at most eight times as much, ten percent aside; or a limit refuses it.
`default` are the limits that everybody has (a message of 65,535 octets, a value of 8,192, 256 headers); `wide` are
limits raised so that all sizes are really parsed, as nobody should. Limits of URIs and session descriptions are
constants. The last column tells what was refused, at which size in turn, or - if nothing was.
Made by `cargo run --release -p centrala-benches --bin linear_table -- --write`; exit code 1 if the law is broken.

| too many | limits | 8 kB | 64 kB | 512 kB | 64 to 8 | 512 to 64 | refused |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
";
