//! Offers inside of a call: re-INVITE (RFC 3261 section 14, RFC 6141), UPDATE (RFC 3311), and what
//! crosses what (RFC 6337).

use centrala_sip::{HeaderName, Message, Method, StatusCode};
use centrala_ua::{CallId, EndCause, Event, Rejection};

use crate::{
    lone::{Heard, Lone, Peer, number, of_callee},
    world::{ANSWER, OFFER, body, the_end},
};

#[track_caller]
fn offered(heard: &Heard) -> Option<Vec<u8>> {
    match &heard.events[..] {
        [Event::Offered { offer, .. }] => offer.as_ref().map(|offer| offer.to_vec()),
        events => panic!("{events:?}"),
    }
}

#[track_caller]
fn has_retry_after(heard: &Heard) {
    let seconds = heard.response().number(&HeaderName::RETRY_AFTER).unwrap();
    assert!(seconds <= 10, "{seconds}");
}

fn reoffer(lone: &mut Lone, call: CallId) -> Heard {
    lone.act(|endpoint, now| endpoint.reoffer(call, body(OFFER), now))
}

fn update(lone: &mut Lone, call: CallId) -> Heard {
    lone.act(|endpoint, now| endpoint.update(call, body(OFFER), now))
}

fn answer(lone: &mut Lone, call: CallId) -> Heard {
    lone.act(|endpoint, now| endpoint.answer(call, body(ANSWER), now))
}

// --- The other side's offers

#[test]
fn an_update_with_an_offer_is_answered_in_its_200() {
    let (mut lone, (call, mut peer)) = with_caller();
    let heard = lone.feed(peer.request("UPDATE", 2, "v=0 hold"));
    assert_eq!(offered(&heard).unwrap(), b"v=0 hold");
    let heard = answer(&mut lone, call);
    let response = heard.response();
    assert_eq!((heard.statuses(), response.body().as_ref()), (vec![200], ANSWER));
    assert!(response.contact().is_ok() && response.allows(&Method::Update));
    // There is no ACK to wait for: the next offer can come at once.
    assert!(offered(&lone.feed(peer.request("INVITE", 3, "v=0"))).is_some());
}

/// Bob has called Alice, who has answered.
fn with_caller() -> (Lone, (CallId, Peer)) {
    let mut lone = Lone::new();
    let answered = lone.answered();
    (lone, answered)
}

#[test]
fn an_update_without_an_offer_renews_the_target_and_asks_nobody() {
    let (mut lone, (call, mut peer)) = with_caller();
    let update = peer.request("UPDATE", 2, "").replace("bob@192.0.2.2>", "bob@192.0.2.2:5090>");
    let heard = lone.feed(update);
    assert_eq!((heard.statuses(), heard.events.len()), (vec![200], 0));
    assert!(heard.response().contact().is_ok());
    let bye = lone.act(|endpoint, now| endpoint.hang_up(call, now)).request(&Method::Bye);
    assert_eq!(bye.uri().as_str(), "sip:bob@192.0.2.2:5090");
}

#[test]
fn an_update_that_nobody_answers_gets_504() {
    let (mut lone, (call, mut peer)) = with_caller();
    lone.feed(peer.request("UPDATE", 2, "v=0"));
    assert!(lone.wait(3_900).sent.is_empty());
    let heard = lone.wait(200);
    assert_eq!(heard.statuses(), [504]);
    assert!(matches!(heard.events[..], [Event::OfferWithdrawn { .. }]), "{heard:?}");
    assert!(answer(&mut lone, call).sent.is_empty(), "too late");
    assert!(offered(&lone.feed(peer.request("UPDATE", 3, "v=0"))).is_some());
}

