//! What is answered to single datagrams, written by hand.

use centrala_sip::{HeaderName, Message, Response};
use centrala_testkit::NetworkConfig;
use centrala_ua::{Algorithm, EndCause, Event, Trunk};

use crate::world::{ALICE, ANSWER, BOB, OFFICE, World, body, office, the_end};

/// An office that trusts Alice's address as a trunk.
fn world() -> World {
    let mut world = World::new(NetworkConfig::default(), 1);
    let mut config = office(&["bob"], Algorithm::Md5);
    config.trunks.push(Trunk::new("telco", [ALICE.parse().unwrap()]));
    world.add("office", OFFICE, config);
    world
}

/// A request with the headers that all must have, and further lines.
fn request(method: &str, uri: &str, branch: &str, lines: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {ALICE};branch=z9hG4bK{branch};rport\r\n\
         From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:500@example.com>\r\n\
         Call-ID: {branch}\r\nCSeq: 1 {method}\r\nContact: <sip:alice@{ALICE}>\r\n{lines}\r\n"
    )
}

fn answers(world: &mut World, from: &str, datagram: &str) -> Vec<Response> {
    let sent = world.inject(from, OFFICE, datagram);
    sent.into_iter()
        .map(|message| match message {
            Message::Response(response) => response,
            Message::Request(request) => panic!("{request:?}"),
        })
        .collect()
}

#[track_caller]
fn check(name: &str, datagram: &str, statuses: &[u16], header: Option<(&HeaderName, &str)>) {
    let mut world = world();
    let answers = answers(&mut world, ALICE, datagram);
    let got: Vec<_> = answers.iter().map(|response| response.status().as_u16()).collect();
    assert_eq!(got, statuses, "{name}");
    if let Some((header, value)) = header {
        let last = answers.last().unwrap();
        assert_eq!(last.header_str(header), Some(value), "{name}");
    }
    for response in answers.iter().filter(|response| response.status().as_u16() != 100) {
        assert!(response.to().unwrap().tag().is_some(), "{name}: all but 100 have a tag");
    }
}

const URI: &str = "sip:500@192.0.2.10";

#[test]
fn every_fault_of_a_request_gets_the_answer_of_the_rfc() {
    let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER, SUBSCRIBE, NOTIFY";
    let with_tag = |method| {
        request(method, URI, "1", "").replace("example.com>\r\nCall", "example.com>;tag=x\r\nCall")
    };
    let sdp = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";
    type Case<'a> = (&'a str, String, &'a [u16], Option<(&'a HeaderName, &'a str)>);
    let cases: [Case<'_>; 14] = [
        ("options", request("OPTIONS", URI, "1", ""), &[200], Some((&HeaderName::ALLOW, allow))),
        (
            "a method for dialogs",
            request("INFO", URI, "1", ""),
            &[405],
            Some((&HeaderName::ALLOW, allow)),
        ),
        (
            "a known method",
            request("MESSAGE", URI, "1", ""),
            &[405],
            Some((&HeaderName::ALLOW, allow)),
        ),
        (
            "an unknown method",
            request("DANCE", URI, "1", ""),
            &[501],
            Some((&HeaderName::ALLOW, allow)),
        ),
        ("a foreign scheme", request("INVITE", "urn:service:sos", "1", ""), &[416], None),
        (
            "an extension",
            request("INVITE", URI, "1", "Require: 100rel, magic\r\n"),
            &[420],
            Some((&HeaderName::UNSUPPORTED, "100rel, magic")),
        ),
        ("no hop left", request("INVITE", URI, "1", "Max-Forwards: 0\r\n"), &[483], None),
        (
            "a foreign body",
            request("INVITE", URI, "1", sdp),
            &[415],
            Some((&HeaderName::ACCEPT, "application/sdp")),
        ),
        (
            "no contact",
            request("INVITE", URI, "1", "").replace("Contact", "X-Contact"),
            &[400],
            None,
        ),
        (
            "another method in CSeq",
            request("INVITE", URI, "1", "").replace("1 INVITE", "1 BYE"),
            &[400],
            None,
        ),
        ("two Call-IDs", request("INVITE", URI, "1", "Call-ID: 2\r\n"), &[400], None),
        ("no such dialog", with_tag("BYE"), &[481], None),
        ("nothing to cancel", request("CANCEL", URI, "1", ""), &[481], None),
        ("a stray ACK", request("ACK", URI, "1", ""), &[], None),
    ];
    for (name, datagram, statuses, header) in cases {
        check(name, &datagram, statuses, header);
    }
}

