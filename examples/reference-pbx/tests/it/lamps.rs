//! Lamps: a message lights one, a call lights another, and a restart changes neither.

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use bytes::Bytes;
use centrala_sip::{MessageClass, MessageSummary};
use centrala_time::Timestamp;
use centrala_ua::{
    Credentials, Endpoint, EndpointConfig, Event, EventPackage, Output, RegistrationConfig,
    Strangers, SubscriptionConfig,
};

use crate::centrala::{Folder, LONGEST, PASSWORD, Running, free_port, serve};

/// Bob's telephone: an endpoint, a socket, and no sound.
struct Telephone {
    socket: UdpSocket,
    endpoint: Endpoint,
    start: Instant,
    server: SocketAddr,
    told: Vec<String>,
}

impl Telephone {
    fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut config = EndpointConfig::new(socket.local_addr().unwrap());
        config.strangers = Strangers::Admit;
        let seed =
            std::array::from_fn(|at| socket.local_addr().unwrap().port().to_be_bytes()[at % 2]);
        let endpoint = Endpoint::new(config, seed, Timestamp::ZERO);
        Self { socket, endpoint, start: Instant::now(), server, told: Vec::new() }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_start(self.start.elapsed())
    }

    fn register(&mut self) {
        let own = format!("sip:102@{}", self.server);
        let config = RegistrationConfig::new(
            format!("sip:{}", self.server).parse().unwrap(),
            self.server.into(),
            own.parse().unwrap(),
            Some(Credentials::new("102", PASSWORD)),
        );
        let now = self.now();
        self.endpoint.register(config, now).unwrap();
    }

    fn watch(&mut self, package: EventPackage, resource: &str) {
        let config = SubscriptionConfig::new(
            package,
            format!("sip:{resource}@{}", self.server).parse().unwrap(),
            self.server.into(),
            format!("sip:102@{}", self.server).parse().unwrap(),
            Some(Credentials::new("102", PASSWORD)),
        );
        let now = self.now();
        self.endpoint.subscribe(config, now).unwrap();
    }

    /// Waits until it is told this.
    #[track_caller]
    fn wait_for(&mut self, wanted: &str) {
        let end = Instant::now() + LONGEST;
        while !self.told.iter().any(|line| line == wanted) {
            assert!(Instant::now() < end, "waited in vain for {wanted}; told: {:?}", self.told);
            self.run();
        }
        self.told.clear();
    }

    /// Hands one datagram over, or lets a little time pass.
    fn run(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            if let Output::Send { destination, datagram, .. } = output {
                self.socket.send_to(&datagram, destination.remote()).unwrap();
            } else if let Output::Event(event) = output {
                self.told.extend(line(&event));
            }
        }
        self.socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut buffer = [0; 4_096];
        if let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            let datagram = Bytes::copy_from_slice(&buffer[..length]);
            let now = self.now();
            self.endpoint.handle_datagram(source.into(), datagram, now);
        }
        let now = self.now();
        self.endpoint.handle_timeout(now);
    }
}

fn line(event: &Event) -> Option<String> {
    let of_summary = |summary: &MessageSummary| {
        let voice = summary.counts_of(&MessageClass::VOICE).unwrap();
        format!("{}/{} messages", voice.new_messages(), voice.old_messages())
    };
    if let Event::MessagesWaiting { summary, .. } = event {
        return Some(format!("lamp: {}", of_summary(summary)));
    }
    let Event::Notified { package, body, .. } = event else { return None };
    if *package == EventPackage::MessageSummary {
        return Some(of_summary(&MessageSummary::parse(body).unwrap()));
    }
    let text = String::from_utf8(body.to_vec()).unwrap();
    let state = text.split("<state>").nth(1).unwrap().split('<').next().unwrap();
    Some(format!("calls: {state}"))
}

/// Leaves a message of a few seconds for Bob, as a caller from outside.
pub(crate) fn leave_message(server: SocketAddr, port: u16) {
    let mut caller = Running::start(
        &[
            "phone",
            "200",
            "--server",
            &server.to_string(),
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--user",
            "+15550142",
            "--json",
            "--do",
            "until answered; wait 5s; tone 640 4s; hangup",
        ],
        None,
    );
    assert_eq!(caller.exit_code(), Some(0));
}

#[test]
fn a_message_lights_a_lamp_and_a_restart_does_not_put_it_out() {
    let folder = Folder::new("lamps");
    let port = free_port();
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let mut bob = Telephone::new(served.address);
    bob.watch(EventPackage::MessageSummary, "102");
    bob.wait_for("0/0 messages");
    leave_message(served.address, port);
    bob.wait_for("1/0 messages");
    served.running.terminate();
    assert_eq!(served.running.exit_code(), Some(0));

    // This telephone does not subscribe.
    let mut served = serve(&folder, ([127, 0, 0, 1], port).into());
    let mut bob = Telephone::new(served.address);
    bob.register();
    bob.wait_for("lamp: 1/0 messages");
    leave_message(served.address, port);
    bob.wait_for("lamp: 2/0 messages");
    served.running.terminate();
    assert_eq!(served.running.exit_code(), Some(0));
}

#[test]
fn a_colleague_sees_a_call_from_its_beginning_to_its_end() {
    let folder = Folder::new("lamps-calls");
    let served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let mut bob = Telephone::new(served.address);
    bob.watch(EventPackage::Dialog, "101");
    bob.wait_for("calls: terminated");
    let server = served.address.to_string();
    let script = "until answered; wait 2s; hangup";
    let arguments =
        ["phone", "100", "--user", "101", "--server", &server, "--json", "--do", script];
    let mut alice = Running::start(&arguments, Some(PASSWORD));
    bob.wait_for("calls: confirmed");
    bob.wait_for("calls: terminated");
    assert_eq!(alice.exit_code(), Some(0));
}
