//! Header names: an open registry, resolved once.

use core::{fmt, str::FromStr};

use bytes::Bytes;

use crate::grammar::is_token;

/// The name of a header. Case does not matter, and a compact form equals its long form (RFC 3261
/// section 7.3.3).
///
/// ```
/// use centrala_sip::HeaderName;
/// assert_eq!("v".parse(), Ok(HeaderName::VIA));
/// assert_eq!("x-foo".parse::<HeaderName>(), "X-Foo".parse());
/// ```
#[derive(Clone)]
pub struct HeaderName(Name);

#[derive(Clone)]
enum Name {
    Known(HeaderId),
    Other(Bytes),
}

/// The place of a name in the registry; [`HeaderId::OTHER`] for all that are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderId(u8);

/// Why a text is not a header name.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a header name must be a token")]
pub struct ParseHeaderNameError;

macro_rules! names {
    ($($name:ident = $text:literal $(/ $compact:literal)?;)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts the names")]
        #[repr(u8)]
        enum Index { $($name,)* }

        impl HeaderName {
            $(#[doc = concat!("`", $text, "`.")] pub const $name: Self = Self(Name::Known(HeaderId::$name));)*
        }

        impl HeaderId {
            $(pub(crate) const $name: Self = Self(Index::$name as u8);)*
        }

        const NAMES: &[&str] = &[$($text),*];
        const COMPACT: &[(u8, HeaderId)] = &[$($(($compact, HeaderId::$name),)?)*];
    };
}

names! {
    ACCEPT = "Accept";
    ACCEPT_CONTACT = "Accept-Contact" / b'a';
    ACCEPT_ENCODING = "Accept-Encoding";
    ACCEPT_LANGUAGE = "Accept-Language";
    ALERT_INFO = "Alert-Info";
    ALLOW = "Allow";
    ALLOW_EVENTS = "Allow-Events" / b'u';
    ANSWER_MODE = "Answer-Mode";
    AUTHENTICATION_INFO = "Authentication-Info";
    AUTHORIZATION = "Authorization";
    CALL_ID = "Call-ID" / b'i';
    CALL_INFO = "Call-Info";
    CONTACT = "Contact" / b'm';
    CONTENT_DISPOSITION = "Content-Disposition";
    CONTENT_ENCODING = "Content-Encoding" / b'e';
    CONTENT_LANGUAGE = "Content-Language";
    CONTENT_LENGTH = "Content-Length" / b'l';
    CONTENT_TYPE = "Content-Type" / b'c';
    CSEQ = "CSeq";
    DATE = "Date";
    DIVERSION = "Diversion";
    ERROR_INFO = "Error-Info";
    EVENT = "Event" / b'o';
    EXPIRES = "Expires";
    FLOW_TIMER = "Flow-Timer";
    FROM = "From" / b'f';
    HISTORY_INFO = "History-Info";
    IDENTITY = "Identity" / b'y';
    IN_REPLY_TO = "In-Reply-To";
    JOIN = "Join";
    MAX_FORWARDS = "Max-Forwards";
    MIME_VERSION = "MIME-Version";
    MIN_EXPIRES = "Min-Expires";
    MIN_SE = "Min-SE";
    ORGANIZATION = "Organization";
    P_ASSERTED_IDENTITY = "P-Asserted-Identity";
    P_CALLED_PARTY_ID = "P-Called-Party-ID";
    P_CHARGING_VECTOR = "P-Charging-Vector";
    P_PREFERRED_IDENTITY = "P-Preferred-Identity";
    PATH = "Path";
    PRIORITY = "Priority";
    PRIV_ANSWER_MODE = "Priv-Answer-Mode";
    PRIVACY = "Privacy";
    PROXY_AUTHENTICATE = "Proxy-Authenticate";
    PROXY_AUTHENTICATION_INFO = "Proxy-Authentication-Info";
    PROXY_AUTHORIZATION = "Proxy-Authorization";
    PROXY_REQUIRE = "Proxy-Require";
    RACK = "RAck";
    REASON = "Reason";
    RECORD_ROUTE = "Record-Route";
    REFER_SUB = "Refer-Sub";
    REFER_TO = "Refer-To" / b'r';
    REFERRED_BY = "Referred-By" / b'b';
    REJECT_CONTACT = "Reject-Contact" / b'j';
    REPLACES = "Replaces";
    REPLY_TO = "Reply-To";
    REQUEST_DISPOSITION = "Request-Disposition" / b'd';
    REQUIRE = "Require";
    RETRY_AFTER = "Retry-After";
    ROUTE = "Route";
    RSEQ = "RSeq";
    SERVER = "Server";
    SERVICE_ROUTE = "Service-Route";
    SESSION_EXPIRES = "Session-Expires" / b'x';
    SIP_ETAG = "SIP-ETag";
    SIP_IF_MATCH = "SIP-If-Match";
    SUBJECT = "Subject" / b's';
    SUBSCRIPTION_STATE = "Subscription-State";
    SUPPORTED = "Supported" / b'k';
    TARGET_DIALOG = "Target-Dialog";
    TIMESTAMP = "Timestamp";
    TO = "To" / b't';
    UNSUPPORTED = "Unsupported";
    USER_AGENT = "User-Agent";
    VIA = "Via" / b'v';
    WARNING = "Warning";
    WWW_AUTHENTICATE = "WWW-Authenticate";
}

impl HeaderName {
    /// Returns the name in its usual spelling: the long form, or the given text of an unregistered name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(id) => id.text(),
            // Tokens are ASCII.
            Name::Other(text) => core::str::from_utf8(text).unwrap_or_default(),
        }
    }

    /// Takes a name that was looked up and found to be a token before.
    pub(crate) fn indexed(id: HeaderId, text: impl FnOnce() -> Bytes) -> Self {
        Self(if id == HeaderId::OTHER { Name::Other(text()) } else { Name::Known(id) })
    }

    pub(crate) fn id(&self) -> HeaderId {
        match &self.0 {
            Name::Known(id) => *id,
            Name::Other(_) => HeaderId::OTHER,
        }
    }
}

