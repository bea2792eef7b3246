//! Everything that is known about one datagram.

use bytes::Bytes;
use centrala_sip::{
    HeaderName, Limits, Message, ParseMessageError, ParseMessageErrorKind as Kind, StatusCode,
    leniency::{Departure, Leniency},
};
use serde::Serialize;

use crate::{
    fault::{Fault, faults},
    mask::mask,
    position::Position,
    safe::shown_within,
    summary::summary,
};

/// How much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the parser has two modes")]
pub enum Mode {
    /// All that the parser can read; leniencies are warnings.
    Lenient,
    /// What the RFCs allow; the first leniency refuses the message.
    Strict,
}

/// The report about a datagram. As JSON it is the output of `sip-lint --json`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// The size of the input in octets.
    pub size: usize,
    /// The start line, if there is one.
    pub start_line: Option<StartLine>,
    /// The headers in their order.
    pub headers: Vec<HeaderLine>,
    /// The body.
    pub body: Option<Body>,
    /// What is odd, in the order of the octets; what has no place comes first.
    pub warnings: Vec<Warning>,
    /// Why it was refused, if it was.
    pub error: Option<Refusal>,
    #[serde(skip)]
    pub(crate) text: Bytes,
}

/// What the first line says.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 7 closes the set")]
pub enum StartLine {
    /// A request.
    Request {
        /// The method.
        method: String,
        /// The Request-URI, its password hidden.
        uri: String,
    },
    /// A response.
    Response {
        /// The status code.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
}

/// A header.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct HeaderLine {
    /// The name in its usual spelling.
    pub name: String,
    /// The name as it was written.
    pub written: String,
    /// Where the line starts.
    pub offset: usize,
    /// The number of the line, from 1.
    pub line: usize,
    /// What it says; credentials are hidden.
    pub summary: String,
}

/// The body.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Body {
    /// Octets.
    pub length: usize,
    /// Its type, if it can be read.
    pub content_type: Option<String>,
}

/// Where a warning comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WarningKind {
    /// The grammar or a MUST was not kept, and the parser took it.
    Leniency,
    /// The message is well-formed and wrong.
    Semantic,
}

/// Something odd.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// Where it comes from.
    pub kind: WarningKind,
    /// A stable name: small letters with hyphens.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// The rule that is not kept.
    pub rule: Option<String>,
    /// The status code that answers such a request.
    pub status: Option<u16>,
    /// The header.
    pub header: Option<String>,
    /// Where.
    pub offset: Option<usize>,
    /// The line of the offset, from 1.
    pub line: Option<usize>,
    /// The octet in that line, from 1.
    pub column: Option<usize>,
}

/// Which part of a server refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Layer {
    /// The lines and the body do not fit together.
    Framing,
    /// The first line.
    StartLine,
    /// A header.
    Header,
    /// The meaning.
    Semantic,
}

/// Why a datagram is refused.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// A stable name: small letters with hyphens.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// Which part refuses.
    pub layer: Layer,
    /// Where.
    pub offset: usize,
    /// The line of the offset, from 1.
    pub line: usize,
    /// The octet in that line, from 1.
    pub column: usize,
    /// The status code that answers; `None` if nothing does.
    pub status: Option<u16>,
}

impl Report {
    /// The version of the JSON form.
    pub const SCHEMA: u32 = 1;
    /// The largest input that is looked at, in octets.
    pub const MAX_SIZE: usize = Limits::MESSAGE;

    /// Looks at a datagram.
    #[must_use]
    pub fn of(datagram: Bytes, mode: Mode) -> Self {
        let mut report = Self {
            schema: Self::SCHEMA,
            size: datagram.len(),
            start_line: None,
            headers: Vec::new(),
            body: None,
            warnings: Vec::new(),
            error: None,
            text: datagram.clone(),
        };
        match Message::parse_noting(datagram, &Limits::default()) {
            Err(error) => report.error = Some(report.refusal(&error)),
            Ok((message, departures)) => {
                report.describe(&message);
                report.warn(&message, &departures);
                if mode == Mode::Strict {
                    report.error = departures.first().map(|first| report.strict(&message, first));
                }
            }
        }
        report
    }

    fn describe(&mut self, message: &Message) {
        let (start_line, headers, body) = match message {
            Message::Request(request) => (
                StartLine::Request {
                    method: request.method().to_string(),
                    uri: shown_within(&mask(request.uri().as_str().as_bytes(), false), 200),
                },
                request.headers(),
                request.body(),
            ),
            Message::Response(response) => (
                StartLine::Response {
                    status: response.status().as_u16(),
                    reason: shown_within(&mask(response.reason(), false), 200),
                },
                response.headers(),
                response.body(),
            ),
        };
        self.start_line = Some(start_line);
        let mut offset = self.first_header();
        let mut line = Position::of(&self.text, offset).line;
        for header in headers {
            self.headers.push(HeaderLine {
                name: header.name().to_string(),
                written: shown_within(header.raw_name(), 128),
                offset,
                line,
                summary: summary(header),
            });
            offset += header.line().len();
            line += header.line().iter().filter(|&&byte| byte == b'\n').count();
        }
        let content_type = headers.content_type().ok();
        self.body = Some(Body {
            length: body.len(),
            content_type: content_type
                .map(|media_type| format!("{}/{}", media_type.kind(), media_type.subtype())),
        });
        let beyond = self.text.len().saturating_sub(self.skipped() + message.to_bytes().len());
        if beyond > 0 {
            // RFC 3261 section 18.3 has them discarded: no fault, but seldom meant.
            self.warnings.push(Warning {
                rule: Some("RFC 3261 section 18.3".to_owned()),
                ..self.warning(
                    WarningKind::Semantic,
                    "octets-after-body",
                    format!("{beyond} octets after the body are discarded"),
                    Some(self.text.len() - beyond),
                )
            });
        }
    }

