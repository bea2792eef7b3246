//! The A-law of ITU-T G.711 (RTP: `PCMA`), used in most of the world.

/// The octet that stands for silence: the smallest positive value, there is no zero.
pub const SILENCE: u8 = 0xd5;

/// Returns the A-law octet for `sample`.
#[must_use]
pub const fn encode(sample: i16) -> u8 {
    // One's complement, as in ITU-T G.191: it keeps i16::MIN in range.
    let (sign, magnitude) =
        if sample < 0 { (0x00, (!sample).cast_unsigned()) } else { (0x80, sample.cast_unsigned()) };
    let code = if magnitude < SECOND_SEGMENT {
        magnitude as u32 >> 4
    } else {
        // Bits 8 to 14 of the magnitude choose segments 1 to 7.
        let segment = 8 - magnitude.leading_zeros();
        segment << 4 | (magnitude as u32 >> (segment + 3)) & 0x0f
    };
    let [.., code] = code.to_be_bytes();
    (code | sign) ^ INVERTED
}

/// Returns the sample that `octet` stands for, -32256 to 32256.
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

/// Every second bit travels inverted (note 2 of table 1a/G.711).
const INVERTED: u8 = 0x55;
/// Where steps begin to depend on the segment: below, both segments have the same.
const SECOND_SEGMENT: u16 = 256;

static TABLE: [i16; 256] = table();

const fn table() -> [i16; 256] {
    #![expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    let mut table = [0; 256];
    let mut index = 0;
    let mut octet = 0_i16;
    while index < table.len() {
        let code = (octet ^ INVERTED as i16) & 0x7f;
        let (segment, step) = (code >> 4, code & 0x0f);
        let sample = if segment == 0 {
            (step << 4) + 8
        } else {
            ((step << 4) + 8 + SECOND_SEGMENT.cast_signed()) << (segment - 1)
        };
        table[index] = if octet < 0x80 { -sample } else { sample };
        index += 1;
        octet += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision value below a code, in 13-bit samples (column 3 of table 1a/G.711).
    fn decision_value(code: u8) -> u16 {
        match (code >> 4, u16::from(code & 0x0f)) {
            (0, step) => 2 * step,
            (segment, step) => (2 * step + 32) << (segment - 1),
        }
    }

    #[test]
    fn every_sample_falls_between_the_decision_values_of_its_octet() {
        for sample in i16::MIN..=i16::MAX {
            let (sign, magnitude) =
                if sample < 0 { (0x00, -1 - i32::from(sample)) } else { (0x80, sample.into()) };
            let magnitude = u16::try_from(magnitude).unwrap() >> 3;
            let code = (0..0x80).rev().find(|&code| decision_value(code) <= magnitude).unwrap();
            assert_eq!(encode(sample), (sign | code) ^ 0x55, "{sample}");
        }
        assert_eq!(
            [0x00, 0x01, 0x10, 0x20, 0x70, 0x7f].map(decision_value),
            [0, 2, 32, 64, 2_048, 3_968]
        );
    }

    #[test]
    fn every_octet_survives_decoding() {
        for octet in 0..=255 {
            assert_eq!(encode(decode(octet)), octet, "{octet:#x}");
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
        // Table 1a/G.711: the largest values, the ends of the first segments, the smallest values.
        let known = [
            (0xaa, 32_256),
            (0x2a, -32_256),
            (0xa5, 16_896),
            (0xc5, 264),
            (0xda, 248),
            (0xd5, 8),
            (0x55, -8),
        ];
        for (octet, sample) in known {
            assert_eq!(decode(octet), sample, "{octet:#x}");
        }
        assert_eq!((encode(0), encode(-1), encode(15), encode(16)), (0xd5, 0x55, 0xd5, 0xd4));
    }

    #[test]
    fn slices_stop_at_the_shorter_one() {
        let mut octets = [0; 2];
        assert_eq!(encode_slice(&[8, 24, 40], &mut octets), 2);
        assert_eq!(octets, [0xd5, 0xd4]);
        let mut samples = [7; 3];
        assert_eq!(decode_slice(&octets, &mut samples), 2);
        assert_eq!(samples, [8, 24, 7]);
    }
}
