//! Section 3: calls between Alice and Bob, directly and by way of proxies.

use centrala_sip::{Method, StatusCode};
use centrala_testkit::NetworkConfig;
use centrala_ua::{CallId, Credentials, EndCause, Event, OutgoingCall, Rejection};

use super::{assert_figure, routes};
use crate::{
    proxy::ProxyConfig,
    world::{ALICE, ANSWER, BOB, OFFER, World, body, password, phone, the_end},
};

const PROXY_1: &str = "192.0.2.11:5060";
const PROXY_2: &str = "192.0.2.12:5060";
const PROXY_3: &str = "192.0.2.13:5060";
/// The Record-Routes of both proxies, as Alice has to follow them.
const VIA_BOTH: [&str; 2] = ["sip:192.0.2.11:5060;lr", "sip:192.0.2.12:5060;lr"];

/// Alice, the proxy of her domain and that of Bob's, and Bob.
fn two_proxies(realm_1: Option<&'static str>, realm_2: Option<&'static str>) -> World {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    let mut first = ProxyConfig::new(PROXY_1);
    (first.realm, first.next_hop) = (realm_1, Some(PROXY_2.parse().unwrap()));
    world.add_proxy("Proxy 1", first);
    let mut second = ProxyConfig::new(PROXY_2).place("bob", &[BOB]);
    second.realm = realm_2;
    world.add_proxy("Proxy 2", second);
    world.add("Bob", BOB, phone(BOB));
    world
}

/// Alice calls Bob by his address of record.
fn invite(world: &mut World, destination: &str) -> CallId {
    let from = "\"Alice\" <sip:alice@atlanta.example.com>".parse().unwrap();
    let uri = "sip:bob@biloxi.example.com".parse().unwrap();
    let mut call = OutgoingCall::new(uri, destination.parse().unwrap(), from, body(OFFER));
    let realms = ["atlanta.example.com", "biloxi.example.com"];
    let credentials = realms.map(|realm| Credentials::for_realm("alice", realm, password("alice")));
    call.credentials = credentials.to_vec();
    world.at(ALICE, |alice, now| alice.invite(call, now)).unwrap()
}

/// Bob's telephone rings, and he takes the call.
fn ring_and_answer(world: &mut World) -> CallId {
    world.run_millis(100);
    let bob = ring(world);
    world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now));
    world.run_millis(1_000);
    bob
}

fn ring(world: &mut World) -> CallId {
    let bob = world.incoming(BOB).call;
    world.at(BOB, |phone, now| phone.ring(bob, None, now));
    world.run_millis(1_000);
    bob
}

/// Both know that the call stands.
#[track_caller]
fn assert_connected(world: &mut World) {
    let (alice, bob) = (world.events_at(ALICE), world.events_at(BOB));
    let is_answered = matches!(alice.last(), Some(Event::Answered { answer: Some(answer), .. }) if answer == ANSWER);
    assert!(is_answered, "{alice:?}");
    assert!(matches!(bob.last(), Some(Event::Confirmed { .. })), "{bob:?}");
}

/// One hangs up; both know, and nobody remembers anything.
#[track_caller]
fn hang_up(world: &mut World, (at, call): (&str, CallId), (other, theirs): (&str, CallId)) {
    world.at(at, |phone, now| phone.hang_up(call, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(at), call), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(other), theirs), EndCause::RemoteHungUp);
    world.assert_empty();
}

/// Alice is refused, and nobody remembers anything.
#[track_caller]
fn assert_refused(world: &mut World, alice: CallId, status: u16) {
    world.run_to_rest();
    let EndCause::Rejected(rejected) = the_end(&world.events_at(ALICE), alice) else { panic!() };
    assert_eq!(rejected.status.as_u16(), status);
    world.assert_empty();
}

#[test]
fn section_3_1_successful_session() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    world.add("Bob", BOB, phone(BOB));
    let alice = invite(&mut world, BOB);
    let bob = ring_and_answer(&mut world);
    assert_connected(&mut world);
    hang_up(&mut world, (BOB, bob), (ALICE, alice));
    assert_figure!("3.1", world);
}

#[test]
fn section_3_2_session_through_two_proxies() {
    let mut world = two_proxies(Some("atlanta.example.com"), None);
    let alice = invite(&mut world, PROXY_1);
    let bob = ring_and_answer(&mut world);
    assert_connected(&mut world);
    hang_up(&mut world, (BOB, bob), (ALICE, alice));
    // The ACK of the 407 goes to the proxy alone, that of the 200 along the route; Bob's BYE takes it backwards.
    assert_eq!(routes(&world, &Method::Ack, ALICE), [vec![], VIA_BOTH.map(String::from).to_vec()]);
    assert_eq!(routes(&world, &Method::Bye, BOB), [[VIA_BOTH[1], VIA_BOTH[0]]]);
    assert_figure!("3.2", world);
}

