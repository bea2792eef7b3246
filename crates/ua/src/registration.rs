//! A registration of ours: when to register, to refresh, to try again (RFC 3261 section 10.2).

use centrala_sip::{Contact, NameAddr, Response, StatusCode, Uri};
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
    /// Where else the requests may be sent: tried in their order when nothing comes from
    /// [`destination`](Self::destination), or only 503 (RFC 3263 section 4.3). One that works is used until it fails.
    pub alternatives: Vec<Flow>,
    /// Who we are whatever our address is (`+sip.instance`, RFC 5626 section 4.1), such as
    /// `urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6`: the same after every start, so that the registrar does not keep
    /// our old contact beside the new one. Must have no control characters, quotes, backslashes and angle brackets.
    pub instance: Option<String>,
    /// What keeps the way open while we are registered.
    pub keep_alive: KeepAlive,
}

/// What is sent now and then, so that a NAT between us and a registrar lets calls in.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// Nothing: there is no NAT.
    #[default]
    Off,
    /// Two empty lines (RFC 5626 section 4.4.1). They cost nothing, and prove nothing.
    Crlf(Duration),
    /// OPTIONS. Whatever the answer is, the other side is alive; if there is none, we register anew at once, elsewhere
    /// if there is an elsewhere.
    Options(Duration),
}

impl KeepAlive {
    /// Returns how long after one the next is due.
    pub(crate) fn interval(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::Crlf(interval) | Self::Options(interval) => Some(interval.max(MIN_KEEP_ALIVE)),
        }
    }
}

/// Keep-alives do not come more often than this, whatever is configured.
const MIN_KEEP_ALIVE: Duration = Duration::from_secs(5);

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
            alternatives: Vec::new(),
            instance: None,
            keep_alive: KeepAlive::Off,
        }
    }
}

/// Decides what to do after each answer. Knows no transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    state: State,
    expires: Duration,
    /// Failures in a row, those elsewhere included.
    failures: u32,
    /// How often in a row a 423 was obeyed.
    adapted: u32,
    /// Where else may be tried before we wait.
    elsewhere: Elsewhere,
}

