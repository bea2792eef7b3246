//! Digit maps: which strings of keys mean something, and when more keys could still change it.
//!
//! The idea is that of RFC 3435 section 2.1.5 and H.248.1 section 7.1.14: a string that can only
//! mean one thing ends the collection at once; one that could still grow into something else waits
//! for the inter-digit timer.

use alloc::{collections::BTreeMap, sync::Arc, vec, vec::Vec};
use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use crate::{Digits, Key, KeySet};

/// The most positions that a pattern may have.
pub const MAX_PATTERN_LEN: usize = 32;

/// How many strings [`DigitMap::representatives`] tries for one pattern before it gives up.
const MAX_CANDIDATES: usize = 4_096;

/// One pattern of a digit map.
///
/// Written as keys (`0` to `9`, `*`, `#`, `A` to `D`), `x` for any digit, a set like `[1-9]` or
/// `[28*]`, each optionally followed by `.` for "this, any number of times, or not at all":
/// `0`, `2xx`, `[1-9]xx`, `9x.#`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Vec<Position>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Position {
    keys: KeySet,
    repeats: bool,
}

impl Pattern {
    /// Returns the pattern that only `digits` match.
    ///
    /// # Errors
    ///
    /// If there are no digits, or more than [`MAX_PATTERN_LEN`].
    pub fn exactly(digits: &[Key]) -> Result<Self, ParsePatternError> {
        let exact = |&key| Position { keys: KeySet::EMPTY.with(key), repeats: false };
        Self::checked(digits.iter().map(exact).collect())
    }

    fn checked(positions: Vec<Position>) -> Result<Self, ParsePatternError> {
        if positions.len() > MAX_PATTERN_LEN {
            return Err(ParsePatternError::TooLong);
        }
        // A pattern that the empty string matches would end a collection before it began.
        if positions.iter().all(|position| position.repeats) {
            return Err(ParsePatternError::MatchesNothing);
        }
        Ok(Self(positions))
    }

    /// Returns whether `digits` match, and whether longer strings that begin with them do.
    fn reach(&self, digits: &[Key]) -> Reach {
        // The positions that could come next, as a bit set: a pattern is a small automaton.
        let mut places = self.skip_repeats(1);
        for &key in digits {
            let mut next = 0_u64;
            for (at, position) in self.0.iter().enumerate() {
                if places & (1 << at) != 0 && position.keys.contains(key) {
                    next |= if position.repeats { 1 << at } else { 1 << (at + 1) };
                }
            }
            places = self.skip_repeats(next);
        }
        let end = 1_u64 << self.0.len();
        Reach { complete: places & end != 0, can_grow: places & (end - 1) != 0 }
    }

    /// Adds the places that are reached by leaving a repeated position out.
    fn skip_repeats(&self, mut places: u64) -> u64 {
        for (at, position) in self.0.iter().enumerate() {
            if places & (1 << at) != 0 && position.repeats {
                places |= 1 << (at + 1);
            }
        }
        places
    }
}

impl FromStr for Pattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let mut positions: Vec<Position> = Vec::new();
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            let keys = match c {
                'x' | 'X' => KeySet::DIGITS,
                '[' => parse_set(&mut chars).ok_or(ParsePatternError::BadSet { at })?,
                '.' => match positions.last_mut() {
                    Some(last) if !last.repeats => {
                        last.repeats = true;
                        continue;
                    }
                    _ => return Err(ParsePatternError::NothingToRepeat { at }),
                },
                _ => KeySet::EMPTY
                    .with(Key::from_char(c).ok_or(ParsePatternError::NotAKey { at, found: c })?),
            };
            positions.push(Position { keys, repeats: false });
            if positions.len() > MAX_PATTERN_LEN {
                return Err(ParsePatternError::TooLong);
            }
        }
        Self::checked(positions)
    }
}

/// Parses what stands between `[` and `]`; `None` if it is empty, unclosed or not keys.
fn parse_set(chars: &mut core::str::CharIndices<'_>) -> Option<KeySet> {
    let mut keys = KeySet::EMPTY;
    let mut last: Option<Key> = None;
    loop {
        match chars.next()?.1 {
            ']' if keys.is_empty() => return None,
            ']' => return Some(keys),
            '-' => {
                let from = last.take().filter(|key| key.is_digit())?;
                let to = Key::from_char(chars.next()?.1).filter(|key| key.is_digit())?;
                if from > to {
                    return None;
                }
                let range = Key::ALL.into_iter().filter(|key| (from..=to).contains(key));
                keys = keys.union(range.collect());
            }
            c => {
                let key = Key::from_char(c)?;
                keys = keys.with(key);
                last = Some(key);
            }
        }
    }
}

