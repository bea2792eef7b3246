//! What the parser takes although the RFCs forbid it, by name.
//!
//! [`Message::parse`] reads what it can understand without guessing: a telephone that cannot call helps nobody. How a
//! message departs from the letter is a question of its own, asked after parsing and paid for by who asks:
//!
//! - [`Message::parse_noting`] reads a datagram and tells each [`Departure`] with its place,
//! - [`Message::parse_strict`] refuses a datagram at the first one,
//! - [`Message::leniencies`] tells those of a message at hand, edited or not.
//!
//! ```
//! use bytes::Bytes;
//! use centrala_sip::{Limits, Message, leniency::Leniency};
//!
//! let datagram = Bytes::from_static(
//!     b"OPTIONS sip:#97@example.com SIP/2.0\r\n\
//!       Via: SIP/2.0/UDP desk_7;branch=z9hG4bK1\r\n\r\n",
//! );
//! let (_, departures) = Message::parse_noting(datagram.clone(), &Limits::default())?;
//! let found: Vec<_> = departures.iter().map(|departure| departure.leniency).collect();
//! assert_eq!(found, [Leniency::UnescapedUser, Leniency::UnderscoreHost]);
//! assert_eq!(departures[0].offset, 12); // the number sign
//! assert_eq!(departures[1].to_string(), "a host name with an underscore in Via at offset 58");
//!
//! let error = Message::parse_strict(datagram, &Limits::default()).unwrap_err();
//! assert_eq!((error.offset(), error.status().map(|status| status.as_u16())), (12, Some(400)));
//! # Ok::<(), centrala_sip::ParseMessageError>(())
//! ```
//!
//! What is checked: the start line, line ends, and the value of every header with a known grammar, by RFC 3261
//! section 25.1 and the RFCs that add to it; other headers as the texts that they are. What is not: whether the
//! headers are there that must be ([`Request::check`](Request::check)), and what a body says. The cost is linear in
//! the octets, but for the names of parameters, which are sorted; each leniency is told once per header line.
//!
//! # What devices send
//!
//! 24 things over which parsers stumble in the field, and what becomes of them here. Those without a name are legal,
//! and strict parsing takes them, too.
//!
//! | | on the wire | |
//! | --- | --- | --- |
//! | 1 | a Latin-1 display name | [`NonUtf8Text`](Leniency::NonUtf8Text) |
//! | 2 | a datagram with a body and no Content-Length | legal: RFC 3261 section 18.3 |
//! | 3 | bare line feeds | [`BareLineFeed`](Leniency::BareLineFeed) |
//! | 4 | line ends before the start line of a datagram | [`LineEndsBeforeStartLine`](Leniency::LineEndsBeforeStartLine) |
//! | 5 | `From: <tel:+15551234567;phone-context=…>` | legal: RFC 3261 section 19.1.6, RFC 3966 section 3 |
//! | 6 | `sip/2.0` | [`VersionCase`](Leniency::VersionCase) |
//! | 7 | `Supported:`, `Accept:`, `Subject:` without a value | legal: RFC 3261 sections 20.1, 20.36 and 20.37 |
//! | 8 | `SIP / 2.0 / UDP host : 5060 ; branch = x` | legal: RFC 3261 section 25.1 (`SLASH`, `COLON`, `SEMI`, `EQUAL`) |
//! | 9 | `Contact: *` | legal: RFC 3261 section 10.2.2 |
//! | 10 | an unknown method | legal: RFC 3261 section 7.1 |
//! | 11 | a space before a colon | legal: RFC 3261 section 7.3.1 |
//! | 12 | `sip:#97@…` | [`UnescapedUser`](Leniency::UnescapedUser) |
//! | 13 | `sip:*97@…` | legal: RFC 3261 section 25.1 (`mark`) |
//! | 14 | commas, semicolons and brackets in quotes | legal: RFC 3261 section 25.1 (`quoted-string`) |
//! | 15 | `From: John Q Public <…>` | legal: RFC 3261 section 25.1 (`display-name`); [`UnquotedDisplayName`](Leniency::UnquotedDisplayName) if the words are no tokens |
//! | 16 | a host with an underscore | [`UnderscoreHost`](Leniency::UnderscoreHost) |
//! | 17 | `received=2001:db8::2;rport=5070` | legal: RFC 3261 section 25.1, RFC 3581 section 3; [`BracketedReceived`](Leniency::BracketedReceived) with brackets |
//! | 18 | `urn:service:sos` as Request-URI | legal: RFC 3261 section 25.1 (`absoluteURI`), RFC 5031 |
//! | 19 | header names in any case | legal: RFC 3261 section 7.3.1 |
//! | 20 | spaces after a value | [`TrailingWhiteSpace`](Leniency::TrailingWhiteSpace) |
//! | 21 | a NUL in an unknown header | [`ControlCharacter`](Leniency::ControlCharacter) |
//! | 22 | two Vias in a line | legal: RFC 3261 section 7.3.1 |
//! | 23 | no space after a colon | legal: RFC 3261 section 7.3.1 |
//! | 24 | an unknown status code of three digits | legal: RFC 3261 section 8.1.3.2 |
//!
//! Legal as well, though often taken for faults: octets after the body of a datagram, which are discarded (RFC 3261
//! section 18.3); a Via without a branch and a request without Max-Forwards or Contact, which RFC 2543 allowed (RFC
//! 3261 section 17.2.3, RFC 4475 section 3.4.1); no space between a display name and its bracket (RFC 4475
//! section 3.1.1.6); a port in the URI of From or To (RFC 4475 section 3.1.1.7).

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use core::fmt;

