//! Attack tools that we did not write (sipvicious, of the Python Package Index) against the office.

use std::{
    net::{SocketAddr, UdpSocket},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    centrala::{Folder, PASSWORD, Running, Served, serve},
    peer_process::{register, spaced_port},
};

/// Runs a tool against the office, from 127.0.0.1, and returns what it has written. It gets a port of
/// its own: to 5060, which it takes by default, others may send, and it waits until all is silent.
#[track_caller]
fn attack(tool: &str, served: &Served, arguments: &[&str]) -> String {
    const LONGEST: &str = "25";
    const TIMED_OUT: i32 = 124;
    let port = served.address.port().to_string();
    let own = spaced_port().to_string();
    let output = Command::new("timeout")
        .args([LONGEST, &format!("sipvicious_{tool}"), "-b", "127.0.0.1", "-P", &own, "-p", &port])
        .args(arguments)
        .arg("127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .expect("there is no `timeout` (coreutils)");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let written = text(&output.stdout) + &text(&output.stderr);
    assert!(
        !matches!(output.status.code(), Some(126 | 127)),
        "sipvicious is not installed (pip install sipvicious), or not in the path: {written}"
    );
    assert_ne!(output.status.code(), Some(TIMED_OUT), "{tool} does not end: {written}");
    written
}

/// An address of the telephone company that never calls.
fn nobody() -> SocketAddr {
    ([127, 0, 0, 9], 9).into()
}

/// A stranger who sends one request after the other.
struct Stranger(UdpSocket, SocketAddr);

impl Stranger {
    fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self(socket, server)
    }

    /// Sends a request and returns the first response that is final.
    #[track_caller]
    fn ask(&self, request: &str) -> String {
        self.0.send_to(request.as_bytes(), self.1).unwrap();
        let mut buffer = [0; 4_096];
        loop {
            let length = self.0.recv(&mut buffer).expect("no response");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if !text.starts_with("SIP/2.0 1") {
                return text;
            }
        }
    }

    /// A request about `user`, all of whose other parts are the same for everybody.
    fn request(&self, method: &str, user: &str, unique: u32, credentials: &str) -> String {
        let (local, server) = (self.0.local_addr().unwrap(), self.1);
        format!(
            "{method} sip:{user}@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bKsame{unique}\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@{server}>;tag=same\r\nTo: <sip:{user}@{server}>\r\n\
             Call-ID: same{unique}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@{local}>\r\n\
             {credentials}Content-Length: 0\r\n\r\n"
        )
    }
}

/// Takes out of a response what differs between any two: the user, random numbers, our count.
fn masked(response: &str, user: &str, unique: u32) -> String {
    let mut lines = Vec::new();
    for line in response.lines() {
        let line = line.replace(&format!("sip:{user}@"), "sip:USER@");
        let line = line.replace(&format!("same{unique}"), "same");
        let line = match line.split_once("nonce=\"") {
            Some((before, rest)) => {
                let (nonce, after) = rest.split_once('"').unwrap();
                format!("{before}nonce=\"{}\"{after}", "x".repeat(nonce.len()))
            }
            None => line,
        };
        let line = match line.split_once(";tag=") {
            Some((before, tag)) if line.starts_with("To:") => {
                format!("{before};tag={}", "x".repeat(tag.len()))
            }
            _ => line,
        };
        lines.push(line);
    }
    lines.join("\n")
}

#[test]
#[ignore = "needs sipvicious"]
fn svmap_finds_the_office_and_svwar_nobody_in_it() {
    let folder = Folder::new("svwar");
    let mut served = serve(&folder, nobody());
    // The tools work here: they find a device.
    let found = attack("svmap", &served, &[]);
    assert!(found.contains(&served.address.to_string()), "{found}");
    for method in ["REGISTER", "INVITE", "OPTIONS"] {
        let told = attack("svwar", &served, &["-e", "95-110,200", "-m", method, "--force"]);
        assert!(told.contains("found nothing"), "{method}: {told}");
    }
    served.running.terminate();
    assert_eq!(served.running.wait_for_event("draining")["calls"], 0);
}

#[test]
fn an_extension_that_exists_is_answered_like_one_that_does_not() {
    let folder = Folder::new("alike");
    let served = serve(&folder, nobody());
    let wrong = |user: &str, nonce: &str| {
        format!(
            "Authorization: Digest username=\"{user}\", realm=\"centrala\", nonce=\"{nonce}\", \
             uri=\"sip:x\", response=\"0123456789abcdef0123456789abcdef\", qop=auth, \
             nc=00000001, cnonce=\"c\", algorithm=MD5\r\n"
        )
    };
    let mut unique = 0;
    for method in ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE", "BYE", "FLY"] {
        for (kind, with_credentials) in [("bare", false), ("wrong password", true)] {
            // One source each: its failures are counted.
            let answers = ["101", "107"].map(|user| {
                let stranger = Stranger::new(served.address);
                unique += 1;
                let challenge = stranger.ask(&stranger.request("REGISTER", user, unique, ""));
                let nonce =
                    challenge.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
                let credentials = match with_credentials {
                    true => wrong(user, nonce.unwrap_or_default()),
                    false => String::new(),
                };
                unique += 1;
                let answer = stranger.ask(&stranger.request(method, user, unique, &credentials));
                let local = stranger.0.local_addr().unwrap().to_string();
                masked(&answer, user, unique).replace(&local, "LOCAL")
            });
            let [there, missing] = &answers;
            assert_eq!(there, missing, "{method}, {kind}");
        }
    }
}

