//! A whole endpoint.

use std::collections::BTreeSet;

use bytes::Bytes;
use centrala_sip::{Frame, Headers, Limits as MessageLimits, Message, Request, StreamFramer};
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, CallId, Carrier, ConnectionId, Credentials, Endpoint, EndpointConfig, Event, Flow,
    Ha1, Interface, InterfaceId, Limits, Output, RegistrationId, Strangers, Ticket, Trunk, User,
};
use core::time::Duration;

use crate::{choices::Choices, message::wide};

mod decisions;
mod templates;

/// Any messages, decisions and pauses in any order, with narrow limits:
///
/// - every input has few outputs, each of which is a message within the rules, and there are no more calls and transactions
///   than allowed;
/// - after [`Endpoint::handle_timeout`] the next one is later: nobody is kept busy;
/// - every call is told of once, ends once, and is not heard of after that;
/// - when all users have hung up, the endpoint comes to rest and nothing is left of the calls;
/// - the same again gives the same.
pub fn check(octets: &[u8]) {
    let first = Play::new(octets).run();
    let second = Play::new(octets).run();
    assert_eq!(first, second, "the same inputs have the same outputs");
}

/// Who is out there.
const OTHERS: [&str; 4] =
    ["192.0.2.1:5060", "192.0.2.2:5060", "198.51.100.7:5060", "[2001:db8::9]:40000"];
const OURS: &str = "192.0.2.10:5060";
/// What one run may do.
const MAX_STEPS: usize = 96;
/// Outputs of one input: a few transactions end together, each call is told, each binding goes.
const MAX_BURST: usize = 96;

struct Play<'a> {
    choices: Choices<'a>,
    endpoint: Endpoint,
    now: Timestamp,
    limits: Limits,
    /// What was sent, to be compared.
    trace: Vec<Bytes>,
    /// Requests of the endpoint, for somebody to answer.
    asked: Vec<Request>,
    /// Its tags and Call-IDs, for somebody to use.
    tags: Vec<String>,
    call_ids: Vec<String>,
    tickets: Vec<Ticket>,
    /// Datagrams that came, for somebody to repeat.
    heard: Vec<Bytes>,
    calls: Vec<CallId>,
    ended: BTreeSet<CallId>,
    registrations: Vec<RegistrationId>,
    /// What our users have set in motion: transactions of ours are theirs to limit.
    decided: usize,
}

fn config(choices: &mut Choices<'_>) -> EndpointConfig {
    let mut config = EndpointConfig::new(OURS.parse().expect("an address"));
    config.interfaces.push(Interface::new(Carrier::Tcp, OURS.parse().expect("an address")));
    config.realm = "office".to_owned();
    let octet = choices.octet();
    config.strangers = if octet & 1 == 0 { Strangers::Admit } else { Strangers::Challenge };
    if octet & 2 != 0 {
        config.algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
    }
    if octet & 4 != 0 {
        config.registrar.keep_alive = Some(Duration::from_secs(30));
    }
    let secret = Ha1::new(Algorithm::Md5, "alice", "office", "alice");
    config.users.insert("alice".to_owned(), User::new(vec![secret]));
    config.trunks.push(Trunk::new("telco", ["198.51.100.7".parse().expect("an address")]));
    config.limits.calls = 4;
    config.limits.transactions = 24;
    config.limits.forks = 3;
    config.limits.nonces = 8;
    config.limits.guesses.entries = 4;
    config.limits.guesses.failures = 3;
    config
}

impl<'a> Play<'a> {
    fn new(octets: &'a [u8]) -> Self {
        let mut choices = Choices::new(octets);
        let config = config(&mut choices);
        Self {
            limits: config.limits.clone(),
            endpoint: Endpoint::new(config, [7; 32], Timestamp::ZERO),
            choices,
            now: Timestamp::ZERO,
            trace: Vec::new(),
            asked: Vec::new(),
            tags: Vec::new(),
            call_ids: Vec::new(),
            tickets: Vec::new(),
            heard: Vec::new(),
            calls: Vec::new(),
            ended: BTreeSet::new(),
            registrations: Vec::new(),
            decided: 0,
        }
    }

    fn run(mut self) -> Vec<Bytes> {
        for _ in 0..MAX_STEPS {
            if self.choices.is_empty() {
                break;
            }
            self.step();
        }
        self.finish();
        self.trace
    }

    fn step(&mut self) {
        match self.choices.octet() % 16 {
            0 | 1 => {
                let octet = u64::from(self.choices.octet());
                self.pass(Duration::from_millis(octet * octet));
            }
            2..7 => {
                let (tags, call_ids) = (&self.tags, &self.call_ids);
                let text = templates::request(&mut self.choices, tags, call_ids);
                self.receive(text.into());
            }
            7..10 => {
                let which = usize::from(self.choices.octet());
                let Some(request) = self.asked.iter().rev().nth(which % 8) else { return };
                let response = templates::response(&mut self.choices, request);
                if let Some(response) = response {
                    self.receive(response);
                }
            }
            10 => {
                let text = Bytes::copy_from_slice(self.choices.text());
                self.receive(text);
            }
            11 => {
                let which = usize::from(self.choices.octet());
                let Some(datagram) = self.heard.iter().rev().nth(which % 16) else { return };
                let mut datagram = datagram.to_vec();
                let (place, octet) = (usize::from(self.choices.octet()) * 4, self.choices.octet());
                if let Some(there) = datagram.get_mut(place) {
                    *there = if octet == 0 { *there } else { octet };
                }
                self.receive(datagram.into());
            }
            12 => {
                if let Some(ticket) = self.tickets.pop() {
                    self.endpoint.handle_unsent(ticket, self.now);
                    self.drain();
                }
            }
            _ => {
                self.decided += 1;
                self.decide();
                self.drain();
            }
        }
    }

