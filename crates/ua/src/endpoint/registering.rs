//! Registrations of ours (RFC 3261 section 10.2).

use std::collections::BTreeMap;

use centrala_sip::{CallId, HeaderName, Method, NameAddr, RequestBuilder, Response};
use centrala_time::{Deadlines, Timestamp};

use super::{Endpoint, Owner, leaving::is_challenge};
use crate::{
    Event, Flow, RegistrationConfig, RegistrationId, RegistrationState,
    digest::Session,
    registration::{Purpose, Schedule, Step},
    transaction::{MAX_FORWARDS, table::TransactionId},
};

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
    session: Option<Session>,
    /// The same for all requests (section 10.2).
    call_id: CallId,
    from: NameAddr,
    contact: NameAddr,
    sequence: u32,
    under_way: Option<TransactionId>,
}

impl Registrations {
    /// Returns the ways to all registrars.
    pub(super) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.all.values().map(|registration| registration.config.destination)
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
        let user = config.contact_user.as_deref().or_else(|| config.address_of_record.user());
        let contact = self.composer.contact(user, config.destination)?;
        let call_id = self.generator.token().parse().ok()?;
        self.registrations.next_id += 1;
        let id = RegistrationId(self.registrations.next_id);
        let registration = Registration {
            schedule: Schedule::new(config.expires),
            session: config.credentials.take().map(|credentials| {
                let server = config.destination.remote().ip();
                Session::new([credentials], server, self.generator.key())
            }),
            config,
            call_id,
            from,
            contact,
            sequence: 0,
            under_way: None,
        };
        self.registrations.all.insert(id, registration);
        self.send_register(id, Purpose::Bind, now);
        self.settle(now);
        Some(id)
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
            session.handle_success(response);
        }
        let contact = registration.contact.uri();
        let step = registration.schedule.handle_response(response, contact, jitter, now);
        self.take_step(id, step, now);
    }

    fn take_step(&mut self, id: RegistrationId, step: Step, now: Timestamp) {
        match step {
            Step::Send(purpose) => self.send_register(id, purpose, now),
            Step::Tell(state) => {
                self.tell(Event::Registration { id, state });
                self.note_deadline(id);
            }
            Step::Rest => self.note_deadline(id),
        }
    }

    fn note_deadline(&mut self, id: RegistrationId) {
        let Some(registration) = self.registrations.all.get(&id) else { return };
        let timeout = registration.schedule.poll_timeout();
        self.registrations.deadlines.update(id, timeout);
        if registration.schedule.is_over() {
            self.registrations.all.remove(&id);
        }
    }

    fn send_register(&mut self, id: RegistrationId, purpose: Purpose, now: Timestamp) {
        let branch = self.generator.branch();
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        registration.sequence = registration.sequence.saturating_add(1);
        let expires = registration.schedule.expires(purpose).as_secs();
        let config = &registration.config;
        let built = self.composer.via(&branch, config.destination).and_then(|via| {
            let builder = RequestBuilder::new(Method::Register, &config.registrar)
                .via(&via)
                .max_forwards(MAX_FORWARDS)
                .from(&registration.from)
                .to(&NameAddr::new(&config.address_of_record))
                .call_id(&registration.call_id)
                .cseq(registration.sequence)
                .contact(&registration.contact)
                .header(&HeaderName::EXPIRES, expires.to_string());
            let mut request = self.composer.sign_off(builder).build().ok()?;
            if let Some(session) = &mut registration.session {
                session.sign(&mut request, config.destination.remote().ip()).ok()?;
            }
            Some(request)
        });
        let destination = config.destination;
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
                    if let Step::Tell(state) = step {
                        self.tell(Event::Registration { id, state });
                    }
                }
            }
        }
        self.note_deadline(id);
    }

    /// Draws 50 to 100 percent, so that many phones do not come back at once.
    fn draw_jitter(&mut self) -> u32 {
        50 + u32::try_from(self.generator.below(51)).unwrap_or(0)
    }
}

impl RegistrationState {
    /// Returns whether the registration holds.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        matches!(self, Self::Registered { .. })
    }
}
