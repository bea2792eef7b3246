//! Spoken conversations as values.
//!
//! A menu, a directory, a mailbox and the screening of a call are the same thing: a conversation in
//! turns with one party. A [`Dialogue`] says what to say and what to listen for ([`Step`]), and is
//! resumed with what was heard ([`Heard`]). It knows no clock, no samples and no sockets; it is a
//! plain value that can be cloned, compared, hashed, and enumerated to the last state.

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
