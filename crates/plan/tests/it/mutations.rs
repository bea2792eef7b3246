//! Clean plans, changed by chance: what is wrong with one is found, or no caller suffers from it.

use std::{collections::BTreeMap, fs, sync::Arc};

use centrala_office::Office;
use centrala_plan::{Budget, Finding, Proof, Severity};
use centrala_testkit::Dice;

use crate::{
    company::{length, look_up, simulate},
    golden::{name, plans},
};

/// How many plans are made of each clean one.
const MUTATIONS: u64 = 500;
/// How many callers call an office in which nothing is found.
const CALLS: u64 = 40;

fn pick(dice: &mut Dice, count: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(count).unwrap())).unwrap()
}

/// Returns the lines that one of these words stands in.
fn lines_with(lines: &[String], words: &[&str]) -> Vec<usize> {
    let has = |line: &String| words.iter().any(|word| line.contains(word));
    (0..lines.len()).filter(|&at| has(&lines[at])).collect()
}

/// All destinations that a plan names, and some that nobody has.
fn destinations(source: &str) -> Vec<String> {
    let mut found = vec![
        "operator".to_owned(),
        "group nobody".to_owned(),
        "mailbox".to_owned(),
        "person 999".to_owned(),
        "menu".to_owned(),
    ];
    for line in source.lines() {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            found.push(section.replace('.', " "));
        }
        if let Some(extension) = line.strip_prefix("extension = ") {
            found.push(format!("person {}", extension.trim_matches('"')));
        }
    }
    found
}

/// Changes one thing. Returns what kind of change it was.
fn mutate(source: &str, dice: &mut Dice) -> (&'static str, String) {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let goes = ["go = ", "then = ", "otherwise = ", "operator = "];
    let kind = match dice.below(9) {
        0 => {
            let at = lines_with(&lines, &goes);
            lines.remove(at[pick(dice, at.len())]);
            "a line that leads on is dropped"
        }
        1 | 2 => {
            let at = lines_with(&lines, &goes);
            let line = &mut lines[at[pick(dice, at.len())]];
            let all = destinations(source);
            let to = &all[pick(dice, all.len())];
            let from = line.rfind(" = \"").unwrap();
            let rest = if line.trim_end().ends_with('}') { " }" } else { "" };
            *line = format!("{} = \"{to}\"{rest}", &line[..from]);
            "something leads elsewhere"
        }
        3 => {
            let at = lines_with(&lines, &["options."]);
            if let Some(&at) = at.get(pick(dice, at.len().max(1))) {
                let key = ["0", "1", "2", "3", "6", "7", "\"*\"", "\"#\"", "12", "x"];
                let key = key[pick(dice, key.len())];
                let rest = lines[at].split_once(" = ").unwrap().1.to_owned();
                lines[at] = format!("options.{key} = {rest}");
            }
            "an option has another key"
        }
        4 => {
            let at = lines_with(&lines, &["members = "]);
            if let Some(&at) = at.get(pick(dice, at.len().max(1))) {
                let members = ["[]", "[\"999\"]", "[\"\"]", "[\"99\", \"99\"]", "\"101\""];
                lines[at] = format!("members = {}", members[pick(dice, members.len())]);
            }
            "a group has other members"
        }
        5 => {
            let at = lines_with(&lines, &["extension = "]);
            let at = at[pick(dice, at.len())];
            let other = ["601", "99", "7001", "1", "0601", "12", "111111", "6", "abc", ""];
            lines[at] = format!("extension = \"{}\"", other[pick(dice, other.len())]);
            "somebody has another extension"
        }
        6 => {
            let at: Vec<usize> =
                (0..lines.len()).filter(|&at| lines[at].starts_with('[')).collect();
            let from = at[pick(dice, at.len())];
            let end = (from + 1..lines.len()).find(|&at| lines[at].starts_with('['));
            lines.drain(from..end.unwrap_or(lines.len()));
            "a section is dropped"
        }
        7 => {
            let at = lines_with(&lines, &["seconds = ", "attempts = "]);
            let extra = [
                "seconds = 0",
                "seconds = 300",
                "attempts = 9",
                "attempts = 0",
                "ring = \"in-turn\"",
            ];
            let extra = extra[pick(dice, extra.len())].to_owned();
            match at.get(pick(dice, at.len().max(1))) {
                Some(&at) => lines[at] = extra,
                None => lines.push(extra),
            }
            "a number is another"
        }
        _ => {
            let (one, other) = (pick(dice, lines.len()), pick(dice, lines.len()));
            lines.swap(one, other);
            "two lines change places"
        }
    };
    (kind, lines.join("\n"))
}

#[test]
fn what_is_wrong_with_a_changed_plan_is_found_or_harms_nobody() {
    let mut tally: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut made = 0;
    for (number, path) in (0_u64..).zip(plans("clean")) {
        let source = fs::read_to_string(&path).unwrap();
        let mut dice = Dice::new(2_026 + number);
        for seed in 0..MUTATIONS {
            let (kind, changed) = mutate(&source, &mut dice);
            if changed.trim() == source.trim() {
                continue;
            }
            made += 1;
            let verdict = judge(&changed, seed).unwrap_or_else(|fault| {
                panic!("{} with {kind}, seed {seed}: {fault}\n{changed}", name(&path))
            });
            *tally.entry((kind, verdict)).or_default() += 1;
        }
    }
    println!("{made} changed plans: {tally:#?}");
    assert!(made >= 1_000, "{made}");
    let verdicts: Vec<&str> = tally.keys().map(|&(_, verdict)| verdict).collect();
    assert!(["refused", "warned of", "harmless"].iter().all(|all| verdicts.contains(all)));
}

/// Says what becomes of a changed plan; an error if callers suffer from what was not found.
fn judge(source: &str, seed: u64) -> Result<&'static str, String> {
    let office = match Office::compile(source, "") {
        Ok(office) => Arc::new(office),
        Err(errors) => {
            let found = errors.errors().iter().map(Finding::from);
            return match found.map(|finding| finding.severity()).max() {
                Some(Severity::Error) => Ok("refused"),
                other => Err(format!("refused with {other:?}")),
            };
        }
    };
    let proof = Proof::of(&office, &Budget::default(), &length);
    let worst = proof.findings.iter().map(Finding::severity).max();
    if worst == Some(Severity::Error) {
        return Ok("refused");
    }
    // Whether it is warned of or not: no caller may be lost, nor go where it was not proven to go.
    let shell = simulate(&office, seed, CALLS);
    look_up(&proof.graph, &shell.events)?;
    Ok(if worst == Some(Severity::Warning) { "warned of" } else { "harmless" })
}
