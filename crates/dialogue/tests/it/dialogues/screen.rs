//! What one called party hears: who is calling; a key takes the call.

use centrala_dialogue::{
    Ask, Dialogue, Heard, HeardBy, KeyRule, Phrase, Step, StepOf, Turn, laws::World,
};
use centrala_keys::DigitMap;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Screen {
    Announcing { tries_left: u8 },
    Claiming,
    Telling(Told),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    Accept,
    Decline,
}

/// The question whether the call is still to be had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Claim;

/// Why the call is not to be had any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Taken,
    CallerGone,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claimed {
    Yours,
    Not(Told),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Screened {
    Accepted,
    Declined,
    Told,
    Left,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self::Announcing { tries_left: 2 }
    }

    /// Returns the conversation with somebody who has answered too late.
    pub(crate) fn too_late(told: Told) -> Self {
        Self::Telling(told)
    }

    pub(crate) fn map() -> DigitMap<Label> {
        DigitMap::new([("1", Label::Accept), ("2", Label::Decline)]).unwrap()
    }

    pub(crate) fn words(told: Told) -> Phrase {
        Phrase::text(match told {
            Told::Taken => "somebody else has taken the call",
            Told::CallerGone => "the caller has hung up",
            Told::Failed => "the call cannot be connected",
        })
    }

    fn announce(&mut self, tries_left: u8) -> StepOf<Self> {
        *self = Self::Announcing { tries_left };
        let rule = KeyRule::new(Self::map());
        Step::Turn(Turn::say([Phrase::text("a call for you")]).listen(rule))
    }

    fn tell(&mut self, told: Told) -> StepOf<Self> {
        *self = Self::Telling(told);
        Step::Turn(Turn::say([Self::words(told)]))
    }
}

impl Dialogue for Screen {
    type Label = Label;
    type Outcome = Screened;
    type Ask = Claim;
    type Answer = Claimed;
    type Signal = Told;

    fn begin(&mut self) -> StepOf<Self> {
        match self {
            Self::Telling(told) => {
                let told = *told;
                self.tell(told)
            }
            Self::Announcing { .. } | Self::Claiming => self.announce(2),
        }
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match (self.clone(), heard) {
            (_, Heard::Left) => Step::End(Screened::Left),
            // Told already, though not yet to the end: once more, from the beginning.
            (Self::Telling(told), Heard::Signal(_)) => self.tell(told),
            (_, Heard::Signal(told)) => self.tell(told),
            (Self::Announcing { .. }, Heard::Matched { label: Label::Accept, .. }) => {
                *self = Self::Claiming;
                Step::Ask(Ask::new(Claim))
            }
            (Self::Announcing { .. }, Heard::Matched { label: Label::Decline, .. }) => {
                Step::End(Screened::Declined)
            }
            (Self::Announcing { tries_left: 0 }, _) => Step::End(Screened::Declined),
            (Self::Announcing { tries_left }, _) => self.announce(tries_left - 1),
            (Self::Claiming, Heard::Answered(Claimed::Yours)) => Step::End(Screened::Accepted),
            (Self::Claiming, Heard::Answered(Claimed::Not(told))) => self.tell(told),
            (Self::Claiming, _) => self.tell(Told::Failed),
            (Self::Telling(_), _) => Step::End(Screened::Told),
        }
    }
}

pub(crate) struct Switch;

impl World<Screen> for Switch {
    fn answers(&self, _: &Claim) -> Vec<Claimed> {
        vec![Claimed::Yours, Claimed::Not(Told::Taken), Claimed::Not(Told::CallerGone)]
    }

    fn signals(&self) -> Vec<Told> {
        vec![Told::Taken, Told::CallerGone]
    }
}