use bytes::Bytes;

use crate::{
    Header, HeaderError, HeaderName, Headers, Limits, Message, Method, ParseMessageError, Request,
    Response, ResponseBuilder, StatusCode, grammar::Span, header_name::HeaderId,
};

mod address;
mod auth;
mod forms;
mod kind;
mod reader;
mod uri;
mod values;

use forms::Times;
pub use kind::Leniency;
use reader::{Findings, Reader};
use uri::Place;

/// One place where a message leaves the letter of its RFC.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// What the parser let pass.
    pub leniency: Leniency,
    /// The position in the datagram, or in [`Message::to_bytes`].
    pub offset: usize,
    /// The header in which it is; `None` for the start line and for what lies between the lines.
    pub header: Option<HeaderName>,
}

impl fmt::Display for Departure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { leniency, offset, header } = self;
        formatter.write_str(leniency.summary())?;
        if let Some(header) = header {
            write!(formatter, " in {header}")?;
        }
        write!(formatter, " at offset {offset}")
    }
}

/// Why a datagram was refused by [`Message::parse_strict`].
#[non_exhaustive]
#[derive(Clone, Debug, thiserror::Error)]
pub enum ParseStrictError {
    /// It is no message at all.
    #[error(transparent)]
    Refused(#[from] ParseMessageError),
    /// It is a message which [`Message::parse`] takes out of leniency.
    #[error("{departure}")]
    Departed {
        /// The first place where it leaves the letter of the RFCs.
        departure: Departure,
        /// The message.
        message: Box<Message>,
    },
}

impl ParseStrictError {
    /// Returns the position in the datagram.
    #[must_use]
    pub const fn offset(&self) -> usize {
        match self {
            Self::Refused(error) => error.offset(),
            Self::Departed { departure, .. } => departure.offset,
        }
    }

    /// Returns the status code that answers such a request; `None` if it is to be dropped.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(error) => error.status(),
            Self::Departed { .. } => self.answerable().map(|_| StatusCode::BAD_REQUEST),
        }
    }

    /// Starts the response that refuses such a request, if one is due.
    #[must_use]
    pub fn response(&self) -> Option<ResponseBuilder> {
        let status = self.status()?;
        match self {
            Self::Refused(error) => {
                error.salvaged().map(|salvaged| ResponseBuilder::for_salvaged(salvaged, status))
            }
            Self::Departed { .. } => {
                self.answerable().map(|request| ResponseBuilder::for_request(request, status))
            }
        }
    }

    fn answerable(&self) -> Option<&Request> {
        let Self::Departed { message, .. } = self else { return None };
        match &**message {
            Message::Request(request) => Some(request)
                .filter(|request| *request.method() != Method::Ack && request.via().is_ok()),
            Message::Response(_) => None,
        }
    }
}