impl TryFrom<&str> for Pattern {
    type Error = ParsePatternError;

    fn try_from(text: &str) -> Result<Self, ParsePatternError> {
        text.parse()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in &self.0 {
            let mut keys = position.keys.iter();
            match (keys.next(), keys.next()) {
                _ if position.keys == KeySet::DIGITS => f.write_str("x")?,
                (Some(only), None) => write!(f, "{only}")?,
                _ => {
                    f.write_str("[")?;
                    position.keys.iter().try_for_each(|key| write!(f, "{key}"))?;
                    f.write_str("]")?;
                }
            }
            if position.repeats {
                f.write_str(".")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({self})")
    }
}

/// Why a pattern was refused.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePatternError {
    /// Neither a key nor part of the pattern language.
    #[error("{found:?} at offset {at} is neither a key nor x, [..] or .")]
    NotAKey {
        /// Offset in bytes.
        at: usize,
        /// The offending character.
        found: char,
    },
    /// An empty, unclosed or reversed set.
    #[error("the set that opens at offset {at} is empty, not closed, or not a set of keys")]
    BadSet {
        /// Offset of the bracket, in bytes.
        at: usize,
    },
    /// A `.` with no position before it.
    #[error("the dot at offset {at} repeats nothing")]
    NothingToRepeat {
        /// Offset in bytes.
        at: usize,
    },
    /// More than [`MAX_PATTERN_LEN`] positions.
    #[error("a pattern has at most {MAX_PATTERN_LEN} positions")]
    TooLong,
    /// The empty string would match.
    #[error("a pattern must ask for at least one key")]
    MatchesNothing,
}

#[derive(Clone, Copy)]
struct Reach {
    complete: bool,
    can_grow: bool,
}

/// What the keys so far mean to a [`DigitMap`].
#[expect(clippy::exhaustive_enums, reason = "complete or not, able to grow or not: four cases")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a, L> {
    /// Nothing begins like this.
    NoMatch,
    /// Something begins like this; nothing is complete.
    Partial,
    /// Complete, but more keys could still make it something else: wait for the inter-digit timer.
    Ambiguous(&'a L),
    /// Complete, and no further key could change it.
    Match(&'a L),
}

/// Patterns, each with the label that it stands for; the first that matches wins.
///
/// A clone shares the patterns: a company's extensions are many, and every menu knows them all.
#[derive(Clone)]
pub struct DigitMap<L> {
    /// What was put before all others.
    first: Vec<(Pattern, L)>,
    patterns: Arc<Vec<Pattern>>,
    /// As many as there are patterns.
    labels: Vec<L>,
}

impl<L> Default for DigitMap<L> {
    fn default() -> Self {
        Self { first: Vec::new(), patterns: Arc::default(), labels: Vec::new() }
    }
}

impl<L: fmt::Debug> fmt::Debug for DigitMap<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.rules()).finish()
    }
}

impl<L: PartialEq> PartialEq for DigitMap<L> {
    fn eq(&self, other: &Self) -> bool {
        self.rules().eq(other.rules())
    }
}

impl<L: Eq> Eq for DigitMap<L> {}

impl<L: PartialOrd> PartialOrd for DigitMap<L> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.rules().partial_cmp(other.rules())
    }
}

impl<L: Ord> Ord for DigitMap<L> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rules().cmp(other.rules())
    }
}

impl<L: Hash> Hash for DigitMap<L> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.first.len() + self.labels.len());
        self.rules().for_each(|rule| rule.hash(state));
    }
}

impl<L> DigitMap<L> {
    /// Returns a map of these patterns, in order of precedence.
    ///
    /// # Errors
    ///
    /// If one of the patterns is not well-formed.
    pub fn new<P, E>(rules: impl IntoIterator<Item = (P, L)>) -> Result<Self, E>
    where
        P: TryInto<Pattern, Error = E>,
    {
        let mut map = Self::default();
        for (pattern, label) in rules {
            map.push(pattern.try_into()?, label);
        }
        Ok(map)
    }

    /// Appends a pattern of lower precedence than all others.
    pub fn push(&mut self, pattern: Pattern, label: L) {
        Arc::make_mut(&mut self.patterns).push(pattern);
        self.labels.push(label);
    }

