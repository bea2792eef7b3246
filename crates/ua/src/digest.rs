//! Digest authentication (RFC 7616, RFC 8760, RFC 3261 section 22), both sides.

mod algorithm;
mod authenticator;
mod lockout;
mod nonces;
mod session;

pub use algorithm::{Algorithm, Ha1, ParseHa1Error};
pub(crate) use authenticator::{Authenticator, Verdict};
pub(crate) use session::Session;

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
