//! Several parties that hear each other: the sum of all, without one's own voice.

use crate::FRAME_SAMPLES;

/// Mixes frames of up to [`MAX_PARTIES`] parties, one beat after the other.
///
/// In each beat every party [adds](Self::add) what it says, and then [takes](Self::take) what the others have said: the sum
/// is made once, so the work grows with the number of parties and not with its square. The sum is held in more
/// bits than a sample has; what is too loud for one is turned down for everybody, fast, and up again slowly, so that a chord of
/// voices is not clipped.
///
/// ```
/// use centrala_media::Mixer;
///
/// let mut mixer = Mixer::new();
/// for (party, level) in [(0, 1_000), (1, 200), (2, 30)] {
///     mixer.add(party, &[level; 160]);
/// }
/// let mut heard = [0; 160];
/// mixer.take(1, &mut heard);
/// assert_eq!(heard, [1_030; 160], "what the others say");
/// mixer.take(7, &mut heard);
/// assert_eq!(heard, [1_230; 160], "who says nothing hears all");
/// mixer.next_beat();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixer {
    sum: [i32; FRAME_SAMPLES],
    own: Vec<Own>,
    /// By how much everything is turned down at the end of the last beat, in parts of [`UNITY`].
    gain: i32,
    /// By how much at the end of this one; `None` before somebody takes.
    next_gain: Option<i32>,
}

/// What one party says in this beat.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    party: usize,
    samples: [i16; FRAME_SAMPLES],
}

/// As many can be heard in one beat.
pub const MAX_PARTIES: usize = 64;

impl Default for Mixer {
    fn default() -> Self {
        Self::new()
    }
}

impl Mixer {
    /// Returns a mixer in which nobody has spoken.
    #[must_use]
    pub const fn new() -> Self {
        Self { sum: [0; FRAME_SAMPLES], own: Vec::new(), gain: UNITY, next_gain: None }
    }

    /// Returns a mixer that will not allocate for so many parties.
    #[must_use]
    pub fn with_capacity(parties: usize) -> Self {
        Self { own: Vec::with_capacity(parties.min(MAX_PARTIES)), ..Self::new() }
    }

    /// Adds what a party says in this beat; a frame that is too short is filled up with silence. Returns whether it is
    /// heard: a party speaks once in a beat, and no more than [`MAX_PARTIES`] do.
    pub fn add(&mut self, party: usize, samples: &[i16]) -> bool {
        if self.own.len() >= MAX_PARTIES || self.own.iter().any(|own| own.party == party) {
            return false;
        }
        let mut own = Own { party, samples: [0; FRAME_SAMPLES] };
        for ((sum, place), sample) in self.sum.iter_mut().zip(&mut own.samples).zip(samples) {
            *sum += i32::from(*sample);
            *place = *sample;
        }
        self.own.push(own);
        self.next_gain = None;
        true
    }

    /// Writes what a party hears in this beat: all others.
    pub fn take(&mut self, party: usize, samples: &mut [i16]) {
        let target = self.next_gain();
        let own = self.own.iter().find(|own| own.party == party).map(|own| &own.samples);
        let length = i32::try_from(FRAME_SAMPLES).unwrap_or(i32::MAX);
        for (at, ((sample, sum), place)) in
            samples.iter_mut().zip(&self.sum).zip(0..length).enumerate()
        {
            let own = own.and_then(|own| own.get(at)).map_or(0, |own| i32::from(*own));
            // From the gain of the last beat to that of this one without a step.
            let gain = self.gain + (target - self.gain) * place.min(ATTACK) / ATTACK;
            let heard = i64::from(sum - own) * i64::from(gain) / i64::from(UNITY);
            *sample = soft(heard);
        }
    }

    /// Begins the next beat: nobody has spoken.
    pub fn next_beat(&mut self) {
        self.gain = self.next_gain();
        self.next_gain = None;
        self.sum.fill(0);
        self.own.clear();
    }

    /// Returns how many have spoken in this beat.
    #[must_use]
    pub const fn speakers(&self) -> usize {
        self.own.len()
    }

    /// Returns the gain with which the loudest sum of this beat just fits, or a little more than the last one.
    fn next_gain(&mut self) -> i32 {
        if let Some(gain) = self.next_gain {
            return gain;
        }
        let peak = self.sum.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0).max(1);
        let fits = u64::from(HEADROOM) * u64::from(UNITY.unsigned_abs()) / u64::from(peak);
        let fits = i32::try_from(fits).unwrap_or(i32::MAX).min(UNITY);
        let gain = fits.min(self.gain + RELEASE);
        self.next_gain = Some(gain);
        gain
    }
}

/// Returns a sample; what is beyond the headroom is bent, so that it does not clip hard.
fn soft(sample: i64) -> i16 {
    let (headroom, room) = (i64::from(HEADROOM), i64::from(i16::MAX) - i64::from(HEADROOM));
    let over = sample.abs() - headroom;
    let bent = if over <= 0 { sample.abs() } else { headroom + over * room / (over + room) };
    i16::try_from(bent * sample.signum()).unwrap_or(i16::MAX)
}

