//! Takes a message; an extension or 0 leads out of it at any moment.

use std::time::Duration;

use centrala_dialogue::{
    Ask, Dialogue, DraftId, Heard, HeardBy, KeyRule, Phrase, RecordEnd, RecordRule, Recording,
    Step, StepOf, Tone, Turn, laws::World,
};
use centrala_keys::{DigitMap, Digits};

/// Shorter sounds are no message.
pub(crate) const SHORTEST: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LeaveMessage {
    Opening,
    Greeting(DraftId),
    Recording(DraftId),
    /// The draft is being kept or thrown away; then this happens.
    Closing(Then),
    Thanking,
    Apologising,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Then {
    Thank,
    Apologise,
    End(Taken),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    Skip,
    Done,
    Extension,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Want {
    OpenDraft,
    Keep(DraftId),
    Discard(DraftId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Draft(DraftId),
    Full,
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Taken {
    Message,
    Dialled(Digits),
    Nothing,
    Left,
}

impl LeaveMessage {
    pub(crate) fn new() -> Self {
        Self::Opening
    }

    pub(crate) fn map() -> DigitMap<Label> {
        DigitMap::new([("#", Label::Done), ("1xx", Label::Extension)]).unwrap()
    }

    fn record(&mut self, draft: DraftId) -> StepOf<Self> {
        *self = Self::Recording(draft);
        let rule = KeyRule::new(Self::map());
        let beep = Phrase::Tone(Tone::Beep);
        Step::Turn(Turn::say([beep]).listen(rule).record(RecordRule::new(draft)))
    }

    fn close(&mut self, draft: DraftId, length: Duration, then: Then) -> StepOf<Self> {
        *self = Self::Closing(then);
        let keep = length >= SHORTEST;
        Step::Ask(Ask::new(if keep { Want::Keep(draft) } else { Want::Discard(draft) }))
    }

    fn thank(&mut self) -> StepOf<Self> {
        *self = Self::Thanking;
        Step::Turn(Turn::say([Phrase::text("thank you")]))
    }

    fn apologise(&mut self) -> StepOf<Self> {
        *self = Self::Apologising;
        Step::Turn(Turn::say([Phrase::text("it was not recorded")]))
    }

    fn recorded(&mut self, recording: Recording<Label, ()>) -> StepOf<Self> {
        let long_enough = recording.length >= SHORTEST;
        let then = match recording.end {
            RecordEnd::Matched { label: Label::Extension, digits } => {
                Then::End(Taken::Dialled(digits))
            }
            RecordEnd::Left => Then::End(Taken::Left),
            _ if long_enough => Then::Thank,
            _ => Then::Apologise,
        };
        self.close(recording.draft, recording.length, then)
    }
}

impl Dialogue for LeaveMessage {
    type Label = Label;
    type Outcome = Taken;
    type Ask = Want;
    type Answer = Told;
    type Signal = ();

    fn begin(&mut self) -> StepOf<Self> {
        Step::Ask(Ask::new(Want::OpenDraft))
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match (self.clone(), heard) {
            (Self::Opening, Heard::Answered(Told::Draft(draft))) => {
                *self = Self::Greeting(draft);
                let map = DigitMap::new([("#", Label::Skip), ("1xx", Label::Extension)]).unwrap();
                let mut rule = KeyRule::new(map).ignore_wrong_keys();
                rule.timing.first = Duration::from_millis(1);
                Step::Turn(Turn::say([Phrase::text("please leave a message")]).listen(rule))
            }
            (Self::Opening, _) => self.apologise(),
            (Self::Greeting(draft), Heard::Left) => {
                self.close(draft, Duration::ZERO, Then::End(Taken::Left))
            }
            (Self::Greeting(draft), Heard::Matched { label: Label::Extension, digits }) => {
                self.close(draft, Duration::ZERO, Then::End(Taken::Dialled(digits)))
            }
            (Self::Greeting(draft), _) => self.record(draft),
            (Self::Recording(_), Heard::Recorded(recording)) => self.recorded(recording),
            (Self::Closing(Then::Thank), Heard::Answered(_)) => self.thank(),
            (Self::Closing(Then::Thank | Then::Apologise), _) => self.apologise(),
            (Self::Closing(Then::End(outcome)), _) => Step::End(outcome),
            (Self::Thanking, _) => Step::End(Taken::Message),
            (Self::Apologising, Heard::Left) => Step::End(Taken::Left),
            (Self::Apologising | Self::Recording(_), _) => Step::End(Taken::Nothing),
        }
    }
}

pub(crate) struct Drafts;

impl World<LeaveMessage> for Drafts {
    fn answers(&self, want: &Want) -> Vec<Told> {
        match want {
            Want::OpenDraft => vec![Told::Draft(DraftId::new(7)), Told::Full],
            Want::Keep(_) | Want::Discard(_) => vec![Told::Done],
        }
    }

    fn lengths(&self) -> Vec<Duration> {
        vec![Duration::ZERO, SHORTEST]
    }
}
