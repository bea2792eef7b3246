//! What telephones show of the office: waiting messages, and who talks.

use std::collections::{BTreeMap, BTreeSet};

use centrala_office::{MailboxOwner, Office};
use centrala_sip::{MessageClass, MessageCounts, MessageSummary};
use centrala_switch::LegId;
use centrala_ua::{
    DialogDirection, DialogInfo, DialogPhase, DialogState, Publication, PublishedState, Watchers,
};
use centrala_voicemail::{
    Answer, Folder, MailboxName, MessageId, MessageSummary as Kept, Request, RequestId,
};

use super::control::Control;

/// Knows what is in the mailboxes and who talks, and which of it was not yet published.
#[derive(Debug, Default)]
pub(super) struct Lamps {
    /// The people of the office, by the name with which their telephones register.
    people: BTreeMap<String, Owner>,
    /// Who hears the messages of a mailbox.
    owners: BTreeMap<MailboxName, String>,
    messages: BTreeMap<MailboxName, BTreeMap<MessageId, Folder>>,
    /// Messages that the store was asked to forget.
    deleting: BTreeMap<RequestId, MessageId>,
    calls: BTreeMap<LegId, Talk>,
    changed: BTreeSet<(String, Lamp)>,
}

#[derive(Debug)]
struct Owner {
    extension: String,
    mailbox: Option<MailboxName>,
}

/// A person's part in a call.
#[derive(Debug)]
struct Talk {
    user: String,
    direction: DialogDirection,
    phase: DialogPhase,
}

/// What a telephone shows of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lamp {
    Messages,
    Calls,
}

impl Lamps {
    /// Returns the lamps of an office whose mailboxes have these messages.
    pub(super) fn new(office: &Office, kept: impl IntoIterator<Item = Kept>) -> Self {
        let mut lamps = Self::default();
        for person in office.people() {
            let extension = person.extension.to_string();
            let owner = Owner { extension, mailbox: None };
            lamps.people.insert(person.user.to_string(), owner);
        }
        for mailbox in office.mailboxes() {
            let MailboxOwner::Person(id) = mailbox.owner else { continue };
            let person = office.people().iter().find(|person| person.id == id);
            if let (Some(person), Ok(name)) = (person, mailbox.name.parse::<MailboxName>()) {
                lamps.owners.insert(name.clone(), person.user.to_string());
                if let Some(owner) = lamps.people.get_mut(&*person.user) {
                    owner.mailbox = Some(name);
                }
            }
        }
        kept.into_iter().for_each(|message| lamps.put(&message));
        for user in lamps.people.keys() {
            lamps.changed.insert((user.clone(), Lamp::Messages));
            lamps.changed.insert((user.clone(), Lamp::Calls));
        }
        lamps
    }

    /// The store is asked something.
    pub(super) fn note_request(&mut self, id: RequestId, request: &Request) {
        if let Request::Delete { message } = request {
            self.deleting.insert(id, *message);
        }
    }

    /// The store has answered.
    pub(super) fn note_answer(&mut self, id: RequestId, answer: &Answer) {
        let deleted = self.deleting.remove(&id);
        match answer {
            Answer::Kept(message) | Answer::Moved(message) => self.put(message),
            Answer::Deleted => {
                let Some(message) = deleted else { return };
                let found = self.messages.iter_mut().find(|(_, one)| one.contains_key(&message));
                if let Some((mailbox, messages)) = found {
                    messages.remove(&message);
                    let mailbox = mailbox.clone();
                    self.touch(&mailbox);
                }
            }
            _ => {}
        }
    }

    /// A telephone calls, or is called.
    pub(super) fn begin(&mut self, leg: LegId, user: &str, direction: DialogDirection) {
        let phase = match direction {
            DialogDirection::Initiator => DialogPhase::Proceeding,
            DialogDirection::Recipient => DialogPhase::Early,
        };
        if self.people.contains_key(user) {
            self.calls.insert(leg, Talk { user: user.to_owned(), direction, phase });
            self.changed.insert((user.to_owned(), Lamp::Calls));
        }
    }

    /// The call was answered.
    pub(super) fn confirm(&mut self, leg: LegId) {
        if let Some(talk) = self.calls.get_mut(&leg) {
            talk.phase = DialogPhase::Confirmed;
            self.changed.insert((talk.user.clone(), Lamp::Calls));
        }
    }

