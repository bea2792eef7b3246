//! Packets that come when they like, played at an even beat.

mod adaptation;
mod noise;
mod time_line;

use std::time::Duration;

use adaptation::Adaptation;
use noise::Noise;
use time_line::{CAPACITY, TimeLine};

use crate::{
    ClockScale, Codec, Decode as _, Decoder, FRAME_SAMPLES, RtpHeader, SAMPLE_RATE,
    concealment::{Concealment, MAX_PITCH, mix},
};

/// Puts the sound of a stream in order, with a delay that is [fixed](Self::new) or [follows the
/// network](Self::adaptive).
///
/// Samples stand on a time line by their timestamps, so packets may have any length, and may be lost,
/// doubled or overtaken. Whoever plays or records pulls an even number of samples at each beat; what
/// has not arrived by then is concealed: the last pitch periods are repeated, fading away within 60 ms. Memory is fixed, and no input makes the delay grow over its bound.
///
/// ```
/// use centrala_media::{Codec, JitterBuffer, Marker, PayloadType, Pulled, RtpHeader, Ssrc};
/// use std::time::Duration;
///
/// let mut buffer = JitterBuffer::new(Codec::Pcmu, Duration::from_millis(20));
/// let mut header = RtpHeader {
///     marker: Marker::Set,
///     payload_type: PayloadType::PCMU,
///     sequence: 0,
///     timestamp: 0,
///     ssrc: Ssrc::new(1),
/// };
/// let mut frame = [0; 160];
/// for _ in 0..5 {
///     buffer.handle_packet(&header, &[0x80; 160]);
///     header.timestamp += 160;
///     buffer.pull(&mut frame);
/// }
/// assert_eq!(buffer.pull(&mut frame), Pulled::Sound);
/// assert_eq!(frame, [32_124; 160]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JitterBuffer {
    codec: Codec,
    /// Takes payloads as they arrive: one that was overtaken is decoded as if it came later, which is heard with codecs that remember, for
    /// a few milliseconds.
    decoder: Decoder,
    /// Timestamps in samples
    scale: ClockScale,
    /// Delay between the arrival of a sample in time and its playing, in samples, when a stream begins
    target: usize,
    /// What finds a better one
    adaptation: Option<Adaptation>,
    state: State,
    line: TimeLine,
    concealment: Concealment,
    noise: Option<Noise>,
    statistics: JitterStatistics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Playing {
        /// Timestamp of the next sample to be pulled
        playhead: u32,
        /// Timestamp with which the time line began
        first: u32,
        /// Samples that were pulled since then
        clock: u32,
        /// How many packets in a row came too late
        late_run: u8,
    },
}

/// What a packet meant to a jitter buffer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Buffered {
    /// It will be heard, if it is not a duplicate.
    InTime,
    /// Its time has passed.
    TooLate,
    /// The stream has begun, or has jumped: everything was set to its new time.
    Restarted,
}

/// What was pulled.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pulled {
    /// All samples are received ones.
    Sound,
    /// Some samples stand in for lost ones.
    Concealed,
    /// Nothing was received and nothing is left to stand in for it: silence, or comfort noise.
    Silence,
}

/// Between which bounds a delay follows the network.
#[expect(clippy::exhaustive_structs, reason = "a range has two ends")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JitterBounds {
    /// What a quiet network has: two beats are usual.
    pub shortest: Duration,
    /// What no network makes it exceed, at most [`MAX_TARGET`].
    pub longest: Duration,
}

impl Default for JitterBounds {
    /// Returns 20 to 200 ms.
    fn default() -> Self {
        Self { shortest: Duration::from_millis(20), longest: Duration::from_millis(200) }
    }
}

/// What a jitter buffer has seen.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct JitterStatistics {
    /// Packets whose time had passed
    pub late: u64,
    /// Samples that were not there when they were pulled
    pub missing: u64,
    /// How often the time line was set anew
    pub restarts: u64,
    /// Samples that were put in to have a longer delay
    pub inserted: u64,
    /// Samples that were left out to have a shorter one
    pub removed: u64,
}

