//! The registrar on the wire: what it refuses, by which status, and where calls to a registered place go.

use centrala_sip::{HeaderName, Message, Method, Response};
use centrala_testkit::NetworkConfig;
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, BindCause, Endpoint, Event, Flow, LocationRecord, LocationStore, MemoryLocations,
    OutgoingCall, Output, Persistence, Strangers,
};
use core::time::Duration;

use crate::{
    digest,
    world::{BOB, OFFER, OFFICE, REALM, World, body, message, office, phone},
};

const EDGE: &str = "192.0.2.77:5060";

/// The office, and somebody who writes his requests by hand.
struct Desk {
    world: World,
    nonce: String,
    number: u32,
}

impl Desk {
    fn new() -> Self {
        let mut world = World::new(NetworkConfig::default(), 1);
        world.add("office", OFFICE, office(&["bob", "carol"], Algorithm::Md5));
        let mut desk = Self { world, nonce: String::new(), number: 0 };
        desk.take_nonce(BOB);
        desk
    }

    /// Is challenged at an address, where the nonce is good.
    fn take_nonce(&mut self, from: &str) {
        let challenge = self.send(from, "bob", "", "");
        let challenge = challenge.challenges().next().unwrap().unwrap();
        self.nonce = challenge.param("nonce").unwrap().into_owned();
    }

    /// Registers Bob from an address; returns the response.
    fn register(&mut self, from: &str, headers: &str) -> Response {
        let uri = format!("sip:{OFFICE}");
        let number = self.number + 1;
        let credentials = digest::sign("REGISTER", &uri, ("bob", REALM), &self.nonce, number);
        self.send(from, "bob", &format!("Authorization: {credentials}\r\n"), headers)
    }

    fn send(&mut self, from: &str, to: &str, authorization: &str, headers: &str) -> Response {
        self.number += 1;
        let (number, uri) = (self.number, format!("sip:{OFFICE}"));
        let text = format!(
            "REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bob@{OFFICE}>;tag=bob\r\nTo: <sip:{to}@{OFFICE}>\r\n\
             Call-ID: by-hand\r\nCSeq: {number} REGISTER\r\n{authorization}{headers}\
             Content-Length: 0\r\n\r\n"
        );
        let sent = self.world.inject(from, OFFICE, &text);
        let [Message::Response(response)] = &sent[..] else { panic!("{sent:?}") };
        response.clone()
    }

    fn contacts(&self) -> Vec<String> {
        let bindings = self.world.peek(OFFICE).bindings("bob", self.world.now());
        bindings.into_iter().map(|binding| binding.contact.to_string()).collect()
    }
}

/// A header of the response, with its value.
type Expected<'a> = Option<(&'a HeaderName, &'a str)>;

#[track_caller]
fn check(response: &Response, status: u16, header: Expected<'_>) {
    assert_eq!(response.status().as_u16(), status);
    if let Some((name, value)) = header {
        assert_eq!(response.header_str(name), Some(value));
    }
}

