//! Menus that lead to menus.

use centrala_dialogue::{
    Phrase,
    laws::{Limits, check_with_operator},
};
use centrala_ivr::{GraphDialogue, GraphFault, Menu, MenuGraph, Way};
use centrala_keys::Key;

use crate::{laws::Outside, transcripts::perform};

fn menu(greeting: &str, ways: &[(Key, Way<&'static str>)]) -> Menu<Way<&'static str>> {
    let mut menu = Menu::new([Phrase::text(greeting)]);
    for (key, way) in ways {
        menu.offer(*key, Phrase::text("For it"), way.clone()).unwrap();
    }
    menu
}

fn faults(menus: Vec<(&'static str, Menu<Way<&'static str>>)>) -> Vec<GraphFault> {
    MenuGraph::new(menus).unwrap_err().faults
}

fn graph() -> MenuGraph<&'static str> {
    let sales = (Key::One, Way::Out("sales"));
    let main = menu("Main.", &[sales, (Key::Two, Way::menu("visit"))]);
    let visit = menu("Visit.", &[(Key::One, Way::Out("hours")), (Key::Star, Way::menu("main"))]);
    MenuGraph::new([("main", main), ("visit", visit)]).unwrap()
}

#[test]
fn a_caller_walks_from_menu_to_menu_and_is_greeted_once_in_each() {
    let transcript = perform(GraphDialogue::new(graph()), "2**1");
    let said: Vec<&str> = transcript.lines().filter(|line| line.contains("press 1")).collect();
    let begins = ["    Main. For it", "    Visit. For it", "    For it", "    Sorry, that is not"];
    assert_eq!(said.len(), begins.len(), "{transcript}");
    for (line, begin) in said.iter().zip(begins) {
        assert!(line.starts_with(begin), "{transcript}");
    }
    assert!(transcript.ends_with("Chosen(\"sales\")\n"), "{transcript}");
}

#[test]
fn menus_that_lead_in_circles_keep_the_laws() {
    let found = check_with_operator(GraphDialogue::new(graph()), &Outside, &Limits::default())
        .unwrap_or_else(|violation| panic!("{violation}"));
    let outcomes: Vec<String> =
        found.outcomes.iter().map(|reached| format!("{:?}", reached.outcome)).collect();
    for expected in ["sales", "hours", "NoInput", "WrongKeys", "Operator", "Ended(Left)"] {
        assert!(outcomes.iter().any(|outcome| outcome.contains(expected)), "{outcomes:?}");
    }
    assert_eq!(outcomes.len(), 6, "{outcomes:?}");
}

#[test]
fn all_faults_of_a_graph_are_found() {
    let out = || (Key::One, Way::Out("sales"));
    let to = |key, name: &'static str| (key, Way::menu(name));
    let main = || "main".into();
    for (name, menus, expected) in [
        ("no menus", vec![], vec![GraphFault::NoMenus]),
        (
            "a menu twice",
            vec![("main", menu("A.", &[out()])), ("main", menu("B.", &[out()]))],
            vec![GraphFault::Duplicate { menu: main() }],
        ),
        (
            "a menu that is not there",
            vec![("main", menu("A.", &[out(), to(Key::Two, "jobs")]))],
            vec![GraphFault::Dangling { from: main(), to: "jobs".into() }],
        ),
        (
            "a menu without options",
            vec![("main", menu("A.", &[]))],
            vec![GraphFault::OffersNothing { menu: main() }],
        ),
        (
            "two menus that only lead to each other",
            vec![
                ("main", menu("A.", &[out()])),
                ("b", menu("B.", &[to(Key::One, "c")])),
                ("c", menu("C.", &[to(Key::One, "b")])),
            ],
            vec![
                GraphFault::Unreachable { menu: "b".into() },
                GraphFault::Unreachable { menu: "c".into() },
            ],
        ),
        (
            "several faults",
            vec![("main", menu("A.", &[to(Key::One, "jobs")])), ("b", menu("B.", &[]))],
            vec![
                GraphFault::Dangling { from: main(), to: "jobs".into() },
                GraphFault::OffersNothing { menu: "b".into() },
                GraphFault::Unreachable { menu: "b".into() },
            ],
        ),
    ] {
        assert_eq!(faults(menus), expected, "{name}");
    }
}

#[test]
fn faults_are_told_in_one_sentence() {
    let errors = MenuGraph::new([("main", menu("A.", &[(Key::One, Way::menu("jobs"))]))]);
    let told = errors.unwrap_err().to_string();
    assert_eq!(told, "menu main leads to menu jobs, which is not there");
}

#[test]
fn ten_thousand_menus_in_a_row_are_walked_and_checked() {
    let name = |n: usize| format!("m{n}");
    let row = (0..10_000).map(|n| {
        let next = if n == 9_999 { Way::Out("end") } else { Way::menu(name(n + 1)) };
        (name(n), menu("Deeper.", &[(Key::One, next)]))
    });
    let graph = MenuGraph::new(row).unwrap();
    let transcript = perform(GraphDialogue::new(graph), &"1".repeat(10_000));
    assert!(transcript.ends_with("Chosen(\"end\")\n"));
}
