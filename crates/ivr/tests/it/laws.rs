//! The laws of the seam, in every state of menus.

use std::collections::BTreeSet;

use centrala_dialogue::{
    Dialogue, Escaped, Language, Phrase, SoundId, Tone,
    laws::{Exploration, Limits, World, check, check_with_operator},
};
use centrala_ivr::{Menu, MenuDialogue, MenuOutcome, PHRASES, WhyGaveUp};
use centrala_keys::Key;
use proptest::prelude::*;

use crate::menu;

/// Nothing comes to a menu from outside.
pub(crate) struct Outside;

impl<D: Dialogue> World<D> for Outside {
    fn answers(&self, _: &D::Ask) -> Vec<D::Answer> {
        Vec::new()
    }
}

fn explore(menu: Menu<&'static str>) -> Exploration<MenuOutcome<&'static str>> {
    check(MenuDialogue::new(menu), &Outside, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_menu_keeps_the_laws_and_ends_in_each_of_its_ways() {
    let found = explore(menu());
    let gave_up = [WhyGaveUp::NoInput, WhyGaveUp::WrongKeys].map(MenuOutcome::GaveUp);
    let chosen = ["sales", "support", "Sally", "Bob"].map(MenuOutcome::Chosen);
    let expected: Vec<_> = chosen.into_iter().chain(gave_up).chain([MenuOutcome::Left]).collect();
    assert_eq!(found.outcomes.len(), expected.len(), "{:?}", found.outcomes);
    assert!(expected.iter().all(|outcome| found.reaches(outcome)), "{:?}", found.outcomes);
    // The first turn; two more, each after silence, a wrong key or a wrong extension; giving up
    // after silence or after something wrong.
    let turns = 1 + 2 * 3 + 2;
    // It listens for the first, second and third time, and is left or ended by four choices; it
    // gives up in two ways, or is left.
    let ends = 3 * (4 + 1) + 2 * (1 + 1);
    assert_eq!(found.states, turns + ends);
    assert!(found.literal_zeros.is_empty());
}

#[test]
fn zero_reaches_the_operator_from_every_turn_of_a_menu() {
    let dialogue = MenuDialogue::new(menu());
    let found = check_with_operator(dialogue, &Outside, &Limits::default())
        .unwrap_or_else(|violation| panic!("{violation}"));
    let operator = Escaped::Operator { tidied: Some(MenuOutcome::Left) };
    assert!(found.reaches(&operator), "{:?}", found.outcomes);
}

#[test]
fn a_menu_listens_as_often_as_it_is_told_to() {
    for attempts in 0..5 {
        let found = explore(menu().attempts(attempts));
        // It listens, and then it says that somebody else goes on.
        let listens = usize::from(attempts.max(1));
        assert_eq!(
            found.longest_involuntary.lines().len(),
            listens + 1,
            "{}",
            found.longest_involuntary
        );
    }
}

#[test]
fn everything_that_a_menu_says_has_words_in_english() {
    let mut menu = menu();
    let recorded = Phrase::Sound(SoundId::new("jobs"));
    menu.offer(Key::Three, recorded, "jobs").unwrap();
    menu.offer(Key::Star, Phrase::Tone(Tone::Beep), "beep").unwrap();
    let ready: BTreeSet<Phrase> = menu.phrases().into_iter().collect();
    let said = explore(menu).phrases;
    assert_eq!(ready, said, "what it says can be made ready, and nothing else");
    let mut ids = BTreeSet::new();
    for phrase in said {
        if let Phrase::Said { id, arguments } = phrase {
            let definition = PHRASES.iter().find(|definition| definition.id == id).unwrap();
            definition.render(Language::ENGLISH, &arguments).unwrap();
            ids.insert(id);
        }
    }
    let defined: BTreeSet<_> = PHRASES.iter().map(|definition| definition.id).collect();
    assert_eq!(ids, defined, "each wording is there, and each is used");
}

fn any_menu() -> impl Strategy<Value = Menu<u32>> {
    let keys = Key::ALL.into_iter().filter(|key| *key != Key::Zero).collect::<Vec<_>>();
    let options = proptest::sample::subsequence(keys, 0..15);
    let extensions = proptest::collection::btree_set(100_u32..1_000, 0..12);
    (options, extensions, 0_u8..6).prop_map(|(options, extensions, attempts)| {
        let mut menu = Menu::new([Phrase::text("Welcome.")]).attempts(attempts);
        for key in options {
            menu.offer(key, Phrase::text("For something"), u32::from(key.event())).unwrap();
        }
        let mut firsts = BTreeSet::new();
        for extension in extensions {
            menu.dial(extension.to_string().parse().unwrap(), extension).unwrap();
            firsts.insert(extension / 100);
        }
        for first in firsts {
            menu.hear_out(format!("{first}xx").parse().unwrap()).unwrap();
        }
        menu
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_menu_keeps_the_laws_and_reaches_all_that_it_offers(menu in any_menu()) {
        let targets: Vec<u32> = menu.targets().copied().collect();
        let found = check_with_operator(MenuDialogue::new(menu), &Outside, &Limits::default());
        let found = found.map_err(|violation| TestCaseError::fail(violation.to_string()))?;
        for target in targets {
            let chosen = Escaped::Ended(MenuOutcome::Chosen(target));
            prop_assert!(found.reaches(&chosen), "{} is not reached", target);
        }
    }
}
