//! Calls between two phones.

use centrala_keys::Key;
use centrala_sip::{HeaderName, StatusCode};
use centrala_ua::{EndCause, Event, Rejection};
use core::time::Duration;

use crate::world::{ALICE, ANSWER, BOB, OFFER, World, body, call, the_end};

/// Bob's call after Alice's INVITE has arrived.
fn dial(world: &mut World) -> (centrala_ua::CallId, centrala_ua::CallId) {
    let alice = world.at(ALICE, |alice, now| alice.invite(call("alice", "bob", BOB), now)).unwrap();
    world.run_millis(20);
    let incoming = world.incoming(BOB);
    assert_eq!(incoming.offer.as_deref(), Some(OFFER));
    (alice, incoming.call)
}

/// A call that stands.
fn connect(world: &mut World) -> (centrala_ua::CallId, centrala_ua::CallId) {
    let (alice, bob) = dial(world);
    world.at(BOB, |endpoint, now| endpoint.ring(bob, None, now));
    world.run_millis(1_000);
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.run_millis(1_000);
    (alice, bob)
}

#[test]
fn a_call_rings_is_answered_and_ends() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    let events = world.events_at(ALICE);
    assert!(
        matches!(
            &events[..],
            [
                Event::Ringing { call: first, status: StatusCode::RINGING, answer: None, .. },
                Event::Answered { call: second, answer: Some(answer), .. },
            ] if (*first, *second) == (alice, alice) && answer == ANSWER
        ),
        "{events:?}"
    );
    assert!(matches!(&world.events_at(BOB)[..], [Event::Confirmed { call, .. }] if *call == bob));
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
    insta::assert_snapshot!("basic_call", world.take_ladder());
    world.assert_empty();
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_cancels() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    world.at(BOB, |endpoint, now| endpoint.ring(bob, None, now));
    world.run_millis(500);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::Cancelled);
    insta::assert_snapshot!("cancelled_call", world.take_ladder());
    world.assert_empty();
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut world = World::alice_and_bob();
    let alice = world.at(ALICE, |alice, now| alice.invite(call("alice", "bob", BOB), now)).unwrap();
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    assert!(!world.take_ladder().contains("CANCEL"));
    world.run_to_rest();
    assert!(world.take_ladder().contains("CANCEL"));
    let bob = world.incoming(BOB).call;
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    let _ = bob;
    world.assert_empty();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    world.at(BOB, |endpoint, now| endpoint.ring(bob, None, now));
    world.run_millis(500);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.run_to_rest();
    let events = world.events_at(ALICE);
    assert_eq!(the_end(&events, alice), EndCause::HungUp);
    assert!(!events.iter().any(|event| matches!(event, Event::Answered { .. })));
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
    insta::assert_snapshot!("answer_crossing_cancel", world.take_ladder());
    world.assert_empty();
}

#[test]
fn two_byes_that_cross_end_the_call_once_on_each_side() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.at(BOB, |endpoint, now| endpoint.hang_up(bob, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    let ladder = world.take_ladder();
    assert_eq!(
        ladder.matches("200 OK (1 BYE)").count() + ladder.matches("200 OK (2 BYE)").count(),
        2,
        "{ladder}"
    );
    world.assert_empty();
}

#[test]
fn a_rejection_is_told_with_everything_that_it_says() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    let mut rejection = Rejection::new(StatusCode::MOVED_TEMPORARILY);
    rejection.reason = Some("Gone\r\nfishing".to_owned());
    rejection.retry_after = Some(Duration::from_secs(90));
    rejection.contacts = vec!["sip:carol@example.com".parse().unwrap()];
    world.at(BOB, |endpoint, now| endpoint.reject(bob, &rejection, now));
    world.run_to_rest();
    let EndCause::Rejected(rejected) = the_end(&world.events_at(ALICE), alice) else { panic!() };
    assert_eq!(rejected.status, StatusCode::MOVED_TEMPORARILY);
    assert_eq!(rejected.reason, "Gone  fishing");
    assert_eq!(rejected.retry_after, Some(Duration::from_secs(90)));
    assert_eq!(rejected.contacts[0].as_str(), "sip:carol@example.com");
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    insta::assert_snapshot!("rejected_call", world.take_ladder());
    world.assert_empty();
}

