//! RTP, telephone events, G.711 codecs, jitter buffering and WAV: sound as values.
//!
//! Everything between a datagram and what somebody hears, without sockets, clocks and threads:
//! G.711 ([`g711`], [`Codec`]), RTP streams that never jump ([`RtpSender`], [`RelayRewriter`]), what
//! arrives and from whom ([`RtpReceiver`], [`SourceLatch`], [`JitterBuffer`]), keys
//! ([`EventReceiver`], [`EventSender`]), prompts ([`Player`]), messages ([`Recorder`], [`wav`]).
//! All sound is [`SAMPLE_RATE`] samples of 16 bits per second, one channel; prompts of other rates
//! come through [`resample`].
//!
//! Not here: tones in the sound (see `centrala-dtmf`), SDP, and who talks to whom.
//!
//! # Example
//!
//! A prompt is encoded once and sent in packets; the other side puts them in order and records.
//!
//! ```
//! use centrala_media::{
//!     Codec, EncodedPrompt, JitterBuffer, Player, Recorder, RecorderConfig, RecorderOutput,
//!     RtpPacket, RtpSender, Source, SourceLatch, Ssrc,
//! };
//! use std::time::Duration;
//!
//! let mut player = Player::new();
//! player.enqueue(EncodedPrompt::from_samples(Codec::Pcmu, &[1_000; 1_600]));
//! let mut stream = RtpSender::new(Ssrc::new(0xacce55ed), 4_711, 90_000);
//!
//! let mut latch = SourceLatch::new("192.0.2.1:4000".parse()?);
//! let mut buffer = JitterBuffer::new(Codec::Pcmu, Duration::from_millis(40));
//! let mut recorder = Recorder::new(RecorderConfig::default());
//!
//! let mut datagram = [0; 172];
//! let mut samples = [0; 160];
//! while let Some(frame) = player.next_frame() {
//!     // Every 20 ms
//!     let len = stream.write(Codec::Pcmu.payload_type(), frame, 160, &mut datagram)?;
//!
//!     // At the other side
//!     if latch.handle_source("192.0.2.1:4000".parse()?) == Source::Party {
//!         let packet = RtpPacket::parse(&datagram[..len])?;
//!         buffer.handle_packet(&packet.header, packet.payload);
//!     }
//!     buffer.pull(&mut samples);
//!     recorder.handle_samples(&samples);
//! }
//! recorder.finish();
//! let Some(RecorderOutput::Chunk(octets)) = recorder.poll_output() else { panic!() };
//! assert_eq!(octets.len(), 1_600);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! Machines are fed with `handle_*` and drained with `poll_output` until `None`. None of them reads
//! a clock: time is the number of samples that pass, at a beat of [`FRAME_SAMPLES`] every 20 ms, or
//! an arrival time that the caller gives. Sending, relaying and pulling allocate nothing.

mod codec;
mod concealment;
mod event_receiver;
mod jitter_buffer;
mod latch;
mod mixer;
mod playout;
mod quality;
mod receiver;
mod recorder;
mod relay;
mod rtcp;
mod rtp;
mod seam;
mod sender;
mod telephone_event;
mod time_scale;
mod voice_activity;

pub mod g711;
pub mod g722;
pub mod level;
pub mod resample;
pub mod wav;

pub use codec::{
    ClockScale, Codec, Decode, Decoder, Encode, Encoder, FRAME_SAMPLES, SAMPLE_RATE, Transcoder,
};
pub use event_receiver::{DriftingTimestamps, EventReceiver, KeyEvent, LOST_END};
pub use jitter_buffer::{
    Buffered, JitterBounds, JitterBuffer, JitterStatistics, MAX_TARGET, Pulled,
};
pub use latch::{Source, SourceLatch};
pub use mixer::{MAX_PARTIES, Mixer};
pub use playout::{EncodedPrompt, MAX_SILENCE, Player, Transport};
pub use quality::{CallQuality, Impairments};
pub use receiver::{Reception, RtpReceiver, RtpStatistics};
pub use recorder::{
    EndReason, MAX_RECORDING, Recorder, RecorderConfig, RecorderOutput, RecordingEnd,
};
pub use relay::{MAX_ROUTES, RelayRewriter, Relayed};
pub use rtcp::{
    CanonicalName, ParseRtcpError, ReportBlock, ReportBlocks, RtcpConfig, RtcpPacket, RtcpPackets,
    RtcpSession, RtcpStatistics, SenderInfo,
};
pub use rtp::{
    Marker, ParseRtpError, PayloadType, RTP_HEADER_LEN, RtpHeader, RtpPacket, Ssrc, WriteRtpError,
    is_rtcp,
};
pub use seam::{LEAST_STEP, SEAM, Seam};
pub use sender::RtpSender;
pub use telephone_event::{
    DEFAULT_EVENT_VOLUME, EVENT_LEN, EVENT_STEP, EventEnd, EventPacket, EventSender,
    MIN_EVENT_DURATION, TelephoneEvent,
};
pub use time_scale::{SPEEDS, TimeScale};
pub use voice_activity::VoiceActivity;
