//! Early dialogs: one INVITE, several telephones (RFC 3261 sections 12.1, 13.2.2 and 15).

use centrala_keys::Key;
use centrala_sip::{HeaderName, Method, ResponseBuilder};
use centrala_testkit::NetworkConfig;
use centrala_ua::{CallId, EndCause, Event, ForkId, OutgoingCall};
use core::time::Duration;

use crate::{
    lone::{Heard, Lone, number, of_callee},
    proxy::ProxyConfig,
    world::{ALICE, ANSWER, BOB, OFFER, World, body, phone, the_end},
};

const CAROL: &str = "192.0.2.3:5060";
const PROXY: &str = "192.0.2.9:5060";

/// Alice calls two telephones of the same person by way of a proxy.
fn forked() -> (World, CallId, [CallId; 2]) {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    world.add_proxy("proxy", ProxyConfig::new(PROXY).place("bob", &[BOB, CAROL]));
    world.add("bob", BOB, phone(BOB));
    world.add("carol", CAROL, phone(CAROL));
    let from = "<sip:alice@example.com>".parse().unwrap();
    let uri = "sip:bob@example.com".parse().unwrap();
    let call = OutgoingCall::new(uri, PROXY.parse().unwrap(), from, body(OFFER));
    let alice = world.at(ALICE, |phone, now| phone.invite(call, now)).unwrap();
    world.run_millis(100);
    let callees = [BOB, CAROL].map(|at| world.incoming(at).call);
    (world, alice, callees)
}

/// The forks that a call rings at, with their early media.
fn ringing(events: &[Event]) -> Vec<(ForkId, Option<Vec<u8>>)> {
    let ringing = events.iter().filter_map(|event| match event {
        Event::Ringing { fork, answer, .. } => {
            Some((*fork, answer.as_ref().map(|one| one.to_vec())))
        }
        _ => None,
    });
    ringing.collect()
}

fn with_sdp(text: &'static [u8]) -> impl FnOnce(ResponseBuilder) -> ResponseBuilder {
    move |response| {
        let contact = "<sip:bob@192.0.2.2>".parse().unwrap();
        let response = response.contact(&contact).header(&HeaderName::ALLOW, "INVITE, UPDATE");
        if text.is_empty() { response } else { response.body("application/sdp", text) }
    }
}

/// A lone caller whose call rings at forks `x` and `y`, `y` with early media.
fn two_forks() -> (Lone, CallId, centrala_sip::Request, [ForkId; 2]) {
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let x = lone.answer_with(&invite, 180, "x", with_sdp(b""));
    let y = lone.answer_with(&invite, 183, "y", with_sdp(b"v=0 y"));
    let forks = [x, y].map(|heard| ringing(&heard.events)[0].0);
    (lone, call, invite, forks)
}

#[track_caller]
fn ended(heard: &Heard, call: CallId) -> EndCause {
    the_end(&heard.events, call)
}

#[test]
fn each_fork_rings_for_itself_with_its_own_early_media() {
    let (mut world, alice, [bob, carol]) = forked();
    world.at(BOB, |phone, now| phone.ring(bob, None, now));
    world.at(CAROL, |phone, now| phone.ring(carol, Some(body(b"v=0 carol")), now));
    world.run_millis(100);
    let ringing = ringing(&world.events_at(ALICE));
    let [(first, None), (second, Some(early))] = &ringing[..] else { panic!("{ringing:?}") };
    assert_ne!(first, second);
    assert_eq!(early, b"v=0 carol");
    world.at(CAROL, |phone, now| phone.answer(carol, body(b"v=0 carol"), now));
    world.run_millis(1_000);
    let events = world.events_at(ALICE);
    assert!(
        matches!(&events[..], [Event::Answered { call, fork, .. }] if (call, fork) == (&alice, second)),
        "{events:?}"
    );
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::Cancelled);
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(CAROL), carol), EndCause::RemoteHungUp);
    world.assert_empty();
}