    fn warn(&mut self, message: &Message, departures: &[Departure]) {
        for departure in departures {
            // Malformed and repeated headers are refused by whoever reads them.
            let is_refused =
                matches!(departure.leniency, Leniency::Malformed | Leniency::RepeatedHeader);
            let status = is_refused.then(|| answer(message)).flatten();
            let leniency = departure.leniency;
            self.warnings.push(Warning {
                rule: Some(leniency.rule().to_owned()),
                header: departure.header.as_ref().map(ToString::to_string),
                status: status.map(StatusCode::as_u16),
                ..self.warning(
                    WarningKind::Leniency,
                    leniency.name(),
                    leniency.summary().to_owned(),
                    Some(departure.offset),
                )
            });
        }
        for fault in faults(message) {
            if self.is_explained(&fault) {
                continue;
            }
            self.warnings.push(Warning {
                header: fault.header.as_ref().map(ToString::to_string),
                status: fault.status.map(StatusCode::as_u16),
                ..self.warning(WarningKind::Semantic, fault.code, fault.message, {
                    let in_header = fault.header.as_ref().and_then(|name| self.line_of(name));
                    fault.offset.or(in_header)
                })
            });
        }
        self.warnings.sort_by_key(|warning| warning.offset);
    }

    /// Adds what a reader expected to a warning of the strict grammar, if there is one about the same header.
    fn is_explained(&mut self, fault: &Fault) -> bool {
        let header = fault.header.as_ref().map(ToString::to_string);
        let is_same =
            |warning: &&mut Warning| warning.code == fault.code && warning.header == header;
        let Some(warning) = self.warnings.iter_mut().find(is_same) else { return false };
        warning.message.clone_from(&fault.message);
        true
    }

    fn line_of(&self, name: &HeaderName) -> Option<usize> {
        let name = name.to_string();
        self.headers.iter().find(|header| header.name == name).map(|header| header.offset)
    }

    fn warning(
        &self,
        kind: WarningKind,
        code: &str,
        message: String,
        offset: Option<usize>,
    ) -> Warning {
        let position = offset.map(|offset| Position::of(&self.text, offset));
        Warning {
            kind,
            code: code.to_owned(),
            message,
            rule: None,
            status: None,
            header: None,
            offset,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
        }
    }

    fn refusal(&self, error: &ParseMessageError) -> Refusal {
        let (code, layer) = code_and_layer(error.kind());
        self.refusal_at(code, error.kind().to_string(), layer, error.offset(), error.status())
    }

    fn strict(&self, message: &Message, departure: &Departure) -> Refusal {
        let layer = if departure.header.is_some() { Layer::Header } else { Layer::StartLine };
        let text = match &departure.header {
            Some(header) => format!("{} in {header}", departure.leniency.summary()),
            None => departure.leniency.summary().to_owned(),
        };
        self.refusal_at(departure.leniency.name(), text, layer, departure.offset, answer(message))
    }

    fn refusal_at(
        &self,
        code: &str,
        message: String,
        layer: Layer,
        offset: usize,
        status: Option<StatusCode>,
    ) -> Refusal {
        let Position { line, column } = Position::of(&self.text, offset);
        let status = status.map(StatusCode::as_u16);
        Refusal { code: code.to_owned(), message, layer, offset, line, column, status }
    }

    /// The line ends before the start line.
    fn skipped(&self) -> usize {
        self.text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
    }

    fn first_header(&self) -> usize {
        let skipped = self.skipped();
        let rest = self.text.get(skipped..).unwrap_or_default();
        skipped + rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |lf| lf + 1)
    }
}

/// The code that answers a request with a malformed header, if anything answers it.
fn answer(message: &Message) -> Option<StatusCode> {
    match message {
        Message::Request(request) => {
            let is_answered =
                *request.method() != centrala_sip::Method::Ack && request.has(&HeaderName::VIA);
            is_answered.then_some(StatusCode::BAD_REQUEST)
        }
        Message::Response(_) => None,
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the parser may learn to refuse more")]
fn code_and_layer(kind: Kind) -> (&'static str, Layer) {
    match kind {
        Kind::Empty => ("empty", Layer::Framing),
        Kind::NotSip => ("not-sip", Layer::StartLine),
        Kind::StartLine => ("malformed-start-line", Layer::StartLine),
        Kind::RequestUri(_) => ("malformed-request-uri", Layer::StartLine),
        Kind::UnsupportedVersion => ("unsupported-version", Layer::StartLine),
        Kind::StatusCode => ("malformed-status-code", Layer::StartLine),
        Kind::StartLineTooLong => ("start-line-too-long", Layer::StartLine),
        Kind::HeaderName => ("malformed-header-name", Layer::Header),
        Kind::HeaderTooLong => ("header-too-long", Layer::Header),
        Kind::BareCr => ("bare-cr", Layer::Framing),
        Kind::BareLf => ("bare-lf", Layer::Framing),
        Kind::NoEmptyLine => ("no-empty-line", Layer::Framing),
        Kind::ContentLength => ("malformed-content-length", Layer::Framing),
        Kind::RepeatedContentLength => ("repeated-content-length", Layer::Framing),
        Kind::BodyTooShort => ("body-too-short", Layer::Framing),
        Kind::NoContentLength => ("no-content-length", Layer::Framing),
        Kind::OctetsAfterBody => ("octets-after-body", Layer::Framing),
        Kind::MessageTooLong => ("message-too-long", Layer::Framing),
        Kind::TooManyHeaders => ("too-many-headers", Layer::Framing),
        _ => ("refused", Layer::Framing),
    }
}
