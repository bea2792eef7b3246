//! ITU-T G.722: wideband sound in 64 kbit/s, by adaptive differential coding of two sub-bands.
//!
//! Each octet carries two samples of 16,000 Hz: a pair of quadrature mirror filters parts them into a lower sub-band,
//! up to 4 kHz, coded in six bits, and an upper one in two. Either sub-band has a sample in 8,000 of a second, so that
//! the lower one alone is sound as a telephone of G.711 knows it: [`Encoder::encode_narrow`] and
//! [`Decoder::decode_narrow`] leave out the filters and the upper sub-band, at less than half of the work.
//!
//! A sample of 16 bits at full scale is one of the Recommendation's at full scale, as all others in the field have it.
//! The decoder works in mode 1 (64 kbit/s), which is the only one in RTP (RFC 3551 section 4.5.2).
//!
//! ```
//! use centrala_media::g722::{Decoder, Encoder};
//!
//! let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
//! let mut octets = [0; 160];
//! assert_eq!(encoder.encode(&[0; 320], &mut octets), 160); // 20 ms
//! let mut samples = [1; 320];
//! assert_eq!(decoder.decode(&octets, &mut samples), 320);
//! assert!(samples.iter().all(|sample| sample.abs() < 16));
//! ```

mod mirror;
mod sub_band;
mod tables;

use mirror::Mirror;
use sub_band::{LOWER, SubBand, UPPER, saturated};
use tables::{QM2, QM4, QM6};

/// Encodes one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoder {
    mirror: Mirror,
    lower: SubBand,
    upper: SubBand,
    /// A sample that waits for its other half.
    odd: Option<i16>,
}

/// Decodes one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    mirror: Mirror,
    lower: SubBand,
    upper: SubBand,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// Returns an encoder at the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        let (lower, upper) = (SubBand::new(&LOWER), SubBand::new(&UPPER));
        Self { mirror: Mirror::new(), lower, upper, odd: None }
    }

    /// Encodes samples of 16,000 Hz, two in an octet, until there is no room for more; returns the number of octets
    /// written. An odd sample is kept for the next call.
    pub fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        let pairs = (usize::from(self.odd.is_some()) + samples.len()) / 2;
        let written = pairs.min(octets.len());
        let mut samples = self.odd.take().into_iter().chain(samples.iter().copied());
        for octet in octets.iter_mut().take(written) {
            let [first, second] = [0; 2].map(|silence| samples.next().unwrap_or(silence));
            let (lower, upper) = self.mirror.part(first, second);
            *octet = self.code_upper(upper) << 6 | self.code_lower(lower);
        }
        if written == pairs {
            self.odd = samples.next();
        }
        written
    }

    /// Encodes samples of 8,000 Hz, one in an octet, until either slice ends; returns the number of octets written. The
    /// upper sub-band is silent.
    pub fn encode_narrow(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        let pairs = samples.iter().zip(octets);
        let written = pairs.map(|(sample, octet)| {
            *octet = self.code_upper(0) << 6 | self.code_lower(i32::from(*sample) >> 1);
        });
        written.count()
    }

    /// Codes a sample of the lower sub-band in six bits.
    fn code_lower(&mut self, sample: i32) -> u8 {
        let code = self.lower.quantize_lower(saturated(sample - self.lower.estimate()));
        self.lower.adapt(level(&QM4, code >> 2), code >> 2);
        code
    }

    /// Codes a sample of the upper sub-band in two bits.
    fn code_upper(&mut self, sample: i32) -> u8 {
        let code = self.upper.quantize_upper(saturated(sample - self.upper.estimate()));
        self.upper.adapt(level(&QM2, code), code);
        code
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Returns a decoder at the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        let (lower, upper) = (SubBand::new(&LOWER), SubBand::new(&UPPER));
        Self { mirror: Mirror::new(), lower, upper }
    }

    /// Decodes octets to two samples of 16,000 Hz each, until there is no room for two more; returns the number of
    /// samples written.
    pub fn decode(&mut self, octets: &[u8], samples: &mut [i16]) -> usize {
        let pairs = octets.iter().zip(samples.as_chunks_mut().0);
        let written = pairs.map(|(octet, pair)| {
            let (lower, upper) = (self.decode_lower(*octet), self.decode_upper(*octet));
            *pair = self.mirror.join(lower, upper);
        });
        2 * written.count()
    }

    /// Decodes octets to one sample of 8,000 Hz each, until either slice ends; returns the number of samples written.
    /// What the upper sub-band says is not heard.
    pub fn decode_narrow(&mut self, octets: &[u8], samples: &mut [i16]) -> usize {
        let pairs = octets.iter().zip(samples);
        let written = pairs.map(|(octet, sample)| {
            *sample = i16::try_from(self.decode_lower(*octet) * 2).unwrap_or(i16::MAX);
        });
        written.count()
    }

    fn decode_lower(&mut self, octet: u8) -> i32 {
        let code = octet & 0x3f;
        let sample = self.lower.reconstruct(level(&QM6, code));
        self.lower.adapt(level(&QM4, code >> 2), code >> 2);
        sample
    }

    fn decode_upper(&mut self, octet: u8) -> i32 {
        let code = octet >> 6;
        let level = level(&QM2, code);
        let sample = self.upper.reconstruct(level);
        self.upper.adapt(level, code);
        sample
    }
}

/// Returns the output level of a code.
fn level(levels: &[i32], code: u8) -> i32 {
    levels.get(usize::from(code)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
