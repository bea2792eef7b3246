use std::collections::BTreeMap;

use centrala_sip::{MessageClass, MessageCounts, MessageSummary};
use proptest::prelude::*;

use super::*;
use crate::{DialogInfo, DialogPhase, DialogState, PublishedState};

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn user(name: &str) -> Source {
    Source::User(name.to_owned())
}

fn messages(new: u32) -> Publication {
    let counts = MessageCounts::new(MessageClass::VOICE, new, 0);
    Publication::new(PublishedState::Messages(MessageSummary::new(new > 0).with_counts(counts)))
}

fn calls(phases: &[DialogPhase]) -> Publication {
    let dialogs = phases.iter().map(|phase| DialogState::new("1", *phase));
    Publication::new(PublishedState::Dialogs(DialogInfo::new(dialogs)))
}

fn ask(who: &str, package: EventPackage, resource: &str) -> SubscribeRequest {
    SubscribeRequest::new(user(who), package, resource, format!("sip:{resource}@example.com"))
}

/// 101 with an empty mailbox, who watches it and was told so at 0.
fn watched() -> (Notifier, WatcherId) {
    let mut notifier = Notifier::new(NotifierConfig::default());
    notifier.publish("101", messages(0), at(0));
    let request = ask("101", EventPackage::MessageSummary, "101");
    let granted = notifier.handle_subscribe(request, at(0)).unwrap();
    assert_eq!(granted.expires, Duration::from_secs(3_600));
    assert_eq!(told(&mut notifier), ["active;expires=3600 Voice-Message: 0/0"]);
    notifier.handle_outcome(granted.watcher, NotifyOutcome::Accepted, at(10));
    (notifier, granted.watcher)
}

/// What the notifier wants, a line each: the state, and the last line of the body.
fn told(notifier: &mut Notifier) -> Vec<String> {
    core::iter::from_fn(|| notifier.poll_output())
        .map(|output| match output {
            NotifierOutput::Notify { state, body, .. } => {
                let body = body.map(|body| String::from_utf8(body.to_vec()).unwrap());
                let line = |body: String| body.lines().last().unwrap_or_default().to_owned();
                format!(
                    "{state} {}",
                    body.map_or_else(|| "-".to_owned(), line).trim_end_matches(" (0/0)")
                )
            }
            NotifierOutput::Ended { .. } => "ended".to_owned(),
        })
        .collect()
}

#[test]
fn a_change_is_told_and_the_same_again_is_not() {
    let (mut notifier, id) = watched();
    assert!(notifier.publish("101", messages(1), at(5_000)));
    assert_eq!(told(&mut notifier), ["active;expires=3595 Voice-Message: 1/0"]);
    notifier.handle_outcome(id, NotifyOutcome::Accepted, at(5_010));
    assert!(!notifier.publish("101", messages(1), at(9_000)));
    assert!(told(&mut notifier).is_empty());
}

#[test]
fn one_notify_is_under_way_and_the_newest_state_wins() {
    let (mut notifier, id) = watched();
    notifier.publish("101", messages(1), at(5_000));
    notifier.publish("101", messages(2), at(5_001));
    notifier.publish("101", messages(3), at(5_002));
    assert_eq!(told(&mut notifier), ["active;expires=3595 Voice-Message: 1/0"]);
    notifier.handle_outcome(id, NotifyOutcome::Accepted, at(5_100));
    assert!(told(&mut notifier).is_empty(), "a second must pass");
    assert_eq!(notifier.poll_timeout(), Some(at(6_000)));
    notifier.handle_timeout(at(6_000));
    assert_eq!(told(&mut notifier), ["active;expires=3594 Voice-Message: 3/0"]);
}

#[test]
fn a_refresh_is_answered_by_the_state_at_once() {
    let (mut notifier, id) = watched();
    notifier.publish("101", messages(1), at(5_000));
    told(&mut notifier);
    let expires = Some(Duration::from_secs(600));
    assert_eq!(notifier.handle_refresh(id, expires, at(5_100)), Ok(Duration::from_secs(600)));
    assert!(told(&mut notifier).is_empty(), "one is under way");
    notifier.handle_outcome(id, NotifyOutcome::Accepted, at(5_200));
    assert_eq!(told(&mut notifier), ["active;expires=600 Voice-Message: 1/0"]);
}

