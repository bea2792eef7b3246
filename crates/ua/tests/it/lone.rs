//! One endpoint and a peer that is written by hand: what is sent and told, message by message.

use std::net::SocketAddr;

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Headers, Message, Method, Request, Response, ResponseBuilder, StatusCode,
};
use centrala_time::Timestamp;
use centrala_ua::{CallId, Credentials, Endpoint, Event, Output};
use core::time::Duration;

use crate::world::{ALICE, ANSWER, BOB, body, call, password, phone};

/// An endpoint at [`ALICE`]; its peer is at [`BOB`].
pub(crate) struct Lone {
    pub(crate) endpoint: Endpoint,
    pub(crate) now: Timestamp,
}

/// What came of one input.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) sent: Vec<Message>,
    pub(crate) events: Vec<Event>,
}

impl Lone {
    pub(crate) fn new() -> Self {
        let endpoint = Endpoint::new(phone(ALICE), [3; 32], Timestamp::ZERO);
        Self { endpoint, now: Timestamp::ZERO }
    }

    /// Lets the user do something.
    pub(crate) fn act(&mut self, act: impl FnOnce(&mut Endpoint, Timestamp)) -> Heard {
        act(&mut self.endpoint, self.now);
        self.drain()
    }

    /// The peer sends something.
    pub(crate) fn feed(&mut self, datagram: impl Into<Bytes>) -> Heard {
        let source: SocketAddr = BOB.parse().unwrap();
        self.endpoint.handle_datagram(source.into(), datagram.into(), self.now);
        self.drain()
    }

    /// The peer answers a request of ours.
    pub(crate) fn answer(&mut self, request: &Request, status: u16, tag: &str) -> Heard {
        self.answer_with(request, status, tag, |response| response)
    }

    /// The same with further headers or a body.
    pub(crate) fn answer_with(
        &mut self,
        request: &Request,
        status: u16,
        tag: &str,
        finish: impl FnOnce(ResponseBuilder) -> ResponseBuilder,
    ) -> Heard {
        let mut builder = ResponseBuilder::for_request(request, StatusCode::new(status).unwrap());
        if !tag.is_empty() {
            builder = builder.to_tag(tag);
        }
        self.feed(finish(builder).build().unwrap().to_bytes())
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, millis: u64) -> Heard {
        let end = self.now + Duration::from_millis(millis);
        let mut heard = Heard::default();
        while let Some(next) = self.endpoint.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.endpoint.handle_timeout(self.now);
            let more = self.drain();
            heard.sent.extend(more.sent);
            heard.events.extend(more.events);
        }
        self.now = end;
        heard
    }

    fn drain(&mut self) -> Heard {
        let mut heard = Heard::default();
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { datagram, .. } => heard.sent.push(Message::parse(datagram).unwrap()),
                Output::Event(event) => heard.events.push(event),
                other => panic!("{other:?}"),
            }
        }
        heard
    }

    /// Calls Bob; returns the INVITE.
    pub(crate) fn invite(&mut self) -> (CallId, Request) {
        let mut outgoing = call("alice", "bob", BOB);
        outgoing.credentials = vec![Credentials::new("alice", password("alice"))];
        let id = self.endpoint.invite(outgoing, self.now).unwrap();
        (id, self.drain().request(&Method::Invite))
    }

    /// Calls Bob, who answers with tag `b`; returns the INVITE.
    pub(crate) fn connect(&mut self) -> (CallId, Request) {
        let (id, invite) = self.invite();
        let heard = self.answer_with(&invite, 200, "b", |response| {
            let contact = "<sip:bob@192.0.2.2>".parse().unwrap();
            let response = response.contact(&contact).header(&HeaderName::ALLOW, "INVITE, UPDATE");
            response.body("application/sdp", body(ANSWER))
        });
        assert_eq!(heard.methods(), [Method::Ack]);
        assert!(matches!(heard.events[..], [Event::Answered { call, .. }] if call == id));
        (id, invite)
    }

    /// Bob calls; returns the call and what it takes to go on in its dialog.
    pub(crate) fn invited(&mut self, offer: &str) -> (CallId, Peer) {
        let peer = Peer::new();
        let heard = self.feed(peer.invite(offer));
        let [Event::Incoming(incoming)] = &heard.events[..] else { panic!("{heard:?}") };
        (incoming.call, peer)
    }

    /// Bob calls, we answer, he acknowledges.
    pub(crate) fn answered(&mut self) -> (CallId, Peer) {
        let (call, mut peer) = self.invited("v=0 offer");
        let heard = self.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
        peer.hear(&heard);
        let heard = self.feed(peer.ack(1, ""));
        assert!(matches!(heard.events[..], [Event::Confirmed { .. }]), "{heard:?}");
        (call, peer)
    }
}

