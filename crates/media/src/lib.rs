//! RTP, telephone events, G.711 codecs, jitter buffering and WAV: sound as values.

mod codec;
mod event_receiver;
mod jitter_buffer;
mod latch;
mod playout;
mod receiver;
mod recorder;
mod relay;
mod rtp;
mod sender;
mod telephone_event;
mod voice_activity;

pub mod g711;
pub mod level;
pub mod resample;
pub mod wav;

pub use codec::{Codec, FRAME_SAMPLES, SAMPLE_RATE};
pub use event_receiver::{DriftingTimestamps, EventReceiver, KeyEvent, LOST_END};
pub use jitter_buffer::{Buffered, JitterBuffer, JitterStatistics, MAX_TARGET, Pulled};
pub use latch::{Source, SourceLatch};
pub use playout::{EncodedPrompt, MAX_SILENCE, Player, Transport};
pub use receiver::{Reception, RtpReceiver, RtpStatistics};
pub use recorder::{
    EndReason, MAX_RECORDING, Recorder, RecorderConfig, RecorderOutput, RecordingEnd,
};
pub use relay::{MAX_ROUTES, RelayRewriter, Relayed};
pub use rtp::{
    Marker, ParseRtpError, PayloadType, RTP_HEADER_LEN, RtpHeader, RtpPacket, Ssrc, WriteRtpError,
    is_rtcp,
};
pub use sender::RtpSender;
pub use telephone_event::{
    DEFAULT_EVENT_VOLUME, EVENT_LEN, EVENT_STEP, EventEnd, EventPacket, EventSender,
    MIN_EVENT_DURATION, TelephoneEvent,
};
pub use voice_activity::VoiceActivity;
