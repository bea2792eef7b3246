use bytes::Bytes;
use centrala_sip::{Message, Request};
use centrala_time::Timestamp;

use super::*;
use crate::{
    EndpointConfig, User,
    digest::{Authenticator, Verdict},
};

const SOURCE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const NOW: Timestamp = Timestamp::from_millis(1_000);

/// A server with the user `101` and the realm `office`.
struct Server {
    config: EndpointConfig,
    authenticator: Authenticator,
    generator: Generator,
}

impl Server {
    fn new(algorithms: &[Algorithm]) -> Self {
        let mut config = EndpointConfig::new("192.0.2.10:5060".parse().unwrap());
        config.realm = "office".to_owned();
        config.algorithms = algorithms.to_vec();
        let secrets =
            algorithms.iter().map(|algorithm| Ha1::new(*algorithm, "101", "office", "secret"));
        config.users.insert("101".to_owned(), User::new(secrets.collect()));
        let mut generator = Generator::new([1; 32]);
        let authenticator = Authenticator::new(&config, &mut generator);
        Self { config, authenticator, generator }
    }

    fn challenge(&mut self, stale: bool, now: Timestamp) -> Response {
        let challenges = self.authenticator.challenges(stale, &mut self.generator, now);
        let lines: Vec<_> =
            challenges.iter().map(|one| format!("WWW-Authenticate: {one}\r\n")).collect();
        response(401, &lines.concat())
    }

    fn judge(&mut self, request: &Request, now: Timestamp) -> Verdict {
        self.authenticator.judge(request, &self.config.users, SOURCE, now)
    }
}

