//! Everything that a dialogue can hear in a step.

use std::{collections::VecDeque, ptr};

use centrala_keys::{DigitMap, Digits, Progress};

use super::World;
use crate::{
    AskError, Dialogue, Heard, HeardBy, KeyRule, RecordEnd, RecordRule, Recording, Step, StepOf,
    Turn, WrongKeys,
};

/// How many strings are tried to reach a rule that has no short representative.
const MAX_STRINGS: usize = 2_048;

/// Returns one of each kind of event that `step` can end with: for checks of one's own.
#[must_use]
pub fn everything_to_hear<D: Dialogue, W: World<D>>(
    step: &StepOf<D>,
    world: &W,
) -> Vec<HeardBy<D>> {
    match step {
        Step::Turn(Turn { record: Some(record), keys, .. }) => {
            recordings::<D, W>(record, keys.as_ref(), world)
        }
        Step::Turn(turn) => {
            let mut events = match &turn.keys {
                Some(rule) => keyed::<D>(rule),
                None => vec![Heard::Finished],
            };
            events.extend(world.signals().into_iter().map(Heard::Signal));
            events.push(Heard::Left);
            events
        }
        Step::Ask(ask) => {
            let failures = [AskError::TimedOut, AskError::Unavailable].map(Heard::Failed);
            let answers = world.answers(&ask.request).into_iter().map(Heard::Answered);
            answers.chain(failures).collect()
        }
        Step::End(_) => Vec::new(),
    }
}

fn keyed<D: Dialogue>(rule: &KeyRule<D::Label>) -> Vec<HeardBy<D>> {
    let matches = representatives(&rule.map).into_iter();
    let mut events: Vec<HeardBy<D>> =
        matches.map(|(digits, label)| Heard::Matched { label: label.clone(), digits }).collect();
    match rule.wrong {
        WrongKeys::End => {
            events.extend(rule.map.miss().map(Heard::WrongKeys));
            events.extend(unfinished(&rule.map).map(Heard::WrongKeys));
        }
        WrongKeys::Ignore | WrongKeys::Keep => {}
    }
    events.push(Heard::NoInput);
    events
}

fn recordings<D: Dialogue, W: World<D>>(
    record: &RecordRule,
    keys: Option<&KeyRule<D::Label>>,
    world: &W,
) -> Vec<HeardBy<D>> {
    let mut ends = vec![RecordEnd::Silence, RecordEnd::Limit, RecordEnd::Failed];
    for (digits, label) in keys.map(|rule| representatives(&rule.map)).into_iter().flatten() {
        ends.push(RecordEnd::Matched { label: label.clone(), digits });
    }
    ends.extend(world.signals().into_iter().map(RecordEnd::Signal));
    ends.push(RecordEnd::Left);
    let mut events = Vec::new();
    for length in world.lengths() {
        let recorded = |end| Heard::Recorded(Recording::new(record.into, length, end));
        events.extend(ends.iter().cloned().map(recorded));
    }
    events
}

/// Returns a string of keys for each rule that can be reached, with its label.
pub(super) fn representatives<L>(map: &DigitMap<L>) -> Vec<(Digits, &L)> {
    let mut found = map.representatives();
    let mut missing: Vec<&L> = map.rules().map(|(_, label)| label).collect();
    missing.retain(|label| !found.iter().any(|(_, other)| ptr::eq(*label, *other)));
    // The short form of a pattern that repeats may belong to another rule, a longer one not.
    let keys: Vec<_> = map.key_classes().iter().filter_map(|class| class.iter().next()).collect();
    let mut strings = VecDeque::from([Digits::new()]);
    let mut left = MAX_STRINGS;
    while let Some(shorter) = strings.pop_front().filter(|_| !missing.is_empty()) {
        for &key in &keys {
            left = left.saturating_sub(1);
            let string: Digits = shorter.iter().copied().chain([key]).collect();
            let (Progress::Match(winner) | Progress::Ambiguous(winner)) = map.progress(&string)
            else {
                strings.extend((left > 0).then_some(string));
                continue;
            };
            if let Some(at) = missing.iter().position(|label| ptr::eq(*label, winner)) {
                found.push((string.clone(), missing.remove(at)));
            }
            strings.extend((left > 0).then_some(string));
        }
    }
    found
}

/// Returns a string that begins something and is nothing yet.
fn unfinished<L>(map: &DigitMap<L>) -> Option<Digits> {
    map.representatives().into_iter().find_map(|(mut digits, _)| {
        let first = digits.split_front(1);
        matches!(map.progress(&first), Progress::Partial).then_some(first)
    })
}
