//! Media sections.

mod edit;
mod formats;

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{ops::Range, str};

use crate::{
    EditLineError, Expected, Line, Lines, LinesMut, ParseValueError, PayloadType, RtpMap,
    cursor::{Cursor, is_token_text},
    line::Printer,
};

pub(crate) use formats::{Format, FormatTable};

/// A media section: an `m=` line and what follows it (RFC 8866 section 5.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    head: Line,
    parts: Parts,
    lines: Lines,
}

/// Where the parts of an `m=` line are in its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    kind: Range<usize>,
    port: u16,
    /// With the number of ports, if it is said.
    ports: Range<usize>,
    number_of_ports: u16,
    protocol: Range<usize>,
    formats: Range<usize>,
}

impl Media {
    /// Makes a section without attributes.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if kind or a format is no token, the protocol is not tokens with `/` between, or there is
    /// no format.
    pub fn new(
        kind: &str,
        port: u16,
        protocol: &str,
        formats: &[&str],
    ) -> Result<Self, EditLineError> {
        let mut names = formats.iter().copied().chain([kind]).chain(protocol.split('/'));
        if !names.all(is_token_text) {
            return Err(EditLineError::Name);
        }
        Self::assemble(kind, port, protocol, formats).ok_or(EditLineError::NoFormat)
    }

    /// Makes an audio section over RTP/AVP. Without payload types it has that of PCMU, since an `m=` line has one
    /// at least.
    #[must_use]
    pub fn audio(port: u16, payload_types: &[PayloadType]) -> Self {
        let formats: Vec<String> = payload_types.iter().map(ToString::to_string).collect();
        let formats: Vec<&str> = formats.iter().map(String::as_str).collect();
        let formats = if formats.is_empty() { &["0"] } else { formats.as_slice() };
        let (head, parts) = Self::head_of("audio", port, "RTP/AVP", formats);
        Self { head, parts, lines: Lines::default() }
    }

    /// Makes the section which refuses this one: its port is 0, and of its formats it has the first alone, since they
    /// mean nothing (RFC 3264 sections 6 and 8.2). Of its lines it has `mid`, by which groups know it (RFC 5888 section
    /// 9.1).
    #[must_use]
    pub fn refused(&self) -> Self {
        let formats: Vec<&str> = self.formats().take(1).collect();
        let (head, parts) = Self::head_of(self.kind(), 0, self.protocol(), &formats);
        let mut refused = Self { head, parts, lines: Lines::default() };
        if let Ok(mid) = self.lines.mid() {
            refused.push_own(&format!("mid:{mid}"));
        }
        refused
    }

    /// A section with this `m=` line that was received.
    pub(crate) fn received(head: Line) -> Result<Self, ParseValueError> {
        let parts = Parts::of(&head)?;
        Ok(Self { head, parts, lines: Lines::default() })
    }

    /// A section of checked words.
    pub(crate) fn assemble(
        kind: &str,
        port: u16,
        protocol: &str,
        formats: &[&str],
    ) -> Option<Self> {
        if formats.is_empty() {
            return None;
        }
        let (head, parts) = Self::head_of(kind, port, protocol, formats);
        Some(Self { head, parts, lines: Lines::default() })
    }

