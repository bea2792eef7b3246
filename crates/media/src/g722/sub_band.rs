//! One sub-band: an adaptive quantiser and an adaptive predictor (ITU-T G.722 section 6.2).

use super::tables::{ILB, Q2, Q6, WH, WL};

/// What both sides know of a sub-band.
///
/// All arithmetic is that of the Recommendation: 16-bit numbers, products shifted back by 15 bits, sums that
/// saturate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SubBand {
    rules: &'static Rules,
    /// The estimate of the next sample (s), and the part of it that the zeros make (sz)
    estimate: i32,
    by_zeros: i32,
    /// The last two reconstructed samples (r)
    reconstructed: [i32; 2],
    /// The signs of the last two partially reconstructed samples (p): whether they are negative
    signs: [bool; 2],
    /// The coefficients of the poles (a)
    poles: [i32; 2],
    /// The last six quantised differences (d), and the coefficients of the zeros (b)
    differences: [i32; 6],
    zeros: [i32; 6],
    /// The scale factor of the quantiser (det), and its logarithm (nb)
    scale: i32,
    log_scale: i32,
}

/// In what sub-bands differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// The scale factor at the beginning
    scale: i32,
    /// The largest logarithm of it
    max_log_scale: i32,
    /// Where the point of the logarithm is
    log_shift: i32,
    /// By how much codes move it
    steps: &'static [i32],
}

/// The lower sub-band.
pub(super) static LOWER: Rules =
    Rules { scale: 32, max_log_scale: 18_432, log_shift: 8, steps: &WL };
/// The upper one.
pub(super) static UPPER: Rules =
    Rules { scale: 8, max_log_scale: 22_528, log_shift: 10, steps: &WH };

impl SubBand {
    pub(super) const fn new(rules: &'static Rules) -> Self {
        Self {
            rules,
            estimate: 0,
            by_zeros: 0,
            reconstructed: [0; 2],
            signs: [false; 2],
            poles: [0; 2],
            differences: [0; 6],
            zeros: [0; 6],
            scale: rules.scale,
            log_scale: 0,
        }
    }

    /// Returns what the next sample is expected to be.
    pub(super) const fn estimate(&self) -> i32 {
        self.estimate
    }

    /// Returns the code of six bits for a difference from the estimate (QUANTL).
    pub(super) fn quantize_lower(&self, difference: i32) -> u8 {
        let size = magnitude(difference);
        let levels = Q6.get(1..).unwrap_or_default();
        let interval = levels.partition_point(|level| size >= (*level * self.scale) >> 12);
        // Codes count down from the smallest positive and from the smallest negative interval; those of the two smallest
        // negative ones stand at the top (table 16).
        let code = match (difference < 0, interval) {
            (false, _) => 61 - interval,
            (true, 0 | 1) => 63 - interval,
            (true, _) => 33 - interval,
        };
        u8::try_from(code).unwrap_or(0)
    }

    /// Returns the code of two bits for a difference from the estimate (QUANTH).
    pub(super) const fn quantize_upper(&self, difference: i32) -> u8 {
        let is_large = magnitude(difference) >= (Q2 * self.scale) >> 12;
        match (difference < 0, is_large) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        }
    }

    /// Returns the sample that an output level of the quantiser stands for.
    pub(super) fn reconstruct(&self, level: i32) -> i32 {
        (self.estimate + self.scaled(level)).clamp(-0x4000, 0x3fff)
    }

    /// Moves on by one sample, of which both sides know a code and its output level.
    pub(super) fn adapt(&mut self, level: i32, code: u8) {
        let difference = self.scaled(level);
        // LOGSCL, LOGSCH: the scale forgets a 128th of its logarithm with each sample.
        let step = self.rules.steps.get(usize::from(code)).copied().unwrap_or(0);
        let log_scale = ((self.log_scale * 127) >> 7) + step;
        self.log_scale = log_scale.clamp(0, self.rules.max_log_scale);
        // SCALEL, SCALEH
        let fraction = ILB.get(usize::try_from(self.log_scale >> 6 & 31).unwrap_or(0));
        let shift = self.rules.log_shift - (self.log_scale >> 11);
        let fraction = fraction.copied().unwrap_or(0);
        self.scale = if shift < 0 { fraction << -shift } else { fraction >> shift } << 2;
        self.predict(difference);
    }

    const fn scaled(&self, level: i32) -> i32 {
        (self.scale * level) >> 15
    }

    /// Adapts the predictor to a quantised difference and estimates the next sample (block 4).
    fn predict(&mut self, difference: i32) {
        let reconstructed = saturated(self.estimate + difference); // RECONS
        let is_negative = saturated(self.by_zeros + difference) < 0; // PARREC
        self.adapt_poles(is_negative);
        self.adapt_zeros(difference);

        // DELAYA
        let [a, b, c, d, e, _] = self.differences;
        self.differences = [difference, a, b, c, d, e];
        let [last, _] = self.reconstructed;
        self.reconstructed = [reconstructed, last];
        let [sign, _] = self.signs;
        self.signs = [is_negative, sign];

        // FILTEP, FILTEZ, PREDIC
        let terms = self.poles.iter().zip(&self.reconstructed);
        let by_poles = saturated(terms.map(|(pole, past)| product(*pole, 2 * past)).sum());
        let terms = self.zeros.iter().zip(&self.differences);
        self.by_zeros = saturated(terms.map(|(zero, past)| product(*zero, 2 * past)).sum());
        self.estimate = saturated(by_poles + self.by_zeros);
    }

    /// UPPOL2, UPPOL1: the poles follow the signs, and stay where the filter is stable.
    fn adapt_poles(&mut self, is_negative: bool) {
        let [first, second] = self.poles;
        let [one_ago, two_ago] = self.signs;
        let quadruple = saturated(4 * first);
        let turned = if is_negative == one_ago { saturated(-quadruple) } else { quadruple };
        let step = if is_negative == two_ago { 128 } else { -128 };
        let second = (step + (turned >> 7) + product(second, 32_512)).clamp(-12_288, 12_288);
        let step = if is_negative == one_ago { 192 } else { -192 };
        let limit = 15_360 - second;
        let first = saturated(step + product(first, 32_640)).clamp(-limit, limit);
        self.poles = [first, second];
    }

    /// UPZERO
    fn adapt_zeros(&mut self, difference: i32) {
        let step = if difference == 0 { 0 } else { 128 };
        for (zero, past) in self.zeros.iter_mut().zip(&self.differences) {
            let step = if (*past < 0) == (difference < 0) { step } else { -step };
            *zero = saturated(step + product(*zero, 32_640));
        }
    }
}

/// A product of two numbers of which one is a fraction with 15 bits.
const fn product(a: i32, b: i32) -> i32 {
    (a * saturated(b)) >> 15
}

/// The Recommendation's way to take the sign off: that of -1 is 0.
const fn magnitude(difference: i32) -> i32 {
    if difference < 0 { -(difference + 1) } else { difference }
}

/// Returns the nearest number of 16 bits.
pub(super) const fn saturated(number: i32) -> i32 {
    if number > 0x7fff {
        0x7fff
    } else if number < -0x8000 {
        -0x8000
    } else {
        number
    }
}

/// Returns the nearest sample.
pub(super) fn saturated_sample(number: i32) -> i16 {
    i16::try_from(saturated(number)).unwrap_or(i16::MAX)
}
