//! Asks for a PIN. Zero is a digit here.

use std::time::Duration;

use centrala_dialogue::{
    Ask, Dialogue, Heard, HeardBy, KeyRule, Phrase, Step, StepOf, Turn, laws::World,
};
use centrala_keys::{DigitMap, Digits};

pub(crate) const REASON: &str = "a PIN may contain zeros; silence leads out";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pin {
    tries_left: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Verify(pub(crate) Digits);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Right,
    Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    Admitted,
    Refused,
    Left,
}

impl Pin {
    pub(crate) fn new() -> Self {
        Self { tries_left: 3 }
    }

    pub(crate) fn map() -> DigitMap<()> {
        DigitMap::new([("xxxx", ())]).unwrap()
    }

    fn turn(&self) -> StepOf<Self> {
        let rule = KeyRule::new(Self::map());
        Step::Turn(Turn::say([Phrase::text("your PIN")]).listen(rule).literal_zero(REASON))
    }
}

impl Dialogue for Pin {
    type Label = ();
    type Outcome = Entry;
    type Ask = Verify;
    type Answer = Verdict;
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        self.turn()
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Matched { digits, .. } => {
                let ask = Ask::new(Verify(digits)).saying([Phrase::text("one moment")]);
                Step::Ask(ask.within(Duration::from_secs(2)))
            }
            Heard::Answered(Verdict::Right) => Step::End(Entry::Admitted),
            Heard::Left => Step::End(Entry::Left),
            Heard::Answered(Verdict::Wrong) | Heard::NoInput | Heard::WrongKeys(_)
                if self.tries_left > 1 =>
            {
                self.tries_left -= 1;
                self.turn()
            }
            _ => Step::End(Entry::Refused),
        }
    }
}

pub(crate) struct Verifier;

impl World<Pin> for Verifier {
    fn answers(&self, _: &Verify) -> Vec<Verdict> {
        vec![Verdict::Right, Verdict::Wrong]
    }
}
