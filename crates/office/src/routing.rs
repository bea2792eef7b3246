//! The one routing function: where a call stands, what happened there, where it goes.
//!
//! Every step of every call is [`next`]: the switch takes it, and whoever proves a plan takes it
//! too. It is total: no place and no outcome, however unexpected, leave a caller without a place
//! to go. Four ladders lead down, each to firm ground:
//!
//! | what failed | the caller goes |
//! | --- | --- |
//! | a person or a group | to the route's next step, else to their own mailbox or `otherwise` |
//! | a menu (silence, wrong keys) | to the operator |
//! | a mailbox that cannot take the message | to the operator; from the last mailbox to the apology |
//! | [`MAX_HOPS`] such steps in a row | to the last mailbox, then to the apology |
//!
//! No place of a call lies outside of the company: what a caller keys can lead to its own
//! people, menus, announcements and mailboxes, and to nothing else.

mod context;
mod outcome;
mod place;

pub use context::{Context, MAX_HOPS};
pub use outcome::{NotTaken, Outcome, can_dial, outcomes, own_outcomes};
pub use place::{Continuation, Place, Reason, Refusal, Ring};

use std::time::Duration;

use centrala_keys::{Digits, Key};

use crate::{Callee, Destination, EntryId, Office, PersonId, RingOrder, TrunkId};

/// The most characters of a called number that are looked at.
pub const MAX_CALLED_LEN: usize = 64;

/// Where a call comes from.
#[expect(clippy::exhaustive_enums, reason = "a call comes from inside or from outside")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrival {
    /// From outside, through this trunk.
    Trunk(TrunkId),
    /// From the telephone of this person.
    Phone(PersonId),
}

/// Returns where a call to `called` begins.
///
/// Calls from outside reach the numbers of their trunk. Telephones of the company reach
/// extensions, users, the company's own numbers, and the operator by `0`.
#[must_use]
pub fn start(office: &Office, arrival: Arrival, called: &str) -> Place {
    if called.len() > MAX_CALLED_LEN {
        return Place::Refused(Refusal::NotFound);
    }
    let entry = office.entry(called).map(|entry| entry.id);
    match arrival {
        Arrival::Trunk(trunk) => match (office.trunk(trunk), entry) {
            (None, _) => Place::Refused(Refusal::Forbidden),
            (Some(_), None) => Place::Refused(Refusal::NotFound),
            (Some(trunk), Some(entry)) if trunk.entries.contains(&entry) => enter(office, entry),
            (Some(_), Some(_)) => Place::Refused(Refusal::Forbidden),
        },
        Arrival::Phone(caller) => {
            if office.person(caller).is_none() {
                return Place::Refused(Refusal::Forbidden);
            }
            let dialled = called.parse::<Digits>().unwrap_or_default();
            let person = office.extension(&dialled).or_else(|| office.person_by_user(called));
            match (person, entry) {
                (Some(person), _) => {
                    destination(office, Destination::Person(person.id), Reason::Direct)
                }
                (None, Some(entry)) => enter(office, entry),
                (None, None) if *dialled == [Key::Zero] => operator(office),
                (None, None) => Place::Refused(Refusal::NotFound),
            }
        }
    }
}

/// Returns where a call to this number of the company begins.
#[must_use]
pub fn enter(office: &Office, entry: EntryId) -> Place {
    step(office, entry, 0, Reason::Direct)
}

/// Returns where a call goes from `place` after `outcome`.
#[must_use]
pub fn next(office: &Office, place: &Place, outcome: &Outcome, context: &Context) -> Place {
    if !outcome.is_voluntary() && context.hops >= MAX_HOPS {
        return last_resort(office, place);
    }
    match outcome {
        Outcome::Answered(person) => Place::Talking(*person),
        Outcome::Busy => not_reached(office, place, Reason::Busy),
        Outcome::NoAnswer => not_reached(office, place, Reason::NoAnswer),
        Outcome::NotRegistered => not_reached(office, place, Reason::Unavailable),
        Outcome::Declined => not_reached(office, place, Reason::Declined),
        Outcome::Chosen(chosen) => destination(office, *chosen, Reason::Direct),
        Outcome::Dialled(digits) => dialled(office, place, digits),
        Outcome::Operator | Outcome::GaveUp(_) => operator(office),
        Outcome::Finished => finished(office, place),
        Outcome::MessageKept | Outcome::NothingSaid => Place::Over,
        Outcome::NotTaken(_) => not_taken(office, place),
        Outcome::TooLong => last_resort(office, place),
    }
}

/// Returns the place of somebody who asked for the operator.
#[must_use]
pub fn operator(office: &Office) -> Place {
    ring(office, office.operator(), None, Continuation::Own)
        .unwrap_or_else(|| last_resort_mailbox(office))
}

