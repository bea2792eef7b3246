//! Inputs that a peer sends to make us slow, and all that is read of them.

use std::hint::black_box;

use bytes::Bytes;
use centrala_sdp::{Capabilities, LocalSession, SessionDescription};
use centrala_sip::{Contact, HeaderError, HeaderName, Headers, Limits, Message, NameAddr};

use crate::ours::headers;

/// One kind of hostile input.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What there is too much of.
    pub name: &'static str,
    make: fn(usize) -> Vec<u8>,
    read: Read,
}

/// What was made of an input: `read` views and the first refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Values that were read.
    pub read: usize,
    /// The first thing that was refused, and why.
    pub refused: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Read {
    Head(fn(&Message, &mut Outcome)),
    Body,
}

impl Shape {
    /// Makes an input of at most that many octets, short of it by less than one repetition.
    #[must_use]
    pub fn make(&self, octets: usize) -> Bytes {
        (self.make)(octets).into()
    }

    /// Parses an input within limits and reads all typed views of what it is about.
    #[must_use]
    pub fn parse(&self, input: &Bytes, limits: &Limits) -> Outcome {
        let mut outcome = Outcome::default();
        match self.read {
            Read::Head(read) => match Message::parse_within(input.clone(), limits) {
                Ok(message) => {
                    outcome.read = headers(&message).len();
                    read(&message, &mut outcome);
                }
                Err(error) => {
                    outcome.refused = Some(error.to_string());
                    black_box(error.salvaged());
                }
            },
            Read::Body => read_description(input, &mut outcome),
        }
        outcome
    }
}

impl Outcome {
    /// Notes a view.
    fn note<T, E: std::error::Error>(&mut self, view: Result<T, E>) -> Option<T> {
        match view {
            Ok(view) => {
                self.read += 1;
                Some(view)
            }
            Err(error) => {
                self.refused.get_or_insert_with(|| error.to_string());
                None
            }
        }
    }

    fn address(&mut self, view: Result<NameAddr, HeaderError>) {
        if let Some(address) = self.note(view) {
            let uri = address.uri();
            black_box((uri.user(), uri.host(), uri.port(), uri.user_decoded()));
            self.read += uri.params().iter().count() + uri.headers().count();
            self.read += address.params().iter().count();
            black_box((address.tag(), address.display_name(), uri.is_equivalent(uri)));
        }
    }
}

/// Limits that let everything through, as far as they can be set: those of a URI are constants.
#[must_use]
pub fn wide() -> Limits {
    let mut limits = Limits::default();
    limits.message = WIDE;
    limits.start_line = WIDE;
    limits.headers = WIDE;
    limits.header_value = WIDE;
    limits.header_name = WIDE;
    limits
}

