//! Where registered users can be reached: the bindings of RFC 3261 section 10.

use std::collections::{BTreeMap, VecDeque};

use centrala_sip::Uri;
use centrala_time::{Deadlines, Timestamp};
use core::time::Duration;

use crate::Flow;

/// How long bindings live, and how many there may be.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrarConfig {
    /// The lifetime of a binding whose registration names none.
    pub default_expires: Duration,
    /// A shorter lifetime is refused with 423.
    pub min_expires: Duration,
    /// A longer lifetime is cut.
    pub max_expires: Duration,
    /// How many bindings a user may have.
    pub max_bindings: usize,
}

impl Default for RegistrarConfig {
    fn default() -> Self {
        Self {
            default_expires: Duration::from_secs(3_600),
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(7_200),
            max_bindings: 10,
        }
    }
}

/// A place where a user can be reached.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What goes into the Request-URI of a call to this place.
    pub contact: Uri,
    /// The address from which the registration came, and to which calls are sent: behind a NAT the
    /// contact names an address that nobody else can reach.
    pub flow: Flow,
    /// The preference among the bindings of a user, in thousandths (`q`).
    pub quality: u16,
    /// When the binding ends unless it is refreshed.
    pub expires_at: Timestamp,
    call_id: String,
    sequence: u32,
    instance: Option<String>,
}

impl Binding {
    /// Returns the Call-ID of the registration: a telephone that starts anew has another.
    pub(crate) fn call_id(&self) -> &str {
        &self.call_id
    }
}

/// What a REGISTER request asks, read from its headers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterRequest {
    /// Call-ID.
    pub call_id: String,
    /// The number of CSeq.
    pub sequence: u32,
    /// What to do.
    pub contacts: RequestedContacts,
    /// Where the request came from.
    pub flow: Flow,
}

impl RegisterRequest {
    /// Returns a request.
    #[must_use]
    pub const fn new(
        call_id: String,
        sequence: u32,
        contacts: RequestedContacts,
        flow: Flow,
    ) -> Self {
        Self { call_id, sequence, contacts, flow }
    }
}

/// The contacts of a REGISTER request.
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 10.3 knows these three")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedContacts {
    /// None: a query.
    Query,
    /// `*` with `Expires: 0`: remove all.
    RemoveAll,
    /// Bind these.
    Bind(Vec<RequestedContact>),
}

/// A contact of a REGISTER request.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedContact {
    /// The address.
    pub uri: Uri,
    /// The preference in thousandths; 1000 if there is none.
    pub quality: u16,
    /// The lifetime asked for, of the parameter or else of the header; zero removes.
    pub expires: Option<Duration>,
    /// The device (`+sip.instance`): its new contact replaces the old one.
    pub instance: Option<String>,
}

impl RequestedContact {
    /// Returns a contact that asks for nothing special.
    #[must_use]
    pub const fn new(uri: Uri) -> Self {
        Self { uri, quality: 1_000, expires: None, instance: None }
    }
}

/// Why a registration was refused; nothing of it was done.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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

/// What changed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrarOutput {
    /// A binding was made or refreshed.
    Bound {
        /// The user.
        user: String,
        /// The place.
        binding: Binding,
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
}

