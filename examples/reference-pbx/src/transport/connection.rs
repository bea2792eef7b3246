//! One connection without its socket: what came becomes frames, what goes waits to be written, and time runs out.
//!
//! ```text
//!   accepted ──► Silent ──frame──► Talking ──idle──► closed
//!                  │                 ▲   │
//!   connecting ────┼──connected──────┘   ├──end──► HalfClosed ──answered──► closed
//!        │         └──silence──► closed  └──broken──► Finishing ──end──► closed
//!        └──no connection──► closed
//! ```
//!
//! In every state what is written has to be taken ([`StreamLimits::stall`]), and a frame that has begun has to end
//! ([`StreamLimits::frame`]), however its octets trickle.

use std::{collections::VecDeque, time::Duration};

use bytes::{Buf as _, BytesMut};
use centrala_sip::{Frame, Limits, Message, Method, StreamError, StreamFramer};
use centrala_time::Timestamp;
use centrala_ua::Ticket;

use super::limits::{Holding, StreamLimits};

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    limits: StreamLimits,
    framer: StreamFramer,
    state: State,
    /// When the frame that is under way began.
    frame_since: Option<Timestamp>,
    outgoing: Outgoing,
    /// How many requests have come that no final response went out for.
    owed: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// We connect.
    Connecting { since: Timestamp },
    /// It was opened to us, and nothing has come yet. After a first while it has to be tolerated.
    Silent { since: Timestamp, patience: Patience },
    /// Frames come and go.
    Talking { last: Timestamp },
    /// The other side sends nothing any more, and may still read.
    HalfClosed { since: Timestamp },
    /// The stream broke: what was said already is written, and nothing is read.
    Finishing { since: Timestamp },
}

/// Whether a silent connection was found to be one of few.
#[derive(Clone, Copy, Debug)]
enum Patience {
    Grace,
    Tolerated,
}

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseCause {
    /// It could not be made in time.
    NotConnected,
    /// Nothing came.
    Silent,
    /// Nothing has come yet: it may stay if its source has not too many of the kind.
    Quiet,
    /// A frame took too long.
    SlowFrame,
    /// The other side does not read.
    Stalled,
    /// Nothing came for a long time.
    Idle,
    /// The other side has closed it, and what it waited for was said or not wanted.
    Ended,
    /// The stream broke.
    Broken,
}

impl CloseCause {
    /// Returns whether octets that come now would make it void.
    pub(super) const fn misses_octets(self) -> bool {
        match self {
            Self::Silent | Self::Quiet | Self::SlowFrame | Self::Idle => true,
            Self::NotConnected | Self::Stalled | Self::Ended | Self::Broken => false,
        }
    }
}

