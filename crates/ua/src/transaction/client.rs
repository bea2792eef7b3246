//! Client transactions: RFC 3261 section 17.1, with the Accepted state of RFC 6026.

use std::{collections::VecDeque, fmt};

use bytes::Bytes;
use centrala_sip::{Request, Response};
use centrala_time::Timestamp;

use crate::event::Length;

use super::{Reliability, Timers, ack, timer::Retransmission};

/// What a client transaction asks of its owner.
#[non_exhaustive]
#[derive(Clone)]
pub enum ClientOutput {
    /// Send this datagram to where the request goes.
    Send(Bytes),
    /// A response for the transaction user.
    Response(Box<Response>),
    /// Nobody answered (timer B or F).
    TimedOut,
}

impl fmt::Debug for ClientOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(datagram) => f.debug_tuple("Send").field(&Length(datagram)).finish(),
            Self::Response(response) => f.debug_tuple("Response").field(response).finish(),
            Self::TimedOut => f.write_str("TimedOut"),
        }
    }
}

/// An INVITE client transaction.
///
/// ```text
///  send INVITE -> Calling --1xx--> Proceeding --+--2xx--> Accepted --M--> (gone)
///                  A / send again               |          every 2xx to the user
///                  B / timed out                '--300–699 / ACK--> Completed --D--> (gone)
///                                                                    300–699 / ACK again
/// ```
pub struct InviteClient {
    timers: Timers,
    reliability: Reliability,
    state: InviteState,
    outputs: VecDeque<ClientOutput>,
}

enum InviteState {
    Calling {
        request: Box<Request>,
        retransmission: Retransmission,
        timer_b: Timestamp,
        give_up: Option<Timestamp>,
    },
    Proceeding {
        request: Box<Request>,
        give_up: Option<Timestamp>,
    },
    Completed {
        ack: Bytes,
        timer_d: Timestamp,
    },
    Accepted {
        timer_m: Timestamp,
    },
    Terminated,
}

impl InviteClient {
    /// Sends `request` and starts timers A and B.
    #[must_use]
    pub fn new(request: Request, timers: Timers, reliability: Reliability, now: Timestamp) -> Self {
        let outputs = VecDeque::from([ClientOutput::Send(request.to_bytes())]);
        let state = InviteState::Calling {
            request: Box::new(request),
            retransmission: Retransmission::new(
                reliability,
                &timers,
                timers.transaction_timeout(),
                now,
            ),
            timer_b: now + timers.transaction_timeout(),
            give_up: None,
        };
        Self { timers, reliability, state, outputs }
    }

    /// A response with the branch of this transaction came.
    pub fn handle_response(&mut self, response: Response, now: Timestamp) {
        let status = response.status();
        match &self.state {
            InviteState::Calling { .. } | InviteState::Proceeding { .. } => {
                if status.is_provisional() {
                    self.proceed();
                } else if status.is_success() {
                    let timer_m = now + self.timers.transaction_timeout();
                    self.state = InviteState::Accepted { timer_m };
                } else {
                    self.complete(&response, now);
                }
                self.outputs.push_back(ClientOutput::Response(Box::new(response)));
            }
            InviteState::Completed { ack, .. } => {
                if status.is_final() && !status.is_success() {
                    self.outputs.push_back(ClientOutput::Send(ack.clone()));
                }
            }
            // "the 2xx responses are passed to the TU", of other forks and repeated ones alike.
            InviteState::Accepted { .. } => {
                if status.is_success() {
                    self.outputs.push_back(ClientOutput::Response(Box::new(response)));
                }
            }
            InviteState::Terminated => {}
        }
        self.handle_timeout(now);
    }

    /// Retransmits or ends what is due; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        match &mut self.state {
            InviteState::Calling { timer_b, .. } if *timer_b <= now => {
                self.state = InviteState::Terminated;
                self.outputs.push_back(ClientOutput::TimedOut);
            }
            InviteState::Calling { request, retransmission, .. } => {
                if retransmission.is_due(now) {
                    self.outputs.push_back(ClientOutput::Send(request.to_bytes()));
                }
            }
            InviteState::Completed { timer_d: until, .. }
            | InviteState::Accepted { timer_m: until } => {
                if *until <= now {
                    self.state = InviteState::Terminated;
                }
            }
            InviteState::Proceeding { give_up: Some(give_up), .. } if *give_up <= now => {
                self.state = InviteState::Terminated;
                self.outputs.push_back(ClientOutput::TimedOut);
            }
            InviteState::Proceeding { .. } | InviteState::Terminated => {}
        }
    }

    /// Sets when to give up waiting for the final response: after a CANCEL (RFC 3261 section 9.1:
    /// 64 × T1), or when the dialog has ended. Otherwise a callee may ring for ever.
    pub const fn set_give_up(&mut self, at: Timestamp) {
        match &mut self.state {
            InviteState::Calling { give_up, .. } | InviteState::Proceeding { give_up, .. } => {
                *give_up = Some(at);
            }
            InviteState::Completed { .. }
            | InviteState::Accepted { .. }
            | InviteState::Terminated => {}
        }
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<ClientOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match &self.state {
            InviteState::Calling { retransmission, timer_b, .. } => {
                retransmission.poll_timeout().into_iter().chain([*timer_b]).min()
            }
            InviteState::Proceeding { give_up, .. } => *give_up,
            InviteState::Completed { timer_d: until, .. }
            | InviteState::Accepted { timer_m: until } => Some(*until),
            InviteState::Terminated => None,
        }
    }

    /// Returns whether no final response came yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, InviteState::Calling { .. } | InviteState::Proceeding { .. })
    }

    /// Returns whether no response at all came yet.
    #[must_use]
    pub const fn is_calling(&self) -> bool {
        matches!(self.state, InviteState::Calling { .. })
    }

    /// Returns the request, as long as no final response came.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.state {
            InviteState::Calling { request, .. } | InviteState::Proceeding { request, .. } => {
                Some(request)
            }
            InviteState::Completed { .. }
            | InviteState::Accepted { .. }
            | InviteState::Terminated => None,
        }
    }

    /// Returns whether the transaction is over and can be dropped.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, InviteState::Terminated)
    }

    fn proceed(&mut self) {
        let state = std::mem::replace(&mut self.state, InviteState::Terminated);
        self.state = match state {
            InviteState::Calling { request, give_up, .. } => {
                InviteState::Proceeding { request, give_up }
            }
            other @ (InviteState::Proceeding { .. }
            | InviteState::Completed { .. }
            | InviteState::Accepted { .. }
            | InviteState::Terminated) => other,
        };
    }

    fn complete(&mut self, response: &Response, now: Timestamp) {
        let (InviteState::Calling { request, .. } | InviteState::Proceeding { request, .. }) =
            &self.state
        else {
            return;
        };
        // A response from which no ACK can be made is not worth one.
        let Some(ack) = ack::for_failure(request, response) else {
            self.state = InviteState::Terminated;
            return;
        };
        self.outputs.push_back(ClientOutput::Send(ack.clone()));
        // "at least 32 seconds for unreliable transports" (RFC 3261 section 17.1.1.2).
        let timer_d = now + self.reliability.absorb(self.timers.transaction_timeout());
        self.state = InviteState::Completed { ack, timer_d };
    }
}

