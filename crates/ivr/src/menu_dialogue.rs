//! The conversation that a menu is.

use std::{convert::Infallible, fmt::Debug, hash::Hash, sync::Arc};

use centrala_dialogue::{
    Dialogue, Heard, HeardBy, KeyRule, Phrase, RecordEnd, Recording, Step, StepOf, Turn,
};

use crate::{
    Keyed, Menu,
    wording::{NO_EXTENSION, NO_INPUT, NO_OPTION, ONE_MOMENT},
};

/// Greets, offers, and listens until the caller has chosen, has left, or needs somebody else.
///
/// ```text
///             choice                        Chosen(target)
/// listening ──────────────────────────────────────────────▶
///   │  ▲   └─ silence, wrong keys: help, and once more
///   │  └────┘  (`attempts` times in all)
///   ▼
/// giving up: "One moment, please." ───────────▶ GaveUp(why)
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuDialogue<T> {
    menu: Arc<Menu<T>>,
    welcome: Welcome,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Welcome {
    Greeting,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    Listening { failures: u8 },
    GivingUp(WhyGaveUp),
}

/// How a menu ended.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MenuOutcome<T> {
    /// The caller chose an option, or dialled.
    Chosen(T),
    /// The caller did not, often enough. Somebody should take the call.
    GaveUp(WhyGaveUp),
    /// The caller has left.
    Left,
}

/// What a caller did when the menu gave up.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyGaveUp {
    /// Nothing.
    NoInput,
    /// Pressed something that leads nowhere.
    WrongKeys,
}

impl<T> MenuDialogue<T> {
    /// Returns the conversation with somebody who is new here: greeting first.
    #[must_use]
    pub fn new(menu: impl Into<Arc<Menu<T>>>) -> Self {
        Self {
            menu: menu.into(),
            welcome: Welcome::Greeting,
            state: State::Listening { failures: 0 },
        }
    }

    /// Returns the conversation with somebody who comes back, and goes straight to the options.
    #[must_use]
    pub fn again(menu: impl Into<Arc<Menu<T>>>) -> Self {
        Self { welcome: Welcome::None, ..Self::new(menu) }
    }
}

impl<T: Clone + Debug + Eq + Hash> Dialogue for MenuDialogue<T> {
    type Label = Keyed<T>;
    type Outcome = MenuOutcome<T>;
    type Ask = Infallible;
    type Answer = Infallible;
    type Signal = Infallible;

    fn begin(&mut self) -> StepOf<Self> {
        match self.welcome {
            Welcome::Greeting => self.listen(self.menu.greeting().to_vec()),
            Welcome::None => self.listen(Vec::new()),
        }
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match heard {
            Heard::Matched { label: Keyed::Target(target), digits: _ } => {
                Step::End(MenuOutcome::Chosen(target))
            }
            Heard::Matched { label: Keyed::Nobody, digits: _ } => {
                self.fail(WhyGaveUp::WrongKeys, Phrase::said(NO_EXTENSION))
            }
            Heard::Left | Heard::Recorded(Recording { end: RecordEnd::Left, .. }) => {
                Step::End(MenuOutcome::Left)
            }
            Heard::WrongKeys(digits) => {
                let help = if digits.len() > 1 { NO_EXTENSION } else { NO_OPTION };
                self.fail(WhyGaveUp::WrongKeys, Phrase::said(help))
            }
            // Only `NoInput` and, while giving up, `Finished` can come: a menu neither asks nor
            // records. Whatever else does is no choice.
            Heard::NoInput | Heard::Finished | Heard::Failed(_) | Heard::Recorded(_) => {
                self.fail(WhyGaveUp::NoInput, Phrase::said(NO_INPUT))
            }
            Heard::Answered(never) | Heard::Signal(never) => match never {},
        }
    }
}

impl<T: Clone + Debug + Eq + Hash> MenuDialogue<T> {
    fn listen(&self, mut say: Vec<Phrase>) -> StepOf<Self> {
        say.extend(self.menu.offer_phrases());
        let keys = KeyRule::new(self.menu.map()).timing(self.menu.key_timing());
        Step::Turn(Turn::say(say).listen(keys))
    }

    fn fail(&mut self, why: WhyGaveUp, help: Phrase) -> StepOf<Self> {
        match self.state {
            State::Listening { failures } if failures.saturating_add(1) < self.menu.patience() => {
                self.state = State::Listening { failures: failures.saturating_add(1) };
                self.listen(vec![help])
            }
            State::Listening { .. } => {
                self.state = State::GivingUp(why);
                Step::Turn(Turn::say([Phrase::said(ONE_MOMENT)]))
            }
            State::GivingUp(why) => Step::End(MenuOutcome::GaveUp(why)),
        }
    }
}
