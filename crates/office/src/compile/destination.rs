//! Destinations and routes, as texts.

use std::{ops::Range, time::Duration};

use super::{
    Compiler,
    names::Kind,
    section::{Word, clip},
};
use crate::{Callee, Destination, Fault, MAX_RING_SECONDS, MAX_ROUTE_STEPS, RingStep, Route};

impl<'a> Compiler<'_, 'a> {
    /// Returns where `group sales` leads.
    pub(crate) fn destination(&mut self, word: &Word<'a>) -> Option<Destination> {
        if word.text.contains(',') {
            self.faults.push(Fault::NotAnEntry, word.span.clone());
            return None;
        }
        let (first, rest) = split_word(word);
        let kind = match first.text {
            "operator" if rest.text.is_empty() => return Some(Destination::Operator),
            "directory" if rest.text.is_empty() => {
                self.faults.push(Fault::NoDirectory, word.span.clone());
                return None;
            }
            "extension" => Some(Kind::Person),
            other => Kind::ALL.into_iter().find(|kind| kind.word() == other),
        };
        match kind {
            Some(kind) if !rest.text.is_empty() => self.names.find(kind, &rest, self.faults),
            Some(_) | None => {
                let may_suggest = self.faults.may_suggest();
                let guess = || self.guess(word, &first, &rest);
                let nearest = if may_suggest { guess() } else { None };
                let fault = Fault::NotADestination { found: clip(word.text), nearest };
                self.faults.push(fault, word.span.clone());
                None
            }
        }
    }

    /// Returns what was perhaps meant: a name without its kind, or a kind with a wrong letter.
    fn guess(&self, whole: &Word<'a>, first: &Word<'a>, rest: &Word<'a>) -> Option<String> {
        let words = Kind::ALL.map(Kind::word).into_iter().chain(["operator", "extension"]);
        match super::nearest::nearest(first.text, words) {
            Some(operator @ "operator") => Some(operator.to_owned()),
            Some(kind) if !rest.text.is_empty() => Some(format!("{kind} {}", clip(rest.text))),
            Some(_) | None => self.names.guess(whole.text),
        }
    }

    /// Returns the route that `group reception for 10 s, then menu main` describes.
    pub(crate) fn route(&mut self, word: &Word<'a>) -> Option<Route> {
        let mut parts = steps(word.text);
        let last = parts.pop()?;
        if parts.len() > MAX_ROUTE_STEPS {
            let fault = Fault::TooMany { what: "steps", most: MAX_ROUTE_STEPS };
            self.faults.push(fault, word.span.clone());
            return None;
        }
        // All parts are read before the first fault ends it: each has its own.
        let ring: Vec<_> = parts.into_iter().map(|part| self.ring_step(&word.part(part))).collect();
        let last = word.part(last);
        let then = match split_limit(&last) {
            (_, None) => self.destination(&last),
            (_, Some(_)) => {
                let fault = Fault::NothingAfter { found: clip(last.text) };
                self.faults.push(fault, last.span.clone());
                None
            }
        };
        Some(Route::new(ring.into_iter().collect::<Option<Vec<_>>>()?, then?))
    }

    fn ring_step(&mut self, step: &Word<'a>) -> Option<RingStep> {
        let (who, limit) = split_limit(step);
        let limit = match limit {
            Some(limit) => Some(self.seconds(&limit)?),
            None => None,
        };
        match self.destination(&who)? {
            Destination::Person(person) => Some(RingStep::new(Callee::Person(person), limit)),
            Destination::Group(group) => Some(RingStep::new(Callee::Group(group), limit)),
            Destination::Menu(_)
            | Destination::Announcement(_)
            | Destination::Mailbox(_)
            | Destination::Operator => {
                self.faults.push(Fault::CannotRing { found: clip(who.text) }, who.span);
                None
            }
        }
    }

    /// Returns how long `10 s` is.
    fn seconds(&mut self, word: &Word<'a>) -> Option<Duration> {
        let digits = word.text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = word.text.split_at_checked(digits)?;
        let unit = ["s", "sec", "second", "seconds"].contains(&unit.trim());
        let limits = 1..=u64::from(MAX_RING_SECONDS);
        let seconds = number.parse().ok().filter(|number| unit && limits.contains(number));
        if seconds.is_none() {
            let right = "a time is a whole number of seconds, 1 to 300: 10 s";
            let found = clip(word.text);
            self.faults.push(Fault::Malformed { what: "time", found, right }, word.span.clone());
        }
        seconds.map(Duration::from_secs)
    }
}

/// Returns the first word, and the rest.
fn split_word<'a>(word: &Word<'a>) -> (Word<'a>, Word<'a>) {
    let end = word.text.find(char::is_whitespace).unwrap_or(word.text.len());
    (word.part(0..end), word.part(end..word.text.len()))
}

/// Splits `group reception for 10 s`.
fn split_limit<'a>(step: &Word<'a>) -> (Word<'a>, Option<Word<'a>>) {
    const FOR: &str = " for ";
    match step.text.rfind(FOR) {
        Some(at) => (step.part(0..at), Some(step.part(at + FOR.len()..step.text.len()))),
        None => (step.clone(), None),
    }
}

/// Returns the parts between `, then`, or between commas. There is at least one.
fn steps(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (comma, _) in text.match_indices(',') {
        parts.push(start..comma);
        start = comma + 1;
        let rest = text.get(start..).unwrap_or("");
        let word = rest.trim_start();
        let after = word.strip_prefix("then").filter(|after| after.starts_with(' '));
        if let Some(after) = after {
            start = text.len() - after.len();
        }
    }
    parts.push(start..text.len());
    parts
}
