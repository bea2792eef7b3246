//! Every key of these must be heard, once.

use crate::signal::{
    Random, Sending, add_echo, add_pink, add_scaled, add_sine, add_white, amplitude, dialled,
    score, speech_like, through_mu_law, to_samples,
};

/// Files of 64 keys in each category
const FILES: u64 = 2;

type Impair = fn(&mut Vec<f64>, &Sending, &mut Random);

/// Sends keys, impairs them, and tells which categories lose a key or hear one too many.
fn faults(categories: &[(&str, Sending, Impair)], seed: u64) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, (name, sending, impair)) in (0..).zip(categories) {
        let (mut sent_keys, mut hits, mut extra) = (0, 0, 0);
        for file in 0..FILES {
            let mut random = Random::new(seed + 1_000 * index + file);
            let (sent, mut sound) = sending.send(&mut random);
            impair(&mut sound, sending, &mut random);
            let (file_hits, file_extra) = score(&sent, &dialled(&to_samples(&sound)));
            sent_keys += sent.len();
            hits += file_hits;
            extra += file_extra;
        }
        if hits < sent_keys || extra > 0 {
            faults.push(format!("{name}: {hits} of {sent_keys}, {extra} extra"));
        }
    }
    faults
}

fn clean(_: &mut Vec<f64>, _: &Sending, _: &mut Random) {}

