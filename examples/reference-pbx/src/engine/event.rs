//! What an engine tells.

use std::{fmt, time::Duration};

use centrala_keys::Key;

use super::{RoomId, SessionId, SoundReport};

/// What an engine tells.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum EngineEvent {
    /// The party has pressed a key.
    Key {
        /// Who.
        session: SessionId,
        /// Which key.
        key: Key,
    },
    /// All was played.
    PlaybackFinished {
        /// To whom.
        session: SessionId,
        /// What.
        play: u64,
    },
    /// The party has been silent for as long as the recording asked.
    Silent {
        /// Who.
        session: SessionId,
    },
    /// No packet of the party has arrived for as long as [`EngineConfig::nothing_heard_after`](super::EngineConfig::nothing_heard_after) says,
    /// although it should be heard. Told once, and again only after it was heard in between.
    NothingHeard {
        /// Who.
        session: SessionId,
    },
    /// A recording has ended, and all of its sound went into the sink.
    Recorded {
        /// Of whom.
        session: SessionId,
        /// How long it is.
        length: Duration,
    },
    /// A party was not let into a room: there are as many in it as a room holds.
    RoomFull {
        /// Who.
        session: SessionId,
        /// Which room.
        room: RoomId,
    },
    /// The recording of a room has ended, and all of its sound went into the sink.
    RoomRecorded {
        /// Which.
        room: RoomId,
        /// How long it is.
        length: Duration,
    },
    /// A session was closed.
    Closed {
        /// Which.
        session: SessionId,
        /// How it sounded.
        report: SoundReport,
    },
}

impl fmt::Debug for EngineEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { session, key: _ } => write!(f, "Key({})", session.0),
            Self::PlaybackFinished { session, play } => {
                write!(f, "PlaybackFinished({}, {play})", session.0)
            }
            Self::Silent { session } => write!(f, "Silent({})", session.0),
            Self::NothingHeard { session } => write!(f, "NothingHeard({})", session.0),
            Self::Recorded { session, length } => write!(f, "Recorded({}, {length:?})", session.0),
            Self::RoomFull { session, room } => write!(f, "RoomFull({}, {})", session.0, room.0),
            Self::RoomRecorded { room, length } => {
                write!(f, "RoomRecorded({}, {length:?})", room.0)
            }
            Self::Closed { session, report } => write!(f, "Closed({}, {report:?})", session.0),
        }
    }
}
