//! Random calls on a network that loses, doubles and reorders: both sides end in the same state, and nothing is left.
//!
//! ```text
//! cargo test -p centrala-ua --test it simulation                     a few thousand calls
//! CENTRALA_SIMULATED_CALLS=100000 cargo test --release …             the gate
//! CENTRALA_SIMULATION_REPORT=1 …                                     and writes docs/measurements/ua-simulation.md
//! CENTRALA_SEED=4711 … -- --nocapture                                one call, with its ladder
//! CENTRALA_FIND="not told" … -- --nocapture                           the seeds in which that has happened
//! ```

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use self::{
    histogram::Histogram,
    run::{Played, Run},
};

mod histogram;
mod law;
mod party;
mod run;
mod scene;
mod users;

/// Calls of an ordinary test run.
const CALLS: u64 = 3_000;
/// How many of 100 datagrams are lost, doubled and held back.
const PERCENT: u8 = 20;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Names a seed to who looks for what has happened in it.
#[expect(clippy::print_stdout, reason = "whoever looks for seeds wants to see them")]
fn tell_if_wanted(seed: u64, played: &Played) {
    if let Ok(wanted) = std::env::var("CENTRALA_FIND") {
        let all = played.happenings.iter().chain(&played.endings);
        for what in all.filter(|what| what.contains(&wanted)) {
            println!("CENTRALA_SEED={seed}: {what}");
        }
    }
}

/// Plays the calls of these seeds; tells every seed that has broken a law, with its ladder.
fn simulate(seeds: core::ops::Range<u64>, percent: u8) -> Histogram {
    let mut histogram = Histogram::default();
    let mut broken = BTreeMap::new();
    for seed in seeds {
        match play(seed, percent) {
            Ok(played) => {
                tell_if_wanted(seed, &played);
                histogram.add(&played);
            }
            Err(what) => drop(broken.insert(seed, what)),
        }
        if broken.len() >= 3 {
            break;
        }
    }
    let all: Vec<_> = broken.values().cloned().collect();
    assert!(all.is_empty(), "{}", all.join("\n\n"));
    histogram
}

fn play(seed: u64, percent: u8) -> Result<Played, String> {
    let mut run = Run::new(seed, percent);
    let played = catch_unwind(AssertUnwindSafe(|| run.play()));
    let fault = match played {
        Ok(Ok(played)) => return Ok(played),
        Ok(Err(fault)) => fault,
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "a panic".to_owned(),
        },
    };
    let ladder = run.ladder();
    Err(format!("CENTRALA_SEED={seed} at {percent} %: {fault}\n{ladder}"))
}

/// Both processors, if there are two.
fn simulate_side_by_side(calls: u64) -> Histogram {
    let half = calls / 2;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| simulate(half..calls, PERCENT));
        let mut histogram = simulate(0..half, PERCENT);
        match other.join() {
            Ok(second) => histogram.merge(&second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        histogram
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever asks for a seed wants to see its ladder")]
fn random_calls_on_a_bad_network_end_alike_on_both_sides_and_leave_nothing() {
    if let Some(seed) = variable("CENTRALA_SEED") {
        let mut run = Run::new(seed, PERCENT);
        let played = catch_unwind(AssertUnwindSafe(|| run.play()));
        println!("{}\n{played:?}", run.ladder());
        assert!(matches!(played, Ok(Ok(_))));
        return;
    }
    let calls = variable("CENTRALA_SIMULATED_CALLS").unwrap_or(CALLS);
    let histogram = simulate_side_by_side(calls);
    println!("{histogram}");
    histogram.assert_complete();
    if std::env::var_os("CENTRALA_SIMULATION_REPORT").is_some() {
        histogram.report();
    }
}

#[test]
fn on_a_good_network_nobody_is_lost() {
    let histogram = simulate(0..300, 0);
    histogram.assert_nobody_lost();
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let ladder = |seed| {
        let mut run = Run::new(seed, PERCENT);
        run.play().unwrap();
        run.ladder()
    };
    assert_eq!(ladder(7), ladder(7));
    assert_ne!(ladder(7), ladder(8));
}
