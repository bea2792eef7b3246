//! Phones at a PBX: registration, passwords, trunks.

use centrala_sip::StatusCode;
use centrala_testkit::NetworkConfig;
use centrala_ua::{
    Algorithm, Carrier, Credentials, EndCause, Event, Ha1, Interface, RegistrationConfig,
    RegistrationId, RegistrationState, Secret, Source, Trunk, UnbindCause,
};
use core::time::Duration;

use crate::world::{
    ALICE, ANSWER, BOB, OFFICE, REALM, World, body, call, office, password, phone, the_end,
};

fn world(algorithm: Algorithm) -> World {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    world.add("bob", BOB, phone(BOB));
    world.add("office", OFFICE, office(&["alice", "bob"], algorithm));
    world
}

fn registration(user: &str, password: &str) -> RegistrationConfig {
    RegistrationConfig::new(
        format!("sip:{OFFICE}").parse().unwrap(),
        OFFICE.parse().unwrap(),
        format!("sip:{user}@{OFFICE}").parse().unwrap(),
        Some(Credentials::new(user, password)),
    )
}

fn register(world: &mut World, at: &str, config: RegistrationConfig) -> RegistrationId {
    world.at(at, |phone, now| phone.register(config, now)).unwrap()
}

fn contacts(world: &World, user: &str) -> Vec<String> {
    let bindings = world.peek(OFFICE).bindings(user, world.now());
    bindings
        .iter()
        .map(|binding| format!("{} via {}", binding.contact, binding.flow.remote()))
        .collect()
}

fn states(events: Vec<Event>) -> Vec<RegistrationState> {
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Registration { state, .. } => Some(state),
            _ => None,
        })
        .collect()
}

#[test]
fn a_phone_registers_refreshes_and_unregisters() {
    for algorithm in Algorithm::ALL {
        let mut world = world(algorithm);
        let id = register(&mut world, ALICE, registration("alice", &password("alice")));
        world.run_millis(100);
        let expires = Duration::from_secs(600);
        assert_eq!(states(world.events_at(ALICE)), [RegistrationState::Registered { expires }]);
        assert_eq!(contacts(&world, "alice"), [format!("sip:alice@{ALICE} via {ALICE}")]);
        let events = world.events_at(OFFICE);
        assert!(
            matches!(&events[..], [Event::Registered { user, .. }] if user == "alice"),
            "{events:?}"
        );
        world.run_millis(1_000_000);
        assert_eq!(contacts(&world, "alice").len(), 1, "three refreshes have kept it");
        assert_eq!(states(world.events_at(ALICE)).len(), 3);
        world.events();
        world.at(ALICE, |phone, now| phone.unregister(id, now));
        world.run_to_rest();
        assert_eq!(states(world.events_at(ALICE)), [RegistrationState::Unregistered]);
        let events = world.events_at(OFFICE);
        assert!(
            matches!(&events[..], [Event::Unregistered { cause: UnbindCause::Removed, .. }]),
            "{events:?}"
        );
        assert!(contacts(&world, "alice").is_empty());
        if algorithm == Algorithm::Md5 {
            insta::assert_snapshot!("registration", world.take_ladder());
        }
        world.assert_empty();
    }
}

#[test]
fn the_hash_of_a_password_registers_as_well_as_the_password() {
    let mut world = world(Algorithm::Sha256);
    let mut config = registration("alice", "");
    let mut credentials = Credentials::new("alice", "");
    let hash = Ha1::new(Algorithm::Sha256, "alice", REALM, &password("alice"));
    credentials.secret = Secret::Hashed(vec![hash]);
    credentials.realm = Some(REALM.to_owned());
    config.credentials = Some(credentials);
    register(&mut world, ALICE, config);
    world.run_millis(100);
    assert!(states(world.events_at(ALICE))[0].is_registered());
}

#[test]
fn credentials_go_to_their_realm_only() {
    let mut world = world(Algorithm::Md5);
    let mut config = registration("alice", &password("alice"));
    if let Some(credentials) = &mut config.credentials {
        credentials.realm = Some("elsewhere".to_owned());
    }
    register(&mut world, ALICE, config);
    world.run_millis(100);
    let states = states(world.events_at(ALICE));
    assert!(
        matches!(
            &states[..],
            [RegistrationState::Failed { status: Some(StatusCode::UNAUTHORIZED), .. }]
        ),
        "{states:?}"
    );
    assert!(!world.take_ladder().contains("with credentials"));
}

