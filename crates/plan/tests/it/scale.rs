//! Large plans, hostile plans.

use std::fmt::Write as _;

use centrala_plan::{Code, Severity};
use centrala_testkit::company::large_office;
use proptest::prelude::*;

use crate::{findings, prove};

#[test]
fn a_large_plan_is_proven() {
    let proof =
        prove(&large_office(2_000), "large.toml").unwrap_or_else(|errors| panic!("{errors}"));
    assert!(proof.graph.nodes().len() > 2_000);
    assert!(proof.findings.iter().all(|finding| finding.severity() < Severity::Error));
}

#[test]
fn of_ten_thousand_menus_in_a_row_the_first_that_is_too_deep_is_found() {
    let mut text = String::from(
        "[company]\nname = \"Deep\"\noperator = \"person 70\"\n\
         [[entry]]\nnumber = \"100\"\ngo = \"menu m0\"\n\
         [[person]]\nname = \"Somebody\"\nextension = \"70\"\n",
    );
    let levels = 10_000;
    for at in 0..levels {
        let to = if at + 1 < levels { format!("menu m{}", at + 1) } else { "person 70".to_owned() };
        writeln!(text, "[menu.m{at}]\ngreeting = \"Level {at}.\"").unwrap();
        writeln!(text, "options.1 = {{ say = \"Down\", go = \"{to}\" }}").unwrap();
    }
    let found = findings(&text, "deep.toml");
    let deep: Vec<_> = found.iter().filter(|it| it.code == Code::TooManyLevels).collect();
    assert_eq!(deep.len(), 1, "those below are too deep because one is");
    assert_eq!(deep[0].way.len(), 4, "{}", deep[0]);
}

proptest! {
    #[test]
    fn any_text_is_answered(source in ".{0,400}") {
        let found = findings(&source, "any.toml");
        prop_assert!(found.iter().all(|finding| !finding.to_string().is_empty()));
    }

    #[test]
    fn any_order_of_lines_is_answered(lines in prop::collection::vec(0_usize..80, 0..80)) {
        let source = large_office(20);
        let all: Vec<&str> = source.lines().collect();
        let some: Vec<&str> = lines.iter().map(|&at| all[at % all.len()]).collect();
        let found = findings(&some.join("\n"), "any.toml");
        prop_assert!(found.iter().all(|finding| !finding.to_string().is_empty()));
    }
}
