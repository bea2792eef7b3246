//! A registration of ours: when to register, to refresh, to try again (RFC 3261 section 10.2).

use centrala_sip::{Contact, HeaderName, NameAddr, Response, StatusCode, Uri};
use centrala_time::Timestamp;
use core::time::Duration;

use crate::{Credentials, Flow, RegistrationState};

/// A registration to keep up.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct RegistrationConfig {
    /// The registrar: the Request-URI, without a user.
    pub registrar: Uri,
    /// Where the requests are sent.
    pub destination: Flow,
    /// The address of record: who is registered.
    pub address_of_record: Uri,
    /// The user part of our contact; that of the address of record if `None`.
    pub contact_user: Option<String>,
    /// What answers the challenge.
    pub credentials: Option<Credentials>,
    /// The lifetime that we ask for.
    pub expires: Duration,
}

impl RegistrationConfig {
    /// Returns a registration for ten minutes at a time.
    #[must_use]
    pub fn new(
        registrar: Uri,
        destination: Flow,
        address_of_record: Uri,
        credentials: Option<Credentials>,
    ) -> Self {
        Self {
            registrar,
            destination,
            address_of_record,
            contact_user: None,
            credentials,
            expires: Duration::from_secs(600),
        }
    }
}

/// Decides what to do after each answer. Knows no transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    state: State,
    expires: Duration,
    failures: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A request is under way.
    Pending { purpose: Purpose, then: Purpose },
    /// Until the next request.
    Waiting { until: Timestamp, bound: bool },
    /// There will be no more.
    Ended,
}

/// What a REGISTER is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Bind,
    Remove,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send a REGISTER.
    Send(Purpose),
    /// Tell how it stands; a [`Step::Send`] may follow.
    Tell(RegistrationState),
    /// Nothing.
    Rest,
}

/// The first delay after a failure, and the longest (RFC 5626 section 4.5).
const BASE_DELAY: Duration = Duration::from_secs(30);
const MAX_DELAY: Duration = Duration::from_secs(1_800);
/// The longest lifetime that a 423 may demand of us.
const MAX_EXPIRES: Duration = Duration::from_secs(86_400);

impl Schedule {
    /// Begins with a request under way.
    pub(crate) const fn new(expires: Duration) -> Self {
        let state = State::Pending { purpose: Purpose::Bind, then: Purpose::Bind };
        Self { state, expires, failures: 0 }
    }

    /// Returns the lifetime that the next request asks for.
    pub(crate) const fn expires(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Bind => self.expires,
            Purpose::Remove => Duration::ZERO,
        }
    }

    /// Returns what the request under way is for.
    pub(crate) const fn pending(&self) -> Option<Purpose> {
        match self.state {
            State::Pending { purpose, .. } => Some(purpose),
            State::Waiting { .. } | State::Ended => None,
        }
    }

    /// A final response came that is no challenge which can be answered; `contact` is ours, and
    /// `jitter` is drawn between 50 and 100.
    pub(crate) fn handle_response(
        &mut self,
        response: &Response,
        contact: &Uri,
        jitter: u32,
        now: Timestamp,
    ) -> Step {
        let State::Pending { purpose, then } = self.state else { return Step::Rest };
        let status = response.status();
        if purpose == Purpose::Remove {
            return self.end();
        }
        if status.is_success() {
            let granted = granted(response, contact).unwrap_or(self.expires);
            self.failures = 0;
            let until = now + (granted / 2).max(Duration::from_secs(1));
            self.state = State::Waiting { until, bound: true };
            if then == Purpose::Remove {
                return self.handle_removal();
            }
            return Step::Tell(RegistrationState::Registered { expires: granted });
        }
        if status == StatusCode::INTERVAL_TOO_BRIEF
            && let Ok(seconds) = response.number(&HeaderName::MIN_EXPIRES)
        {
            let minimum = Duration::from_secs(u64::from(seconds)).min(MAX_EXPIRES);
            if minimum > self.expires {
                self.expires = minimum;
                return Step::Send(Purpose::Bind);
            }
        }
        let asked = crate::endpoint::retry_after(response).unwrap_or_default();
        self.fail(Some(status), asked, jitter, now)
    }

    /// Nothing came back.
    pub(crate) fn handle_silence(&mut self, jitter: u32, now: Timestamp) -> Step {
        match self.state {
            State::Pending { purpose: Purpose::Remove, .. } => self.end(),
            State::Pending { purpose: Purpose::Bind, .. } => {
                self.fail(None, Duration::ZERO, jitter, now)
            }
            State::Waiting { .. } | State::Ended => Step::Rest,
        }
    }

    /// The registration is not wanted any more.
    pub(crate) fn handle_removal(&mut self) -> Step {
        match self.state {
            State::Pending { purpose, .. } => {
                self.state = State::Pending { purpose, then: Purpose::Remove };
                Step::Rest
            }
            State::Waiting { bound: true, .. } => {
                let (purpose, then) = (Purpose::Remove, Purpose::Remove);
                self.state = State::Pending { purpose, then };
                Step::Send(purpose)
            }
            State::Waiting { bound: false, .. } => self.end(),
            State::Ended => Step::Rest,
        }
    }

    /// Refreshes or tries again if that is due.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) -> Step {
        match self.state {
            State::Waiting { until, .. } if until <= now => {
                let (purpose, then) = (Purpose::Bind, Purpose::Bind);
                self.state = State::Pending { purpose, then };
                Step::Send(purpose)
            }
            State::Waiting { .. } | State::Pending { .. } | State::Ended => Step::Rest,
        }
    }

    pub(crate) const fn poll_timeout(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { until, .. } => Some(until),
            State::Pending { .. } | State::Ended => None,
        }
    }

    /// Returns whether the last event was told.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Doubles the delay with each failure in a row.
    fn fail(
        &mut self,
        status: Option<StatusCode>,
        asked: Duration,
        jitter: u32,
        now: Timestamp,
    ) -> Step {
        if matches!(self.state, State::Pending { then: Purpose::Remove, .. }) {
            return self.end();
        }
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let delay = BASE_DELAY.saturating_mul(factor).min(MAX_DELAY);
        let retry_in = (delay.saturating_mul(jitter) / 100).max(asked.min(MAX_EXPIRES));
        self.state = State::Waiting { until: now + retry_in, bound: false };
        Step::Tell(RegistrationState::Failed { status, retry_in })
    }

    fn end(&mut self) -> Step {
        self.state = State::Ended;
        Step::Tell(RegistrationState::Unregistered)
    }
}

/// Returns how long our binding was granted: by its contact, else by the header (section 10.2.4).
fn granted(response: &Response, ours: &Uri) -> Option<Duration> {
    let seconds = |address: &NameAddr| address.params().value("expires")?.parse::<u32>().ok();
    let by_contact = response.contacts().flatten().find_map(|contact| match contact {
        Contact::Address(address) if address.uri().is_equivalent(ours) => seconds(&address),
        Contact::Address(_) | Contact::Wildcard => None,
    });
    let seconds = by_contact.or_else(|| response.expires().ok())?;
    Some(Duration::from_secs(u64::from(seconds)))
}

#[cfg(test)]
mod tests;
