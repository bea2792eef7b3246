//! Packets that come when they like, played at an even beat.

use std::time::Duration;

use crate::{Codec, RtpHeader, SAMPLE_RATE};

/// Puts the sound of a stream in order, with a fixed delay.
///
/// Samples stand on a time line by their timestamps, so packets may have any length, and may be lost,
/// doubled or overtaken. Whoever plays or records pulls an even number of samples at each beat; what
/// has not arrived by then is concealed: the last sound is repeated forth and back, fading away
/// within 60 ms. Memory is fixed, and no input makes the delay grow over its bound.
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
    /// Delay between the arrival of a sample in time and its playing, in samples
    target: usize,
    state: State,
    line: TimeLine,
    concealment: Concealment,
    statistics: JitterStatistics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Playing {
        /// Timestamp of the next sample to be pulled
        playhead: u32,
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
    /// Nothing was received and nothing is left to stand in for it: silence.
    Silence,
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
}

impl JitterBuffer {
    /// Returns a buffer for sound in `codec` with this delay, at most [`MAX_TARGET`].
    #[must_use]
    pub fn new(codec: Codec, target: Duration) -> Self {
        let samples = target.min(MAX_TARGET).as_millis() * u128::from(SAMPLE_RATE / 1_000);
        Self {
            codec,
            target: usize::try_from(samples).unwrap_or(0),
            state: State::Waiting,
            line: TimeLine::new(),
            concealment: Concealment::new(),
            statistics: JitterStatistics::default(),
        }
    }

    /// Takes a packet of sound.
    pub fn handle_packet(&mut self, header: &RtpHeader, payload: &[u8]) -> Buffered {
        let State::Playing { playhead, late_run } = &mut self.state else {
            return self.restart(header.timestamp, payload);
        };
        let begin = header.timestamp.wrapping_sub(*playhead).cast_signed();
        let end = begin.saturating_add(i32::try_from(payload.len()).unwrap_or(i32::MAX));
        if end > CAPACITY_SIGNED || begin < -CAPACITY_SIGNED {
            return self.restart(header.timestamp, payload);
        }
        if end <= 0 {
            self.statistics.late += 1;
            *late_run += 1;
            if *late_run < MAX_LATE_RUN {
                return Buffered::TooLate;
            }
            // Everything is late: the delay of the network has grown.
            return self.restart(header.timestamp, payload);
        }
        *late_run = 0;
        let passed = usize::try_from(-begin).unwrap_or(0);
        let at = usize::try_from(begin).unwrap_or(0);
        self.line.write(at, payload.get(passed..).unwrap_or_default(), self.codec);
        Buffered::InTime
    }

