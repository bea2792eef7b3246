use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;

/// Everything that routing can meet, small: a route of two steps, a group whose `otherwise` is a
/// group, an operator in a group, a menu in a menu, announcements that lead on.
const OFFICE: &str = r#"
[company]
name = "Acme"
operator = "group reception"

[[entry]]
number = "+15550100"
go = "group reception for 10 s, then person 103 for 5 s, then menu main"

[[entry]]
number = "+15550101"
go = "menu main"

[[entry]]
number = "+15550102"
go = "person 101"

[[person]]
name = "Sally"
extension = "101"
user = "sally"
seconds = 15

[[person]]
name = "Bob"
extension = "102"

[[person]]
name = "Rita"
extension = "103"

[group.reception]
members = ["103"]
seconds = 12
otherwise = "mailbox reception"

[group.sales]
members = ["101", "102"]
ring = "in-turn"
seconds = 8
otherwise = "group support"

[group.support]
members = ["102"]
otherwise = "menu visit"

[mailbox.reception]

[menu.main]
greeting = "Hello."
options.1 = { say = "For sales", go = "group sales" }
options.3 = { say = "For a visit", go = "menu visit" }
options.5 = { say = "For widgets", go = "announcement widgets" }
options.7 = { say = "For a message", go = "mailbox reception" }

[menu.visit]
greeting = "Welcome."
options."*" = { say = "To go back", go = "menu main" }

[announcement.widgets]
say = "Brass."
then = "menu main"

[[trunk]]
name = "telco"
addresses = ["192.0.2.1"]
numbers = ["+15550100", "+15550101"]
"#;

fn office() -> Office {
    match Office::compile(OFFICE, "test.toml") {
        Ok(office) => office,
        Err(errors) => panic!("{errors}"),
    }
}

fn acme() -> Office {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/reference-pbx/acme.toml");
    let source = std::fs::read_to_string(path).unwrap();
    match Office::compile(&source, path) {
        Ok(office) => office,
        Err(errors) => panic!("{errors}"),
    }
}

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn person(office: &Office, extension: &str) -> PersonId {
    office.extension(&digits(extension)).unwrap().id
}

fn mailbox(office: &Office, name: &str, reason: Reason) -> Place {
    Place::Mailbox { mailbox: office.mailbox_by_name(name).unwrap().id, reason }
}

/// Follows `outcomes` from `place` and returns where they lead, in words.
#[track_caller]
fn follow(office: &Office, mut place: Place, outcomes: &[Outcome]) -> Vec<String> {
    let mut context = Context::new(office, &place);
    let mut places = vec![place.describe(office)];
    for outcome in outcomes {
        let next = next(office, &place, outcome, &context);
        context = context.after(outcome, &next);
        place = next;
        places.push(place.describe(office));
    }
    places
}

fn entrances(office: &Office) -> Vec<Place> {
    let entries = office.entries().iter().map(|entry| enter(office, entry.id));
    let phone = Arrival::Phone(office.people()[0].id);
    let extensions = office.people().iter().map(|person| person.extension.to_string());
    let dialled = extensions.chain(["0".to_owned()]).map(|called| start(office, phone, &called));
    entries.chain(dialled).collect()
}

#[test]
fn a_live_answer_comes_first_and_the_menu_when_nobody_answers() {
    let office = office();
    let sally = person(&office, "101");
    let menu = ["ring group reception for 10 s", "ring person 103 for 5 s", "menu main"];
    let start = enter(&office, office.entries()[0].id);
    assert_eq!(follow(&office, start, &[Outcome::NoAnswer, Outcome::Busy]), menu);
    let talking = follow(&office, start, &[Outcome::Answered(sally)]);
    assert_eq!(talking[1], "talking with Sally");
}

#[test]
fn whoever_does_not_answer_leads_to_her_mailbox_with_the_reason() {
    let office = office();
    let start = start(&office, Arrival::Phone(person(&office, "102")), "101");
    for (outcome, reason) in [
        (Outcome::NoAnswer, Reason::NoAnswer),
        (Outcome::Busy, Reason::Busy),
        (Outcome::NotRegistered, Reason::Unavailable),
        (Outcome::Declined, Reason::Declined),
    ] {
        let context = Context::new(&office, &start);
        let place = next(&office, &start, &outcome, &context);
        assert_eq!(place, mailbox(&office, "101", reason), "{outcome}");
    }
}

#[test]
fn a_group_in_turn_rings_for_as_long_as_all_of_its_members_take() {
    let office = office();
    let menu = enter(&office, office.entries()[1].id);
    let sales = Outcome::Chosen(Destination::Group(office.groups()[1].id));
    assert_eq!(office.describe(Destination::Group(office.groups()[1].id)), "group sales");
    let places = follow(&office, menu, &[sales, Outcome::NoAnswer, Outcome::NoAnswer]);
    let expected =
        ["menu main", "ring group sales for 16 s", "ring group support for 20 s", "menu visit"];
    assert_eq!(places, expected);
}

