//! A conversation in words, for traces.

use std::fmt::Debug;

use crate::{Dialogue, Heard, HeardBy, Phrase, RecordEnd, Recording, Step, StepOf};

/// Returns a step and how it ended.
pub(super) fn describe<D: Dialogue>(step: &StepOf<D>, heard: &HeardBy<D>) -> String {
    format!("{} → {}", describe_step::<D>(step), describe_heard(heard))
}

/// Returns what the dialogue does.
pub(super) fn describe_step<D: Dialogue>(step: &StepOf<D>) -> String {
    match step {
        Step::Turn(turn) => {
            let verb = if turn.record.is_some() { "records after" } else { "says" };
            format!("{verb} {}", describe_phrases(&turn.say))
        }
        Step::Ask(ask) => format!("asks {:?}", ask.request),
        Step::End(outcome) => format!("ends with {outcome:?}"),
    }
}

/// Keys are printed: it was the checker that pressed them.
fn describe_heard<L: Debug, R: Debug, S: Debug>(heard: &Heard<L, R, S>) -> String {
    match heard {
        Heard::Finished => "said".to_owned(),
        Heard::Matched { label, digits } => format!("keys {digits} ({label:?})"),
        Heard::WrongKeys(digits) => format!("wrong keys {digits}"),
        Heard::NoInput => "silence".to_owned(),
        Heard::Recorded(Recording { length, end, .. }) => {
            let end = match end {
                RecordEnd::Silence => "silence".to_owned(),
                RecordEnd::Limit => "its limit".to_owned(),
                RecordEnd::Matched { label, digits } => format!("keys {digits} ({label:?})"),
                RecordEnd::Signal(signal) => format!("the signal {signal:?}"),
                RecordEnd::Left => "departure".to_owned(),
                RecordEnd::Failed => "failure".to_owned(),
            };
            format!("recorded {length:?}, ended by {end}")
        }
        Heard::Answered(answer) => format!("answer {answer:?}"),
        Heard::Failed(error) => format!("{error}"),
        Heard::Signal(signal) => format!("signal {signal:?}"),
        Heard::Left => "the party leaves".to_owned(),
    }
}

fn describe_phrases(phrases: &[Phrase]) -> String {
    if phrases.is_empty() {
        return "nothing".to_owned();
    }
    let words = phrases.iter().map(|phrase| match phrase {
        Phrase::Said { id, arguments } if arguments.is_empty() => id.to_string(),
        Phrase::Said { id, arguments } => format!("{id}{arguments:?}"),
        Phrase::Text(text) => format!("{text:?}"),
        Phrase::Sound(sound) => format!("sound {}", sound.as_str()),
        Phrase::Tone(tone) => format!("{tone:?}"),
        Phrase::Silence(length) => format!("silence of {length:?}"),
    });
    words.collect::<Vec<_>>().join(", ")
}