impl Message {
    /// Parses a datagram and tells each [`Leniency`] that it needed, in the order of the octets.
    ///
    /// # Errors
    ///
    /// As [`Message::parse`].
    #[expect(clippy::needless_pass_by_value, reason = "the message owns its datagram")]
    pub fn parse_noting(
        datagram: Bytes,
        limits: &Limits,
    ) -> Result<(Self, Vec<Departure>), ParseMessageError> {
        let message = Self::parse_within(datagram.clone(), limits)?;
        let skipped = datagram.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let mut departures = Vec::new();
        if skipped > 0 {
            departures.push(Departure {
                leniency: Leniency::LineEndsBeforeStartLine,
                offset: 0,
                header: None,
            });
        }
        departures.extend(check(&message, skipped));
        Ok((message, departures))
    }

    /// Parses a datagram and takes no more than the RFCs allow: the first [`Leniency`] refuses it.
    ///
    /// Whether all headers are there that must be is asked by [`Request::check`] and [`Response::check`].
    ///
    /// # Errors
    ///
    /// [`ParseStrictError`].
    pub fn parse_strict(datagram: Bytes, limits: &Limits) -> Result<Self, ParseStrictError> {
        let (message, departures) = Self::parse_noting(datagram, limits)?;
        match departures.into_iter().next() {
            None => Ok(message),
            Some(departure) => {
                Err(ParseStrictError::Departed { departure, message: Box::new(message) })
            }
        }
    }

    /// Iterates over the leniencies that the message needs, in the order of the octets; offsets are those in
    /// [`Message::to_bytes`]. Line ends before the start line are not part of the message:
    /// [`Message::parse_noting`] sees them.
    pub fn leniencies(&self) -> impl Iterator<Item = Departure> + use<> {
        check(self, 0).into_iter()
    }
}

/// Checks a message which starts at that offset.
fn check(message: &Message, base: usize) -> Vec<Departure> {
    match message {
        Message::Request(request) => check_request(request, base),
        Message::Response(response) => check_response(response, base),
    }
}

fn check_request(request: &Request, base: usize) -> Vec<Departure> {
    check_lines(&request.to_bytes(), request_line, request.headers(), base)
}

fn check_response(response: &Response, base: usize) -> Vec<Departure> {
    check_lines(&response.to_bytes(), status_line, response.headers(), base)
}

fn check_lines(
    text: &[u8],
    start_line: fn(&mut Reader<'_>),
    headers: &Headers,
    base: usize,
) -> Vec<Departure> {
    let mut departures = Vec::new();
    let line_end = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |lf| lf + 1)
    };
    let mut at = line_end(0);
    let line = strip_line_end(text.get(..at).unwrap_or_default());
    let found = Reader::new(line, base).finish(|reader| {
        start_line(reader);
        Ok(())
    });
    add(&mut departures, found, None);
    let mut unread = Unread::of(headers);
    let mut seen = Vec::new();
    for header in headers {
        let (times, grammar) = forms::form(header.id());
        let mut found = check_header(header, base + at, grammar);
        // What the grammars here let pass and the readers do not: strict takes no more than lenient reads.
        if let Some(place) = unread.take(header).filter(|_| found.is_empty()) {
            found.note(Leniency::Malformed, base + at + value_start(header) + place);
        }
        if times == Times::Once {
            if seen.contains(&header.id()) {
                found.note(Leniency::RepeatedHeader, base + at);
            } else {
                seen.push(header.id());
            }
        }
        add(&mut departures, found, Some(header));
        at += header.line().len();
    }
    let head = text.get(..line_end(at)).unwrap_or_default();
    let is_bare = |position: &usize| {
        head.get(*position) == Some(&b'\n')
            && position.checked_sub(1).and_then(|before| head.get(before)) != Some(&b'\r')
    };
    if let Some(offset) = (0..head.len()).find(is_bare) {
        let offset = base + offset;
        departures.push(Departure { leniency: Leniency::BareLineFeed, offset, header: None });
    }
    departures.sort_by_key(|departure| departure.offset);
    departures
}

fn add(departures: &mut Vec<Departure>, found: Findings, header: Option<Header<'_>>) {
    departures.extend(found.into_vec().into_iter().map(|(leniency, offset)| Departure {
        leniency,
        offset,
        header: header.map(Header::name),
    }));
}

/// Where the readers of headers find values malformed: for each name, in the order of the message.
struct Unread(Vec<(HeaderId, VecDeque<usize>)>);

