use std::{collections::BTreeMap, sync::LazyLock};

use bytes::Bytes;
use centrala_sip::{Message, Response};
use proptest::prelude::*;

use super::*;
use crate::digest::{Credentials, ServerProof, Session};

const SERVER: &str = "192.0.2.10";
const PHONE: &str = "192.0.2.1:5060";
const NOW: Timestamp = Timestamp::from_millis(1_000);

/// A server with the user `101`, who has one secret for each algorithm.
struct Server {
    authenticator: Authenticator,
    users: BTreeMap<(String, Algorithm), Ha1>,
    now: Timestamp,
}

impl Server {
    fn new(change: impl FnOnce(&mut AuthenticatorConfig)) -> Self {
        let mut config = AuthenticatorConfig::new("office");
        change(&mut config);
        let secrets = Algorithm::PLAIN.map(|algorithm| {
            (("101".to_owned(), algorithm), Ha1::new(algorithm, "101", "office", "secret"))
        });
        let authenticator = Authenticator::new(config, [1; 32]);
        Self { authenticator, users: secrets.into(), now: NOW }
    }

    fn with(algorithm: Algorithm, qop: Qop) -> Self {
        Self::new(|config| {
            config.algorithms = vec![algorithm];
            config.qualities = vec![qop];
        })
    }

    fn challenge(&mut self, verdict: &Verdict, phone: &str) -> Response {
        let phone: SocketAddr = phone.parse().unwrap();
        let challenges = self.authenticator.challenges(verdict, phone.ip(), self.now);
        let lines: Vec<_> =
            challenges.iter().map(|(name, one)| format!("{name}: {one}\r\n")).collect();
        response(401, &lines.concat())
    }

    fn nonce(&mut self) -> String {
        let challenge = self.challenge(&Verdict::Challenge, PHONE);
        let challenge = challenge.challenges().next().unwrap().unwrap();
        challenge.param("nonce").unwrap().into_owned()
    }

    fn judge(&mut self, request: &Request) -> Verdict {
        self.judge_from(request, PHONE)
    }

    fn judge_from(&mut self, request: &Request, source: &str) -> Verdict {
        let users = &self.users;
        let secret = |user: &str, algorithm| users.get(&(user.to_owned(), algorithm));
        self.authenticator.authenticate(request, secret, source.parse().unwrap(), self.now)
    }
}

fn accepted() -> Verdict {
    Verdict::Accepted("101".to_owned())
}

