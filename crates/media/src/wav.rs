//! WAV files, as octets: found in memory, and headers to be written before sound.
//!
//! Reads PCM of 16 bits, µ-law and A-law, of any rate and up to [`MAX_CHANNELS`] channels; tolerates
//! what real files have: other chunks in between, a data length of 0 or 0xffffffff from a recorder
//! that was cut off, an extensible format. Writes one fixed header, so that a recorder can write it
//! first and again, in place, when it knows the length.
//!
//! ```
//! use centrala_media::wav::{WavEncoding, WavFile, header};
//!
//! let mut file = header(WavEncoding::Pcm16, 8_000, 4).to_vec();
//! file.extend([0x00, 0x01, 0xff, 0xff]);
//! let wav = WavFile::parse(&file)?;
//! assert_eq!(wav.sample_rate, 8_000);
//! assert_eq!(wav.to_mono(), [256, -1]);
//! # Ok::<(), centrala_media::wav::ParseWavError>(())
//! ```

use std::fmt;

use crate::Codec;
use crate::g711::{alaw, mulaw};

/// Octets of the header that [`header`] returns.
pub const HEADER_LEN: usize = 58;

/// More channels than this are not sound of a telephone.
pub const MAX_CHANNELS: u16 = 8;

/// How samples stand in a WAV file.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WavEncoding {
    /// 16-bit linear samples, the low octet first
    Pcm16,
    /// ITU-T G.711 µ-law
    MuLaw,
    /// ITU-T G.711 A-law
    ALaw,
}

impl WavEncoding {
    /// Returns the encoding that holds the payload of a codec as it is, if there is one.
    #[must_use]
    pub const fn of_codec(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcmu => Some(Self::MuLaw),
            Codec::Pcma => Some(Self::ALaw),
            // RTP has the octets of a sample the other way round (RFC 3551 section 4.5.11).
            Codec::G722 | Codec::L16 => None,
        }
    }

    /// Returns the octets of one sample.
    #[must_use]
    pub const fn sample_len(self) -> u16 {
        match self {
            Self::Pcm16 => 2,
            Self::MuLaw | Self::ALaw => 1,
        }
    }

    const fn format(self) -> u16 {
        match self {
            Self::Pcm16 => FORMAT_PCM,
            Self::MuLaw => FORMAT_MULAW,
            Self::ALaw => FORMAT_ALAW,
        }
    }
}

/// A WAV file in memory.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub struct WavFile<'a> {
    /// How the samples stand in `data`
    pub encoding: WavEncoding,
    /// How many channels are interleaved, 1 to [`MAX_CHANNELS`]
    pub channels: u16,
    /// Samples per second of each channel, never 0
    pub sample_rate: u32,
    /// The samples
    pub data: &'a [u8],
}

impl<'a> WavFile<'a> {
    /// Finds the sound in a file.
    ///
    /// # Errors
    /// When it is no WAV file, or holds sound that this module does not read.
    pub fn parse(file: &'a [u8]) -> Result<Self, ParseWavError> {
        let (Some(b"RIFF"), Some(b"WAVE")) = (file.get(..4), file.get(8..12)) else {
            return Err(ParseWavError::NotWav);
        };
        let mut format = None;
        let mut rest = file.get(12..).unwrap_or_default();
        while let Some((id, declared)) = chunk_header(rest) {
            let body = rest.get(8..).unwrap_or_default();
            let len = usize::try_from(declared).unwrap_or(usize::MAX);
            if id == *b"data" {
                let format: Format = format.ok_or(ParseWavError::NoFormat)?;
                let len = match declared {
                    0 | u32::MAX => body.len(), // cut off before its length was written
                    _ => len.min(body.len()),
                };
                return Ok(format.with_data(body.get(..len).unwrap_or(body)));
            }
            if id == *b"fmt " {
                format = Some(Format::parse(body.get(..len).unwrap_or(body))?);
            }
            // Chunks begin at even offsets.
            rest = body.get(len.saturating_add(len % 2)..).unwrap_or_default();
        }
        Err(ParseWavError::NoData)
    }

    /// Returns the samples as linear ones, the mean of all channels.
    #[must_use]
    pub fn to_mono(&self) -> Vec<i16> {
        let channels = usize::from(self.channels.max(1));
        let frame_len = channels * usize::from(self.encoding.sample_len());
        let frames = self.data.chunks_exact(frame_len);
        frames.map(|frame| self.mean(frame)).collect()
    }

    fn mean(&self, frame: &[u8]) -> i16 {
        let sum = match self.encoding {
            WavEncoding::Pcm16 => frame
                .as_chunks()
                .0
                .iter()
                .map(|&octets| i32::from(i16::from_le_bytes(octets)))
                .sum::<i32>(),
            WavEncoding::MuLaw => frame.iter().map(|&octet| i32::from(mulaw::decode(octet))).sum(),
            WavEncoding::ALaw => frame.iter().map(|&octet| i32::from(alaw::decode(octet))).sum(),
        };
        i16::try_from(sum / i32::from(self.channels.max(1))).unwrap_or(0)
    }
}

