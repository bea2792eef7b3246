//! What the parser takes although the RFCs forbid it, by name.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use bytes::Bytes;

use crate::{
    Header, HeaderName, Limits, Message, Method, ParseMessageError, Request, Response,
    ResponseBuilder, StatusCode, grammar::Span, header_name::HeaderId,
};

mod address;
mod auth;
mod forms;
mod kind;
mod reader;
mod uri;

use forms::Times;
pub use kind::Leniency;
use reader::{Findings, Reader};
use uri::Place;

/// One place where a message leaves the letter of its RFC, and what is done about that.
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
    let text = message.to_bytes();
    let (start_line, headers) = match message {
        Message::Request(request) => (request_line as fn(&mut Reader<'_>), request.headers()),
        Message::Response(response) => (status_line as fn(&mut Reader<'_>), response.headers()),
    };
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
    let mut seen = Vec::new();
    for header in headers {
        let (times, grammar) = forms::form(header.id());
        let mut found = check_header(header, base + at, grammar);
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

fn check_header<'a>(
    header: Header<'a>,
    line_at: usize,
    grammar: fn(&mut Reader<'a>) -> reader::Step,
) -> Findings {
    let (line, value) = (header.line(), header.value());
    let content = strip_line_end(line);
    // An empty value stands at the end of its line.
    let value_at = if value.is_empty() { content.len() } else { Span::of(line, value).start() };
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

macro_rules! leniencies_of {
    ($($type:ident),*) => { $( impl $type {
        /// Iterates over the leniencies that the message needs; see [`Message::leniencies`].
        pub fn leniencies(&self) -> impl Iterator<Item = Departure> + use<> {
            check(&Message::$type(self.clone()), 0).into_iter()
        }
    } )* };
}

leniencies_of!(Request, Response);