#[test]
fn each_bad_registration_gets_its_status_and_changes_nothing() {
    let mut desk = Desk::new();
    let held = desk.register(BOB, "Contact: <sip:bob@192.0.2.2>;expires=300\r\n");
    check(&held, 200, Some((&HeaderName::CONTACT, "<sip:bob@192.0.2.2>;expires=300")));
    let brief = Some((&HeaderName::MIN_EXPIRES, "60"));
    let no_path = Some((&HeaderName::UNSUPPORTED, "path"));
    let no_gruu = Some((&HeaderName::UNSUPPORTED, "gruu"));
    let many: String = (1..=10).map(|n| format!("Contact: <sip:bob@10.0.0.{n}>\r\n")).collect();
    let crowd = "Contact: <sip:bob@10.0.0.1>\r\n".repeat(17);
    let long = format!("Contact: <sip:{}@10.0.0.1>\r\n", "x".repeat(600));
    let cases: [(&str, u16, Expected<'_>); 11] = [
        ("Contact: <sip:bob@10.0.0.1>;expires=59\r\n", 423, brief),
        ("Contact: <sip:bob@10.0.0.1>, <sip:bob@10.0.0.2>\r\nExpires: 10\r\n", 423, brief),
        ("Contact: *\r\nExpires: 60\r\n", 400, None),
        ("Contact: *, <sip:bob@10.0.0.1>\r\nExpires: 0\r\n", 400, None),
        ("Contact: <sip:bob@10.0.0.1\r\n", 400, None),
        ("Path: <sip:edge;lr>\r\nContact: <sip:bob@10.0.0.1>\r\n", 420, no_path),
        ("Require: path, gruu\r\nContact: <sip:bob@10.0.0.1>\r\n", 420, no_gruu),
        // A telephone that was told our address as its own: calls to it would come back.
        ("Contact: <sip:bob@192.0.2.10>\r\n", 403, None),
        (&many, 403, None),
        (&crowd, 400, None),
        (&long, 400, None),
    ];
    for (headers, status, header) in cases {
        let response = desk.register(BOB, headers);
        assert_eq!(response.status().as_u16(), status, "{headers}");
        check(&response, status, header);
        assert_eq!(desk.contacts(), ["sip:bob@192.0.2.2"], "{headers}");
    }
}

#[test]
fn nobody_registers_for_another() {
    let mut desk = Desk::new();
    let uri = format!("sip:{OFFICE}");
    let number = desk.number + 1;
    let credentials = digest::sign("REGISTER", &uri, ("bob", REALM), &desk.nonce, number);
    let authorization = format!("Authorization: {credentials}\r\n");
    for to in ["carol", "nobody"] {
        let refused = desk.send(BOB, to, &authorization, "Contact: <sip:bob@192.0.2.2>\r\n");
        assert!(matches!(refused.status().as_u16(), 401 | 403), "{refused:?}");
    }
    assert_eq!(desk.world.peek(OFFICE).registered_users(), 0);
}

#[test]
fn an_answer_that_was_lost_is_given_again_and_a_replayed_request_changes_nothing() {
    let mut desk = Desk::new();
    desk.register(BOB, "Contact: <sip:bob@192.0.2.2>\r\n");
    let (number, nonce) = (desk.number, desk.nonce.clone());
    desk.register(BOB, "Contact: <sip:bob@192.0.2.2>;expires=0\r\n");
    assert!(desk.contacts().is_empty());
    // The first one again, from elsewhere, long after its transaction.
    desk.world.run_millis(40_000);
    (desk.number, desk.nonce) = (number - 1, nonce);
    let replayed = desk.register(EDGE, "Contact: <sip:bob@192.0.2.2>\r\n");
    check(&replayed, 401, None);
    assert!(desk.contacts().is_empty());
}

#[test]
fn a_call_goes_by_the_proxies_that_asked_for_it() {
    let mut desk = Desk::new();
    desk.take_nonce(EDGE);
    let path = "Path: <sip:edge.example:5070;lr>, \"In\" <sip:inner.example;lr;ob>\r\n";
    let headers = format!("Supported: path\r\n{path}Contact: <sip:bob@10.0.0.7>\r\n");
    let held = desk.register(EDGE, &headers);
    check(&held, 200, None);
    let returned: Vec<_> = held.paths().map(|path| path.unwrap().to_string()).collect();
    assert_eq!(returned, ["<sip:edge.example:5070;lr>", "\"In\" <sip:inner.example;lr;ob>"]);

    desk.world.add("edge", EDGE, phone(EDGE));
    let before = desk.world.sent().len();
    desk.world.at(OFFICE, |office, now| {
        let [binding] = office.targets("bob", now)[..] else { panic!() };
        let from = "<sip:alice@office>".parse().unwrap();
        let call = OutgoingCall::to_binding(binding, from, body(OFFER));
        office.invite(call, now).unwrap();
    });
    let sent = &desk.world.sent()[before..];
    assert_eq!(sent[0].to, EDGE.parse().unwrap(), "back on the way that the registration came");
    let Message::Request(invite) = message(&sent[0]) else { panic!() };
    assert_eq!((invite.method(), invite.uri().as_str()), (&Method::Invite, "sip:bob@10.0.0.7"));
    let routes: Vec<_> = invite.routes().map(|route| route.unwrap().to_string()).collect();
    assert_eq!(routes, returned);
}

/// Does what a shell does: brings what is to be kept to a store.
fn keep(office: &mut Endpoint, store: &mut MemoryLocations) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(output) = office.poll_output() {
        match output {
            Output::Keep(record) => store.put(record),
            Output::Event(event) => events.push(event),
            _ => {}
        }
    }
    events
}

#[test]
fn an_office_that_starts_again_knows_where_its_telephones_are() {
    let persistent = |epoch| {
        let mut config = office(&["bob"], Algorithm::Md5);
        config.registrar.persistence = Some(Persistence::new(Duration::from_secs(epoch)));
        config.strangers = Strangers::Challenge;
        config
    };
    let now = Timestamp::ZERO;
    let mut first = Endpoint::new(persistent(1_000), [1; 32], now);
    let register = |number: u32, authorization: &str| {
        format!(
            "REGISTER sip:{OFFICE} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bob@{OFFICE}>;tag=bob\r\nTo: <sip:bob@{OFFICE}>\r\n\
             Call-ID: by-hand\r\nCSeq: {number} REGISTER\r\n{authorization}\
             Contact: <sip:bob@10.0.0.7>\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let source: Flow = BOB.parse().unwrap();
    first.handle_datagram(source, register(1, "").into(), now);
    let Some(Output::Send { datagram, .. }) = first.poll_output() else { panic!() };
    let Message::Response(challenge) = Message::parse(datagram).unwrap() else { panic!() };
    let challenge = challenge.challenges().next().unwrap().unwrap();
    let nonce = challenge.param("nonce").unwrap();
    let credentials = digest::sign("REGISTER", &format!("sip:{OFFICE}"), ("bob", REALM), &nonce, 1);
    let signed = register(2, &format!("Authorization: {credentials}\r\n"));
    first.handle_datagram(source, signed.into(), now);
    let mut store = MemoryLocations::new();
    let told = keep(&mut first, &mut store);
    assert!(matches!(told[..], [Event::Registered { cause: BindCause::New, .. }]), "{told:?}");
    assert_eq!(store.records().len(), 1);
    store.put(LocationRecord::new("leaver".into(), store.records()[0].bindings.clone()));

    let mut second = Endpoint::new(persistent(1_500), [2; 32], now);
    second.restore(store.records(), now);
    let told = keep(&mut second, &mut store);
    assert!(matches!(told[..], [Event::Registered { cause: BindCause::Restored, .. }]), "{told:?}");
    let users: Vec<_> = store.records().into_iter().map(|record| record.user).collect();
    assert_eq!(users, ["bob"], "who has left the company is not kept");
    let [binding] = second.targets("bob", now)[..] else { panic!() };
    assert_eq!(
        (binding.contact.as_str(), binding.flow.remote()),
        ("sip:bob@10.0.0.7", source.remote())
    );
    let from = "<sip:alice@office>".parse().unwrap();
    let call = OutgoingCall::to_binding(binding, from, body(OFFER));
    second.invite(call, now).unwrap();
    let Some(Output::Send { destination, .. }) = second.poll_output() else { panic!() };
    assert_eq!(destination.remote(), source.remote());
}
