//! Headers that are one token, or a list of tokens.

use crate::{
    CallId, HeaderError, HeaderName, Headers, Method,
    grammar::{self, Fault, Miss, Parsed, Span, sws, token},
    headers::read_only,
    source::Source,
};

use super::grammar::{call_id, token_and_params};

impl Headers {
    /// Iterates over the option tags of Unsupported (RFC 3261 section 20.40).
    pub fn unsupported(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::UNSUPPORTED)
    }

    /// Iterates over the option tags of Proxy-Require (RFC 3261 section 20.29).
    pub fn proxy_require(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::PROXY_REQUIRE)
    }

    /// Iterates over the event packages of Allow-Events (RFC 6665 section 8.2.2).
    pub fn allow_events(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::ALLOW_EVENTS)
    }

    /// Iterates over the codings of the body, in the order in which they were applied (RFC 3261 section 20.12).
    pub fn content_encoding(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::CONTENT_ENCODING)
    }

    /// Iterates over the languages of the body (RFC 3261 section 20.13).
    pub fn content_language(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::CONTENT_LANGUAGE)
    }

    /// Iterates over the directives of Request-Disposition, as `no-fork` and `parallel` (RFC 3841 section 9.1).
    pub fn request_disposition(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::REQUEST_DISPOSITION)
    }

    /// Iterates over the calls that this one answers (RFC 3261 section 20.21).
    pub fn in_reply_to(&self) -> impl Iterator<Item = Result<CallId, HeaderError>> + '_ {
        self.list(&HeaderName::IN_REPLY_TO, read_call_id)
    }

    /// Tells whether Supported or Require has that option tag, in any case: `supports("100rel")`. What is
    /// malformed beside it does not matter.
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use centrala_sip::{Message, Method};
    /// let text = Bytes::from_static(b"INVITE sip:a@b SIP/2.0\r\nk: timer, 100rel\r\nAllow: INVITE,ACK\r\n\r\n");
    /// let Message::Request(invite) = Message::parse(text)? else { panic!("a request") };
    /// assert!(invite.supports("100rel") && !invite.requires("100rel"));
    /// assert!(invite.allows(&Method::Invite) && !invite.allows(&Method::Update));
    /// # Ok::<(), centrala_sip::ParseMessageError>(())
    /// ```
    #[must_use]
    pub fn supports(&self, tag: &str) -> bool {
        has(self.supported(), tag) || self.requires(tag)
    }

    /// Tells whether Require has that option tag, in any case.
    #[must_use]
    pub fn requires(&self, tag: &str) -> bool {
        has(self.require(), tag)
    }

    /// Tells whether Allow has that method. Without an Allow nothing is known (RFC 3261 section 20.5), and the
    /// answer is no.
    #[must_use]
    pub fn allows(&self, method: &Method) -> bool {
        // Methods are case-sensitive (RFC 3261 section 7.1).
        self.tokens(&HeaderName::ALLOW).flatten().any(|name| name == method.as_str())
    }

    /// Returns the entity tag of a published state (RFC 3903 section 11.3).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn sip_etag(&self) -> Result<&str, HeaderError> {
        self.token(&HeaderName::SIP_ETAG)
    }

    /// Returns the entity tag which a publication refreshes, changes or removes (RFC 3903 section 11.3).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn sip_if_match(&self) -> Result<&str, HeaderError> {
        self.token(&HeaderName::SIP_IF_MATCH)
    }

    /// Returns Priority as it was written; `non-urgent`, `normal`, `urgent` and `emergency` are known (RFC 3261
    /// section 20.26), compared in any case.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn priority(&self) -> Result<&str, HeaderError> {
        self.token(&HeaderName::PRIORITY)
    }

    /// Tells whether a REFER is to make a subscription (RFC 4488 section 4).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn refer_sub(&self) -> Result<bool, HeaderError> {
        read_only(self, &HeaderName::REFER_SUB, |source| {
            let text = source.text();
            let (used, (word, _)) = grammar::run(token_and_params, text)?;
            if word.eq_ignore_ascii_case(b"true") {
                return Ok((used, true));
            }
            if word.eq_ignore_ascii_case(b"false") {
                return Ok((used, false));
            }
            let at = Span::of(text, word).start();
            Err(Fault { at, expected: crate::Expected::Token })
        })
    }

    /// Returns the token of a header that is one, as Priority and SIP-ETag are.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn token(&self, name: &HeaderName) -> Result<&str, HeaderError> {
        let span = read_only(self, name, |source| {
            let (used, word) = grammar::run(spaced_token, source.text())?;
            Ok((used, Span::of(source.text(), word)))
        })?;
        // Tokens are ASCII.
        Ok(str::from_utf8(span.in_(self.header(name).unwrap_or_default())).unwrap_or_default())
    }
}

fn has<'a>(mut tokens: impl Iterator<Item = Result<&'a str, HeaderError>>, tag: &str) -> bool {
    tokens.any(|token| token.is_ok_and(|token| token.eq_ignore_ascii_case(tag)))
}

fn spaced_token(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, ()) = sws(input)?;
    token(rest).map_err(|_| Miss::err(rest, crate::Expected::Token))
}

fn read_call_id(source: Source<'_>) -> Result<(usize, CallId), Fault> {
    let (used, _) = grammar::run(call_id, source.text())?;
    CallId::read(source.until(used)).map(|call_id| (used, call_id))
}
