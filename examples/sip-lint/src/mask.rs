//! Secrets that must not reach a terminal, a log or a bug report.

/// What stands for each hidden octet.
const HIDDEN: u8 = b'*';

/// Hides credentials and passwords in a line of a message.
///
/// `is_credentials` says whether the line belongs to a header that carries them. Lengths stay, so that offsets
/// do. Rather too much is hidden than too little: a bare CR is taken for a line end.
pub(crate) fn mask(line: &[u8], is_credentials: bool) -> Vec<u8> {
    let mut masked = line.to_vec();
    for (index, part) in masked.split_mut(|&byte| byte == b'\r').enumerate() {
        if (index == 0 && is_credentials) || starts_credentials(part) {
            credentials(part);
        }
    }
    passwords(&mut masked);
    masked
}

/// Tells whether a line starts one of the headers that are made with a password.
pub(crate) fn starts_credentials(line: &[u8]) -> bool {
    let name = line.split(|byte| matches!(byte, b':' | b' ' | b'\t')).next().unwrap_or_default();
    ["Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"]
        .iter()
        .any(|other| other.as_bytes().eq_ignore_ascii_case(name))
}

/// Hides everything after name and scheme but what separates parameters; a continuation line has neither.
fn credentials(line: &mut [u8]) {
    let is_continuation = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    let start = if is_continuation { 0 } else { after_scheme(line) };
    for byte in line.iter_mut().skip(start) {
        if !matches!(byte, b' ' | b'\t' | b',' | b'=' | b'"' | b'\r' | b'\n') {
            *byte = HIDDEN;
        }
    }
}

fn after_scheme(line: &[u8]) -> usize {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or(0);
    let rest = line.get(colon + 1..).unwrap_or_default();
    let scheme = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    let length = rest
        .iter()
        .skip(scheme)
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-'))
        .unwrap_or(0);
    colon + 1 + scheme + length
}

/// Hides what is between the colon of a userinfo and the last `@` of the same word.
fn passwords(line: &mut [u8]) {
    let mut start = 0;
    while start < line.len() {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>');
        let rest = line.get(start..).unwrap_or_default();
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        if let Some(word) = line.get_mut(start..start + length) {
            password(word);
        }
        start += length + 1;
    }
}

fn password(word: &mut [u8]) {
    let Some(user) = user_start(word) else { return };
    let userinfo = word.get(user..).unwrap_or_default();
    let Some(colon) = userinfo.iter().position(|&byte| byte == b':') else { return };
    let secret = user + colon + 1;
    let end = match word.iter().rposition(|&byte| byte == b'@') {
        Some(at) => at,
        // A port is no password; anything else may be the start of a broken one.
        None if word.get(secret).is_some_and(u8::is_ascii_digit) => secret,
        None if word.get(user) == Some(&b'[') => secret,
        None => word.len(),
    };
    for byte in word.iter_mut().take(end).skip(secret) {
        *byte = HIDDEN;
    }
}

/// Finds the first userinfo: after `sip:`, `sips:` or `//`.
fn user_start(word: &[u8]) -> Option<usize> {
    (0..word.len()).find_map(|at| {
        let rest = word.get(at..)?;
        ["sip:", "sips:", "//"].iter().find_map(|prefix| {
            let start = rest.get(..prefix.len())?;
            start.eq_ignore_ascii_case(prefix.as_bytes()).then_some(at + prefix.len())
        })
    })
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
        check("Authentication-Info: rspauth=\"0a\"", "Authentication-Info: rspauth=\"**\"");
        let folded = mask(b"  response=\"0a\"", true);
        assert_eq!(folded, b"  ********=\"**\"");
    }

    #[test]
    fn passwords_of_uris_are_hidden() {
        check("From: <sip:al:s3,cr@et@h>;tag=1", "From: <sip:al:********@h>;tag=1");
        check("INVITE sips:al:x@h:5061 SIP/2.0", "INVITE sips:al:*@h:5061 SIP/2.0");
        check("Call-Info: <http://al:x@h/>", "Call-Info: <http://al:*@h/>");
        check("To: <sip:al:broken", "To: <sip:al:******");
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
        ] {
            check(line, line);
        }
    }
}
