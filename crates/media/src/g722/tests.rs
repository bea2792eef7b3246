use proptest::prelude::*;

use super::*;
use crate::level::tests::{assert_near, sine};
use crate::level::{rms_dbm0, tone_dbm0};

fn encoded(samples: &[i16]) -> Vec<u8> {
    let mut octets = vec![0; samples.len() / 2];
    assert_eq!(Encoder::new().encode(samples, &mut octets), octets.len());
    octets
}

fn decoded(octets: &[u8]) -> Vec<i16> {
    let mut samples = vec![0; octets.len() * 2];
    assert_eq!(Decoder::new().decode(octets, &mut samples), samples.len());
    samples
}

#[test]
fn tones_of_the_whole_band_come_through_as_loud_as_they_were() {
    for hz in [100.0, 300.0, 1_000.0, 3_000.0, 3_900.0, 4_100.0, 5_000.0, 6_500.0] {
        let tone = sine(hz, -10.0, 16_000, 16_000);
        let heard = &decoded(&encoded(&tone))[1_600..];
        let level = tone_dbm0(heard, 16_000, hz);
        assert_near(level, -10.0, 0.3);
        // What is not the tone is noise.
        let noise = rms_dbm0(heard);
        assert!((noise - level).abs() < 0.1, "{hz} Hz: {level} of {noise}");
    }
}

#[test]
fn what_is_spoken_narrow_is_heard_wide_as_loud_and_the_other_way_round() {
    for hz in [200.0, 500.0, 1_000.0, 2_000.0, 3_000.0, 3_400.0] {
        let narrow = sine(hz, -13.0, 8_000, 8_000);
        let mut octets = vec![0; 8_000];
        assert_eq!(Encoder::new().encode_narrow(&narrow, &mut octets), 8_000);
        // The filters are 0.4 dB down at 3,400 Hz.
        assert_near(tone_dbm0(&decoded(&octets)[1_600..], 16_000, hz), -13.0, 0.5);

        let octets = encoded(&sine(hz, -13.0, 16_000, 16_000));
        let mut heard = vec![0; 8_000];
        assert_eq!(Decoder::new().decode_narrow(&octets, &mut heard), 8_000);
        assert_near(tone_dbm0(&heard[800..], 8_000, hz), -13.0, 0.5);
    }
}

/// Noise that is the same everywhere: the upper half of a linear congruence.
fn noise(count: usize) -> Vec<i16> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i16::try_from(state.cast_signed() >> 18).unwrap()
    };
    (0..count).map(|_| next()).collect()
}

/// FNV-1a
fn hash(octets: impl IntoIterator<Item = u8>) -> u32 {
    octets
        .into_iter()
        .fold(0x811c_9dc5, |hash, octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193))
}

/// What another implementation, spandsp 0.0.6, makes of the same noise, octet for octet and sample for sample.
#[test]
fn octets_and_samples_are_those_of_another_implementation() {
    let noise = noise(32_000);
    let wide = encoded(&noise);
    let mut narrow = vec![0; 32_000];
    Encoder::new().encode_narrow(&noise, &mut narrow);
    let mut heard = vec![0; 16_000];
    Decoder::new().decode_narrow(&wide, &mut heard);
    let octets = |samples: Vec<i16>| samples.into_iter().flat_map(i16::to_le_bytes);
    assert_eq!(wide[..16], WIDE);
    assert_eq!(hash(wide.iter().copied()), 0xc635_2c7f);
    assert_eq!(hash(octets(decoded(&wide))), 0x8a5f_665a);
    assert_eq!(hash(narrow), 0x338a_d6e8);
    assert_eq!(hash(octets(heard)), 0xb435_7959);
}

const WIDE: [u8; 16] = [
    0x9b, 0x24, 0x84, 0x20, 0x84, 0x20, 0x8f, 0x09, 0xae, 0x06, 0x3a, 0xba, 0x1b, 0xb9, 0x9b, 0x14,
];

#[test]
fn a_decoder_that_has_missed_packets_finds_back() {
    let octets = encoded(&sine(700.0, -12.0, 16_000, 16_000));
    let whole = decoded(&octets);
    let mut decoder = Decoder::new();
    let mut heard = vec![0; 16_000];
    decoder.decode(&octets[..2_000], &mut heard[..4_000]);
    // 60 ms are gone.
    decoder.decode(&octets[2_480..], &mut heard[4_960..]);
    let differences = |from: usize, to: usize| {
        let pairs = heard[from..to].iter().zip(&whole[from..to]);
        pairs.map(|(heard, said)| heard.wrapping_sub(*said)).collect::<Vec<_>>()
    };
    // 50 ms later what is wrong is 30 dB down.
    let wrong = rms_dbm0(&differences(4_960 + 800, 16_000));
    assert!(wrong < -42.0, "{wrong}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_cuts_give_the_same_octets_and_the_same_samples(
        samples in proptest::collection::vec(any::<i16>(), 0..900),
        cuts in proptest::collection::vec(0..120_usize, 1..20),
    ) {
        let whole = encoded(&samples);
        let (mut encoder, mut octets) = (Encoder::new(), Vec::new());
        let mut rest = samples.as_slice();
        let mut cut = cuts.iter().cycle();
        let mut empty = 0;
        while !rest.is_empty() && empty < 30 {
            let (piece, behind) = rest.split_at((*cut.next().unwrap()).min(rest.len()));
            empty = if piece.is_empty() { empty + 1 } else { 0 };
            let mut room = vec![0; piece.len().div_ceil(2)];
            let written = encoder.encode(piece, &mut room);
            octets.extend(&room[..written]);
            rest = behind;
        }
        prop_assert_eq!(&whole[..octets.len()], &octets);

        let heard = decoded(&whole);
        let (mut decoder, mut samples) = (Decoder::new(), Vec::new());
        for piece in whole.chunks(cuts[0].max(1)) {
            let mut room = vec![0; 2 * piece.len()];
            prop_assert_eq!(decoder.decode(piece, &mut room), room.len());
            samples.extend(room);
        }
        prop_assert_eq!(heard, samples);
    }

    #[test]
    fn any_octets_are_decoded(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let mut samples = vec![0; 4_000];
        prop_assert_eq!(Decoder::new().decode(&octets, &mut samples), 2 * octets.len());
        prop_assert_eq!(Decoder::new().decode_narrow(&octets, &mut samples), octets.len());
    }
}
