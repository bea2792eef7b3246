//! Messages for the tests.

use bytes::Bytes;
use centrala_sip::{Headers, Message, Request, Response};

/// Reads a message of `tests/data`.
pub(crate) fn file(name: &str) -> Bytes {
    let path = format!("{}/tests/data/{name}.sip", env!("CARGO_MANIFEST_DIR"));
    Bytes::from(std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// The names of all messages of a folder of `tests/data`.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let path = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(path).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// An INVITE with these header lines instead of or beside the usual ones.
pub(crate) fn invite(extra: &[&str]) -> Bytes {
    let usual = [
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
        "Max-Forwards: 70",
        "From: \"B\" <sip:b@acme.example>;tag=1",
        "To: <sip:a@acme.example>",
        "Call-ID: c@h",
        "CSeq: 1 INVITE",
        "Contact: <sip:b@192.0.2.1>",
    ];
    let name = |line: &str| line.split(':').next().unwrap().trim().to_ascii_lowercase();
    let is_replaced = |line: &&&str| extra.iter().any(|other| name(other) == name(line));
    let mut text = String::from("INVITE sip:a@acme.example SIP/2.0\r\n");
    for line in usual.iter().filter(|line| !is_replaced(line)).chain(extra) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    Bytes::from(text)
}

#[track_caller]
pub(crate) fn parse(text: &Bytes) -> Message {
    Message::parse(text.clone()).unwrap_or_else(|error| panic!("{error}: {}", text.escape_ascii()))
}

#[track_caller]
pub(crate) fn request(text: &Bytes) -> Request {
    match parse(text) {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

#[track_caller]
pub(crate) fn response(text: &Bytes) -> Response {
    match parse(text) {
        Message::Response(response) => response,
        Message::Request(request) => panic!("{request:?}"),
    }
}

pub(crate) fn headers(message: &Message) -> &Headers {
    match message {
        Message::Request(request) => request.headers(),
        Message::Response(response) => response.headers(),
    }
}