    /// Fills `samples` with the sound of the next beat.
    pub fn pull(&mut self, samples: &mut [i16]) -> Pulled {
        let State::Playing { playhead, .. } = &mut self.state else {
            samples.fill(0);
            return Pulled::Silence;
        };
        // A sender with a fast clock fills the line: drop a beat now and then.
        if self.line.written() > self.target + MAX_EXCESS {
            let dropped = samples.len().min(CAPACITY);
            (0..dropped).for_each(|_| _ = self.line.take());
            *playhead = playhead.wrapping_add(u32::try_from(dropped).unwrap_or(0));
        }
        *playhead = playhead.wrapping_add(u32::try_from(samples.len()).unwrap_or(0));
        let (mut missing, mut silent) = (0, 0);
        for sample in samples.iter_mut() {
            *sample = match self.line.take() {
                Some(received) => self.concealment.blend(received),
                None => {
                    missing += 1;
                    let stand_in = self.concealment.next();
                    silent += usize::from(stand_in.is_none());
                    stand_in.unwrap_or(0)
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

    /// Returns how much sound is buffered, gaps included.
    #[must_use]
    pub fn depth(&self) -> Duration {
        let samples = u32::try_from(self.line.written()).unwrap_or(0);
        Duration::from_secs(1) * samples / SAMPLE_RATE
    }

    /// Sets the time line so that a packet of this timestamp is due after the target delay.
    fn restart(&mut self, timestamp: u32, payload: &[u8]) -> Buffered {
        let target = u32::try_from(self.target).unwrap_or(0);
        self.state = State::Playing { playhead: timestamp.wrapping_sub(target), late_run: 0 };
        self.line.clear();
        self.line.write(self.target, payload, self.codec);
        self.statistics.restarts += 1;
        Buffered::Restarted
    }
}

/// A ring of samples; those that have not been written are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TimeLine {
    samples: Box<[Option<i16>]>,
    /// Where the playhead is
    head: usize,
    /// How far ahead of the playhead the last written sample is
    written: usize,
}

impl TimeLine {
    fn new() -> Self {
        Self { samples: vec![None; CAPACITY].into(), head: 0, written: 0 }
    }

    /// Writes what fits, `at` samples ahead of the playhead.
    fn write(&mut self, at: usize, payload: &[u8], codec: Codec) {
        for (offset, octet) in (at..CAPACITY).zip(payload) {
            if let Some(place) = self.samples.get_mut((self.head + offset) % CAPACITY) {
                let mut sample = [0];
                codec.decode(std::slice::from_ref(octet), &mut sample);
                let [sample] = sample;
                *place = Some(sample);
            }
        }
        self.written = self.written.max((at + payload.len()).min(CAPACITY));
    }

    fn take(&mut self) -> Option<i16> {
        let sample = self.samples.get_mut(self.head)?.take();
        self.head = (self.head + 1) % CAPACITY;
        self.written = self.written.saturating_sub(1);
        sample
    }

    fn clear(&mut self) {
        self.samples.fill(None);
        self.written = 0;
    }

    const fn written(&self) -> usize {
        self.written
    }
}

/// Sound in the place of lost sound.
///
/// The newest 20 ms are played backwards, then forwards again and so on: so the wave has no jump
/// at either end. When sound comes back, it is blended in over 4 ms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Concealment {
    history: [i16; HISTORY],
    /// Where the next sample goes
    newest: usize,
    /// Samples since the loss began
    lost: usize,
    /// Samples until received sound stands alone
    blending: usize,
}

impl Concealment {
    const fn new() -> Self {
        Self { history: [0; HISTORY], newest: 0, lost: FADE, blending: 0 }
    }

    /// Takes a received sample and returns what to play.
    fn blend(&mut self, received: i16) -> i16 {
        if self.blending == 0 {
            self.lost = 0;
            self.remember(received);
            return received;
        }
        let weight = widen(BLEND - self.blending);
        let stand_in = i32::from(self.stand_in());
        self.lost += 1;
        self.blending -= 1;
        let mixed =
            (i32::from(received) * weight + stand_in * (widen(BLEND) - weight)) / widen(BLEND);
        i16::try_from(mixed).unwrap_or(received)
    }

    /// Returns the next sample in the place of a lost one; `None` when it has faded away.
    fn next(&mut self) -> Option<i16> {
        self.blending = BLEND;
        if self.lost >= FADE {
            return None;
        }
        let sample = self.stand_in();
        self.lost += 1;
        Some(sample)
    }

    fn stand_in(&self) -> i16 {
        let place = self.lost % (2 * HISTORY);
        let age = if place < HISTORY { place } else { 2 * HISTORY - 1 - place };
        let index = (self.newest + 2 * HISTORY - 1 - age) % HISTORY;
        let sample = i32::from(self.history.get(index).copied().unwrap_or(0));
        let gain = widen(FADE.saturating_sub(self.lost));
        i16::try_from(sample * gain / widen(FADE)).unwrap_or(0)
    }

    fn remember(&mut self, sample: i16) {
        if let Some(place) = self.history.get_mut(self.newest) {
            *place = sample;
        }
        self.newest = (self.newest + 1) % HISTORY;
    }
}

fn widen(samples: usize) -> i32 {
    i32::try_from(samples).unwrap_or(i32::MAX)
}

/// The longest delay.
pub const MAX_TARGET: Duration = Duration::from_millis(300);

/// Samples on the time line: half a second. What is further ahead is a jump.
const CAPACITY: usize = 4_096;
const CAPACITY_SIGNED: i32 = 4_096;
/// More than this over the target means that the sender's clock is fast: 160 ms.
const MAX_EXCESS: usize = 1_280;
/// This many late packets in a row mean that the network has become slower.
const MAX_LATE_RUN: u8 = 5;
/// Samples that a concealment repeats: 20 ms
const HISTORY: usize = 160;
/// Samples until it has faded away: 60 ms
const FADE: usize = 480;
/// Samples over which received sound is blended in: 4 ms
const BLEND: usize = 32;

#[cfg(test)]
mod tests;
