//! The one forward pass over a message: start line, header lines, body.

use alloc::vec::Vec;
use bytes::Bytes;
use nom::FindSubstring;

use crate::{
    Limits, ParseMessageErrorKind as Kind, StatusCode, Uri,
    grammar::{Span, decimal, is_lws, is_token, trim},
    header_name::HeaderId,
    headers::Slot,
    method::Method,
    source::Source,
};

/// What the pass found. A fault does not end it: the headers are needed to answer.
pub(crate) struct Split {
    /// The start line with its line end.
    pub(crate) start: Span,
    pub(crate) line: StartLine,
    pub(crate) slots: Vec<Slot>,
    /// The empty line after the headers.
    pub(crate) blank: Span,
    pub(crate) body: Span,
    pub(crate) fault: Option<(usize, Kind)>,
}

pub(crate) enum StartLine {
    Request {
        method: Method,
        uri: Uri,
    },
    /// The method of a request whose URI or version is wrong: an ACK must not be answered.
    BrokenRequest {
        method: Method,
    },
    Response {
        status: StatusCode,
        reason: Span,
    },
}

struct Splitter<'a> {
    text: &'a Bytes,
    limits: &'a Limits,
    position: usize,
    slots: Vec<Slot>,
    content_length: Option<Span>,
    fault: Option<(usize, Kind)>,
}

/// A line without its end, and where the next one starts.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

/// Enough for nearly every message; more are a second allocation.
const USUAL_HEADERS: usize = 24;

pub(crate) fn split(text: &Bytes, limits: &Limits) -> Result<Split, (usize, Kind)> {
    if text.len() > limits.message {
        return Err((limits.message, Kind::MessageTooLong));
    }
    // RFC 3261 section 7.5: CRLFs before the start line are ignored.
    let position =
        text.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).ok_or((0, Kind::Empty))?;
    let mut splitter =
        Splitter { text, limits, position, slots: Vec::new(), content_length: None, fault: None };
    let start = splitter.next_line().ok_or((position, Kind::NotSip))?;
    if start.end - start.start > limits.start_line {
        return Err((start.start, Kind::StartLineTooLong));
    }
    let line = splitter.start_line(start)?;
    splitter.slots.reserve(USUAL_HEADERS);
    let blank = splitter.headers();
    let body = splitter.body();
    Ok(Split {
        start: Span::new(start.start, start.next),
        line,
        slots: splitter.slots,
        blank,
        body,
        fault: splitter.fault,
    })
}

