//! Random calls on a network that loses, doubles and reorders.

use std::collections::BTreeMap;

use centrala_keys::Key;
use centrala_sip::StatusCode;
use centrala_testkit::{Dice, NetworkConfig};
use centrala_ua::{Algorithm, CallId, Credentials, EndCause, Event, Rejection};
use core::time::Duration;

use crate::world::{ALICE, ANSWER, OFFICE, World, body, call, office, password, phone};

/// What one side saw of a call.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Answered or Confirmed was told.
    connected: bool,
    keys: Vec<Key>,
    end: Option<EndCause>,
}

/// One call between a phone and the office, with everything that its users do at random.
struct Run {
    world: World,
    dice: Dice,
    caller: CallId,
    callee: Option<CallId>,
    seen: BTreeMap<&'static str, Seen>,
    sent_keys: Vec<Key>,
}

/// What the histogram counts.
fn outcome(caller: &Seen, callee: Option<&Seen>) -> &'static str {
    match (caller.end.as_ref().unwrap(), caller.connected, callee.map(|seen| seen.end.as_ref())) {
        (_, true, None) => "connected to nobody",
        (EndCause::HungUp, true, Some(Some(EndCause::HungUp))) => "crossing BYE",
        (EndCause::HungUp, true, _) => "answered, the caller hung up",
        (EndCause::RemoteHungUp, true, _) => "answered, the callee hung up",
        (EndCause::HungUp, false, Some(Some(EndCause::Cancelled))) => "cancelled",
        (EndCause::HungUp, false, Some(Some(EndCause::RemoteHungUp))) => "answer crossed CANCEL",
        (EndCause::HungUp, false, Some(_)) => "given up as the callee decided",
        (EndCause::HungUp, false, None) => "given up unheard",
        (EndCause::Rejected(_), ..) => "rejected",
        (EndCause::TimedOut, ..) => "timed out",
        (EndCause::Lost, ..) => "lost",
        _ => "other",
    }
}

impl Run {
    fn new(seed: u64, config: NetworkConfig) -> Self {
        let mut world = World::new(config, seed);
        world.add("alice", ALICE, phone(ALICE));
        world.add("office", OFFICE, office(&["alice"], Algorithm::Md5));
        let mut outgoing = call("alice", "500", OFFICE);
        outgoing.credentials = Some(Credentials::new("alice", password("alice")));
        let caller = world.at(ALICE, |phone, now| phone.invite(outgoing, now)).unwrap();
        let dice = Dice::new(seed ^ 0x5eed);
        Self { world, dice, caller, callee: None, seen: BTreeMap::new(), sent_keys: Vec::new() }
    }

