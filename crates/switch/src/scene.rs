//! Scenes: what is said to callers at the places of the plan.

use std::{convert::Infallible, time::Duration};

use centrala_dialogue::{
    Dialogue, Heard, HeardBy, KeyRule, KeyTiming, Phrase, RecordEnd, Recording, Step, StepOf, Turn,
};
use centrala_ivr::{MenuDialogue, MenuOutcome, WhyGaveUp};
use centrala_keys::DigitMap;
use centrala_office::routing::Outcome;
use centrala_voicemail::{Answer, Request};

use crate::{
    conversation::{Scene, Verdict},
    plan::Extension,
};

impl Scene for MenuDialogue<Outcome> {
    fn request(&self, ask: Infallible) -> Request {
        match ask {}
    }

    fn answer(_: &Answer) -> Option<Infallible> {
        None
    }

    fn verdict(outcome: MenuOutcome<Outcome>) -> Verdict {
        match outcome {
            MenuOutcome::Chosen(outcome) => Verdict::LeadOn(outcome),
            MenuOutcome::GaveUp(why) => Verdict::LeadOn(Outcome::GaveUp(why)),
            MenuOutcome::Left => Verdict::Left,
            // A way to end that this exchange does not know yet: somebody should take the call.
            _ => Verdict::LeadOn(Outcome::GaveUp(WhyGaveUp::NoInput)),
        }
    }
}

/// Says something once, while extensions may be dialled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Announcement {
    say: Vec<Phrase>,
    extensions: DigitMap<Extension>,
}

/// How an [`Announcement`] ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AnnouncementOutcome {
    Finished,
    Dialled(Outcome),
    Left,
}

impl Announcement {
    pub(crate) const fn new(say: Vec<Phrase>, extensions: DigitMap<Extension>) -> Self {
        Self { say, extensions }
    }
}

impl Dialogue for Announcement {
    type Label = Extension;
    type Outcome = AnnouncementOutcome;
    type Ask = Infallible;
    type Answer = Infallible;
    type Signal = Infallible;

    fn begin(&mut self) -> StepOf<Self> {
        let turn = Turn::say(self.say.clone());
        if self.extensions.is_empty() {
            return Step::Turn(turn);
        }
        // When all is said there is nothing to wait for, unless somebody is dialling.
        let timing = KeyTiming::new(Duration::ZERO, KeyTiming::default().inter_digit);
        let keys = KeyRule::new(self.extensions.clone());
        Step::Turn(turn.listen(keys.timing(timing).ignore_wrong_keys()))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        Step::End(match heard {
            Heard::Matched { label: Extension, digits }
            | Heard::Recorded(Recording {
                end: RecordEnd::Matched { label: Extension, digits },
                ..
            }) => AnnouncementOutcome::Dialled(Outcome::Dialled(digits)),
            Heard::Left | Heard::Recorded(Recording { end: RecordEnd::Left, .. }) => {
                AnnouncementOutcome::Left
            }
            Heard::Finished
            | Heard::NoInput
            | Heard::WrongKeys(_)
            | Heard::Failed(_)
            | Heard::Recorded(_) => AnnouncementOutcome::Finished,
            Heard::Answered(never) | Heard::Signal(never) => match never {},
        })
    }
}

impl Scene for Announcement {
    fn request(&self, ask: Infallible) -> Request {
        match ask {}
    }

    fn answer(_: &Answer) -> Option<Infallible> {
        None
    }

    fn verdict(outcome: AnnouncementOutcome) -> Verdict {
        match outcome {
            AnnouncementOutcome::Finished => Verdict::LeadOn(Outcome::Finished),
            AnnouncementOutcome::Dialled(outcome) => Verdict::LeadOn(outcome),
            AnnouncementOutcome::Left => Verdict::Left,
        }
    }
}
