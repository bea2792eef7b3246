//! Dialogs: numbers, routes, targets, methods, and both ends of a call (RFC 3261 sections 8.2, 12 to
//! 15, RFC 6026).

use centrala_keys::Key;
use centrala_sip::{HeaderName, Method};
use centrala_ua::{CallId, EndCause, Event};
use core::time::Duration;

use crate::{
    lone::{Heard, Lone, Peer, number, of_callee},
    world::{ANSWER, OFFER, body, the_end},
};

/// Bob has called Alice, who has answered.
fn with_caller() -> (Lone, (CallId, Peer)) {
    let mut lone = Lone::new();
    let answered = lone.answered();
    (lone, answered)
}

fn hang_up(lone: &mut Lone, call: CallId) -> Heard {
    lone.act(|endpoint, now| endpoint.hang_up(call, now))
}

// --- Numbers

#[test]
fn numbers_may_leave_gaps_but_never_go_back() {
    let (mut lone, (_, mut peer)) = with_caller();
    for (sequence, status) in
        [(2, 200), (9, 200), (3, 500), (9, 500), (2_147_483_647, 200), (10, 500)]
    {
        let heard = lone.feed(peer.request("OPTIONS", sequence, ""));
        assert_eq!(heard.statuses(), [status], "{sequence}");
    }
}

#[test]
fn a_retransmission_is_answered_alike_and_told_once() {
    let (mut lone, (_, mut peer)) = with_caller();
    let key = peer.request("INFO", 2, "Signal=5\r\nDuration=100\r\n");
    let first = lone.feed(key.clone());
    assert!(matches!(first.events[..], [Event::Key { key: Key::Five, .. }]), "{first:?}");
    let second = lone.feed(key);
    assert_eq!(second.sent[0].to_bytes(), first.sent[0].to_bytes());
    assert!(second.events.is_empty());
}

#[test]
fn our_numbers_count_on_when_a_request_is_challenged() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let press = |lone: &mut Lone| {
        lone.act(|endpoint, now| endpoint.send_key(call, Key::One, Duration::from_millis(100), now))
    };
    let challenge = "Digest realm=\"office\", nonce=\"n\", qop=\"auth\"";
    let first = press(&mut lone).request(&Method::Info);
    let heard = lone.answer_with(&first, 401, "b", |response| {
        response.header(&HeaderName::WWW_AUTHENTICATE, challenge)
    });
    let signed = heard.request(&Method::Info);
    assert!(signed.has(&HeaderName::AUTHORIZATION));
    lone.answer(&signed, 200, "b");
    let offer = lone.act(|endpoint, now| endpoint.reoffer(call, body(OFFER), now));
    let offer = offer.request(&Method::Invite);
    let heard = lone.answer_with(&offer, 407, "b", |response| {
        response.header(&HeaderName::PROXY_AUTHENTICATE, challenge)
    });
    let again = heard.request(&Method::Invite);
    let ok = lone.answer_with(&again, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)));
    let ack = ok.request(&Method::Ack);
    let bye = hang_up(&mut lone, call).request(&Method::Bye);
    let numbers = [&first, &signed, &offer, &again, &ack, &bye].map(|request| number(request));
    assert_eq!(numbers, [2, 3, 4, 5, 5, 6]);
}

// --- Routes and targets

#[test]
fn a_caller_s_routes_are_followed_in_his_order() {
    let mut lone = Lone::new();
    let mut peer = Peer::new();
    peer.lines = "Record-Route: <sip:192.0.2.31;lr>, <sip:192.0.2.32;lr>\r\n\
                  Record-Route: <sip:192.0.2.33;lr>\r\n"
        .to_owned();
    let heard = lone.feed(peer.invite("v=0"));
    let [Event::Incoming(incoming)] = &heard.events[..] else { panic!("{heard:?}") };
    let call = incoming.call;
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    let recorded: Vec<_> =
        heard.response().record_routes().map(|one| one.unwrap().uri().to_string()).collect();
    assert_eq!(recorded, ["sip:192.0.2.31;lr", "sip:192.0.2.32;lr", "sip:192.0.2.33;lr"]);
    peer.hear(&heard);
    lone.feed(peer.ack(1, ""));
    let bye = hang_up(&mut lone, call).request(&Method::Bye);
    let routes: Vec<_> = bye.routes().map(|one| one.unwrap().uri().to_string()).collect();
    assert_eq!((bye.uri().as_str(), routes), ("sip:bob@192.0.2.2", recorded));
}

