//! Numbers of streams.

use std::hash::{BuildHasher as _, RandomState};

use centrala_media::{RtpSender, Ssrc};

/// Numbers that nobody outside can guess: a hash with a key of the operating system, counted on.
#[derive(Default)]
pub(super) struct Numbers {
    key: RandomState,
    count: u64,
}

impl Numbers {
    /// Returns a stream with numbers of its own (RFC 3550 section 5.1).
    pub(super) fn sender(&mut self) -> RtpSender {
        let [a, b, c, d, e, f, _, _] = self.draw().to_be_bytes();
        let [g, h, i, j, ..] = self.draw().to_be_bytes();
        RtpSender::new(
            Ssrc::new(u32::from_be_bytes([a, b, c, d])),
            u16::from_be_bytes([e, f]),
            u32::from_be_bytes([g, h, i, j]),
        )
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.count += 1;
        self.key.hash_one(self.count)
    }
}