#[test]
fn section_3_3_session_with_multiple_proxy_authentication() {
    let mut world = two_proxies(Some("atlanta.example.com"), Some("biloxi.example.com"));
    let alice = invite(&mut world, PROXY_1);
    let bob = ring_and_answer(&mut world);
    assert_connected(&mut world);
    hang_up(&mut world, (BOB, bob), (ALICE, alice));
    assert_eq!(routes(&world, &Method::Ack, ALICE).last().unwrap(), &VIA_BOTH);
    assert_figure!("3.3", world);
}

#[test]
fn section_3_4_successful_session_with_proxy_failure() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    world.add_proxy("Proxy 1", ProxyConfig::new(PROXY_1));
    let mut second = ProxyConfig::new(PROXY_2).place("bob", &[BOB]);
    second.realm = Some("atlanta.example.com");
    world.add_proxy("Proxy 2", second);
    world.add("Bob", BOB, phone(BOB));
    world.cut(ALICE, PROXY_1);
    let failed = invite(&mut world, PROXY_1);
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), failed), EndCause::TimedOut);
    let alice = invite(&mut world, PROXY_2);
    let bob = ring_and_answer(&mut world);
    assert_connected(&mut world);
    hang_up(&mut world, (BOB, bob), (ALICE, alice));
    assert_eq!(routes(&world, &Method::Bye, BOB), [["sip:192.0.2.12:5060;lr"]]);
    assert_figure!("3.4", world);
}

#[test]
fn section_3_5_session_through_an_application_level_gateway() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    let mut gateway = ProxyConfig::new(PROXY_1);
    gateway.next_hop = Some(PROXY_2.parse().unwrap());
    gateway.translates = Some(("10.0.0.1", "192.0.2.128"));
    world.add_proxy("ALG", gateway);
    world.add_proxy("Proxy 2", ProxyConfig::new(PROXY_2).place("bob", &[BOB]));
    world.add("Bob", BOB, phone(BOB));
    let from = "\"Alice\" <sip:alice@atlanta.example.com>".parse().unwrap();
    let uri = "sip:bob@biloxi.example.com".parse().unwrap();
    let offer = body(b"v=0 from 10.0.0.1");
    let call = OutgoingCall::new(uri, PROXY_1.parse().unwrap(), from, offer);
    let alice = world.at(ALICE, |alice, now| alice.invite(call, now)).unwrap();
    world.run_millis(100);
    let incoming = world.incoming(BOB);
    assert_eq!(incoming.offer.as_deref(), Some(&b"v=0 from 192.0.2.128"[..]));
    let bob = incoming.call;
    world.at(BOB, |phone, now| phone.ring(bob, None, now));
    world.run_millis(1_000);
    world.at(BOB, |phone, now| phone.answer(bob, body(b"v=0 to 192.0.2.128"), now));
    world.run_millis(1_000);
    let told = world.events_at(ALICE);
    let answer = told.iter().find_map(|event| match event {
        Event::Answered { answer, .. } => answer.as_deref(),
        _ => None,
    });
    assert_eq!(answer, Some(&b"v=0 to 10.0.0.1"[..]));
    hang_up(&mut world, (ALICE, alice), (BOB, bob));
    assert_eq!(routes(&world, &Method::Bye, ALICE), [VIA_BOTH]);
    assert_figure!("3.5", world);
}