#[test]
fn of_two_answers_at_once_the_second_is_acknowledged_and_ended() {
    let (mut world, alice, [bob, carol]) = forked();
    world.forget_sent(world.sent().len());
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.at(CAROL, |phone, now| phone.answer(carol, body(ANSWER), now));
    world.run_millis(1_000);
    insta::assert_snapshot!("two_answers", world.take_ladder());
    let answers =
        world.events_at(ALICE).iter().filter(|one| matches!(one, Event::Answered { .. })).count();
    assert_eq!(answers, 1);
    let ends = [(BOB, bob), (CAROL, carol)].map(|(at, call)| {
        world
            .events_at(at)
            .iter()
            .any(|event| matches!(event, Event::Ended { call: ended, .. } if *ended == call))
    });
    assert_eq!(ends.iter().filter(|is_over| **is_over).count(), 1, "{ends:?}");
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_call_that_was_given_up_while_both_answer_leaves_nobody_hanging() {
    let (mut world, alice, [bob, carol]) = forked();
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.at(CAROL, |phone, now| phone.answer(carol, body(ANSWER), now));
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    for (at, call) in [(BOB, bob), (CAROL, carol)] {
        assert_eq!(the_end(&world.events_at(at), call), EndCause::RemoteHungUp, "{at}");
    }
    world.assert_empty();
}

#[test]
fn the_dialog_of_the_answer_is_its_early_dialog() {
    let (mut lone, call, invite, [_, y]) = two_forks();
    // The callee has used number 7 in the early dialog, and has moved.
    let update = of_callee(&invite, "UPDATE", 7, "y", "");
    let heard = lone.feed(update.replace("<sip:bob@192.0.2.2>", "<sip:bob@192.0.2.2:5070>"));
    assert_eq!(heard.statuses(), [200]);
    assert!(heard.response().contact().is_ok(), "a target refresh tells ours as well");
    let contactless = |response: ResponseBuilder| response.body("application/sdp", body(ANSWER));
    let heard = lone.answer_with(&invite, 200, "y", contactless);
    assert!(matches!(heard.events[..], [Event::Answered { fork, .. }] if fork == y), "{heard:?}");
    let ack = heard.request(&Method::Ack);
    assert_eq!((ack.uri().as_str(), number(&ack)), ("sip:bob@192.0.2.2:5070", 1));
    for (sequence, status) in [(7, 500), (6, 500), (8, 200), (1_000, 200), (9, 500)] {
        let options = of_callee(&invite, "OPTIONS", sequence, "y", "");
        // A number that comes again with another branch is no retransmission.
        let options = options.replace("z9hG4bK", "z9hG4bKagain");
        assert_eq!(lone.feed(options).statuses(), [status], "{sequence}");
    }
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(heard.request(&Method::Bye).uri().as_str(), "sip:bob@192.0.2.2:5070");
}

#[test]
fn the_routes_are_those_of_the_2xx() {
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let routed = |hops: &'static str| {
        move |response: ResponseBuilder| {
            with_sdp(ANSWER)(response.header(&HeaderName::RECORD_ROUTE, hops))
        }
    };
    lone.answer_with(&invite, 180, "x", routed("<sip:192.0.2.21;lr>"));
    lone.answer_with(&invite, 200, "x", routed("<sip:192.0.2.32;lr>, <sip:192.0.2.31;lr>"));
    let bye = lone.act(|endpoint, now| endpoint.hang_up(call, now)).request(&Method::Bye);
    let routes: Vec<_> = bye.routes().map(|route| route.unwrap().uri().to_string()).collect();
    assert_eq!(routes, ["sip:192.0.2.31;lr", "sip:192.0.2.32;lr"]);
}

#[test]
fn a_surplus_2xx_is_ended_in_its_own_early_dialog() {
    let (mut lone, call, invite, _) = two_forks();
    // Our UPDATE uses up number 2 in both early dialogs.
    let heard = lone.act(|endpoint, now| endpoint.refresh(call, now));
    assert_eq!(heard.methods(), [Method::Update, Method::Update]);
    lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    let heard = lone.answer_with(&invite, 200, "y", with_sdp(ANSWER));
    assert_eq!(heard.methods(), [Method::Ack, Method::Bye]);
    let (ack, bye) = (heard.request(&Method::Ack), heard.request(&Method::Bye));
    assert_eq!((number(&ack), number(&bye)), (1, 3));
    for request in [&ack, &bye] {
        assert_eq!(request.to().unwrap().tag(), Some("y"));
    }
    assert!(heard.events.is_empty());
    // Again: the same ACK, no other BYE.
    let again = lone.answer_with(&invite, 200, "y", with_sdp(ANSWER));
    assert_eq!(again.methods(), [Method::Ack]);
    assert_eq!(again.sent[0].to_bytes(), ack.to_bytes());
    // After the end of the call too.
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    let late = lone.answer_with(&invite, 200, "z", with_sdp(ANSWER));
    assert_eq!(late.methods(), [Method::Ack, Method::Bye]);
}

