//! The states of a call.

use std::collections::BTreeMap;

use bytes::Bytes;
use centrala_sip::{Request, StatusCode};
use centrala_time::{Deadlines, Timestamp};

use crate::{
    CallId, Flow, ForkId,
    dialog::Dialog,
    digest::Session,
    offer_answer::{OfferAnswer, Vehicle},
    transaction::{Retransmission, table::TransactionId},
    usage::{Fork, Usage, UsageId},
};

/// A call in its state.
#[derive(Debug)]
pub(crate) enum Call {
    /// We have called, and no final response has come.
    Inviting(Box<Inviting>),
    /// We are called, and have not decided.
    Invited(Box<Invited>),
    /// There is a confirmed dialog.
    Established(Box<Established>),
    /// It has ended for our user; the other side is still being told.
    Leaving(Box<Leaving>),
}

/// We have called, and no final response has come.
#[derive(Debug)]
pub(crate) struct Inviting {
    /// The INVITE as it was sent last.
    pub(crate) request: Request,
    pub(crate) transaction: TransactionId,
    pub(crate) destination: Flow,
    pub(crate) session: Option<Box<Session>>,
    pub(crate) progress: Progress,
    /// What the INVITE offers, to all forks alike.
    pub(crate) offer_answer: OfferAnswer,
    /// The early dialogs, in the order of their first responses.
    pub(crate) forks: Vec<Fork>,
    /// How many there have been.
    pub(crate) fork_count: u32,
    /// Until when to wait for somebody else, or for the final response, after the last early dialog that is known was
    /// lost.
    pub(crate) alone_until: Option<Timestamp>,
}

/// How far an INVITE of ours has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing has come back.
    Calling,
    /// A provisional response has come.
    Proceeding,
    /// We have hung up, but must not send CANCEL before a provisional response (RFC 3261 section
    /// 9.1).
    Abandoned,
    /// CANCEL was sent.
    Cancelled,
}

/// We are called, and have not decided.
#[derive(Debug)]
pub(crate) struct Invited {
    pub(crate) request: Request,
    pub(crate) transaction: TransactionId,
    pub(crate) usage: Usage,
    /// The last provisional response above 100, which is repeated each minute lest a proxy gives
    /// the call up (RFC 3261 section 13.3.1.1). It has made the early dialog.
    pub(crate) provisional: Option<(StatusCode, Bytes, Timestamp)>,
    /// When the caller wants to wait no longer (RFC 3261 section 13.3.1).
    pub(crate) expires_at: Option<Timestamp>,
}

/// There is a confirmed dialog.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) usage: Usage,
    pub(crate) fork: ForkId,
    pub(crate) session: Option<Box<Session>>,
    pub(crate) exchange: Exchange,
    /// An offer to make when nothing is in its way.
    pub(crate) waiting: Option<Box<WaitingOffer>>,
    /// The early dialogs that did not win.
    pub(crate) losers: Option<Box<Losers>>,
}

/// The requests by which a session is changed. There is never more than one of them in a dialog.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// Nothing is under way.
    Idle,
    /// We have sent a 2xx to an INVITE and wait for its ACK.
    Unacknowledged(Box<Unacknowledged>),
    /// The other side has sent a re-INVITE, or an UPDATE with an offer; our user has not decided.
    Remote(Box<RemoteChange>),
    /// We have sent one.
    Local(Box<LocalChange>),
}

/// A request of the other side that waits for our user.
#[derive(Debug)]
pub(crate) struct RemoteChange {
    pub(crate) request: Request,
    pub(crate) transaction: TransactionId,
    pub(crate) method: ChangeMethod,
    /// Whence it came: its Contact is taken when it is accepted.
    pub(crate) source: Flow,
}

/// A request of ours that has no final response.
#[derive(Debug)]
pub(crate) struct LocalChange {
    pub(crate) request: Request,
    pub(crate) transaction: TransactionId,
    pub(crate) method: ChangeMethod,
    pub(crate) progress: Progress,
    /// Once a provisional response has come, no timer of the transaction ends a re-INVITE: this does.
    pub(crate) patient_until: Option<Timestamp>,
    /// How often the same offer was put off before.
    pub(crate) postponed: u8,
}

/// The request that carries a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeMethod {
    Invite,
    /// Until when it must be answered, if it is the other side's.
    Update {
        until: Timestamp,
    },
}

