//! Prompts played faster or slower than they were spoken.

use centrala_media::{
    Codec, Decode as _, Decoder, Encode as _, Encoder, FRAME_SAMPLES, Player, TimeScale, Transport,
};

/// Frames that a time scale holds back, and that are played behind the last one of a prompt.
const HELD_BACK: u8 = 3;

/// Plays at another speed than the natural one.
#[derive(Debug)]
pub(super) struct Speed {
    scale: TimeScale,
    decoder: Decoder,
    encoder: Encoder,
    spoken: Codec,
    /// Frames that are still to come when there is nothing more to be fed.
    left: u8,
}

impl Speed {
    /// Returns a speed, in percent, for what is encoded so.
    pub(super) fn new(percent: u16, encoded_as: Codec) -> Self {
        Self {
            scale: TimeScale::new(percent),
            decoder: encoded_as.decoder(),
            encoder: encoded_as.encoder(),
            spoken: encoded_as,
            left: HELD_BACK,
        }
    }

    /// Returns whether all was played that was fed.
    pub(super) const fn is_over(&self) -> bool {
        self.left == 0
    }

    /// Writes the next frame, as the party speaks; returns its length.
    pub(super) fn next_frame(
        &mut self,
        player: &mut Player,
        spoken: Codec,
        frame: &mut [u8],
    ) -> Option<usize> {
        if player.transport() == Transport::Paused {
            return None;
        }
        if spoken != self.spoken {
            (self.encoder, self.spoken) = (spoken.encoder(), spoken);
        }
        let mut heard = [0; FRAME_SAMPLES];
        for half in heard.chunks_exact_mut(FRAME_SAMPLES / 2) {
            while self.scale.needed() > 0 {
                let mut samples = [0; FRAME_SAMPLES];
                if let Some(next) = player.next_frame() {
                    self.decoder.decode(next, &mut samples);
                }
                self.scale.handle_samples(&samples);
            }
            self.scale.pull(half);
        }
        self.left = if player.is_finished() { self.left.saturating_sub(1) } else { HELD_BACK };
        Some(self.encoder.encode(&heard, frame))
    }
}
