//! `rsipstack`: a stack upon tokio, whose messages descend from those of rsip.

use bytes::Bytes;
use centrala_benches::{NEW_VIA, Parser, Reading};
use rsipstack::sip::{Header, SipMessage, Uri, param, prelude::*, typed::Contact};

/// `rsipstack`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rsipstack {}

impl Parser for Rsipstack {
    const NAME: &'static str = "rsipstack 0.7.14";

    type Parsed = SipMessage;

    fn split(datagram: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(datagram.clone()).ok()
    }

    fn typed(message: &SipMessage) -> Option<Reading> {
        let mut reading = Reading::default();
        let port = |uri: &Uri| uri.host_with_port.port.as_ref().map(|port| port.value());
        let from = message.from_header().ok()?.typed().ok()?;
        let tag = from.tag().map(param::Tag::value);
        reading.address(from.uri.user(), from.uri.host(), port(&from.uri), tag);
        let to = message.to_header().ok()?.typed().ok()?;
        let tag = to.tag().map(param::Tag::value);
        reading.address(to.uri.user(), to.uri.host(), port(&to.uri), tag);
        for header in message.headers().iter() {
            if let Header::Via(via) = header {
                let via = via.typed().ok()?;
                let branch = via.branch().map(param::Branch::value);
                reading.via(via.uri.host(), port(&via.uri), branch);
            }
        }
        let cseq = message.cseq_header().ok()?.typed().ok()?;
        reading.cseq(cseq.seq, cseq.method);
        for header in message.contact_headers() {
            for contact in Contact::parse_header_list(header.value()).ok()? {
                reading.contact(contact.uri.user(), contact.uri.host(), port(&contact.uri));
            }
        }
        reading.call_id(message.call_id_header().ok()?.value());
        Some(reading)
    }

    fn edit(message: &mut SipMessage) -> bool {
        let Ok(hops) = message.max_forwards_header_mut() else { return false };
        let left = hops.value().parse::<u32>().ok().and_then(|hops| hops.checked_sub(1));
        let Some(left) = left else { return false };
        *hops = left.into();
        message.headers_mut().push_front(Header::Via(NEW_VIA.into()));
        true
    }

    fn print(message: &SipMessage) -> impl AsRef<[u8]> {
        message.to_bytes()
    }
}