#[test]
fn a_strict_router_gets_the_target_as_its_last_route() {
    // RFC 3261 section 12.2.1.1, in both directions.
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let heard = lone.answer_with(&invite, 200, "b", |ok| {
        let contact = "<sip:bob@192.0.2.2>".parse().unwrap();
        let ok = ok.header(&HeaderName::RECORD_ROUTE, "<sip:192.0.2.32;lr>, <sip:192.0.2.31>");
        ok.contact(&contact).body("application/sdp", body(ANSWER))
    });
    for request in [heard.request(&Method::Ack), hang_up(&mut lone, call).request(&Method::Bye)] {
        let routes: Vec<_> = request.routes().map(|one| one.unwrap().uri().to_string()).collect();
        assert_eq!(request.uri().as_str(), "sip:192.0.2.31");
        assert_eq!(routes, ["sip:192.0.2.32;lr", "sip:bob@192.0.2.2"]);
    }
    // What a strict router makes of a request to us: our Contact is in Route.
    let (mut lone, (_, mut peer)) = with_caller();
    let options = peer.request("OPTIONS", 2, "");
    let options = options.replace("sip:alice@192.0.2.1:5060 SIP", "sip:192.0.2.31 SIP");
    peer.lines = "Route: <sip:alice@192.0.2.1:5060>\r\n".to_owned();
    assert_eq!(lone.feed(options).statuses(), [200]);
}

#[test]
fn requests_that_refresh_no_target_leave_it() {
    let (mut lone, (call, mut peer)) = with_caller();
    for (sequence, method) in [(2, "OPTIONS"), (3, "INFO")] {
        let request = peer.request(method, sequence, "");
        lone.feed(request.replace("bob@192.0.2.2>", "bob@192.0.2.2:5090>"));
    }
    assert_eq!(hang_up(&mut lone, call).request(&Method::Bye).uri().as_str(), "sip:bob@192.0.2.2");
}

#[test]
fn a_2xx_without_contact_means_who_was_called() {
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let heard = lone.answer_with(&invite, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)));
    assert!(matches!(heard.events[..], [Event::Answered { .. }]));
    assert_eq!(hang_up(&mut lone, call).request(&Method::Bye).uri(), invite.uri());
}

// --- Methods

#[test]
fn every_method_inside_of_a_dialog_gets_its_answer() {
    let (mut lone, (call, mut peer)) = with_caller();
    let cases = [
        ("OPTIONS", "", 200),
        ("INFO", "", 200),
        ("MESSAGE", "", 405),
        ("REFER", "", 405),
        ("PRACK", "", 405),
        ("PUBLISH", "", 405),
        ("NOTIFY", "", 481),
        ("SUBSCRIBE", "", 403),
        ("DANCE", "", 501),
        ("UPDATE", "", 200),
    ];
    for (sequence, (method, content, status)) in (2..).zip(cases) {
        let heard = lone.feed(peer.request(method, sequence, content));
        assert_eq!((heard.statuses(), heard.events.len()), (vec![status], 0), "{method}");
        if status != 200 {
            assert!(heard.response().allows(&Method::Update), "{method}");
        }
    }
    let heard = lone.feed(peer.request("OPTIONS", 20, ""));
    for name in [HeaderName::ALLOW, HeaderName::ACCEPT] {
        assert!(heard.response().has(&name), "{name}");
    }
    peer.lines = "Require: magic\r\n".to_owned();
    for (sequence, method) in [(21, "INVITE"), (22, "UPDATE"), (23, "INFO"), (24, "BYE")] {
        let heard = lone.feed(peer.request(method, sequence, ""));
        assert_eq!(heard.statuses(), [420], "{method}");
        let unsupported = heard.response().header_str(&HeaderName::UNSUPPORTED).map(str::to_owned);
        assert_eq!(unsupported.as_deref(), Some("magic"));
    }
    assert_eq!(lone.endpoint.call_count(), 1);
    hang_up(&mut lone, call);
}

