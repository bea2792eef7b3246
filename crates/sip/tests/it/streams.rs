//! Messages on a stream.

use bytes::Bytes;
use centrala_sip::{
    Frame, Limits, Message, Method, ParseMessageErrorKind as Kind, StatusCode, StreamFramer,
};
use proptest::prelude::*;

use crate::sample::invite;

/// What a framer made of a stream: each frame and the octets that it stands for, or the error that ended it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Message(Bytes),
    Refused(Kind),
    Ping,
    Pong,
    Broken(Kind, usize),
}
use Seen::{Broken, Ping, Pong, Refused};

fn drain(framer: &mut StreamFramer, seen: &mut Vec<Seen>) {
    while let Some(frame) = framer.poll_frame() {
        seen.push(match frame {
            Ok(Frame::Message(message)) => Seen::Message(message.to_bytes()),
            Ok(Frame::Refused(error)) => Refused(error.kind()),
            Ok(Frame::Ping) => Ping,
            Ok(Frame::Pong) => Pong,
            Err(error) => Broken(error.cause().kind(), error.cause().offset()),
        });
    }
}

fn frames_of<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limits: Limits) -> Vec<Seen> {
    let mut framer = StreamFramer::new(limits);
    let mut seen = Vec::new();
    for chunk in chunks {
        framer.handle_data(chunk);
        drain(&mut framer, &mut seen);
    }
    seen
}

fn frames(stream: &[u8]) -> Vec<Seen> {
    let whole = frames_of([stream], Limits::default());
    let single = frames_of(stream.chunks(1), Limits::default());
    assert_eq!(whole, single, "how a stream is cut decides nothing");
    whole
}

fn message(length_line: &str, body: &str) -> Bytes {
    Bytes::from(format!(
        "MESSAGE sip:b@acme.example SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:a@acme.example>;tag=1\r\nTo: <sip:b@acme.example>\r\nCall-ID: 1\r\n\
         CSeq: 1 MESSAGE\r\n{length_line}\r\n{body}"
    ))
}

fn long(length: usize) -> Bytes {
    message(&format!("Content-Length: {length}\r\n"), &"x".repeat(length))
}

#[test]
fn messages_follow_each_other_however_the_stream_is_cut() {
    let (one, two, three) = (long(0), long(700), message("l:  2  \r\n", "hi"));
    let stream = [one.clone(), two.clone(), three.clone()].concat();
    let expected = [one, two, three].map(Seen::Message);
    assert_eq!(frames(&stream), expected);
    for size in [2, 3, 7, 64, 500, 1_000] {
        assert_eq!(frames_of(stream.chunks(size), Limits::default()), expected, "{size}");
    }
}

#[test]
fn a_body_may_look_like_a_message() {
    let inner = long(3);
    let outer = message(
        &format!("Content-Length: {}\r\n", inner.len()),
        std::str::from_utf8(&inner).unwrap(),
    );
    let stream = [outer.clone(), inner.clone()].concat();
    assert_eq!(frames(&stream), [Seen::Message(outer), Seen::Message(inner)]);
}

#[test]
fn keep_alives_are_told_and_counted() {
    let text = long(1);
    let stream = [b"\r\n\r\n".as_slice(), &text, b"\r\n", &text, b"\r\n\r\n\r\n\r\n\r\n"].concat();
    let message = Seen::Message(text);
    assert_eq!(
        frames(&stream),
        [Pong, Ping, message.clone(), Pong, message, Pong, Ping, Pong, Ping, Pong]
    );
    let mut framer = StreamFramer::new(Limits::default());
    framer.handle_data(&stream);
    drain(&mut framer, &mut Vec::new());
    assert_eq!((framer.keep_alives().pings, framer.keep_alives().pongs), (3, 5));
    assert_eq!(framer.pending(), 0);
}

