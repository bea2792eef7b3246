//! Secrets that must not reach a terminal, a log or a bug report.

/// What stands for each hidden octet.
const HIDDEN: u8 = b'*';

/// Headers that are made with a password.
const CREDENTIALS: [&str; 4] =
    ["Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"];

/// Hides credentials and passwords in a line of a message.
///
/// `is_credentials` says whether the line belongs to a header that carries them. Lengths stay, so that offsets
/// do. Rather too much is hidden than too little: a bare CR may end a line or not, and what follows the name of
/// such a header anywhere is taken for its value.
pub(crate) fn mask(line: &[u8], is_credentials: bool) -> Vec<u8> {
    let mut masked = line.to_vec();
    let is_continuation = is_credentials && !starts_credentials(line);
    let start = if is_continuation { Some(0) } else { secret_start(line) };
    if let Some(secret) = start.and_then(|start| masked.get_mut(start..)) {
        credentials(secret);
    }
    passwords(&mut masked);
    uri_headers(&mut masked);
    digests_and_keys(&mut masked);
    masked
}

/// Tells whether a line starts one of the headers that are made with a password.
pub(crate) fn starts_credentials(line: &[u8]) -> bool {
    let name = line.split(|byte| !is_name(byte)).next().unwrap_or_default();
    CREDENTIALS.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(name))
}

/// Returns the scheme of credentials, and nothing of a value that has none: it is all secret.
pub(crate) fn scheme(value: &[u8]) -> &[u8] {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let length = value.iter().position(|byte| !is_word(byte)).unwrap_or(value.len());
    let is_scheme = value.get(length).is_some_and(u8::is_ascii_whitespace);
    value.get(..length).filter(|_| is_scheme).unwrap_or_default()
}

/// Finds where the secret of a line begins: behind name and scheme of such a header.
fn secret_start(line: &[u8]) -> Option<usize> {
    (0..line.len()).find_map(|at| {
        let before = at.checked_sub(1).and_then(|before| line.get(before));
        let rest = line.get(at..)?;
        let is_candidate = before.is_none_or(u8::is_ascii_whitespace);
        if !is_candidate || !starts_credentials(rest) {
            return None;
        }
        let is_line_start = matches!(before, None | Some(b'\r' | b'\n'));
        let name = rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len());
        let space = |from: usize| {
            let rest = rest.get(from..).unwrap_or_default();
            from + rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len())
        };
        let colon = space(name);
        let value = match rest.get(colon) {
            Some(b':') => space(colon + 1),
            // Without a colon it is a word of a text, unless the line begins so.
            Some(_) | None if is_line_start => colon,
            Some(_) | None => return None,
        };
        let scheme = scheme(rest.get(value..).unwrap_or_default());
        Some(at + value + scheme.len())
    })
}

/// Hides everything but what separates parameters.
fn credentials(text: &mut [u8]) {
    for byte in text {
        if !matches!(byte, b' ' | b'\t' | b',' | b'=' | b'"' | b'\r' | b'\n') {
            *byte = HIDDEN;
        }
    }
}

/// Hides what is between the colon of a userinfo and the last `@` of the same word.
fn passwords(line: &mut [u8]) {
    let mut start = 0;
    while start < line.len() {
        let end = end_of_word(line, start);
        let is_open = line.get_mut(start..end).is_some_and(password);
        start = end + 1;
        // The password may have had an octet that ends a word.
        let rest = line.get_mut(end..).filter(|_| is_open).unwrap_or_default();
        if let Some(at) = rest.iter().position(|&byte| byte == b'@') {
            rest.iter_mut().take(at).for_each(|byte| *byte = HIDDEN);
            start = end + at;
        }
    }
}

