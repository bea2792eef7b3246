//! Subscriptions of ours, and NOTIFY requests to us (RFC 6665 section 4.1).

use std::collections::BTreeMap;

use centrala_sip::{
    CallId, HeaderName, MessageSummary, Method, NameAddr, Request, RequestBuilder, Response,
    StatusCode, SubscriptionState,
};
use centrala_time::{Deadlines, Timestamp};

use super::{
    Endpoint, Owner,
    admission::{Refusal, check_request},
    leaving::is_challenge,
    subscribing::allow_events,
};
use crate::{
    Event, EventPackage, Flow, SubscriptionConfig, SubscriptionId, SubscriptionStatus,
    dialog::Dialog,
    digest::Session,
    subscription::{Action, Plan, Purpose},
    transaction::{MAX_FORWARDS, table::TransactionId},
};

/// All subscriptions of ours, with their deadlines.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    next_id: u64,
    all: BTreeMap<SubscriptionId, Subscription>,
    by_tag: BTreeMap<String, SubscriptionId>,
    deadlines: Deadlines<SubscriptionId>,
}

#[derive(Debug)]
struct Subscription {
    config: SubscriptionConfig,
    plan: Plan,
    session: Option<Session>,
    /// From with our tag; a new one for each dialog.
    from: NameAddr,
    call_id: CallId,
    sequence: u32,
    dialog: Option<Dialog>,
    /// The tag and the number of a NOTIFY that came before the 200 made the dialog.
    early: Option<(String, u32)>,
    under_way: Option<TransactionId>,
}

impl Subscriptions {
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<SubscriptionId> {
        self.deadlines.pop_due(now)
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Returns the ways to all notifiers.
    pub(super) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.all
            .values()
            .map(|one| one.dialog.as_ref().map_or(one.config.destination, Dialog::flow))
    }

    fn find(&self, request: &Request) -> Option<SubscriptionId> {
        let to = request.to().ok()?;
        let id = *self.by_tag.get(to.tag()?)?;
        let subscription = self.all.get(&id)?;
        let is_ours = subscription.plan.is_open()
            && match &subscription.dialog {
                Some(dialog) => dialog.matches(request),
                None => subscription.could_begin(request),
            };
        is_ours.then_some(id)
    }
}

impl Subscription {
    /// Returns whether a NOTIFY may make our dialog: the first does, whatever other forks of the SUBSCRIBE send.
    fn could_begin(&self, request: &Request) -> bool {
        let tag = request.from().ok().and_then(|from| from.tag().map(str::to_owned));
        let is_same = |early: &(String, u32)| tag.as_ref() == Some(&early.0);
        request.call_id().is_ok_and(|call_id| call_id == self.call_id)
            && self.early.as_ref().is_none_or(is_same)
    }

    /// Notes the number of a NOTIFY; false if a later one came before.
    fn admit(&mut self, request: &Request) -> bool {
        let sequence = request.cseq().map_or(0, |cseq| cseq.number());
        if let Some(dialog) = &mut self.dialog {
            return dialog.admit(sequence);
        }
        let is_new = self.early.as_ref().is_none_or(|(_, last)| sequence > *last);
        if is_new {
            let tag = request.from().ok().and_then(|from| from.tag().map(str::to_owned));
            self.early = Some((tag.unwrap_or_default(), sequence));
        }
        is_new
    }

    /// Takes the dialog that a 200 makes.
    fn begin(&mut self, response: &Response, source: Flow) -> bool {
        let Some(mut dialog) = Dialog::calling(response, &self.config.resource, source) else {
            return false;
        };
        if let Some((tag, sequence)) = self.early.take()
            && tag == dialog.remote_tag()
        {
            dialog.admit(sequence);
        }
        self.dialog = Some(dialog);
        true
    }
}

impl Endpoint {
    /// Subscribes, and keeps the subscription up until [`unsubscribe`](Self::unsubscribe). What is watched is told by
    /// [`Event::Notified`]. `None` if who watches cannot stand in a message.
    pub fn subscribe(
        &mut self,
        mut config: SubscriptionConfig,
        now: Timestamp,
    ) -> Option<SubscriptionId> {
        self.subscriptions.next_id += 1;
        let id = SubscriptionId(self.subscriptions.next_id);
        let credentials = config.credentials.take();
        let server = config.destination.remote().ip();
        let subscription = Subscription {
            plan: Plan::new(config.expires),
            session: credentials.map(|one| Session::new([one], server, self.generator.key())),
            from: NameAddr::new(&config.from).with_tag("0")?,
            call_id: self.generator.token().parse().ok()?,
            config,
            sequence: 0,
            dialog: None,
            early: None,
            under_way: None,
        };
        self.subscriptions.all.insert(id, subscription);
        self.take_action(id, Action::Send(Purpose::Begin), now);
        self.settle(now);
        Some(id)
    }

