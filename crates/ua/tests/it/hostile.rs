//! Whatever comes, in whatever order: nothing breaks, and nothing stays.

use bytes::Bytes;
use centrala_keys::Key;
use centrala_sip::{HeaderName, Message, Request, ResponseBuilder, StatusCode};
use centrala_testkit::{Dice, NetworkConfig};
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, CallId, EndCause, Endpoint, Event, Output, RegistrationConfig, Rejection, Trunk,
};
use core::time::Duration;
use proptest::prelude::*;

use crate::world::{
    ALICE, ANSWER, BOB, OFFER, OFFICE, World, body, call, message, office, phone, the_end,
};

fn callee() -> Endpoint {
    Endpoint::new(phone(BOB), [2; 32], Timestamp::ZERO)
}

/// Every datagram of a whole call with hold, keys and a registration, as Bob saw it.
fn recording() -> Vec<Bytes> {
    let mut alice = Endpoint::new(phone(ALICE), [1; 32], Timestamp::ZERO);
    let mut bob = callee();
    let now = Timestamp::ZERO;
    let mut seen = Vec::new();
    let mut calls: [Option<CallId>; 2] = [None, None];
    let mut exchange =
        |alice: &mut Endpoint, bob: &mut Endpoint, calls: &mut [Option<CallId>; 2]| loop {
            let mut quiet = true;
            while let Some(output) = alice.poll_output() {
                if let Output::Send { datagram, .. } = output {
                    quiet = false;
                    seen.push(datagram.clone());
                    bob.handle_datagram(ALICE.parse().unwrap(), datagram, now);
                }
            }
            while let Some(output) = bob.poll_output() {
                match output {
                    Output::Send { datagram, .. } => {
                        quiet = false;
                        alice.handle_datagram(BOB.parse().unwrap(), datagram, now);
                    }
                    Output::Event(Event::Incoming(incoming)) => calls[1] = Some(incoming.call),
                    _ => {}
                }
            }
            if quiet {
                break;
            }
        };
    calls[0] = alice.invite(call("alice", "bob", BOB), now).ok();
    exchange(&mut alice, &mut bob, &mut calls);
    let (ours, theirs) = (calls[0].unwrap(), calls[1].unwrap());
    bob.answer(theirs, body(ANSWER), now);
    exchange(&mut alice, &mut bob, &mut calls);
    alice.reoffer(ours, body(OFFER), now);
    exchange(&mut alice, &mut bob, &mut calls);
    bob.answer(theirs, body(ANSWER), now);
    exchange(&mut alice, &mut bob, &mut calls);
    bob.reoffer(theirs, body(OFFER), now);
    exchange(&mut alice, &mut bob, &mut calls);
    alice.answer(ours, body(ANSWER), now);
    alice.send_key(ours, Key::Five, Duration::from_millis(100), now);
    exchange(&mut alice, &mut bob, &mut calls);
    alice.hang_up(ours, now);
    exchange(&mut alice, &mut bob, &mut calls);
    let second = alice.invite(call("alice", "bob", BOB), now).unwrap();
    exchange(&mut alice, &mut bob, &mut calls);
    alice.hang_up(second, now);
    exchange(&mut alice, &mut bob, &mut calls);
    let registrar = format!("sip:{BOB}").parse().unwrap();
    let aor = format!("sip:alice@{BOB}").parse().unwrap();
    alice.register(RegistrationConfig::new(registrar, BOB.parse().unwrap(), aor, None), now);
    exchange(&mut alice, &mut bob, &mut calls);
    assert!(seen.len() >= 11, "{}", seen.len());
    seen
}

/// Changes a datagram a little, or not at all.
fn mutate(datagram: &Bytes, dice: &mut Dice) -> Bytes {
    let mut bytes = datagram.to_vec();
    for _ in 0..dice.below(4) {
        let at = usize::try_from(dice.below(bytes.len() as u64 + 1)).unwrap();
        match dice.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), dice.throw().to_le_bytes()[0]),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ if at < bytes.len() => {
                bytes[at] = b"\r\n ;,<>\"0zZ"[usize::try_from(dice.below(11)).unwrap()];
            }
            _ => {}
        }
    }
    Bytes::from(bytes)
}

/// Takes all outputs, and notes the calls; each input has a bounded number of them.
fn drain(endpoint: &mut Endpoint, calls: &mut Vec<CallId>, ended: &mut Vec<CallId>) {
    for count in 0.. {
        assert!(count < 100, "outputs of one input are bounded");
        match endpoint.poll_output() {
            Some(Output::Event(Event::Incoming(incoming))) => calls.push(incoming.call),
            Some(Output::Event(Event::Ended { call, .. })) => {
                assert!(!ended.contains(&call), "a call ends once");
                ended.push(call);
            }
            Some(_) => {}
            None => break,
        }
    }
}

