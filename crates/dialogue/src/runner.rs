//! The runner: key timing, barge-in, type-ahead, playback control and recording, once for all.

mod collector;
mod input;
mod output;
mod performance;

use std::collections::VecDeque;

use centrala_keys::{Digits, Key};

pub use input::{Input, InputTo, RecordOutcome, TimerKind};
pub use output::{Output, OutputOf};

pub use self::performance::PAUSE_LIMIT;
use self::performance::Performance;
use crate::{Ask, AskError, Dialogue, HeardBy, Step, StepOf, Turn};

/// How many keys are kept for later turns. Further ones are lost.
pub const TYPEAHEAD_LIMIT: usize = 32;

/// How many signals are held back while an ask runs. Further ones are lost.
pub const HELD_SIGNALS_LIMIT: usize = 8;

/// How often a dialogue that wants to speak to nobody is told that the party has left.
const MAX_DEPARTURES_TOLD: u8 = 4;

/// Runs a [`Dialogue`]: turns its steps into orders for a player, a recorder, timers and a store,
/// and what these report into what the dialogue hears.
///
/// It does no I/O, reads no clock and holds no instants, so it is a value like the dialogue itself.
///
/// # Driving it
///
/// Call [`begin`](Self::begin) once, then [`handle_input`](Self::handle_input) for everything that
/// happens; after each of them drain [`poll_output`](Self::poll_output). The owner promises:
///
/// - [`Input::PlaybackFinished`] comes once for each [`Output::Play`] that was heard to its end
///   (at once, if it has no phrases), never for one that was stopped or replaced;
/// - [`Input::Recorded`] comes once for each [`Output::Record`], whatever happens;
/// - [`Input::Fired`] comes once for each [`Output::Start`] that was neither cancelled nor replaced;
/// - one [`Input::Answered`] or [`Input::Failed`] comes for each [`Output::Ask`], and none after
///   its [`Output::Withdraw`].
///
/// An input that makes no sense at the moment does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Runner<D: Dialogue> {
    dialogue: D,
    state: State<D::Label, D::Signal>,
    party: Party,
    /// Keys that no turn has taken yet.
    typeahead: Digits,
    /// Signals that came while an ask ran or a recording was being closed.
    held: VecDeque<D::Signal>,
    outputs: VecDeque<OutputOf<D>>,
}

#[expect(clippy::large_enum_variant, reason = "a runner performs for most of its life")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State<L, S> {
    Idle,
    Performing(Performance<L, S>),
    Asking(Meanwhile),
    Over,
}

/// What the party hears while an ask runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Meanwhile {
    Playing,
    Quiet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Present,
    /// It has left; the dialogue hears of it as soon as its ask is over.
    Leaving,
    /// It has left, and the dialogue was told so.
    Gone {
        told: u8,
    },
}

