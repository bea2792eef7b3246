//! Passwords at endpoints: who gets an answer to a challenge, and who is heard.

use centrala_sip::{HeaderName, Message, Method, Request, Response};
use centrala_testkit::NetworkConfig;
use centrala_ua::{
    Algorithm, Credentials, EndCause, EndpointConfig, Event, RegistrationConfig, RegistrationState,
    Source, Strangers, digest::Qop,
};

use crate::{
    digest,
    lone::Lone,
    world::{
        ALICE, ANSWER, BOB, OFFICE, REALM, World, body, call, office, password, phone, the_end,
    },
};

const CHALLENGE: &str =
    "Digest realm=\"evil\", nonce=\"chosen\", qop=\"auth\", algorithm=MD5, stale=true";

fn is_signed(request: &Request) -> bool {
    request.has(&HeaderName::AUTHORIZATION) || request.has(&HeaderName::PROXY_AUTHORIZATION)
}

#[test]
fn a_caller_who_challenges_our_bye_gets_no_answer() {
    for (status, header) in
        [(407, HeaderName::PROXY_AUTHENTICATE), (401, HeaderName::WWW_AUTHENTICATE)]
    {
        let mut lone = Lone::new();
        let (id, _) = lone.answered();
        let heard = lone.act(|endpoint, now| endpoint.hang_up(id, now));
        let bye = heard.request(&Method::Bye);
        assert!(!is_signed(&bye));
        let heard =
            lone.answer_with(&bye, status, "", |response| response.header(&header, CHALLENGE));
        assert!(heard.sent.is_empty(), "{:?}", heard.sent);
    }
}

#[test]
fn the_callee_behind_the_proxy_gets_no_answer_to_a_realm_of_his() {
    let mut lone = Lone::new();
    let (id, invite) = lone.invite();
    let heard = lone.answer_with(&invite, 407, "p", |response| {
        response.header(&HeaderName::PROXY_AUTHENTICATE, digest::challenge("telco"))
    });
    let signed = heard.request(&Method::Invite);
    assert!(digest::is_signed(&signed, "telco"));
    let heard = lone.answer_with(&signed, 401, "c", |response| {
        response.header(&HeaderName::WWW_AUTHENTICATE, CHALLENGE)
    });
    assert!(heard.sent.iter().all(|message| matches!(
        message,
        Message::Request(request) if *request.method() == Method::Ack
    )));
    assert!(matches!(the_end(&heard.events, id), EndCause::Rejected(_)));
}

fn registration() -> RegistrationConfig {
    RegistrationConfig::new(
        format!("sip:{BOB}").parse().unwrap(),
        BOB.parse().unwrap(),
        format!("sip:alice@{BOB}").parse().unwrap(),
        Some(Credentials::new("alice", password("alice"))),
    )
}

#[test]
fn a_challenge_from_another_address_gets_no_answer() {
    for (source, is_answered) in [(BOB, true), ("203.0.113.66:5060", false)] {
        let mut lone = Lone::new();
        let heard = lone.act(|endpoint, now| {
            endpoint.register(registration(), now);
        });
        let register = heard.request(&Method::Register);
        let mut response = centrala_sip::ResponseBuilder::for_request(
            &register,
            centrala_sip::StatusCode::UNAUTHORIZED,
        );
        response = response.header(&HeaderName::WWW_AUTHENTICATE, CHALLENGE).to_tag("r");
        let datagram = response.build().unwrap().to_bytes();
        let heard = lone.act(|endpoint, now| {
            endpoint.handle_datagram(source.parse().unwrap(), datagram, now);
        });
        let is_sent = heard.sent.iter().any(|message| match message {
            Message::Request(request) => is_signed(request),
            Message::Response(_) => false,
        });
        assert_eq!(is_sent, is_answered, "{source}");
        let is_over = heard.events.iter().any(|event| {
            matches!(event, Event::Registration { state: RegistrationState::Failed { .. }, .. })
        });
        assert_eq!(is_over, !is_answered, "{source}");
    }
}