#[test]
fn while_an_offer_is_not_answered_others_come_too_soon() {
    for pending in ["UPDATE", "INVITE"] {
        for next in ["UPDATE", "INVITE"] {
            let (mut lone, (call, mut peer)) = with_caller();
            lone.feed(peer.request(pending, 2, "v=0 first"));
            let heard = lone.feed(peer.request(next, 3, "v=0 second"));
            assert_eq!((heard.statuses(), heard.events.len()), (vec![500], 0), "{pending} {next}");
            has_retry_after(&heard);
            assert_eq!(answer(&mut lone, call).statuses(), [200], "the first is still there");
        }
    }
    // An UPDATE behind an UPDATE even without an offer; behind a re-INVITE it only renews the target.
    for (pending, status) in [("UPDATE", 500), ("INVITE", 200)] {
        let (mut lone, (_, mut peer)) = with_caller();
        lone.feed(peer.request(pending, 2, "v=0"));
        assert_eq!(lone.feed(peer.request("UPDATE", 3, "")).statuses(), [status], "{pending}");
    }
}

#[test]
fn an_offer_that_crosses_ours_is_a_glare() {
    for ours in [reoffer, update] {
        for theirs in ["INVITE", "UPDATE"] {
            let mut lone = Lone::new();
            let (call, invite) = lone.connect();
            assert_eq!(ours(&mut lone, call).sent.len(), 1);
            let heard = lone.feed(of_callee(&invite, theirs, 1, "b", "v=0"));
            assert_eq!((heard.statuses(), heard.events.len()), (vec![491], 0), "{theirs}");
        }
        // A re-INVITE that asks for an offer crosses as well; an UPDATE without one does not.
        for (theirs, status) in [("INVITE", 491), ("UPDATE", 200)] {
            let mut lone = Lone::new();
            let (call, invite) = lone.connect();
            ours(&mut lone, call);
            let heard = lone.feed(of_callee(&invite, theirs, 1, "b", ""));
            assert_eq!(heard.statuses(), [status], "{theirs}");
        }
    }
}

#[test]
fn before_the_answer_the_caller_can_renew_his_target_but_not_his_offer() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("v=0");
    let heard = lone.act(|endpoint, now| endpoint.ring(call, None, now));
    assert!(heard.response().allows(&Method::Update));
    peer.hear(&heard);
    assert_eq!(lone.feed(peer.request("UPDATE", 2, "")).statuses(), [200]);
    for method in ["UPDATE", "INVITE"] {
        let number = if method == "UPDATE" { 3 } else { 4 };
        let heard = lone.feed(peer.request(method, number, "v=0"));
        assert_eq!((heard.statuses(), heard.events.len()), (vec![500], 0), "{method}");
        has_retry_after(&heard);
    }
    assert_eq!(answer(&mut lone, call).statuses(), [200]);
}

#[test]
fn an_invite_without_an_offer_gets_ours_and_the_ack_answers() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("");
    // An offer must not be in a response that may be lost.
    let heard = lone.act(|endpoint, now| endpoint.ring(call, Some(body(OFFER)), now));
    assert!(heard.response().body().is_empty());
    let heard = answer(&mut lone, call);
    assert_eq!(heard.response().body().as_ref(), ANSWER);
    peer.hear(&heard);
    // Our offer is outstanding: one of the other side crosses it.
    assert_eq!(lone.feed(peer.request("UPDATE", 2, "v=0")).statuses(), [491]);
    let heard = lone.feed(peer.ack(1, "v=0 theirs"));
    let [Event::Confirmed { answer: Some(answer), .. }] = &heard.events[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(answer.as_ref(), b"v=0 theirs");
}

#[test]
fn an_ack_that_lacks_the_answer_ends_a_new_call() {
    let mut lone = Lone::new();
    let (call, mut peer) = lone.invited("");
    peer.hear(&answer(&mut lone, call));
    let heard = lone.feed(peer.ack(1, ""));
    assert_eq!(heard.methods(), [Method::Bye]);
    assert_eq!(the_end(&heard.events, call), EndCause::Unusable);
}