impl Splitter<'_> {
    fn fail(&mut self, at: usize, kind: Kind) {
        self.fault.get_or_insert((at, kind));
    }

    /// Takes a line. A bare LF ends one, too: some devices send nothing else.
    fn next_line(&mut self) -> Option<Line> {
        let rest = self.text.get(self.position..)?;
        let length = rest.find_substring(b"\n".as_slice())?;
        let start = self.position;
        let lf = start + length;
        self.position = lf + 1;
        let content = rest.get(..length)?;
        let end = if content.last() == Some(&b'\r') { lf - 1 } else { lf };
        Some(Line { start, end, next: self.position })
    }

    fn content(&self, line: Line) -> &[u8] {
        self.text.get(line.start..line.end).unwrap_or_default()
    }

    /// Reads the start line; what is no SIP at all ends the pass.
    fn start_line(&mut self, line: Line) -> Result<StartLine, (usize, Kind)> {
        let content = self.text.get(line.start..line.end).unwrap_or_default();
        let at = |part: &[u8]| line.start + Span::of(content, part).start();
        let Some(space) = content.iter().position(|&byte| byte == b' ') else {
            return Err((line.start, Kind::NotSip));
        };
        let (first, rest) = content.split_at_checked(space).unwrap_or_default();
        let rest = rest.get(1..).unwrap_or_default();
        if let Some(version) = strip_sip(first) {
            if version != b"2.0" {
                return Err((line.start, Kind::UnsupportedVersion));
            }
            return self.status_line(line, rest, at(rest));
        }
        let method =
            Method::read(Source::new(self.text), first).map_err(|_| (line.start, Kind::NotSip))?;
        // The URI ends at the last space: with one in it, it fails there and not at the version.
        let Some(space) = rest.iter().rposition(|&byte| byte == b' ') else {
            self.fail(at(rest), Kind::StartLine);
            return Ok(StartLine::BrokenRequest { method });
        };
        let (uri, version) = rest.split_at_checked(space).unwrap_or_default();
        let version = version.get(1..).unwrap_or_default();
        let (uri_at, version_at) = (at(uri), at(version));
        match strip_sip(version) {
            Some(b"2.0") => match Uri::from_bytes(self.text.slice(uri_at..uri_at + uri.len())) {
                Ok(uri) => return Ok(StartLine::Request { method, uri }),
                Err(fault) => self.fail(uri_at + fault.at, Kind::RequestUri(fault.expected)),
            },
            Some(version) if is_version(version) => self.fail(version_at, Kind::UnsupportedVersion),
            Some(_) | None => self.fail(version_at, Kind::StartLine),
        }
        Ok(StartLine::BrokenRequest { method })
    }

    /// Reads `Status-Code SP Reason-Phrase`; the space may be missing with the phrase.
    fn status_line(&self, line: Line, rest: &[u8], at: usize) -> Result<StartLine, (usize, Kind)> {
        let (digits, reason) = rest.split_at_checked(3).ok_or((at, Kind::StatusCode))?;
        let status = decimal(digits)
            .and_then(|code| u16::try_from(code).ok())
            .and_then(StatusCode::new)
            .ok_or((at, Kind::StatusCode))?;
        if reason.first().is_some_and(|&byte| byte != b' ') {
            return Err((at, Kind::StatusCode));
        }
        if self.content(line).contains(&b'\r') {
            return Err((at, Kind::BareCr));
        }
        let start = (at + 4).min(line.end);
        Ok(StartLine::Response { status, reason: Span::new(start, line.end) })
    }

    /// Indexes the header lines up to the empty one, and returns that.
    fn headers(&mut self) -> Span {
        let mut current: Option<Slot> = None;
        loop {
            let Some(line) = self.next_line() else {
                self.finish(current);
                self.fail(self.text.len(), Kind::NoEmptyLine);
                return Span::new(self.text.len(), self.text.len());
            };
            if line.start == line.end {
                self.finish(current);
                return Span::new(line.start, line.next);
            }
            let content = self.content(line);
            let is_fold = content.first().is_some_and(|&byte| matches!(byte, b' ' | b'\t'));
            let has_bare_cr = content.contains(&b'\r');
            if has_bare_cr {
                // The next hop might take it for a line end.
                self.fail(line.start, Kind::BareCr);
            }
            if is_fold {
                match &mut current {
                    Some(slot) => {
                        slot.value = Span::new(slot.value.start(), line.end);
                        slot.end = Span::new(0, line.next).end().try_into().unwrap_or(u32::MAX);
                    }
                    // Either a fold of the start line, or of a line that was refused already.
                    None => self.fail(line.start, Kind::HeaderName),
                }
                continue;
            }
            self.finish(current.take());
            if self.slots.len() >= self.limits.headers {
                self.fail(line.start, Kind::TooManyHeaders);
                return Span::new(line.start, line.start);
            }
            current = self.header(line);
        }
    }

    /// Splits a line at its colon; spaces before that are allowed (RFC 3261 section 7.3.1).
    fn header(&mut self, line: Line) -> Option<Slot> {
        let content = self.content(line);
        let Some(colon) = content.find_substring(b":".as_slice()) else {
            self.fail(line.start, Kind::HeaderName);
            return None;
        };
        let before = content.get(..colon).unwrap_or_default();
        let name_len = before.iter().rposition(|&byte| !is_lws(byte)).map_or(0, |last| last + 1);
        let name = before.get(..name_len).unwrap_or_default();
        if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
            self.fail(line.start, Kind::HeaderName);
            return None;
        }
        if name.len() > self.limits.header_name {
            self.fail(line.start, Kind::HeaderTooLong);
            return None;
        }
        Some(Slot {
            id: HeaderId::resolve(name),
            source: 0,
            name: Span::new(line.start, line.start + name_len),
            value: Span::new(line.start + colon + 1, line.end),
            end: Span::new(0, line.next).end().try_into().unwrap_or(u32::MAX),
        })
    }

    /// Trims the value of a header whose last line was read, and keeps it.
    fn finish(&mut self, slot: Option<Slot>) {
        let Some(mut slot) = slot else { return };
        let text = self.text;
        slot.value = Span::of(text, trim(slot.value.in_(text)));
        if slot.value.end() - slot.value.start() > self.limits.header_value {
            self.fail(slot.name.start(), Kind::HeaderTooLong);
            return;
        }
        if slot.id == HeaderId::CONTENT_LENGTH {
            if self.content_length.is_some() {
                self.fail(slot.name.start(), Kind::RepeatedContentLength);
            }
            self.content_length = Some(slot.value);
        }
        self.slots.push(slot);
    }

    /// Frames the body: Content-Length octets, or what is left of the datagram (RFC 3261 section 18.3).
    fn body(&mut self) -> Span {
        let start = self.position;
        let left = self.text.len() - start;
        let Some(declared) = self.content_length else { return Span::new(start, self.text.len()) };
        let length =
            decimal(declared.in_(self.text)).and_then(|length| usize::try_from(length).ok());
        match length {
            Some(length) if length <= left => Span::new(start, start + length),
            Some(_) => {
                self.fail(declared.start(), Kind::BodyTooShort);
                Span::new(start, self.text.len())
            }
            None => {
                self.fail(declared.start(), Kind::ContentLength);
                Span::new(start, start)
            }
        }
    }
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
