//! Registrations survive the death of the process: a telephone behind a NAT is called before it registers again.

use std::{
    fmt::Write as _,
    net::{SocketAddr, UdpSocket},
    path::Path,
    time::{Duration, Instant},
};

use md5::{Digest as _, Md5};

use crate::centrala::{Folder, LONGEST, PASSWORD, Running, Served, free_port, serve};

/// What Bob's telephone believes to be its address.
const CONTACT: &str = "sip:102@10.9.8.7:5060";

/// A telephone that is nothing but a socket.
struct Telephone {
    socket: UdpSocket,
    server: SocketAddr,
    sequence: u32,
}

impl Telephone {
    fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        Self { socket, server, sequence: 0 }
    }

    /// Waits for a message that begins like this.
    #[track_caller]
    fn receive(&self, start: &str) -> String {
        let end = Instant::now() + LONGEST;
        let mut seen = Vec::new();
        let mut buffer = [0; 8_192];
        while Instant::now() < end {
            let Ok(length) = self.socket.recv(&mut buffer) else { continue };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with(start) {
                return text;
            }
            seen.push(text);
        }
        panic!("waited in vain for {start}; seen: {seen:#?}");
    }

    /// Registers, and returns the answer to a REGISTER with credentials.
    fn register(&mut self, contact: &str) -> String {
        self.send_register(contact, "");
        let challenge = self.receive("SIP/2.0 401 ");
        let nonce = quoted(&challenge, "nonce=");
        let (uri, count, own) = (format!("sip:{}", self.server), "00000001", "0a4f113b");
        let secret = hex(&format!("102:centrala:{PASSWORD}"));
        let request = hex(&format!("REGISTER:{uri}"));
        let response = hex(&format!("{secret}:{nonce}:{count}:{own}:auth:{request}"));
        let authorization = format!(
            "Authorization: Digest username=\"102\", realm=\"centrala\", nonce=\"{nonce}\", \
             uri=\"{uri}\", qop=auth, nc={count}, cnonce=\"{own}\", response=\"{response}\"\r\n"
        );
        self.send_register(contact, &authorization);
        self.receive("SIP/2.0 ")
    }

    fn send_register(&mut self, contact: &str, more: &str) {
        self.sequence += 1;
        let (server, sequence) = (self.server, self.sequence);
        let local = self.socket.local_addr().unwrap().port();
        let request = format!(
            "REGISTER sip:{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 10.9.8.7:5060;branch=z9hG4bKr{local}{sequence};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:102@{server}>;tag=r{local}\r\nTo: <sip:102@{server}>\r\n\
             Call-ID: r{local}\r\nCSeq: {sequence} REGISTER\r\n{contact}{more}\
             Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), self.server).unwrap();
    }
}

fn quoted(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("{name}\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn hex(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |mut hex, octet| {
        write!(hex, "{octet:02x}").unwrap();
        hex
    })
}

/// Starts the office again where it was, as whoever looks after the machine would.
fn serve_again(folder: &Folder, address: SocketAddr, data: &Path, trunk: SocketAddr) -> Served {
    serve_again_by(env!("CARGO_BIN_EXE_centrala"), &[], folder, address, data, trunk)
}

/// Starts the office again by a program that is given what it is to start, if it is another.
fn serve_again_by(
    program: &str,
    before: &[&str],
    folder: &Folder,
    address: SocketAddr,
    data: &Path,
    trunk: SocketAddr,
) -> Served {
    let office = folder.file("office.toml");
    let (listen, trunk) = (address.to_string(), format!("telco={trunk}"));
    let own = [
        "serve",
        office.to_str().unwrap(),
        "--listen",
        &listen,
        "--data",
        data.to_str().unwrap(),
        "--trunk",
        &trunk,
        "--json",
    ];
    let mut running = Running::start_by(program, &[before, &own].concat(), None);
    running.wait_for_event("listening");
    Served { running, address, data: data.to_owned() }
}

/// Calls Bob's number from the telephone company.
fn call(trunk: &UdpSocket, server: SocketAddr, branch: &str) {
    let local = trunk.local_addr().unwrap();
    let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                m=audio 40000 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:200@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@{local}>;tag={branch}\r\nTo: <sip:200@{server}>\r\n\
         Call-ID: {branch}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{local}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}",
        length = body.len(),
    );
    trunk.send_to(invite.as_bytes(), server).unwrap();
}

