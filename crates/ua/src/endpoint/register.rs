//! REGISTER requests of our users (RFC 3261 section 10.3).

use centrala_sip::{HeaderName, Request, StatusCode, Uri};
use centrala_time::Timestamp;

use super::{Endpoint, admission::Refusal};
use crate::{
    Binding, Flow, LocationRecord, OutgoingCall, ReadRegisterError, RegisterError, RegisterRequest,
    RequestedContacts, Source, dialog::DEFAULT_PORT,
};

/// What keeps the way through a NAT open, and is nothing to whoever receives it (RFC 5626 section 4.4.1 has it for
/// streams; telephones pass over empty lines before a message, RFC 3261 section 7.5).
pub(super) const KEEP_ALIVE: &[u8] = b"\r\n\r\n";

/// What a REGISTER may require: a proxy on its way may insist that we know Path (RFC 3327).
const SUPPORTED: &[&str] = &["path"];

impl Endpoint {
    /// Returns where a user can be reached, the preferred place first.
    #[must_use]
    pub fn bindings(&self, user: &str, now: Timestamp) -> Vec<&Binding> {
        self.registrar.bindings(user, now)
    }

    /// Returns where a call to a user goes, the preferred place first: of a device that is there by several flows only
    /// one.
    #[must_use]
    pub fn targets(&self, user: &str, now: Timestamp) -> Vec<&Binding> {
        self.registrar.targets(user, now)
    }

    /// Returns how many users are registered.
    #[must_use]
    pub fn registered_users(&self) -> usize {
        self.registrar.len()
    }

    /// Takes back the bindings that a [`LocationStore`](crate::LocationStore) has kept. Those of users that are there no
    /// more are dropped, from the store as well.
    pub fn restore(&mut self, records: Vec<LocationRecord>, now: Timestamp) {
        let users = &self.config.users;
        let records = records.into_iter().map(|mut record| {
            if !users.contains_key(&record.user) {
                record.bindings.clear();
            }
            record
        });
        self.registrar.restore(records.collect(), now);
        self.settle(now);
    }

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
        let (status, headers) = match self.register_user(request, &user, source, now) {
            Ok(headers) => (StatusCode::OK, headers),
            Err(refusal) => refusal,
        };
        self.reply(request, destination, status, &headers, now);
    }

    /// Does what a user asks; returns the headers of the 200.
    fn register_user(
        &mut self,
        request: &Request,
        user: &str,
        source: Flow,
        now: Timestamp,
    ) -> Result<Vec<(HeaderName, String)>, Refusal> {
        check_require(request)?;
        // A user registers himself and nobody else; nothing is said about who else exists.
        let is_own = request
            .to()
            .is_ok_and(|to| to.uri().user_decoded().is_some_and(|name| *name == *user.as_bytes()));
        if !is_own {
            return Err((StatusCode::FORBIDDEN, Vec::new()));
        }
        let asked = RegisterRequest::read(request, source).map_err(unreadable)?;
        if self.would_loop(&asked) {
            return Err((StatusCode::FORBIDDEN, Vec::new()));
        }
        let paths: Vec<_> =
            asked.paths.iter().map(|path| (HeaderName::PATH, path.to_string())).collect();
        self.registrar.handle_register(user, asked, now).map_err(refused)?;
        let mut headers = self.registrar.contact_headers(user, now);
        // Whoever registers sees who else will be on the way (RFC 3327 section 5.3).
        headers.extend(paths);
        Ok(headers)
    }

    /// Returns whether a call to one of the contacts would come back to us: a telephone that was told our address as its
    /// own.
    fn would_loop(&self, asked: &RegisterRequest) -> bool {
        let is_ours = |uri: &Uri| {
            let port = uri.port().unwrap_or(DEFAULT_PORT);
            uri.host().and_then(centrala_sip::Host::to_ip).is_some_and(|ip| {
                self.config.interfaces.iter().any(|interface| {
                    interface.advertised.ip().to_canonical() == ip
                        && interface.advertised.port() == port
                })
            })
        };
        match &asked.contacts {
            RequestedContacts::Query | RequestedContacts::RemoveAll => false,
            RequestedContacts::Bind(contacts) => contacts.iter().any(|one| is_ours(&one.uri)),
        }
    }
}

impl OutgoingCall {
    /// Returns a call to a registered place: its contact as it was registered, on the way that the registration came,
    /// through the proxies that asked for it (RFC 3327).
    #[must_use]
    pub fn to_binding(
        binding: &Binding,
        from: centrala_sip::NameAddr,
        offer: bytes::Bytes,
    ) -> Self {
        let mut call = Self::new(binding.contact.clone(), binding.flow, from, offer);
        call.headers = binding.route_headers();
        call
    }
}

/// Checks which extensions a request demands (RFC 3261 section 8.2.2.3).
fn check_require(request: &Request) -> Result<(), Refusal> {
    let mut unsupported = Vec::new();
    for option in request.require() {
        let option = option.map_err(|_| (StatusCode::BAD_REQUEST, Vec::new()))?;
        if !SUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(option)) {
            unsupported.push(option);
        }
    }
    if unsupported.is_empty() {
        return Ok(());
    }
    let header = (HeaderName::UNSUPPORTED, unsupported.join(", "));
    Err((StatusCode::BAD_EXTENSION, vec![header]))
}

fn unreadable(error: ReadRegisterError) -> Refusal {
    let headers = match error {
        ReadRegisterError::PathUnsupported => vec![(HeaderName::UNSUPPORTED, "path".to_owned())],
        ReadRegisterError::Malformed(_)
        | ReadRegisterError::Wildcard
        | ReadRegisterError::TooMany { .. }
        | ReadRegisterError::TooLong { .. } => Vec::new(),
    };
    (error.status(), headers)
}

fn refused(error: RegisterError) -> Refusal {
    match error {
        RegisterError::TooBrief { minimum } => {
            let minimum = (HeaderName::MIN_EXPIRES, minimum.as_secs().to_string());
            (StatusCode::INTERVAL_TOO_BRIEF, vec![minimum])
        }
        RegisterError::OutOfOrder => (StatusCode::SERVER_INTERNAL_ERROR, Vec::new()),
        RegisterError::TooMany { .. } => (StatusCode::FORBIDDEN, Vec::new()),
    }
}
