//! Streams.

use bytes::Bytes;
use centrala_sip::{Frame, KeepAlives, Limits, Message, StreamFramer};

use crate::headers;

/// Any stream, cut anywhere, gives the same frames:
///
/// - as a whole, octet by octet, and cut as the first octet says;
/// - the frames are read again as the same messages, by the datagram parser, too: nobody can smuggle one past it;
/// - octets in are octets out, keep-alives counted, unless something was refused;
/// - nothing is read after the stream broke, and what waits is less than a message.
pub fn check(octets: &[u8]) {
    let Some((&choice, stream)) = octets.split_first() else { return };
    let whole = frames(stream, stream.len().max(1));
    assert_eq!(frames(stream, 1), whole, "octet by octet");
    assert_eq!(frames(stream, usize::from(choice) + 2), whole, "in pieces");
    let mut length = whole.pending;
    let mut is_exact = !whole.is_broken;
    for frame in &whole.frames {
        match frame {
            Shown::Message(octets) => {
                length += octets.len();
                let message = Message::parse(octets.clone()).expect("a frame is a message");
                assert_eq!(message.to_bytes(), octets);
                check_websocket(octets);
                headers::check_all(match &message {
                    Message::Request(request) => request.headers(),
                    Message::Response(response) => response.headers(),
                });
            }
            Shown::Refused(_) => is_exact = false,
            Shown::Ping | Shown::Pong => length += 2,
        }
    }
    let count = |kind: Shown| {
        u64::try_from(whole.frames.iter().filter(|frame| **frame == kind).count()).expect("few")
    };
    assert_eq!(whole.keep_alives.pings, count(Shown::Ping));
    assert_eq!(whole.keep_alives.pongs, count(Shown::Pong));
    assert!(length <= stream.len(), "no octet is read twice");
    if is_exact {
        assert_eq!(length, stream.len(), "no octet is lost");
    }
    if whole.is_broken {
        assert_eq!(whole.pending, 0, "nothing is held after the end");
    }
}

/// What came out of a stream, to be compared.
#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<Shown>,
    error: Option<String>,
    is_broken: bool,
    keep_alives: KeepAlives,
    pending: usize,
}

#[derive(Debug, PartialEq)]
enum Shown {
    Message(Bytes),
    Refused(String),
    Pong,
    Ping,
}

fn frames(stream: &[u8], piece: usize) -> Outcome {
    let limits = limits();
    let mut framer = StreamFramer::new(limits);
    let (mut frames, mut error) = (Vec::new(), None);
    for piece in stream.chunks(piece) {
        framer.handle_data(piece);
        while let Some(frame) = framer.poll_frame() {
            match frame {
                Ok(Frame::Message(message)) => frames.push(Shown::Message(message.to_bytes())),
                Ok(Frame::Refused(refused)) => frames.push(Shown::Refused(refused.to_string())),
                Ok(Frame::Pong) => frames.push(Shown::Pong),
                Ok(Frame::Ping) => frames.push(Shown::Ping),
                Err(broken) => {
                    assert!(error.is_none(), "a stream breaks once");
                    assert!(broken.cause().offset() <= limits.message, "{broken}");
                    error = Some(broken.to_string());
                }
            }
        }
        assert!(framer.pending() <= limits.message, "what waits is less than a message");
    }
    Outcome {
        frames,
        is_broken: framer.is_broken(),
        error,
        keep_alives: framer.keep_alives(),
        pending: framer.pending(),
    }
}

/// Narrow, so that they are met.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.message = 1_024;
    limits.start_line = 128;
    limits.headers = 12;
    limits.header_value = 256;
    limits
}

fn check_websocket(octets: &Bytes) {
    let frame = Frame::of_websocket(octets.clone(), &limits());
    let Ok(Frame::Message(message)) = frame else { panic!("a frame of a stream is one here") };
    assert_eq!(message.to_bytes(), octets);
}
