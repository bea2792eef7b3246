//! What an engine is told to do.

use std::{fmt, time::Duration};

use bytes::Bytes;
use centrala_keys::Key;
use centrala_media::EncodedPrompt;

use super::{Connection, RoomId, SessionId};

/// Where recorded sound goes: µ-law, in chunks of 0.3 s, one after the other; from the thread that the session is on.
pub type RecordSink = Box<dyn FnMut(Bytes) + Send>;

/// What to do with a session.
#[non_exhaustive]
pub enum Command {
    /// The session can speak, or speaks otherwise from now on.
    Connect {
        /// Which session.
        session: SessionId,
        /// How.
        connection: Connection,
    },
    /// Play these, one after the other, in place of what plays.
    Play {
        /// To whom.
        session: SessionId,
        /// What [`EngineEvent::PlaybackFinished`](super::EngineEvent::PlaybackFinished) calls it.
        play: u64,
        /// What, in the codec of the session.
        prompts: Vec<EncodedPrompt>,
        /// What happens at the end.
        at_end: AtEnd,
    },
    /// Play nothing any more.
    StopPlaying {
        /// To whom.
        session: SessionId,
    },
    /// Stand still.
    Pause {
        /// What plays to whom.
        session: SessionId,
    },
    /// Go on after a pause.
    Resume {
        /// What plays to whom.
        session: SessionId,
    },
    /// Move what plays.
    Seek {
        /// To whom.
        session: SessionId,
        /// Where to.
        seek: Seek,
    },
    /// Play faster or slower from now on, as high as before, in percent of the natural speed: [`SPEEDS`](centrala_media::SPEEDS). What plays keeps its
    /// speed until something else is played.
    SetSpeed {
        /// What plays to whom.
        session: SessionId,
        /// How fast.
        percent: u16,
    },
    /// Record what the party says, until [`StopRecording`](Self::StopRecording) or the end of the
    /// session.
    Record {
        /// Whom.
        session: SessionId,
        /// Where the sound goes.
        sink: RecordSink,
        /// After how much silence to tell.
        silence: Option<Duration>,
    },
    /// End the recording; [`EngineEvent::Recorded`](super::EngineEvent::Recorded) follows.
    StopRecording {
        /// Of whom.
        session: SessionId,
    },
    /// Let two parties hear each other. What plays to them ends; what is played to one of them later
    /// takes the place of the other's sound. Their keys are told as before, and passed on.
    ///
    /// If they are on different threads, one of them moves: its stream, its recording and its keys go on, and commands
    /// that follow are carried out when it has come.
    Bridge {
        /// One.
        a: SessionId,
        /// The other.
        b: SessionId,
    },
    /// A party and whoever it was bridged to hear each other no more.
    Unbridge {
        /// One of them.
        session: SessionId,
    },
    /// Let a party into a room, in which everybody hears all others. It leaves its bridge, or the room that it is in, and
    /// moves to the thread of the room. A room is there as long as somebody is in it.
    Join {
        /// Who.
        session: SessionId,
        /// Which room.
        room: RoomId,
    },
    /// Let a party out of its room.
    Leave {
        /// Who.
        session: SessionId,
    },
    /// Record what is said in a room, by all together, until [`StopRecordingRoom`](Self::StopRecordingRoom) or until the
    /// last one has left. An empty room is not recorded.
    RecordRoom {
        /// Which.
        room: RoomId,
        /// Where the sound goes.
        sink: RecordSink,
    },
    /// End the recording of a room; [`EngineEvent::RoomRecorded`](super::EngineEvent::RoomRecorded) follows.
    StopRecordingRoom {
        /// Which.
        room: RoomId,
    },
    /// Press a key towards the party, as telephone events, behind those that are still being
    /// pressed. Where events were not negotiated nothing is sent: play the tones instead.
    SendKey {
        /// To whom.
        session: SessionId,
        /// Which key.
        key: Key,
        /// For how long.
        duration: Duration,
    },
    /// End the session.
    Close {
        /// Which.
        session: SessionId,
    },
}

impl Command {
    /// Returns the number of the session that it is for, one of them for a bridge, or of the room.
    pub(super) const fn number(&self) -> u64 {
        match self {
            Self::RecordRoom { room, .. } | Self::StopRecordingRoom { room } => room.0,
            Self::Connect { session, .. }
            | Self::Play { session, .. }
            | Self::StopPlaying { session }
            | Self::Pause { session }
            | Self::Resume { session }
            | Self::Seek { session, .. }
            | Self::SetSpeed { session, .. }
            | Self::Record { session, .. }
            | Self::StopRecording { session }
            | Self::Bridge { a: session, .. }
            | Self::Unbridge { session }
            | Self::SendKey { session, .. }
            | Self::Join { session, .. }
            | Self::Leave { session }
            | Self::Close { session } => session.0,
        }
    }
}

/// `Debug` names the command and its session; it keeps keys to itself.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Connect { .. } => "Connect",
            Self::Play { .. } => "Play",
            Self::StopPlaying { .. } => "StopPlaying",
            Self::Pause { .. } => "Pause",
            Self::Resume { .. } => "Resume",
            Self::Seek { .. } => "Seek",
            Self::SetSpeed { .. } => "SetSpeed",
            Self::Record { .. } => "Record",
            Self::StopRecording { .. } => "StopRecording",
            Self::Bridge { .. } => "Bridge",
            Self::Unbridge { .. } => "Unbridge",
            Self::Join { .. } => "Join",
            Self::Leave { .. } => "Leave",
            Self::RecordRoom { .. } => "RecordRoom",
            Self::StopRecordingRoom { .. } => "StopRecordingRoom",
            Self::SendKey { .. } => "SendKey",
            Self::Close { .. } => "Close",
        };
        write!(f, "{name}({})", self.number())
    }
}

/// What happens when everything was played.
#[expect(clippy::exhaustive_enums, reason = "it ends or it goes round")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// It is told.
    Finish,
    /// It begins again.
    Repeat,
}

/// Where a player moves to.
#[expect(clippy::exhaustive_enums, reason = "back or forward")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Back by so much, to the beginning at the farthest.
    Back(Duration),
    /// Forward by so much.
    Forward(Duration),
}
