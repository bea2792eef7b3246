//! Server transactions: RFC 3261 section 17.2, with the Accepted state of RFC 6026.

use std::{collections::VecDeque, fmt};

use bytes::Bytes;
use centrala_sip::StatusCode;
use centrala_time::Timestamp;

use crate::event::Length;

use super::{Reliability, Timers, timer::Retransmission};

/// What a server transaction asks of its owner.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub enum ServerOutput {
    /// Send this response to where the request came from.
    Send(Bytes),
    /// A final response other than 2xx was never acknowledged (timer H).
    TimedOut,
}

impl fmt::Debug for ServerOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(datagram) => f.debug_tuple("Send").field(&Length(datagram)).finish(),
            Self::TimedOut => f.write_str("TimedOut"),
        }
    }
}

/// An INVITE server transaction.
///
/// ```text
///             provisional / send            2xx / send
///           .-------------.            .------------------> Accepted --L--> (gone)
///           v             |            |                     ACK, INVITE: to the dialog
///  INVITE -> Proceeding --+------------+
///             INVITE / send again      |
///                                      '--> Completed --ACK--> Confirmed --I--> (gone)
///                                300–699    G / send again      absorbs ACK
///                                           H / timed out
/// ```
pub struct InviteServer {
    timers: Timers,
    reliability: Reliability,
    state: InviteState,
    outputs: VecDeque<ServerOutput>,
}

enum InviteState {
    Proceeding { last: Option<Bytes> },
    Completed { response: Bytes, retransmission: Retransmission, timer_h: Timestamp },
    Confirmed { timer_i: Timestamp },
    Accepted { timer_l: Timestamp },
    Terminated,
}

impl InviteServer {
    /// Starts in the state Proceeding.
    #[must_use]
    pub const fn new(timers: Timers, reliability: Reliability) -> Self {
        let state = InviteState::Proceeding { last: None };
        Self { timers, reliability, state, outputs: VecDeque::new() }
    }

    /// Sends a response. A 2xx is sent once: until the ACK comes, the dialog repeats it by calling
    /// this again (RFC 6026 section 7.1). A response that the state does not allow is ignored.
    pub fn respond(&mut self, status: StatusCode, response: Bytes, now: Timestamp) {
        match &mut self.state {
            InviteState::Proceeding { last } if status.is_provisional() => {
                *last = Some(response.clone());
            }
            InviteState::Proceeding { .. } if status.is_success() => {
                let timer_l = now + self.timers.transaction_timeout();
                self.state = InviteState::Accepted { timer_l };
            }
            InviteState::Proceeding { .. } => {
                let (timers, reliability) = (&self.timers, self.reliability);
                self.state = InviteState::Completed {
                    response: response.clone(),
                    retransmission: Retransmission::new(reliability, timers, timers.t2, now),
                    timer_h: now + timers.transaction_timeout(),
                };
            }
            InviteState::Accepted { .. } if status.is_success() => {}
            InviteState::Accepted { .. }
            | InviteState::Completed { .. }
            | InviteState::Confirmed { .. }
            | InviteState::Terminated => return,
        }
        self.outputs.push_back(ServerOutput::Send(response));
    }

    /// The INVITE came again: the last response is repeated, if it is ours to repeat.
    pub fn handle_retransmission(&mut self) {
        match &self.state {
            InviteState::Proceeding { last: Some(response) }
            | InviteState::Completed { response, .. } => {
                self.outputs.push_back(ServerOutput::Send(response.clone()));
            }
            InviteState::Proceeding { last: None }
            | InviteState::Confirmed { .. }
            | InviteState::Accepted { .. }
            | InviteState::Terminated => {}
        }
    }

    /// An ACK with the branch of the INVITE came. Returns whether it was for a final response
    /// other than 2xx and is done with; if not, it belongs to the dialog.
    pub fn handle_ack(&mut self, now: Timestamp) -> bool {
        match self.state {
            InviteState::Completed { .. } => {
                let timer_i = now + self.reliability.absorb(self.timers.t4);
                self.state = InviteState::Confirmed { timer_i };
                self.handle_timeout(now);
                true
            }
            InviteState::Confirmed { .. } | InviteState::Proceeding { .. } => true,
            InviteState::Accepted { .. } | InviteState::Terminated => false,
        }
    }

