//! What a REGISTER request asks.

use bytes::Bytes;
use centrala_sip::{Contact, HeaderName, Method, NameAddr, Request, StatusCode, Uri};
use core::{num::NonZeroU32, time::Duration};

use crate::Flow;

/// What a REGISTER request asks, read from its headers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterRequest {
    /// Call-ID.
    pub call_id: String,
    /// The number of CSeq.
    pub sequence: u32,
    /// What to do.
    pub contacts: RequestedContacts,
    /// Where the request came from.
    pub flow: Flow,
    /// The proxies that want to be on the way back, the nearest to us first (RFC 3327).
    pub paths: Vec<NameAddr>,
}

/// The contacts of a REGISTER request.
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 10.3 knows these three")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedContacts {
    /// None: a query.
    Query,
    /// `*` with `Expires: 0`: remove all.
    RemoveAll,
    /// Bind these.
    Bind(Vec<RequestedContact>),
}

/// A contact of a REGISTER request.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedContact {
    /// The address. It may be one that no call can be sent to, such as `mailto:` (RFC 3665 section 2.3).
    pub uri: Uri,
    /// The preference in thousandths; 1000 if there is none.
    pub quality: u16,
    /// The lifetime asked for, of the parameter or else of the header; zero removes.
    pub expires: Option<Duration>,
    /// The device (`+sip.instance`): its new contact replaces the old one.
    pub instance: Option<String>,
    /// Which flow of the device this is (`reg-id`); means nothing without an instance.
    pub reg_id: Option<NonZeroU32>,
}

/// Why a REGISTER request cannot be understood, or not be met.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadRegisterError {
    /// A header is missing or malformed.
    #[error("{0} is missing or malformed")]
    Malformed(&'static str),
    /// `*` beside other contacts, or without `Expires: 0` (RFC 3261 section 10.3, step 6).
    #[error("a wildcard needs Expires: 0 and stands alone")]
    Wildcard,
    /// More contacts or proxies than anybody needs.
    #[error("more than {limit} values of {header}")]
    TooMany {
        /// The header.
        header: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A value that is longer than anybody needs.
    #[error("{header} is longer than {limit} octets")]
    TooLong {
        /// The header.
        header: &'static str,
        /// How long it may be.
        limit: usize,
    },
    /// A proxy wants to be on the way back, and the user agent does not know that there are such (RFC 3327 section
    /// 5.3): it would not understand what it finds in the response.
    #[error("a Path, and no support for it")]
    PathUnsupported,
}

impl ReadRegisterError {
    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::Wildcard | Self::TooMany { .. } | Self::TooLong { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::PathUnsupported => StatusCode::BAD_EXTENSION,
        }
    }
}

impl RegisterRequest {
    /// Contacts of one request.
    pub const MAX_CONTACTS: usize = 16;
    /// Octets of a contact's URI.
    pub const MAX_URI: usize = 512;
    /// Octets of a Call-ID.
    pub const MAX_CALL_ID: usize = 256;
    /// Octets of the name of a device.
    pub const MAX_INSTANCE: usize = 128;
    /// Proxies on the way.
    pub const MAX_PATHS: usize = 8;
    /// Octets of one of them.
    pub const MAX_PATH: usize = 512;

    /// Returns a request.
    #[must_use]
    pub const fn new(
        call_id: String,
        sequence: u32,
        contacts: RequestedContacts,
        flow: Flow,
    ) -> Self {
        Self { call_id, sequence, contacts, flow, paths: Vec::new() }
    }

    /// Reads what is asked. Nothing of it keeps the message in memory.
    ///
    /// # Errors
    ///
    /// If it makes no sense, or is more than anybody needs.
    pub fn read(request: &Request, flow: Flow) -> Result<Self, ReadRegisterError> {
        let call_id = request.call_id().map_err(|_| ReadRegisterError::Malformed("Call-ID"))?;
        bounded("Call-ID", call_id.as_str().len(), Self::MAX_CALL_ID)?;
        let cseq = request.cseq().map_err(|_| ReadRegisterError::Malformed("CSeq"))?;
        if *cseq.method() != Method::Register {
            return Err(ReadRegisterError::Malformed("CSeq"));
        }
        let contacts = read_contacts(request)?;
        let paths = read_paths(request)?;
        let call_id = call_id.as_str().to_owned();
        Ok(Self { call_id, sequence: cseq.number(), contacts, flow, paths })
    }
}

impl RequestedContact {
    /// Returns a contact that asks for nothing special.
    #[must_use]
    pub const fn new(uri: Uri) -> Self {
        Self { uri, quality: 1_000, expires: None, instance: None, reg_id: None }
    }