/// More waits for the other side than we keep for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Connection {
    /// Begins with a connection that was opened to us.
    pub(super) fn accepted(limits: StreamLimits, now: Timestamp) -> Self {
        Self::new(limits, State::Silent { since: now, patience: Patience::Grace })
    }

    /// Begins with a connection that we open.
    pub(super) fn connecting(limits: StreamLimits, now: Timestamp) -> Self {
        Self::new(limits, State::Connecting { since: now })
    }

    fn new(limits: StreamLimits, state: State) -> Self {
        let framer = StreamFramer::new(Limits::default());
        Self { limits, framer, state, frame_since: None, outgoing: Outgoing::default(), owed: 0 }
    }

    /// The connection that we open is made.
    pub(super) fn handle_connected(&mut self, now: Timestamp) {
        if matches!(self.state, State::Connecting { .. }) {
            self.state = State::Talking { last: now };
            self.outgoing.restart_stall(now);
        }
    }

    /// Octets came. Take all of [`poll_frame`](Self::poll_frame) after it.
    pub(super) fn handle_octets(&mut self, octets: &[u8], now: Timestamp) {
        if self.reads() && !octets.is_empty() {
            self.framer.handle_data(octets);
            self.frame_since.get_or_insert(now);
        }
    }

    /// Returns the next frame that has come as a whole. After an error no more is read.
    pub(super) fn poll_frame(&mut self, now: Timestamp) -> Option<Result<Frame, StreamError>> {
        if !self.reads() {
            return None;
        }
        let frame = self.framer.poll_frame();
        match &frame {
            Some(Ok(heard)) => {
                self.owed += usize::from(wants_answer(heard));
                self.state = State::Talking { last: now };
                self.frame_since = (self.framer.pending() > 0).then_some(now);
            }
            Some(Err(_)) => {
                self.state = State::Finishing { since: now };
                self.frame_since = None;
            }
            None if self.framer.pending() == 0 => self.frame_since = None,
            None => {}
        }
        frame
    }

    /// The other side sends nothing any more.
    pub(super) fn handle_end(&mut self, now: Timestamp) {
        if self.reads() {
            self.state = State::HalfClosed { since: now };
            self.frame_since = None;
        }
    }

    /// Takes octets that are to be written.
    ///
    /// # Errors
    ///
    /// [`Full`] if the other side has not taken enough of what came before.
    pub(super) fn queue(
        &mut self,
        octets: &[u8],
        ticket: Option<Ticket>,
        now: Timestamp,
    ) -> Result<(), Full> {
        if self.outgoing.octets.len().saturating_add(octets.len()) > self.limits.octets_unwritten {
            return Err(Full);
        }
        if is_final_response(octets) {
            self.owed = self.owed.saturating_sub(1);
        }
        self.outgoing.queue(octets, ticket, now);
        Ok(())
    }

    /// Returns what is to be written next; nothing while we connect.
    pub(super) fn unwritten(&self) -> &[u8] {
        match self.state {
            State::Connecting { .. } => &[],
            State::Silent { .. }
            | State::Talking { .. }
            | State::HalfClosed { .. }
            | State::Finishing { .. } => &self.outgoing.octets,
        }
    }

    /// So many octets were written.
    pub(super) fn handle_written(&mut self, count: usize, now: Timestamp) {
        self.outgoing.handle_written(count, now);
    }

    /// It may be silent for longer.
    pub(super) fn tolerate(&mut self) {
        if let State::Silent { patience, .. } = &mut self.state {
            *patience = Patience::Tolerated;
        }
    }

    /// It is in use though nothing comes: a registration or a call needs it.
    pub(super) fn keep(&mut self, now: Timestamp) {
        if let State::Talking { last } = &mut self.state {
            *last = now;
        }
    }

    /// Returns why it is to be closed now, if it is.
    pub(super) fn check(&self, now: Timestamp) -> Option<CloseCause> {
        let is_over = matches!(self.state, State::HalfClosed { .. }) && self.owed == 0;
        if is_over && self.outgoing.octets.is_empty() {
            return Some(CloseCause::Ended);
        }
        let due = self.deadlines().into_iter().flatten().filter(|(at, _)| *at <= now);
        due.min_by_key(|(at, _)| *at).map(|(_, cause)| cause)
    }

    /// Returns when to [`check`](Self::check) next.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        self.deadlines().into_iter().flatten().map(|(at, _)| at).min()
    }

    fn deadlines(&self) -> [Option<(Timestamp, CloseCause)>; 3] {
        let limits = &self.limits;
        let of_state = match self.state {
            State::Connecting { since } => (since + limits.connect, CloseCause::NotConnected),
            State::Silent { since, patience: Patience::Grace } => {
                (since + limits.grace, CloseCause::Quiet)
            }
            State::Silent { since, patience: Patience::Tolerated } => {
                (since + limits.silence, CloseCause::Silent)
            }
            State::Talking { last } => (whole_minutes(last + limits.idle), CloseCause::Idle),
            State::HalfClosed { since } => (since + limits.half_closed, CloseCause::Ended),
            State::Finishing { since } => (since + limits.goodbye, CloseCause::Broken),
        };
        let frame = self.frame_since.map(|since| (since + limits.frame, CloseCause::SlowFrame));
        let stall = self.outgoing.since.filter(|_| !self.unwritten().is_empty());
        let stall = stall.map(|since| (since + limits.stall, CloseCause::Stalled));
        [Some(of_state), frame, stall]
    }

    /// Returns whether new requests may go over it.
    pub(super) const fn takes_requests(&self) -> bool {
        match self.state {
            State::Connecting { .. } | State::Silent { .. } | State::Talking { .. } => true,
            State::HalfClosed { .. } | State::Finishing { .. } => false,
        }
    }

    /// Returns whether what comes is still read.
    pub(super) const fn reads(&self) -> bool {
        match self.state {
            State::Silent { .. } | State::Talking { .. } => true,
            State::Connecting { .. } | State::HalfClosed { .. } | State::Finishing { .. } => false,
        }
    }

    /// Returns whether nothing more is to be written, and the other side may be told so.
    pub(super) fn has_finished(&self) -> bool {
        matches!(self.state, State::Finishing { .. }) && self.outgoing.octets.is_empty()
    }

    /// Returns whether the connection is still being made.
    pub(super) const fn is_connecting(&self) -> bool {
        matches!(self.state, State::Connecting { .. })
    }

    /// Returns what it holds.
    pub(super) fn holding(&self) -> Holding {
        let silent = usize::from(matches!(self.state, State::Silent { .. }));
        let octets = self.framer.pending() + self.outgoing.octets.len();
        Holding { connections: 1, silent, octets }
    }

    /// Returns whose octets were not written as a whole.
    pub(super) fn into_unsent(self) -> impl Iterator<Item = Ticket> {
        self.outgoing.marks.into_iter().map(|(_, ticket)| ticket)
    }
}