#[test]
fn an_ack_that_lacks_the_answer_leaves_a_running_call_as_it_was() {
    let (mut lone, (call, mut peer)) = with_caller();
    assert_eq!(offered(&lone.feed(peer.request("INVITE", 2, ""))), None);
    answer(&mut lone, call);
    let heard = lone.feed(peer.ack(2, ""));
    assert!(matches!(heard.events[..], [Event::AnsweredInAck { answer: None, .. }]), "{heard:?}");
    assert!(heard.sent.is_empty());
    // With one it is told; with another type it is none.
    lone.feed(peer.request("INVITE", 3, ""));
    answer(&mut lone, call);
    let heard = lone.feed(peer.ack(3, "v=0"));
    assert!(
        matches!(heard.events[..], [Event::AnsweredInAck { answer: Some(_), .. }]),
        "{heard:?}"
    );
    // An answer that nobody has asked for is left aside.
    lone.feed(peer.request("INVITE", 4, "v=0"));
    answer(&mut lone, call);
    assert!(lone.feed(peer.ack(4, "v=0 unasked")).events.is_empty());
}

#[test]
fn an_ack_with_another_number_acknowledges_nothing() {
    let (mut lone, (call, mut peer)) = with_caller();
    lone.feed(peer.request("INVITE", 2, "v=0"));
    answer(&mut lone, call);
    for number in [1, 3] {
        lone.feed(peer.ack(number, ""));
    }
    assert_eq!(lone.wait(600).statuses(), [200], "it is repeated");
    lone.feed(peer.ack(2, ""));
    assert!(lone.wait(31_000).sent.is_empty(), "and now it is not");
}

#[test]
fn a_target_counts_when_its_request_is_accepted() {
    // RFC 6141 section 4.7.
    let moved = |text: String| text.replace("bob@192.0.2.2>", "bob@192.0.2.2:5090>");
    for (status, uri) in [(488, "sip:bob@192.0.2.2"), (200, "sip:bob@192.0.2.2:5090")] {
        for method in ["INVITE", "UPDATE"] {
            let (mut lone, (call, mut peer)) = with_caller();
            lone.feed(moved(peer.request(method, 2, "v=0")));
            if status == 200 {
                answer(&mut lone, call);
                lone.feed(peer.ack(2, ""));
            } else {
                let rejection = Rejection::new(StatusCode::NOT_ACCEPTABLE_HERE);
                let heard = lone.act(|endpoint, now| endpoint.reject(call, &rejection, now));
                assert_eq!(heard.statuses(), [488]);
            }
            let bye = lone.act(|endpoint, now| endpoint.hang_up(call, now)).request(&Method::Bye);
            assert_eq!(bye.uri().as_str(), uri, "{method} {status}");
        }
    }
}

#[test]
fn a_withdrawn_re_invite_is_told_and_answered_487() {
    let (mut lone, (call, mut peer)) = with_caller();
    lone.feed(peer.request("INVITE", 2, "v=0"));
    let heard = lone.feed(peer.same("CANCEL", 2));
    assert_eq!(heard.statuses(), [200, 487]);
    assert!(matches!(heard.events[..], [Event::OfferWithdrawn { .. }]), "{heard:?}");
    assert!(answer(&mut lone, call).sent.is_empty());
    // After the decision it has no effect.
    lone.feed(peer.request("INVITE", 3, "v=0"));
    answer(&mut lone, call);
    let heard = lone.feed(peer.same("CANCEL", 3));
    assert_eq!((heard.statuses(), heard.events.len()), (vec![200], 0));
}