#[test]
fn garbage_is_dropped_and_counted() {
    let mut world = world();
    for datagram in ["", "\r\n\r\n", "hello", "\u{0}\u{1}\u{2}", "SIP/2.0 200 OK\r\n\r\n"] {
        assert!(answers(&mut world, ALICE, datagram).is_empty(), "{datagram:?}");
    }
    let statistics = world.at(OFFICE, |office, _| *office.statistics());
    assert_eq!((statistics.datagrams, statistics.keep_alives, statistics.malformed), (5, 2, 3));
    assert_eq!(world.next_instant(), None);
}

#[test]
fn a_request_that_cannot_be_read_is_refused_by_what_can() {
    let mut world = world();
    let broken = request("INVITE", URI, "1", "Content-Length: many\r\n");
    let answers = answers(&mut world, ALICE, &broken);
    assert_eq!(answers.iter().map(|one| one.status().as_u16()).collect::<Vec<_>>(), [400]);
    assert_eq!(answers[0].call_id().unwrap().as_str(), "1");
    let ack = request("ACK", URI, "1", "Content-Length: many\r\n");
    assert!(world.inject(ALICE, OFFICE, &ack).is_empty(), "an ACK is never answered");
}

#[test]
fn a_request_on_two_ways_is_merged() {
    let mut world = world();
    let first = request("INVITE", URI, "1", "");
    assert_eq!(answers(&mut world, ALICE, &first)[0].status().as_u16(), 100);
    let second = first.replace("z9hG4bK1", "z9hG4bK2");
    assert_eq!(answers(&mut world, ALICE, &second)[0].status().as_u16(), 482);
    // The very same again is a retransmission, not a loop.
    assert_eq!(answers(&mut world, ALICE, &first)[0].status().as_u16(), 100);
    assert_eq!(world.events_at(OFFICE).len(), 1);
}

#[test]
fn a_client_of_rfc_2543_is_matched_without_a_cookie() {
    let mut world = world();
    let invite = request("INVITE", URI, "1", "").replace("branch=z9hG4bK1;", "");
    assert_eq!(answers(&mut world, ALICE, &invite)[0].status().as_u16(), 100);
    assert_eq!(answers(&mut world, ALICE, &invite)[0].status().as_u16(), 100, "a retransmission");
    let cancel = invite.replace("INVITE", "CANCEL");
    let statuses: Vec<_> =
        answers(&mut world, ALICE, &cancel).iter().map(|one| one.status().as_u16()).collect();
    assert_eq!(statuses, [200, 487]);
    let incoming = world.events_at(OFFICE);
    assert!(matches!(
        &incoming[..],
        [Event::Incoming(_), Event::Ended { cause: EndCause::Cancelled, .. }]
    ));
}

