//! SDP session descriptions and the offer/answer model.
//!
//! Descriptions keep all their lines (RFC 8866); the offer/answer model (RFC 3264) is here for what a company's
//! telephone needs: one audio stream of PCMU or PCMA with telephone-event, held and resumed.
//! Not here: ICE, DTLS and SDES (their attributes are kept, and sections which demand them are refused), video.
//!
//! # Example
//!
//! ```
//! use centrala_sdp::{Capabilities, Codec, LocalSession, SessionDescription};
//!
//! let offer: SessionDescription = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
//!     m=audio 4000 RTP/AVP 9 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n"
//!     .parse()?;
//! let mut session = LocalSession::new(1);
//! let answer = session.answer(&offer, &Capabilities::new("192.0.2.2".parse()?, 5000))?;
//!
//! assert_eq!(answer.plan.remote, "192.0.2.1:4000".parse()?);
//! assert_eq!(answer.plan.codec, Codec::Pcma); // the first of the offer that both know
//! assert_eq!(answer.plan.telephone_event.map(|types| types.send.as_u8()), Some(96));
//! assert!(answer.description.to_string().contains("m=audio 5000 RTP/AVP 8 96\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod bandwidth;
mod capabilities;
mod connection;
mod crypto;
mod cursor;
mod description;
mod direction;
mod encoding;
mod fingerprint;
mod format_parameters;
mod group;
mod ice;
mod line;
mod lines;
mod local_session;
mod media;
mod negotiation;
mod offer_answer;
mod origin;
mod plan;
mod rtcp;
mod rtp_map;
mod section;
mod single_stream;
mod stream;
mod timing;
mod value_error;

pub use bandwidth::Bandwidth;
pub use capabilities::{Capabilities, MediaPlan, PayloadTypes, TelephoneEvent};
pub use connection::{Connection, HostName};
pub use crypto::Crypto;
pub use description::{Anchor, ParseDescriptionError, SessionDescription};
pub use direction::Direction;
pub use encoding::Encoding;
pub use fingerprint::{Fingerprint, Setup};
pub use format_parameters::FormatParameters;
pub use group::{Group, SourceAttribute};
pub use ice::{Candidate, IcePassword};
pub use line::{EditLineError, Line};
pub use lines::Lines;
pub use local_session::{CompleteError, LocalSession};
pub use media::Media;
pub use offer_answer::{
    AnswerTurn, HeardAnswer, NegotiateError, OfferAnswer, Revision, SessionAnswer,
};
pub use origin::Origin;
pub use plan::{FormatPlan, Refusal, SectionPlan, SessionPlan, StreamPlan};
pub use rtcp::RtcpAddress;
pub use rtp_map::{Codec, ParsePayloadTypeError, PayloadType, RtpMap};
pub use single_stream::{Answer, AnswerError, answer, complete, offer};
pub use stream::{Preference, RtcpMux, Stream, Takes};
pub use timing::Timing;
pub use value_error::{Expected, LineName, ParseValueError, ValueError};
