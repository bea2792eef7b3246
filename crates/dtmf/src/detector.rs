//! Keys out of sound.

use alloc::collections::VecDeque;
use core::fmt;

use centrala_keys::Key;

use crate::analysis::{self, Sine, WINDOW, WINDOW_HOPS};
use crate::background::Background;
use crate::correlator::{BINS, HOP, HOP_F32, Vectors, add_sample, frequency, joined, powers};
use crate::filter::{DialToneFilter, OffsetFilter};
use crate::frequencies::{FULL_SCALE_SINE_DBM0, key_at, level_dbm0};
use crate::math::{narrow, pow10, sqrt};

/// What counts as a key. The defaults take what AT&T's column of ITU-T Q.24 has operate, with a
/// margin, and refuse what it has not operate.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorConfig {
    /// The weaker tone has at least this level
    pub min_level_dbm0: f64,
    /// How much weaker than the low tone the high tone may be, in dB
    pub max_twist_db: f64,
    /// How much stronger than the low tone the high tone may be, in dB
    pub max_reverse_twist_db: f64,
    /// How far off each frequency may be, in percent
    pub max_offset_percent: f64,
    /// How loud everything else may be against the weaker tone, in dB; steady dial tone and hum
    /// are left out
    pub max_foreign_db: f64,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            min_level_dbm0: -38.0,
            max_twist_db: 9.0,
            max_reverse_twist_db: 5.0,
            max_offset_percent: 2.4,
            max_foreign_db: -4.0,
        }
    }
}

/// A key was heard. Positions are in samples since the first one.
#[expect(clippy::exhaustive_enums, reason = "a tone begins and ends")]
#[derive(Clone, Copy, PartialEq)]
pub enum ToneEvent {
    /// A key went down.
    Down {
        /// Which key
        key: Key,
        /// Where its tone begins
        at: u64,
        /// Level of the low tone
        low_dbm0: f32,
        /// Level of the high tone
        high_dbm0: f32,
    },
    /// The key came up.
    Up {
        /// Which key
        key: Key,
        /// Where its tone began
        at: u64,
        /// How many samples it has
        length: u64,
    },
}

/// Keeps to itself which key it is: it may belong to a PIN.
impl fmt::Debug for ToneEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down { at, low_dbm0, high_dbm0, .. } => f
                .debug_struct("Down")
                .field("at", at)
                .field("low_dbm0", low_dbm0)
                .field("high_dbm0", high_dbm0)
                .finish_non_exhaustive(),
            Self::Up { at, length, .. } => {
                f.debug_struct("Up").field("at", at).field("length", length).finish_non_exhaustive()
            }
        }
    }
}

/// Finds keys in sound of [`SAMPLE_RATE`](crate::SAMPLE_RATE).
///
/// Blocks may be cut anywhere: the events are the same. A key is reported 35 to 40 ms after its
/// onset, and its end 25 to 30 ms after that; shorter interruptions are ridden over.
///
/// ```text
///  samples → hops of 5 ms: 8 correlations, power, power below 600 Hz
///          → 35 ms with steady power in one low and one high tone?   (every hop, cheap)
///          → measure both: frequency, level, purity                  (only then)
///          → down … both tones gone for 25 ms → up
/// ```
#[derive(Clone)]
pub struct Detector {
    limits: Limits,
    offset: OffsetFilter,
    dial_tone: DialToneFilter,
    /// Samples heard
    position: u64,
    current: Hop,
    /// The hops before, the newest last
    hops: [Hop; WINDOW_HOPS + 1],
    background: Background,
    state: State,
    tail: Option<Tail>,
    outputs: VecDeque<ToneEvent>,
}

/// The settings in the units of the samples.
#[derive(Clone, Debug)]
struct Limits {
    min_square: f32,
    max_twist: f32,
    max_reverse_twist: f32,
    max_offset: f32,
    max_foreign: f32,
}

#[derive(Clone, Debug)]
enum State {
    Listening,
    Down(Press),
}