#[test]
fn keys_by_info_are_read_in_both_forms() {
    let (mut lone, (_, mut peer)) = with_caller();
    let cases = [
        ("Signal=5\r\nDuration=160\r\n", "application/dtmf-relay", 200, Some(Key::Five)),
        ("Signal= #\r\n", "application/dtmf-relay", 200, Some(Key::Pound)),
        ("Signal=10\r\n", "application/dtmf-relay", 200, Some(Key::Star)),
        ("7", "application/dtmf", 200, Some(Key::Seven)),
        ("Signal=!\r\n", "application/dtmf-relay", 200, None),
        ("Signal=55\r\n", "application/dtmf-relay", 400, None),
        ("Duration=160\r\n", "application/dtmf-relay", 400, None),
        ("5", "text/plain", 415, None),
    ];
    for (sequence, (content, kind, status, expected)) in (2..).zip(cases) {
        let request = peer.request("INFO", sequence, content);
        let request =
            request.replace("application/dtmf-relay", kind).replace("application/sdp", kind);
        let heard = lone.feed(request);
        let key = match heard.events[..] {
            [Event::Key { key, .. }] => Some(key),
            _ => None,
        };
        assert_eq!((heard.statuses(), key), (vec![status], expected), "{content:?} {kind}");
    }
}

// --- The beginning and the end

#[test]
fn a_2xx_is_repeated_at_doubling_intervals_until_the_ack() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    let first = heard.response().to_bytes();
    peer.hear(&heard);
    // RFC 3261 section 13.3.1.4: T1, doubled up to T2.
    let mut at = 0;
    for due in [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500] {
        assert!(lone.wait(due - at - 1).sent.is_empty(), "{due}");
        let heard = lone.wait(1);
        assert_eq!(heard.response().to_bytes(), first, "{due}");
        at = due;
    }
    // A late ACK is as good as any.
    let heard = lone.feed(peer.ack(1, "v=0 unasked"));
    assert!(matches!(heard.events[..], [Event::Confirmed { answer: None, .. }]), "{heard:?}");
    assert!(lone.wait(60_000).sent.is_empty());
    assert_eq!(lone.endpoint.call_count(), 1);
    // And comes to nothing after that.
    assert!(lone.feed(peer.ack(1, "")).events.is_empty());
}

#[test]
fn a_2xx_that_nobody_acknowledges_ends_with_bye() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    peer.hear(&heard);
    let heard = lone.wait(32_000);
    assert_eq!(heard.methods(), [Method::Bye]);
    assert_eq!(the_end(&heard.events, call), EndCause::NotAcknowledged);
    assert!(lone.feed(peer.ack(1, "")).sent.is_empty());
    let bye = heard.request(&Method::Bye);
    lone.answer(&bye, 200, "b");
    assert_eq!(lone.endpoint.call_count(), 0);
}

#[test]
fn a_bye_before_the_ack_ends_the_call_once() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    peer.hear(&heard);
    let heard = lone.feed(peer.request("BYE", 2, ""));
    assert_eq!(heard.statuses(), [200]);
    assert!(
        matches!(heard.events[..], [Event::Ended { cause: EndCause::RemoteHungUp, .. }]),
        "{heard:?}"
    );
    assert!(lone.feed(peer.ack(1, "")).events.is_empty());
    assert!(lone.wait(40_000).sent.is_empty());
}

