//! SUBSCRIBE requests of others (RFC 6665 section 4.2.1).

use std::collections::BTreeMap;

use centrala_sip::{HeaderName, Method, Request, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{
    Endpoint, Owner,
    admission::{Refusal, capabilities, check_request},
};
use crate::{
    EventPackage, Flow, Granted, NotifierConfig, Publication, PublishedState, RefreshError, Source,
    SubscribeError, SubscribeRequest, Unsolicited, WatcherId,
    dialog::Dialog,
    subscription::{Lamps, Notifier},
};

/// All that others are told of by NOTIFY.
#[derive(Debug)]
pub(super) struct Notifications {
    pub(super) notifier: Notifier,
    pub(super) lamps: Lamps,
    pub(super) unsolicited: Unsolicited,
    usages: BTreeMap<WatcherId, Usage>,
    by_tag: BTreeMap<String, WatcherId>,
}

/// The dialog of a subscription, which has no other use: RFC 6665 section 4.5.2 wants none to be shared.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) dialog: Dialog,
    /// Event, as the watcher wrote it: type and id.
    pub(super) event: centrala_sip::Event,
}

impl Notifications {
    pub(super) fn new(config: &NotifierConfig) -> Self {
        Self {
            lamps: Lamps::new(config.interval),
            unsolicited: config.unsolicited,
            notifier: Notifier::new(config.clone()),
            usages: BTreeMap::new(),
            by_tag: BTreeMap::new(),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        self.notifier.handle_timeout(now);
        self.lamps.handle_timeout(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        [self.notifier.poll_timeout(), self.lamps.poll_timeout()].into_iter().flatten().min()
    }

    pub(super) fn usage_mut(&mut self, watcher: WatcherId) -> Option<&mut Usage> {
        self.usages.get_mut(&watcher)
    }

    /// Returns the ways to all watchers.
    pub(super) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.usages.values().map(|usage| usage.dialog.flow())
    }

    pub(super) fn forget(&mut self, watcher: WatcherId) {
        if let Some(usage) = self.usages.remove(&watcher) {
            self.by_tag.remove(usage.dialog.local_tag());
        }
    }

    /// Returns whether the telephone at the other end of `flow` watches the mailbox of `user`. Another telephone of
    /// the same user may do that, and this one not.
    pub(super) fn is_subscribed(&self, user: &str, flow: Flow) -> bool {
        self.notifier.watchers(user, EventPackage::MessageSummary).any(|watcher| {
            let usage = self.usages.get(&watcher);
            usage.is_some_and(|usage| usage.dialog.flow().remote() == flow.remote())
        })
    }

    fn insert(&mut self, watcher: WatcherId, usage: Usage) {
        self.by_tag.insert(usage.dialog.local_tag().to_owned(), watcher);
        self.usages.insert(watcher, usage);
    }

    /// Returns the subscription that a request belongs to.
    fn find(&self, request: &Request) -> Option<WatcherId> {
        let to = request.to().ok()?;
        let watcher = *self.by_tag.get(to.tag()?)?;
        self.usages.get(&watcher)?.dialog.matches(request).then_some(watcher)
    }
}

impl Endpoint {
    /// Publishes the state of a mailbox, or of a person's calls, under the user part of the address that is watched.
    /// Whoever watches it is told; so are telephones of the user of that name that do not subscribe to his mailbox,
    /// if [`NotifierConfig::unsolicited`] says so.
    pub fn publish(&mut self, name: &str, publication: Publication, now: Timestamp) {
        let is_mailbox = matches!(publication.state, PublishedState::Messages(_));
        let is_news = self.notifications.notifier.publish(name, publication, now);
        if is_mailbox && is_news {
            // The mailbox may be new, and the telephones may not.
            for binding in self.registrar.bindings(name, now) {
                self.notifications.handle_bound(name, binding, now);
            }
            self.notifications.lamps.handle_change(name, now);
        }
        self.settle(now);
    }

    /// Withdraws what was published. Whoever watches it is told that it is gone.
    pub fn withdraw(&mut self, name: &str, package: EventPackage, now: Timestamp) {
        self.notifications.notifier.withdraw(name, package, now);
        self.settle(now);
    }

    /// Ends all subscriptions of others, before a restart. They subscribe again after `retry_after`.
    pub fn close_subscriptions(&mut self, retry_after: Duration, now: Timestamp) {
        self.notifications.notifier.close(retry_after, now);
        self.settle(now);
    }

    /// Returns how many subscriptions others have, those included that end.
    #[must_use]
    pub fn watcher_count(&self) -> usize {
        self.notifications.notifier.len()
    }

