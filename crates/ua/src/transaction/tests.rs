use bytes::Bytes;
use centrala_sip::{Message, Request, Response, StatusCode};
use centrala_time::Timestamp;
use core::time::Duration;

use super::*;

const TIMERS: Timers = Timers {
    t1: Duration::from_millis(500),
    t2: Duration::from_secs(4),
    t4: Duration::from_secs(5),
};

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn request(method: &str) -> Request {
    let text = format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: 1\r\n\
         CSeq: 7 {method}\r\nRoute: <sip:192.0.2.3;lr>\r\nContent-Length: 0\r\n\r\n"
    );
    match Message::parse(Bytes::from(text)) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn response(status: u16, method: &str) -> Response {
    let text = format!(
        "SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:bob@192.0.2.2>;tag=b\r\nCall-ID: 1\r\n\
         CSeq: 7 {method}\r\n\r\n"
    );
    match Message::parse(Bytes::from(text)) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

/// The outputs in short: the first word of what is sent, `<status` of what is told.
fn client(poll: impl FnMut() -> Option<ClientOutput>) -> Vec<String> {
    core::iter::from_fn(poll)
        .map(|output| match output {
            ClientOutput::Send(datagram) => first_word(&datagram),
            ClientOutput::Response(response) => format!("<{}", response.status()),
            ClientOutput::TimedOut => "timed out".to_owned(),
        })
        .collect()
}

fn server(poll: impl FnMut() -> Option<ServerOutput>) -> Vec<String> {
    core::iter::from_fn(poll)
        .map(|output| match output {
            ServerOutput::Send(datagram) => first_word(&datagram),
            ServerOutput::TimedOut => "timed out".to_owned(),
        })
        .collect()
}

fn first_word(datagram: &Bytes) -> String {
    String::from_utf8_lossy(datagram).split(' ').next().unwrap_or_default().to_owned()
}

fn invite(reliability: Reliability) -> InviteClient {
    let mut invite = InviteClient::new(request("INVITE"), TIMERS, reliability, at(0));
    assert_eq!(client(|| invite.poll_output()), ["INVITE"]);
    invite
}

/// The times, in milliseconds, at which something happens, and what.
fn timeline(
    mut step: impl FnMut(Option<Timestamp>) -> (Option<Timestamp>, Vec<String>),
) -> Vec<(u128, Vec<String>)> {
    let mut times = Vec::new();
    let (mut next, _) = step(None);
    while let Some(now) = next {
        let (then, what) = step(Some(now));
        times.push((now.since_start().as_millis(), what));
        assert!(times.len() < 100, "it ends");
        next = then;
    }
    times
}

#[test]
fn an_invite_is_retransmitted_at_doubling_intervals_and_times_out() {
    let mut machine = invite(Reliability::Unreliable);
    let events = timeline(|now| {
        if let Some(now) = now {
            machine.handle_timeout(now);
        }
        (machine.poll_timeout(), client(|| machine.poll_output()))
    });
    let times: Vec<_> = events.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [500, 1_500, 3_500, 7_500, 15_500, 31_500, 32_000]);
    assert_eq!(events.last().map(|(_, what)| what.clone()), Some(vec!["timed out".to_owned()]));
    assert!(machine.is_terminated());
}

#[test]
fn a_refused_invite_is_acknowledged_each_time_the_refusal_comes() {
    let mut machine = invite(Reliability::Unreliable);
    machine.handle_response(response(180, "INVITE"), at(10));
    assert_eq!(client(|| machine.poll_output()), ["<180"]);
    assert_eq!(machine.poll_timeout(), None, "it may ring for ever");
    machine.handle_response(response(486, "INVITE"), at(20));
    assert_eq!(client(|| machine.poll_output()), ["ACK", "<486"]);
    machine.handle_response(response(486, "INVITE"), at(30));
    machine.handle_response(response(180, "INVITE"), at(40));
    machine.handle_response(response(200, "INVITE"), at(50));
    assert_eq!(client(|| machine.poll_output()), ["ACK"]);
    machine.handle_timeout(at(32_019));
    assert!(!machine.is_terminated());
    machine.handle_timeout(at(32_020));
    assert!(machine.is_terminated(), "timer D");
}

#[test]
fn the_ack_of_a_refusal_has_the_headers_of_the_invite_and_the_to_of_the_response() {
    let ack = ack::for_failure(&request("INVITE"), &response(486, "INVITE")).unwrap();
    let Ok(Message::Request(ack)) = Message::parse(ack) else { panic!("a request") };
    assert_eq!(ack.uri().as_str(), "sip:bob@192.0.2.2");
    assert_eq!(ack.via().unwrap().branch(), Some("z9hG4bK1"));
    assert_eq!(ack.to().unwrap().tag(), Some("b"));
    assert_eq!(ack.cseq().unwrap().to_string(), "7 ACK");
    assert_eq!(ack.routes().count(), 1);
    let cancel = ack::cancel(&request("INVITE")).unwrap();
    assert_eq!(cancel.cseq().unwrap().to_string(), "7 CANCEL");
    assert_eq!((cancel.to().unwrap().tag(), cancel.routes().count()), (None, 1));
}

#[test]
fn every_success_is_told_until_timer_m() {
    let mut machine = invite(Reliability::Unreliable);
    machine.handle_response(response(200, "INVITE"), at(100));
    machine.handle_response(response(200, "INVITE"), at(200));
    machine.handle_response(response(486, "INVITE"), at(300));
    assert_eq!(client(|| machine.poll_output()), ["<200", "<200"]);
    assert_eq!(machine.poll_timeout(), Some(at(32_100)));
    machine.handle_timeout(at(32_100));
    assert!(machine.is_terminated());
    machine.handle_response(response(200, "INVITE"), at(32_200));
    assert_eq!(client(|| machine.poll_output()), [] as [&str; 0]);
}

