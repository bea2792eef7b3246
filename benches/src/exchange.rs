//! An endpoint under load: whole calls and registrations, as a trunk and telephones make them.

use bytes::Bytes;
use centrala_time::Timestamp;
use centrala_ua::{
    Algorithm, Endpoint, EndpointConfig, Event, Flow, Ha1, Output, Trunk, TrunkAddress, User,
};
use core::time::Duration;

/// What time passes between two pieces of work: 2,000 calls or registrations a second, so that 64,000 transactions of
/// calls that are over are alive at any moment.
const PACE: Duration = Duration::from_micros(500);

/// How many users telephones register as.
const USERS: u64 = 500;

const SERVER: &str = "192.0.2.10:5060";
const TRUNK: &str = "198.51.100.7:5060";
const PHONE: &str = "203.0.113.5:5062";

/// An office's endpoint, and whoever calls it.
#[derive(Debug)]
pub struct Exchange {
    endpoint: Endpoint,
    now: Timestamp,
    count: u64,
    trunk: Flow,
    phone: Flow,
}

impl Exchange {
    /// Returns an office with its users and a trunk.
    ///
    /// # Panics
    ///
    /// Never: the addresses are good.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the addresses are constants")]
    pub fn new() -> Self {
        let mut config = EndpointConfig::new(SERVER.parse().expect("an address"));
        config.limits.calls = usize::MAX;
        config.limits.transactions = usize::MAX;
        let trunk: TrunkAddress = TRUNK.parse().expect("an address");
        config.trunks.push(Trunk::new("telco", [trunk]));
        for user in 0..USERS {
            let name = format!("u{user:04}");
            let secret = Ha1::new(Algorithm::Md5, &name, &config.realm, "secret");
            config.users.insert(name, User::new(vec![secret]));
        }
        let now = Timestamp::ZERO;
        let endpoint = Endpoint::new(config, [7; 32], now);
        let [trunk, phone] = [TRUNK, PHONE].map(|address| address.parse().expect("an address"));
        Self { endpoint, now, count: 0, trunk, phone }
    }

    /// Takes a call of the trunk from INVITE to the answer to its BYE. Returns how many octets were sent.
    pub fn call(&mut self) -> usize {
        self.step();
        let number = self.count;
        let head = |method: &str, sequence: u32, branch: &str, tag: &str| {
            format!(
                "{method} sip:200@192.0.2.10 SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {TRUNK};branch=z9hG4bK{branch}{number:x};rport\r\n\
                 From: \"Customer\" <sip:+15550177@198.51.100.7>;tag=c{number:x}\r\n\
                 To: <sip:200@192.0.2.10>{tag}\r\n\
                 Call-ID: {number:x}@198.51.100.7\r\n\
                 CSeq: {sequence} {method}\r\n\
                 Contact: <sip:+15550177@{TRUNK}>\r\n\
                 Max-Forwards: 70\r\n"
            )
        };
        let invite = format!(
            "{}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}",
            head("INVITE", 1, "i", ""),
            OFFER.len()
        );
        let mut octets = self.feed(self.trunk, invite.into());
        let tag = format!(";tag={}", self.tag_of_last(&octets.1));
        let end = "Content-Length: 0\r\n\r\n";
        for (method, sequence, branch) in [("ACK", 1, "a"), ("BYE", 2, "b")] {
            let request = format!("{}{end}", head(method, sequence, branch, &tag));
            octets.0 += self.feed(self.trunk, request.into()).0;
        }
        octets.0
    }

    /// Calls and stays: the call is never ended.
    pub fn call_and_stay(&mut self) {
        self.step();
        let number = self.count;
        let head = |method: &str, branch: &str, tag: &str| {
            format!(
                "{method} sip:200@192.0.2.10 SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {TRUNK};branch=z9hG4bK{branch}{number:x};rport\r\n\
                 From: \"Customer\" <sip:+15550177@198.51.100.7>;tag=c{number:x}\r\n\
                 To: <sip:200@192.0.2.10>{tag}\r\n\
                 Call-ID: {number:x}@198.51.100.7\r\n\
                 CSeq: 1 {method}\r\n\
                 Contact: <sip:+15550177@{TRUNK}>\r\n\
                 Max-Forwards: 70\r\n"
            )
        };
        let invite = format!(
            "{}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}",
            head("INVITE", "i", ""),
            OFFER.len()
        );
        let (_, answer) = self.feed(self.trunk, invite.into());
        let tag = format!(";tag={}", self.tag_of_last(&answer));
        let ack = format!("{}Content-Length: 0\r\n\r\n", head("ACK", "a", &tag));
        self.feed(self.trunk, ack.into());
    }

