//! What the grammar allows and a server refuses all the same.

use std::net::Ipv4Addr;

use centrala_sip::{
    Contact, HeaderError, HeaderName, Headers, Host, MediaType, Message, Method, Request, Response,
    Scheme, StatusCode,
};

/// A semantic fault of a message that was parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// A stable name: small letters with hyphens.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// The header in question.
    pub header: Option<HeaderName>,
    /// Where, if a value is to blame.
    pub offset: Option<usize>,
    /// The code that answers such a request. `None`: there is no such code, or the response is dropped.
    pub status: Option<StatusCode>,
}

/// Option tags with a meaning in an RFC: a server may be asked to support them.
const OPTION_TAGS: &[&str] = &[
    "100rel",
    "answermode",
    "early-session",
    "eventlist",
    "from-change",
    "geolocation-http",
    "geolocation-sip",
    "gin",
    "gruu",
    "histinfo",
    "ice",
    "join",
    "multiple-refer",
    "norefersub",
    "nosub",
    "outbound",
    "path",
    "policy",
    "precondition",
    "pref",
    "privacy",
    "recipient-list-invite",
    "recipient-list-message",
    "recipient-list-subscribe",
    "record-aware",
    "replaces",
    "resource-priority",
    "sdp-anat",
    "sec-agree",
    "siprec",
    "tdialog",
    "timer",
    "trickle-ice",
    "uui",
];

/// Finds the semantic faults of a message, those first that a server meets first.
#[must_use]
pub fn faults(message: &Message) -> Vec<Fault> {
    match message {
        Message::Request(request) => of_request(request),
        Message::Response(response) => of_response(response),
    }
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>, status: Option<StatusCode>) -> Self {
        Self { code, message: message.into(), header: None, offset: None, status }
    }

    fn with_header(mut self, header: &HeaderName) -> Self {
        self.header = Some(header.clone());
        self
    }

    fn missing(header: &HeaderName, status: Option<StatusCode>) -> Self {
        Self::new("missing-header", format!("there is no {header}"), status).with_header(header)
    }

    /// Malformed and repeated headers; absent ones are no fault here.
    fn of_header(error: &HeaderError) -> Option<Self> {
        let (code, message, offset) = match error {
            HeaderError::Malformed { name, offset, expected } => (
                "malformed-header",
                format!("malformed {name}: {expected} is expected"),
                Some(*offset),
            ),
            HeaderError::Repeated(_) => ("repeated-header", error.to_string(), None),
            HeaderError::Absent(_) | _ => return None,
        };
        let fault = Self::new(code, message, Some(StatusCode::BAD_REQUEST));
        Some(Self { offset, ..fault.with_header(error.name()) })
    }
}

fn of_request(request: &Request) -> Vec<Fault> {
    let mut faults = mandatory(request.headers(), Some(StatusCode::BAD_REQUEST));
    faults.extend(unreadable(request.headers()));
    let method = request.method();
    if request.cseq().is_ok_and(|cseq| cseq.method() != method) {
        let message = format!("the method of CSeq is not {method}");
        let fault = Fault::new("cseq-mismatch", message, Some(StatusCode::BAD_REQUEST));
        faults.push(fault.with_header(&HeaderName::CSEQ));
    }
    faults.extend(request_uri(request));
    faults.extend(routing(request));
    faults.extend(by_method(request));
    faults.extend(extensions(request));
    faults.extend(authentication(request));
    faults.extend(body(request.headers(), &request.body(), Some(StatusCode::BAD_REQUEST)));
    if *method == Method::Invite {
        faults.extend(session(request));
    }
    if *method == Method::Ack {
        // An ACK is never answered (RFC 3261 section 17).
        faults.iter_mut().for_each(|fault| fault.status = None);
    }
    faults
}

/// Nothing answers a response: a faulty one is dropped.
fn of_response(response: &Response) -> Vec<Fault> {
    let mut faults = mandatory(response.headers(), None);
    faults.extend(unreadable(response.headers()));
    faults.extend(body(response.headers(), &response.body(), None));
    // RFC 4475 section 3.3.10: whoever forwarded this would send it to everybody.
    if response.vias().flatten().any(|via| via.host() == Host::V4(Ipv4Addr::BROADCAST)) {
        let fault = Fault::new("broadcast-via", "a Via leads to a broadcast address", None);
        faults.push(fault.with_header(&HeaderName::VIA));
    }
    faults.iter_mut().for_each(|fault| fault.status = None);
    faults
}

