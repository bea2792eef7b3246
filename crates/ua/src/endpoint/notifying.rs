//! NOTIFY requests to others (RFC 6665 section 4.2.2), and to telephones that never subscribed.

use centrala_sip::{
    HeaderName, Method, NameAddr, Request, RequestBuilder, Response, StatusCode, SubscriptionState,
    Uri,
};
use centrala_time::Timestamp;

use super::{
    Endpoint, Owner, calling::retry_after, subscribing::Notifications, subscribing::allow_events,
};
use crate::{
    Binding, EventPackage, NotifierOutput, NotifyOutcome, Source, Unsolicited, WatcherId,
    subscription::{LampId, LampOutput, Place},
    transaction::MAX_FORWARDS,
};

/// What Subscription-State says in a NOTIFY without a subscription: that there is none, and no sense in asking for one.
const NO_SUBSCRIPTION: &str = "terminated;reason=noresource";

impl Notifications {
    /// A telephone has registered or refreshed its registration.
    pub(super) fn handle_bound(&mut self, user: &str, binding: &Binding, now: Timestamp) {
        let may_know = match self.unsolicited {
            Unsolicited::Never => false,
            Unsolicited::Messages => self
                .notifier
                .publication(user, EventPackage::MessageSummary)
                .is_some_and(|one| one.watchers.allow(&Source::User(user.to_owned()), user)),
        };
        if may_know {
            let place = Place {
                contact: &binding.contact,
                flow: binding.flow,
                routes: binding.route_headers(),
                registration: binding.call_id(),
            };
            self.lamps.handle_bound(user, place, now);
        }
    }
}

impl Endpoint {
    /// Does the next thing that subscriptions and lamps ask for. Returns whether there was one.
    pub(super) fn notify_next(&mut self, now: Timestamp) -> bool {
        if let Some(output) = self.notifications.notifier.poll_output() {
            match output {
                NotifierOutput::Notify { watcher, state, package, body } => {
                    let content = body.map(|body| (package, body));
                    self.send_notify(watcher, &state, content, now);
                }
                NotifierOutput::Ended { watcher } => self.notifications.forget(watcher),
            }
            true
        } else if let Some(output) = self.notifications.lamps.poll_output() {
            self.send_unsolicited(&output, now);
            true
        } else {
            false
        }
    }

    /// A NOTIFY of a subscription was answered.
    pub(super) fn handle_notify_response(
        &mut self,
        watcher: WatcherId,
        response: &Response,
        source: crate::Flow,
        now: Timestamp,
    ) {
        let Some(outcome) = outcome(response) else { return };
        if outcome == NotifyOutcome::Accepted
            && let Some(usage) = self.notifications.usage_mut(watcher)
        {
            usage.dialog.refresh_target(response, source);
        }
        self.handle_notified(watcher, outcome, now);
    }

    pub(super) fn handle_notified(
        &mut self,
        watcher: WatcherId,
        outcome: NotifyOutcome,
        now: Timestamp,
    ) {
        self.notifications.notifier.handle_outcome(watcher, outcome, now);
    }

    /// A NOTIFY without subscription was answered.
    pub(super) fn handle_lamp_response(
        &mut self,
        lamp: LampId,
        response: &Response,
        now: Timestamp,
    ) {
        if let Some(outcome) = outcome(response) {
            self.handle_lit(lamp, outcome, now);
        }
    }

    pub(super) fn handle_lit(&mut self, lamp: LampId, outcome: NotifyOutcome, now: Timestamp) {
        self.notifications.lamps.handle_outcome(lamp, outcome, now);
    }

