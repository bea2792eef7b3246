//! Pictures: what is drawn, and that nothing lies on anything else.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use centrala_plan::Picture;
use centrala_testkit::company::large_office;
use proptest::prelude::*;

use crate::{golden::plans, prove};

const ACME: &str = include_str!("../../../../examples/reference-pbx/acme.toml");
const SIXTY: &str = include_str!("../plans/sixty.toml");

fn svg(source: &str) -> String {
    let proof = prove(source, "acme.toml").unwrap_or_else(|errors| panic!("{errors}"));
    Picture::of(&proof).to_svg()
}

fn toward(source: &str, words: &str) -> String {
    let proof = prove(source, "acme.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let target = Picture::find(proof.graph.office(), words).unwrap();
    Picture::toward(&proof, target).to_svg()
}

#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// Returns the value of an attribute in the text of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let from = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    tag[from..].split('"').next().unwrap()
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

fn cards(svg: &str) -> Vec<Area> {
    let rects = svg.split('<').filter(|tag| tag.starts_with("rect class=\"card"));
    let area = |tag: &str| {
        let (left, top) = (number(tag, "x"), number(tag, "y"));
        Area { left, top, right: left + number(tag, "width"), bottom: top + number(tag, "height") }
    };
    rects.map(area).collect()
}

/// Returns where labels are, in letters that are a little narrower than the picture takes them for.
fn labels(svg: &str) -> Vec<Area> {
    let texts = svg.split('<').filter(|tag| tag.starts_with("text class=\"l\""));
    let area = |tag: &str| {
        let text = tag.split('>').nth(1).unwrap();
        let wide = 5.0 * f64::from(u32::try_from(text.chars().count()).unwrap());
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        let left = if attribute(tag, "text-anchor") == "start" { x } else { x - wide };
        Area { left, top: y - 9.0, right: left + wide, bottom: y }
    };
    texts.map(area).collect()
}

/// Returns points on each line, close to one another.
fn lines(svg: &str) -> Vec<Vec<(f64, f64)>> {
    let paths = svg.split('<').filter(|tag| tag.starts_with("path class=\"line"));
    // The samples in the legend are no lines of the picture.
    paths.filter(|tag| !attribute(tag, "d").ends_with("H60")).map(points).collect()
}

fn points(tag: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let spaced = attribute(tag, "d").replace('M', " M ").replace('H', " H ").replace('C', " C ");
    let mut words = spaced.split_whitespace();
    while let Some(command) = words.next() {
        let mut value = || words.next().unwrap().parse::<f64>().unwrap();
        let from = points.last().copied().unwrap_or_default();
        let [one, two, to] = match command {
            "M" => {
                points.push((value(), value()));
                continue;
            }
            "H" => {
                let x = value();
                [from, (x, from.1), (x, from.1)]
            }
            _ => [(); 3].map(|()| (value(), value())),
        };
        for step in 1..=40 {
            let t = f64::from(step) / 40.0;
            let u = 1.0 - t;
            let at = |a: f64, b: f64, c: f64, d: f64| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            points.push((at(from.0, one.0, two.0, to.0), at(from.1, one.1, two.1, to.1)));
        }
    }
    points
}

/// Asserts that no card and no label lies on another, and that no line crosses a card.
#[track_caller]
fn assert_clear(svg: &str) {
    let cards = cards(svg);
    for (nth, one) in cards.iter().enumerate() {
        for other in cards.iter().skip(nth + 1) {
            assert!(!one.overlaps(other), "{one:?} {other:?}");
        }
    }
    let labels = labels(svg);
    for (nth, one) in labels.iter().enumerate() {
        let others = labels.iter().skip(nth + 1).chain(&cards);
        for other in others {
            assert!(!one.overlaps(other), "{one:?} {other:?}");
        }
    }
    for line in lines(svg) {
        for (x, y) in line {
            let dot = Area { left: x, top: y, right: x, bottom: y };
            assert!(cards.iter().all(|card| !card.overlaps(&dot)), "{x} {y}");
        }
    }
}

/// Asserts that each tag is closed, each attribute is quoted, and each `&` begins an entity.
#[track_caller]
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut parts = svg.split('<');
    assert_eq!(parts.next(), Some(""));
    for part in parts {
        let (tag, text) = part.split_once('>').unwrap();
        assert!(!text.contains('>'), "{part}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        for entity in part.split('&').skip(1) {
            assert!(["lt;", "gt;", "amp;", "quot;"].iter().any(|one| entity.starts_with(one)));
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{part}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()));
}

/// Returns the titles of all cards.
fn titles(svg: &str) -> Vec<String> {
    nodes(svg, "")
}

/// Returns the titles of cards of this class.
fn nodes(svg: &str, class: &str) -> Vec<String> {
    let groups = svg.split("<g class=\"node").skip(1);
    let groups = groups.filter(|group| group.split('"').next().unwrap().contains(class));
    let title = |group: &str| {
        let title = group.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        title.replace('\n', ", ")
    };
    groups.map(title).collect()
}

