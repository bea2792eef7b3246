//! What the users of an endpoint decide.

use bytes::Bytes;
use centrala_keys::Key;
use centrala_sip::StatusCode;
use centrala_ua::{OutgoingCall, RegistrationConfig, Rejection};
use core::time::Duration;

use super::{OTHERS, Play, credentials};

impl Play<'_> {
    /// Lets a user decide something about one of the calls, or begin something.
    pub(super) fn decide(&mut self) {
        let octet = self.choices.octet();
        let now = self.now;
        match octet % 20 {
            0 | 1 => self.call(),
            2 => self.register(),
            3 => {
                if let Some(registration) = self.registrations.pop() {
                    self.endpoint.unregister(registration, now);
                }
            }
            _ => {
                let which = usize::from(octet / 20);
                if let Some(call) = self.calls.iter().rev().nth(which).copied() {
                    self.decide_about(call, octet % 20);
                }
            }
        }
    }

    fn decide_about(&mut self, call: centrala_ua::CallId, what: u8) {
        let (endpoint, now) = (&mut self.endpoint, self.now);
        let ours = Bytes::from_static(b"v=0 ours");
        match what {
            4 | 5 => endpoint.ring(call, None, now),
            6 => endpoint.ring(call, Some(ours), now),
            7..10 => endpoint.answer(call, ours, now),
            10 => endpoint.reject(call, &Rejection::new(StatusCode::BUSY_HERE), now),
            11 => endpoint.hang_up(call, now),
            12 => endpoint.reoffer(call, ours, now),
            13 => endpoint.update(call, ours, now),
            14 => endpoint.withdraw_offer(call, now),
            15 | 16 => endpoint.send_key(call, Key::Five, Duration::from_millis(100), now),
            17 => endpoint.refresh(call, now),
            18 => {
                let mut rejection = Rejection::new(StatusCode::MOVED_TEMPORARILY);
                rejection.reason = Some("gone\r\nfishing".to_owned());
                rejection.contacts.push("sip:bob@example.com".parse().expect("a URI"));
                endpoint.reject(call, &rejection, now);
            }
            _ => endpoint.hang_up(call, now),
        }
    }

    fn call(&mut self) {
        let octet = self.choices.octet();
        let to = OTHERS[usize::from(octet % 4)];
        let flow = if octet & 4 == 0 { format!("UDP {to}") } else { format!("TCP {to}") };
        let from = "\"Office\" <sip:office@192.0.2.10>".parse().expect("an address");
        let uri = "sip:them@192.0.2.1".parse().expect("a URI");
        // Some are too large for a datagram.
        let offer = if octet & 8 == 0 { "v=0 ours".to_owned() } else { "o".repeat(1_500) };
        let mut call = OutgoingCall::new(uri, flow.parse().expect("a flow"), from, offer.into());
        if octet & 16 != 0 {
            call.credentials = credentials();
        }
        if let Ok(call) = self.endpoint.invite(call, self.now) {
            self.calls.push(call);
        }
    }

    fn register(&mut self) {
        if self.registrations.len() > 2 {
            return;
        }
        let registrar = "sip:192.0.2.1".parse().expect("a URI");
        let own = "sip:office@192.0.2.1".parse().expect("a URI");
        let flow = "192.0.2.1:5060".parse().expect("a flow");
        let config = RegistrationConfig::new(registrar, flow, own, credentials().pop());
        self.registrations.extend(self.endpoint.register(config, self.now));
    }
}