/// All shapes.
pub const SHAPES: [Shape; 31] = [
    head(
        "Via parameters",
        |size| fill(size, "Via: SIP/2.0/UDP h;branch=z9hG4bK1", ";p=v", ""),
        vias,
    ),
    head("valueless Via parameters", |size| fill(size, "Via: SIP/2.0/UDP h", ";", ";b=c"), vias),
    head("Vias in one line", |size| fill(size, "Via: SIP/2.0/UDP h", ", SIP/2.0/UDP h", ""), vias),
    head(
        "Via lines",
        |size| fill(size, "", "Via: SIP/2.0/UDP h;branch=z9hG4bK2\r\n", "X: y"),
        vias,
    ),
    head("spaces in Via", |size| fill(size, "Via: SIP / 2.0 / UDP h", " ", ";branch=z"), vias),
    head(
        "contacts in one line",
        |size| fill(size, "Contact: <sip:a@b>", ", <sip:a@b>;q=1", ""),
        contacts,
    ),
    head("commas in Contact", |size| fill(size, "Contact: <sip:a@b>", ",", " <sip:c@d>"), contacts),
    head("Contact lines", |size| fill(size, "", "m: <sip:a@b>\r\n", "X: y"), contacts),
    head("folds in From", |size| fill(size, "From: <sip:a@b>", "\r\n ", ";tag=1"), from),
    head("folds in Subject", |size| fill(size, "Subject: a", "\r\n b", ""), everything),
    head("open quotes", |size| fill(size, "From: \"a", "\\\"a", " <sip:a@b>"), from),
    head("escaped quotes", |size| fill(size, "From: \"a", "\\\"", "\" <sip:a@b>;tag=1"), from),
    head(
        "quoted commas in Contact",
        |size| fill(size, "Contact: \"", ",\\\"", "\" <sip:a@b>"),
        contacts,
    ),
    head("angle brackets", |size| fill(size, "From: ", "<", "sip:a@b>"), from),
    head("words of a display name", |size| fill(size, "From: a", " a", " <sip:a@b>;tag=1"), from),
    head("one long display name", |size| fill(size, "From: \"", "a", "\" <sip:a@b>;tag=1"), from),
    head("spaces in From", |size| fill(size, "From: <sip:a@b>", " ", ";tag=1"), from),
    head("header parameters", |size| fill(size, "From: <sip:a@b>", ";p=v", ";tag=1"), from),
    head("URI parameters", |size| fill(size, "From: <sip:a@b", ";p=v", ">;tag=1"), from),
    head("URI headers", |size| fill(size, "From: <sip:a@b?a=b", "&a=b", ">;tag=1"), from),
    head("escapes in a user", |size| fill(size, "From: <sip:a", "%41", "@b>;tag=1"), from),
    head("header lines", |size| fill(size, "", "X-A: b\r\n", "X: y"), everything),
    head("edits among header lines", |size| fill(size, "", "Route: <sip:a;lr>\r\n", "X: y"), edits),
    head("Routes in one line", |size| fill(size, "Route: <sip:a;lr>", ", <sip:a;lr>", ""), edits),
    head("one long header", |size| fill(size, "Subject: a", "a", ""), everything),
    head(
        "parameters of credentials",
        |size| fill(size, "Authorization: Digest a=b", ", c=\"d\"", ""),
        everything,
    ),
    body("SDP attribute lines", |size| {
        describe(size, "m=audio 4000 RTP/AVP 0\r\n", "a=x:y\r\n", "")
    }),
    body("SDP media sections", |size| describe(size, "", "m=audio 4 RTP/AVP 0\r\n", "")),
    body("SDP rtpmap lines and formats", |size| {
        let lines = "a=rtpmap:97 x/8000\r\na=fmtp:97 y=z\r\n".repeat((size / 100).min(500));
        describe(size, "m=audio 4 RTP/AVP 0", " 98", &format!("\r\n{lines}"))
    }),
    body("SDP parameters of a format", |size| {
        describe(
            size,
            "m=audio 4 RTP/AVP 0 97\r\na=rtpmap:97 x/8000\r\na=fmtp:97 a",
            ";b=c",
            "\r\n",
        )
    }),
    body("SDP formats", |size| {
        let end = "\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n";
        describe(size, "m=audio 4000 RTP/AVP 0", " 96", end)
    }),
];

const fn head(
    name: &'static str,
    make: fn(usize) -> Vec<u8>,
    read: fn(&Message, &mut Outcome),
) -> Shape {
    Shape { name, make, read: Read::Head(read) }
}

const fn body(name: &'static str, make: fn(usize) -> Vec<u8>) -> Shape {
    Shape { name, make, read: Read::Body }
}

/// A request in which `unit` is repeated until the size is reached.
fn fill(octets: usize, before: &str, unit: &str, after: &str) -> Vec<u8> {
    let mut start = String::from("OPTIONS sip:a@b SIP/2.0\r\n");
    for (name, line) in OTHERS {
        if !before.starts_with(name) {
            start += line;
        }
    }
    repeat(octets, &(start + before), unit, &format!("{after}\r\n\r\n"))
}

fn describe(octets: usize, before: &str, unit: &str, after: &str) -> Vec<u8> {
    let start = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    repeat(octets, &(start.to_owned() + before), unit, after)
}

fn repeat(octets: usize, before: &str, unit: &str, after: &str) -> Vec<u8> {
    let room = octets.saturating_sub(before.len() + after.len());
    [before, &unit.repeat(room / unit.len().max(1)), after].concat().into_bytes()
}

