//! The tones that tell a caller what becomes of a call.

use crate::frequencies::amplitude;
use crate::key_tones::{FULL_SCALE, edge, round};
use crate::oscillator::Oscillator;

/// Whose tones are played (ITU-T E.180, supplement 2).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// The precise tone plan of North America
    UnitedStates,
    /// The single tone of most of Europe (ETSI TR 101 041)
    Europe,
    /// The United Kingdom
    UnitedKingdom,
    /// Poland
    Poland,
}

/// What a tone means.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProgressTone {
    /// Dial now.
    Dial,
    /// The other side rings.
    Ringback,
    /// The other side is busy.
    Busy,
    /// There is no way through.
    Congestion,
    /// Speak after this; it sounds once.
    Beep,
}

/// A progress tone, sample by sample, with its cadence; without end, but for the beep.
///
/// ```
/// use centrala_dtmf::{CallProgress, Country, ProgressTone};
///
/// let mut ringback = CallProgress::new(Country::Europe, ProgressTone::Ringback);
/// let mut frame = [0; 160];
/// assert_eq!(ringback.fill(&mut frame), 160);
/// assert_eq!(CallProgress::new(Country::Europe, ProgressTone::Beep).count(), 2_000);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CallProgress {
    pattern: &'static Pattern,
    amplitude: f64,
    oscillators: [Oscillator; 2],
    /// The step of the cadence, and the sample in it
    step: usize,
    at: u32,
}

/// One or two tones in a cadence.
#[derive(Debug, PartialEq)]
struct Pattern {
    /// The second is 0 for a single tone.
    hz: [f64; 2],
    /// Level of each tone
    level_dbm0: f64,
    /// Sound and silence in turn, in ms
    cadence: &'static [u32],
    repeat: Repeat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Once,
    Forever,
}

impl CallProgress {
    /// Begins a tone.
    #[must_use]
    pub fn new(country: Country, tone: ProgressTone) -> Self {
        let pattern = pattern(country, tone);
        Self {
            pattern,
            amplitude: FULL_SCALE * amplitude(pattern.level_dbm0),
            oscillators: pattern.hz.map(Oscillator::new),
            step: 0,
            at: 0,
        }
    }

    /// Fills `samples` as far as there is sound; returns how many.
    pub fn fill(&mut self, samples: &mut [i16]) -> usize {
        samples.iter_mut().zip(self).map(|(place, sample)| *place = sample).count()
    }
}

impl Iterator for CallProgress {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        // No cadence: one tone for ever, with an edge at its beginning only.
        let len = match self.pattern.cadence.get(self.step) {
            Some(millis) => millis * 8,
            None if self.pattern.cadence.is_empty() => u32::MAX,
            None => return None,
        };
        let (step, at) = (self.step, self.at);
        let is_endless = len == u32::MAX;
        self.at = if is_endless { (at + 1).min(EDGE_LEN) } else { at + 1 };
        if self.at == len {
            self.at = 0;
            self.step = match self.pattern.repeat {
                Repeat::Forever => (step + 1) % self.pattern.cadence.len().max(1),
                Repeat::Once => step + 1,
            };
        }
        if step % 2 == 1 {
            return Some(0);
        }
        let tones: f64 = self.oscillators.iter_mut().map(Oscillator::next).sum();
        Some(round(self.amplitude * tones * edge(at, len, EDGE_LEN)))
    }
}

/// Edges of 5 ms
const EDGE_LEN: u32 = 40;

fn pattern(country: Country, tone: ProgressTone) -> &'static Pattern {
    match tone {
        ProgressTone::Dial => match country {
            Country::UnitedStates | Country::UnitedKingdom => &DIAL_350_440,
            Country::Europe | Country::Poland => &DIAL_425,
        },
        ProgressTone::Ringback => match country {
            Country::UnitedStates => &RINGBACK_US,
            Country::UnitedKingdom => &RINGBACK_UK,
            Country::Europe | Country::Poland => &RINGBACK_425,
        },
        ProgressTone::Busy => match country {
            Country::UnitedStates => &BUSY_US,
            Country::UnitedKingdom => &BUSY_UK,
            Country::Europe | Country::Poland => &BUSY_425,
        },
        ProgressTone::Congestion => match country {
            Country::UnitedStates => &CONGESTION_US,
            Country::UnitedKingdom => &CONGESTION_UK,
            Country::Europe => &CONGESTION_425,
            // Both sound the same.
            Country::Poland => &BUSY_425,
        },
        ProgressTone::Beep => &BEEP,
    }
}

const fn forever(hz: [f64; 2], level_dbm0: f64, cadence: &'static [u32]) -> Pattern {
    Pattern { hz, level_dbm0, cadence, repeat: Repeat::Forever }
}

