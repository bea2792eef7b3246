//! SIP over TCP: whole calls, broken connections, and those who would take all of them.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    process::{Command, Stdio},
    time::Duration,
};

use centrala_sip::{Frame, HeaderName, Limits, Message, Request, Response, StreamFramer};
use socket2::{Domain, SockRef, Socket, Type};

use crate::centrala::{Folder, OFFICE, PASSWORD, Running, free_port, serve, set_password};

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0\r\n";

/// An office whose telephone company is anybody on this machine, and where it listens.
struct Office {
    running: Running,
    addresses: Vec<(String, SocketAddr)>,
}

impl Office {
    fn start(folder: &Folder, listen: &[&str]) -> Self {
        let (office, data) = (folder.file("office.toml"), folder.file("data"));
        std::fs::write(&office, OFFICE).unwrap();
        for user in ["101", "102"] {
            set_password(&data, user);
        }
        let mut arguments = vec!["serve", office.to_str().unwrap(), "--data"];
        arguments.extend([data.to_str().unwrap(), "--trunk", "telco=127.0.0.1"]);
        arguments.extend(["--trunk", "telco=127.0.0.2", "--trunk", "telco=::1"]);
        arguments.extend(["--drain", "1s", "--json"]);
        let mut listen = listen.iter().peekable();
        while let Some(one) = listen.next() {
            match *one {
                "--advertise" => arguments.extend(["--advertise", listen.next().unwrap()]),
                address => arguments.extend(["--listen", address]),
            }
        }
        let mut running = Running::start(&arguments, None);
        let listening = running.wait_for_event("listening");
        let all = listening["addresses"].as_array().unwrap().iter();
        let addresses = all.map(|text| {
            let (carrier, address) = text.as_str().unwrap().split_once(':').unwrap();
            (carrier.to_owned(), address.parse().unwrap())
        });
        Self { running, addresses: addresses.collect() }
    }

    /// Returns where it listens for TCP.
    fn tcp(&self) -> SocketAddr {
        self.addresses.iter().find(|(carrier, _)| carrier == "tcp").unwrap().1
    }
}

/// A telephone made of a connection.
struct Peer {
    stream: TcpStream,
    framer: StreamFramer,
    /// Where it wants requests.
    contact: SocketAddr,
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        let contact = stream.local_addr().unwrap();
        Self { stream, framer: StreamFramer::new(Limits::default()), contact }
    }

    fn connect(server: SocketAddr) -> Self {
        Self::new(TcpStream::connect(server).unwrap())
    }

    fn connect_from(from: [u8; 4], server: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&server.into()).unwrap();
        Self::new(socket.into())
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    fn request(&self, method: &str, sequence: u32, to: &str, body: &str) -> String {
        let (local, contact) = (self.stream.local_addr().unwrap(), self.contact);
        let server = self.stream.peer_addr().unwrap();
        let call = format!("call-{}", local.port());
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:200@{server};transport=tcp SIP/2.0\r\n\
             Via: SIP/2.0/TCP {contact};branch=z9hG4bK{method}{sequence}{call}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@{local}>;tag=t{call}\r\nTo: {to}\r\n\
             Call-ID: {call}\r\nCSeq: {sequence} {method}\r\n\
             Contact: <sip:x@{contact};transport=tcp>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn frame(&mut self) -> Frame {
        let mut buffer = [0; 4_096];
        loop {
            if let Some(frame) = self.framer.poll_frame() {
                return frame.unwrap();
            }
            let count = self.stream.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "the connection was closed");
            self.framer.handle_data(&buffer[..count]);
        }
    }

    fn message(&mut self) -> Message {
        loop {
            if let Frame::Message(message) = self.frame() {
                return message;
            }
        }
    }

    fn final_response(&mut self) -> Response {
        loop {
            if let Message::Response(response) = self.message()
                && response.status().as_u16() >= 200
            {
                return response;
            }
        }
    }

    fn next_request(&mut self) -> Request {
        loop {
            if let Message::Request(request) = self.message() {
                return request;
            }
        }
    }

    fn accept(&mut self, request: &Request) {
        let header = |name| String::from_utf8_lossy(request.header(&name).unwrap()).into_owned();
        let text = format!(
            "SIP/2.0 200 OK\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             Content-Length: 0\r\n\r\n",
            header(HeaderName::VIA),
            header(HeaderName::FROM),
            header(HeaderName::TO),
            header(HeaderName::CALL_ID),
            header(HeaderName::CSEQ),
        );
        self.send(&text);
    }

    /// Calls Bob, whose mailbox answers. Returns To with the tag.
    fn call_bob(&mut self) -> String {
        let invite = self.request("INVITE", 1, "<sip:200@office>", OFFER);
        self.send(&invite);
        let response = self.final_response();
        assert_eq!(response.status().as_u16(), 200);
        let to = String::from_utf8_lossy(response.header(&HeaderName::TO).unwrap()).into_owned();
        let ack = self.request("ACK", 1, &to, "");
        self.send(&ack);
        to
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0; 64]), Ok(0))
            || self.stream.take_error().is_ok_and(|error| error.is_some())
    }
}

