//! Three menus, one inside the other; extensions can be dialled in each of them.

use centrala_dialogue::{
    Dialogue, Heard, HeardBy, KeyRule, Phrase, Step, StepOf, Turn, laws::World,
};
use centrala_keys::{DigitMap, Digits};

pub(crate) const TRIES: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Menu {
    level: u8,
    failures: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Choice {
    Deeper,
    Directory,
    Extension,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Chosen {
    Bottom,
    Directory,
    Extension(Digits),
    GaveUp,
    Left,
}

impl Menu {
    pub(crate) fn new() -> Self {
        Self { level: 1, failures: 0 }
    }

    pub(crate) fn map() -> DigitMap<Choice> {
        DigitMap::new([("1", Choice::Deeper), ("9", Choice::Directory), ("1xx", Choice::Extension)])
            .unwrap()
    }

    fn turn(&self) -> StepOf<Self> {
        let words = format!("menu {}", self.level);
        Step::Turn(Turn::say([Phrase::text(words)]).listen(KeyRule::new(Self::map())))
    }
}

impl Dialogue for Menu {
    type Label = Choice;
    type Outcome = Chosen;
    type Ask = ();
    type Answer = ();
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        self.turn()
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Matched { label: Choice::Deeper, .. } if self.level < 3 => {
                self.level += 1;
                self.turn()
            }
            Heard::Matched { label: Choice::Deeper, .. } => Step::End(Chosen::Bottom),
            Heard::Matched { label: Choice::Directory, .. } => Step::End(Chosen::Directory),
            Heard::Matched { label: Choice::Extension, digits } => {
                Step::End(Chosen::Extension(digits))
            }
            Heard::NoInput | Heard::WrongKeys(_) if self.failures + 1 < TRIES => {
                self.failures += 1;
                self.turn()
            }
            Heard::Left => Step::End(Chosen::Left),
            _ => Step::End(Chosen::GaveUp),
        }
    }
}

pub(crate) struct Quiet;

impl World<Menu> for Quiet {
    fn answers(&self, _: &()) -> Vec<()> {
        Vec::new()
    }
}
