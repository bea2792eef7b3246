//! Sessions that move from one worker to another.
//!
//! ```text
//!  engine                 old worker              new worker
//!    │ Expect ────────────────────────────────────────▶│ keeps commands to the session
//!    │ HandOver ──────────────▶│                       │
//!    │ commands ──────────────────────────────────────▶│
//!    │                         │ Adopt ───────────────▶│ carries them out
//! ```

use std::time::Instant;

use super::{
    super::{SessionId, beat::Due, session::Session},
    Address, Order, Stage, Worker,
};

/// Where a session moves to. Whatever becomes of this order, the new worker hears of it: one that is dropped, with its
/// queue or for want of the session, tells that nobody comes.
#[derive(Debug)]
pub(in super::super) struct Handover {
    session: SessionId,
    to: Address,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Done,
}

impl Handover {
    pub(in super::super) const fn new(session: SessionId, to: Address) -> Self {
        Self { session, to, state: State::Waiting }
    }

    pub(super) const fn session(&self) -> SessionId {
        self.session
    }

    /// Hands the session over. It comes back from a worker that has ended.
    fn complete(mut self, session: Box<Session>, due: Option<u64>) -> Option<Box<Session>> {
        self.state = State::Done;
        let refused = self.to.order(Order::Adopt(session, due)).err();
        self.to.wake();
        match refused?.0 {
            Order::Adopt(session, _) => Some(session),
            _ => None,
        }
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        if self.state == State::Waiting {
            drop(self.to.order(Order::Absent(self.session)));
            self.to.wake();
        }
    }
}

impl Worker {
    /// Carries out an order, or keeps it for later.
    pub(super) fn take_order(&mut self, order: Order) {
        let order = if self.waiting.is_empty() {
            order
        } else {
            let names = order.names(|session| self.room_of(session));
            let Some(order) = self.waiting.keep(order, names) else { return };
            order
        };
        match order {
            Order::Open(id, socket) => self.open(id, socket),
            Order::HoldMusic(music) => self.hold_music = music,
            Order::Command(command) => self.carry_out(command),
            Order::Expect(session) => self.waiting.expect(session),
            Order::HandOver(handover) => self.hand_over(handover),
            Order::Adopt(session, due) => {
                let id = session.id;
                self.adopt(*session, due);
                self.resolve(id);
            }
            Order::Absent(session) => self.resolve(session),
            Order::Stop => self.stage = Stage::Stopping,
        }
    }

    /// Takes the orders that have waited for a session.
    fn resolve(&mut self, session: SessionId) {
        for order in self.waiting.resolve(session) {
            self.take_order(order);
        }
    }

    fn hand_over(&mut self, handover: Handover) {
        let Some((at, _)) = self.find(handover.session) else { return };
        // What is due is sent from here, so that both workers know what was not.
        self.tick(Instant::now());
        let Some((session, due)) = self.take(at) else { return };
        if let Some(session) = handover.complete(Box::new(session), due) {
            self.end(*session);
        }
    }

    fn adopt(&mut self, session: Session, due: Option<u64>) {
        let at = self.put(session);
        let Some(due) = due else { return };
        let now = Instant::now();
        self.tick(now);
        let missed = self.beat.resume(Due::Session(at), due, now);
        if let Some(session) = self.sessions.get_mut(at).and_then(Option::as_mut) {
            (0..missed).for_each(|_| session.tick(now, &*self.tell));
        }
    }
}
