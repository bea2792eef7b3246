//! Several sockets, streams, and what is too large for a datagram.

use bytes::Bytes;
use centrala_sip::{Contact, Frame, HeaderName, Headers, Limits, Message, StreamFramer, Transport};
use centrala_time::Timestamp;
use centrala_ua::{
    Carrier, ConnectionId, EndCause, Endpoint, EndpointConfig, Event, Flow, Interface, InterfaceId,
    OutgoingCall, Output, Strangers, Ticket,
};
use core::time::Duration;

const ALICE: &str = "192.0.2.1:5060";
const BOB: &str = "192.0.2.2:5060";

/// A telephone with a UDP and a TCP socket at the same address.
fn phone(address: &str) -> Endpoint {
    let mut config = EndpointConfig::new(address.parse().unwrap());
    config.interfaces.push(Interface::new(Carrier::Tcp, address.parse().unwrap()));
    config.strangers = Strangers::Admit;
    Endpoint::new(config, [7; 32], Timestamp::ZERO)
}

fn call(flow: Flow, offer: usize) -> OutgoingCall {
    let from = "<sip:alice@example.com>".parse().unwrap();
    let uri = "sip:bob@192.0.2.2".parse().unwrap();
    OutgoingCall::new(uri, flow, from, "o".repeat(offer).into())
}

/// What an endpoint has sent and told.
struct Drained {
    sent: Vec<(Flow, Bytes, Option<Ticket>)>,
    events: Vec<Event>,
}

fn drain(endpoint: &mut Endpoint) -> Drained {
    let mut drained = Drained { sent: Vec::new(), events: Vec::new() };
    while let Some(output) = endpoint.poll_output() {
        match output {
            Output::Send { destination, datagram, ticket, .. } => {
                drained.sent.push((destination, datagram, ticket));
            }
            Output::Event(event) => drained.events.push(event),
            _ => unreachable!("there are no other outputs"),
        }
    }
    drained
}

fn frame(octets: &[u8]) -> Frame {
    let mut framer = StreamFramer::new(Limits::default());
    framer.handle_data(octets);
    framer.poll_frame().unwrap().unwrap()
}

fn text(contact: Contact) -> String {
    let Contact::Address(address) = contact else { panic!("an address") };
    String::from_utf8(address.as_bytes().to_vec()).unwrap()
}

fn headers(octets: &Bytes) -> Headers {
    match Message::parse(octets.clone()).unwrap() {
        Message::Request(request) => Headers::clone(&request),
        Message::Response(response) => Headers::clone(&response),
    }
}