/// Waits until the journal has a word.
#[track_caller]
fn wait_for_journal(data: &Path, wanted: impl Fn(&str) -> bool) {
    let journal = data.join("locations/journal");
    let end = Instant::now() + LONGEST;
    while Instant::now() < end {
        if std::fs::read_to_string(&journal).is_ok_and(|text| wanted(&text)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} has not what it should", journal.display());
}

#[test]
fn a_telephone_is_called_where_it_was_after_the_process_was_killed() {
    let folder = Folder::new("locations");
    let trunk = UdpSocket::bind("127.0.0.1:0").unwrap();
    let trunk_address = trunk.local_addr().unwrap();
    let mut served = serve(&folder, trunk_address);
    let (address, data) = (served.address, served.data.clone());
    let mut bob = Telephone::new(address);
    let contact = format!("Contact: <{CONTACT}>;expires=300\r\n");
    let answer = bob.register(&contact);
    assert!(answer.starts_with("SIP/2.0 200 ") && answer.contains(CONTACT), "{answer}");
    served.running.wait_for("Bob", |value| value["user"] == "102");
    wait_for_journal(&data, |text| text.contains(CONTACT));

    // `kill -9`, twice: what was restored is restored again.
    for life in 1..=2 {
        served.running.child.kill().unwrap();
        served.running.child.wait().unwrap();
        served = serve_again(&folder, address, &data, trunk_address);
        let restored = served.running.wait_for_event("restored");
        assert_eq!(restored["users"], 1);
        call(&trunk, address, &format!("life{life}"));
        let invite = bob.receive("INVITE ");
        assert!(invite.starts_with(&format!("INVITE {CONTACT} SIP/2.0")), "{invite}");
    }

    // He hangs up his registration; after that a restart finds nobody.
    let answer = bob.register("Contact: *\r\nExpires: 0\r\n");
    assert!(answer.starts_with("SIP/2.0 200 ") && !answer.contains(CONTACT), "{answer}");
    wait_for_journal(&data, |text| text.lines().last().is_some_and(|line| line.ends_with(" 102")));
    served.running.child.kill().unwrap();
    served.running.child.wait().unwrap();
    let mut served = serve_again(&folder, address, &data, trunk_address);
    call(&trunk, address, "nobody");
    served.running.wait_for_step("mailbox 102");
    assert!(served.running.seen.iter().all(|value| value["event"] != "restored"));
}

#[test]
fn an_office_whose_registrations_cannot_be_read_opens_all_the_same() {
    let folder = Folder::new("locations-broken");
    let data = folder.file("data");
    std::fs::create_dir_all(data.join("locations/journal")).unwrap();
    let mut served = serve(&folder, ([127, 0, 0, 1], free_port()).into());
    let mut bob = Telephone::new(served.address);
    let answer = bob.register(&format!("Contact: <{CONTACT}>\r\n"));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    served.running.wait_for("Bob", |value| value["user"] == "102");
    served.running.terminate();
    assert_eq!(served.running.exit_code(), Some(0));
}

#[test]
fn a_file_that_may_not_grow_is_told_of_and_ends_nothing() {
    let folder = Folder::new("locations-limit");
    let trunk = ([127, 0, 0, 1], free_port()).into();
    let mut served = serve(&folder, trunk);
    served.running.terminate();
    assert_eq!(served.running.exit_code(), Some(0));
    // Files of 4,096 octets at most; a shell can say so, and the process that it becomes keeps to it. Its log is as long
    // already.
    let log = folder.file("log");
    std::fs::write(&log, [b'\n'; 8_192]).unwrap();
    let script = format!("ulimit -f 8 && exec \"$0\" \"$@\" 2>> '{}'", log.display());
    let limited = ["-c", &script, env!("CARGO_BIN_EXE_centrala")];
    let mut served =
        serve_again_by("sh", &limited, &folder, served.address, &served.data.clone(), trunk);
    let mut bob = Telephone::new(served.address);
    let contacts: String = (0..9)
        .map(|place| format!("Contact: <sip:{place}{}@10.9.8.7>\r\n", "x".repeat(450)))
        .collect();
    let answer = bob.register(&contacts);
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let told = served.running.wait_for_event("registrations-kept");
    assert!(told["error"].is_string(), "{told}");
    let answer = bob.register("");
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    served.running.terminate();
    assert_eq!(served.running.exit_code(), Some(0));
}
