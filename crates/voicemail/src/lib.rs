//! Mailboxes: the conversation that takes a message, and the store it is kept in.

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
