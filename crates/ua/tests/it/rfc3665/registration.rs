//! Section 2: Bob registers at a server that asks for a password.

use std::collections::BTreeSet;

use centrala_sip::{Message, Response};
use centrala_testkit::NetworkConfig;
use centrala_ua::{
    Algorithm, Credentials, Event, RegistrationConfig, RegistrationState, UnbindCause,
};

use super::assert_figure;
use crate::{
    digest,
    world::{BOB, OFFICE, REALM, World, message, office, password, phone},
};

fn world() -> World {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("Bob", BOB, phone(BOB));
    world.add("SIP Server", OFFICE, office(&["bob"], Algorithm::Md5));
    world
}

fn registration(password: &str) -> RegistrationConfig {
    let registrar = format!("sip:{OFFICE}").parse().unwrap();
    let bob = format!("sip:bob@{OFFICE}").parse().unwrap();
    let credentials = Some(Credentials::new("bob", password));
    RegistrationConfig::new(registrar, OFFICE.parse().unwrap(), bob, credentials)
}

fn contacts(world: &World) -> Vec<String> {
    let bindings = world.peek(OFFICE).bindings("bob", world.now());
    bindings.into_iter().map(|binding| binding.contact.to_string()).collect()
}

fn states(world: &mut World) -> Vec<RegistrationState> {
    let told = world.events_at(BOB).into_iter();
    told.filter_map(|event| match event {
        Event::Registration { state, .. } => Some(state),
        _ => None,
    })
    .collect()
}

/// The responses of the server to what Bob has sent.
fn responses(world: &World) -> Vec<Response> {
    let server = OFFICE.parse().unwrap();
    let sent = world.sent().iter().filter(|sent| sent.from == server).map(message);
    sent.filter_map(|message| match message {
        Message::Response(response) => Some(response),
        Message::Request(_) => None,
    })
    .collect()
}

/// A registration that Bob's telephone writes by itself, after its number, with the Contacts that it wants.
fn register_by_hand(world: &mut World, number: u32, contact: &str) {
    let nonce = responses(world).iter().find_map(|response| {
        let challenge = response.challenges().next()?.unwrap();
        Some(challenge.param("nonce").unwrap().into_owned())
    });
    let uri = format!("sip:{OFFICE}");
    let authorization = nonce.map_or_else(String::new, |nonce| {
        let credentials = digest::sign("REGISTER", &uri, ("bob", REALM), &nonce, number);
        format!("Authorization: {credentials}\r\n")
    });
    let text = format!(
        "REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {BOB};branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:bob@{OFFICE}>;tag=bob\r\nTo: <sip:bob@{OFFICE}>\r\nCall-ID: by-hand\r\n\
         CSeq: {number} REGISTER\r\n{authorization}{contact}Content-Length: 0\r\n\r\n"
    );
    world.send_by_hand(BOB, OFFICE, &text);
    world.run_millis(100);
}

#[test]
fn section_2_1_successful_new_registration() {
    let mut world = world();
    world.at(BOB, |bob, now| bob.register(registration(&password("bob")), now)).unwrap();
    world.run_millis(100);
    assert!(matches!(states(&mut world)[..], [RegistrationState::Registered { .. }]));
    assert_eq!(contacts(&world), [format!("sip:bob@{BOB}")]);
    assert_figure!("2.1", world);
}

#[test]
fn section_2_2_update_of_contact_list() {
    let mut world = world();
    register_by_hand(&mut world, 1, "Contact: <sip:bob@192.0.2.2>\r\n");
    register_by_hand(&mut world, 2, "Contact: <sip:bob@192.0.2.2>\r\n");
    assert_eq!(contacts(&world), ["sip:bob@192.0.2.2"]);
    let before = world.sent().len();
    register_by_hand(&mut world, 3, "Contact: <sip:bob@192.0.2.77>;q=0.7\r\n");
    assert_eq!(contacts(&world), ["sip:bob@192.0.2.2", "sip:bob@192.0.2.77"]);
    let listed = responses(&world).last().unwrap().contacts().count();
    assert_eq!(listed, 2, "the response lists both");
    world.forget_sent(before);
    assert_figure!("2.2", world);
}

#[test]
fn section_2_3_request_for_current_contact_list() {
    let mut world = world();
    register_by_hand(&mut world, 1, "");
    register_by_hand(&mut world, 2, "Contact: <sip:bob@192.0.2.2>, <mailto:bob@example.com>\r\n");
    register_by_hand(&mut world, 3, "Contact: <sip:bob@192.0.2.77>\r\n");
    let before = world.sent().len();
    register_by_hand(&mut world, 4, "");
    let last = responses(&world).pop().unwrap();
    assert_eq!(last.status().as_u16(), 200);
    let listed: BTreeSet<_> = last
        .contacts()
        .map(|contact| contact.unwrap().address().unwrap().uri().to_string())
        .collect();
    assert_eq!(listed, contacts(&world).into_iter().collect());
    assert!(listed.len() >= 2, "{listed:?}");
    world.forget_sent(before);
    assert_figure!("2.3", world);
}

#[test]
fn section_2_4_cancellation_of_registration() {
    let mut world = world();
    register_by_hand(&mut world, 1, "");
    register_by_hand(&mut world, 2, "Contact: <sip:bob@192.0.2.2>, <sip:bob@192.0.2.77>\r\n");
    assert_eq!(contacts(&world).len(), 2);
    let before = world.sent().len();
    world.events();
    register_by_hand(&mut world, 3, "Contact: *\r\nExpires: 0\r\n");
    assert_eq!(contacts(&world), [] as [&str; 0]);
    let told = world.events_at(OFFICE);
    let is_removal =
        |event: &Event| matches!(event, Event::Unregistered { cause: UnbindCause::Removed, .. });
    assert!(told.len() == 2 && told.iter().all(is_removal), "{told:?}");
    world.forget_sent(before);
    assert_figure!("2.4", world);
}

#[test]
fn section_2_5_unsuccessful_registration() {
    let mut world = world();
    world.at(BOB, |bob, now| bob.register(registration("wrong"), now)).unwrap();
    world.run_millis(100);
    let states = states(&mut world);
    let is_refused = matches!(&states[..], [RegistrationState::Failed { status: Some(status), .. }] if status.as_u16() == 401);
    assert!(is_refused, "{states:?}");
    assert_eq!(contacts(&world), [] as [&str; 0]);
    assert_figure!("2.5", world);
}