#[test]
fn a_wrong_password_is_tried_once_and_retried_later() {
    let mut world = world(Algorithm::Md5);
    register(&mut world, ALICE, registration("alice", "wrong"));
    world.run_millis(1_000);
    assert_eq!(world.take_ladder().matches("REGISTER (").count(), 2);
    let states = states(world.events_at(ALICE));
    let [RegistrationState::Failed { status: Some(StatusCode::UNAUTHORIZED), retry_in }] =
        states[..]
    else {
        panic!("{states:?}")
    };
    assert!((15..=30).contains(&retry_in.as_secs()));
    assert!(contacts(&world, "alice").is_empty());
    assert!(world.events_at(OFFICE).is_empty());
}

#[test]
fn a_user_registers_himself_only() {
    let mut world = world(Algorithm::Md5);
    let mut config = registration("bob", "");
    config.credentials = Some(Credentials::new("alice", password("alice")));
    register(&mut world, ALICE, config);
    world.run_millis(1_000);
    let states = states(world.events_at(ALICE));
    assert!(
        matches!(
            &states[..],
            [RegistrationState::Failed { status: Some(StatusCode::FORBIDDEN), .. }]
        ),
        "{states:?}"
    );
    assert!(contacts(&world, "bob").is_empty());
}

#[test]
fn a_lifetime_that_is_too_short_is_raised() {
    let mut world = world(Algorithm::Md5);
    let mut config = registration("alice", &password("alice"));
    config.expires = Duration::from_secs(10);
    register(&mut world, ALICE, config);
    world.run_millis(1_000);
    let expires = Duration::from_secs(60);
    assert_eq!(states(world.events_at(ALICE)), [RegistrationState::Registered { expires }]);
    assert!(world.take_ladder().contains("423 Interval Too Brief"));
}

#[test]
fn a_silent_registrar_is_asked_again() {
    let mut world = world(Algorithm::Md5);
    world.cut(ALICE, OFFICE);
    register(&mut world, ALICE, registration("alice", &password("alice")));
    world.run_millis(33_000);
    let failed = states(world.events_at(ALICE));
    assert!(matches!(&failed[..], [RegistrationState::Failed { status: None, .. }]), "{failed:?}");
    world.mend(ALICE, OFFICE);
    world.run_millis(30_000);
    assert!(states(world.events_at(ALICE))[0].is_registered());
}

#[test]
fn a_registered_phone_calls_through_the_office_with_its_password() {
    let mut world = world(Algorithm::Sha256);
    let mut outgoing = call("alice", "500", OFFICE);
    outgoing.credentials = vec![Credentials::new("alice", password("alice"))];
    let alice = world.at(ALICE, |phone, now| phone.invite(outgoing, now)).unwrap();
    world.run_millis(100);
    let incoming = world.incoming(OFFICE);
    assert_eq!(incoming.source, Source::User("alice".to_owned()));
    assert_eq!(incoming.called.user(), Some("500"));
    assert_eq!(
        (incoming.from.display_name().as_deref(), incoming.max_forwards),
        (Some("alice"), 69)
    );
    world.at(OFFICE, |office, now| office.answer(incoming.call, body(ANSWER), now));
    world.run_millis(100);
    world.at(OFFICE, |office, now| office.hang_up(incoming.call, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(ALICE), alice), EndCause::RemoteHungUp);
    insta::assert_snapshot!("call_with_password", world.take_ladder());
    world.assert_empty();
}

#[test]
fn a_stranger_is_challenged_and_nobody_hears_of_it() {
    let mut world = world(Algorithm::Md5);
    let alice =
        world.at(ALICE, |phone, now| phone.invite(call("alice", "500", OFFICE), now)).unwrap();
    world.run_millis(100);
    assert_eq!(
        world.at(OFFICE, |office, _| office.transaction_count()),
        0,
        "nothing is remembered"
    );
    world.run_to_rest();
    let EndCause::Rejected(rejected) = the_end(&world.events_at(ALICE), alice) else { panic!() };
    assert_eq!(rejected.status, StatusCode::UNAUTHORIZED);
    assert!(world.events_at(OFFICE).is_empty());
    world.assert_empty();
}