/// How many places there are beside the first one, and how many of them are left to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Elsewhere {
    all: usize,
    left: usize,
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
    /// Send it to the next place.
    SendElsewhere(Purpose),
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
    pub(crate) const fn new(expires: Duration, elsewhere: usize) -> Self {
        let state = State::Pending { purpose: Purpose::Bind, then: Purpose::Bind };
        let elsewhere = Elsewhere { all: elsewhere, left: elsewhere };
        Self { state, expires, failures: 0, adapted: 0, elsewhere }
    }

    /// There are so many places now beside the first one.
    pub(crate) const fn set_elsewhere(&mut self, elsewhere: usize) {
        self.elsewhere = Elsewhere { all: elsewhere, left: elsewhere };
    }

    /// Returns whether the registrar has us in its list, as far as we know.
    pub(crate) const fn is_bound(&self) -> bool {
        matches!(self.state, State::Waiting { bound: true, .. })
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
        contact: &NameAddr,
        jitter: u32,
        now: Timestamp,
    ) -> Step {
        let State::Pending { purpose, then } = self.state else { return Step::Rest };
        let status = response.status();
        if purpose == Purpose::Remove {
            return self.end();
        }
        if status.is_success() {
            return self.handle_success(response, contact, then, jitter, now);
        }
        if status == StatusCode::INTERVAL_TOO_BRIEF
            && let Ok(seconds) = response.min_expires()
        {
            let minimum = Duration::from_secs(u64::from(seconds)).min(MAX_EXPIRES);
            if minimum > self.expires && self.adapted < MAX_ADAPTED {
                self.adapted += 1;
                self.expires = minimum;
                return Step::Send(Purpose::Bind);
            }
        }
        if status == StatusCode::SERVICE_UNAVAILABLE
            && let Some(step) = self.go_elsewhere(then)
        {
            return step;
        }
        let asked = crate::endpoint::retry_after(response).unwrap_or_default();
        let retry_in = self.fail(asked, jitter);
        self.wait(RegistrationState::Failed { status: Some(status), retry_in }, false, now)
    }

    fn handle_success(
        &mut self,
        response: &Response,
        contact: &NameAddr,
        then: Purpose,
        jitter: u32,
        now: Timestamp,
    ) -> Step {
        self.elsewhere.left = self.elsewhere.all;
        let granted = match listed(response, contact) {
            Listed::For(granted) => granted,
            Listed::SomeTime => self.expires,
            Listed::Not => {
                if then == Purpose::Remove {
                    return self.end();
                }
                let retry_in = self.fail(Duration::ZERO, jitter);
                return self.wait(RegistrationState::Unlisted { retry_in }, true, now);
            }
        };
        (self.failures, self.adapted) = (0, 0);
        let until = now + (granted / 2).max(MIN_REFRESH);
        self.state = State::Waiting { until, bound: true };
        if then == Purpose::Remove {
            return self.handle_removal();
        }
        Step::Tell(RegistrationState::Registered { expires: granted })
    }

    /// Nothing came back.
    pub(crate) fn handle_silence(&mut self, jitter: u32, now: Timestamp) -> Step {
        match self.state {
            State::Pending { purpose: Purpose::Remove, .. } => self.end(),
            State::Pending { purpose: Purpose::Bind, then } => {
                self.go_elsewhere(then).unwrap_or_else(|| {
                    let retry_in = self.fail(Duration::ZERO, jitter);
                    self.wait(RegistrationState::Failed { status: None, retry_in }, false, now)
                })
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

    /// The way to the registrar was found to be dead.
    pub(crate) fn handle_dead_way(&mut self) -> Step {
        if !self.is_bound() {
            // What is under way or will be tried finds out by itself.
            return Step::Rest;
        }
        let (purpose, then) = (Purpose::Bind, Purpose::Bind);
        self.state = State::Pending { purpose, then };
        self.go_elsewhere(then).unwrap_or(Step::Send(purpose))
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

    /// Returns the step to the next place, if one is left and still wanted.
    const fn go_elsewhere(&mut self, then: Purpose) -> Option<Step> {
        if matches!(then, Purpose::Remove) {
            return None;
        }
        match self.elsewhere.left.checked_sub(1) {
            Some(left) => {
                self.elsewhere.left = left;
                Some(Step::SendElsewhere(Purpose::Bind))
            }
            None => None,
        }
    }

    /// Returns the delay, which doubles with each failure in a row.
    fn fail(&mut self, asked: Duration, jitter: u32) -> Duration {
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        let delay = BASE_DELAY.saturating_mul(factor).min(MAX_DELAY);
        (delay.saturating_mul(jitter) / 100).max(asked.min(MAX_EXPIRES))
    }

    /// Waits until the next attempt, or ends if there is to be none.
    fn wait(&mut self, state: RegistrationState, bound: bool, now: Timestamp) -> Step {
        if matches!(self.state, State::Pending { then: Purpose::Remove, .. }) {
            return self.end();
        }
        let retry_in = match state {
            RegistrationState::Failed { retry_in, .. }
            | RegistrationState::Unlisted { retry_in } => retry_in,
            RegistrationState::Registered { .. } | RegistrationState::Unregistered => MAX_DELAY,
        };
        self.elsewhere.left = self.elsewhere.all;
        self.adapted = 0;
        self.state = State::Waiting { until: now + retry_in, bound };
        Step::Tell(state)
    }

    fn end(&mut self) -> Step {
        self.state = State::Ended;
        Step::Tell(RegistrationState::Unregistered)
    }
}

/// What a 2xx says of our binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    /// It is there, for so long.
    For(Duration),
    /// It is there, or nothing is listed at all, and nobody says for how long.
    SomeTime,
    /// Others are there, and we are not.
    Not,
}

/// Looks for our binding: by its contact, else by its device; or by the user part, because some registrars list what they
/// have made of a contact behind a NAT. Its lifetime is its own, else that of the header (RFC 3261 section 10.2.4).
fn listed(response: &Response, ours: &NameAddr) -> Listed {
    let header = response.expires().ok();
    let instance = |address: &NameAddr| {
        let param = address.params().get("+sip.instance")?;
        Some(param.unquoted()?.to_ascii_lowercase())
    };
    let mut contacts = response.contacts().flatten().take(MAX_LISTED).peekable();
    let is_empty = contacts.peek().is_none();
    let ranked = contacts.filter_map(|contact| {
        let Contact::Address(address) = contact else { return None };
        let rank = if address.uri().is_equivalent(ours.uri()) {
            0
        } else if instance(ours).is_some() && instance(&address) == instance(ours) {
            1
        } else if ours.uri().user().is_some() && address.uri().user() == ours.uri().user() {
            2
        } else {
            return None;
        };
        let own = address.params().value("expires").and_then(|text| text.parse::<u32>().ok());
        Some((rank, own))
    });
    let found = ranked.min_by_key(|(rank, _)| *rank);
    let seconds = match found {
        Some((_, own)) => own.or(header),
        None if is_empty => header,
        None => return Listed::Not,
    };
    match seconds {
        // Some say zero of a binding that they have just removed.
        Some(0) if found.is_some() => Listed::Not,
        Some(seconds) => Listed::For(Duration::from_secs(u64::from(seconds))),
        None => Listed::SomeTime,
    }
}

/// Contacts of a response that are looked at.
const MAX_LISTED: usize = 64;
/// How often in a row we let ourselves be told a longer lifetime.
const MAX_ADAPTED: u32 = 3;
/// A binding is not refreshed more often than this, however short its life.
const MIN_REFRESH: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
