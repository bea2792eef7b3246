//! What is to be done with a body, and how it is encoded.

use crate::{
    HeaderName, Headers,
    grammar::{self, token},
};

/// Whether a receiver that does not understand a body must refuse the message (RFC 3261 section 20.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "what is neither counts as required")]
pub enum Handling {
    /// It must, with 415. This is the default.
    #[default]
    Required,
    /// It may ignore the body.
    Optional,
}

/// How the octets of a body stand for what they mean.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyEncoding<'a> {
    /// As they are.
    Identity,
    /// Compressed or the like (Content-Encoding, RFC 3261 section 20.12): the last one that was applied.
    Content(&'a str),
    /// Written as text (Content-Transfer-Encoding, RFC 2045 section 6); only of a part. What that text stands for may
    /// be compressed as well.
    Transfer(&'a str),
    /// A header says how, and cannot be read, or Content-Transfer-Encoding is repeated.
    Unreadable,
}

/// Reads how a body is encoded. A transfer encoding was applied last, so that it is undone first.
pub(super) fn encoding(headers: &Headers) -> BodyEncoding<'_> {
    let outer = transfer_encoding(headers);
    if outer == BodyEncoding::Identity { content_encoding(headers) } else { outer }
}

fn transfer_encoding(headers: &Headers) -> BodyEncoding<'_> {
    let name = b"Content-Transfer-Encoding".as_slice();
    let mut all = headers.iter().filter(|header| header.raw_name().eq_ignore_ascii_case(name));
    let header = match (all.next(), all.next()) {
        (None, _) => return BodyEncoding::Identity,
        (Some(header), None) => header,
        (Some(_), Some(_)) => return BodyEncoding::Unreadable,
    };
    match grammar::run_all(token, header.value()).map(str::from_utf8) {
        Ok(Ok(coding)) if PLAIN.iter().any(|plain| coding.eq_ignore_ascii_case(plain)) => {
            BodyEncoding::Identity
        }
        Ok(Ok(coding)) => BodyEncoding::Transfer(coding),
        Ok(Err(_)) | Err(_) => BodyEncoding::Unreadable,
    }
}

fn content_encoding(headers: &Headers) -> BodyEncoding<'_> {
    let mut last = BodyEncoding::Identity;
    for coding in headers.tokens(&HeaderName::CONTENT_ENCODING) {
        match coding {
            Ok(coding) if coding.eq_ignore_ascii_case("identity") => {}
            Ok(coding) => last = BodyEncoding::Content(coding),
            Err(_) => return BodyEncoding::Unreadable,
        }
    }
    last
}

/// Transfer encodings that leave the octets as they are (RFC 2045 section 6.2).
const PLAIN: [&str; 3] = ["7bit", "8bit", "binary"];