impl JitterBuffer {
    /// Returns a buffer for sound in `codec` with this delay, at most [`MAX_TARGET`]: for recordings, which have time.
    #[must_use]
    pub fn new(codec: Codec, target: Duration) -> Self {
        Self {
            codec,
            decoder: codec.decoder(),
            scale: ClockScale::new(codec.clock_rate(), SAMPLE_RATE),
            target: samples_in(target),
            adaptation: None,
            state: State::Waiting,
            line: TimeLine::new(),
            concealment: Concealment::new(),
            noise: None,
            statistics: JitterStatistics::default(),
        }
    }

    /// Returns a buffer whose delay is as short as the network allows: for conversations.
    ///
    /// All but two packets of a hundred are to be in time. The delay changes by one pitch period at a time, which is hardly heard;
    /// where there is nothing to hear it is set at once.
    ///
    /// ```
    /// use centrala_media::{Codec, JitterBounds, JitterBuffer};
    ///
    /// let buffer = JitterBuffer::adaptive(Codec::Pcma, JitterBounds::default());
    /// assert_eq!(buffer.target().as_millis(), 20);
    /// ```
    #[must_use]
    pub fn adaptive(codec: Codec, bounds: JitterBounds) -> Self {
        let shortest = samples_in(bounds.shortest);
        let signed = |samples| i32::try_from(samples).unwrap_or(0);
        let longest = signed(samples_in(bounds.longest).max(shortest));
        let adaptation = Some(Adaptation::new(signed(shortest), longest));
        Self { adaptation, ..Self::new(codec, bounds.shortest) }
    }

    /// Takes a packet of sound.
    pub fn handle_packet(&mut self, header: &RtpHeader, payload: &[u8]) -> Buffered {
        self.noise = None;
        let timestamp = self.scale.convert(header.timestamp);
        let State::Playing { playhead, first, clock, late_run } = &mut self.state else {
            return self.restart(timestamp, payload);
        };
        let begin = timestamp.wrapping_sub(*playhead).cast_signed();
        let samples = self.codec.samples_in(payload.len());
        let end = begin.saturating_add(i32::try_from(samples).unwrap_or(i32::MAX));
        if end > CAPACITY_SIGNED || begin < -CAPACITY_SIGNED {
            return self.restart(timestamp, payload);
        }
        if let Some(adaptation) = &mut self.adaptation {
            let passed = timestamp.wrapping_sub(*first);
            adaptation.note(clock.wrapping_sub(passed).cast_signed(), *clock);
        }
        if end <= 0 {
            self.statistics.late += 1;
            *late_run += 1;
            if *late_run < MAX_LATE_RUN {
                return Buffered::TooLate;
            }
            // Everything is late: the delay of the network has grown.
            return self.restart(timestamp, payload);
        }
        *late_run = 0;
        self.write(begin, payload);
        Buffered::InTime
    }

    /// Takes a packet of comfort noise (RFC 3389): the party is silent, and this is how its silence sounds. The level is
    /// followed, the spectrum is not.
    pub fn handle_comfort_noise(&mut self, payload: &[u8]) {
        self.noise = payload.first().map(|level| Noise::new(*level));
    }

    /// Fills `samples` with the sound of the next beat.
    pub fn pull(&mut self, samples: &mut [i16]) -> Pulled {
        let State::Playing { playhead, clock, .. } = &mut self.state else {
            Noise::fill(&mut self.noise, samples);
            return Pulled::Silence;
        };
        let count = u32::try_from(samples.len()).unwrap_or(0);
        *clock = clock.wrapping_add(count);
        if self.adaptation.is_none() && self.line.written() > self.target + MAX_EXCESS {
            // A sender with a fast clock fills the line: drop a beat now and then.
            let dropped = samples.len().min(CAPACITY);
            self.line.skip(dropped);
            *playhead = playhead.wrapping_add(u32::try_from(dropped).unwrap_or(0));
        }
        match self.correction(samples.len()) {
            Correction::None => {
                self.advance(count);
                self.play(samples)
            }
            Correction::Hold(held) => {
                // Nothing is there, so that nobody hears that the time stands still.
                self.advance(count.saturating_sub(held));
                self.statistics.inserted += u64::from(held);
                self.play(samples)
            }
            Correction::Skip(skipped) => {
                self.advance(count.saturating_add(skipped));
                self.statistics.removed += u64::from(skipped);
                self.play(samples)
            }
            Correction::Stretch(pitch) => self.stretch(samples, pitch),
            Correction::Compress(pitch) => self.compress(samples, pitch),
        }
    }

