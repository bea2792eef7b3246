//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 section 22), both sides.

mod algorithm;
mod authenticator;
mod credentials;
mod ha1;
mod lockout;
mod nonces;
mod proof;
mod session;

pub use algorithm::Algorithm;
pub(crate) use authenticator::{Authenticator, Verdict};
pub use credentials::{Credentials, Password, Secret};
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
