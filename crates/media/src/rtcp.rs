//! RTCP packets (RFC 3550 section 6), read in place and written into a buffer of the caller.

use std::fmt;

use crate::{Ssrc, rtp::WriteRtpError};

mod session;

pub use session::{RtcpConfig, RtcpSession, RtcpStatistics};

/// What a receiver says about one source (RFC 3550 section 6.4.1).
#[expect(clippy::exhaustive_structs, reason = "RFC 3550 has closed the block")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportBlock {
    /// The source that is reported on.
    pub source: Ssrc,
    /// What was lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// What was lost in all, less what came twice: −2²³ to 2²³ − 1.
    pub lost: i32,
    /// The highest sequence number, with the count of its cycles in the upper half.
    pub highest_sequence: u32,
    /// The interarrival jitter, in timestamp units.
    pub jitter: u32,
    /// The middle half of the NTP timestamp of the last sender report; 0 if there was none.
    pub last_sender_report: u32,
    /// For how long that was known when this was sent, in 65,536ths of a second.
    pub delay_since_then: u32,
}

/// What a sender says about its stream (RFC 3550 section 6.4.1).
#[expect(clippy::exhaustive_structs, reason = "RFC 3550 has closed the packet")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SenderInfo {
    /// Wall clock time, in seconds since 1900 with 32 bits of fraction.
    pub ntp: u64,
    /// The same instant as a timestamp of the stream.
    pub timestamp: u32,
    /// Packets that were sent.
    pub packets: u32,
    /// Octets of payload that were sent.
    pub octets: u32,
}

/// One packet of a compound.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPacket<'a> {
    /// SR
    SenderReport {
        /// Who sends.
        source: Ssrc,
        /// What.
        sender: SenderInfo,
        /// What it receives.
        blocks: ReportBlocks<'a>,
    },
    /// RR
    ReceiverReport {
        /// Who sends.
        source: Ssrc,
        /// What it receives.
        blocks: ReportBlocks<'a>,
    },
    /// SDES; of its items the canonical name of the first source, which all have to send
    SourceDescription {
        /// Whose.
        source: Ssrc,
        /// What is the same for all streams of a party, and over its restarts.
        cname: CanonicalName<'a>,
    },
    /// BYE
    Goodbye {
        /// Who leaves: the first one that is named.
        source: Ssrc,
    },
    /// Anything else, such as APP and feedback (RFC 4585)
    Other {
        /// The packet type.
        packet_type: u8,
    },
}

/// The report blocks of one packet: an iterator over at most 31 of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReportBlocks<'a>(&'a [u8]);

/// A canonical name (RFC 3550 section 6.5.1). It may say where somebody is, so `Debug` keeps it to itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CanonicalName<'a>(&'a [u8]);

/// The packets of a compound: an iterator, which ends behind the first packet that is malformed.
#[derive(Clone, Copy, Debug)]
pub struct RtcpPackets<'a> {
    rest: &'a [u8],
    offset: usize,
}

/// Why a datagram is no RTCP compound, or a packet in it none.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseRtcpError {
    /// It ends before a packet does.
    #[error("packet at octet {offset} is cut off")]
    Truncated {
        /// Where the packet begins.
        offset: usize,
    },
    /// Not version 2.
    #[error("packet at octet {offset} has version {version}, not 2")]
    Version {
        /// Where the packet begins.
        offset: usize,
        /// The version.
        version: u8,
    },
    /// The first packet is no report (RFC 3550 section 6.1), so that this is most likely something else.
    #[error("compound begins with packet type {packet_type}, not with a report")]
    NoReport {
        /// The packet type.
        packet_type: u8,
    },
    /// It says to have more blocks, sources or padding than fit.
    #[error("packet at octet {offset} has less in it than it says")]
    Inconsistent {
        /// Where the packet begins.
        offset: usize,
    },
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const CNAME: u8 = 1;
const BLOCK_LEN: usize = 24;

