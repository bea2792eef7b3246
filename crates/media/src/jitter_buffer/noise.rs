//! Comfort noise (RFC 3389).

/// White noise of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noise {
    amplitude: i32,
    state: u32,
}

impl Noise {
    /// Returns noise of a level in −dBov (RFC 3389 section 3.1): the first octet of the payload.
    pub(super) fn new(level: u8) -> Self {
        #![expect(clippy::cast_possible_truncation, reason = "an amplitude is at most full scale")]
        // A uniform distribution has the root of a third of its amplitude as its effective value.
        let effective = 32_768.0 * 10_f64.powf(-f64::from(level & 0x7f) / 20.0);
        let amplitude = (effective * 3_f64.sqrt()).min(32_767.0) as i32;
        Self { amplitude, state: 0x2545_f491 }
    }

    pub(super) fn next(&mut self) -> i16 {
        // Marsaglia's xorshift with its shifts of 13, 17 and 5.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let [high, low, ..] = self.state.to_be_bytes();
        let uniform = i32::from(i16::from_be_bytes([high, low]));
        i16::try_from(uniform * self.amplitude / 32_768).unwrap_or(0)
    }

    /// Fills samples with noise, or with silence if there is none.
    pub(super) fn fill(noise: &mut Option<Self>, samples: &mut [i16]) {
        match noise {
            Some(noise) => samples.iter_mut().for_each(|sample| *sample = noise.next()),
            None => samples.fill(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{FULL_SCALE_SINE_DBM0, rms_dbm0, tests::assert_near, tone_dbm0};

    #[test]
    fn noise_has_its_level_and_no_tone() {
        for level in [20, 40, 60, 0x80 | 50] {
            let mut samples = [0; 8_000];
            Noise::fill(&mut Some(Noise::new(level)), &mut samples);
            // The overload point is the square wave of full scale, 3 dB above the sine.
            let expected = FULL_SCALE_SINE_DBM0 + 3.01 - f64::from(level & 0x7f);
            assert_near(rms_dbm0(&samples), expected, 0.3);
            for hz in [100.0, 440.0, 1_000.0, 3_000.0] {
                assert!(tone_dbm0(&samples, 8_000, hz) < expected - 25.0, "{hz} Hz");
            }
        }
        let mut samples = [1; 160];
        Noise::fill(&mut Some(Noise::new(127)), &mut samples);
        assert_eq!(samples, [0; 160], "below the last bit");
    }
}
