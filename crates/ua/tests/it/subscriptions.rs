//! Subscriptions: mailboxes and calls that telephones watch, and lamps of telephones that do not ask.

use centrala_sip::{
    HeaderName, Message, MessageClass, MessageCounts, MessageSummary, Method, Response, StatusCode,
};
use centrala_testkit::{Dice, NetworkConfig};
use centrala_ua::{
    Algorithm, Credentials, DialogInfo, DialogPhase, DialogState, Event, EventPackage, Ha1,
    Publication, PublishedState, RegistrationConfig, SubscriptionConfig, SubscriptionId,
    SubscriptionStatus, Unsolicited, User, Watchers,
};
use core::time::Duration;

use crate::world::{ALICE, BOB, OFFICE, REALM, World, message, office, password, phone};

/// Alice and Bob at an office that has a mailbox for each.
fn world(network: NetworkConfig, seed: u64) -> World {
    let mut world = World::new(network, seed);
    world.add("alice", ALICE, phone(ALICE));
    world.add("bob", BOB, phone(BOB));
    world.add("office", OFFICE, office(&["alice", "bob"], Algorithm::Md5));
    publish(&mut world, "alice", messages(0));
    publish(&mut world, "bob", messages(0));
    publish(&mut world, "alice", calls(None));
    world
}

fn quiet() -> World {
    world(NetworkConfig::default(), 1)
}

fn summary(new: u32) -> MessageSummary {
    let counts = MessageCounts::new(MessageClass::VOICE, new, 0);
    MessageSummary::new(new > 0).with_counts(counts)
}

fn messages(new: u32) -> Publication {
    Publication::new(PublishedState::Messages(summary(new)))
}

fn calls(phase: Option<DialogPhase>) -> Publication {
    let dialogs = phase.map(|phase| DialogState::new("1", phase));
    Publication::new(PublishedState::Dialogs(DialogInfo::new(dialogs)))
}

fn publish(world: &mut World, name: &str, publication: Publication) {
    world.at(OFFICE, |office, now| office.publish(name, publication, now));
}

fn watch(
    world: &mut World,
    at: &str,
    user: &str,
    (package, resource): (EventPackage, &str),
) -> SubscriptionId {
    let config = SubscriptionConfig::new(
        package,
        format!("sip:{resource}@{OFFICE}").parse().unwrap(),
        OFFICE.parse().unwrap(),
        format!("sip:{user}@{OFFICE}").parse().unwrap(),
        Some(Credentials::new(user, password(user))),
    );
    world.at(at, |phone, now| phone.subscribe(config, now)).unwrap()
}

fn register(world: &mut World, at: &str, user: &str) {
    let config = RegistrationConfig::new(
        format!("sip:{OFFICE}").parse().unwrap(),
        OFFICE.parse().unwrap(),
        format!("sip:{user}@{OFFICE}").parse().unwrap(),
        Some(Credentials::new(user, password(user))),
    );
    world.at(at, |phone, now| phone.register(config, now)).unwrap();
}

const MAILBOX: (EventPackage, &str) = (EventPackage::MessageSummary, "alice");
const CALLS: (EventPackage, &str) = (EventPackage::Dialog, "alice");

/// What a telephone was told about its subscriptions and its lamp, a line each.
fn told(world: &mut World, at: &str) -> Vec<String> {
    let last_line = |body: &[u8]| {
        let text = String::from_utf8(body.to_vec()).unwrap();
        text.lines().last().unwrap_or_default().trim_end_matches(" (0/0)").to_owned()
    };
    world
        .events_at(at)
        .into_iter()
        .filter_map(|event| match event {
            Event::Subscription { state, .. } => Some(match state {
                SubscriptionStatus::Active { expires } => format!("active {}", expires.as_secs()),
                SubscriptionStatus::Unrefreshed { status, .. } => {
                    format!("unrefreshed {}", status.map_or(0, StatusCode::as_u16))
                }
                SubscriptionStatus::Failed { status, .. } => {
                    format!("failed {}", status.map_or(0, StatusCode::as_u16))
                }
                SubscriptionStatus::Ended { reason } => {
                    format!("ended {}", reason.unwrap_or_default())
                }
                _ => unreachable!(),
            }),
            Event::Notified { package: EventPackage::MessageSummary, body, .. } => {
                Some(last_line(&body))
            }
            Event::Notified { body, .. } => Some(state_in(&body)),
            Event::MessagesWaiting { summary, .. } => {
                Some(format!("lamp: {}", last_line(&summary.to_bytes())))
            }
            _ => None,
        })
        .collect()
}

