//! The conversation that takes a message.

use std::{sync::Arc, time::Duration};

use centrala_dialogue::{
    Argument, Ask, Dialogue, DraftId, Heard, HeardBy, KeyRule, KeyTiming, Phrase, PhraseId,
    RecordEnd, RecordRule, Recording, Step, StepOf, Tone, Turn,
};
use centrala_keys::{Digits, Key, Pattern};

use crate::{Reason, StoreError, phrases};

mod ask;
mod config;
mod outcome;

pub use ask::{TakeMessageAnswer, TakeMessageAsk};
pub use config::{Helper, TakeMessageConfig};
pub use outcome::{KeptMessage, NotTaken, TakeMessageOutcome, Then};

/// How often a caller whose message was too short, and who ended it with `#`, may speak.
const ATTEMPTS: u8 = 2;
/// How often the store is asked to keep a message when it does not answer in time.
const TRIES: u8 = 2;

/// Greets, beeps, records, keeps.
///
/// ```text
///  greeting ──#, or all said──▶ open a draft ──▶ beep and record ──▶ keep or discard ──▶ last words
///     │ 101          refused or failed │ (told why)     │ 101, #, silence, limit, hang-up    │
///     ▼                                ▼                ▼                                    ▼
///    Dial                            LeadOn      kept, then Dial / Goodbye / Left      Goodbye, LeadOn
/// ```
///
/// The beep sounds only when there is a draft to record into. Whatever ends the recording, what
/// was said is kept if it is long enough: see [`TakeMessageConfig::shortest`]. `0` for the operator
/// is added by whoever combines this with an operator; to this dialogue the caller has then left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TakeMessage {
    config: Arc<TakeMessageConfig>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// The greeting, or a shorter invitation, is said.
    Inviting { attempt: u8 },
    /// The store was asked for a draft.
    Opening { attempt: u8 },
    /// The caller speaks.
    Recording { draft: DraftId, attempt: u8 },
    /// The store was asked to keep or to discard the draft.
    Tidying { task: Task, draft: DraftId, after: After, tries: u8 },
    /// Only the last words are left to say.
    Closing(TakeMessageOutcome),
    /// Nothing is left.
    Ended(TakeMessageOutcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Task {
    Keep,
    Discard,
}

/// What to do when the draft is kept or discarded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum After {
    Thank,
    InviteAgain { attempt: u8 },
    Dial(Digits),
    LeadOn(NotTaken),
    Leave,
}

/// What became of a draft.
#[derive(Clone, Copy)]
enum Fate {
    Kept(KeptMessage),
    Discarded,
    Unknown,
}

/// What keys mean to a [`TakeMessage`].
#[expect(clippy::exhaustive_enums, reason = "two cases; zero is added outside")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TakeMessageLabel {
    /// `#`: on to the beep, or "that was all".
    Next,
    /// An extension.
    Extension,
}

/// What may reach a [`TakeMessage`] in mid-turn.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TakeMessageSignal {
    /// The system shuts down: keep what was said, and come to an end.
    WindUp,
}

impl TakeMessage {
    /// Returns the conversation, before its first step.
    #[must_use]
    pub fn new(config: TakeMessageConfig) -> Self {
        Self { config: Arc::new(config), state: State::Inviting { attempt: 1 } }
    }

    fn invite(&mut self, say: Vec<Phrase>, attempt: u8) -> StepOf<Self> {
        self.state = State::Inviting { attempt };
        Step::Turn(Turn::say(say).listen(self.keys()))
    }

    fn open(&mut self, attempt: u8) -> StepOf<Self> {
        self.state = State::Opening { attempt };
        Step::Ask(Ask::new(TakeMessageAsk::OpenDraft { mailbox: self.config.mailbox.clone() }))
    }

    fn record(&mut self, draft: DraftId, attempt: u8) -> StepOf<Self> {
        self.state = State::Recording { draft, attempt };
        let mut rule = RecordRule::new(draft);
        rule.longest = self.config.longest;
        rule.silence = self.config.silence;
        Step::Turn(Turn::say([Phrase::Tone(Tone::Beep)]).listen(self.keys()).record(rule))
    }

