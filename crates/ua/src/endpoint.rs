//! The one machine that a shell drives.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use centrala_sip::{
    Frame, Message, ParseMessageError, ParseMessageErrorKind, Request, Response, ResponseBuilder,
    Rport, StatusCode, StreamError, Via,
};
use centrala_time::Timestamp;
use core::time::Duration;

use crate::{
    CallId, Carrier, EndCause, EndpointConfig, Event, Flow, NotifyOutcome, Output, Registrar,
    RegistrarOutput, RegistrationId, Statistics, SubscriptionId, Ticket, Trunk, User, WatcherId,
    call::Calls,
    compose::Composer,
    dialog::DEFAULT_PORT,
    digest::{Authenticator, ServerProof, Session},
    generator::Generator,
    overload::Admission,
    subscription::LampId,
    transaction::table::{Routed, TableOutput, TransactionId, Transactions},
    usage::UsageId,
};

mod admission;
mod answering;
mod calling;
mod cancelling;
mod flows;
mod forking;
mod in_dialog;
mod keys;
mod leaving;
mod notifying;
mod offering;
mod receiving;
mod register;
mod registering;
mod subscribing;
mod updating;
mod watching;

pub use answering::Rejection;
pub(crate) use calling::retry_after;
pub use calling::{InviteError, OutgoingCall};
use register::KEEP_ALIVE;
use registering::Registrations;
use subscribing::Notifications;
use watching::Subscriptions;

/// A SIP user agent and registrar without sockets and clocks.
///
/// Feed it a datagram, a decision or the time; then take all of
/// [`poll_output`](Self::poll_output), and sleep until [`poll_timeout`](Self::poll_timeout) or the
/// next input. The same inputs and the same seed give the same outputs.
pub struct Endpoint {
    config: EndpointConfig,
    composer: Composer,
    generator: Generator,
    authenticator: Authenticator,
    registrar: Registrar,
    admission: Admission,
    transactions: Transactions<Owner>,
    calls: Calls,
    registrations: Registrations,
    notifications: Notifications,
    subscriptions: Subscriptions,
    outputs: VecDeque<Output>,
    /// What Retry-After says, once new calls are refused.
    draining: Option<Duration>,
    statistics: Statistics,
}

/// Who waits for what comes out of a transaction.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Invite(CallId),
    /// A re-INVITE, or an UPDATE with an offer.
    Change(CallId),
    /// An UPDATE without an offer.
    Refresh(UsageId),
    Bye(CallId),
    Info(UsageId),
    Registration(RegistrationId),
    /// An OPTIONS that keeps the way to a registrar open, and its number.
    KeepAlive(RegistrationId, u32),
    Notify(WatcherId),
    Lamp(LampId),
    Subscription(SubscriptionId),
    Nobody,
}

impl Endpoint {
    /// Returns an endpoint without calls. All that must not be guessed (tags, branches, Call-IDs,
    /// nonces) follows from `seed`: take it from the operating system.
    #[must_use]
    pub fn new(config: EndpointConfig, seed: [u8; 32], _now: Timestamp) -> Self {
        let mut generator = Generator::new(seed);
        Self {
            composer: Composer::new(&config, generator.key()),
            authenticator: Authenticator::new(config.authenticator(), generator.key()),
            registrar: Registrar::new(config.registrar.clone()),
            admission: Admission::new(config.limits.calls_per_second),
            transactions: Transactions::new(config.timers),
            calls: Calls::default(),
            registrations: Registrations::default(),
            notifications: Notifications::new(&config.notifier),
            subscriptions: Subscriptions::default(),
            outputs: VecDeque::new(),
            draining: None,
            statistics: Statistics::default(),
            generator,
            config,
        }
    }

    /// A datagram came.
    pub fn handle_datagram(&mut self, source: Flow, datagram: Bytes, now: Timestamp) {
        self.statistics.datagrams += 1;
        match Message::parse(datagram) {
            Ok(message) => self.handle_message(message, source, now),
            Err(error) => self.handle_malformed(&error, source),
        }
        self.settle(now);
    }

    /// A connection has brought a frame, as a [`StreamFramer`](centrala_sip::StreamFramer) cut it.
    pub fn handle_frame(&mut self, source: Flow, frame: Frame, now: Timestamp) {
        match frame {
            Frame::Message(message) => self.handle_message(message, source, now),
            Frame::Refused(error) => self.handle_malformed(&error, source),
            Frame::Ping => {
                self.statistics.keep_alives += 1;
                self.send(source, Bytes::from_static(b"\r\n"));
            }
            Frame::Pong => {}
        }
        self.settle(now);
    }

