//! Lamps of telephones that do not subscribe.
//!
//! RFC 3842 knows only subscriptions. Many telephones take a NOTIFY without one, and some know no other way; those
//! that want none refuse it (405, 481, 489), and are left alone until they register anew.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use centrala_sip::{HeaderName, Uri};
use centrala_time::{Deadlines, Timestamp};
use core::time::Duration;

use super::NotifyOutcome;
use crate::Flow;

/// A registered telephone that may have a lamp. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LampId(u64);

/// A NOTIFY to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LampOutput {
    pub(crate) lamp: LampId,
    /// Whose mailbox.
    pub(crate) user: Arc<str>,
    /// The telephone's contact.
    pub(crate) contact: Uri,
    pub(crate) flow: Flow,
    /// The Route headers of the way through proxies (RFC 3327).
    pub(crate) routes: Vec<(HeaderName, String)>,
}

/// What a registration says of a telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) contact: &'a Uri,
    pub(crate) flow: Flow,
    pub(crate) routes: Vec<(HeaderName, String)>,
    /// Call-ID.
    pub(crate) registration: &'a str,
}

/// Knows which telephone has been told, and decides when to tell which.
#[derive(Debug)]
pub(crate) struct Lamps {
    interval: Duration,
    next_id: u64,
    by_user: BTreeMap<Arc<str>, Vec<LampId>>,
    lamps: BTreeMap<LampId, Lamp>,
    under_way: usize,
    deadlines: Deadlines<LampId>,
    outputs: VecDeque<LampOutput>,
}

#[derive(Debug)]
struct Lamp {
    user: Arc<str>,
    contact: Uri,
    flow: Flow,
    routes: Vec<(HeaderName, String)>,
    /// Call-ID of its registration: another one means that it has forgotten what it was told.
    registration: String,
    condition: Condition,
}

/// What a telephone knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Not the newest: it is told at that time.
    Due { at: Timestamp },
    /// It is being told, since that time.
    UnderWay { since: Timestamp },
    /// The same, and what it is told is not the newest any more.
    Overtaken { since: Timestamp },
    /// The newest.
    Knows { quiet_until: Timestamp },
    /// It did not answer, or has a subscription: it is told when something changes or it registers again.
    Untold,
    /// It does not want to know.
    Refuses,
}

