//! What `Headers::malformed` finds in the messages of RFC 4475 and RFC 5118.

use std::collections::BTreeMap;

use centrala_sip::{HeaderError, HeaderName, Message};

use crate::sample::{file, headers, invite, names, request};

/// Every message that is one, and what is wrong with its headers.
fn found(folder: &str) -> BTreeMap<String, Vec<HeaderName>> {
    let messages = names(folder).into_iter().filter_map(|name| {
        let message = Message::parse(file(&format!("{folder}/{name}"))).ok()?;
        let wrong: Vec<_> =
            headers(&message).malformed().map(|error| error.name().clone()).collect();
        (!wrong.is_empty()).then_some((name, wrong))
    });
    messages.collect()
}

#[test]
fn the_suite_of_rfc_4475_has_malformed_headers_where_it_says_so() {
    let expected: [(&str, &[&str]); 9] = [
        ("badaspec", &["From", "To"]),
        ("baddate", &["Date"]),
        ("baddn", &["From", "To"]),
        ("badinv01", &["Contact", "Via"]),
        ("multi01", &["Call-ID", "CSeq", "From", "Max-Forwards", "To"]),
        ("quotbal", &["To"]),
        ("regbadct", &["Contact"]),
        ("scalar02", &["CSeq"]),
        ("scalarlg", &["CSeq", "Retry-After", "Warning"]),
    ];
    let found = found("rfc4475");
    let read: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(name, wrong)| (name.as_str(), wrong.iter().map(HeaderName::as_str).collect()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(name, wrong)| (*name, wrong.to_vec())).collect();
    assert_eq!(read, expected);
}

#[test]
fn the_suite_of_rfc_5118_has_no_malformed_header() {
    // The bad one has its fault in the Request-URI.
    assert_eq!(found("rfc5118"), BTreeMap::new());
}

#[test]
fn all_that_is_wrong_is_told() {
    let message = request(&invite(&[
        "Max-Forwards: x",
        "Warning: 1, 2",
        "Warning: 3",
        "Event: a",
        "o: b",
        "X-Unknown: \"",
    ]));
    let wrong: Vec<_> = message.malformed().collect();
    let names: Vec<_> = wrong.iter().map(|error| error.name().as_str()).collect();
    assert_eq!(names, ["Event", "Max-Forwards", "Warning", "Warning"]);
    assert_eq!(wrong[0], HeaderError::Repeated(HeaderName::EVENT));
}

#[test]
fn no_known_header_is_forgotten() {
    for name in super::properties::NAMES {
        let is_any =
            matches!(*name, "Organization" | "Server" | "Subject" | "User-Agent" | "X-Unknown");
        let message = request(&invite(&[&format!("{name}: Digest b \"")]));
        let wrong: Vec<_> = message.malformed().map(|error| error.name().to_string()).collect();
        let expected = if is_any { vec![] } else { vec![(*name).to_owned()] };
        assert_eq!(wrong, expected, "{name}");
    }
}
