//! What callers meet is what was proven, no more and no less.

use std::{fs, sync::Arc, time::Duration};

use centrala_dialogue::Phrase;
use centrala_office::{
    Office,
    routing::{Outcome, Place},
};
use centrala_plan::{Budget, On, Proof, Taken};
use centrala_switch::{Input, JourneyStep, Output};
use centrala_testkit::company::{Phone, Script, Shell, millis};

use crate::{
    company::{length, look_up, simulate},
    golden::{name, plans},
};

fn office(source: &str) -> Arc<Office> {
    Arc::new(Office::compile(source, "").unwrap())
}

fn prove(office: &Arc<Office>) -> Proof {
    Proof::of(office, &Budget::default(), &length)
}

#[test]
fn every_step_of_every_caller_is_proven_and_every_proven_step_is_met() {
    for path in plans("clean") {
        let office = office(&fs::read_to_string(&path).unwrap());
        let proof = prove(&office);
        let graph = &proof.graph;
        let calls = 6_000;
        let shell = simulate(&office, 2_026, calls);
        let met = look_up(graph, &shell.events).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(met.journeys, usize::try_from(calls).unwrap());
        let mut never = Vec::new();
        let mut all = 0;
        for from in 0..graph.nodes().len() {
            for (nth, edge) in graph.edges(from).iter().enumerate() {
                all += 1;
                if !met.taken.contains(&Taken::Edge { from, edge: nth }) {
                    let happens = graph.describe_on(edge);
                    let to = graph.describe(edge.to);
                    never.push(format!("{}: {happens}: {to}", graph.describe(from)));
                }
            }
        }
        println!("{}: {} of {all} met; never:\n{}", name(&path), met.taken.len(), never.join("\n"));
        let least = all * 9 / 10;
        assert!(met.taken.len() >= least, "{} of {all}: {never:#?}", met.taken.len());
    }
}

/// Waits for every prompt to end, and then until a moment before its patience does; presses a key
/// that begins an extension and nothing else.
fn adversary(office: &Arc<Office>, number: &str) -> (Shell, Option<Duration>) {
    let mut shell = Shell::new(Arc::clone(office));
    for person in office.people() {
        shell.phones.insert(person.user.to_string(), Phone::Ignores);
    }
    let trunk = office.trunks().first().map(|trunk| trunk.name.to_string());
    let mut script = Script::outside(number);
    if let Some(trunk) = trunk {
        script.from = centrala_switch::Origin::Trunk(trunk);
    } else {
        script.from = centrala_switch::Origin::Phone(office.people()[0].user.to_string());
    }
    script.talks = Duration::from_secs(600);
    shell.call(script);
    let key = office.people()[0].extension[0];
    let mut heard = 0;
    loop {
        let plays: Vec<(Duration, Vec<Phrase>)> = shell
            .outputs
            .iter()
            .filter_map(|(at, output)| match output {
                Output::Play { phrases, .. } => Some((at.since_start(), phrases.clone())),
                _ => None,
            })
            .collect();
        let in_menu = matches!(last_place(&shell), Some(Place::Menu(_)));
        if plays.len() > heard && in_menu {
            heard = plays.len();
            let (at, phrases) = plays.last().unwrap();
            let said: Duration = phrases.iter().map(length).sum();
            let just_before = *at + said + millis(4_999);
            let wait = just_before.saturating_sub(shell.now.since_start());
            let gives_up = phrases.len() == 1; // "One moment, please."
            if !gives_up {
                shell.run_for(wait);
                let leg = shell.callers()[0];
                shell.feed(Input::Onset { leg });
                shell.feed(Input::Key { leg, key });
                continue;
            }
        }
        if !shell.step() || shell.count(|output| matches!(output, Output::Record { .. })) > 0 {
            break;
        }
    }
    let rung = shell.outputs.iter().find(|(_, output)| matches!(output, Output::Call { .. }));
    let rung = rung.map(|(at, _)| at.since_start());
    (shell, rung)
}

fn last_place(shell: &Shell) -> Option<Place> {
    shell.events.iter().rev().find_map(|event| match &event.step {
        JourneyStep::Began { place, .. } | JourneyStep::Moved { place, .. } => Some(*place),
        _ => None,
    })
}

#[test]
fn what_a_caller_waits_at_worst_is_what_was_computed() {
    for path in plans("clean") {
        let office = office(&fs::read_to_string(&path).unwrap());
        let proof = prove(&office);
        for cost in &proof.entries {
            let number = &office.entries()[cost.entry.index()].number;
            let (shell, rung) = adversary(&office, number);
            let computed = cost.until_rung.unwrap();
            let rung = rung.unwrap();
            let story = shell.story().join("\n");
            let off = computed.abs_diff(rung);
            assert!(
                rung <= computed && off < Duration::from_millis(100),
                "{} {number}: computed {computed:?}, met {rung:?}\n{story}",
                name(&path)
            );
        }
    }
}

#[test]
fn a_graph_that_lacks_an_edge_does_not_prove_the_callers_who_take_it() {
    let source = fs::read_to_string(&plans("clean")[0]).unwrap();
    let clean = office(&source);
    let shell = simulate(&clean, 1, 300);
    let other = source.replace("options.1 = { say = \"For sales\", go = \"group sales\" }", "");
    assert_ne!(other, source);
    let other = prove(&office(&other.replace("options.3", "options.1")));
    let fault = look_up(&other.graph, &shell.events).unwrap_err();
    assert!(fault.contains("not proven"), "{fault}");
}

#[test]
fn the_graph_is_what_routing_says() {
    let office = office(&fs::read_to_string(&plans("clean")[0]).unwrap());
    let proof = prove(&office);
    let graph = &proof.graph;
    let mut edges = 0;
    for (from, node) in graph.nodes().enumerate() {
        let centrala_plan::Node::Place(place) = node else { continue };
        for edge in graph.edges(from) {
            edges += 1;
            if let On::Outcome(outcome) = &edge.on {
                assert!(outcome != &Outcome::TooLong);
                let centrala_plan::Node::Place(to) = graph.node(edge.to).unwrap() else { panic!() };
                assert!(graph.proves(&place, outcome, &to));
            }
        }
    }
    assert!(edges > 60, "{edges}");
}
