//! Payload types and what they mean.

use alloc::{borrow::ToOwned, string::String};
use core::{fmt, str::FromStr};

use crate::{
    EditLineError, Expected, ParseValueError,
    cursor::{Cursor, is_token_text, number},
};

/// An RTP payload type: 0 to 127 (RFC 3551 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

/// What a payload type means: an encoding, its clock rate and its channels (RFC 8866 section 6.6).
///
/// Two are equal in any case of the name, as RFC 4855 section 3 says.
#[derive(Clone, Debug)]
pub struct RtpMap {
    encoding: String,
    clock_rate: u32,
    channels: u8,
}

/// A codec that [`Capabilities`](crate::Capabilities) name.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
    /// G.722, payload type 9: its clock rate is 8,000, although it has 16,000 samples a second (RFC 3551 section 4.5.2).
    G722,
    /// Samples of 16 bits, 8,000 a second (RFC 3551 section 4.5.11), with a dynamic payload type.
    L16,
}

/// Why a text or a number is not a payload type.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payload type is a number from 0 to 127")]
pub struct ParsePayloadTypeError;

impl PayloadType {
    /// Returns the payload type, if it is at most 127.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= Self::MAX { Some(Self(number)) } else { None }
    }

    /// Returns the number.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }

    /// Returns what the number means without an `rtpmap` (RFC 3551 section 6).
    #[must_use]
    pub fn static_map(self) -> Option<RtpMap> {
        STATIC.iter().find(|(number, ..)| *number == self.0).map(
            |&(_, encoding, clock_rate, channels)| RtpMap {
                encoding: encoding.to_owned(),
                clock_rate,
                channels,
            },
        )
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        cursor.skip_spaces();
        let fault = cursor.fault(Expected::Format);
        cursor.number(Expected::Format).and_then(|number| Self::new(number).ok_or(fault))
    }

    /// PCMU (RFC 3551 section 6).
    pub const PCMU: Self = Self(0);
    /// PCMA (RFC 3551 section 6).
    pub const PCMA: Self = Self(8);
    /// What this crate, as most others do, offers telephone-event with; it has no number of its own.
    pub const TELEPHONE_EVENT: Self = Self(101);

    const MAX: u8 = 127;
}

impl FromStr for PayloadType {
    type Err = ParsePayloadTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        number(text).and_then(Self::new).ok_or(ParsePayloadTypeError)
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl RtpMap {
    /// Makes what a payload type means.
    ///
    /// # Errors
    ///
    /// [`EditLineError::Name`] if the name is no token.
    pub fn new(encoding: &str, clock_rate: u32, channels: u8) -> Result<Self, EditLineError> {
        if !is_token_text(encoding) {
            return Err(EditLineError::Name);
        }
        Ok(Self { encoding: encoding.to_owned(), clock_rate, channels })
    }

    /// Parses what follows the payload type in an `rtpmap`.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a name and a clock rate, with or without the number of channels.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, ParseValueError> {
        let encoding = cursor.token(Expected::Encoding)?.to_owned();
        cursor.octet(b'/', Expected::ClockRate)?;
        let clock_rate = cursor.number(Expected::ClockRate)?;
        let channels = if cursor.skip(b'/') { cursor.number(Expected::Number)? } else { 1 };
        Ok(Self { encoding, clock_rate, channels })
    }

    pub(crate) fn of(encoding: &str, clock_rate: u32) -> Self {
        Self { encoding: encoding.to_owned(), clock_rate, channels: 1 }
    }

    /// Returns the name of the encoding as it was written; it is compared in any case.
    #[must_use]
    pub fn encoding(&self) -> &str {
        &self.encoding
    }

    /// Returns the clock rate in hertz.
    #[must_use]
    pub const fn clock_rate(&self) -> u32 {
        self.clock_rate
    }

    /// Returns the number of channels.
    #[must_use]
    pub const fn channels(&self) -> u8 {
        self.channels
    }

    /// Returns the codec, if it is one that [`Capabilities`](crate::Capabilities) name.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| {
            self.is(codec.name()) && self.clock_rate == CLOCK_RATE && self.channels == 1
        })
    }

    /// Tells whether these are the named events of RFC 4733, at whatever clock rate.
    #[must_use]
    pub fn is_telephone_event(&self) -> bool {
        self.is(TELEPHONE_EVENT)
    }

    /// Tells whether this only goes along with a codec: named events, comfort noise, repairs and redundancy.
    #[must_use]
    pub fn is_companion(&self) -> bool {
        COMPANIONS.iter().any(|name| self.is(name))
    }

    /// Tells whether this is the name of the encoding.
    #[must_use]
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }
}

impl PartialEq for RtpMap {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.encoding)
            && self.clock_rate == other.clock_rate
            && self.channels == other.channels
    }
}

impl Eq for RtpMap {}

impl FromStr for RtpMap {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.encoding, self.clock_rate)?;
        if self.channels == 1 { Ok(()) } else { write!(formatter, "/{}", self.channels) }
    }
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::L16];

    /// Returns the name of the encoding.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::L16 => "L16",
        }
    }

    /// Returns the payload type that needs no `rtpmap`, if there is one.
    #[must_use]
    pub const fn payload_type(self) -> Option<PayloadType> {
        match self {
            Self::Pcmu => Some(PayloadType::PCMU),
            Self::Pcma => Some(PayloadType::PCMA),
            Self::G722 => PayloadType::new(9),
            Self::L16 => None,
        }
    }

    pub(crate) fn rtp_map(self) -> RtpMap {
        RtpMap::of(self.name(), CLOCK_RATE)
    }
}

pub(crate) const TELEPHONE_EVENT: &str = "telephone-event";
pub(crate) const CLOCK_RATE: u32 = 8_000;

const COMPANIONS: [&str; 7] = [TELEPHONE_EVENT, "CN", "red", "rtx", "ulpfec", "flexfec-03", "tone"];

/// The static payload types of RFC 3551 section 6. The clock rate of G722 is 8000 there for good (section 4.5.2).
const STATIC: [(u8, &str, u32, u8); 24] = [
    (0, "PCMU", 8_000, 1),
    (3, "GSM", 8_000, 1),
    (4, "G723", 8_000, 1),
    (5, "DVI4", 8_000, 1),
    (6, "DVI4", 16_000, 1),
    (7, "LPC", 8_000, 1),
    (8, "PCMA", 8_000, 1),
    (9, "G722", 8_000, 1),
    (10, "L16", 44_100, 2),
    (11, "L16", 44_100, 1),
    (12, "QCELP", 8_000, 1),
    (13, "CN", 8_000, 1),
    (14, "MPA", 90_000, 1),
    (15, "G728", 8_000, 1),
    (16, "DVI4", 11_025, 1),
    (17, "DVI4", 22_050, 1),
    (18, "G729", 8_000, 1),
    (25, "CelB", 90_000, 1),
    (26, "JPEG", 90_000, 1),
    (28, "nv", 90_000, 1),
    (31, "H261", 90_000, 1),
    (32, "MPV", 90_000, 1),
    (33, "MP2T", 90_000, 1),
    (34, "H263", 90_000, 1),
];
