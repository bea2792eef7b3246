//! Finding the parts of a URI.

use memchr::memchr;

use super::{Scheme, Uri, UriParts};
use crate::{
    grammar::{Cut, Expected, Fault, HIGH_URI, URI, has},
    host,
};

pub(crate) fn parse(text: &[u8]) -> Result<UriParts, Fault> {
    if text.len() > Uri::MAX_LEN {
        return Err(Fault { at: 0, expected: Expected::Uri });
    }
    match parse_octets(text, URI) {
        // It stopped at an octet above ASCII: once more with those, if they are UTF-8.
        Err(Fault { at, .. }) if text.get(at).is_some_and(|byte| !byte.is_ascii()) => {
            if str::from_utf8(text).is_err() {
                return Err(Fault { at, expected: Expected::Uri });
            }
            parse_octets(text, URI | HIGH_URI)
        }
        done => done,
    }
}

/// Parses a URI which may have octets of these classes.
fn parse_octets(text: &[u8], class: u8) -> Result<UriParts, Fault> {
    let fault = |at, expected| Fault { at, expected };
    let (scheme, scheme_end) = scheme(text).ok_or_else(|| fault(0, Expected::Scheme))?;
    let start = scheme_end + 1;
    if start == text.len() {
        return Err(fault(start, Expected::Uri));
    }
    let mut parts = UriParts {
        scheme,
        scheme_end: u16::try_from(scheme_end).unwrap_or(0),
        user: Cut::default(),
        password: Cut::default(),
        host: Cut::default(),
        port: None,
        params: Cut::default(),
        headers: Cut::default(),
    };
    match scheme {
        Scheme::Sip | Scheme::Sips => parse_sip(text, start, class, &mut parts)?,
        Scheme::Tel => {
            check_octets(text, start, class)?;
            parse_tel(text, start, &mut parts)?;
        }
        Scheme::Urn | Scheme::Other => check_octets(text, start, class)?,
    }
    Ok(parts)
}

