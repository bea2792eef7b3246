//! The µ-law of ITU-T G.711 (RTP: `PCMU`), used in North America and Japan.

/// The octet that stands for silence.
pub const SILENCE: u8 = 0xff;

/// Returns the µ-law octet for `sample`.
#[must_use]
pub const fn encode(sample: i16) -> u8 {
    // One's complement, as in ITU-T G.191: it keeps i16::MIN in range.
    let (sign, magnitude) =
        if sample < 0 { (0x00, (!sample).cast_unsigned()) } else { (0x80, sample.cast_unsigned()) };
    let clipped = if magnitude > CLIP { CLIP } else { magnitude };
    let biased = clipped + BIAS;
    // BIAS has bit 7 set, so there are at most 8 leading zeros; CLIP keeps bit 15 clear.
    let segment = 8 - biased.leading_zeros();
    let step = (biased as u32 >> (segment + 3)) & 0x0f;
    let [.., code] = (segment << 4 | step).to_be_bytes();
    (!code & 0x7f) | sign
}

/// Returns the sample that `octet` stands for, -32124 to 32124.
#[must_use]
pub const fn decode(octet: u8) -> i16 {
    #![expect(clippy::indexing_slicing, reason = "an octet cannot leave a table of 256")]
    TABLE[octet as usize]
}

/// Encodes samples until either slice ends; returns how many.
pub fn encode_slice(samples: &[i16], octets: &mut [u8]) -> usize {
    let pairs = octets.iter_mut().zip(samples);
    pairs.map(|(octet, &sample)| *octet = encode(sample)).count()
}

/// Decodes octets until either slice ends; returns how many.
pub fn decode_slice(octets: &[u8], samples: &mut [i16]) -> usize {
    let pairs = samples.iter_mut().zip(octets);
    pairs.map(|(sample, &octet)| *sample = decode(octet)).count()
}

/// What the segments are shifted by, in 16-bit samples (33 in the 14-bit samples of G.711).
const BIAS: u16 = 132;
/// The largest magnitude that does not overflow the last segment.
const CLIP: u16 = 0x7fff - BIAS;

static TABLE: [i16; 256] = table();

const fn table() -> [i16; 256] {
    #![expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    let mut table = [0; 256];
    let mut index = 0;
    let mut octet = 0_i16;
    while index < table.len() {
        let code = !octet & 0x7f;
        let magnitude = (((code & 0x0f) << 3) + BIAS.cast_signed()) << (code >> 4);
        let sample = magnitude - BIAS.cast_signed();
        table[index] = if octet < 0x80 { -sample } else { sample };
        index += 1;
        octet += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision value below a code, in 14-bit samples (column 3 of table 2a/G.711).
    fn decision_value(code: u8) -> u16 {
        let (segment, step) = (code >> 4, u16::from(code & 0x0f));
        (((2 * step + 32) << segment) - 32).saturating_sub(1)
    }

    #[test]
    fn every_sample_falls_between_the_decision_values_of_its_octet() {
        for sample in i16::MIN..=i16::MAX {
            let (sign, magnitude) =
                if sample < 0 { (0x00, -1 - i32::from(sample)) } else { (0x80, sample.into()) };
            let magnitude = u16::try_from(magnitude).unwrap() >> 2;
            let code = (0..0x80).rev().find(|&code| decision_value(code) <= magnitude).unwrap();
            assert_eq!(encode(sample), sign | (!code & 0x7f), "{sample}");
        }
        assert_eq!(
            [0x00, 0x01, 0x0f, 0x10, 0x70, 0x7f].map(decision_value),
            [0, 1, 29, 31, 4_063, 7_903]
        );
    }

    #[test]
    fn every_octet_survives_decoding_but_negative_zero() {
        for octet in 0..=255 {
            let expected = if octet == 0x7f { 0xff } else { octet };
            assert_eq!(encode(decode(octet)), expected, "{octet:#x}");
        }
    }

    #[test]
    fn octets_rise_with_the_samples() {
        for sample in i16::MIN..i16::MAX {
            assert!(decode(encode(sample)) <= decode(encode(sample + 1)), "{sample}");
        }
    }

    #[test]
    fn known_octets_are_as_in_g711() {
        // Table 2a/G.711: the largest values, the ends of the first segments, and both zeros.
        let known = [
            (0x80, 32_124),
            (0x00, -32_124),
            (0x8f, 16_764),
            (0x90, 15_996),
            (0xef, 132),
            (0xf0, 120),
            (0xfe, 8),
            (0x7e, -8),
            (0xff, 0),
            (0x7f, 0),
        ];
        for (octet, sample) in known {
            assert_eq!(decode(octet), sample, "{octet:#x}");
        }
        assert_eq!((encode(-1), encode(-4), encode(-5)), (0x7f, 0x7f, 0x7e));
        assert_eq!((encode(3), encode(4)), (0xff, 0xfe));
    }

    #[test]
    fn slices_stop_at_the_shorter_one() {
        let mut octets = [0; 2];
        assert_eq!(encode_slice(&[0, 8, 16], &mut octets), 2);
        assert_eq!(octets, [0xff, 0xfe]);
        let mut samples = [7; 3];
        assert_eq!(decode_slice(&octets, &mut samples), 2);
        assert_eq!(samples, [0, 8, 7]);
    }
}
