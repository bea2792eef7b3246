//! What is generated is detected, however it is cut.

use centrala_dtmf::{Detector, DetectorConfig, KeyToneConfig, KeyTones, ToneEvent};
use centrala_keys::Key;
use proptest::prelude::*;

fn drain(detector: &mut Detector) -> Vec<ToneEvent> {
    std::iter::from_fn(|| detector.poll_output()).collect()
}

fn in_blocks(samples: &[i16], cuts: &[usize]) -> Vec<ToneEvent> {
    let mut detector = Detector::new(&DetectorConfig::default());
    let (mut rest, mut events) = (samples, Vec::new());
    for len in cuts.iter().cycle() {
        let (block, left) = rest.split_at((*len).min(rest.len()));
        detector.handle_samples(block);
        events.extend(drain(&mut detector));
        rest = left;
        if rest.is_empty() {
            break;
        }
    }
    detector.finish();
    events.extend(drain(&mut detector));
    events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_row_of_keys_is_detected_as_it_was_generated(
        keys in proptest::collection::vec(0..16_u8, 0..12),
        level in -30.0..-6.0_f64,
        twist in -8.0..4.0_f64,
        tone_len in 330..1_200_u32,
        pause_len in 260..1_200_u32,
        cuts in proptest::collection::vec(1..700_usize, 1..8),
    ) {
        let keys: Vec<Key> = keys.into_iter().filter_map(Key::from_event).collect();
        let mut config = KeyToneConfig::default();
        config.low_dbm0 = level - twist.max(0.0);
        config.high_dbm0 = level + twist.min(0.0);
        config.tone_len = tone_len;
        config.pause_len = pause_len;
        let samples: Vec<i16> = KeyTones::new(keys.clone(), config).collect();
        prop_assert_eq!(samples.len(), keys.len() * (tone_len + pause_len) as usize);

        let events = in_blocks(&samples, &cuts);
        prop_assert!(events == in_blocks(&samples, &[usize::MAX]));
        prop_assert_eq!(events.len(), 2 * keys.len());
        for (index, (pair, key)) in events.chunks(2).zip(keys).enumerate() {
            let [ToneEvent::Down { key: down, at, .. }, ToneEvent::Up { key: up, at: same, length }] = *pair
            else {
                return Err(TestCaseError::fail("not down and up"));
            };
            prop_assert!(down == key && up == key && at == same);
            let onset = index as u64 * u64::from(tone_len + pause_len);
            prop_assert!(at.abs_diff(onset) <= 40, "{} {}", at, onset);
            prop_assert!(length.abs_diff(tone_len.into()) <= 60, "{} {}", length, tone_len);
        }
    }

    #[test]
    fn any_samples_give_pairs_of_events(
        runs in proptest::collection::vec((any::<i16>(), any::<i16>(), 1..400_usize), 0..60),
        cuts in proptest::collection::vec(1..700_usize, 1..8),
    ) {
        let samples: Vec<i16> =
            runs.iter().flat_map(|&(a, b, len)| [a, b].into_iter().cycle().take(len)).collect();
        let events = in_blocks(&samples, &cuts);
        prop_assert!(events == in_blocks(&samples, &[usize::MAX]));
        prop_assert!(events.len() <= samples.len() / 200 + 2);
        for pair in events.chunks(2) {
            let is_pair = matches!(
                pair,
                [ToneEvent::Down { key, .. }, ToneEvent::Up { key: same, .. }] if key == same
            );
            prop_assert!(is_pair);
        }
    }
}