#[test]
fn a_bye_answers_what_is_pending() {
    for method in ["INVITE", "UPDATE"] {
        let (mut lone, (call, mut peer)) = with_caller();
        lone.feed(peer.request(method, 2, "v=0"));
        let heard = lone.feed(peer.request("BYE", 3, ""));
        assert_eq!(heard.statuses(), [200, 487], "{method}");
        assert_eq!(the_end(&heard.events, call), EndCause::RemoteHungUp);
        // The same when we hang up.
        let (mut lone, (call, mut peer)) = with_caller();
        lone.feed(peer.request(method, 2, "v=0"));
        let heard = lone.act(|endpoint, now| endpoint.hang_up(call, now));
        assert_eq!((heard.statuses(), heard.methods()), (vec![487], vec![Method::Bye]), "{method}");
        assert_eq!(the_end(&heard.events, call), EndCause::HungUp);
        // What crosses our BYE is refused.
        let heard = lone.feed(peer.request(method, 3, "v=0"));
        assert_eq!((heard.statuses(), heard.events.len()), (vec![487], 0));
    }
}

#[test]
fn a_body_that_is_no_session_description_is_refused() {
    for method in ["INVITE", "UPDATE"] {
        let (mut lone, (_, mut peer)) = with_caller();
        let strange = peer.request(method, 2, "v=0").replace("application/sdp", "text/plain");
        let heard = lone.feed(strange);
        assert_eq!((heard.statuses(), heard.events.len()), (vec![415], 0), "{method}");
        assert_eq!(heard.response().header_str(&HeaderName::ACCEPT), Some("application/sdp"));
    }
}

// --- Our offers

#[test]
fn update_is_used_where_it_is_allowed() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let sent = update(&mut lone, call).request(&Method::Update);
    assert_eq!(sent.body().as_ref(), OFFER);
    let heard = lone.answer_with(&sent, 200, "b", |ok| {
        let contact = "<sip:bob@192.0.2.2:5090>".parse().unwrap();
        ok.contact(&contact).body("application/sdp", body(ANSWER))
    });
    assert!(heard.sent.is_empty(), "there is no ACK for it");
    assert!(
        matches!(heard.events[..], [Event::OfferAnswered { answer: Some(_), .. }]),
        "{heard:?}"
    );
    assert_eq!(
        reoffer(&mut lone, call).request(&Method::Invite).uri().as_str(),
        "sip:bob@192.0.2.2:5090"
    );
}

#[test]
fn update_is_not_used_where_it_is_not_known_to_be_allowed() {
    // Bob's INVITE had no Allow.
    let (mut lone, (call, _)) = with_caller();
    assert!(lone.act(|endpoint, now| endpoint.refresh(call, now)).sent.is_empty());
    assert_eq!(update(&mut lone, call).methods(), [Method::Invite]);
    // A later message has.
    let (mut lone, (call, mut peer)) = with_caller();
    peer.lines = "Allow: INVITE, ACK, BYE, UPDATE\r\n".to_owned();
    lone.feed(peer.request("UPDATE", 2, ""));
    assert_eq!(update(&mut lone, call).methods(), [Method::Update]);
    // So has an offer.
    let (mut lone, (call, mut peer)) = with_caller();
    peer.lines = "Allow: INVITE, ACK, BYE, UPDATE\r\n".to_owned();
    lone.feed(peer.request("UPDATE", 2, "v=0"));
    answer(&mut lone, call);
    assert_eq!(update(&mut lone, call).methods(), [Method::Update]);
}

#[test]
fn one_update_at_a_time_is_under_way() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    lone.act(|endpoint, now| endpoint.refresh(call, now)).request(&Method::Update);
    assert_eq!(update(&mut lone, call).methods(), [Method::Invite]);
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    update(&mut lone, call).request(&Method::Update);
    assert!(lone.act(|endpoint, now| endpoint.refresh(call, now)).sent.is_empty());
}

#[test]
fn an_offer_waits_for_what_is_under_way() {
    let (mut lone, (call, mut peer)) = with_caller();
    lone.feed(peer.request("INVITE", 2, "v=0"));
    assert!(reoffer(&mut lone, call).sent.is_empty());
    let heard = answer(&mut lone, call);
    assert!(heard.methods().is_empty(), "not before the ACK");
    let heard = lone.feed(peer.ack(2, ""));
    assert_eq!(heard.methods(), [Method::Invite]);
}

