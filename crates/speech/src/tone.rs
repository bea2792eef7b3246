//! Tones of a conversation.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are clamped to their range, lengths are short"
)]

use std::{f64::consts::TAU, time::Duration};

use centrala_dialogue::Tone;
use centrala_media::{SAMPLE_RATE, level};

/// The level of the tone that says "speak now".
pub const BEEP_LEVEL_DBM0: f64 = -10.0;

/// Returns a tone at 8,000 Hz.
pub(crate) fn render(tone: Tone) -> Vec<i16> {
    let mut samples = Vec::new();
    match tone {
        Tone::Beep => append(&mut samples, &[BEEP_HERTZ], BEEP_LEVEL_DBM0, BEEP),
        // One cadence of the ringing tone of North America; who plays it repeats it.
        Tone::Ringback => {
            append(&mut samples, &[440.0, 480.0], -19.0, Duration::from_secs(2));
            append(&mut samples, &[], 0.0, Duration::from_secs(4));
        }
        _ => {}
    }
    samples
}

/// Appends sines of `level` dBm0 each, or silence if there are none, faded in and out.
pub(crate) fn append(samples: &mut Vec<i16>, hertz: &[f64], level: f64, length: Duration) {
    let count = (length.as_secs_f64() * f64::from(SAMPLE_RATE)).round() as u32;
    let amplitude = FULL_SCALE * 10_f64.powf((level - level::FULL_SCALE_SINE_DBM0) / 20.0);
    samples.extend((0..count).map(|n| {
        let edge = f64::from(n.min(count - 1 - n));
        let fade = if edge < FADE { 0.5 - 0.5 * (TAU / 2.0 * edge / FADE).cos() } else { 1.0 };
        let time = f64::from(n) / f64::from(SAMPLE_RATE);
        let sum: f64 = hertz.iter().map(|hertz| (TAU * hertz * time).sin()).sum();
        (amplitude * fade * sum).round().clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }));
}

const BEEP_HERTZ: f64 = 1_000.0;
const BEEP: Duration = Duration::from_millis(500);
const FULL_SCALE: f64 = 32_768.0;
/// 5 ms of raised cosine: no click.
const FADE: f64 = 40.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beep_is_half_a_second_of_1000_hertz_without_clicks() {
        let beep = render(Tone::Beep);
        assert_eq!(beep.len(), 4_000);
        let middle = &beep[400..3_600];
        assert!((level::tone_dbm0(middle, 8_000, 1_000.0) - BEEP_LEVEL_DBM0).abs() < 0.1);
        assert!((level::rms_dbm0(middle) - BEEP_LEVEL_DBM0).abs() < 0.1);
        for edge in [&beep[..8], &beep[beep.len() - 8..]] {
            assert!(level::peak(edge) < 1_000, "{edge:?}");
        }
    }

    #[test]
    fn ringback_rings_two_seconds_and_rests_four() {
        let ringback = render(Tone::Ringback);
        let (rings, rests) = ringback.split_at(16_000);
        assert_eq!(rests, [0; 32_000]);
        for hertz in [440.0, 480.0] {
            assert!((level::tone_dbm0(rings, 8_000, hertz) + 19.0).abs() < 0.2);
        }
    }
}