/// RFC 3261 section 8.1.1.
fn mandatory(headers: &Headers, status: Option<StatusCode>) -> Vec<Fault> {
    [HeaderName::VIA, HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID, HeaderName::CSEQ]
        .iter()
        .filter(|name| !headers.has(name))
        .map(|name| Fault::missing(name, status))
        .collect()
}

/// Every header whose grammar the parser knows.
fn unreadable(headers: &Headers) -> Vec<Fault> {
    headers.malformed().filter_map(|error| Fault::of_header(&error)).collect()
}

/// RFC 3261 section 8.2.2.1.
fn request_uri(request: &Request) -> Option<Fault> {
    let is_known = !matches!(request.uri().scheme(), Scheme::Other);
    (!is_known).then(|| {
        Fault::new(
            "unsupported-scheme",
            format!("the scheme of the Request-URI is {}", request.uri().scheme_str()),
            Some(StatusCode::UNSUPPORTED_URI_SCHEME),
        )
    })
}

/// RFC 3261 sections 8.1.1.3, 8.1.1.6, 8.1.1.7 and 16.3.
fn routing(request: &Request) -> Vec<Fault> {
    let mut faults = Vec::new();
    if request.max_forwards() == Ok(0) {
        faults.push(
            Fault::new(
                "max-forwards-zero",
                "Max-Forwards is 0: no proxy may forward this",
                Some(StatusCode::TOO_MANY_HOPS),
            )
            .with_header(&HeaderName::MAX_FORWARDS),
        );
    }
    let branch = request.via().ok().and_then(|via| via.branch().map(str::to_owned));
    if branch.is_some_and(|branch| branch.eq_ignore_ascii_case(centrala_sip::Via::BRANCH_COOKIE)) {
        let message = "the branch has nothing after its cookie: it identifies no transaction";
        let fault = Fault::new("empty-branch", message, Some(StatusCode::BAD_REQUEST));
        faults.push(fault.with_header(&HeaderName::VIA));
    }
    if !request.has(&HeaderName::MAX_FORWARDS) && is_rfc3261(request) {
        faults.push(Fault::missing(&HeaderName::MAX_FORWARDS, None));
    }
    if request.from().is_ok_and(|from| !from.params().has("tag")) && is_rfc3261(request) {
        let fault = Fault::new("missing-tag", "there is no tag in From", None);
        faults.push(fault.with_header(&HeaderName::FROM));
    }
    faults
}

/// Requests of RFC 2543 have no cookie, and need less.
fn is_rfc3261(request: &Request) -> bool {
    request.via().is_ok_and(|via| via.has_rfc3261_branch())
}

/// What single methods need.
fn by_method(request: &Request) -> Vec<Fault> {
    let bad = Some(StatusCode::BAD_REQUEST);
    let mut faults = Vec::new();
    let mut need = |name: &HeaderName, status| {
        if !request.has(name) {
            faults.push(Fault::missing(name, status));
        }
    };
    match request.method() {
        // RFC 3261 section 8.1.1.8.
        Method::Invite if is_rfc3261(request) => need(&HeaderName::CONTACT, bad),
        // RFC 3515 section 2.4.1.
        Method::Refer => {
            need(&HeaderName::CONTACT, bad);
            need(&HeaderName::REFER_TO, bad);
        }
        // RFC 6665 section 8.2.1.
        Method::Subscribe => {
            need(&HeaderName::CONTACT, bad);
            need(&HeaderName::EVENT, Some(StatusCode::BAD_EVENT));
        }
        Method::Notify => {
            need(&HeaderName::EVENT, Some(StatusCode::BAD_EVENT));
            need(&HeaderName::SUBSCRIPTION_STATE, bad);
        }
        // RFC 3903 section 4.
        Method::Publish => need(&HeaderName::EVENT, Some(StatusCode::BAD_EVENT)),
        // RFC 3262 section 7.2.
        Method::Prack => need(&HeaderName::RACK, bad),
        Method::Register => faults.extend(registration(request)),
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Info
        | Method::Update
        | Method::Message
        | Method::Other(_)
        | _ => {}
    }
    faults
}