/// A key that is down.
#[derive(Clone)]
struct Press {
    key: Key,
    bins: (usize, usize),
    start: u64,
    end: u64,
    /// Power of both tones together, in one hop
    hop_power: f32,
    /// Power of each tone over three hops
    powers: (f32, f32),
    /// Hops in a row without the tones, and the least power in any of them
    absent: u8,
    least: f32,
}

/// What is left of the key that came up last.
#[derive(Clone)]
struct Tail {
    key: Key,
    bins: (usize, usize),
    /// The least power of its tones since
    least: f32,
}

/// Keeps to itself which key it is.
impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Press").field("start", &self.start).finish_non_exhaustive()
    }
}

/// What was heard in 5 ms.
#[derive(Clone, Copy)]
struct Hop {
    samples: [f32; HOP],
    vectors: Vectors,
    /// Squared lengths of the vectors
    powers: [f32; BINS],
    /// The same, over this hop and the two before
    joined: [f32; BINS],
    /// Sum of the squares above the dial tones
    energy: f32,
    /// Sum of the squares
    total: f32,
}

/// Both tones of a key, measured.
struct Found {
    key: Key,
    bins: (usize, usize),
    low: Sine,
    high: Sine,
}

impl Detector {
    /// Starts listening.
    #[must_use]
    pub fn new(config: &DetectorConfig) -> Self {
        let limits = Limits {
            min_square: narrow(pow10((config.min_level_dbm0 - FULL_SCALE_SINE_DBM0) / 10.0)),
            max_twist: narrow(pow10(config.max_twist_db / 10.0)),
            max_reverse_twist: narrow(pow10(config.max_reverse_twist_db / 10.0)),
            max_offset: narrow(config.max_offset_percent / 100.0),
            max_foreign: narrow(pow10(config.max_foreign_db / 10.0)),
        };
        Self {
            limits,
            offset: OffsetFilter::default(),
            dial_tone: DialToneFilter::default(),
            position: 0,
            current: Hop::EMPTY,
            hops: [Hop::EMPTY; WINDOW_HOPS + 1],
            background: Background::new(),
            state: State::Listening,
            tail: None,
            outputs: VecDeque::new(),
        }
    }

    /// Hears samples.
    pub fn handle_samples(&mut self, samples: &[i16]) {
        for &sample in samples {
            let sample = self.offset.filter(f32::from(sample) / 32_768.0);
            let high = self.dial_tone.filter(sample);
            self.current.add(self.position, sample, high);
            self.position += 1;
            if self.position.is_multiple_of(HOP_LEN) {
                self.complete_hop();
            }
        }
    }

    /// Ends the sound: a key that is down comes up.
    pub fn finish(&mut self) {
        if let State::Down(press) = &self.state {
            self.outputs.push_back(press.up());
            self.tail = Some(Tail { key: press.key, bins: press.bins, least: press.least });
            self.state = State::Listening;
        }
    }

    /// Returns the next event, in order.
    pub fn poll_output(&mut self) -> Option<ToneEvent> {
        self.outputs.pop_front()
    }

    /// Returns how many samples were heard.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Returns the key that is down.
    #[must_use]
    pub const fn key(&self) -> Option<Key> {
        match &self.state {
            State::Listening => None,
            State::Down(press) => Some(press.key),
        }
    }

    fn complete_hop(&mut self) {
        let [.., before, last] = &self.hops;
        let hop = self.current.completed(before, last);
        self.current = Hop::EMPTY;
        self.hops.rotate_left(1);
        if let Some(newest) = self.hops.last_mut() {
            *newest = hop;
        }
        self.background.add(hop.total - FILTER_GAIN * hop.energy);

        if let Some(tail) = &mut self.tail {
            tail.least = tail.least.min(hop.pair(tail.bins));
        }
        if let State::Down(press) = &mut self.state {
            press.follow(&hop, self.position);
            if press.absent == 0 {
                return;
            }
            if press.absent >= MAX_ABSENT {
                self.finish();
            }
        }
        if let Some(found) = self.find() {
            self.press(&found);
        }
    }