#[test]
fn early_dialogs_that_lose_last_64_t1() {
    let (mut lone, _, invite, _) = two_forks();
    lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    let inside = |lone: &mut Lone, sequence| {
        lone.feed(of_callee(&invite, "OPTIONS", sequence, "y", "")).statuses()
    };
    lone.wait(31_900);
    assert_eq!(inside(&mut lone, 1), [200]);
    lone.wait(200);
    assert_eq!(inside(&mut lone, 2), [481]);
}

#[test]
fn losing_early_dialogs_take_no_offers_and_tell_no_keys() {
    let (mut lone, call, invite, _) = two_forks();
    lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    let offer = lone.feed(of_callee(&invite, "UPDATE", 1, "y", "v=0"));
    assert_eq!(offer.statuses(), [487]);
    let key = of_callee(&invite, "INFO", 2, "y", "Signal=5\r\n");
    let key = lone.feed(key.replace("application/sdp", "application/dtmf-relay"));
    assert_eq!(key.statuses(), [200]);
    let bye = lone.feed(of_callee(&invite, "BYE", 3, "y", ""));
    assert_eq!(bye.statuses(), [200]);
    assert!(offer.events.is_empty() && key.events.is_empty() && bye.events.is_empty());
    assert_eq!(lone.endpoint.call_count(), 1);
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(heard.request(&Method::Bye).to().unwrap().tag(), Some("x"));
}

#[test]
fn a_bye_of_ours_ends_one_fork_alone() {
    let (mut lone, call, invite, [x, y]) = two_forks();
    let heard = lone.act(|endpoint, now| endpoint.end_fork(call, x, now));
    let bye = heard.request(&Method::Bye);
    assert_eq!((bye.to().unwrap().tag(), number(&bye)), (Some("x"), 2));
    assert!(heard.events.is_empty());
    // Once is enough, and it rings no more.
    assert!(lone.act(|endpoint, now| endpoint.end_fork(call, x, now)).sent.is_empty());
    assert!(lone.answer_with(&invite, 180, "x", with_sdp(b"")).events.is_empty());
    let heard = lone.answer_with(&invite, 200, "y", with_sdp(ANSWER));
    assert!(matches!(heard.events[..], [Event::Answered { fork, .. }] if fork == y), "{heard:?}");
}

#[test]
fn an_answer_that_crosses_the_bye_of_its_fork_ends_the_call() {
    let (mut lone, call, invite, [x, _]) = two_forks();
    lone.act(|endpoint, now| endpoint.end_fork(call, x, now));
    let heard = lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    assert_eq!(heard.methods(), [Method::Ack, Method::Bye]);
    let bye = heard.request(&Method::Bye);
    assert_eq!(number(&bye), 3, "2 was the BYE that it crossed");
    assert_eq!(ended(&heard, call), EndCause::HungUp);
    lone.answer(&bye, 481, "x");
    assert_eq!(lone.endpoint.call_count(), 0);
}

#[test]
fn a_fork_that_gives_up_leaves_the_others_and_the_last_ends_the_call() {
    let (mut lone, call, invite, [x, _]) = two_forks();
    let heard = lone.feed(of_callee(&invite, "BYE", 1, "x", ""));
    assert_eq!(heard.statuses(), [200]);
    assert!(matches!(heard.events[..], [Event::ForkEnded { fork, .. }] if fork == x), "{heard:?}");
    let heard = lone.feed(of_callee(&invite, "BYE", 1, "y", ""));
    assert_eq!(heard.methods(), [Method::Cancel], "nobody else would end the INVITE");
    assert_eq!(ended(&heard, call), EndCause::RemoteHungUp);
    let heard = lone.answer(&invite, 487, "x");
    assert_eq!((heard.methods(), heard.events.len()), (vec![Method::Ack], 0));
    assert_eq!(lone.endpoint.call_count(), 0);
}

#[test]
fn after_the_caller_has_given_up_his_forks_are_silent() {
    let (mut lone, call, invite, [x, _]) = two_forks();
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(heard.methods(), [Method::Cancel]);
    assert!(lone.act(|endpoint, now| endpoint.end_fork(call, x, now)).sent.is_empty());
    assert!(lone.act(|endpoint, now| endpoint.refresh(call, now)).sent.is_empty());
    for fork in ["x", "y"] {
        let heard = lone.feed(of_callee(&invite, "BYE", 1, fork, ""));
        assert_eq!(
            (heard.statuses(), heard.methods().len(), heard.events.len()),
            (vec![200], 0, 0)
        );
    }
    assert!(lone.answer_with(&invite, 180, "z", with_sdp(b"")).events.is_empty());
}