#[test]
fn a_call_to_nowhere_times_out() {
    let mut world = World::alice_and_bob();
    let outgoing = call("alice", "carol", "192.0.2.99:5060");
    let alice = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::TimedOut);
    // RFC 3261 section 17.1.1.2: seven INVITEs within 64 × T1.
    assert_eq!(world.take_ladder().matches("INVITE").count(), 7);
    assert_eq!(world.now().since_start(), Duration::from_secs(32));
    world.assert_empty();
}

#[test]
fn an_answer_without_its_ack_is_repeated_and_given_up() {
    let mut world = World::alice_and_bob();
    let (_, bob) = dial(&mut world);
    world.cut(ALICE, BOB);
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.run_millis(31_900);
    assert_eq!(world.take_ladder().matches("200 OK (1 INVITE)").count(), 11);
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::NotAcknowledged);
    assert!(world.take_ladder().contains("BYE"));
}

#[test]
fn a_callee_who_hangs_up_before_the_ack_waits_for_it() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.at(BOB, |endpoint, now| endpoint.hang_up(bob, now));
    assert!(!world.take_ladder().contains("BYE"));
    world.run_to_rest();
    let ladder = world.take_ladder();
    let (ack, bye) = (ladder.find("ACK").unwrap(), ladder.find("BYE").unwrap());
    assert!(ack < bye, "{ladder}");
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::RemoteHungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    world.assert_empty();
}