    /// Takes a registration of a telephone: challenged, then accepted. Returns how many octets were sent.
    pub fn register(&mut self) -> usize {
        self.step();
        let (number, user) = (self.count, self.count % USERS);
        let head = |sequence: u32| {
            format!(
                "REGISTER sip:192.0.2.10 SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {PHONE};branch=z9hG4bKr{sequence}{number:x};rport\r\n\
                 From: <sip:u{user:04}@192.0.2.10>;tag=r{number:x}\r\n\
                 To: <sip:u{user:04}@192.0.2.10>\r\n\
                 Call-ID: {number:x}@203.0.113.5\r\n\
                 CSeq: {sequence} REGISTER\r\n\
                 Contact: <sip:u{user:04}@{PHONE}>\r\n\
                 Expires: 300\r\n\
                 Max-Forwards: 70\r\n"
            )
        };
        let end = "Content-Length: 0\r\n\r\n";
        let (mut octets, challenge) = self.feed(self.phone, format!("{}{end}", head(1)).into());
        let name = format!("u{user:04}");
        let nonce = between(&challenge, "nonce=\"", "\"");
        let realm = between(&challenge, "realm=\"", "\"");
        let response = answer(&name, &realm, &nonce);
        let request = format!(
            "{}Authorization: Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", \
             uri=\"sip:192.0.2.10\", response=\"{response}\", algorithm=MD5, qop=auth, \
             nc=00000001, cnonce=\"0a4f113b\"\r\n{end}",
            head(2)
        );
        octets += self.feed(self.phone, request.into()).0;
        octets
    }

    /// Returns how many transactions are alive.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.endpoint.transaction_count()
    }

    fn step(&mut self) {
        self.count += 1;
        self.now += PACE;
        self.endpoint.handle_timeout(self.now);
        self.drain();
    }

    /// Feeds a datagram; returns how many octets were sent, and what was sent last.
    fn feed(&mut self, source: Flow, datagram: Bytes) -> (usize, Bytes) {
        self.endpoint.handle_datagram(source, datagram, self.now);
        self.drain()
    }

    fn drain(&mut self) -> (usize, Bytes) {
        let (mut octets, mut last) = (0, Bytes::new());
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Send { datagram, .. } => {
                    octets += datagram.len();
                    last = datagram;
                }
                Output::Event(Event::Incoming(incoming)) => {
                    self.endpoint.answer(incoming.call, ANSWER.into(), self.now);
                }
                Output::Event(_) | _ => {}
            }
        }
        (octets, last)
    }

    fn tag_of_last(&self, response: &Bytes) -> String {
        let text = String::from_utf8_lossy(response);
        let to = text.lines().find(|line| line.starts_with("To:")).unwrap_or_default();
        between(&Bytes::copy_from_slice(to.as_bytes()), ";tag=", "\r")
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

fn between(octets: &Bytes, before: &str, after: &str) -> String {
    let text = String::from_utf8_lossy(octets);
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split(after).next().unwrap_or_default().trim_end().to_owned()
}

/// Returns the digest response of RFC 7616 section 3.4.1 with `qop=auth`.
fn answer(user: &str, realm: &str, nonce: &str) -> String {
    use md5::{Digest as _, Md5};
    let hash = |text: String| {
        Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect::<String>()
    };
    let (ha1, ha2) =
        (hash(format!("{user}:{realm}:secret")), hash("REGISTER:sip:192.0.2.10".into()));
    hash(format!("{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}"))
}

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n\
                     m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n\
                     a=fmtp:101 0-16\r\na=ptime:20\r\n";
const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
                      m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_registrations_are_what_they_are_taken_for() {
        let mut exchange = Exchange::new();
        assert!(exchange.call() > 1_000, "100, 200 and 200");
        assert_eq!(exchange.endpoint.call_count(), 0);
        assert_eq!(exchange.endpoint.statistics().incoming_calls, 1);
        exchange.call_and_stay();
        assert_eq!(exchange.endpoint.call_count(), 1);
        assert!(exchange.register() > 500, "401 and 200");
        assert_eq!(exchange.endpoint.bindings("u0003", exchange.now).len(), 1);
        assert_eq!(exchange.endpoint.statistics().strays, 0);
    }
}
