//! Groups of people who answer together.

use std::{sync::Arc, time::Duration};

use crate::{Destination, GroupId, PersonId};

/// People who answer the same calls.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its place in [`Office::groups`](crate::Office::groups).
    pub id: GroupId,
    /// Its name in the office's file: `sales`.
    pub name: Arc<str>,
    /// Who they are, in the order in which they are rung. Never empty, nobody twice.
    pub members: Vec<PersonId>,
    /// How they are rung.
    pub ring: RingOrder,
    /// How long: all of them at once, or each in turn.
    pub ring_time: Duration,
    /// Where the call goes when nobody answers.
    pub otherwise: Destination,
}

/// How the members of a group are rung.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RingOrder {
    /// All together: `at-once`.
    AtOnce,
    /// One after the other: `in-turn`.
    InTurn,
}
