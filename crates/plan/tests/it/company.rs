//! Companies in virtual time, their callers by chance, and what of the proof they met.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use centrala_keys::Key;
use centrala_office::{Office, routing::Place};
use centrala_plan::{CallGraph, Node, Taken};
use centrala_switch::{Cause, Ending, JourneyEvent, JourneyId, JourneyStep, Origin};
use centrala_testkit::{
    Dice,
    company::{AfterMessage, Health, Phone, Script, Shell, millis, secs},
};

fn one_of<T: Clone>(dice: &mut Dice, choices: &[T]) -> T {
    let at = dice.below(u64::try_from(choices.len()).unwrap());
    choices[usize::try_from(at).unwrap()].clone()
}

fn phone(dice: &mut Dice) -> Phone {
    let (after, talks) = (millis(500 + dice.below(14_000)), secs(1 + dice.below(60)));
    let fails = |cause| Phone::Fails { after, cause };
    one_of(
        dice,
        &[
            Phone::Answers { after, talks },
            Phone::Answers { after, talks },
            Phone::Ignores,
            Phone::Ignores,
            Phone::Crosses,
            Phone::BUSY,
            Phone::UNREGISTERED,
            fails(Cause::Declined),
            fails(Cause::NoAnswer),
        ],
    )
}

fn script(dice: &mut Dice, office: &Office) -> Script {
    let entry = &one_of(dice, office.entries()).number;
    let person = one_of(dice, office.people());
    let mut script = Script::outside(entry);
    script.from = match office.trunks().iter().find(|trunk| {
        let numbers = trunk.entries.iter().map(|id| &office.entries()[id.index()].number);
        numbers.into_iter().any(|number| number == entry)
    }) {
        Some(trunk) if dice.below(8) > 0 => Origin::Trunk(trunk.name.to_string()),
        _ => Origin::Phone(person.user.to_string()),
    };
    if let Origin::Phone(_) = script.from
        && dice.below(2) == 0
    {
        script.called = one_of(dice, &["0".to_owned(), person.extension.to_string()]);
    }
    for _ in 0..dice.below(7) {
        let extension = person.extension.to_string();
        let wrong = extension[..extension.len() - 1].to_owned();
        let keys = ["0", "1", "1", "2", "2", "3", "4", "5", "7", "*", "1#", &extension, &wrong];
        let keys = one_of(dice, &keys);
        script = script.presses(millis(dice.below(70_000)), keys);
    }
    script.speaks = millis(dice.below(4_000) * dice.below(2));
    let pound = AfterMessage::Presses(Key::Pound);
    script.then = one_of(dice, &[AfterMessage::HangsUp, pound, AfterMessage::Waits]);
    script.talks = secs(1 + dice.below(60));
    let patience = millis(dice.below(120_000));
    script.patience = one_of(dice, &[None, None, Some(patience)]);
    script
}

/// Lets so many callers call, a few of them at the same time.
pub(crate) fn simulate(office: &Arc<Office>, seed: u64, calls: u64) -> Shell {
    let mut dice = Dice::new(seed);
    let mut shell = Shell::new(Arc::clone(office));
    let healths = [Health::Good, Health::Good, Health::Full, Health::Broken, Health::Mute];
    for _ in 0..calls {
        for _ in 0..3 {
            let user = one_of(&mut dice, office.people()).user;
            shell.phones.insert(user.to_string(), phone(&mut dice));
        }
        if dice.below(8) == 0 {
            shell.store.health = one_of(&mut dice, &healths);
        }
        shell.call(script(&mut dice, office));
        shell.run_for(millis(dice.below(60_000)));
    }
    shell.run();
    assert!(shell.exchange.is_idle() && shell.legs().is_empty());
    shell.assert_nothing_lost();
    shell
}

/// What callers met of a proof.
#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) taken: BTreeSet<Taken>,
    pub(crate) journeys: usize,
}

/// Looks every journey up in the proven graph. Says what was met and is not proven, and what ended as no call should.
pub(crate) fn look_up(graph: &CallGraph, events: &[JourneyEvent]) -> Result<Met, String> {
    let mut at: BTreeMap<JourneyId, (Place, Option<Place>)> = BTreeMap::new();
    let mut met = Met::default();
    for event in events {
        let fault = |what: &str| Err(format!("{what}: {event}"));
        match &event.step {
            JourneyStep::Began { place, .. } => {
                let is_refused = matches!(place, Place::Refused(_));
                if !is_refused && graph.find(Node::Place(*place)).is_none() {
                    return fault("begins where no call was proven to begin");
                }
                at.insert(event.journey, (*place, None));
            }
            JourneyStep::Moved { outcome, place } => {
                let Some((before, _)) = at.insert(event.journey, (*place, None)) else {
                    return fault("moved before it began");
                };
                at.insert(event.journey, (*place, Some(before)));
                match graph.edges_of(&before, outcome, place) {
                    Some(taken) => met.taken.extend(taken),
                    None if matches!(place, Place::Talking(_)) => {}
                    None => {
                        return fault(&format!("{before:?} was met, and not proven to lead on"));
                    }
                }
            }
            JourneyStep::Ended { place, ending } => {
                let Some((last, before)) = at.remove(&event.journey) else {
                    return fault("ended before it began");
                };
                met.journeys += 1;
                let from_firm_ground = matches!(
                    before,
                    Some(Place::Mailbox { .. } | Place::Apology | Place::Announcement(_))
                );
                let is_good = match ending {
                    Ending::CallerHungUp => true,
                    Ending::CalledHungUp => matches!(place, Place::Talking(_)),
                    Ending::Done => *place == Place::Over && from_firm_ground,
                    Ending::Refused => before.is_none() && matches!(place, Place::Refused(_)),
                    Ending::TooLong | Ending::ShutDown | _ => false,
                };
                if last != *place || !is_good {
                    return fault("a call ended as none should");
                }
            }
            _ => return fault("an unknown step"),
        }
    }
    if at.is_empty() { Ok(met) } else { Err(format!("journeys without an end: {at:?}")) }
}

/// How long phrases are in these companies.
pub(crate) fn length(phrase: &centrala_dialogue::Phrase) -> Duration {
    centrala_testkit::company::length(phrase).unwrap_or_default()
}