/// The version and the state in a document about calls.
fn state_in(body: &[u8]) -> String {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let between = |start: &str, end: &str| {
        let rest = text.rsplit(start).next().unwrap();
        rest.split(end).next().unwrap().to_owned()
    };
    format!("{} {}", between("info\" version=\"", "\""), between("<state>", "</state>"))
}

#[test]
fn a_telephone_watches_its_mailbox() {
    let mut world = quiet();
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(1_000);
    publish(&mut world, "alice", messages(2));
    world.run_millis(1_000);
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    let expected = [
        "Voice-Message: 0/0",
        "active 3600",
        "Voice-Message: 2/0",
        "Voice-Message: 2/0",
        "ended timeout",
    ];
    let mut told = told(&mut world, ALICE);
    // The 200 and the NOTIFY come at the same time.
    told[..2].sort_unstable();
    assert_eq!(told, expected);
    insta::assert_snapshot!("mailbox", world.take_ladder());
    world.assert_empty();
}

#[test]
fn everybody_in_the_office_may_see_who_talks_and_nobody_anothers_messages() {
    let mut world = quiet();
    let calls_of_alice = watch(&mut world, BOB, "bob", CALLS);
    world.run_millis(2_000);
    publish(&mut world, "alice", calls(Some(DialogPhase::Early)));
    world.run_millis(2_000);
    publish(&mut world, "alice", calls(Some(DialogPhase::Confirmed)));
    world.run_millis(2_000);
    publish(&mut world, "alice", calls(None));
    world.run_millis(2_000);
    let mut states = told(&mut world, BOB);
    states.retain(|line| !line.starts_with("active"));
    assert_eq!(states, ["0 terminated", "1 early", "2 confirmed", "3 terminated"]);
    world.at(BOB, |bob, now| bob.unsubscribe(calls_of_alice, now));
    world.run_millis(100);
    told(&mut world, BOB);

    for resource in ["alice", "nobody"] {
        let mailbox = watch(&mut world, BOB, "bob", (EventPackage::MessageSummary, resource));
        world.run_millis(100);
        assert_eq!(told(&mut world, BOB), ["failed 403"], "{resource}");
        world.at(BOB, |bob, now| bob.unsubscribe(mailbox, now));
        assert_eq!(told(&mut world, BOB), ["ended "], "{resource}");
    }
    let nobody = watch(&mut world, BOB, "bob", (EventPackage::Dialog, "nobody"));
    world.run_millis(100);
    world.at(BOB, |bob, now| bob.unsubscribe(nobody, now));
    world.run_to_rest();
    assert_eq!(told(&mut world, BOB), ["failed 404", "ended "]);
    world.assert_empty();
}

#[test]
fn changes_in_quick_succession_are_told_as_one() {
    let mut world = quiet();
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    told(&mut world, ALICE);
    for new in 1..=20 {
        publish(&mut world, "alice", messages(new));
        world.run_millis(30);
    }
    world.run_millis(2_000);
    assert_eq!(told(&mut world, ALICE), ["Voice-Message: 1/0", "Voice-Message: 20/0"]);
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_subscription_is_kept_up_for_a_day() {
    let mut world = quiet();
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_for(Duration::from_secs(86_400));
    assert_eq!(world.peek(OFFICE).watcher_count(), 1);
    assert!(told(&mut world, ALICE).iter().filter(|line| *line == "active 3600").count() > 40);
    publish(&mut world, "alice", messages(1));
    world.run_millis(100);
    assert_eq!(told(&mut world, ALICE), ["Voice-Message: 1/0"]);
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_telephone_that_vanishes_is_forgotten() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    world.cut(OFFICE, ALICE);
    publish(&mut world, "alice", messages(1));
    world.run_millis(31_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 1);
    world.run_millis(2_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 0);
    assert_eq!(world.peek(OFFICE).transaction_count(), 0);
}

#[test]
fn a_telephone_that_never_refreshes_is_forgotten() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    world.cut(ALICE, OFFICE);
    world.cut(OFFICE, ALICE);
    world.run_for(Duration::from_secs(3_640));
    assert_eq!(world.peek(OFFICE).watcher_count(), 0);
}

