//! A menu of the office as a conversation.

use centrala_dialogue::Phrase;
use centrala_keys::Pattern;

use crate::{Destination, MenuId, Office};

impl Office {
    /// Returns what the attendant says and listens for in a menu: its options, and the extensions
    /// of all people. `None` if the id is another office's.
    #[must_use]
    pub fn attendant(&self, menu: MenuId) -> Option<centrala_ivr::Menu<Destination>> {
        let menu = self.menu(menu)?;
        let mut spoken = centrala_ivr::Menu::new([menu.greeting.clone()]).attempts(menu.attempts);
        for option in &menu.options {
            // Keys are not 0, and each is there once: the compiler has refused all others.
            let offered = spoken.offer(option.key, Phrase::clone(&option.say), option.go);
            debug_assert_eq!(offered, Ok(()));
        }
        for person in self.people() {
            let destination = Destination::Person(person.id);
            let dialled = Pattern::exactly(&person.extension)
                .map(|pattern| spoken.dial(pattern, destination));
            debug_assert_eq!(dialled, Ok(Ok(())));
        }
        Some(spoken)
    }
}