fn not_reached(office: &Office, place: &Place, reason: Reason) -> Place {
    let Place::Ring(ring) = place else { return operator(office) };
    match (ring.then, ring.who) {
        (Continuation::Step { entry, step: at }, _) => step(office, entry, at, reason),
        (Continuation::Own, Callee::Person(person)) => match office.person(person) {
            Some(person) => Place::Mailbox { mailbox: person.mailbox, reason },
            None => last_resort(office, place),
        },
        (Continuation::Own, Callee::Group(group)) => match office.group(group) {
            Some(group) => destination(office, group.otherwise, reason),
            None => last_resort(office, place),
        },
    }
}

fn dialled(office: &Office, place: &Place, digits: &[Key]) -> Place {
    match (office.extension(digits), place) {
        (Some(person), _) => destination(office, Destination::Person(person.id), Reason::Direct),
        (None, Place::Menu(menu)) => Place::Menu(*menu),
        (
            None,
            Place::Ring(_)
            | Place::Talking(_)
            | Place::Announcement(_)
            | Place::Mailbox { .. }
            | Place::Apology
            | Place::Over
            | Place::Refused(_),
        ) => operator(office),
    }
}

fn finished(office: &Office, place: &Place) -> Place {
    match place {
        Place::Announcement(id) => match office.announcement(*id) {
            Some(announcement) => destination(office, announcement.then, Reason::Direct),
            None => operator(office),
        },
        Place::Apology | Place::Talking(_) | Place::Over => Place::Over,
        Place::Refused(refusal) => Place::Refused(*refusal),
        Place::Ring(_) | Place::Menu(_) | Place::Mailbox { .. } => operator(office),
    }
}

fn not_taken(office: &Office, place: &Place) -> Place {
    match place {
        // The operator's own absence leads to the last mailbox, which has just failed.
        Place::Mailbox { mailbox, .. } if *mailbox == office.company().last_mailbox => {
            Place::Apology
        }
        Place::Mailbox { .. }
        | Place::Ring(_)
        | Place::Talking(_)
        | Place::Menu(_)
        | Place::Announcement(_) => operator(office),
        Place::Apology | Place::Over | Place::Refused(_) => last_resort(office, place),
    }
}

/// Goes a step down the ladder that every call can go: the last mailbox, the apology, the end.
fn last_resort(office: &Office, place: &Place) -> Place {
    match place {
        Place::Mailbox { mailbox, .. } if *mailbox == office.company().last_mailbox => {
            Place::Apology
        }
        Place::Ring(_)
        | Place::Talking(_)
        | Place::Menu(_)
        | Place::Announcement(_)
        | Place::Mailbox { .. } => last_resort_mailbox(office),
        Place::Apology | Place::Over | Place::Refused(_) => Place::Over,
    }
}

const fn last_resort_mailbox(office: &Office) -> Place {
    Place::Mailbox { mailbox: office.company().last_mailbox, reason: Reason::Unavailable }
}

fn step(office: &Office, entry: EntryId, at: u32, reason: Reason) -> Place {
    let Some(entry) = office.entries().get(entry.index()) else {
        return last_resort_mailbox(office);
    };
    let ring_step = usize::try_from(at).ok().and_then(|at| entry.route.ring.get(at));
    let Some(ring_step) = ring_step else {
        return destination(office, entry.route.then, reason);
    };
    let then = Continuation::Step { entry: entry.id, step: at.saturating_add(1) };
    ring(office, ring_step.who, ring_step.limit, then)
        .unwrap_or_else(|| last_resort_mailbox(office))
}

fn destination(office: &Office, destination: Destination, reason: Reason) -> Place {
    let place = match destination {
        Destination::Person(person) => {
            ring(office, Callee::Person(person), None, Continuation::Own)
        }
        Destination::Group(group) => ring(office, Callee::Group(group), None, Continuation::Own),
        Destination::Menu(menu) => office.menu(menu).map(|menu| Place::Menu(menu.id)),
        Destination::Announcement(id) => {
            office.announcement(id).map(|announcement| Place::Announcement(announcement.id))
        }
        Destination::Mailbox(id) => {
            office.mailbox(id).map(|mailbox| Place::Mailbox { mailbox: mailbox.id, reason })
        }
        Destination::Operator => Some(operator(office)),
    };
    place.unwrap_or_else(|| last_resort_mailbox(office))
}

/// Returns the place where `who` rings; `None` if they are another office's.
fn ring(
    office: &Office,
    who: Callee,
    limit: Option<Duration>,
    then: Continuation,
) -> Option<Place> {
    let usual = match who {
        Callee::Person(person) => office.person(person)?.ring,
        Callee::Group(group) => {
            let group = office.group(group)?;
            match group.ring {
                RingOrder::AtOnce => group.ring_time,
                RingOrder::InTurn => {
                    let members = u32::try_from(group.members.len()).unwrap_or(u32::MAX);
                    group.ring_time.saturating_mul(members)
                }
            }
        }
    };
    Some(Place::Ring(Ring { who, limit: limit.unwrap_or(usual), then }))
}

#[cfg(test)]
mod tests;
