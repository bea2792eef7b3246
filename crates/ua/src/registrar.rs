//! Where registered users can be reached: the bindings of RFC 3261 section 10.
//!
//! Besides: proxies that want to be on the way back (Path, RFC 3327), and devices that tell who they are (`+sip.instance`
//! and `reg-id`, RFC 5626): they replace their own bindings, and ring once. Outbound itself is not promised: a response has
//! no `Require: outbound`, so that a telephone uses one flow.
//!
//! Bindings live in memory. There a registration cannot fail halfway, whatever becomes of a disk: RFC 3261 section 10.3
//! has 500 for a data base that refuses, and here it is for requests that come out of order. What is to survive a restart
//! is told to a [`LocationStore`] afterwards.

use std::collections::{BTreeMap, VecDeque};

use centrala_sip::{HeaderName, NameAddr};
use centrala_time::{Deadlines, Timestamp};
use core::{cmp::Reverse, time::Duration};

use crate::Flow;
use binding::{Origin, UserName};

mod binding;
mod location;
mod persistence;
mod request;

pub use binding::{BindCause, Binding, UnbindCause};
pub use location::{
    LocationRecord, LocationStore, LocationStoreError, MemoryLocations, StoredBinding,
};
pub use persistence::Persistence;
pub use request::{ReadRegisterError, RegisterRequest, RequestedContact, RequestedContacts};

/// How long bindings live, and how many there may be.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrarConfig {
    /// The lifetime of a binding whose registration names none.
    pub default_expires: Duration,
    /// A shorter lifetime is refused with 423, unless it is an hour or more (RFC 3261 section 10.3, step 7).
    pub min_expires: Duration,
    /// A longer lifetime is cut.
    pub max_expires: Duration,
    /// How many bindings a user may have.
    pub max_bindings: usize,
    /// How often something is sent to a telephone behind a NAT, so that the way to it stays open; `None` leaves that to
    /// the telephone. RFC 5626 section 4.4.2 puts it at 24 to 29 seconds.
    pub keep_alive: Option<Duration>,
    /// Whether bindings are to be kept over a restart.
    pub persistence: Option<Persistence>,
}

impl Default for RegistrarConfig {
    fn default() -> Self {
        Self {
            default_expires: Duration::from_secs(3_600),
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(7_200),
            max_bindings: 10,
            keep_alive: Some(Duration::from_secs(25)),
            persistence: None,
        }
    }
}

/// Why a registration was refused; nothing of it was done.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// A lifetime is too short (423).
    #[error("the shortest lifetime is {} s", minimum.as_secs())]
    TooBrief {
        /// The shortest lifetime.
        minimum: Duration,
    },
    /// An older request came after a newer one of the same Call-ID (500).
    #[error("a newer registration was seen before")]
    OutOfOrder,
    /// The user would have more bindings than allowed (403).
    #[error("more than {limit} bindings")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// What changed, and what is to be done.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrarOutput {
    /// A binding was made or refreshed.
    Bound {
        /// The user.
        user: String,
        /// The place.
        binding: Binding,
        /// How it came about.
        cause: BindCause,
    },
    /// A binding is gone.
    Unbound {
        /// The user.
        user: String,
        /// The place.
        binding: Binding,
        /// Why.
        cause: UnbindCause,
    },
    /// Bring this to a [`LocationStore`]; only with [`RegistrarConfig::persistence`].
    Keep(LocationRecord),
    /// Send something that needs no answer on this way, so that it stays open.
    KeepAlive(Flow),
}

/// Keeps the bindings of users, and lets them expire.
///
/// ```
/// use centrala_time::Timestamp;
/// use centrala_ua::{
///     RegisterRequest, Registrar, RegistrarConfig, RequestedContact, RequestedContacts,
/// };
///
/// let now = Timestamp::ZERO;
/// let mut registrar = Registrar::new(RegistrarConfig::default());
/// let contact = RequestedContact::new("sip:101@10.0.0.7:5060".parse()?);
/// let contacts = RequestedContacts::Bind(vec![contact]);
/// let flow = "UDP 192.0.2.9:40112".parse()?;
/// registrar.handle_register("101", RegisterRequest::new("a84b4c".into(), 1, contacts, flow), now)?;
/// let [binding] = registrar.bindings("101", now)[..] else { panic!() };
/// assert_eq!(binding.flow, flow);
/// assert!(binding.is_repaired(), "there is a NAT in between");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Registrar {
    config: RegistrarConfig,
    users: BTreeMap<UserName, Box<[Binding]>>,
    deadlines: Deadlines<UserName>,
    outputs: VecDeque<RegistrarOutput>,
}

