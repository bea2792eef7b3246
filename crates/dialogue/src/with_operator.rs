//! 0 reaches the operator.

use std::time::Duration;

use centrala_keys::{DigitMap, Digits, Key, Pattern};

use crate::{
    Ask, Dialogue, Heard, HeardBy, KeyRule, KeyTiming, RecordEnd, Recording, Step, StepOf, Turn,
    WrongKeys, ZeroKey,
};

/// A dialogue whose every turn can be left for the operator with 0 as its first key.
///
/// Turns that take a [literal 0](ZeroKey::Literal) stay as they are. The others get a rule for 0
/// before their own; a turn without keys gets only that, is over as soon as all is said, and keeps
/// other keys for the next turn.
///
/// When 0 is pressed, the dialogue inside hears that the party has [left](Heard::Left), in a
/// recording as [its end](RecordEnd::Left). What it asks then is carried through, so that nothing
/// recorded is lost, and its outcome is handed on as `tidied`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WithOperator<D> {
    inner: D,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mode {
    /// The turn that runs, if one does, listens to what the dialogue inside listens to.
    Attentive,
    /// The turn that runs listens for nothing but 0: silence is what it hopes for.
    OnlyZero,
    /// 0 was pressed, and the dialogue inside tidies up.
    Tidying,
}

/// What keys mean in a [`WithOperator`].
#[expect(clippy::exhaustive_enums, reason = "zero or not")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OperatorOr<L> {
    /// The party wants the operator.
    Operator,
    /// What the keys mean inside.
    Inner(L),
}

/// How a [`WithOperator`] ends.
#[expect(clippy::exhaustive_enums, reason = "zero or not")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Escaped<O> {
    /// The party wants the operator.
    Operator {
        /// How the dialogue inside ended after that; `None` if it wanted to go on speaking.
        tidied: Option<O>,
    },
    /// The dialogue inside ended by itself.
    Ended(O),
}

impl<D: Dialogue> WithOperator<D> {
    /// Gives every turn of `inner` its 0.
    #[must_use]
    pub const fn new(inner: D) -> Self {
        Self { inner, mode: Mode::Attentive }
    }

    /// Returns the dialogue inside.
    #[must_use]
    pub const fn inner(&self) -> &D {
        &self.inner
    }

    /// Hands a step of the dialogue inside out.
    fn hand_out(&mut self, step: StepOf<D>) -> StepOf<Self> {
        self.mode = Mode::Attentive;
        match step {
            Step::Turn(turn) => Step::Turn(self.with_zero(turn)),
            Step::Ask(ask) => Step::Ask(ask),
            Step::End(outcome) => Step::End(Escaped::Ended(outcome)),
        }
    }

    fn with_zero(&mut self, turn: Turn<D::Label>) -> Turn<OperatorOr<D::Label>> {
        let keys = turn.keys.map(|rule| KeyRule {
            map: rule.map.map_labels(OperatorOr::Inner),
            timing: rule.timing,
            wrong: rule.wrong,
            terminator: rule.terminator,
        });
        let keys = match turn.zero {
            ZeroKey::Literal(_) => keys,
            ZeroKey::Operator => Some(match keys {
                Some(mut rule) => {
                    push_zero(&mut rule.map);
                    rule
                }
                None => {
                    self.mode = Mode::OnlyZero;
                    only_zero()
                }
            }),
        };
        Turn {
            say: turn.say,
            keys,
            record: turn.record,
            transport: turn.transport,
            barge_in: turn.barge_in,
            typeahead: turn.typeahead,
            zero: turn.zero,
        }
    }

    /// Lets the dialogue inside tidy up, and leaves for the operator.
    fn tidy(&mut self, step: StepOf<D>) -> StepOf<Self> {
        self.mode = Mode::Tidying;
        match step {
            Step::Ask(ask) => {
                // The party is on its way: the words belong to a conversation that it has left.
                Step::Ask(Ask { meanwhile: Vec::new(), ..ask })
            }
            Step::End(outcome) => Step::End(Escaped::Operator { tidied: Some(outcome) }),
            Step::Turn(_) => Step::End(Escaped::Operator { tidied: None }),
        }
    }

