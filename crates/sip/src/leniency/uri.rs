//! URIs by the letter of RFC 3261 section 25.1 and RFC 3966 section 3.

use super::{
    Leniency,
    reader::{Broken, Names, Reader, Step},
};
use crate::{
    Uri,
    grammar::{decimal, is_host, is_visible},
    host,
    uri::decode,
};

/// Where a URI stands: what it may have depends on that (RFC 3261 section 19.1.1, table 1).
///
/// The table has no port for From and To, but RFC 4475 section 3.1.1.7 calls a message with one valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    RequestUri,
    FromOrTo,
    Contact,
    Route,
    /// No rule is known.
    Elsewhere,
}

impl Place {
    fn forbids_headers(self) -> bool {
        matches!(self, Self::RequestUri | Self::FromOrTo | Self::Route)
    }

    fn forbids_param(self, name: &[u8]) -> bool {
        let forbidden: &[&[u8]] = match self {
            Self::RequestUri | Self::Contact => &[b"method"],
            Self::FromOrTo => &[b"method", b"maddr", b"ttl", b"transport", b"lr"],
            Self::Route => &[b"method", b"ttl"],
            Self::Elsewhere => &[],
        };
        forbidden.iter().any(|other| other.eq_ignore_ascii_case(name))
    }
}

/// What the parts of a URI may have beside letters, digits and the marks (RFC 3261 section 25.1).
const IN_USER: &[u8] = b"&=+$,;?/";
const IN_PASSWORD: &[u8] = b"&=+$,";
const IN_PARAMS: &[u8] = b"[]/:&+$";
const IN_HEADERS: &[u8] = b"[]/?:+$";
/// `reserved`; RFC 3986 section 3.2.2 adds the brackets of IPv6 addresses.
const IN_OTHERS: &[u8] = b";/?:@&=+$,[]";