impl Registrar {
    /// Returns a registrar without bindings.
    #[must_use]
    pub const fn new(config: RegistrarConfig) -> Self {
        Self {
            config,
            users: BTreeMap::new(),
            deadlines: Deadlines::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Does what the REGISTER of an authorised user asks, wholly or not at all (RFC 3261 section
    /// 10.3, steps 6 and 7).
    ///
    /// # Errors
    ///
    /// If the request is refused.
    pub fn handle_register(
        &mut self,
        user: &str,
        request: RegisterRequest,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        self.handle_timeout(now);
        let old = self.users.get(user).map_or(&[][..], |bindings| bindings);
        let RegisterRequest { call_id, sequence, contacts, flow, paths } = request;
        let origin = Origin { call_id: &call_id, sequence, flow, paths: &paths };
        match contacts {
            RequestedContacts::Query => {}
            RequestedContacts::RemoveAll => {
                if !old.iter().all(|binding| origin.comes_after(binding)) {
                    return Err(RegisterError::OutOfOrder);
                }
                self.remove_user(user);
            }
            RequestedContacts::Bind(requested) => {
                let lifetimes = self.check(old, &requested, &origin)?;
                let wanted = requested.into_iter().zip(lifetimes);
                let wanted = wanted.filter_map(|(contact, lifetime)| Some((contact, lifetime?)));
                self.bind(user, wanted, &origin, now);
            }
        }
        Ok(())
    }

    /// Removes all bindings of a user that exists no longer.
    pub fn remove_user(&mut self, user: &str) {
        let Some((user, bindings)) = self.users.remove_entry(user) else { return };
        for binding in bindings {
            self.unbound(&user, binding, UnbindCause::Removed);
        }
        self.keep(user, Vec::new(), Change::Other);
    }

    /// Lets bindings expire, and keeps ways open; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(user) = self.deadlines.pop_due(now) {
            let Some(bindings) = self.users.remove(&user) else { continue };
            let mut change = Change::Lifetime;
            let mut alive = Vec::with_capacity(bindings.len());
            for mut binding in bindings {
                if binding.expires_at <= now {
                    change = Change::Other;
                    self.unbound(&user, binding, UnbindCause::Expired);
                    continue;
                }
                if binding.ping_at.is_some_and(|at| at <= now) {
                    self.outputs.push_back(RegistrarOutput::KeepAlive(binding.flow));
                    binding.ping_at = self.config.next_keep_alive(&binding, now);
                }
                alive.push(binding);
            }
            self.keep(user, alive, change);
        }
    }

    /// Returns what changed next.
    pub fn poll_output(&mut self) -> Option<RegistrarOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Returns the bindings of a user that are alive, the most preferred first, then the newest.
    #[must_use]
    pub fn bindings(&self, user: &str, now: Timestamp) -> Vec<&Binding> {
        let all = self.users.get(user).map_or(&[][..], |bindings| bindings);
        let mut alive: Vec<_> = all.iter().filter(|binding| binding.expires_at > now).collect();
        alive.reverse();
        alive.sort_by_key(|binding| Reverse(binding.quality));
        alive
    }

    /// Returns the bindings to which a call goes: those with a SIP address, and of a device that is there by several
    /// flows only one, because it would ring twice (RFC 5626 section 7.1).
    #[must_use]
    pub fn targets(&self, user: &str, now: Timestamp) -> Vec<&Binding> {
        let mut targets: Vec<&Binding> = Vec::new();
        for binding in self.bindings(user, now) {
            let is_known = |one: &&Binding| match (&one.instance, &binding.instance) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                (Some(_) | None, Some(_) | None) => false,
            };
            if binding.contact.host().is_some() && !targets.iter().any(is_known) {
                targets.push(binding);
            }
        }
        targets
    }

    /// Returns the Contact headers of the response to a REGISTER of `user`: all bindings (RFC 3261 section 10.3, step
    /// 8).
    #[must_use]
    pub fn contact_headers(&self, user: &str, now: Timestamp) -> Vec<(HeaderName, String)> {
        let header = |binding: &Binding| (HeaderName::CONTACT, contact_value(binding, now));
        self.bindings(user, now).into_iter().map(header).collect()
    }