    /// A SUBSCRIBE outside of a dialog.
    pub(super) fn handle_subscribe(
        &mut self,
        request: &Request,
        who: Source,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        match self.accept_subscription(request, who, source, now) {
            Ok((granted, usage)) => {
                self.grant(request, &usage, granted.expires, destination, now);
                self.notifications.insert(granted.watcher, usage);
            }
            Err((status, headers)) => self.reply(request, destination, status, &headers, now),
        }
    }

    /// A request in the dialog of a subscription. Returns whether it was one.
    pub(super) fn handle_in_subscription(
        &mut self,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) -> bool {
        let Some(watcher) = self.notifications.find(request) else { return false };
        let Some(usage) = self.notifications.usage_mut(watcher) else { return false };
        let sequence = request.cseq().map_or(0, |cseq| cseq.number());
        if !usage.dialog.admit(sequence) {
            self.reply(request, destination, StatusCode::SERVER_INTERNAL_ERROR, &[], now);
        } else if let Err((status, headers)) = check_request(request) {
            self.reply(request, destination, status, &headers, now);
        } else if *request.method() == Method::Subscribe {
            // Its tags are no secret to those on the way.
            let Some(who) = self.identify(request, source, destination, now) else { return true };
            if self.notifications.notifier.source(watcher) == Some(&who) {
                self.handle_resubscribe(watcher, request, source, destination, now);
            } else {
                self.reply(request, destination, StatusCode::FORBIDDEN, &[], now);
            }
        } else if *request.method() == Method::Options {
            self.reply(request, destination, StatusCode::OK, &capabilities(), now);
        } else {
            self.refuse_method(request, destination, now);
        }
        true
    }

    fn handle_resubscribe(
        &mut self,
        watcher: WatcherId,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        let Some(usage) = self.notifications.usage_mut(watcher) else { return };
        let refused = match read_subscribe(request) {
            Err(refusal) => Some(refusal),
            Ok((event, _)) if !event.belongs_to(&usage.event) => {
                // A second subscription in one dialog: "UAs MUST NOT" (RFC 6665 section 4.5.2).
                Some((StatusCode::FORBIDDEN, Vec::new()))
            }
            Ok(_) => None,
        };
        if let Some((status, headers)) = refused {
            self.reply(request, destination, status, &headers, now);
            return;
        }
        usage.dialog.refresh_target(request, source);
        match self.notifications.notifier.handle_refresh(watcher, lifetime(request), now) {
            Ok(expires) => {
                let Some(usage) = self.notifications.usages.remove(&watcher) else { return };
                self.grant(request, &usage, expires, destination, now);
                self.notifications.usages.insert(watcher, usage);
            }
            Err(RefreshError::Ended) => {
                let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
                self.reply(request, destination, status, &[], now);
            }
            Err(RefreshError::TooBrief { minimum }) => {
                let (status, headers) = too_brief(minimum);
                self.reply(request, destination, status, &headers, now);
            }
        }
    }

    fn accept_subscription(
        &mut self,
        request: &Request,
        who: Source,
        source: Flow,
        now: Timestamp,
    ) -> Result<(Granted, Usage), Refusal> {
        check_request(request)?;
        let (event, package) = read_subscribe(request)?;
        let tag = self.generator.token();
        let dialog = Dialog::answering(request, &tag, source)
            .ok_or_else(|| (StatusCode::BAD_REQUEST, Vec::new()))?;
        let uri = request.uri();
        let resource = uri.user_decoded().unwrap_or_default();
        let resource = String::from_utf8_lossy(&resource).into_owned();
        let asked = SubscribeRequest {
            expires: lifetime(request),
            place: Some(dialog.remote_place()),
            ..SubscribeRequest::new(who, package, resource, entity(uri))
        };
        let granted = self.notifications.notifier.handle_subscribe(asked, now);
        let retry_after = self.config.limits.retry_after.as_secs();
        let granted = granted.map_err(|error| match error {
            SubscribeError::Forbidden | SubscribeError::TooMany { .. } => {
                (StatusCode::FORBIDDEN, Vec::new())
            }
            SubscribeError::NotFound => (StatusCode::NOT_FOUND, Vec::new()),
            SubscribeError::TooBrief { minimum } => too_brief(minimum),
            SubscribeError::Full { .. } => {
                let retry_after = (HeaderName::RETRY_AFTER, retry_after.to_string());
                (StatusCode::SERVICE_UNAVAILABLE, vec![retry_after])
            }
        })?;
        Ok((granted, Usage { dialog, event }))
    }

