//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 section 22), both sides, to be used alone.
//!
//! [`Authenticator`] is a server's or proxy's side: it issues nonces without remembering them,
//! verifies responses, refuses nonces and counts that were used, and locks out who guesses. It
//! knows no users and reads no clock. [`Session`] is the client's side: it answers challenges, signs
//! later requests without being asked, and checks whether the server knows the password, too. Both
//! take and give the messages of `centrala-sip`; [`Endpoint`](crate::Endpoint) has both inside.
//!
//! # Example
//!
//! ```
//! use centrala_sip::{Message, Request};
//! use centrala_time::Timestamp;
//! use centrala_ua::digest::{
//!     Algorithm, Authenticator, AuthenticatorConfig, Credentials, Ha1, Session, Verdict,
//! };
//!
//! let now = Timestamp::ZERO;
//! let (server, phone) = ("192.0.2.10".parse()?, "192.0.2.1:5060".parse()?);
//!
//! // The server knows a hash, not the password.
//! let kept = Ha1::new(Algorithm::Sha256, "101", "office", "correct horse");
//! let mut config = AuthenticatorConfig::new("office");
//! config.algorithms = vec![Algorithm::Sha256];
//! let mut authenticator = Authenticator::new(config, [7; 32]); // really: unpredictable
//! let mut judge = |authenticator: &mut Authenticator, request: &Request| {
//!     let secret = |user: &str, _| (user == "101").then_some(&kept);
//!     authenticator.authenticate(request, secret, phone, now)
//! };
//!
//! // The first request has no credentials.
//! let text = "REGISTER sip:office SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n";
//! let Message::Request(mut request) = Message::parse(text.into())? else { unreachable!() };
//! let verdict = judge(&mut authenticator, &request);
//! assert_eq!(verdict, Verdict::Challenge);
//! let (name, challenge) = authenticator.challenges(&verdict, phone.ip(), now).remove(0);
//!
//! // The phone answers.
//! let text = format!("SIP/2.0 401 Unauthorized\r\n{name}: {challenge}\r\n\r\n");
//! let Message::Response(refusal) = Message::parse(text.into())? else { unreachable!() };
//! let credentials = Credentials::for_realm("101", "office", "correct horse");
//! let mut session = Session::new([credentials], server, [8; 32]);
//! assert!(session.handle_challenge(&refusal, server));
//! session.sign(&mut request, server)?;
//! assert_eq!(judge(&mut authenticator, &request), Verdict::Accepted("101".to_owned()));
//!
//! // Who has listened cannot send it again.
//! assert_eq!(judge(&mut authenticator, &request), Verdict::Stale);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is refused, and why
//!
//! - A nonce is good once for each count, for the host that it was sent to, and for a while.
//!   Without `qop` (RFC 2069) it is good once. What is forgotten for want of memory counts as used.
//!   Another host means a moved phone, or somebody who plays back what he heard; a moved phone
//!   takes one more round trip.
//! - `uri` is hashed as it was sent and must name the user of the Request-URI: see [`UriRule`].
//! - Wrong passwords lock out: who, where and for how long is reasoned out at [`GuessLimits`].
//! - `userhash` (RFC 7616 section 3.4.4) is not offered, and refused from those who send it unasked:
//!   to find the user behind it, one must hash all of them for each request.
//! - A client's credentials go to one address and one realm; see [`Session`].
//!
//! # Secrets
//!
//! Passwords and their hashes are wiped from memory when they are dropped, never shown by `Debug`, and
//! compared in constant time, as nonces are. A [`Session`] hashes the password as soon as it knows
//! the realm, and forgets the text; [`Credentials::for_realm`] does so at once. [`Ha1::to_hex`] is
//! what is kept on disk.

mod algorithm;
mod authenticator;
mod claim;
mod credentials;
mod guesses;
mod ha1;
mod nonces;
mod origin;
mod proof;
mod recent;
mod session;

pub use algorithm::Algorithm;
pub use authenticator::{Authenticator, AuthenticatorConfig, Verdict};
pub use claim::{Claim, UriRule};
pub use credentials::{Credentials, Password, Secret};
pub use guesses::GuessLimits;
pub use ha1::{Ha1, ParseHa1Error};
pub use proof::Qop;
pub use session::{ServerProof, Session};

/// Returns `text` as a quoted-string.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        // A line end would leave the header; it cannot stand in a quoted string either.
        quoted.push(if character.is_control() { ' ' } else { character });
    }
    quoted.push('"');
    quoted
}

/// Returns the value of a parameter without its quotes, with escapes as they are: RFC 7616
/// section 3.3 hashes what stands between the quotes.
fn raw(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value)
}