    fn press(&mut self, found: &Found) {
        if self.key() == Some(found.key) {
            return;
        }
        self.finish();
        let press = Press::new(found, &self.hops, self.position);
        // A tone that goes on more softly, without a pause, is an echo of the key.
        if self
            .tail
            .as_ref()
            .is_some_and(|tail| tail.key == found.key && tail.least > STAYS * press.hop_power)
        {
            return;
        }
        self.outputs.push_back(ToneEvent::Down {
            key: found.key,
            at: press.start,
            low_dbm0: level_dbm0(found.low.square),
            high_dbm0: level_dbm0(found.high.square),
        });
        self.state = State::Down(press);
    }

    /// Looks for a key in the newest 35 ms.
    fn find(&self) -> Option<Found> {
        let [_, window @ ..] = &self.hops;
        let [_, _, whole @ ..] = window;
        let powers: [f32; BINS] = core::array::from_fn(|bin| {
            whole.iter().map(|hop| hop.joined.get(bin).copied().unwrap_or(0.0)).sum()
        });
        let (row, column) = (loudest(powers.get(..4)?)?, loudest(powers.get(4..)?)?);
        let bins = (row, column + 4);
        // (A n / 2)^2 for n of three hops, five times; a quarter of it is left 26 Hz away.
        let weakest = powers.get(bins.0)?.min(*powers.get(bins.1)?);
        if weakest < 0.25 * self.limits.min_square * JOINED_GAIN * 5.0 {
            return None;
        }
        let energy: f32 = window.iter().map(|hop| hop.energy).sum();
        let explained = (powers.get(bins.0)? + powers.get(bins.1)?) * ENERGY_GAIN;
        if explained < MIN_COARSE_PURITY * energy {
            return None;
        }
        let mean = window.iter().map(|hop| hop.pair(bins)).sum::<f32>() / WINDOW_HOPS_F32;
        if window.iter().any(|hop| hop.pair(bins) < MIN_HOP_SHARE * mean) {
            return None;
        }
        self.measure(window, bins)
    }

    /// Looks closely at two tones that seem to be there.
    fn measure(&self, window: &[Hop; WINDOW_HOPS], bins: (usize, usize)) -> Option<Found> {
        let mut samples = [0.0; WINDOW];
        let heard = window.iter().flat_map(|hop| hop.samples);
        samples.iter_mut().zip(heard).for_each(|(place, sample)| *place = sample);
        let low = self.within_offset(analysis::measure(&samples, bins.0)?, bins.0)?;
        let high = self.within_offset(analysis::measure(&samples, bins.1)?, bins.1)?;
        if low.square.min(high.square) < self.limits.min_square
            || low.square > self.limits.max_twist * high.square
            || high.square > self.limits.max_reverse_twist * low.square
        {
            return None;
        }
        // The power of a sine is half the square of its amplitude.
        let (weaker, both) = (0.5 * low.square.min(high.square), 0.5 * (low.square + high.square));
        let foreign = analysis::power(&samples) - both - self.background.steady_power();
        if foreign > self.limits.max_foreign * weaker {
            return None;
        }
        let key = key_at(bins.0, bins.1.checked_sub(4)?)?;
        Some(Found { key, bins, low, high })
    }

    fn within_offset(&self, sine: Sine, bin: usize) -> Option<Sine> {
        // One Hz for what the measurement is off in noise
        let limit = self.limits.max_offset * narrow(frequency(bin)) + 1.0;
        (sine.offset.abs() <= limit).then_some(sine)
    }
}

