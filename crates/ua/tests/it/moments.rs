//! One and the same call, ended at each of its milliseconds by the one, by the other, by both, or by a cut.

use centrala_keys::Key;
use centrala_ua::{CallId, EndCause, Event};
use core::time::Duration;

use crate::world::{ALICE, ANSWER, BOB, OFFER, World, body, call};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Caller,
    Callee,
    Both,
    /// The network: nothing goes through any more. Their users hang up when they have waited for a minute.
    Nobody,
}

/// How the two calls have ended; `None` for a callee who has not heard of it.
type Ends = (EndCause, Option<EndCause>);

/// A call that rings at 20 ms, is answered at 40, changed by the caller at 60, by the callee at 80, and in which a key
/// is pressed at 90.
fn play(who: Who, at: u64) -> Ends {
    let mut world = World::alice_and_bob();
    let alice = world.at(ALICE, |phone, now| phone.invite(call("alice", "bob", BOB), now)).unwrap();
    let mut bob = None;
    let mut told = Vec::new();
    for millis in 0..=at {
        told.extend(world.events());
        let incoming = told.iter().find_map(|(_, event)| match event {
            Event::Incoming(incoming) => Some(incoming.call),
            _ => None,
        });
        bob = bob.or(incoming);
        if let Some(bob) = bob {
            act(&mut world, alice, bob, millis);
        }
        if millis < at {
            world.run_millis(1);
        }
    }
    if who == Who::Nobody {
        world.cut(ALICE, BOB);
        world.cut(BOB, ALICE);
        world.run_millis(60_000);
    }
    if who != Who::Callee {
        world.at(ALICE, |phone, now| phone.hang_up(alice, now));
    }
    if let Some(bob) = bob.filter(|_| who != Who::Caller) {
        world.at(BOB, |phone, now| phone.hang_up(bob, now));
    }
    world.run_for(Duration::from_secs(50));
    told.extend(world.events());
    let late = told.iter().find_map(|(_, event)| match event {
        Event::Incoming(incoming) => Some(incoming.call),
        _ => None,
    });
    let bob = bob.or(late);
    if matches!(who, Who::Callee | Who::Nobody)
        && let Some(call) = bob
    {
        // He had not heard of it yet.
        world.at(BOB, |phone, now| phone.hang_up(call, now));
    }
    world.run_to_rest();
    told.extend(world.events());
    world.assert_empty();
    let end = |address: &str, call: CallId| {
        let own = told.iter().filter(|(at, _)| at.to_string() == address);
        let mut ends = own.filter_map(|(_, event)| match event {
            Event::Ended { call: ended, cause } if *ended == call => Some(cause.clone()),
            _ => None,
        });
        let end = ends.next().unwrap_or_else(|| panic!("{who:?} at {at}: no end at {address}"));
        assert_eq!(ends.next(), None, "{who:?} at {at}: two ends at {address}");
        end
    };
    (end(ALICE, alice), bob.map(|bob| end(BOB, bob)))
}

fn act(world: &mut World, alice: CallId, bob: CallId, millis: u64) {
    match millis {
        20 => world.at(BOB, |phone, now| phone.ring(bob, None, now)),
        40 => world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now)),
        60 => world.at(ALICE, |phone, now| phone.reoffer(alice, body(OFFER), now)),
        72 => world.at(BOB, |phone, now| phone.answer(bob, body(ANSWER), now)),
        80 => world.at(BOB, |phone, now| phone.reoffer(bob, body(OFFER), now)),
        90 => world.at(BOB, |phone, now| {
            phone.send_key(bob, Key::Five, Duration::from_millis(100), now);
        }),
        92 => world.at(ALICE, |phone, now| phone.answer(alice, body(ANSWER), now)),
        _ => {}
    }
}

/// When the answer is at the caller, and its ACK on the way: what is under way at a cut still arrives.
const ANSWERED: u64 = 45;

#[test]
fn a_caller_who_hangs_up_at_any_moment_is_understood() {
    for at in 0..120 {
        let (alice, bob) = play(Who::Caller, at);
        assert_eq!(alice, EndCause::HungUp, "at {at}");
        // From 40 ms on the CANCEL comes after the answer, whether or not the caller knows.
        let expected = if at < 40 { EndCause::Cancelled } else { EndCause::RemoteHungUp };
        assert_eq!(bob, Some(expected), "at {at}");
    }
}

#[test]
fn a_callee_who_hangs_up_at_any_moment_is_understood() {
    for at in 0..120 {
        let (alice, bob) = play(Who::Callee, at);
        assert_eq!(bob, Some(EndCause::HungUp), "at {at}");
        match (at < 40, &alice) {
            (true, EndCause::Rejected(rejected)) => assert_eq!(rejected.status.as_u16(), 480),
            (true, other) => panic!("at {at}: {other:?}"),
            (false, alice) => assert_eq!(*alice, EndCause::RemoteHungUp, "at {at}"),
        }
    }
}

#[test]
fn both_may_hang_up_at_any_moment() {
    for at in 5..120 {
        let (alice, bob) = play(Who::Both, at);
        let expected = (EndCause::HungUp, Some(EndCause::HungUp));
        assert_eq!((alice, bob), expected, "at {at}");
    }
}

#[test]
fn a_cut_at_any_moment_leaves_nobody_waiting_for_ever() {
    for at in 0..120 {
        let (alice, bob) = play(Who::Nobody, at);
        let expected: &[EndCause] = match at {
            // The INVITE is answered by nobody.
            0..5 => &[EndCause::TimedOut],
            // It rings for as long as the caller has patience.
            5..ANSWERED => &[EndCause::HungUp],
            // A request is under way that gets no answer, or an answer without its ACK; or there is nothing to notice.
            _ => &[EndCause::HungUp, EndCause::Lost, EndCause::NotAcknowledged],
        };
        assert!(expected.contains(&alice), "at {at}: {alice:?}");
        let expected: &[EndCause] = match at {
            0..40 => &[EndCause::HungUp],
            40..ANSWERED => &[EndCause::NotAcknowledged],
            _ => &[EndCause::HungUp, EndCause::Lost, EndCause::NotAcknowledged],
        };
        assert!(bob.as_ref().is_none_or(|bob| expected.contains(bob)), "at {at}: {bob:?}");
    }
}
