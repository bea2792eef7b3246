//! Registrations of ours (RFC 3261 section 10.2).

use std::{collections::BTreeMap, net::SocketAddr};

use centrala_sip::{CallId, HeaderName, Method, NameAddr, RequestBuilder, Response, Uri};
use centrala_time::{Deadlines, Timestamp};

use super::{Endpoint, Owner, conclude, leaving::is_challenge};
use crate::{
    Event, Flow, RegistrationConfig, RegistrationId, RegistrationState,
    digest::Session,
    registration::{Purpose, Schedule, Step},
    transaction::{MAX_FORWARDS, table::TransactionId},
};

mod keeping_alive;

/// All registrations of ours, with their deadlines.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    next_id: u64,
    all: BTreeMap<RegistrationId, Registration>,
    deadlines: Deadlines<RegistrationId>,
}

#[derive(Debug)]
struct Registration {
    config: RegistrationConfig,
    schedule: Schedule,
    /// Answers the challenges of the place that is used now, and of no other.
    session: Option<Session>,
    /// Where requests may be sent, and which of these places is used now. There is one at least.
    places: Vec<Flow>,
    place: usize,
    /// The same for all requests (section 10.2).
    call_id: CallId,
    from: NameAddr,
    contact: NameAddr,
    sequence: u32,
    under_way: Option<TransactionId>,
    /// When something is sent so that the way stays open.
    ping_at: Option<Timestamp>,
    /// How many OPTIONS were sent for that, and whether the last one waits for its answer.
    pings: u32,
    is_pinging: bool,
    /// What the registrar wants to be the Route of our requests (RFC 3608).
    service_route: Vec<NameAddr>,
}

impl Registration {
    fn destination(&self) -> Flow {
        self.places.get(self.place).copied().unwrap_or(self.config.destination)
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        [self.schedule.poll_timeout(), self.ping_at].into_iter().flatten().min()
    }
}

impl Registrations {
    /// Returns the registration by which the registrar at this address reaches us as `uri`.
    pub(super) fn reached_as(&self, uri: &Uri, registrar: SocketAddr) -> Option<RegistrationId> {
        let is_it = |one: &Registration| {
            one.destination().remote() == registrar && one.contact.uri().user() == uri.user()
        };
        self.all.iter().find(|(_, one)| is_it(one)).map(|(id, _)| *id)
    }

    /// Returns the ways to all registrars.
    pub(super) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.all.values().map(Registration::destination)
    }

    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<RegistrationId> {
        self.deadlines.pop_due(now)
    }

    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }
}

impl Endpoint {
    /// Registers at a registrar, and keeps the registration up until
    /// [`unregister`](Self::unregister). `None` if the address of record cannot stand in a
    /// message.
    pub fn register(
        &mut self,
        mut config: RegistrationConfig,
        now: Timestamp,
    ) -> Option<RegistrationId> {
        let tag = self.generator.token();
        let from = NameAddr::new(&config.address_of_record).with_tag(&tag)?;
        let contact = self.registration_contact(&config, config.destination)?;
        let call_id = self.generator.token().parse().ok()?;
        self.registrations.next_id += 1;
        let id = RegistrationId(self.registrations.next_id);
        let mut places = vec![config.destination];
        places.append(&mut config.alternatives);
        places.truncate(MAX_PLACES);
        let session = config.credentials.take().map(|credentials| {
            let server = config.destination.remote().ip();
            Session::new([credentials], server, self.generator.key())
        });
        let registration = Registration {
            schedule: Schedule::new(config.expires, places.len() - 1),
            session,
            config,
            places,
            place: 0,
            call_id,
            from,
            contact,
            sequence: 0,
            under_way: None,
            ping_at: None,
            pings: 0,
            is_pinging: false,
            service_route: Vec::new(),
        };
        self.registrations.all.insert(id, registration);
        self.send_register(id, Purpose::Bind, now);
        self.settle(now);
        Some(id)
    }

