//! What programs read.

use serde_json::{Value, json};

use crate::program::{json, request, suite};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_form_is_the_documented_one() {
    let message = request("INVITE sip:#1@acme.example", &["v: SIP/2.0/UDP h"], "hello");
    let (code, report) = json(&[], &message);
    assert_eq!(code, 0);
    assert_eq!(
        keys(&report),
        ["body", "error", "headers", "schema", "size", "start_line", "warnings"]
    );
    assert_eq!(report["schema"], 1);
    assert_eq!(report["size"], message.len());
    assert_eq!(
        report["start_line"],
        json!({"kind": "request", "method": "INVITE", "uri": "sip:#1@acme.example"})
    );
    assert_eq!(
        report["headers"][7],
        json!({"name": "Via", "written": "v", "offset": 233, "line": 9, "summary": "UDP h"})
    );
    assert_eq!(report["body"], json!({"length": 5, "content_type": null}));
    assert_eq!(
        report["warnings"][1],
        json!({
            "kind": "leniency", "code": "unescaped-user", "rule": "RFC 3261 section 19.1.2",
            "message": "a character in the user part that must be escaped",
            "status": null, "header": null, "offset": 11, "line": 1, "column": 12,
        })
    );
    assert_eq!(report["error"], Value::Null);
}

#[test]
fn a_refusal_says_where_why_and_what_answers() {
    let (code, report) = json(&[suite("rfc4475/ncl").to_str().unwrap()], b"");
    assert_eq!(code, 1);
    assert_eq!(
        report["error"],
        json!({
            "code": "malformed-content-length", "message": "malformed Content-Length",
            "layer": "framing", "offset": 260, "line": 9, "column": 17, "status": 400,
        })
    );
    assert_eq!((&report["start_line"], &report["body"]), (&Value::Null, &Value::Null));
    assert_eq!(report["headers"], json!([]));
}

#[test]
fn a_response_is_never_answered() {
    let (code, report) = json(&[suite("rfc4475/bigcode").to_str().unwrap()], b"");
    assert_eq!((code, &report["error"]["status"]), (1, &Value::Null));
    assert_eq!(report["error"]["code"], "malformed-status-code");
    let (code, report) = json(&["--strict"], b"SIP/2.0 180\r\nVia: SIP/2.0/UDP h\r\n\r\n");
    assert_eq!((code, &report["error"]["status"]), (1, &Value::Null));
    assert_eq!(report["error"]["code"], "missing-reason-space");
}

#[test]
fn the_strict_error_is_the_first_leniency() {
    let message = request("INVITE sip:a@b", &["To: <sip:a@my_host>", "From: <sip:a@b>;tag="], "");
    let (code, report) = json(&["--strict"], &message);
    assert_eq!(code, 1);
    assert_eq!(report["error"]["code"], "underscore-host");
    assert_eq!(report["error"]["layer"], "header");
    assert_eq!(report["error"]["status"], 400);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2, "all of them are listed");
}