fn decide(endpoint: &mut Endpoint, call: CallId, dice: &mut Dice, now: Timestamp) {
    match dice.below(8) {
        0 => endpoint.ring(call, None, now),
        1 => endpoint.ring(call, Some(body(ANSWER)), now),
        2 | 3 => endpoint.answer(call, body(ANSWER), now),
        4 => endpoint.reject(call, &Rejection::new(StatusCode::BUSY_HERE), now),
        5 => endpoint.reoffer(call, body(OFFER), now),
        6 => endpoint.send_key(call, Key::One, Duration::from_millis(100), now),
        _ => endpoint.hang_up(call, now),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_datagrams_in_any_order_leave_nothing_behind(seed in any::<u64>()) {
        let recording = recording();
        let mut dice = Dice::new(seed);
        let mut endpoint = callee();
        let (mut calls, mut ended) = (Vec::new(), Vec::new());
        let mut now = Timestamp::ZERO;
        for _ in 0..dice.below(60) {
            now += Duration::from_millis(dice.below(2_000));
            match dice.below(5) {
                0 => endpoint.handle_timeout(now),
                1 if !calls.is_empty() => {
                    let chosen = calls[usize::try_from(dice.below(calls.len() as u64)).unwrap()];
                    decide(&mut endpoint, chosen, &mut dice, now);
                }
                2 => {
                    let noise: Vec<u8> = (0..dice.below(80)).map(|_| dice.throw().to_le_bytes()[0]).collect();
                    endpoint.handle_datagram(ALICE.parse().unwrap(), noise.into(), now);
                }
                _ => {
                    let chosen = usize::try_from(dice.below(recording.len() as u64)).unwrap();
                    let datagram = mutate(&recording[chosen], &mut dice);
                    endpoint.handle_datagram(ALICE.parse().unwrap(), datagram, now);
                }
            }
            drain(&mut endpoint, &mut calls, &mut ended);
        }
        for call in &calls {
            endpoint.hang_up(*call, now);
            drain(&mut endpoint, &mut calls.clone(), &mut ended);
        }
        for _ in 0..2_000 {
            let Some(next) = endpoint.poll_timeout() else { break };
            now = now.max(next);
            endpoint.handle_timeout(now);
            drain(&mut endpoint, &mut Vec::new(), &mut ended);
        }
        prop_assert_eq!(endpoint.poll_timeout(), None);
        prop_assert_eq!((endpoint.call_count(), endpoint.transaction_count()), (0, 0));
        prop_assert_eq!(ended.len(), calls.len());
        prop_assert_eq!(endpoint.statistics().unsendable, 0);
    }
}

/// The INVITE that Alice's phone has just sent.
fn sent_invite(world: &World) -> Request {
    match message(world.sent().last().unwrap()) {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

fn success(invite: &Request, tag: &str, contact: &str) -> String {
    let response = ResponseBuilder::for_request(invite, StatusCode::OK)
        .to_tag(tag)
        .header(&HeaderName::CONTACT, contact)
        .body("application/sdp", ANSWER)
        .build()
        .unwrap();
    String::from_utf8(response.to_bytes().to_vec()).unwrap()
}

fn methods(sent: &[Message]) -> Vec<String> {
    sent.iter()
        .map(|message| match message {
            Message::Request(request) => {
                format!(
                    "{} to {}",
                    request.method(),
                    request.to().unwrap().tag().unwrap_or_default()
                )
            }
            Message::Response(response) => response.status().to_string(),
        })
        .collect()
}

#[test]
fn of_a_forked_call_the_first_answer_wins_and_the_others_are_ended() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    let alice = world.at(ALICE, |phone, now| phone.invite(call("alice", "bob", BOB), now)).unwrap();
    let invite = sent_invite(&world);
    let contact = format!("<sip:bob@{BOB}>");
    let mut receive = |tag: &str| {
        let sent = world.inject(BOB, ALICE, &success(&invite, tag, &contact));
        methods(&sent)
    };
    assert_eq!(receive("one"), ["ACK to one"]);
    assert_eq!(receive("two"), ["ACK to two", "BYE to two"]);
    assert_eq!(receive("one"), ["ACK to one"], "repeated, acknowledged again");
    assert_eq!(receive("two"), ["ACK to two"], "dismissed once");
    for fork in 3..50 {
        receive(&format!("fork{fork}"));
    }
    assert_eq!(receive("late"), [] as [&str; 0], "forks are limited");
    let events = world.events_at(ALICE);
    assert!(matches!(&events[..], [Event::Answered { .. }]), "{events:?}");
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    world.assert_empty();
}

#[test]
fn requests_follow_the_route_that_the_response_recorded() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    world.at(ALICE, |phone, now| phone.invite(call("alice", "bob", BOB), now)).unwrap();
    let invite = sent_invite(&world);
    let routed = |routes: &str| {
        success(&invite, "t", "<sip:bob@10.0.0.9:7070>")
            .replace("Contact:", &format!("Record-Route: {routes}\r\nContact:"))
    };
    // The proxy next to the called side comes first, the one next to us last.
    let loose = routed("<sip:192.0.2.8;lr>, <sip:192.0.2.2;lr>");
    let sent = world.inject(BOB, ALICE, &loose);
    let Message::Request(ack) = &sent[0] else { panic!("{sent:?}") };
    assert_eq!(ack.uri().as_str(), "sip:bob@10.0.0.9:7070");
    let routes: Vec<_> = ack.routes().map(|route| route.unwrap().uri().to_string()).collect();
    assert_eq!(routes, ["sip:192.0.2.2;lr", "sip:192.0.2.8;lr"]);
}

#[test]
fn a_strict_router_becomes_the_request_uri() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    world.at(ALICE, |phone, now| phone.invite(call("alice", "bob", BOB), now)).unwrap();
    let invite = sent_invite(&world);
    let strict = success(&invite, "t", "<sip:bob@10.0.0.9:7070>")
        .replace("Contact:", "Record-Route: <sip:192.0.2.8>, <sip:192.0.2.2>\r\nContact:");
    let sent = world.inject(BOB, ALICE, &strict);
    let Message::Request(ack) = &sent[0] else { panic!("{sent:?}") };
    assert_eq!(ack.uri().as_str(), "sip:192.0.2.2");
    let routes: Vec<_> = ack.routes().map(|route| route.unwrap().uri().to_string()).collect();
    assert_eq!(routes, ["sip:192.0.2.8", "sip:bob@10.0.0.9:7070"]);
}

