use std::sync::Arc;

use centrala_office::Office;

use super::Picture;
use crate::{Budget, Lengths, Proof};

const OFFICE: &str = r#"
    company = { name = "Acme", operator = "person 201" }
    entry = [{ number = "+15550100", go = "menu main" }]
    person = [{ name = "Sally \"S\" [Jones]", extension = "201" }, { name = "Bob", extension = "202" }]

    [menu.main]
    greeting = "Thank you for calling Acme."
    options.1 = { say = "For sales", go = "person 201" }

    [menu.jobs]
    greeting = "We are looking for people."
    options.1 = { say = "For engineers", go = "person 202" }
"#;

fn mermaid() -> String {
    let office = Arc::new(Office::compile(OFFICE, "acme.toml").expect("an office"));
    let lengths = Lengths::default();
    let proof = Proof::of(&office, &Budget::default(), &|phrase| lengths.of_phrase(phrase));
    Picture::of(&proof).to_mermaid()
}

/// Returns the name of the only node with this text.
fn node(text: &str, label: &str) -> String {
    let quoted = format!("\"{label}\"");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(&quoted)).collect();
    assert_eq!(lines.len(), 1, "{label} in {text}");
    lines[0].trim().chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn a_mermaid_picture_draws_each_card_once_and_links_it_by_its_keys() {
    let text = mermaid();
    let (entry, main) = (node(&text, "+15550100"), node(&text, "menu main"));
    let sally = node(&text, "201 Sally #34;S#34; #91;Jones#93;");
    node(&text, "202 Bob");
    assert!(text.contains(&format!("  {entry} --> {main}\n")), "{text}");
    assert!(text.contains(&format!("  {main} -->|\"1\"| {sally}\n")), "{text}");
}

#[test]
fn what_no_caller_reaches_is_marked() {
    let text = mermaid();
    assert!(text.contains("\"menu jobs\"]:::unreachable\n"), "{text}");
    assert!(text.contains("\"menu main\"]\n"), "{text}");
}

#[test]
fn zero_is_told_once_and_a_picture_is_always_the_same() {
    let text = mermaid();
    assert_eq!(text.matches("0, at any moment").count(), 1);
    assert!(text.contains("from everywhere: 201 Sally #34;S#34; #91;Jones#93;<br>An extension"));
    assert_eq!(text, mermaid());
}
