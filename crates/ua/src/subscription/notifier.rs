//! The notifier of RFC 6665: who watches what, and when to tell whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use centrala_sip::SubscriptionState;
use centrala_time::{Deadlines, Timestamp};
use core::time::Duration;

use super::{
    EndReason, EventPackage, Granted, NotifierConfig, Publication, RefreshError, SubscribeError,
    SubscribeRequest, WatcherId, Watchers,
    watcher::{Delivery, Standing, Urgency, Watcher},
};
use crate::Source;

/// Knows what can be watched and who watches it, and decides when to tell whom. Knows neither messages nor dialogs:
/// whoever drives it answers the SUBSCRIBE and sends the NOTIFY requests.
///
/// ```
/// use centrala_sip::MessageSummary;
/// use centrala_time::Timestamp;
/// use centrala_ua::{
///     EventPackage, Notifier, NotifierConfig, NotifierOutput, NotifyOutcome, Publication, PublishedState, Source,
///     SubscribeRequest,
/// };
///
/// let now = Timestamp::ZERO;
/// let mut notifier = Notifier::new(NotifierConfig::default());
/// let mailbox = |waiting| Publication::new(PublishedState::Messages(MessageSummary::new(waiting)));
/// notifier.publish("101", mailbox(false), now);
///
/// let who = Source::User("101".to_owned());
/// let request = SubscribeRequest::new(who, EventPackage::MessageSummary, "101", "sip:101@example.com");
/// let granted = notifier.handle_subscribe(request, now)?;
/// let Some(NotifierOutput::Notify { watcher, state, body, .. }) = notifier.poll_output() else { unreachable!() };
/// assert_eq!(state.to_string(), "active;expires=3600");
/// assert_eq!(body.unwrap(), "Messages-Waiting: no\r\n");
/// notifier.handle_outcome(watcher, NotifyOutcome::Accepted, now);
///
/// // A second later a message comes.
/// let later = now + core::time::Duration::from_secs(1);
/// notifier.publish("101", mailbox(true), later);
/// assert!(matches!(notifier.poll_output(), Some(NotifierOutput::Notify { .. })));
/// # Ok::<(), centrala_ua::SubscribeError>(())
/// ```
#[derive(Debug)]
pub struct Notifier {
    config: NotifierConfig,
    next_id: u64,
    resources: BTreeMap<String, BTreeMap<EventPackage, Resource>>,
    watchers: BTreeMap<WatcherId, Watcher>,
    by_source: BTreeMap<Source, BTreeSet<WatcherId>>,
    deadlines: Deadlines<WatcherId>,
    outputs: VecDeque<NotifierOutput>,
}

#[derive(Debug)]
struct Resource {
    publication: Publication,
    watchers: BTreeSet<WatcherId>,
}

/// What a [`Notifier`] wants.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum NotifierOutput {
    /// Send a NOTIFY, and tell [`handle_outcome`](Notifier::handle_outcome) what became of it. There is one at a time
    /// for each watcher.
    #[non_exhaustive]
    Notify {
        /// To whom.
        watcher: WatcherId,
        /// What Subscription-State says.
        state: SubscriptionState,
        /// The package, which has the type of the body.
        package: EventPackage,
        /// The body.
        body: Option<Bytes>,
    },
    /// The subscription is forgotten.
    #[non_exhaustive]
    Ended {
        /// Whose.
        watcher: WatcherId,
    },
}

/// What became of a NOTIFY.
#[expect(clippy::exhaustive_enums, reason = "a request is answered well, badly, or not at all")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyOutcome {
    /// A 2xx.
    Accepted,
    /// Another final response. With Retry-After, where the watcher still knows the subscription, it is sent again;
    /// otherwise the subscription is over (RFC 6665 section 4.2.2).
    Refused {
        /// After how long to try again.
        retry_after: Option<Duration>,
    },
    /// Nothing came back.
    TimedOut,
}

