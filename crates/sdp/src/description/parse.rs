//! Descriptions read line by line.

use alloc::{borrow::ToOwned, sync::Arc, vec::Vec};

use super::SessionDescription;
use crate::{
    Expected, Line, Lines, Media, Origin, ParseValueError,
    line::{LineEnd, breaks_out},
};

/// Why a text is not a session description.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDescriptionError {
    /// Longer than [`SessionDescription::MAX_LEN`].
    #[error("longer than {} octets", SessionDescription::MAX_LEN)]
    TooLong,
    /// More than [`SessionDescription::MAX_LINES`].
    #[error("more than {} lines", SessionDescription::MAX_LINES)]
    TooManyLines,
    /// More media sections than [`SessionDescription::MAX_MEDIA`].
    #[error("more than {} media sections", SessionDescription::MAX_MEDIA)]
    TooManyMedia,
    /// A line cannot be read.
    #[error("expected {expected} in line {line} at offset {offset}")]
    Malformed {
        /// The number of the line, from 1.
        line: usize,
        /// The position in the text.
        offset: usize,
        /// What was expected there.
        expected: Expected,
    },
    /// There is no `o=` line before the media.
    #[error("no origin")]
    NoOrigin,
}

impl ParseDescriptionError {
    /// Returns the number of the line, from 1, if one is to blame.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self {
            Self::Malformed { line, .. } => Some(*line),
            Self::TooLong | Self::TooManyLines | Self::TooManyMedia | Self::NoOrigin => None,
        }
    }

    /// Returns the position in the text, if one is to blame.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::Malformed { offset, .. } => Some(*offset),
            Self::TooLong | Self::TooManyLines | Self::TooManyMedia | Self::NoOrigin => None,
        }
    }

    /// Returns the status code of SIP that answers a request with such a description: 400 (RFC 3261 section
    /// 21.4.1), or 413 if it is too large (section 21.4.11).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLong | Self::TooManyLines | Self::TooManyMedia => 413,
            Self::Malformed { .. } | Self::NoOrigin => 400,
        }
    }
}

impl SessionDescription {
    /// Parses a description. Lines may end with a bare LF, the last one without any, and empty lines may follow it.
    ///
    /// # Errors
    ///
    /// [`ParseDescriptionError`] if a line cannot be told from another; values are parsed on access.
    pub fn parse(text: &[u8]) -> Result<Self, ParseDescriptionError> {
        if text.len() > Self::MAX_LEN {
            return Err(ParseDescriptionError::TooLong);
        }
        let len = text.len() - text.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let octets: Arc<[u8]> = Arc::from(text);
        let (mut lines, mut media): (Lines, Vec<Media>) = (Lines::default(), Vec::new());
        let mut origin = None;
        let (mut start, mut number) = (0, 0_u16);
        while start < len || number == 0 {
            number += 1;
            if usize::from(number) > Self::MAX_LINES {
                return Err(ParseDescriptionError::TooManyLines);
            }
            let (line, next) = split(&octets, start, number)?;
            let malformed = |fault: ParseValueError| ParseDescriptionError::Malformed {
                line: usize::from(number),
                offset: line.offset_of(fault.at),
                expected: fault.expected,
            };
            if number == 1 && !(line.is(b'v') && line.raw_value().trim_ascii() == b"0") {
                let expected = Expected::Version;
                return Err(ParseDescriptionError::Malformed { line: 1, offset: 0, expected });
            }
            start = next;
            if line.is(b'm') {
                if media.len() >= Self::MAX_MEDIA {
                    return Err(ParseDescriptionError::TooManyMedia);
                }
                media.push(Media::received(line.clone()).map_err(malformed)?);
            } else if let Some(section) = media.last_mut() {
                section.push_received(line);
            } else {
                if line.is(b'o') {
                    let read = line.text().and_then(Origin::parse);
                    origin = Some(read.map_err(malformed)?);
                }
                lines.push_received(line);
            }
        }
        let tail = text.get(start..).unwrap_or_default().to_owned();
        let origin = origin.ok_or(ParseDescriptionError::NoOrigin)?;
        Ok(Self { lines, origin, media, tail })
    }
}

/// Takes the line that begins at `start`, and says where the next one does.
fn split(
    octets: &Arc<[u8]>,
    start: usize,
    number: u16,
) -> Result<(Line, usize), ParseDescriptionError> {
    let malformed = |offset, expected| ParseDescriptionError::Malformed {
        line: usize::from(number),
        offset,
        expected,
    };
    let rest = octets.get(start..).unwrap_or_default();
    let (text, end, len) = match rest.iter().position(|&byte| byte == b'\n') {
        Some(at) => {
            let text = rest.get(..at).unwrap_or_default();
            match text.strip_suffix(b"\r") {
                Some(text) => (text, LineEnd::CrLf, at + 1),
                None => (text, LineEnd::Lf, at + 1),
            }
        }
        None => {
            let text = rest.strip_suffix(b"\r").unwrap_or(rest);
            (text, LineEnd::Missing, text.len())
        }
    };
    let kind = match text {
        [] => return Err(malformed(start, Expected::Letter)),
        [kind, ..] if !kind.is_ascii_alphabetic() => {
            return Err(malformed(start, Expected::Letter));
        }
        [kind, b'=', ..] => *kind,
        [..] => return Err(malformed(start + 1, Expected::Equals)),
    };
    // A CR or NUL within a line would come out as another line somewhere else.
    if let Some(at) = text.iter().position(|&byte| breaks_out(&[byte])) {
        return Err(malformed(start + at, Expected::PlainLine));
    }
    let value = start + 2..start + text.len();
    Ok((Line::received(kind, octets.clone(), value, end, number), start + len))
}

/// What may follow the last line.
const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}