/// A client transaction of any request but INVITE and ACK.
///
/// ```text
///  send -> Trying --1xx--> Proceeding --200–699--> Completed --K--> (gone)
///           E / send again  E (at T2) / send again
///           F / timed out   F / timed out
/// ```
pub struct NonInviteClient {
    timers: Timers,
    reliability: Reliability,
    state: NonInviteState,
    outputs: VecDeque<ClientOutput>,
}

enum NonInviteState {
    /// Trying, and Proceeding when `retransmission` is slowed down.
    Pending {
        request: Bytes,
        retransmission: Retransmission,
        timer_f: Timestamp,
    },
    Completed {
        timer_k: Timestamp,
    },
    Terminated,
}

impl NonInviteClient {
    /// Sends `request` and starts timers E and F.
    #[must_use]
    pub fn new(
        request: &Request,
        timers: Timers,
        reliability: Reliability,
        now: Timestamp,
    ) -> Self {
        let request = request.to_bytes();
        let outputs = VecDeque::from([ClientOutput::Send(request.clone())]);
        let state = NonInviteState::Pending {
            request,
            retransmission: Retransmission::new(reliability, &timers, timers.t2, now),
            timer_f: now + timers.transaction_timeout(),
        };
        Self { timers, reliability, state, outputs }
    }

    /// A response with the branch of this transaction came.
    pub fn handle_response(&mut self, response: Response, now: Timestamp) {
        let NonInviteState::Pending { retransmission, .. } = &mut self.state else { return };
        if response.status().is_provisional() {
            retransmission.slow_down();
        } else {
            let timer_k = now + self.reliability.absorb(self.timers.t4);
            self.state = NonInviteState::Completed { timer_k };
        }
        self.outputs.push_back(ClientOutput::Response(Box::new(response)));
        self.handle_timeout(now);
    }

    /// Retransmits or ends what is due; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        match &mut self.state {
            NonInviteState::Pending { timer_f, .. } if *timer_f <= now => {
                self.state = NonInviteState::Terminated;
                self.outputs.push_back(ClientOutput::TimedOut);
            }
            NonInviteState::Pending { request, retransmission, .. } => {
                if retransmission.is_due(now) {
                    self.outputs.push_back(ClientOutput::Send(request.clone()));
                }
            }
            NonInviteState::Completed { timer_k } => {
                if *timer_k <= now {
                    self.state = NonInviteState::Terminated;
                }
            }
            NonInviteState::Terminated => {}
        }
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<ClientOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match &self.state {
            NonInviteState::Pending { retransmission, timer_f, .. } => {
                retransmission.poll_timeout().into_iter().chain([*timer_f]).min()
            }
            NonInviteState::Completed { timer_k } => Some(*timer_k),
            NonInviteState::Terminated => None,
        }
    }

    /// Returns whether no final response came yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self.state, NonInviteState::Pending { .. })
    }

    /// Returns whether the transaction is over and can be dropped.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, NonInviteState::Terminated)
    }
}

/// Shows the state, not the messages.
impl fmt::Debug for InviteClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            InviteState::Calling { .. } => "InviteClient(Calling)",
            InviteState::Proceeding { .. } => "InviteClient(Proceeding)",
            InviteState::Completed { .. } => "InviteClient(Completed)",
            InviteState::Accepted { .. } => "InviteClient(Accepted)",
            InviteState::Terminated => "InviteClient(Terminated)",
        })
    }
}

/// Shows the state, not the messages.
impl fmt::Debug for NonInviteClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            NonInviteState::Pending { .. } => "NonInviteClient(Pending)",
            NonInviteState::Completed { .. } => "NonInviteClient(Completed)",
            NonInviteState::Terminated => "NonInviteClient(Terminated)",
        })
    }
}
