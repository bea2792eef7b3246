//! Sound in the place of lost sound (after the idea of ITU-T G.711 Appendix I).

/// Stands in for sound that was lost, from what was heard before.
///
/// The last pitch period is repeated, of losses longer than 10 ms the last two and of those longer than 20 ms the last three,
/// so that it does not buzz; after 10 ms it fades, and after 60 ms there is silence. There is no jump at either end, and
/// unlike in the appendix no delay: what stands in begins where the sound has ended, and bends back to the wave within 2 ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Concealment {
    /// What was played last, a ring.
    past: [i16; PAST],
    /// Where the next sample goes.
    next: usize,
    state: State,
    /// What stands in, of the last loss.
    wave: Wave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was ever heard, or what stood in has faded away.
    Silent,
    /// Sound is there.
    Hearing,
    /// It is lost since so many samples.
    Lost { lost: usize },
    /// It is back, and will stand alone after so many samples. Under it fades what stood in for so many, or silence.
    Returning { lost: Option<usize>, left: usize, over: usize },
}

impl Concealment {
    pub(crate) const fn new() -> Self {
        Self { past: [0; PAST], next: 0, state: State::Silent, wave: Wave::SILENCE }
    }

    /// Takes a received sample and returns what to play.
    pub(crate) fn blend(&mut self, received: i16) -> i16 {
        let (lost, left, over) = match self.state {
            State::Hearing => {
                self.remember(received);
                return received;
            }
            State::Silent => (None, FADE_IN, FADE_IN),
            State::Lost { lost } => {
                // The longer it was away, the less does it fit what stood in.
                let over = (self.wave.pitch / 4 + 32 * (lost / STEP)).min(LONGEST_RETURN);
                (Some(lost), over, over)
            }
            State::Returning { lost, left, over } => (lost, left, over),
        };
        let stand_in = lost.and_then(|lost| self.wave.at(lost)).unwrap_or(0);
        let played = mix(stand_in, received, over - left, over);
        self.state = match left {
            0 | 1 => State::Hearing,
            _ => State::Returning { lost: lost.map(|lost| lost + 1), left: left - 1, over },
        };
        self.remember(played);
        played
    }

    /// Takes received samples that are played as they are, while [nothing stands in](Self::is_hearing) for others.
    pub(crate) fn hear(&mut self, received: &[i16]) {
        let kept = received.len().min(PAST);
        let mut rest = received.get(received.len() - kept..).unwrap_or_default();
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(PAST - self.next));
            if let Some(place) = self.past.get_mut(self.next..self.next + part.len()) {
                place.copy_from_slice(part);
            }
            self.next = (self.next + part.len()) % PAST;
            rest = behind;
        }
    }

    /// Returns the next sample in the place of a lost one; `None` when it has faded away.
    pub(crate) fn next(&mut self) -> Option<i16> {
        let lost = match self.state {
            State::Silent | State::Returning { lost: None, .. } => None,
            State::Hearing => {
                self.wave = Wave::of(&self.linear());
                Some(0)
            }
            State::Lost { lost } => Some(lost),
            State::Returning { lost: Some(lost), left, over } => {
                // Lost again at once: what stood in goes on, as loud as it was by now.
                self.wave.weaken(left, over);
                Some(lost)
            }
        };
        let sample = lost.and_then(|lost| self.wave.at(lost));
        self.state = match (lost, sample) {
            (Some(lost), Some(_)) => State::Lost { lost: lost + 1 },
            (Some(_) | None, _) => State::Silent,
        };
        self.remember(sample.unwrap_or(0));
        sample
    }

    /// Returns the pitch period of what was played last, in samples.
    pub(crate) fn pitch(&self) -> usize {
        pitch_of(&self.linear())
    }

    /// Returns the sample that was played so long ago: 1 is the last one.
    pub(crate) fn played(&self, ago: usize) -> i16 {
        let at = (self.next + PAST - ago.min(PAST)) % PAST;
        self.past.get(at).copied().unwrap_or(0)
    }

    /// Returns whether what is heard is what was received.
    pub(crate) const fn is_hearing(&self) -> bool {
        matches!(self.state, State::Hearing)
    }

    fn remember(&mut self, sample: i16) {
        if let Some(place) = self.past.get_mut(self.next) {
            *place = sample;
        }
        self.next = (self.next + 1) % PAST;
    }

    /// Returns the ring, oldest sample first.
    fn linear(&self) -> [i16; PAST] {
        let mut linear = self.past;
        linear.rotate_left(self.next);
        linear
    }
}

/// What was heard before a loss, and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wave {
    past: [i16; PAST],
    pitch: usize,
    /// From where the wave would begin to where the sound has ended.
    jump: i32,
    /// In parts of [`WHOLE`].
    gain: i32,
    /// Nothing that stands in is louder than what was heard.
    peak: i32,
}

impl Wave {
    const SILENCE: Self = Self { past: [0; PAST], pitch: MIN_PITCH, jump: 0, gain: 0, peak: 0 };

