//! What a journey is doing just now.

use centrala_ivr::MenuDialogue;
use centrala_office::routing::Outcome;
use centrala_time::Timestamp;

use crate::{
    LegId, PlayId,
    conversation::{Conversation, Converse},
    hunt::Hunt,
    mailbox_scene::LeaveMessage,
    scene::Announcement,
};

/// What a journey is doing just now. Each stage owns what lives in it: dropping it would leave
/// something behind, so a journey leaves a stage only by its own ways.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The attendant offers a menu.
    Attending(Conversation<MenuDialogue<Outcome>>),
    /// The caller hears information.
    Informing(Conversation<Announcement>),
    /// Telephones ring.
    Ringing(Ringing),
    /// Two people talk.
    Talking(Talk),
    /// A message is taken, or tidied up after the caller has left.
    LeavingMessage(Conversation<LeaveMessage>),
    /// Nothing is left.
    Ended,
}

/// Telephones ring for a caller.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub(crate) hunt: Hunt,
    /// What a caller who was answered before hears meanwhile.
    pub(crate) ringback: Option<PlayId>,
}

/// Two people talk.
#[derive(Debug)]
pub(crate) struct Talk {
    /// The leg to the one who was called.
    pub(crate) with: LegId,
}

impl Stage {
    /// Returns the conversation, if somebody or something speaks with the caller.
    pub(crate) fn conversation(&mut self) -> Option<&mut dyn Converse> {
        match self {
            Self::Attending(menu) => Some(menu),
            Self::Informing(announcement) => Some(announcement),
            Self::LeavingMessage(message) => Some(message),
            Self::Ringing(_) | Self::Talking(_) | Self::Ended => None,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        match self {
            Self::Attending(menu) => menu.poll_timeout(),
            Self::Informing(announcement) => announcement.poll_timeout(),
            Self::LeavingMessage(message) => message.poll_timeout(),
            Self::Ringing(ringing) => Some(ringing.hunt.poll_timeout()),
            Self::Talking(_) | Self::Ended => None,
        }
    }

    /// Returns whether the caller waits for a person, and so uses up her patience.
    pub(crate) const fn is_attendance(&self) -> bool {
        match self {
            Self::Attending(_) | Self::Informing(_) | Self::Ringing(_) => true,
            Self::Talking(_) | Self::LeavingMessage(_) | Self::Ended => false,
        }
    }
}
