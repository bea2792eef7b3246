//! The arithmetic of RFC 7616 section 3.4: what proves the knowledge of a secret.

use std::fmt;

use zeroize::Zeroizing;

use super::{Algorithm, algorithm::Hex};

/// A quality of protection (RFC 7616 section 3.4): what of a request the proof covers.
#[expect(clippy::exhaustive_enums, reason = "RFC 7616 closes the set")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qop {
    /// `auth`: the method and the URI.
    Auth,
    /// `auth-int`: the body, too. No header is covered, Content-Type neither.
    AuthInt,
}

impl Qop {
    /// Returns the quality that a token names, in any case.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.token().eq_ignore_ascii_case(token))
    }

    /// Returns its token.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

impl fmt::Display for Qop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// What a response is computed from beside the secret and the request. All octets are those
/// that were sent: a normalised copy has another hash.
pub(super) struct Proof<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) nonce: &'a [u8],
    /// `None` for those that know RFC 2069 only.
    pub(super) quality: Option<Quality<'a>>,
    /// The first client nonce of the session; only session variants look at it.
    pub(super) first_cnonce: &'a [u8],
}

/// The parameters that come with `qop`.
pub(super) struct Quality<'a> {
    /// Its token.
    pub(super) qop: &'a [u8],
    /// The nonce count: eight hexadecimal digits.
    pub(super) count: &'a [u8],
    pub(super) cnonce: &'a [u8],
}

impl Proof<'_> {
    /// Returns the `response` parameter (RFC 7616 section 3.4.1), or with the other `ha2` that a
    /// server makes, `rspauth` (section 3.5).
    pub(super) fn response(&self, ha1: &[u8], ha2: &Hex) -> Hex {
        let session = self.algorithm.is_session().then(|| {
            // RFC 2617 left open whether the inner hash is binary; its errata and RFC 7616 say
            // hexadecimal.
            Zeroizing::new(self.algorithm.hash(&[ha1, self.nonce, self.first_cnonce]))
        });
        let ha1 = session.as_ref().map_or(ha1, |session| session.as_bytes());
        match &self.quality {
            Some(Quality { qop, count, cnonce }) => {
                self.algorithm.hash(&[ha1, self.nonce, count, cnonce, qop, ha2.as_bytes()])
            }
            None => self.algorithm.hash(&[ha1, self.nonce, ha2.as_bytes()]),
        }
    }
}