    /// Decides about a recording that has ended.
    fn recorded(
        &mut self,
        recording: Recording<TakeMessageLabel, TakeMessageSignal>,
        draft: DraftId,
        attempt: u8,
    ) -> StepOf<Self> {
        let mut spoken = recording.length;
        let after = match recording.end {
            // The silence that ended it is part of it; a caller who said nothing left only that.
            RecordEnd::Silence => {
                spoken = spoken.saturating_sub(self.config.silence);
                After::Thank
            }
            RecordEnd::Limit => After::Thank,
            RecordEnd::Matched { label: TakeMessageLabel::Next, .. } => {
                if spoken < self.config.shortest && attempt < ATTEMPTS {
                    After::InviteAgain { attempt: attempt + 1 }
                } else {
                    After::Thank
                }
            }
            RecordEnd::Matched { label: TakeMessageLabel::Extension, digits } => {
                After::Dial(digits)
            }
            RecordEnd::Signal(TakeMessageSignal::WindUp) if spoken < self.config.shortest => {
                After::LeadOn(NotTaken::WindingUp)
            }
            RecordEnd::Signal(TakeMessageSignal::WindUp) => After::Thank,
            RecordEnd::Left => After::Leave,
            RecordEnd::Failed => After::LeadOn(NotTaken::StoreFailed),
        };
        let task = if spoken < self.config.shortest { Task::Discard } else { Task::Keep };
        self.tidy(task, draft, after, TRIES)
    }

    fn tidy(&mut self, task: Task, draft: DraftId, after: After, tries: u8) -> StepOf<Self> {
        self.state = State::Tidying { task, draft, after, tries };
        Step::Ask(Ask::new(match task {
            Task::Keep => TakeMessageAsk::Keep { draft },
            Task::Discard => TakeMessageAsk::Discard { draft },
        }))
    }

    /// Goes on when the store has answered, or will not.
    fn tidied(&mut self, fate: Fate, after: After) -> StepOf<Self> {
        let lead_on = |why| (None, Then::LeadOn(why));
        let (words, (kept, then)) = match (fate, after) {
            (Fate::Kept(message), After::Leave) => return self.end(Some(message), Then::Left),
            (Fate::Discarded | Fate::Unknown, After::Leave) => return self.end(None, Then::Left),
            (Fate::Kept(message), After::Dial(to)) => {
                return self.end(Some(message), Then::Dial(to));
            }
            (Fate::Discarded, After::Dial(to)) => return self.end(None, Then::Dial(to)),
            (Fate::Discarded, After::InviteAgain { attempt }) => {
                return self.invite(vec![Phrase::said(phrases::TOO_SHORT)], attempt);
            }
            (Fate::Kept(message), After::LeadOn(why)) => {
                (phrases::CUT_OFF, (Some(message), Then::LeadOn(why)))
            }
            (Fate::Kept(message), After::Thank | After::InviteAgain { .. })
                if message.interrupted =>
            {
                (phrases::CUT_OFF, (Some(message), Then::LeadOn(NotTaken::StoreFailed)))
            }
            (Fate::Kept(message), After::Thank | After::InviteAgain { .. }) => {
                (phrases::THANK_YOU, (Some(message), Then::Goodbye))
            }
            (Fate::Discarded, After::Thank) => {
                (phrases::NOTHING_RECORDED, lead_on(NotTaken::NothingSaid))
            }
            (Fate::Discarded, After::LeadOn(why)) => (phrases::CANNOT_RECORD, lead_on(why)),
            (Fate::Unknown, After::Dial(to)) => (phrases::NOT_KEPT, (None, Then::Dial(to))),
            (Fate::Unknown, After::Thank | After::InviteAgain { .. } | After::LeadOn(_)) => {
                (phrases::NOT_KEPT, lead_on(NotTaken::StoreFailed))
            }
        };
        self.close(words, kept, then)
    }

    fn refuse(&mut self, error: StoreError) -> StepOf<Self> {
        let (words, why) = if error == StoreError::MailboxFull {
            (phrases::MAILBOX_FULL, NotTaken::MailboxFull)
        } else {
            (phrases::CANNOT_RECORD, NotTaken::StoreFailed)
        };
        self.close(words, None, Then::LeadOn(why))
    }

