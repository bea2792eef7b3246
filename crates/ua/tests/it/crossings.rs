//! Two things at once: what crosses on the way, drawn.

use centrala_ua::{CallId, EndCause, Event};

use crate::world::{ALICE, ANSWER, BOB, OFFER, World, body, call, the_end};

/// A call that stands; the ladder begins after that.
fn connected() -> (World, CallId, CallId) {
    let mut world = World::alice_and_bob();
    let alice = world.at(ALICE, |phone, now| phone.invite(call("alice", "bob", BOB), now)).unwrap();
    world.run_millis(100);
    let bob = world.incoming(BOB).call;
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(900);
    world.events();
    world.take_ladder();
    (world, alice, bob)
}

fn hang_up(world: &mut World, at: &str, call: CallId) {
    world.at(at, |phone, now| phone.hang_up(call, now));
}

#[test]
fn an_update_and_a_re_invite_cross() {
    let (mut world, alice, bob) = connected();
    world.at(ALICE, |phone, now| phone.update(alice, body(OFFER), now));
    world.at(BOB, |phone, now| phone.reoffer(bob, body(OFFER), now));
    // Bob's comes first again, as Alice has begun the call.
    world.run_millis(2_050);
    assert!(matches!(
        world.events_at(ALICE)[..],
        [Event::OfferRejected { .. }, Event::Offered { .. }]
    ));
    world.at(ALICE, |phone, now| phone.answer(alice, body(ANSWER), now));
    world.run_millis(100);
    assert!(matches!(world.events_at(BOB)[..], [Event::OfferAnswered { .. }]));
    // Now there is nothing in the way of Alice's.
    world.at(ALICE, |phone, now| phone.update(alice, body(OFFER), now));
    world.run_millis(100);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(100);
    assert!(matches!(world.events_at(ALICE)[..], [Event::OfferAnswered { .. }]));
    insta::assert_snapshot!("update_crossing_reinvite", world.take_ladder());
    hang_up(&mut world, ALICE, alice);
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_re_invite_and_a_bye_cross() {
    let (mut world, alice, bob) = connected();
    world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now));
    hang_up(&mut world, BOB, bob);
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::RemoteHungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    insta::assert_snapshot!("reinvite_crossing_bye", world.take_ladder());
    world.assert_empty();
}

#[test]
fn the_answer_to_a_re_invite_and_a_bye_cross() {
    let (mut world, alice, bob) = connected();
    world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now));
    world.run_millis(20);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    hang_up(&mut world, ALICE, alice);
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
    insta::assert_snapshot!("reinvite_answer_crossing_bye", world.take_ladder());
    world.assert_empty();
}

#[test]
fn a_withdrawal_and_an_answer_cross() {
    let (mut world, alice, bob) = connected();
    world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now));
    world.run_millis(20);
    world.at(ALICE, |phone, now| phone.withdraw_offer(alice, now));
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(1_000);
    assert!(matches!(world.events_at(ALICE)[..], [Event::OfferAnswered { answer: Some(_), .. }]));
    assert!(matches!(world.events_at(BOB)[..], [Event::Offered { .. }]), "it was never withdrawn");
    insta::assert_snapshot!("withdrawal_crossing_answer", world.take_ladder());
    hang_up(&mut world, BOB, bob);
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_lost_ack_does_not_hold_up_the_next_offer() {
    let (mut world, alice, bob) = connected();
    world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now));
    world.run_millis(20);
    world.cut(ALICE, BOB);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(20);
    world.mend(ALICE, BOB);
    // The ACK is lost, but a new INVITE shows that Alice has the answer.
    world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now));
    world.run_millis(20);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(5_000);
    let answers = world.events_at(ALICE);
    assert_eq!(answers.len(), 2, "{answers:?}");
    insta::assert_snapshot!("lost_ack", world.take_ladder());
    hang_up(&mut world, BOB, bob);
    world.run_to_rest();
    world.assert_empty();
}