impl Unread {
    fn of(headers: &Headers) -> Self {
        let mut unread = Self(Vec::new());
        for error in headers.malformed() {
            // `Times::Once` finds what is repeated.
            let HeaderError::Malformed { name, offset, .. } = error else { continue };
            // As many as the registry has, at most.
            match unread.0.iter_mut().find(|(id, _)| *id == name.id()) {
                Some((_, offsets)) => offsets.push_back(offset),
                None => unread.0.push((name.id(), VecDeque::from([offset]))),
            }
        }
        unread
    }

    /// Takes what is malformed in this line, and returns the first place in its value.
    fn take(&mut self, header: Header<'_>) -> Option<usize> {
        let (_, offsets) = self.0.iter_mut().find(|(id, _)| *id == header.id())?;
        let place = |offset: &usize| {
            offset.checked_sub(header.offset()).filter(|place| *place <= header.value().len())
        };
        let first = offsets.front().and_then(place);
        while offsets.front().and_then(place).is_some() {
            offsets.pop_front();
        }
        first
    }
}

fn check_header<'a>(
    header: Header<'a>,
    line_at: usize,
    grammar: fn(&mut Reader<'a>) -> reader::Step,
) -> Findings {
    let (line, value) = (header.line(), header.value());
    let content = strip_line_end(line);
    let value_at = value_start(header);
    let mut found = Reader::new(value, line_at + value_at).finish(grammar);
    let after = value_at + value.len();
    // Brackets and commas take white space with them (`RAQUOT`, `COMMA`), and unknown values may end with it.
    let may_have_space =
        matches!(value.last(), None | Some(b'>' | b',')) || header.id() == HeaderId::OTHER;
    if after < content.len() && !may_have_space {
        found.note(Leniency::TrailingWhiteSpace, line_at + after);
    }
    found
}

/// Where the value starts in its line; an empty one stands at the end of it.
fn value_start(header: Header<'_>) -> usize {
    let (line, value) = (header.line(), header.value());
    if value.is_empty() { strip_line_end(line).len() } else { Span::of(line, value).start() }
}

/// `Method SP Request-URI SP SIP-Version`; the lenient parser has found the three.
fn request_line(reader: &mut Reader<'_>) {
    reader.take_while(|byte| byte != b' ');
    reader.octet(b' ');
    let length = reader.rest().iter().position(|&byte| byte == b' ').unwrap_or(0);
    if reader.uri(length, Place::RequestUri).is_err() {
        reader.note_here(Leniency::Malformed);
        reader.skip_all();
        return;
    }
    reader.octet(b' ');
    version(reader);
    reader.skip_all();
}

/// `SIP-Version SP Status-Code SP Reason-Phrase`.
fn status_line(reader: &mut Reader<'_>) {
    version(reader);
    reader.octet(b' ');
    reader.take_while(|byte| byte.is_ascii_digit());
    if !reader.octet(b' ') {
        reader.note_here(Leniency::MissingReasonSpace);
    }
    let (start, phrase) = (reader.position(), reader.rest());
    let is_escape = |position: usize| {
        phrase
            .get(position + 1..position + 3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    for (position, &octet) in phrase.iter().enumerate() {
        let is_kept = octet.is_ascii_alphanumeric()
            || octet >= 0x80
            || b"-_.!~*'();/?:@&=+$, \t".contains(&octet)
            || (octet == b'%' && is_escape(position));
        if !is_kept && !octet.is_ascii_control() {
            reader.note(Leniency::ReasonPhraseCharacter, start + position);
        }
    }
    reader.text();
}

fn version(reader: &mut Reader<'_>) {
    let at = reader.position();
    let name = reader.take_while(|byte| byte != b'/');
    if name != b"SIP" {
        reader.note(Leniency::VersionCase, at);
    }
    reader.take_while(|byte| byte != b' ');
}

fn strip_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl Request {
    /// Iterates over the leniencies that the request needs; see [`Message::leniencies`].
    pub fn leniencies(&self) -> impl Iterator<Item = Departure> + use<> {
        check_request(self, 0).into_iter()
    }
}

impl Response {
    /// Iterates over the leniencies that the response needs; see [`Message::leniencies`].
    pub fn leniencies(&self) -> impl Iterator<Item = Departure> + use<> {
        check_response(self, 0).into_iter()
    }
}