/// Rounds up, so that all connections that have been idle for long are looked at once a minute together.
fn whole_minutes(at: Timestamp) -> Timestamp {
    const MINUTE: u64 = 60;
    let minutes = at.since_start().saturating_sub(Duration::from_nanos(1)).as_secs() / MINUTE + 1;
    Timestamp::from_start(Duration::from_secs(minutes.saturating_mul(MINUTE)))
}

/// Returns whether octets are a response.
pub(super) fn is_response(octets: &[u8]) -> bool {
    octets.starts_with(b"SIP/2.0 ")
}

fn is_final_response(octets: &[u8]) -> bool {
    is_response(octets) && octets.get(b"SIP/2.0 ".len()).is_some_and(|digit| *digit != b'1')
}

/// Returns whether a frame is a request that is answered.
fn wants_answer(frame: &Frame) -> bool {
    match frame {
        Frame::Message(Message::Request(request)) => *request.method() != Method::Ack,
        Frame::Refused(_) => true,
        Frame::Message(Message::Response(_)) | Frame::Ping | Frame::Pong => false,
    }
}

/// What waits to be written.
#[derive(Default)]
struct Outgoing {
    octets: BytesMut,
    /// How many octets were written so far.
    written: u64,
    /// Where messages end that somebody wants to know of, counted from the beginning of the stream.
    marks: VecDeque<(u64, Ticket)>,
    /// When the other side last took something, or the first octet began to wait.
    since: Option<Timestamp>,
}

impl Outgoing {
    fn queue(&mut self, octets: &[u8], ticket: Option<Ticket>, now: Timestamp) {
        if self.octets.is_empty() {
            self.since = Some(now);
        }
        self.octets.extend_from_slice(octets);
        if let Some(ticket) = ticket {
            self.marks.push_back((self.end(), ticket));
        }
    }

    fn handle_written(&mut self, count: usize, now: Timestamp) {
        let count = count.min(self.octets.len());
        self.octets.advance(count);
        self.written += u64::try_from(count).unwrap_or(u64::MAX);
        while self.marks.front().is_some_and(|(end, _)| *end <= self.written) {
            self.marks.pop_front();
        }
        if self.octets.is_empty() {
            // Most connections are idle at most times: none keeps the memory of its busiest one.
            self.octets = BytesMut::new();
            self.since = None;
        } else if count > 0 {
            self.since = Some(now);
        }
    }

    fn restart_stall(&mut self, now: Timestamp) {
        self.since = self.since.map(|_| now);
    }

    fn end(&self) -> u64 {
        self.written.saturating_add(u64::try_from(self.octets.len()).unwrap_or(u64::MAX))
    }
}

/// Shows none of the octets.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("octets", &self.octets.len())
            .field("written", &self.written)
            .field("marks", &self.marks.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