#[track_caller]
fn check(categories: &[(&str, Sending, Impair)]) {
    let faults = faults(categories, 1);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn keys_of_every_level_are_heard() {
    let at = |level_dbm0| Sending { level_dbm0, ..Sending::default() };
    check(&[
        ("-3 dBm0", at(-3.0), clean),
        ("-6 dBm0", at(-6.0), clean),
        ("-15 dBm0", at(-15.0), clean),
        ("-25 dBm0", at(-25.0), clean),
        ("-35 dBm0", at(-35.0), clean),
        ("-22 dBm0 in noise of -45", at(-22.0), |sound, _, random| add_white(sound, -45.0, random)),
    ]);
}

#[test]
fn keys_that_are_off_by_what_q24_allows_are_heard() {
    let off =
        |offset_percent, offset_hz| Sending { offset_percent, offset_hz, ..Sending::default() };
    check(&[
        ("1.5 %", off(1.5, 0.0), clean),
        ("1.5 % + 2 Hz", off(1.5, 2.0), clean),
        ("1.5 % in noise", off(1.5, 0.0), |sound, sending, random| {
            add_white(sound, sending.weaker_dbm0() - 15.0, random);
        }),
    ]);
}

#[test]
fn keys_with_the_twist_that_q24_allows_are_heard() {
    let twisted = |twist_db| Sending { twist_db, ..Sending::default() };
    check(&[
        ("-4 dB", twisted(-4.0), clean),
        ("-8 dB", twisted(-8.0), clean),
        ("+2 dB", twisted(2.0), clean),
        ("+4 dB", twisted(4.0), clean),
        ("-8 dB in noise", twisted(-8.0), |sound, sending, random| {
            add_white(sound, sending.weaker_dbm0() - 15.0, random);
        }),
    ]);
}

#[test]
fn short_keys_and_short_pauses_are_heard() {
    let timed = |tone_len, pause_len| Sending { tone_len, pause_len, ..Sending::default() };
    let limits = Sending {
        tone_len: 320,
        offset_percent: 1.5,
        twist_db: -6.0,
        level_dbm0: -19.0,
        ..Sending::default()
    };
    check(&[
        ("40 ms", timed(320, 560), clean),
        ("50 ms", timed(400, 560), clean),
        ("40 ms at all limits", limits, clean),
        ("pause of 40 ms", timed(560, 320), clean),
        ("pause of 30 ms", timed(560, 240), clean),
        ("93 ms for each", timed(400, 344), clean),
        ("1 s", timed(8_000, 560), clean),
    ]);
}

#[test]
fn interruptions_do_not_split_keys() {
    let interrupted =
        |interruption_len| Sending { tone_len: 800, interruption_len, ..Sending::default() };
    check(&[("5 ms", interrupted(40), clean), ("10 ms", interrupted(80), clean)]);
}

#[test]
fn keys_in_noise_are_heard() {
    let plain = Sending::default;
    check(&[
        ("white, 18 dB", plain(), |sound, sending, random| {
            add_white(sound, sending.weaker_dbm0() - 18.0, random);
        }),
        ("white, 12 dB", plain(), |sound, sending, random| {
            add_white(sound, sending.weaker_dbm0() - 12.0, random);
        }),
        ("white, 10 dB", plain(), |sound, sending, random| {
            add_white(sound, sending.weaker_dbm0() - 10.0, random);
        }),
        ("pink, 15 dB", plain(), |sound, sending, random| {
            add_pink(sound, sending.weaker_dbm0() - 15.0, random);
        }),
        ("impulses", plain(), |sound, _, random| {
            for _ in 0..sound.len() / 4_000 {
                let at = (random.unit() * sound.len() as f64) as usize;
                sound[at] += random.sign() * amplitude(-3.0);
            }
        }),
    ]);
}

#[test]
fn keys_beside_other_sounds_are_heard() {
    let plain = Sending::default;
    check(&[
        ("third tone, -16 dB", plain(), |sound, sending, _| {
            add_sine(sound, 1_030.0, sending.level_dbm0 - 16.0);
        }),
        ("dial tone of the US, -10 dB", plain(), |sound, sending, _| {
            add_sine(sound, 350.0, sending.level_dbm0 - 10.0);
            add_sine(sound, 440.0, sending.level_dbm0 - 10.0);
        }),
        ("dial tone of 425 Hz, as loud", plain(), |sound, sending, _| {
            add_sine(sound, 425.0, sending.level_dbm0);
        }),
        ("hum, -15 dB", plain(), |sound, sending, _| {
            add_sine(sound, 50.0, sending.level_dbm0 - 15.0);
            add_sine(sound, 150.0, sending.level_dbm0 - 20.0);
        }),
        ("offset", plain(), |sound, _, _| {
            sound.iter_mut().for_each(|sample| *sample += 1_000.0 / 32_768.0);
        }),
        ("voice, -20 dB", plain(), |sound, sending, random| {
            let voice = speech_like(sound.len(), random);
            add_scaled(sound, &voice, sending.level_dbm0 - 20.0);
        }),
    ]);
}

#[test]
fn keys_that_a_line_has_distorted_are_heard() {
    let at = |level_dbm0| Sending { level_dbm0, ..Sending::default() };
    check(&[
        ("mu-law, -3 dBm0", at(-3.0), |sound, _, _| through_mu_law(sound)),
        ("mu-law, -25 dBm0", at(-25.0), |sound, _, _| through_mu_law(sound)),
        ("mu-law four times", at(-10.0), |sound, _, _| {
            for _ in 0..4 {
                sound.iter_mut().for_each(|sample| *sample *= 0.97);
                through_mu_law(sound);
            }
        }),
        ("clipped by 6 dB", at(-10.0), |sound, sending, _| {
            let limit = amplitude(sending.level_dbm0);
            sound.iter_mut().for_each(|sample| *sample = sample.clamp(-limit, limit));
        }),
        ("echo of 20 ms, -10 dB", at(-10.0), |sound, _, _| add_echo(sound, 160, 10.0)),
        ("echo of 40 ms, -6 dB", at(-10.0), |sound, _, _| add_echo(sound, 320, 6.0)),
        ("clock off by 0.5 %", at(-10.0), |sound, _, _| {
            let source = sound.clone();
            for (n, sample) in sound.iter_mut().enumerate() {
                let place = n as f64 * 0.995;
                let (index, share) = (place as usize, place.fract());
                *sample = source[index] * (1.0 - share) + source[index + 1] * share;
            }
        }),
        ("a bit of all", at(-14.0), |sound, _, random| {
            add_white(sound, -36.0, random);
            add_sine(sound, 50.0, -34.0);
            add_echo(sound, 120, 16.0);
            through_mu_law(sound);
        }),
    ]);
}
