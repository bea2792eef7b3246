//! The one forward pass over a message: start line, header lines, empty line.

use alloc::vec::Vec;

use memchr::memchr2;

use crate::{
    Limits, ParseMessageErrorKind as Kind, StatusCode,
    grammar::{Span, decimal, is_token, trim},
    header_name::HeaderId,
    headers::{Origin, Slot},
    uri::{self, UriParts},
};

/// What the pass found, as offsets. A fault does not end it: the headers are needed to answer.
#[derive(Debug)]
pub(crate) struct Head {
    /// The start line with its line end.
    pub(crate) start: Span,
    pub(crate) line: StartLine,
    pub(crate) slots: Vec<Slot>,
    /// The empty line after the headers.
    pub(crate) blank: Span,
    /// The value of the last Content-Length; a second one is a fault.
    pub(crate) content_length: Option<Span>,
    pub(crate) fault: Option<(usize, Kind)>,
    /// The first fault after which nobody knows where the message ends. A faulty start line is none, and must not hide one.
    pub(crate) framing_fault: Option<(usize, Kind)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum StartLine {
    Request {
        method: Span,
        uri: Span,
        parts: UriParts,
    },
    /// The method of a request whose URI or version is wrong: an ACK must not be answered.
    BrokenRequest {
        method: Span,
    },
    Response {
        status: StatusCode,
        reason: Span,
    },
}

/// What may end a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnds {
    /// A bare LF, too: some devices send nothing else in their datagrams.
    CrLfOrLf,
    /// Only CRLF: on a stream, two readers that disagree are a way to smuggle messages.
    CrLf,
}

/// Enough for nearly every message; more are a second allocation.
const USUAL_HEADERS: usize = 24;

/// Splits the head of a message that begins at the start of `text`, line ends before it aside.
pub(crate) fn split(
    text: &[u8],
    limits: &Limits,
    line_ends: LineEnds,
) -> Result<Head, (usize, Kind)> {
    // RFC 3261 section 7.5: CRLFs before the start line are ignored; so is half of one.
    let position =
        text.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).ok_or((0, Kind::Empty))?;
    let mut splitter = Splitter {
        text,
        limits,
        line_ends,
        slots: Vec::new(),
        content_length: None,
        fault: None,
        framing_fault: None,
    };
    let start = splitter.line(position).ok_or((position, Kind::NotSip))?;
    if start.end - start.start > limits.start_line {
        // What can be read of it tells whether an answer is due.
        splitter.fail(start.start, Kind::StartLineTooLong);
    }
    let line = splitter.start_line(start)?;
    splitter.slots.reserve_exact(USUAL_HEADERS);
    let blank = splitter.headers(start.next);
    Ok(Head {
        start: Span::new(start.start, start.next),
        line,
        slots: splitter.slots,
        blank,
        content_length: splitter.content_length,
        fault: splitter.fault,
        framing_fault: splitter.framing_fault,
    })
}

impl Head {
    /// Notes what is wrong; the first fault counts.
    pub(crate) fn fail(&mut self, at: usize, kind: Kind) {
        self.fault.get_or_insert((at, kind));
    }

    /// Returns the octets that Content-Length declares, `None` if there is none.
    pub(crate) fn declared_length(&self, text: &[u8]) -> Result<Option<usize>, (usize, Kind)> {
        let Some(declared) = self.content_length else { return Ok(None) };
        decimal(declared.in_(text))
            .and_then(|length| usize::try_from(length).ok())
            .map(Some)
            .ok_or_else(|| (declared.start(), Kind::ContentLength))
    }

    /// Frames the body of a datagram: Content-Length octets, or what is left (RFC 3261 section 18.3).
    pub(crate) fn datagram_body(&mut self, text: &[u8]) -> Span {
        let start = self.blank.end();
        match self.declared_length(text) {
            Ok(None) => Span::new(start, text.len()),
            Ok(Some(length)) if length <= text.len() - start => Span::new(start, start + length),
            Ok(Some(_)) => {
                self.fail(self.content_length.unwrap_or_default().start(), Kind::BodyTooShort);
                Span::new(start, text.len())
            }
            Err((at, kind)) => {
                self.fail(at, kind);
                Span::new(start, start)
            }
        }
    }
}

