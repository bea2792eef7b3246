//! One plan for each kind of finding, with exactly that fault in it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use centrala_plan::{Code, Finding, Severity};

use crate::findings;

pub(crate) fn plans(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(folder);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Writes a finding as the first line of a faulty plan does: `unreachable@31`.
fn short(finding: &Finding) -> String {
    let line = finding.at.as_ref().map_or(0, |at| at.line);
    format!("{}@{line}", finding.code)
}

#[test]
fn nothing_is_found_in_clean_plans() {
    for path in plans("clean") {
        let found = findings(&fs::read_to_string(&path).unwrap(), &name(&path));
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}:\n{}", name(&path), texts.join("\n\n"));
    }
}

#[test]
fn in_a_faulty_plan_exactly_its_fault_is_found_where_it_stands() {
    for path in plans("faulty") {
        let source = fs::read_to_string(&path).unwrap();
        let first = source.lines().next().unwrap();
        let expected = first.strip_prefix("# finds: ").expect("the first line says what is wrong");
        let expected: BTreeSet<String> = expected.split(", ").map(str::to_owned).collect();
        let found = findings(&source, &name(&path));
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        let codes: BTreeSet<String> = found.iter().map(short).collect();
        assert_eq!(codes, expected, "{}:\n{}", name(&path), texts.join("\n\n"));
        for finding in &found {
            assert!(!finding.message.is_empty() && !finding.advice.is_empty(), "{finding}");
        }
    }
}

/// What no plan can do, because reading it, routing and the conversations do not let it: see
/// `checks`, where each is shown with a graph that was tampered with.
const IMPOSSIBLE: [Code; 4] = [Code::Lost, Code::OperatorAbsent, Code::Law, Code::Unexpected];

#[test]
fn there_is_a_plan_for_each_kind_of_finding() {
    let mut planted = BTreeSet::new();
    for path in plans("faulty") {
        planted.extend(findings(&fs::read_to_string(&path).unwrap(), "").iter().map(|it| it.code));
    }
    let outside = [Code::NoSound]; // whether a recording is there is for who has the disk
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !planted.contains(code) && !IMPOSSIBLE.contains(code))
        .filter(|code| !outside.contains(code))
        .collect();
    assert_eq!(missing, [] as [&Code; 0]);
}

#[test]
fn errors_come_first() {
    for path in plans("faulty") {
        let found = findings(&fs::read_to_string(&path).unwrap(), "");
        let severities: Vec<Severity> = found.iter().map(Finding::severity).collect();
        assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
    }
}
