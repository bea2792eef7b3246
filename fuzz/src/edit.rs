//! Edits of messages.

use bytes::Bytes;
use centrala_sip::{HeaderName, Headers, Host, Message, Transport, Uri, Via};

use crate::{choices::Choices, message::wide};

/// Headers that edits are about, by choice.
const NAMES: &[&str] = &[
    "Via",
    "Route",
    "Max-Forwards",
    "Contact",
    "From",
    "Subject",
    "X-Unknown",
    "Content-Length",
    "Content-Type",
    "v",
];

/// Any sequence of edits of any message: each touches lines of its own header only, and at most one unless it is
/// about all of that name; one that fails touches none; the printed message is read as what was edited.
///
/// The input is a number of edits, that many edits, and the message.
pub fn check(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let count = choices.octet() % 8;
    let mut plan = Vec::new();
    for _ in 0..count {
        plan.push((choices.octet(), choices.octet(), choices.text()));
    }
    let Ok(mut message) = Message::parse(Bytes::copy_from_slice(choices.rest())) else { return };
    for (what, name, value) in plan {
        let name: HeaderName = NAMES[usize::from(name) % NAMES.len()].parse().expect("a token");
        edit(&mut message, what, &name, value);
        check_printed(&message);
    }
}

fn edit(message: &mut Message, what: u8, name: &HeaderName, value: &[u8]) {
    let before = Lines::of(message);
    let body = body(message).clone();
    let text = String::from_utf8_lossy(value);
    if what % 16 == 15 {
        return edit_other(message, &before, value, &text);
    }
    let headers = match &mut *message {
        Message::Request(request) => &mut **request,
        Message::Response(response) => &mut **response,
    };
    let (touched, may_touch, done) = change(headers, what, name, value);
    let after = Lines::of(message);
    if !done {
        assert_eq!(before, after, "an edit that fails touches nothing");
    }
    assert_eq!(before.without(&touched), after.without(&touched), "other lines stay: {touched}");
    if may_touch == Touches::One {
        let same = before.0.iter().zip(&after.0).take_while(|(one, two)| one == two).count();
        let rest = (before.0.len() - same, after.0.len() - same);
        let tail = before.0.iter().rev().zip(after.0.iter().rev());
        let tail = tail.take_while(|(one, two)| one == two).count();
        assert!(rest.0.saturating_sub(tail) <= 1 && rest.1.saturating_sub(tail) <= 1, "one line");
    }
    assert_eq!(self::body(message), body, "the body stays");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Touches {
    One,
    AllOfTheName,
}

/// Makes a change, and says of which header, of how many lines, and whether it was made.
fn change(
    headers: &mut Headers,
    what: u8,
    name: &HeaderName,
    value: &[u8],
) -> (HeaderName, Touches, bool) {
    let via = || Via::new(Transport::Udp, Host::Name("h"), Some(9), "z9hG4bKx").expect("a Via");
    let one = |name: &HeaderName, done: bool| (name.clone(), Touches::One, done);
    match what % 16 {
        0 => one(name, headers.push_front(name, value).is_ok()),
        1 => one(name, headers.append(name, value).is_ok()),
        2 => {
            let done = headers.set(name, value).is_ok();
            assert!(!done || headers.all(name).count() == 1, "set leaves one");
            (name.clone(), Touches::AllOfTheName, done)
        }
        3 => {
            let removed = headers.remove(name);
            assert!(!headers.has(name) || *name == HeaderName::CONTENT_LENGTH);
            (name.clone(), Touches::AllOfTheName, removed > 0)
        }
        4 => {
            let vias = headers.vias().flatten().count();
            let done = headers.push_via(&via()).is_ok();
            assert_eq!(headers.vias().flatten().count(), vias + usize::from(done));
            assert!(headers.via().is_ok_and(|top| top == via()));
            one(&HeaderName::VIA, done)
        }
        5 => {
            let (top, rest) = (headers.via(), headers.vias().skip(1).collect::<Vec<_>>());
            let popped = headers.pop_via();
            let done = popped.is_ok();
            // What has a NUL cannot be written anew; all else can.
            let is_safe = headers.header(&HeaderName::VIA).is_none_or(|line| !line.contains(&0));
            assert!(done || top.is_err() || !is_safe, "what can be read can be taken");
            if done {
                assert_eq!(popped.ok(), top.ok());
                // Those behind it in its line lose their folds, and an empty element its comma.
                let unfolded = |via: Via| via.to_string().split_whitespace().collect::<String>();
                let left: Vec<_> = headers.vias().flatten().map(unfolded).collect();
                assert_eq!(left, rest.into_iter().flatten().map(unfolded).collect::<Vec<_>>());
            }
            one(&HeaderName::VIA, done)
        }
        6 => {
            let count = headers.vias().flatten().count();
            let done = headers.set_top_via(&via()).is_ok();
            assert!(!done || headers.via().is_ok_and(|top| top == via()));
            assert!(!done || headers.vias().flatten().count() == count);
            one(&HeaderName::VIA, done)
        }
        7 => {
            let done = headers.stamp_top_via([192, 0, 2, 9].into(), 5062).is_ok();
            if let (true, Ok(top)) = (done, headers.via()) {
                let known = top.received().or_else(|| top.host().to_ip());
                assert_eq!(known, Some([192, 0, 2, 9].into()), "{top}");
            }
            one(&HeaderName::VIA, done)
        }
        8 => {
            let (top, count) = (headers.routes().next(), headers.routes().flatten().count());
            let popped = headers.pop_route();
            let done = popped.is_ok();
            assert!(!done || popped.ok() == top.and_then(Result::ok));
            assert!(!done || headers.routes().flatten().count() + 1 == count);
            one(&HeaderName::ROUTE, done)
        }
        9 => {
            let before = headers.max_forwards().ok();
            let left = headers.decrement_max_forwards().ok();
            if let Some(left) = left {
                assert_eq!(headers.max_forwards(), Ok(left));
                assert_eq!(before.map_or(70, |hops| hops - 1), left);
            }
            one(&HeaderName::MAX_FORWARDS, left.is_some())
        }
        _ => (name.clone(), Touches::One, false),
    }
}

/// Edits of the start line and the body.
fn edit_other(message: &mut Message, before: &Lines, value: &[u8], text: &str) {
    match message {
        Message::Request(request) => {
            if let Ok(uri) = text.parse::<Uri>() {
                request.set_uri(&uri);
                assert_eq!(request.uri(), &uri);
                assert_eq!(*before, Lines::of(message), "headers stay");
                return;
            }
            let _ = request.set_body("text/plain", value.to_vec());
            assert_eq!(request.body(), value);
        }
        Message::Response(response) => {
            let reason = response.reason().to_vec();
            match response.set_status(response.status(), text) {
                Ok(()) => assert_eq!(response.reason(), text.as_bytes()),
                Err(_) => assert_eq!(response.reason(), reason),
            }
            assert_eq!(*before, Lines::of(message), "headers stay");
        }
    }
}

fn check_printed(message: &Message) {
    let printed = message.to_bytes();
    let again = Message::parse_within(printed.clone(), &wide());
    let again = again.unwrap_or_else(|error| panic!("{error}: {}", printed.escape_ascii()));
    assert_eq!(Lines::of(&again), Lines::of(message), "{}", printed.escape_ascii());
    assert_eq!(body(&again), body(message));
    match (&again, message) {
        (Message::Request(one), Message::Request(two)) => {
            assert_eq!((one.method(), one.uri()), (two.method(), two.uri()));
        }
        (Message::Response(one), Message::Response(two)) => {
            assert_eq!((one.status(), one.reason()), (two.status(), two.reason()));
        }
        (Message::Request(_) | Message::Response(_), _) => panic!("the kind changed"),
    }
}

fn body(message: &Message) -> Bytes {
    match message {
        Message::Request(request) => request.body(),
        Message::Response(response) => response.body(),
    }
}

/// The header lines with their names.
#[derive(Debug, PartialEq, Eq)]
struct Lines(Vec<(HeaderName, Vec<u8>)>);

impl Lines {
    fn of(message: &Message) -> Self {
        let headers = match message {
            Message::Request(request) => request.headers(),
            Message::Response(response) => response.headers(),
        };
        Self(headers.iter().map(|header| (header.name(), header.line().to_vec())).collect())
    }

    fn without(&self, name: &HeaderName) -> Vec<&[u8]> {
        let others = self.0.iter().filter(|(other, _)| other != name);
        others.map(|(_, line)| line.as_slice()).collect()
    }
}
