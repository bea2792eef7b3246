//! The name of a mailbox.

use std::{fmt, str::FromStr, sync::Arc};

/// The most characters that the name of a mailbox may have.
pub const MAX_NAME_LEN: usize = 64;

/// The name of a mailbox: `101`, `sales`.
///
/// Lower-case letters, digits, `-` and `_` of ASCII, beginning with a letter or a digit. So a name
/// is never a path, and no two names are one file where upper and lower case are the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxName(Arc<str>);

impl MailboxName {
    /// Returns the name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailboxName {
    type Err = ParseMailboxNameError;

    fn from_str(text: &str) -> Result<Self, ParseMailboxNameError> {
        if text.is_empty() {
            return Err(ParseMailboxNameError::Empty);
        }
        if text.len() > MAX_NAME_LEN {
            return Err(ParseMailboxNameError::TooLong);
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let wrong = |&(at, c): &(usize, char)| !plain(c) && (at == 0 || !matches!(c, '-' | '_'));
        match text.char_indices().find(wrong) {
            Some((at, found)) => Err(ParseMailboxNameError::NotAllowed { at, found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailboxName({})", self.0)
    }
}

/// Why something is no name of a mailbox.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMailboxNameError {
    /// There is nothing.
    #[error("the name of a mailbox is empty")]
    Empty,
    /// It has more than [`MAX_NAME_LEN`] characters.
    #[error("the name of a mailbox has more than {MAX_NAME_LEN} characters")]
    TooLong,
    /// A character that may not stand there.
    #[error(
        "{found:?} at offset {at} may not stand there: a mailbox is named by a-z, 0-9, - and _"
    )]
    NotAllowed {
        /// Offset in bytes.
        at: usize,
        /// The character.
        found: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_paths_are_taken() {
        for name in ["101", "sales", "front-desk_2", "7", &"x".repeat(MAX_NAME_LEN)] {
            let parsed: MailboxName = name.parse().unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string()), (name, name.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_place() {
        let not_allowed = |at, found| ParseMailboxNameError::NotAllowed { at, found };
        for (name, error) in [
            ("", ParseMailboxNameError::Empty),
            (&"x".repeat(MAX_NAME_LEN + 1), ParseMailboxNameError::TooLong),
            ("..", not_allowed(0, '.')),
            ("-rf", not_allowed(0, '-')),
            ("_x", not_allowed(0, '_')),
            ("a/b", not_allowed(1, '/')),
            ("a\0", not_allowed(1, '\0')),
            ("Sales", not_allowed(0, 'S')),
            ("łódź", not_allowed(0, 'ł')),
            ("a\\b", not_allowed(1, '\\')),
        ] {
            assert_eq!(name.parse::<MailboxName>(), Err(error), "{name:?}");
        }
    }
}