#[test]
fn a_mailbox_that_takes_nothing_leads_to_the_operator_and_at_last_to_an_apology() {
    let office = office();
    let start = start(&office, Arrival::Phone(person(&office, "102")), "101");
    let full = Outcome::NotTaken(NotTaken::Full);
    let failed = Outcome::NotTaken(NotTaken::Failed);
    let outcomes = [Outcome::NoAnswer, full, Outcome::Busy, failed, Outcome::Finished];
    let expected = [
        "ring person 101 for 15 s",
        "mailbox 101 (no answer)",
        "ring group reception for 12 s",
        "mailbox reception (busy)",
        "apology: nobody is available",
        "over",
    ];
    assert_eq!(follow(&office, start, &outcomes), expected);
}

#[test]
fn telephones_reach_extensions_users_numbers_and_the_operator() {
    let office = office();
    let phone = Arrival::Phone(person(&office, "102"));
    for (called, expected) in [
        ("101", "ring person 101 for 15 s"),
        ("sally", "ring person 101 for 15 s"),
        ("102", "ring person 102 for 20 s"), // her own telephone
        ("+1 (555) 0101", "menu main"),
        ("0", "ring group reception for 12 s"),
        ("199", "refused: no such number"),
        ("+15559999", "refused: no such number"),
        ("", "refused: no such number"),
        ("reception", "refused: no such number"),
    ] {
        assert_eq!(start(&office, phone, called).describe(&office), expected, "{called:?}");
    }
}

#[test]
fn a_trunk_reaches_its_own_numbers_and_nothing_else() {
    let office = office();
    let trunk = Arrival::Trunk(office.trunks()[0].id);
    for (called, expected) in [
        ("+15550100", "ring group reception for 10 s"),
        ("+15550101", "menu main"),
        ("+15550102", "refused: not allowed"), // not through this trunk
        ("101", "refused: no such number"),    // extensions are no numbers
        ("sally", "refused: no such number"),
        ("0", "refused: no such number"),
        ("+4915111111111", "refused: no such number"), // outside does not reach outside
        ("900", "refused: no such number"),
    ] {
        assert_eq!(start(&office, trunk, called).describe(&office), expected, "{called:?}");
    }
}

#[test]
fn a_stranger_to_the_plan_is_not_let_in() {
    let (small, large) = (office(), acme());
    let stranger = large.people().last().unwrap().id;
    assert!(small.person(stranger).is_none(), "acme must have more people than the test office");
    let place = start(&small, Arrival::Phone(stranger), "101");
    assert_eq!(place, Place::Refused(Refusal::Forbidden));
}

#[test]
fn a_call_keeps_whom_its_caller_wanted() {
    let office = office();
    let sally = Callee::Person(person(&office, "101"));
    let ring = destination(&office, Destination::Person(person(&office, "101")), Reason::Direct);
    let mut context = Context::new(&office, &ring);
    assert_eq!(context.called, Some(sally));
    let outcome = Outcome::NoAnswer;
    let place = next(&office, &ring, &outcome, &context);
    context = context.after(&outcome, &place);
    assert_eq!((context.called, context.hops), (Some(sally), 1));
    let menu = Place::Menu(office.menus()[0].id);
    context = context.after(&Outcome::Chosen(Destination::Menu(office.menus()[0].id)), &menu);
    assert_eq!((context.called, context.hops), (None, 0), "the caller decides anew");
}

/// A place, and the hops that led there.
type Node = (Place, u8);

/// The graph of all places that calls to an office can meet, with the hops that lead there.
struct Graph {
    edges: BTreeMap<Node, Vec<(Outcome, Node)>>,
}

impl Graph {
    fn of(office: &Office) -> Self {
        let mut edges = BTreeMap::new();
        let mut ahead: VecDeque<Node> =
            entrances(office).into_iter().map(|place| (place, 0)).collect();
        while let Some((place, hops)) = ahead.pop_front() {
            if edges.contains_key(&(place, hops)) {
                continue;
            }
            let mut context = Context::new(office, &place);
            context.hops = hops;
            let lead = |outcome: Outcome| {
                let to = next(office, &place, &outcome, &context);
                let hops = context.after(&outcome, &to).hops;
                (outcome, (to, hops))
            };
            let from_here: Vec<_> = outcomes(office, &place).into_iter().map(lead).collect();
            ahead.extend(from_here.iter().map(|(_, to)| *to));
            edges.insert((place, hops), from_here);
        }
        Self { edges }
    }

    /// Returns the most steps in a row that nobody asked for; panics if there is no end to them.
    fn longest_involuntary_path(&self) -> usize {
        let mut known = BTreeMap::new();
        let starts: Vec<_> = self.edges.keys().copied().collect();
        let longest = |at| self.longest_from(at, &mut known, &mut BTreeSet::new());
        starts.into_iter().map(longest).max().unwrap_or(0)
    }

