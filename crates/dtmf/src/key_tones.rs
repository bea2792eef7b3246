//! Keys as sound.

use core::fmt;

use centrala_keys::Key;

use crate::frequencies::{amplitude, frequencies};
use crate::math::sin_cos;
use crate::oscillator::Oscillator;

/// How keys sound. Lengths are in samples.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct KeyToneConfig {
    /// Level of the low tone
    pub low_dbm0: f64,
    /// Level of the high tone; senders make it 2 dB louder, as lines attenuate it more
    pub high_dbm0: f64,
    /// How long a key sounds, its edges included
    pub tone_len: u32,
    /// How long it is silent after each key
    pub pause_len: u32,
    /// How long each edge is, which avoids clicks
    pub edge_len: u32,
}

impl Default for KeyToneConfig {
    /// Keys of 80 ms and pauses of 80 ms, at -10 and -8 dBm0, with edges of 2 ms.
    fn default() -> Self {
        Self { low_dbm0: -10.0, high_dbm0: -8.0, tone_len: 640, pause_len: 640, edge_len: 16 }
    }
}

/// The sound of a row of keys, sample by sample.
///
/// ```
/// use centrala_dtmf::{Detector, DetectorConfig, KeyToneConfig, KeyTones, ToneEvent};
/// use centrala_keys::Key;
///
/// let samples: Vec<i16> = KeyTones::new([Key::Four, Key::Two], KeyToneConfig::default()).collect();
///
/// let mut detector = Detector::new(&DetectorConfig::default());
/// detector.handle_samples(&samples);
/// let mut dialled = String::new();
/// while let Some(event) = detector.poll_output() {
///     if let ToneEvent::Down { key, .. } = event {
///         dialled.push(key.to_char());
///     }
/// }
/// assert_eq!(dialled, "42");
/// ```
#[derive(Clone)]
pub struct KeyTones<I> {
    keys: I,
    config: KeyToneConfig,
    low_amplitude: f64,
    high_amplitude: f64,
    sounding: Option<Sounding>,
}

#[derive(Clone)]
struct Sounding {
    low: Oscillator,
    high: Oscillator,
    at: u32,
}

impl<I: Iterator<Item = Key>> KeyTones<I> {
    /// Sounds these keys, one after the other.
    pub fn new(keys: impl IntoIterator<IntoIter = I>, config: KeyToneConfig) -> Self {
        Self {
            keys: keys.into_iter(),
            low_amplitude: FULL_SCALE * amplitude(config.low_dbm0),
            high_amplitude: FULL_SCALE * amplitude(config.high_dbm0),
            config,
            sounding: None,
        }
    }

    /// Fills `samples` as far as there is sound; returns how many. Fewer than asked are the end.
    pub fn fill(&mut self, samples: &mut [i16]) -> usize {
        samples.iter_mut().zip(self).map(|(place, sample)| *place = sample).count()
    }
}

impl<I: Iterator<Item = Key>> Iterator for KeyTones<I> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        let length = self.config.tone_len.saturating_add(self.config.pause_len).max(1);
        let sounding = match &mut self.sounding {
            Some(sounding) if sounding.at < length => sounding,
            ended @ (Some(_) | None) => {
                let (low, high) = frequencies(self.keys.next()?);
                ended.insert(Sounding {
                    low: Oscillator::new(low),
                    high: Oscillator::new(high),
                    at: 0,
                })
            }
        };
        let at = sounding.at;
        sounding.at += 1;
        if at >= self.config.tone_len {
            return Some(0);
        }
        let tones =
            self.low_amplitude * sounding.low.next() + self.high_amplitude * sounding.high.next();
        Some(round(tones * edge(at, self.config.tone_len, self.config.edge_len)))
    }
}

/// Tells neither the keys nor the sound.
impl<I> fmt::Debug for KeyTones<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyTones").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Returns the gain at a sample of a tone: half a cosine up, half a cosine down.
pub(crate) fn edge(at: u32, len: u32, edge_len: u32) -> f64 {
    let from_edge = at.min(len.saturating_sub(1).saturating_sub(at));
    if from_edge >= edge_len {
        return 1.0;
    }
    let share = (f64::from(from_edge) + 0.5) / f64::from(edge_len);
    let (_, cosine) = sin_cos(core::f64::consts::PI * share);
    0.5 - 0.5 * cosine
}

/// Rounds a sample, and clips it.
pub(crate) fn round(sample: f64) -> i16 {
    #![expect(clippy::cast_possible_truncation, reason = "float casts saturate")]
    let half = if sample < 0.0 { -0.5 } else { 0.5 };
    (sample + half) as i16
}

/// What an amplitude of 1 is in samples
pub(crate) const FULL_SCALE: f64 = 32_768.0;
