//! More than there is room or time for.

use centrala_sip::{HeaderName, Message};
use centrala_time::Timestamp;
use centrala_ua::{Endpoint, EndpointConfig, Event, Output, Strangers};
use core::time::Duration;

const BOB: &str = "192.0.2.2:5060";

fn bob(calls_per_second: Option<u32>) -> Endpoint {
    let mut config = EndpointConfig::new(BOB.parse().unwrap());
    config.strangers = Strangers::Admit;
    config.limits.calls_per_second = calls_per_second;
    Endpoint::new(config, [3; 32], Timestamp::ZERO)
}

fn request(method: &str, source: &str, number: u64, to_tag: &str) -> String {
    format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP {source};branch=z9hG4bK{number};rport\r\n\
         From: <sip:a@x>;tag={number}\r\nTo: <sip:b@x>{to_tag}\r\nCall-ID: {number}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:a@{source}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Feeds a request; returns the status of the last answer with its Retry-After, and whether a call came in.
fn feed(
    bob: &mut Endpoint,
    source: &str,
    text: String,
    now: Timestamp,
) -> (u16, Option<u64>, bool) {
    bob.handle_datagram(source.parse().unwrap(), text.into(), now);
    let mut told = (0, None, false);
    while let Some(output) = bob.poll_output() {
        match output {
            Output::Send { datagram, .. } => {
                let Ok(Message::Response(response)) = Message::parse(datagram) else { continue };
                let text = response.header(&HeaderName::RETRY_AFTER);
                let seconds = text.map(|text| String::from_utf8_lossy(text).parse().unwrap());
                (told.0, told.1) = (response.status().as_u16(), seconds);
            }
            Output::Event(Event::Incoming(_)) => told.2 = true,
            _ => {}
        }
    }
    told
}

#[test]
fn twice_the_admitted_rate_gets_the_rate_and_503_for_the_rest_with_a_time_to_come_back() {
    let mut bob = bob(Some(20));
    let source = "192.0.2.9:5060";
    let (mut taken, mut refused) = (0, Vec::new());
    for number in 0..400 {
        let now = Timestamp::from_millis(number * 25);
        match feed(&mut bob, source, request("INVITE", source, number, ""), now) {
            (100, None, true) => taken += 1,
            (503, Some(seconds), false) => refused.push(seconds),
            other => panic!("{other:?}"),
        }
    }
    // Ten seconds at 20 calls, and what a second's worth of burst holds.
    assert!((200..=221).contains(&taken), "{taken}");
    assert_eq!(taken + refused.len(), 400);
    assert!(refused.iter().all(|seconds| (5..=10).contains(seconds)), "{refused:?}");
    assert!(refused.iter().any(|seconds| *seconds != refused[0]), "they do not come back together");
    let repeated = |bob: &mut Endpoint| {
        feed(bob, source, request("INVITE", source, 1_000, ""), Timestamp::from_millis(9_976))
    };
    assert_eq!(repeated(&mut bob), repeated(&mut bob), "asked twice, answered alike");
    // Nothing is remembered of those that were refused.
    assert_eq!((bob.call_count(), bob.transaction_count()), (taken, taken));
}

#[test]
fn one_source_that_floods_does_not_starve_another() {
    let mut bob = bob(Some(20));
    let (flooder, customer) = ("192.0.2.9:5060", "192.0.2.8:5060");
    let mut missed = 0;
    for number in 0..4_000 {
        let now = Timestamp::from_millis(number * 5);
        feed(&mut bob, flooder, request("INVITE", flooder, number, ""), now);
        if number % 100 == 50 {
            let text = request("INVITE", customer, 100_000 + number, "");
            missed += u32::from(!feed(&mut bob, customer, text, now).2);
        }
    }
    assert_eq!(missed, 0);
}

#[test]
fn what_belongs_to_a_call_is_taken_however_long_the_queue_is() {
    let mut bob = bob(None);
    let source = "192.0.2.9:5060";
    let now = Timestamp::from_millis(1);
    assert!(feed(&mut bob, source, request("INVITE", source, 1, ""), now).2);
    let late = Duration::from_millis(40);
    for millis in (1..=601).step_by(50) {
        bob.note_delay(late, Timestamp::from_millis(millis));
    }
    let now = Timestamp::from_millis(601);
    for method in ["INVITE", "OPTIONS", "REGISTER"] {
        let (status, retry_after, _) = feed(&mut bob, source, request(method, source, 2, ""), now);
        assert_eq!(status, 503, "{method}");
        assert!(retry_after.is_some(), "{method}");
    }
    // The caller gives up, and is heard.
    let (status, ..) = feed(&mut bob, source, request("CANCEL", source, 1, ""), now);
    assert!([200, 487].contains(&status), "{status}");
    assert_eq!(bob.call_count(), 0);
    // A request inside of a dialog is looked at, and told that there is none.
    let (status, ..) = feed(&mut bob, source, request("BYE", source, 3, ";tag=x"), now);
    assert_eq!(status, 481);
    bob.note_delay(Duration::ZERO, now);
    assert!(feed(&mut bob, source, request("INVITE", source, 4, ""), now).2);
}
