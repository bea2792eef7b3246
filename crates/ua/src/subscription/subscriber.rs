//! A subscription of ours: when to subscribe, to refresh, to try again (RFC 6665 section 4.1).

use centrala_sip::{HeaderName, Response, StatusCode, SubscriptionPhase, SubscriptionState, Uri};
use centrala_time::Timestamp;
use core::time::Duration;

use super::EventPackage;
use crate::{Credentials, Flow};

/// A subscription of ours. Never used twice by an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub(crate) u64);

/// A subscription to keep up.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SubscriptionConfig {
    /// What is watched: the Request-URI.
    pub resource: Uri,
    /// Where the requests are sent.
    pub destination: Flow,
    /// Who watches.
    pub from: Uri,
    /// The event package.
    pub package: EventPackage,
    /// What answers the challenge.
    pub credentials: Option<Credentials>,
    /// The lifetime that we ask for.
    pub expires: Duration,
}

/// How a subscription of ours stands.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionStatus {
    /// It holds; it will be refreshed in time.
    Active {
        /// For how long.
        expires: Duration,
    },
    /// It could not be refreshed, but holds as long as was granted before; it will be tried again within that time, or
    /// after it.
    Unrefreshed {
        /// The response; `None` if there was none.
        status: Option<StatusCode>,
        /// After this time.
        retry_in: Duration,
    },
    /// There is none now; it will be tried again.
    Failed {
        /// The response; `None` if there was none, or the notifier has ended the subscription.
        status: Option<StatusCode>,
        /// After this time.
        retry_in: Duration,
    },
    /// There will be none: we have ended it, or the notifier says that there is nothing to watch for us. This is its
    /// last event.
    Ended {
        /// What the notifier gives as its reason.
        reason: Option<String>,
    },
}

impl SubscriptionConfig {
    /// Returns a subscription for an hour at a time.
    #[must_use]
    pub const fn new(
        package: EventPackage,
        resource: Uri,
        destination: Flow,
        from: Uri,
        credentials: Option<Credentials>,
    ) -> Self {
        let expires = Duration::from_secs(3_600);
        Self { resource, destination, from, package, credentials, expires }
    }
}

/// Decides what to do after each answer and each NOTIFY. Knows neither transactions nor dialogs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    state: State,
    expires: Duration,
    failures: u32,
    /// Until when the notifier keeps the subscription, whatever becomes of a refresh.
    granted_until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// A SUBSCRIBE is under way.
    Pending { purpose: Purpose, first: First, then: Then },
    /// Until the next request. Before the first NOTIFY there is a limit (timer N).
    Holding { refresh_at: Timestamp, notified_by: Option<Timestamp> },
    /// We have ended it, and wait for the last NOTIFY.
    Leaving { until: Timestamp },
    /// There is no subscription; it is tried again.
    Waiting { until: Timestamp },
    /// There will be no more.
    Ended,
}

/// What a SUBSCRIBE is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make a subscription, and with it a dialog.
    Begin,
    Refresh,
    Remove,
}

/// Whether the first NOTIFY has come: it may come before the 200 (RFC 6665 section 4.1.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Awaited,
    Came,
}

/// What follows the answer to the SUBSCRIBE that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Then {
    Keep,
    /// We do not want it any more.
    Remove,
    /// The notifier has ended it.
    Resume {
        after: Duration,
    },
    /// The notifier has ended it for good.
    End {
        reason: Option<String>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Send a SUBSCRIBE.
    Send(Purpose),
    /// Tell how it stands.
    Tell(SubscriptionStatus),
    /// Nothing.
    Rest,
}

/// The first delay after a failure, and the longest.
const BASE_DELAY: Duration = Duration::from_secs(30);
const MAX_DELAY: Duration = Duration::from_secs(1_800);
/// The delay before a subscription that the notifier has ended "immediately" begins again: it may end each at once.
const RESUME_DELAY: Duration = Duration::from_secs(2);
/// The longest time that we are made to wait or to subscribe for.
const MAX_ASKED: Duration = Duration::from_secs(86_400);
/// How long the first NOTIFY may take (timer N), and the last.
const TIMER_N: Duration = Duration::from_secs(32);

impl Plan {
    /// Begins with a request under way.
    pub(crate) const fn new(expires: Duration) -> Self {
        let state =
            State::Pending { purpose: Purpose::Begin, first: First::Awaited, then: Then::Keep };
        Self { state, expires, failures: 0, granted_until: None }
    }

