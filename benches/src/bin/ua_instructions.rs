//! Does whole calls or registrations so many times, for `valgrind --tool=callgrind`: two runs with different numbers
//! differ by the work alone.
//!
//! `ua_instructions call|register TIMES`

#![expect(clippy::print_stdout, reason = "it answers on a terminal")]

use std::{env, process::ExitCode};

use centrala_benches::exchange::Exchange;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [what, times] = arguments[..] else { return usage() };
    let Ok(times) = times.parse::<u64>() else { return usage() };
    let mut exchange = Exchange::new();
    let octets: usize = match what {
        "call" => (0..times).map(|_| exchange.call()).sum(),
        "register" => (0..times).map(|_| exchange.register()).sum(),
        "stay" => (0..times).map(|_| exchange.call_and_stay()).count(),
        _ => return usage(),
    };
    println!("{octets} octets sent, {} transactions alive", exchange.transactions());
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    println!("usage: ua_instructions call|register|stay TIMES");
    ExitCode::from(2)
}