#[test]
fn a_whole_call_runs_on_one_connection_and_nothing_is_sent_twice() {
    let now = Timestamp::ZERO;
    let (mut alice, mut bob) = (phone(ALICE), phone(BOB));
    let number = ConnectionId::new(1);
    // What each of them knows of the connection that Alice opens.
    let to_bob = Flow::stream(InterfaceId::new(1), BOB.parse().unwrap(), number);
    let to_alice = Flow::stream(InterfaceId::new(1), "192.0.2.1:40001".parse().unwrap(), number);
    let call = alice.invite(call(format!("TCP {BOB}").parse().unwrap(), 10), now).unwrap();
    let (mut told, mut sent) = (Vec::new(), Vec::new());
    let mut incoming = None;
    loop {
        let (of_alice, of_bob) = (drain(&mut alice), drain(&mut bob));
        if of_alice.sent.is_empty() && of_bob.sent.is_empty() && of_bob.events.is_empty() {
            break;
        }
        told.extend(of_alice.events);
        for (flow, octets, _) in of_alice.sent {
            assert_eq!((flow.carrier(), flow.remote()), (Carrier::Tcp, BOB.parse().unwrap()));
            sent.push(octets.clone());
            bob.handle_frame(to_alice, frame(&octets), now);
        }
        for (flow, octets, _) in of_bob.sent {
            assert_eq!(flow.connection(), Some(number), "answers stay on the connection");
            sent.push(octets.clone());
            alice.handle_frame(to_bob, frame(&octets), now);
        }
        for event in of_bob.events {
            match event {
                Event::Incoming(call) => {
                    incoming = Some(call.call);
                    bob.answer(call.call, "v=0".into(), now);
                }
                Event::Confirmed { .. } => bob.hang_up(incoming.unwrap(), now),
                Event::Ended { cause, .. } => assert_eq!(cause, EndCause::HungUp),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(
        matches!(told[..], [Event::Answered { call: one, .. }, Event::Ended { .. }] if one == call)
    );
    assert_eq!(sent.len(), 6, "INVITE, 100, 200, ACK, BYE, 200");
    for octets in &sent {
        let message = headers(octets);
        assert_eq!(message.via().unwrap().transport(), Transport::Tcp);
        for contact in message.contacts() {
            let contact = text(contact.unwrap());
            assert!(contact.contains(";transport=tcp"), "{contact}");
        }
    }
    // Only the Accepted states of RFC 6026 outlive the call: a stream repeats nothing.
    let later = now + Duration::from_secs(32);
    for endpoint in [&mut alice, &mut bob] {
        endpoint.handle_timeout(later);
        assert!(drain(endpoint).sent.is_empty());
        assert_eq!((endpoint.transaction_count(), endpoint.call_count()), (0, 0));
    }
}

#[test]
fn what_is_too_large_for_a_datagram_goes_over_tcp_and_cancel_follows_it() {
    let now = Timestamp::ZERO;
    let mut alice = phone(ALICE);
    let call = alice.invite(call(BOB.parse().unwrap(), 2_000), now).unwrap();
    let [(flow, invite, _)] = &drain(&mut alice).sent[..] else { panic!("an INVITE") };
    assert_eq!(flow.to_string(), format!("TCP {BOB}"));
    let invite = headers(invite);
    assert_eq!(invite.via().unwrap().transport(), Transport::Tcp);
    alice.hang_up(call, now);
    let trying = format!(
        "SIP/2.0 100 Trying\r\n{}CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        ["Via", "From", "To", "Call-ID"]
            .map(|name| {
                let value = invite.header(&name.parse().unwrap()).unwrap();
                format!("{name}: {}\r\n", String::from_utf8_lossy(value))
            })
            .concat(),
    );
    alice.handle_frame(*flow, frame(trying.as_bytes()), now);
    let drained = drain(&mut alice);
    let [(way, cancel, _)] = &drained.sent[..] else { panic!("a CANCEL") };
    assert!(cancel.starts_with(b"CANCEL "));
    assert_eq!(way, flow);
    let cancel = headers(cancel);
    assert_eq!(cancel.via().unwrap(), invite.via().unwrap());
}

#[test]
fn without_a_connection_a_large_request_is_sent_by_udp_after_all() {
    let now = Timestamp::ZERO;
    let mut alice = phone(ALICE);
    alice.invite(call(BOB.parse().unwrap(), 2_000), now).unwrap();
    let [(_, stream, Some(ticket))] = &drain(&mut alice).sent[..] else { panic!("an INVITE") };
    alice.handle_unsent(*ticket, now);
    let [(flow, datagram, _)] = &drain(&mut alice).sent[..] else { panic!("it again") };
    assert_eq!(flow.carrier(), Carrier::Udp);
    let [stream, datagram] = [stream, datagram].map(headers);
    assert_eq!(datagram.via().unwrap().transport(), Transport::Udp);
    assert_eq!(datagram.via().unwrap().branch(), stream.via().unwrap().branch());
    assert_eq!(datagram.header(&HeaderName::CALL_ID), stream.header(&HeaderName::CALL_ID));
    // That the connection was not to be had is told again: it says nothing about the datagram.
    alice.handle_unsent(*ticket, now);
    assert_eq!(alice.call_count(), 1);
    // From now on it is repeated like any other.
    alice.handle_timeout(now + Duration::from_millis(500));
    assert_eq!(drain(&mut alice).sent.len(), 1);
}

#[test]
fn a_call_that_cannot_be_sent_ends_at_once_and_a_late_report_does_nothing() {
    let now = Timestamp::ZERO;
    let mut alice = phone(ALICE);
    let call = alice.invite(call(format!("TCP {BOB}").parse().unwrap(), 10), now).unwrap();
    let [(_, _, Some(ticket))] = drain(&mut alice).sent[..] else { panic!("an INVITE") };
    alice.handle_unsent(ticket, now);
    assert!(matches!(
        drain(&mut alice).events[..],
        [Event::Ended { call: ended, cause: EndCause::Unreachable }] if ended == call
    ));
    assert_eq!((alice.call_count(), alice.transaction_count()), (0, 0));
    alice.handle_unsent(ticket, now);
    assert!(drain(&mut alice).events.is_empty());
}

#[test]
fn an_answer_over_tcp_names_where_to_connect_to_if_the_connection_is_gone() {
    let now = Timestamp::ZERO;
    let mut bob = phone(BOB);
    let options = "OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bKa;rport\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
    let source =
        Flow::stream(InterfaceId::new(1), "192.0.2.9:33333".parse().unwrap(), ConnectionId::new(4));
    bob.handle_frame(source, frame(options.as_bytes()), now);
    let [(flow, ..)] = drain(&mut bob).sent[..] else { panic!("a response") };
    assert_eq!(flow.connection(), Some(ConnectionId::new(4)));
    assert_eq!(flow.remote(), "192.0.2.9:5070".parse().unwrap());
}

#[test]
fn a_ping_is_answered_and_a_broken_stream_gets_its_last_answer() {
    let now = Timestamp::ZERO;
    let mut bob = phone(BOB);
    let source =
        Flow::stream(InterfaceId::new(1), "192.0.2.9:33333".parse().unwrap(), ConnectionId::new(4));
    bob.handle_frame(source, Frame::Ping, now);
    let [(flow, ref pong, None)] = drain(&mut bob).sent[..] else { panic!("a pong") };
    assert_eq!((flow, &pong[..]), (source, &b"\r\n"[..]));
    bob.handle_frame(source, Frame::Pong, now);
    assert!(drain(&mut bob).sent.is_empty());

    let mut framer = StreamFramer::new(Limits::default());
    framer.handle_data(b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: nonsense\r\n\r\n");
    let error = framer.poll_frame().unwrap().unwrap_err();
    bob.handle_broken_stream(source, &error);
    let [(_, ref refusal, _)] = drain(&mut bob).sent[..] else { panic!("a refusal") };
    assert!(refusal.starts_with(b"SIP/2.0 400 "), "{refusal:?}");
}

#[test]
fn each_socket_names_itself() {
    let now = Timestamp::ZERO;
    let mut config = EndpointConfig::new(ALICE.parse().unwrap());
    config.interfaces.push(Interface::new(Carrier::Udp, "[2001:db8::1]:5062".parse().unwrap()));
    let mut alice = Endpoint::new(config, [7; 32], now);
    for (destination, interface, via) in
        [("192.0.2.2:5060", 0, "192.0.2.1"), ("[2001:db8::2]:5060", 1, "[2001:db8::1]")]
    {
        alice.invite(call(destination.parse().unwrap(), 10), now).unwrap();
        let [(flow, invite, _)] = &drain(&mut alice).sent[..] else { panic!("an INVITE") };
        assert_eq!(flow.interface(), Some(InterfaceId::new(interface)));
        let invite = headers(invite);
        assert_eq!(invite.via().unwrap().host().to_string(), via);
        let contact = text(invite.contacts().next().unwrap().unwrap());
        assert!(contact.contains(via), "{contact}");
    }
}