    /// Returns the lifetime that the next request asks for.
    pub(crate) const fn expires(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Begin | Purpose::Refresh => self.expires,
            Purpose::Remove => Duration::ZERO,
        }
    }

    /// Returns what the request under way is for.
    pub(crate) const fn pending(&self) -> Option<Purpose> {
        match self.state {
            State::Pending { purpose, .. } => Some(purpose),
            State::Holding { .. }
            | State::Leaving { .. }
            | State::Waiting { .. }
            | State::Ended => None,
        }
    }

    /// Returns whether NOTIFY requests are expected: there is a dialog, or will be.
    pub(crate) const fn is_open(&self) -> bool {
        match self.state {
            State::Pending { .. } | State::Holding { .. } | State::Leaving { .. } => true,
            State::Waiting { .. } | State::Ended => false,
        }
    }

    /// Returns whether the last event was told.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// A final response came that is no challenge which can be answered; `jitter` is drawn between 50 and 100.
    pub(crate) fn handle_response(
        &mut self,
        response: &Response,
        jitter: u32,
        now: Timestamp,
    ) -> Action {
        let State::Pending { purpose, first, then } = self.state.clone() else {
            return Action::Rest;
        };
        let status = response.status();
        match (purpose, then) {
            (Purpose::Remove, Then::Keep | Then::Remove) if status.is_success() => {
                self.state = State::Leaving { until: now + TIMER_N };
                Action::Rest
            }
            (Purpose::Remove, _) => self.end(None),
            (Purpose::Begin | Purpose::Refresh, Then::End { reason }) => self.end(reason),
            (Purpose::Begin | Purpose::Refresh, Then::Resume { after }) => {
                self.wait(None, after, now)
            }
            (Purpose::Begin | Purpose::Refresh, then) if status.is_success() => {
                self.succeed(response, first, &then, now)
            }
            (Purpose::Begin | Purpose::Refresh, Then::Remove) => self.end(None),
            (purpose, Then::Keep) => self.handle_failure((purpose, first), response, jitter, now),
        }
    }

    /// Nothing came back.
    pub(crate) fn handle_silence(&mut self, jitter: u32, now: Timestamp) -> Action {
        match self.state.clone() {
            State::Pending { purpose: Purpose::Remove, .. }
            | State::Pending { then: Then::Remove, .. } => self.end(None),
            State::Pending { then: Then::End { reason }, .. } => self.end(reason),
            State::Pending { purpose, first, .. } => {
                self.miss(purpose, first, (None, Duration::ZERO), jitter, now)
            }
            State::Holding { .. }
            | State::Leaving { .. }
            | State::Waiting { .. }
            | State::Ended => Action::Rest,
        }
    }

    /// A NOTIFY of this subscription came.
    pub(crate) fn handle_notify(
        &mut self,
        notified: &SubscriptionState,
        jitter: u32,
        now: Timestamp,
    ) -> Action {
        let is_over = notified.phase() == SubscriptionPhase::Terminated;
        match &mut self.state {
            State::Pending { first, then, .. } => {
                *first = First::Came;
                if is_over && *then == Then::Keep {
                    *then = after(notified, jitter);
                }
                Action::Rest
            }
            State::Holding { refresh_at, notified_by } => {
                *notified_by = None;
                if is_over {
                    return match after(notified, jitter) {
                        Then::End { reason } => self.end(reason),
                        Then::Resume { after } => self.wait(None, after, now),
                        Then::Keep | Then::Remove => Action::Rest,
                    };
                }
                // "the subscriber SHOULD take it as the authoritative subscription duration" (section 4.1.3).
                if let Some(seconds) = notified.expires() {
                    *refresh_at = (*refresh_at).min(half(now, seconds));
                    self.granted_until = Some(now + Duration::from_secs(u64::from(seconds)));
                }
                Action::Rest
            }
            State::Leaving { .. } if is_over => self.end(notified.reason().map(str::to_owned)),
            State::Leaving { .. } | State::Waiting { .. } | State::Ended => Action::Rest,
        }
    }

    /// The subscription is not wanted any more.
    pub(crate) fn handle_removal(&mut self) -> Action {
        match &mut self.state {
            State::Pending { then, .. } => {
                *then = Then::Remove;
                Action::Rest
            }
            State::Holding { .. } => self.send(Purpose::Remove, First::Came),
            State::Waiting { .. } => self.end(None),
            State::Leaving { .. } | State::Ended => Action::Rest,
        }
    }

    /// Refreshes or tries again if that is due.
    pub(crate) fn handle_timeout(&mut self, jitter: u32, now: Timestamp) -> Action {
        match self.state {
            State::Holding { notified_by: Some(limit), .. } if limit <= now => {
                self.fail(None, Duration::ZERO, jitter, now)
            }
            State::Holding { refresh_at, .. } if self.is_spent(now) => {
                if refresh_at <= now {
                    self.send(Purpose::Begin, First::Awaited)
                } else {
                    self.wait(None, refresh_at.saturating_since(now), now)
                }
            }
            State::Holding { refresh_at, notified_by } if refresh_at <= now => {
                let first = if notified_by.is_some() { First::Awaited } else { First::Came };
                self.send(Purpose::Refresh, first)
            }
            State::Waiting { until } if until <= now => self.send(Purpose::Begin, First::Awaited),
            State::Leaving { until } if until <= now => self.end(None),
            State::Pending { .. }
            | State::Holding { .. }
            | State::Leaving { .. }
            | State::Waiting { .. }
            | State::Ended => Action::Rest,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        match self.state {
            State::Holding { refresh_at, notified_by } => {
                notified_by.into_iter().chain(self.granted_until).chain([refresh_at]).min()
            }
            State::Leaving { until } | State::Waiting { until } => Some(until),
            State::Pending { .. } | State::Ended => None,
        }
    }

    /// Returns whether what was granted is over.
    fn is_spent(&self, now: Timestamp) -> bool {
        self.granted_until.is_none_or(|until| until <= now)
    }

    fn send(&mut self, purpose: Purpose, first: First) -> Action {
        self.state = State::Pending { purpose, first, then: Then::Keep };
        Action::Send(purpose)
    }

    fn succeed(
        &mut self,
        response: &Response,
        first: First,
        then: &Then,
        now: Timestamp,
    ) -> Action {
        let seconds = response.expires().unwrap_or_else(|_| whole_seconds(self.expires));
        self.failures = 0;
        if *then == Then::Remove {
            return self.send(Purpose::Remove, first);
        }
        let notified_by = (first == First::Awaited).then(|| now + TIMER_N);
        self.state = State::Holding { refresh_at: half(now, seconds), notified_by };
        let expires = Duration::from_secs(u64::from(seconds));
        // Shorter than the pause before a refresh is nothing that could be refreshed.
        self.granted_until = Some(now + expires.max(Duration::from_secs(2)));
        Action::Tell(SubscriptionStatus::Active { expires })
    }

    fn handle_failure(
        &mut self,
        (purpose, first): (Purpose, First),
        response: &Response,
        jitter: u32,
        now: Timestamp,
    ) -> Action {
        let status = response.status();
        if status == StatusCode::INTERVAL_TOO_BRIEF
            && let Ok(seconds) = response.number(&HeaderName::MIN_EXPIRES)
        {
            let minimum = Duration::from_secs(u64::from(seconds)).min(MAX_ASKED);
            if minimum > self.expires {
                self.expires = minimum;
                return self.send(purpose, first);
            }
        }
        if purpose == Purpose::Refresh && status == StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST {
            // The notifier was started anew.
            return self.send(Purpose::Begin, First::Awaited);
        }
        let asked = crate::endpoint::retry_after(response).unwrap_or_default();
        let purpose = if ends_subscription(status) { Purpose::Begin } else { purpose };
        self.miss(purpose, first, (Some(status), asked), jitter, now)
    }

    /// A request has failed: "the original subscription is still considered valid for the duration of the most recently
    /// known "Expires" value" if it was to refresh it (RFC 6665 section 4.1.2.2).
    fn miss(
        &mut self,
        purpose: Purpose,
        first: First,
        (status, asked): (Option<StatusCode>, Duration),
        jitter: u32,
        now: Timestamp,
    ) -> Action {
        if purpose != Purpose::Refresh || self.is_spent(now) {
            return self.fail(status, asked, jitter, now);
        }
        let retry_in = self.delay(asked, jitter);
        let notified_by = (first == First::Awaited).then(|| now + TIMER_N);
        self.state = State::Holding { refresh_at: now + retry_in, notified_by };
        Action::Tell(SubscriptionStatus::Unrefreshed { status, retry_in })
    }

    fn fail(
        &mut self,
        status: Option<StatusCode>,
        asked: Duration,
        jitter: u32,
        now: Timestamp,
    ) -> Action {
        let retry_in = self.delay(asked, jitter);
        self.wait(status, retry_in, now)
    }

    /// Doubles the delay with each failure in a row.
    fn delay(&mut self, asked: Duration, jitter: u32) -> Duration {
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let delay = BASE_DELAY.saturating_mul(factor).min(MAX_DELAY);
        (delay.saturating_mul(jitter) / 100).max(asked.min(MAX_ASKED))
    }

    fn wait(&mut self, status: Option<StatusCode>, retry_in: Duration, now: Timestamp) -> Action {
        self.granted_until = None;
        self.state = State::Waiting { until: now + retry_in };
        Action::Tell(SubscriptionStatus::Failed { status, retry_in })
    }

    fn end(&mut self, reason: Option<String>) -> Action {
        self.state = State::Ended;
        Action::Tell(SubscriptionStatus::Ended { reason })
    }
}

/// Returns whether a response to a refresh ends the subscription (RFC 6665 section 4.1.2.2).
fn ends_subscription(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 405 | 410 | 416 | 480..=485 | 489 | 501 | 604)
}

/// Returns what follows the end of a subscription by the notifier (RFC 6665 section 4.1.3).
fn after(notified: &SubscriptionState, jitter: u32) -> Then {
    let reason = notified.reason().unwrap_or_default().to_ascii_lowercase();
    let asked = notified.retry_after().map(|seconds| Duration::from_secs(u64::from(seconds)));
    let delay = match reason.as_str() {
        "rejected" | "noresource" | "invariant" => return Then::End { reason: Some(reason) },
        "probation" | "giveup" => BASE_DELAY,
        _ => RESUME_DELAY,
    };
    let drawn = delay.saturating_mul(jitter) / 100;
    Then::Resume { after: asked.map_or(drawn, |asked| asked.min(MAX_ASKED).max(drawn)) }
}

/// Returns the middle of a lifetime, at least a second away.
fn half(now: Timestamp, seconds: u32) -> Timestamp {
    now + (Duration::from_secs(u64::from(seconds)) / 2).max(Duration::from_secs(1))
}

fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
