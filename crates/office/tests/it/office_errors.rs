//! Every fault, with the whole message that it gives.

use centrala_office::Office;

/// A small office without a fault.
const OFFICE: &str = r#"[company]
name = "Acme"
operator = "group desk"

[[entry]]
number = "+15550100"
go = "menu main"

[[person]]
name = "Sally Jones"
extension = "101"

[[person]]
name = "Bob Smith"
extension = "102"

[group.desk]
members = ["101", "102"]
otherwise = "mailbox desk"

[mailbox.desk]

[menu.main]
greeting = "Hello."
options.1 = { say = "For news", go = "announcement news" }

[announcement.news]
say = "None."
then = "menu main"
"#;

/// Cases: a name, what is replaced in [`OFFICE`], by what, and what is said then.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "an unknown section",
        "[mailbox.desk]",
        r#"[mailboxes.desk]

[mailbox.desk]"#,
        r#"
error: the office has no key "mailboxes"
  --> office.toml:21:2
   |
21 | [mailboxes.desk]
   |  ^^^^^^^^^
   = did you mean mailbox?
"#,
    ),
    (
        "nobody at all",
        r#"[[person]]
name = "Sally Jones"
extension = "101"

[[person]]
name = "Bob Smith"
extension = "102"
"#,
        "",
        r#"
error: there is no person "101"
  --> office.toml:11:13
   |
11 | members = ["101", "102"]
   |             ^^^
   = this office has no person at all

error: there is no person "102"
  --> office.toml:11:20
   |
11 | members = ["101", "102"]
   |                    ^^^
   = this office has no person at all
"#,
    ),
    (
        "options in a list",
        r#"options.1 = { say = "For news", go = "announcement news" }"#,
        r#"options = ["announcement news"]"#,
        r#"
error: options must be a section, options.1 = { … } and so on, not a list
  --> office.toml:25:11
   |
25 | options = ["announcement news"]
   |           ^^^^^^^^^^^^^^^^^^^^^
"#,
    ),
    (
        "no options",
        r#"options.1 = { say = "For news", go = "announcement news" }"#,
        "options = {}",
        r#"
error: options is empty
  --> office.toml:25:11
   |
25 | options = {}
   |           ^^
   = for example: options.1 = { say = "For sales", go = "group sales" }
"#,
    ),
    (
        "an unknown key",
        r#"extension = "101""#,
        r#"extention = "101""#,
        r#"
error: [[person]] has no key "extention"
  --> office.toml:11:1
   |
11 | extention = "101"
   | ^^^^^^^^^
   = did you mean extension?
"#,
    ),
    (
        "a key like no other",
        r#"extension = "102""#,
        r#"extension = "102"
shoe-size = 38"#,
        r#"
error: [[person]] has no key "shoe-size"
  --> office.toml:16:1
   |
16 | shoe-size = 38
   | ^^^^^^^^^
   = what may stand here: name, extension, user, seconds, greeting
"#,
    ),
    (
        "a number instead of a text",
        r#"extension = "101""#,
        "extension = 101",
        r#"
error: extension must be a text in quotes, not a number
  --> office.toml:11:13
   |
11 | extension = 101
   |             ^^^
"#,
    ),
    (
        "a text instead of a list",
        r#"members = ["101", "102"]"#,
        r#"members = "101""#,
        r#"
error: members must be a list, ["…", "…"], not a text
  --> office.toml:18:11
   |
18 | members = "101"
   |           ^^^^^
"#,
    ),
    (
        "a text instead of a number",
        r#"greeting = "Hello.""#,
        r#"greeting = "Hello."
attempts = "3""#,
        r#"
error: attempts must be a whole number without quotes, not a text
  --> office.toml:25:12
   |
25 | attempts = "3"
   |            ^^^
"#,
    ),
    (
        "one person instead of a list",
        r#"[[person]]
name = "Sally Jones"
extension = "101"

[[person]]"#,
        "[person]",
        r#"
error: person must be a list of sections, each [[person]], not a section
 --> office.toml:9:1
  |
9 | [person]
  | ^^^^^^^^
"#,
    ),
    (
        "an option without a table",
        r#"options.1 = { say = "For news", go = "announcement news" }"#,
        r#"options.1 = "announcement news""#,
        r#"
error: options.1 must be { say = "…", go = "…" }, not a text
  --> office.toml:25:13
   |
25 | options.1 = "announcement news"
   |             ^^^^^^^^^^^^^^^^^^^
"#,
    ),
    (
        "a person without a name",
        r#"name = "Bob Smith"
"#,
        "",
        r#"
error: [[person]] has no name
  --> office.toml:13:1
   |
13 | [[person]]
   | ^^^^^^^^^^
   = for example: name = "Sally Jones"
"#,
    ),
    (
        "a missing person",
        r#"members = ["101", "102"]"#,
        r#"members = ["101", "103"]"#,
        r#"
error: there is no person "103"
  --> office.toml:18:20
   |
18 | members = ["101", "103"]
   |                    ^^^
   = there is "101" (Sally Jones), "102" (Bob Smith)
"#,
    ),
    (
        "a person by name",
        r#"members = ["101", "102"]"#,
        r#"members = ["101", "Bob Smith"]"#,
        r#"
error: there is no person "Bob Smith"
  --> office.toml:18:20
   |
18 | members = ["101", "Bob Smith"]
   |                    ^^^^^^^^^
   = did you mean "102"?
"#,
    ),
    (
        "a member twice",
        r#"members = ["101", "102"]"#,
        r#"members = ["101", "101"]"#,
        r#"
error: member 101 is there twice
  --> office.toml:18:20
   |
18 | members = ["101", "101"]
   |                    ^^^
  ::: office.toml:18:13
   |
18 | members = ["101", "101"]
   |             --- the first is here
   = change one of them, or remove it
"#,
    ),
    (
        "two equal extensions",
        r#"extension = "102""#,
        r#"extension = "101""#,
        r#"
error: extension 101 is there twice
  --> office.toml:15:14
   |
15 | extension = "101"
   |              ^^^
  ::: office.toml:11:14
   |
11 | extension = "101"
   |              --- already the extension of Sally Jones
   = change one of them, or remove it
"#,
    ),
    (
        "an extension that begins with zero",
        r#"extension = "102""#,
        r#"extension = "012""#,
        r#"
error: "012" is no extension
  --> office.toml:15:14
   |
15 | extension = "012"
   |              ^^^
   = an extension has 2 to 15 digits and does not begin with 0, which is the operator's: 101
"#,
    ),
    (
        "an extension with letters",
        r#"extension = "102""#,
        r#"extension = "10b""#,
        r#"
error: "10b" is no extension
  --> office.toml:15:14
   |
15 | extension = "10b"
   |              ^^^
   = an extension has 2 to 15 digits and does not begin with 0, which is the operator's: 101
"#,
    ),
    (
        "two equal users",
        r#"extension = "102""#,
        r#"extension = "102"
user = "101""#,
        r#"
error: user 101 is there twice
  --> office.toml:16:9
   |
16 | user = "101"
   |         ^^^
  ::: office.toml:11:14
   |
11 | extension = "101"
   |              --- the first is here
   = change one of them, or remove it
"#,
    ),
    (
        "a user with an at sign",
        r#"extension = "102""#,
        r#"extension = "102"
user = "bob@acme""#,
        r#"
error: "bob@acme" is no user name
  --> office.toml:16:9
   |
16 | user = "bob@acme"
   |         ^^^^^^^^
   = user names are written with a-z, A-Z, 0-9, -, _ and the full stop
"#,
    ),
    (
        "an option that leads nowhere",
        r#"go = "announcement news""#,
        r#"go = "announcement views""#,
        r#"
error: there is no announcement "views"
  --> office.toml:25:52
   |
25 | options.1 = { say = "For news", go = "announcement views" }
   |                                                    ^^^^^
   = there is "news"
"#,
    ),
    (
        "an option with a misspelt name",
        r#"go = "announcement news""#,
        r#"go = "announcement newz""#,
        r#"
error: there is no announcement "newz"
  --> office.toml:25:52
   |
25 | options.1 = { say = "For news", go = "announcement newz" }
   |                                                    ^^^^
   = did you mean "news"?
"#,
    ),
    (
        "an option under zero",
        "options.1 = {",
        "options.0 = {",
        r#"
error: 0 always reaches the operator and cannot be an option
  --> office.toml:25:9
   |
25 | options.0 = { say = "For news", go = "announcement news" }
   |         ^
   = use 1 to 9, * or #; who answers 0 is said by operator in [company]
"#,
    ),
    (
        "an option under two keys",
        "options.1 = {",
        "options.12 = {",
        r##"
error: "12" is no key of a telephone
  --> office.toml:25:9
   |
25 | options.12 = { say = "For news", go = "announcement news" }
   |         ^^
   = options are written options.1 to options.9, options."*" or options."#"
"##,
    ),
    (
        "an option without words",
        r#"say = "For news", "#,
        "",
        r#"
error: option 1 of [menu.main] has no say
  --> office.toml:25:9
   |
25 | options.1 = { go = "announcement news" }
   |         ^
   = for example: say = "For sales"
"#,
    ),
    (
        "a menu without options",
        r#"options.1 = { say = "For news", go = "announcement news" }
"#,
        "",
        r#"
error: [menu.main] has no options
  --> office.toml:23:7
   |
23 | [menu.main]
   |       ^^^^
   = for example: options.1 = { say = "For sales", go = "group sales" }
"#,
    ),
    (
        "a destination without its kind",
        r#"go = "menu main""#,
        r#"go = "main""#,
        r#"
error: "main" is no destination
 --> office.toml:7:7
  |
7 | go = "main"
  |       ^^^^
  = did you mean "menu main"?
"#,
    ),
    (
        "a destination with a misspelt kind",
        r#"go = "menu main""#,
        r#"go = "meny main""#,
        r#"
error: "meny main" is no destination
 --> office.toml:7:7
  |
7 | go = "meny main"
  |       ^^^^^^^^^
  = did you mean "menu main"?
"#,
    ),
    (
        "a destination that is nothing",
        r#"go = "menu main""#,
        r#"go = "heaven""#,
        r#"
error: "heaven" is no destination
 --> office.toml:7:7
  |
7 | go = "heaven"
  |       ^^^^^^
  = a destination is "person 101", "group sales", "menu main", "announcement hours", "mailbox sales" or "operator"
"#,
    ),
    (
        "a directory",
        r#"go = "announcement news""#,
        r#"go = "directory""#,
        r#"
error: there is no directory yet: callers cannot dial by name
  --> office.toml:25:39
   |
25 | options.1 = { say = "For news", go = "directory" }
   |                                       ^^^^^^^^^
   = lead to a person, a group or a menu
"#,
    ),
    (
        "a route where only a destination can stand",
        r#"go = "announcement news""#,
        r#"go = "group desk for 5 s, then menu main""#,
        r#"
error: only an entry rings somebody for a while and then goes on
  --> office.toml:25:39
   |
25 | options.1 = { say = "For news", go = "group desk for 5 s, then menu main" }
   |                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = name one destination here: groups say for themselves how long they ring and what comes then
"#,
    ),
    (
        "a route that leaves a menu",
        r#"go = "menu main""#,
        r#"go = "menu main for 10 s, then group desk""#,
        r#"
error: "menu main" cannot be left for something else: only a person or a group rings
 --> office.toml:7:7
  |
7 | go = "menu main for 10 s, then group desk"
  |       ^^^^^^^^^
  = let it be the last step, or begin with a person or a group
"#,
    ),
    (
        "a route without an end",
        r#"go = "menu main""#,
        r#"go = "group desk for 10 s""#,
        r#"
error: nothing is said about what comes after "group desk for 10 s"
 --> office.toml:7:7
  |
7 | go = "group desk for 10 s"
  |       ^^^^^^^^^^^^^^^^^^^
  = for example: "group desk for 10 s, then menu main"
"#,
    ),
    (
        "a route with a time in minutes",
        r#"go = "menu main""#,
        r#"go = "group desk for 10 minutes, then menu main""#,
        r#"
error: "10 minutes" is no time
 --> office.toml:7:22
  |
7 | go = "group desk for 10 minutes, then menu main"
  |                      ^^^^^^^^^^
  = a time is a whole number of seconds, 1 to 300: 10 s
"#,
    ),
    (
        "a group without members",
        r#"members = ["101", "102"]"#,
        "members = []",
        r#"
error: members is empty
  --> office.toml:18:11
   |
18 | members = []
   |           ^^
   = for example: members = ["101", "102"]
"#,
    ),
    (
        "a group that rings otherwise",
        r#"members = ["101", "102"]"#,
        r#"members = ["101", "102"]
ring = "in-order""#,
        r#"
error: ring cannot be "in-order"
  --> office.toml:19:9
   |
19 | ring = "in-order"
   |         ^^^^^^^^
   = write "at-once" or "in-turn"
"#,
    ),
    (
        "a group that rings for an hour",
        r#"members = ["101", "102"]"#,
        r#"members = ["101", "102"]
seconds = 3600"#,
        r#"
error: seconds must be a whole number from 1 to 300
  --> office.toml:19:11
   |
19 | seconds = 3600
   |           ^^^^
"#,
    ),
    (
        "a group without otherwise",
        r#"otherwise = "mailbox desk"
"#,
        "",
        r#"
error: [group.desk] has no otherwise
  --> office.toml:17:8
   |
17 | [group.desk]
   |        ^^^^
   = for example: otherwise = "mailbox sales"
"#,
    ),
    (
        "a name in capitals",
        "[mailbox.desk]",
        r#"[mailbox.desk]

[mailbox.Sales]"#,
        r#"
error: "Sales" is no name
  --> office.toml:23:10
   |
23 | [mailbox.Sales]
   |          ^^^^^
   = names are written with a-z, 0-9, - and _, and begin with a letter or a digit: sales, front-desk
"#,
    ),
    (
        "a mailbox that a person has",
        "[mailbox.desk]",
        r#"[mailbox.desk]

[mailbox.101]"#,
        r#"
error: mailbox 101 is there twice
  --> office.toml:23:10
   |
23 | [mailbox.101]
   |          ^^^
  ::: office.toml:11:14
   |
11 | extension = "101"
   |              --- every person has a mailbox already
   = change one of them, or remove it
"#,
    ),
    (
        "an operator that is missing",
        r#"operator = "group desk"
"#,
        "",
        r#"
error: [company] has no operator
 --> office.toml:1:1
  |
1 | [company]
  | ^^^^^^^^^
  = for example: operator = "group reception"
"#,
    ),
    (
        "an operator that does not ring",
        r#"operator = "group desk""#,
        r#"operator = "mailbox desk""#,
        r#"
error: the operator must be a person or a group, not "mailbox desk"
 --> office.toml:3:13
  |
3 | operator = "mailbox desk"
  |             ^^^^^^^^^^^^
  = for example: operator = "group reception"
"#,
    ),
    (
        "a language that nobody speaks",
        r#"operator = "group desk""#,
        r#"operator = "group desk"
language = "tlh""#,
        r#"
error: language cannot be "tlh"
 --> office.toml:4:13
  |
4 | language = "tlh"
  |             ^^^
  = write "en"
"#,
    ),
    (
        "a circle of groups",
        r#"otherwise = "mailbox desk""#,
        r#"otherwise = "group sales"

[group.sales]
members = ["102"]
otherwise = "group desk""#,
        r#"
error: a caller who does nothing goes round in circles: group desk, then group sales, then group desk again
  --> office.toml:19:14
   |
19 | otherwise = "group sales"
   |              ^^^^^^^^^^^
   = let one of them lead to a mailbox or a person
"#,
    ),
    (
        "a circle through the operator",
        r#"otherwise = "mailbox desk""#,
        r#"otherwise = "menu main""#,
        r#"
error: a caller who does nothing goes round in circles: group desk, then menu main, then operator, then group desk again
  --> office.toml:19:14
   |
19 | otherwise = "menu main"
   |              ^^^^^^^^^
   = let one of them lead to a mailbox or a person
"#,
    ),
    (
        "an announcement that never ends",
        r#"then = "menu main""#,
        r#"then = "announcement news""#,
        r#"
error: a caller who does nothing goes round in circles: announcement news, then announcement news again
  --> office.toml:29:9
   |
29 | then = "announcement news"
   |         ^^^^^^^^^^^^^^^^^
   = let one of them lead to a mailbox or a person
"#,
    ),
    (
        "an empty text",
        r#"greeting = "Hello.""#,
        r#"greeting = "  ""#,
        r#"
error: greeting is empty
  --> office.toml:24:12
   |
24 | greeting = "  "
   |            ^^^^
   = write something there
"#,
    ),
    (
        "a recording without a file",
        r#"greeting = "Hello.""#,
        r#"greeting = { wav = "hello.wav" }"#,
        r#"
error: greeting = { … } has no file
  --> office.toml:24:12
   |
24 | greeting = { wav = "hello.wav" }
   |            ^^^^^^^^^^^^^^^^^^^^^
   = for example: file = "hello.wav"

error: greeting = { … } has no key "wav"
  --> office.toml:24:14
   |
24 | greeting = { wav = "hello.wav" }
   |              ^^^
   = what may stand here: file
"#,
    ),
    (
        "an entry twice",
        r#"go = "menu main"
"#,
        r#"go = "menu main"

[[entry]]
number = "+1 (555) 0100"
go = "operator"
"#,
        r#"
error: number +15550100 is there twice
  --> office.toml:10:11
   |
10 | number = "+1 (555) 0100"
   |           ^^^^^^^^^^^^^
  ::: office.toml:6:11
   |
 6 | number = "+15550100"
   |           --------- the first is here
   = change one of them, or remove it
"#,
    ),
    (
        "a number that is an extension",
        r#"number = "+15550100""#,
        r#"number = "102""#,
        r#"
error: 102 is an extension too: telephones of the company could not tell them apart
 --> office.toml:6:11
  |
6 | number = "102"
  |           ^^^
  = change one of them, or remove it
"#,
    ),
    (
        "a number with letters",
        r#"number = "+15550100""#,
        r#"number = "+1555ACME""#,
        r#"
error: "+1555ACME" is no telephone number
 --> office.toml:6:11
  |
6 | number = "+1555ACME"
  |           ^^^^^^^^^
  = a number is written with digits, and + before the country's code: +1 555 0100
"#,
    ),
    (
        "no entry at all",
        r#"[[entry]]
number = "+15550100"
go = "menu main"
"#,
        "",
        r#"
error: the office has no entry
 --> office.toml:1:1
  |
1 | [company]
  | ^
  = for example: [[entry]], with number = "+15550100" and go = "menu main"
"#,
    ),
    (
        "no company at all",
        r#"[company]
name = "Acme"
operator = "group desk"
"#,
        "",
        r#"
error: the office has no company
 --> office.toml:1:1
  |
1 | 
  | ^
  = for example: [company], with name and operator
"#,
    ),
    (
        "a trunk with a name for an address",
        "[mailbox.desk]",
        r#"[[trunk]]
name = "telco"
addresses = ["telco.example"]

[mailbox.desk]"#,
        r#"
error: "telco.example" is no address
  --> office.toml:23:15
   |
23 | addresses = ["telco.example"]
   |               ^^^^^^^^^^^^^
   = addresses are IP addresses or networks: 192.0.2.10, 192.0.2.0/24
"#,
    ),
    (
        "two trunks with one address",
        "[mailbox.desk]",
        r#"[[trunk]]
name = "telco"
addresses = ["192.0.2.0/24"]

[[trunk]]
name = "other"
addresses = ["192.0.2.9"]

[mailbox.desk]"#,
        r#"
error: address 192.0.2.9 is there twice
  --> office.toml:27:15
   |
27 | addresses = ["192.0.2.9"]
   |               ^^^^^^^^^
  ::: office.toml:23:15
   |
23 | addresses = ["192.0.2.0/24"]
   |               ------------ it belongs to this one already
   = change one of them, or remove it
"#,
    ),
    (
        "a trunk for a number that is not there",
        "[mailbox.desk]",
        r#"[[trunk]]
name = "telco"
addresses = ["192.0.2.9"]
numbers = ["+15550101"]

[mailbox.desk]"#,
        r#"
error: there is no entry with number "+15550101"
  --> office.toml:24:13
   |
24 | numbers = ["+15550101"]
   |             ^^^^^^^^^
   = did you mean "+15550100"?
"#,
    ),
    (
        "a quote that is not closed",
        r#"name = "Acme""#,
        r#"name = "Acme"#,
        r#"
error: this cannot be read: invalid basic string, expected `"`
 --> office.toml:2:13
  |
2 | name = "Acme
  |             ^
  = lines are written key = value, [section], or # remark; texts stand in quotes
"#,
    ),
    (
        "a key without a value",
        r#"name = "Acme""#,
        "name =",
        r#"
error: this cannot be read: string values must be quoted, expected literal string
 --> office.toml:2:7
  |
2 | name =
  |       ^
  = lines are written key = value, [section], or # remark; texts stand in quotes
"#,
    ),
    (
        "a key twice",
        r#"name = "Acme""#,
        r#"name = "Acme"
name = "Acne""#,
        r#"
error: this cannot be read: duplicate key
 --> office.toml:3:1
  |
3 | name = "Acne"
  | ^^^^
  = lines are written key = value, [section], or # remark; texts stand in quotes
"#,
    ),
];

#[test]
fn every_fault_is_shown_with_its_place_and_with_what_would_be_right() {
    for (name, from, to, expected) in CASES {
        assert!(OFFICE.contains(from), "{name}: nothing to replace");
        let source = OFFICE.replacen(from, to, 1);
        let errors = Office::compile(&source, "office.toml").expect_err(name);
        assert_eq!(errors.to_string(), expected.trim_matches('\n'), "{name}");
    }
}

#[test]
fn the_office_of_these_cases_has_no_fault() {
    let office = Office::compile(OFFICE, "office.toml").unwrap();
    assert_eq!(office.people().len(), 2);
}