/// Why a binding is gone.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnbindCause {
    /// The phone removed or replaced it.
    Removed,
    /// It was not refreshed.
    Expired,
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
/// let flow = "192.0.2.9:40112".parse()?;
/// registrar.handle_register("101", RegisterRequest::new("a84b4c".into(), 1, contacts, flow), now)?;
/// let [binding] = registrar.bindings("101", now)[..] else { panic!() };
/// assert_eq!(binding.flow, flow);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Registrar {
    config: RegistrarConfig,
    users: BTreeMap<String, Vec<Binding>>,
    deadlines: Deadlines<String>,
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
        let RegisterRequest { call_id, sequence, contacts, flow } = request;
        let old = self.users.get(user).map_or(&[][..], Vec::as_slice);
        let in_order =
            |binding: &Binding| binding.call_id != call_id || sequence > binding.sequence;
        match contacts {
            RequestedContacts::Query => {}
            RequestedContacts::RemoveAll => {
                if !old.iter().all(in_order) {
                    return Err(RegisterError::OutOfOrder);
                }
                self.replace(user, Vec::new(), &[]);
            }
            RequestedContacts::Bind(requested) => {
                let mut new = old.to_vec();
                let mut touched = Vec::new();
                for contact in requested {
                    let lifetime = self.config.lifetime(contact.expires)?;
                    if !new.iter().filter(|binding| binding.is_replaced_by(&contact)).all(in_order)
                    {
                        return Err(RegisterError::OutOfOrder);
                    }
                    new.retain(|binding| !binding.is_replaced_by(&contact));
                    if lifetime.is_zero() {
                        continue;
                    }
                    touched.push(contact.uri.clone());
                    new.push(Binding {
                        contact: contact.uri,
                        flow,
                        quality: contact.quality,
                        expires_at: now + lifetime,
                        call_id: call_id.clone(),
                        sequence,
                        instance: contact.instance,
                    });
                    if new.len() > self.config.max_bindings {
                        return Err(RegisterError::TooMany { limit: self.config.max_bindings });
                    }
                }
                self.replace(user, new, &touched);
            }
        }
        Ok(())
    }

    /// Removes all bindings of a user that exists no longer.
    pub fn remove_user(&mut self, user: &str) {
        self.replace(user, Vec::new(), &[]);
    }

    /// Lets bindings expire; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(user) = self.deadlines.pop_due(now) {
            let Some(bindings) = self.users.remove(&user) else { continue };
            let (dead, alive): (Vec<_>, Vec<_>) =
                bindings.into_iter().partition(|binding| binding.expires_at <= now);
            for binding in dead {
                let cause = UnbindCause::Expired;
                self.outputs.push_back(RegistrarOutput::Unbound {
                    user: user.clone(),
                    binding,
                    cause,
                });
            }
            self.keep(user, alive);
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
        let all = self.users.get(user).map_or(&[][..], Vec::as_slice);
        let mut alive: Vec<_> = all.iter().filter(|binding| binding.expires_at > now).collect();
        alive.reverse();
        alive.sort_by_key(|binding| core::cmp::Reverse(binding.quality));
        alive
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

    /// Swaps the bindings of a user and tells what changed.
    fn replace(&mut self, user: &str, new: Vec<Binding>, touched: &[Uri]) {
        let old = self.users.remove(user).unwrap_or_default();
        for binding in old {
            if new.iter().any(|new| new.contact.is_equivalent(&binding.contact)) {
                continue;
            }
            let (user, cause) = (user.to_owned(), UnbindCause::Removed);
            self.outputs.push_back(RegistrarOutput::Unbound { user, binding, cause });
        }
        for binding in new.iter().filter(|binding| touched.contains(&binding.contact)) {
            let (user, binding) = (user.to_owned(), binding.clone());
            self.outputs.push_back(RegistrarOutput::Bound { user, binding });
        }
        self.keep(user.to_owned(), new);
    }

    fn keep(&mut self, user: String, bindings: Vec<Binding>) {
        let earliest = bindings.iter().map(|binding| binding.expires_at).min();
        self.deadlines.update(user.clone(), earliest);
        if !bindings.is_empty() {
            self.users.insert(user, bindings);
        }
    }
}

impl RegistrarConfig {
    /// Returns the lifetime that is granted; zero removes.
    fn lifetime(&self, requested: Option<Duration>) -> Result<Duration, RegisterError> {
        let lifetime = requested.unwrap_or(self.default_expires);
        if !lifetime.is_zero() && lifetime < self.min_expires {
            return Err(RegisterError::TooBrief { minimum: self.min_expires });
        }
        Ok(lifetime.min(self.max_expires))
    }
}

impl Binding {
    fn is_replaced_by(&self, contact: &RequestedContact) -> bool {
        let same_device = self.instance.is_some() && self.instance == contact.instance;
        same_device || self.contact.is_equivalent(&contact.uri)
    }
}

#[cfg(test)]
mod tests;
