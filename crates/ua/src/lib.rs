//! A SIP user agent and registrar without sockets, clocks or a runtime.
//!
//! [`Endpoint`] is everything between a datagram and a call: transactions with their
//! retransmissions (RFC 3261 section 17, RFC 6026), dialogs with forking, re-INVITE, UPDATE (RFC 3311) and
//! the end in whatever order, a registrar (section 10), digest authentication on both sides (RFC 7616,
//! RFC 8760), registrations of our own, symmetric answers for phones behind NAT (RFC 3581), keys
//! by INFO, subscriptions to mailboxes and calls (RFC 6665), and limits on all of it.
//!
//! Not here: the messages themselves (see `centrala-sip`), what session descriptions mean
//! (`centrala-sdp`; bodies are opaque bytes here), sockets, DNS, REFER and PRACK.
//!
//! # Example
//!
//! Alice calls Bob; the "network" is a loop that hands datagrams over.
//!
//! ```
//! use centrala_time::Timestamp;
//! use centrala_ua::{Endpoint, EndpointConfig, Event, OutgoingCall, Output, Strangers};
//!
//! let now = Timestamp::ZERO;
//! let addresses = ["192.0.2.1:5060".parse()?, "192.0.2.2:5060".parse()?];
//! let [mut alice, mut bob] = addresses.map(|address| {
//!     let mut config = EndpointConfig::new(address);
//!     config.strangers = Strangers::Admit; // phones; a PBX challenges
//!     Endpoint::new(config, [7; 32], now) // a real seed comes from the operating system
//! });
//!
//! let from = "\"Alice\" <sip:alice@192.0.2.1>".parse()?;
//! let to = "sip:bob@192.0.2.2".parse()?;
//! let call = alice.invite(OutgoingCall::new(to, addresses[1].into(), from, "v=0…".into()), now)?;
//!
//! let mut told = Vec::new();
//! loop {
//!     let output = alice.poll_output().map(|output| (0, output));
//!     match output.or_else(|| bob.poll_output().map(|output| (1, output))) {
//!         Some((0, Output::Send { datagram, .. })) => bob.handle_datagram(addresses[0].into(), datagram, now),
//!         Some((_, Output::Send { datagram, .. })) => alice.handle_datagram(addresses[1].into(), datagram, now),
//!         Some((_, Output::Event(Event::Incoming(incoming)))) => {
//!             assert_eq!(incoming.called.user(), Some("bob"));
//!             bob.ring(incoming.call, None, now);
//!             bob.answer(incoming.call, "v=0…".into(), now);
//!         }
//!         Some((_, Output::Event(event))) => told.push(event),
//!         Some(_) => {} // outputs of later versions
//!         None => break,
//!     }
//! }
//! assert!(matches!(told[..], [
//!     Event::Ringing { .. },
//!     Event::Answered { call: answered, .. },
//!     Event::Confirmed { .. },
//! ] if answered == call));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Driving it
//!
//! Feed one thing (a datagram, a decision, or the time when [`Endpoint::poll_timeout`] is due),
//! drain [`Endpoint::poll_output`], sleep until the next. The owner of the clock passes `now`; it
//! must not run backwards. Decisions about a call that has ended meanwhile do nothing, so that no
//! race with the other side has to be looked after.
//!
//! # Who may do what
//!
//! A request comes from a *trunk* (known by address), a *user* (known by password) or a stranger.
//! Strangers are challenged before anything else is looked at, by an answer that is the same
//! whether or not a user exists, costs the same work, and leaves nothing in memory. Only OPTIONS is
//! answered to everybody, alike for every address. Requests inside of a dialog are known by its
//! tags.
//!
//! # Overload
//!
//! What there is no room or time for is refused by 503 with Retry-After, and leaves nothing in memory. Calls may be bound
//! to a rate ([`Limits::calls_per_second`]), of which no source has more than its share while others want some; and the
//! owner of the sockets tells by [`Endpoint::note_delay`] how long what he hands over has waited, so that nothing new is
//! begun while the queue stays long; by [`Endpoint::note_delay_of`] he tells it of one source, where sources take turns. What
//! belongs to a call is always taken.
//!
//! # Subscriptions
//!
//! [`Endpoint::publish`] makes a mailbox or a person's calls known; whoever subscribes (RFC 6665) is told by NOTIFY, the
//! newest state always, one request at a time, and no change more often than
//! [`NotifierConfig::interval`]. A mailbox may be watched by its owner and calls by every user, unless
//! [`Publication::watchers`] says otherwise. Telephones that do not subscribe are told whether messages wait all the
//! same, until they refuse. [`Endpoint::subscribe`] is the other side: [`Event::Notified`] tells what is watched,
//! and a NOTIFY without a subscription lights a lamp ([`Event::MessagesWaiting`]) if it comes from a registrar of ours.
//! A dialog has one subscription and nothing else (RFC 6665 section 4.5.2). The decisions behind it are [`Notifier`],
//! which knows neither messages nor dialogs.
//!
//! # Deviations from RFC 3261
//!
//! - Requests inside of dialogs go to the address that the other side speaks from, unless its
//!   Contact or Route names that address too: there is no DNS here, and behind a NAT nothing else
//!   works.
//! - `maddr` in Via is ignored: it would let anybody point us at somebody else.
//! - INVITE with Max-Forwards 0 is refused with 483, as a proxy does: calls are passed on.
//! - An offer that comes at a bad time (491, or 500 with Retry-After) is made again by itself at most four
//!   times, and not after an offer of the other side has gone through: [`Event::OfferRejected`] hands it back.
//! - An offer in an UPDATE that nobody has answered after T2 gets 504; RFC 3311 section 5.2 names no time.
//! - A 2xx to an INVITE without an answer counts as having the one that a provisional response of the same
//!   fork has shown; without any the call is ended, and so is one whose ACK lacks the answer.
//! - A callee who says BYE before the answer, which he must not, ends his early dialog; with the last one the
//!   call ends.

