use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::{Decode as _, level::tests::sine};

fn file(encoding: WavEncoding, sample_rate: u32, data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap();
    [header(encoding, sample_rate, len).as_slice(), data].concat()
}

fn pcm(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A file with the chunks given.
fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
    for (id, body) in chunks {
        file.extend_from_slice(*id);
        file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        file.extend_from_slice(body);
        if body.len() % 2 == 1 {
            file.push(0);
        }
    }
    file
}

fn format(tag: u16, channels: u16, sample_rate: u32, bits: u16) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(sample_rate.to_le_bytes());
    body.extend([0; 6]);
    body.extend(bits.to_le_bytes());
    body
}

#[test]
fn another_library_reads_what_is_written() {
    let samples = sine(440.0, -10.0, 8_000, 800);
    let file = file(WavEncoding::Pcm16, 8_000, &pcm(&samples));
    let mut reader = hound::WavReader::new(Cursor::new(file)).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (8_000, 1));
    let read = reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(read, samples);
}

#[test]
fn what_another_library_writes_is_read() {
    for channels in [1, 2] {
        let spec = hound::WavSpec {
            channels,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for sample in [1_000_i16, 3_000, -5, -6] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let file = file.into_inner();
        let wav = WavFile::parse(&file).unwrap();
        assert_eq!((wav.sample_rate, wav.channels), (44_100, channels));
        let expected: &[i16] = if channels == 1 { &[1_000, 3_000, -5, -6] } else { &[2_000, -5] };
        assert_eq!(wav.to_mono(), expected);
    }
}

#[test]
fn g711_is_kept_as_it_is() {
    assert_eq!(WavEncoding::of_codec(Codec::G722), None);
    for codec in [Codec::Pcmu, Codec::Pcma] {
        let encoding = WavEncoding::of_codec(codec).unwrap();
        let octets = (0..=255).collect::<Vec<u8>>();
        let file = file(encoding, 8_000, &octets);
        let wav = WavFile::parse(&file).unwrap();
        assert_eq!((wav.encoding, wav.data), (encoding, octets.as_slice()));
        let mut expected = [0; 256];
        codec.decoder().decode(&octets, &mut expected);
        assert_eq!(wav.to_mono(), expected);
    }
}

#[test]
fn the_mean_of_loud_channels_does_not_overflow() {
    let body = pcm(&[i16::MAX, i16::MAX, i16::MIN, i16::MIN]);
    let file = riff(&[(b"fmt ", &format(1, 2, 8_000, 16)), (b"data", &body)]);
    assert_eq!(WavFile::parse(&file).unwrap().to_mono(), [i16::MAX, i16::MIN]);
}

#[test]
fn a_file_whose_length_was_never_written_is_read_to_its_end() {
    for declared in [0, u32::MAX, 1_000] {
        let mut file = header(WavEncoding::MuLaw, 8_000, declared).to_vec();
        file.extend([0xff, 0x80, 0x00]);
        assert_eq!(WavFile::parse(&file).unwrap().to_mono(), [0, 32_124, -32_124], "{declared}");
    }
}

#[test]
fn other_chunks_are_skipped() {
    let file = riff(&[
        (b"LIST", b"odd"),
        (b"fmt ", &format(6, 1, 16_000, 8)),
        (b"fact", &[0; 4]),
        (b"data", &[0xd5, 0x55]),
        (b"id3 ", &[1; 40]),
    ]);
    let wav = WavFile::parse(&file).unwrap();
    assert_eq!((wav.sample_rate, wav.to_mono()), (16_000, vec![8, -8]));
}

#[test]
fn an_extensible_format_is_read() {
    let mut extensible = format(0xfffe, 1, 8_000, 16);
    extensible.extend([22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0]);
    extensible.extend([0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let file = riff(&[(b"fmt ", &extensible), (b"data", &[7, 0])]);
    assert_eq!(WavFile::parse(&file).unwrap().to_mono(), [7]);
}

#[test]
fn a_wrong_file_is_refused_with_its_reason() {
    let data: (&[u8; 4], &[u8]) = (b"data", &[0; 4]);
    let cases = [
        ("empty", vec![], ParseWavError::NotWav),
        ("another form", b"RIFF\0\0\0\0AVI LIST".to_vec(), ParseWavError::NotWav),
        ("nothing in it", riff(&[]), ParseWavError::NoData),
        ("no format", riff(&[data]), ParseWavError::NoFormat),
        ("short format", riff(&[(b"fmt ", &[1, 0, 1, 0]), data]), ParseWavError::NoFormat),
        ("no rate", riff(&[(b"fmt ", &format(1, 1, 0, 16)), data]), ParseWavError::NoFormat),
        ("no data", riff(&[(b"fmt ", &format(1, 1, 8_000, 16))]), ParseWavError::NoData),
        (
            "float",
            riff(&[(b"fmt ", &format(3, 1, 8_000, 32)), data]),
            ParseWavError::Encoding { tag: 3, bits: 32 },
        ),
        (
            "many channels",
            riff(&[(b"fmt ", &format(1, 9, 8_000, 16)), data]),
            ParseWavError::Channels(9),
        ),
    ];
    for (name, file, error) in cases {
        assert_eq!(WavFile::parse(&file), Err(error), "{name}");
    }
}

#[test]
fn the_lengths_in_the_header_fit_the_file() {
    for len in [0_u32, 1, 160, 161] {
        let header = header(WavEncoding::MuLaw, 8_000, len);
        let u32_at = |at: usize| u32::from_le_bytes(*header[at..].first_chunk().unwrap());
        assert_eq!(u32_at(4), 50 + len + len % 2);
        assert_eq!((u32_at(46), u32_at(54)), (len, len));
    }
    assert_eq!(header(WavEncoding::Pcm16, 8_000, u32::MAX)[4..8], [0xff; 4]);
}

proptest! {
    #[test]
    fn samples_survive_writing_and_reading(samples: Vec<i16>, rate in 1..200_000_u32) {
        let file = file(WavEncoding::Pcm16, rate, &pcm(&samples));
        let wav = WavFile::parse(&file).unwrap();
        prop_assert_eq!((wav.sample_rate, wav.to_mono()), (rate, samples));
    }

    #[test]
    fn no_file_causes_a_panic(
        chunks in proptest::collection::vec((0..4_usize, any::<u32>(), any::<Vec<u8>>()), 0..6),
    ) {
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        for (kind, len, body) in chunks {
            file.extend([b"fmt ", b"data", b"LIST", b"\0\0\0\0"][kind]);
            file.extend((len % 64).to_le_bytes());
            file.extend(body);
        }
        if let Ok(wav) = WavFile::parse(&file) {
            prop_assert!(wav.to_mono().len() <= file.len());
        }
    }
}
