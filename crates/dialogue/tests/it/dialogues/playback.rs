//! Plays messages: pause, back, forward, again, next, delete.

use std::time::Duration;

use centrala_dialogue::{
    Ask, Dialogue, Heard, HeardBy, KeyRule, Phrase, SoundId, Step, StepOf, Transport,
    TransportAction, Turn, laws::World,
};
use centrala_keys::{DigitMap, Key};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Playback {
    messages: u8,
    at: u8,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Counting,
    Playing { silences: u8 },
    Confirming,
    Deleting,
    Leaving,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key1 {
    Next,
    Delete,
    Confirm,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Want {
    Count,
    Delete(u8),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Count(u8),
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Done {
    HeardAll,
    Unavailable,
    Left,
}

impl Playback {
    pub(crate) fn new() -> Self {
        Self { messages: 0, at: 0, place: Place::Counting }
    }

    pub(crate) fn map() -> DigitMap<Key1> {
        DigitMap::new([("6", Key1::Next), ("7", Key1::Delete)]).unwrap()
    }

    pub(crate) fn transport() -> Transport {
        Transport::new([
            (Key::Five, TransportAction::Pause),
            (Key::Star, TransportAction::Back),
            (Key::Pound, TransportAction::Forward),
            (Key::Two, TransportAction::Restart),
        ])
    }

    fn play(&mut self, silences: u8) -> StepOf<Self> {
        if self.at >= self.messages {
            self.place = Place::Leaving;
            return Step::Turn(Turn::say([Phrase::text("that was all")]));
        }
        self.place = Place::Playing { silences };
        let sound = Phrase::Sound(SoundId::new(format!("message {}", self.at)));
        let mut rule = KeyRule::new(Self::map());
        rule.terminator = None;
        Step::Turn(Turn::say([sound]).listen(rule).transport(Self::transport()))
    }

    fn next(&mut self) -> StepOf<Self> {
        self.at += 1;
        self.play(0)
    }

    fn confirm(&mut self) -> StepOf<Self> {
        self.place = Place::Confirming;
        let map = DigitMap::new([("1", Key1::Confirm)]).unwrap();
        let say = Phrase::text("press one to delete");
        Step::Turn(Turn::say([say]).listen(KeyRule::new(map)).flush())
    }
}

impl Dialogue for Playback {
    type Label = Key1;
    type Outcome = Done;
    type Ask = Want;
    type Answer = Told;
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Ask(Ask::new(Want::Count))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        if heard.is_departure() {
            return Step::End(Done::Left);
        }
        match (self.place.clone(), heard) {
            (Place::Counting, Heard::Answered(Told::Count(messages))) => {
                self.messages = messages;
                self.play(0)
            }
            (Place::Playing { .. }, Heard::Matched { label: Key1::Next, .. }) => self.next(),
            (Place::Playing { .. }, Heard::Matched { label: Key1::Delete, .. }) => self.confirm(),
            (Place::Playing { silences }, Heard::NoInput | Heard::WrongKeys(_)) if silences < 1 => {
                self.play(silences + 1)
            }
            (Place::Playing { .. }, _) => self.next(),
            (Place::Confirming, Heard::Matched { label: Key1::Confirm, .. }) => {
                self.place = Place::Deleting;
                Step::Ask(Ask::new(Want::Delete(self.at)).within(Duration::from_secs(3)))
            }
            // Nothing is deleted by silence or by mistake, and nothing is heard twice for it.
            (Place::Confirming, _) | (Place::Deleting, _) => self.next(),
            (Place::Leaving, _) => Step::End(Done::HeardAll),
            (Place::Counting, _) => Step::End(Done::Unavailable),
        }
    }
}

pub(crate) struct Messages(pub(crate) Vec<u8>);

impl World<Playback> for Messages {
    fn answers(&self, want: &Want) -> Vec<Told> {
        match want {
            Want::Count => self.0.iter().copied().map(Told::Count).collect(),
            Want::Delete(_) => vec![Told::Deleted],
        }
    }
}