#[test]
fn a_whole_call_in_single_octets() {
    let folder = Folder::new("tcp-octets");
    let mut office = Office::start(&folder, &["127.0.0.1:0"]);
    let mut peer = Peer::connect(office.tcp());
    let invite = peer.request("INVITE", 1, "<sip:200@office>", OFFER);
    for octet in invite.as_bytes() {
        peer.stream.write_all(&[*octet]).unwrap();
    }
    let response = peer.final_response();
    assert_eq!(response.status().as_u16(), 200);
    let contact = String::from_utf8_lossy(response.header(&HeaderName::CONTACT).unwrap());
    let expected = format!("{};transport=tcp", office.tcp());
    assert!(contact.contains(&expected), "{contact} has {expected}");
    let to = String::from_utf8_lossy(response.header(&HeaderName::TO).unwrap()).into_owned();
    let last = [peer.request("ACK", 1, &to, ""), peer.request("BYE", 2, &to, "")].concat();
    for octet in last.as_bytes() {
        peer.stream.write_all(&[*octet]).unwrap();
    }
    let response = peer.final_response();
    assert_eq!(response.header(&HeaderName::CSEQ), Some(&b"2 BYE"[..]));
    assert_eq!(response.status().as_u16(), 200);
    office.running.wait_for_step("hung up");
    // The same connection, on: two requests in one segment, and a ping.
    let two = [3, 4].map(|sequence| peer.request("OPTIONS", sequence, "<sip:200@office>", ""));
    peer.send(&format!("{}\r\n\r\n{}", two[0], two[1]));
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(match peer.frame() {
            Frame::Message(Message::Response(response)) => {
                String::from_utf8_lossy(response.header(&HeaderName::CSEQ).unwrap()).into_owned()
            }
            Frame::Pong => "pong".to_owned(),
            other @ (Frame::Message(_) | Frame::Refused(_) | Frame::Ping) => panic!("{other:?}"),
        });
    }
    assert_eq!(told, ["3 OPTIONS", "pong", "4 OPTIONS"]);
}