/// An offer to make when nothing is in its way.
#[derive(Debug)]
pub(crate) struct WaitingOffer {
    pub(crate) offer: Bytes,
    pub(crate) vehicle: Vehicle,
    /// After a refusal the next try must not come before.
    pub(crate) not_before: Timestamp,
    /// The refusal after which it is made again; `None` for one that was never made.
    pub(crate) refused: Option<StatusCode>,
    pub(crate) postponed: u8,
}

/// Early dialogs that did not win. Their 2xx may come for a while: 64 × T1 after the first (RFC 3261
/// section 13.2.2.4).
#[derive(Debug)]
pub(crate) struct Losers {
    pub(crate) forks: Vec<Fork>,
    pub(crate) until: Timestamp,
}

/// A 2xx that is repeated until its ACK comes (RFC 3261 section 13.3.1.4).
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    pub(crate) transaction: TransactionId,
    pub(crate) response: Bytes,
    pub(crate) sequence: u32,
    pub(crate) of: InviteKind,
    pub(crate) retransmission: Retransmission,
    pub(crate) until: Timestamp,
}

/// Whether an INVITE made the dialog or changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InviteKind {
    Initial,
    Again,
}

/// It has ended for our user; the other side is still being told.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) dialog: Dialog,
    pub(crate) session: Option<Box<Session>>,
    pub(crate) stage: Stage,
}

/// What a call that ends waits for.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The callee must not send BYE before the ACK for its 2xx has come (RFC 3261 section 15).
    AwaitingAck(Box<Unacknowledged>),
    /// The BYE under way.
    ByeSent { request: Box<Request> },
}

impl Inviting {
    /// Returns the early dialog of a remote tag.
    pub(crate) fn fork_of_tag(&mut self, tag: &str) -> Option<&mut Fork> {
        self.forks.iter_mut().find(|fork| fork.usage.dialog.remote_tag() == tag)
    }

    pub(crate) fn new_fork_id(&mut self) -> ForkId {
        let id = ForkId(self.fork_count);
        self.fork_count = self.fork_count.saturating_add(1);
        id
    }
}

impl Established {
    pub(crate) fn new(
        usage: Usage,
        fork: ForkId,
        session: Option<Box<Session>>,
        exchange: Exchange,
    ) -> Self {
        Self { usage, fork, session, exchange, waiting: None, losers: None }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        let exchange = match &self.exchange {
            Exchange::Idle => self.waiting.as_ref().map(|waiting| waiting.not_before),
            Exchange::Unacknowledged(waiting) => Some(waiting.poll_timeout()),
            Exchange::Remote(change) => match change.method {
                ChangeMethod::Invite => None,
                ChangeMethod::Update { until } => Some(until),
            },
            Exchange::Local(change) => change.patient_until,
        };
        exchange.into_iter().chain(self.losers.as_ref().map(|losers| losers.until)).min()
    }
}

impl RemoteChange {
    /// Returns whether it is time to answer without our user.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        match self.method {
            ChangeMethod::Invite => false,
            ChangeMethod::Update { until } => until <= now,
        }
    }
}

impl Unacknowledged {
    fn poll_timeout(&self) -> Timestamp {
        self.retransmission.poll_timeout().map_or(self.until, |next| next.min(self.until))
    }
}

impl Progress {
    /// Returns whether it was given up.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Abandoned | Self::Cancelled)
    }
}

impl Call {
    fn poll_timeout(&self) -> Option<Timestamp> {
        match self {
            // Its transaction has all other timers.
            Self::Inviting(call) => call.alone_until,
            Self::Invited(call) => {
                let again = call.provisional.as_ref().map(|(_, _, again)| *again);
                again.into_iter().chain(call.expires_at).min()
            }
            Self::Established(call) => call.poll_timeout(),
            Self::Leaving(call) => match &call.stage {
                Stage::AwaitingAck(waiting) => Some(waiting.poll_timeout()),
                Stage::ByeSent { .. } => None,
            },
        }
    }

    /// Returns the dialog that a request of the other side is in, and which of its forks that is.
    pub(crate) fn dialog_of(&mut self, request: &Request) -> Option<(ForkId, &mut Dialog)> {
        fn found(fork: &mut Fork) -> (ForkId, &mut Dialog) {
            (fork.id, &mut fork.usage.dialog)
        }
        let matches = |dialog: &&mut Dialog| dialog.matches(request);
        match self {
            Self::Inviting(call) => {
                let mut forks = call.forks.iter_mut().map(found);
                forks.find(|(_, dialog)| dialog.matches(request))
            }
            Self::Invited(call) => {
                Some(&mut call.usage.dialog).filter(matches).map(|dialog| (ForkId(0), dialog))
            }
            Self::Established(call) => {
                if call.usage.dialog.matches(request) {
                    return Some((call.fork, &mut call.usage.dialog));
                }
                let losers = call.losers.iter_mut().flat_map(|losers| losers.forks.iter_mut());
                losers.map(found).find(|(_, dialog)| dialog.matches(request))
            }
            Self::Leaving(call) => {
                Some(&mut call.dialog).filter(matches).map(|dialog| (ForkId(0), dialog))
            }
        }
    }

