//! The codecs of RFC 3551 that this crate speaks.

mod clock;
mod transcoder;

pub use clock::ClockScale;
pub use transcoder::Transcoder;

use crate::{
    PayloadType,
    g711::{alaw, mulaw},
    g722,
};

/// Samples per second of all sound in this crate.
pub const SAMPLE_RATE: u32 = 8_000;

/// Samples, and octets of G.711, in one packet of 20 ms: the beat of the whole system.
pub const FRAME_SAMPLES: usize = 160;

/// A way to carry sound in RTP (RFC 3551 section 4.5).
///
/// Whatever the codec, the sound on this side of it has [`SAMPLE_RATE`] samples in a second: G.722 is encoded and
/// decoded by its lower sub-band, unless it is passed on untouched.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law
    Pcmu,
    /// G.711 A-law
    Pcma,
    /// ITU-T G.722 at 64 kbit/s
    G722,
    /// Samples of 16 bits as they are, 8,000 in a second
    L16,
}

/// What makes payloads of sound, with what it has to remember from one to the next.
pub trait Encode {
    /// Encodes samples of [`SAMPLE_RATE`] until either slice ends; returns the number of octets written.
    fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize;
}

/// What makes sound of payloads, with what it has to remember from one to the next.
///
/// Payloads are given in the order of their stream; what is lost in between is not told.
pub trait Decode {
    /// Decodes octets until either slice ends; returns the number of samples of [`SAMPLE_RATE`] written.
    fn decode(&mut self, octets: &[u8], samples: &mut [i16]) -> usize;
}

impl Codec {
    /// All codecs, the preferred ones first.
    pub const ALL: [Self; 4] = [Self::G722, Self::Pcmu, Self::Pcma, Self::L16];

    /// Returns the codec with a static payload type of RFC 3551 table 4.
    #[must_use]
    pub fn from_payload_type(payload_type: PayloadType) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| {
            codec.payload_type() == payload_type && !codec.payload_type().is_dynamic()
        })
    }

    /// Returns the codec with this encoding name, compared without case (RFC 4855 section 3).
    #[must_use]
    pub fn from_encoding_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.encoding_name().eq_ignore_ascii_case(name))
    }

    /// Returns an encoder at the beginning of a stream.
    #[must_use]
    pub fn encoder(self) -> Encoder {
        Encoder(match self {
            Self::Pcmu => Encoding::Pcmu,
            Self::Pcma => Encoding::Pcma,
            Self::G722 => Encoding::G722(Box::default()),
            Self::L16 => Encoding::L16,
        })
    }

    /// Returns a decoder at the beginning of a stream.
    #[must_use]
    pub fn decoder(self) -> Decoder {
        Decoder(match self {
            Self::Pcmu => Decoding::Pcmu,
            Self::Pcma => Decoding::Pcma,
            Self::G722 => Decoding::G722(Box::default()),
            Self::L16 => Decoding::L16,
        })
    }

    /// Returns the static payload type of RFC 3551 table 4; for a codec without one the dynamic one that it is offered
    /// with.
    #[must_use]
    pub const fn payload_type(self) -> PayloadType {
        match self {
            Self::Pcmu => PayloadType::PCMU,
            Self::Pcma => PayloadType::PCMA,
            Self::G722 => PayloadType::G722,
            Self::L16 => PayloadType::FIRST_DYNAMIC,
        }
    }

    /// Returns the name in `a=rtpmap`.
    #[must_use]
    pub const fn encoding_name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::L16 => "L16",
        }
    }

    /// Returns how many RTP timestamp units pass in a second: for G.722 half of its samples (RFC 3551 section 4.5.2).
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 | Self::L16 => SAMPLE_RATE,
        }
    }

    /// Returns how many samples of [`SAMPLE_RATE`] a payload of this length decodes to.
    #[must_use]
    pub const fn samples_in(self, octets: usize) -> usize {
        octets / self.octets_per_sample()
    }

    /// Returns how many RTP timestamp units a payload of this length lasts.
    #[must_use]
    pub fn units_in(self, octets: usize) -> u32 {
        let samples = u32::try_from(self.samples_in(octets)).unwrap_or(u32::MAX);
        samples.saturating_mul(self.clock_rate() / SAMPLE_RATE)
    }

    /// Returns how many octets so many samples are encoded in.
    #[must_use]
    pub const fn octets_in(self, samples: usize) -> usize {
        samples.saturating_mul(self.octets_per_sample())
    }

    /// Returns the octet that fills a silent payload.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Self::Pcmu => mulaw::SILENCE,
            Self::Pcma => alaw::SILENCE,
            Self::G722 => G722_SILENCE,
            Self::L16 => 0,
        }
    }

    const fn octets_per_sample(self) -> usize {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 1,
            Self::L16 => 2,
        }
    }
}

/// Encodes one stream of a [`Codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoder(Encoding);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Encoding {
    Pcmu,
    Pcma,
    G722(Box<g722::Encoder>),
    L16,
}

impl Encode for Encoder {
    fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        match &mut self.0 {
            Encoding::Pcmu => mulaw::encode_slice(samples, octets),
            Encoding::Pcma => alaw::encode_slice(samples, octets),
            Encoding::G722(encoder) => encoder.encode_narrow(samples, octets),
            Encoding::L16 => {
                let pairs = samples.iter().zip(octets.chunks_exact_mut(2));
                let written =
                    pairs.map(|(sample, pair)| pair.copy_from_slice(&sample.to_be_bytes()));
                2 * written.count()
            }
        }
    }
}

/// Decodes one stream of a [`Codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder(Decoding);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Decoding {
    Pcmu,
    Pcma,
    G722(Box<g722::Decoder>),
    L16,
}

impl Decode for Decoder {
    fn decode(&mut self, octets: &[u8], samples: &mut [i16]) -> usize {
        match &mut self.0 {
            Decoding::Pcmu => mulaw::decode_slice(octets, samples),
            Decoding::Pcma => alaw::decode_slice(octets, samples),
            Decoding::G722(decoder) => decoder.decode_narrow(octets, samples),
            Decoding::L16 => {
                let pairs = samples.iter_mut().zip(octets.as_chunks().0);
                pairs.map(|(sample, pair)| *sample = i16::from_be_bytes(*pair)).count()
            }
        }
    }
}

/// Smallest steps of both sub-bands, to either side of nothing by turns of the predictor.
const G722_SILENCE: u8 = 0xfa;

#[cfg(test)]
mod tests;