    fn longest_from(
        &self,
        at: Node,
        known: &mut BTreeMap<Node, usize>,
        above: &mut BTreeSet<Node>,
    ) -> usize {
        if let Some(longest) = known.get(&at) {
            return *longest;
        }
        assert!(above.insert(at), "a circle that nobody asked for, through {at:?}");
        let led = self.edges[&at].iter().filter(|(outcome, _)| !outcome.is_voluntary());
        let longest = led.map(|(_, to)| 1 + self.longest_from(*to, known, above)).max();
        above.remove(&at);
        known.insert(at, longest.unwrap_or(0));
        longest.unwrap_or(0)
    }
}

#[track_caller]
fn check_every_path(office: &Office) {
    let graph = Graph::of(office);
    let operator = operator(office);
    let mut checked = 0;
    for ((place, _), edges) in &graph.edges {
        assert_eq!(edges.is_empty(), place.is_final(), "{place:?}");
        for (outcome, (to, _)) in edges {
            checked += 1;
            let edge = || format!("{place:?} after {outcome:?} leads to {to:?}");
            match to {
                Place::Refused(_) => panic!("a call that runs is refused: {}", edge()),
                // A call ends only where a message was taken, or an announcement said why not.
                Place::Over => {
                    assert!(matches!(place, Place::Mailbox { .. } | Place::Apology), "{}", edge());
                }
                Place::Talking(_) => assert!(matches!(outcome, Outcome::Answered(_)), "{}", edge()),
                Place::Ring(_)
                | Place::Menu(_)
                | Place::Announcement(_)
                | Place::Mailbox { .. }
                | Place::Apology => {}
            }
            if *outcome == Outcome::Operator {
                assert_eq!(*to, operator, "0 reaches the operator: {}", edge());
            }
        }
        if !place.is_final() {
            assert!(edges.iter().any(|(outcome, _)| *outcome == Outcome::Operator), "{place:?}");
        }
    }
    let longest = graph.longest_involuntary_path();
    assert!(longest <= usize::from(MAX_HOPS) + 3, "{longest} steps");
    assert!(checked > 300, "{checked} edges from {} places", graph.edges.len());
}

#[test]
fn every_path_ends_with_a_person_a_mailbox_or_an_announcement_and_zero_is_everywhere() {
    check_every_path(&office());
    check_every_path(&acme());
}

#[test]
fn an_outcome_that_cannot_happen_at_a_place_still_leads_somewhere() {
    let office = office();
    let graph = Graph::of(&office);
    let places: BTreeSet<Place> = graph.edges.keys().map(|(place, _)| *place).collect();
    let all: BTreeSet<Outcome> = places.iter().flat_map(|place| outcomes(&office, place)).collect();
    for place in &places {
        for outcome in &all {
            let context = Context::new(&office, place);
            let to = next(&office, place, outcome, &context);
            let refused = matches!(to, Place::Refused(_)) && !matches!(place, Place::Refused(_));
            assert!(!refused, "{place:?} after {outcome:?}");
        }
    }
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let gave_up = centrala_ivr::WhyGaveUp::NoInput;
    prop_oneof![
        Just(Outcome::Busy),
        Just(Outcome::NoAnswer),
        Just(Outcome::NotRegistered),
        Just(Outcome::Declined),
        Just(Outcome::GaveUp(gave_up)),
        Just(Outcome::Finished),
        Just(Outcome::NotTaken(NotTaken::Full)),
        Just(Outcome::TooLong),
    ]
}

proptest! {
    #[test]
    fn steps_that_nobody_asked_for_come_to_an_end(
        entrance in any::<prop::sample::Index>(),
        outcomes in proptest::collection::vec(any_outcome(), usize::from(MAX_HOPS) + 3),
    ) {
        let office = acme();
        let entrances = entrances(&office);
        let mut place = *entrance.get(&entrances);
        let mut context = Context::new(&office, &place);
        for outcome in outcomes {
            let to = next(&office, &place, &outcome, &context);
            context = context.after(&outcome, &to);
            place = to;
        }
        let firm = matches!(place, Place::Over | Place::Mailbox { .. } | Place::Apology);
        prop_assert!(firm, "{place:?}");
    }

    #[test]
    fn nothing_that_a_trunk_may_call_lies_outside(called in "\\+?[0-9*#]{0,20}|\\PC{0,80}") {
        let office = office();
        let trunk = &office.trunks()[0];
        let place = start(&office, Arrival::Trunk(trunk.id), &called);
        let own = office.entry(&called).is_some_and(|entry| trunk.entries.contains(&entry.id));
        prop_assert_eq!(own, !matches!(place, Place::Refused(_)));
    }

    #[test]
    fn whatever_a_caller_keys_leads_to_an_extension_or_back(keyed in "[0-9*#]{0,20}") {
        let office = office();
        let menu = enter(&office, office.entries()[1].id);
        let keyed = digits(&keyed);
        let outcome = Outcome::Dialled(keyed.clone());
        let place = next(&office, &menu, &outcome, &Context::new(&office, &menu));
        match office.extension(&keyed) {
            Some(person) => prop_assert!(
                matches!(place, Place::Ring(ring) if ring.who == Callee::Person(person.id))
            ),
            None => prop_assert_eq!(place, menu),
        }
    }
}
