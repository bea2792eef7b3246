use super::*;
use crate::{CallProgress, Country, KeyToneConfig, KeyTones, ProgressTone};

/// Samples of keys that last this long, in samples.
fn tones(keys: &str, tone_len: u32, pause_len: u32) -> Vec<i16> {
    let config = KeyToneConfig { tone_len, pause_len, ..KeyToneConfig::default() };
    KeyTones::new(keys.chars().filter_map(Key::from_char), config).collect()
}

/// What a detector hears, cut into blocks of this length.
fn events(samples: &[i16], block: usize) -> Vec<ToneEvent> {
    let mut detector = Detector::new(&DetectorConfig::default());
    samples.chunks(block).for_each(|block| detector.handle_samples(block));
    detector.finish();
    core::iter::from_fn(|| detector.poll_output()).collect()
}

fn dialled(samples: &[i16]) -> String {
    let keys = events(samples, 160).into_iter().filter_map(|event| match event {
        ToneEvent::Down { key, .. } => Some(key.to_char()),
        ToneEvent::Up { .. } => None,
    });
    keys.collect()
}

/// Puts sound behind silence.
fn delayed(samples: &[i16], by: usize) -> Vec<i16> {
    let mut delayed = vec![0; by];
    delayed.extend(samples);
    delayed.extend([0; 800]);
    delayed
}

#[test]
fn all_sixteen_keys_are_heard() {
    let keys = "147*2580369#ABCD";
    assert_eq!(dialled(&tones(keys, 640, 640)), keys);
}

#[test]
fn a_key_is_reported_within_40_ms_of_its_onset() {
    for key in Key::ALL {
        for delay in (0..160).step_by(7) {
            let samples = delayed(&tones(&key.to_string(), 800, 0), delay);
            let mut detector = Detector::new(&DetectorConfig::default());
            let onset = u64::try_from(delay).unwrap();
            let heard = samples.iter().find_map(|&sample| {
                detector.handle_samples(&[sample]);
                detector.poll_output()
            });
            assert!(matches!(heard, Some(ToneEvent::Down { key: heard, .. }) if heard == key));
            let late = detector.position() - onset;
            assert!((200..=320).contains(&late), "{key} {delay}: {late} samples");
        }
    }
}

#[test]
fn start_length_and_levels_are_measured() {
    for tone_len in [320_u32, 500, 1_000, 8_000] {
        for delay in [0, 13, 27, 39, 1_000] {
            let samples = delayed(&tones("5", tone_len, 0), delay);
            let events = events(&samples, 160);
            let [
                ToneEvent::Down { at, low_dbm0, high_dbm0, .. },
                ToneEvent::Up { at: same, length, .. },
            ] = events.as_slice()
            else {
                panic!("{tone_len} {delay}: {events:?}")
            };
            assert_eq!(at, same);
            assert!(at.abs_diff(delay.try_into().unwrap()) <= 24, "{tone_len} {delay}: {at}");
            assert!(length.abs_diff(tone_len.into()) <= 32, "{tone_len} {delay}: {length}");
            assert!((low_dbm0 + 10.0).abs() < 0.5 && (high_dbm0 + 8.0).abs() < 0.5, "{events:?}");
        }
    }
}

#[test]
fn any_cut_of_the_blocks_gives_the_same_events() {
    let samples = tones("159*D0#", 400, 333);
    let whole = events(&samples, usize::MAX);
    assert_eq!(whole.len(), 14);
    for block in [1, 3, 39, 40, 41, 80, 160, 1_000] {
        assert_eq!(events(&samples, block), whole, "{block}");
    }
}

#[test]
fn short_interruptions_do_not_split_a_key_and_pauses_do() {
    // Interruptions of samples, at any place against the hops
    for (gap, expected) in [(40, "7"), (80, "7"), (120, "7"), (240, "77"), (320, "77"), (400, "77")]
    {
        for delay in 0..40 {
            let mut samples = delayed(&tones("7", 1_200, 0), delay);
            samples[delay + 500..delay + 500 + gap].fill(0);
            assert_eq!(dialled(&samples), expected, "gap {gap} delay {delay}");
        }
    }
}

#[test]
fn short_tones_are_no_keys() {
    for tone_len in [40, 80, 120, 160, 184] {
        for delay in 0..40 {
            let samples = delayed(&tones("7", tone_len, 0), delay);
            assert_eq!(dialled(&samples), "", "{tone_len} {delay}");
        }
    }
}

#[test]
fn keys_without_a_pause_between_them_are_told_apart() {
    assert_eq!(dialled(&tones("12345", 640, 0)), "12345");
}

#[test]
fn a_key_that_sounds_at_the_end_comes_up() {
    let samples = tones("5", 800, 0);
    let events = events(&samples, 160);
    assert!(matches!(events.as_slice(), [ToneEvent::Down { .. }, ToneEvent::Up { .. }]));
}

#[test]
fn call_progress_tones_are_no_keys() {
    use Country::{Europe, Poland, UnitedKingdom, UnitedStates};
    use ProgressTone::{Beep, Busy, Congestion, Dial, Ringback};
    for country in [UnitedStates, Europe, UnitedKingdom, Poland] {
        for tone in [Dial, Ringback, Busy, Congestion, Beep] {
            let samples: Vec<i16> = CallProgress::new(country, tone).take(40_000).collect();
            assert_eq!(dialled(&samples), "", "{country:?} {tone:?}");
        }
    }
}

#[test]
fn debug_keeps_the_keys_to_themselves() {
    let print = |key: &str| {
        let samples = tones(key, 800, 0);
        let mut detector = Detector::new(&DetectorConfig::default());
        detector.handle_samples(&samples);
        let config = KeyToneConfig::default();
        let tones = KeyTones::new(Key::from_char(key.chars().next().unwrap()), config);
        format!("{detector:?} {tones:?}")
    };
    assert!(!print("5").contains("Five") && print("5").contains("Down"));
    let event = ToneEvent::Up { key: Key::Five, at: 1, length: 2 };
    assert_eq!(format!("{event:?}"), "Up { at: 1, length: 2, .. }");
}