/// Returns `H(A2)` (RFC 7616 section 3.4.3). The method of a response is empty (section 3.5);
/// `body` is given with `auth-int`, and is hashed even if it is empty (RFC 3261 section 22.4).
pub(super) fn ha2(algorithm: Algorithm, method: &str, uri: &[u8], body: Option<&[u8]>) -> Hex {
    match body {
        Some(body) => {
            let body = algorithm.hash(&[body]);
            algorithm.hash(&[method.as_bytes(), uri, body.as_bytes()])
        }
        None => algorithm.hash(&[method.as_bytes(), uri]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Ha1;

    /// One worked example of a document.
    struct Example {
        algorithm: Algorithm,
        user: &'static str,
        realm: &'static str,
        password: &'static str,
        method: &'static str,
        uri: &'static str,
        nonce: &'static str,
        cnonce: &'static str,
        qop: Option<Qop>,
        body: &'static str,
    }

    impl Example {
        #[track_caller]
        fn check(&self, name: &str, expected: &str) {
            let ha1 = Ha1::new(self.algorithm, self.user, self.realm, self.password);
            let body = (self.qop == Some(Qop::AuthInt)).then_some(self.body.as_bytes());
            let ha2 = ha2(self.algorithm, self.method, self.uri.as_bytes(), body);
            let proof = Proof {
                algorithm: self.algorithm,
                nonce: self.nonce.as_bytes(),
                quality: self.qop.map(|qop| Quality {
                    qop: qop.token().as_bytes(),
                    count: b"00000001",
                    cnonce: self.cnonce.as_bytes(),
                }),
                first_cnonce: self.cnonce.as_bytes(),
            };
            let response = proof.response(ha1.to_hex().as_bytes(), &ha2);
            assert_eq!(response.as_str(), expected, "{name}");
        }
    }

    const MUFASA: Example = Example {
        algorithm: Algorithm::Md5,
        user: "Mufasa",
        realm: "http-auth@example.org",
        password: "Circle of Life",
        method: "GET",
        uri: "/dir/index.html",
        nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        qop: Some(Qop::Auth),
        body: "",
    };

    #[test]
    fn the_responses_are_those_of_rfc_7616() {
        MUFASA.check("section 3.9.1, MD5", "8ca523f5e9506fed4657c9700eebdbec");
        Example { algorithm: Algorithm::Sha256, ..MUFASA }.check(
            "section 3.9.1, SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        );
        // The document has the response of SHA-512 cut short; erratum 4897 has the right one.
        let jason = Example {
            algorithm: Algorithm::Sha512_256,
            user: "J\u{e4}s\u{f8}n Doe",
            realm: "api@example.org",
            password: "Secret, or not?",
            uri: "/doe.json",
            nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
            cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
            ..MUFASA
        };
        jason.check(
            "section 3.9.2",
            "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
        );
    }

    #[test]
    fn the_responses_are_those_of_rfc_2617_and_rfc_2069() {
        let mufasa = Example {
            realm: "testrealm@host.com",
            password: "Circle Of Life",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            cnonce: "0a4f113b",
            ..MUFASA
        };
        mufasa.check("RFC 2617 section 3.5", "6629fae49393a05397450978507c4ef1");
        let ha1 = Ha1::new(Algorithm::Md5, "Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(ha1.to_hex(), "939e7578ed9e3c518a452acee763bce9");
        let old = Example { qop: None, ..mufasa };
        old.check("the same without qop", "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn the_responses_are_those_of_the_examples_for_sip() {
        // draft-smith-sipping-auth-examples-01, section by section.
        let bob = Example {
            algorithm: Algorithm::Md5,
            user: "bob",
            realm: "biloxi.com",
            password: "zanzibar",
            method: "INVITE",
            uri: "sip:bob@biloxi.com",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            cnonce: "0a4f113b",
            qop: Some(Qop::Auth),
            body: "v=0\r\no=bob 2890844526 2890844526 IN IP4 media.biloxi.com\r\ns=-\r\n\
                   c=IN IP4 media.biloxi.com\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n\
                   a=rtpmap:0 PCMU/8000\r\nm=video 51372 RTP/AVP 31\r\n\
                   a=rtpmap:31 H261/90000\r\nm=video 53000 RTP/AVP 32\r\n\
                   a=rtpmap:32 MPV/90000\r\n",
        };
        bob.check("3.2 and 3.3", "89eb0059246c02b2f6ee02c7961d5ea3");
        Example { qop: None, ..bob }.check("3.1", "bf57e4e0d0bffc0fbaedce64d59add5e");
        let sess = Algorithm::Md5Sess;
        Example { algorithm: sess, ..bob }.check("3.4", "e4e4ea61d186d07a92c9e1f6919902e9");
        let qop = Some(Qop::AuthInt);
        Example { qop, ..bob }.check("3.5", "bdbeebb2da6adb6bca02599c2239e192");
        Example { qop, algorithm: sess, ..bob }.check("3.6", "91984da2d8663716e91554859c22ca70");
    }

    #[test]
    fn an_empty_body_is_hashed_too() {
        // RFC 3261 section 22.4: the hash of the empty body is d41d8cd98f00b204e9800998ecf8427e.
        let direct = Algorithm::Md5.hash(&[b"BYE", b"sip:x", b"d41d8cd98f00b204e9800998ecf8427e"]);
        assert_eq!(ha2(Algorithm::Md5, "BYE", b"sip:x", Some(b"")).as_str(), direct.as_str());
    }

    #[test]
    fn qualities_are_named_in_any_case() {
        assert_eq!(Qop::from_token("AUTH-INT"), Some(Qop::AuthInt));
        assert_eq!(Qop::from_token("auth"), Some(Qop::Auth));
        assert_eq!(Qop::from_token("auth-conf"), None);
    }
}