struct Splitter<'a> {
    text: &'a [u8],
    limits: &'a Limits,
    line_ends: LineEnds,
    slots: Vec<Slot>,
    content_length: Option<Span>,
    fault: Option<(usize, Kind)>,
    framing_fault: Option<(usize, Kind)>,
}

/// A line without its end, and where the next one starts.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

impl Splitter<'_> {
    #[cold]
    fn fail(&mut self, at: usize, kind: Kind) {
        self.fault.get_or_insert((at, kind));
        if !keeps_framing(kind) {
            self.framing_fault.get_or_insert((at, kind));
        }
    }

    /// Finds the end of the line that holds `start`.
    fn line(&mut self, start: usize) -> Option<Line> {
        let mut from = start;
        loop {
            let end = from + memchr2(b'\r', b'\n', self.text.get(from..)?)?;
            if self.text.get(end) == Some(&b'\n') {
                if self.line_ends == LineEnds::CrLf {
                    self.fail(end, Kind::BareLf);
                }
                return Some(Line { start, end, next: end + 1 });
            }
            if self.text.get(end + 1) == Some(&b'\n') {
                return Some(Line { start, end, next: end + 2 });
            }
            // The next hop might take it for a line end.
            self.fail(end, Kind::BareCr);
            from = end + 1;
        }
    }

    /// Reads the start line; what is no SIP at all ends the pass.
    fn start_line(&mut self, line: Line) -> Result<StartLine, (usize, Kind)> {
        let text = self.text;
        let content = text.get(line.start..line.end).unwrap_or_default();
        let Some(space) = content.iter().position(|&byte| byte == b' ') else {
            return Err((line.start, Kind::NotSip));
        };
        let (first, rest) = content.split_at_checked(space).unwrap_or_default();
        let rest = rest.get(1..).unwrap_or_default();
        if let Some(version) = strip_sip(first) {
            if version != b"2.0" {
                let kind =
                    if is_version(version) { Kind::UnsupportedVersion } else { Kind::NotSip };
                return Err((line.start, kind));
            }
            return status_line(rest, line.start + space + 1);
        }
        if first.is_empty() || !first.iter().all(|&byte| is_token(byte)) {
            return Err((line.start, Kind::NotSip));
        }
        let method = Span::new(line.start, line.start + space);
        let uri_start = line.start + space + 1;
        // The URI ends at the last space: with one in it, it fails there and not at the version.
        let Some(uri_len) = rest.iter().rposition(|&byte| byte == b' ') else {
            self.fail(uri_start, Kind::StartLine);
            return Ok(StartLine::BrokenRequest { method });
        };
        let version_start = uri_start + uri_len + 1;
        match strip_sip(rest.get(uri_len + 1..).unwrap_or_default()) {
            Some(b"2.0") => match uri::parse(rest.get(..uri_len).unwrap_or_default()) {
                Ok(parts) => {
                    let uri = Span::new(uri_start, uri_start + uri_len);
                    return Ok(StartLine::Request { method, uri, parts });
                }
                Err(fault) => {
                    self.fail(uri_start + fault.at, Kind::RequestUri(fault.expected));
                }
            },
            Some(version) if is_version(version) => {
                self.fail(version_start, Kind::UnsupportedVersion);
            }
            Some(_) | None => self.fail(version_start, Kind::StartLine),
        }
        Ok(StartLine::BrokenRequest { method })
    }

    /// Indexes the header lines up to the empty one, and returns that.
    fn headers(&mut self, start: usize) -> Span {
        let mut position = start;
        loop {
            match self.text.get(position) {
                Some(b'\n') => {
                    if self.line_ends == LineEnds::CrLf {
                        self.fail(position, Kind::BareLf);
                    }
                    return Span::new(position, position + 1);
                }
                Some(b'\r') if self.text.get(position + 1) == Some(&b'\n') => {
                    return Span::new(position, position + 2);
                }
                Some(_) if self.slots.len() >= self.limits.headers => {
                    self.fail(position, Kind::TooManyHeaders);
                    return Span::new(position, position);
                }
                Some(_) | None => {}
            }
            match self.header(position) {
                Some(next) => position = next,
                None => {
                    self.fail(self.text.len(), Kind::NoEmptyLine);
                    return Span::new(self.text.len(), self.text.len());
                }
            }
        }
    }

    /// Indexes one header with its folds, and returns where the next line starts.
    fn header(&mut self, start: usize) -> Option<usize> {
        let text = self.text;
        let rest = text.get(start..)?;
        let name_len = rest.iter().position(|&byte| !is_token(byte))?;
        let (name, after) = rest.split_at_checked(name_len)?;
        // Spaces before the colon are allowed (RFC 3261 section 7.3.1).
        let gap = after.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let is_header = name_len > 0 && after.get(gap) == Some(&b':');
        let value_start = if is_header { start + name_len + gap + 1 } else { start };
        let mut line = self.line(value_start)?;
        while matches!(text.get(line.next), Some(b' ' | b'\t')) {
            match self.line(line.next) {
                Some(fold) => line = fold,
                // The text ends in this fold; what was read of the header still helps to answer.
                None => break,
            }
        }
        if !is_header {
            self.fail(start, Kind::HeaderName);
            return Some(line.next);
        }
        let value = trim(text.get(value_start..line.end)?);
        let (Ok(short_name_len), true) =
            (u16::try_from(name_len), name_len <= self.limits.header_name)
        else {
            self.fail(start, Kind::HeaderTooLong);
            return Some(line.next);
        };
        if value.len() > self.limits.header_value {
            self.fail(start, Kind::HeaderTooLong);
            return Some(line.next);
        }
        let id = HeaderId::resolve(name);
        let value = Span::of(text, value);
        if id == HeaderId::CONTENT_LENGTH {
            if self.content_length.is_some() {
                self.fail(start, Kind::RepeatedContentLength);
            }
            self.content_length = Some(value);
        }
        self.slots.push(Slot {
            id,
            origin: Origin::Received,
            name_len: short_name_len,
            start: Span::new(start, start).first(),
            value,
            end: Span::new(line.next, line.next).first(),
        });
        Some(line.next)
    }
}