#[test]
fn an_invite_that_was_cancelled_is_given_up() {
    for ringing in [false, true] {
        let mut machine = invite(Reliability::Unreliable);
        machine.set_give_up(at(5_000));
        if ringing {
            machine.handle_response(response(180, "INVITE"), at(10));
            assert_eq!(machine.poll_timeout(), Some(at(5_000)));
        }
        client(|| machine.poll_output());
        machine.handle_timeout(at(if ringing { 5_000 } else { 32_000 }));
        assert_eq!(client(|| machine.poll_output()), ["timed out"], "{ringing}");
    }
}

#[test]
fn nothing_is_repeated_or_absorbed_on_a_reliable_transport() {
    let mut machine = invite(Reliability::Reliable);
    assert_eq!(machine.poll_timeout(), Some(at(32_000)), "timer B alone");
    machine.handle_response(response(486, "INVITE"), at(10));
    assert!(machine.is_terminated(), "timer D is zero");

    let mut machine = NonInviteServer::new(TIMERS, Reliability::Reliable);
    machine.respond(StatusCode::OK, Bytes::from_static(b"200 "), at(10));
    assert_eq!(server(|| machine.poll_output()), ["200"]);
    assert!(machine.is_terminated(), "timer J is zero");
}

#[test]
fn other_requests_are_retransmitted_up_to_t2_and_slower_after_a_provisional() {
    let run = |provisional: bool| {
        let (own, now) = (request("OPTIONS"), at(0));
        let mut machine = NonInviteClient::new(&own, TIMERS, Reliability::Unreliable, now);
        if provisional {
            machine.handle_response(response(100, "OPTIONS"), at(10));
        }
        client(|| machine.poll_output());
        let events = timeline(|now| {
            if let Some(now) = now {
                machine.handle_timeout(now);
            }
            (machine.poll_timeout(), client(|| machine.poll_output()))
        });
        events.into_iter().map(|(time, _)| time).collect::<Vec<_>>()
    };
    let plain = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000];
    assert_eq!(run(false), plain);
    assert_eq!(run(true), [500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500, 32_000]);
}

#[test]
fn a_late_response_is_absorbed() {
    let (own, now) = (request("BYE"), at(0));
    let mut machine = NonInviteClient::new(&own, TIMERS, Reliability::Unreliable, now);
    machine.handle_response(response(200, "BYE"), at(10));
    machine.handle_response(response(200, "BYE"), at(20));
    assert_eq!(client(|| machine.poll_output()), ["BYE", "<200"]);
    machine.handle_timeout(at(5_010));
    assert!(machine.is_terminated(), "timer K");
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut machine = InviteServer::new(TIMERS, Reliability::Unreliable);
    machine.respond(StatusCode::TRYING, Bytes::from_static(b"100 "), at(0));
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), ["100", "100"]);
    machine.respond(StatusCode::BUSY_HERE, Bytes::from_static(b"486 "), at(0));
    machine.handle_timeout(at(500));
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), ["486", "486", "486"]);
    machine.respond(StatusCode::OK, Bytes::from_static(b"200 "), at(600));
    assert_eq!(server(|| machine.poll_output()), [] as [&str; 0], "it is decided");
    assert!(machine.handle_ack(at(700)));
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), [] as [&str; 0]);
    assert_eq!(machine.poll_timeout(), Some(at(5_700)), "timer I");
    machine.handle_timeout(at(5_700));
    assert!(machine.is_terminated());
}

#[test]
fn a_refusal_without_an_ack_times_out() {
    let mut machine = InviteServer::new(TIMERS, Reliability::Unreliable);
    machine.respond(StatusCode::BUSY_HERE, Bytes::from_static(b"486 "), at(0));
    let events = timeline(|now| {
        if let Some(now) = now {
            machine.handle_timeout(now);
        }
        (machine.poll_timeout(), server(|| machine.poll_output()))
    });
    assert_eq!(events.len(), 11);
    assert_eq!(events.last(), Some(&(32_000, vec!["timed out".to_owned()])));
}

#[test]
fn an_accepted_invite_leaves_repeating_to_the_dialog() {
    let mut machine = InviteServer::new(TIMERS, Reliability::Unreliable);
    machine.respond(StatusCode::OK, Bytes::from_static(b"200 "), at(0));
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), ["200"]);
    machine.respond(StatusCode::OK, Bytes::from_static(b"200 "), at(500));
    assert_eq!(server(|| machine.poll_output()), ["200"]);
    assert!(!machine.handle_ack(at(600)), "the dialog's");
    assert_eq!(machine.poll_timeout(), Some(at(32_000)), "timer L");
    machine.handle_timeout(at(32_000));
    assert!(machine.is_terminated());
}

#[test]
fn the_final_response_to_another_request_is_repeated_on_demand() {
    let mut machine = NonInviteServer::new(TIMERS, Reliability::Unreliable);
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), [] as [&str; 0]);
    machine.respond(StatusCode::OK, Bytes::from_static(b"200 "), at(0));
    machine.respond(StatusCode::BUSY_HERE, Bytes::from_static(b"486 "), at(1));
    machine.handle_retransmission();
    assert_eq!(server(|| machine.poll_output()), ["200", "200"]);
    machine.handle_timeout(at(31_999));
    assert!(!machine.is_terminated());
    machine.handle_timeout(at(32_000));
    assert!(machine.is_terminated(), "timer J");
}