#[test]
#[ignore = "needs sipvicious"]
fn svcrack_is_locked_out_and_the_telephone_goes_on_to_place_calls() {
    let folder = Folder::new("svcrack");
    let served = serve(&folder, nobody());
    let server = served.address.to_string();
    let dictionary = |name: &str, wrong: usize| {
        let mut words: Vec<String> = (0..wrong).map(|number| format!("guess-{number}")).collect();
        words.push(PASSWORD.to_owned());
        words.push("behind".to_owned());
        let path = folder.file(name);
        std::fs::write(&path, words.join("\n") + "\n").unwrap();
        path.to_str().unwrap().to_owned()
    };
    // The telephone has registered before, at the attacker's own address but another port. It calls
    // when the attack is over, and is called before that.
    let started = Instant::now();
    let mut telephone = Running::start(
        &[
            "phone",
            "--register",
            "--user",
            "101",
            "--server",
            &server,
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--for",
            "110s",
            "--on-call",
            "answer",
            "--do",
            "wait 50s; dial 102; until answered; wait 500ms; hangup; quit",
        ],
        Some(PASSWORD),
    );
    telephone.wait_for_event("registered");
    // The tool works: it finds the password of 102 at its third attempt.
    let found = attack("svcrack", &served, &["-u", "102", "-d", &dictionary("short", 2)]);
    assert!(found.contains(PASSWORD), "the tool finds what can be guessed at once: {found}");
    for user in ["101", "102"] {
        let told = attack("svcrack", &served, &["-u", user, "-d", &dictionary("long", 200)]);
        assert!(!told.contains(PASSWORD), "{user}: the right guess comes too late: {told}");
    }
    // 102 comes from another network: the guesses at his name do not keep him out. 101 is reached.
    let mut other = Running::start(
        &[
            "phone",
            "101",
            "--user",
            "102",
            "--server",
            &server,
            "--listen",
            "127.0.1.4:0",
            "--json",
            "--do",
            "until answered; wait 500ms; hangup",
        ],
        Some(PASSWORD),
    );
    other.wait_for_event("answered");
    assert_eq!(other.exit_code(), Some(0));
    telephone.wait_for_event("incoming");
    telephone.wait_for_event("ended");
    assert!(started.elapsed() < Duration::from_secs(50), "the attack took too long");
    // And she places her call, from beside the attacker.
    telephone.wait_for_event("answered");
    assert_eq!(telephone.exit_code(), Some(0));
}

#[test]
#[ignore = "needs sipp"]
fn a_captured_registration_that_is_sent_again_changes_no_binding() {
    let folder = Folder::new("replayed");
    let trunk = UdpSocket::bind("127.0.0.1:0").unwrap();
    let served = serve(&folder, trunk.local_addr().unwrap());
    let at: SocketAddr = ([127, 0, 0, 1], spaced_port()).into();
    register(&folder, "102", at, served.address);
    let captured = std::fs::read_to_string(folder.file("register-102.msg")).unwrap();
    let from = captured.rfind("REGISTER sip:").unwrap();
    let captured: String = captured[from..].split("\n\n").next().unwrap().trim_end().to_owned();
    let lines: Vec<&str> = captured.lines().take_while(|line| !line.trim().is_empty()).collect();
    assert!(lines.iter().any(|line| line.starts_with("Authorization:")), "{captured}");
    let captured = lines.join("\r\n") + "\r\n\r\n";

    let attacker = Stranger::new(served.address);
    let own = attacker.0.local_addr().unwrap().to_string();
    // As it was; in a transaction of its own; with the attacker's address; as a removal.
    let branch = |text: &str, new: &str| {
        text.replace("branch=z9hG4bK", &format!("rport;branch=z9hG4bK{new}"))
    };
    let at_home = |text: &str| text.replace(&at.to_string(), &own);
    let later = |text: &str| text.replace("CSeq: 2 ", "CSeq: 9 ");
    let attempts = [
        ("later", later(&branch(&captured, "l"))),
        ("elsewhere", at_home(&later(&branch(&captured, "e")))),
        ("another call", at_home(&branch(&captured, "c")).replace("Call-ID: ", "Call-ID: x")),
        ("removal", later(&branch(&captured, "r")).replace("Expires: 600", "Expires: 0")),
        (
            "next count",
            at_home(&later(&branch(&captured, "n"))).replace("nc=00000001", "nc=00000002"),
        ),
    ];
    for (name, request) in attempts {
        let response = attacker.ask(&request);
        assert!(response.starts_with("SIP/2.0 40"), "{name}: {response}");
        assert!(!response.contains("Contact:"), "{name}: {response}");
    }
    // A call still goes to the telephone, and nothing of it to the attacker.
    let telephone = UdpSocket::bind(at).unwrap();
    telephone.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let local = trunk.local_addr().unwrap();
    let invite = format!(
        "INVITE sip:200@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKcall\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@{local}>;tag=1\r\nTo: <sip:200@{server}>\r\n\
         Call-ID: call\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{local}>\r\nContent-Length: 0\r\n\r\n",
        server = served.address
    );
    trunk.send_to(invite.as_bytes(), served.address).unwrap();
    let mut buffer = [0; 4_096];
    let length = telephone.recv(&mut buffer).expect("the telephone is not called");
    assert!(buffer[..length].starts_with(b"INVITE sip:102@"));
    attacker.0.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    while let Ok(length) = attacker.0.recv(&mut buffer) {
        assert!(!buffer[..length].starts_with(b"INVITE"), "the attacker is called");
    }
}
