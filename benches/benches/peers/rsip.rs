//! `rsip`: text copied into strings by header, typed on demand.

use bytes::Bytes;
use centrala_benches::{NEW_VIA, Parser, Reading};
use rsip::{
    Header, Headers, SipMessage,
    headers::{ToTypedHeader, UntypedHeader},
    message::{HasHeaders, HeadersExt},
};

/// `rsip`. It reads one value per header line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rsip {}

impl Parser for Rsip {
    const NAME: &'static str = "rsip 0.4.0";

    type Parsed = SipMessage;

    fn split(datagram: &Bytes) -> Option<SipMessage> {
        SipMessage::try_from(datagram.clone()).ok()
    }

    fn typed(message: &SipMessage) -> Option<Reading> {
        let mut reading = Reading::default();
        let port = |uri: &rsip::Uri| uri.port().map(|port| *port.value());
        let from = message.from_header().ok()?.typed().ok()?;
        let tag = from.tag().map(rsip::param::Tag::value);
        reading.address(from.uri.user(), from.uri.host(), port(&from.uri), tag);
        let to = message.to_header().ok()?.typed().ok()?;
        let tag = to.tag().map(rsip::param::Tag::value);
        reading.address(to.uri.user(), to.uri.host(), port(&to.uri), tag);
        for header in message.headers().iter() {
            if let Header::Via(via) = header {
                let via = via.typed().ok()?;
                let branch = via.branch().map(rsip::param::Branch::value);
                reading.via(via.uri.host(), port(&via.uri), branch);
            }
        }
        let cseq = message.cseq_header().ok()?.typed().ok()?;
        reading.cseq(cseq.seq, cseq.method);
        for contact in message.contact_headers() {
            let contact = contact.typed().ok()?;
            reading.contact(contact.uri.user(), contact.uri.host(), port(&contact.uri));
        }
        reading.call_id(message.call_id_header().ok()?.value());
        Some(reading)
    }

    fn edit(message: &mut SipMessage) -> bool {
        let Ok(hops) = message.max_forwards_header_mut() else { return false };
        let Some(left) = hops.num().ok().and_then(|hops| hops.checked_sub(1)) else { return false };
        *hops = left.into();
        // It only appends; putting in front goes through the list.
        let mut headers = Vec::from(std::mem::take(message.headers_mut()));
        headers.insert(0, Header::Via(NEW_VIA.into()));
        *message.headers_mut() = Headers::from(headers);
        true
    }

    fn print(message: &SipMessage) -> impl AsRef<[u8]> {
        message.to_string()
    }
}