    /// Answers a SUBSCRIBE by 200. The NOTIFY follows when the notifier is asked what it wants.
    fn grant(
        &mut self,
        request: &Request,
        usage: &Usage,
        expires: Duration,
        destination: Flow,
        now: Timestamp,
    ) {
        let dialog = &usage.dialog;
        let Some(id) = self.transactions.accept(request, destination, Owner::Nobody) else {
            return;
        };
        let mut builder = self
            .composer
            .reply_with_tag(request, StatusCode::OK, dialog.local_tag())
            .record_routes_of(request)
            .header(&HeaderName::EXPIRES, expires.as_secs().to_string());
        if let Some(contact) = self.composer.contact(dialog.local_user(), dialog.flow()) {
            builder = builder.contact(&contact);
        }
        self.respond(id, StatusCode::OK, builder, now);
    }
}

/// Returns Event with type and id alone, and the package that it names.
fn read_subscribe(request: &Request) -> Result<(centrala_sip::Event, EventPackage), Refusal> {
    let bad_event = || {
        let allow_events = (HeaderName::ALLOW_EVENTS, allow_events());
        (StatusCode::BAD_EVENT, vec![allow_events])
    };
    let malformed = |_| (StatusCode::BAD_REQUEST, Vec::new());
    if !request.has(&HeaderName::EVENT) {
        return Err(bad_event());
    }
    let event = request.event().map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))?;
    let package = EventPackage::of_event(&event).ok_or_else(bad_event)?;
    let (kind, subtype) = package.media_type();
    let is_accepted = |range: centrala_sip::MediaRange| {
        range.accepts(kind, subtype) && range.q() > centrala_sip::QValue::ZERO
    };
    // Without Accept, the package's own type is meant (RFC 3842 section 3.5, RFC 4235 section 3.5).
    if request.has(&HeaderName::ACCEPT) && !request.accept().flatten().any(is_accepted) {
        return Err((StatusCode::NOT_ACCEPTABLE, Vec::new()));
    }
    let plain = centrala_sip::Event::new(event.event_type()).map_err(malformed)?;
    let plain = match event.id() {
        Some(id) => plain.with_id(id).map_err(malformed)?,
        None => plain,
    };
    Ok((plain, package))
}

/// Returns what Expires asks for. A malformed one counts as none, as with REGISTER.
fn lifetime(request: &Request) -> Option<Duration> {
    request.expires().ok().map(|seconds| Duration::from_secs(u64::from(seconds)))
}

fn too_brief(minimum: Duration) -> Refusal {
    let minimum = (HeaderName::MIN_EXPIRES, minimum.as_secs().to_string());
    (StatusCode::INTERVAL_TOO_BRIEF, vec![minimum])
}

/// Returns an address without its parameters and its password.
fn entity(uri: &centrala_sip::Uri) -> String {
    let (scheme, user) = (uri.scheme_str(), uri.user().unwrap_or_default());
    match (uri.host(), uri.port()) {
        (Some(host), Some(port)) => format!("{scheme}:{user}@{host}:{port}"),
        (Some(host), None) => format!("{scheme}:{user}@{host}"),
        (None, _) => format!("{scheme}:{user}"),
    }
}

/// Returns the packages that we serve (RFC 6665 section 8.2.2).
pub(super) fn allow_events() -> String {
    EventPackage::ALL.map(EventPackage::name).join(", ")
}

#[cfg(test)]
mod tests {
    use centrala_sip::MessageSummary;

    use super::*;
    use crate::{EndpointConfig, Strangers, Watchers};

    #[test]
    fn what_is_kept_of_a_subscription_goes_with_it() {
        let now = Timestamp::ZERO;
        let mut config = EndpointConfig::new("192.0.2.9:5060".parse().unwrap());
        config.strangers = Strangers::Admit;
        let mut endpoint = Endpoint::new(config, [7; 32], now);
        let mailbox = PublishedState::Messages(MessageSummary::new(false));
        let mut mailbox = Publication::new(mailbox);
        mailbox.watchers = Watchers::Anybody;
        endpoint.publish("alice", mailbox, now);
        let subscribe = "SUBSCRIBE sip:alice@192.0.2.9 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:alice@b>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:a@192.0.2.1>\r\n\
             Event: message-summary\r\n\r\n";
        let source: std::net::SocketAddr = "192.0.2.1:5060".parse().unwrap();
        endpoint.handle_datagram(source.into(), subscribe.as_bytes().into(), now);
        let kept = |endpoint: &Endpoint| {
            let all = &endpoint.notifications;
            (all.usages.len(), all.by_tag.len(), all.flows().count())
        };
        assert_eq!(kept(&endpoint), (1, 1, 1));
        while endpoint.poll_output().is_some() {}
        // The NOTIFY is not answered.
        while let Some(next) = endpoint.poll_timeout() {
            endpoint.handle_timeout(next);
            while endpoint.poll_output().is_some() {}
        }
        assert_eq!(kept(&endpoint), (0, 0, 0));
    }
}
