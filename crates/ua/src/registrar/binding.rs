//! A place where a user can be reached.

use std::sync::Arc;

use centrala_sip::{HeaderName, NameAddr, Uri};
use centrala_time::Timestamp;
use core::num::NonZeroU32;

use super::RequestedContact;
use crate::{Carrier, Flow, dialog::DEFAULT_PORT};

/// A place where a user can be reached.
///
/// What a telephone says of itself and what was seen of it are kept apart. [`contact`](Self::contact) is what it
/// registered: it goes into the Request-URI, and is compared when the telephone comes again. [`flow`](Self::flow) is
/// the way on which the REGISTER came: requests are sent there. The usual "contact repair" of a registrar, which writes
/// the address of the NAT over the contact, is therefore not needed: the telephone finds its own contact in the
/// Request-URI, and the datagram finds its way all the same. [`is_repaired`](Self::is_repaired) tells whether the two
/// differ.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What goes into the Request-URI of a call to this place, as it was registered.
    pub contact: Uri,
    /// The way on which the registration came, and on which calls are sent: behind a NAT the contact names an address
    /// that nobody else can reach.
    pub flow: Flow,
    /// The preference among the bindings of a user, in thousandths (`q`).
    pub quality: u16,
    /// When the binding ends unless it is refreshed.
    pub expires_at: Timestamp,
    pub(super) call_id: Box<str>,
    pub(super) sequence: u32,
    pub(super) instance: Option<Box<str>>,
    pub(super) reg_id: Option<NonZeroU32>,
    pub(super) paths: Box<[NameAddr]>,
    /// The expiry that a store was told last.
    pub(super) kept_until: Option<Timestamp>,
    /// When the way through a NAT wants to be used again.
    pub(super) ping_at: Option<Timestamp>,
}

/// How a binding came about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindCause {
    /// The telephone was not there before.
    New,
    /// It was there, and stays as it was.
    Refreshed,
    /// It was there, and something about it is different: the way to it, its preference.
    Changed,
    /// It was there before we were started again.
    Restored,
}

/// Why a binding is gone.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnbindCause {
    /// The telephone removed it, or its user exists no longer.
    Removed,
    /// The same device has registered another contact.
    Replaced,
    /// It was not refreshed.
    Expired,
}

impl Binding {
    /// Returns what `contact` asks for.
    pub(super) fn new(
        contact: RequestedContact,
        request: &Origin<'_>,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            contact: contact.uri,
            flow: request.flow,
            quality: contact.quality,
            expires_at,
            call_id: request.call_id.into(),
            sequence: request.sequence,
            instance: contact.instance.map(String::into_boxed_str),
            reg_id: contact.reg_id,
            paths: request.paths.into(),
            kept_until: None,
            ping_at: None,
        }
    }

    /// Returns the Call-ID of the registration: a telephone that starts anew has another.
    pub(crate) fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Returns the device (`+sip.instance`, RFC 5626 section 4.1), if it told its name.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// Returns which of its flows a device uses (`reg-id`, RFC 5626 section 4.2).
    #[must_use]
    pub const fn reg_id(&self) -> Option<NonZeroU32> {
        self.reg_id
    }

    /// Returns the proxies on the way, the nearest to us first (RFC 3327): the Route of a request to this place. It is
    /// sent on [`flow`](Self::flow) all the same: the nearest proxy is the one that the REGISTER came from.
    #[must_use]
    pub fn routes(&self) -> &[NameAddr] {
        &self.paths
    }

    /// Returns the Route headers of a request to this place.
    #[must_use]
    pub fn route_headers(&self) -> Vec<(HeaderName, String)> {
        let route = |path: &NameAddr| (HeaderName::ROUTE, path.to_string());
        self.paths.iter().map(route).collect()
    }

    /// Returns whether the telephone is reached elsewhere than it says: there is a NAT in between, or a name that was
    /// not looked up.
    #[must_use]
    pub fn is_repaired(&self) -> bool {
        let ip = self.contact.host().and_then(centrala_sip::Host::to_ip);
        let port = self.contact.port().unwrap_or(DEFAULT_PORT);
        let remote = self.flow.remote();
        ip != Some(remote.ip().to_canonical()) || port != remote.port()
    }

    /// Returns whether a keep-alive is worth its while: on a datagram's way through a NAT, and not to a proxy, which
    /// looks after its own telephones.
    pub(super) fn needs_keep_alive(&self) -> bool {
        let is_reached = self.contact.host().is_some() && self.is_repaired();
        self.flow.carrier() == Carrier::Udp && self.paths.is_empty() && is_reached
    }

    /// Returns whether `contact` is a new word about this binding: the same address by the rules of RFC 3261 section
    /// 19.1.4, or the same flow of the same device (RFC 5626 section 6).
    pub(super) fn is_meant_by(&self, contact: &RequestedContact) -> bool {
        self.is_same_device(contact) || self.contact.is_equivalent(&contact.uri)
    }

    pub(super) fn is_same_device(&self, contact: &RequestedContact) -> bool {
        let same_instance = match (&self.instance, &contact.instance) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (Some(_) | None, Some(_) | None) => false,
        };
        same_instance && self.reg_id == contact.reg_id
    }

    /// Returns whether only the lifetime differs.
    pub(super) fn is_refreshed_by(&self, new: &Self) -> bool {
        self.contact == new.contact
            && self.flow == new.flow
            && self.quality == new.quality
            && self.instance == new.instance
            && self.reg_id == new.reg_id
            && self.paths == new.paths
    }
}

/// Where new bindings come from.
pub(super) struct Origin<'a> {
    pub(super) call_id: &'a str,
    pub(super) sequence: u32,
    pub(super) flow: Flow,
    pub(super) paths: &'a [NameAddr],
}

impl Origin<'_> {
    /// Returns whether the request comes after the one that made `binding` (RFC 3261 section 10.3, step 7).
    pub(super) fn comes_after(&self, binding: &Binding) -> bool {
        *binding.call_id != *self.call_id || self.sequence > binding.sequence
    }
}

/// A user's name, shared by the maps that know it.
pub(super) type UserName = Arc<str>;