    /// Returns where the call's session of authentication is.
    pub(crate) fn session_mut(&mut self) -> Option<&mut Option<Box<Session>>> {
        match self {
            Self::Inviting(call) => Some(&mut call.session),
            Self::Established(call) => Some(&mut call.session),
            Self::Leaving(call) => Some(&mut call.session),
            Self::Invited(_) => None,
        }
    }

    /// Returns a dialog in which requests can be made, with the call's session of authentication.
    fn usage_mut(&mut self, fork: ForkId) -> Option<(&mut Usage, Option<&mut Session>)> {
        match self {
            Self::Inviting(call) => {
                let found = call.forks.iter_mut().find(|one| one.id == fork && one.is_alive())?;
                Some((&mut found.usage, call.session.as_deref_mut()))
            }
            Self::Invited(call) => Some((&mut call.usage, None)),
            Self::Established(call) if call.fork == fork => {
                Some((&mut call.usage, call.session.as_deref_mut()))
            }
            Self::Established(_) | Self::Leaving(_) => None,
        }
    }
}

/// All calls of an endpoint, with their deadlines.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    next_id: u64,
    calls: BTreeMap<CallId, (String, Call)>,
    by_tag: BTreeMap<String, CallId>,
    deadlines: Deadlines<CallId>,
}

impl Call {
    /// Returns the way to the other side.
    fn flow(&self) -> Flow {
        match self {
            Self::Inviting(inviting) => inviting.destination,
            Self::Invited(invited) => invited.usage.dialog.flow(),
            Self::Established(established) => established.usage.dialog.flow(),
            Self::Leaving(leaving) => leaving.dialog.flow(),
        }
    }
}

impl Calls {
    /// Returns the ways of all calls.
    pub(crate) fn flows(&self) -> impl Iterator<Item = Flow> + '_ {
        self.calls.values().map(|(_, call)| call.flow())
    }

    pub(crate) fn new_id(&mut self) -> CallId {
        self.next_id += 1;
        CallId(self.next_id)
    }

    /// Adds a call. Requests inside of its dialogs have `local_tag` in To.
    pub(crate) fn insert(&mut self, id: CallId, local_tag: &str, call: Call) {
        self.by_tag.insert(local_tag.to_owned(), id);
        self.calls.insert(id, (local_tag.to_owned(), call));
        self.touch(id);
    }

    pub(crate) fn get_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(&id).map(|(_, call)| call)
    }

    pub(crate) fn get(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id).map(|(_, call)| call)
    }

    pub(crate) fn inviting(&mut self, id: CallId) -> Option<&mut Inviting> {
        match self.get_mut(id)? {
            Call::Inviting(call) => Some(call),
            Call::Invited(_) | Call::Established(_) | Call::Leaving(_) => None,
        }
    }

    pub(crate) fn established(&mut self, id: CallId) -> Option<&mut Established> {
        match self.get_mut(id)? {
            Call::Established(call) => Some(call),
            Call::Inviting(_) | Call::Invited(_) | Call::Leaving(_) => None,
        }
    }

    pub(crate) fn usage_mut(&mut self, id: UsageId) -> Option<(&mut Usage, Option<&mut Session>)> {
        self.get_mut(id.call)?.usage_mut(id.fork)
    }

    pub(crate) fn by_tag(&self, local_tag: &str) -> Option<CallId> {
        self.by_tag.get(local_tag).copied()
    }

    /// Notes that the deadline of a call may have changed.
    pub(crate) fn touch(&mut self, id: CallId) {
        let timeout = self.calls.get(&id).and_then(|(_, call)| call.poll_timeout());
        self.deadlines.update(id, timeout);
    }

    pub(crate) fn remove(&mut self, id: CallId) -> Option<Call> {
        let (tag, call) = self.calls.remove(&id)?;
        self.by_tag.remove(&tag);
        self.deadlines.clear(&id);
        Some(call)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<CallId> {
        self.deadlines.pop_due(now)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }
}