mod call;
mod compose;
mod config;
mod dialog;
pub mod digest;
mod endpoint;
mod event;
mod flow;
mod generator;
mod keyed_hash;
mod offer_answer;
mod overload;
mod registrar;
mod registration;
mod statistics;
mod subscription;
pub mod transaction;
mod usage;

pub use config::{EndpointConfig, Interface, Limits, Strangers, Trunk, TrunkAddress, User};
pub use digest::{Algorithm, Credentials, Ha1, ParseHa1Error, Password, Secret};
pub use endpoint::{Endpoint, InviteError, OutgoingCall, Rejection};
pub use event::{
    CallId, EndCause, Event, ForkId, IncomingCall, Output, RegistrationId, RegistrationState,
    Rejected, Source, Ticket,
};
pub use flow::{Carrier, ConnectionId, Flow, InterfaceId, ParseFlowError};
pub use registrar::{
    BindCause, Binding, LocationRecord, LocationStore, LocationStoreError, MemoryLocations,
    Persistence, ReadRegisterError, RegisterError, RegisterRequest, Registrar, RegistrarConfig,
    RegistrarOutput, RequestedContact, RequestedContacts, StoredBinding, UnbindCause,
};
pub use registration::{KeepAlive, RegistrationConfig};
pub use statistics::Statistics;
pub use subscription::{
    DialogDirection, DialogIdentifiers, DialogInfo, DialogPhase, DialogState, EndReason,
    EventPackage, Granted, Notifier, NotifierConfig, NotifierOutput, NotifyOutcome, Party,
    Publication, PublishedState, RefreshError, SubscribeError, SubscribeRequest,
    SubscriptionConfig, SubscriptionId, SubscriptionStatus, Unsolicited, WatcherId, Watchers,
};