#[test]
fn a_flood_of_transactions_is_refused_and_calls_can_still_end() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    let mut config = office(&[], Algorithm::Md5);
    config.trunks.push(Trunk::new("telco", [ALICE.parse().unwrap()]));
    config.limits.transactions = 3;
    world.add("office", OFFICE, config);
    let mut ours = Vec::new();
    for _ in 0..5 {
        ours.push(
            world.at(ALICE, |phone, now| phone.invite(call("alice", "1", OFFICE), now)).unwrap(),
        );
        world.run_millis(100);
    }
    let events = world.events_at(OFFICE);
    let incoming: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::Incoming(incoming) => Some(incoming.call),
            _ => None,
        })
        .collect();
    assert_eq!(incoming.len(), 3);
    assert_eq!(world.at(OFFICE, |office, _| office.statistics().overloaded), 2);
    for call in incoming {
        world.at(OFFICE, |office, now| office.hang_up(call, now));
    }
    world.run_to_rest();
    let events = world.events_at(ALICE);
    assert!(ours.into_iter().all(|call| matches!(the_end(&events, call), EndCause::Rejected(_))));
    world.assert_empty();
}

#[test]
fn strangers_who_flood_an_office_leave_nothing_in_its_memory() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("office", OFFICE, office(&["alice"], Algorithm::Md5));
    let methods = ["INVITE", "REGISTER", "OPTIONS", "BYE", "ACK", "CANCEL", "SUBSCRIBE", "MESSAGE"];
    for number in 0..4_000_usize {
        let source = format!("198.51.{}.{}:5060", number / 250, number % 250);
        let method = methods[number % methods.len()];
        let to = if method == "BYE" { ";tag=guess" } else { "" };
        let datagram = format!(
            "{method} sip:alice@{OFFICE} SIP/2.0\r\nVia: SIP/2.0/UDP {source};branch=z9hG4bK{number}\r\n\
             From: <sip:x@y>;tag={number}\r\nTo: <sip:alice@{OFFICE}>{to}\r\nCall-ID: {number}\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@{source}>\r\nContent-Length: 0\r\n\r\n"
        );
        let sent = world.inject(&source, OFFICE, &datagram);
        assert_eq!(sent.len(), usize::from(method != "ACK"), "{method}: {sent:?}");
    }
    let office = world.peek(OFFICE);
    assert_eq!((office.call_count(), office.transaction_count()), (0, 0));
    assert_eq!(office.poll_timeout(), None, "there is nothing to wait for");
    assert!(world.events().is_empty());
}