#[test]
fn a_server_that_only_claims_to_know_the_password_is_counted() {
    let mut lone = Lone::new();
    let heard = lone.act(|endpoint, now| {
        endpoint.register(registration(), now);
    });
    let heard = lone.answer_with(&heard.request(&Method::Register), 401, "r", |response| {
        response.header(&HeaderName::WWW_AUTHENTICATE, CHALLENGE)
    });
    let signed = heard.request(&Method::Register);
    let contact = signed.header_str(&HeaderName::CONTACT).unwrap().to_owned();
    lone.answer_with(&signed, 200, "r", |response| {
        let info = format!("rspauth=\"{}\"", "0".repeat(32));
        response
            .header(&HeaderName::CONTACT, format!("{contact};expires=600"))
            .header(&HeaderName::AUTHENTICATION_INFO, info)
    });
    assert_eq!(lone.endpoint.statistics().false_servers, 1);
}

/// An office that asks for everything to be covered, and a telephone of it.
#[test]
fn a_call_whose_body_is_covered_goes_through() {
    for algorithm in Algorithm::ALL {
        let mut world = World::new(NetworkConfig::default(), 1);
        let mut config = office(&["alice"], algorithm);
        config.qualities = vec![Qop::AuthInt];
        world.add("office", OFFICE, config);
        world.add("alice", ALICE, phone(ALICE));
        let mut outgoing = call("alice", "500", OFFICE);
        outgoing.credentials = vec![Credentials::new("alice", password("alice"))];
        let id = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
        world.run_millis(100);
        let incoming = world.incoming(OFFICE);
        world.at(OFFICE, |office, now| office.answer(incoming.call, body(ANSWER), now));
        world.run_millis(100);
        let events = world.events_at(ALICE);
        assert!(
            events.iter().any(|event| matches!(event, Event::Answered { call, .. } if *call == id)),
            "{algorithm} {events:?}"
        );
    }
}

fn request(method: &str, uri: &str, source: &str, number: usize, lines: &str) -> String {
    let user = lines.split("username=\"").nth(1).and_then(|rest| rest.split('"').next());
    let user = user.unwrap_or("alice");
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {source};branch=z9hG4bKc{number};rport\r\n\
         From: <sip:alice@{OFFICE}>;tag=a1\r\nTo: <sip:{user}@{OFFICE}>\r\n\
         Call-ID: c{number}\r\nCSeq: {number} {method}\r\nContact: <sip:alice@{source}>\r\n\
         Max-Forwards: 70\r\n{lines}Content-Length: 0\r\n\r\n"
    )
}

/// An office with one user, and requests to it that are written by hand.
struct Gate {
    world: World,
    number: usize,
}

impl Gate {
    fn new() -> Self {
        let config = office(&["alice", "carol"], Algorithm::Md5);
        assert_eq!(config.strangers, Strangers::Challenge);
        Self::with(config)
    }

    fn with(config: EndpointConfig) -> Self {
        let mut world = World::new(NetworkConfig::default(), 1);
        world.add("office", OFFICE, config);
        Self { world, number: 0 }
    }

    fn ask(&mut self, method: &str, uri: &str, source: &str, lines: &str) -> Response {
        self.number += 1;
        let datagram = request(method, uri, source, self.number, lines);
        match self.world.inject(source, OFFICE, &datagram).remove(0) {
            Message::Response(response) => response,
            Message::Request(request) => panic!("{request:?}"),
        }
    }

    fn nonce(&mut self, source: &str) -> String {
        let challenge = self.ask("REGISTER", URI, source, "");
        let challenge = challenge.challenges().next().unwrap().unwrap();
        challenge.param("nonce").unwrap().into_owned()
    }

