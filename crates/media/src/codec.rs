//! The codecs of RFC 3551 that this crate speaks.

use crate::PayloadType;
use crate::g711::{alaw, mulaw};

/// Samples per second of all sound in this crate.
pub const SAMPLE_RATE: u32 = 8_000;

/// Samples, and octets of G.711, in one packet of 20 ms: the beat of the whole system.
pub const FRAME_SAMPLES: usize = 160;

/// A way to carry sound in RTP (RFC 3551 section 4.5).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law
    Pcmu,
    /// G.711 A-law
    Pcma,
}

impl Codec {
    /// All codecs, the preferred ones first.
    pub const ALL: [Self; 2] = [Self::Pcmu, Self::Pcma];

    /// Returns the codec with a static payload type of RFC 3551 table 4.
    #[must_use]
    pub fn from_payload_type(payload_type: PayloadType) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    /// Returns the codec with this encoding name, compared without case (RFC 4855 section 3).
    #[must_use]
    pub fn from_encoding_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.encoding_name().eq_ignore_ascii_case(name))
    }

    /// Encodes samples until either slice ends; returns the number of octets written.
    pub fn encode(self, samples: &[i16], octets: &mut [u8]) -> usize {
        match self {
            Self::Pcmu => mulaw::encode_slice(samples, octets),
            Self::Pcma => alaw::encode_slice(samples, octets),
        }
    }

    /// Decodes octets until either slice ends; returns the number of samples written.
    pub fn decode(self, octets: &[u8], samples: &mut [i16]) -> usize {
        match self {
            Self::Pcmu => mulaw::decode_slice(octets, samples),
            Self::Pcma => alaw::decode_slice(octets, samples),
        }
    }

    /// Returns the static payload type of RFC 3551 table 4.
    #[must_use]
    pub const fn payload_type(self) -> PayloadType {
        match self {
            Self::Pcmu => PayloadType::PCMU,
            Self::Pcma => PayloadType::PCMA,
        }
    }

    /// Returns the name in `a=rtpmap`.
    #[must_use]
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// Returns how many RTP timestamp units pass in a second.
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => SAMPLE_RATE,
        }
    }

    /// Returns how many samples `octets` octets of payload decode to.
    #[must_use]
    pub const fn samples_in(self, octets: usize) -> usize {
        match self {
            Self::Pcmu | Self::Pcma => octets,
        }
    }

    /// Returns the octet that fills a silent payload.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcmu => mulaw::SILENCE,
            Self::Pcma => alaw::SILENCE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_is_found_by_its_number_and_by_its_name() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_payload_type(codec.payload_type()), Some(codec));
            let lower = codec.encoding_name().to_ascii_lowercase();
            assert_eq!(Codec::from_encoding_name(&lower), Some(codec));
        }
        assert_eq!(Codec::from_payload_type(PayloadType::COMFORT_NOISE), None);
        assert_eq!(Codec::from_encoding_name("G722"), None);
    }

    #[test]
    fn silence_decodes_to_next_to_nothing() {
        for codec in Codec::ALL {
            let mut samples = [i16::MAX; FRAME_SAMPLES];
            let silence = [codec.silence(); FRAME_SAMPLES];
            assert_eq!(codec.decode(&silence, &mut samples), FRAME_SAMPLES);
            assert!(samples.iter().all(|sample| (0..=8).contains(sample)), "{codec:?}");
        }
    }
}
