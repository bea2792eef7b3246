//! What keeps the way to a registrar open (RFC 5626 section 4.4).

use bytes::Bytes;
use centrala_sip::{Method, NameAddr, RequestBuilder};
use centrala_time::Timestamp;

use super::{
    super::{Endpoint, Owner, register::KEEP_ALIVE},
    Registration,
};
use crate::{KeepAlive, RegistrationId, transaction::MAX_FORWARDS};

impl Registration {
    /// Begins when the registration holds, and ends with it; what is planned already stays.
    pub(super) fn begin_keep_alive(&mut self, now: Timestamp) {
        let interval = self.config.keep_alive.interval().filter(|_| self.schedule.is_bound());
        self.ping_at = interval.map(|interval| self.ping_at.unwrap_or(now + interval));
    }
}

impl Endpoint {
    /// Sends a keep-alive if one is due.
    pub(super) fn keep_registration_alive(&mut self, id: RegistrationId, now: Timestamp) {
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        if registration.ping_at.is_none_or(|at| at > now) {
            return;
        }
        registration.ping_at = None;
        registration.begin_keep_alive(now);
        let destination = registration.destination();
        match registration.config.keep_alive {
            KeepAlive::Off => {}
            KeepAlive::Crlf(_) => self.send(destination, Bytes::from_static(KEEP_ALIVE)),
            KeepAlive::Options(_) => self.send_options(id, now),
        }
    }

    fn send_options(&mut self, id: RegistrationId, now: Timestamp) {
        let (branch, tag) = (self.generator.branch(), self.generator.token());
        let call_id = self.generator.token().parse();
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        if registration.is_pinging {
            return;
        }
        registration.is_pinging = true;
        registration.pings = registration.pings.wrapping_add(1);
        let owner = Owner::KeepAlive(id, registration.pings);
        let destination = registration.destination();
        let config = &registration.config;
        let from = NameAddr::new(&config.address_of_record).with_tag(&tag);
        let built = self.composer.via(&branch, destination).zip(from).zip(call_id.ok()).and_then(
            |((via, from), call_id)| {
                let builder = RequestBuilder::new(Method::Options, &config.registrar)
                    .via(&via)
                    .max_forwards(MAX_FORWARDS)
                    .from(&from)
                    .to(&NameAddr::new(&config.registrar))
                    .call_id(&call_id)
                    .cseq(1)
                    .contact(&registration.contact);
                self.composer.sign_off(builder).build().ok()
            },
        );
        match built {
            Some(request) => {
                self.request(request, &branch, destination, owner, now);
            }
            None => self.statistics.unsendable += 1,
        }
    }

    /// Whatever answer comes is good: somebody is there.
    pub(in crate::endpoint) fn handle_keep_alive_response(
        &mut self,
        id: RegistrationId,
        ping: u32,
    ) {
        if let Some(registration) = self.registrations.all.get_mut(&id)
            && registration.pings == ping
        {
            registration.is_pinging = false;
        }
    }

    /// Nothing came back.
    pub(in crate::endpoint) fn handle_keep_alive_silence(
        &mut self,
        id: RegistrationId,
        ping: u32,
        now: Timestamp,
    ) {
        let Some(registration) = self.registrations.all.get_mut(&id) else { return };
        if registration.pings == ping && registration.is_pinging {
            registration.is_pinging = false;
            let step = registration.schedule.handle_dead_way();
            self.take_step(id, step, now);
        }
    }
}
