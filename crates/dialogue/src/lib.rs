//! Spoken conversations as values.
//!
//! A menu, a directory, a mailbox and the screening of a call are the same thing: a conversation in
//! turns with one party. A [`Dialogue`] says what to say and what to listen for ([`Step`]), and is
//! resumed with what was heard ([`Heard`]). It knows no clock, no samples and no sockets; it is a
//! plain value that can be cloned, compared, hashed, and enumerated to the last state.
//!
//! One [`Runner`] does what all of them need and none should do itself: key timing, barge-in,
//! type-ahead, playback control and recording. [`WithOperator`] gives every turn of a dialogue its
//! 0. [`laws`] visits every state of a dialogue and proves that it cannot lose a caller in a circle.
//!
//! Not here: what a party hears as sound (a renderer turns [`Phrase`]s into samples), and what an
//! ask is answered.
//!
//! # Example
//!
//! A dialogue that offers two departments, and gives up after three silences:
//!
//! ```
//! use std::time::Duration;
//! use centrala_dialogue::{
//!     Dialogue, Heard, HeardBy, Input, KeyRule, Output, Phrase, Runner, Step, StepOf, TimerKind,
//!     Turn, WithOperator, laws,
//! };
//! use centrala_keys::{DigitMap, Key};
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash)]
//! struct Departments {
//!     map: DigitMap<&'static str>,
//!     silences: u8,
//! }
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash)]
//! enum Outcome {
//!     Department(&'static str),
//!     GaveUp,
//!     Left,
//! }
//!
//! impl Departments {
//!     fn offer(&self) -> StepOf<Self> {
//!         let words = Phrase::text("For sales, press 1. For support, press 2.");
//!         Step::Turn(Turn::say([words]).listen(KeyRule::new(self.map.clone())))
//!     }
//! }
//!
//! impl Dialogue for Departments {
//!     type Label = &'static str;
//!     type Outcome = Outcome;
//!     type Ask = (); // it has no questions,
//!     type Answer = ();
//!     type Signal = (); // and nothing concerns it from outside
//!
//!     fn begin(&mut self) -> StepOf<Self> {
//!         self.offer()
//!     }
//!
//!     fn hear(&mut self, heard: HeardBy<Self>) -> StepOf<Self> {
//!         match heard {
//!             Heard::Matched { label, .. } => Step::End(Outcome::Department(label)),
//!             Heard::NoInput | Heard::WrongKeys(_) if self.silences < 2 => {
//!                 self.silences += 1;
//!                 self.offer()
//!             }
//!             Heard::Left => Step::End(Outcome::Left),
//!             _ => Step::End(Outcome::GaveUp),
//!         }
//!     }
//! }
//!
//! let map = DigitMap::new([("1", "sales"), ("2", "support")])?;
//! let dialogue = Departments { map, silences: 0 };
//!
//! // A caller hears the prompt, and presses 2 before it ends.
//! let mut runner = Runner::new(dialogue.clone());
//! runner.begin();
//! assert!(matches!(runner.poll_output(), Some(Output::Play(_))));
//! assert_eq!(runner.poll_output(), None);
//!
//! runner.handle_input(Input::Onset); // a tone begins: the prompt makes way
//! assert_eq!(runner.poll_output(), Some(Output::StopPlaying));
//! let first_key = Duration::from_secs(5);
//! assert_eq!(runner.poll_output(), Some(Output::Start(TimerKind::FirstKey, first_key)));
//!
//! runner.handle_input(Input::Key(Key::Two)); // it was a 2
//! assert_eq!(runner.poll_output(), Some(Output::Cancel(TimerKind::FirstKey)));
//! assert_eq!(runner.poll_output(), Some(Output::End(Outcome::Department("support"))));
//! assert!(runner.is_over());
//!
//! // Every state of it, with its way to the operator, keeps the laws.
//! struct Empty; // a world that answers nothing, as nothing is asked
//! impl laws::World<Departments> for Empty {
//!     fn answers(&self, _: &()) -> Vec<()> {
//!         Vec::new()
//!     }
//! }
//! let found = laws::check(dialogue.clone(), &Empty, &laws::Limits::default())?;
//! assert!(found.reaches(&Outcome::Department("sales")));
//! assert_eq!(found.longest_involuntary.lines().len(), 3); // three silences at the most
//! laws::check_with_operator(dialogue, &Empty, &laws::Limits::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! The owner of a [`Runner`] has a player, a recorder, five timers and somebody who answers:
//!
//! ```text
//!   party ── Onset, Key, Left ──────────▶┐        ┌─▶ Play, StopPlaying, Pause, … ── player
//!   player ── PlaybackFinished ─────────▶│        ├─▶ Record, StopRecording ──────── recorder
//!   recorder ── Silent, Recorded ───────▶│ Runner ├─▶ Start, Cancel ──────────────── timers
//!   timers ── Fired ────────────────────▶│        ├─▶ Ask, Withdraw ──────────────── store
//!   store ── Answered, Failed ──────────▶┘        └─▶ End ─────────────────────────▶ owner
//! ```
//!
//! 1. [`begin`](Runner::begin), then carry out everything that [`poll_output`](Runner::poll_output)
//!    returns, in order.
//! 2. Wait for one [`Input`]: feed it, carry out what comes, wait again, until
//!    [`is_over`](Runner::is_over).
//! 3. When the party hangs up, feed [`Input::Left`] and go on: the dialogue may still ask for what
//!    was recorded to be kept.
//!
//! [`Runner`] says what the owner promises; [`explore`] is there to check an owner as thoroughly as
//! the runner itself is checked: implement [`System`] for the two of them together.
//!
//! # Bounds
//!
//! A party can fill nothing without limit: keys that wait for a turn ([`TYPEAHEAD_LIMIT`]), the keys
//! of one string (64), a pause ([`PAUSE_LIMIT`]), a recording ([`RecordRule::longest`]), signals that
//! wait for an ask ([`HELD_SIGNALS_LIMIT`]). Keys are never printed by `Debug`: they may be a PIN.

mod dialogue;
mod explore;
mod graph;
pub mod laws;
mod phrase;
mod runner;
mod trace;
mod turn;
mod with_operator;

pub use dialogue::{Ask, AskError, Dialogue, Heard, HeardBy, RecordEnd, Recording, Step, StepOf};
pub use explore::{Explored, Fault, System, explore};
pub use phrase::{
    Argument, ArgumentKind, Language, Phrase, PhraseDefinition, PhraseId, Piece, RenderError,
    SoundId, Tone,
};
pub use runner::{
    HELD_SIGNALS_LIMIT, Input, InputTo, Output, OutputOf, PAUSE_LIMIT, RecordOutcome, Runner,
    TYPEAHEAD_LIMIT, TimerKind,
};
pub use trace::Trace;
pub use turn::{
    BargeIn, DraftId, KeyRule, KeyTiming, RecordRule, Transport, TransportAction, Turn, Typeahead,
    WrongKeys, ZeroKey,
};
pub use with_operator::{Escaped, OperatorOr, WithOperator};
