//! Authentication-Info, Proxy-Authentication-Info.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use bytes::Bytes;

use super::grammar::{readable_unquoted, text_view};
use crate::{
    AuthParty, HeaderError, HeaderName, Headers,
    grammar::{
        self, Expected, Fault, Miss, Parsed, Span, param_value, separator, sws, token, unquote,
    },
    headers::read_only,
    source::Source,
};

/// What a server says after it accepted credentials (RFC 3261 section 20.6, RFC 7615):
/// `nextnonce="...", qop=auth, rspauth="...", cnonce="...", nc=00000001`.
///
/// The values are not shown by `Debug`.
///
/// ```
/// use centrala_sip::AuthenticationInfo;
/// let info: AuthenticationInfo = "nextnonce=\"47364c23\", qop=auth, nc=00000001".parse()?;
/// assert_eq!(info.next_nonce().as_deref(), Some("47364c23"));
/// assert_eq!(info.nonce_count(), Some(1));
/// assert_eq!(format!("{info:?}"), r#"AuthenticationInfo(["nextnonce", "qop", "nc"])"#);
/// # Ok::<(), centrala_sip::ParseValueError>(())
/// ```
#[derive(Clone)]
pub struct AuthenticationInfo {
    text: Bytes,
}

text_view!(AuthenticationInfo);

impl AuthenticationInfo {
    /// Returns the octets of a parameter as they were written, quotes included: what digests are computed over.
    #[must_use]
    pub fn raw_param(&self, name: &str) -> Option<&[u8]> {
        self.params().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns a parameter without its quotes.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw_param(name).map(readable_unquoted)
    }

    /// Iterates over all parameters: names, and values as they were written.
    pub fn params(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = Some(&*self.text);
        core::iter::from_fn(move || {
            let (after, (name, value)) = auth_info(rest.take()?).ok()?;
            rest = separator(b',', Expected::End)(after).ok().map(|(rest, ())| rest);
            Some((str::from_utf8(name).ok()?, value))
        })
    }

    /// Returns the nonce to be used next.
    #[must_use]
    pub fn next_nonce(&self) -> Option<Cow<'_, str>> {
        self.param("nextnonce")
    }

    /// Returns the quality of protection.
    #[must_use]
    pub fn qop(&self) -> Option<Cow<'_, str>> {
        self.param("qop")
    }

    /// Returns the digest by which the server proves that it knows the password, too.
    #[must_use]
    pub fn response_digest(&self) -> Option<Cow<'_, str>> {
        self.param("rspauth")
    }

    /// Returns the nonce of the client.
    #[must_use]
    pub fn cnonce(&self) -> Option<Cow<'_, str>> {
        self.param("cnonce")
    }

    /// Returns the count of the nonce, which is written with eight hexadecimal digits.
    #[must_use]
    pub fn nonce_count(&self) -> Option<u32> {
        hexadecimal(&unquote(self.raw_param("nc")?))
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let text = source.text();
        let (used, ()) = grammar::run(auth_infos, text)?;
        let value = Self { text: source.until(used).to_bytes() };
        if let Some(count) = value.raw_param("nc")
            && hexadecimal(&unquote(count)).is_none()
        {
            let at = Span::of(&value.text, count).start();
            return Err(Fault { at, expected: Expected::Number });
        }
        Ok((used, value))
    }
}

/// Shows the names only: `nextnonce` and `rspauth` are secrets.
impl fmt::Debug for AuthenticationInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.params().map(|(name, _)| name).collect();
        formatter.debug_tuple("AuthenticationInfo").field(&names).finish()
    }
}

impl Headers {
    /// Returns Authentication-Info, or Proxy-Authentication-Info of a proxy.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn authentication_info(&self, party: AuthParty) -> Result<AuthenticationInfo, HeaderError> {
        let name = match party {
            AuthParty::Server => HeaderName::AUTHENTICATION_INFO,
            AuthParty::Proxy => HeaderName::PROXY_AUTHENTICATION_INFO,
        };
        read_only(self, &name, AuthenticationInfo::read)
    }
}

/// Reads `ainfo *( COMMA ainfo )`.
fn auth_infos(input: &[u8]) -> Parsed<'_, ()> {
    let (mut rest, _) = auth_info(input)?;
    while let Ok((after, ())) = separator(b',', Expected::End)(rest) {
        (rest, _) = auth_info(after)?;
    }
    Ok((rest, ()))
}

fn auth_info(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (start, ()) = sws(input)?;
    let (rest, name) = token(start).map_err(|_| Miss::err(start, Expected::AuthParameters))?;
    let (rest, ()) = separator(b'=', Expected::AuthParameters)(rest)?;
    let (rest, value) = param_value(rest)?;
    Ok((rest, (name, value)))
}

fn hexadecimal(text: &[u8]) -> Option<u32> {
    // `from_str_radix` would take a sign.
    let digits = Some(text).filter(|text| text.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}