#[test]
fn a_call_whose_connection_is_gone_is_ended_over_a_new_one() {
    let folder = Folder::new("tcp-gone");
    let mut office = Office::start(&folder, &["127.0.0.1:0"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = Peer::connect(office.tcp());
    peer.contact = listener.local_addr().unwrap();
    peer.call_bob();
    office.running.wait_for_step("mailbox 102");
    SockRef::from(&peer.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer);
    office.running.terminate();
    let mut again = Peer::new(listener.accept().unwrap().0);
    let bye = again.next_request();
    assert_eq!(bye.method().as_str(), "BYE");
    again.accept(&bye);
    office.running.wait_for_event("stopped");
    assert_eq!(office.running.exit_code(), Some(0));
}

#[test]
fn a_call_whose_other_side_is_gone_for_good_ends_all_the_same() {
    let folder = Folder::new("tcp-nobody");
    let mut office = Office::start(&folder, &["127.0.0.1:0"]);
    let mut peer = Peer::connect(office.tcp());
    peer.call_bob();
    office.running.wait_for_step("mailbox 102");
    drop(peer);
    office.running.terminate();
    office.running.wait_for_event("stopped");
    assert_eq!(office.running.exit_code(), Some(0));
}

#[test]
fn a_stream_that_breaks_is_answered_and_closed_and_others_go_on() {
    let folder = Folder::new("tcp-broken");
    let office = Office::start(&folder, &["127.0.0.1:0"]);
    let mut other = Peer::connect(office.tcp());
    let mut peer = Peer::connect(office.tcp());
    let broken = peer.request("OPTIONS", 1, "<sip:200@office>", "");
    peer.send(&broken.replace("Content-Length: 0", "Content-Length: 1\r\nContent-Length: 2"));
    assert_eq!(peer.final_response().status().as_u16(), 400);
    assert!(peer.is_closed());
    let options = other.request("OPTIONS", 1, "<sip:200@office>", "");
    other.send(&options);
    assert_eq!(other.final_response().status().as_u16(), 200);
}

#[test]
fn two_hundred_silent_connections_of_one_source_keep_no_other_from_service() {
    let folder = Folder::new("tcp-silent");
    let office = Office::start(&folder, &["127.0.0.1:0"]);
    let mut silent: Vec<_> = (0..200).map(|_| Peer::connect(office.tcp())).collect();
    let mut other = Peer::connect_from([127, 0, 0, 2], office.tcp());
    let options = other.request("OPTIONS", 1, "<sip:200@office>", "");
    other.send(&options);
    assert_eq!(other.final_response().status().as_u16(), 200);
    // Then the oldest are closed until few are left, and those are served.
    let (closed, kept) = silent.split_at_mut(200 - 32);
    assert!(closed.iter_mut().all(Peer::is_closed));
    let ping = |peer: &mut Peer| {
        peer.send("\r\n\r\n");
        matches!(peer.frame(), Frame::Pong)
    };
    assert!(kept.iter_mut().all(ping));
}

#[test]
fn an_office_without_files_for_more_connections_waits_and_goes_on() {
    let folder = Folder::new("tcp-files");
    let (office, data) = (folder.file("office.toml"), folder.file("data"));
    std::fs::write(&office, OFFICE).unwrap();
    let script = "ulimit -n 48; exec \"$0\" serve \"$1\" --data \"$2\" --listen 127.0.0.1:0 --json";
    let child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_centrala")])
        .args([&office, &data])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut output = std::io::BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
    let server: SocketAddr = listening["address"].as_str().unwrap().parse().unwrap();
    let others: Vec<_> = (0..3_u8)
        .flat_map(|last| (0..20).map(move |_| [127, 0, 1, last]))
        .map(|from| Peer::connect_from(from, server))
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    let before = processor_ticks(child.0.id());
    std::thread::sleep(Duration::from_secs(1));
    let spent = processor_ticks(child.0.id()) - before;
    assert!(spent < 50, "{spent} hundredths of a second in one: it spins");
    drop(others);
    let mut peer = Peer::connect(server);
    let options = peer.request("OPTIONS", 1, "<sip:200@office>", "");
    peer.send(&options);
    assert!(peer.final_response().status().as_u16() >= 200);
}

/// A process that ends with the test, however that ends.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Returns the processor time that a process has taken, in hundredths of a second.
fn processor_ticks(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<_> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn telephones_that_speak_tcp_register_and_call_each_other() {
    let folder = Folder::new("tcp-phones");
    let mut office = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let server = office.address.to_string();
    let common = ["--server", &server, "--transport", "tcp", "--json", "--for", "50s"];
    let phone = |arguments: &[&str]| {
        Running::start(&[&["phone"], arguments, &common].concat(), Some(PASSWORD))
    };
    let mut alice = phone(&["--register", "--user", "101", "--on-call", "answer", "--calls", "1"]);
    let registered = office.running.wait_for_event("registered");
    let contact = registered["contact"].as_str().unwrap();
    assert!(contact.contains(";transport=tcp"), "{contact}");
    let mut bob = phone(&["101", "--user", "102", "--do", "until answered; wait 500ms; hangup"]);
    alice.wait_for_event("answered");
    bob.wait_for_event("answered");
    assert_eq!((bob.exit_code(), alice.exit_code()), (Some(0), Some(0)));
}

/// Returns a socket for datagrams and a listener on the same port.
fn both() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

#[test]
fn a_large_invite_goes_over_tcp_and_over_udp_if_that_is_not_to_be_had() {
    let name = "N".repeat(1_400);
    for has_tcp in [true, false] {
        let (udp, tcp) = both();
        let server = udp.local_addr().unwrap().to_string();
        let tcp = has_tcp.then_some(tcp);
        let arguments = ["phone", "100", "--server", &server, "--name", &name, "--for", "30s"];
        let _phone = Running::start(&arguments, None);
        let invite = match &tcp {
            Some(tcp) => Peer::new(tcp.accept().unwrap().0).next_request(),
            None => {
                let mut buffer = [0; 4_096];
                let (length, _) = udp.recv_from(&mut buffer).unwrap();
                match Message::parse(buffer[..length].to_vec().into()).unwrap() {
                    Message::Request(request) => request,
                    Message::Response(response) => panic!("{response:?}"),
                }
            }
        };
        let via = String::from_utf8_lossy(invite.header(&HeaderName::VIA).unwrap()).into_owned();
        let expected = if has_tcp { "SIP/2.0/TCP " } else { "SIP/2.0/UDP " };
        assert!(via.starts_with(expected), "{via}");
        assert_eq!(invite.method().as_str(), "INVITE");
        assert!(invite.to_bytes().len() > 1_300);
    }
}

#[test]
fn both_families_are_listened_on_and_each_is_told_its_own_address() {
    let folder = Folder::new("tcp-families");
    let office = Office::start(&folder, &["udp:127.0.0.1:0", "[::1]:0"]);
    let carriers: Vec<_> = office.addresses.iter().map(|(carrier, _)| &**carrier).collect();
    assert_eq!(carriers, ["udp", "udp", "tcp"]);
    let six = office.tcp();
    assert!(six.is_ipv6() && office.addresses[1].1 == six, "one port for both");
    let mut peer = Peer::connect(six);
    let invite =
        peer.request("INVITE", 1, "<sip:200@office>", &OFFER.replace("IP4 127.0.0.1", "IP6 ::1"));
    peer.send(&invite);
    let response = peer.final_response();
    assert_eq!(response.status().as_u16(), 200);
    let contact = String::from_utf8_lossy(response.header(&HeaderName::CONTACT).unwrap());
    assert!(contact.contains(&six.to_string()), "{contact}");
    let text = String::from_utf8_lossy(&response.to_bytes()).into_owned();
    assert!(text.contains("c=IN IP6 ::1\r\n"), "{text}");
}

#[test]
fn an_address_that_nobody_can_reach_needs_another_one_to_tell() {
    let folder = Folder::new("tcp-advertise");
    let office = folder.file("office.toml");
    std::fs::write(&office, OFFICE).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_centrala"))
        .arg("serve")
        .arg(&office)
        .args(["--listen", "0.0.0.0:0", "--data"])
        .arg(folder.file("data"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("--listen 0.0.0.0:0 needs --advertise"), "{text}");

    let office = Office::start(&folder, &["0.0.0.0:0", "--advertise", "203.0.113.7"]);
    let port = office.tcp().port();
    let mut peer = Peer::connect(([127, 0, 0, 1], port).into());
    let invite = peer.request("INVITE", 1, "<sip:200@office>", OFFER);
    peer.send(&invite);
    let response = peer.final_response();
    let text = String::from_utf8_lossy(&response.to_bytes()).into_owned();
    assert!(text.contains(&format!("@203.0.113.7:{port};transport=tcp>")), "{text}");
    assert!(text.contains("c=IN IP4 203.0.113.7\r\n"), "{text}");
}

#[test]
#[ignore = "needs sipp"]
fn sipp_places_a_hundred_calls_over_one_connection_and_over_one_each() {
    for transport in ["t1", "tn"] {
        let folder = Folder::new(transport);
        let office = Office::start(&folder, &["127.0.0.1:0"]);
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/sipp/short_call.xml");
        let output = Command::new("sipp")
            .arg(office.tcp().to_string())
            .args(["-sf", scenario, "-s", "200", "-i", "127.0.0.1", "-mi", "127.0.0.1"])
            .args(["-t", transport, "-max_socket", "200", "-m", "100", "-r", "20", "-l", "60"])
            .args(["-d", "200", "-nostdin", "-timeout", "60s", "-timeout_error"])
            .env("TERM", "xterm")
            .current_dir(folder.path())
            .output()
            .expect("SIPp is not installed (Debian: sip-tester)");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{transport}: {text}");
    }
}
