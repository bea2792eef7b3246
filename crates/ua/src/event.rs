//! What an endpoint asks for and tells.

use bytes::Bytes;
use centrala_keys::Key;
use centrala_sip::{MessageSummary, NameAddr, Request, StatusCode, Uri};
use core::time::Duration;

use crate::{
    BindCause, Binding, EventPackage, Flow, LocationRecord, SubscriptionId, SubscriptionStatus,
    UnbindCause,
};

mod debug;

pub(crate) use debug::Length;

/// A call, from the INVITE to the end. Never used twice by an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

/// One of the early dialogs of a call of ours: a forking proxy rings several telephones, and each answers
/// for itself (RFC 3261 section 12.1). Numbered from 0 as they come up within their call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForkId(pub(crate) u32);

/// A registration of ours at some registrar. Never used twice by an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub(crate) u64);

/// What was to be sent with it belongs to a transaction, which wants to know if that could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    pub(crate) transaction: u64,
    /// The way that was tried.
    pub(crate) attempt: u8,
}

/// What an [`Endpoint`](crate::Endpoint) wants done.
#[non_exhaustive]
#[derive(Clone)]
pub enum Output {
    /// Send a datagram.
    #[non_exhaustive]
    Send {
        /// To whom.
        destination: Flow,
        /// What: a datagram, or as many octets of a stream.
        datagram: Bytes,
        /// What to give back with [`handle_unsent`](crate::Endpoint::handle_unsent) if it could not be sent.
        ticket: Option<Ticket>,
    },
    /// Something has happened.
    Event(Event),
    /// Bring this to a [`LocationStore`](crate::LocationStore), so that a telephone can be called after a restart
    /// before it registers again. Only with [`RegistrarConfig::persistence`](crate::RegistrarConfig::persistence).
    Keep(LocationRecord),
}

/// What has happened.
///
/// Every call ends with exactly one [`Ended`](Self::Ended), whoever ended it; after that its
/// [`CallId`] is forgotten, and decisions about it do nothing.
///
/// `Debug` keeps keys and session descriptions to itself: what a caller keys may be a PIN.
#[non_exhaustive]
#[derive(Clone)]
pub enum Event {
    /// Somebody calls: decide with `ring`, `answer` or `reject`.
    Incoming(Box<IncomingCall>),
    /// The called side is at it: a provisional response. A forked call may have many.
    Ringing {
        /// The call.
        call: CallId,
        /// Who: each fork has early media of its own.
        fork: ForkId,
        /// 180, 183 or another provisional status.
        status: StatusCode,
        /// Early media, if there is an answer to the offer already.
        answer: Option<Bytes>,
    },
    /// A fork that rang has given up; the call goes on with the others, those included that were not heard yet.
    ForkEnded {
        /// The call.
        call: CallId,
        /// Which.
        fork: ForkId,
    },
    /// The called side has answered. Other forks are ended without a word.
    Answered {
        /// The call.
        call: CallId,
        /// Who.
        fork: ForkId,
        /// The answer to the offer of the INVITE; or that of an earlier provisional response of the
        /// fork, if there is none in the 200.
        answer: Option<Bytes>,
    },
    /// The caller has seen our answer: the ACK has come.
    Confirmed {
        /// The call.
        call: CallId,
        /// The answer to an offer that we made in the 200, because the INVITE had none.
        answer: Option<Bytes>,
    },
    /// The other side wants to change the session: decide with `answer` or `reject`. Do so at once: a
    /// re-INVITE can wait, an UPDATE cannot, and is refused (504) after T2 (4 s).
    Offered {
        /// The call.
        call: CallId,
        /// Its offer; `None` asks for one of ours.
        offer: Option<Bytes>,
    },
    /// The other side has withdrawn its offer (CANCEL of a re-INVITE), or an UPDATE was not answered in
    /// time; the session is as before.
    OfferWithdrawn {
        /// The call.
        call: CallId,
    },
    /// The other side has answered an offer that we made in the 200 to its re-INVITE.
    AnsweredInAck {
        /// The call.
        call: CallId,
        /// The answer.
        answer: Option<Bytes>,
    },
    /// The other side has accepted our `reoffer` or `update`.
    OfferAnswered {
        /// The call.
        call: CallId,
        /// The answer; without one the session is as before.
        answer: Option<Bytes>,
    },
    /// Our `reoffer` or `update` has come to nothing; the session is as before.
    OfferRejected {
        /// The call.
        call: CallId,
        /// Why. 491 says that both sides have made offers at once: again and again, or the other side's
        /// has gone through first, and it is for the user to say whether ours still makes sense.
        status: StatusCode,
        /// How long to wait before another offer, if that is known.
        retry_after: Option<Duration>,
    },
    /// The other side has pressed a key and told it by INFO.
    Key {
        /// The call.
        call: CallId,
        /// The key.
        key: Key,
        /// How long it was pressed.
        duration: Duration,
    },
    /// A call is over.
    Ended {
        /// The call.
        call: CallId,
        /// How it came about.
        cause: EndCause,
    },
    /// A user has registered or refreshed a place.
    Registered {
        /// The user.
        user: String,
        /// The place.
        binding: Binding,
        /// How it came about: a refresh is nothing new.
        cause: BindCause,
    },
    /// A place of a user is gone.
    Unregistered {
        /// The user.
        user: String,
        /// The place.
        binding: Binding,
        /// Why.
        cause: UnbindCause,
    },
    /// A subscription of ours has changed.
    Subscription {
        /// Which.
        id: SubscriptionId,
        /// How it stands.
        state: SubscriptionStatus,
    },
    /// What a subscription of ours watches: the whole state, newer than all before.
    Notified {
        /// The subscription.
        id: SubscriptionId,
        /// Its package, which has the type of the body.
        package: EventPackage,
        /// The state.
        body: Bytes,
    },
    /// A registrar of ours tells without a subscription whether messages wait.
    MessagesWaiting {
        /// Our registration there.
        registration: RegistrationId,
        /// What waits.
        summary: MessageSummary,
    },
    /// A registration of ours has changed.
    Registration {
        /// Which.
        id: RegistrationId,
        /// How it stands.
        state: RegistrationState,
    },
}