#[test]
fn an_offer_that_came_at_a_bad_time_is_made_again() {
    // As the owner of the Call-ID: 2.1 to 4 s after a glare.
    for (status, not_before, until) in [(491, 2_090, 4_000), (500, 2_990, 3_010)] {
        for ours in [reoffer, update] {
            let mut lone = Lone::new();
            let (call, _) = lone.connect();
            let first = ours(&mut lone, call).sent.remove(0);
            let Message::Request(first) = first else { panic!() };
            lone.answer_with(&first, status, "b", |refusal| match status {
                500 => refusal.header(&HeaderName::RETRY_AFTER, "3"),
                _ => refusal,
            });
            assert!(lone.wait(not_before).sent.is_empty(), "{status}");
            let heard = lone.wait(until - not_before);
            let again = heard.request(first.method());
            assert_eq!((number(&again), again.body()), (number(&first) + 1, first.body()));
            assert!(heard.events.is_empty(), "{status}");
        }
    }
}

#[test]
fn an_offer_that_a_later_request_has_overtaken_is_made_again_at_once() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    let refused = lone.answer(&first, 500, "b");
    assert!(
        matches!(refused.events[..], [Event::OfferRejected { .. }]),
        "nothing has: {refused:?}"
    );
    let second = reoffer(&mut lone, call).request(&Method::Invite);
    lone.act(|endpoint, now| {
        endpoint.send_key(call, centrala_keys::Key::One, core::time::Duration::ZERO, now);
    });
    let heard = lone.answer(&second, 500, "b");
    let third = heard.request(&Method::Invite);
    assert_eq!((number(&third), third.body()), (number(&second) + 2, second.body()));
    assert!(heard.events.is_empty());
}

#[test]
fn after_five_refusals_the_user_is_told() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let mut pending = reoffer(&mut lone, call).request(&Method::Invite);
    for _ in 0..4 {
        assert!(lone.answer(&pending, 491, "b").events.is_empty());
        pending = lone.wait(4_000).request(&Method::Invite);
    }
    let heard = lone.answer(&pending, 491, "b");
    assert!(
        matches!(
            heard.events[..],
            [Event::OfferRejected { status: StatusCode::REQUEST_PENDING, .. }]
        ),
        "{heard:?}"
    );
    assert!(lone.wait(60_000).sent.is_empty());
    // A longer wait than RFC 3261 section 14.2 knows is not ours to decide.
    let pending = reoffer(&mut lone, call).request(&Method::Invite);
    let heard =
        lone.answer_with(&pending, 500, "b", |one| one.header(&HeaderName::RETRY_AFTER, "600"));
    let [Event::OfferRejected { retry_after: Some(wait), .. }] = heard.events[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(wait.as_secs(), 600);
}

#[test]
fn a_newer_offer_takes_the_place_and_the_time_of_the_older() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&first, 491, "b");
    let heard = lone.act(|endpoint, now| endpoint.reoffer(call, body(b"v=0 newer"), now));
    assert!(heard.sent.is_empty());
    assert!(lone.wait(2_090).sent.is_empty());
    let heard = lone.wait(2_000);
    assert_eq!(heard.request(&Method::Invite).body().as_ref(), b"v=0 newer");
}