    fn send_notify(
        &mut self,
        watcher: WatcherId,
        state: &SubscriptionState,
        content: Option<(EventPackage, bytes::Bytes)>,
        now: Timestamp,
    ) {
        let Some(usage) = self.notifications.usage_mut(watcher) else {
            return self.handle_notified(watcher, NotifyOutcome::TimedOut, now);
        };
        let (mut dialog, event) = (usage.dialog.clone(), usage.event.clone());
        let begun = self.in_dialog_request(Method::Notify, &mut dialog);
        let contact = self.composer.contact(dialog.local_user(), dialog.flow());
        let request = begun.zip(contact).and_then(|((builder, branch), contact)| {
            let builder = builder
                .contact(&contact)
                .header(&HeaderName::EVENT, event.to_string())
                .header(&HeaderName::SUBSCRIPTION_STATE, state.to_string());
            Some((self.finish_notify(builder, content)?, branch))
        });
        let destination = dialog.flow();
        if let Some(usage) = self.notifications.usage_mut(watcher) {
            usage.dialog = dialog;
        }
        match request {
            Some((request, branch)) => {
                self.request(request, &branch, destination, Owner::Notify(watcher), now);
            }
            None => {
                self.statistics.unsendable += 1;
                self.handle_notified(watcher, NotifyOutcome::TimedOut, now);
            }
        }
    }

    fn send_unsolicited(&mut self, output: &LampOutput, now: Timestamp) {
        let LampOutput { lamp, user, contact, flow, routes } = output;
        let package = EventPackage::MessageSummary;
        let published = self.notifications.notifier.publication(user, package);
        let body = published.map(|one| one.state.body("", 0));
        let Some(body) = body.filter(|_| !self.notifications.is_subscribed(user, *flow)) else {
            return self.notifications.lamps.skip(*lamp);
        };
        let branch = self.generator.branch();
        let request = self.unsolicited(user, contact, *flow, &branch).and_then(|builder| {
            let builder = routes
                .iter()
                .fold(builder, |builder, (name, value)| builder.header(name, value))
                .header(&HeaderName::EVENT, package.name())
                .header(&HeaderName::SUBSCRIPTION_STATE, NO_SUBSCRIPTION);
            self.finish_notify(builder, Some((package, body)))
        });
        match request {
            Some(request) => {
                self.request(request, &branch, *flow, Owner::Lamp(*lamp), now);
            }
            None => {
                self.statistics.unsendable += 1;
                self.handle_lit(*lamp, NotifyOutcome::Refused { retry_after: None }, now);
            }
        }
    }

    /// Begins a NOTIFY from a user's mailbox to a telephone of the user.
    fn unsolicited(
        &mut self,
        user: &str,
        contact: &Uri,
        flow: crate::Flow,
        branch: &str,
    ) -> Option<RequestBuilder> {
        let (tag, call_id) = (self.generator.token(), self.generator.token());
        let via = self.composer.via(branch, flow)?;
        let ours = self.composer.contact(None, flow)?;
        let mut mailbox = Uri::sip(ours.uri().host()?).user(user);
        if let Some(port) = ours.uri().port() {
            mailbox = mailbox.port(port);
        }
        let mailbox = mailbox.build().ok()?;
        let builder = RequestBuilder::new(Method::Notify, contact)
            .via(&via)
            .max_forwards(MAX_FORWARDS)
            .from(&NameAddr::new(&mailbox).with_tag(&tag)?)
            .to(&NameAddr::new(contact))
            .call_id(&call_id.parse().ok()?)
            .cseq(1)
            .contact(&ours);
        Some(builder)
    }

    fn finish_notify(
        &self,
        builder: RequestBuilder,
        content: Option<(EventPackage, bytes::Bytes)>,
    ) -> Option<Request> {
        let builder = builder.header(&HeaderName::ALLOW_EVENTS, allow_events());
        let builder = self.composer.sign_off(builder);
        let builder = match content {
            Some((package, body)) => builder.body(&package.content_type(), body),
            None => builder,
        };
        builder.build().ok()
    }
}

/// Returns what a response means; `None` if it is not final.
fn outcome(response: &Response) -> Option<NotifyOutcome> {
    let status = response.status();
    if status.is_provisional() {
        return None;
    }
    if status.is_success() {
        return Some(NotifyOutcome::Accepted);
    }
    // Whatever Retry-After says, these mean that the subscription is not there (RFC 6665 section 4.2.2).
    let is_gone = matches!(
        status,
        StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::BAD_EVENT
            | StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::NOT_IMPLEMENTED
    );
    let retry_after = if is_gone { None } else { retry_after(response) };
    Some(NotifyOutcome::Refused { retry_after })
}
