//! A recording under way.

use std::time::Duration;

use centrala_media::{
    Codec, EndReason, FRAME_SAMPLES, JitterBuffer, Recorder, RecorderConfig, RecorderOutput,
    RtpPacket,
};

use super::RecordSink;

/// How long packets are held back to put them in order.
const REORDERING: Duration = Duration::from_millis(60);

/// The longest recording: whoever asked for it stops it earlier.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Octets that are brought to whoever keeps them: 0.3 s.
const CHUNK: usize = 2_400;

/// A recording of one party: packets in, chunks of µ-law out, at the beat.
#[derive(Debug)]
pub(super) struct Take {
    buffer: JitterBuffer,
    tape: Tape,
}

/// A recording: samples in, chunks of µ-law out.
pub(super) struct Tape {
    recorder: Recorder,
    sink: RecordSink,
    length: Duration,
    silent: bool,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Take {
    pub(super) fn new(codec: Codec, sink: RecordSink, silence: Option<Duration>) -> Self {
        Self { buffer: JitterBuffer::new(codec, REORDERING), tape: Tape::new(sink, silence) }
    }

    /// The party speaks another codec from now on.
    pub(super) fn handle_codec(&mut self, codec: Codec) {
        self.empty();
        self.buffer = JitterBuffer::new(codec, REORDERING);
    }

    pub(super) fn handle_packet(&mut self, packet: &RtpPacket<'_>) {
        self.buffer.handle_packet(&packet.header, packet.payload);
    }

    pub(super) fn handle_comfort_noise(&mut self, payload: &[u8]) {
        self.buffer.handle_comfort_noise(payload);
    }

    /// Records the next 20 ms; says whether the party has just been silent for too long.
    pub(super) fn tick(&mut self) -> bool {
        let mut samples = [0; FRAME_SAMPLES];
        self.buffer.pull(&mut samples);
        self.tape.handle_samples(&samples)
    }

    /// Ends the recording; returns how long it is.
    pub(super) fn finish(mut self) -> Duration {
        self.empty();
        self.tape.finish()
    }

    /// Records what is still held back.
    fn empty(&mut self) {
        let mut samples = [0; FRAME_SAMPLES];
        for _ in 0..self.buffer.depth().as_millis().div_ceil(20) {
            self.buffer.pull(&mut samples);
            self.tape.handle_samples(&samples);
        }
    }
}

impl Tape {
    pub(super) fn new(sink: RecordSink, silence: Option<Duration>) -> Self {
        let mut config = RecorderConfig::default();
        config.codec = Codec::Pcmu;
        config.max_length = LONGEST;
        config.max_silence = silence;
        config.chunk_len = CHUNK;
        Self { recorder: Recorder::new(config), sink, length: Duration::ZERO, silent: false }
    }

    /// Records samples; says whether it has just been silent for too long.
    pub(super) fn handle_samples(&mut self, samples: &[i16]) -> bool {
        self.recorder.handle_samples(samples);
        let was_silent = self.silent;
        self.drain();
        self.silent && !was_silent
    }

    /// Ends the recording; returns how long it is.
    pub(super) fn finish(mut self) -> Duration {
        self.recorder.finish();
        self.drain();
        self.length
    }

    fn drain(&mut self) {
        while let Some(output) = self.recorder.poll_output() {
            match output {
                RecorderOutput::Chunk(sound) => (self.sink)(sound),
                RecorderOutput::Ended(end) => {
                    self.length = end.length;
                    self.silent |= end.reason == EndReason::Silence;
                }
                _ => {}
            }
        }
    }
}