impl<'a> RtcpPackets<'a> {
    /// Begins to read a datagram.
    ///
    /// # Errors
    ///
    /// If it does not begin with a report, as RFC 3550 appendix A.2 wants it.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseRtcpError> {
        let [first, packet_type, ..] = *datagram else {
            return Err(ParseRtcpError::Truncated { offset: 0 });
        };
        let version = first >> 6;
        if version != 2 {
            return Err(ParseRtcpError::Version { offset: 0, version });
        }
        if !matches!(packet_type, SENDER_REPORT | RECEIVER_REPORT) {
            return Err(ParseRtcpError::NoReport { packet_type });
        }
        Ok(Self { rest: datagram, offset: 0 })
    }

    fn take(&mut self) -> Result<RtcpPacket<'a>, ParseRtcpError> {
        let offset = self.offset;
        let truncated = ParseRtcpError::Truncated { offset };
        let (head, _) = self.rest.split_first_chunk::<4>().ok_or(truncated)?;
        let [first, packet_type, length @ ..] = *head;
        let version = first >> 6;
        if version != 2 {
            return Err(ParseRtcpError::Version { offset, version });
        }
        let length = 4 * (usize::from(u16::from_be_bytes(length)) + 1);
        let (packet, rest) = self.rest.split_at_checked(length).ok_or(truncated)?;
        (self.rest, self.offset) = (rest, offset + length);
        let body = packet.get(4..).unwrap_or_default();
        let padding = match (first & 0x20 != 0, body.last()) {
            (false, _) => 0,
            (true, Some(padding)) => usize::from(*padding),
            (true, None) => usize::MAX,
        };
        let body = body.len().checked_sub(padding).and_then(|length| body.get(..length));
        let read = body.and_then(|body| read(packet_type, first & 0x1f, body));
        read.ok_or(ParseRtcpError::Inconsistent { offset })
    }
}

impl<'a> Iterator for RtcpPackets<'a> {
    type Item = Result<RtcpPacket<'a>, ParseRtcpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let packet = self.take();
        if packet.is_err() {
            self.rest = &[];
        }
        Some(packet)
    }
}

/// Reads what stands behind the first word of a packet.
fn read(packet_type: u8, count: u8, body: &[u8]) -> Option<RtcpPacket<'_>> {
    let count = usize::from(count);
    Some(match packet_type {
        SENDER_REPORT => {
            let (source, body) = word(body)?;
            let (high, body) = word(body)?;
            let (low, body) = word(body)?;
            let (timestamp, body) = word(body)?;
            let (packets, body) = word(body)?;
            let (octets, body) = word(body)?;
            let ntp = u64::from(high) << 32 | u64::from(low);
            let sender = SenderInfo { ntp, timestamp, packets, octets };
            let blocks = ReportBlocks(body.get(..count * BLOCK_LEN)?);
            RtcpPacket::SenderReport { source: Ssrc::new(source), sender, blocks }
        }
        RECEIVER_REPORT => {
            let (source, body) = word(body)?;
            let blocks = ReportBlocks(body.get(..count * BLOCK_LEN)?);
            RtcpPacket::ReceiverReport { source: Ssrc::new(source), blocks }
        }
        SOURCE_DESCRIPTION if count > 0 => {
            let (source, items) = word(body)?;
            RtcpPacket::SourceDescription { source: Ssrc::new(source), cname: cname(items)? }
        }
        GOODBYE if count > 0 => {
            let (source, _) = word(body.get(..4 * count)?)?;
            RtcpPacket::Goodbye { source: Ssrc::new(source) }
        }
        packet_type => RtcpPacket::Other { packet_type },
    })
}

/// Returns the canonical name among the items of the first source; an empty one if it has none.
fn cname(mut items: &[u8]) -> Option<CanonicalName<'_>> {
    loop {
        match *items {
            [] | [0, ..] => return Some(CanonicalName(&[])),
            [kind, length, ref rest @ ..] => {
                let (text, rest) = rest.split_at_checked(length.into())?;
                if kind == CNAME {
                    return Some(CanonicalName(text));
                }
                items = rest;
            }
            [_] => return None,
        }
    }
}