    /// Puts a pattern before all others.
    pub fn push_front(&mut self, pattern: Pattern, label: L) {
        self.first.insert(0, (pattern, label));
    }

    /// Returns what `digits` mean. No digits at all are [`Progress::Partial`].
    #[must_use]
    pub fn progress(&self, digits: &[Key]) -> Progress<'_, L> {
        let mut complete = None;
        let mut can_grow = false;
        for (pattern, label) in self.rules() {
            let reach = pattern.reach(digits);
            can_grow |= reach.can_grow;
            if reach.complete && complete.is_none() {
                complete = Some(label);
            }
        }
        match (complete, can_grow) {
            (Some(label), true) => Progress::Ambiguous(label),
            (Some(label), false) => Progress::Match(label),
            (None, true) => Progress::Partial,
            (None, false) => Progress::NoMatch,
        }
    }

    /// Returns the patterns and labels in order of precedence.
    pub fn rules(&self) -> impl Iterator<Item = (&Pattern, &L)> {
        let first = self.first.iter().map(|(pattern, label)| (pattern, label));
        first.chain(self.patterns.iter().zip(&self.labels))
    }

    /// Returns whether there is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.labels.is_empty()
    }

    /// Returns the same map with other labels.
    #[must_use]
    pub fn map_labels<M>(self, mut change: impl FnMut(L) -> M) -> DigitMap<M> {
        let first =
            self.first.into_iter().map(|(pattern, label)| (pattern, change(label))).collect();
        let labels = self.labels.into_iter().map(change).collect();
        DigitMap { first, patterns: self.patterns, labels }
    }

    /// Returns the sixteen keys, grouped so that the map never tells two keys of a group apart.
    ///
    /// A checker that presses one key of each group has pressed them all.
    #[must_use]
    pub fn key_classes(&self) -> Vec<KeySet> {
        let mut classes: BTreeMap<Vec<bool>, KeySet> = BTreeMap::new();
        for key in Key::ALL {
            let positions = self.rules().flat_map(|(pattern, _)| &pattern.0);
            let signature = positions.map(|position| position.keys.contains(key)).collect();
            let class = classes.entry(signature).or_insert(KeySet::EMPTY);
            *class = class.with(key);
        }
        classes.into_values().collect()
    }

    /// Returns a short string of keys for each rule that can be reached, with its label.
    ///
    /// A rule without one is shadowed: whatever matches it matches an earlier rule too.
    #[must_use]
    pub fn representatives(&self) -> Vec<(Digits, &L)> {
        let classes = self.key_classes();
        let winner =
            |digits: &Digits| self.rules().position(|(pattern, _)| pattern.reach(digits).complete);
        let own = |(at, (pattern, label))| {
            let mut strings = candidates(pattern, &classes).into_iter();
            Some((strings.find(|digits| winner(digits) == Some(at))?, label))
        };
        self.rules().enumerate().filter_map(own).collect()
    }

    /// Returns a string of keys that matches nothing, if there is one of a few keys.
    #[must_use]
    pub fn miss(&self) -> Option<Digits> {
        let representatives: Vec<Key> =
            self.key_classes().iter().filter_map(|class| class.iter().next()).collect();
        let mut reached = vec![Digits::new()];
        for _ in 0..4 {
            let mut longer = Vec::new();
            for digits in &reached {
                for &key in &representatives {
                    let grown: Digits = digits.iter().copied().chain([key]).collect();
                    match self.progress(&grown) {
                        Progress::NoMatch => return Some(grown),
                        Progress::Partial | Progress::Ambiguous(_) => longer.push(grown),
                        Progress::Match(_) => {}
                    }
                }
            }
            longer.truncate(MAX_CANDIDATES);
            reached = longer;
        }
        None
    }
}

/// Returns strings that match `pattern`: one key of each class at each position, shortest forms.
fn candidates(pattern: &Pattern, classes: &[KeySet]) -> Vec<Digits> {
    let mut strings = vec![Digits::new()];
    for position in pattern.0.iter().filter(|position| !position.repeats) {
        let representatives =
            classes.iter().filter_map(|class| class.intersection(position.keys).iter().next());
        let mut longer = Vec::new();
        for key in representatives {
            for digits in &strings {
                longer.push(digits.iter().copied().chain([key]).collect());
            }
        }
        longer.truncate(MAX_CANDIDATES);
        strings = longer;
    }
    strings
}

#[cfg(test)]
mod tests;
