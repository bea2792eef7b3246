//! One who takes part in a simulated call, and what he knows of it.

use bytes::Bytes;
use centrala_keys::Key;
use centrala_ua::{CallId, EndCause};

/// One who takes part in a call: the caller, or one of those who are called.
#[expect(clippy::struct_excessive_bools, reason = "a record of what has happened, not a state")]
#[derive(Clone, Debug, Default)]
pub(super) struct Party {
    /// "c" calls, "k0" to "k2" are called.
    pub(super) name: String,
    pub(super) address: String,
    /// `None` as long as a called one has not heard of the call.
    pub(super) call: Option<CallId>,
    /// Its user has taken the call.
    pub(super) has_answered: bool,
    /// Its user has hung up, or refused.
    pub(super) hangs_up: bool,
    /// Its user has refused for everybody who is called (6xx).
    pub(super) refuses_all: bool,
    /// Its user does nothing at all.
    pub(super) is_absent: bool,
    /// The answer that was given as early media.
    pub(super) early: Option<String>,
    /// The caller: whose answer has come.
    pub(super) partner: Option<String>,
    /// It was told that the call stands.
    pub(super) is_connected: bool,
    pub(super) end: Option<EndCause>,
    /// The session as agreed last: our description and theirs.
    pub(super) session: Option<(String, String)>,
    /// The offer that the user has to decide on; `Some(None)` asks for one.
    pub(super) offered: Option<Option<String>>,
    /// Our offer in a 2xx, whose answer comes in the ACK.
    pub(super) delayed: Option<String>,
    pub(super) pressed: Vec<Key>,
    pub(super) heard: Vec<Key>,
    texts: u32,
}

impl Party {
    pub(super) fn new(name: String, address: &str) -> Self {
        Self { name, address: address.to_owned(), ..Self::default() }
    }

    /// The call stands, as far as this one knows.
    pub(super) const fn is_up(&self) -> bool {
        self.is_connected && self.end.is_none()
    }

    /// A description that nobody else has.
    pub(super) fn new_offer(&mut self) -> String {
        self.texts += 1;
        format!("offer {} of {}", self.texts, self.name)
    }

    /// The answer to an offer; an offer of ours if we are asked for one.
    pub(super) fn reply(&mut self, offer: Option<&String>) -> String {
        match offer {
            Some(offer) => {
                self.texts += 1;
                format!("answer {} of {} to {offer}", self.texts, self.name)
            }
            None => self.new_offer(),
        }
    }

    /// Our user has accepted an offer, or has made one that was asked for.
    pub(super) fn agree(&mut self, offer: Option<String>, own: String) {
        match offer {
            Some(offer) => self.session = Some((own, offer)),
            None => self.delayed = Some(own),
        }
    }

    /// The answer to an offer of ours has come: it says to which.
    pub(super) fn hear_answer(&mut self, answer: Option<&Bytes>) {
        let Some(answer) = answer.map(text) else { return };
        if let Some((_, offer)) = answer.split_once(" to ") {
            self.session = Some((offer.to_owned(), answer.clone()));
        }
    }

    /// The answer to an offer in our 2xx has come in the ACK.
    pub(super) fn hear_delayed_answer(&mut self, answer: Option<&Bytes>) {
        if let (Some(own), Some(answer)) = (self.delayed.take(), answer) {
            self.session = Some((own, text(answer)));
        }
    }
}

/// Who has written a description.
pub(super) fn author(description: &str) -> &str {
    description.split(' ').nth(3).unwrap()
}

pub(super) fn text(body: &Bytes) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}
