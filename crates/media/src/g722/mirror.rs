//! Quadrature mirror filters: full band to two sub-bands, and back.

use super::{sub_band::saturated_sample, tables::QMF};

/// The last samples of a pair of filters, which has 24 coefficients.
///
/// They stand in a buffer of twice that length, so that a window of 24 moves over it instead of they moving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mirror {
    /// Pairs of samples, each of them twice, a window apart.
    pairs: [[i32; 2]; 2 * TAPS],
    /// Where the next pair goes
    next: usize,
}

/// Pairs of coefficients.
const TAPS: usize = 12;

impl Mirror {
    pub(super) const fn new() -> Self {
        Self { pairs: [[0; 2]; 2 * TAPS], next: 0 }
    }

    /// Takes two samples; returns one of the lower and one of the upper sub-band.
    pub(super) fn part(&mut self, first: i16, second: i16) -> (i32, i32) {
        let (even, odd) = self.filtered(i32::from(first), i32::from(second));
        ((odd + even) >> 14, (odd - even) >> 14)
    }

    /// Takes a sample of the lower and one of the upper sub-band; returns two samples.
    pub(super) fn join(&mut self, lower: i32, upper: i32) -> [i16; 2] {
        let (even, odd) = self.filtered(lower + upper, lower - upper);
        [saturated_sample(odd >> 11), saturated_sample(even >> 11)]
    }

    /// Takes a pair; returns the sums over the first and over the second ones of the last pairs.
    fn filtered(&mut self, first: i32, second: i32) -> (i32, i32) {
        for place in [self.next, self.next + TAPS] {
            if let Some(pair) = self.pairs.get_mut(place) {
                *pair = [first, second];
            }
        }
        self.next = (self.next + 1) % TAPS;
        // The oldest pair comes first.
        let window = self.pairs.get(self.next..self.next + TAPS).unwrap_or_default();
        let (mut even, mut odd) = (0, 0);
        for (([first, second], forward), backward) in
            window.iter().zip(QMF).zip(QMF.into_iter().rev())
        {
            even += first * forward;
            odd += second * backward;
        }
        (even, odd)
    }
}