    /// Ends a subscription of ours; [`SubscriptionStatus::Ended`] tells when it is done.
    pub fn unsubscribe(&mut self, id: SubscriptionId, now: Timestamp) {
        if let Some(subscription) = self.subscriptions.all.get_mut(&id) {
            let action = subscription.plan.handle_removal();
            self.take_action(id, action, now);
        }
        self.settle(now);
    }

    /// Returns how many subscriptions of ours there are, those included that end.
    #[must_use]
    pub fn subscription_count(&self) -> usize {
        self.subscriptions.all.len()
    }

    pub(super) fn handle_subscription_timeout(&mut self, id: SubscriptionId, now: Timestamp) {
        let jitter = self.draw_jitter();
        if let Some(subscription) = self.subscriptions.all.get_mut(&id) {
            let action = subscription.plan.handle_timeout(jitter, now);
            self.take_action(id, action, now);
        }
    }

    pub(super) fn handle_subscription_silence(&mut self, id: SubscriptionId, now: Timestamp) {
        let jitter = self.draw_jitter();
        if let Some(subscription) = self.subscriptions.all.get_mut(&id) {
            subscription.under_way = None;
            let action = subscription.plan.handle_silence(jitter, now);
            self.take_action(id, action, now);
        }
    }

    pub(super) fn handle_subscription_response(
        &mut self,
        id: SubscriptionId,
        transaction: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let jitter = self.draw_jitter();
        let Some(subscription) = self.subscriptions.all.get_mut(&id) else { return };
        if subscription.under_way != Some(transaction) || response.status().is_provisional() {
            return;
        }
        subscription.under_way = None;
        if let Some(session) = &mut subscription.session {
            if !is_challenge(response) {
                session.handle_success(response, source.remote().ip());
            } else if session.handle_challenge(response, source.remote().ip())
                && let Some(purpose) = subscription.plan.pending()
            {
                return self.take_action(id, Action::Send(purpose), now);
            }
        }
        let is_success = response.status().is_success();
        let has_dialog = match &mut subscription.dialog {
            Some(dialog) => {
                if is_success {
                    dialog.refresh_target(response, source);
                }
                true
            }
            None => is_success && subscription.begin(response, source),
        };
        let action = if is_success && !has_dialog {
            subscription.plan.handle_silence(jitter, now)
        } else {
            subscription.plan.handle_response(response, jitter, now)
        };
        self.take_action(id, action, now);
    }

    /// A NOTIFY in a dialog. Returns whether it belongs to a subscription of ours.
    pub(super) fn handle_notify(
        &mut self,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) -> bool {
        if *request.method() != Method::Notify {
            return false;
        }
        let Some(id) = self.subscriptions.find(request) else { return false };
        let Some(subscription) = self.subscriptions.all.get_mut(&id) else { return false };
        let package = subscription.config.package;
        if !subscription.admit(request) {
            self.reply(request, destination, StatusCode::SERVER_INTERNAL_ERROR, &[], now);
            return true;
        }
        let state = match read_notify(request, package) {
            Ok(state) => state,
            Err((status, headers)) => {
                self.reply(request, destination, status, &headers, now);
                return true;
            }
        };
        if let Some(dialog) = &mut subscription.dialog {
            dialog.refresh_target(request, source);
        }
        self.reply(request, destination, StatusCode::OK, &[], now);
        let body = request.body();
        if !body.is_empty() {
            self.tell(Event::Notified { id, package, body });
        }
        let jitter = self.draw_jitter();
        if let Some(subscription) = self.subscriptions.all.get_mut(&id) {
            let action = subscription.plan.handle_notify(&state, jitter, now);
            self.take_action(id, action, now);
        }
        true
    }

