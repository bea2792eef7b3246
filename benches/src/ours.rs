//! Our own library as a [`Parser`].

use std::sync::LazyLock;

use bytes::Bytes;
use centrala_sip::{Contact, Headers, Message, NameAddr, Via};

use crate::{NEW_VIA, Parser, Reading};

/// `centrala-sip`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a name without values")]
pub enum Centrala {}

impl Parser for Centrala {
    const NAME: &'static str = "centrala-sip";

    type Parsed = Message;

    fn split(datagram: &Bytes) -> Option<Message> {
        Message::parse(datagram.clone()).ok()
    }

    fn typed(message: &Message) -> Option<Reading> {
        let headers = headers(message);
        let mut reading = Reading::default();
        note_address(&mut reading, &headers.from().ok()?);
        note_address(&mut reading, &headers.to().ok()?);
        for via in headers.vias() {
            note_via(&mut reading, &via.ok()?);
        }
        let cseq = headers.cseq().ok()?;
        reading.cseq(cseq.number(), cseq.method());
        for contact in headers.contacts() {
            note_contact(&mut reading, &contact.ok()?);
        }
        reading.call_id(headers.call_id().ok()?.as_str());
        Some(reading)
    }

    fn edit(message: &mut Message) -> bool {
        let Message::Request(request) = message else { return false };
        let pushed = VIA.as_ref().is_some_and(|via| request.push_via(via).is_ok());
        pushed && request.decrement_max_forwards().is_ok()
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        message.to_bytes()
    }
}

static VIA: LazyLock<Option<Via>> =
    LazyLock::new(|| Via::parse(&Bytes::from_static(NEW_VIA.as_bytes())).ok());

pub(crate) fn headers(message: &Message) -> &Headers {
    match message {
        Message::Request(request) => request.headers(),
        Message::Response(response) => response.headers(),
    }
}

pub(crate) fn note_address(reading: &mut Reading, address: &NameAddr) {
    let uri = address.uri();
    reading.address(uri.user(), uri.host(), uri.port(), address.tag());
}

pub(crate) fn note_via(reading: &mut Reading, via: &Via) {
    reading.via(via.host(), via.port(), via.branch());
}

pub(crate) fn note_contact(reading: &mut Reading, contact: &Contact) {
    match contact {
        Contact::Address(address) => {
            let uri = address.uri();
            reading.contact(uri.user(), uri.host(), uri.port());
        }
        Contact::Wildcard => reading.contacts += 1,
    }
}