    /// Returns the lines after the `m=` line, to be changed.
    pub const fn lines_mut(&mut self) -> LinesMut<'_> {
        LinesMut::of_media(&mut self.lines)
    }

    /// Adds a line where it belongs.
    ///
    /// # Errors
    ///
    /// [`EditLineError::Kind`] for a line which says where sections begin.
    pub fn push(&mut self, line: Line) -> Result<(), EditLineError> {
        self.lines.push(line)
    }

    /// Returns the kind: `audio`, `video`, ...
    #[must_use]
    pub fn kind(&self) -> &str {
        self.part(&self.parts.kind)
    }

    /// Returns the port; 0 means refused.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.parts.port
    }

    /// Returns how many ports there are from [`Media::port`] on, usually 1.
    #[must_use]
    pub const fn number_of_ports(&self) -> u16 {
        self.parts.number_of_ports
    }

    /// Returns the transport protocol, for instance `RTP/AVP`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.part(&self.parts.protocol)
    }

    /// Iterates over the formats in their order; of RTP they are payload types.
    pub fn formats(&self) -> impl Iterator<Item = &str> + Clone {
        self.part(&self.parts.formats).split_ascii_whitespace()
    }

    /// Returns the `m=` line.
    #[must_use]
    pub const fn head(&self) -> &Line {
        &self.head
    }

    /// Returns the lines after the `m=` line.
    #[must_use]
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Returns the value of the first attribute of a name; of a flag it is empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.lines.attribute(name)
    }

    /// Iterates over the payload types in their order, which is the order of preference, with what they mean.
    ///
    /// Static payload types need no `rtpmap` (RFC 3551 section 6). At most [`Media::MAX_FORMATS`] are looked at,
    /// in one pass through the attributes.
    pub fn rtp_maps(&self) -> impl Iterator<Item = (PayloadType, RtpMap)> + '_ {
        FormatTable::of(self)
            .into_iter()
            .filter_map(|format| Some((format.payload_type, format.map?)))
    }

    /// Returns the format parameters of a payload type (RFC 8866 section 6.15). See
    /// [`Lines::format_parameters`] for all of them.
    #[must_use]
    pub fn format_parameters(&self, payload_type: PayloadType) -> Option<&str> {
        let mut all = self.lines.format_parameters().flatten();
        all.find(|fmtp| fmtp.payload_type() == Some(payload_type)).map(|fmtp| fmtp.as_str())
    }

    /// How long it is when it was made here: with CRLF after each line.
    pub(crate) fn octets(&self) -> usize {
        let lines = core::iter::once(&self.head).chain(&self.lines);
        lines.map(|line| line.raw_value().len() + "a=\r\n".len()).sum()
    }

    pub(crate) fn print(&self, printer: &mut Printer) {
        printer.line(&self.head);
        for line in &self.lines {
            printer.line(line);
        }
    }

    /// Adds a line of checked words.
    pub(crate) fn push_own(&mut self, value: &str) {
        self.lines.push_received(Line::own(b'a', value));
    }

    pub(crate) fn push_received(&mut self, line: Line) {
        self.lines.push_received(line);
    }

    fn head_of(kind: &str, port: u16, protocol: &str, formats: &[&str]) -> (Line, Parts) {
        let mut text = kind.to_owned();
        let mut word = |word: &str| {
            if !text.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(word);
            start..text.len()
        };
        let ports = word(&port.to_string());
        let protocol = word(protocol);
        let mut list = protocol.end..protocol.end;
        for format in formats {
            list.end = word(format).end;
        }
        let parts =
            Parts { kind: 0..kind.len(), port, ports, number_of_ports: 1, protocol, formats: list };
        (Line::own(b'm', &text), parts)
    }

    fn part(&self, part: &Range<usize>) -> &str {
        let octets = self.head.raw_value().get(part.clone()).unwrap_or_default();
        str::from_utf8(octets).unwrap_or_default()
    }
}

impl Media {
    /// Most formats of one section whose meaning is looked at: RTP has 128 payload types.
    pub const MAX_FORMATS: usize = 128;
}

impl Parts {
    /// Reads `<media> <port>[/<number>] <proto> <fmt> ...`.
    fn of(head: &Line) -> Result<Self, ParseValueError> {
        let text = head.text()?;
        let mut cursor = Cursor::new(text);
        let kind = range(&mut cursor, |cursor| cursor.word(Expected::MediaKind).map(|_| ()))?;
        let (mut port, mut number_of_ports) = (0, 1);
        let ports = range(&mut cursor, |cursor| {
            port = cursor.number(Expected::Port)?;
            if cursor.skip(b'/') {
                number_of_ports = cursor.number(Expected::Number)?;
            }
            Ok(())
        })?;
        let protocol = range(&mut cursor, |cursor| {
            let fault = cursor.fault(Expected::Protocol);
            // Nothing but a space ends the port.
            if cursor.at() == ports.end {
                return Err(fault);
            }
            cursor.word(Expected::Protocol).map(|_| ())
        })?;
        let formats = protocol.end..text.len();
        Ok(Self { kind, port, ports, number_of_ports, protocol, formats })
    }
}

/// Returns where the next word is.
fn range(
    cursor: &mut Cursor<'_>,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<(), ParseValueError>,
) -> Result<Range<usize>, ParseValueError> {
    cursor.skip_spaces();
    let start = cursor.at();
    read(cursor)?;
    Ok(start..cursor.at())
}