#[test]
fn a_telephone_that_has_started_anew_does_not_know_the_old_subscription() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    world.add("alice", ALICE, phone(ALICE));
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(1_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 2);
    publish(&mut world, "alice", messages(1));
    world.run_millis(1_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 1, "it said 481");
    world.run_millis(1_000);
    assert_eq!(told(&mut world, ALICE).last().unwrap(), "Voice-Message: 1/0");
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn an_office_that_has_started_anew_is_asked_anew() {
    let mut world = quiet();
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    world.add("office", OFFICE, office(&["alice", "bob"], Algorithm::Md5));
    publish(&mut world, "alice", messages(3));
    told(&mut world, ALICE);
    world.run_for(Duration::from_secs(1_900));
    let mut told_then = told(&mut world, ALICE);
    told_then.sort_unstable();
    assert_eq!(told_then, ["Voice-Message: 3/0", "active 3600"], "at the refresh");
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn before_a_restart_the_watchers_are_told_when_to_come_back() {
    let mut world = quiet();
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    told(&mut world, ALICE);
    let pause = Duration::from_secs(40);
    world.at(OFFICE, |office, now| office.close_subscriptions(pause, now));
    world.run_millis(1_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 0);
    assert_eq!(told(&mut world, ALICE), ["Voice-Message: 0/0", "failed 0"]);
    world.run_millis(38_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 0);
    world.run_millis(2_000);
    assert_eq!(world.peek(OFFICE).watcher_count(), 1);
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_user_who_leaves_watches_nothing_any_more() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    watch(&mut world, BOB, "bob", CALLS);
    world.run_millis(2_000);
    told(&mut world, ALICE);
    let mut users = office(&["alice", "bob"], Algorithm::Md5).users;
    users.remove("bob");
    world.at(OFFICE, |office, now| office.set_users(users, now));
    world.run_millis(1_000);
    assert_eq!(told(&mut world, BOB).last().unwrap(), "ended rejected");
    let package = EventPackage::MessageSummary;
    world.at(OFFICE, |office, now| office.withdraw("alice", package, now));
    world.run_millis(1_000);
    assert_eq!(told(&mut world, ALICE), ["ended noresource"]);
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn whoever_knew_an_old_password_watches_nothing_any_more() {
    let mut world = quiet();
    register(&mut world, ALICE, "alice");
    watch(&mut world, ALICE, "alice", MAILBOX);
    watch(&mut world, BOB, "bob", CALLS);
    world.run_millis(2_000);
    world.events();
    let mut users = office(&["alice", "bob"], Algorithm::Md5).users;
    let secret = Ha1::new(Algorithm::Md5, "alice", REALM, "another");
    users.insert("alice".to_owned(), User::new(vec![secret]));
    world.at(OFFICE, |office, now| office.set_users(users, now));
    let gone = world.events_at(OFFICE);
    assert!(matches!(&gone[..], [Event::Unregistered { user, .. }] if user == "alice"), "{gone:?}");
    world.run_millis(5_000);
    // It may come back at once, with the new password.
    assert_eq!(told(&mut world, ALICE), ["failed 0", "failed 401"]);
    assert!(told(&mut world, BOB).is_empty(), "his is the same");
    assert_eq!(world.peek(OFFICE).watcher_count(), 1);
}

#[test]
fn whoever_saw_the_tags_of_a_subscription_cannot_move_it() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(2_000);
    let signed = world.sent().iter().map(message).filter_map(|message| match message {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    });
    let signed = signed.filter(|one| *one.method() == Method::Subscribe).last().unwrap();
    let text = String::from_utf8(signed.to_bytes().to_vec()).unwrap();
    let notify = world.sent().iter().map(message).find_map(|message| match message {
        Message::Request(request) if *request.method() == Method::Notify => Some(request),
        _ => None,
    });
    let tag = notify.unwrap().from().unwrap().tag().unwrap().to_owned();
    let to = format!("To: <sip:alice@{OFFICE}>");
    assert!(text.contains(&to), "{text}");
    let thief = "192.0.2.66:5060";
    let stolen = text
        .replace(&to, &format!("{to};tag={tag}"))
        .replace("z9hG4bK", "z9hG4bKstolen")
        .replace("CSeq: 2 ", "CSeq: 9 ")
        .replace(ALICE, thief);
    for text in [
        stolen.clone(),
        // Without what was signed.
        stolen.lines().filter(|line| !line.starts_with("Auth")).fold(String::new(), |all, line| {
            let line = line.replace("CSeq: 9 ", "CSeq: 10 ").replace("stolen", "again");
            format!("{all}{line}\r\n")
        }),
    ] {
        let Message::Response(response) = world.inject(thief, OFFICE, &text).remove(0) else {
            panic!()
        };
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{text}");
    }
    publish(&mut world, "alice", messages(1));
    world.run_millis(2_000);
    assert_eq!(
        told(&mut world, ALICE).last().unwrap(),
        "Voice-Message: 1/0",
        "she is told, not he"
    );
}

#[test]
fn an_office_that_closes_takes_no_new_watchers() {
    let mut world = quiet();
    world.at(OFFICE, |office, _| office.drain(Duration::from_secs(60)));
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(100);
    assert_eq!(told(&mut world, ALICE), ["failed 503"]);
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_to_rest();
    world.assert_empty();
}

#[test]
fn a_telephone_that_does_not_subscribe_is_told_all_the_same() {
    let mut world = quiet();
    publish(&mut world, "alice", messages(1));
    register(&mut world, ALICE, "alice");
    world.run_millis(900);
    assert!(told(&mut world, ALICE).is_empty(), "it may subscribe yet");
    world.run_millis(600);
    assert_eq!(told(&mut world, ALICE), ["lamp: Voice-Message: 1/0"]);
    insta::assert_snapshot!("lamp", world.take_ladder());
    publish(&mut world, "alice", messages(0));
    world.run_millis(2_000);
    publish(&mut world, "bob", messages(7));
    world.run_millis(2_000);
    assert_eq!(told(&mut world, ALICE), ["lamp: Voice-Message: 0/0"]);
    world.run_for(Duration::from_secs(4_000));
    assert!(told(&mut world, ALICE).is_empty(), "refreshes of the registration tell nothing");
    assert_eq!(world.peek(OFFICE).watcher_count(), 0);
}

#[test]
fn a_mailbox_that_is_published_later_lights_telephones_that_are_there() {
    let mut world = quiet();
    let package = EventPackage::MessageSummary;
    world.at(OFFICE, |office, now| office.withdraw("alice", package, now));
    register(&mut world, ALICE, "alice");
    world.run_millis(5_000);
    assert!(told(&mut world, ALICE).is_empty());
    publish(&mut world, "alice", messages(4));
    world.run_millis(2_000);
    assert_eq!(told(&mut world, ALICE), ["lamp: Voice-Message: 4/0"]);
}

#[test]
fn a_telephone_that_subscribes_is_told_once() {
    let mut world = quiet();
    register(&mut world, ALICE, "alice");
    world.run_millis(300);
    let id = watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(3_000);
    publish(&mut world, "alice", messages(1));
    world.run_millis(3_000);
    let mut told_then = told(&mut world, ALICE);
    told_then[..2].sort_unstable();
    assert_eq!(told_then, ["Voice-Message: 0/0", "active 3600", "Voice-Message: 1/0"]);
    // Without its subscription it is told as others are.
    world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
    world.run_millis(3_000);
    told(&mut world, ALICE);
    publish(&mut world, "alice", messages(2));
    world.run_millis(3_000);
    assert_eq!(told(&mut world, ALICE), ["lamp: Voice-Message: 2/0"]);
}

#[test]
fn a_telephone_that_refuses_is_left_alone_until_it_registers_anew() {
    let mut world = quiet();
    register(&mut world, ALICE, "alice");
    world.run_millis(100);
    // Another program at the same address knows nothing of a registration.
    world.add("alice", ALICE, phone(ALICE));
    world.run_millis(2_000);
    let notifies = |world: &World| {
        let is_notify = |sent: &&_| matches!(message(sent), Message::Request(one) if one.method().as_str() == "NOTIFY");
        world.sent().iter().filter(is_notify).count()
    };
    assert_eq!(notifies(&world), 1, "it was answered by 481");
    publish(&mut world, "alice", messages(1));
    world.run_millis(5_000);
    assert_eq!(notifies(&world), 1);
    register(&mut world, ALICE, "alice");
    world.run_millis(2_000);
    assert_eq!(told(&mut world, ALICE), ["lamp: Voice-Message: 1/0"]);
}

#[test]
fn nobody_is_told_unasked_where_that_is_not_wanted() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    let mut config = office(&["alice"], Algorithm::Md5);
    config.notifier.unsolicited = Unsolicited::Never;
    world.add("office", OFFICE, config);
    publish(&mut world, "alice", messages(1));
    register(&mut world, ALICE, "alice");
    world.run_millis(5_000);
    publish(&mut world, "alice", messages(2));
    world.run_millis(5_000);
    assert!(told(&mut world, ALICE).is_empty());
}

