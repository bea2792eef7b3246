//! Who made a description.

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
};
use core::{cmp::Ordering, fmt, net::IpAddr, str::FromStr};

use crate::{Connection, Expected, ParseValueError, cursor::Cursor, line::breaks_out};

/// The `o=` line (RFC 8866 section 5.2).
///
/// It says which session this is, and which version of it: a description with the same origin is the same
/// description (RFC 3264 section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    username: String,
    /// As text: numbers of any length are met, and they are only compared.
    session_id: String,
    version: String,
    address: String,
}

impl Origin {
    /// Makes an origin without a user name. `session_id` should be different for each session.
    #[must_use]
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        Self {
            username: "-".to_owned(),
            session_id: session_id.to_string(),
            version: version.to_string(),
            address: Connection::Address(address).to_string(),
        }
    }

    /// Parses the value of an `o=` line.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if a part is missing, or session and version are no numbers.
    pub fn parse(text: &str) -> Result<Self, ParseValueError> {
        if let Some(at) = text.bytes().position(|byte| breaks_out(&[byte])) {
            return Err(ParseValueError { at, expected: Expected::PlainLine });
        }
        let mut cursor = Cursor::new(text);
        let username = cursor.word(Expected::Username)?.to_owned();
        let session_id = digits(&mut cursor)?;
        let version = digits(&mut cursor)?;
        cursor.skip_spaces();
        let fault = cursor.fault(Expected::Address);
        let address = cursor.rest();
        if address.is_empty() {
            return Err(fault);
        }
        Ok(Self { username, session_id, version, address: address.to_owned() })
    }

    /// Returns the user name; `-` if there is none.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the session's number as text: it may have any length.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// Returns the version's number as text: it may have any length.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns network type, address type and address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Tells whether both are of one session (RFC 8866 section 5.2): all but their versions are the same.
    #[must_use]
    pub fn is_same_session(&self, other: &Self) -> bool {
        self.username == other.username
            && significant(&self.session_id) == significant(&other.session_id)
            && self.address == other.address
    }

    /// Compares the versions as numbers.
    #[must_use]
    pub fn cmp_version(&self, other: &Self) -> Ordering {
        let (one, two) = (significant(&self.version), significant(&other.version));
        one.len().cmp(&two.len()).then_with(|| one.cmp(two))
    }
}

impl FromStr for Origin {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {} {}", self.username, self.session_id, self.version, self.address)
    }
}

fn digits(cursor: &mut Cursor<'_>) -> Result<String, ParseValueError> {
    cursor.skip_spaces();
    let fault = cursor.fault(Expected::Number);
    let word = cursor.word(Expected::Number)?;
    if word.bytes().all(|byte| byte.is_ascii_digit()) { Ok(word.to_owned()) } else { Err(fault) }
}

/// A number without the zeros before it.
fn significant(number: &str) -> &str {
    number.trim_start_matches('0')
}