impl Heard {
    /// The methods of the requests that were sent.
    pub(crate) fn methods(&self) -> Vec<Method> {
        self.requests().map(|request| request.method().clone()).collect()
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &Request> {
        self.sent.iter().filter_map(|message| match message {
            Message::Request(request) => Some(request),
            Message::Response(_) => None,
        })
    }

    pub(crate) fn responses(&self) -> impl Iterator<Item = &Response> {
        self.sent.iter().filter_map(|message| match message {
            Message::Response(response) => Some(response),
            Message::Request(_) => None,
        })
    }

    /// The status codes that were sent, without 100.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let statuses = self.responses().map(|response| response.status().as_u16());
        statuses.filter(|status| *status != 100).collect()
    }

    /// The first request of a method.
    #[track_caller]
    pub(crate) fn request(&self, method: &Method) -> Request {
        let found = self.requests().find(|request| request.method() == method);
        found.unwrap_or_else(|| panic!("no {method} in {self:?}")).clone()
    }

    /// The last response.
    #[track_caller]
    pub(crate) fn response(&self) -> Response {
        self.responses().last().unwrap_or_else(|| panic!("no response in {self:?}")).clone()
    }
}

/// Bob in a dialog that he has begun.
pub(crate) struct Peer {
    our_tag: String,
    branches: u32,
    /// Further lines of each request.
    pub(crate) lines: String,
}

impl Peer {
    pub(crate) fn new() -> Self {
        Self { our_tag: String::new(), branches: 0, lines: String::new() }
    }

    /// Takes the tag of the endpoint from a response of its.
    pub(crate) fn hear(&mut self, heard: &Heard) {
        heard.response().to().unwrap().tag().unwrap().clone_into(&mut self.our_tag);
    }

    pub(crate) fn invite(&self, offer: &str) -> String {
        self.write("INVITE", 1, "invite", offer)
    }

    /// Another request, in a transaction of its own.
    pub(crate) fn request(&mut self, method: &str, sequence: u32, content: &str) -> String {
        self.branches += 1;
        self.write(method, sequence, &format!("n{}", self.branches), content)
    }

    pub(crate) fn ack(&mut self, sequence: u32, content: &str) -> String {
        self.request("ACK", sequence, content)
    }

    /// The CANCEL or ACK of the request before.
    pub(crate) fn same(&self, method: &str, sequence: u32) -> String {
        self.write(method, sequence, &format!("n{}", self.branches), "")
    }

    fn write(&self, method: &str, sequence: u32, branch: &str, content: &str) -> String {
        let tag = match self.our_tag.as_str() {
            "" => String::new(),
            tag => format!(";tag={tag}"),
        };
        let kind = match content.split_once('=') {
            Some(("Signal", _)) => "application/dtmf-relay",
            _ => "application/sdp",
        };
        let kind =
            if content.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        format!(
            "{method} sip:alice@{ALICE} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {BOB};branch=z9hG4bK{branch};rport\r\n\
             From: <sip:bob@example.com>;tag=b\r\nTo: <sip:alice@example.com>{tag}\r\n\
             Call-ID: c\r\nCSeq: {sequence} {method}\r\nContact: <sip:bob@192.0.2.2>\r\n\
             Max-Forwards: 70\r\n{}{kind}Content-Length: {}\r\n\r\n{content}",
            self.lines,
            content.len(),
        )
    }
}

/// A request of the callee in a dialog that `invite` has begun, with his `tag`.
pub(crate) fn of_callee(
    invite: &Request,
    method: &str,
    sequence: u32,
    tag: &str,
    content: &str,
) -> String {
    let (from, call_id) = (invite.from().unwrap(), invite.call_id().unwrap());
    let kind = if content.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    format!(
        "{method} sip:alice@{ALICE} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {BOB};branch=z9hG4bK{method}{sequence}{};rport\r\n\
         From: <sip:bob@{BOB}>{tag}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {sequence} {method}\r\n\
         Contact: <sip:bob@192.0.2.2>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {}\r\n\r\n{content}",
        tag.replace([';', '='], ""),
        String::from_utf8_lossy(from.as_bytes()),
        call_id.as_str(),
        content.len(),
    )
}

/// The number of a request.
pub(crate) fn number(headers: &Headers) -> u32 {
    headers.cseq().unwrap().number()
}
