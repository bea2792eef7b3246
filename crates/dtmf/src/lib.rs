//! Inband DTMF and call-progress tones: detection and generation.
//!
//! Keys are pairs of sines (ITU-T Q.23) that a [`Detector`] finds in sound, as ITU-T Q.24 wants it,
//! and [`KeyTones`] make; [`CallProgress`] makes the tones that tell a caller what happens. All
//! sound is 16-bit samples at [`SAMPLE_RATE`]. No I/O, no clock, and no standard library.
//!
//! Not here: keys that travel as telephone events (see `centrala-media`).
//!
//! # Example
//!
//! ```
//! use centrala_dtmf::{Detector, DetectorConfig, KeyToneConfig, KeyTones, ToneEvent};
//! use centrala_keys::Key;
//!
//! let mut config = KeyToneConfig::default();
//! config.tone_len = 800; // 100 ms
//! let sound: Vec<i16> = KeyTones::new([Key::Nine], config).collect();
//!
//! let mut detector = Detector::new(&DetectorConfig::default());
//! for frame in sound.chunks(160) {
//!     detector.handle_samples(frame);
//! }
//! let Some(ToneEvent::Down { key, at, .. }) = detector.poll_output() else { panic!() };
//! assert_eq!(key, Key::Nine);
//! assert!(at < 40, "it begins within 5 ms of the true onset");
//! let Some(ToneEvent::Up { length, .. }) = detector.poll_output() else { panic!() };
//! assert!(length.abs_diff(800) < 40);
//! ```
//!
//! # Driving it
//!
//! Feed [`Detector::handle_samples`] with blocks of any length and drain
//! [`Detector::poll_output`]; at the end of the sound, [`Detector::finish`]. Generators are
//! iterators of samples.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod analysis;
mod background;
mod call_progress;
mod correlator;
mod detector;
mod filter;
mod frequencies;
mod key_tones;
mod math;
mod oscillator;

pub use call_progress::{CallProgress, Country, ProgressTone};
pub use detector::{Detector, DetectorConfig, ToneEvent};
pub use frequencies::{FULL_SCALE_SINE_DBM0, HIGH_GROUP, LOW_GROUP, SAMPLE_RATE, frequencies};
pub use key_tones::{KeyToneConfig, KeyTones};
