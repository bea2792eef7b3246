//! Does one piece of work so many times, for `valgrind --tool=callgrind`: two runs with different numbers of passes
//! differ by the work alone.
//!
//! `sip_instructions PIECE PASSES`, or without arguments a list of the pieces.

#![expect(clippy::print_stdout, reason = "it answers on a terminal")]

use std::{env, process::ExitCode};

use centrala_benches::{PIECES, corpus, piece};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(name) = arguments.next() else {
        println!("{}", PIECES.join("\n"));
        return ExitCode::SUCCESS;
    };
    let passes = arguments.next().and_then(|it| it.parse().ok());
    match passes.and_then(|passes| piece(&name, &corpus::datagrams(), passes)) {
        Some(sum) => {
            println!("{name}: {sum}");
            ExitCode::SUCCESS
        }
        None => {
            println!("usage: sip_instructions PIECE PASSES");
            ExitCode::from(2)
        }
    }
}