    /// A NOTIFY outside of a dialog. A registrar of ours may tell without being asked whether messages wait; returns
    /// whether this is one. By datagrams, whoever can forge its address and knows the Contact can light a lamp, no more.
    pub(super) fn handle_unsolicited(
        &mut self,
        request: &Request,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) -> bool {
        let registration = self.registrations.reached_as(request.uri(), source.remote());
        let Some(registration) = registration else { return false };
        let summary = check_request(request)
            .and_then(|()| read_notify(request, EventPackage::MessageSummary))
            .and_then(|_| {
                MessageSummary::parse(&request.body())
                    .map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))
            });
        match summary {
            Ok(summary) => {
                self.reply(request, destination, StatusCode::OK, &[], now);
                self.tell(Event::MessagesWaiting { registration, summary });
            }
            Err((status, headers)) => self.reply(request, destination, status, &headers, now),
        }
        true
    }

    fn take_action(&mut self, id: SubscriptionId, action: Action, now: Timestamp) {
        match action {
            Action::Send(purpose) => self.send_subscribe(id, purpose, now),
            Action::Tell(state) => self.tell(Event::Subscription { id, state }),
            Action::Rest => {}
        }
        let Some(subscription) = self.subscriptions.all.get_mut(&id) else { return };
        let tag = subscription.from.tag().unwrap_or_default();
        if !subscription.plan.is_open() {
            self.subscriptions.by_tag.remove(tag);
            subscription.dialog = None;
        }
        self.subscriptions.deadlines.update(id, subscription.plan.poll_timeout());
        if subscription.plan.is_over() {
            self.subscriptions.all.remove(&id);
        }
    }

    fn send_subscribe(&mut self, id: SubscriptionId, purpose: Purpose, now: Timestamp) {
        let request = match purpose {
            Purpose::Begin => self.begin_subscription(id),
            Purpose::Refresh | Purpose::Remove => self.continue_subscription(id),
        };
        let built = request.and_then(|(builder, branch, destination)| {
            let subscription = self.subscriptions.all.get_mut(&id)?;
            let (package, expires) =
                (subscription.config.package, subscription.plan.expires(purpose));
            let user = subscription.config.from.user();
            let builder = builder
                .contact(&self.composer.contact(user, destination)?)
                .header(&HeaderName::EVENT, package.name())
                .header(&HeaderName::ACCEPT, package.content_type())
                .header(&HeaderName::EXPIRES, expires.as_secs().to_string());
            let mut request = self.composer.sign_off(builder).build().ok()?;
            if let Some(session) = &mut subscription.session {
                session.sign(&mut request, destination.remote().ip()).ok()?;
            }
            Some((request, branch, destination))
        });
        if let Some((request, branch, destination)) = built {
            let owner = Owner::Subscription(id);
            let transaction = self.request(request, &branch, destination, owner, now);
            if let Some(subscription) = self.subscriptions.all.get_mut(&id) {
                subscription.under_way = Some(transaction);
            }
        } else {
            self.statistics.unsendable += 1;
            let jitter = self.draw_jitter();
            if let Some(subscription) = self.subscriptions.all.get_mut(&id)
                && let Action::Tell(state) = subscription.plan.handle_silence(jitter, now)
            {
                self.tell(Event::Subscription { id, state });
            }
        }
    }

    /// Begins a SUBSCRIBE that makes a dialog. Sent again after a challenge, it is the same with a higher number.
    fn begin_subscription(&mut self, id: SubscriptionId) -> Option<(RequestBuilder, String, Flow)> {
        let branch = self.generator.branch();
        let (tag, call_id) = (self.generator.token(), self.generator.token());
        let subscription = self.subscriptions.all.get_mut(&id)?;
        let old = subscription.from.tag().unwrap_or_default();
        if subscription.dialog.take().is_some() || !self.subscriptions.by_tag.contains_key(old) {
            self.subscriptions.by_tag.remove(old);
            subscription.from = subscription.from.with_tag(&tag)?;
            subscription.call_id = call_id.parse().ok()?;
            (subscription.sequence, subscription.early) = (0, None);
            self.subscriptions.by_tag.insert(tag, id);
        }
        subscription.sequence = subscription.sequence.saturating_add(1);
        let destination = subscription.config.destination;
        let builder = RequestBuilder::new(Method::Subscribe, &subscription.config.resource)
            .via(&self.composer.via(&branch, destination)?)
            .max_forwards(MAX_FORWARDS)
            .from(&subscription.from)
            .to(&NameAddr::new(&subscription.config.resource))
            .call_id(&subscription.call_id)
            .cseq(subscription.sequence);
        Some((builder, branch, destination))
    }

    /// Begins a SUBSCRIBE in its dialog.
    fn continue_subscription(
        &mut self,
        id: SubscriptionId,
    ) -> Option<(RequestBuilder, String, Flow)> {
        let mut dialog = self.subscriptions.all.get(&id)?.dialog.clone()?;
        let (builder, branch) = self.in_dialog_request(Method::Subscribe, &mut dialog)?;
        let destination = dialog.flow();
        self.subscriptions.all.get_mut(&id)?.dialog = Some(dialog);
        Some((builder, branch, destination))
    }
}

/// Checks a NOTIFY and returns how the subscription stands.
fn read_notify(request: &Request, package: EventPackage) -> Result<SubscriptionState, Refusal> {
    let event = request.event().map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))?;
    if !event.is(package.name()) {
        let allow_events = (HeaderName::ALLOW_EVENTS, allow_events());
        return Err((StatusCode::BAD_EVENT, vec![allow_events]));
    }
    let (kind, subtype) = package.media_type();
    let identity = request
        .header(&HeaderName::CONTENT_ENCODING)
        .is_none_or(|encoding| encoding.eq_ignore_ascii_case(b"identity"));
    let is_known = identity && request.content_type().is_ok_and(|one| one.is(kind, subtype));
    if !request.body().is_empty() && !is_known {
        let accept = (HeaderName::ACCEPT, package.content_type());
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, vec![accept]));
    }
    request.subscription_state().map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))
}

impl SubscriptionStatus {
    /// Returns whether the subscription holds.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }
}
