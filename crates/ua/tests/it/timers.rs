//! The timers of RFC 3261 table 4 and RFC 6026, each by its name, on an unreliable and on a reliable transport; and the
//! four machines under any input.

use bytes::Bytes;
use centrala_sip::{Message, Request, Response, StatusCode};
use centrala_time::Timestamp;
use centrala_ua::transaction::{
    ClientOutput, InviteClient, InviteServer, NonInviteClient, NonInviteServer,
    Reliability::{self, Reliable, Unreliable},
    ServerOutput, Timers,
};
use core::time::Duration;
use proptest::prelude::*;

fn request(method: &str) -> Request {
    let text = format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: 1\r\n\
         CSeq: 7 {method}\r\nContent-Length: 0\r\n\r\n"
    );
    match Message::parse(Bytes::from(text)).unwrap() {
        Message::Request(request) => request,
        Message::Response(response) => panic!("{response:?}"),
    }
}

fn response(status: u16, method: &str) -> Response {
    let text = format!(
        "SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:bob@192.0.2.2>;tag=b\r\nCall-ID: 1\r\n\
         CSeq: 7 {method}\r\n\r\n"
    );
    match Message::parse(Bytes::from(text)).unwrap() {
        Message::Response(response) => response,
        Message::Request(request) => panic!("{request:?}"),
    }
}

/// One of the four machines, seen alike.
enum Machine {
    InviteClient(InviteClient),
    Client(NonInviteClient),
    InviteServer(InviteServer),
    Server(NonInviteServer),
}

/// What can happen to a machine besides the time.
#[derive(Clone, Copy, Debug)]
enum Input {
    /// A response of this status comes to a client, or is given by the user of a server.
    Response(u16),
    /// The request comes again.
    Again,
    Ack,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Output {
    Sent(String),
    Told(u16),
    TimedOut,
}

impl Machine {
    fn new(kind: &str, reliability: Reliability) -> Self {
        let (timers, now) = (Timers::default(), Timestamp::ZERO);
        match kind {
            "INVITE client" => {
                Self::InviteClient(InviteClient::new(request("INVITE"), timers, reliability, now))
            }
            "client" => {
                Self::Client(NonInviteClient::new(&request("OPTIONS"), timers, reliability, now))
            }
            "INVITE server" => Self::InviteServer(InviteServer::new(timers, reliability)),
            "server" => Self::Server(NonInviteServer::new(timers, reliability)),
            other => panic!("{other}"),
        }
    }

