//! What stands on the cards.

use std::collections::{BTreeMap, BTreeSet};

use centrala_dialogue::Phrase;
use centrala_office::{Destination, MailboxId, MailboxOwner, Office, RingOrder, Spot};

use super::Card;
use crate::{Finding, Proof, Severity};

/// A card as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// In one line.
    pub(super) text: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) kind: Kind,
    /// Whether a caller comes here.
    pub(super) is_reached: bool,
    /// Whether it is on a way that is looked for.
    pub(super) is_lit: bool,
    /// Whether 0 leads here.
    pub(super) is_operator: bool,
    /// How bad the worst is that was found here.
    pub(super) sign: Option<Severity>,
    /// What was found here.
    pub(super) findings: Vec<String>,
}

/// What kind of thing a card is of, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Entry,
    Menu,
    Group,
    Announcement,
    Person,
    Mailbox,
    Apology,
}

/// Returns a card for all that the file names, reached or not.
pub(super) fn all(proof: &Proof, named: &BTreeSet<MailboxId>) -> BTreeMap<Card, Shown> {
    let office = proof.graph.office();
    let entries = office.entries().iter().map(|entry| Card::Entry(entry.id));
    let menus = office.menus().iter().map(|menu| Destination::Menu(menu.id));
    let groups = office.groups().iter().map(|group| Destination::Group(group.id));
    let announcements = office.announcements().iter().map(|it| Destination::Announcement(it.id));
    let people = office.people().iter().map(|person| Destination::Person(person.id));
    let mailboxes = office.mailboxes().iter();
    let mailboxes = mailboxes
        .filter(|it| it.owner == MailboxOwner::Company || named.contains(&it.id))
        .map(|it| Destination::Mailbox(it.id));
    let all = menus.chain(groups).chain(announcements).chain(people).chain(mailboxes);
    let found = findings(office, &proof.findings);
    let mut cards = BTreeMap::new();
    for card in entries.chain(all.map(Card::To)) {
        let mut shown = Shown::of(office, card);
        for finding in spots(office, card).iter().filter_map(|at| found.get(at)).flatten() {
            shown.mark(finding);
        }
        cards.insert(card, shown);
    }
    cards
}

/// Returns what was found, by where it stands in the file.
fn findings<'a>(office: &Office, found: &'a [Finding]) -> BTreeMap<usize, Vec<&'a Finding>> {
    let company = office.locate(Spot::Company).map(|at| at.span.start);
    let mut by_place: BTreeMap<usize, Vec<&Finding>> = BTreeMap::new();
    for finding in found {
        if let Some(at) = finding.at.as_ref().map(|at| at.span.start)
            && Some(at) != company
        {
            by_place.entry(at).or_default().push(finding);
        }
    }
    by_place
}

/// Returns where in the file stands what is on a card.
fn spots(office: &Office, card: Card) -> BTreeSet<usize> {
    let spots = match card {
        Card::Entry(entry) => vec![Spot::Entry(entry)],
        Card::To(Destination::Menu(id)) => {
            let options = office.menu(id).into_iter().flat_map(|menu| &menu.options);
            let options = options.map(|option| Spot::Option(id, option.key));
            options.chain([Spot::Menu(id)]).collect()
        }
        Card::To(destination) => vec![destination.into()],
        Card::Apology => Vec::new(),
    };
    spots.into_iter().filter_map(|spot| office.locate(spot)).map(|at| at.span.start).collect()
}

impl Shown {
    /// Returns a card to which nobody has come yet.
    pub(super) fn of(office: &Office, card: Card) -> Self {
        let (kind, title, detail) = words(office, card);
        let text = match card {
            Card::Entry(_) | Card::Apology | Card::To(Destination::Person(_)) => title.clone(),
            Card::To(destination) => office.describe(destination),
        };
        Self {
            text,
            title,
            detail,
            kind,
            is_reached: false,
            is_lit: false,
            is_operator: card == Card::To(office.operator().into()),
            sign: None,
            findings: Vec::new(),
        }
    }

    fn mark(&mut self, finding: &Finding) {
        self.sign = self.sign.max(Some(finding.severity()));
        self.findings.push(format!("{}: {}", finding.severity(), finding.message));
    }
}

fn words(office: &Office, card: Card) -> (Kind, String, String) {
    let unknown = || "of another office".to_owned();
    let spoken = |what: &str, phrase: &Phrase| {
        if let Phrase::Text(text) = phrase {
            format!("{what}: “{text}”")
        } else {
            what.to_owned()
        }
    };
    match card {
        Card::Entry(id) => {
            let number = office.entries().get(id.index()).map(|entry| entry.number.to_string());
            (Kind::Entry, number.unwrap_or_else(unknown), "our number".to_owned())
        }
        Card::Apology => (Kind::Apology, "apology".to_owned(), "“Nobody is available.”".to_owned()),
        Card::To(destination) => match destination {
            Destination::Person(id) => match office.person(id) {
                Some(person) => {
                    let seconds = person.ring.as_secs();
                    let title = format!("{} {}", person.extension, person.name);
                    (Kind::Person, title, format!("rings for {seconds} s, then mailbox"))
                }
                None => (Kind::Person, unknown(), String::new()),
            },
            Destination::Group(id) => match office.group(id) {
                Some(group) => {
                    let seconds = group.ring_time.as_secs();
                    let how = if group.ring == RingOrder::InTurn {
                        format!("group: in turn, {seconds} s each")
                    } else {
                        format!("group: all at once, {seconds} s")
                    };
                    (Kind::Group, group.name.to_string(), how)
                }
                None => (Kind::Group, unknown(), String::new()),
            },
            Destination::Menu(id) => match office.menu(id) {
                Some(menu) => (Kind::Menu, menu.name.to_string(), spoken("menu", &menu.greeting)),
                None => (Kind::Menu, unknown(), String::new()),
            },
            Destination::Announcement(id) => match office.announcement(id) {
                Some(it) => (Kind::Announcement, it.name.to_string(), spoken("says", &it.say)),
                None => (Kind::Announcement, unknown(), String::new()),
            },
            Destination::Mailbox(id) => match office.mailbox(id) {
                Some(it) => (Kind::Mailbox, it.name.to_string(), "mailbox".to_owned()),
                None => (Kind::Mailbox, unknown(), String::new()),
            },
            Destination::Operator | _ => (Kind::Group, "operator".to_owned(), String::new()),
        },
    }
}
