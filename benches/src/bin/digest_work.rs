//! Shows that a user who exists cannot be told from one who does not by the work of refusing a wrong password.
//!
//! `digest_work` runs itself in `valgrind --tool=callgrind` for several users, prints the instructions of a pair of
//! REGISTER for each, and fails if existing and missing ones lie more than two percent apart.
//! `digest_work USER TIMES` does the work.

#![expect(clippy::print_stdout, reason = "it answers on a terminal")]

use std::{env, path::PathBuf, process::ExitCode};

use centrala_benches::{
    callgrind::{CountError, per_repetition},
    exchange::Exchange,
};

/// Users of the exchange, at both ends and in the middle of its order.
const EXISTING: [&str; 4] = ["u0000", "u0123", "u0250", "u0499"];
/// Names that it does not know, as long as those: before them, between them, behind them.
const MISSING: [&str; 4] = ["a0000", "u012x", "u0500", "z0000"];
/// Repetitions whose difference is measured.
const TIMES: (u64, u64) = (50, 250);
/// How far apart the means may lie, in parts of a hundred.
const ALLOWED: u64 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(),
        [user, times] => match times.parse() {
            Ok(times) => work(user, times),
            Err(_) => usage(),
        },
        _ => usage(),
    }
}

fn work(user: &str, times: u64) -> ExitCode {
    let mut exchange = Exchange::new();
    let octets: usize = (0..times).map(|_| exchange.guess(user)).sum();
    println!("{octets} octets sent");
    ExitCode::SUCCESS
}

fn compare() -> ExitCode {
    match env::current_exe().map_err(|_| CountError::NoCount).and_then(|it| table(&it)) {
        Ok([existing, missing]) => {
            let apart = existing.abs_diff(missing);
            println!("mean of existing users {existing}, of missing ones {missing}: {apart} apart");
            let is_alike = apart * 100 <= existing.max(missing) * ALLOWED;
            if is_alike { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Prints the instructions for each user, and returns the means.
fn table(program: &PathBuf) -> Result<[u64; 2], CountError> {
    let mut means = [0; 2];
    let groups = [("existing", EXISTING), ("missing", MISSING)];
    for (mean, (group, users)) in means.iter_mut().zip(groups) {
        for user in users {
            let count = per_repetition(program, &[user], TIMES)?;
            println!("{group} {user}: {count} instructions for two REGISTER");
            *mean += count / 4;
        }
    }
    Ok(means)
}

fn usage() -> ExitCode {
    println!("usage: digest_work [USER TIMES]");
    ExitCode::from(2)
}