#[test]
fn a_key_before_the_ack_is_told_and_is_no_ack() {
    // It may be of the early dialog: the caller has not necessarily seen our 2xx.
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    peer.hear(&lone.act(|endpoint, now| endpoint.ring(call, None, now)));
    lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    let heard = lone.feed(peer.request("INFO", 2, "Signal=5\r\n"));
    assert!(matches!(heard.events[..], [Event::Key { .. }]), "{heard:?}");
    assert_eq!(lone.wait(600).statuses(), [200], "the 2xx is repeated");
    // So may an UPDATE without an offer be.
    let heard = lone.feed(peer.request("UPDATE", 3, ""));
    assert_eq!((heard.statuses(), heard.events.len()), (vec![200], 0));
    // A re-INVITE is not: nobody may send it before that.
    let heard = lone.feed(peer.request("INVITE", 4, "v=0"));
    assert!(
        matches!(heard.events[..], [Event::Confirmed { .. }, Event::Offered { .. }]),
        "{heard:?}"
    );
}

#[test]
fn a_caller_may_end_an_early_dialog_by_bye() {
    // RFC 3261 section 15.
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    peer.hear(&lone.act(|endpoint, now| endpoint.ring(call, None, now)));
    let heard = lone.feed(peer.request("BYE", 2, ""));
    assert_eq!(heard.statuses(), [200, 487]);
    assert_eq!(the_end(&heard.events, call), EndCause::RemoteHungUp);
}

#[test]
fn an_answer_after_the_cancel_does_nothing() {
    let mut lone = Lone::new();
    let (call, peer) = lone.invited("v=0");
    let cancel = peer.invite("").replace("INVITE", "CANCEL");
    let heard = lone.feed(cancel);
    assert_eq!(heard.statuses(), [200, 487]);
    assert_eq!(the_end(&heard.events, call), EndCause::Cancelled);
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    assert!(heard.sent.is_empty() && heard.events.is_empty());
}

#[test]
fn a_cancel_after_the_answer_does_nothing() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    let cancel = peer.invite("").replace("INVITE", "CANCEL");
    peer.hear(&lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now)));
    let heard = lone.feed(cancel);
    assert_eq!((heard.statuses(), heard.events.len()), (vec![200], 0));
    // So the caller acknowledges and hangs up.
    let heard = lone.feed(peer.ack(1, ""));
    assert!(matches!(heard.events[..], [Event::Confirmed { .. }]));
    let heard = lone.feed(peer.request("BYE", 2, ""));
    assert_eq!(the_end(&heard.events, call), EndCause::RemoteHungUp);
}

#[test]
fn a_refusal_is_told_with_its_warning() {
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let heard = lone.answer_with(&invite, 488, "b", |response| {
        response.header(&HeaderName::WARNING, "305 b.example.com \"Incompatible media format\"")
    });
    let EndCause::Rejected(rejected) = the_end(&heard.events, call) else { panic!("{heard:?}") };
    assert_eq!(rejected.warning.as_deref(), Some("Incompatible media format"));
}