/// RFC 3261 section 10.3.
fn registration(request: &Request) -> Vec<Fault> {
    let mut faults = Vec::new();
    let contacts: Vec<_> = request.contacts().flatten().collect();
    if contacts.contains(&Contact::Wildcard) && (contacts.len() > 1 || request.expires() != Ok(0)) {
        let message = "a Contact of * must be alone, with Expires 0";
        let fault = Fault::new("misplaced-star", message, Some(StatusCode::BAD_REQUEST));
        faults.push(fault.with_header(&HeaderName::CONTACT));
    }
    let is_ours = |scheme| matches!(scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel);
    if request.to().is_ok_and(|to| !is_ours(to.uri().scheme())) {
        let message = "To is no address that a registrar can serve";
        let fault = Fault::new("foreign-address-of-record", message, Some(StatusCode::NOT_FOUND));
        faults.push(fault.with_header(&HeaderName::TO));
    }
    faults
}

/// RFC 3261 section 8.2.2.3: ACK and CANCEL are not asked.
fn extensions(request: &Request) -> Vec<Fault> {
    if matches!(request.method(), Method::Ack | Method::Cancel) {
        return Vec::new();
    }
    let required = |name: &HeaderName| -> Vec<String> {
        request
            .tokens(name)
            .flatten()
            .filter(|tag| !OPTION_TAGS.iter().any(|known| known.eq_ignore_ascii_case(tag)))
            .map(str::to_owned)
            .collect()
    };
    [HeaderName::REQUIRE, HeaderName::PROXY_REQUIRE]
        .into_iter()
        .filter_map(|name| {
            let tags = required(&name);
            let message = format!("{name} asks for {}", tags.join(", "));
            (!tags.is_empty()).then(|| {
                Fault::new("unsupported-extension", message, Some(StatusCode::BAD_EXTENSION))
                    .with_header(&name)
            })
        })
        .collect()
}

/// Credentials of a scheme that nobody asked for count as none (RFC 4475 section 3.3.7).
fn authentication(request: &Request) -> Vec<Fault> {
    request
        .credentials()
        .flatten()
        .filter(|credentials| {
            !credentials.is_digest() && !credentials.scheme().eq_ignore_ascii_case("Bearer")
        })
        .map(|credentials| {
            let status = match credentials.party() {
                centrala_sip::AuthParty::Server => StatusCode::UNAUTHORIZED,
                centrala_sip::AuthParty::Proxy => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            };
            let message = "the credentials have a scheme that no challenge offers";
            Fault::new("unknown-authentication-scheme", message, Some(status))
                .with_header(&credentials.party().credentials_header())
        })
        .collect()
}

/// RFC 3261 sections 8.2.3 and 20.15.
fn body(headers: &Headers, body: &[u8], status: Option<StatusCode>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !body.is_empty() && !headers.has(&HeaderName::CONTENT_TYPE) {
        faults.push(Fault::missing(&HeaderName::CONTENT_TYPE, status));
    }
    let encodings = headers.tokens(&HeaderName::CONTENT_ENCODING).flatten();
    if encodings.into_iter().any(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let message = "the body is encoded";
        let fault =
            Fault::new("unsupported-encoding", message, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        faults.push(fault.with_header(&HeaderName::CONTENT_ENCODING));
    }
    faults
}

/// An INVITE describes a session and wants to read one (RFC 3261 section 13).
fn session(request: &Request) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Ok(media_type) = request.content_type() else { return faults };
    if request.body().is_empty() {
        return faults;
    }
    let is_sdp = |media_type: &MediaType| media_type.is("application", "sdp");
    if !is_sdp(&media_type) && !media_type.kind().eq_ignore_ascii_case("multipart") {
        let message = format!(
            "the body is {}/{}, not a session description",
            media_type.kind(),
            media_type.subtype()
        );
        let fault =
            Fault::new("unsupported-media-type", message, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        faults.push(fault.with_header(&HeaderName::CONTENT_TYPE));
    }
    if request.has(&HeaderName::ACCEPT) && !accepts_sdp(request.headers()) {
        let message = "Accept leaves no way to describe the session in the answer";
        let fault = Fault::new("unacceptable-answer", message, Some(StatusCode::NOT_ACCEPTABLE));
        faults.push(fault.with_header(&HeaderName::ACCEPT));
    }
    faults
}

fn accepts_sdp(headers: &Headers) -> bool {
    headers.all(&HeaderName::ACCEPT).any(|header| {
        header.unfolded().split(|&byte| byte == b',').any(|range| {
            let range = range.split(|&byte| byte == b';').next().unwrap_or_default();
            let range: Vec<u8> =
                range.iter().filter(|byte| !byte.is_ascii_whitespace()).copied().collect();
            ["application/sdp", "application/*", "*/*"]
                .iter()
                .any(|known| known.as_bytes().eq_ignore_ascii_case(&range))
        })
    })
}
