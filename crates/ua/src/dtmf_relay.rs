//! Keys in the body of an INFO: `application/dtmf-relay` and `application/dtmf`.
//!
//! No RFC defines them; gateways and phones do. The relay form has lines `Signal=5` and
//! `Duration=160` (milliseconds); the plain form is the key alone.

use core::time::Duration;

use centrala_keys::Key;

/// The media type of the form with a duration, which we send.
pub(crate) const RELAY: &str = "application/dtmf-relay";
/// The media type of the plain form.
pub(crate) const PLAIN: &str = "application/dtmf";

/// How long a key counts as pressed if the body does not say.
const DEFAULT_DURATION: Duration = Duration::from_millis(160);
/// RFC 4733 durations end near here as well (65,535 samples at 8,000 Hz).
const MAX_DURATION_MILLIS: u32 = 8_000;

/// Returns the body that tells a key.
pub(crate) fn print(key: Key, duration: Duration) -> String {
    let millis = duration.as_millis().min(u128::from(MAX_DURATION_MILLIS));
    format!("Signal={key}\r\nDuration={millis}\r\n")
}

/// Reads the relay form; lines in any order and case, spaces around the sign, unknown lines
/// skipped.
pub(crate) fn parse_relay(body: &[u8]) -> Option<(Key, Duration)> {
    let text = str::from_utf8(body).ok()?;
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (left, right) = line.split_once(['=', ':'])?;
            left.trim().eq_ignore_ascii_case(name).then(|| right.trim())
        })
    };
    let key = parse_key(field("Signal")?)?;
    let duration = field("Duration")
        .and_then(|text| text.parse::<u32>().ok())
        .map(|millis| Duration::from_millis(u64::from(millis.min(MAX_DURATION_MILLIS))));
    Some((key, duration.unwrap_or(DEFAULT_DURATION)))
}

/// Reads the plain form.
pub(crate) fn parse_plain(body: &[u8]) -> Option<(Key, Duration)> {
    let key = parse_key(str::from_utf8(body).ok()?.trim())?;
    Some((key, DEFAULT_DURATION))
}

/// A key by its character, or by its RFC 4733 event code as some phones write `*` and `#`.
fn parse_key(text: &str) -> Option<Key> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Key::from_char(character),
        _ => Key::from_event(text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, body: &str, expected: Option<(Key, u64)>) {
        let expected = expected.map(|(key, millis)| (key, Duration::from_millis(millis)));
        assert_eq!(parse_relay(body.as_bytes()), expected, "{name}");
    }

    #[test]
    fn the_relay_form_is_read_with_its_quirks() {
        check("as usual", "Signal=5\r\nDuration=160\r\n", Some((Key::Five, 160)));
        check("spaces", "Signal= 5\r\nDuration= 250", Some((Key::Five, 250)));
        check("order and case", "duration=80\nsignal=*\n", Some((Key::Star, 80)));
        check("event codes", "Signal=11\r\nDuration=100\r\n", Some((Key::Pound, 100)));
        check("no duration", "Signal=#\r\n", Some((Key::Pound, 160)));
        check("absurd duration", "Signal=1\r\nDuration=4000000000\r\n", Some((Key::One, 8_000)));
        check("no signal", "Duration=160\r\n", None);
        check("two keys", "Signal=55\r\n", None);
        check("flash", "Signal=!\r\n", None);
        check("nothing", "", None);
    }

    #[test]
    fn the_plain_form_is_a_key() {
        assert_eq!(parse_plain(b"7").map(|(key, _)| key), Some(Key::Seven));
        assert_eq!(parse_plain(b" 10\r\n").map(|(key, _)| key), Some(Key::Star));
        assert_eq!(parse_plain(b"\xff"), None);
        assert_eq!(parse_plain(b""), None);
    }

    #[test]
    fn every_key_is_read_back() {
        for key in Key::ALL {
            let duration = Duration::from_millis(200);
            assert_eq!(parse_relay(print(key, duration).as_bytes()), Some((key, duration)));
        }
    }
}
