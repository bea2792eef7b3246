//! The program as its user meets it.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not see that the functions beside the tests are tests, too"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn torture(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sip-torture")).args(arguments).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The parser's own suites.
fn data(name: &str) -> String {
    format!("{}/../../crates/sip/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A directory of its own for a test, with a valid message and a broken one.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    let good = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\n\
                To: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";
    fs::write(path.join("good.sip"), good).unwrap();
    let bad = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nl: -1\r\n\r\n";
    fs::write(path.join("bad.sip"), bad).unwrap();
    path
}

#[test]
fn the_suites_of_the_parser_pass() {
    for (suite, count) in [("rfc4475", 49), ("rfc5118", 12)] {
        let manifest = data(&format!("{suite}.tsv"));
        let (code, out, err) = torture(&[&data(suite), "--manifest", &manifest]);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert_eq!(out.lines().last(), Some(format!("{count} messages, 0 differing").as_str()));
        assert_eq!(out.lines().filter(|line| line.starts_with("ok ")).count(), count);
    }
}

#[test]
fn each_row_says_what_happened_and_in_which_layer() {
    let manifest = data("rfc4475.tsv");
    let (_, out, _) = torture(&[&data("rfc4475"), "--manifest", &manifest]);
    let row = |name: &str| {
        let line = out.lines().find(|line| line.split_whitespace().nth(1) == Some(name)).unwrap();
        line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("dblreq"), "parsed");
    assert_eq!(row("clerr"), "refused, framing: body-too-short 400");
    assert_eq!(row("badvers"), "refused, start line: unsupported-version 505");
    assert_eq!(row("bigcode"), "refused, start line: malformed-status-code drop");
    assert_eq!(row("quotbal"), "parsed, header: malformed-header 400");
    assert_eq!(row("zeromf"), "parsed, semantic: max-forwards-zero 483 and 1 more");
    assert_eq!(row("multi01"), "parsed, semantic: missing-header 400 and 5 more");
}

#[test]
fn what_differs_fails_the_run() {
    let path = directory("differs");
    let run = |manifest: &str| {
        fs::write(path.join("manifest.tsv"), manifest).unwrap();
        torture(&[path.to_str().unwrap()])
    };
    let (code, out, _) = run("good\t1\tvalid\t-\tx\nbad\t2\tsyntax\t400\tx\n");
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = run("good\t1\tsyntax\t400\tx\nbad\t2\tsyntax\t505\tx\n");
    assert_eq!(code, 1);
    assert_eq!(out.matches("DIFFERS").count(), 2, "{out}");
    let (code, out, _) = run("good\t1\tvalid\t-\tx\n");
    assert_eq!(code, 1);
    assert!(out.contains("not in the manifest"), "a message that nobody judges: {out}");
}

#[test]
fn what_cannot_be_run_is_no_verdict() {
    let path = directory("cannot");
    let text = path.to_str().unwrap();
    let (code, out, err) = torture(&[text]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("cannot read") && err.contains("manifest.tsv"), "{err}");
    fs::write(path.join("manifest.tsv"), "good\t1\tperfect\t-\n").unwrap();
    let (code, _, err) = torture(&[text]);
    assert_eq!(code, 2);
    assert!(err.contains("line 1: perfect is no verdict"), "{err}");
    fs::write(path.join("manifest.tsv"), "lost\t1\tvalid\t-\n").unwrap();
    assert_eq!(torture(&[text]).0, 2);
    assert_eq!(torture(&[]).0, 2);
}

#[test]
fn messages_may_have_another_suffix() {
    let path = directory("suffix");
    fs::rename(path.join("good.sip"), path.join("good.dat")).unwrap();
    fs::write(path.join("list"), "good\t1\tvalid\t-\n").unwrap();
    let list = path.join("list");
    for suffix in ["dat", ".dat"] {
        let (code, out, _) = torture(&[
            path.to_str().unwrap(),
            "--suffix",
            suffix,
            "--manifest",
            list.to_str().unwrap(),
        ]);
        assert_eq!(code, 0, "{out}");
        assert!(out.ends_with("1 message, 0 differing\n"), "{out}");
    }
}
