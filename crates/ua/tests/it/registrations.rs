//! Registrations of ours, against registrars that are written by hand.

use std::net::SocketAddr;

use bytes::Bytes;
use centrala_sip::{HeaderName, Message, Method, Request, ResponseBuilder, StatusCode};
use centrala_time::Timestamp;
use centrala_ua::{
    Credentials, Endpoint, Event, Flow, KeepAlive, Output, RegistrationConfig, RegistrationId,
    RegistrationState,
};
use core::time::Duration;

use crate::world::{ALICE, phone};

const FIRST: &str = "192.0.2.50:5060";
const SECOND: &str = "192.0.2.51:5060";

/// A line to a provider, with nobody at the other end yet.
struct Line {
    endpoint: Endpoint,
    now: Timestamp,
    id: RegistrationId,
    /// What was sent: when, whereto, and what.
    sent: Vec<(Timestamp, SocketAddr, Bytes)>,
    states: Vec<RegistrationState>,
}

impl Line {
    fn new(change: impl FnOnce(&mut RegistrationConfig)) -> Self {
        let aor = "sip:line@provider.example".parse().unwrap();
        let registrar = "sip:provider.example".parse().unwrap();
        let credentials = Some(Credentials::new("line", "secret"));
        let mut config =
            RegistrationConfig::new(registrar, FIRST.parse().unwrap(), aor, credentials);
        change(&mut config);
        let mut endpoint = Endpoint::new(phone(ALICE), [5; 32], Timestamp::ZERO);
        let id = endpoint.register(config, Timestamp::ZERO).unwrap();
        let now = Timestamp::ZERO;
        let mut line = Self { endpoint, now, id, sent: Vec::new(), states: Vec::new() };
        line.drain();
        line
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { destination, datagram, .. } => {
                    self.sent.push((self.now, destination.remote(), datagram));
                }
                Output::Event(Event::Registration { state, .. }) => self.states.push(state),
                other => panic!("{other:?}"),
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(next) = self.endpoint.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.endpoint.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// The request that was sent last, and whereto.
    #[track_caller]
    fn last(&self) -> (SocketAddr, Request) {
        let (_, to, datagram) = self.sent.last().unwrap();
        match Message::parse(datagram.clone()).unwrap() {
            Message::Request(request) => (*to, request),
            Message::Response(response) => panic!("{response:?}"),
        }
    }

    /// The registrar answers the last request.
    fn answer(&mut self, status: u16, headers: &[(HeaderName, &str)]) {
        let (to, request) = self.last();
        let status = StatusCode::new(status).unwrap();
        let mut builder = ResponseBuilder::for_request(&request, status).to_tag("r");
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let response = builder.build().unwrap().to_bytes();
        self.endpoint.handle_datagram(Flow::from(to), response, self.now);
        self.drain();
    }

    /// The registrar accepts the last request for so long.
    fn accept(&mut self, seconds: u32) {
        let (_, request) = self.last();
        let contact = request.header_str(&HeaderName::CONTACT).unwrap().to_owned();
        let contact = format!("{contact};expires={seconds}");
        self.answer(200, &[(HeaderName::CONTACT, &contact)]);
    }

    fn take_states(&mut self) -> Vec<RegistrationState> {
        core::mem::take(&mut self.states)
    }
}

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

const CHALLENGE: &str = "Digest realm=\"provider\", nonce=\"n1\", qop=\"auth\"";

#[test]
fn a_line_is_kept_up_and_taken_down() {
    let mut line = Line::new(|config| config.instance = Some("urn:uuid:1".into()));
    let (_, first) = line.last();
    assert_eq!(first.header_str(&HeaderName::SUPPORTED), Some("path"));
    let contact = format!("<sip:line@{ALICE}>;+sip.instance=\"<urn:uuid:1>\"");
    assert_eq!(first.header_str(&HeaderName::CONTACT), Some(&*contact));
    line.answer(401, &[(HeaderName::WWW_AUTHENTICATE, CHALLENGE)]);
    let (_, signed) = line.last();
    assert_eq!(signed.credentials().count(), 1);
    assert_eq!(signed.call_id().unwrap(), first.call_id().unwrap());
    line.accept(100);
    let expires = Duration::from_secs(100);
    assert_eq!(line.take_states(), [RegistrationState::Registered { expires }]);
    let before = line.sent.len();
    line.wait(49);
    assert_eq!(line.sent.len(), before);
    line.wait(1);
    assert_eq!(line.last().1.cseq().unwrap().number(), 3, "refreshed in time");
    assert_eq!(line.last().1.credentials().count(), 1, "without being asked");
    line.accept(100);
    line.endpoint.unregister_all(line.now);
    line.drain();
    assert_eq!(line.last().1.expires(), Ok(0));
    line.answer(200, &[]);
    assert_eq!(line.take_states().last(), Some(&RegistrationState::Unregistered));
    let before = line.sent.len();
    line.wait(10_000);
    assert_eq!(line.sent.len(), before, "and nothing after that");
}

#[test]
fn the_route_that_a_registrar_wants_is_kept_within_limits() {
    let mut line = Line::new(|_| {});
    let id = line.id;
    assert!(line.endpoint.service_route(id).is_empty());
    let contact = format!("<sip:line@{ALICE}>;expires=60");
    let mut accept = |routes: &str| {
        line.answer(200, &[(HeaderName::CONTACT, &contact), (HeaderName::SERVICE_ROUTE, routes)]);
        line.wait(30);
        line.endpoint.service_route(id).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let two = "<sip:p1.example;lr>, <sip:p2.example;lr>";
    assert_eq!(accept(two), ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]);
    assert_eq!(accept("<sip:p3.example;lr>"), ["<sip:p3.example;lr>"], "the last one counts");
    let many = ["<sip:p;lr>"; 9].join(",");
    assert!(accept(&many).is_empty(), "too many are none");
    assert!(accept(&format!("<sip:{};lr>", "x".repeat(600))).is_empty());
    assert!(accept("<sip:p1.example;lr>, <<>").is_empty());
}

#[test]
fn a_line_goes_to_the_next_place_and_proves_itself_anew() {
    let mut line = Line::new(|config| config.alternatives = vec![SECOND.parse().unwrap()]);
    line.answer(401, &[(HeaderName::WWW_AUTHENTICATE, CHALLENGE)]);
    line.answer(503, &[(HeaderName::RETRY_AFTER, "300")]);
    let (to, request) = line.last();
    assert_eq!(to, at(SECOND), "at once");
    assert_eq!(request.credentials().count(), 0, "no proof for another server");
    assert_eq!(line.take_states(), []);
    line.answer(401, &[(HeaderName::WWW_AUTHENTICATE, CHALLENGE)]);
    line.accept(600);
    line.wait(300);
    assert_eq!(line.last().0, at(SECOND), "what works is used");
    // Nothing comes back any more, from anywhere.
    line.take_states();
    line.wait(32);
    assert_eq!(line.last().0, at(FIRST));
    line.wait(33);
    let states = line.take_states();
    let [RegistrationState::Failed { status: None, retry_in }] = states[..] else {
        panic!("{states:?}")
    };
    assert!((15..=30).contains(&retry_in.as_secs()), "{retry_in:?}");
    line.wait(30);
    assert_eq!(line.last().0, at(FIRST), "it begins with the preferred place");
}

#[test]
fn places_may_change_while_a_line_is_up() {
    let mut line = Line::new(|_| {});
    line.accept(100);
    line.endpoint.set_places(line.id, vec![SECOND.parse().unwrap()]);
    line.endpoint.set_places(line.id, Vec::new());
    line.wait(50);
    assert_eq!(line.last().0, at(SECOND));
}

#[test]
fn empty_lines_keep_the_way_open_while_the_line_is_up() {
    let interval = Duration::from_secs(25);
    let mut line = Line::new(|config| config.keep_alive = KeepAlive::Crlf(interval));
    line.wait(1);
    line.accept(600);
    line.sent.clear();
    line.wait(100);
    let pings: Vec<_> =
        line.sent.iter().map(|(when, to, octets)| (*when, *to, &**octets)).collect();
    let ping = |second: u64| (Timestamp::from_millis(second * 1_000), at(FIRST), &b"\r\n\r\n"[..]);
    assert_eq!(pings, [ping(26), ping(51), ping(76), ping(101)]);
    line.endpoint.unregister(line.id, line.now);
    line.drain();
    line.answer(200, &[]);
    line.sent.clear();
    line.wait(1_000);
    assert!(line.sent.is_empty());
}

#[test]
fn options_without_any_answer_make_a_line_register_anew() {
    let mut line = Line::new(|config| {
        config.keep_alive = KeepAlive::Options(Duration::from_secs(30));
        config.alternatives = vec![SECOND.parse().unwrap()];
    });
    line.accept(3_600);
    line.wait(30);
    let (to, options) = line.last();
    assert_eq!((to, options.method()), (at(FIRST), &Method::Options));
    // Whatever the answer is, somebody is there.
    line.answer(405, &[]);
    line.sent.clear();
    line.wait(30);
    assert_eq!(line.last().1.method(), &Method::Options);
    line.wait(32);
    let (to, request) = line.last();
    assert_eq!((to, request.method()), (at(SECOND), &Method::Register));
    line.accept(3_600);
    let before = line.sent.len();
    line.wait(29);
    let late = line.sent[before..].iter().filter(|(_, to, _)| *to == at(FIRST)).count();
    assert_eq!(late, 0, "what does not come back from there says nothing of here");
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let mut line = Line::new(|_| {});
    let (_, request) = line.last();
    let branch = request.via().unwrap().branch().unwrap().to_owned();
    let forged = |text: &str| {
        let response = ResponseBuilder::for_request(&request, StatusCode::OK).build().unwrap();
        String::from_utf8_lossy(&response.to_bytes()).replace(&branch, text)
    };
    for guess in ["z9hG4bK", "z9hG4bK1", "z9hG4bKffffffffffffffffffffffff"] {
        let elsewhere = Flow::from(at("203.0.113.9:5060"));
        line.endpoint.handle_datagram(elsewhere, forged(guess).into(), line.now);
        line.drain();
    }
    assert_eq!(line.take_states(), []);
    assert_eq!(line.endpoint.statistics().strays, 3);
}

#[test]
fn a_registrar_that_lists_others_and_not_us_has_lost_us() {
    let mut line = Line::new(|_| {});
    line.answer(200, &[(HeaderName::CONTACT, "<sip:other@203.0.113.9>;expires=60")]);
    let states = line.take_states();
    let [RegistrationState::Unlisted { retry_in }] = states[..] else { panic!("{states:?}") };
    let before = line.sent.len();
    line.wait(retry_in.as_secs() + 1);
    assert!(line.sent.len() > before, "it is tried again");
    line.accept(60);
    assert!(line.take_states()[0].is_registered());
}

#[test]
fn a_place_that_nothing_can_be_sent_to_is_passed_over() {
    // We have no socket for TCP.
    let unusable: Flow = format!("TCP {SECOND}").parse().unwrap();
    let third = "192.0.2.52:5060";
    let mut line = Line::new(|config| config.alternatives = vec![unusable, third.parse().unwrap()]);
    line.answer(503, &[]);
    assert_eq!(line.last().0, at(third), "at once");
    line.accept(600);
    assert!(matches!(line.take_states()[..], [RegistrationState::Registered { .. }]));

    // Nothing else is left: it is told, and tried again.
    let mut line = Line::new(|config| config.alternatives = vec![unusable]);
    line.wait(33);
    let states = line.take_states();
    assert!(matches!(states[..], [RegistrationState::Failed { status: None, .. }]), "{states:?}");
    let before = line.sent.len();
    line.wait(31);
    assert!(line.sent.len() > before);
    assert_eq!(line.last().0, at(FIRST), "it begins with the preferred place");
}