/// Alice's telephone always makes the offer. Proxy 3 keeps it back for the ACK, so that Bob sees what the RFC shows him.
#[test]
fn section_3_6_session_by_redirect_and_proxy_with_description_in_the_ack() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    let mut server = ProxyConfig::new(PROXY_1).place("bob", &[PROXY_3]);
    server.redirects = true;
    world.add_proxy("Redirect Server", server);
    let mut proxy = ProxyConfig::new(PROXY_3).place("bob", &[BOB]);
    proxy.delays_offers = true;
    world.add_proxy("Proxy 3", proxy);
    world.add("Bob", BOB, phone(BOB));
    let moved = invite(&mut world, PROXY_1);
    world.run_millis(100);
    let EndCause::Rejected(moved) = the_end(&world.events_at(ALICE), moved) else { panic!() };
    assert_eq!(moved.status, StatusCode::MOVED_TEMPORARILY);
    let [contact] = &moved.contacts[..] else { panic!("{moved:?}") };
    assert_eq!(contact.as_str(), format!("sip:bob@{PROXY_3}"));

    let alice = invite(&mut world, PROXY_3);
    world.run_millis(100);
    let incoming = world.incoming(BOB);
    assert_eq!(incoming.offer, None);
    let bob = incoming.call;
    world.at(BOB, |phone, now| phone.ring(bob, None, now));
    world.run_millis(1_000);
    world.at(BOB, |phone, now| phone.answer(bob, body(b"v=0 offer of Bob"), now));
    world.run_millis(1_000);
    let told = world.events_at(BOB);
    let is_answered =
        matches!(&told[..], [Event::Confirmed { answer: Some(answer), .. }] if answer == OFFER);
    assert!(is_answered, "{told:?}");
    hang_up(&mut world, (ALICE, alice), (BOB, bob));
    assert_eq!(routes(&world, &Method::Bye, ALICE), [["sip:192.0.2.13:5060;lr"]]);
    assert_figure!("3.6", world);
}

#[test]
fn section_3_7_session_with_reinvite() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Alice", ALICE, phone(ALICE));
    let mut proxy = ProxyConfig::new(PROXY_2).place("bob", &[BOB]);
    proxy.records_route = false;
    world.add_proxy("Proxy 2", proxy);
    world.add("Bob", BOB, phone(BOB));
    let alice = invite(&mut world, PROXY_2);
    let bob = ring_and_answer(&mut world);
    assert_connected(&mut world);
    // Bob's address for audio changes.
    world.at(BOB, |phone, now| phone.reoffer(bob, body(b"v=0 elsewhere"), now));
    world.run_millis(100);
    let events = world.events_at(ALICE);
    let is_offered = matches!(&events[..], [Event::Offered { offer: Some(offer), .. }] if offer.as_ref() == b"v=0 elsewhere");
    assert!(is_offered, "{events:?}");
    world.at(ALICE, |phone, now| phone.answer(alice, body(b"v=0 agreed"), now));
    world.run_millis(1_000);
    let events = world.events_at(BOB);
    let is_agreed = matches!(&events[..], [Event::OfferAnswered { answer: Some(answer), .. }] if answer.as_ref() == b"v=0 agreed");
    assert!(is_agreed, "{events:?}");
    hang_up(&mut world, (BOB, bob), (ALICE, alice));
    // Nobody has recorded a route. Alice's ACK still takes the way on which the answer came, as there may be a NAT.
    assert_eq!(routes(&world, &Method::Ack, ALICE), [[] as [&str; 0]]);
    assert_eq!(routes(&world, &Method::Bye, BOB), [[] as [&str; 0]]);
    assert_figure!("3.7", world);
}

#[test]
fn section_3_8_unsuccessful_no_answer() {
    let mut world = two_proxies(None, None);
    let alice = invite(&mut world, PROXY_1);
    world.run_millis(100);
    let bob = ring(&mut world);
    world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::HungUp);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::Cancelled);
    world.assert_empty();
    assert_figure!("3.8", world);
}

#[test]
fn section_3_9_unsuccessful_busy() {
    let mut world = two_proxies(None, None);
    let alice = invite(&mut world, PROXY_1);
    world.run_millis(100);
    let bob = world.incoming(BOB).call;
    world.at(BOB, |phone, now| phone.reject(bob, &Rejection::new(StatusCode::BUSY_HERE), now));
    assert_refused(&mut world, alice, 486);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    assert_figure!("3.9", world);
}

#[test]
fn section_3_10_unsuccessful_no_response() {
    let mut world = two_proxies(None, None);
    world.cut(PROXY_2, BOB);
    let alice = invite(&mut world, PROXY_1);
    assert_refused(&mut world, alice, 480);
    assert!(world.events_at(BOB).is_empty());
    assert_figure!("3.10", world);
}

#[test]
fn section_3_11_unsuccessful_temporarily_unavailable() {
    let mut world = two_proxies(None, None);
    let alice = invite(&mut world, PROXY_1);
    world.run_millis(100);
    let bob = ring(&mut world);
    let later = Rejection::new(StatusCode::TEMPORARILY_UNAVAILABLE);
    world.at(BOB, |phone, now| phone.reject(bob, &later, now));
    assert_refused(&mut world, alice, 480);
    assert_eq!(the_end(&world.events_at(BOB), bob), EndCause::HungUp);
    assert_figure!("3.11", world);
}