    fn read(address: &NameAddr, header: Option<Duration>) -> Result<Self, ReadRegisterError> {
        bounded("Contact", address.uri().as_str().len(), RegisterRequest::MAX_URI)?;
        let params = address.params();
        let own = params.get("expires").map(|param| seconds(param.value()));
        let instance = match params.get("+sip.instance").and_then(|param| param.unquoted()) {
            Some(instance) => {
                bounded("+sip.instance", instance.len(), RegisterRequest::MAX_INSTANCE)?;
                str::from_utf8(&instance).ok().filter(|text| is_printable(text)).map(str::to_owned)
            }
            None => None,
        };
        // RFC 5626 section 6: without an instance it is left aside.
        let reg_id = params.value("reg-id").and_then(|text| text.parse().ok());
        let reg_id = instance.as_ref().and(reg_id);
        let quality = params.value("q").and_then(parse_quality).unwrap_or(1_000);
        let expires = own.unwrap_or(header);
        Ok(Self { uri: address.uri().detached(), quality, expires, instance, reg_id })
    }
}

fn read_contacts(request: &Request) -> Result<RequestedContacts, ReadRegisterError> {
    let header = match request.header(&HeaderName::EXPIRES) {
        // A malformed Expires counts as none (RFC 3261 sections 10.2.1.1, 20.19).
        Some(_) => request.expires().ok().map(|seconds| Duration::from_secs(seconds.into())),
        None => None,
    };
    let (mut contacts, mut wildcard) = (Vec::new(), false);
    for contact in request.contacts() {
        if contacts.len() >= RegisterRequest::MAX_CONTACTS {
            let limit = RegisterRequest::MAX_CONTACTS;
            return Err(ReadRegisterError::TooMany { header: "Contact", limit });
        }
        match contact.map_err(|_| ReadRegisterError::Malformed("Contact"))? {
            Contact::Wildcard if wildcard => return Err(ReadRegisterError::Wildcard),
            Contact::Wildcard => wildcard = true,
            Contact::Address(address) => contacts.push(RequestedContact::read(&address, header)?),
        }
    }
    match (wildcard, contacts.is_empty()) {
        (false, true) => Ok(RequestedContacts::Query),
        (false, false) => Ok(RequestedContacts::Bind(contacts)),
        (true, true) if header == Some(Duration::ZERO) => Ok(RequestedContacts::RemoveAll),
        (true, _) => Err(ReadRegisterError::Wildcard),
    }
}

fn read_paths(request: &Request) -> Result<Vec<NameAddr>, ReadRegisterError> {
    let mut paths = Vec::new();
    for path in request.paths() {
        if paths.len() >= RegisterRequest::MAX_PATHS {
            let limit = RegisterRequest::MAX_PATHS;
            return Err(ReadRegisterError::TooMany { header: "Path", limit });
        }
        let path = path.map_err(|_| ReadRegisterError::Malformed("Path"))?;
        bounded("Path", path.as_bytes().len(), RegisterRequest::MAX_PATH)?;
        paths.push(on_one_line(&path)?);
    }
    if !paths.is_empty() && !request.supports("path") {
        return Err(ReadRegisterError::PathUnsupported);
    }
    Ok(paths)
}

/// Returns the same value as one that can be sent, and does not keep the message in memory: a folded line is undone.
fn on_one_line(path: &NameAddr) -> Result<NameAddr, ReadRegisterError> {
    let text = path.as_bytes();
    if !text.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Ok(path.detached());
    }
    let text: Bytes = text.iter().map(|&byte| if byte < b' ' { b' ' } else { byte }).collect();
    NameAddr::parse(&text).map_err(|_| ReadRegisterError::Malformed("Path"))
}

const fn bounded(
    header: &'static str,
    length: usize,
    limit: usize,
) -> Result<(), ReadRegisterError> {
    if length > limit {
        return Err(ReadRegisterError::TooLong { header, limit });
    }
    Ok(())
}

/// Reads a lifetime; one that is no number counts as none (RFC 3261 section 10.3, step 6), one that is too large for us
/// as the largest.
fn seconds(text: Option<&str>) -> Option<Duration> {
    let text = text.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))?;
    Some(Duration::from_secs(u64::from(text.parse::<u32>().unwrap_or(u32::MAX))))
}

/// Reads `0.5` as 500 thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" | "" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

/// Returns whether a text can stand between quotes as it is.
pub(super) fn is_printable(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|one| !one.is_control() && one != '"' && one != '\\')
}

#[cfg(test)]
mod tests;