#[test]
fn a_caller_of_rfc_2543_is_served() {
    // No tag in From, no branch, and a Via that says nothing of a port to answer to.
    let write = |method: &str, sequence: u32, to_tag: &str, content: &str| {
        let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let kind = if content.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2\r\n\
             From: <sip:bob@example.com>\r\nTo: <sip:alice@example.com>{tag}\r\nCall-ID: old\r\n\
             CSeq: {sequence} {method}\r\nContact: <sip:bob@192.0.2.2>\r\n{kind}\
             Content-Length: {}\r\n\r\n{content}",
            content.len()
        )
    };
    let mut lone = Lone::new();
    let heard = lone.feed(write("INVITE", 1, "", "v=0"));
    let [Event::Incoming(incoming)] = &heard.events[..] else { panic!("{heard:?}") };
    let call = incoming.call;
    let again = lone.feed(write("INVITE", 1, "", "v=0"));
    assert_eq!((again.responses().count(), again.events.len()), (1, 0), "a retransmission");
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    let tag = heard.response().to().unwrap().tag().unwrap().to_owned();
    let heard = lone.feed(write("ACK", 1, &tag, ""));
    assert!(matches!(heard.events[..], [Event::Confirmed { .. }]), "{heard:?}");
    assert!(lone.wait(40_000).sent.is_empty());
    let heard = lone.feed(write("BYE", 2, &tag, ""));
    assert_eq!(heard.statuses(), [200]);
    assert_eq!(the_end(&heard.events, call), EndCause::RemoteHungUp);
    // And one who gives up: his CANCEL is known by what it has in common with the INVITE.
    let mut lone = Lone::new();
    let heard = lone.feed(write("INVITE", 1, "", "v=0"));
    let [Event::Incoming(incoming)] = &heard.events[..] else { panic!("{heard:?}") };
    let call = incoming.call;
    let heard = lone.feed(write("CANCEL", 1, "", ""));
    assert_eq!(heard.statuses(), [200, 487]);
    assert_eq!(the_end(&heard.events, call), EndCause::Cancelled);
}

#[test]
fn the_same_invite_on_two_ways_is_taken_once() {
    // RFC 3261 section 8.2.2.2.
    let mut lone = Lone::new();
    let (_, peer) = lone.invited("v=0");
    let other = peer.invite("v=0").replace("z9hG4bKinvite", "z9hG4bKother");
    let heard = lone.feed(other);
    assert_eq!((heard.statuses(), heard.events.len()), (vec![482], 0));
}

#[test]
fn keys_of_the_called_side_wait_for_its_early_dialog() {
    let mut lone = Lone::new();
    let mut peer = Peer::new();
    peer.lines = "Allow: INVITE, UPDATE\r\n".to_owned();
    let heard = lone.feed(peer.invite("v=0"));
    let [Event::Incoming(incoming)] = &heard.events[..] else { panic!("{heard:?}") };
    let call = incoming.call;
    let press = |lone: &mut Lone| {
        lone.act(|endpoint, now| endpoint.send_key(call, Key::One, Duration::from_millis(100), now))
    };
    assert!(press(&mut lone).sent.is_empty(), "the caller knows no dialog yet");
    assert!(lone.act(|endpoint, now| endpoint.refresh(call, now)).sent.is_empty());
    let heard = lone.act(|endpoint, now| endpoint.ring(call, None, now));
    peer.hear(&heard);
    assert_eq!(press(&mut lone).methods(), [Method::Info]);
    let heard = lone.act(|endpoint, now| endpoint.refresh(call, now));
    assert_eq!(number(&heard.request(&Method::Update)), 2);
    // What the caller says to it does not end his INVITE.
    let update = heard.request(&Method::Update);
    assert!(lone.answer(&update, 481, "b").events.is_empty());
    assert_eq!(lone.endpoint.call_count(), 1);
}

#[test]
fn a_request_of_another_dialog_is_not_ours() {
    let mut lone = Lone::new();
    let (_, invite) = lone.connect();
    for (name, request) in [
        ("another remote tag", of_callee(&invite, "BYE", 1, "stranger", "")),
        (
            "another Call-ID",
            of_callee(&invite, "BYE", 2, "b", "").replace("Call-ID: ", "Call-ID: x"),
        ),
        (
            "another local tag",
            of_callee(&invite, "BYE", 3, "b", "").replace("To: ", "To: <sip:x@y>;tag=z\r\nX: "),
        ),
    ] {
        let heard = lone.feed(request);
        assert_eq!((heard.statuses(), heard.events.len()), (vec![481], 0), "{name}");
    }
    assert_eq!(lone.feed(of_callee(&invite, "BYE", 1, "b", "")).statuses(), [200]);
}
