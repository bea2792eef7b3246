//! Whatever stands in the file: an office, or an error that can be shown.

use centrala_office::{MAX_ERRORS, Office};
use proptest::prelude::*;

use crate::ACME;

/// Compiles `source`, and checks what can be checked without knowing it.
fn check(source: &str) {
    match Office::compile(source, "fuzz.toml") {
        Ok(office) => check_office(&office),
        Err(errors) => {
            assert!((1..=MAX_ERRORS).contains(&errors.errors().len()));
            let mut last = 0;
            for error in errors.errors() {
                let span = error.at.span.clone();
                assert!(source.get(span.clone()).is_some(), "{span:?} of {}", source.len());
                assert!(span.start >= last, "out of order");
                last = span.start;
                let before = &source[..span.start];
                assert_eq!(error.at.line, before.matches('\n').count() + 1);
                let shown = error.to_string();
                let numbered = shown.lines().filter(|line| line.contains('|')).count();
                assert!(numbered >= 3, "{shown}");
                assert!(shown.contains('^'), "{shown}");
                assert!(!shown.contains('\u{1b}'), "{shown:?}");
            }
        }
    }
}

/// Checks what an office promises: whatever it refers to is there.
fn check_office(office: &Office) {
    let exists = |destination| !office.describe(destination).ends_with("of another office");
    assert!(office.mailbox(office.company().last_mailbox).is_some());
    assert!(exists(office.operator().into()));
    for group in office.groups() {
        assert!(!group.members.is_empty());
        assert!(group.members.iter().all(|member| office.person(*member).is_some()));
        assert!(exists(group.otherwise));
        assert_eq!(office.group(group.id), Some(group));
    }
    check_menus(office);
    for person in office.people() {
        assert_eq!(office.extension(&person.extension), Some(person));
        assert_eq!(office.person_by_user(&person.user), Some(person));
        assert!(office.mailbox(person.mailbox).is_some());
    }
    for entry in office.entries() {
        assert_eq!(office.entry(&entry.number), Some(entry));
        assert!(exists(entry.route.then));
        assert!(entry.route.ring.iter().all(|step| exists(step.who.into())));
    }
}

fn check_menus(office: &Office) {
    let exists = |destination| !office.describe(destination).ends_with("of another office");
    for menu in office.menus() {
        assert!(!menu.options.is_empty() && menu.attempts > 0);
        assert!(menu.options.iter().all(|option| exists(option.go)));
        let attendant = office.attendant(menu.id).unwrap();
        assert_eq!(attendant.targets().count(), menu.options.len() + office.people().len());
    }
    assert!(office.announcements().iter().all(|announcement| exists(announcement.then)));
}

/// Pieces of offices, so that random texts come close to being one.
const PIECES: &[&str] = &[
    "[company]\n",
    "[[person]]\n",
    "[[entry]]\n",
    "[[trunk]]\n",
    "[group.a]\n",
    "[menu.a]\n",
    "[announcement.a]\n",
    "[mailbox.a]\n",
    "[person]\n",
    "[[group]]\n",
    "[company.a]\n",
    "[menu.a.options]\n",
    "name = ",
    "operator = ",
    "extension = ",
    "members = ",
    "otherwise = ",
    "greeting = ",
    "options.1 = ",
    "options.\"*\" = ",
    "go = ",
    "say = ",
    "then = ",
    "number = ",
    "addresses = ",
    "numbers = ",
    "seconds = ",
    "attempts = ",
    "ring = ",
    "file = ",
    "1 = ",
    "\"person 101\"\n",
    "\"group a\"\n",
    "\"menu a\"\n",
    "\"announcement a\"\n",
    "\"operator\"\n",
    "\"mailbox a\"\n",
    "\"mailbox 101\"\n",
    "\"101\"\n",
    "\"102\"\n",
    "[\"101\"]\n",
    "[]\n",
    "{}\n",
    "{ say = \"a\", go = \"group a\" }\n",
    "{ file = \"a.wav\" }\n",
    "3\n",
    "-1\n",
    "99999\n",
    "0x10\n",
    "1.5\n",
    "true\n",
    "1979-05-27\n",
    "\"group a for 5 s, then menu a\"\n",
    "\"group a for 5 s,\"\n",
    "\"for s, then , then\"\n",
    "\"\\u0041cme\"\n",
    "'''\na\n'''\n",
    "\"+1 555 0100\"\n",
    "\"10.0.0.0/8\"\n",
    "\"at-once\"\n",
    "# remark\n",
    "\"ż\"\n",
    "\n",
    "\"",
];

proptest! {
    #[test]
    fn any_text_is_an_office_or_has_errors(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn any_bytes_are_an_office_or_have_errors(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_pieces_of_an_office_are_an_office_or_have_errors(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60),
    ) {
        check(&pieces.concat());
    }

    #[test]
    fn a_damaged_office_is_an_office_or_has_errors(
        damages in proptest::collection::vec(
            (any::<proptest::sample::Index>(), 0_usize..40, "[ -~\n]{0,6}"),
            1..4,
        ),
    ) {
        let mut source: Vec<char> = ACME.chars().collect();
        for (at, length, instead) in damages {
            let at = at.index(source.len());
            let end = (at + length).min(source.len());
            source.splice(at..end, instead.chars());
        }
        check(&source.into_iter().collect::<String>());
    }

    #[test]
    fn an_office_without_a_line_is_an_office_or_has_errors(
        lines in proptest::collection::vec(any::<proptest::sample::Index>(), 1..6),
    ) {
        let mut source: Vec<&str> = ACME.lines().collect();
        for line in lines {
            source.remove(line.index(source.len()));
        }
        check(&source.join("\n"));
    }

    #[test]
    fn an_office_with_exchanged_words_is_an_office_or_has_errors(
        exchanges in proptest::collection::vec(
            (any::<proptest::sample::Index>(), any::<proptest::sample::Index>()),
            1..6,
        ),
    ) {
        let mut words: Vec<&str> = ACME.split_inclusive([' ', '\n', '"', '.']).collect();
        for (one, other) in exchanges {
            let (one, other) = (one.index(words.len()), other.index(words.len()));
            words.swap(one, other);
        }
        check(&words.concat());
    }
}
