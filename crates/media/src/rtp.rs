//! RTP packets (RFC 3550 section 5.1), read in place and written into a buffer of the caller.

use std::fmt;

use rtp_rs::{RtpPacketBuilder, RtpReader, RtpReaderError};

/// Octets of an RTP header without contributing sources and extension.
pub const RTP_HEADER_LEN: usize = 12;

/// A payload type, 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// G.711 µ-law
    pub const PCMU: Self = Self(0);
    /// G.711 A-law
    pub const PCMA: Self = Self(8);
    /// ITU-T G.722
    pub const G722: Self = Self(9);
    /// Comfort noise (RFC 3389)
    pub const COMFORT_NOISE: Self = Self(13);
    /// What most of the world uses for telephone-event; the number is negotiated all the same.
    pub const TELEPHONE_EVENT: Self = Self(101);

    /// The first of those that mean what a session description says (RFC 3551 section 3).
    pub const FIRST_DYNAMIC: Self = Self(96);

    /// Returns the payload type with this number, unless it is over 127.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 0x80 { Some(Self(number)) } else { None }
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Returns whether only a session description can say what it means.
    #[must_use]
    pub const fn is_dynamic(self) -> bool {
        self.0 >= Self::FIRST_DYNAMIC.0
    }
}

/// A synchronisation source: who sends a stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(u32);

impl Ssrc {
    /// Returns the source with this number; RFC 3550 section 8 wants it to be random.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ssrc({:#010x})", self.0)
    }
}

/// Whether a packet begins a talk spurt (RFC 3551 section 4.1).
#[expect(clippy::exhaustive_enums, reason = "a bit has two values")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Marker {
    /// The bit is set: the first packet after silence, or the first of a telephone event.
    Set,
    /// The bit is clear.
    Clear,
}

/// The fixed part of an RTP header.
#[expect(clippy::exhaustive_structs, reason = "RFC 3550 has closed the header")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RtpHeader {
    /// The marker bit
    pub marker: Marker,
    /// What the payload is
    pub payload_type: PayloadType,
    /// Counts packets, modulo 2^16
    pub sequence: u16,
    /// The sampling instant of the first octet of the payload, modulo 2^32
    pub timestamp: u32,
    /// Who sends
    pub ssrc: Ssrc,
}

impl RtpHeader {
    /// Writes a packet of this header and `payload`; returns its length.
    ///
    /// # Errors
    /// When `packet` is shorter than [`RTP_HEADER_LEN`] and the payload.
    pub fn write(&self, payload: &[u8], packet: &mut [u8]) -> Result<usize, WriteRtpError> {
        let room = packet.len();
        RtpPacketBuilder::new()
            .marked(self.marker == Marker::Set)
            .payload_type(self.payload_type.0)
            .sequence(self.sequence.into())
            .timestamp(self.timestamp)
            .ssrc(self.ssrc.0)
            .payload(payload)
            .build_into(packet)
            .map_err(|_| WriteRtpError { needed: RTP_HEADER_LEN + payload.len(), room })
    }
}

/// A received RTP packet. It borrows the datagram.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// The fixed header; contributing sources and header extensions are skipped
    pub header: RtpHeader,
    /// The payload without padding; it may be empty
    pub payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Parses a datagram.
    ///
    /// # Errors
    /// When it is not RTP version 2, or its header, extension or padding does not fit.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseRtpError> {
        let reader = RtpReader::new(datagram)?;
        if is_rtcp(datagram) {
            return Err(ParseRtpError::Rtcp);
        }
        let header = RtpHeader {
            marker: if reader.mark() { Marker::Set } else { Marker::Clear },
            payload_type: PayloadType(reader.payload_type()),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: Ssrc(reader.ssrc()),
        };
        Ok(Self { header, payload: reader.payload() })
    }
}

/// Tells the header and the length of the payload: what is said, or keyed, stays out of logs.
impl fmt::Debug for RtpPacket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtpPacket")
            .field("header", &self.header)
            .field("payload_len", &self.payload.len())
            .finish()
    }
}

/// Returns whether a datagram on a port that carries both is RTCP (RFC 5761 section 4).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|packet_type| (192..=223).contains(packet_type))
}

/// Why a datagram is not an RTP packet.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseRtpError {
    /// The header does not fit.
    #[error("packet of {len} octets is shorter than its header")]
    Truncated {
        /// Length of the datagram in octets
        len: usize,
    },
    /// Not version 2: STUN, DTLS, or not of this world.
    #[error("RTP version {0} is not 2")]
    Version(u8),
    /// The last octet counts more padding than there is room for, or none.
    #[error("padding of {0} octets does not fit")]
    Padding(u8),
    /// An RTCP packet that shares the port (RFC 5761).
    #[error("packet is RTCP")]
    Rtcp,
}

