//! The process is killed, as by `kill -9`, at random moments, and what it told is held against what is found on disk.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use centrala_store_locations::FileLocations;
use centrala_testkit::{Dice, OnFailure};

use crate::{
    session::{Oracle, Step, anything, much},
    support::scratch,
};

/// Set in a child: the directory of its store.
const DIR: &str = "STORE_LOCATIONS_KILL_DIR";
/// Set in a child: the seed of its session.
const SEED: &str = "STORE_LOCATIONS_KILL_SEED";
/// How often a process is killed; more than usual, if it is set.
const KILLS: &str = "STORE_LOCATIONS_KILLS";
const USUAL_KILLS: u64 = 40;

fn script(seed: u64) -> Vec<Step> {
    if seed.is_multiple_of(4) { much(10) } else { anything(seed, 60) }
}

#[test]
fn nothing_flushed_is_lost_when_the_process_is_killed() {
    if let Ok(dir) = env::var(DIR) {
        return live(Path::new(&dir), env::var(SEED).unwrap().parse().unwrap());
    }
    let kills = env::var(KILLS).map_or(USUAL_KILLS, |kills| kills.parse().unwrap());
    let mut dice = Dice::new(kills);
    let mut flushed = 0;
    for seed in 0..kills {
        let scratch = scratch("kill");
        let _told = OnFailure::new(format!("session {seed}"));
        let script = script(seed);
        let moment = dice.below(u64::try_from(script.len()).unwrap());
        let done = kill_after(start(scratch.path(), seed), moment, &mut dice);
        // The child may have come further than what it told before it died: by one step that it told too late.
        let mut oracle = Oracle::default();
        for (number, step) in (0..=done).zip(&script) {
            match step {
                Step::Put(record) => oracle.put(record),
                Step::Flush if number < done => oracle.flushed(),
                Step::Flush => {}
            }
        }
        flushed += oracle.flushes;
        let (store, recovery) = FileLocations::open(scratch.path()).unwrap();
        assert_eq!(recovery.damaged, 0);
        oracle.check(&store);
    }
    assert!(flushed > 40, "only {flushed} flushes were done");
}

/// The life of a child: tells of each step that is done.
fn live(dir: &Path, seed: u64) {
    let (mut store, _) = FileLocations::open(dir).unwrap();
    let mut oracle = Oracle::default();
    for step in script(seed) {
        oracle.step(&mut store, &step);
        // Past the test harness, which would keep it to itself.
        io::stdout().write_all(format!("\n{DONE}\n").as_bytes()).unwrap();
    }
}

const DONE: &str = "@done";

/// Starts this test in a process of its own.
fn start(dir: &Path, seed: u64) -> Child {
    let name = "kill::nothing_flushed_is_lost_when_the_process_is_killed";
    Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .env(SEED, seed.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a child some time after it has done so many steps; returns how many it has told.
fn kill_after(mut child: Child, moment: u64, dice: &mut Dice) -> u64 {
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut done = 0;
    for line in output.lines() {
        if line.unwrap() != DONE {
            continue;
        }
        done += 1;
        if done == moment {
            (0..dice.below(400)).for_each(|_| thread::yield_now());
            child.kill().unwrap();
        }
    }
    // It may have come to its end already.
    let _ = child.kill();
    child.wait().unwrap();
    done
}
