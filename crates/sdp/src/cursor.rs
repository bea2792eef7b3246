//! Reading a value word by word, knowing where.

use core::str::FromStr;

use crate::{Expected, ParseValueError};

/// A position in the text of a value.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads all of a text; spaces at its ends are left aside.
    pub(crate) fn whole<T>(
        text: &'a str,
        read: impl FnOnce(&mut Self) -> Result<T, ParseValueError>,
    ) -> Result<T, ParseValueError> {
        let mut cursor = Self::new(text);
        let value = read(&mut cursor)?;
        cursor.end()?;
        Ok(value)
    }

    /// Reads a word: all up to a space.
    pub(crate) fn word(&mut self, expected: Expected) -> Result<&'a str, ParseValueError> {
        self.skip_spaces();
        self.take_while(expected, |byte| !is_space(byte))
    }

    /// Reads a token (RFC 8866 section 9).
    pub(crate) fn token(&mut self, expected: Expected) -> Result<&'a str, ParseValueError> {
        self.skip_spaces();
        self.take_while(expected, is_token)
    }

    /// Reads a decimal number without a sign.
    pub(crate) fn number<N: FromStr>(&mut self, expected: Expected) -> Result<N, ParseValueError> {
        self.skip_spaces();
        let before = self.at;
        let digits = self.take_while(expected, |byte| byte.is_ascii_digit())?;
        digits.parse().map_err(|_| ParseValueError { at: before, expected })
    }

    /// Reads this very octet.
    pub(crate) fn octet(&mut self, octet: u8, expected: Expected) -> Result<(), ParseValueError> {
        if self.skip(octet) { Ok(()) } else { Err(self.fault(expected)) }
    }

    /// Passes this very octet, if it is the next.
    pub(crate) fn skip(&mut self, octet: u8) -> bool {
        let is_next = self.peek() == Some(octet);
        self.at += usize::from(is_next);
        is_next
    }

    /// Returns all that is left, without spaces at its ends.
    pub(crate) fn rest(&mut self) -> &'a str {
        let rest = self.left().trim_matches(is_space_char);
        self.at = self.text.len();
        rest
    }

    /// Tells whether only spaces are left.
    pub(crate) fn is_end(&mut self) -> bool {
        self.skip_spaces();
        self.at >= self.text.len()
    }

    pub(crate) fn end(&mut self) -> Result<(), ParseValueError> {
        if self.is_end() { Ok(()) } else { Err(self.fault(Expected::EndOfLine)) }
    }

    pub(crate) const fn fault(&self, expected: Expected) -> ParseValueError {
        ParseValueError { at: self.at, expected }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn skip_spaces(&mut self) {
        let left = self.left();
        self.at += left.len() - left.trim_start_matches(is_space_char).len();
    }

    fn take_while(
        &mut self,
        expected: Expected,
        is_part: impl Fn(u8) -> bool,
    ) -> Result<&'a str, ParseValueError> {
        let left = self.left();
        let len = left.bytes().position(|byte| !is_part(byte)).unwrap_or(left.len());
        // No class of octets here ends within a character: all of them are ASCII or all that is not a space.
        match left.get(..len) {
            Some(taken) if len > 0 => {
                self.at += len;
                Ok(taken)
            }
            Some(_) | None => Err(self.fault(expected)),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.left().bytes().next()
    }

    fn left(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// `token-char` of RFC 8866 section 9.
pub(crate) const fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'~')
}

/// Tells whether this can be a token.
pub(crate) fn is_token_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// Reads a decimal number without a sign.
pub(crate) fn number<N: FromStr>(text: &str) -> Option<N> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_decimal)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn is_space_char(char: char) -> bool {
    matches!(char, ' ' | '\t')
}
