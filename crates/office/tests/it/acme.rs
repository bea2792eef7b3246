//! The office of the example, and look-ups in it.

use std::{collections::BTreeSet, time::Duration};

use centrala_dialogue::{Argument, Phrase, SoundId};
use centrala_keys::{Digits, Key, Pattern};
use centrala_office::{Callee, Destination, MailboxOwner, Office, RingOrder, routing::Outcome};

use crate::ACME;

fn acme() -> Office {
    Office::compile(ACME, "acme.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

fn keyed(text: &str) -> Digits {
    text.parse().unwrap()
}

#[test]
fn people_are_found_by_extension_and_by_user() {
    let office = acme();
    let sally = office.extension(&keyed("101")).unwrap();
    assert_eq!(&*sally.name, "Sally Jones");
    assert_eq!(sally.ring, Duration::from_secs(15));
    assert_eq!(office.person_by_user("101"), Some(sally));
    assert_eq!(office.person(sally.id), Some(sally));
    let bob = office.extension(&keyed("102")).unwrap();
    assert_eq!(bob.ring, Duration::from_secs(20));
    assert_eq!(bob.greeting, None);
    for nobody in ["", "1", "10", "1010", "0", "199"] {
        assert_eq!(office.extension(&keyed(nobody)), None, "{nobody}");
        assert_eq!(office.person_by_user(nobody), None, "{nobody}");
    }
}

#[test]
fn everybody_has_a_mailbox_and_so_has_the_company() {
    let office = acme();
    for person in office.people() {
        let mailbox = office.mailbox(person.mailbox).unwrap();
        assert_eq!(*mailbox.name, *person.extension.to_string());
        assert_eq!(mailbox.owner, MailboxOwner::Person(person.id));
        assert_eq!(mailbox.greeting, person.greeting);
        assert_eq!(office.mailbox_by_name(&mailbox.name), Some(mailbox));
    }
    let names: Vec<&str> = office.mailboxes().iter().map(|mailbox| &*mailbox.name).collect();
    assert_eq!(names, ["101", "102", "103", "110", "reception", "sales", "support"]);
    let sales = office.mailbox_by_name("sales").unwrap();
    assert_eq!(sales.owner, MailboxOwner::Company);
    assert_eq!(office.mailbox_by_name("support").unwrap().greeting, None);
    assert_eq!(office.mailbox_by_name("nobody"), None);
}

#[test]
fn entries_are_found_however_the_number_is_written() {
    let office = acme();
    for (number, route) in [
        ("+15550100", "menu main"),
        ("15550100", "menu main"),
        ("+1 (555) 01-00", "menu main"),
        ("+15550177", "person 101"),
    ] {
        let entry = office.entry(number).unwrap_or_else(|| panic!("{number}"));
        assert!(entry.route.ring.is_empty(), "{number}");
        assert_eq!(office.describe(entry.route.then), route, "{number}");
    }
    let long = format!("+15550100{}", " ".repeat(1_000));
    for number in ["", "+", "+1555010", "++15550100", "+15550100#", "sales", long.as_str()] {
        assert_eq!(office.entry(number), None, "{number}");
    }
}

#[test]
fn a_route_rings_first_and_then_goes_on() {
    let office = acme();
    let route = &office.entry("+15550101").unwrap().route;
    let [step] = route.ring.as_slice() else { panic!("{route:?}") };
    assert_eq!(office.describe(step.who.into()), "group reception");
    assert_eq!(step.limit, Some(Duration::from_secs(10)));
    assert_eq!(office.describe(route.then), "menu main");
}

#[test]
fn the_operator_ends_in_a_mailbox() {
    let office = acme();
    let Callee::Group(group) = office.operator() else { panic!("{:?}", office.operator()) };
    let reception = office.group(group).unwrap();
    assert_eq!(reception.ring, RingOrder::AtOnce);
    let names = reception.members.iter().map(|id| &*office.person(*id).unwrap().name);
    assert!(names.eq(["Rita Green", "Carol White"]));
    let last = office.mailbox(office.company().last_mailbox).unwrap();
    assert_eq!(&*last.name, "reception");
}

#[test]
fn the_operator_may_be_a_person_or_a_chain_of_groups() {
    for (operator, last) in [("person 102", "102"), ("group sales", "sales"), ("group late", "101")]
    {
        let source = ACME
            .replace("operator = \"group reception\"", &format!("operator = \"{operator}\""))
            + "[group.late]\nmembers = [\"102\"]\notherwise = \"group later\"\n"
            + "[group.later]\nmembers = [\"103\"]\notherwise = \"person 101\"\n";
        let office = Office::compile(&source, "acme.toml").unwrap();
        let mailbox = office.mailbox(office.company().last_mailbox).unwrap();
        assert_eq!(&*mailbox.name, last, "{operator}");
    }
}

#[test]
fn options_stand_in_the_order_of_their_keys() {
    let office = acme();
    let menu = office.menus().iter().find(|menu| &*menu.name == "main").unwrap();
    let options: Vec<_> =
        menu.options.iter().map(|option| (option.key, office.describe(option.go))).collect();
    let expected = [
        (Key::One, "group sales"),
        (Key::Two, "group support"),
        (Key::Three, "menu visit"),
        (Key::Five, "announcement widgets"),
    ];
    assert_eq!(options, expected.map(|(key, go)| (key, go.to_owned())));
    assert_eq!(menu.attempts, 3);
}

#[test]
fn the_attendant_takes_options_and_extensions() {
    let office = acme();
    let menu = office.menus().iter().find(|menu| &*menu.name == "main").unwrap();
    let attendant = office.attendant(menu.id).unwrap();
    let chosen = menu.options.iter().map(|option| Outcome::Chosen(option.go));
    let dialled = ["101", "102", "103", "110"].map(|digits| Outcome::Dialled(keyed(digits)));
    assert!(attendant.targets().eq(&chosen.chain(dialled).collect::<Vec<_>>()));
}

#[test]
fn a_wrong_extension_looks_like_a_right_one() {
    let office = acme();
    let shapes: Vec<String> = office.extension_shapes().iter().map(Pattern::to_string).collect();
    assert_eq!(shapes, ["1xx"]);
    let mut source = ACME.to_owned();
    for extension in (20..30).chain([31, 456]) {
        source += &format!("[[person]]\nname = \"New\"\nextension = \"{extension}\"\n");
    }
    let office = Office::compile(&source, "acme.toml").unwrap();
    let shapes: Vec<String> = office.extension_shapes().iter().map(Pattern::to_string).collect();
    assert_eq!(shapes, ["1xx", "3x", "4xx"], "20 to 29 are all somebody's");
}

#[test]
fn a_trunk_is_recognised_by_its_address() {
    let office = acme();
    let trunk = office.trunk_at("127.0.0.2".parse().unwrap()).unwrap();
    assert_eq!(&*trunk.name, "telco");
    assert_eq!(trunk.entries.len(), 3);
    assert_eq!(office.trunk(trunk.id), Some(trunk));
    assert_eq!(office.trunk_at("127.0.0.1".parse().unwrap()), None);
}

#[test]
fn a_trunk_without_numbers_reaches_all_and_with_numbers_only_these() {
    let numbers = "numbers = [\"+1 555 0100\", \"+1 555 0101\", \"+1 555 0177\"]";
    for (replaced, count) in [("", 3), ("numbers = [\"15550177\"]", 1)] {
        let office = Office::compile(&ACME.replace(numbers, replaced), "acme.toml").unwrap();
        assert_eq!(office.trunks()[0].entries.len(), count, "{replaced}");
    }
}

#[test]
fn recordings_take_the_place_of_texts_and_are_listed_once() {
    let source = ACME
        .replace("\"Thank you for calling Acme Widgets.\"", "{ file = \"hello.wav\" }")
        .replace("\"We would love to see you.\"", "{ file = \"hello.wav\" }")
        .replace("say = \"To go back\"", "say = { file = \"back.wav\" }");
    let office = Office::compile(&source, "acme.toml").unwrap();
    let paths: Vec<&str> = office.sound_files().iter().map(|file| &*file.path).collect();
    assert_eq!(paths, ["back.wav", "hello.wav"]);
    let hello = &office.sound_files()[1];
    assert_eq!(hello.sound, SoundId::new("file:hello.wav"));
    assert_eq!(office.menus()[0].greeting, Phrase::Sound(hello.sound.clone()));
    // The remark above the menus names it too.
    let (at, _) = source.match_indices("hello.wav").nth(1).unwrap();
    assert_eq!(hello.at.span, at..at + "hello.wav".len());
    let shown = hello.unplayable("it is empty").to_string();
    assert!(shown.starts_with("error: \"hello.wav\" cannot be played: it is empty\n"), "{shown}");
    assert!(shown.contains("greeting = { file = \"hello.wav\" }"), "{shown}");
}

#[test]
fn everything_that_is_said_can_be_made_ready() {
    let office = acme();
    let phrases: Vec<&Phrase> = office.phrases().collect();
    for expected in [
        "Thank you for calling Acme Widgets.",
        "We are here from Monday to Friday, from nine to five.",
        "All our sales people are talking to customers. Please leave your name and number after \
         the tone, and we will call you back today.",
    ] {
        assert!(phrases.contains(&&Phrase::text(expected)), "{expected}");
    }
    // An option is said as one: "For sales, press 1."
    let sales = Argument::Text("For sales".into());
    let option = [sales, Argument::Digits(keyed("1"))];
    let said =
        |phrase: &&Phrase| matches!(phrase, Phrase::Said { arguments, .. } if *arguments == option);
    assert_eq!(phrases.iter().filter(|phrase| said(phrase)).count(), 1);
    let once: BTreeSet<&Phrase> = phrases.iter().copied().collect();
    assert_eq!(once.len(), phrases.len());
}

#[test]
fn ids_of_another_office_find_nothing_and_break_nothing() {
    let large = acme();
    let small = "[company]\nname = \"Small\"\noperator = \"person 11\"\n[[entry]]\nnumber = \"1\"\n\
                 go = \"operator\"\n[[person]]\nname = \"Ann\"\nextension = \"11\"\n";
    let small = Office::compile(small, "small.toml").unwrap();
    for menu in large.menus() {
        assert_eq!(small.menu(menu.id), None);
        assert_eq!(small.attendant(menu.id), None);
        assert_eq!(small.describe(Destination::Menu(menu.id)), "menu of another office");
    }
    let last = large.people().last().unwrap();
    assert_eq!(small.person(last.id), None);
    assert_eq!(small.mailbox(last.mailbox), None);
    assert_eq!(small.describe(Destination::Person(last.id)), "person of another office");
}