/// The lifetime from which on no subscription is too short (RFC 6665 section 4.2.1.1).
const AN_HOUR: Duration = Duration::from_secs(3_600);
/// The longest pause that a watcher may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl Notifier {
    /// Returns a notifier with nothing to watch.
    #[must_use]
    pub const fn new(config: NotifierConfig) -> Self {
        Self {
            config,
            next_id: 0,
            resources: BTreeMap::new(),
            watchers: BTreeMap::new(),
            by_source: BTreeMap::new(),
            deadlines: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Makes a resource known, or changes its state or its watchers. Whoever watches it is told, and whoever may not
    /// watch it any more is told that. Returns whether the state is another than before.
    pub fn publish(&mut self, name: &str, publication: Publication, now: Timestamp) -> bool {
        let package = publication.state.package();
        let of_name = self.resources.entry(name.to_owned()).or_default();
        let Some(resource) = of_name.get_mut(&package) else {
            of_name.insert(package, Resource { publication, watchers: BTreeSet::new() });
            return true;
        };
        if resource.publication == publication {
            return false;
        }
        let is_news = resource.publication.state != publication.state;
        resource.publication = publication;
        let ids: Vec<_> = resource.watchers.iter().copied().collect();
        for id in ids {
            self.review(id, is_news, now);
        }
        is_news
    }

    /// Removes a resource. Whoever watches it is told.
    pub fn withdraw(&mut self, name: &str, package: EventPackage, now: Timestamp) {
        let Some(of_name) = self.resources.get_mut(name) else { return };
        let Some(resource) = of_name.remove(&package) else { return };
        if of_name.is_empty() {
            self.resources.remove(name);
        }
        for id in resource.watchers {
            self.end(id, EndReason::NoResource, now);
        }
    }

    /// Ends all subscriptions of a user.
    pub fn remove_user(&mut self, user: &str, now: Timestamp) {
        self.end_all_of(user, EndReason::Rejected, now);
    }

    /// Ends all subscriptions of a user who must show again who he is: his password is another one. Whoever knows it may
    /// subscribe at once.
    pub fn deactivate_user(&mut self, user: &str, now: Timestamp) {
        self.end_all_of(user, EndReason::Deactivated, now);
    }

    /// Ends all subscriptions, before a restart: the watchers subscribe again after that time.
    pub fn close(&mut self, retry_after: Duration, now: Timestamp) {
        let ids: Vec<_> = self.watchers.keys().copied().collect();
        for id in ids {
            self.end(id, EndReason::Probation { retry_after }, now);
        }
    }

    /// A SUBSCRIBE outside of a dialog: makes a subscription, or with a lifetime of zero tells the state once. The
    /// answer goes out before the NOTIFY that follows.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] if there is none.
    pub fn handle_subscribe(
        &mut self,
        request: SubscribeRequest,
        now: Timestamp,
    ) -> Result<Granted, SubscribeError> {
        let SubscribeRequest { who, package, resource, entity, expires, place } = request;
        self.authorize(&who, package, &resource)?;
        let expires =
            self.lifetime(expires).map_err(|minimum| SubscribeError::TooBrief { minimum })?;
        let limit = self.config.max_watchers_per_user;
        if self.by_source.get(&who).is_some_and(|ids| ids.len() >= limit) {
            let twin = self.twin(&who, package, &resource, place.as_deref());
            self.forget(twin.ok_or(SubscribeError::TooMany { limit })?);
        }
        let limit = self.config.max_watchers;
        if self.watchers.len() >= limit {
            return Err(SubscribeError::Full { limit });
        }
        self.next_id += 1;
        let id = WatcherId(self.next_id);
        self.by_source.entry(who.clone()).or_default().insert(id);
        let standing = if expires.is_zero() {
            Standing::Ending(EndReason::Timeout)
        } else {
            Standing::Active { expires_at: now + expires }
        };
        if let Some(known) = self.resource_mut(&resource, package) {
            known.watchers.insert(id);
        }
        let delivery = Delivery::Due { at: now };
        let watcher =
            Watcher { who, package, resource, entity, place, standing, delivery, version: 0 };
        self.watchers.insert(id, watcher);
        self.deliver(id, now);
        Ok(Granted { watcher: id, expires })
    }

    /// A SUBSCRIBE of a subscription: refreshes it, or with a lifetime of zero ends it. Returns the lifetime.
    ///
    /// # Errors
    ///
    /// [`RefreshError`] if it stays as it is, or has ended.
    pub fn handle_refresh(
        &mut self,
        id: WatcherId,
        expires: Option<Duration>,
        now: Timestamp,
    ) -> Result<Duration, RefreshError> {
        let expires = self.lifetime(expires).map_err(|minimum| RefreshError::TooBrief { minimum });
        let watcher = self.watchers.get_mut(&id).ok_or(RefreshError::Ended)?;
        let Standing::Active { expires_at } = &mut watcher.standing else {
            return Err(RefreshError::Ended);
        };
        let expires = expires?;
        if expires.is_zero() {
            watcher.end(EndReason::Timeout, now);
        } else {
            *expires_at = now + expires;
            watcher.announce(Urgency::AtOnce, now);
        }
        self.deliver(id, now);
        Ok(expires)
    }

    /// A NOTIFY was answered, or not. About a subscription that is forgotten this does nothing.
    pub fn handle_outcome(&mut self, id: WatcherId, outcome: NotifyOutcome, now: Timestamp) {
        let interval = self.config.interval;
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        let Delivery::UnderWay { since, news } = watcher.delivery else {
            if watcher.delivery == Delivery::Farewell {
                self.forget(id);
            }
            return;
        };
        match outcome {
            NotifyOutcome::Accepted => {
                watcher.delivery = Delivery::Settled { quiet_until: since + interval };
                if let Some(urgency) = news {
                    watcher.announce(urgency, now);
                }
            }
            NotifyOutcome::Refused { retry_after: Some(pause) } => {
                // Not sooner than news would be told, whatever the watcher says.
                let at = now + pause.clamp(interval.min(LONGEST_PAUSE), LONGEST_PAUSE);
                watcher.delivery = Delivery::Due { at };
                if news == Some(Urgency::AtOnce) {
                    watcher.announce(Urgency::AtOnce, now);
                }
            }
            NotifyOutcome::Refused { retry_after: None } | NotifyOutcome::TimedOut => {
                self.forget(id);
                return;
            }
        }
        self.deliver(id, now);
    }

    /// Ends what was not refreshed, and tells what has waited; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(watcher) = self.watchers.get_mut(&id) {
                match watcher.standing {
                    Standing::Active { expires_at } if expires_at <= now => {
                        watcher.end(EndReason::Timeout, now);
                    }
                    Standing::Active { .. } | Standing::Ending(_) => {}
                }
                self.deliver(id, now);
            }
        }
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<NotifierOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Returns how many subscriptions there are, those included that end.
    #[must_use]
    pub fn len(&self) -> usize {
        self.watchers.len()
    }

    /// Returns whether nobody watches anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.watchers.is_empty()
    }

    /// Returns what is published under a name.
    #[must_use]
    pub fn publication(&self, name: &str, package: EventPackage) -> Option<&Publication> {
        Some(&self.resources.get(name)?.get(&package)?.publication)
    }

    /// Returns who watches a resource.
    pub fn watchers(
        &self,
        name: &str,
        package: EventPackage,
    ) -> impl Iterator<Item = WatcherId> + '_ {
        let resource = self.resources.get(name).and_then(|of_name| of_name.get(&package));
        resource.into_iter().flat_map(|resource| resource.watchers.iter().copied())
    }

    /// Returns whose a subscription is.
    #[must_use]
    pub fn source(&self, id: WatcherId) -> Option<&Source> {
        Some(&self.watchers.get(&id)?.who)
    }

    fn resource_mut(&mut self, name: &str, package: EventPackage) -> Option<&mut Resource> {
        self.resources.get_mut(name)?.get_mut(&package)
    }

    /// Returns the oldest subscription to the same that is told at the same place: one of the two is not known there any
    /// more. Strangers have none, as any of them may name the place of another.
    fn twin(
        &self,
        who: &Source,
        package: EventPackage,
        resource: &str,
        place: Option<&str>,
    ) -> Option<WatcherId> {
        let place = place.filter(|_| *who != Source::Stranger)?;
        self.by_source.get(who)?.iter().copied().find(|id| {
            self.watchers.get(id).is_some_and(|one| {
                one.package == package
                    && one.resource == resource
                    && one.place.as_deref() == Some(place)
            })
        })
    }

    /// Whoever could not watch a resource does not learn whether there is one.
    fn authorize(
        &self,
        who: &Source,
        package: EventPackage,
        name: &str,
    ) -> Result<(), SubscribeError> {
        let (watchers, absent) = match self.publication(name, package) {
            Some(publication) => (&publication.watchers, None),
            None => (&Watchers::usual(package), Some(SubscribeError::NotFound)),
        };
        if !watchers.allow(who, name) {
            return Err(SubscribeError::Forbidden);
        }
        absent.map_or(Ok(()), Err)
    }

    /// Returns the lifetime to grant, or the shortest that would be.
    fn lifetime(&self, asked: Option<Duration>) -> Result<Duration, Duration> {
        let minimum = self.config.min_expires;
        let asked = asked.unwrap_or(self.config.default_expires);
        if asked < minimum && asked < AN_HOUR && !asked.is_zero() {
            return Err(minimum);
        }
        Ok(asked.min(self.config.max_expires))
    }

    /// The resource of a subscription has changed.
    fn review(&mut self, id: WatcherId, is_news: bool, now: Timestamp) {
        let Some(watcher) = self.watchers.get(&id) else { return };
        let may = self
            .publication(&watcher.resource, watcher.package)
            .is_some_and(|one| one.watchers.allow(&watcher.who, &watcher.resource));
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        if !may {
            watcher.end(EndReason::Rejected, now);
        } else if is_news {
            watcher.announce(Urgency::InTurn, now);
        }
        self.deliver(id, now);
    }

    fn end_all_of(&mut self, user: &str, reason: EndReason, now: Timestamp) {
        let ids = self.by_source.get(&Source::User(user.to_owned())).cloned();
        for id in ids.unwrap_or_default() {
            self.end(id, reason, now);
        }
    }

    fn end(&mut self, id: WatcherId, reason: EndReason, now: Timestamp) {
        if let Some(watcher) = self.watchers.get_mut(&id) {
            watcher.end(reason, now);
            self.deliver(id, now);
        }
    }

    /// Sends the NOTIFY of a watcher if it is due, and notes its next deadline.
    fn deliver(&mut self, id: WatcherId, now: Timestamp) {
        let Some(watcher) = self.watchers.get_mut(&id) else { return };
        if watcher.is_due(now) {
            let (state, with_body) = match watcher.standing {
                Standing::Active { expires_at } => {
                    watcher.delivery = Delivery::UnderWay { since: now, news: None };
                    (SubscriptionState::active(seconds(expires_at.saturating_since(now))), true)
                }
                Standing::Ending(reason) => {
                    watcher.delivery = Delivery::Farewell;
                    (terminated(reason), may_learn(reason))
                }
            };
            let package = watcher.package;
            let published = self
                .resources
                .get(&watcher.resource)
                .and_then(|of_name| of_name.get(&package))
                .filter(|_| with_body);
            let body =
                published.map(|one| one.publication.state.body(&watcher.entity, watcher.version));
            watcher.version = watcher.version.saturating_add(1);
            self.outputs.push_back(NotifierOutput::Notify { watcher: id, state, package, body });
        }
        self.deadlines.update(id, watcher.poll_timeout());
    }

    fn forget(&mut self, id: WatcherId) {
        let Some(watcher) = self.watchers.remove(&id) else { return };
        self.deadlines.clear(&id);
        if let Some(resource) = self.resource_mut(&watcher.resource, watcher.package) {
            resource.watchers.remove(&id);
        }
        if let Some(ids) = self.by_source.get_mut(&watcher.who) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_source.remove(&watcher.who);
            }
        }
        self.outputs.push_back(NotifierOutput::Ended { watcher: id });
    }
}

/// Returns whether somebody whose subscription ends for this reason still learns the state.
const fn may_learn(reason: EndReason) -> bool {
    match reason {
        EndReason::Timeout | EndReason::Probation { .. } => true,
        EndReason::NoResource | EndReason::Rejected | EndReason::Deactivated => false,
    }
}

fn terminated(reason: EndReason) -> SubscriptionState {
    let (name, retry_after) = match reason {
        EndReason::Timeout => ("timeout", None),
        EndReason::NoResource => ("noresource", None),
        EndReason::Rejected => ("rejected", None),
        EndReason::Deactivated => ("deactivated", None),
        EndReason::Probation { retry_after } => ("probation", Some(retry_after)),
    };
    // The reasons are tokens, so that the state is made.
    let state =
        SubscriptionState::terminated(name).unwrap_or_else(|_| SubscriptionState::active(0));
    match retry_after {
        Some(pause) => state.with_retry_after(seconds(pause)),
        None => state,
    }
}

/// Returns whole seconds, rounded up: a subscription that lives has at least one.
fn seconds(duration: Duration) -> u32 {
    let whole = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
