//! What a menu offers.

use std::collections::BTreeMap;

use centrala_dialogue::{KeyTiming, Phrase};
use centrala_keys::{DigitMap, Digits, Key, Pattern, Progress};

use crate::wording;

/// A menu: what is said first, which keys lead where, and what may be dialled beside them.
///
/// 0 is not an option. It reaches the operator from every turn of every dialogue (see
/// [`ZeroKey`](centrala_dialogue::ZeroKey)), so no plan can forget it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Menu<T> {
    greeting: Vec<Phrase>,
    options: BTreeMap<Key, MenuOption<T>>,
    direct: DigitMap<T>,
    nobody: Vec<Pattern>,
    attempts: u8,
    timing: KeyTiming,
}

impl<T> Menu<T> {
    /// How often a menu listens, unless it is told otherwise.
    pub const DEFAULT_ATTEMPTS: u8 = 3;

    /// Returns a menu that greets and offers nothing yet.
    #[must_use]
    pub fn new(greeting: impl Into<Vec<Phrase>>) -> Self {
        Self {
            greeting: greeting.into(),
            options: BTreeMap::new(),
            direct: DigitMap::default(),
            nobody: Vec::new(),
            attempts: Self::DEFAULT_ATTEMPTS,
            timing: KeyTiming::default(),
        }
    }

    /// Offers `target` under `key`. `say` is spoken before the key: "For sales".
    ///
    /// # Errors
    ///
    /// If the key is 0, or already taken.
    pub fn offer(&mut self, key: Key, say: Phrase, target: T) -> Result<(), OfferError> {
        if key == Key::Zero {
            return Err(OfferError::Zero);
        }
        if self.options.contains_key(&key) {
            return Err(OfferError::Taken { key });
        }
        self.options.insert(key, MenuOption { say, target });
        Ok(())
    }

    /// Lets callers dial `pattern` for `target`, at any moment. Options win over it.
    ///
    /// # Errors
    ///
    /// If something that begins with 0 would match: that key belongs to the operator.
    pub fn dial(&mut self, pattern: Pattern, target: T) -> Result<(), OfferError> {
        refuse_zero(&pattern)?;
        self.direct.push(pattern, target);
        Ok(())
    }

    /// Hears `pattern` to its end, where nothing else matches, before it says that nobody has that
    /// extension. Without it the first key that leads nowhere is a wrong key, and so is each that
    /// the caller goes on to press.
    ///
    /// # Errors
    ///
    /// If something that begins with 0 would match.
    pub fn hear_out(&mut self, pattern: Pattern) -> Result<(), OfferError> {
        refuse_zero(&pattern)?;
        self.nobody.push(pattern);
        Ok(())
    }

    /// Listens this often, at least once, before it gives up.
    #[must_use]
    pub fn attempts(mut self, attempts: u8) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Waits otherwise than usual.
    #[must_use]
    pub fn timing(mut self, timing: KeyTiming) -> Self {
        self.timing = timing;
        self
    }

    /// Returns the options in the order in which they are said: that of the keys.
    pub fn options(&self) -> impl Iterator<Item = (Key, &MenuOption<T>)> {
        self.options.iter().map(|(&key, option)| (key, option))
    }

    /// Returns everywhere that this menu leads: options first.
    pub fn targets(&self) -> impl Iterator<Item = &T> {
        let options = self.options.values().map(|option| &option.target);
        options.chain(self.direct.rules().map(|(_, target)| target))
    }

    /// Returns everything that the menu can say, so that it can be made ready before the first
    /// call: greeting, offer, help.
    #[must_use]
    pub fn phrases(&self) -> Vec<Phrase> {
        let mut phrases = self.greeting.clone();
        phrases.extend(self.offer_phrases());
        phrases.extend(wording::HELP.map(Phrase::said));
        phrases
    }

    /// Returns what a caller who is new here hears before the first option.
    #[must_use]
    pub fn introduction(&self) -> Vec<Phrase> {
        let mut phrases = self.greeting.clone();
        phrases.extend((!self.direct.is_empty()).then(|| Phrase::said(wording::EXTENSION)));
        phrases
    }

    /// Returns what is offered, in words.
    pub(crate) fn offer_phrases(&self) -> Vec<Phrase> {
        let mut say = Vec::new();
        if !self.direct.is_empty() {
            say.push(Phrase::said(wording::EXTENSION));
        }
        for (&key, offered) in &self.options {
            say.extend(wording::option(&offered.say, key));
        }
        say.push(Phrase::said(wording::OPERATOR));
        say
    }