    fn of(past: &[i16; PAST]) -> Self {
        let pitch = pitch_of(past);
        let at = |ago: usize| i32::from(past.get(PAST - ago).copied().unwrap_or(0));
        let peak = past.iter().map(|sample| i32::from(*sample).abs()).max().unwrap_or(0);
        Self { past: *past, pitch, jump: at(1) - at(pitch + 1), gain: WHOLE, peak }
    }

    /// Returns the sample at this time after the beginning of the loss; `None` when it has faded away.
    fn at(&self, lost: usize) -> Option<i16> {
        if lost >= FADED {
            return None;
        }
        let quarter = self.pitch / 4;
        let periods = (lost / STEP + 1).min(MAX_PERIODS);
        let mut sample = self.repeated(periods, lost);
        let since = lost % STEP;
        if (STEP..MAX_PERIODS * STEP).contains(&lost) && since < quarter {
            sample = mix(self.repeated(periods - 1, lost), sample, since, quarter);
        }
        let bent = widen(BEND.saturating_sub(lost + 1)) * self.jump / widen(BEND);
        let gain = widen((FADED - lost).min(FADED - STEP));
        let sample = (i32::from(sample) + bent).clamp(-self.peak, self.peak);
        Some(narrow(sample * gain / widen(FADED - STEP) * self.gain / WHOLE))
    }

    /// Makes what stands in as loud as it is when it has given way to sound so far.
    fn weaken(&mut self, left: usize, over: usize) {
        self.gain = self.gain * widen(left) / widen(over.max(1));
    }

    /// Returns the sample at this time of the last periods, repeated. The end of each round is blended into what was before
    /// its beginning.
    fn repeated(&self, periods: usize, time: usize) -> i16 {
        let length = (periods * self.pitch).max(1);
        let quarter = self.pitch / 4;
        let at = time % length;
        let sample = |ago: usize| self.past.get(PAST.saturating_sub(ago)).copied().unwrap_or(0);
        let round = sample(length - at);
        match (at + quarter).checked_sub(length) {
            Some(into) => mix(round, sample(2 * length - at), into + 1, quarter + 1),
            None => round,
        }
    }
}

/// Returns the lag at which the sound is most like itself, normalised by the energy there.
fn pitch_of(past: &[i16; PAST]) -> usize {
    let recent = past.get(PAST - WINDOW..).unwrap_or_default();
    let likeness = |lag: usize| {
        let earlier = past.get(PAST - WINDOW - lag..).unwrap_or_default();
        let (mut product, mut energy) = (0_i64, 1_i64);
        // Every second sample tells as much about periods of forty and more.
        for (now, before) in recent.iter().zip(earlier).step_by(2) {
            product += i64::from(*now) * i64::from(*before);
            energy += i64::from(*before) * i64::from(*before);
        }
        (product.max(0), energy)
    };
    let mut best = (MIN_PITCH, likeness(MIN_PITCH));
    for lag in MIN_PITCH + 1..=MAX_PITCH {
        let (product, energy) = likeness(lag);
        let (_, (best_product, best_energy)) = best;
        let square = |product: i64| i128::from(product) * i128::from(product);
        if square(product) * i128::from(best_energy) > square(best_product) * i128::from(energy) {
            best = (lag, (product, energy));
        }
    }
    best.0
}

/// Returns what lies between two samples: `part` of `whole` of the way.
pub(crate) fn mix(from: i16, to: i16, part: usize, whole: usize) -> i16 {
    let (part, whole) = (widen(part), widen(whole.max(1)));
    narrow((i32::from(from) * (whole - part) + i32::from(to) * part) / whole)
}

fn widen(samples: usize) -> i32 {
    i32::try_from(samples).unwrap_or(i32::MAX)
}