    /// Translates what was heard, if it was not the 0.
    fn translate(&self, heard: HeardBy<Self>) -> Translated<D> {
        Translated::Heard(match heard {
            Heard::Matched { label: OperatorOr::Operator, digits: _ } => return Translated::Zero,
            Heard::Matched { label: OperatorOr::Inner(label), digits } => {
                Heard::Matched { label, digits }
            }
            Heard::Recorded(recording) => {
                let Recording { draft, length, end } = recording;
                let end = match end {
                    RecordEnd::Matched { label: OperatorOr::Operator, digits: _ } => {
                        return Translated::ZeroInRecording(Recording::new(
                            draft,
                            length,
                            RecordEnd::Left,
                        ));
                    }
                    RecordEnd::Matched { label: OperatorOr::Inner(label), digits } => {
                        RecordEnd::Matched { label, digits }
                    }
                    RecordEnd::Silence => RecordEnd::Silence,
                    RecordEnd::Limit => RecordEnd::Limit,
                    RecordEnd::Signal(signal) => RecordEnd::Signal(signal),
                    RecordEnd::Left => RecordEnd::Left,
                    RecordEnd::Failed => RecordEnd::Failed,
                };
                Heard::Recorded(Recording::new(draft, length, end))
            }
            Heard::NoInput if self.mode == Mode::OnlyZero => Heard::Finished,
            Heard::NoInput => Heard::NoInput,
            Heard::Finished => Heard::Finished,
            Heard::WrongKeys(digits) => Heard::WrongKeys(digits),
            Heard::Answered(answer) => Heard::Answered(answer),
            Heard::Failed(error) => Heard::Failed(error),
            Heard::Signal(signal) => Heard::Signal(signal),
            Heard::Left => Heard::Left,
        })
    }
}

enum Translated<D: Dialogue> {
    Heard(HeardBy<D>),
    Zero,
    ZeroInRecording(Recording<D::Label, D::Signal>),
}

impl<D: Dialogue> Dialogue for WithOperator<D> {
    type Label = OperatorOr<D::Label>;
    type Outcome = Escaped<D::Outcome>;
    type Ask = D::Ask;
    type Answer = D::Answer;
    type Signal = D::Signal;

    fn begin(&mut self) -> StepOf<Self> {
        let step = self.inner.begin();
        self.hand_out(step)
    }

    fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
        match (self.translate(heard), self.mode) {
            (Translated::Heard(heard), Mode::Attentive | Mode::OnlyZero) => {
                let step = self.inner.hear(heard);
                self.hand_out(step)
            }
            (Translated::Heard(heard), Mode::Tidying) => {
                let step = self.inner.hear(heard);
                self.tidy(step)
            }
            (Translated::Zero, Mode::Attentive | Mode::OnlyZero | Mode::Tidying) => {
                let step = self.inner.hear(Heard::Left);
                self.tidy(step)
            }
            (
                Translated::ZeroInRecording(recording),
                Mode::Attentive | Mode::OnlyZero | Mode::Tidying,
            ) => {
                let step = self.inner.hear(Heard::Recorded(recording));
                self.tidy(step)
            }
        }
    }
}

fn push_zero<L>(map: &mut DigitMap<OperatorOr<L>>) {
    let zero: Digits = [Key::Zero].into_iter().collect();
    if let Ok(pattern) = Pattern::exactly(&zero) {
        map.push_front(pattern, OperatorOr::Operator);
    }
}

fn only_zero<L>() -> KeyRule<OperatorOr<L>> {
    let mut map = DigitMap::default();
    push_zero(&mut map);
    KeyRule {
        map,
        timing: KeyTiming::new(Duration::ZERO, KeyTiming::default().inter_digit),
        wrong: WrongKeys::Keep,
        terminator: None,
    }
}
