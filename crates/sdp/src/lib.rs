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

mod capabilities;
mod description;
mod direction;
mod line;
mod local_session;
mod media;
mod offer_answer;
mod origin;
mod rtp_map;

pub use capabilities::{Capabilities, MediaPlan, PayloadTypes, TelephoneEvent};
pub use description::{ParseDescriptionError, SessionDescription};
pub use direction::Direction;
pub use line::{Line, UnsafeValueError};
pub use local_session::{CompleteError, LocalSession};
pub use media::Media;
pub use offer_answer::{Answer, AnswerError, answer, complete, offer};
pub use origin::{Connection, Origin, ParseConnectionError, ParseOriginError};
pub use rtp_map::{Codec, ParsePayloadTypeError, ParseRtpMapError, PayloadType, RtpMap};