#[test]
fn what_two_readers_could_read_differently_breaks_the_stream() {
    let smuggled = "MESSAGE sip:evil@acme.example SIP/2.0\r\n\r\n";
    for (name, stream, kind) in [
        ("no length", message("", smuggled), Kind::NoContentLength),
        (
            "two",
            message("Content-Length: 0\r\nContent-Length: 43\r\n", smuggled),
            Kind::RepeatedContentLength,
        ),
        (
            "two forms",
            message("Content-Length: 0\r\nl: 0\r\n", smuggled),
            Kind::RepeatedContentLength,
        ),
        ("negative", message("Content-Length: -1\r\n", smuggled), Kind::ContentLength),
        ("signed", message("Content-Length: +0\r\n", smuggled), Kind::ContentLength),
        ("a list", message("Content-Length: 0, 43\r\n", smuggled), Kind::ContentLength),
        ("hexadecimal", message("Content-Length: 0x2b\r\n", smuggled), Kind::ContentLength),
        ("empty", message("Content-Length:\r\n", smuggled), Kind::ContentLength),
        ("huge", message("Content-Length: 99999999999999999999\r\n", ""), Kind::ContentLength),
        ("folded number", message("Content-Length: 4\r\n 3\r\n", smuggled), Kind::ContentLength),
        ("bare LF", message("X: 1\nContent-Length: 43\r\n", smuggled), Kind::BareLf),
        ("bare LF at the end", message("Content-Length: 43\r\n\n", smuggled), Kind::BareLf),
        ("bare CR", message("X: 1\rContent-Length: 43\r\nl: 0\r\n", smuggled), Kind::BareCr),
        ("bare CR in front", message("\r\rContent-Length: 0\r\n", ""), Kind::BareCr),
        ("no colon", message("Content-Length 43\r\nl: 0\r\n", smuggled), Kind::HeaderName),
        ("no SIP", Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n"), Kind::StartLine),
        ("octets", Bytes::from_static(b"\x16\x03\x01\r\n\r\n"), Kind::NotSip),
        ("LF between", Bytes::from_static(b"\r\n\n"), Kind::BareLf),
    ] {
        let seen = frames(&stream);
        assert!(
            matches!(seen.last(), Some(Broken(broken, _)) if *broken == kind),
            "{name}: {seen:?}"
        );
        let messages = seen.iter().filter(|frame| matches!(frame, Seen::Message(_))).count();
        assert_eq!(messages, 0, "{name}");
    }
}

#[test]
fn a_faulty_start_line_hides_no_fault_of_framing() {
    let smuggled = "MESSAGE sip:evil@acme.example SIP/2.0\r\nl: 0\r\n\r\n";
    let length = smuggled.len();
    for (name, lines, kind) in [
        ("two", format!("l: {length}\r\nl: 0\r\n"), Kind::RepeatedContentLength),
        ("bare CR", format!("X: 1\rl: {length}\r\nl: 0\r\n"), Kind::BareCr),
        ("no colon", format!("Content-Length {length}\r\nl: 0\r\n"), Kind::HeaderName),
        (
            "beyond the limit",
            format!("l: 0\r\n{}l: {length}\r\n", "X: 1\r\n".repeat(Limits::HEADERS)),
            Kind::TooManyHeaders,
        ),
        ("huge", format!("l: {}\r\n", Limits::MESSAGE), Kind::MessageTooLong),
    ] {
        let text = String::from_utf8(message(&lines, smuggled).to_vec()).unwrap();
        for version in ["SIP/3.0", "HTTP/1.1"] {
            let seen = frames(text.replacen("SIP/2.0", version, 1).as_bytes());
            assert!(
                matches!(seen[..], [Broken(broken, _)] if broken == kind),
                "{name} {version}: {seen:?}"
            );
        }
    }
    for lines in ["", "l: x\r\n"] {
        let text = String::from_utf8(message(lines, smuggled).to_vec()).unwrap();
        let seen = frames(text.replacen("SIP/2.0", "SIP/3.0", 1).as_bytes());
        assert!(matches!(seen[..], [Broken(Kind::UnsupportedVersion, _)]), "{lines}: {seen:?}");
    }
}

#[test]
fn a_broken_stream_stays_broken_and_holds_nothing() {
    let mut framer = StreamFramer::new(Limits::default());
    framer.handle_data(&message("", ""));
    let error = framer.poll_frame().unwrap().unwrap_err();
    assert_eq!(error.cause().status(), Some(StatusCode::BAD_REQUEST));
    assert!(error.cause().salvaged().is_some(), "a last answer can be sent");
    framer.handle_data(&long(0));
    assert!(framer.poll_frame().is_none());
    assert!(framer.is_broken());
    assert_eq!(framer.pending(), 0);
}

#[test]
fn a_faulty_start_line_is_refused_and_the_stream_goes_on() {
    let good = long(4);
    for (from, to, kind, status) in [
        ("SIP/2.0", "SIP/3.0", Kind::UnsupportedVersion, StatusCode::VERSION_NOT_SUPPORTED),
        ("sip:b@acme", "sip:b@[acme", Kind::StartLine, StatusCode::BAD_REQUEST),
    ] {
        let bad = String::from_utf8(good.to_vec()).unwrap().replacen(from, to, 1);
        let stream = [bad.as_bytes(), &good].concat();
        let seen = frames(&stream);
        let Refused(refused) = &seen[0] else { panic!("{from}: {seen:?}") };
        assert_eq!(
            std::mem::discriminant(refused),
            std::mem::discriminant(&expected(*refused, kind))
        );
        assert_eq!(seen[1], Seen::Message(good.clone()), "{from}");
        let mut framer = StreamFramer::new(Limits::default());
        framer.handle_data(&stream);
        let Some(Ok(Frame::Refused(error))) = framer.poll_frame() else { panic!("{from}") };
        assert_eq!(error.status(), Some(status), "{from}");
    }
}

/// A malformed URI says what was expected of it; only that it is one counts here.
fn expected(refused: Kind, kind: Kind) -> Kind {
    if matches!(refused, Kind::RequestUri(_)) && kind == Kind::StartLine { refused } else { kind }
}

#[test]
fn a_message_that_would_be_too_long_is_refused_before_it_is_held() {
    let mut limits = Limits::default();
    limits.message = 1_000;
    let mut framer = StreamFramer::new(limits);
    let stream = message("Content-Length: 4000000000\r\n", "");
    framer.handle_data(&stream);
    let error = framer.poll_frame().unwrap().unwrap_err();
    assert_eq!(error.cause().kind(), Kind::MessageTooLong);
    assert_eq!(error.cause().status(), Some(StatusCode::MESSAGE_TOO_LARGE));

    // Offsets have 32 bits: no limit is wider.
    let mut unlimited = Limits::default();
    unlimited.message = usize::MAX;
    let stream = message("Content-Length: 4294967295\r\n", "");
    assert!(matches!(
        frames_of([stream.as_ref()], unlimited)[..],
        [Broken(Kind::MessageTooLong, _)]
    ));

    // A head without an end is not waited for forever.
    let head = [b"MESSAGE sip:b@acme.example SIP/2.0\r\nX: ".as_slice(), &[b'x'; 2_000]].concat();
    let seen = frames_of(head.chunks(100), limits);
    assert_eq!(seen, [Broken(Kind::MessageTooLong, 1_000)]);
    assert_eq!(frames_of([head.as_slice()], limits), seen);
}

#[test]
fn a_message_of_exactly_the_limit_passes() {
    let text = long(100);
    let mut limits = Limits::default();
    limits.message = text.len();
    assert_eq!(frames_of(text.chunks(9), limits), [Seen::Message(text.clone())]);
    limits.message -= 1;
    assert!(matches!(frames_of(text.chunks(9), limits)[..], [Broken(Kind::MessageTooLong, _)]));
}

#[test]
fn what_waits_is_not_shown() {
    let mut framer = StreamFramer::new(Limits::default());
    framer
        .handle_data(b"\r\nREGISTER sip:acme.example SIP/2.0\r\nAuthorization: Basic dXNlcjpwYXNz");
    drain(&mut framer, &mut Vec::new());
    let shown = format!("{framer:?}");
    assert!(shown.contains("InHead") && shown.contains("pending: 68"), "{shown}");
    assert!(!shown.contains("dXNl") && !shown.contains("REGISTER"), "{shown}");
}

#[test]
fn a_websocket_message_is_one_message() {
    let read = |text: &[u8]| Frame::of_websocket(Bytes::copy_from_slice(text), &Limits::default());
    assert!(matches!(read(b"\r\n\r\n"), Ok(Frame::Ping)));
    assert!(matches!(read(b"\r\n"), Ok(Frame::Pong)));
    let without = message("Content-Type: text/plain\r\n", "all of it");
    let Ok(Frame::Message(Message::Request(request))) = read(&without) else { panic!("a request") };
    assert_eq!(
        (request.method(), request.body().as_ref()),
        (&Method::Message, b"all of it".as_slice())
    );
    let kind = |text: &[u8]| read(text).unwrap_err().kind();
    assert_eq!(kind(&[long(2), long(2)].concat()), Kind::OctetsAfterBody);
    assert_eq!(kind(&message("Content-Length: 9\r\n", "short")), Kind::BodyTooShort);
    assert_eq!(kind(&message("X: 1\nl: 0\r\n", "")), Kind::BareLf);
    assert_eq!(kind(b""), Kind::Empty);
}

#[test]
fn a_datagram_can_be_sent_on_a_stream() {
    let lenient = message("Subject: one\n two\nX: 1\r\n", "body\n");
    let sent = Message::parse(lenient).unwrap().to_stream_bytes();
    assert_eq!(frames(&sent), [Seen::Message(sent.clone())]);
    let text = std::str::from_utf8(&sent).unwrap();
    assert!(
        text.contains("Subject: one\r\n two\r\nX: 1\r\nContent-Length: 5\r\n\r\nbody\n"),
        "{text}"
    );
    // One bare LF anywhere is one too many.
    let fit = String::from_utf8(invite(&["Content-Length: 1"]).to_vec()).unwrap() + "\n";
    let ends: Vec<usize> = fit.match_indices("\r\n").map(|(at, _)| at).collect();
    for end in ends {
        let (before, after) = fit.split_at(end);
        let unfit = Bytes::from(before.to_owned() + after.strip_prefix('\r').unwrap());
        assert_eq!(Message::parse(unfit).unwrap().to_stream_bytes(), fit, "{end}");
    }
    // What is fit for a stream already is not copied.
    let fit = invite(&["Content-Length: 0"]);
    assert_eq!(Message::parse(fit.clone()).unwrap().to_stream_bytes().as_ptr(), fit.as_ptr());
}

proptest! {
    #[test]
    fn any_octets_in_any_pieces_give_the_same_frames(
        parts in proptest::collection::vec(prop_oneof![
            Just(Vec::from(b"\r\n".as_slice())),
            Just(long(5).to_vec()),
            Just(message("l: 3\r\n", "abc").to_vec()),
            Just(message("", "abc").to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
            "[A-Za-z:/ \r\n]{0,30}".prop_map(String::into_bytes),
        ], 0..6),
        cuts in proptest::collection::vec(1..200_usize, 1..20),
    ) {
        let stream = parts.concat();
        let mut limits = Limits::default();
        limits.message = 600;
        let whole = frames_of([stream.as_slice()], limits);
        let mut rest = stream.as_slice();
        let mut chunks = Vec::new();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(&frames_of(chunks, limits), &whole);
        // Octets in are octets out, up to where the stream broke or still waits.
        let mut position = 0;
        for frame in &whole {
            match frame {
                Ping | Pong => {
                    prop_assert_eq!(&stream[position..position + 2], b"\r\n");
                    position += 2;
                }
                Seen::Message(text) => {
                    prop_assert_eq!(&stream[position..position + text.len()], text.as_ref());
                    position += text.len();
                    prop_assert!(Message::parse(text.clone()).is_ok(), "a datagram would be the same");
                }
                Refused(_) | Broken(..) => break,
            }
        }
    }
}
