//! Samples in time.

use crate::Codec;

/// A ring of samples; those that have not been written are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeLine {
    samples: Box<[Option<i16>]>,
    /// Where the playhead is
    head: usize,
    /// How far ahead of the playhead the last written sample is
    written: usize,
}

impl TimeLine {
    pub(super) fn new() -> Self {
        Self { samples: vec![None; CAPACITY].into(), head: 0, written: 0 }
    }

    /// Writes what fits, `at` samples ahead of the playhead.
    pub(super) fn write(&mut self, at: usize, payload: &[u8], codec: Codec) {
        let mut offset = at;
        let mut decoded = [0; CHUNK];
        for chunk in payload.chunks(CHUNK) {
            let count = codec.decode(chunk, &mut decoded);
            for sample in decoded.iter().take(count.min(CAPACITY.saturating_sub(offset))) {
                if let Some(place) = self.samples.get_mut((self.head + offset) % CAPACITY) {
                    *place = Some(*sample);
                }
                offset += 1;
            }
        }
        self.written = self.written.max((at + payload.len()).min(CAPACITY));
    }

    pub(super) fn take(&mut self) -> Option<i16> {
        let sample = self.samples.get_mut(self.head)?.take();
        self.head = (self.head + 1) % CAPACITY;
        self.written = self.written.saturating_sub(1);
        sample
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<i16> {
        *self.samples.get((self.head + ahead) % CAPACITY)?
    }

    pub(super) fn skip(&mut self, count: usize) {
        (0..count).for_each(|_| _ = self.take());
    }

    /// Returns whether the next so many samples are all there.
    pub(super) fn is_whole(&self, count: usize) -> bool {
        count <= CAPACITY && (0..count).all(|ahead| self.peek(ahead).is_some())
    }

    pub(super) fn clear(&mut self) {
        self.samples.fill(None);
        self.written = 0;
    }

    pub(super) const fn written(&self) -> usize {
        self.written
    }
}

/// Half a second.
pub(super) const CAPACITY: usize = 4_096;
/// Octets that are decoded at once.
const CHUNK: usize = 160;