    /// Registers with a right or a wrong password; returns the status.
    fn register(&mut self, user: &str, source: &str, is_right: bool) -> u16 {
        let nonce = self.nonce(source);
        let mut value = digest::sign("REGISTER", URI, (user, REALM), &nonce, 1);
        if !is_right {
            let number = self.number;
            value = value.split_once("response=").unwrap().0.to_owned();
            value.push_str(&format!("response=\"{number:016x}{number:016x}\""));
        }
        let line = format!("Authorization: {value}\r\n");
        self.ask("REGISTER", URI, source, &line).status().as_u16()
    }
}

const URI: &str = "sip:192.0.2.10";

#[test]
fn where_strangers_may_call_nobody_may_call_in_the_name_of_a_user() {
    let mut config = office(&["alice", "carol"], Algorithm::Md5);
    config.strangers = Strangers::Admit;
    let mut gate = Gate::with(config);
    let mut invite = |credentials: &str| {
        let nonce = gate.nonce(ALICE);
        let line = match credentials {
            "none" => String::new(),
            user => {
                let realm = if user == "foreign" { "another" } else { REALM };
                let value = digest::sign("INVITE", URI, (user, realm), &nonce, 1);
                format!("Authorization: {value}\r\n")
            }
        };
        gate.number += 1;
        let datagram = request("INVITE", URI, ALICE, gate.number, &line);
        let Message::Response(response) = gate.world.inject(ALICE, OFFICE, &datagram).remove(0)
        else {
            panic!()
        };
        let told = gate.world.events_at(OFFICE).into_iter().find_map(|event| match event {
            Event::Incoming(incoming) => Some(incoming.source),
            _ => None,
        });
        (response.status().as_u16(), told)
    };
    assert_eq!(invite("none"), (100, Some(Source::Stranger)));
    assert_eq!(invite("foreign"), (100, Some(Source::Stranger)), "what he shows others");
    assert_eq!(invite("alice"), (100, Some(Source::User("alice".to_owned()))));
    assert_eq!(invite("nobody"), (401, None));
}

#[test]
fn a_phone_goes_on_while_somebody_behind_the_same_address_is_locked_out() {
    let mut gate = Gate::new();
    let (phone, guesser) = ("192.0.2.50:5060", "192.0.2.50:6666");
    assert_eq!(gate.register("alice", phone, true), 200);
    let statuses: Vec<_> = (0..13).map(|_| gate.register("alice", guesser, false)).collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [403; 3]);
    assert_eq!(gate.register("alice", guesser, true), 403, "even when he has it");
    assert_eq!(gate.register("alice", phone, true), 200);
    for user in 0..40 {
        gate.register(&format!("user{user}"), guesser, false);
    }
    assert_eq!(gate.register("carol", guesser, true), 403, "the address is locked out");
    assert_eq!(gate.register("alice", phone, true), 200);
    assert_eq!(gate.register("carol", "203.0.113.5:5060", true), 200, "others are not");
    gate.world.run_millis(130_000);
    assert_eq!(gate.register("alice", "192.0.2.50:7777", true), 200, "the lock-out ends");
}

#[test]
fn captured_credentials_reach_nobody_else() {
    let mut gate = Gate::new();
    let nonce = gate.nonce(ALICE);
    let covered = "sip:500@192.0.2.10";
    let value = digest::sign("INVITE", covered, ("alice", REALM), &nonce, 1);
    let line = format!("Authorization: {value}\r\n");
    let status = |gate: &mut Gate, method, uri, source| {
        gate.ask(method, uri, source, &line).status().as_u16()
    };
    assert_eq!(status(&mut gate, "INVITE", "sip:900555@192.0.2.10", ALICE), 400);
    assert_eq!(status(&mut gate, "MESSAGE", covered, ALICE), 401);
    assert_eq!(status(&mut gate, "INVITE", covered, "203.0.113.66:5060"), 401);
    assert_eq!(status(&mut gate, "INVITE", covered, ALICE), 100);
    assert_eq!(status(&mut gate, "INVITE", covered, ALICE), 401, "spent");
}