#[test]
fn other_timers_do_not_end_the_early_dialogs_that_lose() {
    let (mut lone, call, invite, _) = two_forks();
    lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    let offer = lone.act(|endpoint, now| endpoint.reoffer(call, body(OFFER), now));
    lone.answer(&offer.request(&Method::Invite), 491, "x");
    let again = lone.wait(4_000).request(&Method::Invite);
    let inside = of_callee(&invite, "OPTIONS", 1, "y", "");
    assert_eq!(lone.feed(inside).statuses(), [200]);
    // Nor does their end touch an offer that has time yet.
    lone.answer_with(&again, 200, "x", with_sdp(ANSWER));
    lone.wait(27_000);
    lone.feed(of_callee(&invite, "UPDATE", 1, "x", "v=0"));
    assert!(lone.wait(2_000).sent.is_empty());
    let heard = lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now));
    assert_eq!(heard.statuses(), [200]);
}

#[test]
fn what_the_2xx_says_of_update_counts() {
    for (early, last, expected) in
        [("INVITE", "INVITE, UPDATE", Method::Update), ("INVITE, UPDATE", "INVITE", Method::Invite)]
    {
        let mut lone = Lone::new();
        let (call, invite) = lone.invite();
        lone.answer_with(&invite, 180, "x", |one| one.header(&HeaderName::ALLOW, early));
        lone.answer_with(&invite, 200, "x", |one| {
            one.header(&HeaderName::ALLOW, last).body("application/sdp", ANSWER)
        });
        let heard = lone.act(|endpoint, now| endpoint.update(call, body(OFFER), now));
        assert_eq!(heard.methods(), [expected]);
    }
}

#[test]
fn our_target_is_renewed_in_every_early_dialog() {
    let (mut lone, call, _, [x, _]) = two_forks();
    let heard = lone.act(|endpoint, now| endpoint.refresh(call, now));
    let updates: Vec<_> = heard.requests().cloned().collect();
    let tags: Vec<_> =
        updates.iter().map(|one| one.to().unwrap().tag().unwrap().to_owned()).collect();
    assert_eq!(tags, ["x", "y"]);
    assert!(updates.iter().all(|one| one.contact().is_ok() && one.body().is_empty()));
    // One at a time.
    assert!(lone.act(|endpoint, now| endpoint.refresh(call, now)).sent.is_empty());
    // A callee who does not know the dialog is gone; the other is not.
    let heard = lone.answer(&updates[0], 481, "x");
    assert!(matches!(heard.events[..], [Event::ForkEnded { fork, .. }] if fork == x), "{heard:?}");
    lone.answer(&updates[1], 200, "y");
    assert_eq!(lone.act(|endpoint, now| endpoint.refresh(call, now)).methods(), [Method::Update]);
}

#[test]
fn when_nobody_is_known_to_ring_others_are_waited_for() {
    // Both early dialogs turn out to be gone.
    let alone = || {
        let (mut lone, call, invite, _) = two_forks();
        let heard = lone.act(|endpoint, now| endpoint.refresh(call, now));
        let updates: Vec<_> = heard.requests().cloned().collect();
        for (update, tag) in updates.iter().zip(["x", "y"]) {
            let heard = lone.answer(update, 481, tag);
            assert!(matches!(heard.events[..], [Event::ForkEnded { .. }]), "{heard:?}");
        }
        (lone, call, invite)
    };
    // A third telephone, whose ringing was not heard, answers.
    let (mut lone, _, invite) = alone();
    let heard = lone.answer_with(&invite, 200, "z", with_sdp(ANSWER));
    assert!(matches!(heard.events[..], [Event::Answered { .. }]), "{heard:?}");
    // Or it is heard at last, and may ring for as long as it likes.
    let (mut lone, call, invite) = alone();
    lone.wait(30_000);
    lone.answer_with(&invite, 180, "z", with_sdp(b""));
    assert!(lone.wait(60_000).events.is_empty());
    assert_eq!(lone.endpoint.call_count(), 1);
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    // The refusal comes, which was on its way.
    let (mut lone, call, invite) = alone();
    let heard = lone.answer(&invite, 603, "y");
    assert!(matches!(ended(&heard, call), EndCause::Rejected(_)), "{heard:?}");
    // Nothing comes.
    let (mut lone, call, _) = alone();
    let heard = lone.wait(32_000);
    assert_eq!(heard.methods(), [Method::Cancel]);
    assert_eq!(ended(&heard, call), EndCause::Lost);
    lone.wait(64_000);
    assert_eq!((lone.endpoint.call_count(), lone.endpoint.transaction_count()), (0, 0));
    // The caller does not wait.
    let (mut lone, call, _) = alone();
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(ended(&heard, call), EndCause::HungUp);
    assert!(lone.wait(96_000).events.is_empty());
    assert_eq!((lone.endpoint.call_count(), lone.endpoint.transaction_count()), (0, 0));
}

