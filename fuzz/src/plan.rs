//! The text of an office's file.

use std::sync::Arc;

use centrala_office::{Office, routing};
use centrala_plan::{Budget, CallGraph, Finding, Lengths, Proof};

/// The longest text that is tried: what is longer is only more of the same.
const LONGEST: usize = 16_384;

/// Any text describes an office that is proven, or has errors with their places. Whatever is found can be told, and every
/// place of the graph leads to places of the graph.
pub fn check(octets: &[u8]) {
    let Ok(source) = std::str::from_utf8(octets) else { return };
    if source.len() > LONGEST {
        return;
    }
    match Office::compile(source, "office.toml") {
        Ok(office) => prove(&Arc::new(office), source),
        Err(errors) => {
            assert!(!errors.errors().is_empty());
            for error in errors.errors() {
                let finding = Finding::from(error);
                assert!(source.get(error.at.span.clone()).is_some(), "{error}");
                assert!(!finding.to_string().is_empty());
            }
        }
    }
}

fn prove(office: &Arc<Office>, source: &str) {
    let lengths = Lengths::default();
    let proof = Proof::of(office, &Budget::default(), &|phrase| lengths.of_phrase(phrase));
    for finding in &proof.findings {
        assert!(!finding.to_string().is_empty());
        assert!(finding.at.as_ref().is_none_or(|at| source.get(at.span.clone()).is_some()));
    }
    assert_eq!(proof.entries.len(), office.entries().len());
    let graph: &CallGraph = &proof.graph;
    for at in 0..graph.nodes().len() {
        assert!(graph.edges(at).iter().all(|edge| graph.node(edge.to).is_some()));
        assert!(!graph.describe(at).is_empty());
    }
    for entry in office.entries() {
        assert!(graph.find(centrala_plan::Node::Place(routing::enter(office, entry.id))).is_some());
    }
}
