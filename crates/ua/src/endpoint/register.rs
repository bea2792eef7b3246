//! REGISTER requests of our users (RFC 3261 section 10.3).

use centrala_sip::{Contact, HeaderName, NameAddr, Request, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::{Endpoint, admission::check_request};
use crate::{Flow, RegisterError, RegisterRequest, RequestedContact, RequestedContacts, Source};

impl Endpoint {
    pub(super) fn handle_register(
        &mut self,
        request: &Request,
        who: Source,
        source: Flow,
        destination: Flow,
        now: Timestamp,
    ) {
        // Registrations are never taken on trust: `identify` has asked for a password.
        let Source::User(user) = who else { return };
        let mut refuse = |status, headers: &[(HeaderName, String)]| {
            self.reply(request, destination, status, headers, now);
        };
        if let Err((status, headers)) = check_request(request) {
            refuse(status, &headers);
            return;
        }
        // A user registers himself and nobody else; nothing is said about who else exists.
        let is_own = request
            .to()
            .is_ok_and(|to| to.uri().user_decoded().is_some_and(|name| *name == *user.as_bytes()));
        if !is_own {
            refuse(StatusCode::FORBIDDEN, &[]);
            return;
        }
        let Some(asked) = read(request, source) else {
            refuse(StatusCode::BAD_REQUEST, &[]);
            return;
        };
        match self.registrar.handle_register(&user, asked, now) {
            Ok(()) => self.confirm(request, &user, destination, now),
            Err(RegisterError::TooBrief { minimum }) => {
                let minimum = (HeaderName::MIN_EXPIRES, minimum.as_secs().to_string());
                let status = StatusCode::INTERVAL_TOO_BRIEF;
                self.reply(request, destination, status, &[minimum], now);
            }
            Err(RegisterError::OutOfOrder) => {
                let status = StatusCode::SERVER_INTERNAL_ERROR;
                self.reply(request, destination, status, &[], now);
            }
            Err(RegisterError::TooMany { .. }) => {
                self.reply(request, destination, StatusCode::FORBIDDEN, &[], now);
            }
        }
    }

    /// Lists all bindings of the user (step 8).
    fn confirm(&mut self, request: &Request, user: &str, destination: Flow, now: Timestamp) {
        let contacts: Vec<_> = self
            .registrar
            .bindings(user, now)
            .into_iter()
            .map(|binding| {
                let contact = NameAddr::new(&binding.contact);
                let seconds = rounded_up(binding.expires_at - now);
                let contact = String::from_utf8_lossy(contact.as_bytes()).into_owned();
                (HeaderName::CONTACT, format!("{contact};expires={seconds}"))
            })
            .collect();
        self.reply(request, destination, StatusCode::OK, &contacts, now);
    }
}

/// Reads what is asked; `None` if it makes no sense.
fn read(request: &Request, flow: Flow) -> Option<RegisterRequest> {
    // A malformed Expires counts as none (section 10.2.1.1, 20.19).
    let header = request.expires().ok().map(|seconds| Duration::from_secs(u64::from(seconds)));
    let mut contacts = Vec::new();
    let mut wildcard = false;
    for contact in request.contacts() {
        match contact.ok()? {
            Contact::Wildcard => wildcard = true,
            Contact::Address(address) => contacts.push(read_contact(&address, header)),
        }
    }
    let contacts = match (wildcard, contacts.is_empty()) {
        (false, true) => RequestedContacts::Query,
        (false, false) => RequestedContacts::Bind(contacts),
        (true, true) if header == Some(Duration::ZERO) => RequestedContacts::RemoveAll,
        (true, _) => return None,
    };
    let call_id = request.call_id().ok()?.as_str().to_owned();
    Some(RegisterRequest::new(call_id, request.cseq().ok()?.number(), contacts, flow))
}

fn read_contact(address: &NameAddr, header: Option<Duration>) -> RequestedContact {
    let params = address.params();
    let own = params.value("expires").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let instance = params.value("+sip.instance").map(str::to_owned);
    RequestedContact {
        quality: params.value("q").and_then(parse_quality).unwrap_or(1_000),
        expires: own.or(header),
        instance,
        ..RequestedContact::new(address.uri().detached())
    }
}

/// Reads `0.5` as 500 thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" | "" => Some(thousandths),
        "1" => Some(1_000),
        _ => None,
    }
}

fn rounded_up(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_read_in_thousandths() {
        let cases = [
            ("1", Some(1_000)),
            ("1.0", Some(1_000)),
            ("0.5", Some(500)),
            ("0.125", Some(125)),
            ("0", Some(0)),
            (".7", Some(700)),
            ("0.1234", None),
            ("2", None),
            ("0.x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_quality(text), expected, "{text}");
        }
    }
}