/// What was lost comes again, what came twice counts once, what was overtaken is not believed.
#[test]
fn on_a_bad_network_every_telephone_knows_the_state_when_all_is_quiet() {
    for seed in 0..150 {
        let mut world = world(NetworkConfig::lossy(20), seed);
        let mut dice = Dice::new(seed);
        let id = watch(&mut world, ALICE, "alice", MAILBOX);
        let by_lamp = seed % 3 == 0;
        if by_lamp {
            register(&mut world, BOB, "bob");
        }
        let mut newest = 0;
        for step in 1..=10 {
            world.run_millis(dice.below(4_000));
            newest = step;
            publish(&mut world, "alice", messages(newest));
            publish(&mut world, "bob", messages(newest));
        }
        world.run_millis(120_000);
        let expected = format!("Voice-Message: {newest}/0");
        let mut states = told(&mut world, ALICE);
        states.retain(|line| line.starts_with("Voice"));
        assert_eq!(states.last(), Some(&expected), "seed {seed}: {states:?}");
        let number = |line: &String| {
            line.trim_start_matches("Voice-Message: ")
                .split('/')
                .next()
                .unwrap()
                .parse::<u32>()
                .unwrap()
        };
        assert!(states.iter().map(number).is_sorted(), "seed {seed}: nothing old after the new");
        if by_lamp {
            let lamps = told(&mut world, BOB);
            assert_eq!(lamps.last(), Some(&format!("lamp: {expected}")), "seed {seed}");
        } else {
            world.at(ALICE, |alice, now| alice.unsubscribe(id, now));
            world.run_to_rest();
            assert_eq!(world.peek(ALICE).subscription_count(), 0, "seed {seed}");
            world.assert_empty();
        }
    }
}