#[test]
fn a_lifetime_of_zero_ends_with_the_state() {
    let (mut notifier, id) = watched();
    let zero = Some(Duration::ZERO);
    assert_eq!(notifier.handle_refresh(id, zero, at(100)), Ok(Duration::ZERO));
    assert_eq!(told(&mut notifier), ["terminated;reason=timeout Voice-Message: 0/0"]);
    assert_eq!(notifier.handle_refresh(id, None, at(110)), Err(RefreshError::Ended));
    notifier.handle_outcome(id, NotifyOutcome::Refused { retry_after: None }, at(120));
    assert_eq!(told(&mut notifier), ["ended"]);
    assert_eq!((notifier.len(), notifier.poll_timeout()), (0, None));

    let mut request = ask("101", EventPackage::MessageSummary, "101");
    request.expires = zero;
    let fetch = notifier.handle_subscribe(request, at(200)).unwrap();
    assert_eq!(fetch.expires, Duration::ZERO);
    assert_eq!(told(&mut notifier), ["terminated;reason=timeout Voice-Message: 0/0"]);
    notifier.handle_outcome(fetch.watcher, NotifyOutcome::Accepted, at(210));
    assert!(notifier.is_empty());
}

#[test]
fn an_unsubscribe_that_crosses_a_notify_waits_for_its_answer() {
    let (mut notifier, id) = watched();
    notifier.publish("101", messages(1), at(5_000));
    told(&mut notifier);
    notifier.handle_refresh(id, Some(Duration::ZERO), at(5_010)).unwrap();
    assert!(told(&mut notifier).is_empty());
    notifier.handle_outcome(id, NotifyOutcome::Accepted, at(5_020));
    assert_eq!(told(&mut notifier), ["terminated;reason=timeout Voice-Message: 1/0"]);
}

#[test]
fn what_is_not_refreshed_ends() {
    let (mut notifier, id) = watched();
    notifier.handle_timeout(at(3_599_999));
    assert!(told(&mut notifier).is_empty());
    notifier.handle_timeout(at(3_600_000));
    assert_eq!(told(&mut notifier), ["terminated;reason=timeout Voice-Message: 0/0"]);
    assert_eq!(notifier.poll_timeout(), None);
    notifier.handle_outcome(id, NotifyOutcome::TimedOut, at(3_632_000));
    assert_eq!(told(&mut notifier), ["ended"]);
}

#[test]
fn a_watcher_that_does_not_answer_or_does_not_know_us_is_forgotten() {
    for outcome in [NotifyOutcome::TimedOut, NotifyOutcome::Refused { retry_after: None }] {
        let (mut notifier, id) = watched();
        notifier.publish("101", messages(1), at(5_000));
        told(&mut notifier);
        notifier.handle_outcome(id, outcome, at(6_000));
        assert_eq!(told(&mut notifier), ["ended"]);
        assert!(notifier.is_empty() && notifier.by_source.is_empty());
        assert_eq!(notifier.watchers("101", EventPackage::MessageSummary).count(), 0);
    }
}

#[test]
fn a_watcher_that_asks_for_a_pause_gets_one() {
    let (mut notifier, id) = watched();
    notifier.publish("101", messages(1), at(5_000));
    told(&mut notifier);
    let pause =
        |seconds| NotifyOutcome::Refused { retry_after: Some(Duration::from_secs(seconds)) };
    notifier.handle_outcome(id, pause(20), at(5_100));
    notifier.publish("101", messages(2), at(6_000));
    notifier.handle_timeout(at(25_099));
    assert!(told(&mut notifier).is_empty(), "news do not shorten it");
    notifier.handle_timeout(at(25_100));
    assert_eq!(told(&mut notifier), ["active;expires=3575 Voice-Message: 2/0"]);
    notifier.handle_outcome(id, pause(0), at(25_110));
    assert_eq!(notifier.poll_timeout(), Some(at(26_110)), "no pause is none at all");
}

