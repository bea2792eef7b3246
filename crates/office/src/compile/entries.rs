//! Numbers and trunks.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Compiler, Once,
    document::Document,
    names::Kind,
    section::{Section, Word, clip},
};
use crate::{
    Entry, EntryId, Fault, MAX_ADDRESSES, MAX_NAME_LEN, Network, Trunk, TrunkId,
    office::{MAX_NUMBER_LEN, plain_number},
};

/// The longest text of a route.
const MAX_ROUTE_LEN: usize = 1_000;

const NUMBER_EXAMPLE: &str = "number = \"+15550100\"";
const NUMBER: &str =
    "a number is written with digits, and + before the country's code: +1 555 0100";

impl<'a> Compiler<'_, 'a> {
    pub(crate) fn entries(&mut self, document: &Document<'a>) -> Vec<Entry> {
        if document.entries.is_empty() && document.company.is_some() {
            let section = "the office".to_owned();
            let example = "[[entry]], with number = \"+15550100\" and go = \"menu main\"";
            self.faults.push(Fault::Missing { section, key: "entry", example }, 0..0);
        }
        let mut numbers = Once::new();
        let mut entries = Vec::new();
        for (at, section) in document.entries.iter().enumerate() {
            let number = section.required("number", usize::MAX, NUMBER_EXAMPLE, self.faults);
            let number = number.and_then(|word| self.number(&word));
            let example = "go = \"menu main\"";
            let go = section.required("go", MAX_ROUTE_LEN, example, self.faults);
            if let Some((word, number)) = &number {
                let what = || format!("number {number}");
                let digits = number.trim_start_matches('+').to_owned();
                if self.names.get(Kind::Person, &digits).is_some() {
                    let fault = Fault::AlsoAnExtension { number: number.clone() };
                    self.faults.push(fault, word.span.clone());
                }
                numbers.see(digits, what, word.span.clone(), self.faults);
            }
            let route = go.and_then(|word| self.route(&word));
            if let (Some((_, number)), Some(route)) = (number, route) {
                entries.push(Entry { id: EntryId::at(at), number: number.into(), route });
            }
        }
        entries
    }

    fn number(&mut self, word: &Word<'a>) -> Option<(Word<'a>, String)> {
        let plain = plain_number(word.text);
        if plain.is_none() {
            let fault = Fault::Malformed {
                what: "telephone number",
                found: clip(word.text),
                right: NUMBER,
            };
            self.faults.push(fault, word.span.clone());
        }
        Some((word.clone(), plain?))
    }

    pub(crate) fn trunks(&mut self, document: &Document<'a>, entries: &[Entry]) -> Vec<Trunk> {
        let mut names = Once::new();
        let mut taken = Vec::new();
        let mut trunks = Vec::new();
        for (at, section) in document.trunks.iter().enumerate() {
            let name = section.required("name", MAX_NAME_LEN, "name = \"telco\"", self.faults);
            if let Some(name) = &name {
                let what = || format!("trunk {}", clip(name.text));
                names.see(name.text, what, name.span.clone(), self.faults);
            }
            let networks = self.networks(section, &mut taken);
            let entries = self.trunk_entries(section, entries);
            if let Some(name) = name {
                trunks.push(Trunk {
                    id: TrunkId::at(at),
                    name: name.text.into(),
                    networks,
                    entries,
                });
            }
        }
        trunks
    }

    fn networks(
        &mut self,
        section: &Section<'a>,
        taken: &mut Vec<(Network, Range<usize>)>,
    ) -> Vec<Network> {
        const EXAMPLE: &str = "addresses = [\"192.0.2.10\"]";
        section.demand("addresses", EXAMPLE, self.faults);
        let mut networks = Vec::new();
        for word in section.list("addresses", MAX_NAME_LEN, EXAMPLE, self.faults) {
            let Ok(network) = word.text.parse::<Network>() else {
                let right = "addresses are IP addresses or networks: 192.0.2.10, 192.0.2.0/24";
                let fault = Fault::Malformed { what: "address", found: clip(word.text), right };
                self.faults.push(fault, word.span);
                continue;
            };
            if let Some((_, first)) = taken.iter().find(|(other, _)| other.overlaps(&network)) {
                let related = (first.clone(), "it belongs to this one already".to_owned());
                let fault = Fault::Twice { what: format!("address {network}") };
                self.faults.push_related(fault, word.span.clone(), related);
            }
            if taken.len() >= MAX_ADDRESSES {
                let fault = Fault::TooMany { what: "addresses", most: MAX_ADDRESSES };
                self.faults.push(fault, word.span);
                break;
            }
            taken.push((network, word.span));
            networks.push(network);
        }
        networks
    }

    /// Returns the numbers that may be called through a trunk: all, unless it names some.
    fn trunk_entries(&mut self, section: &Section<'a>, entries: &[Entry]) -> Vec<EntryId> {
        const EXAMPLE: &str = "numbers = [\"+15550100\"]";
        if section.get("numbers").is_none() {
            return entries.iter().map(|entry| entry.id).collect();
        }
        let by_key: BTreeMap<_, _> = entries.iter().map(|entry| (entry.key(), entry.id)).collect();
        let mut once = Once::new();
        let mut found = Vec::new();
        for word in section.list("numbers", MAX_NUMBER_LEN, EXAMPLE, self.faults) {
            let Some((word, number)) = self.number(&word) else { continue };
            let digits = number.trim_start_matches('+').to_owned();
            let entry = by_key.get(digits.as_str()).copied();
            once.see(digits, || format!("number {number}"), word.span.clone(), self.faults);
            match entry {
                Some(entry) => found.push(entry),
                None => self.report_unknown_entry(&word, entries),
            }
        }
        found
    }

    fn report_unknown_entry(&mut self, word: &Word<'a>, entries: &[Entry]) {
        let numbers = || entries.iter().map(|entry| &*entry.number);
        let nearest = if self.faults.may_suggest() {
            super::nearest::nearest(word.text, numbers())
        } else {
            None
        };
        let fault = Fault::NotFound {
            kind: "entry with number",
            name: clip(word.text),
            nearest: nearest.map(str::to_owned),
            known: numbers().take(6).map(|number| format!("{number:?}")).collect(),
        };
        self.faults.push(fault, word.span.clone());
    }
}
