//! `centrala graph`: what it draws, and where to.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::centrala::Folder;

fn graph(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_centrala"))
        .arg("graph")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("acme.toml"))
        .args(options)
        .output()
        .unwrap()
}

fn told(options: &[&str]) -> String {
    let output = graph(options);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_picture_is_svg_unless_mermaid_is_asked_for() {
    assert!(told(&[]).starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(told(&["--mermaid"]).starts_with("flowchart LR\n"));
}

#[test]
fn a_picture_is_written_to_a_file() {
    let folder = Folder::new("graph");
    let file = folder.file("acme.svg");
    assert_eq!(told(&["-o", file.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), told(&[]));
}

#[test]
fn the_ways_to_somebody_are_told_and_nobody_is_an_error() {
    let sally = told(&["--to", "101"]);
    assert!(sally.contains(">+15550100: keys 1<"), "{sally}");
    assert_eq!(sally, told(&["--to", "person 101"]));
    let output = graph(&["--to", "person 999"]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("nothing is called \"person 999\""), "{error}");
}