/// Reads a scheme and tells where its colon is.
fn scheme(text: &[u8]) -> Option<(Scheme, usize)> {
    if let Some(start) = text.first_chunk::<4>() {
        match &start.map(|byte| byte.to_ascii_lowercase()) {
            b"sip:" => return Some((Scheme::Sip, 3)),
            b"tel:" => return Some((Scheme::Tel, 3)),
            b"urn:" => return Some((Scheme::Urn, 3)),
            b"sips" if text.get(4) == Some(&b':') => return Some((Scheme::Sips, 4)),
            _ => {}
        }
    }
    let end = text
        .iter()
        .position(|&byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')))?;
    let is_scheme =
        text.get(end) == Some(&b':') && text.first().is_some_and(u8::is_ascii_alphabetic);
    is_scheme.then_some((Scheme::Other, end))
}

/// Refuses octets that no URI has, from `start` on.
fn check_octets(text: &[u8], start: usize, class: u8) -> Result<(), Fault> {
    let foreign = |&byte: &u8| !has(byte, class) && !matches!(byte, b'@' | b':');
    match text.get(start..).unwrap_or_default().iter().position(foreign) {
        Some(at) => Err(Fault { at: start + at, expected: Expected::Uri }),
        None => Ok(()),
    }
}

/// Parses userinfo, host, port, parameters and headers.
///
/// More is allowed in the user part than RFC 3261 does: phones dial feature codes as `sip:#97@...`.
fn parse_sip(text: &[u8], start: usize, class: u8, parts: &mut UriParts) -> Result<(), Fault> {
    let mut position = start;
    if let Some((user, password, end)) = userinfo(text, start, class)? {
        (parts.user, parts.password) = (user, password);
        position = end;
    }
    let at_host = text.get(position..).unwrap_or_default();
    let relative = |fault: Fault| Fault { at: position + fault.at, expected: fault.expected };
    let (used, host) = crate::grammar::run(host::host, at_host).map_err(relative)?;
    parts.host = Cut::new(position, position + host.len());
    position += used;
    if text.get(position) == Some(&b':') {
        let at_port = text.get(position + 1..).unwrap_or_default();
        let relative =
            |fault: Fault| Fault { at: position + 1 + fault.at, expected: fault.expected };
        let (used, port) = crate::grammar::run(host::port, at_port).map_err(relative)?;
        parts.port = Some(port);
        position += 1 + used;
    }
    let tail = text.get(position..).unwrap_or_default();
    if tail.is_empty() {
        return Ok(());
    }
    check_octets(text, position, class)?;
    let params_len = tail.iter().position(|&byte| byte == b'?').unwrap_or(tail.len());
    if params_len < tail.len() {
        let headers = tail.get(params_len..).unwrap_or_default();
        if headers.iter().filter(|&&byte| byte == b'&').count() >= Uri::MAX_PARAMS {
            return Err(Fault { at: position + params_len, expected: Expected::Uri });
        }
        parts.headers = Cut::new(position + params_len + 1, text.len());
    }
    parts.params = params(text, position, position + params_len)?;
    Ok(())
}

/// Reads `user [ ":" password ] "@"`, and tells where it ends.
fn userinfo(text: &[u8], start: usize, class: u8) -> Result<Option<(Cut, Cut, usize)>, Fault> {
    let body = text.get(start..).unwrap_or_default();
    let stop = body.iter().position(|&byte| !has(byte, class));
    let Some(stop) = stop else { return Ok(None) };
    let user = Cut::new(start, start + stop);
    let (password, at) = match body.get(stop) {
        Some(b'@') => (Cut::default(), stop),
        Some(b':') => match memchr(b'@', body.get(stop..).unwrap_or_default()) {
            Some(more) => (Cut::new(start + stop + 1, start + stop + more), stop + more),
            // A port.
            None => return Ok(None),
        },
        Some(_) | None => return Err(Fault { at: start + stop, expected: Expected::Uri }),
    };
    if stop == 0 {
        return Err(Fault { at: start, expected: Expected::Uri });
    }
    if password.is_some() {
        check_octets(text.get(..start + at).unwrap_or_default(), start + stop, class)?;
    }
    Ok(Some((user, password, start + at + 1)))
}

fn parse_tel(text: &[u8], start: usize, parts: &mut UriParts) -> Result<(), Fault> {
    let body = text.get(start..).unwrap_or_default();
    let number_len = body.iter().position(|&byte| byte == b';').unwrap_or(body.len());
    let is_number_digit = |byte: &u8| {
        byte.is_ascii_hexdigit() || matches!(byte, b'+' | b'*' | b'#' | b'-' | b'.' | b'(' | b')')
    };
    let number = body.get(..number_len).unwrap_or_default();
    if number.is_empty() || !number.iter().all(is_number_digit) {
        return Err(Fault { at: start, expected: Expected::Uri });
    }
    parts.user = Cut::new(start, start + number_len);
    parts.params = params(text, start + number_len, text.len())?;
    Ok(())
}

/// Checks `*( ";" pname [ "=" pvalue ] )`.
fn params(text: &[u8], start: usize, end: usize) -> Result<Cut, Fault> {
    let raw = text.get(start..end).unwrap_or_default();
    if !raw.is_empty() {
        if raw.first() != Some(&b';') {
            return Err(Fault { at: start, expected: Expected::Parameter });
        }
        let mut at = start + 1;
        for (count, param) in
            raw.get(1..).unwrap_or_default().split(|&byte| byte == b';').enumerate()
        {
            if count >= Uri::MAX_PARAMS || param.first().is_none_or(|&byte| byte == b'=') {
                return Err(Fault { at, expected: Expected::Parameter });
            }
            at += param.len() + 1;
        }
    }
    Ok(Cut::new(start, end))
}