    /// Lets time pass, as somebody does who looks at the timeout.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        for rounds in 0.. {
            assert!(rounds < 10_000, "it does not rest: {:?}", self.endpoint);
            let Some(next) = self.endpoint.poll_timeout().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.endpoint.handle_timeout(self.now);
            let again = self.endpoint.poll_timeout();
            assert!(again.is_none_or(|again| again > self.now), "it is called again at once");
            self.drain();
        }
        self.now = end;
    }

    fn receive(&mut self, datagram: Bytes) {
        let octet = self.choices.octet();
        let from = OTHERS[usize::from(octet % 4)].parse().expect("an address");
        self.heard.push(datagram.clone());
        if octet & 0x80 == 0 {
            self.endpoint.handle_datagram(Flow::from(from), datagram, self.now);
        } else {
            let connection = ConnectionId::new(u64::from(octet % 4));
            let flow = Flow::stream(InterfaceId::new(1), from, connection);
            let mut framer = StreamFramer::new(MessageLimits::default());
            framer.handle_data(&datagram);
            while let Some(frame) = framer.poll_frame() {
                match frame {
                    Ok(frame) => self.endpoint.handle_frame(flow, frame, self.now),
                    Err(error) => {
                        self.endpoint.handle_broken_stream(flow, &error);
                        break;
                    }
                }
                self.drain();
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        for count in 0.. {
            assert!(count < MAX_BURST, "the outputs of one input are few");
            match self.endpoint.poll_output() {
                Some(Output::Send { destination, datagram, ticket, .. }) => {
                    self.tickets.extend(ticket);
                    self.note(destination, datagram);
                }
                Some(Output::Event(event)) => self.hear(&event),
                Some(_) => {}
                None => break,
            }
        }
        let limit = self.limits.transactions;
        let of_users = self.decided * (2 + self.limits.forks);
        let transactions = self.endpoint.transaction_count();
        assert!(transactions <= limit + limit / 5 + of_users, "{transactions} transactions");
        assert!(self.endpoint.call_count() <= self.limits.calls + self.decided, "too many calls");
        let next = self.endpoint.poll_timeout();
        assert!(next.is_none_or(|next| next >= self.now), "a timeout that has passed");
        assert_eq!(self.endpoint.statistics().unsendable, 0, "what is to be sent can be");
    }

    /// What is sent is a message that anybody takes.
    fn note(&mut self, destination: Flow, datagram: Bytes) {
        self.trace.push(datagram.clone());
        if datagram.iter().all(|octet| b"\r\n".contains(octet)) {
            return;
        }
        let message = match destination.carrier() {
            Carrier::Tcp => {
                let mut framer = StreamFramer::new(wide());
                framer.handle_data(&datagram);
                let Some(Ok(Frame::Message(message))) = framer.poll_frame() else {
                    panic!("a frame is sent")
                };
                assert_eq!(framer.pending(), 0, "one frame is sent");
                message
            }
            _ => Message::parse_within(datagram, &wide()).expect("a message is sent"),
        };
        let headers: &Headers = match &message {
            Message::Request(request) => {
                request.check().expect("a request within the rules is sent");
                self.asked.push(request.clone());
                request
            }
            Message::Response(response) => response,
        };
        let tag = match &message {
            Message::Request(_) => headers.from(),
            Message::Response(_) => headers.to(),
        };
        self.tags.extend(tag.ok().and_then(|tag| tag.tag().map(str::to_owned)));
        self.call_ids.extend(headers.call_id().ok().map(|id| id.as_str().to_owned()));
    }

    fn hear(&mut self, event: &Event) {
        let Some(call) = event.call() else { return };
        assert!(!self.ended.contains(&call), "{event:?} after the end");
        match event {
            Event::Incoming(_) => {
                assert!(!self.calls.contains(&call), "a call comes in once");
                self.calls.push(call);
            }
            Event::Ended { .. } => drop(self.ended.insert(call)),
            _ => {}
        }
    }

    /// Everybody goes home.
    fn finish(&mut self) {
        for call in self.calls.clone() {
            self.endpoint.hang_up(call, self.now);
            self.drain();
        }
        for registration in core::mem::take(&mut self.registrations) {
            self.endpoint.unregister(registration, self.now);
            self.drain();
        }
        self.endpoint.close_subscriptions(Duration::from_secs(1), self.now);
        self.endpoint.set_users([].into(), self.now);
        self.drain();
        self.pass(Duration::from_secs(400));
        let left = (self.endpoint.call_count(), self.endpoint.transaction_count());
        assert_eq!(left, (0, 0), "nothing is left");
        for call in &self.calls {
            assert!(self.ended.contains(call), "{call:?} has no end");
        }
    }
}

/// What the callers of ours have as credentials.
fn credentials() -> Vec<Credentials> {
    vec![Credentials::for_realm("alice", "office", "alice"), Credentials::new("bob", "secret")]
}