    /// Says anew where the requests of a registration may be sent, the preferred place first: what a name means may change
    /// (RFC 3263). It counts from the next request on. Without any place nothing changes.
    pub fn set_places(&mut self, id: RegistrationId, places: Vec<Flow>) {
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        if places.is_empty() {
            return;
        }
        let now_used = registration.destination();
        registration.places = places;
        registration.places.truncate(MAX_PLACES);
        registration.schedule.set_elsewhere(registration.places.len() - 1);
        let place = registration.places.iter().position(|place| *place == now_used);
        match place {
            Some(place) => registration.place = place,
            None => self.go_to(id, 0),
        }
    }

    /// Returns what the registrar wants to be the Route of requests that we send by it, the nearest first (RFC 3608).
    #[must_use]
    pub fn service_route(&self, id: RegistrationId) -> &[NameAddr] {
        self.registrations.all.get(&id).map_or(&[], |registration| &registration.service_route)
    }

    /// Removes all registrations, as before the end; each tells when it is done.
    pub fn unregister_all(&mut self, now: Timestamp) {
        let all: Vec<_> = self.registrations.all.keys().copied().collect();
        for id in all {
            self.unregister(id, now);
        }
    }

    /// Removes a registration; [`RegistrationState::Unregistered`] tells when it is done.
    pub fn unregister(&mut self, id: RegistrationId, now: Timestamp) {
        if let Some(registration) = self.registrations.all.get_mut(&id) {
            let step = registration.schedule.handle_removal();
            self.take_step(id, step, now);
        }
        self.settle(now);
    }

    pub(super) fn handle_registration_timeout(&mut self, id: RegistrationId, now: Timestamp) {
        self.keep_registration_alive(id, now);
        if let Some(registration) = self.registrations.all.get_mut(&id) {
            let step = registration.schedule.handle_timeout(now);
            self.take_step(id, step, now);
        }
    }

    pub(super) fn handle_registration_silence(&mut self, id: RegistrationId, now: Timestamp) {
        let jitter = self.draw_jitter();
        if let Some(registration) = self.registrations.all.get_mut(&id) {
            registration.under_way = None;
            let step = registration.schedule.handle_silence(jitter, now);
            self.take_step(id, step, now);
        }
    }

    pub(super) fn handle_registration_response(
        &mut self,
        id: RegistrationId,
        transaction: TransactionId,
        response: &Response,
        source: Flow,
        now: Timestamp,
    ) {
        let jitter = self.draw_jitter();
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        let is_ours = registration.under_way == Some(transaction);
        if !is_ours || response.status().is_provisional() {
            return;
        }
        registration.under_way = None;
        if is_challenge(response)
            && let Some(session) = &mut registration.session
            && session.handle_challenge(response, source.remote().ip())
            && let Some(purpose) = registration.schedule.pending()
        {
            self.send_register(id, purpose, now);
            return;
        }
        if let Some(session) = &mut registration.session {
            conclude(session, response, source, &mut self.statistics);
        }
        if response.status().is_success() {
            registration.service_route = service_route(response);
        }
        let Registration { schedule, contact, .. } = registration;
        let step = schedule.handle_response(response, contact, jitter, now);
        self.take_step(id, step, now);
    }

    fn take_step(&mut self, id: RegistrationId, step: Step, now: Timestamp) {
        match step {
            Step::Send(purpose) => self.send_register(id, purpose, now),
            Step::SendElsewhere(purpose) => {
                let place = self.registrations.all.get(&id).map_or(0, |one| one.place + 1);
                self.go_to(id, place);
                self.send_register(id, purpose, now);
            }
            Step::Tell(state) => {
                if matches!(state, RegistrationState::Failed { .. }) {
                    // Nothing works: the next attempt begins with the preferred place.
                    self.go_to(id, 0);
                }
                if let Some(registration) = self.registrations.all.get_mut(&id) {
                    registration.begin_keep_alive(now);
                }
                self.tell(Event::Registration { id, state });
                self.note_deadline(id);
            }
            Step::Rest => self.note_deadline(id),
        }
    }

    /// Sends the next requests to a place, which may be another than before.
    fn go_to(&mut self, id: RegistrationId, place: usize) {
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        registration.place = place.checked_rem(registration.places.len()).unwrap_or(0);
        // What does not come back from there says nothing of here.
        registration.is_pinging = false;
        let destination = registration.destination();
        if let Some(session) = &mut registration.session {
            session.redirect(destination.remote().ip());
        }
        let config = registration.config.clone();
        if let Some(contact) = self.registration_contact(&config, destination)
            && let Some(registration) = self.registrations.all.get_mut(&id)
        {
            registration.contact = contact;
        }
    }