fn vias(message: &Message, outcome: &mut Outcome) {
    for via in headers(message).vias() {
        if let Some(via) = outcome.note(via) {
            black_box((via.host(), via.port(), via.branch(), via.received(), via.rport()));
            outcome.read += via.params().iter().count();
        }
    }
    black_box(headers(message).via().is_ok());
    let mut edited = message.clone();
    if let Message::Request(request) = &mut edited {
        black_box(request.stamp_top_via([198, 51, 100, 1].into(), 5060).is_ok());
        black_box(request.pop_via().is_ok());
    }
    black_box(edited.to_bytes());
}

fn contacts(message: &Message, outcome: &mut Outcome) {
    for contact in headers(message).contacts() {
        match contact {
            Ok(Contact::Address(address)) => outcome.address(Ok(address)),
            Ok(Contact::Wildcard) => outcome.read += 1,
            Err(error) => outcome.address(Err(error)),
        }
    }
    black_box(headers(message).contact().is_ok());
}

fn from(message: &Message, outcome: &mut Outcome) {
    outcome.address(headers(message).from());
    for header in headers(message) {
        outcome.read += header.unfolded().len();
    }
}

/// What is read of any message, and then some.
fn everything(message: &Message, outcome: &mut Outcome) {
    let all: &Headers = headers(message);
    vias(message, outcome);
    from(message, outcome);
    outcome.address(all.to());
    outcome.note(all.call_id());
    outcome.note(all.cseq());
    black_box(all.max_forwards().is_ok());
    for credentials in all.credentials() {
        if let Some(credentials) = outcome.note(credentials) {
            black_box(credentials.param("c"));
        }
    }
    for header in all {
        black_box((header.name(), header.value()));
    }
    outcome.read += all.all(&HeaderName::SUBJECT).count();
    black_box(all.has(&HeaderName::EVENT));
    if let Message::Request(request) = message {
        black_box(request.check().is_ok());
    }
}

/// What a proxy changes.
fn edits(message: &Message, outcome: &mut Outcome) {
    let Message::Request(request) = message else { return };
    let mut request = request.clone();
    outcome.read += request.routes().flatten().count();
    outcome.note(request.pop_route());
    outcome.note(request.decrement_max_forwards());
    outcome.note(request.push_front(&HeaderName::ROUTE, "<sip:b;lr>"));
    black_box(request.to_bytes());
    outcome.note(request.set(&HeaderName::ROUTE, "<sip:c;lr>"));
    outcome.read += request.remove(&HeaderName::ROUTE);
    black_box(request.to_bytes());
}

fn read_description(input: &Bytes, outcome: &mut Outcome) {
    let text = str::from_utf8(input).unwrap_or_default();
    let Some(description) = outcome.note(text.parse::<SessionDescription>()) else { return };
    outcome.read += usize::from(description.attribute("no such attribute").is_some());
    for media in description.media() {
        let maps: Vec<_> = media.rtp_maps().collect();
        outcome.read += maps.len();
        black_box((media.attribute("no such attribute"), description.direction_of(media)));
    }
    let capabilities = Capabilities::new([192, 0, 2, 2].into(), 5000);
    outcome.note(LocalSession::new(1).answer(&description, &capabilities));
    black_box(description.to_string());
}

const WIDE: usize = 1 << 24;

const OTHERS: [(&str, &str); 5] = [
    ("Via", "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"),
    ("From", "From: <sip:a@b>;tag=1\r\n"),
    ("To", "To: <sip:a@b>\r\n"),
    ("Call-ID", "Call-ID: 1\r\n"),
    ("CSeq", "CSeq: 1 OPTIONS\r\n"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_have_the_size_that_was_asked_for() {
        for shape in SHAPES {
            let octets = shape.make(8_000).len();
            assert!((7_960..=8_000).contains(&octets), "{}: {octets}", shape.name);
        }
    }

    #[test]
    fn small_inputs_are_parsed_or_refused_by_their_grammar() {
        for shape in SHAPES {
            let outcome = shape.parse(&shape.make(300), &wide());
            match shape.name {
                "open quotes"
                | "angle brackets"
                | "valueless Via parameters"
                | "commas in Contact" => {
                    assert!(outcome.refused.is_some(), "{}: {outcome:?}", shape.name);
                }
                _ => assert_eq!(outcome.refused, None, "{}", shape.name),
            }
            assert!(outcome.read > 0, "{}", shape.name);
        }
    }
}
