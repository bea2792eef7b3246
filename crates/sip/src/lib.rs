//! SIP messages: parsing, typed headers, URIs and builders over [`Bytes`](bytes::Bytes).
//!
//! A datagram is split once into a start line, an index of its headers and a body. Nothing is copied; typed views
//! of headers are parsed when asked for, and what is not edited leaves as it came, octet by octet.
//!
//! Implements the grammar of RFC 3261 with RFC 3581, RFC 5118 and the tolerance that phones in the field need.
//! Not here: transactions, dialogs, digests (see `centrala-ua`), session descriptions (see `centrala-sdp`).
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use centrala_sip::{Message, Method, ResponseBuilder, StatusCode};
//!
//! let datagram = Bytes::from_static(
//!     b"OPTIONS sip:bob@example.com SIP/2.0\r\n\
//!       Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\n\
//!       From: <sip:alice@example.com>;tag=a\r\n\
//!       To: <sip:bob@example.com>\r\n\
//!       Call-ID: 1@192.0.2.1\r\n\
//!       CSeq: 7 OPTIONS\r\n\r\n",
//! );
//! let Message::Request(mut request) = Message::parse(datagram)? else { panic!("a request") };
//! request.check()?; // the headers that every request must have
//! assert_eq!(request.method(), &Method::Options);
//! assert_eq!(request.from()?.tag(), Some("a"));
//!
//! // RFC 3261 section 18.2.1: note where it came from, then answer.
//! request.stamp_top_via("198.51.100.9".parse()?, 5062)?;
//! let response = ResponseBuilder::for_request(&request, StatusCode::OK).to_tag("b").build()?;
//! assert!(response.to_bytes().starts_with(
//!     b"SIP/2.0 200 OK\r\n\
//!       Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport=5062;received=198.51.100.9\r\n"
//! ));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Three answers
//!
//! A typed accessor tells *absent*, *malformed* and *repeated* apart ([`HeaderError`]); a datagram that is no
//! message tells where and why, and hands out what is needed to refuse it ([`ParseMessageError::salvaged`]).

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
    ContentDisposition, Date, Diversion, Event, HistoryChange, HistoryInfo, Identity,
    Join, Link, MediaRange, ParseValueError, Preference, Privacy, QValue, RAck, Reason, ReferredBy,
    Refresher, Replaces, RequestTimestamp, RetryAfter, SessionExpires, SubscriptionPhase,
    SubscriptionState, TargetDialog, Warning,
};
