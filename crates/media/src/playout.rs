//! Prompts on their way to a caller, 20 ms at a time.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::{Codec, Encode as _, FRAME_SAMPLES};

/// Sound that is ready to be sent: encoded once, shared by all calls that hear it.
///
/// It is cut into frames of 20 ms, each one the payload of a packet; the last one is filled up
/// with silence.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPrompt {
    codec: Codec,
    octets: Bytes,
}

impl EncodedPrompt {
    /// Returns a prompt of octets that are encoded already.
    #[must_use]
    pub fn new(codec: Codec, octets: Bytes) -> Self {
        let missing = octets.len().next_multiple_of(frame_len(codec)) - octets.len();
        if missing == 0 {
            return Self { codec, octets };
        }
        let mut filled = Vec::with_capacity(octets.len() + missing);
        filled.extend_from_slice(&octets);
        filled.resize(octets.len() + missing, codec.silence());
        Self { codec, octets: filled.into() }
    }

    /// Encodes samples of 8,000 Hz.
    #[must_use]
    pub fn from_samples(codec: Codec, samples: &[i16]) -> Self {
        let mut octets = vec![codec.silence(); codec.octets_in(samples.len())];
        codec.encoder().encode(samples, &mut octets);
        Self::new(codec, octets.into())
    }

    /// Returns silence of this length, rounded up to frames, at most [`MAX_SILENCE`].
    #[must_use]
    pub fn silence(codec: Codec, length: Duration) -> Self {
        let length = length.min(MAX_SILENCE);
        let is_partial = !length.as_millis().is_multiple_of(FRAME_MILLIS);
        let frames = frames_in(length) + usize::from(is_partial);
        Self::new(codec, vec![codec.silence(); frames * frame_len(codec)].into())
    }

    /// Returns the codec.
    #[must_use]
    pub const fn codec(&self) -> Codec {
        self.codec
    }

    /// Returns all octets: those of whole frames.
    #[must_use]
    pub const fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// Returns the number of frames.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.octets.len() / frame_len(self.codec)
    }

    /// Returns frame `index`.
    #[must_use]
    pub fn frame(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_mul(frame_len(self.codec))?;
        self.octets.get(start..start + frame_len(self.codec))
    }

    /// Returns how long the prompt lasts.
    #[must_use]
    pub fn length(&self) -> Duration {
        length_of(self.frames())
    }
}

/// Tells the length, not the sound.
impl fmt::Debug for EncodedPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedPrompt")
            .field("codec", &self.codec)
            .field("length", &self.length())
            .finish()
    }
}

/// Plays prompts one after the other, with pause, seeking and restart.
///
/// All prompts since the last [`clear`](Self::clear) form one recording, so seeking crosses their
/// joints. Taking a frame allocates nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Player {
    prompts: Vec<EncodedPrompt>,
    /// The prompt that plays, and the frame of it that comes next
    at: (usize, usize),
    transport: Transport,
}

/// Whether a player moves.
#[expect(clippy::exhaustive_enums, reason = "it moves or it stands")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Frames come out as long as there are any.
    #[default]
    Playing,
    /// No frame comes out; the position is kept.
    Paused,
}

impl Player {
    /// Returns a player without prompts.
    #[must_use]
    pub const fn new() -> Self {
        Self { prompts: Vec::new(), at: (0, 0), transport: Transport::Playing }
    }

    /// Adds a prompt behind all others.
    pub fn enqueue(&mut self, prompt: EncodedPrompt) {
        self.prompts.push(prompt);
    }

    /// Forgets all prompts, and that it was paused.
    pub fn clear(&mut self) {
        self.prompts.clear();
        self.at = (0, 0);
        self.transport = Transport::Playing;
    }

    /// Stands still.
    pub const fn pause(&mut self) {
        self.transport = Transport::Paused;
    }

    /// Moves again.
    pub const fn resume(&mut self) {
        self.transport = Transport::Playing;
    }

    /// Goes back by `distance`, at most to the beginning.
    pub fn seek_back(&mut self, distance: Duration) {
        self.seek_to(self.frames_played().saturating_sub(frames_in(distance)));
    }

    /// Goes forward by `distance`, at most to the end.
    pub fn seek_forward(&mut self, distance: Duration) {
        self.seek_to(self.frames_played().saturating_add(frames_in(distance)));
    }

    /// Goes back to the beginning of the first prompt.
    pub const fn restart(&mut self) {
        self.at = (0, 0);
    }

    /// Returns the payload of the next packet; `None` while paused and at the end.
    pub fn next_frame(&mut self) -> Option<&[u8]> {
        match self.transport {
            Transport::Paused => return None,
            Transport::Playing => self.skip_played(),
        }
        let (prompt, frame) = self.at;
        let payload = self.prompts.get(prompt)?.frame(frame)?;
        self.at.1 += 1;
        Some(payload)
    }

    /// Returns whether the next frame does not continue the one before: a prompt begins with it.
    #[must_use]
    pub fn is_at_joint(&self) -> bool {
        let (prompt, frame) = self.at;
        frame == 0 || self.prompts.get(prompt).is_some_and(|prompt| frame >= prompt.frames())
    }

    /// Returns whether it moves.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// Returns whether everything was played: a paused player has not finished before its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let (prompt, frame) = self.at;
        let mut ahead = self.prompts.iter().skip(prompt);
        ahead.next().is_none_or(|current| current.frames() <= frame)
            && ahead.all(|prompt| prompt.frames() == 0)
    }

    /// Returns how much was played since the last clear.
    #[must_use]
    pub fn position(&self) -> Duration {
        length_of(self.frames_played())
    }

    /// Returns how long all prompts last together.
    #[must_use]
    pub fn length(&self) -> Duration {
        length_of(self.prompts.iter().map(EncodedPrompt::frames).sum())
    }

    fn seek_to(&mut self, frame: usize) {
        let mut left = frame;
        for (index, prompt) in self.prompts.iter().enumerate() {
            self.at = (index, left.min(prompt.frames()));
            if left < prompt.frames() {
                return;
            }
            left -= prompt.frames();
        }
    }

    /// Steps over prompts that have no frame left.
    fn skip_played(&mut self) {
        while let Some(prompt) = self.prompts.get(self.at.0)
            && self.at.1 >= prompt.frames()
            && self.at.0 + 1 < self.prompts.len()
        {
            self.at = (self.at.0 + 1, 0);
        }
    }

    fn frames_played(&self) -> usize {
        let before = self.prompts.iter().take(self.at.0).map(EncodedPrompt::frames);
        before.sum::<usize>() + self.at.1
    }
}

/// The longest silence that is kept in memory.
pub const MAX_SILENCE: Duration = Duration::from_secs(60);

/// One frame lasts this long.
const FRAME_MILLIS: u128 = 20;

/// Returns the octets of a frame.
const fn frame_len(codec: Codec) -> usize {
    codec.octets_in(FRAME_SAMPLES)
}

fn frames_in(length: Duration) -> usize {
    usize::try_from(length.as_millis() / FRAME_MILLIS).unwrap_or(usize::MAX / FRAME_SAMPLES / 2 - 1)
}

fn length_of(frames: usize) -> Duration {
    Duration::from_millis(u64::try_from(frames).unwrap_or(u64::MAX).saturating_mul(20))
}

#[cfg(test)]
mod tests;