impl<D: Dialogue> Runner<D> {
    /// Returns a runner of a dialogue that has not begun.
    #[must_use]
    pub const fn new(dialogue: D) -> Self {
        Self {
            dialogue,
            state: State::Idle,
            party: Party::Present,
            typeahead: Digits::new(),
            held: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Begins the conversation. A second call does nothing.
    pub fn begin(&mut self) {
        if self.state == State::Idle {
            let step = self.dialogue.begin();
            self.go_on(step);
        }
    }

    /// Feeds one thing that happened.
    pub fn handle_input(&mut self, input: InputTo<D>) {
        match input {
            Input::Key(key) => self.key(key),
            Input::Answered(answer) => self.end_ask(HeardBy::<D>::Answered(answer)),
            Input::Failed(error) => self.end_ask(HeardBy::<D>::Failed(error)),
            Input::Signal(signal) => self.signal(signal),
            Input::Left => self.left(),
            Input::Fired(TimerKind::Ask) => self.ask_timed_out(),
            Input::PlaybackFinished if matches!(self.state, State::Asking(_)) => {
                self.state = State::Asking(Meanwhile::Quiet);
            }
            Input::PlaybackFinished => {
                self.perform(|turn, typeahead, out| turn.playback_finished(typeahead, out));
            }
            Input::Onset => self.perform(|turn, _, out| {
                turn.onset(out);
                None
            }),
            Input::Silent => self.perform(|turn, _, out| turn.silent(out)),
            Input::Recorded { length, outcome } => {
                self.perform(|turn, _, out| turn.recorded(length, outcome, out));
            }
            Input::Fired(
                kind @ (TimerKind::FirstKey
                | TimerKind::InterDigit
                | TimerKind::Pause
                | TimerKind::RecordLimit),
            ) => self.perform(|turn, typeahead, out| turn.fired(kind, typeahead, out)),
        }
    }

    /// Returns what the owner must do next, in order.
    pub fn poll_output(&mut self) -> Option<OutputOf<D>> {
        self.outputs.pop_front()
    }

    /// Returns whether the conversation is over: nothing more will come out or matter.
    ///
    /// It ends with [`Output::End`]; without one only if the dialogue breaks law 2 and goes on
    /// speaking to a party that it knows to be gone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Returns whether a recording runs or is being closed.
    #[must_use]
    pub const fn is_recording(&self) -> bool {
        matches!(&self.state, State::Performing(turn) if turn.is_recording())
    }

    /// Returns the dialogue as it is now.
    #[must_use]
    pub const fn dialogue(&self) -> &D {
        &self.dialogue
    }

    fn key(&mut self, key: Key) {
        match (&self.state, self.party) {
            (State::Over, _) | (_, Party::Leaving | Party::Gone { .. }) => {}
            (State::Idle | State::Asking(_), Party::Present) => keep(&mut self.typeahead, key),
            (State::Performing(_), Party::Present) => {
                self.perform(|turn, typeahead, out| turn.key(key, typeahead, out));
            }
        }
    }

    fn signal(&mut self, signal: D::Signal) {
        if self.party != Party::Present {
            return;
        }
        let closing = matches!(&self.state, State::Performing(turn) if turn.is_closing());
        match &self.state {
            State::Performing(_) if !closing => {
                self.perform(|turn, _, out| turn.signal(signal, out));
            }
            State::Idle | State::Asking(_) | State::Performing(_) => {
                if self.held.len() < HELD_SIGNALS_LIMIT {
                    self.held.push_back(signal);
                }
            }
            State::Over => {}
        }
    }

    fn left(&mut self) {
        if self.party != Party::Present {
            return;
        }
        // Nobody is there whom a signal could concern, and no key is pressed any more.
        self.held.clear();
        self.typeahead.clear();
        match &self.state {
            State::Performing(_) => {
                self.party = Party::Gone { told: 1 };
                self.perform(|turn, _, out| turn.left(out));
            }
            State::Asking(_) => {
                self.party = Party::Leaving;
                self.stop_meanwhile();
            }
            State::Idle | State::Over => self.party = Party::Leaving,
        }
    }

    fn ask_timed_out(&mut self) {
        if let State::Asking(_) = self.state {
            self.outputs.push_back(Output::Withdraw);
            self.stop_meanwhile();
            let step = self.dialogue.hear(HeardBy::<D>::Failed(AskError::TimedOut));
            self.go_on(step);
        }
    }

    /// Ends the ask that runs. An answer that nobody waits for any more is swallowed.
    fn end_ask(&mut self, heard: HeardBy<D>) {
        if let State::Asking(_) = self.state {
            self.outputs.push_back(Output::Cancel(TimerKind::Ask));
            self.stop_meanwhile();
            let step = self.dialogue.hear(heard);
            self.go_on(step);
        }
    }

    fn stop_meanwhile(&mut self) {
        if self.state == State::Asking(Meanwhile::Playing) {
            self.outputs.push_back(Output::StopPlaying);
            self.state = State::Asking(Meanwhile::Quiet);
        }
    }

    /// Lets the turn that runs, if one does, act on an input; goes on if that ended it.
    fn perform(
        &mut self,
        act: impl FnOnce(
            &mut Performance<D::Label, D::Signal>,
            &mut Digits,
            &mut VecDeque<OutputOf<D>>,
        ) -> Option<HeardBy<D>>,
    ) {
        let State::Performing(turn) = &mut self.state else { return };
        if let Some(heard) = act(turn, &mut self.typeahead, &mut self.outputs) {
            let step = self.dialogue.hear(heard);
            self.go_on(step);
        }
    }

    /// Takes steps until one has to wait for an input.
    ///
    /// Each time round uses up a key of the type-ahead, a held signal, or one of the few times that
    /// a departure is told, so this comes to an end whatever the dialogue does.
    fn go_on(&mut self, mut step: StepOf<D>) {
        loop {
            let heard = match step {
                Step::Turn(turn) => self.open_turn(turn),
                Step::Ask(ask) => return self.open_ask(ask),
                Step::End(outcome) => {
                    self.outputs.push_back(Output::End(outcome));
                    self.state = State::Over;
                    return;
                }
            };
            let Some(heard) = heard else { return };
            step = self.dialogue.hear(heard);
        }
    }

    fn open_turn(&mut self, turn: Turn<D::Label>) -> Option<HeardBy<D>> {
        let mut turn = Performance::new(turn);
        match self.party {
            Party::Present => {}
            Party::Leaving => {
                self.party = Party::Gone { told: 1 };
                return turn.left(&mut self.outputs);
            }
            Party::Gone { told } if told < MAX_DEPARTURES_TOLD => {
                self.party = Party::Gone { told: told + 1 };
                return turn.left(&mut self.outputs);
            }
            Party::Gone { .. } => {
                self.state = State::Over;
                return None;
            }
        }
        if let Some(signal) = self.held.pop_front() {
            return turn.signal(signal, &mut self.outputs);
        }
        let heard = turn.open(&mut self.typeahead, &mut self.outputs);
        if heard.is_none() {
            self.state = State::Performing(turn);
        }
        heard
    }

    fn open_ask(&mut self, ask: Ask<D::Ask>) {
        let heard = self.party == Party::Present && !ask.meanwhile.is_empty();
        if heard {
            self.outputs.push_back(Output::Play(ask.meanwhile));
        }
        self.outputs.push_back(Output::Start(TimerKind::Ask, ask.limit));
        self.outputs.push_back(Output::Ask(ask.request));
        self.state = State::Asking(if heard { Meanwhile::Playing } else { Meanwhile::Quiet });
    }
}

/// Keeps a key for a later turn, if there is room.
fn keep(typeahead: &mut Digits, key: Key) {
    if typeahead.len() < TYPEAHEAD_LIMIT {
        typeahead.push(key);
    }
}