    fn close(&mut self, words: PhraseId, kept: Option<KeptMessage>, then: Then) -> StepOf<Self> {
        self.state = State::Closing(TakeMessageOutcome { kept, then });
        Step::Turn(Turn::say([Phrase::said(words)]).listen(self.keys()))
    }

    fn end(&mut self, kept: Option<KeptMessage>, then: Then) -> StepOf<Self> {
        let outcome = TakeMessageOutcome { kept, then };
        self.state = State::Ended(outcome.clone());
        Step::End(outcome)
    }

    fn hear_while_inviting(&mut self, heard: HeardBy<Self>, attempt: u8) -> StepOf<Self> {
        match heard {
            Heard::Matched { label: TakeMessageLabel::Extension, digits } => {
                self.end(None, Then::Dial(digits))
            }
            Heard::Left => self.end(None, Then::Left),
            Heard::Signal(TakeMessageSignal::WindUp) => {
                self.end(None, Then::LeadOn(NotTaken::WindingUp))
            }
            Heard::Matched { label: TakeMessageLabel::Next, .. }
            | Heard::NoInput
            | Heard::Finished
            | Heard::WrongKeys(_)
            | Heard::Recorded(_)
            | Heard::Answered(_)
            | Heard::Failed(_) => self.open(attempt),
        }
    }

    fn hear_while_opening(&mut self, heard: &HeardBy<Self>, attempt: u8) -> StepOf<Self> {
        match heard {
            Heard::Answered(TakeMessageAnswer::Opened(draft)) => self.record(*draft, attempt),
            Heard::Answered(TakeMessageAnswer::Refused(error)) => self.refuse(*error),
            Heard::Left => self.end(None, Then::Left),
            Heard::Signal(TakeMessageSignal::WindUp) => {
                self.end(None, Then::LeadOn(NotTaken::WindingUp))
            }
            Heard::Failed(_)
            | Heard::Answered(TakeMessageAnswer::Kept(_) | TakeMessageAnswer::Discarded)
            | Heard::Finished
            | Heard::NoInput
            | Heard::Matched { .. }
            | Heard::WrongKeys(_)
            | Heard::Recorded(_) => {
                self.close(phrases::CANNOT_RECORD, None, Then::LeadOn(NotTaken::StoreFailed))
            }
        }
    }

    fn hear_while_recording(
        &mut self,
        heard: HeardBy<Self>,
        draft: DraftId,
        attempt: u8,
    ) -> StepOf<Self> {
        // Only `Recorded` ends a turn that records. Whatever else were to end it must not cost the
        // caller the message: the store knows whether there is anything to keep.
        match heard {
            Heard::Recorded(recording) => self.recorded(recording, draft, attempt),
            Heard::Left => self.tidy(Task::Keep, draft, After::Leave, TRIES),
            Heard::Matched { label: TakeMessageLabel::Extension, digits } => {
                self.tidy(Task::Keep, draft, After::Dial(digits), TRIES)
            }
            Heard::Matched { label: TakeMessageLabel::Next, .. }
            | Heard::Finished
            | Heard::NoInput
            | Heard::WrongKeys(_)
            | Heard::Answered(_)
            | Heard::Failed(_)
            | Heard::Signal(TakeMessageSignal::WindUp) => {
                self.tidy(Task::Keep, draft, After::Thank, TRIES)
            }
        }
    }

