//! Attributes of ICE.

use core::{fmt, net::IpAddr};

use crate::{Expected, ParseValueError, cursor::Cursor};

/// An `a=candidate` line (RFC 8839 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    foundation: &'a str,
    component: u16,
    transport: &'a str,
    priority: u32,
    address: &'a str,
    port: u16,
    kind: &'a str,
    extensions: &'a str,
}

/// The password of ICE: a secret, which `Debug` hides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IcePassword<'a>(&'a str);

impl<'a> Candidate<'a> {
    /// Parses the value of an `a=candidate` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if a part is missing or malformed.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        Ok(Self {
            foundation: characters(cursor, 1)?,
            component: cursor.number(Expected::Number)?,
            transport: cursor.token(Expected::Transport)?,
            priority: cursor.number(Expected::Number)?,
            address: cursor.word(Expected::Address)?,
            port: cursor.number(Expected::Port)?,
            kind: {
                cursor.skip_spaces();
                let at = cursor.at();
                if cursor.word(Expected::CandidateType)? != "typ" {
                    return Err(ParseValueError { at, expected: Expected::CandidateType });
                }
                cursor.token(Expected::CandidateType)?
            },
            extensions: cursor.rest(),
        })
    }

    /// Returns the foundation.
    #[must_use]
    pub const fn foundation(&self) -> &'a str {
        self.foundation
    }

    /// Returns the component: 1 is RTP, 2 is RTCP.
    #[must_use]
    pub const fn component(&self) -> u16 {
        self.component
    }

    /// Returns the transport, for instance `udp`; it is compared in any case.
    #[must_use]
    pub const fn transport(&self) -> &'a str {
        self.transport
    }

    /// Returns the priority.
    #[must_use]
    pub const fn priority(&self) -> u32 {
        self.priority
    }

    /// Returns the address or the name, for instance one of mDNS.
    #[must_use]
    pub const fn address(&self) -> &'a str {
        self.address
    }

    /// Returns the address if it is one.
    #[must_use]
    pub fn to_ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    /// Returns the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the type: `host`, `srflx`, `prflx`, `relay` or another.
    #[must_use]
    pub const fn kind(&self) -> &'a str {
        self.kind
    }

    /// Iterates over the pairs after the type, `raddr` and `rport` among them.
    pub fn extensions(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut words = self.extensions.split_ascii_whitespace();
        core::iter::from_fn(move || Some((words.next()?, words.next().unwrap_or_default())))
    }

    /// Returns the value of an extension.
    #[must_use]
    pub fn extension(&self, name: &str) -> Option<&'a str> {
        self.extensions().find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Candidate<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foundation, component, transport, priority, address, port, kind, .. } = self;
        write!(
            formatter,
            "{foundation} {component} {transport} {priority} {address} {port} typ {kind}"
        )?;
        self.extensions.split_ascii_whitespace().try_for_each(|word| write!(formatter, " {word}"))
    }
}

impl<'a> IcePassword<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        characters(cursor, 22).map(Self)
    }

    /// Returns the secret.
    #[must_use]
    pub const fn reveal(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for IcePassword<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IcePassword(***)")
    }
}

/// Reads so many characters of ICE at least, 256 at most.
///
/// RFC 8839 knows letters, digits, `+` and `/`; `-`, `_` and `=` are met where somebody encodes in
/// base64 with another alphabet or padding, and harm nobody.
pub(crate) fn characters<'a>(
    cursor: &mut Cursor<'a>,
    least: usize,
) -> Result<&'a str, ParseValueError> {
    cursor.skip_spaces();
    let at = cursor.at();
    let word = cursor.word(Expected::IceCharacters)?;
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    if (least..=MAX_CHARACTERS).contains(&word.len()) && word.bytes().all(is_known) {
        Ok(word)
    } else {
        Err(ParseValueError { at, expected: Expected::IceCharacters })
    }
}

/// RFC 8839 section 5.4.
const MAX_CHARACTERS: usize = 256;