#[test]
fn a_console_that_starts_anew_takes_the_place_of_what_it_has_forgotten() {
    let config = NotifierConfig { max_watchers_per_user: 3, ..NotifierConfig::default() };
    let mut notifier = Notifier::new(config);
    for name in ["101", "102"] {
        notifier.publish(name, calls(&[]), at(0));
    }
    let mut subscribe = |who: &Source, resource: &str, place: &str| {
        let request = ask("101", EventPackage::Dialog, resource);
        let place = Some(place.to_owned());
        let granted = notifier
            .handle_subscribe(SubscribeRequest { who: who.clone(), place, ..request }, at(0));
        let mut ended = Vec::new();
        while let Some(output) = notifier.poll_output() {
            if let NotifierOutput::Ended { watcher } = output {
                ended.push(watcher);
            }
        }
        granted.map(|granted| (granted.watcher, ended))
    };
    let who = user("101");
    let (first, _) = subscribe(&who, "101", "192.0.2.1:5060").unwrap();
    subscribe(&who, "102", "192.0.2.1:5060").unwrap();
    subscribe(&who, "102", "192.0.2.2:5060").unwrap();
    let full = Err(SubscribeError::TooMany { limit: 3 });
    assert_eq!(subscribe(&who, "101", "192.0.2.2:5060"), full, "another console");
    let (_, ended) = subscribe(&who, "101", "192.0.2.1:5060").unwrap();
    assert_eq!(ended, [first]);
}

#[test]
fn a_resource_that_goes_and_a_right_that_is_taken_end_the_subscription() {
    let (mut notifier, _) = watched();
    notifier.withdraw("101", EventPackage::MessageSummary, at(2_000));
    assert_eq!(told(&mut notifier), ["terminated;reason=noresource -"]);

    let (mut notifier, _) = watched();
    let mut moved = messages(5);
    moved.watchers = Watchers::Listed(["102".to_owned()].into());
    notifier.publish("101", moved, at(2_000));
    assert_eq!(told(&mut notifier), ["terminated;reason=rejected -"]);

    let (mut notifier, _) = watched();
    notifier.remove_user("102", at(2_000));
    assert!(told(&mut notifier).is_empty());
    notifier.remove_user("101", at(2_000));
    assert_eq!(told(&mut notifier), ["terminated;reason=rejected -"]);

    let (mut notifier, _) = watched();
    notifier.deactivate_user("101", at(2_000));
    assert_eq!(told(&mut notifier), ["terminated;reason=deactivated -"]);

    let (mut notifier, _) = watched();
    notifier.close(Duration::from_secs(30), at(2_000));
    let expected = "terminated;reason=probation;retry-after=30 Voice-Message: 0/0";
    assert_eq!(told(&mut notifier), [expected]);
}

#[test]
fn documents_of_dialogs_are_numbered_for_each_watcher() {
    let mut notifier = Notifier::new(NotifierConfig::default());
    notifier.publish("101", calls(&[]), at(0));
    let mut versions: BTreeMap<WatcherId, Vec<String>> = BTreeMap::new();
    let mut note = |notifier: &mut Notifier, now| {
        while let Some(output) = notifier.poll_output() {
            let NotifierOutput::Notify { watcher, body: Some(body), .. } = output else { continue };
            let text = String::from_utf8(body.to_vec()).unwrap();
            let version = text.split("version=\"").nth(2).and_then(|rest| rest.split('"').next());
            versions.entry(watcher).or_default().push(version.unwrap().to_owned());
            notifier.handle_outcome(watcher, NotifyOutcome::Accepted, now);
        }
    };
    notifier.handle_subscribe(ask("102", EventPackage::Dialog, "101"), at(0)).unwrap();
    note(&mut notifier, at(1));
    notifier.publish("101", calls(&[DialogPhase::Early]), at(2_000));
    note(&mut notifier, at(2_001));
    notifier.handle_subscribe(ask("103", EventPackage::Dialog, "101"), at(3_000)).unwrap();
    note(&mut notifier, at(3_001));
    notifier.publish("101", calls(&[DialogPhase::Confirmed]), at(4_000));
    note(&mut notifier, at(4_001));
    let versions: Vec<_> = versions.into_values().collect();
    assert_eq!(versions, [vec!["0", "1", "2"], vec!["0", "1"]]);
}

