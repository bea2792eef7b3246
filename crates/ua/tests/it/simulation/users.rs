//! What the users of a simulated call do: anything, at any moment.

use centrala_keys::Key;
use centrala_sip::StatusCode;
use centrala_testkit::Dice;
use centrala_time::Timestamp;
use centrala_ua::{CallId, Endpoint, ForkId, Rejection};
use core::time::Duration;

use super::{law::Attempt, party::Party};
use crate::world::{World, body};

/// Lets the user of one party do something with his call.
fn decide(
    world: &mut World,
    party: &Party,
    decision: impl FnOnce(&mut Endpoint, CallId, Timestamp),
) {
    if let Some(call) = party.call {
        world.at(&party.address, |endpoint, now| decision(endpoint, call, now));
    }
}

pub(super) fn hang_up(world: &mut World, party: &mut Party) {
    if party.call.is_some() && party.end.is_none() {
        party.hangs_up = true;
        decide(world, party, |endpoint, call, now| endpoint.hang_up(call, now));
    }
}

/// The caller waits for somebody to answer, or does not.
pub(super) fn wait(world: &mut World, dice: &mut Dice, caller: &mut Party, forks: &[ForkId]) {
    match dice.below(60) {
        0 => hang_up(world, caller),
        1 => decide(world, caller, |endpoint, call, now| endpoint.refresh(call, now)),
        2..5 => {
            let index = usize::try_from(dice.below(8)).unwrap();
            if let Some(fork) = forks.get(index).copied() {
                caller.hangs_up = true;
                decide(world, caller, |endpoint, call, now| endpoint.end_fork(call, fork, now));
            }
        }
        _ => {}
    }
}

/// A called one decides what becomes of the call. `offer` is that of the INVITE; `elsewhere` is where a redirection
/// points to.
pub(super) fn receive(
    world: &mut World,
    dice: &mut Dice,
    callee: &mut Party,
    offer: Option<&String>,
    (elsewhere, sides): (&str, u64),
) {
    // Where several ring, they ring for longer.
    match dice.below(sides) {
        0..4 => decide(world, callee, |endpoint, call, now| endpoint.ring(call, None, now)),
        4 => {
            // Early media is an answer, and must be the same as the one in the 200.
            if let (Some(offer), None) = (offer, &callee.early) {
                let answer = callee.reply(Some(offer));
                callee.early = Some(answer.clone());
                let answer = body(answer.as_bytes());
                decide(world, callee, |endpoint, call, now| endpoint.ring(call, Some(answer), now));
            }
        }
        5..11 => {
            let own = callee.early.clone().unwrap_or_else(|| callee.reply(offer));
            callee.has_answered = true;
            callee.agree(offer.cloned(), own.clone());
            let answer = body(own.as_bytes());
            decide(world, callee, |endpoint, call, now| endpoint.answer(call, answer, now));
        }
        11 => refuse(world, callee, StatusCode::BUSY_HERE, None),
        12 => refuse(world, callee, StatusCode::MOVED_TEMPORARILY, Some(elsewhere)),
        13 => {
            callee.refuses_all = true;
            refuse(world, callee, StatusCode::DECLINE, None);
        }
        14 => hang_up(world, callee),
        15 => decide(world, callee, |endpoint, call, now| endpoint.refresh(call, now)),
        _ => {}
    }
}

fn refuse(world: &mut World, callee: &mut Party, status: StatusCode, elsewhere: Option<&str>) {
    callee.hangs_up = true;
    let mut rejection = Rejection::new(status);
    let contact = elsewhere.map(|address| format!("sip:bob@{address}").parse().unwrap());
    rejection.contacts.extend(contact);
    decide(world, callee, |endpoint, call, now| endpoint.reject(call, &rejection, now));
}

/// Somebody talks, and hangs up when he has had enough.
pub(super) fn talk(world: &mut World, dice: &mut Dice, party: &mut Party) {
    if party.offered.is_some() {
        consider(world, dice, party);
        return;
    }
    match dice.below(36) {
        0 if dice.chance(30) => hang_up(world, party),
        1 | 2 => {
            let offer = body(party.new_offer().as_bytes());
            decide(world, party, |endpoint, call, now| endpoint.reoffer(call, offer, now));
        }
        3 => {
            let offer = body(format!("{} on hold", party.new_offer()).as_bytes());
            decide(world, party, |endpoint, call, now| endpoint.reoffer(call, offer, now));
        }
        4 | 5 => {
            let offer = body(party.new_offer().as_bytes());
            decide(world, party, |endpoint, call, now| endpoint.update(call, offer, now));
        }
        6 => decide(world, party, |endpoint, call, now| endpoint.withdraw_offer(call, now)),
        7 => decide(world, party, |endpoint, call, now| endpoint.refresh(call, now)),
        8..11 => {
            let key = Key::ALL[usize::try_from(dice.below(16)).unwrap()];
            party.pressed.push(key);
            let duration = Duration::from_millis(100);
            decide(world, party, |endpoint, call, now| endpoint.send_key(call, key, duration, now));
        }
        _ => {}
    }
}

/// Somebody is offered another session.
fn consider(world: &mut World, dice: &mut Dice, party: &mut Party) {
    match dice.below(10) {
        0..7 => accept(world, party),
        7 => {
            party.offered = None;
            let refusal = Rejection::new(StatusCode::NOT_ACCEPTABLE_HERE);
            decide(world, party, |endpoint, call, now| endpoint.reject(call, &refusal, now));
        }
        8 => hang_up(world, party),
        _ => {}
    }
}

/// Accepts an offer, if there is one.
pub(super) fn accept(world: &mut World, party: &mut Party) {
    let Some(offer) = party.offered.take() else { return };
    let own = party.reply(offer.as_ref());
    party.agree(offer, own.clone());
    let answer = body(own.as_bytes());
    decide(world, party, |endpoint, call, now| endpoint.answer(call, answer, now));
}

/// Everybody who still has a call hangs up.
pub(super) fn give_up(world: &mut World, attempt: &mut Attempt) {
    hang_up(world, &mut attempt.caller);
    attempt.callees.iter_mut().for_each(|callee| hang_up(world, callee));
}
