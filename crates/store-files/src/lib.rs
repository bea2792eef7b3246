//! A message store in plain files that survives a crash at any byte.
//!
//! [`FileStore`] is a [`MessageStore`](centrala_voicemail::MessageStore): a request goes in, an
//! answer comes out. What it has answered is on disk: after `kill -9`, after a power cut, on a full
//! disk. What it has not answered is there or not, but never half there. A recording that a crash
//! cuts off is recovered when the store is opened again, up to its last second, and comes as a
//! message that is marked as interrupted.
//!
//! Each message is a WAV file that carries what is known about it, in a folder that says whose it
//! is and whether it was heard; `README.md` describes the format. There is no index to lose.
//!
//! # Example
//!
//! ```
//! use centrala_store_files::{FileStore, FileStoreConfig};
//! use centrala_voicemail::{
//!     Answer, Envelope, EnvelopeText, MessageStore, Reason, Request, RequestId, UnixMillis,
//! };
//!
//! # let scratch = std::env::temp_dir().join(format!("centrala-doc-{}", std::process::id()));
//! let dir = scratch.join("voicemail");
//! let (mut store, recovery) = FileStore::open(&dir, FileStoreConfig::default())?;
//! assert!(recovery.recovered.is_empty(), "nothing was cut off: the store is new");
//!
//! let mut ask = |request| {
//!     store.submit(RequestId::new(1), request);
//!     store.poll_answer().expect("it answers at once").1
//! };
//! let mailbox: centrala_voicemail::MailboxName = "101".parse()?;
//! ask(Request::AddMailbox { mailbox: mailbox.clone() });
//! let called = EnvelopeText::new("+15550100");
//! let envelope = Envelope::new(called, Reason::NoAnswer, UnixMillis::new(1_795_550_000_000));
//! let Answer::Draft(draft) = ask(Request::OpenDraft { mailbox, envelope }) else {
//!     panic!("a new mailbox is not full");
//! };
//! ask(Request::Append { draft, audio: vec![0xff; 8_000] });
//! assert!(matches!(ask(Request::Commit { draft }), Answer::Kept(_)));
//!
//! // A message is a file, which any program plays.
//! assert!(dir.join("mailboxes/101/new/0000000000000001.wav").exists());
//! # drop(store);
//! # std::fs::remove_dir_all(scratch)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! [`FileStore`] waits for the disk inside `submit`, so it belongs on a thread of its own. Append
//! sound at least every 200 ms: a file is synced after each 0.8 s of sound. Whoever records many messages at once calls
//! [`FileStore::sync_drafts`] a few times a second: all of them are made durable together, at the cost of one.
//!
//! It writes through [`Disk`](centrala_disk::Disk): a test puts a disk beneath it that fails and forgets
//! ([`FileStore::open_on`]).

mod draft;
mod error;
mod index;
mod layout;
mod message_file;
mod numbers;
mod recovery;
mod store;

pub use error::{FORMAT, OpenStoreError};
pub use recovery::Recovery;
pub use store::{FileStore, FileStoreConfig};
