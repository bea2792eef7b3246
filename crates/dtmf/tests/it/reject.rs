//! Nothing may be heard in these.

use crate::signal::{
    Random, Sending, add_scaled, add_sine, add_white, amplitude, dialled, speech_like,
    through_mu_law, to_samples,
};

const MINUTE: usize = 60 * 8_000;

#[track_caller]
fn check(name: &str, sound: &[f64]) {
    let heard = dialled(&to_samples(sound));
    assert_eq!(heard, "", "{name}");
}

#[test]
fn keys_that_q24_refuses_are_not_heard() {
    let cases = [
        ("-55 dBm0", Sending { level_dbm0: -55.0, ..Sending::default() }),
        ("3.5 % off", Sending { offset_percent: 3.5, ..Sending::default() }),
        ("5 % off", Sending { offset_percent: 5.0, ..Sending::default() }),
        ("10 ms", Sending { tone_len: 80, ..Sending::default() }),
        ("20 ms", Sending { tone_len: 160, ..Sending::default() }),
        ("23 ms", Sending { tone_len: 184, ..Sending::default() }),
        ("twist of -12 dB", Sending { twist_db: -12.0, ..Sending::default() }),
        ("twist of +8 dB", Sending { twist_db: 8.0, ..Sending::default() }),
    ];
    for (name, sending) in cases {
        for seed in 0..3 {
            check(name, &sending.send(&mut Random::new(seed)).1);
        }
    }
}

#[test]
fn single_tones_are_no_keys() {
    for hz in (300..3_400).step_by(23) {
        let mut sound = vec![0.0; 4_000];
        add_sine(&mut sound, f64::from(hz), -10.0);
        check(&format!("{hz} Hz"), &sound);
    }
}

#[test]
fn two_tones_of_one_group_are_no_key() {
    let groups = [[697.0, 770.0, 852.0, 941.0], [1_209.0, 1_336.0, 1_477.0, 1_633.0]];
    for group in groups {
        for (index, first) in group.into_iter().enumerate() {
            for &second in &group[index + 1..] {
                let mut sound = vec![0.0; 4_000];
                add_sine(&mut sound, first, -10.0);
                add_sine(&mut sound, second, -10.0);
                check(&format!("{first} + {second} Hz"), &sound);
            }
        }
    }
}

#[test]
fn a_third_tone_as_loud_makes_no_key() {
    for third in [600.0, 1_030.0, 1_750.0, 2_600.0] {
        let mut sound = vec![0.0; 4_000];
        for hz in [770.0, 1_336.0, third] {
            add_sine(&mut sound, hz, -10.0);
        }
        check(&format!("{third} Hz"), &sound);
    }
}

#[test]
fn tones_of_other_systems_are_no_keys() {
    // R1: all pairs of 700 to 1,700 Hz that are not a key within 1.5 % or a little more
    let multifrequency = [700.0, 900.0, 1_100.0, 1_300.0, 1_500.0, 1_700.0];
    let special_information = [950.0, 1_400.0, 1_800.0];
    let fax = [1_100.0, 2_100.0];
    for tones in [special_information.as_slice(), &fax] {
        let mut sound = Vec::new();
        for &hz in tones {
            let mut tone = vec![0.0; 2_640];
            add_sine(&mut tone, hz, -12.0);
            sound.extend(tone);
        }
        check(&format!("{tones:?}"), &sound);
    }
    for (index, first) in multifrequency.into_iter().enumerate() {
        for &second in &multifrequency[index + 1..] {
            if first <= 700.0 && (second - 1_400.0_f64).abs() <= 100.0 {
                continue; // 700 + 1,500 Hz is a 3 to everybody, 700 + 1,300 Hz nearly a 2
            }
            let mut sound = vec![0.0; 4_000];
            add_sine(&mut sound, first, -12.0);
            add_sine(&mut sound, second, -12.0);
            check(&format!("{first} + {second} Hz"), &sound);
        }
    }
}

#[test]
fn noise_is_no_key() {
    for level in [-10.0, -30.0, -50.0] {
        let mut sound = vec![0.0; MINUTE];
        add_white(&mut sound, level, &mut Random::new(7));
        check(&format!("white noise of {level} dBm0"), &sound);
    }
}

#[test]
fn a_voice_is_no_key() {
    for seed in 0..6 {
        let mut random = Random::new(seed);
        let voice = speech_like(MINUTE, &mut random);
        let mut sound = vec![0.0; MINUTE];
        add_scaled(&mut sound, &voice, -15.0);
        if seed % 2 == 0 {
            through_mu_law(&mut sound);
        }
        check(&format!("voice {seed}"), &sound);
    }
}

#[test]
fn a_fast_chirp_through_both_groups_is_no_key() {
    // A slow one sounds as some keys do, for long enough.
    for len in [400, 800] {
        let seconds = f64::from(len) / 8_000.0;
        let sweep = |from: f64, to: f64| {
            (0..len).map(move |n| {
                let t = f64::from(n) / 8_000.0;
                let turns = from * t + (to - from) * t * t / (2.0 * seconds);
                amplitude(-10.0) * (std::f64::consts::TAU * turns).sin()
            })
        };
        let tones = sweep(650.0, 1_000.0).zip(sweep(1_700.0, 1_100.0));
        let sound: Vec<f64> = tones.map(|(low, high)| low + high).chain([0.0; 800]).collect();
        check(&format!("{len} samples"), &sound);
    }
}

#[test]
fn the_score_counts_losses_and_extras() {
    use crate::signal::score;
    assert_eq!(score("123", "123"), (3, 0));
    assert_eq!(score("123", "13"), (2, 0));
    assert_eq!(score("123", "1223"), (3, 1));
    assert_eq!(score("123", "456"), (0, 3));
}