    pub(crate) fn greeting(&self) -> &[Phrase] {
        &self.greeting
    }

    pub(crate) const fn patience(&self) -> u8 {
        self.attempts
    }

    pub(crate) const fn key_timing(&self) -> KeyTiming {
        self.timing
    }
}

impl<T: Clone> Menu<T> {
    /// Returns what all keys mean.
    pub(crate) fn map(&self) -> DigitMap<Keyed<T>> {
        let mut map = DigitMap::default();
        for (&key, option) in &self.options {
            if let Ok(pattern) = Pattern::exactly(&Digits::from_iter([key])) {
                map.push(pattern, Keyed::Target(option.target.clone()));
            }
        }
        for (pattern, target) in self.direct.rules() {
            map.push(pattern.clone(), Keyed::Target(target.clone()));
        }
        for pattern in &self.nobody {
            map.push(pattern.clone(), Keyed::Nobody);
        }
        map
    }
}

/// An option of a [`Menu`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuOption<T> {
    /// What is said before the key: "For sales".
    pub say: Phrase,
    /// Where the key leads.
    pub target: T,
}

/// What keys mean to a [`Menu`].
#[expect(clippy::exhaustive_enums, reason = "somebody or nobody")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Keyed<T> {
    /// They lead there.
    Target(T),
    /// They look like an extension, and are nobody's.
    Nobody,
}

/// Refuses what would take the operator's key.
fn refuse_zero(pattern: &Pattern) -> Result<(), OfferError> {
    let mut alone = DigitMap::default();
    alone.push(pattern.clone(), ());
    if alone.progress(&[Key::Zero]) == Progress::NoMatch { Ok(()) } else { Err(OfferError::Zero) }
}

/// Why a menu does not take an option.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// 0 as the first key always reaches the operator.
    #[error("0 is the operator's key")]
    Zero,
    /// Another option has the key.
    #[error("key {key} is taken")]
    Taken {
        /// The key.
        key: Key,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu() -> Menu<&'static str> {
        let mut menu = Menu::new([Phrase::text("Hello.")]);
        menu.offer(Key::Two, Phrase::text("For support"), "support").unwrap();
        menu.offer(Key::One, Phrase::text("For sales"), "sales").unwrap();
        menu.dial("1xx".parse().unwrap(), "extension").unwrap();
        menu
    }

    #[test]
    fn options_stand_in_the_order_of_their_keys() {
        let keys: Vec<Key> = menu().options().map(|(key, _)| key).collect();
        assert_eq!(keys, [Key::One, Key::Two]);
        assert!(menu().targets().eq(&["sales", "support", "extension"]));
    }

    #[test]
    fn a_key_is_offered_once_and_zero_never() {
        let mut menu = menu();
        let say = Phrase::text("For jobs");
        assert_eq!(menu.offer(Key::Zero, say.clone(), "jobs"), Err(OfferError::Zero));
        let taken = Err(OfferError::Taken { key: Key::One });
        assert_eq!(menu.offer(Key::One, say, "jobs"), taken);
        assert!(!menu.targets().any(|target| *target == "jobs"));
    }

    #[test]
    fn no_extension_begins_with_zero() {
        for pattern in ["0", "0xx", "xxx", "[0-4]xx", "1.05"] {
            let refused = menu().dial(pattern.parse().unwrap(), "jobs");
            assert_eq!(refused, Err(OfferError::Zero), "{pattern}");
            let refused = menu().hear_out(pattern.parse().unwrap());
            assert_eq!(refused, Err(OfferError::Zero), "{pattern}");
        }
        assert_eq!(menu().dial("[1-9]00".parse().unwrap(), "jobs"), Ok(()));
    }

    #[test]
    fn an_option_wins_over_an_extension_that_begins_alike() {
        let mut menu = menu();
        menu.hear_out("3xx".parse().unwrap()).unwrap();
        let map = menu.map();
        let keyed = |text: &str| text.parse::<Digits>().unwrap();
        assert_eq!(map.progress(&keyed("1")), Progress::Ambiguous(&Keyed::Target("sales")));
        assert_eq!(map.progress(&keyed("101")), Progress::Match(&Keyed::Target("extension")));
        assert_eq!(map.progress(&keyed("2")), Progress::Match(&Keyed::Target("support")));
        assert_eq!(map.progress(&keyed("3")), Progress::Partial);
        assert_eq!(map.progress(&keyed("399")), Progress::Match(&Keyed::Nobody));
        assert_eq!(map.progress(&keyed("0")), Progress::NoMatch);
    }
}
