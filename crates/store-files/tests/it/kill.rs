//! The process is killed, as by `kill -9`, at random moments, and its answers are held against what
//! is found on disk.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use centrala_store_files::{FileStore, FileStoreConfig};
use centrala_testkit::{Dice, OnFailure};
use centrala_voicemail::{
    Answer, MemoryStore, MessageStore, Request, RequestId, StoreError, StoreLimits,
};

use crate::{
    oracle::{Oracle, Step, Store, anything},
    support::scratch,
};

/// Set in a child: the directory of its store.
const DIR: &str = "STORE_FILES_KILL_DIR";
/// Set in a child: the seed of its session; not set if it is to open the store, and no more.
const SEED: &str = "STORE_FILES_KILL_SEED";
/// How often a process is killed; more than usual, if it is set.
const KILLS: &str = "STORE_FILES_KILLS";
const USUAL_KILLS: u64 = 60;

/// How many steps a session has.
const STEPS: usize = 60;

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    if let Ok(dir) = env::var(DIR) {
        return live(Path::new(&dir), env::var(SEED).ok().map(|seed| seed.parse().unwrap()));
    }
    let kills = env::var(KILLS).map_or(USUAL_KILLS, |kills| kills.parse().unwrap());
    let mut dice = Dice::new(kills);
    let (mut midway, mut done) = (0, 0);
    for seed in 0..kills {
        let scratch = scratch("kill");
        let _told = OnFailure::new(format!("session {seed}"));
        let script = anything(seed, STEPS);
        let moment = usize::try_from(dice.below(u64::try_from(2 * STEPS).unwrap())).unwrap();
        let lines = kill_after(start(scratch.path(), Some(seed)), moment, &mut dice);
        midway += usize::from(lines % 2 == 1);
        done += lines / 2;
        if dice.chance(50) {
            // Recovery may be killed as well.
            kill_after(start(scratch.path(), None), 0, &mut dice);
        }
        let oracle = promised(&script, lines);
        let opened = FileStore::open(scratch.path(), FileStoreConfig::default());
        let (mut store, recovery) = opened.expect("what a killed process leaves can be opened");
        assert_eq!(recovery.damaged, Vec::<std::path::PathBuf>::new());
        oracle.check(&mut store);
    }
    let kills = usize::try_from(kills).unwrap();
    assert!(midway * 4 > kills, "only {midway} of {kills} processes were killed in mid-step");
    assert!(done > kills * 10, "only {done} steps were done");
}

/// The life of a child: tells when it begins each step, and when the step is acknowledged.
fn live(dir: &Path, seed: Option<u64>) {
    let (mut store, _) = FileStore::open(dir, FileStoreConfig::default()).unwrap();
    let Some(seed) = seed else { return };
    let mut oracle = Oracle::default();
    let tell = |what: &str| {
        // Past the test harness, which would keep it to itself.
        io::stdout().write_all(format!("\n{what}\n").as_bytes()).unwrap();
    };
    for step in anything(seed, STEPS) {
        tell(BEGUN);
        oracle.step(&mut store, step);
        tell(DONE);
    }
}

const BEGUN: &str = "@begun";
const DONE: &str = "@done";

/// Starts this test in a process of its own.
fn start(dir: &Path, seed: Option<u64>) -> Child {
    let name = "kill::nothing_acknowledged_is_lost_when_the_process_is_killed";
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(DIR, dir);
    if let Some(seed) = seed {
        command.env(SEED, seed.to_string());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a child some time after it has told so many things; returns how many it has told.
fn kill_after(mut child: Child, moment: usize, dice: &mut Dice) -> usize {
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut told = 0;
    for line in output.lines() {
        let line = line.unwrap();
        if line != BEGUN && line != DONE {
            continue;
        }
        assert_eq!(line == BEGUN, told % 2 == 0, "each step is begun, then done");
        told += 1;
        if told == moment {
            (0..dice.below(400)).for_each(|_| thread::yield_now());
            child.kill().unwrap();
        }
    }
    if moment == 0 {
        (0..dice.below(2_000)).for_each(|_| thread::yield_now());
        // It may have come to its end already.
        let _ = child.kill();
    }
    child.wait().unwrap();
    told
}

/// Returns what must be there after a child has told so many things.
fn promised(script: &[Step], lines: usize) -> Oracle {
    let mut oracle = Oracle::default();
    // It answers as the other one did: the session is the same, and so are the numbers.
    let mut reference = MemoryStore::new(StoreLimits::default());
    let mut steps = script.iter();
    steps.by_ref().take(lines / 2).for_each(|step| oracle.step(&mut reference, *step));
    if let Some(step) = steps.next().filter(|_| lines % 2 == 1) {
        oracle.step(&mut Killed::default(), *step);
    }
    oracle
}

/// A store that was asked something and did not live to answer.
#[derive(Default)]
struct Killed(Option<RequestId>);

impl Store for Killed {
    fn sync(&mut self) -> Result<(), StoreError> {
        Err(StoreError::Medium(io::ErrorKind::BrokenPipe))
    }
}

/// What is in memory is as durable as it gets.
impl Store for MemoryStore {
    fn sync(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl MessageStore for Killed {
    fn submit(&mut self, id: RequestId, _request: Request) {
        self.0 = Some(id);
    }

    fn poll_answer(&mut self) -> Option<(RequestId, Answer)> {
        let failed = StoreError::Medium(io::ErrorKind::BrokenPipe);
        self.0.take().map(|id| (id, Answer::Failed(failed)))
    }
}
