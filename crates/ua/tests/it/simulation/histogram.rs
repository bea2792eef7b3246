//! How the calls have ended, and what has happened in them.

use std::{collections::BTreeMap, fmt};

use centrala_ua::EndCause;

use super::{
    law::Attempt,
    party::Party,
    run::{ENDED_BY_ITSELF, Played, SENT_HOME},
};

/// How the calls have ended, and what has happened in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    runs: u64,
    messages: u64,
    scenes: BTreeMap<String, u64>,
    endings: BTreeMap<&'static str, u64>,
    happenings: BTreeMap<&'static str, u64>,
}

/// Every way to end that an ordinary run must have met.
const ENDINGS: [&str; 9] = [
    "given up, as the callee refused at once",
    "answered, the caller hung up",
    "answered, the callee hung up",
    "answered, both hung up at once: crossing BYE",
    "given up: cancelled",
    "given up: the answer crossed the CANCEL",
    "given up before anybody heard of it",
    "refused by the callee",
    "redirected",
];

/// Those that only happen when a way is cut, or once in thousands.
const RARE_ENDINGS: [&str; 5] = [
    "answered, then lost",
    "lost before the answer",
    "timed out: nothing came back",
    "no response: a proxy has given up",
    "never acknowledged",
];

const HAPPENINGS: [&str; 23] = [
    "UPDATE",
    "UPDATE given up",
    "several early dialogs",
    "several have answered: the surplus was told BYE",
    "challenged by a proxy",
    "challenged by the callee",
    "redirected and called again",
    "early media",
    "offer in the 200, answer in the ACK",
    "new session accepted",
    "new session refused",
    "hold",
    "offers crossed: glare (491)",
    "offer dropped after a glare",
    "came at a bad time (500)",
    "UPDATE not answered in time (504)",
    "offer withdrawn",
    "offer withdrawn in time",
    "keys by INFO",
    "looked at while it stood",
    "connection broken",
    "cut off",
    "a user who decided nothing",
];

const RARE_HAPPENINGS: [&str; 2] =
    ["one early dialog of several has ended", "offer overtaken by a later request (500)"];

impl Histogram {
    pub(super) fn add(&mut self, played: &Played) {
        self.runs += 1;
        self.messages += played.messages;
        *self.scenes.entry(format!("{:?}", played.scene)).or_default() += 1;
        for ending in &played.endings {
            *self.endings.entry(ending).or_default() += 1;
        }
        for happening in &played.happenings {
            *self.happenings.entry(happening).or_default() += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.messages += other.messages;
        for (scene, count) in &other.scenes {
            *self.scenes.entry(scene.clone()).or_default() += count;
        }
        for (ending, count) in &other.endings {
            *self.endings.entry(ending).or_default() += count;
        }
        for (happening, count) in &other.happenings {
            *self.happenings.entry(happening).or_default() += count;
        }
    }

    /// Nothing that is to be met is missing; the exceptions are few.
    pub(super) fn assert_complete(&self) {
        for expected in ENDINGS {
            assert!(self.endings.contains_key(expected), "{expected} never happened:\n{self}");
        }
        for expected in HAPPENINGS {
            assert!(self.happenings.contains_key(expected), "{expected} never happened:\n{self}");
        }
        if self.runs >= 20_000 {
            for expected in RARE_ENDINGS {
                assert!(self.endings.contains_key(expected), "{expected} never happened:\n{self}");
            }
            for expected in RARE_HAPPENINGS {
                assert!(
                    self.happenings.contains_key(expected),
                    "{expected} never happened:\n{self}"
                );
            }
        }
        let failed: u64 =
            ["answered, then lost", "timed out: nothing came back", "never acknowledged"]
                .iter()
                .filter_map(|ending| self.endings.get(ending))
                .sum();
        assert!(failed * 25 < self.runs, "{failed} of {} calls were lost:\n{self}", self.runs);
        let count = |what| self.happenings.get(what).copied().unwrap_or_default();
        let (ended, stood) = (count(ENDED_BY_ITSELF), count("looked at while it stood"));
        assert!(ended * 100 <= stood, "{ended} of {stood} calls have ended by themselves:\n{self}");
        let sent_home = count(SENT_HOME);
        assert!(sent_home * 500 <= self.runs, "{sent_home} were not told the end:\n{self}");
        let unknown: Vec<_> = self
            .endings
            .keys()
            .filter(|ending| !ENDINGS.contains(ending) && !RARE_ENDINGS.contains(ending))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}:\n{self}");
    }