fn narrow(sample: i32) -> i16 {
    i16::try_from(sample.clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or(0)
}

/// The shortest and the longest pitch period: 200 Hz to 66 Hz. Higher voices have a multiple of theirs.
pub(crate) const MIN_PITCH: usize = 40;
pub(crate) const MAX_PITCH: usize = 120;
/// Three of the longest periods, and a quarter to blend them into.
const PAST: usize = 390;
/// What the search for the period compares: 20 ms.
const WINDOW: usize = 160;
/// After each of these 10 ms one more period is repeated.
const STEP: usize = 80;
const MAX_PERIODS: usize = 3;
/// Nothing stands in after 60 ms.
const FADED: usize = 480;
/// The wave is reached within 2 ms.
const BEND: usize = 16;
/// How long sound takes to stand alone: after silence, and at most: 4 and 10 ms.
const FADE_IN: usize = 32;
const LONGEST_RETURN: usize = 80;
/// The gain of what was not weakened.
const WHOLE: i32 = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{rms_dbm0, tests::sine};

    /// Plays sound of which what `is_lost` says is lost.
    fn play(sound: &[i16], is_lost: impl Fn(usize) -> bool) -> Vec<i16> {
        let mut concealment = Concealment::new();
        let play = |(at, sample): (usize, &i16)| match is_lost(at) {
            true => concealment.next().unwrap_or(0),
            false => concealment.blend(*sample),
        };
        sound.iter().enumerate().map(play).collect()
    }

    fn steps(samples: &[i16]) -> i32 {
        let step = |pair: &[i16]| (i32::from(pair[0]) - i32::from(pair[1])).abs();
        samples.windows(2).map(step).max().unwrap()
    }

    /// A voice: the harmonics of a pitch that glides from `from` to `to` hertz in a second.
    fn voice(from: f64, to: f64) -> Vec<i16> {
        let mut phase = 0.0;
        let rate = 8_000.0;
        (0..8_000_u32)
            .map(|n| {
                phase += (from + (to - from) * f64::from(n) / rate) / rate;
                let harmonics = (1..=8).map(|k| {
                    let k = f64::from(k);
                    (std::f64::consts::TAU * phase * k).sin() / k
                });
                crate::level::tests::rounded(harmonics.sum::<f64>() * 6_000.0)
            })
            .collect()
    }

    #[test]
    fn the_pitch_of_a_voice_is_found() {
        for (hz, expected) in [(100.0, 80), (80.0, 100), (160.0, 50)] {
            let sound = voice(hz, hz);
            let past: [i16; PAST] = sound[..PAST].try_into().unwrap();
            assert_eq!(pitch_of(&past), expected, "{hz} Hz");
        }
        // Of a high voice a multiple of the period is as good.
        let past: [i16; PAST] = voice(400.0, 400.0)[..PAST].try_into().unwrap();
        assert_eq!(pitch_of(&past) % 20, 0);
        assert_eq!(pitch_of(&[0; PAST]), MIN_PITCH);
        assert!((MIN_PITCH..=MAX_PITCH).contains(&pitch_of(&[i16::MIN; PAST])));
    }

    #[test]
    fn a_voice_goes_on_where_twenty_milliseconds_are_lost() {
        for (from, to) in [(100.0, 130.0), (180.0, 150.0), (220.0, 240.0)] {
            let sound = voice(from, to);
            let is_lost = |at: usize| at > 800 && at % 1_600 < 160;
            let played = play(&sound, is_lost);
            let error: Vec<i16> =
                sound.iter().zip(&played).skip(1_600).map(|(a, b)| a.saturating_sub(*b)).collect();
            let (signal, noise) = (rms_dbm0(&sound[1_600..]), rms_dbm0(&error));
            assert!(signal - noise > 14.0, "{from} Hz: {:.1} dB", signal - noise);
            assert!(steps(&played[100..]) <= steps(&sound) * 11 / 10, "{from} Hz clicks");
        }
    }

    #[test]
    fn what_is_lost_for_long_fades_and_comes_back_softly() {
        let sound = sine(440.0, -10.0, 8_000, 4_000);
        let played = play(&sound, |at| (1_000..2_000).contains(&at));
        let levels: Vec<_> = played[1_000..1_480].chunks(80).map(rms_dbm0).collect();
        assert!(levels[0] > -10.5, "{levels:?}");
        assert!(levels.is_sorted_by(|a, b| a > b), "{levels:?}");
        assert!(played[1_480..2_000].iter().all(|sample| *sample == 0));
        assert!(steps(&played) <= steps(&sound) * 11 / 10);
        assert_eq!(played[2_100..], sound[2_100..]);
    }

    #[test]
    fn losses_one_after_the_other_do_not_click() {
        let sound = voice(110.0, 120.0);
        for (length, every) in [(1, 2), (7, 20), (40, 41), (160, 170), (100, 320)] {
            let played = play(&sound, |at| at > 600 && at % every < length);
            // Each wave begins where the last one has ended; single samples leave it no time to.
            let most = if length < 40 { 16 } else { 12 };
            assert!(steps(&played[100..]) <= steps(&sound) * most / 10, "{length} of {every}");
        }
    }

    #[test]
    fn sound_may_be_heard_in_blocks() {
        let sound = voice(100.0, 130.0);
        let (mut one, mut other) = (Concealment::new(), Concealment::new());
        sound[..100].iter().for_each(|sample| {
            one.blend(*sample);
            other.blend(*sample);
        });
        let mut rest = &sound[100..4_000];
        for length in (1..).step_by(13) {
            let (block, behind) = rest.split_at(rest.len().min(length));
            block.iter().for_each(|sample| assert_eq!(one.blend(*sample), *sample));
            other.hear(block);
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        assert_eq!(one.linear(), other.linear());
    }

    #[test]
    fn silence_stays_silent() {
        let mut concealment = Concealment::new();
        assert_eq!(concealment.next(), None);
        assert_eq!((0..1_000).map(|_| concealment.blend(0)).max(), Some(0));
        assert!((0..480).all(|_| concealment.next() == Some(0)));
        assert_eq!(concealment.next(), None);
    }
}