#[test]
fn in_no_plan_does_anything_lie_on_anything_else() {
    let large = large_office(300);
    for source in [ACME, SIXTY, &large] {
        assert_clear(&svg(source));
    }
    let faulty = plans("clean").into_iter().chain(plans("faulty"));
    let mut drawn = 0;
    for path in faulty {
        let source = fs::read_to_string(path).unwrap();
        if let Ok(proof) = prove(&source, "plan.toml") {
            assert_clear(&Picture::of(&proof).to_svg());
            drawn += 1;
        }
    }
    assert!(drawn > 5, "{drawn}");
}

#[test]
fn pictures_are_well_formed_and_always_the_same() {
    let large = large_office(300);
    for source in [ACME, SIXTY, &large] {
        let svg = svg(source);
        assert_well_formed(&svg);
        assert_eq!(svg, self::svg(source));
    }
    assert_well_formed(&toward(ACME, "101"));
}

#[test]
fn names_cannot_break_out_of_a_picture() {
    let hostile = ACME.replace("Sally Jones", "</title><script>alert(1)</script>&\\\"'\u{85}");
    let svg = svg(&hostile);
    assert_well_formed(&svg);
    assert!(!svg.contains("<script"));
    assert_clear(&svg);
}

#[test]
fn a_long_name_is_clipped_and_whole_in_its_title() {
    let long = "漢".repeat(64);
    let svg = svg(&ACME.replace("Sally Jones", &long));
    assert!(titles(&svg).iter().any(|title| title.contains(&long)));
    let shown = svg.split('<').filter(|tag| tag.starts_with("text") && tag.contains("漢"));
    let shown: Vec<&str> = shown.collect();
    assert!(matches!(shown[..], [one] if one.ends_with('…')), "{shown:?}");
}

#[test]
fn everything_that_acme_names_is_on_one_card() {
    let svg = svg(ACME);
    let expected = [
        "+15550100",
        "+15550101",
        "+15550177",
        "101 Sally Jones",
        "102 Bob Smith",
        "103 Carol White",
        "110 Rita Green",
        "main",
        "visit",
        "widgets",
        "hours",
        "directions",
        "sales, group",
        "support, group",
        "reception, group",
        "sales, mailbox",
        "support, mailbox",
        "reception, mailbox",
        "apology",
    ];
    let titles = titles(&svg);
    for name in expected {
        let matching = titles.iter().filter(|title| {
            title
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ':']))
        });
        assert_eq!(matching.count(), 1, "{name} in {titles:?}");
    }
    assert_eq!(titles.len(), expected.len(), "{titles:?}");
}