    /// The call is over.
    pub(super) fn end(&mut self, leg: LegId) {
        if let Some(talk) = self.calls.remove(&leg) {
            self.changed.insert((talk.user, Lamp::Calls));
        }
    }

    /// Returns the next thing to publish, and under which name. What a person is known by is published under the name
    /// of her telephone and, if it is nobody's name, under her extension, which is what keys on other telephones dial.
    pub(super) fn poll_publication(&mut self) -> Option<Vec<(String, Publication)>> {
        let (user, lamp) = self.changed.pop_first()?;
        let owner = self.people.get(&user)?;
        let state = match lamp {
            Lamp::Messages => PublishedState::Messages(self.summary(owner.mailbox.as_ref()?)),
            Lamp::Calls => PublishedState::Dialogs(self.calls_of(&user)),
        };
        let mut names = vec![user.clone()];
        if !self.people.contains_key(&owner.extension) {
            names.push(owner.extension.clone());
        }
        let publish = |name| {
            let mut publication = Publication::new(state.clone());
            if lamp == Lamp::Messages {
                // They are hers under her extension, too.
                publication.watchers = Watchers::Listed(BTreeSet::from([user.clone()]));
            }
            (name, publication)
        };
        Some(names.into_iter().map(publish).collect())
    }

    fn put(&mut self, message: &Kept) {
        let of_mailbox = self.messages.entry(message.mailbox.clone()).or_default();
        if of_mailbox.insert(message.id, message.folder) != Some(message.folder) {
            self.touch(&message.mailbox);
        }
    }

    fn touch(&mut self, mailbox: &MailboxName) {
        if let Some(user) = self.owners.get(mailbox) {
            self.changed.insert((user.clone(), Lamp::Messages));
        }
    }

    fn summary(&self, mailbox: &MailboxName) -> MessageSummary {
        let (mut new, mut old) = (0_u32, 0_u32);
        for folder in self.messages.get(mailbox).into_iter().flat_map(BTreeMap::values) {
            match folder {
                Folder::New => new = new.saturating_add(1),
                Folder::Saved => old = old.saturating_add(1),
                Folder::Deleted => {}
            }
        }
        let counts = MessageCounts::new(MessageClass::VOICE, new, old);
        MessageSummary::new(new > 0).with_counts(counts)
    }

    /// Who is at the other end is nobody's business but hers.
    fn calls_of(&self, user: &str) -> DialogInfo {
        let own = self.calls.iter().filter(|(_, talk)| talk.user == user);
        DialogInfo::new(own.map(|(leg, talk)| {
            let mut dialog = DialogState::new(leg.to_string(), talk.phase);
            dialog.direction = Some(talk.direction);
            dialog
        }))
    }
}