/// How long a telephone has after its registration to subscribe, so that it is not told twice.
const GRACE: Duration = Duration::from_secs(1);
/// How many telephones are told at once: a thousand that do not answer would be ten thousand datagrams.
const MAX_UNDER_WAY: usize = 500;
/// How long the others wait then.
const POSTPONEMENT: Duration = Duration::from_secs(1);
/// The longest pause that a telephone may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl Lamps {
    pub(crate) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            next_id: 0,
            by_user: BTreeMap::new(),
            lamps: BTreeMap::new(),
            under_way: 0,
            deadlines: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    /// A telephone has registered, or refreshed its registration.
    pub(crate) fn handle_bound(&mut self, user: &str, place: Place<'_>, now: Timestamp) {
        let Place { contact, flow, routes, registration } = place;
        let due = Condition::Due { at: now + GRACE };
        let Some(id) = self.find(user, contact) else {
            self.next_id += 1;
            let id = LampId(self.next_id);
            let user = match self.by_user.get_key_value(user) {
                Some((user, _)) => Arc::clone(user),
                None => Arc::from(user),
            };
            self.by_user.entry(Arc::clone(&user)).or_default().push(id);
            let registration = registration.to_owned();
            let contact = contact.clone();
            let lamp = Lamp { user, contact, flow, routes, registration, condition: due };
            self.lamps.insert(id, lamp);
            self.touch(id);
            return;
        };
        let Some(lamp) = self.lamps.get_mut(&id) else { return };
        (lamp.flow, lamp.routes) = (flow, routes);
        let is_new = lamp.registration != registration;
        if is_new {
            registration.clone_into(&mut lamp.registration);
        }
        lamp.condition = match lamp.condition {
            Condition::UnderWay { since } | Condition::Overtaken { since } if is_new => {
                Condition::Overtaken { since }
            }
            Condition::Knows { .. } | Condition::Refuses if is_new => due,
            Condition::Untold => due,
            unchanged @ (Condition::Due { .. }
            | Condition::UnderWay { .. }
            | Condition::Overtaken { .. }
            | Condition::Knows { .. }
            | Condition::Refuses) => unchanged,
        };
        self.touch(id);
    }

    /// A telephone is gone.
    pub(crate) fn handle_unbound(&mut self, user: &str, contact: &Uri) {
        let Some(id) = self.find(user, contact) else { return };
        if let Some(lamp) = self.lamps.remove(&id)
            && lamp.condition.is_under_way()
        {
            self.under_way = self.under_way.saturating_sub(1);
        }
        self.deadlines.clear(&id);
        if let Some(of_user) = self.by_user.get_mut(user) {
            of_user.retain(|other| *other != id);
            if of_user.is_empty() {
                self.by_user.remove(user);
            }
        }
    }

    /// The mailbox of a user has changed.
    pub(crate) fn handle_change(&mut self, user: &str, now: Timestamp) {
        for id in self.by_user.get(user).cloned().unwrap_or_default() {
            if let Some(lamp) = self.lamps.get_mut(&id) {
                lamp.condition = match lamp.condition {
                    Condition::Knows { quiet_until } => Condition::Due { at: quiet_until.max(now) },
                    Condition::Untold => Condition::Due { at: now },
                    Condition::UnderWay { since } | Condition::Overtaken { since } => {
                        Condition::Overtaken { since }
                    }
                    unchanged @ (Condition::Due { .. } | Condition::Refuses) => unchanged,
                };
            }
            self.touch(id);
        }
        self.handle_timeout(now);
    }

    /// A NOTIFY was answered, or not.
    pub(crate) fn handle_outcome(&mut self, id: LampId, outcome: NotifyOutcome, now: Timestamp) {
        let interval = self.interval;
        let Some(lamp) = self.lamps.get_mut(&id) else { return };
        let (since, is_newest) = match lamp.condition {
            Condition::UnderWay { since } => (since, true),
            Condition::Overtaken { since } => (since, false),
            Condition::Due { .. }
            | Condition::Knows { .. }
            | Condition::Untold
            | Condition::Refuses => return,
        };
        self.under_way = self.under_way.saturating_sub(1);
        let next = (since + interval).max(now);
        lamp.condition = match (outcome, is_newest) {
            (NotifyOutcome::Accepted, true) => Condition::Knows { quiet_until: next },
            (NotifyOutcome::Accepted | NotifyOutcome::TimedOut, false) => {
                Condition::Due { at: next }
            }
            (NotifyOutcome::TimedOut, true) => Condition::Untold,
            (NotifyOutcome::Refused { retry_after: Some(pause) }, _) => {
                Condition::Due { at: next.max(now + pause.min(LONGEST_PAUSE)) }
            }
            (NotifyOutcome::Refused { retry_after: None }, _) => Condition::Refuses,
        };
        self.touch(id);
    }

    /// A telephone was not told after all, as it has a subscription.
    pub(crate) fn skip(&mut self, id: LampId) {
        let Some(lamp) = self.lamps.get_mut(&id) else { return };
        if lamp.condition.is_under_way() {
            self.under_way = self.under_way.saturating_sub(1);
            lamp.condition = Condition::Untold;
            self.touch(id);
        }
    }

    /// Tells who has waited long enough; calling early does nothing.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.deadlines.pop_due(now) {
            let Some(lamp) = self.lamps.get_mut(&id) else { continue };
            if self.under_way >= MAX_UNDER_WAY {
                lamp.condition = Condition::Due { at: now + POSTPONEMENT };
            } else {
                self.under_way += 1;
                lamp.condition = Condition::UnderWay { since: now };
                self.outputs.push_back(LampOutput {
                    lamp: id,
                    user: Arc::clone(&lamp.user),
                    contact: lamp.contact.clone(),
                    flow: lamp.flow,
                    routes: lamp.routes.clone(),
                });
            }
            self.touch(id);
        }
    }

    pub(crate) fn poll_output(&mut self) -> Option<LampOutput> {
        self.outputs.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    fn find(&self, user: &str, contact: &Uri) -> Option<LampId> {
        let of_user = self.by_user.get(user)?;
        let is_it = |id: &&LampId| {
            self.lamps.get(id).is_some_and(|lamp| lamp.contact.is_equivalent(contact))
        };
        of_user.iter().find(is_it).copied()
    }

    fn touch(&mut self, id: LampId) {
        let due = self.lamps.get(&id).and_then(|lamp| lamp.condition.poll_timeout());
        self.deadlines.update(id, due);
    }
}

impl Condition {
    const fn is_under_way(self) -> bool {
        matches!(self, Self::UnderWay { .. } | Self::Overtaken { .. })
    }

    const fn poll_timeout(self) -> Option<Timestamp> {
        match self {
            Self::Due { at } => Some(at),
            Self::UnderWay { .. }
            | Self::Overtaken { .. }
            | Self::Knows { .. }
            | Self::Untold
            | Self::Refuses => None,
        }
    }
}

#[cfg(test)]
mod tests;
