//! Bad input from the network: each gets the RFC's answer, and disturbs nothing else.

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use crate::centrala::{Folder, serve};

struct Peer(UdpSocket, SocketAddr);

impl Peer {
    fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self(socket, server)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    fn send(&self, datagram: &[u8]) {
        self.0.send_to(datagram, self.1).unwrap();
    }

    /// Sends a request and returns the final response; retransmissions of others are passed over.
    fn ask(&self, method: &str, user: &str, more: &str, body: &str) -> String {
        let local = self.address();
        let unique = format!("{method}-{user}-{}", more.len() + body.len());
        let request = format!(
            "{method} sip:{user}@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};branch=z9hG4bK{unique}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@{local}>;tag=t{unique}\r\n\
             To: <sip:{user}@{server}>\r\nCall-ID: {unique}@{local}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:x@{local}>\r\n{more}Content-Length: {length}\r\n\r\n{body}",
            server = self.1,
            length = body.len(),
        );
        self.send(request.as_bytes());
        let mut buffer = [0; 4_096];
        loop {
            let length = self.0.recv(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.contains(&unique) && !text.starts_with("SIP/2.0 1") {
                return text;
            }
        }
    }

    #[track_caller]
    fn check(&self, method: &str, user: &str, more: &str, body: &str, expected: &str) -> String {
        let response = self.ask(method, user, more, body);
        assert!(response.starts_with(expected), "{method} {user}: {response}");
        response
    }
}

#[test]
fn each_bad_request_gets_its_answer_and_the_office_goes_on() {
    let folder = Folder::new("strangers");
    let trunk = UdpSocket::bind("127.0.0.1:0").unwrap();
    trunk.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let served = serve(&folder, trunk.local_addr().unwrap());
    let stranger = Peer::new(served.address);
    let trunk = Peer(trunk, served.address);

    // Rubbish, a huge datagram, a response to nothing: dropped without a word.
    stranger.send(b"\0\x01\x02 rubbish");
    stranger.send(&vec![b'A'; 60_000]);
    stranger.send(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n\r\n");
    stranger.send(b"\r\n\r\n");

    // Strangers are challenged first, and cannot tell an extension from none.
    let offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
    let known = stranger.check("INVITE", "101", "", "", "SIP/2.0 401 ");
    let unknown = stranger.check("INVITE", "999", "", "", "SIP/2.0 401 ");
    let names = |response: &str| -> Vec<String> {
        let header = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
        response.lines().map(header).collect()
    };
    assert_eq!(names(&known), names(&unknown), "an answer must not tell who exists");
    stranger.check("REGISTER", "101", "", "", "SIP/2.0 401 ");

    // A wrong password: challenged again.
    let credentials = "Authorization: Digest username=\"101\", realm=\"centrala\", \
        nonce=\"forged\", uri=\"sip:x\", response=\"00000000000000000000000000000000\"\r\n";
    stranger.check("REGISTER", "101", credentials, "", "SIP/2.0 40");

    // The telephone company: unknown numbers, numbers of other people, no codec in common.
    let sdp = "Content-Type: application/sdp\r\n";
    let audio = format!("{offer}m=audio 4000 RTP/AVP 0\r\n");
    trunk.check("INVITE", "999", sdp, &audio, "SIP/2.0 404 ");
    // Nothing from outside reaches outside: a number that is not ours is nobody's.
    trunk.check("INVITE", "+15559999", sdp, &audio, "SIP/2.0 404 ");
    trunk.check("INVITE", "9005551234", sdp, &audio, "SIP/2.0 404 ");
    let video = format!("{offer}m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n");
    trunk.check("INVITE", "100", sdp, &video, "SIP/2.0 488 ");
    let unknown = trunk.ask("FLY", "100", "", "");
    assert!(
        unknown.starts_with("SIP/2.0 405 ") || unknown.starts_with("SIP/2.0 501 "),
        "{unknown}"
    );

    // Malformed: a CSeq that is none.
    let local = trunk.address();
    trunk.send(
        format!(
            "OPTIONS sip:100@x SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKmalformed\r\n\
             From: <sip:x@y>;tag=1\r\nTo: <sip:100@x>\r\nCall-ID: malformed\r\n\
             CSeq: none OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        .as_bytes(),
    );
    let mut buffer = [0; 4_096];
    let length = trunk.0.recv(&mut buffer).unwrap();
    let response = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(response.starts_with("SIP/2.0 400 "), "{response}");

    // And after all of that the office is as it was.
    trunk.check("OPTIONS", "100", "", "", "SIP/2.0 200 ");
}