    /// Retransmits or ends what is due; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        match &mut self.state {
            InviteState::Completed { timer_h, .. } if *timer_h <= now => {
                self.state = InviteState::Terminated;
                self.outputs.push_back(ServerOutput::TimedOut);
            }
            InviteState::Completed { response, retransmission, .. } => {
                if retransmission.is_due(now) {
                    self.outputs.push_back(ServerOutput::Send(response.clone()));
                }
            }
            InviteState::Confirmed { timer_i: until }
            | InviteState::Accepted { timer_l: until } => {
                if *until <= now {
                    self.state = InviteState::Terminated;
                }
            }
            InviteState::Proceeding { .. } | InviteState::Terminated => {}
        }
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<ServerOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match &self.state {
            InviteState::Completed { retransmission, timer_h, .. } => {
                retransmission.poll_timeout().into_iter().chain([*timer_h]).min()
            }
            InviteState::Confirmed { timer_i: until }
            | InviteState::Accepted { timer_l: until } => Some(*until),
            InviteState::Proceeding { .. } | InviteState::Terminated => None,
        }
    }

    /// Returns whether no final response was sent yet.
    #[must_use]
    pub const fn is_proceeding(&self) -> bool {
        matches!(self.state, InviteState::Proceeding { .. })
    }

    /// Returns whether the transaction is over and can be dropped.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, InviteState::Terminated)
    }
}

/// A server transaction of any request but INVITE and ACK.
///
/// ```text
///  request -> Trying --1xx--> Proceeding --200–699--> Completed --J--> (gone)
///                              request / send again    request / send again
/// ```
pub struct NonInviteServer {
    timers: Timers,
    reliability: Reliability,
    state: NonInviteState,
    outputs: VecDeque<ServerOutput>,
}

enum NonInviteState {
    Trying,
    Proceeding { last: Bytes },
    Completed { response: Bytes, timer_j: Timestamp },
    Terminated,
}

impl NonInviteServer {
    /// Starts in the state Trying.
    #[must_use]
    pub const fn new(timers: Timers, reliability: Reliability) -> Self {
        Self { timers, reliability, state: NonInviteState::Trying, outputs: VecDeque::new() }
    }

    /// Sends a response; after a final one all others are ignored.
    pub fn respond(&mut self, status: StatusCode, response: Bytes, now: Timestamp) {
        match self.state {
            NonInviteState::Trying | NonInviteState::Proceeding { .. } => {}
            NonInviteState::Completed { .. } | NonInviteState::Terminated => return,
        }
        self.outputs.push_back(ServerOutput::Send(response.clone()));
        self.state = if status.is_provisional() {
            NonInviteState::Proceeding { last: response }
        } else {
            let timer_j = now + self.reliability.absorb(self.timers.transaction_timeout());
            NonInviteState::Completed { response, timer_j }
        };
        self.handle_timeout(now);
    }

    /// The request came again: the last response is repeated.
    pub fn handle_retransmission(&mut self) {
        match &self.state {
            NonInviteState::Proceeding { last: response }
            | NonInviteState::Completed { response, .. } => {
                self.outputs.push_back(ServerOutput::Send(response.clone()));
            }
            NonInviteState::Trying | NonInviteState::Terminated => {}
        }
    }

    /// Ends the transaction if that is due; calling early does nothing.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_some_and(|timer_j| timer_j <= now) {
            self.state = NonInviteState::Terminated;
        }
    }

    /// Returns the next thing to do.
    pub fn poll_output(&mut self) -> Option<ServerOutput> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Timestamp> {
        match self.state {
            NonInviteState::Completed { timer_j, .. } => Some(timer_j),
            NonInviteState::Trying
            | NonInviteState::Proceeding { .. }
            | NonInviteState::Terminated => None,
        }
    }

    /// Returns whether the transaction is over and can be dropped.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, NonInviteState::Terminated)
    }
}

/// Shows the state, not the messages.
impl fmt::Debug for InviteServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            InviteState::Proceeding { .. } => "InviteServer(Proceeding)",
            InviteState::Completed { .. } => "InviteServer(Completed)",
            InviteState::Confirmed { .. } => "InviteServer(Confirmed)",
            InviteState::Accepted { .. } => "InviteServer(Accepted)",
            InviteState::Terminated => "InviteServer(Terminated)",
        })
    }
}

/// Shows the state, not the messages.
impl fmt::Debug for NonInviteServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            NonInviteState::Trying => "NonInviteServer(Trying)",
            NonInviteState::Proceeding { .. } => "NonInviteServer(Proceeding)",
            NonInviteState::Completed { .. } => "NonInviteServer(Completed)",
            NonInviteState::Terminated => "NonInviteServer(Terminated)",
        })
    }
}