#[test]
fn a_surplus_answer_after_the_end_is_dismissed_by_a_number_that_was_not_used() {
    let (mut lone, call, invite, _) = two_forks();
    let heard = lone.act(|endpoint, now| endpoint.refresh(call, now));
    let used = heard.requests().map(|request| number(request)).max().unwrap();
    lone.answer_with(&invite, 200, "x", with_sdp(ANSWER));
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    lone.answer(&heard.request(&Method::Bye), 200, "x");
    assert_eq!(lone.endpoint.call_count(), 0);
    let heard = lone.answer_with(&invite, 200, "y", with_sdp(ANSWER));
    assert_eq!(heard.methods(), [Method::Ack, Method::Bye]);
    let bye = heard.request(&Method::Bye);
    assert!(number(&bye) > used, "{} after {used}", number(&bye));
}

#[test]
fn an_offer_in_an_early_update_has_to_wait() {
    let (mut lone, _, invite, _) = two_forks();
    // RFC 3311 section 5.2: our offer in the INVITE is not answered.
    let heard = lone.feed(of_callee(&invite, "UPDATE", 1, "x", "v=0"));
    assert_eq!(heard.statuses(), [491]);
    let heard = lone.feed(of_callee(&invite, "INVITE", 2, "x", "v=0"));
    assert_eq!(heard.statuses(), [491]);
}

#[test]
fn keys_before_the_answer_go_to_whom_the_caller_hears() {
    let (mut lone, call, invite, _) = two_forks();
    let key = |lone: &mut Lone, key| {
        lone.act(|endpoint, now| endpoint.send_key(call, key, Duration::from_millis(100), now))
    };
    let heard = key(&mut lone, Key::One);
    let info = heard.request(&Method::Info);
    assert_eq!(info.to().unwrap().tag(), Some("y"), "the fork with early media");
    assert_eq!(info.body().as_ref(), b"Signal=1\r\nDuration=100\r\n");
    assert!(key(&mut lone, Key::Two).sent.is_empty(), "one at a time");
    // The answer of that fork changes nothing for them.
    lone.answer_with(&invite, 200, "y", with_sdp(ANSWER));
    let next = lone.answer(&info, 200, "y").request(&Method::Info);
    assert_eq!((number(&next), next.body().as_ref()), (3, &b"Signal=2\r\nDuration=100\r\n"[..]));
    // Keys of the called side before its answer are told.
    let (mut lone, call, invite, _) = two_forks();
    let key = of_callee(&invite, "INFO", 1, "x", "Signal=7\r\n");
    let heard = lone.feed(key.replace("application/sdp", "application/dtmf-relay"));
    assert!(
        matches!(heard.events[..], [Event::Key { call: of, key: Key::Seven, .. }] if of == call)
    );
    // But not after the caller has given up.
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    let key = of_callee(&invite, "INFO", 2, "x", "Signal=7\r\n");
    let heard = lone.feed(key.replace("application/sdp", "application/dtmf-relay"));
    assert_eq!((heard.statuses(), heard.events.len()), (vec![200], 0));
}

#[test]
fn no_more_forks_than_allowed_are_remembered() {
    let mut lone = Lone::new();
    let (_, invite) = lone.invite();
    let told = (0..40).filter(|fork| {
        !lone.answer_with(&invite, 180, &format!("f{fork}"), with_sdp(b"")).events.is_empty()
    });
    assert_eq!(told.count(), 16);
    // Whoever answers is taken all the same.
    let heard = lone.answer_with(&invite, 200, "f39", with_sdp(ANSWER));
    assert!(matches!(heard.events[..], [Event::Answered { .. }]), "{heard:?}");
    let surplus = (0..39).filter(|fork| {
        !lone.answer_with(&invite, 200, &format!("f{fork}"), with_sdp(ANSWER)).sent.is_empty()
    });
    assert_eq!(surplus.count(), 15);
}