#[test]
fn an_offer_made_while_another_is_refused_waits_too() {
    let mut lone = Lone::new();
    let (call, invite) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.act(|endpoint, now| endpoint.reoffer(call, body(b"v=0 newer"), now));
    assert_eq!(lone.answer(&first, 491, "b").methods(), [Method::Ack]);
    assert!(lone.wait(2_090).sent.is_empty());
    // It was never refused, so that an offer of the other side does not concern it.
    let heard = lone.feed(of_callee(&invite, "UPDATE", 1, "b", "v=0"));
    assert!(offered(&heard).is_some());
    answer(&mut lone, call);
    let newer = lone.wait(2_000).request(&Method::Invite);
    assert_eq!(newer.body().as_ref(), b"v=0 newer");
    // Withdrawn while it is under way, it is not made again.
    lone.answer(&newer, 100, "");
    lone.act(|endpoint, now| endpoint.withdraw_offer(call, now));
    let heard = lone.answer(&newer, 491, "b");
    assert!(matches!(heard.events[..], [Event::OfferRejected { .. }]), "{heard:?}");
    assert!(lone.wait(10_000).requests().all(|one| *one.method() == Method::Cancel));
}

#[test]
fn the_answer_to_our_refresh_renews_their_target() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let sent = lone.act(|endpoint, now| endpoint.refresh(call, now)).request(&Method::Update);
    assert!(sent.body().is_empty() && sent.contact().is_ok());
    lone.answer_with(&sent, 200, "b", |ok| {
        ok.contact(&"<sip:bob@192.0.2.2:5090>".parse().unwrap())
    });
    let bye = lone.act(|endpoint, now| endpoint.hang_up(call, now)).request(&Method::Bye);
    assert_eq!(bye.uri().as_str(), "sip:bob@192.0.2.2:5090");
}

#[test]
fn an_offer_of_the_other_side_ends_the_wait() {
    let mut lone = Lone::new();
    let (call, invite) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&first, 491, "b");
    lone.wait(100);
    let heard = lone.feed(of_callee(&invite, "INVITE", 1, "b", "v=0"));
    assert!(
        matches!(
            heard.events[..],
            [
                Event::OfferRejected {
                    status: StatusCode::REQUEST_PENDING,
                    retry_after: Some(_),
                    ..
                },
                Event::Offered { .. }
            ]
        ),
        "{heard:?}"
    );
    answer(&mut lone, call);
    lone.feed(of_callee(&invite, "ACK", 1, "b", ""));
    assert!(lone.wait(10_000).methods().is_empty());
}

#[test]
fn an_offer_can_be_withdrawn_at_any_moment() {
    let withdraw =
        |lone: &mut Lone, call| lone.act(|endpoint, now| endpoint.withdraw_offer(call, now));
    // While it waits.
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&first, 491, "b");
    withdraw(&mut lone, call);
    assert!(lone.wait(10_000).sent.is_empty());
    // Under way: CANCEL, but not before anything has come back.
    let second = reoffer(&mut lone, call).request(&Method::Invite);
    assert!(withdraw(&mut lone, call).sent.is_empty());
    let cancel = lone.answer(&second, 100, "").request(&Method::Cancel);
    assert_eq!(number(&cancel), number(&second));
    lone.answer(&cancel, 200, "b");
    let heard = lone.answer(&second, 487, "b");
    assert!(
        matches!(
            heard.events[..],
            [Event::OfferRejected { status: StatusCode::REQUEST_TERMINATED, .. }]
        ),
        "{heard:?}"
    );
    // The answer was faster.
    let third = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&third, 100, "");
    assert_eq!(withdraw(&mut lone, call).methods(), [Method::Cancel]);
    let heard = lone.answer_with(&third, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)));
    assert_eq!(heard.methods(), [Method::Ack]);
    assert!(matches!(heard.events[..], [Event::OfferAnswered { .. }]), "{heard:?}");
    assert_eq!(lone.endpoint.call_count(), 1);
}

