use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::transport::tickets::ticket;

const LIMITS: fn() -> StreamLimits = StreamLimits::default;

fn at(seconds: u64) -> Timestamp {
    Timestamp::ZERO + Duration::from_secs(seconds)
}

fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_start(moment.since_start() - Duration::from_millis(1))
}

fn request(method: &str, number: usize, body: &str) -> String {
    format!(
        "{method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK{number}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Returns what all frames of a stream are, in one word each.
fn frames(connection: &mut Connection, now: Timestamp) -> Vec<String> {
    std::iter::from_fn(|| connection.poll_frame(now))
        .map(|frame| match frame {
            Ok(Frame::Message(message)) => {
                String::from_utf8_lossy(&message.to_bytes()).into_owned()
            }
            Ok(frame) => format!("{frame:?}"),
            Err(error) => format!("broken: {error}"),
        })
        .collect()
}

#[test]
fn who_says_nothing_is_closed_and_who_has_said_something_stays_until_he_is_idle() {
    let mut silent = Connection::accepted(LIMITS(), at(0));
    assert_eq!(silent.poll_timeout(), Some(at(0) + LIMITS().grace));
    assert_eq!(silent.check(at(0) + LIMITS().grace), Some(CloseCause::Quiet));
    silent.tolerate();
    let deadline = silent.poll_timeout().unwrap();
    assert_eq!(deadline, at(0) + LIMITS().silence);
    assert_eq!(silent.check(just_before(deadline)), None);
    assert_eq!(silent.check(deadline), Some(CloseCause::Silent));
    assert_eq!(silent.holding().silent, 1);

    silent.handle_octets(b"\r\n\r\n", at(1));
    assert_eq!(frames(&mut silent, at(1)), ["Pong", "Ping"]);
    assert_eq!(silent.holding(), Holding { connections: 1, silent: 0, octets: 0 });
    let idle = at(60) + LIMITS().idle;
    assert_eq!((silent.check(just_before(idle)), silent.poll_timeout()), (None, Some(idle)));
    assert_eq!(
        silent.check(idle),
        Some(CloseCause::Idle),
        "the whole minute after 1 s and the limit"
    );
    silent.keep(idle);
    assert_eq!(silent.poll_timeout(), Some(idle + LIMITS().idle), "a minute that is whole stays");
}

#[test]
fn a_frame_that_trickles_is_closed_in_its_head_and_in_its_body() {
    let text = request("OPTIONS", 1, &"b".repeat(200));
    for (place, begun) in [("head", 20), ("body", text.len() - 100), ("line end", 1)] {
        let text = if place == "line end" { "\r\n" } else { &text };
        let mut connection = Connection::accepted(LIMITS(), at(0));
        connection.tolerate();
        connection.handle_octets(&text.as_bytes()[..begun], at(5));
        assert!(frames(&mut connection, at(5)).is_empty());
        let deadline = at(5) + LIMITS().frame;
        // One octet more every second helps nothing.
        for (later, octet) in (6..).zip(&text.as_bytes()[begun..text.len() - 1]).take(9) {
            connection.handle_octets(&[*octet], at(later));
            assert!(frames(&mut connection, at(later)).is_empty(), "{place}");
            assert_eq!(connection.check(at(later)), None, "{place}");
        }
        assert_eq!(connection.poll_timeout(), Some(deadline), "{place}");
        assert_eq!(connection.check(deadline), Some(CloseCause::SlowFrame), "{place}");
    }
}

#[test]
fn each_frame_has_its_own_time() {
    let (first, second) = (request("OPTIONS", 1, ""), request("OPTIONS", 2, ""));
    let both = format!("{first}{second}");
    let mut connection = Connection::accepted(LIMITS(), at(0));
    connection.handle_octets(&both.as_bytes()[..10], at(0));
    assert!(frames(&mut connection, at(0)).is_empty());
    connection.handle_octets(&both.as_bytes()[10..first.len() + 10], at(8));
    assert_eq!(frames(&mut connection, at(8)), std::slice::from_ref(&first));
    assert_eq!(connection.check(at(17)), None, "the second began at 8 s");
    connection.handle_octets(&both.as_bytes()[first.len() + 10..], at(17));
    assert_eq!(frames(&mut connection, at(17)), [second]);
    assert_eq!(connection.poll_timeout(), Some(at(60) + LIMITS().idle));
}

#[test]
fn what_is_written_in_parts_is_told_of_only_where_it_was_not_written_as_a_whole() {
    let (first, second, third) = (ticket(1), ticket(2), ticket(3));
    let mut connection = Connection::accepted(LIMITS(), at(0));
    for (octets, ticket) in [("one", first), ("two", second), ("three", third)] {
        connection.queue(octets.as_bytes(), Some(ticket), at(0)).unwrap();
    }
    assert_eq!(connection.unwritten(), b"onetwothree");
    connection.handle_written(4, at(1));
    assert_eq!(connection.unwritten(), b"wothree");
    assert_eq!(connection.into_unsent().collect::<Vec<_>>(), [second, third]);
}

#[test]
fn who_does_not_read_is_closed_and_costs_a_bounded_amount() {
    let limits = StreamLimits { octets_unwritten: 10, ..LIMITS() };
    let mut connection = Connection::accepted(limits, at(0));
    connection.handle_octets(b"\r\n", at(0));
    assert_eq!(frames(&mut connection, at(0)), ["Pong"]);
    connection.queue(b"123456", None, at(0)).unwrap();
    assert_eq!(connection.queue(b"78901", Some(ticket(1)), at(1)), Err(Full));
    assert_eq!(connection.holding().octets, 6);
    connection.handle_written(1, at(4));
    assert_eq!(connection.check(at(13)), None, "he took something at 4 s");
    assert_eq!(connection.poll_timeout(), Some(at(4) + limits.stall));
    assert_eq!(connection.check(at(14)), Some(CloseCause::Stalled));
    connection.handle_written(5, at(14));
    assert_eq!(connection.check(at(100)), None, "nothing waits any more");
}

#[test]
fn nothing_is_written_before_we_are_connected_and_all_of_it_comes_back_if_we_never_are() {
    let mut connection = Connection::connecting(LIMITS(), at(0));
    connection.queue(b"INVITE", Some(ticket(1)), at(0)).unwrap();
    assert_eq!(connection.unwritten(), b"");
    let deadline = at(0) + LIMITS().connect;
    assert_eq!(connection.poll_timeout(), Some(deadline));
    assert_eq!(connection.check(deadline), Some(CloseCause::NotConnected));

    connection.handle_connected(at(2));
    assert_eq!(connection.unwritten(), b"INVITE");
    assert_eq!(connection.poll_timeout(), Some(at(2) + LIMITS().stall), "from when he can take it");
    assert_eq!(connection.into_unsent().collect::<Vec<_>>(), [ticket(1)]);
}

#[test]
fn a_half_closed_connection_stays_for_the_answers_that_are_owed_and_takes_no_requests() {
    let mut connection = Connection::accepted(LIMITS(), at(0));
    let ack = request("ACK", 1, "");
    let text = format!("{}{ack}{}", request("OPTIONS", 1, ""), request("INVITE", 2, ""));
    connection.handle_octets(text.as_bytes(), at(1));
    assert_eq!(frames(&mut connection, at(1)).len(), 3);
    connection.handle_end(at(1));
    assert!(!connection.takes_requests() && !connection.reads());
    connection.queue(b"SIP/2.0 200 OK\r\n\r\n", None, at(1)).unwrap();
    connection.queue(b"SIP/2.0 180 Ringing\r\n\r\n", None, at(2)).unwrap();
    connection.handle_written(usize::MAX, at(2));
    assert_eq!(connection.check(at(2)), None, "the INVITE rings");
    connection.queue(b"SIP/2.0 486 Busy Here\r\n\r\n", None, at(3)).unwrap();
    assert_eq!(connection.check(at(3)), None, "the last answer is not written");
    connection.handle_written(usize::MAX, at(3));
    assert_eq!(connection.check(at(3)), Some(CloseCause::Ended));

    let mut silent = Connection::accepted(LIMITS(), at(0));
    silent.handle_end(at(1));
    assert_eq!(silent.check(at(1)), Some(CloseCause::Ended), "nothing is owed");
}

#[test]
fn a_broken_stream_is_read_no_further_and_ends_after_its_last_answer() {
    let mut connection = Connection::accepted(LIMITS(), at(0));
    connection.handle_octets(b"OPTIONS sip:b@example.com SIP/2.0\r\nVia: x\r\n\r\n", at(1));
    let told = frames(&mut connection, at(1));
    assert!(matches!(&told[..], [one] if one.starts_with("broken")), "{told:?}");
    connection.handle_octets(&[b'x'; 100_000], at(1));
    assert_eq!(connection.holding().octets, 0, "what comes now is dropped");
    connection.queue(b"SIP/2.0 400 Bad Request\r\n\r\n", None, at(1)).unwrap();
    assert!(!connection.has_finished());
    connection.handle_written(usize::MAX, at(1));
    assert!(connection.has_finished());
    assert_eq!(connection.check(at(1) + LIMITS().goodbye), Some(CloseCause::Broken));
}

/// What can happen to a connection.
#[derive(Clone, Debug)]
enum Step {
    Octets(Vec<u8>),
    Queue(usize),
    Written(usize),
    Connected,
    End,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Step> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(request("OPTIONS", 1, "body").into_bytes()),
        Just(b"OPTIONS sip:b@example.com SIP/2.0\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    prop_oneof![
        4 => piece.prop_map(Step::Octets),
        2 => (0_usize..500).prop_map(Step::Queue),
        2 => (0_usize..800).prop_map(Step::Written),
        1 => Just(Step::Connected),
        1 => Just(Step::End),
        2 => (0_u64..8).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn however_a_stream_is_cut_its_frames_are_the_same(
        kinds in proptest::collection::vec(0_u8..4, 1..8),
        cuts in proptest::collection::vec(1_usize..60, 1..40),
    ) {
        let text: String = kinds.iter().enumerate().map(|(number, kind)| match kind {
            0 => request("OPTIONS", number, ""),
            1 => request("INVITE", number, &"v=0\r\n".repeat(number)),
            2 => "\r\n\r\n".to_owned(),
            _ => request("ACK", number, ""),
        }).collect();
        let mut whole = Connection::accepted(LIMITS(), at(0));
        whole.handle_octets(text.as_bytes(), at(0));
        let expected = frames(&mut whole, at(0));
        let mut cut = Connection::accepted(LIMITS(), at(0));
        let (mut rest, mut seen) = (text.as_bytes(), Vec::new());
        for length in cuts.iter().cycle() {
            let (piece, left) = rest.split_at((*length).min(rest.len()));
            cut.handle_octets(piece, at(0));
            seen.extend(frames(&mut cut, at(0)));
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(cut.holding(), whole.holding());
        prop_assert_eq!(cut.owed, whole.owed);
    }

    #[test]
    fn whatever_happens_a_connection_is_bounded_and_ends(
        accepted in any::<bool>(), steps in proptest::collection::vec(steps(), 0..60),
    ) {
        let limits = StreamLimits { octets_unwritten: 1_000, ..LIMITS() };
        let mut now = at(0);
        let mut connection = match accepted {
            true => Connection::accepted(limits, now),
            false => Connection::connecting(limits, now),
        };
        for step in steps {
            match step {
                Step::Octets(octets) => {
                    connection.handle_octets(&octets, now);
                    while connection.poll_frame(now).is_some() {}
                }
                Step::Queue(count) => drop(connection.queue(&vec![b'x'; count], None, now)),
                Step::Written(count) => {
                    let count = count.min(connection.unwritten().len());
                    connection.handle_written(count, now);
                }
                Step::Connected => connection.handle_connected(now),
                Step::End => connection.handle_end(now),
                Step::Wait(seconds) => now += Duration::from_secs(seconds),
            }
            prop_assert!(connection.holding().octets <= Limits::default().message + 1_000);
            let deadline = connection.poll_timeout().expect("there is always one");
            prop_assert!(deadline <= now + limits.idle + Duration::from_secs(60));
            prop_assert!(connection.check(deadline).is_some(), "at its deadline something is due");
            if let Some(cause) = connection.check(now) {
                prop_assert!(deadline <= now || cause == CloseCause::Ended);
            }
        }
    }
}
