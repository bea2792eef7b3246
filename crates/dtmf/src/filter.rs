//! What is taken out of the sound before, and beside, the search for tones.

use crate::math::narrow;

/// Removes a constant offset: a high pass at 25 Hz.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OffsetFilter {
    input: f32,
    output: f32,
}

impl OffsetFilter {
    #[inline]
    pub(crate) fn filter(&mut self, sample: f32) -> f32 {
        self.output = sample - self.input + 0.98 * self.output;
        self.input = sample;
        self.output
    }
}

/// Removes dial tone and hum: a high pass that takes 30 dB out below 480 Hz, and less than 0.4 dB
/// above 672 Hz.
///
/// Four poles and two pairs of zeros on the unit circle, fitted to these limits by random search.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DialToneFilter {
    sections: [[f32; 2]; 2],
}

impl DialToneFilter {
    #[inline]
    pub(crate) fn filter(&mut self, sample: f32) -> f32 {
        self.sections.iter_mut().zip(&SECTIONS).fold(sample, |input, (state, section)| {
            let [gain, zero, pole_1, pole_2] = *section;
            let [one, two] = *state;
            let input = input * gain;
            // Transposed direct form II; the outer zeros are 1.
            let output = input + one;
            *state = [zero * input - pole_1 * output + two, input - pole_2 * output];
            output
        })
    }
}

const SECTIONS: [[f32; 4]; 2] = [
    [narrow(0.913_015_845), narrow(-1.874_832_297), narrow(-1.653_730_163), narrow(0.884_053_119)],
    [narrow(0.625_921_833), narrow(-1.973_882_311), narrow(-1.091_486_486), narrow(0.395_853_215)],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain at a frequency, in dB.
    fn gain(mut filter: impl FnMut(f32) -> f32, hz: f64) -> f64 {
        let (mut passed, mut given) = (0.0, 0.0);
        for n in 0..16_000_u32 {
            let sample = (core::f64::consts::TAU * hz * f64::from(n) / 8_000.0).sin();
            let output = f64::from(filter(narrow(sample)));
            if n >= 8_000 {
                passed += output * output;
                given += sample * sample;
            }
        }
        10.0 * (passed / given).log10()
    }

    #[test]
    fn dial_tones_are_removed_and_keys_are_not() {
        for hz in [50.0, 150.0, 350.0, 400.0, 425.0, 440.0, 450.0, 480.0] {
            let mut filter = DialToneFilter::default();
            let gain = gain(|sample| filter.filter(sample), hz);
            assert!(gain < -29.9, "{hz} Hz: {gain} dB");
        }
        for hz in [672.0, 697.0, 770.0, 941.0, 1_209.0, 1_633.0, 3_400.0] {
            let mut filter = DialToneFilter::default();
            let gain = gain(|sample| filter.filter(sample), hz);
            assert!(gain.abs() < 0.4, "{hz} Hz: {gain} dB");
        }
    }

    #[test]
    fn an_offset_goes_away() {
        let mut filter = OffsetFilter::default();
        let last = (0..1_000).map(|_| filter.filter(0.5)).last();
        assert!(last.is_some_and(|output| output.abs() < 1e-6), "{last:?}");
        let mut filter = OffsetFilter::default();
        assert!(gain(|sample| filter.filter(sample), 697.0).abs() < 0.1);
    }
}
