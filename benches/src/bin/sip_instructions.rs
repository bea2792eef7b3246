//! Does one piece of work so many times, for `valgrind --tool=callgrind`: two runs with different numbers of passes
//! differ by the work alone.
//!
//! `sip_instructions PIECE PASSES`, or without arguments a list of the pieces;
//! `sip_instructions hostile SHAPE OCTETS default|wide PASSES` parses a hostile input.

#![expect(clippy::print_stdout, reason = "it answers on a terminal")]

use std::{env, process::ExitCode};

use centrala_benches::{PIECES, corpus, hostile, piece};
use centrala_sip::Limits;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments.as_slice() {
        [] => Some(PIECES.join("\n")),
        [name, passes] => run(name, passes),
        ["hostile", shape, octets, limits, passes] => hostile(shape, octets, limits, passes),
        _ => None,
    };
    match answer {
        Some(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        None => {
            println!("usage: sip_instructions PIECE PASSES");
            ExitCode::from(2)
        }
    }
}

fn run(name: &str, passes: &str) -> Option<String> {
    piece(name, &corpus::datagrams(), passes.parse().ok()?).map(|sum| sum.to_string())
}

fn hostile(shape: &str, octets: &str, limits: &str, passes: &str) -> Option<String> {
    let shape = hostile::SHAPES.into_iter().find(|it| it.name == shape)?;
    let limits = if limits == "wide" { hostile::wide() } else { Limits::default() };
    let input = shape.make(octets.parse().ok()?);
    let passes: u64 = passes.parse().ok()?;
    (0..passes).map(|_| shape.parse(&input, &limits)).last().map(|outcome| format!("{outcome:?}"))
}
