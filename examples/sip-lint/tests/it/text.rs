//! What people read.

use crate::program::{lint, request, suite};

#[test]
fn a_plain_message_parses_without_warnings() {
    let run = lint(&[], &request("INVITE sip:bob@acme.example", &["Subject: hi"], ""));
    let expected = "\
request INVITE sip:bob@acme.example
  Via             UDP 192.0.2.1:5060, branch z9hG4bK1
  Max-Forwards    70
  From            \"Ann\" <sip:ann@acme.example>, tag 1
  To              <sip:bob@acme.example>
  Call-ID         c@h
  CSeq            1 INVITE
  Contact         <sip:ann@192.0.2.1>
  Subject         hi
  Content-Length  0
no body
parsed, 0 warnings
";
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, expected, ""));
}

#[test]
fn a_file_is_read_as_the_input_is() {
    let path = suite("rfc4475/wsinv");
    let from_file = lint(&[path.to_str().unwrap()], b"");
    let from_input = lint(&["-"], &std::fs::read(&path).unwrap());
    assert_eq!(from_file.code, 0);
    assert_eq!(from_file.out, from_input.out);
    assert!(from_file.out.contains("(written v)"), "compact names are shown: {}", from_file.out);
}

#[test]
fn nothing_to_read_is_no_verdict() {
    let missing = lint(&["/no/such/message"], b"");
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.starts_with("sip-lint: cannot open /no/such/message"), "{}", missing.err);
    assert_eq!(lint(&["--no-such-option"], b"").code, 2);
    assert_eq!(lint(&["one", "two"], b"").code, 2);
    assert_eq!(lint(&[env!("CARGO_MANIFEST_DIR")], b"").code, 2);
}

/// The character over the caret, and the line in which it is.
fn pointed(out: &str) -> (String, char) {
    let lines: Vec<&str> = out.lines().collect();
    let at = lines.iter().position(|line| line.ends_with('^')).unwrap();
    let column = lines[at].chars().count() - 1;
    let shown = lines[at - 1];
    (shown.to_owned(), shown.chars().nth(column).unwrap_or('\u{4}'))
}

#[test]
fn the_caret_stands_under_the_fault() {
    for (name, message, place, shown, character) in [
        (
            "a length",
            b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nl: 4x\r\n\r\nabcd".as_slice(),
            "line 3, column 4, offset 48",
            "  3 | l: 4x",
            '4',
        ),
        (
            "a URI",
            b"OPTIONS sip:a@[zz] SIP/2.0\r\n\r\n",
            "line 1, column 15, offset 14",
            "  1 | OPTIONS sip:a@[zz] SIP/2.0",
            '[',
        ),
        (
            "after characters of more than one octet",
            "OPTIONS sip:łść@<b> SIP/2.0\r\n\r\n".as_bytes(),
            "line 1, column 20, offset 19",
            "  1 | OPTIONS sip:łść@<b> SIP/2.0",
            '<',
        ),
        (
            "after an escape",
            b"OPTIONS sip:a SIP/2.0\r\n\x1b[31m\r\n\r\n",
            "line 2, column 1, offset 23",
            "  2 | \\u{1b}[31m",
            '\\',
        ),
        (
            "a line end",
            b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n",
            "line 3, column 1, offset 29",
            "  3 | ",
            '\u{4}',
        ),
    ] {
        let run = lint(&[], message);
        assert_eq!(run.code, 1, "{name}");
        assert!(run.out.contains(place), "{name}: {}", run.out);
        let (line, pointed) = pointed(&run.out);
        assert_eq!((line.as_str(), pointed), (shown, character), "{name}");
    }
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let uri = format!("sip:{}[{}", "a".repeat(3_000), "b".repeat(3_000));
    let run = lint(&[], format!("OPTIONS {uri} SIP/2.0\r\n\r\n").as_bytes());
    let (line, character) = pointed(&run.out);
    assert_eq!(run.code, 1);
    assert!(line.chars().count() < 90, "{line}");
    assert!(line.contains('…') && character == '[', "{line}");
}

#[test]
fn nothing_printed_commands_a_terminal() {
    let message = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;x=\"\x1b]0;t\x07\"\r\n\
        Subject: a\x1b[2Jb\xe2\x80\xaec\x9bd\r\nX-\x07: 1\r\n\r\n";
    for message in [message.as_slice(), &message[..80], b"SIP/2.0 200 \x1b[1m\x85\r\n\r\n"] {
        let run = lint(&[], message);
        let json = lint(&["--json"], message);
        for out in [run.out, json.out] {
            let commands = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!out.contains(commands), "{}", out.escape_debug());
        }
    }
}

#[test]
fn more_than_a_message_can_be_is_refused() {
    let mut message = request("OPTIONS sip:a@b", &[], "");
    message.resize(200_000, b'x');
    let run = lint(&[], &message);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[message-too-long]"), "{}", run.out);
    assert!(run.out.len() < 500, "{}", run.out.len());
}

#[test]
fn strict_refuses_what_lenient_warns_of() {
    let message = request("INVITE sip:#97@acme.example", &[], "");
    let lenient = lint(&[], &message);
    assert_eq!(lenient.code, 0);
    let warning = "warning[unescaped-user]: a character in the user part that must be escaped, \
                   line 1 column 12 (RFC 3261 section 19.1.2)\n";
    assert!(lenient.out.contains(warning), "{}", lenient.out);
    let strict = lint(&["--strict"], &message);
    assert_eq!(strict.code, 1);
    assert!(strict.out.contains("error[unescaped-user]"), "{}", strict.out);
    assert_eq!(pointed(&strict.out).1, '#');
    assert_eq!(lint(&["--strict"], &request("INVITE sip:bob@acme.example", &[], "")).code, 0);
}
