//! `centrala check`: what it says, and how it ends.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::centrala::{Folder, OFFICE};

fn check(office: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_centrala"))
        .arg("check")
        .arg(office)
        .args(options)
        .output()
        .unwrap()
}

/// Checks an office; returns what is told, and how it ends.
fn checked(name: &str, source: &str, options: &[&str]) -> (String, Option<i32>) {
    let folder = Folder::new(name);
    let file = folder.file("office.toml");
    std::fs::write(&file, source).unwrap();
    let output = check(&file, options);
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn the_demo_office_has_neither_errors_nor_warnings() {
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("acme.toml");
    let output = check(&acme, &["--strict"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.ends_with("0 errors, 0 warnings\n"), "{told}");
    assert!(told.contains("+15550100: a telephone rings after one key"), "{told}");
}

#[test]
fn an_error_ends_with_one_and_a_warning_with_two_where_it_counts() {
    let (told, code) = checked("clean", OFFICE, &["--strict"]);
    assert_eq!(code, Some(0), "{told}");
    let lonely = format!("{OFFICE}\n[mailbox.lonely]\n");
    for (options, expected) in [(&[][..], 0), (&["--strict"][..], 2)] {
        let (told, code) = checked("lonely", &lonely, options);
        assert_eq!(code, Some(expected), "{told}");
        assert!(told.contains("warning[unreachable]: no caller comes to mailbox lonely"), "{told}");
    }
    let wrong = OFFICE.replace("mailbox desk\"", "mailbox desks\"");
    let (told, code) = checked("wrong", &wrong, &[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("error[unknown-name]: there is no mailbox \"desks\""), "{told}");
}

#[test]
fn machines_are_told_the_same() {
    let lonely = format!("{OFFICE}\n[mailbox.lonely]\n");
    let (told, _) = checked("json", &lonely, &["--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let found = &told["findings"][0];
    assert_eq!(found["code"], "unreachable");
    assert_eq!(found["severity"], "warning");
    let line = u64::try_from(lonely.lines().count()).unwrap();
    assert_eq!(found["line"], line, "{found}");
    assert_eq!(told["entries"][0]["number"], "100");
    assert_eq!(told["entries"][0]["keys"], 1);
    assert_eq!(told["entries"][1]["seconds_until_rung"], 0.0);
}

#[test]
fn a_recording_that_is_not_there_is_an_error_with_its_line() {
    let missing = OFFICE.replace(
        "greeting = \"Welcome to the test office.\"",
        "greeting = { file = \"welcome.wav\" }",
    );
    let (told, code) = checked("no-sound", &missing, &[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("error[no-sound]: \"welcome.wav\" cannot be played"), "{told}");
    let line = missing.lines().position(|line| line.contains("welcome.wav")).unwrap() + 1;
    assert!(told.contains(&format!("office.toml:{line}:")), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let output = check(Path::new("no-such-office.toml"), &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot read no-such-office.toml"), "{told}");
}