impl Event {
    /// Returns the call that it is about; `None` if it is about no call.
    #[must_use]
    pub const fn call(&self) -> Option<CallId> {
        match self {
            Self::Incoming(incoming) => Some(incoming.call),
            Self::Ringing { call, .. }
            | Self::ForkEnded { call, .. }
            | Self::Answered { call, .. }
            | Self::Confirmed { call, .. }
            | Self::Offered { call, .. }
            | Self::OfferWithdrawn { call, .. }
            | Self::AnsweredInAck { call, .. }
            | Self::OfferAnswered { call, .. }
            | Self::OfferRejected { call, .. }
            | Self::Key { call, .. }
            | Self::Ended { call, .. } => Some(*call),
            Self::Registered { .. }
            | Self::Unregistered { .. }
            | Self::Subscription { .. }
            | Self::Notified { .. }
            | Self::MessagesWaiting { .. }
            | Self::Registration { .. } => None,
        }
    }
}

/// An incoming call.
#[non_exhaustive]
#[derive(Clone)]
pub struct IncomingCall {
    /// The call.
    pub call: CallId,
    /// Who sent it, as far as that was proved.
    pub source: Source,
    /// The way that it came.
    pub flow: Flow,
    /// From, as the caller wrote it. Proves nothing: see `source`.
    pub from: NameAddr,
    /// To: whom the caller meant at first.
    pub to: NameAddr,
    /// The Request-URI: who is called now.
    pub called: Uri,
    /// The session offer; `None` asks for one of ours in `answer`.
    pub offer: Option<Bytes>,
    /// The hops that remain (Max-Forwards), one already taken: the number for an onward call.
    pub max_forwards: u8,
    /// The INVITE with all its headers (Diversion, History-Info, P-Asserted-Identity, …).
    pub request: Request,
}

/// Who sent a request.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The user of that name, by password.
    User(String),
    /// The trunk of that name, by address.
    Trunk(String),
    /// Anybody; only with [`Strangers::Admit`](crate::Strangers::Admit).
    Stranger,
}

/// How a call came to its end.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// We ended it: `hang_up` or `reject`.
    HungUp,
    /// The other side ended it (BYE).
    RemoteHungUp,
    /// The caller has given up before the answer: by CANCEL, or because the time is over that Expires of the INVITE gave
    /// us (RFC 3261 section 13.3.1).
    Cancelled,
    /// Our call was not accepted.
    Rejected(Rejected),
    /// Nothing came back.
    TimedOut,
    /// The INVITE could not be sent: no connection was to be had.
    Unreachable,
    /// Our answer was never acknowledged.
    NotAcknowledged,
    /// The other side does not know the call any more (481, or no answer within a dialog).
    Lost,
    /// The other side answered with something of which no dialog or no session can be made.
    Unusable,
}

/// A final response other than 2xx.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase.
    pub reason: String,
    /// When to try again, if the response says so.
    pub retry_after: Option<Duration>,
    /// Where to try instead (3xx).
    pub contacts: Vec<Uri>,
    /// What was wrong with the session offer, in the other side's words (Warning, RFC 3261 section
    /// 20.43).
    pub warning: Option<String>,
}

/// How a registration of ours stands.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// It holds; it will be refreshed in time.
    Registered {
        /// For how long.
        expires: Duration,
    },
    /// It failed; it will be tried again.
    Failed {
        /// The response; `None` if there was none.
        status: Option<StatusCode>,
        /// After this time.
        retry_in: Duration,
    },
    /// The registrar has accepted it, and lists others and not us: it has lost us, or takes us for somebody else. It will
    /// be tried again.
    Unlisted {
        /// After this time.
        retry_in: Duration,
    },
    /// It was removed as we asked, or given up while we asked; this is its last event.
    Unregistered,
}