#[test]
fn an_offer_that_never_comes_to_an_end_makes_room_for_the_next() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&first, 180, "b");
    lone.act(|endpoint, now| endpoint.reoffer(call, body(b"v=0 newer"), now));
    assert!(lone.wait(179_000).sent.is_empty(), "somebody may be asked");
    let cancel = lone.wait(2_000).request(&Method::Cancel);
    assert_eq!(number(&cancel), number(&first));
    lone.answer(&cancel, 200, "b");
    let heard = lone.answer(&first, 487, "b");
    assert_eq!(heard.request(&Method::Invite).body().as_ref(), b"v=0 newer");
    assert!(matches!(heard.events[..], [Event::OfferRejected { .. }]), "{heard:?}");
    // The answer may have been faster than our patience.
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let first = reoffer(&mut lone, call).request(&Method::Invite);
    lone.answer(&first, 180, "b");
    lone.wait(179_000);
    lone.answer_with(&first, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)));
    assert!(lone.wait(10_000).sent.is_empty());
    assert_eq!(lone.endpoint.call_count(), 1);
}

#[test]
fn a_peer_that_does_not_know_the_call_ends_it() {
    for status in [481, 408] {
        for ours in [reoffer, update] {
            let mut lone = Lone::new();
            let (call, _) = lone.connect();
            let Message::Request(sent) = ours(&mut lone, call).sent.remove(0) else { panic!() };
            let heard = lone.answer(&sent, status, "b");
            assert_eq!(heard.methods().last(), Some(&Method::Bye), "{status}");
            assert_eq!(the_end(&heard.events, call), EndCause::Lost, "{status}");
        }
        let mut lone = Lone::new();
        let (call, _) = lone.connect();
        let sent = lone.act(|endpoint, now| endpoint.refresh(call, now)).request(&Method::Update);
        let heard = lone.answer(&sent, status, "b");
        assert_eq!(the_end(&heard.events, call), EndCause::Lost, "{status}");
    }
    // Nor one that says nothing.
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    lone.act(|endpoint, now| endpoint.refresh(call, now));
    assert_eq!(the_end(&lone.wait(32_100).events, call), EndCause::Lost);
}

#[test]
fn a_refusal_leaves_the_session_as_it_was() {
    let mut lone = Lone::new();
    let (call, invite) = lone.connect();
    for ours in [reoffer, update] {
        let Message::Request(sent) = ours(&mut lone, call).sent.remove(0) else { panic!() };
        let heard = lone.answer(&sent, 488, "b");
        assert!(
            matches!(
                heard.events[..],
                [Event::OfferRejected { status: StatusCode::NOT_ACCEPTABLE_HERE, .. }]
            ),
            "{heard:?}"
        );
    }
    // A 2xx without an answer is none either: offers of both sides are possible again.
    let sent = reoffer(&mut lone, call).request(&Method::Invite);
    let heard = lone.answer(&sent, 200, "b");
    assert_eq!(heard.methods(), [Method::Ack]);
    assert!(matches!(heard.events[..], [Event::OfferAnswered { answer: None, .. }]), "{heard:?}");
    assert!(offered(&lone.feed(of_callee(&invite, "UPDATE", 1, "b", "v=0"))).is_some());
}

#[test]
fn a_repeated_2xx_to_a_re_invite_gets_its_ack_again() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let sent = reoffer(&mut lone, call).request(&Method::Invite);
    let ok = |lone: &mut Lone| {
        lone.answer_with(&sent, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)))
    };
    let first = ok(&mut lone).request(&Method::Ack);
    assert_eq!(number(&first), number(&sent));
    let again = ok(&mut lone);
    assert_eq!((again.sent[0].to_bytes(), again.events.len()), (first.to_bytes(), 0));
    // After the BYE too: else it would be repeated for half a minute.
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    assert_eq!(ok(&mut lone).methods(), [Method::Ack]);
}

#[test]
fn a_2xx_that_crosses_our_bye_is_acknowledged() {
    let mut lone = Lone::new();
    let (call, _) = lone.connect();
    let sent = reoffer(&mut lone, call).request(&Method::Invite);
    lone.act(|endpoint, now| endpoint.hang_up(call, now));
    let heard = lone.answer_with(&sent, 200, "b", |ok| ok.body("application/sdp", body(ANSWER)));
    assert_eq!((heard.methods(), heard.events.len()), (vec![Method::Ack], 0));
}