/// An office that everybody may watch.
fn open_office() -> World {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("office", OFFICE, phone(OFFICE));
    let mut mailbox = messages(0);
    mailbox.watchers = Watchers::Anybody;
    publish(&mut world, "alice", mailbox);
    world
}

fn subscribe(to_tag: &str, number: u32, lines: &str) -> String {
    request("SUBSCRIBE", to_tag, number, &format!("Contact: <sip:alice@{ALICE}>\r\n{lines}"))
}

fn request(method: &str, to_tag: &str, number: u32, lines: &str) -> String {
    format!(
        "{method} sip:alice@192.0.2.10 SIP/2.0\r\n\
         Via: SIP/2.0/UDP {ALICE};branch=z9hG4bK{method}{number};rport\r\n\
         From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:alice@example.com>{to_tag}\r\n\
         Call-ID: one\r\nCSeq: {number} {method}\r\n{lines}\r\n"
    )
}

/// The response to a request, and how many requests follow it at once.
fn answer(world: &mut World, datagram: &str) -> (Response, Vec<centrala_sip::Request>) {
    let mut sent = world.inject(ALICE, OFFICE, datagram).into_iter();
    let Some(Message::Response(response)) = sent.next() else { panic!("the response comes first") };
    let requests = sent.map(|message| match message {
        Message::Request(request) => request,
        Message::Response(_) => panic!("there is one response"),
    });
    (response, requests.collect())
}

