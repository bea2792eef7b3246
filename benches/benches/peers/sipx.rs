//! `sipx-sip`: slices of the datagram, typed on demand.

use std::sync::LazyLock;

use bytes::Bytes;
use centrala_benches::{NEW_VIA, Parser, Reading};
use sipx_sip::{
    CSeq, CallId, Header, HeaderName, Limits, Message, Uri, Via,
    headers::{Contact, From, MaxForwards, To},
    parse_datagram,
};

/// `sipx-sip`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sipx {}

impl Parser for Sipx {
    const NAME: &'static str = "sipx-sip 1.0.1";

    type Parsed = Message;

    fn split(datagram: &Bytes) -> Option<Message> {
        parse_datagram(datagram.clone(), &Limits::datagram()).ok()
    }

    fn typed(message: &Message) -> Option<Reading> {
        let headers = message.headers();
        let mut reading = Reading::default();
        let From(from) = headers.typed::<From>()?.ok()?;
        reading.address(user(&from.uri), from.uri.host(), from.uri.port(), text(from.tag()));
        let To(to) = headers.typed::<To>()?.ok()?;
        reading.address(user(&to.uri), to.uri.host(), to.uri.port(), text(to.tag()));
        for via in headers.typed_all::<Via>() {
            let via = via.ok()?;
            reading.via(&via.host, via.port, text(via.branch()));
        }
        let cseq = headers.typed::<CSeq>()?.ok()?;
        reading.cseq(cseq.sequence, cseq.method);
        for contact in headers.typed_all::<Contact>() {
            let Contact(contact) = contact.ok()?;
            reading.contact(user(&contact.uri), contact.uri.host(), contact.uri.port());
        }
        let CallId(call_id) = headers.typed::<CallId>()?.ok()?;
        reading.call_id(str::from_utf8(&call_id).ok()?);
        Some(reading)
    }

    fn edit(message: &mut Message) -> bool {
        let headers = message.headers_mut();
        let Some(Ok(MaxForwards(hops))) = headers.typed::<MaxForwards>() else { return false };
        let Some(left) = hops.checked_sub(1) else { return false };
        let Some(at) = headers.iter().position(|it| *it.name() == HeaderName::MaxForwards) else {
            return false;
        };
        let Ok(header) = Header::build(HeaderName::MaxForwards, left.to_string()) else {
            return false;
        };
        headers.remove_first(&HeaderName::MaxForwards);
        headers.insert(at, header);
        let Some(via) = VIA.as_ref() else { return false };
        headers.push_front(via.clone());
        true
    }

    fn print(message: &Message) -> impl AsRef<[u8]> {
        message.to_bytes()
    }
}

static VIA: LazyLock<Option<Header>> =
    LazyLock::new(|| Header::build(HeaderName::Via, NEW_VIA).ok());

fn user(uri: &Uri) -> Option<&str> {
    text(uri.user())
}

fn text(octets: Option<&[u8]>) -> Option<&str> {
    octets.and_then(|octets| str::from_utf8(octets).ok())
}