#[test]
fn who_may_not_watch_learns_nothing_and_nobody_has_too_many() {
    let mut config = NotifierConfig::default();
    (config.max_watchers, config.max_watchers_per_user) = (3, 2);
    let mut notifier = Notifier::new(config);
    notifier.publish("101", messages(0), at(0));
    notifier.publish("101", calls(&[]), at(0));
    let mut subscribe = |who: &str, package, resource: &str, seconds: Option<u64>| {
        let mut request = ask(who, package, resource);
        request.expires = seconds.map(Duration::from_secs);
        notifier.handle_subscribe(request, at(0)).map(|granted| granted.expires.as_secs())
    };
    let (mwi, blf) = (EventPackage::MessageSummary, EventPackage::Dialog);
    let too_brief = SubscribeError::TooBrief { minimum: Duration::from_secs(60) };
    let cases = [
        ("another's mailbox", "102", mwi, "101", None, Err(SubscribeError::Forbidden)),
        ("another's mailbox that is not", "102", mwi, "199", None, Err(SubscribeError::Forbidden)),
        ("her own that is not", "102", mwi, "102", None, Err(SubscribeError::NotFound)),
        ("a person who is not", "102", blf, "102", None, Err(SubscribeError::NotFound)),
        ("too short", "101", mwi, "101", Some(59), Err(too_brief)),
        ("as long as we like", "101", mwi, "101", Some(90_000), Ok(3_600)),
        ("the second", "101", blf, "101", Some(60), Ok(60)),
        ("the third of one", "101", blf, "101", None, Err(SubscribeError::TooMany { limit: 2 })),
        ("the third of all", "102", blf, "101", None, Ok(3_600)),
        ("the fourth of all", "103", blf, "101", None, Err(SubscribeError::Full { limit: 3 })),
    ];
    for (name, who, package, resource, seconds, expected) in cases {
        assert_eq!(subscribe(who, package, resource, seconds), expected, "{name}");
    }
    notifier.publish("101", messages(1), at(0));
    assert_eq!(notifier.len(), 3);
}

/// What happens to a notifier.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Subscribe(u8, Option<u16>),
    Refresh(u8, Option<u16>),
    Publish(u32),
    Withdraw,
    RemoveUser(u8),
    Answer(u8, NotifyOutcome),
    Wait(u32),
}

