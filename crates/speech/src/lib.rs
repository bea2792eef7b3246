//! Phrases become audio: wording, a voice, and prompts that are rendered once.
//!
//! A [`PhraseBook`] is the union of the wording of all dialogue crates. A [`Studio`] says it, and
//! every other [`Phrase`](centrala_dialogue::Phrase), with a [`Speaker`]: the [`EmbeddedVoice`]
//! speaks English and needs nothing but this crate. Recordings come from a [`SoundSource`] of the
//! caller.
//!
//! All sound is 16-bit mono at 8,000 Hz. Speech has one level, [`SPEECH_LEVEL_DBM0`], no silence at
//! its ends, and clicks nowhere; recordings are left as they are.
//!
//! # Example
//!
//! ```
//! use centrala_dialogue::{ArgumentKind, Language, Phrase, PhraseDefinition, PhraseId};
//! use centrala_media::Codec;
//! use centrala_speech::{EmbeddedVoice, NoSounds, PhraseBook, Studio};
//!
//! const LOCATED: PhraseId = PhraseId::new("example.extension");
//! const PHRASES: &[PhraseDefinition] = &[PhraseDefinition {
//!     id: LOCATED,
//!     arguments: &[ArgumentKind::Name, ArgumentKind::Digits],
//!     wording: &[(Language::ENGLISH, "{0} is at extension {1}.")],
//! }];
//!
//! let book = PhraseBook::new([PHRASES])?;
//! let mut studio = Studio::new(book, EmbeddedVoice::load()?, Language::ENGLISH);
//! assert_eq!(studio.missing(), []);
//!
//! let sally = centrala_dialogue::Argument::Text("Sally Jones".into());
//! let extension = centrala_dialogue::Argument::Digits("101".parse()?);
//! let phrase = Phrase::said_with(LOCATED, [sally, extension]);
//! let rendered = studio.prompts(&[phrase], Codec::Pcmu, &NoSounds);
//! assert!(rendered.failures.is_empty());
//! assert!(rendered.prompts[0].length().as_millis() > 1_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! Rendering takes CPU time (about a thousandth of the length of the speech), so a telephone system
//! calls [`Studio::prompts`] ahead of time or on a thread of its own. A `Studio` is `Send`.
//!
//! # Attribution
//!
//! The embedded voice carries speech data of Carnegie Mellon University and the University of
//! Edinburgh. A binary that contains this crate must carry `THIRD-PARTY-NOTICES.md`.

mod cache;
mod embedded_voice;
mod loudness;
mod number;
mod phrase_book;
mod sound_source;
mod speaker;
mod spelling;
mod studio;
mod tone;

pub use embedded_voice::{EmbeddedVoice, LoadVoiceError};
pub use loudness::{SPEECH_LEVEL_DBM0, active_level_dbm0};
pub use phrase_book::{BuildPhraseBookError, Gap, Missing, PhraseBook};
pub use sound_source::{NoSounds, SoundSource};
pub use speaker::{MAX_SPEECH, MAX_TEXT_LEN, SpeakError, Speaker, ToneSpeaker};
pub use studio::{MAX_SILENCE, PAUSE, RenderPhraseError, Rendered, Studio};
pub use tone::BEEP_LEVEL_DBM0;
