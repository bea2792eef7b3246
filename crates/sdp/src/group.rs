//! Groups of sections, and what is said of single sources.

use core::fmt;

use crate::{Expected, ParseValueError, cursor::Cursor};

/// An `a=group` line (RFC 5888 section 5): sections that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    semantics: &'a str,
    mids: &'a str,
}

/// An `a=ssrc` line (RFC 5576 section 4.1): an attribute of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAttribute<'a> {
    ssrc: u32,
    name: &'a str,
    value: &'a str,
}

impl<'a> Group<'a> {
    /// Sections that share one transport (RFC 9143).
    pub const BUNDLE: &'static str = "BUNDLE";

    /// Parses the value of an `a=group` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it does not begin with a token.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let semantics = cursor.token(Expected::Semantics)?;
        Ok(Self { semantics, mids: cursor.rest() })
    }

    /// Returns what the sections have in common, for instance [`Group::BUNDLE`].
    #[must_use]
    pub const fn semantics(&self) -> &'a str {
        self.semantics
    }

    /// Iterates over the names of the sections (see [`Lines::mid`](crate::Lines::mid)).
    pub fn mids(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.mids.split_ascii_whitespace()
    }
}

impl fmt::Display for Group<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.semantics)?;
        self.mids().try_for_each(|mid| write!(formatter, " {mid}"))
    }
}

impl<'a> SourceAttribute<'a> {
    /// Parses the value of an `a=ssrc` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if it is not a number and an attribute.
    pub fn parse(text: &'a str) -> Result<Self, ParseValueError> {
        Cursor::whole(text, Self::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ParseValueError> {
        let ssrc = cursor.number(Expected::Number)?;
        let name = cursor.token(Expected::Attribute)?;
        let value = if cursor.skip(b':') { cursor.rest() } else { "" };
        Ok(Self { ssrc, name, value })
    }

    /// Returns the source.
    #[must_use]
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Returns the name of the attribute, for instance `cname`.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Returns its value; of a flag it is empty.
    #[must_use]
    pub const fn value(&self) -> &'a str {
        self.value
    }
}

impl fmt::Display for SourceAttribute<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.ssrc, self.name)?;
        if self.value.is_empty() { Ok(()) } else { write!(formatter, ":{}", self.value) }
    }
}