fn response(status: u16, lines: &str) -> Response {
    match Message::parse(Bytes::from(format!("SIP/2.0 {status} X\r\n{lines}\r\n"))) {
        Ok(Message::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

fn request(method: &str, uri: &str, lines: &str, body: &str) -> Request {
    match Message::parse(Bytes::from(format!("{method} {uri} SIP/2.0\r\n{lines}\r\n{body}"))) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

fn session(password: &str) -> Session {
    Session::new([Credentials::new("101", password)], SERVER.parse().unwrap(), [2; 32])
}

/// A request signed by the session.
fn signed(session: &mut Session, method: &str, uri: &str, body: &str) -> Request {
    let mut request = request(method, uri, "", body);
    session.sign(&mut request, SERVER.parse().unwrap()).unwrap();
    request
}

/// A session that has been challenged.
fn challenged(server: &mut Server, password: &str) -> Session {
    let mut session = session(password);
    let challenge = server.challenge(&Verdict::Challenge, PHONE);
    assert!(session.handle_challenge(&challenge, SERVER.parse().unwrap()));
    session
}

fn with_authorization(method: &str, uri: &str, value: &str) -> Request {
    request(method, uri, &format!("Authorization: {value}\r\n"), "")
}

fn authorization(request: &Request) -> String {
    request.header_str(&HeaderName::AUTHORIZATION).unwrap().to_owned()
}

#[test]
fn what_the_session_signs_the_server_accepts_once() {
    for algorithm in Algorithm::ALL {
        for qop in [Qop::Auth, Qop::AuthInt] {
            let mut server = Server::with(algorithm, qop);
            let mut session = challenged(&mut server, "secret");
            // The URI is hashed in the very bytes in which it was sent.
            let uri = "sip:500@Office.Example:5070;Transport=UDP";
            let first = signed(&mut session, "INVITE", uri, "v=0\r\n");
            assert_eq!(server.judge(&first), accepted(), "{algorithm} {qop}");
            assert_eq!(server.judge(&first), Verdict::Stale, "a replay");
            let second = signed(&mut session, "BYE", uri, "");
            assert_eq!(server.judge(&second), accepted(), "the next count");
            session.handle_success(&response(200, ""), SERVER.parse().unwrap());
            server.now += Duration::from_secs(300);
            let third = signed(&mut session, "BYE", uri, "");
            let stale = server.judge(&third);
            assert_eq!(stale, Verdict::Stale, "the nonce is old");
            let again = server.challenge(&stale, PHONE);
            assert!(session.handle_challenge(&again, SERVER.parse().unwrap()));
            let fourth = signed(&mut session, "BYE", uri, "");
            assert_eq!(server.judge(&fourth), accepted(), "another nonce");
        }
    }
}

#[test]
fn a_wrong_password_is_challenged_again_like_a_wrong_name() {
    for algorithm in Algorithm::ALL {
        let mut server = Server::with(algorithm, Qop::Auth);
        let wrong = signed(&mut challenged(&mut server, "wrong"), "BYE", "sip:1@x", "");
        assert_eq!(server.judge(&wrong), Verdict::Challenge, "{algorithm}");
        server.users.clear();
        let right = signed(&mut challenged(&mut server, "secret"), "BYE", "sip:1@x", "");
        assert_eq!(server.judge(&right), Verdict::Challenge, "{algorithm}");
    }
}

#[test]
fn anything_changed_is_refused() {
    let mut server = Server::new(|config| config.algorithms.push(Algorithm::Md5Sess));
    let mut session = challenged(&mut server, "secret");
    let good = authorization(&signed(&mut session, "INVITE", "sip:1@x", ""));
    let twice = |param: &str| good.replace("Digest ", &format!("Digest {param}, "));
    let cases = [
        ("another method", "BYE", good.clone()),
        ("another user", "INVITE", good.replace("\"101\"", "\"102\"")),
        ("another host in the URI", "INVITE", good.replace("sip:1@x", "sip:1@y")),
        ("another count", "INVITE", good.replace("nc=00000001", "nc=00000002")),
        ("no count", "INVITE", good.replace(", nc=00000001", "")),
        ("no number", "INVITE", good.replace("nc=00000001", "nc=+0000001")),
        ("zero", "INVITE", good.replace("nc=00000001", "nc=00000000")),
        ("a long count", "INVITE", good.replace("nc=00000001", "nc=000000001")),
        ("quality not offered", "INVITE", good.replace("qop=auth", "qop=auth-int")),
        ("unknown quality", "INVITE", good.replace("qop=auth", "qop=auth-conf")),
        ("no quality", "INVITE", good.replace("qop=auth, ", "")),
        ("not offered", "INVITE", good.replace("algorithm=MD5", "algorithm=SHA-256")),
        ("another algorithm", "INVITE", good.replace("algorithm=MD5", "algorithm=MD5-sess")),
        ("unknown algorithm", "INVITE", good.replace("algorithm=MD5", "algorithm=MD4")),
        ("no response", "INVITE", good.replace("response=", "x=")),
        ("hashed name", "INVITE", format!("{good}, userhash=true")),
        ("two names", "INVITE", twice("username=\"102\"")),
        ("two URIs", "INVITE", twice("URI=\"sip:2@x\"")),
        ("a longer response", "INVITE", good.replace("response=\"", "response=\"0")),
        (
            "an endless client nonce",
            "INVITE",
            good.replace("cnonce=\"", &format!("cnonce=\"{}", "c".repeat(300))),
        ),
    ];
    for (name, method, value) in cases {
        let request = with_authorization(method, "sip:1@x", &value);
        assert_eq!(server.judge(&request), Verdict::Challenge, "{name}");
    }
    let other_realm = good.replace("\"office\"", "\"elsewhere\"");
    assert_eq!(
        server.judge(&with_authorization("INVITE", "sip:1@x", &other_realm)),
        Verdict::Challenge
    );
    let proxy = request("INVITE", "sip:1@x", &format!("Proxy-Authorization: {good}\r\n"), "");
    assert_eq!(server.judge(&proxy), Verdict::Challenge);
    let request = with_authorization("INVITE", "sip:1@x", &good);
    assert_eq!(server.judge(&request), accepted(), "none of them has spent the count");
}

#[test]
fn what_phones_write_differently_is_understood() {
    type Quirk = fn(&str) -> String;
    let quirks: [(&str, Quirk); 6] = [
        ("upper-case response", |good| {
            let (head, rest) = good.split_once("response=\"").unwrap();
            let (digits, tail) = rest.split_once('"').unwrap();
            format!("{head}response=\"{}\"{tail}", digits.to_uppercase())
        }),
        ("quoted tokens", |good| {
            good.replace("=MD5", "=\"MD5\"")
                .replace("=auth", "=\"auth\"")
                .replace("=00000001", "=\"00000001\"")
        }),
        ("no algorithm", |good| good.replace(", algorithm=MD5", "")),
        ("lower-case names", |good| good.replace("=MD5", "=md5").replace("Digest ", "digest ")),
        ("upper-case names", |good| good.replace("nonce=", "NONCE=").replace("realm=", "Realm=")),
        ("userhash=false", |good| format!("{good}, userhash=false")),
    ];
    for (name, quirk) in quirks {
        let mut server = Server::new(|_| {});
        let mut session = challenged(&mut server, "secret");
        let good = authorization(&signed(&mut session, "INVITE", "sip:1@x", ""));
        let request = with_authorization("INVITE", "sip:1@x", &quirk(&good));
        assert_eq!(server.judge(&request), accepted(), "{name}");
    }
}

#[test]
fn the_body_is_covered_by_auth_int_alone() {
    for (qop, expected) in [(Qop::Auth, accepted()), (Qop::AuthInt, Verdict::Challenge)] {
        let mut server = Server::with(Algorithm::Sha256, qop);
        let mut session = challenged(&mut server, "secret");
        let good = authorization(&signed(&mut session, "INVITE", "sip:1@x", "v=0\r\n"));
        let lines = format!("Authorization: {good}\r\n");
        let changed = request("INVITE", "sip:1@x", &lines, "v=1\r\n");
        assert_eq!(server.judge(&changed), expected, "{qop}");
    }
}

/// The credentials of a client of RFC 2069.
fn without_quality(server: &mut Server, response_to: &str) -> String {
    let nonce = server.nonce();
    let ha1 = Ha1::new(Algorithm::Md5, "101", "office", "secret");
    let ha2 = Algorithm::Md5.hash(&[b"INVITE", response_to.as_bytes()]);
    let parts = [ha1.to_hex().as_bytes(), nonce.as_bytes(), ha2.as_bytes()];
    let response = Algorithm::Md5.hash(&parts);
    format!(
        "Digest username=\"101\", realm=\"office\", nonce=\"{nonce}\", uri=\"{response_to}\", \
         response=\"{}\"",
        response.as_str()
    )
}

#[test]
fn a_client_without_quality_may_use_a_nonce_once() {
    let mut server = Server::new(|_| {});
    let value = without_quality(&mut server, "sip:1@x");
    let request = with_authorization("INVITE", "sip:1@x", &value);
    assert_eq!(server.judge(&request), accepted());
    assert_eq!(server.judge(&request), Verdict::Stale);
    let mut strict = Server::with(Algorithm::Md5, Qop::AuthInt);
    let value = without_quality(&mut strict, "sip:1@x");
    let request = with_authorization("INVITE", "sip:1@x", &value);
    assert_eq!(strict.judge(&request), Verdict::Challenge, "it covers no body");
}

#[test]
fn a_session_may_keep_its_first_client_nonce_or_take_the_latest() {
    for keeps_first in [true, false] {
        let mut server = Server::with(Algorithm::Sha256Sess, Qop::Auth);
        let nonce = server.nonce();
        for (number, cnonce) in [(1, "first"), (2, "second"), (3, "third")] {
            let count = format!("{number:08x}");
            let ha1 = Ha1::new(Algorithm::Sha256, "101", "office", "secret");
            let proof = crate::digest::proof::Proof {
                algorithm: Algorithm::Sha256Sess,
                nonce: nonce.as_bytes(),
                quality: Some(crate::digest::proof::Quality {
                    qop: b"auth",
                    count: count.as_bytes(),
                    cnonce: cnonce.as_bytes(),
                }),
                first_cnonce: if keeps_first { b"first" } else { cnonce.as_bytes() },
            };
            let ha2 = Algorithm::Sha256.hash(&[b"BYE", b"sip:1@x"]);
            let response = proof.response(ha1.to_hex().as_bytes(), &ha2);
            let value = format!(
                "Digest username=\"101\", realm=\"office\", nonce=\"{nonce}\", uri=\"sip:1@x\", \
                 response=\"{}\", algorithm=SHA-256-sess, qop=auth, nc={count}, cnonce=\"{cnonce}\"",
                response.as_str()
            );
            let request = with_authorization("BYE", "sip:1@x", &value);
            assert_eq!(server.judge(&request), accepted(), "{keeps_first} {cnonce}");
        }
    }
}

#[test]
fn credentials_are_for_one_user_whatever_stands_behind_him() {
    // What is signed, where the request goes, and whether that is admitted by the default rule.
    let cases = [
        ("INVITE", "sip:500@office", "sip:500@office", true),
        ("INVITE", "sip:500@office", "sip:500@192.0.2.10:5060", true),
        ("INVITE", "sip:500@office;transport=UDP", "sip:500@office;transport=udp", true),
        ("INVITE", "sip:500@office:5060", "sip:500@office", true),
        ("INVITE", "sips:%35%300@office", "sip:500@office", true),
        ("INVITE", "tel:+1555;phone-context=x", "sip:+1555@office", true),
        ("INVITE", "sip:500@office", "sip:501@office", false),
        ("INVITE", "sip:500@office", "sip:office", false),
        ("INVITE", "sip:office", "sip:500@office", false),
        ("INVITE", "500", "sip:500@office", false),
        ("INVITE", "", "sip:500@office", false),
        ("REGISTER", "sip:office", "sip:office:5060;transport=udp", true),
        ("REGISTER", "sip:101@office", "sip:office", true),
        ("REGISTER", "office", "sip:office", true),
    ];
    for (method, covered, uri, is_admitted) in cases {
        for rule in [UriRule::SameUser, UriRule::Any] {
            let mut server = Server::new(|config| config.uris = rule);
            let nonce = server.nonce();
            let ha1 = Ha1::new(Algorithm::Md5, "101", "office", "secret");
            let ha2 = Algorithm::Md5.hash(&[method.as_bytes(), covered.as_bytes()]);
            let parts = [ha1.to_hex().as_bytes(), nonce.as_bytes(), ha2.as_bytes()];
            let response = Algorithm::Md5.hash(&parts);
            let value = format!(
                "Digest username=\"101\", realm=\"office\", nonce=\"{nonce}\", uri=\"{covered}\", \
                 response=\"{}\"",
                response.as_str()
            );
            let verdict = server.judge(&with_authorization(method, uri, &value));
            let is_right = rule == UriRule::Any || is_admitted;
            let expected = if is_right { accepted() } else { Verdict::WrongUri };
            assert_eq!(verdict, expected, "{method} {covered} {uri} {rule:?}");
        }
    }
}

#[test]
fn captured_credentials_are_good_for_nothing_else() {
    let mut server = Server::new(|_| {});
    let mut session = challenged(&mut server, "secret");
    let captured = authorization(&signed(&mut session, "INVITE", "sip:500@x", ""));
    let elsewhere = with_authorization("INVITE", "sip:900555@x", &captured);
    assert_eq!(server.judge(&elsewhere), Verdict::WrongUri);
    let same = with_authorization("INVITE", "sip:500@x", &captured);
    assert_eq!(server.judge_from(&same, "203.0.113.1:5060"), Verdict::Stale, "another network");
    let mut restarted = Server::new(|_| {});
    restarted.authenticator = Authenticator::new(AuthenticatorConfig::new("office"), [7; 32]);
    assert_eq!(restarted.judge(&same), Verdict::Stale, "after a restart");
    assert_eq!(server.judge(&same), accepted());
    assert_eq!(server.judge(&same), Verdict::Stale);
}

#[test]
fn who_guesses_is_locked_out_and_the_phone_goes_on() {
    let mut server = Server::new(|_| {});
    let mut phone = challenged(&mut server, "secret");
    let request = signed(&mut phone, "REGISTER", "sip:x", "");
    assert_eq!(server.judge(&request), accepted());
    let mut verdicts = Vec::new();
    for attempt in 0..14 {
        let mut guess = challenged(&mut server, &format!("guess {attempt}"));
        let request = signed(&mut guess, "REGISTER", "sip:x", "");
        verdicts.push(server.judge_from(&request, "192.0.2.1:666"));
    }
    assert_eq!(verdicts[..10], vec![Verdict::Challenge; 10]);
    assert_eq!(verdicts[10..], vec![Verdict::LockedOut; 4]);
    let mut lucky = challenged(&mut server, "secret");
    let request = signed(&mut lucky, "REGISTER", "sip:x", "");
    assert_eq!(server.judge_from(&request, "192.0.2.1:666"), Verdict::LockedOut, "even if right");
    let refresh = signed(&mut phone, "REGISTER", "sip:x", "");
    assert_eq!(server.judge(&refresh), accepted(), "the phone at the same address");
}

#[test]
fn nobody_can_be_wrong_in_the_name_of_another_address() {
    let mut server = Server::new(|_| {});
    for attempt in 0..1_000 {
        // Challenged at its own address, the guesser forges that of the phone.
        let mut session = session("guess");
        let challenge = server.challenge(&Verdict::Challenge, "203.0.113.66:5060");
        session.handle_challenge(&challenge, SERVER.parse().unwrap());
        let forged = signed(&mut session, "REGISTER", "sip:x", "");
        assert_eq!(server.judge(&forged), Verdict::Stale, "{attempt}");
    }
    let mut phone = challenged(&mut server, "secret");
    let request = signed(&mut phone, "REGISTER", "sip:x", "");
    assert_eq!(server.judge(&request), accepted());
}

#[test]
fn claims_that_are_judged_late_are_no_more_guesses() {
    let mut server = Server::new(|_| {});
    let source = PHONE.parse().unwrap();
    let claims: Vec<_> = (0..100)
        .map(|attempt| {
            let mut session = challenged(&mut server, &format!("guess {attempt}"));
            let request = signed(&mut session, "REGISTER", "sip:x", "");
            server.authenticator.claim(&request, source, NOW).unwrap()
        })
        .collect();
    let secret = Ha1::new(Algorithm::Md5, "101", "office", "secret");
    let judged = claims
        .iter()
        .filter(|claim| server.authenticator.judge(claim, Some(&secret), NOW) == Verdict::Challenge)
        .count();
    assert_eq!(judged, 10);
}

#[test]
fn a_right_request_that_comes_twice_at_once_is_accepted_once() {
    let mut server = Server::new(|_| {});
    let mut session = challenged(&mut server, "secret");
    let request = signed(&mut session, "REGISTER", "sip:x", "");
    let secret = Ha1::new(Algorithm::Md5, "101", "office", "secret");
    let source = PHONE.parse().unwrap();
    let claims = [(); 2].map(|()| server.authenticator.claim(&request, source, NOW).unwrap());
    let verdicts = claims.map(|claim| server.authenticator.judge(&claim, Some(&secret), NOW));
    assert_eq!(verdicts, [accepted(), Verdict::Stale]);
}

#[test]
fn a_proxy_challenges_for_itself() {
    let mut server = Server::new(|config| config.party = AuthParty::Proxy);
    let challenge = server.challenge(&Verdict::Challenge, PHONE);
    assert!(challenge.has(&HeaderName::PROXY_AUTHENTICATE));
    let mut session = session("secret");
    assert!(session.handle_challenge(&challenge, SERVER.parse().unwrap()));
    let request = signed(&mut session, "INVITE", "sip:1@x", "");
    assert!(request.has(&HeaderName::PROXY_AUTHORIZATION));
    assert_eq!(server.judge(&request), accepted());
}

#[test]
fn the_challenges_say_what_is_configured() {
    let mut server = Server::new(|config| {
        config.realm = "the \"office\"".to_owned();
        config.algorithms = vec![Algorithm::Sha256, Algorithm::Md5Sess];
        config.qualities = vec![Qop::Auth, Qop::AuthInt];
    });
    let phone: SocketAddr = PHONE.parse().unwrap();
    let challenges = server.authenticator.challenges(&Verdict::Stale, phone.ip(), NOW);
    let values: Vec<_> = challenges.iter().map(|(_, value)| value.as_str()).collect();
    let nonce = values[0].split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(nonce.len(), 64);
    let expected = ["SHA-256", "MD5-sess"].map(|algorithm| {
        format!(
            "Digest realm=\"the \\\"office\\\"\", nonce=\"{nonce}\", algorithm={algorithm}, \
             qop=\"auth,auth-int\", stale=true"
        )
    });
    assert_eq!(values, expected);
    let mut old = Server::new(|config| config.qualities.clear());
    let challenge = old.challenge(&Verdict::Challenge, PHONE);
    let challenge = challenge.challenges().next().unwrap().unwrap();
    assert_eq!(challenge.param("qop"), None);
}

#[test]
fn names_with_quotes_are_understood() {
    let (user, realm) = ("a \"b\" \\ \u{e4}", "the \"office\"");
    let mut server = Server::new(|config| config.realm = realm.to_owned());
    let secret = Ha1::new(Algorithm::Md5, user, realm, "secret");
    server.users.insert((user.to_owned(), Algorithm::Md5), secret);
    let credentials = [Credentials::for_realm(user, realm, "secret")];
    let mut session = Session::new(credentials, SERVER.parse().unwrap(), [2; 32]);
    let challenge = server.challenge(&Verdict::Challenge, PHONE);
    assert!(session.handle_challenge(&challenge, SERVER.parse().unwrap()));
    let request = signed(&mut session, "INVITE", "sip:1@x", "");
    assert_eq!(server.judge(&request), Verdict::Accepted(user.to_owned()));
}

#[test]
fn the_server_proves_that_it_knows_the_secret() {
    for algorithm in Algorithm::ALL {
        for qop in [Qop::Auth, Qop::AuthInt] {
            let mut server = Server::with(algorithm, qop);
            let mut session = challenged(&mut server, "secret");
            let request = signed(&mut session, "REGISTER", "sip:x", "");
            let source = PHONE.parse().unwrap();
            let claim = server.authenticator.claim(&request, source, NOW).unwrap();
            for (password, proof) in [("other", ServerProof::Wrong), ("secret", ServerProof::Right)]
            {
                let secret = Ha1::new(claim.algorithm(), "101", "office", password);
                let info = claim.confirmation(&secret, b"").unwrap();
                let response = response(200, &format!("Authentication-Info: {info}\r\n"));
                assert_eq!(
                    session.handle_success(&response, SERVER.parse().unwrap()),
                    proof,
                    "{algorithm} {qop} {password}"
                );
            }
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    let mut server = Server::new(|_| {});
    let mut session = challenged(&mut server, "secret");
    let request = signed(&mut session, "REGISTER", "sip:x", "");
    let claim = server.authenticator.claim(&request, PHONE.parse().unwrap(), NOW).unwrap();
    let printed = format!("{claim:?} {:?}", server.authenticator);
    let nonce = server.nonce();
    for secret in [str::from_utf8(&claim.response).unwrap(), &nonce[32..]] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// A server, and the credentials of one request to it that nobody has used.
static GENUINE: LazyLock<String> = LazyLock::new(|| {
    let mut server = Server::new(|_| {});
    let mut session = challenged(&mut server, "secret");
    authorization(&signed(&mut session, "INVITE", "sip:500@x", ""))
});

/// What stands in the parameters that decide, in a normal form.
fn meaning(request: &Request) -> Option<Vec<String>> {
    let credentials = request
        .credentials()
        .flatten()
        .find(|one| one.is_digest() && one.param("realm").as_deref() == Some("office"))?;
    ["username", "nonce", "uri", "response", "qop", "nc", "cnonce"]
        .into_iter()
        .map(|name| credentials.param(name).map(|value| value.to_ascii_lowercase()))
        .collect()
}

proptest! {
    #[test]
    fn mutated_credentials_are_only_accepted_if_they_mean_the_same(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 0..5),
    ) {
        let mut text = GENUINE.clone().into_bytes();
        for (place, kind, octet) in edits {
            // A text that is all removed begins anew.
            if text.is_empty() {
                text.push(octet);
            }
            let place = place.index(text.len());
            match kind {
                0 => text[place] = octet,
                1 => text.insert(place, octet),
                2 => drop(text.remove(place)),
                _ => text.truncate(place.max(1)),
            }
        }
        let mut datagram = b"INVITE sip:500@x SIP/2.0\r\nAuthorization: ".to_vec();
        datagram.extend_from_slice(&text);
        datagram.extend_from_slice(b"\r\n\r\n");
        let Ok(Message::Request(mutated)) = Message::parse(Bytes::from(datagram)) else {
            return Ok(());
        };
        // The same key and clock: the nonce of the genuine credentials is this server's.
        let mut server = Server::new(|_| {});
        let verdict = server.judge(&mutated);
        if let Verdict::Accepted(_) = verdict {
            let genuine = with_authorization("INVITE", "sip:500@x", &GENUINE);
            prop_assert_eq!(meaning(&mutated), meaning(&genuine));
        }
    }

    #[test]
    fn any_text_is_judged(text in "Digest [ -~]{0,200}") {
        let mut server = Server::new(|_| {});
        let datagram = format!("INVITE sip:500@x SIP/2.0\r\nAuthorization: {text}\r\n\r\n");
        if let Ok(Message::Request(request)) = Message::parse(Bytes::from(datagram)) {
            let verdict = server.judge(&request);
            prop_assert!(matches!(verdict, Verdict::Challenge | Verdict::Stale), "{:?}", verdict);
        }
    }

    #[test]
    fn no_request_is_accepted_twice(
        order in proptest::collection::vec((0_usize..4, 0_usize..8, 0_u64..120), 1..80),
    ) {
        let mut server = Server::new(|config| config.nonces = 2);
        let mut sessions = Vec::new();
        let mut requests: Vec<Request> = Vec::new();
        let mut spent = std::collections::BTreeSet::new();
        for (what, which, pause) in order {
            server.now += Duration::from_secs(pause);
            if what == 0 || sessions.is_empty() {
                sessions.push(challenged(&mut server, "secret"));
            }
            if what < 3 {
                let which = which % sessions.len();
                requests.push(signed(&mut sessions[which], "INVITE", "sip:500@x", ""));
            }
            let Some(request) = requests.iter().rev().nth(which) else { continue };
            if server.judge(request) == accepted() {
                prop_assert!(spent.insert(authorization(request)));
            }
        }
    }
}

#[test]
fn the_genuine_credentials_of_the_mutation_test_are_accepted() {
    let mut server = Server::new(|_| {});
    let request = with_authorization("INVITE", "sip:500@x", &GENUINE);
    assert_eq!(server.judge(&request), accepted());
}
