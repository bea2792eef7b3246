//! A header section within a body: of a part, of a fragment, of a message summary.

use alloc::vec::Vec;

use bytes::Bytes;
use nom::FindSubstring as _;

use super::{ParseBodyError, ParseBodyErrorKind as Kind};
use crate::{
    Headers,
    grammar::{Span, is_lws, is_token, trim},
    header_name::HeaderId,
    headers::{Origin, Slot},
};

/// Headers, and what follows them.
pub(super) struct Section {
    pub(super) headers: Headers,
    /// Where the content starts, if an empty line stands before it.
    pub(super) content: Option<usize>,
}

/// Most header lines of a section; devices send one to six.
pub(super) const MAX_HEADERS: usize = 64;
/// Octets of one header line with its folds.
pub(super) const MAX_LINE: usize = 8_192;

/// A header line while folds may still follow.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    name_len: u16,
    colon: usize,
    /// Where the line ends, without and with its line end.
    end: usize,
    next: usize,
}

/// Reads the header lines of `text[start..end]` up to an empty line or the end; the end of the last line may be
/// missing there (RFC 2046 section 5.1.1, RFC 3420 section 2.1).
pub(super) fn section(text: &Bytes, start: usize, end: usize) -> Result<Section, ParseBodyError> {
    let mut lines: Vec<Line> = Vec::new();
    let mut position = start;
    while position < end {
        let rest = text.get(position..end).unwrap_or_default();
        let length = rest.find_substring(b"\n".as_slice());
        let next = length.map_or(end, |length| position + length + 1);
        let line = match length {
            Some(length) => {
                let line = rest.get(..length).unwrap_or_default();
                line.strip_suffix(b"\r").unwrap_or(line)
            }
            None => rest,
        };
        if line.is_empty() {
            return Ok(finish(text, &lines, Some(next)));
        }
        if let Some(cr) = line.iter().position(|&byte| byte == b'\r') {
            return Err(ParseBodyError::new(position + cr, Kind::BareCr));
        }
        let is_fold = line.first().is_some_and(|&byte| matches!(byte, b' ' | b'\t'));
        let line_end = position + line.len();
        match lines.last_mut() {
            Some(last) if is_fold => (last.end, last.next) = (line_end, next),
            Some(_) | None => {
                if lines.len() >= MAX_HEADERS {
                    return Err(ParseBodyError::new(position, Kind::TooManyHeaders));
                }
                lines.push(header(line, position, next)?);
            }
        }
        if let Some(last) = lines.last().filter(|last| last.end - last.start > MAX_LINE) {
            return Err(ParseBodyError::new(last.start, Kind::HeaderTooLong));
        }
        position = next;
    }
    Ok(finish(text, &lines, None))
}

/// Splits a line at its colon; white space before that is allowed, as in messages.
fn header(line: &[u8], start: usize, next: usize) -> Result<Line, ParseBodyError> {
    let fault = ParseBodyError::new(start, Kind::HeaderName);
    let name_len = line.iter().position(|&byte| !is_token(byte)).ok_or(fault)?;
    let after = line.get(name_len..).unwrap_or_default();
    let gap = after.iter().position(|&byte| !is_lws(byte)).ok_or(fault)?;
    if name_len == 0 || after.get(gap) != Some(&b':') {
        return Err(fault);
    }
    let long = ParseBodyError::new(start, Kind::HeaderTooLong);
    let name_len = u16::try_from(name_len).map_err(|_| long)?;
    let colon = start + usize::from(name_len) + gap;
    Ok(Line { start, name_len, colon, end: start + line.len(), next })
}

/// Makes the index, once all folds are known.
fn finish(text: &Bytes, lines: &[Line], content: Option<usize>) -> Section {
    // Bodies are far shorter: messages are limited.
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let slot = |line: &Line| {
        let name = Span::new(line.start, line.start + usize::from(line.name_len)).in_(text);
        Slot {
            value: Span::of(text, trim(Span::new(line.colon + 1, line.end).in_(text))),
            start: offset(line.start),
            end: offset(line.next),
            name_len: line.name_len,
            id: HeaderId::resolve(name),
            origin: Origin::Received,
        }
    };
    Section { headers: Headers::new(text.clone(), lines.iter().map(slot).collect()), content }
}
