//! The states of a call.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use centrala_keys::Key;
use centrala_sip::{Request, StatusCode};
use centrala_time::{Deadlines, Timestamp};
use core::time::Duration;

use crate::{
    CallId, Flow,
    dialog::Dialog,
    digest::Session,
    transaction::{Retransmission, table::TransactionId},
};

/// A call in its state.
#[derive(Debug)]
pub(crate) enum Call {
    /// We have called, and no final response has come.
    Inviting(Box<Inviting>),
    /// We are called, and have not decided.
    Invited(Box<Invited>),
    /// There is a dialog.
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
    pub(crate) session: Option<Session>,
    pub(crate) progress: Progress,
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
    pub(crate) dialog: Dialog,
    pub(crate) offer: Direction,
    /// The last provisional response above 100, which is repeated each minute lest a proxy gives
    /// the call up (RFC 3261 section 13.3.1.1).
    pub(crate) provisional: Option<(StatusCode, Bytes, Timestamp)>,
}

/// Who makes the offer of an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// It came with the INVITE, and the 2xx has the answer.
    InInvite,
    /// The 2xx has the offer, and the ACK the answer.
    InResponse,
}

/// There is a dialog.
#[derive(Debug)]
pub(crate) struct Established {
    pub(crate) dialog: Dialog,
    pub(crate) session: Option<Session>,
    pub(crate) exchange: Exchange,
    /// An offer to make when the exchange is over.
    pub(crate) queued_offer: Option<Bytes>,
    /// The INFO under way: one at a time, as keys must arrive in order.
    pub(crate) info: Option<(TransactionId, Request)>,
    pub(crate) queued_keys: VecDeque<(Key, Duration)>,
}

/// What goes on between offer and answer. There is never more than one INVITE in a dialog.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// Nothing.
    Idle,
    /// We have sent a 2xx and wait for its ACK.
    Unacknowledged(Unacknowledged),
    /// The other side has sent a re-INVITE, and our user has not decided.
    Remote { request: Request, transaction: TransactionId, offer: Direction },
    /// We have sent a re-INVITE.
    Local { request: Request, transaction: TransactionId },
}

/// A 2xx that is repeated until its ACK comes (RFC 3261 section 13.3.1.4).
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    pub(crate) transaction: TransactionId,
    pub(crate) response: Bytes,
    pub(crate) sequence: u32,
    pub(crate) offer: Direction,
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
    pub(crate) session: Option<Session>,
    pub(crate) stage: Stage,
}

/// What a call that ends waits for.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The callee must not send BYE before the ACK for its 2xx has come (RFC 3261 section 15).
    AwaitingAck(Unacknowledged),
    /// The BYE under way.
    ByeSent { request: Box<Request> },
}

impl Established {
    pub(crate) fn new(dialog: Dialog, session: Option<Session>, exchange: Exchange) -> Self {
        let (queued_offer, info, queued_keys) = (None, None, VecDeque::new());
        Self { dialog, session, exchange, queued_offer, info, queued_keys }
    }
}

impl Unacknowledged {
    fn poll_timeout(&self) -> Timestamp {
        self.retransmission.poll_timeout().map_or(self.until, |next| next.min(self.until))
    }
}

impl Call {
    fn poll_timeout(&self) -> Option<Timestamp> {
        match self {
            // Its transaction has all the timers.
            Self::Inviting(_) => None,
            Self::Invited(call) => call.provisional.as_ref().map(|(_, _, again)| *again),
            Self::Established(call) => match &call.exchange {
                Exchange::Unacknowledged(waiting) => Some(waiting.poll_timeout()),
                Exchange::Idle | Exchange::Remote { .. } | Exchange::Local { .. } => None,
            },
            Self::Leaving(call) => match &call.stage {
                Stage::AwaitingAck(waiting) => Some(waiting.poll_timeout()),
                Stage::ByeSent { .. } => None,
            },
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

impl Calls {
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

    /// Takes a call out, to be put back by [`put`](Self::put) or forgotten by
    /// [`forget`](Self::forget).
    pub(crate) fn get_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(&id).map(|(_, call)| call)
    }

    pub(crate) fn get(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id).map(|(_, call)| call)
    }

    pub(crate) fn by_tag(&self, local_tag: &str) -> Option<CallId> {
        self.by_tag.get(local_tag).copied()
    }

    /// Notes that the deadline of a call may have changed.
    pub(crate) fn touch(&mut self, id: CallId) {
        let timeout = self.calls.get(&id).and_then(|(_, call)| call.poll_timeout());
        self.deadlines.update(id, timeout);
    }

    pub(crate) fn replace(&mut self, id: CallId, call: Call) {
        if let Some((_, old)) = self.calls.get_mut(&id) {
            *old = call;
        }
        self.touch(id);
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
