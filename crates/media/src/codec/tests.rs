use super::*;
use crate::level::{tests::assert_near, tests::sine, tone_dbm0};

#[test]
fn a_codec_is_found_by_its_number_and_by_its_name() {
    for codec in Codec::ALL {
        let fixed = Some(codec).filter(|codec| !codec.payload_type().is_dynamic());
        assert_eq!(Codec::from_payload_type(codec.payload_type()), fixed);
        let lower = codec.encoding_name().to_ascii_lowercase();
        assert_eq!(Codec::from_encoding_name(&lower), Some(codec));
    }
    assert_eq!(Codec::from_payload_type(PayloadType::COMFORT_NOISE), None);
    assert_eq!(Codec::from_encoding_name("G729"), None);
}

#[test]
fn silence_decodes_to_next_to_nothing() {
    for codec in Codec::ALL {
        let mut samples = [i16::MAX; FRAME_SAMPLES];
        let silence = vec![codec.silence(); codec.octets_in(FRAME_SAMPLES)];
        assert_eq!(codec.decoder().decode(&silence, &mut samples), FRAME_SAMPLES);
        assert!(samples.iter().all(|sample| (-8..=8).contains(sample)), "{codec:?} {samples:?}");
    }
}

#[test]
fn a_tone_is_as_loud_behind_every_pair_of_codecs_as_before() {
    let tone = sine(1_004.0, -13.0, 8_000, 8_000);
    for from in Codec::ALL {
        for to in Codec::ALL {
            let mut encoded = vec![0; from.octets_in(tone.len())];
            assert_eq!(from.encoder().encode(&tone, &mut encoded), encoded.len());
            let mut other = vec![0; to.octets_in(tone.len())];
            // In packets, as they come.
            let mut transcoder = Transcoder::new(from, to);
            let pairs =
                encoded.chunks(from.octets_in(160)).zip(other.chunks_mut(to.octets_in(160)));
            for (payload, translated) in pairs {
                assert_eq!(transcoder.transcode(payload, translated), translated.len());
            }
            let mut heard = vec![0; tone.len()];
            assert_eq!(to.decoder().decode(&other, &mut heard), tone.len());
            let level = tone_dbm0(&heard[800..], 8_000, 1_004.0);
            assert_near(level, -13.0, 0.2);
        }
    }
}

#[test]
fn a_payload_is_cut_where_either_side_ends() {
    for codec in Codec::ALL {
        let mut octets = [0x55; 7];
        let written = codec.encoder().encode(&[1_000; 9], &mut octets);
        assert_eq!(written, codec.octets_in(codec.samples_in(7)));
        let mut samples = [0; 2];
        assert_eq!(codec.decoder().decode(&octets, &mut samples), 2);
        assert_eq!(codec.decoder().decode(&octets[..3], &mut [0; 9]), codec.samples_in(3));
    }
}
