//! What must not be printed.

use crate::program::{lint, request};

/// Runs a message in all modes and looks for secrets.
#[track_caller]
fn check(name: &str, message: &[u8], secrets: &[&str], shown: &str) {
    let mut all = String::new();
    for arguments in [&[][..], &["--json"], &["--strict"], &["--strict", "--json"]] {
        let run = lint(arguments, message);
        assert_ne!(run.code, 2, "{name}: {}", run.err);
        all.push_str(&run.out);
        all.push_str(&run.err);
    }
    for secret in secrets {
        assert!(!all.contains(secret), "{name}: {all}");
    }
    assert!(all.contains(shown), "{name}: {all}");
}

const DIGEST: &str = "Digest username=\"ann\", realm=\"acme.example\", nonce=\"n0nce\", \
                      uri=\"sip:acme.example\", response=\"0123456789abcdef0123456789abcdef\"";

#[test]
fn credentials_are_named_only() {
    for header in ["Authorization", "Proxy-Authorization"] {
        let line = format!("{header}: {DIGEST}");
        check(
            header,
            &request("REGISTER sip:acme.example", &[&line], ""),
            &["0123456789abcdef", "n0nce"],
            "Digest with username, realm, nonce, uri, response, values hidden",
        );
        let line = format!("{header}: Bearer c2VjcmV0");
        check(
            "bearer",
            &request("REGISTER sip:acme.example", &[&line], ""),
            &["c2VjcmV0"],
            "Bearer (hidden)",
        );
    }
}

#[test]
fn credentials_stay_hidden_when_they_are_malformed() {
    for value in [
        DIGEST.replace(", nonce", "; nonce"),
        DIGEST.replace('"', ""),
        DIGEST.replace("response=\"", "response=\"unclosed"),
        DIGEST.replace("Digest ", "Digest,"),
        DIGEST.replace(" realm", "\r\n realm"),
        format!("{DIGEST},,"),
        "Digest n0nce==".to_owned(),
        "0123456789abcdef".to_owned(),
        "Digest 0123456789abcdef".to_owned(),
    ] {
        let line = format!("Authorization: {value}");
        check(
            &value,
            &request("REGISTER sip:acme.example", &[&line], ""),
            &["0123456789abcdef", "n0nce"],
            "Authorization",
        );
    }
}

#[test]
fn a_line_of_credentials_that_is_refused_shows_nothing() {
    let message = format!("REGISTER sip:b SIP/2.0\r\nAuthorization: {DIGEST}\rX\r\n\r\n");
    check("a bare CR", message.as_bytes(), &["0123456789abcdef", "n0nce"], "error[bare-cr]");
    let message = format!("REGISTER sip:b SIP/2.0\r\nX: 1\rAuthorization: {DIGEST}\r\n\r\n");
    check("after a bare CR", message.as_bytes(), &["0123456789abcdef", "n0nce"], "error[bare-cr]");
    let folded = DIGEST.replace(", response", ",\r response");
    let message = format!("REGISTER sip:b SIP/2.0\r\nAuthorization: {folded}\r\n\r\n");
    check("around a bare CR", message.as_bytes(), &["0123456789abcdef"], "error[bare-cr]");
    let message = format!("REGISTER sip:b SIP/2.0\r\nAuthorization {DIGEST}\r\n\r\n");
    check(
        "no colon",
        message.as_bytes(),
        &["0123456789abcdef", "ann", "n0nce"],
        "error[malformed-header-name]",
    );
}

#[test]
fn what_a_server_proves_is_hidden() {
    let info = "Authentication-Info: qop=auth, rspauth=\"5ec7e7\", cnonce=\"5a17\"";
    let message = format!("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\n{info}\r\nProxy-{info}\r\n\r\n");
    check("info", message.as_bytes(), &["5ec7e7", "5a17"], "Authentication-Info");
}

#[test]
fn passwords_of_uris_are_hidden() {
    check(
        "in headers",
        &request(
            "INVITE sip:bob:s3cret@acme.example",
            &["To: <sip:bob:s3cret@acme.example>", "X-Other: sip:bob:s3cret@acme.example"],
            "",
        ),
        &["s3cret"],
        "sip:bob:******@acme.example",
    );
    check(
        "in a refused line",
        b"INVITE sip:bob:s3cret@[x SIP/2.0\r\n\r\n",
        &["s3cret"],
        "sip:bob:******@[x",
    );
    check(
        "beside a leniency",
        &request("INVITE sip:#bob:s3cret@acme.example", &[], ""),
        &["s3cret"],
        "sip:#bob:******@acme.example",
    );
    check(
        "in a reason phrase",
        b"SIP/2.0 404 no sip:bob:s3cret@acme.example\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        &["s3cret"],
        "no sip:bob:******@acme.example",
    );
    check(
        "in headers of a URI",
        &request(
            "REFER sip:bob@acme.example",
            &[
                "Refer-To: <sip:h?Authorization=Basic%20s3cret&Referred-By=%3Csip%3Aa%3As3cret%40h%3E>",
            ],
            "",
        ),
        &["s3cret"],
        "<sip:h?Authorization=**************&Referred-By=%3Csip%3Aa%3A******%40h%3E>",
    );
}
