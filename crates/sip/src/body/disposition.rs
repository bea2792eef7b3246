//! What is to be done with a body, and how it is encoded.

use crate::{
    HeaderName, Headers,
    grammar::{self, Parsed, sws, token},
    params::params,
};

use super::BodyKind;

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
    /// Written as text (Content-Transfer-Encoding, RFC 2045 section 6); only of a part.
    Transfer(&'a str),
    /// A header says how, and cannot be read.
    Unreadable,
}

/// Reads Content-Disposition: its type, and whether handling is required.
pub(super) fn disposition(headers: &Headers, kind: BodyKind) -> (&str, Handling) {
    // RFC 3261 section 20.11: without the header.
    let default = match kind {
        BodyKind::Sdp => "session",
        BodyKind::Multipart
        | BodyKind::MessageSummary
        | BodyKind::SipFragment
        | BodyKind::SipMessage
        | BodyKind::DialogInfo
        | BodyKind::Presence
        | BodyKind::DtmfRelay
        | BodyKind::Dtmf
        | BodyKind::PlainText
        | BodyKind::Other
        | BodyKind::Unknown => "render",
    };
    let value = headers.header(&HeaderName::CONTENT_DISPOSITION);
    let read = value.and_then(|value| grammar::run_all(typed_params, value).ok());
    let Some((kind, params)) = read else { return (default, Handling::Required) };
    let params = crate::Params::of_header(params);
    let is_optional = params
        .get("handling")
        .and_then(crate::Param::unquoted)
        .is_some_and(|value| value.eq_ignore_ascii_case(b"optional"));
    let handling = if is_optional { Handling::Optional } else { Handling::Required };
    (str::from_utf8(kind).unwrap_or(default), handling)
}

/// Reads how a body is encoded.
pub(super) fn encoding(headers: &Headers) -> BodyEncoding<'_> {
    let mut last = BodyEncoding::Identity;
    for coding in headers.tokens(&HeaderName::CONTENT_ENCODING) {
        match coding {
            Ok(coding) if coding.eq_ignore_ascii_case("identity") => {}
            Ok(coding) => last = BodyEncoding::Content(coding),
            Err(_) => return BodyEncoding::Unreadable,
        }
    }
    if last != BodyEncoding::Identity {
        return last;
    }
    let name = b"Content-Transfer-Encoding".as_slice();
    let Some(header) = headers.iter().find(|header| header.raw_name().eq_ignore_ascii_case(name))
    else {
        return BodyEncoding::Identity;
    };
    match grammar::run_all(token, header.value()).map(str::from_utf8) {
        Ok(Ok(coding)) if PLAIN.iter().any(|plain| coding.eq_ignore_ascii_case(plain)) => {
            BodyEncoding::Identity
        }
        Ok(Ok(coding)) => BodyEncoding::Transfer(coding),
        Ok(Err(_)) | Err(_) => BodyEncoding::Unreadable,
    }
}

/// Reads `disp-type *( SEMI disp-param )`.
fn typed_params(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let (rest, ()) = sws(input)?;
    let (rest, kind) = token(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, (kind, params)))
}

/// Transfer encodings that leave the octets as they are (RFC 2045 section 6.2).
const PLAIN: [&str; 3] = ["7bit", "8bit", "binary"];