impl From<RtpReaderError> for ParseRtpError {
    fn from(error: RtpReaderError) -> Self {
        match error {
            RtpReaderError::BufferTooShort(len)
            | RtpReaderError::HeadersTruncated { buffer_len: len, .. } => Self::Truncated { len },
            RtpReaderError::UnsupportedVersion(version) => Self::Version(version),
            RtpReaderError::PaddingLengthInvalid(padding) => Self::Padding(padding),
        }
    }
}

/// A packet does not fit into its buffer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("packet needs {needed} octets, the buffer has {room}")]
pub struct WriteRtpError {
    /// Octets of the packet
    pub needed: usize,
    /// Octets of the buffer
    pub room: usize,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_header() -> impl Strategy<Value = RtpHeader> {
        // Payload types 64 to 95 with a marker look like RTCP: RFC 5761 forbids their use.
        let number = prop_oneof![0..64_u8, 96..128_u8];
        (any::<bool>(), number, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
            |(marked, number, sequence, timestamp, ssrc)| RtpHeader {
                marker: if marked { Marker::Set } else { Marker::Clear },
                payload_type: PayloadType(number),
                sequence,
                timestamp,
                ssrc: Ssrc(ssrc),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(header in any_header(), payload: Vec<u8>) {
            let mut buffer = [0; 2_048];
            let len = header.write(&payload, &mut buffer).unwrap();
            let packet = RtpPacket::parse(&buffer[..len]).unwrap();
            prop_assert_eq!(packet.header, header);
            prop_assert_eq!(packet.payload, payload.as_slice());
        }

        #[test]
        fn no_datagram_causes_a_panic(datagram: Vec<u8>) {
            if let Ok(packet) = RtpPacket::parse(&datagram) {
                prop_assert!(packet.payload.len() + RTP_HEADER_LEN <= datagram.len());
            }
        }

        #[test]
        fn no_damaged_packet_causes_a_panic(
            header in any_header(), first: u8, cut in 0..40_usize, rest: [u8; 28],
        ) {
            let mut buffer = [0; 40];
            let len = header.write(&rest, &mut buffer).unwrap();
            buffer[0] = first;
            let _ = RtpPacket::parse(&buffer[..len - cut]);
        }
    }

    #[test]
    fn contributing_sources_extension_and_padding_are_not_payload() {
        let datagram = [
            0xb1, 0x80, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe,
            0xef, // P, X, CC 1, marker
            1, 2, 3, 4, // contributing source
            0xbe, 0xde, 0, 1, 9, 9, 9, 9, // header extension of one word
            0x55, 0x66, // payload
            0, 0, 3, // padding
        ];
        let packet = RtpPacket::parse(&datagram).unwrap();
        assert_eq!(packet.payload, [0x55, 0x66]);
        assert_eq!(packet.header.marker, Marker::Set);
        assert_eq!(packet.header.payload_type, PayloadType::PCMU);
        assert_eq!(packet.header.sequence, 0x1234);
        assert_eq!(packet.header.timestamp, 160);
        assert_eq!(packet.header.ssrc, Ssrc::new(0xdead_beef));
    }

    #[test]
    fn a_wrong_datagram_is_refused_with_its_reason() {
        let mut padded = [0x80 | 0x20; 12 + 4];
        padded[1] = 0;
        padded[15] = 5;
        let mut rtcp = [0x80; 12];
        rtcp[1] = 200;
        let cases: [(&str, &[u8], ParseRtpError); 6] = [
            ("empty", &[], ParseRtpError::Truncated { len: 0 }),
            ("short", &[0x80; 11], ParseRtpError::Truncated { len: 11 }),
            ("STUN", &[0; 20], ParseRtpError::Version(0)),
            ("sources missing", &[0x8f; 20], ParseRtpError::Truncated { len: 20 }),
            ("too much padding", &padded, ParseRtpError::Padding(5)),
            ("sender report", &rtcp, ParseRtpError::Rtcp),
        ];
        for (name, datagram, error) in cases {
            assert_eq!(RtpPacket::parse(datagram), Err(error), "{name}");
        }
    }

    #[test]
    fn a_packet_that_does_not_fit_is_refused() {
        let header = RtpHeader {
            marker: Marker::Clear,
            payload_type: PayloadType::PCMA,
            sequence: 0,
            timestamp: 0,
            ssrc: Ssrc::new(1),
        };
        let refused = header.write(&[0; 160], &mut [0; 171]);
        assert_eq!(refused, Err(WriteRtpError { needed: 172, room: 171 }));
    }

    #[test]
    fn debug_keeps_the_payload_to_itself() {
        let mut datagram = [0xab; 16];
        datagram[0] = 0x80;
        datagram[1] = 0;
        let printed = format!("{:?}", RtpPacket::parse(&datagram).unwrap());
        assert!(printed.ends_with("payload_len: 4 }"), "{printed}");
    }
}