    fn handle(&mut self, input: Input, now: Timestamp) {
        let datagram =
            |status: u16| (StatusCode::new(status).unwrap(), Bytes::from(format!("{status} ")));
        match (self, input) {
            (Self::InviteClient(machine), Input::Response(status)) => {
                machine.handle_response(response(status, "INVITE"), now);
            }
            (Self::Client(machine), Input::Response(status)) => {
                machine.handle_response(response(status, "OPTIONS"), now);
            }
            (Self::InviteServer(machine), Input::Response(status)) => {
                let (status, datagram) = datagram(status);
                machine.respond(status, datagram, now);
            }
            (Self::Server(machine), Input::Response(status)) => {
                let (status, datagram) = datagram(status);
                machine.respond(status, datagram, now);
            }
            (Self::InviteServer(machine), Input::Again) => machine.handle_retransmission(),
            (Self::Server(machine), Input::Again) => machine.handle_retransmission(),
            (Self::InviteServer(machine), Input::Ack) => drop(machine.handle_ack(now)),
            (Self::InviteClient(_) | Self::Client(_), Input::Again | Input::Ack)
            | (Self::Server(_), Input::Ack) => {}
        }
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        match self {
            Self::InviteClient(machine) => machine.handle_timeout(now),
            Self::Client(machine) => machine.handle_timeout(now),
            Self::InviteServer(machine) => machine.handle_timeout(now),
            Self::Server(machine) => machine.handle_timeout(now),
        }
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        match self {
            Self::InviteClient(machine) => machine.poll_timeout(),
            Self::Client(machine) => machine.poll_timeout(),
            Self::InviteServer(machine) => machine.poll_timeout(),
            Self::Server(machine) => machine.poll_timeout(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::InviteClient(machine) => machine.is_terminated(),
            Self::Client(machine) => machine.is_terminated(),
            Self::InviteServer(machine) => machine.is_terminated(),
            Self::Server(machine) => machine.is_terminated(),
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        let word = |datagram: Bytes| {
            let text = String::from_utf8(datagram.to_vec()).unwrap();
            Output::Sent(text.split(' ').next().unwrap().to_owned())
        };
        let of_client = |output| match output {
            ClientOutput::Send(datagram) => word(datagram),
            ClientOutput::Response(response) => Output::Told(response.status().as_u16()),
            ClientOutput::TimedOut => Output::TimedOut,
            _ => unreachable!("there are no other outputs"),
        };
        let of_server = |output| match output {
            ServerOutput::Send(datagram) => word(datagram),
            ServerOutput::TimedOut => Output::TimedOut,
            _ => unreachable!("there are no other outputs"),
        };
        match self {
            Self::InviteClient(machine) => machine.poll_output().map(of_client),
            Self::Client(machine) => machine.poll_output().map(of_client),
            Self::InviteServer(machine) => machine.poll_output().map(of_server),
            Self::Server(machine) => machine.poll_output().map(of_server),
        }
    }

    fn drain(&mut self) -> Vec<Output> {
        core::iter::from_fn(|| self.poll_output()).collect()
    }
}

/// Feeds inputs at their milliseconds, then lets the time pass. Returns when something was sent, and when and how the
/// machine has ended.
fn run(kind: &str, reliability: Reliability, inputs: &[(u64, Input)]) -> (Vec<u64>, (u64, bool)) {
    let mut machine = Machine::new(kind, reliability);
    let (mut sent, mut timed_out) = (Vec::new(), false);
    let mut inputs = inputs.iter().copied().peekable();
    let mut now = Timestamp::ZERO;
    loop {
        let millis = u64::try_from(now.since_start().as_millis()).unwrap();
        for output in machine.drain() {
            match output {
                Output::Sent(_) => sent.push(millis),
                Output::Told(_) => {}
                Output::TimedOut => timed_out = true,
            }
        }
        if machine.is_terminated() {
            return (sent, (millis, timed_out));
        }
        let input = inputs.peek().map(|(at, _)| Timestamp::from_millis(*at));
        let next = machine.poll_timeout().into_iter().chain(input).min();
        now = next.expect("it ends by itself");
        if input == Some(now) {
            machine.handle(inputs.next().unwrap().1, now);
        } else {
            machine.handle_timeout(now);
        }
    }
}

#[track_caller]
fn check(
    timer: &str,
    (kind, reliability): (&str, Reliability),
    inputs: &[(u64, Input)],
    sent: &[u64],
    end: (u64, bool),
) {
    assert_eq!(
        run(kind, reliability, inputs),
        (sent.to_vec(), end),
        "timer {timer}, {reliability:?}"
    );
}

const TRYING: Input = Input::Response(100);
const OK: Input = Input::Response(200);
const BUSY: Input = Input::Response(486);

#[test]
fn timers_a_and_b_repeat_an_invite_and_give_it_up() {
    let doubling = [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500];
    check("A, B", ("INVITE client", Unreliable), &[], &doubling, (32_000, true));
    check("B", ("INVITE client", Reliable), &[], &[0], (32_000, true));
    // A provisional response stops both.
    let ringing = [(600, Input::Response(180)), (90_000, BUSY)];
    check("A", ("INVITE client", Unreliable), &ringing, &[0, 500, 90_000], (122_000, false));
}

#[test]
fn timer_d_absorbs_refusals_that_come_again() {
    let again = [(10, BUSY), (20_000, BUSY), (32_000, BUSY)];
    check("D", ("INVITE client", Unreliable), &again, &[0, 10, 20_000, 32_000], (32_010, false));
    check("D", ("INVITE client", Reliable), &[(10, BUSY)], &[0, 10], (10, false));
}

#[test]
fn timers_e_and_f_repeat_another_request_and_give_it_up() {
    let capped = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    check("E, F", ("client", Unreliable), &[], &capped, (32_000, true));
    check("F", ("client", Reliable), &[], &[0], (32_000, true));
    // After a provisional response E is T2 at once; F goes on.
    let slow = [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500];
    check("E", ("client", Unreliable), &[(10, TRYING)], &slow, (32_000, true));
}

#[test]
fn timers_g_and_h_repeat_a_refusal_and_give_it_up() {
    let capped = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    check("G, H", ("INVITE server", Unreliable), &[(0, BUSY)], &capped, (32_000, true));
    check("H", ("INVITE server", Reliable), &[(0, BUSY)], &[0], (32_000, true));
}

#[test]
fn timer_i_absorbs_acks_that_come_again() {
    let acked = [(0, BUSY), (600, Input::Ack), (700, Input::Ack), (800, Input::Again)];
    check("I", ("INVITE server", Unreliable), &acked, &[0, 500], (5_600, false));
    check("I", ("INVITE server", Reliable), &acked[..2], &[0], (600, false));
}

#[test]
fn timer_j_answers_requests_that_come_again() {
    let again = [(0, OK), (100, Input::Again), (31_999, Input::Again)];
    check("J", ("server", Unreliable), &again, &[0, 100, 31_999], (32_000, false));
    check("J", ("server", Reliable), &[(0, OK)], &[0], (0, false));
}

#[test]
fn timer_k_absorbs_responses_that_come_again() {
    let again = [(10, OK), (4_000, OK), (5_009, BUSY)];
    check("K", ("client", Unreliable), &again, &[0], (5_010, false));
    check("K", ("client", Reliable), &[(10, OK)], &[0], (10, false));
}

#[test]
fn timer_l_leaves_a_2xx_to_the_dialog_on_every_transport() {
    // The dialog gives the 2xx again; a request that comes again is absorbed, an ACK is not ours.
    let inputs = [(0, OK), (100, Input::Again), (500, OK), (600, Input::Ack), (700, BUSY)];
    for reliability in [Unreliable, Reliable] {
        check("L", ("INVITE server", reliability), &inputs, &[0, 500], (32_000, false));
    }
}

#[test]
fn timer_m_tells_every_2xx_on_every_transport() {
    for reliability in [Unreliable, Reliable] {
        let mut machine = Machine::new("INVITE client", reliability);
        for (at, input) in [(10, OK), (20, OK), (30, BUSY), (32_009, OK)] {
            machine.handle(input, Timestamp::from_millis(at));
        }
        let told = machine.drain().into_iter().filter(|output| *output == Output::Told(200));
        assert_eq!(told.count(), 3, "{reliability:?}");
        assert_eq!(machine.poll_timeout(), Some(Timestamp::from_millis(32_010)));
        machine.handle_timeout(Timestamp::from_millis(32_010));
        assert!(machine.is_terminated());
    }
}

fn inputs() -> impl Strategy<Value = (u64, Option<Input>)> {
    let statuses = prop::sample::select(vec![100, 180, 183, 200, 202, 302, 401, 486, 503, 603]);
    let input = prop_oneof![
        4 => statuses.prop_map(|status| Some(Input::Response(status))),
        1 => Just(Some(Input::Again)),
        1 => Just(Some(Input::Ack)),
        2 => Just(None),
    ];
    (0_u64..9_000, input)
}

proptest! {
    #[test]
    fn whatever_comes_a_machine_says_little_never_spins_and_ends(
        kind in prop::sample::select(vec!["INVITE client", "client", "INVITE server", "server"]),
        reliable in any::<bool>(),
        inputs in prop::collection::vec(inputs(), 0..40),
    ) {
        let reliability = if reliable { Reliable } else { Unreliable };
        let mut machine = Machine::new(kind, reliability);
        let mut now = Timestamp::ZERO;
        let (mut timeouts, mut finals) = (0, 0);
        let mut listen = |outputs: Vec<Output>, finals: &mut u32| {
            assert!(outputs.len() <= 2, "{outputs:?}");
            timeouts += outputs.iter().filter(|output| **output == Output::TimedOut).count();
            assert!(timeouts <= 1, "it times out once");
            *finals += u32::try_from(outputs.iter().filter(|output| {
                matches!(output, Output::Told(status) if *status >= 300)
            }).count()).unwrap();
        };
        listen(machine.drain(), &mut finals);
        for (pause, input) in inputs {
            now += Duration::from_millis(pause);
            // As an owner has to: what is due comes before what happens.
            machine.handle_timeout(now);
            listen(machine.drain(), &mut finals);
            if let Some(input) = input {
                machine.handle(input, now);
                listen(machine.drain(), &mut finals);
            }
            machine.handle_timeout(now);
            prop_assert!(machine.poll_timeout().is_none_or(|next| next > now), "it does not spin");
            listen(machine.drain(), &mut finals);
        }
        prop_assert!(finals <= 1, "one refusal at most is told");
        // A server waits for its user, an INVITE that rings for the callee; everything else ends by itself.
        machine.handle(Input::Response(486), now);
        listen(machine.drain(), &mut finals);
        for _ in 0..20 {
            let Some(next) = machine.poll_timeout() else { break };
            machine.handle_timeout(next);
            listen(machine.drain(), &mut finals);
        }
        prop_assert!(machine.is_terminated());
        prop_assert_eq!(machine.poll_timeout(), None);
    }
}