#[test]
fn a_callee_without_tags_has_a_dialog_too() {
    // RFC 2543: no tags, and no tag in its own requests.
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    let untagged = |invite: &centrala_sip::Request, status: &str, content: &str| {
        let lines: Vec<String> = invite
            .iter()
            .filter(|header| {
                ["Via", "From", "To", "Call-ID", "CSeq"]
                    .iter()
                    .any(|name| header.name().to_string() == *name)
            })
            .map(|header| String::from_utf8_lossy(header.line()).trim_end().to_owned())
            .collect();
        let kind = if content.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {status}\r\n{}\r\nContact: <sip:bob@192.0.2.2>\r\n{kind}Content-Length: {}\r\n\r\n{content}",
            lines.join("\r\n"),
            content.len()
        )
    };
    let heard = lone.feed(untagged(&invite, "180 Ringing", ""));
    assert_eq!(ringing(&heard.events).len(), 1);
    let heard = lone.feed(untagged(&invite, "200 OK", "v=0"));
    assert_eq!(heard.request(&Method::Ack).to().unwrap().tag(), None);
    assert!(matches!(heard.events[..], [Event::Answered { .. }]));
    let heard = lone.feed(untagged(&invite, "200 OK", "v=0"));
    assert_eq!((heard.methods(), heard.events.len()), (vec![Method::Ack], 0));
    let heard = lone.feed(of_callee(&invite, "BYE", 1, "", ""));
    assert_eq!(heard.statuses(), [200]);
    assert_eq!(ended(&heard, call), EndCause::RemoteHungUp);
}

#[test]
fn a_2xx_without_its_answer_takes_the_one_that_was_previewed() {
    let (mut lone, _, invite, [_, y]) = two_forks();
    let heard = lone.answer_with(&invite, 200, "y", with_sdp(b""));
    let [Event::Answered { fork, answer: Some(answer), .. }] = &heard.events[..] else {
        panic!("{heard:?}")
    };
    assert_eq!((*fork, answer.as_ref()), (y, &b"v=0 y"[..]));
    // Without any there is no session, and no sense in the call.
    let (mut lone, call, invite, _) = two_forks();
    let heard = lone.answer_with(&invite, 200, "x", with_sdp(b""));
    assert_eq!(heard.methods(), [Method::Ack, Method::Bye]);
    assert_eq!(ended(&heard, call), EndCause::Unusable);
}

#[test]
fn the_bye_to_an_answer_that_came_too_late_answers_its_challenge() {
    let mut lone = Lone::new();
    let (call, invite) = lone.invite();
    lone.answer(&invite, 180, "b");
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    let bye = lone.answer_with(&invite, 200, "b", with_sdp(ANSWER)).request(&Method::Bye);
    let challenge = "Digest realm=\"office\", nonce=\"n\", qop=\"auth\"";
    let heard = lone.answer_with(&bye, 401, "b", |response| {
        response.header(&HeaderName::WWW_AUTHENTICATE, challenge)
    });
    let signed = heard.request(&Method::Bye);
    assert!(signed.has(&HeaderName::AUTHORIZATION));
    assert_eq!(number(&signed), number(&bye) + 1);
    lone.answer(&signed, 200, "b");
    assert_eq!(lone.endpoint.call_count(), 0);
}

#[test]
fn a_challenge_ends_the_early_dialogs() {
    let (mut lone, call, invite, _) = two_forks();
    let challenge = "Digest realm=\"office\", nonce=\"n\", qop=\"auth\"";
    let heard = lone.answer_with(&invite, 401, "z", |response| {
        response.header(&HeaderName::WWW_AUTHENTICATE, challenge)
    });
    assert_eq!(heard.methods(), [Method::Ack, Method::Invite]);
    let second = heard.request(&Method::Invite);
    assert_eq!(number(&second), 2);
    assert_eq!(lone.feed(of_callee(&invite, "OPTIONS", 1, "x", "")).statuses(), [481]);
    let heard = lone.answer_with(&second, 180, "x", with_sdp(b""));
    assert_eq!(ringing(&heard.events).len(), 1);
    // Late responses to the first INVITE are of no interest.
    assert!(lone.answer_with(&invite, 200, "x", with_sdp(ANSWER)).events.is_empty());
    let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(number(&heard.request(&Method::Cancel)), 2);
}
