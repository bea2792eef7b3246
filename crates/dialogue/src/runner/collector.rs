//! What a string of keys comes to, key by key.

use centrala_keys::{Digits, Key, Progress};

use crate::KeyRule;

/// The most keys in one string. A pattern like `9x.` could go on for ever.
pub(super) const MAX_KEYED: usize = 64;

/// Whether keys that mean nothing end the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    Strict,
    Forgiving,
}

/// What the keys so far come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict<L> {
    Matched {
        label: L,
        digits: Digits,
    },
    /// Something begins like this, or is complete and could grow.
    Growing(Digits),
    /// Nothing begins like this.
    Wrong(Digits),
    /// The key means nothing, and whatever was keyed before is forgotten.
    Ignored,
}

/// Adds a key to what was keyed.
pub(super) fn press<L: Clone>(
    rule: &KeyRule<L>,
    patience: Patience,
    keyed: &Digits,
    key: Key,
) -> Verdict<L> {
    let mut grown = keyed.clone();
    grown.push(key);
    match rule.map.progress(&grown) {
        Progress::Match(label) => Verdict::Matched { label: label.clone(), digits: grown },
        Progress::Partial | Progress::Ambiguous(_) if grown.len() < MAX_KEYED => {
            Verdict::Growing(grown)
        }
        Progress::Partial | Progress::Ambiguous(_) => close(rule, patience, grown),
        Progress::NoMatch if keyed.is_empty() => match patience {
            Patience::Strict => Verdict::Wrong(grown),
            Patience::Forgiving => Verdict::Ignored,
        },
        Progress::NoMatch if rule.terminator == Some(key) => close(rule, patience, keyed.clone()),
        Progress::NoMatch => match patience {
            Patience::Strict => Verdict::Wrong(grown),
            // The key may begin something of its own: `1` was a slip, `0` is meant.
            Patience::Forgiving => press(rule, patience, &Digits::new(), key),
        },
    }
}

/// No further key comes: because of the timer, the terminator or the limit.
pub(super) fn close<L: Clone>(rule: &KeyRule<L>, patience: Patience, keyed: Digits) -> Verdict<L> {
    match (rule.map.progress(&keyed), patience) {
        (Progress::Match(label) | Progress::Ambiguous(label), _) => {
            Verdict::Matched { label: label.clone(), digits: keyed }
        }
        (Progress::Partial | Progress::NoMatch, Patience::Strict) => Verdict::Wrong(keyed),
        (Progress::Partial | Progress::NoMatch, Patience::Forgiving) => Verdict::Ignored,
    }
}
