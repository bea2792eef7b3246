//! Payloads of one codec made payloads of another.

use super::{Codec, Decode as _, Decoder, Encode as _, Encoder, FRAME_SAMPLES};

/// Turns the sound of one stream from one codec into another, payload by payload, without delay.
///
/// ```
/// use centrala_media::{Codec, Transcoder};
///
/// let mut transcoder = Transcoder::new(Codec::Pcmu, Codec::L16);
/// let mut linear = [0; 4];
/// assert_eq!(transcoder.transcode(&[0xff, 0x80], &mut linear), 4);
/// assert_eq!(linear, [0, 0, 0x7d, 0x7c]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcoder {
    from: Codec,
    to: Codec,
    decoder: Decoder,
    encoder: Encoder,
}

impl Transcoder {
    /// Returns a transcoder at the beginning of a stream.
    #[must_use]
    pub fn new(from: Codec, to: Codec) -> Self {
        Self { from, to, decoder: from.decoder(), encoder: to.encoder() }
    }

    /// Writes a payload in the other codec, as much of it as fits; returns its length.
    pub fn transcode(&mut self, payload: &[u8], other: &mut [u8]) -> usize {
        let mut samples = [0; FRAME_SAMPLES];
        let mut written = 0;
        for piece in payload.chunks(self.from.octets_in(FRAME_SAMPLES)) {
            let count = self.decoder.decode(piece, &mut samples);
            let room = other.get_mut(written..).unwrap_or_default();
            written += self.encoder.encode(samples.get(..count).unwrap_or_default(), room);
        }
        written
    }

    /// Returns the codec of what goes in.
    #[must_use]
    pub const fn from(&self) -> Codec {
        self.from
    }

    /// Returns the codec of what comes out.
    #[must_use]
    pub const fn to(&self) -> Codec {
        self.to
    }
}
