//! Challenges and credentials by the letter of RFC 3261 section 25.1.

use super::{
    Leniency,
    address::{is_quoted, is_token_text, require},
    reader::{Broken, Reader, Step},
};
use crate::grammar::is_token;

/// Which header carries the parameters: `qop` is a list in quotes in one and a token in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthRole {
    Challenge,
    Credentials,
}

const QUOTED: &[&[u8]] = &[
    b"realm",
    b"nonce",
    b"opaque",
    b"domain",
    b"username",
    b"uri",
    b"response",
    b"cnonce",
    b"rspauth",
    b"nextnonce",
];
const TOKENS: &[&[u8]] = &[b"algorithm", b"stale", b"nc"];

impl Reader<'_> {
    /// Reads `auth-scheme LWS auth-param *( COMMA auth-param )`.
    pub(super) fn auth(&mut self, role: AuthRole) -> Step {
        let scheme = self.token()?;
        let is_digest = scheme.eq_ignore_ascii_case(b"Digest");
        if self.is_at_end() && !is_digest {
            self.note_here(Leniency::OpaqueCredentials);
            return Ok(());
        }
        self.lws()?;
        if is_digest {
            return self.auth_params(role);
        }
        // RFC 6750 section 2.1 has one token here, and RFC 8898 brings that to SIP.
        let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer");
        let is_known_form = is_auth_params(self.rest()) || (is_bearer && is_b64token(self.rest()));
        if !is_known_form {
            self.note_here(Leniency::OpaqueCredentials);
        }
        self.skip_all();
        Ok(())
    }

    /// Reads `auth-param *( COMMA auth-param )`.
    pub(super) fn auth_params(&mut self, role: AuthRole) -> Step {
        loop {
            self.sws();
            let name = self.token()?;
            if !self.separator(b'=') {
                return Err(Broken);
            }
            let at = self.position();
            let value = self.param_value()?;
            self.auth_value(role, name, value, at);
            if !self.separator(b',') {
                return Ok(());
            }
        }
    }

    fn auth_value(&mut self, role: AuthRole, name: &[u8], value: &[u8], at: usize) {
        let is_among = |names: &[&[u8]]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let is_qop = name.eq_ignore_ascii_case(b"qop");
        if value.is_empty() {
            self.note(Leniency::EmptyParameterValue, at);
        } else if is_among(QUOTED) || (is_qop && role == AuthRole::Challenge) {
            if !is_quoted(value) {
                self.note(Leniency::UnquotedAuthParameter, at);
            } else if name.eq_ignore_ascii_case(b"response") {
                let hex = value.get(1..value.len() - 1).unwrap_or_default();
                require(self, !hex.is_empty() && hex.iter().all(is_lhex), at);
            }
        } else if is_among(TOKENS) || is_qop {
            let is_count = name.eq_ignore_ascii_case(b"nc");
            if is_quoted(value) {
                self.note(Leniency::QuotedAuthParameter, at);
            } else {
                let is_kept = !is_count || (value.len() == 8 && value.iter().all(is_lhex));
                require(self, is_kept && is_token_text(value), at);
            }
        } else {
            require(self, is_quoted(value) || is_token_text(value), at);
        }
    }
}

/// `DIGIT / %x61-66`.
fn is_lhex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(text: &[u8]) -> bool {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let is_octet = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    end > 0 && text.get(..end).is_some_and(|text| text.iter().all(is_octet))
}

/// Tells whether there are parameters, without looking at what they mean.
fn is_auth_params(text: &[u8]) -> bool {
    let mut reader = Reader::new(text, 0);
    let read = reader.list(|reader| {
        reader.sws();
        reader.token()?;
        if !reader.separator(b'=') {
            return Err(Broken);
        }
        if reader.peek() == Some(b'"') {
            return reader.quoted_string().map(|_| ());
        }
        let value = reader.take_while(is_token);
        if value.is_empty() { Err(Broken) } else { Ok(()) }
    });
    read.is_ok() && reader.is_at_end()
}