    /// Returns what is to be done about the delay in this beat.
    fn correction(&mut self, count: usize) -> Correction {
        let State::Playing { playhead, first, clock, .. } = self.state else {
            return Correction::None;
        };
        let Some(adaptation) = &mut self.adaptation else { return Correction::None };
        // Where a packet would be written that comes at the beginning of this beat, and which nothing has delayed.
        let now = clock.wrapping_sub(u32::try_from(count).unwrap_or(0));
        let stamp = first.wrapping_add(now).wrapping_sub(adaptation.base().cast_unsigned());
        let delay = stamp.wrapping_sub(playhead).cast_signed();
        let missing = adaptation.target().saturating_sub(delay);
        if self.line.written() == 0 {
            let most = i32::try_from(count).unwrap_or(i32::MAX);
            let change = missing.unsigned_abs().min(most.unsigned_abs());
            return match missing {
                1.. => Correction::Hold(change),
                ..=-1 if !self.concealment.is_hearing() => Correction::Skip(change),
                _ => Correction::None,
            };
        }
        if adaptation.rest > 0 {
            adaptation.rest -= 1;
            return Correction::None;
        }
        if !self.concealment.is_hearing() || count < MAX_PITCH + MIN_FRESH {
            return Correction::None;
        }
        if missing > 0 {
            let pitch = self.concealment.pitch();
            if self.line.is_whole(count - pitch) {
                adaptation.rest = REST;
                return Correction::Stretch(pitch);
            }
        } else if missing < -TOLERATED {
            let pitch = self.concealment.pitch();
            if self.line.is_whole(count + pitch) {
                adaptation.rest = REST;
                return Correction::Compress(pitch);
            }
        }
        Correction::None
    }

    /// Plays what is on the time line, and what stands in for what is not.
    fn play(&mut self, samples: &mut [i16]) -> Pulled {
        if self.concealment.is_hearing() && self.line.take_whole(samples) {
            self.concealment.hear(samples);
            return Pulled::Sound;
        }
        let (mut missing, mut silent) = (0, 0);
        for sample in samples.iter_mut() {
            *sample = match self.line.take() {
                Some(received) => self.concealment.blend(received),
                None => {
                    missing += 1;
                    self.concealment.next().unwrap_or_else(|| {
                        silent += 1;
                        self.noise.as_mut().map_or(0, Noise::next)
                    })
                }
            };
        }
        self.statistics.missing += missing;
        match missing {
            0 => Pulled::Sound,
            _ if silent == samples.len() => Pulled::Silence,
            _ => Pulled::Concealed,
        }
    }

    /// Plays the sound of a beat less one period, and that period once more.
    fn stretch(&mut self, samples: &mut [i16], pitch: usize) -> Pulled {
        let fresh = samples.len().saturating_sub(pitch);
        self.advance(u32::try_from(fresh).unwrap_or(0));
        // One period behind what comes: first from what was played, then from what has come.
        let mut behind = [0; MAX_PITCH];
        for (ago, place) in (1..=pitch).rev().zip(&mut behind) {
            *place = self.concealment.played(ago);
        }
        for (at, sample) in samples.iter_mut().enumerate() {
            let Some(late) = behind.get_mut(at % pitch.max(1)) else { continue };
            let repeated = *late;
            let next = if at < fresh { self.line.take() } else { None };
            if let Some(received) = next {
                *late = received;
            }
            let mixed = next.map_or(repeated, |received| mix(received, repeated, at, fresh));
            *sample = self.concealment.blend(mixed);
        }
        self.statistics.inserted += u64::try_from(pitch).unwrap_or(0);
        Pulled::Sound
    }

