//! One line about a header.

use bytes::Bytes;
use centrala_sip::{Header, HeaderName, NameAddr, Params, Rport, Via};

use crate::{
    mask::{mask, scheme},
    safe::shown_within,
};

/// Longest summary, in characters.
const LONGEST: usize = 160;

/// Says in one line what a header holds. Credentials are named, never shown.
pub(crate) fn summary(header: Header<'_>) -> String {
    let name = header.name();
    let value = header.unfolded();
    let read = if name == HeaderName::VIA {
        each(&value, |text| Via::parse(text).ok().map(|via| of_via(&via)))
    } else if is_address(&name) {
        each(&value, |text| NameAddr::parse(text).ok().map(|address| of_address(&address)))
    } else if is_credentials(&name) {
        return of_auth(&value);
    } else if is_proof(&name) {
        return hidden("", &value);
    } else {
        None
    };
    // What is hidden in the parts is hidden in the whole, too.
    let text = read.unwrap_or_else(|| value.to_vec());
    shown_within(&mask(&text, false), LONGEST)
}

fn is_address(name: &HeaderName) -> bool {
    const ADDRESSES: [HeaderName; 14] = [
        HeaderName::FROM,
        HeaderName::TO,
        HeaderName::CONTACT,
        HeaderName::ROUTE,
        HeaderName::RECORD_ROUTE,
        HeaderName::PATH,
        HeaderName::SERVICE_ROUTE,
        HeaderName::REFER_TO,
        HeaderName::REFERRED_BY,
        HeaderName::REPLY_TO,
        HeaderName::P_ASSERTED_IDENTITY,
        HeaderName::P_PREFERRED_IDENTITY,
        HeaderName::DIVERSION,
        HeaderName::HISTORY_INFO,
    ];
    ADDRESSES.contains(name)
}

/// Headers whose values are made with a password: a scheme and its parameters.
fn is_credentials(name: &HeaderName) -> bool {
    [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION].contains(name)
}

/// The same without a scheme.
fn is_proof(name: &HeaderName) -> bool {
    [HeaderName::AUTHENTICATION_INFO, HeaderName::PROXY_AUTHENTICATION_INFO].contains(name)
}

/// Summarises each value between commas, or nothing if one cannot be read.
fn each(value: &[u8], read: impl Fn(&Bytes) -> Option<String>) -> Option<Vec<u8>> {
    let values: Option<Vec<String>> =
        split_list(value).map(|part| read(&Bytes::copy_from_slice(part))).collect();
    values.map(|values| values.join(", ").into_bytes())
}

/// Splits at commas outside of quotes and brackets.
fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped, mut is_bracketed) = (false, false, false);
    value.split(move |&byte| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match byte {
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'<' if !is_quoted => is_bracketed = true,
            b'>' if !is_quoted => is_bracketed = false,
            b',' => return !is_quoted && !is_bracketed,
            _ => {}
        }
        false
    })
}

fn of_via(via: &Via) -> String {
    let mut text = format!("{} {}", via.transport_str(), via.host());
    if let Some(port) = via.port() {
        text.push_str(&format!(":{port}"));
    }
    if let Some(branch) = via.branch() {
        text.push_str(&format!(", branch {branch}"));
    }
    if let Some(address) = via.received() {
        text.push_str(&format!(", received from {address}"));
    }
    match via.rport() {
        Some(Rport::Requested) => text.push_str(", asks for rport"),
        Some(Rport::Port(port)) => text.push_str(&format!(", port {port}")),
        None => {}
    }
    text
}

fn of_address(address: &NameAddr) -> String {
    let mut text = String::new();
    if let Some(name) = address.display_name() {
        text.push_str(&format!("\"{name}\" "));
    }
    text.push_str(&format!("<{}>", address.uri()));
    text.push_str(&of_params(address.params()));
    text
}

fn of_params(params: Params<'_>) -> String {
    params
        .iter()
        .map(|param| match param.raw_value() {
            Some(value) => format!(", {} {}", param.name(), String::from_utf8_lossy(value)),
            None => format!(", {}", param.name()),
        })
        .collect()
}

/// Names scheme and parameters of credentials, and no value.
fn of_auth(value: &[u8]) -> String {
    let scheme = scheme(value);
    let rest = value.get(scheme.len()..).unwrap_or_default();
    if scheme.is_empty() {
        return "hidden".to_owned();
    }
    if !scheme.eq_ignore_ascii_case(b"Digest") {
        return format!("{} (hidden)", shown_within(scheme, 20));
    }
    hidden("Digest with ", rest)
}

/// Names the parameters that digests have; what else looks like a name may be a secret without one.
fn hidden(prefix: &str, params: &[u8]) -> String {
    const KNOWN: [&str; 13] = [
        "username",
        "userhash",
        "realm",
        "nonce",
        "uri",
        "response",
        "algorithm",
        "opaque",
        "qop",
        "nc",
        "cnonce",
        "rspauth",
        "nextnonce",
    ];
    let names: Vec<&str> = split_list(params)
        .filter_map(|param| {
            let name = param.split(|&byte| byte == b'=').next()?.trim_ascii();
            KNOWN.into_iter().find(|known| known.as_bytes().eq_ignore_ascii_case(name))
        })
        .collect();
    format!("{prefix}{}, values hidden", names.join(", "))
}
