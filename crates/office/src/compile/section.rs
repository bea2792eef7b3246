//! Tables of the file, and the values in them, each with its place.

use std::{borrow::Cow, ops::Range};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Faults, nearest::nearest};
use crate::Fault;

/// A text of the file, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) span: Range<usize>,
    /// Where the text itself begins, if the file has it letter by letter.
    inner: Option<usize>,
}

impl<'a> Word<'a> {
    pub(crate) fn new(source: &str, text: &'a str, span: Range<usize>) -> Self {
        // Neither quotes nor escapes: then a part of the text is a part of the file.
        let quotes = (span.len().saturating_sub(text.len())) / 2;
        let start = span.start + quotes;
        let literal = source.get(start..start + text.len()) == Some(text);
        Self { text, span, inner: literal.then_some(start) }
    }

    /// Returns a part of this word, which must be a subslice of its text, without its spaces.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let part = self.text.get(range.clone()).unwrap_or("");
        let text = part.trim();
        let skipped = part.len() - part.trim_start().len();
        let inner = self.inner.map(|start| start + range.start + skipped);
        let span = match inner {
            Some(start) if !text.is_empty() => start..start + text.len(),
            Some(_) | None => self.span.clone(),
        };
        Self { text, span, inner }
    }
}

/// A table of the file.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    /// How it is written: `[[person]]`.
    pub(crate) title: String,
    /// Its header.
    pub(crate) span: Range<usize>,
    source: &'a str,
    table: &'a DeTable<'a>,
    valid: &'static [&'static str],
}

impl<'a> Section<'a> {
    /// Returns the whole file as a table.
    pub(crate) fn root(source: &'a str, table: &'a DeTable<'a>) -> Self {
        Self { title: "the office".to_owned(), span: 0..0, source, table, valid: &[] }
    }

    /// Returns a table inside this one, under a title of its own.
    pub(crate) fn inner(&self, title: String, span: Range<usize>, table: &'a DeTable<'a>) -> Self {
        Self { title, span, source: self.source, table, valid: &[] }
    }

    /// Reports the keys that are not among `valid`.
    pub(crate) fn only(mut self, valid: &'static [&'static str], faults: &mut Faults) -> Self {
        self.valid = valid;
        for key in self.table.keys() {
            let text: &str = key.get_ref();
            if !valid.contains(&text) {
                let nearest = faults.may_suggest().then(|| nearest(text, valid.iter().copied()));
                let fault = Fault::UnknownKey {
                    key: clip(text),
                    section: self.title.clone(),
                    nearest: nearest.flatten().map(str::to_owned),
                    valid,
                };
                faults.push(fault, key.span());
            }
        }
        self
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// Returns all keys and values in the order of the file.
    pub(crate) fn rows(&self) -> Vec<(Word<'a>, &'a Spanned<DeValue<'a>>)> {
        let row = |(key, value): (&'a Spanned<Cow<'a, str>>, _)| {
            (Word::new(self.source, key.get_ref(), key.span()), value)
        };
        let mut rows: Vec<_> = self.table.iter().map(row).collect();
        rows.sort_by_key(|(key, _)| key.span.start);
        rows
    }

    /// Returns a text, trimmed, of at least one and at most `most` characters.
    pub(crate) fn text(&self, key: &str, most: usize, faults: &mut Faults) -> Option<Word<'a>> {
        self.text_of(key, self.get(key)?, most, faults)
    }

    /// As [`text`](Self::text), of a value that stands under `key`.
    pub(crate) fn text_of(
        &self,
        key: &str,
        value: &'a Spanned<DeValue<'a>>,
        most: usize,
        faults: &mut Faults,
    ) -> Option<Word<'a>> {
        let DeValue::String(text) = value.get_ref() else {
            faults.wrong_type(key, "a text in quotes", value);
            return None;
        };
        let word = Word::new(self.source, text, value.span());
        let word = word.part(0..word.text.len());
        let key = || key.to_owned();
        if word.text.is_empty() {
            faults.push(Fault::Empty { key: key() }, value.span());
            return None;
        }
        if word.text.chars().nth(most).is_some() {
            faults.push(Fault::TooLong { key: key(), most }, value.span());
            return None;
        }
        Some(word)
    }

    /// Returns a text that must be there.
    pub(crate) fn required(
        &self,
        key: &'static str,
        most: usize,
        example: &'static str,
        faults: &mut Faults,
    ) -> Option<Word<'a>> {
        self.demand(key, example, faults)?;
        self.text(key, most, faults)
    }

    /// Returns a value that must be there.
    pub(crate) fn demand(
        &self,
        key: &'static str,
        example: &'static str,
        faults: &mut Faults,
    ) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.get(key);
        if value.is_none() && !self.misspells(key) {
            let section = self.title.clone();
            faults.push(Fault::Missing { section, key, example }, self.span.clone());
        }
        value
    }

    /// Returns whether `key` stands here with wrong letters, which is reported already.
    fn misspells(&self, key: &'static str) -> bool {
        let others = self.table.keys().map(|other| -> &str { other.get_ref() });
        let mut unknown = others.filter(|other| !self.valid.contains(other));
        unknown.any(|other| nearest(other, self.valid.iter().copied()) == Some(key))
    }

    /// Returns a whole number between two limits.
    pub(crate) fn number(
        &self,
        key: &str,
        limits: (u16, u16),
        usual: u16,
        faults: &mut Faults,
    ) -> u16 {
        let Some(value) = self.get(key) else { return usual };
        let (least, most) = limits;
        let DeValue::Integer(number) = value.get_ref() else {
            faults.wrong_type(key, "a whole number without quotes", value);
            return usual;
        };
        let parsed = u16::from_str_radix(number.as_str(), number.radix()).ok();
        parsed.filter(|number| (least..=most).contains(number)).unwrap_or_else(|| {
            let key = key.to_owned();
            faults.push(Fault::OutOfRange { key, least, most }, value.span());
            usual
        })
    }

    /// Returns the texts of a list, which must not be empty. One that is not there is.
    pub(crate) fn list(
        &self,
        key: &'static str,
        most: usize,
        example: &'static str,
        faults: &mut Faults,
    ) -> Vec<Word<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            faults.wrong_type(key, "a list, [\"…\", \"…\"]", value);
            return Vec::new();
        };
        if items.is_empty() {
            faults.push(Fault::EmptyList { key, example }, value.span());
        }
        items.iter().filter_map(|item| self.text_of(key, item, most, faults)).collect()
    }
}

/// Returns a text as it is shown in a message.
pub(crate) fn clip(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}
