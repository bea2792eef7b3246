//! SIP messages: parsing, typed headers, URIs, bodies and builders over [`Bytes`](bytes::Bytes).
//!
//! A datagram is split once into a start line, an index of its headers and a body. Nothing is copied; typed views
//! of headers are parsed when asked for, and what is not edited leaves as it came, octet by octet: order, case,
//! folds, unknown headers, octets that are no UTF-8.
//!
//! Implements the grammar of RFC 3261 and of some forty extensions, and the tolerance that phones in the field need.
//! Not here: transactions, dialogs, digests (see `centrala-ua`), session descriptions (see `centrala-sdp`).
//!
//! # Example: count messages
//!
//! What a capture, a log or a load generator needs is one call and two accessors.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use bytes::Bytes;
//! use centrala_sip::Message;
//!
//! /// Counts requests by method and responses by status code.
//! #[derive(Default)]
//! struct Counter(BTreeMap<String, u64>);
//!
//! impl Counter {
//!     fn count(&mut self, datagram: Bytes) {
//!         let kind = match Message::parse(datagram) {
//!             Ok(Message::Request(request)) => request.method().to_string(),
//!             Ok(Message::Response(response)) => response.status().to_string(),
//!             Err(error) => error.kind().to_string(), // and error.offset() says where
//!         };
//!         *self.0.entry(kind).or_default() += 1;
//!     }
//! }
//!
//! let mut counter = Counter::default();
//! counter.count(Bytes::from_static(b"BYE sip:bob@example.com SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n"));
//! counter.count(Bytes::from_static(b"SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n\r\n"));
//! counter.count(Bytes::from_static(b"SIP/2.0 200 OK\r\nCSeq: 3 INVITE\r\n\r\n"));
//! counter.count(Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n"));
//! let counts: Vec<_> = counter.0.into_iter().collect();
//! assert_eq!(counts, [
//!     ("200".to_owned(), 2),
//!     ("BYE".to_owned(), 1),
//!     ("malformed request line".to_owned(), 1),
//! ]);
//! ```
//!
//! # Example: a redirect server
//!
//! A whole stateless server over UDP (RFC 3261 section 8.3): it reads a datagram, checks it, and answers with where
//! the user is. Faulty requests get the answer that the fault deserves.
//!
//! ```
//! use std::net::{SocketAddr, UdpSocket};
//!
//! use bytes::Bytes;
//! use centrala_sip::{Message, Method, NameAddr, Request, ResponseBuilder, StatusCode};
//!
//! /// Answers a datagram, if an answer is due.
//! fn answer(datagram: Bytes, from: SocketAddr) -> Option<Bytes> {
//!     match Message::parse(datagram) {
//!         Ok(Message::Request(request)) => answer_request(request, from),
//!         Ok(Message::Response(_)) => None,
//!         // What is broken is refused with what could be saved of it: its Vias, From, To, Call-ID and CSeq.
//!         Err(error) => {
//!             let (status, salvaged) = (error.status()?, error.salvaged()?);
//!             let response = ResponseBuilder::for_salvaged(salvaged, status).reason(&error.to_string());
//!             Some(response.to_tag("redirect").build().ok()?.to_bytes())
//!         }
//!     }
//! }
//!
//! fn answer_request(mut request: Request, from: SocketAddr) -> Option<Bytes> {
//!     if *request.method() == Method::Ack {
//!         return None; // whatever is wrong with it
//!     }
//!     // Where it came from, for the way back (RFC 3261 section 18.2.1, RFC 3581).
//!     request.stamp_top_via(from.ip(), from.port()).ok()?;
//!     let response = match request.check() {
//!         Err(error) => ResponseBuilder::for_request(&request, error.status()),
//!         Ok(()) => match place_of(request.uri().user()) {
//!             Some(contact) => {
//!                 ResponseBuilder::for_request(&request, StatusCode::MOVED_TEMPORARILY).contact(&contact)
//!             }
//!             None => ResponseBuilder::for_request(&request, StatusCode::NOT_FOUND),
//!         },
//!     };
//!     Some(response.to_tag("redirect").build().ok()?.to_bytes())
//! }
//!
//! fn place_of(user: Option<&str>) -> Option<NameAddr> {
//!     match user? {
//!         "bob" => "<sip:bob@192.0.2.7:5070>".parse().ok(),
//!         _ => None,
//!     }
//! }
//!
//! fn serve(socket: &UdpSocket) -> std::io::Result<()> {
//!     let mut buffer = vec![0; 65_535];
//!     loop {
//!         let (length, from) = socket.recv_from(&mut buffer)?;
//!         if let Some(response) = answer(Bytes::copy_from_slice(&buffer[..length]), from) {
//!             socket.send_to(&response, from)?;
//!         }
//!     }
//! }
//!
//! let invite = |user: &str| Bytes::from(format!(
//!     "INVITE sip:{user}@example.com SIP/2.0\r\n\
//!      Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\n\
//!      From: <sip:alice@example.com>;tag=a\r\nTo: <sip:{user}@example.com>\r\n\
//!      Call-ID: 1@192.0.2.1\r\nCSeq: 7 INVITE\r\nMax-Forwards: 70\r\n\r\n"
//! ));
//! let from = "192.0.2.1:5062".parse()?;
//! assert_eq!(answer(invite("bob"), from).unwrap(), "SIP/2.0 302 Moved Temporarily\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport=5062;received=192.0.2.1\r\n\
//!     From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>;tag=redirect\r\n\
//!     Call-ID: 1@192.0.2.1\r\nCSeq: 7 INVITE\r\n\
//!     Contact: <sip:bob@192.0.2.7:5070>\r\nContent-Length: 0\r\n\r\n");
//! let ack = String::from_utf8(invite("bob").to_vec())?.replace("INVITE", "ACK").replace("Call-ID", "X");
//! assert_eq!(answer(Bytes::from(ack), from), None);
//! assert!(answer(invite("eve"), from).unwrap().starts_with(b"SIP/2.0 404 Not Found\r\n"));
//! assert!(answer(invite("b b"), from).unwrap().starts_with(b"SIP/2.0 400 malformed Request-URI"));
//! # let _ = serve;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Three answers
//!
//! A typed accessor tells *absent*, *malformed* and *repeated* apart ([`HeaderError`], with the offset). A datagram
//! that is no message tells where and why, which status code answers it, and hands out what is needed to do so
//! ([`ParseMessageError`]).
//!
//! # Strict and lenient
//!
//! [`Message::parse`] takes what devices in the field send; [`Message::parse_strict`] takes what the RFCs allow. What
//! lies between has names: [`leniency`] lists each, with the device that needs it.
//!
//! # Streams
//!
//! TCP and TLS carry messages one after the other: [`StreamFramer`] cuts them, and [`Frame::of_websocket`] reads what a
//! `WebSocket` carried. There, two readers must not disagree: what could be read in two ways breaks the connection.
//!
//! # Limits
//!
//! Every length that a peer decides has a limit with a name ([`Limits`], [`Uri::MAX_LEN`]), looked at before memory is
//! taken, and everything below it costs linear time.
//!
//! # Features
//!
//! `std` (on by default): only what the crates below have of it. Without, `core` and `alloc` are enough.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod auth;
mod body;
mod builder;
mod cseq;
mod grammar;
mod header_name;
mod headers;
mod host;
pub mod leniency;
mod limits;
mod media_type;
mod message;
mod method;
mod name_addr;
mod params;
mod source;
mod split;
mod status;
mod stream;
mod uri;
mod via;
mod views;

