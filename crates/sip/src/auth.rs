//! Challenges and credentials, as far as their syntax goes (RFC 3261 section 20.7, RFC 8760).

use alloc::borrow::Cow;
use alloc::{string::String, string::ToString as _, vec::Vec};
use core::fmt;

use bytes::Bytes;
use nom::Parser;

use crate::{
    Header, HeaderName,
    grammar::{
        self, Expected, Fault, Miss, Parsed, Span, is_lws, param_value, separator, sws, token,
        unfold, unquote,
    },
    header_name::HeaderId,
};

/// Whom a challenge or credentials concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 22 knows two")]
pub enum AuthParty {
    /// The server or registrar: 401, WWW-Authenticate, Authorization.
    Server,
    /// A proxy: 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl AuthParty {
    /// Returns the header that carries the challenge.
    #[must_use]
    pub const fn challenge_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::WWW_AUTHENTICATE,
            Self::Proxy => HeaderName::PROXY_AUTHENTICATE,
        }
    }

    /// Returns the header that carries the credentials.
    #[must_use]
    pub const fn credentials_header(self) -> HeaderName {
        match self {
            Self::Server => HeaderName::AUTHORIZATION,
            Self::Proxy => HeaderName::PROXY_AUTHORIZATION,
        }
    }
}

/// A challenge: a scheme with its parameters, for instance `Digest realm="example.com", nonce="..."`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(Auth);

/// Credentials: a scheme with its parameters, `response` among them. Their values are not shown by `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials(Auth);

#[derive(Clone, PartialEq, Eq)]
struct Auth {
    party: AuthParty,
    text: Bytes,
    scheme: Span,
    params: Span,
}

/// Limit of parameters in one challenge.
const MAX_AUTH_PARAMS: usize = 64;

macro_rules! auth_accessors {
    ($($type:ident),*) => { $(impl $type {
        /// Tells whom this concerns.
        #[must_use]
        pub const fn party(&self) -> AuthParty {
            self.0.party
        }

        /// Returns the scheme as it was written; it is compared in any case.
        #[must_use]
        pub fn scheme(&self) -> &str {
            str::from_utf8(self.0.scheme.in_(&self.0.text)).unwrap_or_default()
        }

        /// Tells whether the scheme is Digest.
        #[must_use]
        pub fn is_digest(&self) -> bool {
            self.scheme().eq_ignore_ascii_case("Digest")
        }

        /// Returns the octets of a parameter as they were written, quotes included.
        ///
        /// Digests are computed over these: never over a normalised copy.
        #[must_use]
        pub fn raw_param(&self, name: &str) -> Option<&[u8]> {
            self.0.param(name)
        }

        /// Returns a parameter without its quotes, if it is UTF-8.
        #[must_use]
        pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
            match unquote(self.0.param(name)?) {
                Cow::Borrowed(value) => str::from_utf8(value).ok().map(Cow::Borrowed),
                Cow::Owned(value) => String::from_utf8(value).ok().map(Cow::Owned),
            }
        }

        /// Iterates over all parameters: names, and values as they were written.
        pub fn params(&self) -> impl Iterator<Item = (&str, &[u8])> {
            self.0.params()
        }
    })* };
}

auth_accessors!(Challenge, Credentials);

impl Challenge {
    pub(crate) fn read(header: Header<'_>) -> Option<Result<Self, Fault>> {
        let party = match header.id() {
            HeaderId::WWW_AUTHENTICATE => AuthParty::Server,
            HeaderId::PROXY_AUTHENTICATE => AuthParty::Proxy,
            _ => return None,
        };
        Some(Auth::read(header, party).map(Self))
    }
}

impl Credentials {
    pub(crate) fn read(header: Header<'_>) -> Option<Result<Self, Fault>> {
        let party = match header.id() {
            HeaderId::AUTHORIZATION => AuthParty::Server,
            HeaderId::PROXY_AUTHORIZATION => AuthParty::Proxy,
            _ => return None,
        };
        Some(Auth::read(header, party).map(Self))
    }
}

impl Auth {
    fn read(header: Header<'_>, party: AuthParty) -> Result<Self, Fault> {
        let value = header.value();
        let (used, scheme) = grammar::run(token, value)?;
        let rest = value.get(used..).unwrap_or_default();
        if rest.first().is_some_and(|&byte| !is_lws(byte)) {
            return Err(Fault { at: used, expected: Expected::AuthParameters });
        }
        // Only of Digest do we know that it has parameters: others may have a blob.
        if scheme.eq_ignore_ascii_case(b"Digest") {
            grammar::run_all(check, rest)
                .map_err(|fault| Fault { at: used + fault.at, ..fault })?;
        }
        let scheme = Span::of(value, scheme);
        let params = Span::new(used, value.len());
        Ok(Self { party, text: header.source().to_bytes(), scheme, params })
    }

    fn params(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = Some(self.params.in_(&self.text));
        core::iter::from_fn(move || {
            let (after, (name, value)) = auth_param(rest.take()?).ok()?;
            rest = separator(b',', Expected::End)(after).ok().map(|(rest, ())| rest);
            Some((str::from_utf8(name).ok()?, value))
        })
    }

    fn param(&self, name: &str) -> Option<&[u8]> {
        self.params().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A scheme that we do not know may have a secret where Digest has names.
        let is_known = self.scheme.in_(&self.text).eq_ignore_ascii_case(b"Digest");
        let names: Vec<&str> = self.params().filter(|_| is_known).map(|(name, _)| name).collect();
        formatter
            .debug_struct("Auth")
            .field("party", &self.party)
            .field("scheme", &unfold(self.scheme.in_(&self.text)).escape_ascii().to_string())
            .field("params", &names)
            .finish()
    }
}

/// Checks `auth-param *( COMMA auth-param )`.
fn check(input: &[u8]) -> Parsed<'_, ()> {
    let mut rest = input;
    for _ in 0..MAX_AUTH_PARAMS {
        let (after, _) = auth_param(rest)?;
        match separator(b',', Expected::End)(after) {
            Ok((after, ())) => rest = after,
            Err(_) => return Ok((after, ())),
        }
    }
    Err(Miss::err(rest, Expected::AuthParameters))
}

/// Reads `token EQUAL ( token / quoted-string )`.
fn auth_param(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let miss = |_| Miss::err(input, Expected::AuthParameters);
    let (rest, (_, name)) = (sws, token).parse(input).map_err(miss)?;
    let (rest, ()) = separator(b'=', Expected::AuthParameters)(rest)?;
    let (rest, value) = param_value(rest)?;
    Ok((rest, (name, value)))
}