/// Hides the password of a word, and tells whether its end is missing.
fn password(word: &mut [u8]) -> bool {
    let Some(user) = user_start(word) else { return false };
    let userinfo = word.get(user..).unwrap_or_default();
    let Some(colon) = userinfo.iter().position(|&byte| byte == b':') else { return false };
    let secret = user + colon + 1;
    let (end, is_open) = match word.iter().rposition(|&byte| byte == b'@') {
        Some(at) => (at, false),
        // A port is no password; anything else may be the start of a broken one.
        None if word.get(secret..).is_some_and(starts_with_port) => (secret, false),
        None if word.get(user) == Some(&b'[') => (secret, false),
        None => (word.len(), true),
    };
    for byte in word.iter_mut().take(end).skip(secret) {
        *byte = HIDDEN;
    }
    is_open
}

/// Finds the first userinfo: after `sip:`, `sips:` or `//`.
fn user_start(word: &[u8]) -> Option<usize> {
    (0..word.len()).find_map(|at| {
        let length = prefix(word.get(at..)?, &["sip:", "sips:", "//"])?;
        Some(at + length)
    })
}

fn starts_with_port(text: &[u8]) -> bool {
    let digits = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    digits > 0 && text.get(digits).is_none_or(|byte| b";?,/\"".contains(byte))
}

/// Hides what the headers of a URI hold: credentials, and the passwords of the URIs in them, whose colons and
/// `@` may be escapes.
fn uri_headers(line: &mut [u8]) {
    let mut start = 0;
    while start < line.len() {
        let end = end_of_word(line, start);
        let word = line.get_mut(start..end).unwrap_or_default();
        // The first piece is the URI without headers.
        word.split_mut(|byte| matches!(byte, b'?' | b'&')).skip(1).for_each(uri_header);
        start = end + 1;
    }
}

fn uri_header(header: &mut [u8]) {
    let equal = header.iter().position(|&byte| byte == b'=').unwrap_or(header.len());
    let is_secret = starts_credentials(header);
    let value = header.get_mut(equal..).unwrap_or_default();
    if is_secret {
        value.iter_mut().skip(1).for_each(|byte| *byte = HIDDEN);
    }
    let find = |text: &[u8], from: usize, prefixes: &[&str]| {
        (from..text.len()).find_map(|at| Some((at, prefix(text.get(at..)?, prefixes)?)))
    };
    let schemes = ["sip:", "sips:", "sip%3a", "sips%3a"];
    let Some((scheme, length)) = find(value, 0, &schemes) else { return };
    let Some((colon, length)) = find(value, scheme + length, &[":", "%3a"]) else { return };
    let at = (0..value.len())
        .rev()
        .find(|at| value.get(*at..).is_some_and(|rest| prefix(rest, &["@", "%40"]).is_some()));
    let end = at.unwrap_or(0);
    value.iter_mut().take(end).skip(colon + length).for_each(|byte| *byte = HIDDEN);
}

/// Hides what a header with a misspelt name proves, and the keys of SDP, which may be met where a message lacks its
/// empty line.
fn digests_and_keys(line: &mut [u8]) {
    let mut at = 0;
    while at < line.len() {
        let names = ["inline:", "response=", "rspauth="];
        let Some(length) = line.get(at..).and_then(|rest| prefix(rest, &names)) else {
            at += 1;
            continue;
        };
        let word = line.get(at..end_of_word(line, at)).unwrap_or_default();
        let end = at + word.iter().position(|&byte| byte == b',').unwrap_or(word.len());
        line.iter_mut().take(end).skip(at + length).for_each(|byte| *byte = HIDDEN);
        at = end;
    }
}

/// Returns the length of the prefix that a text has, in any case.
fn prefix(text: &[u8], prefixes: &[&str]) -> Option<usize> {
    let is_prefix = |prefix: &&&str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    prefixes.iter().find(is_prefix).map(|prefix| prefix.len())
}

fn end_of_word(line: &[u8], start: usize) -> usize {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>');
    let rest = line.get(start..).unwrap_or_default();
    start + rest.iter().position(is_end).unwrap_or(rest.len())
}