static DIAL_350_440: Pattern = forever([350.0, 440.0], -13.0, &[]);
static DIAL_425: Pattern = forever([425.0, 0.0], -12.0, &[]);
static RINGBACK_US: Pattern = forever([440.0, 480.0], -19.0, &[2_000, 4_000]);
static RINGBACK_UK: Pattern = forever([400.0, 450.0], -19.0, &[400, 200, 400, 2_000]);
static RINGBACK_425: Pattern = forever([425.0, 0.0], -12.0, &[1_000, 4_000]);
static BUSY_US: Pattern = forever([480.0, 620.0], -24.0, &[500, 500]);
static BUSY_UK: Pattern = forever([400.0, 0.0], -19.0, &[375, 375]);
static BUSY_425: Pattern = forever([425.0, 0.0], -12.0, &[500, 500]);
static CONGESTION_US: Pattern = forever([480.0, 620.0], -24.0, &[250, 250]);
static CONGESTION_UK: Pattern = forever([400.0, 0.0], -19.0, &[400, 350, 225, 525]);
static CONGESTION_425: Pattern = forever([425.0, 0.0], -12.0, &[250, 250]);
static BEEP: Pattern =
    Pattern { hz: [1_000.0, 0.0], level_dbm0: -13.0, cadence: &[250], repeat: Repeat::Once };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FULL_SCALE_SINE_DBM0;

    const COUNTRIES: [Country; 4] =
        [Country::UnitedStates, Country::Europe, Country::UnitedKingdom, Country::Poland];

    /// The first seconds of a tone.
    fn sound(country: Country, tone: ProgressTone, seconds: usize) -> Vec<i16> {
        CallProgress::new(country, tone).take(8_000 * seconds).collect()
    }

    /// The lengths of sound and silence in turn, in ms.
    fn cadence(samples: &[i16]) -> Vec<usize> {
        let audible: Vec<bool> =
            samples.chunks(40).map(|hop| hop.iter().any(|&sample| sample != 0)).collect();
        audible.chunk_by(|a, b| a == b).map(|run| 5 * run.len()).collect()
    }

    /// The level of a tone in dBm0, by correlation.
    fn level(samples: &[i16], hz: f64) -> f64 {
        let angles = (0..).map(|n: u32| core::f64::consts::TAU * hz * f64::from(n) / 8_000.0);
        let (re, im) = samples.iter().zip(angles).fold((0.0, 0.0), |(re, im), (&sample, angle)| {
            let sample = f64::from(sample) / 32_768.0;
            (re + sample * angle.cos(), im + sample * angle.sin())
        });
        let half = f64::from(u32::try_from(samples.len()).unwrap()) / 2.0;
        20.0 * (re.hypot(im) / half).log10() + FULL_SCALE_SINE_DBM0
    }

    #[test]
    fn cadences_are_those_of_the_country() {
        use Country::{Europe, Poland, UnitedKingdom, UnitedStates};
        use ProgressTone::{Busy, Congestion, Dial, Ringback};
        let cases: [(Country, ProgressTone, &[usize]); 10] = [
            (UnitedStates, Dial, &[7_000]),
            (UnitedStates, Ringback, &[2_000, 4_000, 1_000]),
            (UnitedStates, Busy, &[500; 14]),
            (UnitedStates, Congestion, &[250; 28]),
            (UnitedKingdom, Ringback, &[400, 200, 400, 2_000, 400, 200, 400, 2_000, 400, 200, 400]),
            (UnitedKingdom, Congestion, &[400, 350, 225, 525]),
            (Europe, Dial, &[7_000]),
            (Europe, Ringback, &[1_000, 4_000, 1_000, 1_000]),
            (Poland, Busy, &[500; 14]),
            (Poland, Congestion, &[500; 14]),
        ];
        for (country, tone, expected) in cases {
            let cadence = cadence(&sound(country, tone, 7));
            assert_eq!(cadence[..expected.len()], *expected, "{country:?} {tone:?}");
        }
    }

    #[test]
    fn frequencies_and_levels_are_those_of_the_country() {
        let cases = [
            (Country::UnitedStates, ProgressTone::Dial, 350.0, -13.0),
            (Country::UnitedStates, ProgressTone::Dial, 440.0, -13.0),
            (Country::UnitedStates, ProgressTone::Busy, 620.0, -24.0),
            (Country::UnitedKingdom, ProgressTone::Busy, 400.0, -19.0),
            (Country::Poland, ProgressTone::Dial, 425.0, -12.0),
        ];
        for (country, tone, hz, expected) in cases {
            let samples = sound(country, tone, 1);
            let level = level(&samples[40..2_840], hz);
            assert!((level - expected).abs() < 0.1, "{country:?} {tone:?} {hz}: {level}");
        }
    }

    #[test]
    fn a_beep_sounds_once() {
        for country in COUNTRIES {
            let mut beep = CallProgress::new(country, ProgressTone::Beep);
            let mut samples = [0; 3_000];
            assert_eq!(beep.fill(&mut samples), 2_000);
            assert_eq!(beep.next(), None);
            assert!((level(&samples[40..1_960], 1_000.0) + 13.0).abs() < 0.1);
        }
    }

    #[test]
    fn no_tone_clicks() {
        use ProgressTone::{Beep, Busy, Congestion, Dial, Ringback};
        for country in COUNTRIES {
            for tone in [Dial, Ringback, Busy, Congestion, Beep] {
                let samples = sound(country, tone, 3);
                // The slope of the wave itself, and nothing steeper at its edges
                let hz = pattern(country, tone).hz[0].max(pattern(country, tone).hz[1]);
                let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
                let slope = f64::from(peak) * core::f64::consts::TAU * hz / 8_000.0;
                let step = samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
                assert!(
                    f64::from(step) <= slope * 1.01 + 2.0,
                    "{country:?} {tone:?} {step} {slope}"
                );
                assert!(samples[0].unsigned_abs() < 10);
            }
        }
    }
}
