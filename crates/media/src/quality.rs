//! How a call sounds to whoever listens: an estimate by the E-model (ITU-T G.107).

use std::time::Duration;

/// What the network does to the sound of a call.
#[expect(clippy::exhaustive_structs, reason = "what a narrowband call of this crate can suffer")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairments {
    /// The part of the sound that is lost, or comes too late, 0 to 1.
    pub loss: f64,
    /// How much longer losses are than if they fell at random: 1 if they do (G.107 clause 7.4).
    pub burst_ratio: f64,
    /// From mouth to ear: half of the round trip, one packet, and what the jitter buffer adds.
    pub delay: Duration,
}

/// An estimate of how a call sounds.
///
/// ```
/// use centrala_media::{CallQuality, Impairments};
/// use std::time::Duration;
///
/// let delay = Duration::from_millis(60);
/// let good = CallQuality::estimate(Impairments { loss: 0.0, burst_ratio: 1.0, delay });
/// assert!((good.mos() - 4.41).abs() < 0.01);
/// let bad = CallQuality::estimate(Impairments { loss: 0.1, burst_ratio: 1.0, delay });
/// assert!(bad.mos() < 3.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct CallQuality {
    r_factor: f64,
}

impl CallQuality {
    /// Estimates the quality of a call in G.711 whose losses are concealed, without echo, with all else as G.107 has it by
    /// default. Values that cannot be are taken as the nearest that can.
    #[must_use]
    pub fn estimate(impairments: Impairments) -> Self {
        let loss = 100.0 * clean(impairments.loss).clamp(0.0, 1.0);
        let burst_ratio = clean(impairments.burst_ratio).max(1.0);
        // G.107 clause 7.4; G.711 without losses is no impairment.
        let equipment = 95.0 * loss / (loss / burst_ratio + ROBUSTNESS);
        let r_factor = BEST - delay_impairment(impairments.delay) - equipment;
        Self { r_factor: r_factor.max(0.0) }
    }

    /// Returns the transmission rating factor R, 0 to 93.2.
    #[must_use]
    pub const fn r_factor(self) -> f64 {
        self.r_factor
    }

    /// Returns the mean opinion score in a conversation (MOS-CQE, G.107 annex B): 1 is bad, 4.5 is the best.
    #[must_use]
    pub fn mos(self) -> f64 {
        let r = self.r_factor;
        (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7.0e-6).max(1.0)
    }
}

/// The impairment by delay alone (Idd, G.107 clause 7.3, with the default mT of 100 ms and sT of 1).
fn delay_impairment(delay: Duration) -> f64 {
    let millis = delay.as_secs_f64() * 1_000.0;
    if millis <= 100.0 {
        return 0.0;
    }
    let x = (millis / 100.0).log2();
    let root = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
}

/// Returns a number; what is none counts as nothing.
const fn clean(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number }
}

/// R of a call in G.711 that nothing impairs (G.107 with all values by default).
const BEST: f64 = 93.2;
/// The packet-loss robustness of G.711 with concealment (G.113 appendix I).
const ROBUSTNESS: f64 = 25.1;

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(loss: f64, burst_ratio: f64, millis: u64) -> CallQuality {
        let delay = Duration::from_millis(millis);
        CallQuality::estimate(Impairments { loss, burst_ratio, delay })
    }

    #[test]
    fn scores_are_those_of_annex_b() {
        for (r_factor, expected) in
            [(90.0, 4.34), (80.0, 4.02), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
        {
            let mos = CallQuality { r_factor }.mos();
            assert!((mos - expected).abs() < 0.006, "{r_factor}: {mos}");
        }
    }

    #[test]
    fn losses_and_delay_make_it_worse() {
        // 5 % of random losses: 95 · 5 / (5 + 25.1) = 15.8.
        assert!((estimate(0.05, 1.0, 50).r_factor() - 77.4).abs() < 0.05);
        // In bursts twice as long: 95 · 5 / (2.5 + 25.1) = 17.2.
        assert!((estimate(0.05, 2.0, 50).r_factor() - 76.0).abs() < 0.05);
        // A delay of 300 ms: X = 1.585; the roots are 1.6005 and 1.0036, Idd = 14.7.
        let delayed = estimate(0.0, 1.0, 300).r_factor();
        assert!((delayed - 78.5).abs() < 0.2, "{delayed}");
        assert!((estimate(0.0, 1.0, 100).r_factor() - 93.2).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_is_the_nearest_that_can() {
        let worst = estimate(2.0, f64::INFINITY, 60_000);
        assert!(worst.r_factor().abs() < 1e-9 && (worst.mos() - 1.0).abs() < 1e-9);
        let best = estimate(f64::NAN, -1.0, 0);
        assert!((best.r_factor() - 93.2).abs() < 1e-9);
        for loss in 0..=100 {
            for millis in [0, 150, 400, 5_000] {
                let mos = estimate(f64::from(loss) / 100.0, 1.5, millis).mos();
                assert!((1.0..=4.5).contains(&mos), "{loss} {millis}: {mos}");
            }
        }
    }
}
