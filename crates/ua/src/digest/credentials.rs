//! A name and a secret for servers that challenge us.

use std::fmt;

use zeroize::Zeroizing;

use super::{Algorithm, Ha1};

/// A name and a secret for one realm of one server.
///
/// The server is whoever the request goes to: a [`Session`](super::Session) is for one address. The
/// realm is [`realm`](Self::realm), or if that is `None` the first one that the server names: then
/// the session answers no other, because behind an honest proxy there may be a callee who would
/// like to see how we answer a realm of his.
#[non_exhaustive]
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The only realm that gets an answer; `None` is the first that is asked for. With
    /// [`Secret::Hashed`] it should be the realm of the hashes.
    pub realm: Option<String>,
    /// The secret.
    pub secret: Secret,
}

impl Credentials {
    /// Returns credentials for whatever realm the server names first. The password is kept as
    /// text until then.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        let secret = Secret::Password(Password::new(password));
        Self { user: user.into(), realm: None, secret }
    }

    /// Returns credentials for one realm. The password is hashed at once.
    pub fn for_realm(
        user: impl Into<String>,
        realm: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        let realm = Some(realm.into());
        let mut credentials = Self { realm, ..Self::new(user, password) };
        credentials.settle();
        credentials
    }

    /// Replaces the password by what is needed of it, if the realm is known.
    pub(super) fn settle(&mut self) {
        if let (Some(realm), Secret::Password(password)) = (&self.realm, &self.secret) {
            let hashed = Algorithm::PLAIN
                .map(|algorithm| Ha1::new(algorithm, &self.user, realm, password.reveal()));
            self.secret = Secret::Hashed(hashed.into());
        }
    }

    /// Returns whether a realm may be answered.
    pub(super) fn is_for(&self, realm: &str) -> bool {
        self.realm.as_deref().is_none_or(|ours| ours == realm)
    }

    /// Returns whether there is a secret for an algorithm.
    pub(super) fn has(&self, algorithm: Algorithm) -> bool {
        match &self.secret {
            Secret::Password(_) => true,
            Secret::Hashed(hashed) => hashed.iter().any(|ha1| ha1.algorithm() == algorithm.plain()),
        }
    }

    /// Returns the secret for an algorithm, once the realm is known.
    pub(super) fn ha1(&self, algorithm: Algorithm) -> Option<&Ha1> {
        match &self.secret {
            Secret::Password(_) => None,
            Secret::Hashed(hashed) => {
                hashed.iter().find(|ha1| ha1.algorithm() == algorithm.plain())
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// What proves who we are.
#[non_exhaustive]
#[derive(Clone)]
pub enum Secret {
    /// A password.
    Password(Password),
    /// What is kept of a password, for one realm: one hash for each algorithm that may be used.
    Hashed(Vec<Ha1>),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret { .. }")
    }
}

/// A password. It is not printed, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Returns a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password { .. }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_printed() {
        let credentials = Credentials::new("101", "hunter2");
        let password = Password::new("hunter2");
        let printed = format!("{credentials:?} {:?} {password:?}", credentials.secret);
        assert!(!printed.contains("hunter2"), "{printed}");
        let hashed = Credentials::for_realm("101", "office", "hunter2");
        let ha1 = hashed.ha1(Algorithm::Md5).unwrap().to_hex();
        assert!(!format!("{hashed:?} {:?}", hashed.secret).contains(ha1));
    }

    #[test]
    fn a_password_for_a_known_realm_is_not_kept() {
        let credentials = Credentials::for_realm("101", "office", "hunter2");
        assert!(matches!(&credentials.secret, Secret::Hashed(hashed) if hashed.len() == 3));
        for algorithm in Algorithm::ALL {
            let expected = Ha1::new(algorithm, "101", "office", "hunter2");
            assert_eq!(credentials.ha1(algorithm).unwrap().to_hex(), expected.to_hex());
        }
    }
}
