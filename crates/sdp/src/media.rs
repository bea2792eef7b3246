//! Media sections.

use std::{fmt, net::IpAddr};

use crate::{Codec, Line, PayloadType, RtpMap, description::attribute};

/// A media section: an `m=` line and what follows it (RFC 8866 section 5.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    head: MediaLine,
    lines: Vec<Line>,
}

/// The parts of an `m=` line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MediaLine {
    text: String,
    kind: String,
    port: u16,
    protocol: String,
    formats: Vec<String>,
}

/// Most formats of one section that are looked at; each may need a search through the attributes.
const MAX_FORMATS: usize = 64;

impl Media {
    /// Makes an audio section over RTP/AVP.
    #[must_use]
    pub fn audio(port: u16, payload_types: &[PayloadType]) -> Self {
        let formats: Vec<String> = payload_types.iter().map(ToString::to_string).collect();
        Self { head: MediaLine::assemble("audio", port, "RTP/AVP", formats), lines: Vec::new() }
    }

    /// Makes the section which refuses this one: its port is 0 (RFC 3264 section 6).
    #[must_use]
    pub fn refused(&self) -> Self {
        let MediaLine { kind, protocol, formats, .. } = &self.head;
        Self { head: MediaLine::assemble(kind, 0, protocol, formats.clone()), lines: Vec::new() }
    }

    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Returns the kind: `audio`, `video`, ...
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.head.kind
    }

    /// Returns the port; 0 means refused.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.head.port
    }

    /// Returns the transport protocol, for instance `RTP/AVP`.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.head.protocol
    }

    /// Returns the formats in their order; of RTP they are payload types.
    #[must_use]
    pub fn formats(&self) -> &[String] {
        &self.head.formats
    }

    /// Returns the lines after the `m=` line.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns the value of an attribute; of a flag it is empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute(&self.lines, name)
    }

    /// Iterates over the payload types in their order, which is the order of preference, with what they mean.
    ///
    /// PCMU and PCMA need no `rtpmap` (RFC 3551 section 6). At most 64 formats are looked at.
    pub fn rtp_maps(&self) -> impl Iterator<Item = (PayloadType, RtpMap)> + '_ {
        self.formats().iter().take(MAX_FORMATS).filter_map(|format| {
            let payload_type: PayloadType = format.parse().ok()?;
            let map = self
                .rtp_map(payload_type)
                .or_else(|| Codec::of_static(payload_type).map(Codec::rtp_map))?;
            Some((payload_type, map))
        })
    }

    /// Returns the format parameters of a payload type (RFC 8866 section 6.15).
    #[must_use]
    pub fn format_parameters(&self, payload_type: PayloadType) -> Option<&str> {
        self.of_payload_type("fmtp", payload_type)
    }

    /// Returns the milliseconds of one packet that are asked for (RFC 8866 section 6.4).
    #[must_use]
    pub fn ptime(&self) -> Option<u16> {
        self.milliseconds("ptime")
    }

    /// Returns the most milliseconds of one packet (RFC 8866 section 6.5).
    #[must_use]
    pub fn maxptime(&self) -> Option<u16> {
        self.milliseconds("maxptime")
    }

    /// Returns port and address of RTCP, if they are told (RFC 3605).
    #[must_use]
    pub fn rtcp(&self) -> Option<(u16, Option<IpAddr>)> {
        let mut parts = self.attribute("rtcp")?.split_ascii_whitespace();
        let port = parts.next()?.parse().ok()?;
        Some((port, parts.nth(2).and_then(|address| address.parse().ok())))
    }

    pub(crate) const fn of(head: MediaLine) -> Self {
        Self { head, lines: Vec::new() }
    }

    pub(crate) fn print(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(b"m=");
        text.extend_from_slice(self.head.text.as_bytes());
        text.extend_from_slice(b"\r\n");
        for line in &self.lines {
            line.print(text);
        }
    }

    fn rtp_map(&self, payload_type: PayloadType) -> Option<RtpMap> {
        self.of_payload_type("rtpmap", payload_type)?.parse().ok()
    }

    fn of_payload_type(&self, name: &str, payload_type: PayloadType) -> Option<&str> {
        self.lines.iter().filter_map(Line::attribute).filter(|(other, _)| *other == name).find_map(
            |(_, value)| {
                let (format, rest) = value.split_once(' ')?;
                (format.parse() == Ok(payload_type)).then_some(rest.trim())
            },
        )
    }

    /// Some devices write `20.0`.
    fn milliseconds(&self, name: &str) -> Option<u16> {
        self.attribute(name)?.trim().split('.').next()?.parse().ok()
    }
}

impl MediaLine {
    /// Reads `<media> <port>[/<number>] <proto> <fmt> ...`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split_ascii_whitespace();
        let kind = parts.next()?.to_owned();
        let port = parts.next()?;
        let port = port.split_once('/').map_or(port, |(port, _)| port).parse().ok()?;
        let protocol = parts.next()?.to_owned();
        let formats = parts.map(ToOwned::to_owned).collect();
        Some(Self { text: text.to_owned(), kind, port, protocol, formats })
    }

    fn assemble(kind: &str, port: u16, protocol: &str, formats: Vec<String>) -> Self {
        let text = format!("{kind} {port} {protocol} {}", formats.join(" ")).trim_end().to_owned();
        Self { text, kind: kind.to_owned(), port, protocol: protocol.to_owned(), formats }
    }
}

impl fmt::Debug for MediaLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "m={}", self.text)
    }
}
