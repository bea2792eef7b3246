//! Files with more than one fault, and files that are faults.

use std::fmt::Write as _;

use centrala_office::{Fault, MAX_ERRORS, MAX_SOURCE_LEN, Office, OfficeErrors};

use crate::ACME;

fn errors(source: &str) -> OfficeErrors {
    Office::compile(source, "acme.toml").expect_err("compiled")
}

#[test]
fn all_faults_are_reported_in_the_order_of_the_file() {
    let source = ACME
        .replace("language = \"en\"", "language = \"xx\"")
        .replace("name = \"Bob Smith\"", "name = \"\"")
        .replace("members = [\"110\", \"103\"]", "members = [\"110\", \"104\"]")
        .replace("ring = \"in-turn\"", "ring = \"inturn\"")
        .replace("go = \"announcement hours\"", "go = \"announcement hour\"")
        .replace("addresses = [\"127.0.0.2\"]", "adresses = [\"127.0.0.2\"]");
    let found: Vec<String> =
        errors(&source).errors().iter().map(|error| error.fault.to_string()).collect();
    assert_eq!(
        found,
        [
            "language cannot be \"xx\"",
            "name is empty",
            "there is no person \"104\"",
            "ring cannot be \"inturn\"",
            "there is no announcement \"hour\"",
            "[[trunk]] has no key \"adresses\"",
        ]
    );
}

#[test]
fn syntax_errors_are_reported_together_and_alone() {
    let source = ACME
        .replace("name = \"Acme Widgets\"", "name = \"Acme Widgets")
        .replace("attempts = 3", "attempts = three")
        .replace("go = \"announcement hours\"", "go = \"announcement hour\"");
    let errors = errors(&source);
    let lines: Vec<&str> = errors
        .errors()
        .iter()
        .map(|error| {
            assert!(matches!(error.fault, Fault::Syntax { .. }), "{error}");
            source.lines().nth(error.at.line - 1).unwrap().trim()
        })
        .collect();
    assert_eq!(lines, ["name = \"Acme Widgets", "attempts = three"]);
}

#[test]
fn a_fault_is_shown_in_a_long_line_and_among_strange_characters() {
    for (name, text, shown) in [
        (
            "letters beyond ASCII",
            "[company]\nname = \"Żółw\"\noperator = \"Łódź\"\n",
            "  |\n3 | operator = \"Łódź\"\n  |             ^^^^\n",
        ),
        ("a tab", "[company]\n\toperatr = \"x\"\n", "  |\n2 |  operatr = \"x\"\n  |  ^^^^^^^\n"),
        (
            "lines of Windows",
            "[company]\r\noperatr = \"x\"\r\n",
            "  |\n2 | operatr = \"x\"\n  | ^^^^^^^\n",
        ),
        (
            "a control character",
            "[company]\noperatr = \"x\" # \u{1b}[2J\n",
            "2 | operatr = \"x\" # \u{fffd}[2J\n",
        ),
    ] {
        let message = errors(text).to_string();
        assert!(message.contains(shown), "{name}:\n{message}");
    }
}

#[test]
fn a_long_line_is_shown_around_the_fault() {
    let filler = "x".repeat(5_000);
    let source = format!("company = {{ name = \"{filler}\", operatr = \"{filler}\" }}\n");
    let errors = errors(&source);
    let unknown = errors.errors().iter().find(|error| error.fault.to_string().contains("operatr"));
    let unknown = unknown.unwrap();
    assert_eq!(unknown.at.column, source.find("operatr").unwrap() + 1);
    let message = unknown.to_string();
    let lines: Vec<&str> = message.lines().collect();
    let at = lines[3].find("operatr").unwrap();
    assert_eq!(lines[4].find('^'), Some(at));
    assert_eq!(lines[4].trim_end().len(), at + "operatr".len());
    assert!(lines.iter().all(|line| line.chars().count() < 120), "{message}");
}

#[test]
fn a_hundred_thousand_places_in_one_line_are_found() {
    let menus: Vec<String> =
        (0..60_000).map(|n| format!("m{n} = {{ greeting = {{ file = \"ż{n}.wav\" }} }}")).collect();
    let source = format!("menu = {{ {} }}\n{ACME}", menus.join(", "));
    let errors = errors(&source.replace("[menu.", "[announcement.x"));
    assert_eq!(errors.errors().len(), MAX_ERRORS);
    let last = errors.errors().last().unwrap();
    let before = &source[..last.at.span.start];
    assert_eq!(last.at.line, 1);
    assert_eq!(last.at.column, before.chars().count() + 1);
}