    /// Plays the sound of a beat and one period more in the time of a beat.
    fn compress(&mut self, samples: &mut [i16], pitch: usize) -> Pulled {
        let count = samples.len();
        self.advance(u32::try_from(count + pitch).unwrap_or(0));
        for (at, sample) in samples.iter_mut().enumerate() {
            let ahead = self.line.peek(pitch).unwrap_or(0);
            let received = self.line.take().unwrap_or(0);
            *sample = self.concealment.blend(mix(received, ahead, at, count));
        }
        self.line.skip(pitch);
        self.statistics.removed += u64::try_from(pitch).unwrap_or(0);
        Pulled::Sound
    }

    /// Moves the playhead.
    const fn advance(&mut self, count: u32) {
        if let State::Playing { playhead, .. } = &mut self.state {
            *playhead = playhead.wrapping_add(count);
        }
    }

    /// Forgets what is buffered: the stream was held, or will start anew.
    pub fn reset(&mut self) {
        self.state = State::Waiting;
        self.line.clear();
    }

    /// Returns what was seen up to now.
    #[must_use]
    pub const fn statistics(&self) -> JitterStatistics {
        self.statistics
    }

    /// Returns the delay that is aimed at.
    #[must_use]
    pub fn target(&self) -> Duration {
        let adapted = self.adaptation.as_ref().map(|adaptation| adaptation.target().unsigned_abs());
        let samples = adapted.unwrap_or_else(|| u32::try_from(self.target).unwrap_or(0));
        Duration::from_secs(1) * samples / SAMPLE_RATE
    }

    /// Returns how much sound is buffered, gaps included.
    #[must_use]
    pub fn depth(&self) -> Duration {
        let samples = u32::try_from(self.line.written()).unwrap_or(0);
        Duration::from_secs(1) * samples / SAMPLE_RATE
    }

    /// Sets the time line so that a packet of this timestamp is due after the target delay.
    fn restart(&mut self, timestamp: u32, payload: &[u8]) -> Buffered {
        let mut target = self.target;
        if let Some(adaptation) = &mut self.adaptation {
            target = usize::try_from(adaptation.target()).unwrap_or(target);
            adaptation.restart();
            adaptation.note(0, 0);
        }
        let delay = u32::try_from(target).unwrap_or(0);
        self.state = State::Playing {
            playhead: timestamp.wrapping_sub(delay),
            first: timestamp,
            clock: 0,
            late_run: 0,
        };
        self.line.clear();
        self.write(delay.cast_signed(), payload);
        self.statistics.restarts += 1;
        Buffered::Restarted
    }

    /// Decodes a payload to its place, which is so many samples ahead of the playhead.
    fn write(&mut self, begin: i32, payload: &[u8]) {
        let mut samples = [0; FRAME_SAMPLES];
        let mut at = begin;
        for piece in payload.chunks(self.codec.octets_in(FRAME_SAMPLES)) {
            let count = self.decoder.decode(piece, &mut samples);
            let passed = usize::try_from(-at).unwrap_or(0).min(count);
            let ahead = usize::try_from(at).unwrap_or(0);
            self.line.write(ahead, samples.get(passed..count).unwrap_or_default());
            at = at.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
        }
    }
}

/// What is to be done about the delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Correction {
    None,
    /// Let time stand still for so many samples.
    Hold(u32),
    /// Pass over so many.
    Skip(u32),
    /// Play one period of so many samples twice.
    Stretch(usize),
    /// Leave it out.
    Compress(usize),
}

fn samples_in(delay: Duration) -> usize {
    let samples = delay.min(MAX_TARGET).as_millis() * u128::from(SAMPLE_RATE / 1_000);
    usize::try_from(samples).unwrap_or(0)
}

/// The longest delay.
pub const MAX_TARGET: Duration = Duration::from_millis(300);

/// What is further ahead is a jump.
const CAPACITY_SIGNED: i32 = 4_096;
/// More than this over the target means that the sender's clock is fast: 160 ms.
const MAX_EXCESS: usize = 1_280;
/// A delay that is longer than it needs to be by less than this stays: 20 ms.
const TOLERATED: i32 = 160;
/// Beats between two changes of the delay.
const REST: u8 = 2;
/// Samples that a beat must have besides a period to be stretched.
const MIN_FRESH: usize = 32;
/// This many late packets in a row mean that the network has become slower.
const MAX_LATE_RUN: u8 = 5;
#[cfg(test)]
mod tests;
