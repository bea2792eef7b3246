//! Days of calls by chance, replayable by seed: every caller arrives, and every step that any of
//! them takes is an edge of the routing graph.

use std::collections::{BTreeMap, BTreeSet};

use centrala_keys::Key;
use centrala_office::{
    Office,
    routing::{self, Context, NotTaken, Outcome, Place, outcomes},
};
use centrala_switch::{Cause, Ending, JourneyEvent, JourneyId, JourneyStep, Origin};
use centrala_testkit::company::{AfterMessage, Health, Phone, Script, Shell, millis, secs};

use crate::office::acme;

/// Chance by a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.throw() % sides
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        let sides = u64::try_from(choices.len()).unwrap();
        choices[usize::try_from(self.below(sides)).unwrap()].clone()
    }
}

fn phone(dice: &mut Dice) -> Phone {
    let (after, talks) = (millis(500 + dice.below(14_000)), secs(1 + dice.below(300)));
    let fails = |cause| Phone::Fails { after, cause };
    let answers = Phone::Answers { after, talks };
    dice.one_of(&[
        answers,
        answers,
        answers,
        Phone::Ignores,
        Phone::Ignores,
        Phone::Crosses,
        Phone::BUSY,
        Phone::UNREGISTERED,
        Phone::UNREGISTERED,
        fails(Cause::Declined),
        fails(Cause::NoAnswer),
        fails(Cause::Gone),
    ])
}

fn script(dice: &mut Dice) -> Script {
    let trunk = || Origin::Trunk("telco".to_owned());
    let phone = |user: &str| Origin::Phone(user.to_owned());
    let (from, called) = dice.one_of(&[
        (trunk(), "+15550100"),
        (trunk(), "+15550100"),
        (trunk(), "+15550100"),
        (trunk(), "+15550101"),
        (trunk(), "+15550102"),
        (trunk(), "+15559999"),
        (phone("102"), "101"),
        (phone("101"), "0"),
        (phone("103"), "777"),
        (phone("nobody"), "101"),
    ]);
    let mut script = Script { from, ..Script::outside(called) };
    for _ in 0..dice.below(5) {
        let keys =
            ["0", "1", "1", "2", "5", "7", "7", "*", "9", "101", "102", "199", "1#", "21", "2*"];
        let keys = dice.one_of(&keys);
        script = script.presses(millis(dice.below(50_000)), keys);
    }
    script.speaks = millis(dice.below(4_000) * dice.below(2));
    let pound = AfterMessage::Presses(Key::Pound);
    script.then = dice.one_of(&[AfterMessage::HangsUp, pound, AfterMessage::Waits]);
    script.talks = secs(1 + dice.below(300));
    let patience = millis(dice.below(120_000));
    script.patience = dice.one_of(&[None, Some(patience)]);
    script
}

/// Lets so many calls happen, a few of them at the same time.
fn simulate(seed: u64, calls: u64) -> Shell {
    let mut dice = Dice(seed);
    let mut shell = Shell::new(acme());
    let healths =
        [[Health::Good; 6].as_slice(), &[Health::Full, Health::Broken, Health::Mute]].concat();
    for _ in 0..calls {
        let user = dice.one_of(&["101", "102", "103", "110"]);
        shell.phones.insert(user.to_owned(), phone(&mut dice));
        if dice.below(20) == 0 {
            shell.store.health = dice.one_of(&healths);
        }
        shell.call(script(&mut dice));
        shell.run_for(millis(dice.below(60_000)));
        let legs = shell.legs();
        if dice.below(10) == 0 && !legs.is_empty() {
            shell.hang_up(dice.one_of(&legs)); // it vanishes
        }
    }
    shell.run();
    shell
}

/// Walks the events of all journeys along the routing graph, and checks how each of them ends.
struct Walker<'a> {
    office: &'a Office,
    at: BTreeMap<JourneyId, (Place, Context)>,
    came_from: BTreeMap<JourneyId, Place>,
    edges: BTreeSet<(Place, Outcome)>,
    met: BTreeMap<String, usize>,
}

impl<'a> Walker<'a> {
    fn walk(office: &'a Office, events: &[JourneyEvent]) -> Self {
        let (at, came_from) = (BTreeMap::new(), BTreeMap::new());
        let (edges, met) = (BTreeSet::new(), BTreeMap::new());
        let mut walker = Self { office, at, came_from, edges, met };
        for event in events {
            walker.step(event);
        }
        assert!(walker.at.is_empty(), "journeys without an end: {:?}", walker.at);
        walker
    }