    /// Returns our contact on the way to a registrar.
    fn registration_contact(&self, config: &RegistrationConfig, way: Flow) -> Option<NameAddr> {
        let user = config.contact_user.as_deref().or_else(|| config.address_of_record.user());
        let contact = self.composer.contact(user, way)?;
        match &config.instance {
            Some(instance) => {
                contact.with_param("+sip.instance", Some(&format!("\"<{instance}>\"")))
            }
            None => Some(contact),
        }
    }

    fn note_deadline(&mut self, id: RegistrationId) {
        let Some(registration) = self.registrations.all.get(&id) else { return };
        let is_over = registration.schedule.is_over();
        let timeout = registration.poll_timeout().filter(|_| !is_over);
        self.registrations.deadlines.update(id, timeout);
        if is_over {
            self.registrations.all.remove(&id);
        }
    }

    fn send_register(&mut self, id: RegistrationId, purpose: Purpose, now: Timestamp) {
        let branch = self.generator.branch();
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        registration.sequence = registration.sequence.saturating_add(1);
        let expires = registration.schedule.expires(purpose).as_secs();
        let destination = registration.destination();
        let config = &registration.config;
        let built = self.composer.via(&branch, destination).and_then(|via| {
            let builder = RequestBuilder::new(Method::Register, &config.registrar)
                .via(&via)
                .max_forwards(MAX_FORWARDS)
                .from(&registration.from)
                .to(&NameAddr::new(&config.address_of_record))
                .call_id(&registration.call_id)
                .cseq(registration.sequence)
                .contact(&registration.contact)
                .header(&HeaderName::EXPIRES, expires.to_string())
                // Proxies on the way may want to be on the way back (RFC 3327 section 5.1).
                .header(&HeaderName::SUPPORTED, "path");
            let mut request = self.composer.sign_off(builder).build().ok()?;
            if let Some(session) = &mut registration.session {
                session.sign(&mut request, destination.remote().ip()).ok()?;
            }
            Some(request)
        });
        match built {
            Some(request) => {
                let owner = Owner::Registration(id);
                let transaction = self.request(request, &branch, destination, owner, now);
                if let Some(registration) = self.registrations.all.get_mut(&id) {
                    registration.under_way = Some(transaction);
                }
            }
            None => {
                self.statistics.unsendable += 1;
                let jitter = self.draw_jitter();
                if let Some(registration) = self.registrations.all.get_mut(&id) {
                    let step = registration.schedule.handle_silence(jitter, now);
                    // Each place is left behind once: this ends.
                    self.take_step(id, step, now);
                }
            }
        }
        self.note_deadline(id);
    }

    /// Draws 50 to 100 percent, so that many phones do not come back at once.
    pub(super) fn draw_jitter(&mut self) -> u32 {
        50 + u32::try_from(self.generator.below(51)).unwrap_or(0)
    }
}

/// Reads Service-Route; one that cannot be read, or is longer than anybody needs, counts as none.
fn service_route(response: &Response) -> Vec<NameAddr> {
    let routes: Result<Vec<_>, _> = response
        .service_routes()
        .take(MAX_SERVICE_ROUTES + 1)
        .map(|route| route.map(|route| route.detached()))
        .collect();
    let is_sane = |routes: &Vec<NameAddr>| {
        routes.len() <= MAX_SERVICE_ROUTES
            && routes.iter().all(|route| route.as_bytes().len() <= MAX_SERVICE_ROUTE)
    };
    routes.ok().filter(is_sane).unwrap_or_default()
}

/// Places of one registration.
const MAX_PLACES: usize = 16;
/// Service-Routes of one registration.
const MAX_SERVICE_ROUTES: usize = 8;
/// Octets of one of them.
const MAX_SERVICE_ROUTE: usize = 512;

impl RegistrationState {
    /// Returns whether the registration holds.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        matches!(self, Self::Registered { .. })
    }
}