#[test]
fn the_steps_of_a_route_leave_its_number_and_no_label_leads_to_two_places() {
    let proof = prove(ACME, "acme.toml").unwrap();
    let text = Picture::of(&proof).to_mermaid();
    let node = |label: &str| {
        let lines = text.lines().filter(|line| line.contains(&format!("\"{label}\"")));
        let lines: Vec<&str> = lines.collect();
        assert_eq!(lines.len(), 1, "{label} in {text}");
        lines[0].trim().chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    let (entry, reception) = (node("+15550101"), node("group reception"));
    let (main, mailbox) = (node("menu main"), node("mailbox reception"));
    for link in [
        format!("{entry} -->|\"first, for 10 s\"| {reception}"),
        format!("{entry} -.->|\"nobody answers\"| {main}"),
        format!("{reception} -.->|\"nobody answers\"| {mailbox}"),
    ] {
        assert!(text.contains(&format!("  {link}\n")), "{link} in {text}");
    }
    assert!(!text.contains(&format!("  {reception} -.->|\"nobody answers\"| {main}\n")), "{text}");
}

#[test]
fn all_cards_of_an_svg_are_nodes_of_its_flowchart() {
    let proof = prove(SIXTY, "sixty.toml").unwrap();
    let picture = Picture::of(&proof);
    let text = picture.to_mermaid();
    let is_node = |line: &&str| line.trim().starts_with('n') && line.contains(['[', '(']);
    let is_node = |line: &&str| is_node(line) && !line.contains("->");
    assert_eq!(text.lines().filter(is_node).count(), titles(&picture.to_svg()).len());
}

#[test]
fn cards_are_titled_as_often_as_they_are_named() {
    let titles = titles(&svg(SIXTY));
    let names: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(names.len(), titles.len());
    // 3 numbers, 8 menus, 12 groups, 10 announcements, 25 people, 7 mailboxes, and the apology.
    assert_eq!(titles.len(), 66);
}

#[test]
fn ways_to_a_person_stand_out() {
    let svg = toward(ACME, "101");
    let off: BTreeSet<String> = nodes(&svg, "off").into_iter().collect();
    let off: Vec<&str> = off.iter().filter_map(|title| title.split(',').next()).collect();
    // Reception rings neither Sally nor anything that leads to her: the number does, after it. And
    // whoever comes to a visit or to widgets has been in the main menu.
    let expected = [
        "102 Bob Smith",
        "103 Carol White",
        "110 Rita Green",
        "apology",
        "directions",
        "hours",
        "reception",
        "reception",
        "sales",
        "support",
        "support",
        "visit",
        "widgets",
    ];
    assert_eq!(off, expected);
    for line in ["+15550100: keys 1", "+15550101: keys 1", "+15550177: at once"] {
        assert!(svg.contains(&format!(">{line}<")), "{line}");
    }
    assert!(svg.contains(">Ways to 101 Sally Jones:<"));
}

#[test]
fn a_way_back_stands_out_where_a_call_has_not_been_yet() {
    let works = toward(SIXTY, "203");
    let lit = nodes(&works, "lit");
    let is_lit = |name: &str| lit.iter().any(|title| title.starts_with(&format!("{name},")));
    // +1 555 0210 comes to the menu of the works first, and by * to the main menu and to sales.
    for name in ["+15550200", "+15550210", "works", "main", "sales", "retail", "203 Cara Dunn"] {
        assert!(is_lit(name), "{name} in {lit:?}");
    }
    assert_eq!(lit.len(), 7, "{lit:?}");
}

#[test]
fn a_target_is_found_by_the_words_of_the_file() {
    let office = prove(ACME, "acme.toml").unwrap().graph.office().clone();
    let found = |words: &str| Picture::find(&office, words).map(|it| office.describe(it));
    for (words, expected) in [
        ("101", Some("person 101")),
        (" person 101", Some("person 101")),
        ("group sales", Some("group sales")),
        ("mailbox sales", Some("mailbox sales")),
        ("menu visit", Some("menu visit")),
        ("announcement hours", Some("announcement hours")),
        ("operator", Some("group reception")),
        ("sales", None),
        ("", None),
    ] {
        assert_eq!(found(words).as_deref(), expected, "{words}");
    }
}

#[test]
fn an_own_mailbox_is_drawn_only_where_the_file_leads_to_it() {
    let before = titles(&svg(ACME));
    assert!(before.iter().all(|title| !title.contains("101, mailbox")), "{before:?}");
    let named = ACME.replace("then = \"menu main\" ", "then = \"mailbox 101\" ");
    assert_ne!(named, ACME);
    let after = titles(&svg(&named));
    assert_eq!(after.len(), before.len() + 1, "{after:?}");
}

#[test]
fn what_is_found_is_marked_on_its_card() {
    let jobs = "\n[menu.jobs]\ngreeting = \"We hire.\"\noptions.1 = { say = \"For Bob\", go = \"person 102\" }\n";
    let svg = svg(&format!("{ACME}{jobs}"));
    let pale = nodes(&svg, "pale");
    assert_eq!(pale.len(), 1, "{pale:?}");
    assert!(pale[0].contains("warning: no caller comes to menu jobs"), "{pale:?}");
    assert_eq!(svg.matches("class=\"card warning\"").count(), 1);
    assert_eq!(svg.matches(">!: check complains about it<").count(), 1);
    assert_clear(&svg);
}

#[test]
fn ten_thousand_places_are_drawn() {
    let proof = prove(&large_office(10_000), "large.toml").unwrap();
    let svg = Picture::of(&proof).to_svg();
    assert!(titles(&svg).len() >= 10_000);
}

#[test]
fn a_very_deep_plan_is_drawn_and_names_what_is_too_far_away() {
    let mut text = String::from(
        "[company]\nname = \"Deep\"\noperator = \"person 70\"\n\
         [[entry]]\nnumber = \"100\"\ngo = \"menu m0\"\n\
         [[person]]\nname = \"Somebody\"\nextension = \"70\"\n",
    );
    let levels = 2_000;
    for at in 0..levels {
        let to = format!("menu m{}", (at + 1).min(levels - 1));
        writeln!(text, "[menu.m{at}]\ngreeting = \"Level {at}.\"").unwrap();
        writeln!(text, "options.1 = {{ say = \"Down\", go = \"{to}\" }}").unwrap();
        writeln!(text, "options.2 = {{ say = \"Out\", go = \"person 70\" }}").unwrap();
    }
    let svg = svg(&text);
    assert_eq!(titles(&svg).len(), levels + 3, "the number, the person, the apology");
    assert!(svg.contains(">2 → 70 Somebody<"));
    assert!(svg.len() < 4_000_000, "{}", svg.len());
}

#[test]
fn the_picture_in_the_documents_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures/acme.svg");
    let stored = fs::read_to_string(path).unwrap();
    assert_eq!(
        stored,
        svg(ACME),
        "run: centrala graph examples/reference-pbx/acme.toml -o docs/pictures/acme.svg"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_office_is_drawn_on_itself(size in 10_usize..120, drop in 0_usize..40) {
        // Some option or other is missing: other menus are far away, or unreachable.
        let source = large_office(size);
        let options = source.lines().filter(|line| line.starts_with("options")).count();
        let mut nth = 0;
        let kept = source.lines().filter(|line| {
            nth += usize::from(line.starts_with("options"));
            !line.starts_with("options.3") || nth % options.max(1) != drop
        });
        let svg = svg(&kept.collect::<Vec<_>>().join("\n"));
        assert_clear(&svg);
        assert_well_formed(&svg);
    }
}