    /// A stream cannot be read on. What can still be answered is; its owner closes it after that.
    pub fn handle_broken_stream(&mut self, source: Flow, error: &StreamError) {
        self.handle_malformed(error.cause(), source);
    }

    /// What was to be sent with `ticket` could not be: no connection was to be had, or the kernel refused.
    pub fn handle_unsent(&mut self, ticket: Ticket, now: Timestamp) {
        self.statistics.unsent += 1;
        self.transactions.handle_unsent(ticket, now);
        self.settle(now);
    }

    /// Everything that was handed over just now had waited at least so long in the queues of the sockets. From a delay that
    /// does not pass follows that nothing new is begun until it has.
    pub fn note_delay(&mut self, waited: Duration, now: Timestamp) {
        self.admission.note_delay(waited, now);
    }

    /// What `source` sent, and is handed over next, had waited so long. From a delay that does not pass follows that nothing
    /// new of that source is begun until it has: for owners of sockets who let sources take turns, so that one that sends too much
    /// waits behind itself.
    pub fn note_delay_of(&mut self, source: IpAddr, waited: Duration, now: Timestamp) {
        self.admission.note_delay_of(source, waited, now);
    }

    /// Time has passed; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.transactions.handle_timeout(now);
        while let Some(call) = self.calls.pop_due(now) {
            self.handle_call_timeout(call, now);
        }
        while let Some(id) = self.registrations.pop_due(now) {
            self.handle_registration_timeout(id, now);
        }
        self.registrar.handle_timeout(now);
        self.notifications.handle_timeout(now);
        while let Some(id) = self.subscriptions.pop_due(now) {
            self.handle_subscription_timeout(id, now);
        }
        self.settle(now);
    }

    /// Refuses new calls from now on (503 with Retry-After); what runs goes on.
    pub fn drain(&mut self, retry_after: Duration) {
        self.draining = Some(retry_after);
    }

    /// Replaces all users: a new directory. Bindings and subscriptions of users that are gone are removed, and those of
    /// users with another password: who knew the old one is nobody any more.
    pub fn set_users(&mut self, users: BTreeMap<String, User>, now: Timestamp) {
        let old = core::mem::replace(&mut self.config.users, users);
        for (name, before) in &old {
            match self.config.users.get(name) {
                None => self.notifications.notifier.remove_user(name, now),
                Some(user) if user.has_secrets_of(before) => continue,
                Some(_) => self.notifications.notifier.deactivate_user(name, now),
            }
            self.registrar.remove_user(name);
        }
        self.settle(now);
    }

    /// Replaces all trunks.
    pub fn set_trunks(&mut self, trunks: Vec<Trunk>) {
        self.config.trunks = trunks;
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        [
            self.transactions.poll_timeout(),
            self.calls.poll_timeout(),
            self.registrations.poll_timeout(),
            self.registrar.poll_timeout(),
            self.notifications.poll_timeout(),
            self.subscriptions.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Returns how many calls there are, those included that end.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Returns how many transactions there are, those included that only absorb retransmissions.
    #[must_use]
    pub fn transaction_count(&self) -> usize {
        self.transactions.len()
    }

    /// Returns what was counted so far.
    #[must_use]
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    fn handle_message(&mut self, message: Message, source: Flow, now: Timestamp) {
        match message {
            Message::Request(request) => self.handle_request(request, source, now),
            Message::Response(response) => self.handle_response(response, source, now),
        }
    }

    fn handle_malformed(&mut self, error: &ParseMessageError, source: Flow) {
        if error.kind() == ParseMessageErrorKind::Empty {
            self.statistics.keep_alives += 1;
            return;
        }
        self.statistics.malformed += 1;
        let (Some(status), Some(salvaged)) = (error.status(), error.salvaged()) else { return };
        let Ok(via) = salvaged.headers().via() else { return };
        let tag = self.generator.token();
        let builder = ResponseBuilder::for_salvaged(salvaged, status).to_tag(&tag);
        self.send_stateless(builder, reply_address(&via, source));
    }

    fn handle_response(&mut self, response: Response, source: Flow, now: Timestamp) {
        if response.check().is_err() {
            self.statistics.malformed += 1;
        } else if !self.transactions.handle_response(response, source, now) {
            self.statistics.strays += 1;
        }
    }

    /// Does what transactions and bindings ask for, until there is nothing left.
    fn settle(&mut self, now: Timestamp) {
        self.settle_transactions(now);
        self.settle_bindings(now);
        while self.notify_next(now) {
            self.settle_transactions(now);
        }
    }

    fn settle_transactions(&mut self, now: Timestamp) {
        while let Some(output) = self.transactions.poll_output() {
            match output {
                TableOutput::Send { destination, datagram, ticket } => {
                    let ticket = Some(ticket);
                    self.outputs.push_back(Output::Send { destination, datagram, ticket });
                }
                TableOutput::Response { id, owner, response, source } => {
                    self.handle_owned_response(id, owner, &response, source, now);
                }
                TableOutput::TimedOut { owner } => {
                    self.handle_owned_silence(owner, EndCause::TimedOut, now);
                }
                TableOutput::Unsent { owner } => {
                    self.handle_owned_silence(owner, EndCause::Unreachable, now);
                }
            }
        }
    }

    fn settle_bindings(&mut self, now: Timestamp) {
        while let Some(output) = self.registrar.poll_output() {
            match output {
                RegistrarOutput::Bound { user, binding, cause } => {
                    self.notifications.handle_bound(&user, &binding, now);
                    self.tell(Event::Registered { user, binding, cause });
                }
                RegistrarOutput::Unbound { user, binding, cause } => {
                    self.notifications.lamps.handle_unbound(&user, &binding.contact);
                    self.tell(Event::Unregistered { user, binding, cause });
                }
                RegistrarOutput::Keep(record) => self.outputs.push_back(Output::Keep(record)),
                RegistrarOutput::KeepAlive(flow) => {
                    self.send(flow, Bytes::from_static(KEEP_ALIVE));
                }
            }
        }
    }

    fn handle_owned_response(
        &mut self,
        id: TransactionId,
        owner: Owner,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        match owner {
            Owner::Invite(call) => self.handle_invite_response(call, id, response, source, now),
            Owner::Change(call) => self.handle_change_response(call, id, response, source, now),
            Owner::Refresh(usage) => {
                self.handle_refresh_response(usage, id, response, source, now);
            }
            Owner::Bye(call) => self.handle_bye_response(call, response, source, now),
            Owner::Info(usage) => self.handle_info_response(usage, id, response, source, now),
            Owner::Registration(registration) => {
                self.handle_registration_response(registration, id, response, source, now);
            }
            Owner::Notify(watcher) => self.handle_notify_response(watcher, response, source, now),
            Owner::Lamp(lamp) => self.handle_lamp_response(lamp, response, now),
            Owner::Subscription(subscription) => {
                self.handle_subscription_response(subscription, id, response, source, now);
            }
            Owner::KeepAlive(id, ping) => self.handle_keep_alive_response(id, ping),
            Owner::Nobody => {}
        }
    }

    /// Nothing will come back; `cause` says why, if it ends a call.
    fn handle_owned_silence(&mut self, owner: Owner, cause: EndCause, now: Timestamp) {
        match owner {
            Owner::Invite(call) => self.handle_invite_silence(call, cause),
            Owner::Change(call) => self.lose(call, now),
            Owner::Refresh(usage) | Owner::Info(usage) => self.lose_dialog(usage, now),
            Owner::Bye(call) => drop(self.calls.remove(call)),
            Owner::Registration(id) => self.handle_registration_silence(id, now),
            Owner::KeepAlive(id, ping) => self.handle_keep_alive_silence(id, ping, now),
            Owner::Notify(watcher) => self.handle_notified(watcher, NotifyOutcome::TimedOut, now),
            Owner::Lamp(lamp) => self.handle_lit(lamp, NotifyOutcome::TimedOut, now),
            Owner::Subscription(id) => self.handle_subscription_silence(id, now),
            Owner::Nobody => {}
        }
    }

    /// Sends a request in a new client transaction.
    fn request(
        &mut self,
        request: Request,
        branch: &str,
        destination: Flow,
        owner: Owner,
        now: Timestamp,
    ) -> TransactionId {
        let direct = Routed { request, destination: self.composer.resolve(destination) };
        let (routed, fallback) = match self.over_stream(&direct, branch) {
            Some(stream) => (stream, Some(direct)),
            None => (direct, None),
        };
        self.transactions.request(routed, fallback, branch, owner, now)
    }

    /// Returns a request as it goes over TCP, if it is too large for a datagram (RFC 3261 section 18.1.1).
    fn over_stream(&self, direct: &Routed, branch: &str) -> Option<Routed> {
        let is_large = direct.request.to_bytes().len() > MAX_DATAGRAM_REQUEST;
        if direct.destination.carrier() != Carrier::Udp
            || !is_large
            || !self.composer.speaks(Carrier::Tcp)
        {
            return None;
        }
        let stream = Flow::to(Carrier::Tcp, direct.destination.remote());
        let destination = self.composer.resolve(stream);
        let mut request = direct.request.clone();
        request.set_top_via(&self.composer.via(branch, destination)?).ok()?;
        Some(Routed { request, destination })
    }

    /// Sends a response in its server transaction.
    fn respond(
        &mut self,
        transaction: TransactionId,
        status: StatusCode,
        builder: ResponseBuilder,
        now: Timestamp,
    ) -> Option<Bytes> {
        let Ok(response) = builder.build() else {
            self.statistics.unsendable += 1;
            return None;
        };
        let response = response.to_bytes();
        self.transactions.respond(transaction, status, response.clone(), now);
        Some(response)
    }

    /// Sends a response without remembering that we did (RFC 3261 section 8.2.7).
    fn send_stateless(&mut self, builder: ResponseBuilder, destination: Flow) {
        match builder.build() {
            Ok(response) => self.send(destination, response.to_bytes()),
            Err(_) => self.statistics.unsendable += 1,
        }
    }

    fn send(&mut self, destination: Flow, datagram: Bytes) {
        let destination = self.composer.resolve(destination);
        self.outputs.push_back(Output::Send { destination, datagram, ticket: None });
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Signs a request anew that was challenged: a higher number, another branch, credentials.
    /// Returns the branch.
    fn renew(
        &mut self,
        request: &mut Request,
        sequence: u32,
        destination: Flow,
        session: &mut Session,
    ) -> Option<String> {
        let branch = self.generator.branch();
        request.set_top_via(&self.composer.via(&branch, destination)?).ok()?;
        let cseq = centrala_sip::CSeq::new(sequence, request.method().clone()).to_string();
        request.set(&centrala_sip::HeaderName::CSEQ, cseq).ok()?;
        session.sign(request, destination.remote().ip()).ok()?;
        Some(branch)
    }
}

/// Shows how much there is, not what: calls hold keys and signed requests.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("interfaces", &self.config.interfaces)
            .field("calls", &self.calls.len())
            .field("transactions", &self.transactions.len())
            .field("statistics", &self.statistics)
            .finish_non_exhaustive()
    }
}