fn response(status: u16, lines: &str) -> Response {
    match Message::parse(Bytes::from(format!("SIP/2.0 {status} X\r\n{lines}\r\n"))) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

/// A request signed by the session.
fn signed(session: &mut Session, method: &str, uri: &str) -> Request {
    let parsed = uri.parse().unwrap();
    let mut generator = Generator::new([2; 32]);
    let headers = session.sign(method, &parsed, &mut generator);
    let lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{}: {value}\r\n", name.as_str())).collect();
    request(method, uri, &lines.concat())
}

fn request(method: &str, uri: &str, lines: &str) -> Request {
    match Message::parse(Bytes::from(format!("{method} {uri} SIP/2.0\r\n{lines}\r\n"))) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn session() -> Session {
    Session::new(Credentials::new("101", "secret"))
}

#[test]
fn what_the_session_signs_the_server_accepts_once() {
    for algorithm in Algorithm::ALL {
        let mut server = Server::new(&[algorithm]);
        let mut session = session();
        assert!(session.handle_challenge(&server.challenge(false, NOW)));
        // The URI is hashed in the very bytes in which it was sent.
        let uri = "sip:500@Office.Example:5070;Transport=UDP";
        let first = signed(&mut session, "INVITE", uri);
        let accepted = Verdict::Accepted("101".to_owned());
        assert_eq!(server.judge(&first, NOW), accepted, "{algorithm}");
        assert_eq!(server.judge(&first, NOW), Verdict::Stale, "a replay");
        let second = signed(&mut session, "BYE", uri);
        assert_eq!(server.judge(&second, NOW), accepted, "the next count");
        let later = Timestamp::from_millis(400_000);
        let third = signed(&mut session, "BYE", uri);
        assert_eq!(server.judge(&third, later), Verdict::Stale, "the nonce is old");
    }
}

#[test]
fn the_strongest_algorithm_that_both_know_is_taken() {
    let mut server = Server::new(&[Algorithm::Sha256, Algorithm::Md5]);
    let mut strong = session();
    strong.handle_challenge(&server.challenge(false, NOW));
    let request = signed(&mut strong, "INVITE", "sip:1@x");
    let credentials = request.credentials().next().unwrap().unwrap();
    assert_eq!(credentials.param("algorithm").as_deref(), Some("SHA-256"));
    let mut weak = Credentials::new("101", "");
    weak.secret = Secret::Ha1(Ha1::new(Algorithm::Md5, "101", "office", "secret"));
    let mut weak = Session::new(weak);
    weak.handle_challenge(&server.challenge(false, NOW));
    let request = signed(&mut weak, "INVITE", "sip:1@x");
    assert_eq!(server.judge(&request, NOW), Verdict::Accepted("101".to_owned()));
}

#[test]
fn anything_changed_is_refused() {
    let mut server = Server::new(&[Algorithm::Md5]);
    let mut session = session();
    session.handle_challenge(&server.challenge(false, NOW));
    let good = signed(&mut session, "INVITE", "sip:1@x");
    let good = good.header_str(&HeaderName::AUTHORIZATION).unwrap().to_owned();
    let cases = [
        ("another method", "BYE", good.clone()),
        ("another user", "INVITE", good.replace("\"101\"", "\"102\"")),
        ("another URI", "INVITE", good.replace("sip:1@x", "sip:2@x")),
        ("another count", "INVITE", good.replace("nc=00000001", "nc=00000002")),
        ("no count", "INVITE", good.replace(", nc=00000001", "")),
        ("another quality", "INVITE", good.replace("qop=auth", "qop=auth-int")),
        ("another algorithm", "INVITE", good.replace("algorithm=MD5", "algorithm=SHA-256")),
        ("no response", "INVITE", good.replace("response=", "x=")),
    ];
    for (name, method, value) in cases {
        let request = request(method, "sip:1@x", &format!("Authorization: {value}\r\n"));
        assert_eq!(server.judge(&request, NOW), Verdict::Challenge, "{name}");
    }
    let request = request("INVITE", "sip:1@x", &format!("Authorization: {good}\r\n"));
    assert_eq!(server.judge(&request, NOW), Verdict::Accepted("101".to_owned()));
}

#[test]
fn a_client_without_quality_may_use_a_nonce_once() {
    let mut server = Server::new(&[Algorithm::Md5]);
    let challenge = server.challenge(false, NOW);
    let challenge = challenge.challenges().next().unwrap().unwrap();
    let nonce = challenge.param("nonce").unwrap().into_owned();
    let ha1 = Ha1::new(Algorithm::Md5, "101", "office", "secret");
    let (uri, quality) = (&b"sip:1@x"[..], None);
    let digest = DigestInput { method: "INVITE", uri, nonce: nonce.as_bytes(), quality };
    let value = format!(
        "Authorization: Digest username=\"101\", realm=\"office\", nonce=\"{nonce}\", \
         uri=\"sip:1@x\", response=\"{}\"\r\n",
        ha1.response(&digest)
    );
    let request = request("INVITE", "sip:1@x", &value);
    assert_eq!(server.judge(&request, NOW), Verdict::Accepted("101".to_owned()));
    assert_eq!(server.judge(&request, NOW), Verdict::Stale);
}

#[test]
fn a_session_answers_as_long_as_there_is_hope() {
    let challenge = |nonce: &str, more: &str| {
        response(
            401,
            &format!(
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{more}\r\n"
            ),
        )
    };
    let mut wrong = session();
    assert!(wrong.handle_challenge(&challenge("1", "")));
    signed(&mut wrong, "INVITE", "sip:1@x");
    assert!(!wrong.handle_challenge(&challenge("2", "")), "the password is wrong");

    let mut stale = session();
    assert!(stale.handle_challenge(&challenge("1", "")));
    signed(&mut stale, "INVITE", "sip:1@x");
    assert!(stale.handle_challenge(&challenge("2", ", stale=TRUE")));
    signed(&mut stale, "INVITE", "sip:1@x");
    stale.handle_success();
    assert!(stale.handle_challenge(&challenge("3", "")), "the server has another nonce now");

    let mut endless = session();
    let mut tries = 0;
    while endless.handle_challenge(&challenge(&tries.to_string(), ", stale=true")) {
        signed(&mut endless, "INVITE", "sip:1@x");
        tries += 1;
    }
    assert_eq!(tries, 3);
}

#[test]
fn a_session_is_silent_where_it_does_not_understand() {
    let cases = [
        ("another scheme", "Basic realm=\"r\""),
        ("another algorithm", "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess"),
        ("another quality", "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""),
        ("no nonce", "Digest realm=\"r\""),
        ("another realm", "Digest realm=\"elsewhere\", nonce=\"n\""),
    ];
    let mut credentials = Credentials::new("101", "secret");
    credentials.realm = Some("r".to_owned());
    for (name, challenge) in cases {
        let mut session = Session::new(credentials.clone());
        let response = response(401, &format!("WWW-Authenticate: {challenge}\r\n"));
        assert!(!session.handle_challenge(&response), "{name}");
        assert!(signed(&mut session, "INVITE", "sip:1@x").credentials().next().is_none(), "{name}");
    }
}

#[test]
fn a_proxy_and_a_server_are_answered_side_by_side() {
    let mut session = session();
    let proxy =
        response(407, "Proxy-Authenticate: Digest realm=\"p\", nonce=\"1\", opaque=\"o\"\r\n");
    assert!(session.handle_challenge(&proxy));
    signed(&mut session, "INVITE", "sip:1@x");
    let server = response(401, "WWW-Authenticate: Digest realm=\"s\", nonce=\"2\"\r\n");
    assert!(session.handle_challenge(&server));
    let request = signed(&mut session, "INVITE", "sip:1@x");
    let realms: Vec<_> = request
        .credentials()
        .map(|one| one.unwrap().param("realm").unwrap().into_owned())
        .collect();
    assert_eq!(realms, ["p", "s"]);
    let value = request.header_str(&HeaderName::PROXY_AUTHORIZATION).unwrap();
    assert!(value.ends_with("opaque=\"o\""), "{value}");
}
