//! Comparison of URIs.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Scheme, Uri, decode};
use crate::params::Param;

/// Parameters that must be on both sides or on none (RFC 3261 section 19.1.4).
const SIGNIFICANT: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

pub(super) fn is_equivalent(one: &Uri, two: &Uri) -> bool {
    if !one.scheme_str().eq_ignore_ascii_case(two.scheme_str()) {
        return false;
    }
    match one.scheme() {
        Scheme::Sip | Scheme::Sips => is_equivalent_sip(one, two),
        Scheme::Tel => is_equivalent_tel(one, two),
        Scheme::Urn | Scheme::Other => one.scheme_specific() == two.scheme_specific(),
    }
}

fn is_equivalent_sip(one: &Uri, two: &Uri) -> bool {
    let same_host = match (one.host(), two.host()) {
        (Some(one), Some(two)) => one.is_same(two),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    same_host
        && one.port() == two.port()
        && same_user_text(one.user(), two.user())
        && same_user_text(one.password(), two.password())
        && have_compatible_params(one, two)
        && has_headers_of(one, two)
        && has_headers_of(two, one)
}

/// User and password are compared with case; an escaped octet equals the octet if that is not reserved.
fn same_user_text(one: Option<&str>, two: Option<&str>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => normalise(one) == normalise(two),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn have_compatible_params(one: &Uri, two: &Uri) -> bool {
    let significant = SIGNIFICANT.iter().all(|name| {
        // "transport" is not in the RFC's list of the four, but its examples say that a URI with it never
        // equals one without it: "can be resolved to different transports".
        one.params().has(name) == two.params().has(name)
    });
    significant && agrees_with_params_of(one, two) && agrees_with_params_of(two, one)
}

/// A name must not be repeated (RFC 3261 section 19.1.1). If it is, each value needs its like, so that the
/// relation stays reflexive and symmetric.
fn agrees_with_params_of(one: &Uri, two: &Uri) -> bool {
    one.params().iter().all(|param| {
        let mut same = two.params().iter().filter(|other| have_same_name(param, *other)).peekable();
        same.peek().is_none() || same.any(|other| same_param_value(param, other))
    })
}

fn have_same_name(one: Param<'_>, two: Param<'_>) -> bool {
    normalise(one.name()).eq_ignore_ascii_case(&normalise(two.name()))
}

fn same_param_value(one: Param<'_>, two: Param<'_>) -> bool {
    match (one.value(), two.value()) {
        (Some(one), Some(two)) => normalise(one).eq_ignore_ascii_case(&normalise(two)),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn has_headers_of(one: &Uri, two: &Uri) -> bool {
    one.headers().all(|(name, value)| {
        two.headers().any(|(other_name, other_value)| {
            normalise(name).eq_ignore_ascii_case(&normalise(other_name))
                && normalise(value) == normalise(other_value)
        })
    })
}

/// RFC 3966 section 4: visual separators do not count, parameters are equal in any order.
fn is_equivalent_tel(one: &Uri, two: &Uri) -> bool {
    let digits = |uri: &Uri| -> Vec<u8> {
        let number = uri.user().unwrap_or_default().bytes();
        number
            .filter(|byte| !b"-.()".contains(byte))
            .map(|byte| byte.to_ascii_lowercase())
            .collect()
    };
    let has_param = |uri: &Uri, param: Param<'_>| {
        uri.params()
            .iter()
            .any(|other| have_same_name(param, other) && same_tel_value(param, other))
    };
    let covers = |one: &Uri, two: &Uri| one.params().iter().all(|param| has_param(two, param));
    digits(one) == digits(two) && covers(one, two) && covers(two, one)
}

/// Values that are numbers, as those of `ext` and some of `phone-context`, are compared without their separators.
fn same_tel_value(one: Param<'_>, two: Param<'_>) -> bool {
    match (phone_digits(one), phone_digits(two)) {
        (Some(one), Some(two)) => one.eq(two),
        (None, None) => same_param_value(one, two),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn phone_digits(param: Param<'_>) -> Option<impl Iterator<Item = u8>> {
    let is_separator = |byte: &u8| b"-.()".contains(byte);
    let value = param.value()?;
    let is_number = param.name().eq_ignore_ascii_case("ext")
        || (param.name().eq_ignore_ascii_case("phone-context") && value.starts_with('+'));
    is_number.then(|| value.bytes().filter(move |byte| !is_separator(byte)))
}

/// Decodes the escapes of octets which are not reserved (RFC 2396 section 2.2), so that texts can be compared.
/// Other escapes keep their form with upper-case digits.
fn normalise(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(&octet) = rest.first() {
        let escape = rest.get(..3).filter(|_| octet == b'%');
        let decoded = escape.map(decode);
        match decoded.as_deref() {
            Some(&[value]) if is_reserved(value) => {
                plain.extend(escape.into_iter().flatten().map(u8::to_ascii_uppercase));
                rest = rest.get(3..).unwrap_or_default();
            }
            Some(&[value]) => {
                plain.push(value);
                rest = rest.get(3..).unwrap_or_default();
            }
            Some(_) | None => {
                plain.push(octet);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    Cow::Owned(plain)
}

fn is_reserved(octet: u8) -> bool {
    matches!(octet, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'%')
}