fn word(octets: &[u8]) -> Option<(u32, &[u8])> {
    let (word, rest) = octets.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*word), rest))
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (source, rest) = word(self.0)?;
        let (losses, rest) = word(rest)?;
        let (highest_sequence, rest) = word(rest)?;
        let (jitter, rest) = word(rest)?;
        let (last_sender_report, rest) = word(rest)?;
        let (delay_since_then, rest) = word(rest)?;
        self.0 = rest;
        let [fraction_lost, ..] = losses.to_be_bytes();
        Some(ReportBlock {
            source: Ssrc::new(source),
            fraction_lost,
            // Shifted up and back down for the sign.
            lost: (losses << 8).cast_signed() >> 8,
            highest_sequence,
            jitter,
            last_sender_report,
            delay_since_then,
        })
    }
}

impl fmt::Debug for ReportBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

impl<'a> CanonicalName<'a> {
    /// Returns the name as it came: UTF-8, most likely.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for CanonicalName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalName({} octets)", self.0.len())
    }
}

/// Writes a compound, one packet after the other.
pub(crate) struct RtcpWriter<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl<'a> RtcpWriter<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Writes a sender report, or a receiver report if nothing is sent, with one block at most.
    pub(crate) fn report(
        &mut self,
        source: Ssrc,
        sender: Option<SenderInfo>,
        block: Option<ReportBlock>,
    ) -> Result<(), WriteRtpError> {
        let packet_type = if sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
        let words = 1 + if sender.is_some() { 5 } else { 0 } + if block.is_some() { 6 } else { 0 };
        self.head(u8::from(block.is_some()), packet_type, words)?;
        self.word(source.number())?;
        if let Some(SenderInfo { ntp, timestamp, packets, octets }) = sender {
            self.octets(&ntp.to_be_bytes())?;
            self.word(timestamp)?;
            self.word(packets)?;
            self.word(octets)?;
        }
        if let Some(block) = block {
            let lost = block.lost.clamp(-0x0080_0000, 0x007f_ffff).cast_unsigned() & 0x00ff_ffff;
            self.word(block.source.number())?;
            self.word(u32::from(block.fraction_lost) << 24 | lost)?;
            self.word(block.highest_sequence)?;
            self.word(block.jitter)?;
            self.word(block.last_sender_report)?;
            self.word(block.delay_since_then)?;
        }
        Ok(())
    }

    /// Writes a canonical name of at most 255 octets.
    pub(crate) fn description(&mut self, source: Ssrc, cname: &[u8]) -> Result<(), WriteRtpError> {
        let cname = cname.get(..MAX_CNAME).unwrap_or(cname);
        // At least one octet of zeros ends the list, and fills the word.
        let items = (2 + cname.len()) / 4 + 1;
        self.head(1, SOURCE_DESCRIPTION, 1 + items)?;
        self.word(source.number())?;
        self.octets(&[CNAME, u8::try_from(cname.len()).unwrap_or(u8::MAX)])?;
        self.octets(cname)?;
        let filling = 4 * items - 2 - cname.len();
        self.octets([0; 4].get(..filling).unwrap_or_default())
    }

    pub(crate) fn goodbye(&mut self, source: Ssrc) -> Result<(), WriteRtpError> {
        self.head(1, GOODBYE, 1)?;
        self.word(source.number())
    }

    /// Returns how long the compound is.
    pub(crate) const fn finish(self) -> usize {
        self.length
    }

    fn head(&mut self, count: u8, packet_type: u8, words: usize) -> Result<(), WriteRtpError> {
        let [high, low] = u16::try_from(words).unwrap_or(u16::MAX).to_be_bytes();
        self.octets(&[0x80 | count, packet_type, high, low])
    }

    fn word(&mut self, word: u32) -> Result<(), WriteRtpError> {
        self.octets(&word.to_be_bytes())
    }

    fn octets(&mut self, octets: &[u8]) -> Result<(), WriteRtpError> {
        let room = self.buffer.len();
        let needed = self.length + octets.len();
        let place = self.buffer.get_mut(self.length..needed);
        place.ok_or(WriteRtpError { needed, room })?.copy_from_slice(octets);
        self.length = needed;
        Ok(())
    }
}

/// The longest canonical name.
pub(crate) const MAX_CNAME: usize = 255;

#[cfg(test)]
mod tests;
