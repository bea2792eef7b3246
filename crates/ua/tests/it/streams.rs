//! Calls over TCP, whose connections break.

use centrala_testkit::NetworkConfig;
use centrala_ua::{CallId, Carrier, EndCause, EndpointConfig, Event, Flow, Interface};
use core::time::Duration;

use crate::world::{ALICE, ANSWER, BOB, World, body, call, phone, the_end};

/// A telephone with a UDP and a TCP socket at the same address.
fn telephone(address: &str) -> EndpointConfig {
    let mut config = phone(address);
    config.interfaces.push(Interface::new(Carrier::Tcp, address.parse().unwrap()));
    config
}

fn world(config: NetworkConfig, seed: u64) -> World {
    let mut world = World::new(config, seed);
    world.add("alice", ALICE, telephone(ALICE));
    world.add("bob", BOB, telephone(BOB));
    world
}

/// A call over TCP that stands.
fn connect(world: &mut World) -> (CallId, CallId) {
    let mut outgoing = call("alice", "bob", BOB);
    outgoing.destination = Flow::to(Carrier::Tcp, BOB.parse().unwrap());
    let alice = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
    world.run_millis(20_000);
    let bob = world.incoming(BOB).call;
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(20_000);
    let events = world.events_at(BOB);
    assert!(matches!(&events[..], [Event::Confirmed { .. }]), "{events:?}");
    (alice, bob)
}

#[test]
fn a_call_over_streams_repeats_nothing_whatever_the_network_loses() {
    for seed in 0..20 {
        let mut world = world(NetworkConfig::lossy(20), seed);
        let (alice, bob) = connect(&mut world);
        world.at(ALICE, |phone, now| phone.hang_up(alice, now));
        world.run_to_rest();
        assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
        assert!(world.sent().iter().all(|sent| sent.on_stream));
        let ladder = world.take_ladder();
        // The dialog repeats its 200 over TCP too, if the ACK is late (RFC 3261 section 13.3.1.4).
        for once in ["INVITE (1)", "100 Trying", "BYE (2)", "200 OK (2 BYE)"] {
            assert_eq!(ladder.matches(once).count(), 1, "{once}, seed {seed}:\n{ladder}");
        }
        world.assert_empty();
    }
}

#[test]
fn a_call_outlives_its_connection_and_either_side_can_end_it() {
    for (at, other) in [(ALICE, BOB), (BOB, ALICE)] {
        let mut world = world(NetworkConfig::default(), 1);
        let (alice, bob) = connect(&mut world);
        assert_eq!(world.break_streams(ALICE, BOB), 1);
        world.run_millis(1_000);
        let (own, theirs) = if at == ALICE { (alice, bob) } else { (bob, alice) };
        world.at(at, |phone, now| phone.hang_up(own, now));
        world.run_to_rest();
        assert_eq!(the_end(&world.events_at(at), own), EndCause::HungUp);
        assert_eq!(the_end(&world.events_at(other), theirs), EndCause::RemoteHungUp, "{at}");
        world.assert_empty();
    }
}

#[test]
fn an_answer_to_a_request_whose_connection_has_broken_comes_on_another() {
    let mut world = world(NetworkConfig::default(), 1);
    let mut outgoing = call("alice", "bob", BOB);
    outgoing.destination = Flow::to(Carrier::Tcp, BOB.parse().unwrap());
    let alice = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
    world.run_millis(1_000);
    let bob = world.incoming(BOB).call;
    assert_eq!(world.break_streams(ALICE, BOB), 1);
    world.run_millis(1_000);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(1_000);
    let events = world.events_at(ALICE);
    assert!(matches!(&events[..], [Event::Answered { .. }]), "{events:?}");
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::RemoteHungUp);
    world.assert_empty();
}

#[test]
fn who_cannot_be_connected_to_is_told_at_once() {
    let mut world = world(NetworkConfig::default(), 1);
    let mut outgoing = call("alice", "carol", "192.0.2.99:5060");
    outgoing.destination = Flow::to(Carrier::Tcp, "192.0.2.99:5060".parse().unwrap());
    let alice = world.at(ALICE, |alice, now| alice.invite(outgoing, now)).unwrap();
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::Unreachable);
    assert!(world.now().since_start() < Duration::from_secs(1));
    world.assert_empty();
}
