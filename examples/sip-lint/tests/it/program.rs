//! Running the program.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program with a message on its standard input.
pub(crate) fn lint(arguments: &[&str], message: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sip-lint"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that leaves without reading breaks the pipe.
    let _ = child.stdin.take().unwrap().write_all(message);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program with `--json` and reads what it prints.
pub(crate) fn json(arguments: &[&str], message: &[u8]) -> (i32, Value) {
    let run = lint(&[arguments, &["--json"]].concat(), message);
    let value = serde_json::from_str(&run.out);
    (run.code, value.unwrap_or_else(|error| panic!("{error}: {}", run.out)))
}

/// A message of the parser's own suite.
pub(crate) fn suite(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/../../crates/sip/tests/data/{name}.sip", env!("CARGO_MANIFEST_DIR")))
}

/// A request of this start line, with the usual headers and these; without those that these replace.
pub(crate) fn request(start_line: &str, extra: &[&str], body: &str) -> Vec<u8> {
    let method = start_line.split(' ').next().unwrap();
    let cseq = format!("CSeq: 1 {method}");
    let usual = [
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
        "Max-Forwards: 70",
        "From: \"Ann\" <sip:ann@acme.example>;tag=1",
        "To: <sip:bob@acme.example>",
        "Call-ID: c@h",
        &cseq,
        "Contact: <sip:ann@192.0.2.1>",
    ];
    let name = |line: &str| line.split(':').next().unwrap().to_ascii_lowercase();
    // `-Name` leaves a header out.
    let is_replaced =
        |line: &str| extra.iter().any(|other| name(other).trim_start_matches('-') == name(line));
    let mut text = format!("{start_line} SIP/2.0\r\n");
    let kept = usual.iter().filter(|line| !is_replaced(line));
    for line in kept.chain(extra.iter().filter(|line| !line.starts_with('-'))) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

/// The codes of the warnings with the status that answers each.
pub(crate) fn warnings(report: &Value) -> Vec<(String, Option<u64>)> {
    let warnings = report["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|warning| (warning["code"].as_str().unwrap().to_owned(), warning["status"].as_u64()))
        .collect()
}