#[test]
fn every_fault_of_a_subscribe_gets_the_answer_of_the_rfc() {
    let mwi = "Event: message-summary\r\n";
    let packages = Some((&HeaderName::ALLOW_EVENTS, "message-summary, dialog"));
    let minimum = Some((&HeaderName::MIN_EXPIRES, "60"));
    let cases = [
        ("no event", String::new(), 489, packages),
        ("another event", "Event: presence\r\n".to_owned(), 489, packages),
        ("a template", "Event: dialog.winfo\r\n".to_owned(), 489, packages),
        ("a malformed event", "Event: ;id\r\n".to_owned(), 400, None),
        ("nobody has calls here", "Event: dialog\r\n".to_owned(), 403, None),
        ("another body", format!("{mwi}Accept: text/plain\r\n"), 406, None),
        ("no body", format!("{mwi}Accept: */*;q=0\r\n"), 406, None),
        ("any body", format!("{mwi}Accept: text/plain, application/*\r\n"), 200, None),
        ("too short", format!("{mwi}Expires: 59\r\n"), 423, minimum),
        ("an extension", format!("{mwi}Require: magic\r\n"), 420, None),
        ("all is well", format!("{mwi}Expires: 600\r\n"), 200, Some((&HeaderName::EXPIRES, "600"))),
        ("too long", format!("{mwi}Expires: 86400\r\n"), 200, Some((&HeaderName::EXPIRES, "3600"))),
    ];
    for (name, lines, status, header) in cases {
        let mut world = open_office();
        let (response, notifies) = answer(&mut world, &subscribe("", 1, &lines));
        assert_eq!(response.status().as_u16(), status, "{name}");
        if let Some((header, value)) = header {
            assert_eq!(response.header_str(header), Some(value), "{name}");
        }
        assert_eq!(notifies.len(), usize::from(status == 200), "{name}");
        assert_eq!(world.peek(OFFICE).watcher_count(), notifies.len(), "{name}");
    }
    let mut world = open_office();
    let contactless = request("SUBSCRIBE", "", 1, mwi);
    assert_eq!(answer(&mut world, &contactless).0.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn strangers_are_asked_who_they_are_before_anything_else() {
    let mut world = quiet();
    for lines in ["", "Event: presence\r\n", "Event: message-summary\r\n", "Event: dialog\r\n"] {
        let (response, requests) = answer(&mut world, &subscribe("", 1, lines));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{lines}");
        assert!(requests.is_empty());
    }
    let lines = "Event: message-summary\r\nSubscription-State: active\r\n";
    let (response, _) = answer(&mut world, &request("NOTIFY", "", 2, lines));
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(world.peek(OFFICE).transaction_count(), 0, "and leave nothing");
}

/// The first NOTIFY has the id of the event, the route that was recorded, and the contact as its target.
#[test]
fn a_dialog_of_a_subscription_has_one_use() {
    let mut world = open_office();
    let mwi = "Event: message-summary;id=x7;private=yes\r\n";
    let route = format!("{mwi}Record-Route: <sip:{ALICE};lr>\r\n");
    let (response, notifies) = answer(&mut world, &subscribe("", 10, &route));
    let tag = format!(";tag={}", response.to().unwrap().tag().unwrap());
    let notify = &notifies[0];
    let header = |name| notify.header_str(name);
    assert_eq!(header(&HeaderName::EVENT), Some("message-summary;id=x7"));
    assert_eq!(header(&HeaderName::ROUTE), Some("<sip:192.0.2.1:5060;lr>"));
    assert_eq!(header(&HeaderName::SUBSCRIPTION_STATE), Some("active;expires=3600"));
    assert_eq!(notify.uri().to_string(), "sip:alice@192.0.2.1:5060");
    assert_eq!(notify.to().unwrap().tag(), Some("a1"));

    let other = "Event: message-summary\r\n";
    let cases = [
        ("an old number", subscribe(&tag, 9, mwi), 500),
        ("another id", subscribe(&tag, 11, other), 403),
        ("another package", subscribe(&tag, 12, "Event: presence\r\n"), 489),
        ("too short", subscribe(&tag, 13, &format!("{mwi}Expires: 5\r\n")), 423),
        ("a refresh", subscribe(&tag, 14, mwi), 200),
        ("options", request("OPTIONS", &tag, 15, ""), 200),
        ("bye", request("BYE", &tag, 16, ""), 405),
        ("another dialog", subscribe(";tag=other", 17, mwi), 481),
        ("the end", subscribe(&tag, 18, &format!("{mwi}Expires: 0\r\n")), 200),
        ("after the end", subscribe(&tag, 19, mwi), 481),
    ];
    for (name, datagram, status) in cases {
        let (response, _) = answer(&mut world, &datagram);
        assert_eq!(response.status().as_u16(), status, "{name}");
    }
}

#[test]
fn every_fault_of_a_notify_gets_the_answer_of_the_rfc() {
    let mut world = quiet();
    watch(&mut world, ALICE, "alice", MAILBOX);
    world.run_millis(1_000);
    told(&mut world, ALICE);
    let sent: Vec<_> = world.sent().iter().map(message).collect();
    let mine = sent.iter().find_map(|message| match message {
        Message::Request(request) if request.method().as_str() == "NOTIFY" => Some(request.clone()),
        _ => None,
    });
    let mine = mine.unwrap();
    let mut notify = |number: u32, changes: &[(&HeaderName, &str)], body: Option<(&str, &str)>| {
        let mut request = mine.clone();
        request.set(&HeaderName::CSEQ, format!("{number} NOTIFY")).unwrap();
        let via = format!("SIP/2.0/UDP {OFFICE};branch=z9hG4bKn{number}");
        request.set(&HeaderName::VIA, via).unwrap();
        for (name, value) in changes {
            if value.is_empty() {
                request.remove(name);
            } else {
                request.set(name, value).unwrap();
            }
        }
        if let Some((kind, body)) = body {
            request.set_body(kind, body.to_owned()).unwrap();
        }
        let datagram = String::from_utf8(request.to_bytes().to_vec()).unwrap();
        match &world.inject(OFFICE, ALICE, &datagram)[..] {
            [Message::Response(response)] => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    let summary = "application/simple-message-summary";
    assert_eq!(notify(1, &[], None), 500, "an old number");
    assert_eq!(notify(20, &[(&HeaderName::EVENT, "dialog")], None), 489);
    assert_eq!(notify(21, &[(&HeaderName::EVENT, "")], None), 400);
    assert_eq!(notify(22, &[(&HeaderName::SUBSCRIPTION_STATE, "")], None), 400);
    assert_eq!(notify(23, &[], Some(("text/plain", "hello"))), 415);
    let encoded = [(&HeaderName::CONTENT_ENCODING, "gzip")];
    assert_eq!(notify(24, &encoded, Some((summary, "hello"))), 415);
    assert_eq!(notify(25, &[(&HeaderName::CALL_ID, "other")], None), 481);
    assert_eq!(notify(26, &[], Some((summary, "Messages-Waiting: yes\r\n"))), 200);
    assert_eq!(told(&mut world, ALICE), ["Messages-Waiting: yes"]);
}

#[test]
fn a_lamp_is_lit_by_the_registrar_alone() {
    let mut world = quiet();
    register(&mut world, ALICE, "alice");
    world.run_millis(3_000);
    told(&mut world, ALICE);
    let body = "Messages-Waiting: yes\r\n";
    let notify = |number: u32, event: &str, body: &str| {
        let lines = format!(
            "Event: {event}\r\nSubscription-State: terminated\r\n\
             Content-Type: application/simple-message-summary\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        request("NOTIFY", "", number, &lines)
    };
    let mut status = |from: &str, datagram: &str| {
        let text = datagram.trim_end_matches("\r\n").to_owned() + "\r\n";
        match &world.inject(from, ALICE, &text)[..] {
            [Message::Response(response)] => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(status(BOB, &notify(1, "message-summary", body)), 481);
    assert_eq!(status(OFFICE, &notify(2, "presence", body)), 489);
    assert_eq!(status(OFFICE, &notify(3, "message-summary", "nonsense")), 400);
    let to_another = notify(5, "message-summary", body).replacen("sip:alice@", "sip:bob@", 1);
    assert_eq!(status(OFFICE, &to_another), 481, "as nobody of ours");
    assert_eq!(status(OFFICE, &notify(4, "message-summary", body)), 200);
    assert_eq!(told(&mut world, ALICE), ["lamp: Messages-Waiting: yes"]);
}

/// The response to a request of ours, by hand.
fn response_to(request: &centrala_sip::Request, status: &str, tag: &str, lines: &str) -> String {
    let header = |name| request.header_str(name).unwrap();
    let to = header(&HeaderName::TO);
    let to = if to.contains("tag=") { to.to_owned() } else { format!("{to};tag={tag}") };
    format!(
        "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n{lines}\r\n",
        header(&HeaderName::VIA),
        header(&HeaderName::FROM),
        header(&HeaderName::CALL_ID),
        header(&HeaderName::CSEQ),
    )
}

#[test]
fn a_notify_that_fails_is_sent_again_or_ends_the_subscription() {
    let cases = [
        ("200 OK", "", 1),
        ("503 Service Unavailable", "Retry-After: 20\r\n", 1),
        ("500 Server Internal Error", "", 0),
        ("481 Call/Transaction Does Not Exist", "Retry-After: 20\r\n", 0),
        ("489 Bad Event", "Retry-After: 20\r\n", 0),
    ];
    for (status, lines, watchers) in cases {
        let mut world = open_office();
        let (_, notifies) = answer(&mut world, &subscribe("", 1, "Event: message-summary\r\n"));
        world.inject(ALICE, OFFICE, &response_to(&notifies[0], "100 Trying", "", ""));
        assert_eq!(world.peek(OFFICE).watcher_count(), 1);
        world.inject(ALICE, OFFICE, &response_to(&notifies[0], status, "", lines));
        assert_eq!(world.peek(OFFICE).watcher_count(), watchers, "{status}");
        let again = |world: &World| world.sent().len();
        world.run_millis(19_000);
        assert_eq!(again(&world), 0, "{status}");
        world.run_millis(1_100);
        assert_eq!(again(&world) > 0, lines.len() * watchers > 0, "{status}");
    }
}

#[test]
fn a_refresh_may_name_another_target_and_the_route_stays() {
    let mut world = open_office();
    let lines = "Event: message-summary\r\nRecord-Route: <sip:192.0.2.1:5060;lr>\r\n";
    let (response, notifies) = answer(&mut world, &subscribe("", 1, lines));
    let route = response.header_str(&HeaderName::RECORD_ROUTE);
    assert_eq!(route, Some("<sip:192.0.2.1:5060;lr>"));
    let tag = format!(";tag={}", response.to().unwrap().tag().unwrap());
    world.inject(ALICE, OFFICE, &response_to(&notifies[0], "200 OK", "", ""));
    let moved = subscribe(&tag, 2, lines).replace("<sip:alice@192.0.2.1", "<sip:moved@192.0.2.1");
    let (_, notifies) = answer(&mut world, &moved);
    assert_eq!(notifies[0].uri().to_string(), "sip:moved@192.0.2.1:5060");
    assert_eq!(notifies[0].header_str(&HeaderName::ROUTE), Some("<sip:192.0.2.1:5060;lr>"));
}

/// Several notifiers may take one SUBSCRIBE (RFC 6665 section 4.1.4); the first that tells something stays.
#[test]
fn a_notify_before_the_answer_makes_the_subscription_and_other_forks_make_none() {
    let mut world = World::new(NetworkConfig::default(), 1);
    world.add("alice", ALICE, phone(ALICE));
    watch(&mut world, ALICE, "alice", MAILBOX);
    let Message::Request(mine) = message(&world.sent()[0]) else { panic!("a SUBSCRIBE") };
    let header = |name| mine.header_str(name).unwrap().to_owned();
    let notify = |tag: &str, number: u32| {
        let body = format!("Messages-Waiting: no\r\nX-Number: {number}\r\n");
        format!(
            "NOTIFY sip:alice@{ALICE} SIP/2.0\r\nVia: SIP/2.0/UDP {OFFICE};branch=z9hG4bK{tag}{number}\r\n\
             From: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} NOTIFY\r\n\
             Contact: <sip:{OFFICE}>\r\nEvent: message-summary\r\nSubscription-State: active\r\n\
             Content-Type: application/simple-message-summary\r\nContent-Length: {}\r\n\r\n{body}",
            header(&HeaderName::TO),
            header(&HeaderName::FROM),
            header(&HeaderName::CALL_ID),
            body.len()
        )
    };
    let status = |world: &mut World, tag: &str, number: u32| match &world.inject(
        OFFICE,
        ALICE,
        &notify(tag, number),
    )[..]
    {
        [Message::Response(response)] => response.status().as_u16(),
        other => panic!("{other:?}"),
    };
    assert_eq!(status(&mut world, "one", 5), 200);
    assert_eq!(status(&mut world, "one", 4), 500, "overtaken");
    assert_eq!(status(&mut world, "two", 9), 481, "another fork");
    let lines = format!("Contact: <sip:{OFFICE}>\r\nExpires: 600\r\n");
    assert!(world.inject(OFFICE, ALICE, &response_to(&mine, "200 OK", "one", &lines)).is_empty());
    assert_eq!(status(&mut world, "one", 3), 500, "overtaken before there was a dialog");
    assert_eq!(status(&mut world, "two", 10), 481);
    assert_eq!(status(&mut world, "one", 6), 200);
    let expected = ["X-Number: 5", "active 600", "X-Number: 6"];
    assert_eq!(told(&mut world, ALICE), expected);
}