/// Tells whether the end of a message is known in spite of a fault.
const fn keeps_framing(kind: Kind) -> bool {
    matches!(kind, Kind::RequestUri(_) | Kind::UnsupportedVersion | Kind::StartLine)
}

/// Reads `Status-Code SP Reason-Phrase`; the space may be missing with the phrase.
fn status_line(rest: &[u8], at: usize) -> Result<StartLine, (usize, Kind)> {
    let (digits, reason) = rest.split_at_checked(3).ok_or((at, Kind::StatusCode))?;
    let status = decimal(digits)
        .and_then(|code| u16::try_from(code).ok())
        .and_then(StatusCode::new)
        .ok_or((at, Kind::StatusCode))?;
    if reason.first().is_some_and(|&byte| byte != b' ') {
        return Err((at, Kind::StatusCode));
    }
    let end = at + rest.len();
    Ok(StartLine::Response { status, reason: Span::new((at + 4).min(end), end) })
}

/// `SIP/` in any case: the version is not case-sensitive (RFC 3261 section 7.1).
fn strip_sip(text: &[u8]) -> Option<&[u8]> {
    let (name, version) = text.split_at_checked(4)?;
    name.eq_ignore_ascii_case(b"SIP/").then_some(version)
}

/// `1*DIGIT "." 1*DIGIT`.
fn is_version(text: &[u8]) -> bool {
    let mut numbers = text.split(|&byte| byte == b'.');
    let is_number = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    is_number(numbers.next()) && is_number(numbers.next()) && numbers.next().is_none()
}