/// Takes the final response to a request that was signed.
fn conclude(session: &mut Session, response: &Response, source: Flow, statistics: &mut Statistics) {
    let proof = session.handle_success(response, source.remote().ip());
    statistics.false_servers += u64::from(proof == ServerProof::Wrong);
}

/// Signs a request that is otherwise complete, if its call has credentials. False if it cannot be
/// sent.
fn sign(request: &mut Request, session: Option<&mut Session>, to: Flow) -> bool {
    session.is_none_or(|session| session.sign(request, to.remote().ip()).is_ok())
}

/// Returns where the response to a request with this topmost Via goes (RFC 3261 section 18.2.2,
/// RFC 3581 section 4). `maddr` is ignored: it would let anybody point us at somebody else.
///
/// With a stream the address is where to connect to if its connection has ended meanwhile.
fn reply_address(via: &Via, source: Flow) -> Flow {
    let sent_by = SocketAddr::new(source.remote().ip(), via.port().unwrap_or(DEFAULT_PORT));
    match (source.carrier(), via.rport()) {
        (Carrier::Udp, Some(Rport::Requested | Rport::Port(_))) => source,
        (Carrier::Udp, None) | (Carrier::Tcp, _) => source.with_remote(sent_by),
    }
}

/// A larger request goes over TCP: "within 200 bytes of the path MTU", which is taken to be 1,500 (RFC 3261 section
/// 18.1.1).
const MAX_DATAGRAM_REQUEST: usize = 1_300;
