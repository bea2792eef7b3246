//! Payload types and what they mean.

use std::{fmt, str::FromStr};

/// An RTP payload type: 0 to 127 (RFC 3551 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

/// The `rtpmap` of a payload type (RFC 8866 section 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    encoding: String,
    clock_rate: u32,
    channels: u8,
}

/// A codec that this crate negotiates.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
}

/// Why a text or a number is not a payload type.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payload type is a number from 0 to 127")]
pub struct ParsePayloadTypeError;

/// Why a text is not an encoding.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an encoding is a name and a clock rate")]
pub struct ParseRtpMapError;

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
        text.parse().ok().and_then(Self::new).ok_or(ParsePayloadTypeError)
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl RtpMap {
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

    /// Returns the codec, if it is one that this crate negotiates.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma].into_iter().find(|codec| self.is(codec.name()))
    }

    /// Tells whether these are the named events of RFC 4733, at the clock rate of the codecs here.
    #[must_use]
    pub fn is_telephone_event(&self) -> bool {
        self.is(TELEPHONE_EVENT)
    }

    fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
            && self.clock_rate == CLOCK_RATE
            && self.channels == 1
    }
}

impl FromStr for RtpMap {
    type Err = ParseRtpMapError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('/');
        let encoding = parts.next().filter(|name| !name.is_empty()).ok_or(ParseRtpMapError)?;
        let clock_rate =
            parts.next().and_then(|rate| rate.trim().parse().ok()).ok_or(ParseRtpMapError)?;
        let channels = parts
            .next()
            .map_or(Ok(1), |count| count.trim().parse().map_err(|_| ParseRtpMapError))?;
        Ok(Self { encoding: encoding.to_owned(), clock_rate, channels })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.encoding, self.clock_rate)?;
        if self.channels == 1 { Ok(()) } else { write!(formatter, "/{}", self.channels) }
    }
}

impl Codec {
    /// Returns the name of the encoding.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// Returns the payload type that needs no `rtpmap`.
    #[must_use]
    pub const fn payload_type(self) -> PayloadType {
        match self {
            Self::Pcmu => PayloadType::PCMU,
            Self::Pcma => PayloadType::PCMA,
        }
    }

    pub(crate) fn of_static(payload_type: PayloadType) -> Option<Self> {
        [Self::Pcmu, Self::Pcma].into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    pub(crate) fn rtp_map(self) -> RtpMap {
        RtpMap { encoding: self.name().to_owned(), clock_rate: CLOCK_RATE, channels: 1 }
    }
}

pub(crate) const TELEPHONE_EVENT: &str = "telephone-event";
pub(crate) const CLOCK_RATE: u32 = 8_000;