#[test]
fn a_delayed_offer_is_made_in_the_response_and_answered_in_the_ack() {
    let mut world = world();
    let invite = request("INVITE", URI, "1", "");
    answers(&mut world, ALICE, &invite);
    let incoming = world.incoming(OFFICE);
    assert_eq!(incoming.offer, None);
    let office = world.endpoint(OFFICE);
    office.answer(incoming.call, body(b"v=0 our offer"), centrala_time::Timestamp::ZERO);
    // The 200 is the last thing sent; its tag makes the dialog.
    let ok = last_response(&mut world);
    assert_eq!((ok.status().as_u16(), ok.body().as_ref()), (200, &b"v=0 our offer"[..]));
    let tag = ok.to().unwrap().tag().unwrap().to_owned();
    let sdp = "Content-Type: application/sdp\r\nContent-Length: 10\r\n\r\nv=0 answer";
    let ack = request("ACK", URI, "ack", sdp)
        .replace("Call-ID: ack", "Call-ID: 1")
        .replace("<sip:500@example.com>", &format!("<sip:500@example.com>;tag={tag}"));
    assert!(answers(&mut world, ALICE, ack.trim_end_matches("\r\n")).is_empty());
    let events = world.events_at(OFFICE);
    assert!(
        matches!(
            &events[..],
            [Event::Confirmed { answer: Some(answer), .. }] if answer == ANSWER
        ),
        "{events:?}"
    );
    // Faults inside of the dialog; the last ends it.
    let inside = |method: &str, cseq: u32, lines: &str| {
        request(method, URI, &format!("in{cseq}"), lines)
            .replace(&format!("Call-ID: in{cseq}"), "Call-ID: 1")
            .replace("<sip:500@example.com>", &format!("<sip:500@example.com>;tag={tag}"))
            .replace(&format!("CSeq: 1 {method}"), &format!("CSeq: {cseq} {method}"))
    };
    let plain = "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\n5";
    let relay = "Content-Type: application/dtmf-relay\r\nContent-Length: 8\r\n\r\nSignal=5";
    let bad = "Content-Type: application/dtmf-relay\r\nContent-Length: 8\r\n\r\nSignal=x";
    let cases: [(&str, String, u16); 9] = [
        ("a key", inside("INFO", 5, relay), 200),
        ("a late request", inside("INFO", 4, relay), 500),
        ("no key", inside("INFO", 6, bad), 400),
        ("a foreign body", inside("INFO", 7, plain), 415),
        ("an empty INFO", inside("INFO", 8, ""), 200),
        ("options", inside("OPTIONS", 9, ""), 200),
        ("update", inside("UPDATE", 10, ""), 200),
        ("an extension", inside("INFO", 11, "Require: magic\r\n"), 420),
        ("the end", inside("BYE", 12, ""), 200),
    ];
    for (name, datagram, status) in cases {
        let datagram = if datagram.ends_with("5\r\n") || datagram.ends_with("x\r\n") {
            datagram.trim_end_matches("\r\n").to_owned()
        } else {
            datagram
        };
        let answers = answers(&mut world, ALICE, &datagram);
        assert_eq!(answers.first().map(|one| one.status().as_u16()), Some(status), "{name}");
    }
    let events = world.events_at(OFFICE);
    assert!(matches!(&events[..], [Event::Key { .. }, Event::Ended { .. }]), "{events:?}");
    assert_eq!(the_end(&events, incoming.call), EndCause::RemoteHungUp);
}

fn last_response(world: &mut World) -> Response {
    let office = world.endpoint(OFFICE);
    let mut last = None;
    while let Some(output) = office.poll_output() {
        if let centrala_ua::Output::Send { datagram, .. } = output {
            last = Some(datagram);
        }
    }
    match Message::parse(last.expect("something was sent")).unwrap() {
        Message::Response(response) => response,
        Message::Request(request) => panic!("{request:?}"),
    }
}