impl<'a> Reader<'a> {
    /// Reads a URI of that length. The cursor ends behind it, or near the fault if it is none.
    pub(super) fn uri(&mut self, length: usize, place: Place) -> Step {
        let start = self.position();
        let text = self.rest().get(..length).unwrap_or_default();
        if text.len() > Uri::MAX_LEN || str::from_utf8(text).is_err() {
            return Err(Broken);
        }
        // `<`, `>` and `"` delimit URIs: no part of one can have them.
        let is_foreign = |byte: u8| !is_visible(byte) || matches!(byte, b'<' | b'>' | b'"');
        if let Some(at) = text.iter().position(|&byte| is_foreign(byte)) {
            self.go_to(start + at);
            return Err(Broken);
        }
        let colon = text.iter().position(|&byte| byte == b':').ok_or(Broken)?;
        let (scheme, after) = text.split_at_checked(colon).ok_or(Broken)?;
        let body = after.get(1..).unwrap_or_default();
        let is_scheme =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.first().is_some_and(u8::is_ascii_alphabetic) || !scheme.iter().all(is_scheme) {
            return Err(Broken);
        }
        self.go_to(start + colon + 1);
        if body.is_empty() {
            return Err(Broken);
        }
        if scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips") {
            self.sip_uri(body, place)?;
        } else if scheme.eq_ignore_ascii_case(b"tel") {
            self.tel_uri(body)?;
        } else {
            self.uri_text(body, self.position(), Leniency::UnescapedUriPart, IN_OTHERS);
        }
        self.go_to(start + text.len());
        Ok(())
    }

    /// Reads `[ userinfo ] hostport uri-parameters [ headers ]`.
    fn sip_uri(&mut self, body: &'a [u8], place: Place) -> Step {
        let end = self.position() + body.len();
        if let Some(at) = body.iter().position(|&byte| byte == b'@') {
            self.userinfo(at)?;
        }
        self.host()?;
        if self.position() < end && self.octet(b':') {
            self.port()?;
        }
        let tail = self.rest().get(..end.saturating_sub(self.position())).unwrap_or_default();
        let mut halves = tail.splitn(2, |&byte| byte == b'?');
        self.uri_params(halves.next().unwrap_or_default(), place)?;
        if let Some(headers) = halves.next() {
            if place.forbids_headers() {
                self.note_here(Leniency::DisallowedUriPart);
            }
            self.go_to(self.position() + 1);
            self.uri_headers(headers)?;
        }
        Ok(())
    }

    /// Reads `user [ ":" password ] "@"`; the length is that without the `@`.
    fn userinfo(&mut self, length: usize) -> Step {
        let start = self.position();
        let text = self.rest().get(..length).unwrap_or_default();
        let mut halves = text.splitn(2, |&byte| byte == b':');
        let user = halves.next().unwrap_or_default();
        if user.is_empty() {
            return Err(Broken);
        }
        self.uri_text(user, start, Leniency::UnescapedUser, IN_USER);
        if let Some(password) = halves.next() {
            let at = start + user.len() + 1;
            self.uri_text(password, at, Leniency::UnescapedUriPart, IN_PASSWORD);
        }
        self.go_to(start + length + 1);
        Ok(())
    }

    /// Reads `*( ";" pname [ "=" pvalue ] )`.
    fn uri_params(&mut self, text: &[u8], place: Place) -> Step {
        let end = self.position() + text.len();
        let mut names = Names::default();
        for (count, param) in text.split(|&byte| byte == b';').enumerate() {
            if count == 0 && param.is_empty() {
                continue;
            }
            if count == 0 {
                // After host and port comes a semicolon or nothing.
                return Err(Broken);
            }
            let at = self.position() + 1;
            self.go_to(at);
            let mut halves = param.splitn(2, |&byte| byte == b'=');
            let name = halves.next().unwrap_or_default();
            if name.is_empty() || count > Uri::MAX_PARAMS {
                return Err(Broken);
            }
            self.uri_text(name, at, Leniency::UnescapedUriPart, IN_PARAMS);
            names.add(decode(name), at);
            match halves.next() {
                Some(b"") => self.note(Leniency::EmptyParameterValue, at),
                Some(value) => {
                    self.uri_text(
                        value,
                        at + name.len() + 1,
                        Leniency::UnescapedUriPart,
                        IN_PARAMS,
                    );
                }
                None => {}
            }
            if place.forbids_param(name) {
                self.note(Leniency::DisallowedUriPart, at);
            }
            self.go_to(at + param.len());
        }
        self.note_repeated(names);
        self.go_to(end);
        Ok(())
    }

    /// Reads `hname "=" hvalue *( "&" hname "=" hvalue )`.
    fn uri_headers(&mut self, text: &[u8]) -> Step {
        let mut at = self.position();
        for (count, header) in text.split(|&byte| byte == b'&').enumerate() {
            if count >= Uri::MAX_PARAMS {
                return Err(Broken);
            }
            let mut halves = header.splitn(2, |&byte| byte == b'=');
            let name = halves.next().unwrap_or_default();
            self.uri_text(name, at, Leniency::UnescapedUriPart, IN_HEADERS);
            match halves.next() {
                Some(value) if !name.is_empty() => {
                    self.uri_text(
                        value,
                        at + name.len() + 1,
                        Leniency::UnescapedUriPart,
                        IN_HEADERS,
                    );
                }
                Some(_) | None => self.note(Leniency::UriHeaderWithoutValue, at),
            }
            at += header.len() + 1;
        }
        Ok(())
    }

    /// Reads a number of RFC 3966 and its parameters.
    fn tel_uri(&mut self, body: &[u8]) -> Step {
        let start = self.position();
        let length = body.iter().position(|&byte| byte == b';').unwrap_or(body.len());
        let (number, params) = body.split_at_checked(length).unwrap_or((body, b""));
        let is_separator = |byte: &u8| matches!(byte, b'-' | b'.' | b'(' | b')');
        let is_local = |byte: &u8| {
            byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#') || is_separator(byte)
        };
        let (digits, is_global) = match number.strip_prefix(b"+") {
            Some(digits) => (digits, true),
            None => (number, false),
        };
        // The lenient reader takes a plus sign anywhere.
        if number.is_empty() || !number.iter().all(|byte| *byte == b'+' || is_local(byte)) {
            return Err(Broken);
        }
        let is_digit = |byte: &u8| byte.is_ascii_digit() || is_separator(byte);
        let is_number =
            if is_global { digits.iter().all(is_digit) } else { digits.iter().all(is_local) };
        if !is_number || digits.iter().all(is_separator) {
            self.note(Leniency::PhoneNumber, start);
        }
        let context = b"phone-context";
        let has_context = params.split(|&byte| byte == b';').any(|param| {
            let name = param.split(|&byte| byte == b'=').next().unwrap_or_default();
            name.eq_ignore_ascii_case(context)
        });
        if !is_global && !has_context {
            self.note(Leniency::LocalNumberWithoutContext, start);
        }
        self.go_to(start + length);
        self.uri_params(params, Place::Elsewhere)
    }

    /// Checks a part of a URI: `unreserved`, `escaped`, and what this part may have beside.
    fn uri_text(&mut self, text: &[u8], at: usize, leniency: Leniency, allowed: &[u8]) {
        let mut position = 0;
        while let Some(&octet) = text.get(position) {
            if octet == b'%' {
                let digits = text.get(position + 1..position + 3).unwrap_or_default();
                if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    self.note(Leniency::BrokenEscape, at + position);
                }
            } else if !octet.is_ascii_alphanumeric()
                && !b"-_.!~*'()".contains(&octet)
                && !allowed.contains(&octet)
            {
                self.note(leniency, at + position);
            }
            position += 1;
        }
    }

    /// Reads a host: a name, an IPv4 address or an IPv6 address in brackets.
    pub(super) fn host(&mut self) -> Step {
        let start = self.position();
        if self.octet(b'[') {
            let address = self.take_while(|byte| byte != b']');
            if host::ipv6(address).is_none() {
                self.go_to(start);
                return Err(Broken);
            }
            if let Some(at) = address.windows(3).position(|three| three == b":::") {
                self.note(Leniency::ThreeColons, start + 1 + at);
            }
            return if self.octet(b']') { Ok(()) } else { Err(Broken) };
        }
        let name = self.take_while(is_host);
        if name.is_empty() {
            return Err(Broken);
        }
        if let Some(at) = name.iter().position(|&byte| byte == b'_') {
            self.note(Leniency::UnderscoreHost, start + at);
        }
        if !is_ipv4(name) && !is_hostname(name) {
            self.note(Leniency::MalformedHostname, start);
        }
        Ok(())
    }

    /// Reads a port.
    pub(super) fn port(&mut self) -> Step {
        let start = self.position();
        let digits = self.digits()?;
        if decimal(digits).and_then(|port| u16::try_from(port).ok()).is_none() {
            self.go_to(start);
            return Err(Broken);
        }
        Ok(())
    }
}

/// `1*3DIGIT` four times.
fn is_ipv4(name: &[u8]) -> bool {
    let mut groups = 0;
    let is_group =
        |group: &[u8]| matches!(group.len(), 1..=3) && group.iter().all(u8::is_ascii_digit);
    name.split(|&byte| byte == b'.').inspect(|_| groups += 1).all(is_group) && groups == 4
}

/// `*( domainlabel "." ) toplabel [ "." ]`; underscores have a name of their own.
fn is_hostname(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let is_edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_label = |label: &[u8]| is_edge(label.first()) && is_edge(label.last());
    let top = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    name.split(|&byte| byte == b'.').all(is_label) && !top.first().is_some_and(u8::is_ascii_digit)
}
