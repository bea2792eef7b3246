//! Mailboxes: the conversation that takes a message, and the store it is kept in.
//!
//! [`TakeMessage`] is a [`Dialogue`](centrala_dialogue::Dialogue): it greets, opens a draft, beeps,
//! records, and sees to it that what was said is kept, whatever ends the recording. The beep never
//! sounds into nothing: if no message can be taken, the caller is told, and led on.
//!
//! [`MessageStore`] is what messages are kept in, as requests and answers: a slow disk, a full disk
//! and a crash are just other answers, or none. [`MemoryStore`] is one in memory; every store passes
//! [`conformance::check`].
//!
//! Not here: files (`centrala-store-files`), and playback, recording and key timing (the `Runner` of
//! `centrala-dialogue`).
//!
//! # Example
//!
//! Nobody answers at Sally's. Her mailbox opens a draft before it beeps:
//!
//! ```
//! use centrala_dialogue::{Argument, Dialogue, Heard, Phrase, RecordEnd, Recording, Step, Tone};
//! use centrala_voicemail::{
//!     Answer, Envelope, EnvelopeText, MailboxName, MemoryStore, MessageStore, Reason, Request,
//!     RequestId, StoreLimits, TakeMessage, TakeMessageAnswer, TakeMessageConfig, Then, UnixMillis,
//! };
//!
//! let mailbox: MailboxName = "101".parse()?;
//! let mut store = MemoryStore::new(StoreLimits::default());
//! let mut ask = |request| {
//!     store.submit(RequestId::new(1), request);
//!     store.poll_answer().expect("memory answers at once").1
//! };
//! ask(Request::AddMailbox { mailbox: mailbox.clone() });
//!
//! let name = Argument::Text("Sally Jones".into());
//! let config = TakeMessageConfig::new(mailbox.clone(), name, Reason::NoAnswer);
//! let mut dialogue = TakeMessage::new(config);
//! let Step::Turn(_greeting) = dialogue.begin() else { panic!("it greets") };
//!
//! // The greeting is over: the store is asked for a draft, and the answer is handed back.
//! let Step::Ask(opening) = dialogue.hear(Heard::NoInput) else { panic!("it asks") };
//! let called = EnvelopeText::new("+15550100");
//! let envelope = Envelope::new(called, Reason::NoAnswer, UnixMillis::new(1_795_550_000_000));
//! let answer = ask(opening.request.to_request(&envelope));
//! let answer = TakeMessageAnswer::from_answer(&answer).expect("it answers the ask");
//! let Step::Turn(recording) = dialogue.hear(Heard::Answered(answer)) else { panic!("it beeps") };
//! assert_eq!(recording.say, [Phrase::Tone(Tone::Beep)]);
//!
//! // The caller speaks, and hangs up. What was said is kept.
//! let draft = recording.record.expect("it records").into;
//! ask(Request::Append { draft, audio: vec![0xff; 24_000] });
//! let length = std::time::Duration::from_secs(3);
//! let recorded = Recording::new(draft, length, RecordEnd::Left);
//! let Step::Ask(keeping) = dialogue.hear(Heard::Recorded(recorded)) else { panic!("it asks") };
//! let answer = ask(keeping.request.to_request(&envelope));
//! let answer = TakeMessageAnswer::from_answer(&answer).expect("it answers the ask");
//! let Step::End(outcome) = dialogue.hear(Heard::Answered(answer)) else { panic!("it ends") };
//! assert_eq!(outcome.then, Then::Left);
//! assert_eq!(outcome.kept.expect("it is kept").length, length);
//!
//! let Answer::Messages(messages) = ask(Request::List { mailbox }) else { panic!("it lists") };
//! assert_eq!(messages.len(), 1);
//! # Ok::<(), centrala_voicemail::ParseMailboxNameError>(())
//! ```
//!
//! # Driving it
//!
//! The recorder streams into the draft with [`Request::Append`] while the dialogue waits; the length
//! that it reports is that of the sound in the draft, the silence at its end included. A draft that
//! is opened after its ask has failed is the driver's to discard.
//!
//! What a caller is told comes from [`PHRASES`].

mod envelope;
mod greeting;
mod mailbox;
mod memory_store;
mod message;
mod phrases;
mod store;
mod stored_sound;
mod take_message;

pub mod conformance;

pub use envelope::{Envelope, EnvelopeText, MAX_TEXT_BYTES, Reason, UnixMillis};
pub use greeting::{GreetingKind, choose_greeting};
pub use mailbox::{MAX_NAME_LEN, MailboxName, ParseMailboxNameError};
pub use memory_store::MemoryStore;
pub use message::{Folder, MessageId, MessageSummary};
pub use phrases::PHRASES;
pub use store::{
    Answer, BYTES_PER_SECOND, MAX_APPEND, MessageStore, Request, RequestId, StoreError,
    StoreLimits, sound_bytes, sound_length,
};
pub use stored_sound::StoredSound;
pub use take_message::{
    Helper, KeptMessage, NotTaken, TakeMessage, TakeMessageAnswer, TakeMessageAsk,
    TakeMessageConfig, TakeMessageLabel, TakeMessageOutcome, TakeMessageSignal, Then,
};