    /// Returns the ways to all bindings.
    pub(crate) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.users.values().flatten().map(|binding| binding.flow)
    }

    /// Returns how many users have a binding.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Returns whether nobody is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Returns the lifetime that each contact gets; none for a contact that is named again later: the last word counts.
    fn check(
        &self,
        old: &[Binding],
        requested: &[RequestedContact],
        origin: &Origin<'_>,
    ) -> Result<Vec<Option<Duration>>, RegisterError> {
        let mut lifetimes = Vec::with_capacity(requested.len());
        for (next, contact) in (1..).zip(requested) {
            let lifetime = self.config.lifetime(contact.expires)?;
            let later = requested.get(next..).unwrap_or_default();
            let is_last = !later.iter().any(|other| other.uri.is_equivalent(&contact.uri));
            lifetimes.push(is_last.then_some(lifetime));
        }
        let is_meant = |binding: &Binding| {
            let mut last_words =
                requested.iter().zip(&lifetimes).filter(|(_, life)| life.is_some());
            last_words.any(|(contact, _)| binding.is_meant_by(contact))
        };
        let others = old.iter().filter(|binding| !is_meant(binding)).count();
        if !old.iter().all(|binding| !is_meant(binding) || origin.comes_after(binding)) {
            return Err(RegisterError::OutOfOrder);
        }
        let new = lifetimes.iter().flatten().filter(|lifetime| !lifetime.is_zero()).count();
        let limit = self.config.max_bindings;
        if new > 0 && others + new > limit {
            return Err(RegisterError::TooMany { limit });
        }
        Ok(lifetimes)
    }

    /// Does what was found to be right.
    fn bind(
        &mut self,
        user: &str,
        wanted: impl Iterator<Item = (RequestedContact, Duration)>,
        origin: &Origin<'_>,
        now: Timestamp,
    ) {
        let (user, old) =
            self.users.remove_entry(user).unwrap_or_else(|| (UserName::from(user), Box::default()));
        let mut bindings = old.into_vec();
        let mut change = Change::Lifetime;
        for (contact, lifetime) in wanted {
            let is_meant = |binding: &mut Binding| binding.is_meant_by(&contact);
            let meant: Vec<_> = bindings.extract_if(.., is_meant).collect();
            if lifetime.is_zero() {
                for binding in meant {
                    change = Change::Other;
                    self.unbound(&user, binding, UnbindCause::Removed);
                }
                continue;
            }
            let mut binding = Binding::new(contact, origin, now + lifetime);
            binding.ping_at = self.config.next_keep_alive(&binding, now);
            let mut cause = BindCause::New;
            for old in meant {
                if !old.contact.is_equivalent(&binding.contact) {
                    self.unbound(&user, old, UnbindCause::Replaced);
                } else if old.is_refreshed_by(&binding) {
                    cause = BindCause::Refreshed;
                    binding.kept_until = old.kept_until;
                    binding.ping_at = old.ping_at;
                } else {
                    cause = BindCause::Changed;
                }
            }
            if cause != BindCause::Refreshed {
                change = Change::Other;
            }
            let (user, bound) = (String::from(&*user), binding.clone());
            self.outputs.push_back(RegistrarOutput::Bound { user, binding: bound, cause });
            bindings.push(binding);
        }
        self.keep(user, bindings, change);
    }

    fn unbound(&mut self, user: &str, binding: Binding, cause: UnbindCause) {
        let user = user.to_owned();
        self.outputs.push_back(RegistrarOutput::Unbound { user, binding, cause });
    }

    /// Puts the bindings of a user in their place, with their deadline, and has them kept if that is worth it.
    fn keep(&mut self, user: UserName, mut bindings: Vec<Binding>, change: Change) {
        if let Some(persistence) = &self.config.persistence
            && persistence.is_worth_it(&bindings, change)
        {
            let record = persistence.record(&user, &mut bindings);
            self.outputs.push_back(RegistrarOutput::Keep(record));
        }
        let next = |binding: &Binding| {
            binding.ping_at.map_or(binding.expires_at, |ping| ping.min(binding.expires_at))
        };
        let earliest = bindings.iter().map(next).min();
        self.deadlines.update(user.clone(), earliest);
        if !bindings.is_empty() {
            self.users.insert(user, bindings.into_boxed_slice());
        }
    }
}

/// What is different about the bindings of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// When they end, at most.
    Lifetime,
    /// Which there are, or something about one of them.
    Other,
}

impl RegistrarConfig {
    /// Returns the lifetime that is granted; zero removes.
    fn lifetime(&self, requested: Option<Duration>) -> Result<Duration, RegisterError> {
        let lifetime = requested.unwrap_or(self.default_expires);
        if !lifetime.is_zero() && lifetime < self.min_expires.min(MAX_REFUSED) {
            return Err(RegisterError::TooBrief { minimum: self.min_expires });
        }
        Ok(lifetime.min(self.max_expires))
    }

    fn next_keep_alive(&self, binding: &Binding, now: Timestamp) -> Option<Timestamp> {
        let interval = self.keep_alive.filter(|_| binding.needs_keep_alive())?;
        Some(now + interval.max(MIN_KEEP_ALIVE))
    }
}

/// A lifetime of an hour is never too short (RFC 3261 section 10.3, step 7).
const MAX_REFUSED: Duration = Duration::from_secs(3_600);
/// Keep-alives do not come more often than this, whatever is configured.
const MIN_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// Returns what a response says of a binding: what the telephone finds itself by, and what it was granted.
fn contact_value(binding: &Binding, now: Timestamp) -> String {
    let mut value = NameAddr::new(&binding.contact).to_string();
    if binding.quality < 1_000 {
        value.push_str(&format!(";q=0.{:03}", binding.quality));
    }
    if let Some(instance) = binding.instance() {
        value.push_str(&format!(";+sip.instance=\"{instance}\""));
    }
    if let Some(reg_id) = binding.reg_id() {
        value.push_str(&format!(";reg-id={reg_id}"));
    }
    let left = binding.expires_at - now;
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    value.push_str(&format!(";expires={seconds}"));
    value
}

#[cfg(test)]
mod tests;
