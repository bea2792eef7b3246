//! Why there is no value: absent, malformed and repeated are three different answers.

use core::fmt;

/// Why a line gives no value.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// There is no such line.
    #[error("no {0} line")]
    Absent(LineName),
    /// The value does not follow the grammar.
    #[error("malformed {name} in line {line}: expected {expected} at offset {offset}")]
    Malformed {
        /// What the line is.
        name: LineName,
        /// The number of the line, from 1; 0 if it was not received but made or edited here.
        line: usize,
        /// The position in the received description, or in the line's value if it was made or edited here.
        offset: usize,
        /// What was expected there.
        expected: Expected,
    },
    /// There is more than one of a line of which there can be only one.
    #[error("another {name} in line {line}")]
    Repeated {
        /// What the line is.
        name: LineName,
        /// The number of the second one, from 1; 0 if it was not received but made or edited here.
        line: usize,
    },
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a line is an attribute, or its letter says all")]
pub enum LineName {
    /// A line with this letter.
    Kind(char),
    /// An attribute.
    Attribute(&'static str),
}

/// Why a text is not a value.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at offset {at}")]
pub struct ParseValueError {
    /// The position in the text.
    pub at: usize,
    /// What was expected there.
    pub expected: Expected,
}

/// What a description should have had somewhere.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// The first line: `v=0`.
    Version,
    /// The letter of a line.
    Letter,
    /// The `=` after the letter.
    Equals,
    /// A line without CR and NUL.
    PlainLine,
    /// UTF-8.
    Utf8,
    /// The user name of an origin.
    Username,
    /// A decimal number in its range.
    Number,
    /// The network type `IN`.
    NetworkType,
    /// The address type `IP4` or `IP6`.
    AddressType,
    /// An address or a host name.
    Address,
    /// The kind of media, for instance `audio`.
    MediaKind,
    /// A port, 0 to 65535.
    Port,
    /// A transport protocol, for instance `RTP/AVP`.
    Protocol,
    /// A format, of RTP a payload type.
    Format,
    /// The name of an encoding.
    Encoding,
    /// A clock rate.
    ClockRate,
    /// A bandwidth type, for instance `AS`.
    BandwidthType,
    /// A colon.
    Colon,
    /// The name of a crypto suite.
    CryptoSuite,
    /// A key method and its key.
    KeyParameters,
    /// The name of a hash function.
    HashFunction,
    /// Pairs of hexadecimal digits with colons between.
    HexDigits,
    /// The role of a connection: `active`, `passive`, `actpass` or `holdconn`.
    SetupRole,
    /// A direction: `sendrecv`, `sendonly`, `recvonly` or `inactive`.
    Direction,
    /// Characters of ICE: letters, digits, `+` and `/`, as many as RFC 8839 section 5 says.
    IceCharacters,
    /// A transport of a candidate.
    Transport,
    /// The word `typ` and the type of a candidate.
    CandidateType,
    /// The semantics of a group, for instance `BUNDLE`.
    Semantics,
    /// An attribute.
    Attribute,
    /// A token.
    Token,
    /// Nothing more.
    EndOfLine,
}

impl ValueError {
    /// Returns what the line is.
    #[must_use]
    pub const fn name(&self) -> LineName {
        match self {
            Self::Absent(name) | Self::Malformed { name, .. } | Self::Repeated { name, .. } => {
                *name
            }
        }
    }

    /// Returns the status code of SIP that answers a request with such a description: 400 (RFC 3261 section
    /// 21.4.1), or 488 if it lacks what this side needs (section 21.4.26).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Absent(_) => 488,
            Self::Malformed { .. } | Self::Repeated { .. } => 400,
        }
    }
}

impl fmt::Display for LineName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => write!(formatter, "{kind}="),
            Self::Attribute(name) => write!(formatter, "a={name}"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Version => "v=0",
            Self::Letter => "a letter",
            Self::Equals => "=",
            Self::PlainLine => "a line without CR and NUL",
            Self::Utf8 => "UTF-8",
            Self::Username => "a user name",
            Self::Number => "a number in range",
            Self::NetworkType => "IN",
            Self::AddressType => "IP4 or IP6",
            Self::Address => "an address",
            Self::MediaKind => "a kind of media",
            Self::Port => "a port",
            Self::Protocol => "a protocol",
            Self::Format => "a format",
            Self::Encoding => "the name of an encoding",
            Self::ClockRate => "a clock rate",
            Self::BandwidthType => "a bandwidth type",
            Self::Colon => "a colon",
            Self::CryptoSuite => "a crypto suite",
            Self::KeyParameters => "key parameters",
            Self::HashFunction => "a hash function",
            Self::HexDigits => "pairs of hexadecimal digits",
            Self::SetupRole => "active, passive, actpass or holdconn",
            Self::Direction => "a direction",
            Self::IceCharacters => "characters of ICE",
            Self::Transport => "a transport",
            Self::CandidateType => "typ and a type",
            Self::Semantics => "the semantics of a group",
            Self::Attribute => "an attribute",
            Self::Token => "a token",
            Self::EndOfLine => "the end of the line",
        })
    }
}
