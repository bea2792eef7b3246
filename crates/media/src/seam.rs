//! Joints between sounds of one stream.

use crate::{Codec, Decode as _, Encode as _};

/// Joins sounds that follow each other in a stream, so that no click is heard where one is cut off and another begins.
///
/// It remembers the last sample that was sent. The beginning of what comes next is moved there, and back to where it
/// belongs within [`SEAM`] samples: what is left of a step is spread so thin that it is not heard. Only the packet at the
/// joint is touched, and nothing is delayed. G.722 is left as it is: its decoder knows no steps.
///
/// ```
/// use centrala_media::{Codec, Seam};
///
/// let mut seam = Seam::new();
/// seam.note(Codec::L16, &[0x40, 0x00]); // 16,384: whatever was said is cut off there.
/// let mut silence = [0; 320];
/// seam.smooth(Codec::L16, &mut silence);
/// assert_eq!(i16::from_be_bytes([silence[0], silence[1]]), 16_179);
/// assert_eq!(silence[158..], [0; 162], "10 ms later it is over");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seam {
    last: i16,
}

/// Within so many samples a step is spread: 10 ms.
pub const SEAM: usize = 80;

impl Seam {
    /// Returns a seam behind silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: 0 }
    }

    /// Notes what is sent.
    pub fn note(&mut self, codec: Codec, payload: &[u8]) {
        let len = codec.octets_in(1);
        let last = payload.len().checked_sub(len).and_then(|at| payload.get(at..));
        if let (Some(last), true) = (last, remembers_nothing(codec)) {
            codec.decoder().decode(last, std::slice::from_mut(&mut self.last));
        } else {
            self.last = 0;
        }
    }

    /// Notes that nothing was sent for a while: whoever listens has heard the sound fade away.
    pub const fn rest(&mut self) {
        self.last = 0;
    }

    /// Returns whether silence can follow without a step that is heard.
    #[must_use]
    pub const fn is_quiet(&self) -> bool {
        self.last.unsigned_abs() <= LEAST_STEP
    }

    /// Has a payload, which begins something else, go on from what was sent before, and notes it. A step of up to
    /// [`LEAST_STEP`] stays.
    pub fn smooth(&mut self, codec: Codec, payload: &mut [u8]) {
        if remembers_nothing(codec) {
            let mut samples = [0; SEAM];
            let count = codec.decoder().decode(payload, &mut samples);
            let step = i32::from(self.last) - i32::from(samples.first().copied().unwrap_or(0));
            if step.unsigned_abs() > u32::from(LEAST_STEP) {
                for (sample, left) in samples.iter_mut().zip((0..SEAM_SIGNED).rev()) {
                    let moved = i32::from(*sample) + step * left / SEAM_SIGNED;
                    *sample = i16::try_from(moved.clamp(-0x8000, 0x7fff)).unwrap_or(0);
                }
                codec.encoder().encode(samples.get(..count).unwrap_or_default(), payload);
            }
        }
        self.note(codec, payload);
    }
}

/// A smaller step, 38 dB below full scale, is none: most sounds have larger ones of their own.
pub const LEAST_STEP: u16 = 400;

/// Whether each sample of a codec is encoded by itself.
const fn remembers_nothing(codec: Codec) -> bool {
    match codec {
        Codec::Pcmu | Codec::Pcma | Codec::L16 => true,
        Codec::G722 => false,
    }
}

const SEAM_SIGNED: i32 = 80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::level::tests::sine;

    fn encoded(codec: Codec, samples: &[i16]) -> Vec<u8> {
        let mut octets = vec![0; codec.octets_in(samples.len())];
        codec.encoder().encode(samples, &mut octets);
        octets
    }

    fn decoded(codec: Codec, octets: &[u8]) -> Vec<i16> {
        let mut samples = vec![0; codec.samples_in(octets.len())];
        codec.decoder().decode(octets, &mut samples);
        samples
    }

    fn largest_step(samples: &[i16]) -> u16 {
        samples.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap_or(0)
    }

    #[test]
    fn two_loud_sounds_meet_without_a_click() {
        // Cut off at a peak, and begun at the opposite one.
        let one = sine(200.0, 0.0, 8_000, 810);
        let other: Vec<_> = sine(300.0, 0.0, 8_000, 980)[820..].to_vec();
        for codec in [Codec::Pcmu, Codec::Pcma, Codec::L16] {
            let (before, mut after) = (encoded(codec, &one), encoded(codec, &other));
            let own =
                largest_step(&decoded(codec, &before)).max(largest_step(&decoded(codec, &after)));
            let rough = [decoded(codec, &before), decoded(codec, &after)].concat();
            assert!(largest_step(&rough) > 3 * own, "there is a click to begin with");
            let mut seam = Seam::new();
            seam.note(codec, &before);
            let whole = after.clone();
            seam.smooth(codec, &mut after);
            let smooth = [decoded(codec, &before), decoded(codec, &after)].concat();
            assert!(largest_step(&smooth) < own + own / 2, "{codec:?} {own}");
            assert_eq!(after[codec.octets_in(SEAM)..], whole[codec.octets_in(SEAM)..]);
        }
    }

    #[test]
    fn a_sound_behind_silence_swells() {
        let mut seam = Seam::new();
        let mut loud = encoded(Codec::Pcmu, &[8_000; 160]);
        seam.smooth(Codec::Pcmu, &mut loud);
        let heard = decoded(Codec::Pcmu, &loud);
        assert!(heard[0] < 120 && heard[40] < 4_400 && heard[100] > 7_800, "{heard:?}");
        assert!(!seam.is_quiet());
        seam.rest();
        assert!(seam.is_quiet());
    }

    proptest! {
        #[test]
        fn any_payload_is_joined_to_any_other(
            before in proptest::collection::vec(any::<u8>(), 0..400),
            after in proptest::collection::vec(any::<u8>(), 0..400),
            codec in proptest::sample::select(Codec::ALL.to_vec()),
        ) {
            let mut seam = Seam::new();
            seam.note(codec, &before);
            let last = seam.last;
            let mut smooth = after.clone();
            seam.smooth(codec, &mut smooth);
            let (heard, said) = (decoded(codec, &smooth), decoded(codec, &after));
            if codec != Codec::G722 && let Some(first) = heard.first() {
                // G.711 is as coarse as a sixteenth of the sample.
                let step = i32::from(*first) - i32::from(last);
                let fair = (i32::from(said[0]) - i32::from(last)).abs() / 80 + i32::from(last).abs() / 16 + 416;
                prop_assert!(step.abs() <= fair, "{} {} {}", last, first, said[0]);
            }
            prop_assert_eq!(smooth.len(), after.len());
        }
    }
}