pub use auth::{AuthParty, Challenge, Credentials};
pub use body::{
    Body, BodyEncoding, BodyKind, BuildMultipartError, BuildSipFragmentError, Dtmf, DtmfSignal,
    Handling, MessageClass, MessageCounts, MessageSummary, Multipart, MultipartBuilder,
    ParseBodyError, ParseBodyErrorKind, Part, ReadBodyError, SipFragment, UrgentCounts,
};
pub use builder::{BuildMessageError, RequestBuilder, ResponseBuilder};
pub use cseq::{CSeq, CallId, ParseCallIdError};
pub use grammar::Expected;
pub use header_name::{HeaderName, ParseHeaderNameError};
pub use headers::{EditHeaderError, Header, HeaderError, Headers, HeadersIter};
pub use host::{Host, ParseHostError};
pub use limits::Limits;
pub use media_type::MediaType;
pub use message::{
    CheckMessageError, EditStatusError, Message, ParseMessageError, ParseMessageErrorKind, Request,
    Response, Salvaged,
};
pub use method::{ExtensionMethod, Method, ParseMethodError};
pub use name_addr::{Contact, NameAddr, ParseNameAddrError};
pub use params::{Param, Params, ParamsIter};
pub use status::{StatusClass, StatusCode};
pub use stream::{Frame, KeepAlives, StreamError, StreamFramer};
pub use uri::{BuildUriError, ParseUriError, Scheme, Uri, UriBuilder};
pub use via::{ParseViaError, Rport, Transport, Via};
pub use views::{
    AnswerMode, AnsweringMode, AuthenticationInfo, ChargingVector, ContactPreference,
    ContentDisposition, Date, Diversion, Event, HistoryChange, HistoryInfo, Identity, Join, Link,
    MediaRange, ParseValueError, Preference, Privacy, QValue, RAck, Reason, ReferredBy, Refresher,
    Replaces, RequestTimestamp, RetryAfter, SessionExpires, SubscriptionPhase, SubscriptionState,
    TargetDialog, Warning,
};