#[test]
fn a_trunk_is_trusted_by_its_address() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("telco", ALICE, phone(ALICE));
    let mut config = office(&["alice"], Algorithm::Md5);
    config.trunks.push(Trunk::new("telco", [ALICE.parse().unwrap()]));
    world.add("office", OFFICE, config);
    world.at(ALICE, |telco, now| telco.invite(call("someone", "5550100", OFFICE), now)).unwrap();
    world.run_millis(100);
    assert_eq!(world.incoming(OFFICE).source, Source::Trunk("telco".to_owned()));
    // But nobody registers without a password.
    register(&mut world, ALICE, registration("alice", "wrong"));
    world.run_millis(100);
    assert!(contacts(&world, "alice").is_empty());
}

#[test]
fn a_call_reaches_a_registered_phone_behind_a_nat_by_its_flow() {
    let mut world = world(Algorithm::Md5);
    // Bob believes to be at an address that nobody can reach.
    let mut config = phone(BOB);
    config.interfaces = vec![Interface::new(Carrier::Udp, "10.0.0.7:5060".parse().unwrap())];
    world.add("bob", BOB, config);
    register(&mut world, BOB, registration("bob", &password("bob")));
    world.run_millis(100);
    let binding = world.peek(OFFICE).bindings("bob", world.now())[0].clone();
    assert_eq!(
        (binding.contact.as_str(), binding.flow.remote()),
        ("sip:bob@10.0.0.7:5060", BOB.parse().unwrap())
    );
    let mut outgoing = call("alice", "bob", BOB);
    (outgoing.request_uri, outgoing.destination) = (binding.contact, binding.flow);
    let ours = world.at(OFFICE, |office, now| office.invite(outgoing, now)).unwrap();
    world.run_millis(100);
    let theirs = world.incoming(BOB).call;
    world.at(BOB, |bob, now| bob.answer(theirs, body(ANSWER), now));
    world.run_millis(100);
    let confirmed = world.events_at(BOB);
    assert!(
        confirmed.iter().any(|event| matches!(event, Event::Confirmed { .. })),
        "{confirmed:?}"
    );
    world.at(OFFICE, |office, now| office.hang_up(ours, now));
    world.run_millis(60_000);
    assert_eq!(the_end(&world.events_at(BOB), theirs), EndCause::RemoteHungUp);
}

#[test]
fn a_drained_office_refuses_new_calls_and_keeps_the_old() {
    let mut world = world(Algorithm::Md5);
    let credentials = vec![Credentials::new("alice", password("alice"))];
    let dial = |world: &mut World| {
        let mut outgoing = call("alice", "500", OFFICE);
        outgoing.credentials.clone_from(&credentials);
        let id = world.at(ALICE, |phone, now| phone.invite(outgoing, now)).unwrap();
        world.run_millis(100);
        id
    };
    let first = dial(&mut world);
    let incoming = world.incoming(OFFICE);
    world.at(OFFICE, |office, now| office.answer(incoming.call, body(ANSWER), now));
    world.run_millis(100);
    world.at(OFFICE, |office, _| office.drain(Duration::from_secs(120)));
    let second = dial(&mut world);
    let events = world.events_at(ALICE);
    let EndCause::Rejected(rejected) = the_end(&events, second) else { panic!() };
    assert_eq!(rejected.status, StatusCode::SERVICE_UNAVAILABLE);
    let seconds = rejected.retry_after.unwrap().as_secs();
    assert_eq!(seconds, 120, "what the owner says, exactly");
    world.at(ALICE, |phone, now| phone.hang_up(first, now));
    world.run_to_rest();
    assert_eq!(the_end(&world.events_at(OFFICE), incoming.call), EndCause::RemoteHungUp);
    world.assert_empty();
}

#[test]
fn a_user_who_leaves_is_unregistered_and_cannot_come_back() {
    let mut world = world(Algorithm::Md5);
    register(&mut world, ALICE, registration("alice", &password("alice")));
    world.run_millis(100);
    world.events();
    let users = office(&["bob"], Algorithm::Md5).users;
    world.at(OFFICE, |office, now| office.set_users(users, now));
    let events = world.events_at(OFFICE);
    assert!(
        matches!(&events[..], [Event::Unregistered { user, .. }] if user == "alice"),
        "{events:?}"
    );
    world.run_millis(310_000);
    assert!(contacts(&world, "alice").is_empty());
    let states = states(world.events_at(ALICE));
    assert!(matches!(&states[..], [RegistrationState::Failed { .. }, ..]), "{states:?}");
}