fn outcome() -> impl Strategy<Value = NotifyOutcome> {
    prop_oneof![
        4 => Just(NotifyOutcome::Accepted),
        1 => Just(NotifyOutcome::TimedOut),
        1 => proptest::option::of(0_u64..500).prop_map(|seconds| NotifyOutcome::Refused {
            retry_after: seconds.map(Duration::from_secs),
        }),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let lifetime = || proptest::option::of(prop_oneof![Just(0_u16), 1..4_000_u16]);
    prop_oneof![
        (0..3_u8, lifetime()).prop_map(|(user, seconds)| Happening::Subscribe(user, seconds)),
        (any::<u8>(), lifetime()).prop_map(|(which, seconds)| Happening::Refresh(which, seconds)),
        (0..5_u32).prop_map(Happening::Publish),
        Just(Happening::Withdraw),
        (0..3_u8).prop_map(Happening::RemoveUser),
        (any::<u8>(), outcome()).prop_map(|(which, outcome)| Happening::Answer(which, outcome)),
        (0..2_000_000_u32).prop_map(Happening::Wait),
    ]
}

proptest! {
    /// One NOTIFY at a time, none after the end, the last one has the last state, nothing is left.
    #[test]
    fn whatever_happens_watchers_know_the_newest_state_or_are_gone(
        happenings in proptest::collection::vec(happening(), 1..80)
    ) {
        let mut notifier = Notifier::new(NotifierConfig::default());
        let mut now = at(0);
        let mut known: BTreeMap<WatcherId, Option<Bytes>> = BTreeMap::new();
        let mut under_way: Vec<WatcherId> = Vec::new();
        let mut ids: Vec<WatcherId> = Vec::new();
        let pick = |ids: &[WatcherId], which: u8| {
            ids.get(usize::from(which) % ids.len().max(1)).copied()
        };
        let drain = |notifier: &mut Notifier, known: &mut BTreeMap<_, _>, under_way: &mut Vec<_>| {
            while let Some(output) = notifier.poll_output() {
                match output {
                    NotifierOutput::Notify { watcher, body, .. } => {
                        prop_assert!(!under_way.contains(&watcher), "two are under way");
                        under_way.push(watcher);
                        known.insert(watcher, body);
                    }
                    NotifierOutput::Ended { watcher } => {
                        prop_assert!(known.remove(&watcher).is_some(), "it ends once");
                    }
                }
            }
            Ok(())
        };
        for happening in happenings {
            match happening {
                Happening::Subscribe(who, seconds) => {
                    let mut request = ask(&who.to_string(), EventPackage::Dialog, "x");
                    request.expires = seconds.map(|seconds| Duration::from_secs(seconds.into()));
                    if let Ok(granted) = notifier.handle_subscribe(request, now) {
                        ids.push(granted.watcher);
                    }
                }
                Happening::Refresh(which, seconds) => {
                    if let Some(id) = pick(&ids, which) {
                        let expires = seconds.map(|seconds| Duration::from_secs(seconds.into()));
                        let _ = notifier.handle_refresh(id, expires, now);
                    }
                }
                Happening::Publish(count) => {
                    let phases = [DialogPhase::Early].repeat(usize::try_from(count).unwrap_or(0));
                    notifier.publish("x", calls(&phases), now);
                }
                Happening::Withdraw => notifier.withdraw("x", EventPackage::Dialog, now),
                Happening::RemoveUser(who) => notifier.remove_user(&who.to_string(), now),
                Happening::Answer(which, outcome) => {
                    if let Some(id) = pick(&under_way, which) {
                        under_way.retain(|other| *other != id);
                        notifier.handle_outcome(id, outcome, now);
                    }
                }
                Happening::Wait(millis) => {
                    now += Duration::from_millis(millis.into());
                    notifier.handle_timeout(now);
                }
            }
            drain(&mut notifier, &mut known, &mut under_way)?;
            prop_assert_eq!(known.len(), notifier.len());
            prop_assert!(notifier.poll_timeout().is_none_or(|next| next > now), "nothing is overdue");
        }
        // All answer, until nobody has anything to say for half a minute.
        let still = now + Duration::from_secs(30);
        for _ in 0..400 {
            while let Some(id) = under_way.pop() {
                notifier.handle_outcome(id, NotifyOutcome::Accepted, now);
                drain(&mut notifier, &mut known, &mut under_way)?;
            }
            match notifier.poll_timeout() {
                Some(next) if next <= still => now = next,
                Some(_) | None => break,
            }
            notifier.handle_timeout(now);
            drain(&mut notifier, &mut known, &mut under_way)?;
        }
        let newest = notifier.publication("x", EventPackage::Dialog).cloned();
        for (id, body) in &known {
            let watcher = notifier.watchers.get(id).unwrap();
            if matches!(watcher.delivery, Delivery::Due { .. }) {
                continue; // It has asked for a longer pause.
            }
            let version = watcher.version - 1;
            let expected = newest.as_ref().map(|one| one.state.body(&watcher.entity, version));
            prop_assert_eq!(body, &expected, "{:?}", watcher);
        }
        // Nobody refreshes: all are gone in the end.
        for _ in 0..1_000 {
            while let Some(id) = under_way.pop() {
                notifier.handle_outcome(id, NotifyOutcome::Accepted, now);
                drain(&mut notifier, &mut known, &mut under_way)?;
            }
            let Some(next) = notifier.poll_timeout() else { break };
            now = next;
            notifier.handle_timeout(now);
            drain(&mut notifier, &mut known, &mut under_way)?;
        }
        prop_assert!(notifier.is_empty() && notifier.by_source.is_empty());
        prop_assert_eq!(notifier.watchers("x", EventPackage::Dialog).count(), 0);
    }
}
