use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn contact(number: u8) -> Uri {
    format!("sip:101@192.0.2.{number}").parse().unwrap()
}

fn flow(number: u8) -> Flow {
    std::net::SocketAddr::from(([192, 0, 2, number], 5060)).into()
}

fn bind(lamps: &mut Lamps, user: &str, place: (u8, u8), registration: &str, now: Timestamp) {
    let contact = contact(place.0);
    let (flow, routes) = (flow(place.1), Vec::new());
    lamps.handle_bound(user, Place { contact: &contact, flow, routes, registration }, now);
}

fn told(lamps: &mut Lamps) -> Vec<LampId> {
    core::iter::from_fn(|| lamps.poll_output()).map(|output| output.lamp).collect()
}

/// A telephone that registered at 0 and was told at 1 s.
fn lit() -> (Lamps, LampId) {
    let mut lamps = Lamps::new(Duration::from_secs(1));
    bind(&mut lamps, "101", (1, 1), "first", at(0));
    lamps.handle_timeout(at(999));
    assert!(told(&mut lamps).is_empty(), "it has a second to subscribe");
    lamps.handle_timeout(at(1_000));
    let [id] = told(&mut lamps)[..] else { panic!("one is told") };
    (lamps, id)
}

#[test]
fn a_telephone_is_told_once_after_it_has_registered() {
    let (mut lamps, id) = lit();
    lamps.handle_outcome(id, NotifyOutcome::Accepted, at(1_100));
    bind(&mut lamps, "101", (1, 1), "first", at(60_000));
    assert_eq!(lamps.poll_timeout(), None, "a refresh tells it nothing");
    bind(&mut lamps, "101", (1, 1), "second", at(90_000));
    assert_eq!(lamps.poll_timeout(), Some(at(91_000)), "it has started anew");
}

#[test]
fn changes_are_told_one_after_the_other() {
    let (mut lamps, id) = lit();
    lamps.handle_change("101", at(1_010));
    assert!(told(&mut lamps).is_empty(), "one is under way");
    lamps.handle_outcome(id, NotifyOutcome::Accepted, at(1_100));
    assert_eq!(lamps.poll_timeout(), Some(at(2_000)));
    lamps.handle_change("101", at(1_200));
    lamps.handle_timeout(at(2_000));
    assert_eq!(told(&mut lamps), [id]);
    lamps.handle_outcome(id, NotifyOutcome::Accepted, at(2_100));
    assert_eq!(lamps.poll_timeout(), None);
}

#[test]
fn a_telephone_that_refuses_is_left_alone_until_it_registers_anew() {
    let (mut lamps, id) = lit();
    lamps.handle_outcome(id, NotifyOutcome::Refused { retry_after: None }, at(1_100));
    lamps.handle_change("101", at(5_000));
    bind(&mut lamps, "101", (1, 1), "first", at(60_000));
    assert!(told(&mut lamps).is_empty());
    assert_eq!(lamps.poll_timeout(), None);
    bind(&mut lamps, "101", (1, 1), "second", at(90_000));
    lamps.handle_timeout(at(91_000));
    assert_eq!(told(&mut lamps), [id]);
}

#[test]
fn a_telephone_that_did_not_answer_is_told_when_it_shows_itself() {
    let (mut lamps, id) = lit();
    lamps.handle_outcome(id, NotifyOutcome::TimedOut, at(33_000));
    assert_eq!(lamps.poll_timeout(), None);
    bind(&mut lamps, "101", (1, 2), "first", at(60_000));
    lamps.handle_timeout(at(61_000));
    let output = lamps.poll_output().unwrap();
    assert_eq!((output.lamp, output.flow), (id, flow(2)));
}

#[test]
fn a_telephone_that_is_gone_leaves_nothing() {
    let (mut lamps, id) = lit();
    lamps.handle_unbound("101", &contact(1));
    lamps.handle_outcome(id, NotifyOutcome::TimedOut, at(33_000));
    lamps.handle_change("101", at(40_000));
    assert!(told(&mut lamps).is_empty());
    assert!(lamps.by_user.is_empty() && lamps.lamps.is_empty() && lamps.under_way == 0);
}

#[test]
fn not_all_are_told_at_once() {
    let mut lamps = Lamps::new(Duration::from_secs(1));
    let users: Vec<_> = (0..MAX_UNDER_WAY + 10).map(|user| user.to_string()).collect();
    for user in &users {
        bind(&mut lamps, user, (1, 1), "first", at(0));
    }
    lamps.handle_timeout(at(1_000));
    let first = told(&mut lamps);
    assert_eq!(first.len(), MAX_UNDER_WAY);
    for id in first {
        lamps.handle_outcome(id, NotifyOutcome::Accepted, at(1_500));
    }
    lamps.handle_timeout(at(2_000));
    assert_eq!(told(&mut lamps).len(), 10);
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Bound(u8, u8),
    Unbound(u8),
    Changed,
    Answered(NotifyOutcome),
    Skipped,
    Wait(u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (0..3_u8, 0..2_u8).prop_map(|(place, call)| Happening::Bound(place, call)),
        (0..3_u8).prop_map(Happening::Unbound),
        Just(Happening::Changed),
        Just(Happening::Answered(NotifyOutcome::Accepted)),
        Just(Happening::Answered(NotifyOutcome::TimedOut)),
        Just(Happening::Answered(NotifyOutcome::Refused { retry_after: None })),
        Just(Happening::Answered(NotifyOutcome::Refused { retry_after: Some(Duration::ZERO) })),
        Just(Happening::Skipped),
        (0..3_000_u16).prop_map(Happening::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_one_is_under_way_for_each_telephone(
        happenings in proptest::collection::vec(happening(), 1..100)
    ) {
        let mut lamps = Lamps::new(Duration::from_secs(1));
        let (mut now, mut under_way) = (at(0), Vec::new());
        for happening in happenings {
            match happening {
                Happening::Bound(place, call) => {
                    bind(&mut lamps, "101", (place, place), &call.to_string(), now);
                }
                Happening::Unbound(place) => {
                    lamps.handle_unbound("101", &contact(place));
                    under_way.retain(|id| lamps.lamps.contains_key(id));
                }
                Happening::Changed => lamps.handle_change("101", now),
                Happening::Answered(outcome) => {
                    if let Some(id) = under_way.pop() {
                        lamps.handle_outcome(id, outcome, now);
                    }
                }
                Happening::Skipped => {
                    if let Some(id) = under_way.pop() {
                        lamps.skip(id);
                    }
                }
                Happening::Wait(millis) => {
                    now += Duration::from_millis(millis.into());
                    lamps.handle_timeout(now);
                }
            }
            for id in told(&mut lamps) {
                prop_assert!(!under_way.contains(&id));
                under_way.push(id);
            }
            prop_assert_eq!(lamps.under_way, under_way.len());
            prop_assert!(lamps.lamps.len() <= 3);
        }
    }
}
