use proptest::prelude::*;

use super::*;
use crate::level::tests::{assert_near, sine};

fn tone(seconds: u32) -> Vec<i16> {
    sine(500.0, -15.0, 8_000, 8_000 * seconds)
}

/// All octets, and how it ended.
fn drain(recorder: &mut Recorder) -> (Vec<u8>, Option<RecordingEnd>) {
    let (mut octets, mut ended) = (Vec::new(), None);
    while let Some(output) = recorder.poll_output() {
        assert_eq!(ended, None, "nothing comes after the end");
        match output {
            RecorderOutput::Chunk(chunk) => octets.extend(chunk),
            RecorderOutput::Ended(end) => ended = Some(end),
        }
    }
    (octets, ended)
}

#[test]
fn a_finished_recording_holds_what_was_said() {
    for codec in Codec::ALL {
        let mut recorder = Recorder::new(RecorderConfig { codec, ..RecorderConfig::default() });
        let sound = tone(2);
        recorder.handle_samples(&sound);
        recorder.finish();
        recorder.finish();
        recorder.handle_samples(&sound);
        let (octets, ended) = drain(&mut recorder);
        let mut expected = vec![0; codec.octets_in(sound.len())];
        codec.encoder().encode(&sound, &mut expected);
        assert!(octets == expected, "{codec:?}");
        let end = ended.unwrap();
        assert_eq!((end.reason, end.length), (EndReason::Finished, Duration::from_secs(2)));
        assert_eq!((end.voice, end.trailing_silence), (end.length, Duration::ZERO));
        assert_near(end.level_dbm0, -15.0, 0.1);
    }
}

#[test]
fn silence_ends_a_recording() {
    let mut recorder = Recorder::new(RecorderConfig {
        max_silence: Some(Duration::from_secs(3)),
        ..RecorderConfig::default()
    });
    recorder.handle_samples(&tone(4));
    recorder.handle_samples(&[0; 80_000]);
    let end = drain(&mut recorder).1.unwrap();
    assert_eq!((end.reason, end.trailing_silence), (EndReason::Silence, Duration::from_secs(3)));
    // The hangover belongs to the voice.
    assert_eq!(
        (end.voice, end.length),
        (Duration::from_millis(4_240), Duration::from_millis(7_240))
    );
}

#[test]
fn a_recording_without_a_voice_says_so() {
    let mut recorder = Recorder::new(RecorderConfig::default());
    recorder.handle_samples(&[0; 80_000]);
    let end = drain(&mut recorder).1.unwrap();
    assert_eq!((end.reason, end.voice), (EndReason::Silence, Duration::ZERO));
    assert_near(end.level_dbm0, FLOOR_DBM0, 0.0);
}

#[test]
fn an_empty_recording_ends_too() {
    let mut recorder = Recorder::new(RecorderConfig::default());
    recorder.finish();
    let (octets, ended) = drain(&mut recorder);
    assert_eq!((octets.len(), ended.unwrap().length), (0, Duration::ZERO));
}

#[test]
fn a_recording_is_never_longer_than_allowed() {
    let max_length = Duration::from_millis(1_010);
    let mut recorder = Recorder::new(RecorderConfig {
        max_length,
        max_silence: None,
        ..RecorderConfig::default()
    });
    recorder.handle_samples(&tone(2));
    let (octets, ended) = drain(&mut recorder);
    assert_eq!(octets.len(), 8_080);
    assert_eq!(ended.map(|end| (end.reason, end.length)), Some((EndReason::Full, max_length)));
}

#[test]
fn chunks_come_while_it_records() {
    let mut recorder = Recorder::new(RecorderConfig::default());
    recorder.handle_samples(&tone(1)[..4_000]);
    let chunk = recorder.poll_output();
    assert!(matches!(chunk, Some(RecorderOutput::Chunk(octets)) if octets.len() == 4_000));
    assert_eq!(recorder.poll_output(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn blocks_of_any_length_give_the_same_chunks(
        cuts in proptest::collection::vec(1..1_000_usize, 1..40), chunk_len: usize,
    ) {
        let config = RecorderConfig { chunk_len, ..RecorderConfig::default() };
        let sound = tone(1);
        let mut whole = Recorder::new(config.clone());
        whole.handle_samples(&sound);
        whole.finish();
        let mut cut = Recorder::new(config);
        let mut rest = sound.as_slice();
        for len in cuts.iter().cycle() {
            let (block, left) = rest.split_at((*len).min(rest.len()));
            cut.handle_samples(block);
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        cut.finish();
        loop {
            let (a, b) = (whole.poll_output(), cut.poll_output());
            prop_assert!(a == b);
            if a.is_none() {
                break;
            }
        }
    }
}