/// Tells whether an octet belongs to the name of a header.
fn is_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let masked = mask(line.as_bytes(), false);
        assert_eq!(String::from_utf8(masked).unwrap(), expected);
    }

    #[test]
    fn credentials_show_their_scheme_only() {
        check(
            "Authorization: Digest username=\"al\", response=\"0a\"",
            "Authorization: Digest ********=\"**\", ********=\"**\"",
        );
        check("proxy-authorization : Basic QWxh", "proxy-authorization : Basic ****");
        check("Authorization:Bearer a.b", "Authorization:Bearer ***");
        check("X: a\rAuthorization: Digest x=y", "X: a\rAuthorization: Digest *=*");
        check("Authorization: Digest x=y,\r z=\"0a\"", "Authorization: Digest *=*,\r *=\"**\"");
        check("Authorization Digest x=y, uri=\"sip:h\"", "Authorization Digest *=*, ***=\"*****\"");
        check("Authorization=Digest x=y", "Authorization=****** *=*");
        check("X: 1 Authorization: Digest x=y", "X: 1 Authorization: Digest *=*");
        check("Authentication-Info: rspauth=\"0a\"", "Authentication-Info: *******=\"**\"");
        check("Authorization: 0a", "Authorization: **");
        check("Authorization: al:0a", "Authorization: *****");
        let folded = mask(b"  response=\"0a\"", true);
        assert_eq!(folded, b"  ********=\"**\"");
    }

    #[test]
    fn passwords_of_uris_are_hidden() {
        check("From: <sip:al:s3,cr@et@h>;tag=1", "From: <sip:al:********@h>;tag=1");
        check("INVITE sips:al:x@h:5061 SIP/2.0", "INVITE sips:al:*@h:5061 SIP/2.0");
        check("Call-Info: <http://al:x@h/>", "Call-Info: <http://al:*@h/>");
        check("To: <sip:al:broken", "To: <sip:al:******");
        check("To: <sip:al:4broken", "To: <sip:al:*******");
        check("To: <sip:al:bro<ken@h>", "To: <sip:al:*******@h>");
        check("To: <sip:al:bro ken@h>", "To: <sip:al:*******@h>");
    }

    #[test]
    fn headers_of_uris_hide_what_headers_hide() {
        check(
            "Refer-To: <sip:h?Authorization=Basic%20QWxh&x=y>",
            "Refer-To: <sip:h?Authorization=************&x=y>",
        );
        check(
            "Refer-To: <sip:h?x=y&proxy-authorization=QWxh>",
            "Refer-To: <sip:h?x=y&proxy-authorization=****>",
        );
        check(
            "Refer-To: <sip:h?a=%3Csip%3Aal%3As3%40h%3E>",
            "Refer-To: <sip:h?a=%3Csip%3Aal%3A**%40h%3E>",
        );
        check(
            "Refer-To: <sip:h?a=%3Csips:al:s3%40h%3E>",
            "Refer-To: <sip:h?a=%3Csips:************>",
        );
    }

    #[test]
    fn digests_and_keys_are_hidden_wherever_they_are() {
        check(
            "Authorisation: Digest x=y, response=\"0a\", z",
            "Authorisation: Digest x=y, response=****, z",
        );
        check("y=z,rspauth=0a,", "y=z,rspauth=**,");
        check(
            "a=crypto:1 AES inline:d0RmdmcmVCspeEc3QGZiNWpV|2^20",
            "a=crypto:1 AES inline:*****************************",
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "To: <sip:h:5060>",
            "To: <sip:al@h:5060;x=y>",
            "Contact: <sip:al@[2001:db8::1]:5060>",
            "Contact: <sip:[2001:db8::1]:5060>",
            "Via: SIP/2.0/UDP h:5060;branch=z9hG4bK1",
            "Call-ID: a:b@h",
            "Reason: SIP;cause=403;text=\"Authorization failed\"",
            "Refer-To: <sip:b@h:5060?Replaces=4%40h%3Bto-tag%3D7>",
            "Refer-To: <sip:b@h?Referred-By=%3Csip%3Aa%40h%3A5060%3E>",
        ] {
            check(line, line);
        }
    }
}