/// Tells the format and the length, not the sound.
impl fmt::Debug for WavFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WavFile")
            .field("encoding", &self.encoding)
            .field("channels", &self.channels)
            .field("sample_rate", &self.sample_rate)
            .field("data_len", &self.data.len())
            .finish()
    }
}

/// Returns the header of a file with one channel and `data_len` octets of samples.
///
/// An odd length wants one more octet, of any value, behind the samples.
#[must_use]
pub fn header(encoding: WavEncoding, sample_rate: u32, data_len: u32) -> [u8; HEADER_LEN] {
    let sample_len = encoding.sample_len();
    let fields: [&[u8]; 16] = [
        b"RIFF",
        // All that follows, with the octet that makes an odd length even.
        &data_len.saturating_add(data_len % 2).saturating_add(RIFF_OVERHEAD).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &FORMAT_LEN.to_le_bytes(),
        &encoding.format().to_le_bytes(),
        &1_u16.to_le_bytes(), // channels
        &sample_rate.to_le_bytes(),
        &sample_rate.saturating_mul(sample_len.into()).to_le_bytes(), // octets per second
        &sample_len.to_le_bytes(),                                    // octets per frame
        &(8 * sample_len).to_le_bytes(),                              // bits per sample
        &0_u16.to_le_bytes(),                                         // no extension follows
        // All formats but PCM shall tell the number of samples.
        b"fact\x04\0\0\0",
        &(data_len / u32::from(sample_len)).to_le_bytes(),
        b"data",
        &data_len.to_le_bytes(),
    ];
    let mut header = [0; HEADER_LEN];
    let octets = fields.iter().copied().flatten();
    header.iter_mut().zip(octets).for_each(|(place, &octet)| *place = octet);
    header
}

/// What a `fmt ` chunk says.
#[derive(Clone, Copy)]
struct Format {
    encoding: WavEncoding,
    channels: u16,
    sample_rate: u32,
}

impl Format {
    fn parse(body: &[u8]) -> Result<Self, ParseWavError> {
        let u16_at = |at: usize| Some(u16::from_le_bytes(*body.get(at..)?.first_chunk()?));
        let u32_at = |at: usize| Some(u32::from_le_bytes(*body.get(at..)?.first_chunk()?));
        let (Some(tag), Some(channels), Some(sample_rate), Some(bits)) =
            (u16_at(0), u16_at(2), u32_at(4), u16_at(14))
        else {
            return Err(ParseWavError::NoFormat);
        };
        // An extensible format carries the old tag at the start of its GUID.
        let tag = if tag == FORMAT_EXTENSIBLE { u16_at(24).unwrap_or(tag) } else { tag };
        let encoding = match (tag, bits) {
            (FORMAT_PCM, 16) => WavEncoding::Pcm16,
            (FORMAT_MULAW, 8) => WavEncoding::MuLaw,
            (FORMAT_ALAW, 8) => WavEncoding::ALaw,
            _ => return Err(ParseWavError::Encoding { tag, bits }),
        };
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(ParseWavError::Channels(channels));
        }
        if sample_rate == 0 {
            return Err(ParseWavError::NoFormat);
        }
        Ok(Self { encoding, channels, sample_rate })
    }

    const fn with_data(self, data: &[u8]) -> WavFile<'_> {
        let Self { encoding, channels, sample_rate } = self;
        WavFile { encoding, channels, sample_rate, data }
    }
}

/// Why a file is not read.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseWavError {
    /// It does not begin as a WAV file does.
    #[error("not a RIFF WAVE file")]
    NotWav,
    /// Nothing valid says how the samples are encoded.
    #[error("no valid format chunk before the data")]
    NoFormat,
    /// There are no samples.
    #[error("no data chunk")]
    NoData,
    /// Samples of another kind than this module reads.
    #[error("encoding {tag:#06x} with {bits} bits is not 16-bit PCM, mu-law or A-law")]
    Encoding {
        /// The format tag
        tag: u16,
        /// Bits per sample
        bits: u16,
    },
    /// No channel, or more than [`MAX_CHANNELS`].
    #[error("{0} channels")]
    Channels(u16),
}

fn chunk_header(octets: &[u8]) -> Option<([u8; 4], u32)> {
    let (id, rest) = octets.split_first_chunk()?;
    Some((*id, u32::from_le_bytes(*rest.first_chunk()?)))
}

const FORMAT_PCM: u16 = 1;
const FORMAT_ALAW: u16 = 6;
const FORMAT_MULAW: u16 = 7;
const FORMAT_EXTENSIBLE: u16 = 0xfffe;
const FORMAT_LEN: u32 = 18;
/// Octets of the header that the RIFF length counts
const RIFF_OVERHEAD: u32 = 50;

#[cfg(test)]
mod tests;
