//! `ezk-sip-types`: slices of the datagram grouped by name; its pull parser is driven as its own stack does.

use std::{fmt::Write as _, sync::LazyLock};

use bytes::Bytes;
use centrala_benches::{NEW_VIA, Parser, Reading};
use ezk_sip_types::{
    Headers, Name,
    header::{
        HeaderParse,
        typed::{CSeq, CallID, Contact, ContentLength, FromTo, MaxForwards, Via},
    },
    msg::{Line, MessageLine, PullParser},
    parse::Parse,
    print::AppendCtx,
    uri::{SipUri, SipUriUserPart},
};

/// `ezk-sip-types`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ezk {}

/// What its stack makes of a datagram.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    line: MessageLine,
    headers: Headers,
    body: Bytes,
}

impl Parser for Ezk {
    const NAME: &'static str = "ezk-sip-types 0.6.5";

    type Parsed = Parsed;

    fn split(datagram: &Bytes) -> Option<Parsed> {
        let mut parser = PullParser::new(datagram, 0);
        let line = str::from_utf8(parser.next()?.ok()?).ok()?;
        let (_, line) = MessageLine::parse(datagram)(line).ok()?;
        let mut headers = Headers::new();
        for line in &mut parser {
            let line = str::from_utf8(line.ok()?).ok()?;
            let (_, Line { name, value }) = Line::parse(datagram, line).ok()?;
            headers.insert(name, value);
        }
        let body = datagram.slice(parser.head_end()..);
        let body = match headers.try_get_named::<ContentLength>() {
            Some(length) => {
                let ContentLength(length) = length.ok()?;
                (length <= body.len()).then(|| body.slice(..length))?
            }
            None => body,
        };
        Some(Parsed { line, headers, body })
    }

    fn typed(Parsed { headers, .. }: &Parsed) -> Option<Reading> {
        let mut reading = Reading::default();
        for name in [Name::FROM, Name::TO] {
            let FromTo { uri, tag, .. } = headers.get(name).ok()?;
            let at = &uri.uri.host_port;
            reading.address(user(&uri.uri), &at.host, at.port, tag.as_deref());
        }
        for via in headers.get_named::<Vec<Via>>().ok()? {
            let branch = via.params.get_val("branch").map(|it| it.as_str());
            reading.via(&via.sent_by.host, via.sent_by.port, branch);
        }
        let cseq = headers.get_named::<CSeq>().ok()?;
        reading.cseq(cseq.cseq, cseq.method);
        for contact in
            headers.try_get_named::<Vec<Contact>>().and_then(Result::ok).unwrap_or_default()
        {
            let uri = &contact.uri.uri;
            reading.contact(user(uri), &uri.host_port.host, uri.host_port.port);
        }
        let CallID(call_id) = headers.get_named().ok()?;
        reading.call_id(&call_id);
        Some(reading)
    }

    fn edit(Parsed { headers, .. }: &mut Parsed) -> bool {
        let hops = headers.edit_named(|MaxForwards(hops)| *hops = hops.saturating_sub(1));
        // Its front insertion appends to a header that is there: the old ones go behind.
        let (Ok(()), Some(via)) = (hops, VIA.as_ref()) else { return false };
        let old = headers.remove(&Name::VIA).unwrap_or_default();
        headers.insert_named(via);
        for value in old {
            headers.insert(Name::VIA, value);
        }
        true
    }

    fn print(Parsed { line, headers, body }: &Parsed) -> impl AsRef<[u8]> {
        let mut text = String::with_capacity(headers.printed_len() + body.len() + 64);
        let written = write!(text, "{}\r\n{headers}\r\n", line.default_print_ctx());
        let mut text = text.into_bytes();
        if written.is_ok() {
            text.extend_from_slice(body);
        }
        text
    }
}

static VIA: LazyLock<Option<Via>> = LazyLock::new(|| {
    let text = Bytes::from_static(NEW_VIA.as_bytes());
    Via::parse(&text, NEW_VIA).ok().map(|(_, via)| via)
});

fn user(uri: &SipUri) -> Option<&str> {
    match &uri.user_part {
        SipUriUserPart::Empty => None,
        SipUriUserPart::User(user) => Some(user),
        SipUriUserPart::UserPw(both) => Some(&both.user),
    }
}
