//! Hunting: the telephones that ring for one caller.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use centrala_office::{PersonId, routing::Outcome};
use centrala_time::Timestamp;

use crate::{Caller, Cause, JourneyId, LegId, switchboard::Switchboard};

/// The telephones that ring for one caller, and those that still may.
///
/// It holds legs, and whoever drops it tells them so ([`Hunt::give_up`]): no telephone rings for
/// nobody.
#[derive(Debug)]
pub(crate) struct Hunt {
    journey: JourneyId,
    shown: Caller,
    waiting: VecDeque<Telephone>,
    ringing: Vec<(LegId, PersonId)>,
    order: Order,
    ends: Timestamp,
    failure: Failure,
}

/// The telephones of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Telephone {
    pub(crate) person: PersonId,
    pub(crate) user: Arc<str>,
}

/// Who rings when.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    AtOnce,
    InTurn { each: Duration, turn_ends: Timestamp },
}

impl Order {
    pub(crate) const fn in_turn(each: Duration) -> Self {
        Self::InTurn { each, turn_ends: Timestamp::ZERO }
    }
}

/// What a hunt has come to.
#[derive(Debug)]
pub(crate) enum Progress {
    Ringing,
    Won { leg: LegId, person: PersonId },
    Lost(Outcome),
}

impl Hunt {
    pub(crate) fn new(
        journey: JourneyId,
        telephones: Vec<Telephone>,
        order: Order,
        ends: Timestamp,
        shown: Caller,
    ) -> Self {
        let waiting = telephones.into();
        let failure = Failure::Unreachable;
        Self { journey, shown, waiting, ringing: Vec::new(), order, ends, failure }
    }

    pub(crate) fn begin(&mut self, now: Timestamp, board: &mut Switchboard) -> Progress {
        self.go_on(now, board)
    }

    /// A telephone was answered: it wins, and all others stop ringing.
    pub(crate) fn answered(&mut self, leg: LegId, board: &mut Switchboard) -> Progress {
        let Some(at) = self.ringing.iter().position(|(ringing, _)| *ringing == leg) else {
            return Progress::Ringing;
        };
        let (leg, person) = self.ringing.remove(at);
        self.give_up(board);
        Progress::Won { leg, person }
    }

    /// A telephone will not be answered any more.
    pub(crate) fn failed(
        &mut self,
        leg: LegId,
        cause: Cause,
        now: Timestamp,
        board: &mut Switchboard,
    ) -> Progress {
        self.ringing.retain(|(ringing, _)| *ringing != leg);
        board.forget(leg);
        self.failure = self.failure.max(Failure::from(cause));
        self.go_on(now, board)
    }

    pub(crate) fn handle_timeout(&mut self, now: Timestamp, board: &mut Switchboard) -> Progress {
        if self.poll_timeout() > now {
            return Progress::Ringing;
        }
        if !self.ringing.is_empty() {
            self.failure = self.failure.max(Failure::NoAnswer);
        }
        self.stop_ringing(board);
        if self.ends <= now {
            self.waiting.clear();
        }
        self.go_on(now, board)
    }

    /// Stops everything that rings, and rings nobody else.
    pub(crate) fn give_up(&mut self, board: &mut Switchboard) {
        self.waiting.clear();
        self.stop_ringing(board);
    }

    pub(crate) fn poll_timeout(&self) -> Timestamp {
        match self.order {
            Order::InTurn { turn_ends, .. } if !self.ringing.is_empty() => self.ends.min(turn_ends),
            Order::InTurn { .. } | Order::AtOnce => self.ends,
        }
    }

    fn stop_ringing(&mut self, board: &mut Switchboard) {
        for (leg, _) in self.ringing.drain(..) {
            board.hang_up(leg);
        }
    }

    fn go_on(&mut self, now: Timestamp, board: &mut Switchboard) -> Progress {
        let count = match &mut self.order {
            Order::AtOnce => self.waiting.len(),
            Order::InTurn { each, turn_ends } if self.ringing.is_empty() => {
                *turn_ends = now + *each;
                1
            }
            Order::InTurn { .. } => 0,
        };
        for telephone in self.waiting.drain(..count.min(self.waiting.len())) {
            let leg = board.call(self.journey, &telephone, self.shown.clone());
            self.ringing.push((leg, telephone.person));
        }
        if self.ringing.is_empty() && self.waiting.is_empty() {
            return Progress::Lost(self.failure.into());
        }
        Progress::Ringing
    }
}

/// Why the telephones so far were not answered. The greatest tells the caller most: where one of
/// three telephones rang and two were switched off, nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    Unreachable,
    Declined,
    Busy,
    NoAnswer,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Busy => Self::Busy,
            Cause::NoAnswer => Self::NoAnswer,
            Cause::Declined => Self::Declined,
            Cause::Unreachable | Cause::Gone => Self::Unreachable,
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreachable => Self::NotRegistered,
            Failure::Declined => Self::Declined,
            Failure::Busy => Self::Busy,
            Failure::NoAnswer => Self::NoAnswer,
        }
    }
}