    /// Plays the call to its end. The users act each few hundred milliseconds.
    fn play(&mut self) -> &'static str {
        let limit = Duration::from_secs(2 + self.dice.below(20));
        while self.world.now().since_start() < limit {
            let pause = Duration::from_millis(self.dice.below(700));
            self.world.run_for(pause);
            self.listen();
            self.act();
        }
        // Whoever still can, ends it.
        let caller = self.caller;
        self.world.at(ALICE, |phone, now| phone.hang_up(caller, now));
        if self.dice.chance(50)
            && let Some(callee) = self.callee
        {
            self.world.at(OFFICE, |office, now| office.hang_up(callee, now));
        }
        self.world.run_to_rest();
        self.listen();
        // A callee whom no CANCEL has reached rings until its user decides.
        if let Some(callee) = self.callee {
            self.world.at(OFFICE, |office, now| office.hang_up(callee, now));
        }
        self.world.run_to_rest();
        self.listen();
        self.check()
    }

    fn listen(&mut self) {
        for (address, event) in self.world.events() {
            let name = if address == ALICE.parse().unwrap() { "caller" } else { "callee" };
            let seen = self.seen.entry(name).or_default();
            match event {
                Event::Incoming(incoming) => {
                    assert_eq!(self.callee.replace(incoming.call), None, "a call comes in once");
                }
                Event::Answered { .. } | Event::Confirmed { .. } => {
                    assert!(!core::mem::replace(&mut seen.connected, true), "connected once");
                    assert_eq!(seen.end, None);
                }
                Event::Ended { cause, .. } => {
                    assert_eq!(seen.end.replace(cause), None, "{name} ended twice");
                }
                Event::Key { key, .. } => seen.keys.push(key),
                other => assert!(seen.end.is_none(), "{other:?} after the end"),
            }
        }
    }

    fn act(&mut self) {
        let caller = self.caller;
        match self.dice.below(20) {
            0 => self.world.at(ALICE, |phone, now| phone.hang_up(caller, now)),
            1 => self.world.at(ALICE, |phone, now| phone.reoffer(caller, body(b"v=0 a"), now)),
            2 => {
                let key = Key::ALL[usize::try_from(self.dice.below(16)).unwrap()];
                self.sent_keys.push(key);
                let duration = Duration::from_millis(100);
                self.world.at(ALICE, |phone, now| phone.send_key(caller, key, duration, now));
            }
            3 => self.world.at(ALICE, |phone, now| phone.answer(caller, body(ANSWER), now)),
            _ => {}
        }
        let Some(callee) = self.callee else { return };
        match self.dice.below(20) {
            0..4 => self.world.at(OFFICE, |office, now| office.ring(callee, None, now)),
            4..9 => self.world.at(OFFICE, |office, now| office.answer(callee, body(ANSWER), now)),
            9 => {
                let busy = Rejection::new(StatusCode::BUSY_HERE);
                self.world.at(OFFICE, |office, now| office.reject(callee, &busy, now));
            }
            10 => self.world.at(OFFICE, |office, now| office.reoffer(callee, body(b"v=0 b"), now)),
            11 => self.world.at(OFFICE, |office, now| office.hang_up(callee, now)),
            _ => {}
        }
    }

    /// Both sides agree, and nothing is left.
    fn check(&self) -> &'static str {
        self.world.assert_empty();
        let caller = &self.seen["caller"];
        assert!(caller.end.is_some(), "the caller's call has no end");
        let callee = self.callee.map(|_| &self.seen["callee"]);
        if let Some(callee) = callee {
            assert!(callee.end.is_some(), "the callee's call has no end: {caller:?} {callee:?}");
            let hung_up_early = caller.end == Some(EndCause::HungUp);
            if callee.connected {
                assert!(caller.connected || hung_up_early, "{caller:?} {callee:?}");
            }
            if matches!(callee.end, Some(EndCause::Cancelled)) {
                assert!(!caller.connected && hung_up_early, "{caller:?} {callee:?}");
            }
            let in_order = is_subsequence(&callee.keys, &self.sent_keys);
            assert!(in_order, "{:?} of {:?}", callee.keys, self.sent_keys);
        }
        outcome(caller, callee)
    }
}

fn is_subsequence(part: &[Key], whole: &[Key]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|key| rest.any(|other| other == key))
}

fn simulate(seeds: core::ops::Range<u64>, percent: u8) -> BTreeMap<&'static str, u32> {
    let mut histogram = BTreeMap::new();
    for seed in seeds {
        let mut run = Run::new(seed, NetworkConfig::lossy(percent));
        let outcome = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| run.play()));
        let outcome = outcome
            .unwrap_or_else(|_| panic!("seed {seed} at {percent} %:\n{}", run.world.take_ladder()));
        *histogram.entry(outcome).or_default() += 1;
    }
    histogram
}

#[test]
fn random_calls_on_a_bad_network_end_alike_on_both_sides_and_leave_nothing() {
    let calls = std::env::var("CENTRALA_SIMULATED_CALLS").ok().and_then(|text| text.parse().ok());
    let histogram = simulate(0..calls.unwrap_or(1_500), 20);
    for expected in [
        "answered, the caller hung up",
        "answered, the callee hung up",
        "cancelled",
        "rejected",
        "crossing BYE",
        "answer crossed CANCEL",
    ] {
        assert!(histogram.contains_key(expected), "{expected} never happened: {histogram:?}");
    }
    assert!(!histogram.contains_key("connected to nobody"), "{histogram:?}");
    assert!(!histogram.contains_key("other"), "{histogram:?}");
}

#[test]
fn on_a_good_network_nothing_is_lost() {
    let histogram = simulate(0..200, 0);
    for never in ["timed out", "lost", "other", "connected to nobody"] {
        assert!(!histogram.contains_key(never), "{histogram:?}");
    }
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let ladder = |seed| {
        let mut run = Run::new(seed, NetworkConfig::lossy(20));
        run.play();
        run.world.take_ladder()
    };
    assert_eq!(ladder(7), ladder(7));
    assert_ne!(ladder(7), ladder(8));
}
