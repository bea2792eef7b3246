//! Offices of any size.

use std::fmt::Write as _;

/// Returns the file of an office with so many people, groups, announcements and menus: half of them people, a tenth menus.
#[must_use]
pub fn large_office(nodes: usize) -> String {
    let menus = nodes / 10;
    let people = nodes / 2;
    let groups = nodes / 5;
    let announcements = nodes - menus - people - groups;
    let mut text = String::from("[company]\nname = \"Large\"\noperator = \"group g0\"\n");
    text.push_str("[[entry]]\nnumber = \"+15550100\"\ngo = \"menu m0\"\n");
    for at in 0..people {
        let extension = 100_000 + at;
        writeln!(text, "[[person]]\nname = \"Person {at}\"\nextension = \"{extension}\"").unwrap();
    }
    for at in 0..groups {
        let (one, other) = (100_000 + at % people, 100_000 + (at * 7 + 1) % people);
        let members =
            if one == other { format!("\"{one}\"") } else { format!("\"{one}\", \"{other}\"") };
        writeln!(text, "[group.g{at}]\nmembers = [{members}]\notherwise = \"mailbox {one}\"")
            .unwrap();
    }
    for at in 0..announcements {
        writeln!(
            text,
            "[announcement.a{at}]\nsay = \"Number {at}.\"\nthen = \"menu m{}\"",
            at % menus
        )
        .unwrap();
    }
    for at in 0..menus {
        writeln!(text, "[menu.m{at}]\ngreeting = \"Menu {at}.\"").unwrap();
        for (key, to) in [
            (2, format!("menu m{}", (at * 2 + 1) % menus)),
            (3, format!("menu m{}", (at * 2 + 2) % menus)),
            (4, format!("group g{}", at % groups)),
            (5, format!("announcement a{}", at % announcements)),
            (6, format!("announcement a{}", (at + menus) % announcements)),
        ] {
            writeln!(text, "options.{key} = {{ say = \"For {to}\", go = \"{to}\" }}").unwrap();
        }
    }
    text
}
