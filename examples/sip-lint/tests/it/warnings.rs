//! What is odd, and what answers it.

use crate::program::{json, request, warnings};

#[track_caller]
fn check(message: &[u8], expected: &[(&str, Option<u64>)]) {
    let (code, report) = json(&[], message);
    assert_eq!(code, 0, "warnings refuse nothing: {report:#}");
    let expected: Vec<_> =
        expected.iter().map(|(code, status)| ((*code).to_owned(), *status)).collect();
    assert_eq!(warnings(&report), expected, "{}", String::from_utf8_lossy(message));
}

#[test]
fn what_the_grammar_allows_and_a_server_refuses_names_its_code() {
    let invite = "INVITE sip:bob@acme.example";
    for (start_line, lines, code, status) in [
        (invite, &["-Call-ID"][..], "missing-header", Some(400)),
        (invite, &["-Contact"], "missing-header", Some(400)),
        (invite, &["-Max-Forwards"], "missing-header", None),
        (invite, &["From: <sip:ann@acme.example>"], "missing-tag", None),
        (invite, &["CSeq: 1 BYE"], "cseq-mismatch", Some(400)),
        (invite, &["Max-Forwards: 0"], "max-forwards-zero", Some(483)),
        (invite, &["Max-Forwards: many"], "malformed-header", Some(400)),
        (invite, &["To: \"Bob <sip:bob@acme.example>"], "malformed-header", Some(400)),
        (invite, &["Date: yesterday"], "malformed-header", Some(400)),
        (invite, &["Subject: a", "Subject: b"], "repeated-header", Some(400)),
        (invite, &["Require: 100rel, teleport"], "unsupported-extension", Some(420)),
        (invite, &["Proxy-Require: teleport"], "unsupported-extension", Some(420)),
        (invite, &["Via: SIP/2.0/UDP h;branch=z9hG4bK"], "empty-branch", Some(400)),
        (invite, &["Content-Encoding: gzip"], "unsupported-encoding", Some(415)),
        ("INVITE gopher://acme.example", &[], "unsupported-scheme", Some(416)),
        (
            "REGISTER sip:acme.example",
            &["Authorization: Basic realm=\"x\""],
            "unknown-authentication-scheme",
            Some(401),
        ),
        (
            "INVITE sip:acme.example",
            &["Proxy-Authorization: Basic realm=\"x\""],
            "unknown-authentication-scheme",
            Some(407),
        ),
        ("REGISTER sip:acme.example", &["Contact: *"], "misplaced-star", Some(400)),
        ("SUBSCRIBE sip:bob@acme.example", &[], "missing-header", Some(489)),
        ("PUBLISH sip:bob@acme.example", &[], "missing-header", Some(489)),
        ("REFER sip:bob@acme.example", &[], "missing-header", Some(400)),
        ("PRACK sip:bob@acme.example", &[], "missing-header", Some(400)),
    ] {
        check(&request(start_line, lines, ""), &[(code, status)]);
    }
}

#[test]
fn bodies_are_asked_for_their_type() {
    let invite = "INVITE sip:bob@acme.example";
    check(&request(invite, &[], "v=0"), &[("missing-header", Some(400))]);
    let sdp = "Content-Type: application/sdp";
    check(&request(invite, &[sdp], "v=0"), &[]);
    check(
        &request(invite, &[sdp, "Accept: text/plain"], "v=0"),
        &[("unacceptable-answer", Some(406))],
    );
    check(&request(invite, &[sdp, "Accept: text/plain;q=0.1, application/*"], "v=0"), &[]);
    check(
        &request(invite, &["Content-Type: application/x"], "v=0"),
        &[("unsupported-media-type", Some(415))],
    );
}

#[test]
fn an_ack_and_a_response_have_no_answer() {
    check(&request("ACK sip:bob@acme.example", &["CSeq: 1 BYE"], ""), &[("cseq-mismatch", None)]);
    check(&request("ACK sip:bob@acme.example", &["Require: teleport"], ""), &[]);
    check(&request("ACK sip:bob@acme.example", &["To: <"], ""), &[("malformed-header", None)]);
    check(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nVia: SIP/2.0/UDP 255.255.255.255\r\n\
          From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCSeq: 1 OPTIONS\r\n\r\n",
        &[("missing-header", None), ("broadcast-via", None)],
    );
}

#[test]
fn a_request_of_rfc_2543_needs_less() {
    let lines = ["Via: SIP/2.0/UDP 192.0.2.1", "-Contact", "-Max-Forwards"];
    check(&request("INVITE sip:bob@acme.example", &lines, ""), &[]);
}

#[test]
fn leniencies_and_faults_stand_in_the_order_of_the_octets() {
    let mut message =
        request("INVITE SIP:bob@acme.example", &["Require: x", "To: <sip:a@my_host>;tag="], "");
    message.extend_from_slice(b"more");
    message.splice(0..0, *b"\r\n");
    check(
        &message,
        &[
            ("line-ends-before-start-line", None),
            ("unsupported-extension", Some(420)),
            ("underscore-host", None),
            ("empty-tag", None),
            ("octets-after-body", None),
        ],
    );
}
