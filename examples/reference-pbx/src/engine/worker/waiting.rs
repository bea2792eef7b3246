//! Orders that wait for sessions on their way here.

use std::collections::BTreeSet;

use super::{
    super::{Command, RoomId, SessionId},
    Order,
};

/// Who and what an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Session(SessionId),
    Room(RoomId),
}

/// The names in an order.
pub(super) type Names = [Option<Name>; 4];

/// Orders that wait, in their order.
///
/// An order waits if a session that it names is expected, or if one that waits names the same session or room: all orders
/// before it that are about the same have been carried out. Each waits only for earlier ones, on whatever worker, so that
/// none waits for ever.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    expected: BTreeSet<SessionId>,
    orders: Vec<Order>,
    /// What the orders name.
    named: BTreeSet<Name>,
}

impl Waiting {
    /// A session is on its way.
    pub(super) fn expect(&mut self, session: SessionId) {
        self.expected.insert(session);
    }

    /// A session has come, or never will; returns the orders that waited, which may have to wait again.
    pub(super) fn resolve(&mut self, session: SessionId) -> Vec<Order> {
        self.expected.remove(&session);
        self.named.clear();
        std::mem::take(&mut self.orders)
    }

    /// Keeps an order that has to wait; returns one that has not.
    pub(super) fn keep(&mut self, order: Order, names: Names) -> Option<Order> {
        if !names.into_iter().flatten().any(|name| self.is_held_up(name)) {
            return Some(order);
        }
        self.named.extend(names.into_iter().flatten());
        self.orders.push(order);
        None
    }

    /// Returns whether nobody is expected.
    pub(super) fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    fn is_held_up(&self, name: Name) -> bool {
        let is_expected = match name {
            Name::Session(session) => self.expected.contains(&session),
            Name::Room(_) => false,
        };
        is_expected || self.named.contains(&name)
    }
}

impl Order {
    /// Returns the sessions and the room that it names, and the rooms that `room_of` says it takes these sessions out of.
    pub(super) fn names(&self, room_of: impl Fn(SessionId) -> Option<RoomId>) -> Names {
        let session = |session: SessionId| Some(Name::Session(session));
        let left = |session| room_of(session).map(Name::Room);
        match self {
            Self::Command(Command::Bridge { a, b }) => {
                [session(*a), session(*b), left(*a), left(*b)]
            }
            Self::Command(Command::Join { session: joins, room }) => {
                [session(*joins), left(*joins), Some(Name::Room(*room)), None]
            }
            Self::Command(
                Command::Leave { session: leaves } | Command::Close { session: leaves },
            ) => [session(*leaves), left(*leaves), None, None],
            Self::Command(
                Command::RecordRoom { room, .. } | Command::StopRecordingRoom { room },
            ) => [Some(Name::Room(*room)), None, None, None],
            Self::Command(command) => [session(SessionId(command.number())), None, None, None],
            Self::Expect(expected) => [session(*expected), None, None, None],
            Self::HandOver(handover) => {
                [session(handover.session()), left(handover.session()), None, None]
            }
            Self::Open(..)
            | Self::HoldMusic(_)
            | Self::Adopt(..)
            | Self::Absent(_)
            | Self::Stop => [None; 4],
        }
    }
}
