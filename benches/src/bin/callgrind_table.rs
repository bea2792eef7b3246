//! Counts the instructions per message of every piece of work and prints a table; `--write` puts it into
//! `docs/measurements/sip-instructions.md`. Needs valgrind.

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::{env, fs};

use centrala_benches::{PIECES, callgrind, corpus};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = callgrind::build("sip_instructions")?;
    let mut counts = Vec::new();
    for name in PIECES {
        counts.push((name, callgrind::per_repetition(&program, &[name], PASSES)?));
    }
    let table = table(&counts);
    println!("{table}");
    if env::args().any(|argument| argument == "--write") {
        fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/measurements/sip-instructions.md"),
            table,
        )?;
    }
    Ok(())
}

fn table(counts: &[(&str, u64)]) -> String {
    let count = |name: &str| counts.iter().find(|it| it.0 == name).map_or(0, |it| it.1);
    let all = corpus::COUNT as u64;
    let requests = corpus::requests() as u64;
    let (floor, floor_of_requests) = (count("floor"), count("floor of requests"));
    let edited = count("copy and print edited").saturating_sub(count("copy of requests"));
    let mut text = String::from(INTRODUCTION);
    let mut row = |name: &str, pass: u64, messages: u64, floor: u64| {
        let hundredths = pass * 100 / floor.max(1);
        let ratio = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        text += &format!("| {name} | {messages} | {} | {ratio} |\n", pass / messages.max(1));
    };
    for &(name, pass) in counts {
        match name {
            "floor of requests" => row(name, pass, requests, floor_of_requests),
            "copy and print edited" => row("print edited", edited, requests, floor_of_requests),
            "copy of requests" => row(name, pass, requests, floor_of_requests),
            _ => row(name, pass, all, floor),
        }
    }
    text
}

/// The first pass touches memory for the first time, and is in both.
const PASSES: (u64, u64) = (10, 60);

const INTRODUCTION: &str = "\
# Instructions per message

Counted by callgrind over `benches/corpus`, the mean of its messages, allocation included; the same on a busy machine
as on an idle one. The rows of single headers are one accessor with all values read, on a message already split.
Made by `cargo run --release -p centrala-benches --bin callgrind_table -- --write`.

| work | messages | instructions per message | to the floor |
| --- | ---: | ---: | ---: |
";