/// The gain that changes nothing.
const UNITY: i32 = 1 << 14;
/// What a beat may win back: from half to full in a second.
const RELEASE: i32 = UNITY / 100;
/// Sums up to this, 1.4 dB below full scale, go through as they are.
const HEADROOM: u32 = 28_000;
/// Samples within which everything is turned down: 2.5 ms.
const ATTACK: i32 = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::level::{peak, rms_dbm0, tests::assert_near, tests::sine, tone_dbm0};

    /// Mixes whole sounds; returns what each party hears.
    fn mix(sounds: &[Vec<i16>]) -> Vec<Vec<i16>> {
        let mut mixer = Mixer::with_capacity(sounds.len());
        let mut heard = vec![Vec::new(); sounds.len()];
        for beat in 0..sounds[0].len() / FRAME_SAMPLES {
            for (party, sound) in sounds.iter().enumerate() {
                assert!(mixer.add(party, &sound[beat * FRAME_SAMPLES..(beat + 1) * FRAME_SAMPLES]));
            }
            for (party, heard) in heard.iter_mut().enumerate() {
                let mut frame = [0; FRAME_SAMPLES];
                mixer.take(party, &mut frame);
                heard.extend(frame);
            }
            mixer.next_beat();
        }
        heard
    }

    #[test]
    fn each_hears_the_others_as_loud_as_they_are_and_not_himself() {
        let tones = [(500.0, -10.0), (900.0, -20.0), (1_700.0, -30.0)];
        let sounds: Vec<_> =
            tones.iter().map(|(hz, level)| sine(*hz, *level, 8_000, 8_000)).collect();
        for (party, heard) in mix(&sounds).iter().enumerate() {
            for (other, (hz, level)) in tones.iter().enumerate() {
                let measured = tone_dbm0(heard, 8_000, *hz);
                if party == other {
                    assert!(measured < -70.0, "{party} hears himself at {measured}");
                } else {
                    assert_near(measured, *level, 0.05);
                }
            }
        }
    }

    #[test]
    fn voices_that_are_too_loud_together_are_turned_down_and_not_clipped() {
        // Four at full scale.
        let tones = [500.0, 700.0, 1_100.0, 1_300.0];
        let sounds: Vec<_> = tones.iter().map(|hz| sine(*hz, 3.0, 8_000, 16_000)).collect();
        let heard = &mix(&sounds)[3];
        let levels: Vec<_> =
            tones.iter().map(|hz| tone_dbm0(&heard[8_000..], 8_000, *hz)).collect();
        for level in &levels[..3] {
            assert!((-10.5..-7.5).contains(level), "{levels:?}");
        }
        assert!(levels[3] < -40.0, "{levels:?}");
        // What was not said is not heard: clipping would put it at 300 and 1,700 Hz.
        for hz in [300.0, 900.0, 1_700.0, 2_300.0] {
            let product = tone_dbm0(&heard[8_000..], 8_000, hz);
            assert!(product < -35.0, "{product} at {hz} Hz");
        }
    }

    #[test]
    fn what_was_turned_down_comes_back_without_a_step() {
        let quiet = sine(440.0, -15.0, 8_000, 40_000);
        let mut shout = sine(700.0, 3.0, 8_000, 40_000);
        let other = sine(900.0, 3.0, 8_000, 40_000);
        let mut loud = other;
        for sound in [&mut shout, &mut loud] {
            sound[..16_000].fill(0);
            sound[20_000..].fill(0);
        }
        let heard = &mix(&[vec![0; 40_000], quiet.clone(), shout, loud])[0];
        assert_eq!(heard[..16_000], quiet[..16_000]);
        let during = tone_dbm0(&heard[17_000..20_000], 8_000, 440.0);
        assert!((-23.0..-18.0).contains(&during), "{during}");
        assert_near(rms_dbm0(&heard[32_000..]), -15.0, 0.1);
        let steps = heard[20_160..].windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
        let own = quiet.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
        assert!(steps <= own + own / 20, "{steps} {own}");
    }

    #[test]
    fn a_party_speaks_once_in_a_beat_and_not_all_of_the_world_does() {
        let mut mixer = Mixer::new();
        assert!(mixer.add(5, &[100; 10]));
        assert!(!mixer.add(5, &[100; 160]));
        let mut heard = [7; 160];
        mixer.take(5, &mut heard);
        assert_eq!(heard, [0; 160]);
        mixer.take(6, &mut heard);
        assert_eq!((heard[9], heard[10]), (100, 0), "a short frame is filled up");
        assert!(
            (0..MAX_PARTIES).filter(|party| mixer.add(100 + party, &[0; 160])).count()
                == MAX_PARTIES - 1
        );
        assert_eq!(mixer.speakers(), MAX_PARTIES);
        mixer.next_beat();
        assert_eq!(mixer.speakers(), 0);
    }

    proptest! {
        #[test]
        fn any_sounds_fit_into_samples(
            beats in proptest::collection::vec(
                proptest::collection::vec((0..70_usize, any::<i16>(), any::<i16>(), 0..200_usize), 0..70), 1..6),
            who in 0..70_usize,
        ) {
            let mut mixer = Mixer::new();
            for beat in beats {
                for (party, one, other, length) in beat {
                    let sound: Vec<_> = [one, other].into_iter().cycle().take(length).collect();
                    mixer.add(party, &sound);
                }
                let mut heard = [0; 200];
                mixer.take(who, &mut heard);
                prop_assert!(peak(&heard) <= 32_767);
                mixer.next_beat();
            }
        }
    }
}
