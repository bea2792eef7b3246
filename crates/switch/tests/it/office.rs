//! The company of these tests.

use std::sync::Arc;

use centrala_office::Office;

const ACME: &str = r#"
[company]
name = "Acme Widgets"
operator = "group reception"

[[entry]]
number = "+15550100"
go = "menu main"

[[entry]]
number = "+15550101"
go = "group reception for 10 s, then menu main"

[[entry]]
number = "+15550102"
go = "person 101"

[[person]]
name = "Sally Jones"
extension = "101"
seconds = 15

[[person]]
name = "Bob Smith"
extension = "102"

[[person]]
name = "Rita Green"
extension = "110"

[[person]]
name = "Carol White"
extension = "103"

[group.reception]
members = ["110", "103"]
ring = "at-once"
seconds = 12
otherwise = "mailbox reception"

[group.sales]
members = ["101", "102"]
ring = "in-turn"
seconds = 10
otherwise = "mailbox sales"

[mailbox.reception]
greeting = "Nobody is at the reception. Please speak after the tone."

[mailbox.sales]

[menu.main]
greeting = "Thank you for calling Acme Widgets."
options.1 = { say = "For sales", go = "group sales" }
options.2 = { say = "For our visitors", go = "menu visit" }
options.5 = { say = "For widgets", go = "announcement widgets" }
options.7 = { say = "To leave a message", go = "mailbox sales" }

[menu.visit]
greeting = "We would love to see you."
options."*" = { say = "To go back", go = "menu main" }

[announcement.widgets]
say = "Our widgets are made of solid brass."
then = "menu main"

[[trunk]]
name = "telco"
addresses = ["192.0.2.1"]
numbers = ["+15550100", "+15550101", "+15550102"]
"#;

/// Returns the office of Acme Widgets.
pub(crate) fn acme() -> Arc<Office> {
    match Office::compile(ACME, "acme.toml") {
        Ok(office) => Arc::new(office),
        Err(errors) => panic!("{errors}"),
    }
}
