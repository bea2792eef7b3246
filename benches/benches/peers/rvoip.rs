//! `rvoip-sip-core`: every header typed at once.

use std::sync::LazyLock;

use bytes::Bytes;
use centrala_benches::{NEW_VIA, Parser, Reading};
use rvoip_sip_core::{
    Message, TypedHeader, parse_message,
    types::{Address, CSeq, Via, contact::ContactValue},
};

/// `rvoip-sip-core`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rvoip {}

impl Parser for Rvoip {
    const NAME: &'static str = "rvoip-sip-core 0.4.0";

    type Parsed = Message;

    fn split(datagram: &Bytes) -> Option<Message> {
        parse_message(datagram).ok()
    }

    fn typed(message: &Message) -> Option<Reading> {
        let mut reading = Reading::default();
        let mut address = |it: &Address, tag| {
            reading.address(it.uri.user.as_deref(), &it.uri.host, it.uri.port, tag);
        };
        let from = message.from()?;
        address(from.address(), from.tag());
        let to = message.to()?;
        address(to.address(), to.tag());
        for header in message.all_headers() {
            if let TypedHeader::Via(via) = header {
                for via in via.headers() {
                    reading.via(via.host(), via.port(), via.branch());
                }
            }
        }
        let cseq: &CSeq = message.typed_header()?;
        reading.cseq(cseq.sequence(), cseq.method());
        for header in message.all_headers() {
            if let TypedHeader::Contact(contact) = header {
                for value in &contact.0 {
                    if let ContactValue::Params(contacts) = value {
                        for contact in contacts {
                            let uri = &contact.address.uri;
                            reading.contact(uri.user.as_deref(), &uri.host, uri.port);
                        }
                    }
                }
            }
        }
        reading.call_id(message.call_id()?.as_str());
        Some(reading)
    }

    fn edit(message: &mut Message) -> bool {
        let (Message::Request(request), Some(via)) = (message, VIA.as_ref()) else { return false };
        let mut left = None;
        for header in &mut request.headers {
            if let TypedHeader::MaxForwards(hops) = header {
                left = hops.decrement();
                *hops = left.unwrap_or(*hops);
            }
        }
        request.headers.insert(0, TypedHeader::Via(via.clone()));
        left.is_some()
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        message.to_bytes()
    }
}

static VIA: LazyLock<Option<Via>> = LazyLock::new(|| NEW_VIA.parse().ok());