/// Tells whether a key is down, not which.
impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("limits", &self.limits)
            .field("position", &self.position)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Press {
    fn new(found: &Found, hops: &[Hop; WINDOW_HOPS + 1], position: u64) -> Self {
        let [before, window @ ..] = hops;
        let hop_power =
            window.iter().map(|hop| hop.pair(found.bins)).sum::<f32>() / WINDOW_HOPS_F32;
        let start = position - (HOP_LEN * 7).min(position);
        let newest = window.last().unwrap_or(before);
        Self {
            key: found.key,
            bins: found.bins,
            // A part of the hop before may belong to the tone.
            start: start.saturating_sub(covered(before.pair(found.bins), hop_power)),
            end: position,
            hop_power,
            powers: newest.joined_pair(found.bins),
            absent: 0,
            least: f32::INFINITY,
        }
    }

    /// Notes whether the tones are still there.
    fn follow(&mut self, hop: &Hop, position: u64) {
        let (low, high) = hop.joined_pair(self.bins);
        let is_there = low > STAYS * self.powers.0 && high > STAYS * self.powers.1;
        let pair = hop.pair(self.bins);
        if pair > 0.5 * self.hop_power {
            self.end = position;
        } else if self.end + HOP_LEN == position {
            self.end += covered(pair, self.hop_power);
        }
        if is_there {
            self.absent = 0;
            self.least = f32::INFINITY;
            self.powers.0 += ADAPTATION * (low - self.powers.0);
            self.powers.1 += ADAPTATION * (high - self.powers.1);
            self.hop_power += ADAPTATION * (pair - self.hop_power);
        } else {
            self.absent += 1;
            self.least = self.least.min(pair);
        }
    }

    const fn up(&self) -> ToneEvent {
        ToneEvent::Up { key: self.key, at: self.start, length: self.end.saturating_sub(self.start) }
    }
}

impl Hop {
    const EMPTY: Self = Self {
        samples: [0.0; HOP],
        vectors: [0.0; 2 * BINS],
        powers: [0.0; BINS],
        joined: [0.0; BINS],
        energy: 0.0,
        total: 0.0,
    };

    #[inline]
    fn add(&mut self, position: u64, sample: f32, high: f32) {
        let at = usize::try_from(position % HOP_LEN).unwrap_or(0);
        add_sample(&mut self.vectors, at, sample);
        if let Some(place) = self.samples.get_mut(at) {
            *place = sample;
        }
        self.energy += high * high;
        self.total += sample * sample;
    }

    fn completed(&self, before: &Self, last: &Self) -> Self {
        let joined = powers(&joined(&before.vectors, &last.vectors, &self.vectors));
        Self { powers: powers(&self.vectors), joined, ..*self }
    }

    /// Returns the power of both tones of a key.
    fn pair(&self, bins: (usize, usize)) -> f32 {
        let at = |bin: usize| self.powers.get(bin).copied().unwrap_or(0.0);
        at(bins.0) + at(bins.1)
    }

    fn joined_pair(&self, bins: (usize, usize)) -> (f32, f32) {
        let at = |bin: usize| self.joined.get(bin).copied().unwrap_or(0.0);
        (at(bins.0), at(bins.1))
    }
}

/// Returns how many samples of a hop a tone covers, from its power in it and in a full hop.
fn covered(power: f32, full: f32) -> u64 {
    #![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 40")]
    let share = sqrt(power / full.max(f32::MIN_POSITIVE)).min(1.0);
    // Less is noise.
    if share < 0.2 { 0 } else { (share * HOP_F32) as u64 }
}

fn loudest(powers: &[f32]) -> Option<usize> {
    let (index, _) = powers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(index)
}

const HOP_LEN: u64 = 40;
const WINDOW_HOPS_F32: f32 = 7.0;
/// A sine of amplitude 1 over three hops: (120 / 2)^2
const JOINED_GAIN: f32 = 3_600.0;
/// From five sums of three hops each to the energy of seven hops: 140 A² of 5 * 3600 A²
const ENERGY_GAIN: f32 = 140.0 / 18_000.0;
/// What the coarse look wants of both tones; much of a tone is lost that is 26 Hz off.
const MIN_COARSE_PURITY: f32 = 0.35;
/// No hop of a tone has less than this share of the mean: a tone of 23 ms would.
const MIN_HOP_SHARE: f32 = 0.35;
/// A tone is there while it keeps this share of its power.
const STAYS: f32 = 0.3;
/// How fast the powers of a key that is down are followed, per hop
const ADAPTATION: f32 = 0.05;
/// So many hops without tones end a key: 20 ms never have as many, 30 ms always.
const MAX_ABSENT: u8 = 5;
/// What the filter of dial tones adds to the power of a key's tones, undone: 0.2 dB
const FILTER_GAIN: f32 = 0.955;

#[cfg(test)]
mod tests;
