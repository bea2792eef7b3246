use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use centrala_sip::{HeaderName, Message, Request};

use super::*;
use crate::digest::{Algorithm, Ha1, Secret};

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66));
const KEY: [u8; 32] = [2; 32];

pub(super) fn response(status: u16, lines: &str) -> Response {
    match Message::parse(Bytes::from(format!("SIP/2.0 {status} X\r\n{lines}\r\n"))) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

fn request(method: &str, uri: &str, body: &str) -> Request {
    match Message::parse(Bytes::from(format!("{method} {uri} SIP/2.0\r\n\r\n{body}"))) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// A 401 with these challenges.
fn challenged(challenges: &[&str]) -> Response {
    let lines: Vec<_> =
        challenges.iter().map(|one| format!("WWW-Authenticate: Digest {one}\r\n")).collect();
    response(401, &lines.concat())
}

fn session() -> Session {
    Session::new([Credentials::new("101", "secret")], SERVER, KEY)
}

/// Signs a BYE and returns what the credentials say, in order.
fn sign(session: &mut Session) -> Vec<Signed> {
    let mut request = request("BYE", "sip:1@x", "");
    session.sign(&mut request, SERVER).unwrap();
    request.credentials().map(|one| Signed(one.unwrap())).collect()
}

struct Signed(centrala_sip::Credentials);

impl Signed {
    fn get(&self, name: &str) -> String {
        self.0.param(name).map(std::borrow::Cow::into_owned).unwrap_or_default()
    }
}

/// Answers one challenge and returns the credentials.
#[track_caller]
fn answer_to(session: &mut Session, challenges: &[&str]) -> Signed {
    assert!(session.handle_challenge(&challenged(challenges), SERVER), "{challenges:?}");
    let mut all = sign(session);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn the_strongest_algorithm_that_both_know_is_taken() {
    let strong = "realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256";
    let weak = "realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=MD5";
    let unknown = "realm=\"r\", nonce=\"3\", qop=\"auth\", algorithm=SHA3-512";
    for offers in [[strong, weak, unknown], [unknown, weak, strong]] {
        assert_eq!(answer_to(&mut session(), &offers).get("algorithm"), "SHA-256");
    }
    let mut credentials = Credentials::new("101", "");
    credentials.secret = Secret::Hashed(vec![Ha1::new(Algorithm::Md5, "101", "r", "secret")]);
    let mut poor = Session::new([credentials], SERVER, KEY);
    assert_eq!(answer_to(&mut poor, &[strong, weak]).get("algorithm"), "MD5");
}

#[test]
fn what_was_accepted_once_is_not_weakened_later() {
    let strong = "realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256";
    let weaker = [
        ("MD5", "realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=MD5"),
        ("MD5 called stale", "realm=\"r\", nonce=\"2\", qop=\"auth\", stale=true"),
        ("no qop", "realm=\"r\", nonce=\"2\", algorithm=SHA-256"),
    ];
    for (name, challenge) in weaker {
        let mut session = session();
        answer_to(&mut session, &[strong]);
        session.handle_success(&response(200, ""), SERVER);
        assert!(!session.handle_challenge(&challenged(&[challenge]), SERVER), "{name}");
    }
    let mut session = session();
    answer_to(&mut session, &[strong]);
    session.handle_success(&response(200, ""), SERVER);
    let stronger = "realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=SHA-512-256";
    assert_eq!(answer_to(&mut session, &[stronger]).get("algorithm"), "SHA-512-256");
}

#[test]
fn the_body_is_covered_only_if_the_server_wants_nothing_else() {
    let both = "realm=\"r\", nonce=\"1\", qop=\"auth-int, auth\"";
    assert_eq!(answer_to(&mut session(), &[both]).get("qop"), "auth");
    let integrity = "realm=\"r\", nonce=\"1\", qop=\"auth-int,other\"";
    assert_eq!(answer_to(&mut session(), &[integrity]).get("qop"), "auth-int");
}

#[test]
fn a_session_answers_as_long_as_there_is_hope() {
    let challenge = |nonce: &str, more: &str| {
        challenged(&[&format!("realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{more}")])
    };
    let mut wrong = session();
    assert!(wrong.handle_challenge(&challenge("1", ""), SERVER));
    sign(&mut wrong);
    assert!(!wrong.handle_challenge(&challenge("2", ""), SERVER), "the password is wrong");

    let mut stale = session();
    assert!(stale.handle_challenge(&challenge("1", ""), SERVER));
    sign(&mut stale);
    assert!(stale.handle_challenge(&challenge("2", ", stale=TRUE"), SERVER));
    assert_eq!(sign(&mut stale)[0].get("nc"), "00000001", "another nonce counts anew");
    assert!(!stale.handle_challenge(&challenge("2", ", stale=TRUE"), SERVER), "the same nonce");
    stale.handle_success(&response(200, ""), SERVER);
    assert!(stale.handle_challenge(&challenge("3", ""), SERVER), "the server forgot its nonce");
    sign(&mut stale);
    assert!(!stale.handle_challenge(&challenge("4", ""), SERVER), "the password was changed");

    let mut endless = session();
    let mut tries = 0;
    while endless.handle_challenge(&challenge(&tries.to_string(), ", stale=true"), SERVER) {
        sign(&mut endless);
        tries += 1;
    }
    assert_eq!(tries, 3);

    let mut unsigned = session();
    let tries = (0..100).filter(|nonce: &i32| {
        unsigned.handle_challenge(&challenge(&nonce.to_string(), ", stale=true"), SERVER)
    });
    assert_eq!(tries.count(), usize::from(MAX_ROW), "nor without an answer");
}

#[test]
fn a_session_is_silent_where_it_does_not_understand() {
    let long = format!("realm=\"r\", nonce=\"{}\"", "n".repeat(1_025));
    let many = format!("{}realm=\"r\", nonce=\"n\"", "realm=\"x\", nonce=\"n\", ".repeat(40));
    let cases = [
        ("another algorithm", "realm=\"r\", nonce=\"n\", algorithm=SHA-1"),
        ("another quality", "realm=\"r\", nonce=\"n\", qop=\"auth-conf\""),
        ("a session without quality", "realm=\"r\", nonce=\"n\", algorithm=MD5-sess"),
        ("no nonce", "realm=\"r\""),
        ("no realm", "nonce=\"n\""),
        ("another realm", "realm=\"elsewhere\", nonce=\"n\""),
        ("a nonce that fills a message", &long),
        ("too many parameters", &many),
    ];
    for (name, challenge) in cases {
        let mut session = Session::new([Credentials::for_realm("101", "r", "secret")], SERVER, KEY);
        assert!(!session.handle_challenge(&challenged(&[challenge]), SERVER), "{name}");
        assert!(sign(&mut session).is_empty(), "{name}");
    }
    let basic = response(401, "WWW-Authenticate: Basic realm=\"r\"\r\n");
    assert!(!session().handle_challenge(&basic, SERVER));
}

#[test]
fn credentials_go_to_their_server_only() {
    let challenge = challenged(&["realm=\"r\", nonce=\"n\""]);
    let mut session = session();
    assert!(!session.handle_challenge(&challenge, STRANGER), "somebody else asks");
    assert!(sign(&mut session).is_empty());
    assert!(session.handle_challenge(&challenge, "::ffff:192.0.2.10".parse().unwrap()));
    assert_eq!(sign(&mut session).len(), 1);
    let mut astray = request("BYE", "sip:1@x", "");
    session.sign(&mut astray, SERVER).unwrap();
    assert!(astray.has(&HeaderName::AUTHORIZATION));
    session.sign(&mut astray, STRANGER).unwrap();
    assert!(!astray.has(&HeaderName::AUTHORIZATION), "and what was signed before is removed");
}

#[test]
fn a_callee_behind_the_proxy_gets_no_answer_to_his_realm() {
    for credentials in
        [Credentials::new("101", "secret"), Credentials::for_realm("101", "telco", "secret")]
    {
        let mut session = Session::new([credentials], SERVER, KEY);
        let proxy = response(407, "Proxy-Authenticate: Digest realm=\"telco\", nonce=\"1\"\r\n");
        assert!(session.handle_challenge(&proxy, SERVER));
        assert_eq!(sign(&mut session).len(), 1);
        let callee = challenged(&["realm=\"callee\", nonce=\"chosen\""]);
        assert!(!session.handle_challenge(&callee, SERVER));
        let realms: Vec<_> = sign(&mut session).iter().map(|one| one.get("realm")).collect();
        assert_eq!(realms, ["telco"]);
    }
}

#[test]
fn a_session_that_goes_to_another_server_keeps_its_realm() {
    let mut session = session();
    answer_to(&mut session, &["realm=\"r\", nonce=\"n\""]);
    session.redirect(STRANGER);
    let mut request = request("BYE", "sip:1@x", "");
    session.sign(&mut request, STRANGER).unwrap();
    assert!(!request.has(&HeaderName::AUTHORIZATION), "this server has not asked yet");
    let other = challenged(&["realm=\"other\", nonce=\"n\""]);
    assert!(!session.handle_challenge(&other, STRANGER));
    let same = challenged(&["realm=\"r\", nonce=\"n\""]);
    assert!(!session.handle_challenge(&same, SERVER));
    assert!(session.handle_challenge(&same, STRANGER));
    session.sign(&mut request, STRANGER).unwrap();
    assert!(request.has(&HeaderName::AUTHORIZATION));
}

#[test]
fn every_realm_that_we_have_credentials_for_is_answered() {
    let credentials = [
        Credentials::for_realm("bob", "s", "b"),
        Credentials::for_realm("alice", "p1", "a"),
        Credentials::for_realm("carol", "p2", "c"),
    ];
    let mut session = Session::new(credentials, SERVER, KEY);
    // What a forking proxy collects (RFC 3261 section 22.3).
    let all = response(
        401,
        "Proxy-Authenticate: Digest realm=\"p1\", nonce=\"1\", opaque=\"o\"\r\n\
         WWW-Authenticate: Digest realm=\"s\", nonce=\"2\"\r\n\
         Proxy-Authenticate: Digest realm=\"p2\", nonce=\"3\"\r\n\
         Proxy-Authenticate: Digest realm=\"p3\", nonce=\"4\"\r\n",
    );
    assert!(session.handle_challenge(&all, SERVER));
    let mut request = request("INVITE", "sip:1@x", "");
    session.sign(&mut request, SERVER).unwrap();
    let names: Vec<_> = request
        .credentials()
        .map(|one| Signed(one.unwrap()))
        .map(|one| (one.0.party(), one.get("realm"), one.get("username"), one.get("opaque")))
        .collect();
    let (proxy, server) = (AuthParty::Proxy, AuthParty::Server);
    let expected =
        [(proxy, "p1", "alice", "o"), (proxy, "p2", "carol", ""), (server, "s", "bob", "")];
    let mut names: Vec<_> = names
        .iter()
        .map(|(party, realm, user, opaque)| (*party, &**realm, &**user, &**opaque))
        .collect();
    names.sort_by_key(|(party, realm, _, _)| (*party == server, *realm));
    assert_eq!(names, expected);
}

#[test]
fn a_nonce_is_counted_and_replaced_by_the_next() {
    for algorithm in ["MD5", "MD5-sess"] {
        let mut session = session();
        let offer = format!("realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm={algorithm}");
        let first = answer_to(&mut session, &[&offer]);
        let second = sign(&mut session).remove(0);
        assert_eq!([first.get("nc"), second.get("nc")], ["00000001", "00000002"]);
        assert_eq!(first.get("cnonce"), second.get("cnonce"), "a session keeps its first");
        assert_ne!(first.get("response"), second.get("response"));
        let next =
            |nonce: &str| response(200, &format!("Authentication-Info: nextnonce=\"{nonce}\"\r\n"));
        session.handle_success(&next("n2"), SERVER);
        session.handle_success(&next("evil"), STRANGER);
        let third = sign(&mut session).remove(0);
        assert_eq!((third.get("nonce"), third.get("nc")), ("n2".into(), "00000001".into()));
        assert_ne!(third.get("cnonce"), first.get("cnonce"));
    }
}

#[test]
fn a_server_that_does_not_know_the_password_is_noticed() {
    let proofs = |mutate: fn(&mut String)| {
        let mut session = session();
        let signed = answer_to(&mut session, &["realm=\"r\", nonce=\"n\", qop=\"auth\""]);
        let hash = |text: String| Algorithm::Md5.hash(&[text.as_bytes()]).as_str().to_owned();
        let ha1 = Ha1::new(Algorithm::Md5, "101", "r", "secret");
        let (cnonce, ha2) = (signed.get("cnonce"), hash(":sip:1@x".to_owned()));
        let rspauth = hash(format!("{}:n:00000001:{cnonce}:auth:{ha2}", ha1.to_hex()));
        let mut line = format!(
            "Authentication-Info: qop=auth, nc=00000001, cnonce=\"{cnonce}\", \
             nextnonce=\"next\", rspauth=\"{rspauth}\"\r\n"
        );
        mutate(&mut line);
        let proof = session.handle_success(&response(200, &line), SERVER);
        (proof, sign(&mut session)[0].get("nonce"))
    };
    let next = |proof| (proof, "next".to_owned());
    assert_eq!(proofs(|_| {}), next(ServerProof::Right));
    let wrong = (ServerProof::Wrong, "n".to_owned());
    assert_eq!(proofs(|line| *line = line.replace("rspauth=\"", "rspauth=\"0")), wrong);
    assert_eq!(proofs(|line| *line = line.replace("rspauth", "other")), next(ServerProof::Absent));
    let other = next(ServerProof::Absent);
    assert_eq!(proofs(|line| *line = line.replace("nc=00000001", "nc=00000007")), other);
    assert_eq!(proofs(String::clear).0, ServerProof::Absent);
}

#[test]
fn what_the_server_sends_is_quoted_as_it_was() {
    let mut session = Session::new([Credentials::new("a\"b", "secret")], SERVER, KEY);
    let challenge = "realm=\"r \\\"q\\\"\", nonce=\"n\\\\1\", opaque=\"o\\\"\"";
    assert!(session.handle_challenge(&challenged(&[challenge]), SERVER));
    let mut request = request("BYE", "sip:1@x", "");
    session.sign(&mut request, SERVER).unwrap();
    let value = request.header_str(&HeaderName::AUTHORIZATION).unwrap();
    for part in
        ["username=\"a\\\"b\"", "realm=\"r \\\"q\\\"\"", "nonce=\"n\\\\1\"", "opaque=\"o\\\"\""]
    {
        assert!(value.contains(part), "{part} in {value}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let mut session = session();
    let signed = answer_to(&mut session, &["realm=\"r\", nonce=\"the-nonce\", qop=\"auth\""]);
    let printed = format!("{session:?}");
    let ha1 = Ha1::new(Algorithm::Md5, "101", "r", "secret");
    for secret in ["secret\"", ha1.to_hex(), &signed.get("response"), &signed.get("cnonce")] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