impl FromStr for HeaderName {
    type Err = ParseHeaderNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || !text.bytes().all(is_token) {
            return Err(ParseHeaderNameError);
        }
        let id = HeaderId::resolve(text.as_bytes());
        Ok(Self::indexed(id, || Bytes::copy_from_slice(text.as_bytes())))
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Name::Known(one), Name::Known(two)) => one == two,
            (Name::Other(one), Name::Other(two)) => one.eq_ignore_ascii_case(two),
            (Name::Known(_), Name::Other(_)) | (Name::Other(_), Name::Known(_)) => false,
        }
    }
}

impl Eq for HeaderName {}

impl fmt::Debug for HeaderName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl HeaderId {
    /// How many names the registry has.
    pub(crate) const COUNT: usize = NAMES.len();

    /// Stands for every name which the registry does not have.
    pub(crate) const OTHER: Self = Self(u8::MAX);

    /// Looks a name up, compact forms included.
    pub(crate) fn resolve(name: &[u8]) -> Self {
        if let [letter] = name {
            let letter = letter.to_ascii_lowercase();
            return COMPACT
                .iter()
                .find(|(compact, _)| *compact == letter)
                .map_or(Self::OTHER, |(_, id)| *id);
        }
        let place = BY_HASH.get(hash(name)).copied().unwrap_or(u8::MAX);
        let Some(known) = NAMES.get(usize::from(place)) else { return Self::OTHER };
        // The usual spelling is what most messages have, and compares fastest.
        if known.as_bytes() == name || known.as_bytes().eq_ignore_ascii_case(name) {
            return Self(place);
        }
        Self::OTHER
    }

    /// The place in the registry.
    pub(crate) fn place(self) -> usize {
        self.0.into()
    }

    fn text(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

/// Registry places by hash, one for each: a look-up compares with one name.
const BY_HASH: [u8; 1 << HASH_BITS] = places();

const HASH_BITS: u32 = 9;

/// Sends every name of the registry to a slot of its own. Found by trying odd numbers; a new name may need another.
const MULTIPLIER: u32 = 0x4ef2_5c07;

/// A hash of the length, the first, the middle and the last letter in any case.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the lengths are checked, and a cut length is as good; `get` is no const fn"
)]
const fn hash(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let letters = [
        name.len() as u8,
        name[0] | 0x20,
        name[name.len() / 2] | 0x20,
        name[name.len() - 1] | 0x20,
    ];
    (u32::from_le_bytes(letters).wrapping_mul(MULTIPLIER) >> (u32::BITS - HASH_BITS)) as usize
}

/// Two names in one slot stop the compilation.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler"
)]
const fn places() -> [u8; 1 << HASH_BITS] {
    let mut table = [u8::MAX; 1 << HASH_BITS];
    let mut place = 0;
    while place < NAMES.len() {
        let slot = hash(NAMES[place].as_bytes());
        assert!(table[slot] == u8::MAX, "two names share a slot: choose another MULTIPLIER");
        table[slot] = place as u8;
        place += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_compact_form_is_found_in_any_case() {
        for (index, text) in NAMES.iter().enumerate() {
            let id = HeaderId::resolve(text.as_bytes());
            assert_eq!(usize::from(id.0), index, "{text}");
            assert_eq!(HeaderId::resolve(text.to_ascii_uppercase().as_bytes()), id, "{text}");
            assert_eq!(HeaderId::resolve(text.to_ascii_lowercase().as_bytes()), id, "{text}");
        }
        for (letter, id) in COMPACT {
            assert_eq!(HeaderId::resolve(&[*letter]), *id);
            assert_eq!(HeaderId::resolve(&[letter.to_ascii_uppercase()]), *id);
        }
    }

    #[test]
    fn a_name_out_of_the_registry_keeps_its_spelling() {
        for text in ["X-Foo", "C%6Fntact", "Via2", "z", "!"] {
            let name: HeaderName = text.parse().unwrap();
            assert_eq!(name.as_str(), text);
            assert_eq!(name.id(), HeaderId::OTHER);
        }
    }

    #[test]
    fn a_name_must_be_a_token() {
        for text in ["", "To ", "a:b", "a\r\nb", "é"] {
            assert_eq!(text.parse::<HeaderName>(), Err(ParseHeaderNameError), "{text:?}");
        }
    }
}