    fn step(&mut self, event: &JourneyEvent) {
        let JourneyEvent { journey, step, .. } = event;
        match step {
            JourneyStep::Began { place, .. } => {
                let context = Context::new(self.office, place);
                assert_eq!(self.at.insert(*journey, (*place, context)), None, "{journey:?}");
            }
            JourneyStep::Moved { outcome, place } => {
                let (before, context) = self.at[journey];
                let possible = outcomes(self.office, &before);
                assert!(possible.contains(outcome), "{outcome:?} is no edge of {before:?}");
                let next = routing::next(self.office, &before, outcome, &context);
                assert_eq!(*place, next, "{before:?} after {outcome:?}");
                self.at.insert(*journey, (next, context.after(outcome, &next)));
                self.came_from.insert(*journey, before);
                self.edges.insert((before, outcome.clone()));
                *self.met.entry(outcome.to_string()).or_default() += 1;
            }
            JourneyStep::Ended { place, ending } => {
                let (at, _) = self.at.remove(journey).unwrap();
                assert_eq!(at, *place);
                self.check_end(*journey, at, *ending);
                *self.met.entry(format!("{ending:?}")).or_default() += 1;
            }
            other => panic!("unknown step {other:?}"),
        }
    }

    /// A person, a mailbox, an announcement, or the caller's own hang-up: nothing else ends a call.
    fn check_end(&self, journey: JourneyId, at: Place, ending: Ending) {
        let before = self.came_from.get(&journey);
        match ending {
            Ending::CallerHungUp => {}
            Ending::CalledHungUp => assert!(matches!(at, Place::Talking(_)), "{at:?}"),
            Ending::Done => {
                assert_eq!(at, Place::Over);
                let firm = matches!(before, Some(Place::Mailbox { .. } | Place::Apology));
                assert!(firm, "{journey:?} ended after {before:?}");
            }
            Ending::Refused => assert!(before.is_none() && matches!(at, Place::Refused(_))),
            other => panic!("{journey:?} ended by {other:?}"),
        }
    }
}

#[test]
fn every_caller_of_ten_thousand_arrives() {
    let calls = 10_000;
    let shell = simulate(2_026, calls);
    assert!(shell.exchange.is_idle(), "{:#?}", shell.exchange);
    assert_eq!(shell.exchange.poll_timeout(), None);
    assert!(shell.legs().is_empty(), "legs are left: {:?}", shell.legs());
    shell.assert_nothing_lost();

    let office = acme();
    let walker = Walker::walk(&office, &shell.events);
    println!("{calls} calls in {} of virtual time: {:#?}", shell.now, walker.met);
    println!("{} edges met, {} orders given", walker.edges.len(), shell.outputs.len());
    let ended = ["CallerHungUp", "CalledHungUp", "Done", "Refused"];
    let all: usize = ended.iter().map(|ending| walker.met[*ending]).sum();
    assert_eq!(all, usize::try_from(calls).unwrap());
    let named = [
        Outcome::Busy,
        Outcome::NoAnswer,
        Outcome::NotRegistered,
        Outcome::Declined,
        Outcome::Operator,
        Outcome::Finished,
        Outcome::MessageKept,
        Outcome::NothingSaid,
        Outcome::NotTaken(NotTaken::Full),
        Outcome::NotTaken(NotTaken::Failed),
    ];
    let named = named.map(|outcome| outcome.to_string());
    let others = ["answered", "chosen from the menu", "dialled an extension", "pressed nothing"];
    for outcome in named.iter().map(String::as_str).chain(others).chain(["pressed wrong keys"]) {
        let times = walker.met.get(outcome).copied().unwrap_or(0);
        assert!(times >= 10, "{outcome:?} happened {times} times");
    }
}

#[test]
fn the_same_seed_gives_the_same_calls_to_the_last_order() {
    let (left, right) = (simulate(7, 200), simulate(7, 200));
    assert!(left.outputs.len() > 2_000);
    assert_eq!(left.outputs, right.outputs);
    assert_ne!(left.outputs, simulate(8, 200).outputs);
}
