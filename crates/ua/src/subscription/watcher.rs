//! One subscription of another's.

use centrala_time::Timestamp;
use core::time::Duration;

use super::EventPackage;
use crate::Source;

/// A subscription of somebody else's to one of our resources. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatcherId(pub(super) u64);

/// Why a subscription ends (RFC 6665 section 4.1.3).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// It was not refreshed, or is not wanted any more.
    Timeout,
    /// The resource is gone.
    NoResource,
    /// The watcher may not watch it any more.
    Rejected,
    /// The watcher must show again who it is: it may subscribe at once.
    Deactivated,
    /// We end, and will be back after this time.
    Probation {
        /// After how long to subscribe again.
        retry_after: Duration,
    },
}

/// One subscription of another's: how it stands, and what its watcher knows.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) who: Source,
    pub(super) package: EventPackage,
    pub(super) resource: String,
    /// The address of the resource, as the watcher knows it.
    pub(super) entity: String,
    /// Where it is told.
    pub(super) place: Option<String>,
    pub(super) standing: Standing,
    pub(super) delivery: Delivery,
    /// The number of the next document.
    pub(super) version: u32,
}

/// Whether a subscription goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active { expires_at: Timestamp },
    Ending(EndReason),
}

/// What the watcher knows. There is never more than one NOTIFY under way, so that an older state cannot overtake a
/// newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It knows the state; the next change waits until then.
    Settled { quiet_until: Timestamp },
    /// There is something to tell, at that time.
    Due { at: Timestamp },
    /// It is being told, since that time.
    UnderWay { since: Timestamp, news: Option<Urgency> },
    /// It is being told the end.
    Farewell,
}

/// When something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// A change: as often as the interval allows.
    InTurn,
    /// The answer to a SUBSCRIBE, or an end: "immediately" (RFC 6665 section 4.2.1.3).
    AtOnce,
}

impl Watcher {
    /// Notes that there is something to tell.
    pub(super) fn announce(&mut self, urgency: Urgency, now: Timestamp) {
        let soonest = |quiet_until: Timestamp| match urgency {
            Urgency::AtOnce => now,
            Urgency::InTurn => quiet_until.max(now),
        };
        self.delivery = match self.delivery {
            Delivery::Settled { quiet_until } => Delivery::Due { at: soonest(quiet_until) },
            Delivery::Due { at } => Delivery::Due { at: soonest(at).min(at) },
            Delivery::UnderWay { since, news } => {
                Delivery::UnderWay { since, news: news.max(Some(urgency)) }
            }
            Delivery::Farewell => Delivery::Farewell,
        };
    }

    /// Ends the subscription after one more NOTIFY. The first reason stays.
    pub(super) fn end(&mut self, reason: EndReason, now: Timestamp) {
        if let Standing::Active { .. } = self.standing {
            self.standing = Standing::Ending(reason);
            self.announce(Urgency::AtOnce, now);
        }
    }

    /// Returns whether a NOTIFY is to be sent now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.delivery, Delivery::Due { at } if at <= now)
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        let end = match self.standing {
            Standing::Active { expires_at } => Some(expires_at),
            Standing::Ending(_) => None,
        };
        let due = match self.delivery {
            Delivery::Due { at } => Some(at),
            // The answer wakes it; until then there is only the end of the subscription to note.
            Delivery::Settled { .. } | Delivery::UnderWay { .. } | Delivery::Farewell => None,
        };
        end.into_iter().chain(due).min()
    }
}