impl Control {
    /// Publishes what has changed. Returns whether there was something.
    pub(super) fn light_lamps(&mut self) -> bool {
        let now = self.clock.now();
        let mut is_lit = false;
        while !self.lamps.changed.is_empty() {
            for (name, publication) in self.lamps.poll_publication().into_iter().flatten() {
                self.endpoint.publish(&name, publication, now);
                is_lit = true;
            }
        }
        is_lit
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use centrala_voicemail::{Envelope, EnvelopeText, Reason, UnixMillis};

    use super::*;

    const OFFICE: &str = r#"
        [company]
        name = "Test"
        language = "en"
        operator = "person 101"
        [[entry]]
        number = "100"
        go = "person 101"
        [[person]]
        name = "Alice"
        extension = "101"
        [[person]]
        name = "Bob"
        extension = "102"
        [mailbox.desk]
    "#;

    fn lamps() -> Lamps {
        Lamps::new(&Office::compile(OFFICE, "office.toml").unwrap(), [])
    }

    /// What is published, a line each.
    fn published(lamps: &mut Lamps) -> Vec<String> {
        let mut lines = Vec::new();
        while !lamps.changed.is_empty() {
            for (name, publication) in lamps.poll_publication().into_iter().flatten() {
                lines.push(match publication.state {
                    PublishedState::Messages(summary) => {
                        let voice = summary.counts_of(&MessageClass::VOICE).unwrap().clone();
                        format!("{name}: {} {}", summary.is_waiting(), voice)
                    }
                    PublishedState::Dialogs(calls) => {
                        let phase = calls.phase().map_or("idle", DialogPhase::as_str);
                        format!("{name}: {phase}")
                    }
                    _ => unreachable!(),
                });
            }
        }
        lines
    }

    fn message(id: u64, mailbox: &str, folder: Folder) -> Kept {
        let name = mailbox.parse().unwrap();
        let length = Duration::from_secs(3);
        let envelope =
            Envelope::new(EnvelopeText::new("100"), Reason::NoAnswer, UnixMillis::new(0));
        let mut message = Kept::new(MessageId::new(id), name, envelope, length);
        message.folder = folder;
        message
    }

    #[test]
    fn at_first_everything_is_published() {
        let office = Office::compile(OFFICE, "office.toml").unwrap();
        let kept = [message(1, "101", Folder::Saved), message(2, "102", Folder::New)];
        let mut lamps = Lamps::new(&office, kept);
        let expected = [
            "101: false Voice-Message: 0/1 (0/0)",
            "101: idle",
            "102: true Voice-Message: 1/0 (0/0)",
            "102: idle",
        ];
        assert_eq!(published(&mut lamps), expected);
        assert!(published(&mut lamps).is_empty());
    }

    #[test]
    fn who_has_another_name_is_known_by_both_unless_one_is_anothers() {
        let office = OFFICE.replace(
            "extension = \"102\"",
            "extension = \"102\"\nuser = \"bob\"\n[[person]]\nname = \"Carol\"\nextension = \"103\"\nuser = \"102\"",
        );
        let mut lamps = Lamps::new(&Office::compile(&office, "office.toml").unwrap(), []);
        let mut names = BTreeMap::new();
        while !lamps.changed.is_empty() {
            for (name, publication) in lamps.poll_publication().into_iter().flatten() {
                if let Watchers::Listed(users) = publication.watchers {
                    names.insert(name, users.into_iter().next().unwrap());
                }
            }
        }
        let expected = [("101", "101"), ("102", "102"), ("103", "102"), ("bob", "bob")];
        let expected = expected.map(|(name, user)| (name.to_owned(), user.to_owned()));
        assert_eq!(names, BTreeMap::from(expected), "whose messages are under which name");
    }

    #[test]
    fn a_message_lights_the_lamp_and_hearing_or_deleting_it_puts_it_out() {
        let mut lamps = lamps();
        published(&mut lamps);
        let id = RequestId::new(1);
        lamps.note_answer(id, &Answer::Kept(message(7, "101", Folder::New)));
        lamps.note_answer(id, &Answer::Kept(message(7, "101", Folder::New)));
        assert_eq!(published(&mut lamps), ["101: true Voice-Message: 1/0 (0/0)"]);
        lamps.note_answer(id, &Answer::Moved(message(7, "101", Folder::Saved)));
        assert_eq!(published(&mut lamps), ["101: false Voice-Message: 0/1 (0/0)"]);
        lamps.note_request(id, &Request::Delete { message: MessageId::new(7) });
        assert!(published(&mut lamps).is_empty(), "not before the store has done it");
        lamps.note_answer(id, &Answer::Deleted);
        assert_eq!(published(&mut lamps), ["101: false Voice-Message: 0/0 (0/0)"]);
        lamps.note_answer(id, &Answer::Kept(message(8, "desk", Folder::New)));
        assert!(published(&mut lamps).is_empty(), "nobody's lamp shows the company's mailbox");
    }

    #[test]
    fn a_call_is_shown_from_its_beginning_to_its_end() {
        let mut lamps = lamps();
        published(&mut lamps);
        let (first, second) = (LegId::incoming(1), LegId::incoming(2));
        lamps.begin(first, "101", DialogDirection::Recipient);
        assert_eq!(published(&mut lamps), ["101: early"]);
        lamps.confirm(first);
        lamps.begin(second, "101", DialogDirection::Recipient);
        assert_eq!(published(&mut lamps), ["101: confirmed"], "the second rings beside");
        lamps.end(first);
        assert_eq!(published(&mut lamps), ["101: early"]);
        lamps.end(second);
        lamps.end(second);
        assert_eq!(published(&mut lamps), ["101: idle"]);
        lamps.begin(first, "nobody", DialogDirection::Initiator);
        assert!(published(&mut lamps).is_empty());
    }
}