    fn hear_while_tidying(
        &mut self,
        heard: HeardBy<Self>,
        (task, draft, tries): (Task, DraftId, u8),
        after: After,
    ) -> StepOf<Self> {
        let after = if heard.is_departure() { After::Leave } else { after };
        match (heard, task) {
            (Heard::Answered(TakeMessageAnswer::Kept(message)), _) => {
                self.tidied(Fate::Kept(message), after)
            }
            (Heard::Answered(TakeMessageAnswer::Discarded), _)
            | (Heard::Answered(_) | Heard::Failed(_), Task::Discard) => {
                self.tidied(Fate::Discarded, after)
            }
            (Heard::Answered(TakeMessageAnswer::Refused(StoreError::TooShort)), Task::Keep) => {
                self.tidy(Task::Discard, draft, after, TRIES)
            }
            (Heard::Answered(_), Task::Keep) => self.tidied(Fate::Unknown, after),
            (
                Heard::Failed(_)
                | Heard::Finished
                | Heard::NoInput
                | Heard::Matched { .. }
                | Heard::WrongKeys(_)
                | Heard::Recorded(_)
                | Heard::Signal(_)
                | Heard::Left,
                _,
            ) => match tries.checked_sub(1) {
                // To keep is idempotent: asking again cannot keep a message twice.
                Some(tries @ 1..) => self.tidy(task, draft, after, tries),
                Some(0) | None => self.tidied(Fate::Unknown, after),
            },
        }
    }

    /// Returns the keys that a caller may press at any moment.
    fn keys(&self) -> KeyRule<TakeMessageLabel> {
        let next = Pattern::exactly(&[Key::Pound]).map(|only| (only, TakeMessageLabel::Next));
        let helper = self.config.helper.iter().flat_map(|helper| {
            Pattern::exactly(&helper.extension).map(|only| (only, TakeMessageLabel::Extension))
        });
        let others = self.config.extensions.clone();
        let mut map = others.map_labels(|()| TakeMessageLabel::Extension);
        for (pattern, label) in helper.chain(next) {
            map.push_front(pattern, label);
        }
        // When all is said there is nothing to wait for.
        let timing = KeyTiming::new(Duration::ZERO, KeyTiming::default().inter_digit);
        KeyRule::new(map).timing(timing).ignore_wrong_keys()
    }

    fn greeting(&self) -> Vec<Phrase> {
        let config = &self.config;
        let stock = match config.reason {
            Reason::NoAnswer => phrases::NOT_AVAILABLE,
            Reason::Busy => phrases::BUSY,
            Reason::Unavailable => phrases::UNAVAILABLE,
            Reason::Chosen => phrases::MAILBOX_OF,
        };
        let helper = config.helper.as_ref().map(|helper| {
            let extension = Argument::Digits(helper.extension.clone());
            Phrase::said_with(phrases::HELPER, [helper.name.clone(), extension])
        });
        match &config.greeting {
            Some(own) => [Phrase::Sound(own.clone())].into_iter().chain(helper).collect(),
            None => [Phrase::said_with(stock, [config.name.clone()])]
                .into_iter()
                .chain(helper)
                .chain([Phrase::said(phrases::LEAVE_A_MESSAGE)])
                .collect(),
        }
    }
}

impl Dialogue for TakeMessage {
    type Label = TakeMessageLabel;
    type Outcome = TakeMessageOutcome;
    type Ask = TakeMessageAsk;
    type Answer = TakeMessageAnswer;
    type Signal = TakeMessageSignal;

    fn begin(&mut self) -> StepOf<Self> {
        self.invite(self.greeting(), 1)
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match self.state.clone() {
            State::Inviting { attempt } => self.hear_while_inviting(heard, attempt),
            State::Opening { attempt } => self.hear_while_opening(&heard, attempt),
            State::Recording { draft, attempt } => self.hear_while_recording(heard, draft, attempt),
            State::Tidying { task, draft, after, tries } => {
                self.hear_while_tidying(heard, (task, draft, tries), after)
            }
            State::Closing(outcome) => match heard {
                Heard::Matched { label: TakeMessageLabel::Extension, digits } => {
                    self.end(outcome.kept, Then::Dial(digits))
                }
                Heard::Left => self.end(outcome.kept, Then::Left),
                Heard::Matched { label: TakeMessageLabel::Next, .. }
                | Heard::NoInput
                | Heard::Finished
                | Heard::WrongKeys(_)
                | Heard::Recorded(_)
                | Heard::Answered(_)
                | Heard::Failed(_)
                | Heard::Signal(TakeMessageSignal::WindUp) => self.end(outcome.kept, outcome.then),
            },
            State::Ended(outcome) => Step::End(outcome),
        }
    }
}
