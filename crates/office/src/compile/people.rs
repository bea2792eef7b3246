//! The company, its people and their mailboxes.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use centrala_dialogue::Language;
use centrala_keys::{Digits, Key};

use super::{
    Compiler, Edges, Faults, Once,
    circle::Node,
    document::Document,
    section::{Section, Word, clip},
};
use crate::{
    Callee, Company, Destination, Fault, MAX_EXTENSION_LEN, MAX_NAME_LEN, MAX_RING_SECONDS,
    Mailbox, MailboxId, MailboxOwner, Person, PersonId,
};

/// How long a telephone rings unless the file says otherwise.
pub(crate) const RING_SECONDS: u16 = 20;

/// The languages that callers can be spoken to in.
const LANGUAGES: &[&str] = &["en"];

const OPERATOR_EXAMPLE: &str = "operator = \"group reception\"";
const NAME_EXAMPLE: &str = "name = \"Sally Jones\"";
const EXTENSION_EXAMPLE: &str = "extension = \"101\"";

/// A company whose last mailbox is not known yet.
#[derive(Debug)]
pub(crate) struct Beginning {
    name: Arc<str>,
    operator: Callee,
}

impl Beginning {
    /// Follows those who should answer 0 to the mailbox that is left when nobody does.
    pub(crate) fn ending(self, edges: &Edges) -> Option<Company> {
        let last_mailbox = edges.last_mailbox(self.operator.into())?;
        let Self { name, operator } = self;
        Some(Company { name, language: Language::ENGLISH, operator, last_mailbox })
    }
}

impl<'a> Compiler<'_, 'a> {
    pub(crate) fn company(&mut self, document: &Document<'a>) -> Option<Beginning> {
        let section = document.company.as_ref()?;
        let name = section.required("name", MAX_NAME_LEN, "name = \"Acme Widgets\"", self.faults);
        let operator =
            section.required("operator", MAX_NAME_LEN * 2, OPERATOR_EXAMPLE, self.faults);
        if let Some(word) = section.text("language", usize::MAX, self.faults)
            && !LANGUAGES.contains(&word.text)
        {
            let found = clip(word.text);
            let fault = Fault::UnknownChoice { key: "language", found, choices: LANGUAGES };
            self.faults.push(fault, word.span);
        }
        let operator = operator.and_then(|word| Some((self.destination(&word)?, word)));
        let (destination, word) = operator?;
        let operator = match destination {
            Destination::Person(person) => Callee::Person(person),
            Destination::Group(group) => Callee::Group(group),
            Destination::Menu(_)
            | Destination::Announcement(_)
            | Destination::Mailbox(_)
            | Destination::Operator => {
                let found = clip(word.text);
                self.faults.push(Fault::OperatorDoesNotRing { found }, word.span);
                return None;
            }
        };
        self.edges.add(Node::Operator, "operator".to_owned(), destination, word.span);
        Some(Beginning { name: name?.text.into(), operator })
    }

    pub(crate) fn people(&mut self, document: &Document<'a>) -> Vec<Person> {
        let mut extensions = BTreeMap::new();
        let mut users = Once::new();
        let mut people = Vec::new();
        for (at, section) in document.people.iter().enumerate() {
            let name = section.required("name", MAX_NAME_LEN, NAME_EXAMPLE, self.faults);
            let extension = extension(section, self.faults);
            let whose = name.as_ref().map_or("somebody", |name| name.text);
            let fresh = extension
                .as_ref()
                .is_some_and(|(word, _)| self.see_extension(word, whose, &mut extensions));
            let user = match section.get("user") {
                Some(_) => user(section, self.faults),
                // Two people with one extension are told so already, and not of one user too.
                None => extension.clone().map(|(word, _)| word).filter(|_| fresh),
            };
            if let Some(user) = &user {
                let what = || format!("user {}", clip(user.text));
                users.see(user.text, what, user.span.clone(), self.faults);
            }
            let limits = (1, MAX_RING_SECONDS);
            let seconds = section.number("seconds", limits, RING_SECONDS, self.faults);
            let greeting = self.prompt(section, "greeting");
            if let (Some(name), Some((_, extension)), Some(user)) = (name, extension, user) {
                people.push(Person {
                    id: PersonId::at(at),
                    name: name.text.into(),
                    extension,
                    user: user.text.into(),
                    ring: Duration::from_secs(seconds.into()),
                    greeting,
                    mailbox: MailboxId::at(at),
                });
            }
        }
        people
    }

    /// Reports an extension that somebody has already. Returns whether it is new.
    fn see_extension(
        &mut self,
        word: &Word<'a>,
        whose: &'a str,
        seen: &mut BTreeMap<&'a str, (Range<usize>, &'a str)>,
    ) -> bool {
        match seen.get(word.text) {
            Some((first, owner)) => {
                let related = (first.clone(), format!("already the extension of {}", clip(owner)));
                let fault = Fault::Twice { what: format!("extension {}", word.text) };
                self.faults.push_related(fault, word.span.clone(), related);
                false
            }
            None => {
                seen.insert(word.text, (word.span.clone(), whose));
                true
            }
        }
    }

    /// Returns the mailboxes: those of people first, as [`Names`](super::Names) numbers them.
    pub(crate) fn mailboxes(&mut self, document: &Document<'a>, people: &[Person]) -> Vec<Mailbox> {
        let own = |person: &Person| Mailbox {
            id: person.mailbox,
            name: person.extension.to_string().into(),
            owner: MailboxOwner::Person(person.id),
            greeting: person.greeting.clone(),
        };
        let mut mailboxes: Vec<Mailbox> = people.iter().map(own).collect();
        for (at, (name, section)) in document.mailboxes.iter().enumerate() {
            mailboxes.push(Mailbox {
                id: MailboxId::at(document.people.len() + at),
                name: name.text.into(),
                owner: MailboxOwner::Company,
                greeting: self.prompt(section, "greeting"),
            });
        }
        mailboxes
    }
}

/// Returns the extension of a person.
pub(crate) fn extension<'a>(
    section: &Section<'a>,
    faults: &mut Faults,
) -> Option<(Word<'a>, Digits)> {
    let word = section.required("extension", usize::MAX, EXTENSION_EXAMPLE, faults)?;
    let digits = word.text.parse::<Digits>().ok().filter(|digits| {
        (2..=MAX_EXTENSION_LEN).contains(&digits.len())
            && digits.iter().all(|key| key.is_digit())
            && digits.first() != Some(&Key::Zero)
    });
    if digits.is_none() {
        let found = clip(word.text);
        let right = "an extension has 2 to 15 digits and does not begin with 0, which is the \
                     operator's: 101";
        faults.push(Fault::Malformed { what: "extension", found, right }, word.span.clone());
    }
    Some((word, digits?))
}

fn user<'a>(section: &Section<'a>, faults: &mut Faults) -> Option<Word<'a>> {
    let word = section.text("user", MAX_NAME_LEN, faults)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !word.text.bytes().all(allowed) {
        let found = clip(word.text);
        let right = "user names are written with a-z, A-Z, 0-9, -, _ and the full stop";
        faults.push(Fault::Malformed { what: "user name", found, right }, word.span);
        return None;
    }
    Some(word)
}