#[test]
fn a_call_is_held_by_one_and_resumed_by_the_other() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.take_ladder();
    for (one, other, own, theirs) in [(ALICE, BOB, alice, bob), (BOB, ALICE, bob, alice)] {
        world.events();
        world.at(one, |endpoint, now| endpoint.reoffer(own, body(b"v=0 hold"), now));
        world.run_millis(100);
        let events = world.events_at(other);
        assert!(
            matches!(
                &events[..],
                [Event::Offered { call, offer: Some(offer), .. }] if *call == theirs && offer.as_ref() == b"v=0 hold"
            ),
            "{events:?}"
        );
        world.at(other, |endpoint, now| endpoint.answer(theirs, body(b"v=0 held"), now));
        world.run_millis(100);
        let events = world.events_at(one);
        assert!(
            matches!(
                &events[..],
                [Event::OfferAnswered { call, answer: Some(answer), .. }] if *call == own && answer.as_ref() == b"v=0 held"
            ),
            "{events:?}"
        );
    }
    insta::assert_snapshot!("hold_and_resume", world.take_ladder());
    world.at(BOB, |endpoint, now| endpoint.hang_up(bob, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::RemoteHungUp);
    world.assert_empty();
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.at(ALICE, |endpoint, now| endpoint.reoffer(alice, body(OFFER), now));
    world.run_millis(100);
    let rejection = Rejection::new(StatusCode::NOT_ACCEPTABLE_HERE);
    world.at(BOB, |endpoint, now| endpoint.reject(bob, &rejection, now));
    world.run_millis(100);
    let events = world.events_at(ALICE);
    assert!(events.iter().any(|event| matches!(
        event,
        Event::OfferRejected { status: StatusCode::NOT_ACCEPTABLE_HERE, retry_after: None, .. }
    )));
    assert_eq!(world.at(BOB, |endpoint, _| endpoint.call_count()), 1);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn offers_that_cross_are_made_again_the_callee_s_first() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.events();
    world.take_ladder();
    world.at(ALICE, |endpoint, now| endpoint.reoffer(alice, body(b"v=0 a"), now));
    world.at(BOB, |endpoint, now| endpoint.reoffer(bob, body(b"v=0 b"), now));
    // RFC 3261 section 14.1: up to 2 s for the callee, 2.1 to 4 s for the caller.
    world.run_millis(2_050);
    let events = world.events_at(ALICE);
    let [
        Event::OfferRejected {
            status: StatusCode::REQUEST_PENDING, retry_after: Some(rest), ..
        },
        Event::Offered { call, offer: Some(offer), .. },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*call, offer.as_ref()), (alice, &b"v=0 b"[..]));
    assert!(rest.as_millis() <= 4_000, "{rest:?}");
    world.at(ALICE, |endpoint, now| endpoint.answer(alice, body(ANSWER), now));
    world.run_millis(10_000);
    let events = world.events_at(BOB);
    assert!(
        matches!(&events[..], [Event::OfferAnswered { call, answer: Some(_), .. }] if *call == bob),
        "{events:?}"
    );
    insta::assert_snapshot!("crossing_offers", world.take_ladder());
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn keys_by_info_arrive_in_order() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.events();
    let keys = [Key::One, Key::Zero, Key::Star, Key::Pound];
    for key in keys {
        world.at(ALICE, |endpoint, now| {
            endpoint.send_key(alice, key, Duration::from_millis(120), now);
        });
    }
    world.run_millis(1_000);
    let heard: Vec<_> = world
        .events_at(BOB)
        .into_iter()
        .map(|event| match event {
            Event::Key { call, key, duration } => (call, key, duration.as_millis()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heard, keys.map(|key| (bob, key, 120)));
    world.at(BOB, |endpoint, now| endpoint.hang_up(bob, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn decisions_about_a_call_that_has_ended_do_nothing() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    world.events();
    let before = world.sent().len();
    for (at, call) in [(ALICE, alice), (BOB, bob)] {
        world.at(at, |endpoint, now| {
            endpoint.ring(call, None, now);
            endpoint.answer(call, body(ANSWER), now);
            endpoint.reject(call, &Rejection::new(StatusCode::BUSY_HERE), now);
            endpoint.reoffer(call, body(OFFER), now);
            endpoint.send_key(call, Key::One, Duration::from_millis(100), now);
            endpoint.hang_up(call, now);
        });
    }
    world.run_to_rest();
    assert_eq!(world.sent().len(), before);
    assert!(world.events().is_empty());
}

#[test]
fn a_call_that_rings_for_long_is_kept_alive() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    world.at(BOB, |endpoint, now| endpoint.ring(bob, None, now));
    world.run_millis(150_000);
    assert_eq!(world.take_ladder().matches("180 Ringing").count(), 3);
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_key_that_a_later_request_has_overtaken_is_told_again() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = connect(&mut world);
    world.events();
    world.cut(ALICE, BOB);
    let duration = Duration::from_millis(100);
    for key in [Key::Seven, Key::Eight] {
        world.at(ALICE, |endpoint, now| endpoint.send_key(alice, key, duration, now));
    }
    world.mend(ALICE, BOB);
    world.at(ALICE, |endpoint, now| endpoint.reoffer(alice, body(OFFER), now));
    world.run_millis(100);
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.run_millis(2_000);
    let told = world.events_at(BOB);
    let keys = told.iter().filter_map(|event| match event {
        Event::Key { key, .. } => Some(*key),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [Key::Seven, Key::Eight]);
    assert!(world.take_ladder().contains("500 Server Internal Error (2 INFO)"));
    world.at(BOB, |endpoint, now| endpoint.hang_up(bob, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_caller_who_has_not_heard_the_ringing_does_not_lose_the_answer() {
    let mut world = World::alice_and_bob();
    let (alice, bob) = dial(&mut world);
    world.cut(BOB, ALICE);
    world.at(BOB, |endpoint, now| endpoint.ring(bob, None, now));
    world.mend(BOB, ALICE);
    // Alice does not know the early dialog, and says so when Bob has answered already.
    world.at(BOB, |endpoint, now| endpoint.refresh(bob, now));
    world.run_millis(7);
    world.at(BOB, |endpoint, now| endpoint.answer(bob, body(ANSWER), now));
    world.run_millis(1_000);
    assert!(matches!(&world.events_at(ALICE)[..], [Event::Answered { .. }]));
    assert!(matches!(&world.events_at(BOB)[..], [Event::Confirmed { .. }]));
    assert!(world.take_ladder().contains("481 Call/Transaction Does Not Exist (1 UPDATE)"));
    world.at(ALICE, |endpoint, now| endpoint.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
    world.assert_empty();
}

#[test]
fn a_caller_who_would_wait_no_longer_than_so_is_let_go() {
    let mut world = World::alice_and_bob();
    let mut outgoing = call("alice", "bob", BOB);
    outgoing.headers.push((HeaderName::EXPIRES, "5".into()));
    let call = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
    world.run_millis(100);
    let incoming = world.incoming(BOB);
    world.at(BOB, |bob, now| bob.ring(incoming.call, None, now));
    world.run_millis(4_000);
    assert!(world.events_at(BOB).is_empty(), "it rings");
    world.run_millis(2_000);
    assert_eq!(the_end(&world.events_at(BOB), incoming.call), EndCause::Cancelled);
    let EndCause::Rejected(rejected) = the_end(&world.events_at(ALICE), call) else { panic!() };
    assert_eq!(rejected.status, StatusCode::REQUEST_TERMINATED);
    world.run_to_rest();
    world.assert_empty();
}