    /// On a network that loses nothing, a call only fails where it was cut.
    pub(super) fn assert_nobody_lost(&self) {
        let cut = self.happenings.get("cut off").copied().unwrap_or_default();
        let failed: u64 =
            ["answered, then lost", "timed out: nothing came back", "never acknowledged"]
                .iter()
                .filter_map(|ending| self.endings.get(ending))
                .sum();
        assert!(failed <= cut, "{self}");
    }

    /// Keeps the histogram beside the other measurements.
    pub(super) fn report(&self) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/measurements/ua-simulation.md");
        let head = "# Simulated calls\n\nWritten by `CENTRALA_SIMULATED_CALLS=100000 CENTRALA_SIMULATION_REPORT=1 cargo test --release\n\
                    -p centrala-ua --test it random_calls`; the laws are in `crates/ua/tests/it/simulation/law.rs`. 20 % of the\n\
                    datagrams are lost, 20 % come twice, 20 % are held back for up to 0.9 s; every delay is between 5 and 60 ms. A call\n\
                    is a seed: `CENTRALA_SEED=n` plays one again, and shows its messages. Every one of these ended in the same state at\n\
                    both sides and left no call and no transaction anywhere.\n\n";
        std::fs::write(path, format!("{head}{self}")).unwrap();
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_call = self.messages / self.runs.max(1);
        writeln!(
            f,
            "Seeds 0 to {}, {} messages, {per_call} in each.",
            self.runs.saturating_sub(1),
            self.messages
        )?;
        writeln!(f, "\n| where | calls |\n| --- | ---: |")?;
        for (scene, count) in &self.scenes {
            writeln!(f, "| {scene} | {count} |")?;
        }
        writeln!(f, "\n| how they ended | INVITEs |\n| --- | ---: |")?;
        for (ending, count) in &self.endings {
            writeln!(f, "| {ending} | {count} |")?;
        }
        writeln!(f, "\n| what happened at least once | calls |\n| --- | ---: |")?;
        for (happening, count) in &self.happenings {
            writeln!(f, "| {happening} | {count} |")?;
        }
        Ok(())
    }
}

impl Attempt {
    /// How it has ended, for the histogram.
    pub(super) fn ending(&self) -> &'static str {
        let caller = &self.caller;
        if let (true, Some(partner)) = (caller.is_connected, self.partner()) {
            return match (caller.end.as_ref(), partner.end.as_ref()) {
                (_, Some(EndCause::NotAcknowledged)) => "never acknowledged",
                (Some(EndCause::HungUp), Some(EndCause::RemoteHungUp)) => {
                    "answered, the caller hung up"
                }
                (Some(EndCause::RemoteHungUp), _) => "answered, the callee hung up",
                (Some(EndCause::HungUp), Some(EndCause::HungUp)) => {
                    "answered, both hung up at once: crossing BYE"
                }
                _ => "answered, then lost",
            };
        }
        let somebody = |which: fn(&Party) -> bool| self.callees.iter().any(which);
        match caller.end.as_ref() {
            Some(EndCause::HungUp) if somebody(|one| one.has_answered) => {
                "given up: the answer crossed the CANCEL"
            }
            Some(EndCause::HungUp) if somebody(|one| one.end == Some(EndCause::Cancelled)) => {
                "given up: cancelled"
            }
            Some(EndCause::HungUp) if somebody(|one| one.call.is_some()) => {
                "given up, as the callee refused at once"
            }
            Some(EndCause::HungUp) => "given up before anybody heard of it",
            Some(EndCause::Rejected(rejected)) => match rejected.status.as_u16() {
                300..400 => "redirected",
                480 if !somebody(|one| one.hangs_up) => "no response: a proxy has given up",
                _ => "refused by the callee",
            },
            Some(EndCause::TimedOut) => "timed out: nothing came back",
            _ => "lost before the answer",
        }
    }

    /// What else has happened.
    pub(super) fn happenings(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        let vain =
            |one: &Party| one.has_answered && self.caller.partner.as_ref() != Some(&one.name);
        if self.caller.is_connected && self.callees.iter().any(vain) {
            all.push("several have answered: the surplus was told BYE");
        }
        if self.callees.iter().any(|one| one.call.is_some() && one.is_absent) {
            all.push("a user who decided nothing");
        }
        all
    }
}