#[test]
fn errors_are_counted_where_they_are_too_many_to_show() {
    let mut source = ACME.to_owned();
    for n in 0..5_000 {
        write!(source, "\n[group.g{n}]\nmembers = [\"9{n}\"]\notherwise = \"mailbx sales\"\n")
            .unwrap();
    }
    let errors = errors(&source);
    assert_eq!(errors.errors().len(), MAX_ERRORS);
    assert_eq!(errors.omitted(), 10_000 - MAX_ERRORS);
    assert!(errors.to_string().ends_with("… and 9900 more"));
}

#[test]
fn a_large_office_compiles() {
    let mut source = ACME.to_owned();
    for n in 0..10_000 {
        let next = n + 1;
        write!(
            source,
            "\n[[person]]\nname = \"Person {n}\"\nextension = \"5{n:04}\"\n\
             \n[menu.m{n}]\ngreeting = \"Menu {n}.\"\noptions.1 = {{ say = \"Deeper\", go = \
             \"menu m{next}\" }}\n"
        )
        .unwrap();
    }
    source += "\n[menu.m10000]\ngreeting = \"The last.\"\noptions.1 = { say = \"Back\", go = \
               \"menu main\" }\n";
    let office = Office::compile(&source, "large.toml").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(office.menus().len(), 10_003);
    assert_eq!(office.people().len(), 10_004);
}

#[test]
fn a_circle_of_ten_thousand_groups_is_one_error() {
    let mut source = ACME.to_owned();
    for n in 0..10_000 {
        let next = (n + 1) % 10_000;
        write!(source, "\n[group.g{n}]\nmembers = [\"101\"]\notherwise = \"group g{next}\"\n")
            .unwrap();
    }
    let errors = errors(&source);
    let [error] = errors.errors() else { panic!("{errors}") };
    assert!(matches!(error.fault, Fault::Circle { .. }));
    let message = error.to_string();
    assert!(message.contains("group g0, then group g1,"), "{message}");
    assert!(message.contains("others, then group g0 again"), "{message}");
}

#[test]
fn a_way_into_a_circle_is_not_part_of_it() {
    let source = format!(
        "{ACME}\n[group.in]\nmembers = [\"101\"]\notherwise = \"group a\"\n[group.a]\nmembers = \
         [\"101\"]\notherwise = \"announcement b\"\n[announcement.b]\nsay = \"B.\"\nthen = \
         \"group a\"\n"
    );
    let errors = errors(&source);
    let [error] = errors.errors() else { panic!("{errors}") };
    let path = ["group a", "announcement b"].map(str::to_owned).to_vec();
    assert_eq!(error.fault, Fault::Circle { path });
}

#[test]
fn a_file_that_is_too_large_or_too_deep_is_refused() {
    let large = format!("{ACME}#{}", "x".repeat(MAX_SOURCE_LEN));
    let errors_of_large = errors(&large);
    assert_eq!(errors_of_large.errors()[0].fault, Fault::FileTooLarge { most: MAX_SOURCE_LEN });
    for deep in [
        format!("x = {}", "[".repeat(200_000)),
        format!("x = {}", "{ a = ".repeat(100_000)),
        format!("x{} = 1", ".x".repeat(100_000)),
        format!("[x{}]", ".x".repeat(100_000)),
        format!("x = {{ {}x = 1 }}", "x.".repeat(50_000)),
    ] {
        assert!(!errors(&deep).errors().is_empty());
    }
}

#[test]
fn ten_thousand_addresses_and_steps_are_too_many() {
    let addresses: Vec<String> =
        (0..10_000).map(|n| format!("\"10.1.{}.{}\"", n / 256, n % 256)).collect();
    let source = ACME.replace("[\"127.0.0.2\"]", &format!("[{}]", addresses.join(", ")));
    assert_eq!(errors(&source).errors()[0].fault.to_string(), "there are more than 1000 addresses");
    let steps = "group sales, then ".repeat(20);
    let source = ACME.replace("go = \"person 101\"", &format!("go = \"{steps}person 101\""));
    assert_eq!(errors(&source).errors()[0].fault.to_string(), "there are more than 8 steps");
}
