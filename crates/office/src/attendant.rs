//! A menu of the office as a conversation.

use std::collections::BTreeMap;

use centrala_dialogue::Phrase;
use centrala_ivr::Menu;
use centrala_keys::{Key, Pattern};

use crate::{MenuId, Office, Person, routing::Outcome};

impl Office {
    /// Returns what the attendant says and listens for in a menu, and what becomes of the call:
    /// its options are [`Chosen`](Outcome::Chosen), the extensions of all people
    /// [`Dialled`](Outcome::Dialled). `None` if the id is another office's.
    #[must_use]
    pub fn attendant(&self, menu: MenuId) -> Option<Menu<Outcome>> {
        let mut spoken = offered(self.menu(menu)?);
        for person in self.people() {
            dial(&mut spoken, person);
        }
        for shape in self.extension_shapes() {
            let heard_out = spoken.hear_out(shape);
            debug_assert_eq!(heard_out, Ok(()));
        }
        Some(spoken)
    }

    /// Returns everything that the menus say. Whose extensions they take makes no difference to
    /// that, so each is asked with one only: all would cost the square of the office.
    pub(crate) fn attendant_phrases(&self) -> impl Iterator<Item = Phrase> {
        self.menus().iter().flat_map(|menu| {
            let mut spoken = offered(menu);
            if let Some(person) = self.people().first() {
                dial(&mut spoken, person);
            }
            spoken.phrases()
        })
    }

    /// Returns what a wrong extension looks like: `1xx`, where Sally has 101 and nobody 199.
    ///
    /// A menu [hears it out](Menu::hear_out) before it says that nobody has it.
    #[must_use]
    pub fn extension_shapes(&self) -> Vec<Pattern> {
        let mut taken: BTreeMap<(Key, usize), u64> = BTreeMap::new();
        for person in self.people() {
            if let Some(&first) = person.extension.first() {
                *taken.entry((first, person.extension.len())).or_default() += 1;
            }
        }
        let shape = |((first, length), count): ((Key, usize), u64)| {
            let others = length.saturating_sub(1);
            let all = 10_u64.checked_pow(u32::try_from(others).ok()?)?;
            // Where every extension of a shape is somebody's, none is wrong.
            (count < all).then(|| format!("{first}{}", "x".repeat(others)).parse().ok())?
        };
        taken.into_iter().filter_map(shape).collect()
    }
}

/// Returns a menu with its options.
fn offered(menu: &crate::Menu) -> Menu<Outcome> {
    let mut spoken = Menu::new([menu.greeting.clone()]).attempts(menu.attempts);
    for option in &menu.options {
        // Keys are not 0, and each is there once: the compiler has refused all others.
        let offered = spoken.offer(option.key, option.say.clone(), Outcome::Chosen(option.go));
        debug_assert_eq!(offered, Ok(()));
    }
    spoken
}

fn dial(menu: &mut Menu<Outcome>, person: &Person) {
    let outcome = Outcome::Dialled(person.extension.clone());
    let dialled = Pattern::exactly(&person.extension).map(|pattern| menu.dial(pattern, outcome));
    debug_assert_eq!(dialled, Ok(Ok(())));
}
