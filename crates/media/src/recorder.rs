//! A caller's message: sound in, chunks and a summary out.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::level::{FLOOR_DBM0, energy, power_of, power_to_dbm0};
use crate::{Codec, Encode as _, Encoder, SAMPLE_RATE, VoiceActivity};
use bytes::Bytes;

/// How to record.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderConfig {
    /// In which form the chunks are
    pub codec: Codec,
    /// A recording ends at this length; at most [`MAX_RECORDING`]
    pub max_length: Duration,
    /// A recording ends when nobody has spoken for this long; `None` waits for ever
    pub max_silence: Option<Duration>,
    /// Octets in each chunk but the last, 160 to 65,536
    pub chunk_len: usize,
}

impl Default for RecorderConfig {
    /// Five minutes in µ-law, ended by five seconds of silence, in chunks of half a second.
    fn default() -> Self {
        Self {
            codec: Codec::Pcmu,
            max_length: Duration::from_secs(300),
            max_silence: Some(Duration::from_secs(5)),
            chunk_len: 4_000,
        }
    }
}

/// Records one message from samples of 8,000 Hz.
///
/// The samples may be cut anywhere: the chunks are the same. Feed sound, drain
/// [`poll_output`](Self::poll_output) into a file, and [`finish`](Self::finish) when the caller
/// hangs up or presses a key; after [`RecorderOutput::Ended`] nothing more comes.
#[derive(Clone)]
pub struct Recorder {
    config: RecorderConfig,
    encoder: Encoder,
    state: State,
    voice: VoiceActivity,
    chunk: Vec<u8>,
    samples: u64,
    /// The sum of their squares.
    squares: u64,
    /// The longest recording and the longest silence, in samples.
    longest: u64,
    max_silence: Option<u64>,
    outputs: VecDeque<RecorderOutput>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Recording,
    Ended,
}

/// What to do with a recording.
#[non_exhaustive]
#[derive(Clone, PartialEq)]
pub enum RecorderOutput {
    /// Write these octets behind the others.
    Chunk(Bytes),
    /// Nothing more will come.
    Ended(RecordingEnd),
}

/// Tells the length of a chunk, not the sound.
impl fmt::Debug for RecorderOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chunk(octets) => f.debug_tuple("Chunk").field(&octets.len()).finish(),
            Self::Ended(end) => f.debug_tuple("Ended").field(end).finish(),
        }
    }
}

/// What became of a recording.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordingEnd {
    /// Why it ended
    pub reason: EndReason,
    /// How long it is
    pub length: Duration,
    /// How long somebody spoke
    pub voice: Duration,
    /// How long it is silent at its end
    pub trailing_silence: Duration,
    /// How loud it is on the whole
    pub level_dbm0: f64,
}

/// Why a recording ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// [`Recorder::finish`] was called.
    Finished,
    /// Nobody has spoken for [`RecorderConfig::max_silence`].
    Silence,
    /// It has reached [`RecorderConfig::max_length`].
    Full,
}

impl Recorder {
    /// Starts a recording.
    #[must_use]
    pub fn new(mut config: RecorderConfig) -> Self {
        config.max_length = config.max_length.min(MAX_RECORDING);
        // Whole samples of any codec.
        config.chunk_len = config.chunk_len.clamp(MIN_CHUNK, MAX_CHUNK).next_multiple_of(2);
        Self {
            state: State::Recording,
            voice: VoiceActivity::new(),
            chunk: Vec::with_capacity(config.chunk_len),
            samples: 0,
            squares: 0,
            longest: samples_of(config.max_length),
            max_silence: config.max_silence.map(samples_of),
            outputs: VecDeque::new(),
            encoder: config.codec.encoder(),
            config,
        }
    }

    /// Records samples; after the end they are ignored.
    pub fn handle_samples(&mut self, samples: &[i16]) {
        let mut rest = samples;
        while self.state == State::Recording && !rest.is_empty() {
            rest = self.record(rest);
        }
    }

    /// Ends the recording; once it has ended this does nothing.
    pub fn finish(&mut self) {
        self.end(EndReason::Finished);
    }

    /// Returns the next chunk, and at last how the recording ended.
    pub fn poll_output(&mut self) -> Option<RecorderOutput> {
        self.outputs.pop_front()
    }

    /// Returns how much was recorded.
    #[must_use]
    pub fn length(&self) -> Duration {
        length_of(self.samples)
    }

    /// Records as many samples as nothing can happen in; returns the others.
    fn record<'s>(&mut self, samples: &'s [i16]) -> &'s [i16] {
        let left = self.longest.saturating_sub(self.samples);
        let room = self.config.chunk_len.saturating_sub(self.chunk.len());
        let until_judged = usize::try_from(self.voice.until_judged()).unwrap_or(1);
        let room = self.config.codec.samples_in(room).max(1);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(room).min(until_judged);
        if most == 0 {
            self.end(EndReason::Full);
            return &[];
        }
        let (samples, rest) = samples.split_at(samples.len().min(most));
        let begin = self.chunk.len();
        self.chunk.resize(begin + self.config.codec.octets_in(samples.len()), 0);
        self.encoder.encode(samples, self.chunk.get_mut(begin..).unwrap_or_default());
        self.samples = self.samples.saturating_add(u64::try_from(samples.len()).unwrap_or(0));
        self.squares = self.squares.saturating_add(energy(samples));
        if self.chunk.len() >= self.config.chunk_len {
            self.flush();
        }
        self.voice.handle_samples(samples);
        if self.max_silence.is_some_and(|limit| self.voice.trailing_silence() >= limit) {
            self.end(EndReason::Silence);
        }
        rest
    }

    fn flush(&mut self) {
        if !self.chunk.is_empty() {
            let chunk =
                std::mem::replace(&mut self.chunk, Vec::with_capacity(self.config.chunk_len));
            self.outputs.push_back(RecorderOutput::Chunk(chunk.into()));
        }
    }

    fn end(&mut self, reason: EndReason) {
        if self.state == State::Ended {
            return;
        }
        self.state = State::Ended;
        self.flush();
        self.outputs.push_back(RecorderOutput::Ended(RecordingEnd {
            reason,
            length: self.length(),
            voice: length_of(self.voice.voice()),
            trailing_silence: length_of(self.voice.trailing_silence()),
            level_dbm0: self.level_dbm0(),
        }));
    }

    fn level_dbm0(&self) -> f64 {
        #![expect(clippy::cast_precision_loss, reason = "a recording has less than 2^53 samples")]
        if self.samples == 0 {
            FLOOR_DBM0
        } else {
            power_to_dbm0(power_of(self.squares) / self.samples as f64)
        }
    }
}

/// Tells how much was recorded, not what.
impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("config", &self.config)
            .field("state", &self.state)
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

/// Returns how many samples last at least so long.
fn samples_of(length: Duration) -> u64 {
    let samples = (length.as_micros() * u128::from(SAMPLE_RATE)).div_ceil(1_000_000);
    u64::try_from(samples).unwrap_or(u64::MAX)
}

fn length_of(samples: u64) -> Duration {
    let micros = samples.saturating_mul(1_000_000 / u64::from(SAMPLE_RATE));
    Duration::from_micros(micros)
}

/// The longest recording: its length in octets of any encoding fits into a WAV header.
pub const MAX_RECORDING: Duration = Duration::from_secs(24 * 60 * 60);

const MIN_CHUNK: usize = 160;
const MAX_CHUNK: usize = 65_536;

#[cfg(test)]
mod tests;
