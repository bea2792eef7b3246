//! The server's side of RFC 7616 in its simplest form, written apart from the one under test.

use centrala_sip::{AuthParty, Request};
use md5::{Digest as _, Md5};

use crate::world::password;

/// Asks for a password.
pub(crate) fn challenge(realm: &str) -> String {
    format!("Digest realm=\"{realm}\", nonce=\"n-{realm}\", algorithm=MD5, qop=\"auth\"")
}

/// Whether a request has the right answer to the [`challenge`] of a proxy.
pub(crate) fn is_signed(request: &Request, realm: &str) -> bool {
    request.credentials().flatten().any(|credentials| {
        let param =
            |name| credentials.param(name).map(|value| value.into_owned()).unwrap_or_default();
        if credentials.party() != AuthParty::Proxy || param("realm") != realm {
            return false;
        }
        let user = param("username");
        let secret = hash(&[&user, realm, &password(&user)]);
        let what = hash(&[request.method().as_str(), &param("uri")]);
        let proof = [&secret, &param("nonce"), &param("nc"), &param("cnonce"), "auth", &what];
        param("nonce") == format!("n-{realm}") && param("response") == hash(&proof)
    })
}

fn hash(parts: &[&str]) -> String {
    Md5::digest(parts.join(":")).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Answers a challenge to a user whose password is his name, repeated.
pub(crate) fn sign(
    method: &str,
    uri: &str,
    (user, realm): (&str, &str),
    nonce: &str,
    count: u32,
) -> String {
    let (count, cnonce) = (format!("{count:08x}"), "by-hand");
    let secret = hash(&[user, realm, &password(user)]);
    let response = hash(&[&secret, nonce, &count, cnonce, "auth", &hash(&[method, uri])]);
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm=MD5, \
         qop=auth, nc={count}, cnonce=\"{cnonce}\", response=\"{response}\""
    )
}
