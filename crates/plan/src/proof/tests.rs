//! What no plan can do is found all the same, where the graph was tampered with.

use centrala_dialogue::{
    Trace,
    laws::{Law, Violation},
};
use centrala_ivr::WhyGaveUp;
use centrala_office::routing::{self, NotTaken, Outcome, Reason, Refusal};

use super::*;
use crate::Lengths;

const OFFICE: &str = r#"
company = { name = "Acme", operator = "group desk" }
entry = [{ number = "+15550100", go = "menu main" }]
person = [{ name = "Sally Jones", extension = "201" }]
group.desk = { members = ["201"], otherwise = "mailbox desk" }
mailbox.desk = {}

[menu.main]
greeting = "Thank you for calling."
options.1 = { say = "For sales", go = "person 201" }
"#;

fn codes(tamper: impl FnOnce(&Office, &mut CallGraph, &mut Vec<Broken>)) -> Vec<Code> {
    let office = Arc::new(Office::compile(OFFICE, "acme.toml").unwrap());
    let lengths = Lengths::default();
    let length = |phrase: &Phrase| lengths.of_phrase(phrase);
    let (mut graph, mut broken) = CallGraph::explore(&office, &length);
    tamper(&office, &mut graph, &mut broken);
    let proof = Proof::of_graph(graph, &broken, &Budget::default(), &length);
    let mut codes: Vec<Code> = proof.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn menu(office: &Office) -> Place {
    Place::Menu(office.menus().first().unwrap().id)
}

#[test]
fn nothing_is_found_where_nothing_was_tampered_with() {
    assert_eq!(codes(|_, _, _| {}), []);
}

#[test]
fn a_call_that_just_ends_is_found() {
    for end in [Place::Over, Place::Refused(Refusal::NotFound)] {
        let found = codes(|office, graph, _| {
            graph.tamper(menu(office), &Outcome::GaveUp(WhyGaveUp::NoInput), Some(end));
        });
        assert_eq!(found, [Code::Lost], "{end:?}");
    }
}

#[test]
fn a_mailbox_that_takes_no_message_and_ends_the_call_is_found() {
    let found = codes(|office, graph, _| {
        let mailbox = office.company().last_mailbox;
        let place = Place::Mailbox { mailbox, reason: Reason::NoAnswer };
        graph.tamper(place, &Outcome::NotTaken(NotTaken::Full), Some(Place::Over));
    });
    assert_eq!(found, [Code::Lost]);
}

#[test]
fn a_place_whose_zero_does_nothing_is_found() {
    let found = codes(|office, graph, _| graph.tamper(menu(office), &Outcome::Operator, None));
    assert_eq!(found, [Code::OperatorUnreachable]);
    let found = codes(|office, graph, _| {
        graph.tamper(menu(office), &Outcome::Operator, Some(Place::Apology));
    });
    assert_eq!(found, [Code::OperatorUnreachable]);
}

#[test]
fn an_operator_whose_absence_ends_in_no_mailbox_is_found() {
    let found = codes(|office, graph, _| {
        graph.tamper(routing::operator(office), &Outcome::NotRegistered, Some(Place::Over));
    });
    assert_eq!(found, [Code::OperatorAbsent, Code::Lost]);
}

#[test]
fn a_circle_is_found() {
    let found = codes(|office, graph, _| {
        graph.tamper(routing::operator(office), &Outcome::Busy, Some(menu(office)));
    });
    assert_eq!(found, [Code::Circle]);
}

#[test]
fn what_routing_does_not_expect_is_found() {
    let found = codes(|office, graph, _| {
        let to = routing::operator(office);
        graph.rename(menu(office), &Outcome::Operator, Outcome::MessageKept);
        graph.tamper(menu(office), &Outcome::MessageKept, Some(to));
    });
    assert_eq!(found, [Code::Unexpected, Code::OperatorUnreachable]);
}

#[test]
fn a_conversation_that_breaks_a_law_is_found() {
    let found = codes(|office, _, broken| {
        let violation = Violation::new(Law::OperatorUnreachable, Trace::default());
        broken.push(Broken { place: menu(office), violation });
    });
    assert_eq!(found, [Code::Law]);
}
