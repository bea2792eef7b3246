//! SDP session descriptions and the offer/answer model.
//!
//! Descriptions keep all their lines, octet by octet (RFC 8866); typed values are parsed when asked for. Offers and
//! answers (RFC 3264) are made for one audio stream, as a phone needs it ([`LocalSession`]), or for any streams
//! ([`OfferAnswer`]). Not here: ICE, DTLS and SRTP themselves (their lines are read and written), and SIP, which
//! carries descriptions.
//!
//! # Example
//!
//! A phone that answers a call, whatever else is offered:
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
//!
//! # Any streams
//!
//! A [`Stream`] says what this side can do; [`OfferAnswer`] keeps what must hold over re-offers, and says what to do
//! with media. Here video is offered, too, and refused in its place:
//!
//! ```
//! use centrala_sdp::{
//!     Encoding, OfferAnswer, Preference, Refusal, RtpMap, SectionPlan, SessionDescription, Stream,
//! };
//!
//! let offer: SessionDescription = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
//!     m=audio 4000 RTP/AVP 0 111 112\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:112 telephone-event/48000\r\n\
//!     m=video 4002 RTP/AVP 31\r\n"
//!     .parse()?;
//! let mut audio = Stream::audio("192.0.2.2:5000".parse()?);
//! let opus = Encoding::new(RtpMap::new("opus", 48_000, 2)?).with_parameters("useinbandfec=1")?;
//! audio.encodings.insert(0, opus);
//! audio.preference = Preference::Answerer;
//!
//! let mut session = OfferAnswer::new(1);
//! let answer = session.answer(&offer, &[audio])?;
//! let plan = answer.plan.stream(0).ok_or("no audio")?;
//! assert_eq!(plan.codec().map(|codec| codec.map.encoding()), Some("opus"));
//! assert_eq!(plan.telephone_event().map(|event| event.types.send.as_u8()), Some(112));
//! assert_eq!(answer.plan.sections[1], SectionPlan::Refused(Refusal::Unknown));
//! assert!(answer.description.to_string().ends_with("m=video 0 RTP/AVP 31\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a protocol needs beyond that (keys of SRTP, fingerprints, candidates) is read from the offer with the typed
//! accessors of [`Lines`], and answered with [`Stream::lines`]. `BUNDLE` (RFC 9143) is answered unbundled: sections keep
//! their `mid`, refused ones too, but the answer has no group, and each section its own transport.
//!
//! # Between two sides
//!
//! A B2BUA or an SBC hands a description on and changes what it must. All other lines leave as they came: order,
//! unknown letters, line ends, trailing spaces, what is not UTF-8.
//!
//! ```
//! use centrala_sdp::{Anchor, Direction, Origin, SessionDescription};
//!
//! let mut description = SessionDescription::parse(
//!     b"v=0\r\no=alice 7 1 IN IP4 10.0.0.9\r\ns= \r\nc=IN IP4 10.0.0.9\r\nb=X-Own:1\r\nt=0 0\r\n\
//!       m=audio 4000 RTP/AVP 111 8\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n\
//!       a=candidate:1 1 udp 1 10.0.0.9 4000 typ host\r\na=x-kept: \xff\r\na=sendrecv\r\n",
//! )?;
//! let relay = "192.0.2.7:20000".parse()?;
//! description.anchor_media(|_, _| Some(Anchor::new(relay))); // media goes through the relay
//! description.remove_ice(); // and not past it
//! description.set_origin(Origin::new(1, 1, [192, 0, 2, 7].into()));
//! let audio = description.media_mut(0).ok_or("no section")?;
//! audio.retain_formats(|_, map| map.is_some_and(|map| map.is("PCMA")))?;
//! audio.set_direction(Direction::SendOnly);
//! assert_eq!(
//!     description.to_bytes(),
//!     b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns= \r\nc=IN IP4 192.0.2.7\r\nb=X-Own:1\r\nt=0 0\r\n\
//!       m=audio 20000 RTP/AVP 8\r\na=x-kept: \xff\r\na=sendonly\r\n",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing that is set can break out of its line: names, values and words of an `m=` line are checked where they are
//! made, and a line that begins a section cannot be pushed into one.
//!
//! # Errors and limits
//!
//! | fault | error | status |
//! | --- | --- | --- |
//! | no description: with line, offset and what was expected there | [`ParseDescriptionError`] | 400 |
//! | too long, too many lines, too many sections (`SessionDescription::MAX_…`) | [`ParseDescriptionError`] | 413 |
//! | a value is malformed or repeated; absent | [`ValueError`] | 400; 488 |
//! | nothing in common | [`AnswerError`], [`NegotiateError`] | 488 |
//! | an offer whose answer would be too long to be read | [`AnswerError`], [`NegotiateError`] | 413 |
//!
//! Each has a `status()`. The first [`Media::MAX_FORMATS`] formats of a section are looked at. The cost of parsing,
//! printing and answering is linear in the length of the description.
//!
//! # Features
//!
//! `std` (default): the errors of the crates below use std. Without it the crate needs `alloc` only.

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
mod room;
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
pub use lines::{Lines, LinesMut};
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