#[test]
fn nobody_learns_who_exists() {
    let mut world = world();
    let mut shapes = Vec::new();
    for (branch, user) in [("1", "bob"), ("2", "nobody")] {
        for method in ["INVITE", "REGISTER"] {
            let asked = request(method, &format!("sip:{user}@192.0.2.10"), branch, "");
            let challenge = answers(&mut world, BOB, &asked.replace(ALICE, BOB)).remove(0);
            assert_eq!(challenge.status().as_u16(), 401);
            let challenge = challenge.challenges().next().unwrap().unwrap();
            let nonce = challenge.param("nonce").unwrap().into_owned();
            let wrong = format!(
                "Authorization: Digest username=\"{user}\", realm=\"office\", nonce=\"{nonce}\", \
                 uri=\"sip:{user}@x\", response=\"{}\", qop=auth, nc=00000001, cnonce=\"c\"\r\n",
                "0".repeat(32)
            );
            let again = request(method, &format!("sip:{user}@192.0.2.10"), branch, &wrong);
            let refused = answers(&mut world, BOB, &again.replace(ALICE, BOB)).remove(0);
            let names: Vec<_> =
                refused.headers().iter().map(|header| header.name().to_string()).collect();
            shapes.push((refused.status().as_u16(), refused.to_bytes().len(), names));
        }
    }
    assert_eq!(shapes[0], shapes[2], "INVITE");
    assert_eq!(shapes[1], shapes[3], "REGISTER");
    assert_eq!(shapes[0].0, 401);
}

#[test]
fn who_guesses_is_locked_out_and_others_are_not() {
    let mut world = world();
    let asked = request("REGISTER", URI, "q", "").replace(ALICE, BOB);
    let challenge = answers(&mut world, BOB, &asked).remove(0);
    let challenge = challenge.challenges().next().unwrap().unwrap();
    let nonce = challenge.param("nonce").unwrap().into_owned();
    let guess = |branch: usize| {
        let wrong = format!(
            "Authorization: Digest username=\"bob\", realm=\"office\", nonce=\"{nonce}\", \
             uri=\"sip:x\", response=\"{branch:032x}\"\r\n"
        );
        // Each differs in its beginning: a request that comes twice counts once.
        let wrong = wrong.replace("response=\"0", &format!("response=\"{}", branch % 10));
        request("REGISTER", URI, &branch.to_string(), &wrong)
    };
    let mut statuses = Vec::new();
    for branch in 0..14 {
        statuses.push(
            answers(&mut world, BOB, &guess(branch).replace(ALICE, BOB))[0].status().as_u16(),
        );
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [403; 4]);
    let other = "203.0.113.77:5060";
    let asked = guess(99).replace(ALICE, other);
    assert_eq!(answers(&mut world, other, &asked)[0].status().as_u16(), 401);
    assert_eq!(
        answers(&mut world, ALICE, &request("INVITE", URI, "t", ""))[0].status().as_u16(),
        100
    );
}

#[test]
fn too_many_calls_are_refused_with_a_time_to_come_back() {
    let mut world = World::new(NetworkConfig::default(), 1);
    let mut config = office(&[], Algorithm::Md5);
    config.trunks.push(Trunk::new("telco", [ALICE.parse().unwrap()]));
    config.limits.calls = 2;
    world.add("office", OFFICE, config);
    let mut statuses = Vec::new();
    for branch in ["1", "2", "3"] {
        let answers = answers(&mut world, ALICE, &request("INVITE", URI, branch, ""));
        statuses.push((answers[0].status().as_u16(), answers[0].has(&HeaderName::RETRY_AFTER)));
    }
    assert_eq!(statuses, [(100, false), (100, false), (503, true)]);
}

#[test]
fn answers_go_where_the_request_asks() {
    let mut world = world();
    // Without rport: to the port of the sent-by, not to the source.
    let asked = request("OPTIONS", URI, "1", "").replace(";rport", "");
    let office = world.endpoint(OFFICE);
    let now = centrala_time::Timestamp::ZERO;
    office.handle_datagram("192.0.2.1:40000".parse().unwrap(), asked.into(), now);
    let Some(centrala_ua::Output::Send { destination, .. }) = office.poll_output() else {
        panic!()
    };
    assert_eq!(destination.remote(), ALICE.parse().unwrap());
    // With rport: to the source, which the response names (RFC 3581).
    let asked = request("OPTIONS", URI, "2", "");
    let answer = answers(&mut world, "198.51.100.1:40000", &asked).remove(0);
    let via = answer.via().unwrap();
    assert_eq!(via.received(), Some("198.51.100.1".parse().unwrap()));
    assert_eq!(via.rport(), Some(centrala_sip::Rport::Port(40_000)));
}
