use alloc::{format, string::ToString, vec::Vec};

use proptest::prelude::*;

use super::*;

fn keyed(text: &str) -> Digits {
    text.parse().unwrap()
}

#[track_caller]
fn check<'a>(map: &'a DigitMap<&'static str>, expected: &[(&str, Progress<'a, &'static str>)]) {
    for (digits, progress) in expected {
        assert_eq!(map.progress(&keyed(digits)), *progress, "after {digits:?}");
    }
}

#[test]
fn an_unambiguous_string_matches_at_once_and_an_ambiguous_one_waits() {
    let map = DigitMap::new([("0", "operator"), ("1", "sales"), ("1xx", "extension")]).unwrap();
    check(
        &map,
        &[
            ("", Progress::Partial),
            ("0", Progress::Match(&"operator")),
            ("1", Progress::Ambiguous(&"sales")),
            ("10", Progress::Partial),
            ("101", Progress::Match(&"extension")),
            ("1012", Progress::NoMatch),
            ("1*", Progress::NoMatch),
            ("2", Progress::NoMatch),
            ("#", Progress::NoMatch),
        ],
    );
}

#[test]
fn the_first_rule_wins() {
    let map = DigitMap::new([("101", "sally"), ("[1-3]xx", "extension")]).unwrap();
    check(
        &map,
        &[
            ("101", Progress::Match(&"sally")),
            ("102", Progress::Match(&"extension")),
            ("399", Progress::Match(&"extension")),
            ("4", Progress::NoMatch),
        ],
    );
}

#[test]
fn a_repeated_position_matches_none_one_or_many() {
    let map = DigitMap::new([("9x.#", "outside"), ("*x.", "feature")]).unwrap();
    check(
        &map,
        &[
            ("9", Progress::Partial),
            ("9#", Progress::Match(&"outside")),
            ("95551234#", Progress::Match(&"outside")),
            ("*", Progress::Ambiguous(&"feature")),
            ("*97", Progress::Ambiguous(&"feature")),
            ("9*", Progress::NoMatch),
        ],
    );
}

#[test]
fn a_faulty_pattern_is_refused_with_its_place() {
    for (text, error) in [
        ("", ParsePatternError::MatchesNothing),
        ("x.", ParsePatternError::MatchesNothing),
        ("1y", ParsePatternError::NotAKey { at: 1, found: 'y' }),
        (".", ParsePatternError::NothingToRepeat { at: 0 }),
        ("1x..", ParsePatternError::NothingToRepeat { at: 3 }),
        ("2[", ParsePatternError::BadSet { at: 1 }),
        ("2[]", ParsePatternError::BadSet { at: 1 }),
        ("2[9-1]", ParsePatternError::BadSet { at: 1 }),
        ("2[*-#]", ParsePatternError::BadSet { at: 1 }),
        ("2[-3]", ParsePatternError::BadSet { at: 1 }),
    ] {
        assert_eq!(text.parse::<Pattern>(), Err(error), "{text:?}");
    }
    assert_eq!("x".repeat(33).parse::<Pattern>(), Err(ParsePatternError::TooLong));
    assert!("x".repeat(32).parse::<Pattern>().is_ok());
}

#[test]
fn keys_that_the_map_cannot_tell_apart_share_a_class() {
    let map = DigitMap::new([("0", "operator"), ("[1-3]xx", "extension")]).unwrap();
    let classes = map.key_classes();
    assert_eq!(classes.len(), 4, "0; 1-3; 4-9; the rest: {classes:?}");
    assert_eq!(classes.iter().flat_map(|class| class.iter()).count(), 16);
}

#[test]
fn every_reachable_rule_has_a_representative_and_a_shadowed_one_has_none() {
    let map = DigitMap::new([("1xx", "extension"), ("101", "shadowed"), ("2", "sales")]).unwrap();
    let found: Vec<_> = map.representatives();
    let found: Vec<_> = found.iter().map(|(digits, label)| (digits.len(), **label)).collect();
    assert_eq!(found, [(3, "extension"), (1, "sales")]);
    assert_eq!(map.miss().map(|digits| map.progress(&digits)), Some(Progress::NoMatch));
    let all = DigitMap::new([("[0-9*#ABCD]", ())]).unwrap();
    assert_eq!(all.miss(), None);
}

fn pattern() -> impl Strategy<Value = alloc::string::String> {
    proptest::collection::vec("[0-9*#ABCDx]|\\[[0-9*#]{1,4}\\]|\\[[0-4]-[5-9]\\]|x\\.", 1..8)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
        let _ = text.parse::<Pattern>();
    }

    #[test]
    fn a_printed_pattern_means_the_same(text in pattern()) {
        if let Ok(parsed) = text.parse::<Pattern>() {
            prop_assert_eq!(parsed.to_string().parse::<Pattern>(), Ok(parsed));
        }
    }

    #[test]
    fn progress_agrees_with_trying_every_longer_string(
        patterns in proptest::collection::vec("[0-2x]{1,3}", 1..4),
        digits in "[0-3]{0,3}",
    ) {
        let map = DigitMap::new(patterns.iter().map(|p| (p.as_str(), ()))).unwrap();
        let complete = |text: &str| patterns.iter().any(|pattern| {
            pattern.len() == text.len()
                && pattern.chars().zip(text.chars()).all(|(p, d)| p == 'x' || p == d)
        });
        // Patterns of at most three positions: three more keys tell everything.
        let can_grow = (1..=3).any(|more| (0..10_u32.pow(more)).any(|tail| {
            complete(&format!("{digits}{tail:0width$}", width = more as usize))
        }));
        let expected = match (complete(&digits), can_grow) {
            (true, true) => Progress::Ambiguous(&()),
            (true, false) => Progress::Match(&()),
            (false, true) => Progress::Partial,
            (false, false) => Progress::NoMatch,
        };
        prop_assert_eq!(map.progress(&keyed(&digits)), expected);
    }

    #[test]
    fn pressing_another_key_of_the_same_class_changes_nothing(
        patterns in proptest::collection::vec(pattern(), 1..4),
        pressed in proptest::collection::vec((0_usize..16, 0_usize..16), 0..6),
    ) {
        let compiled: Vec<_> =
            patterns.iter().filter_map(|text| text.parse::<Pattern>().ok()).collect();
        let mut map = DigitMap::default();
        compiled.into_iter().for_each(|pattern| map.push(pattern, ()));
        let classes = map.key_classes();
        let choose = |class: usize, member: usize| {
            let keys: Vec<Key> = classes[class % classes.len()].iter().collect();
            keys[member % keys.len()]
        };
        let some: Digits = pressed.iter().map(|&(class, member)| choose(class, member)).collect();
        let other: Digits = pressed.iter().map(|&(class, _)| choose(class, 0)).collect();
        prop_assert_eq!(map.progress(&some), map.progress(&other));
    }
}
