//! From the text of an office's file to an [`Office`].
//!
//! All that is wrong is found in one go. So nothing stops at the first fault: names are collected
//! before anything that refers to them is read, and what is broken still counts as being there.

mod attendant;
mod circle;
mod destination;
mod document;
mod entries;
mod faults;
mod names;
mod nearest;
mod people;
mod prompt;
mod section;
mod spots;

use std::{collections::BTreeMap, ops::Range};

use toml::de::DeTable;

use self::{circle::Edges, document::Document, faults::Faults, names::Names, prompt::Sounds};
use crate::{Fault, Office, OfficeErrors, office::Index, office_errors::Lines};

/// The most bytes that an office's file may have.
pub const MAX_SOURCE_LEN: usize = 4 << 20;
/// The most characters of a name.
pub const MAX_NAME_LEN: usize = 64;
/// The most characters of a text that is spoken: some two minutes.
pub const MAX_TEXT_LEN: usize = 2_000;
/// The most digits of an extension.
pub const MAX_EXTENSION_LEN: usize = 15;
/// The most steps of a route before its last destination.
pub const MAX_ROUTE_STEPS: usize = 8;
/// The most addresses of all trunks together.
pub const MAX_ADDRESSES: usize = 1_000;
/// The longest time, in seconds, that a telephone rings.
pub const MAX_RING_SECONDS: u16 = 300;

impl Office {
    /// Returns the office that `source`, the text of the file `name`, describes.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it, with its place and what would be right.
    pub fn compile(source: &str, name: &str) -> Result<Self, OfficeErrors> {
        let mut faults = Faults::default();
        let office = read(source, name, &mut faults);
        office.ok_or_else(|| OfficeErrors::new(source, name, faults.into_found()))
    }
}

/// `None` only if there are faults.
fn read(source: &str, name: &str, faults: &mut Faults) -> Option<Office> {
    if source.len() > MAX_SOURCE_LEN {
        faults.push(Fault::FileTooLarge { most: MAX_SOURCE_LEN }, 0..0);
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(source);
    if !errors.is_empty() {
        // What a broken file seems to say is not worth further errors.
        for error in errors {
            let span = error.span().unwrap_or(source.len()..source.len());
            faults.push(Fault::Syntax { message: error.message().to_owned() }, span);
        }
        return None;
    }
    let document = Document::read(source, table.get_ref(), faults);
    let mut compiler = Compiler {
        names: Names::collect(&document, faults),
        faults,
        sounds: Sounds::default(),
        edges: Edges::default(),
    };
    let company = compiler.company(&document);
    let people = compiler.people(&document);
    let mailboxes = compiler.mailboxes(&document, &people);
    let groups = compiler.groups(&document);
    let menus = compiler.menus(&document);
    let announcements = compiler.announcements(&document);
    let entries = compiler.entries(&document);
    let trunks = compiler.trunks(&document, &entries);
    compiler.check_circles();
    let company = company?.ending(&compiler.edges)?;
    let index = Index {
        extensions: people.iter().map(|person| (person.extension.clone(), person.id)).collect(),
        users: people.iter().map(|person| (person.user.clone(), person.id)).collect(),
        numbers: entries.iter().map(|entry| (entry.key(), entry.id)).collect(),
        mailboxes: mailboxes.iter().map(|mailbox| (mailbox.name.clone(), mailbox.id)).collect(),
    };
    let lines = Lines::new(source, name);
    let sounds = compiler.sounds.into_files(&lines);
    let office = Office {
        company,
        people,
        groups,
        menus,
        announcements,
        mailboxes,
        entries,
        trunks,
        sounds,
        spots: spots::spots(&document, &lines),
        phrases: Vec::new(),
        index,
    };
    // The tables of an office with faults do not fit together.
    faults.is_empty().then(|| office.with_phrases())
}

/// What the parts of the file have in common while they are read.
struct Compiler<'c, 'a> {
    names: Names<'a>,
    faults: &'c mut Faults,
    sounds: Sounds,
    edges: Edges,
}

/// Remembers where each thing was first, to find it a second time.
#[derive(Debug)]
struct Once<K>(BTreeMap<K, Range<usize>>);

impl<K: Ord> Once<K> {
    const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Reports a `key` that was there before.
    fn see(
        &mut self,
        key: K,
        what: impl FnOnce() -> String,
        span: Range<usize>,
        faults: &mut Faults,
    ) {
        match self.0.get(&key) {
            Some(first) => {
                let related = (first.clone(), "the first is here".to_owned());
                faults.push_related(Fault::Twice { what: what() }, span, related);
            }
            None => {
                self.0.insert(key, span);
            }
        }
    }
}
