//! History-Info.

use alloc::{
    borrow::Cow,
    string::{String, ToString as _},
    vec::Vec,
};

use bytes::Bytes;

use super::{
    Reason,
    grammar::{
        ParseValueError, address_view, end_of_name, readable_unquoted, uri_header, uri_headers,
    },
};
use crate::{
    Expected, HeaderError, HeaderName, Headers, NameAddr, Uri,
    grammar::{Fault, Span, decimal, unquote},
    source::Source,
};

/// Where a request was sent before (RFC 7044 section 5): `<sip:bob@example.com>;index=1.1;rc=1`.
///
/// Reason and privacy are headers of the URI:
///
/// ```
/// use centrala_sip::{HistoryChange, HistoryInfo};
/// let entry: HistoryInfo =
///     "<sip:bob@192.0.2.3?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1".parse()?;
/// assert_eq!(entry.index().collect::<Vec<_>>(), [1, 2]);
/// assert_eq!(entry.change(), Some(HistoryChange::Mapped("1")));
/// assert_eq!(entry.reasons().next().unwrap()?.cause(), Some(486));
/// let next = HistoryInfo::new(&"sip:vm@example.com".parse()?, &[1, 3])?
///     .with_change(HistoryChange::Mapped("1.2"))?;
/// assert_eq!(next.to_string(), "<sip:vm@example.com>;index=1.3;mp=1.2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryInfo {
    address: NameAddr,
}

/// How a target came out of an earlier one, and the index of that (RFC 7044 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7044 section 5 closes the set")]
pub enum HistoryChange<'a> {
    /// `rc`: a registration or route of the same user was resolved.
    Resolved(&'a str),
    /// `mp`: another user is meant now.
    Mapped(&'a str),
    /// `np`: the user part and parameters stayed, the host changed.
    Unchanged(&'a str),
}

address_view!(HistoryInfo);

impl HistoryInfo {
    /// Makes an entry of a target and its index.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the index has no number.
    pub fn new(target: &Uri, index: &[u32]) -> Result<Self, ParseValueError> {
        let numbers: Vec<String> = index.iter().map(u32::to_string).collect();
        Self::with(&NameAddr::new(target), "index", &numbers.join("."))
    }

    /// Returns the same which tells how this target came out of an earlier one.
    ///
    /// # Errors
    ///
    /// [`ParseValueError`] if the index is not numbers with dots between them.
    pub fn with_change(&self, change: HistoryChange<'_>) -> Result<Self, ParseValueError> {
        let bare = ["rc", "mp", "np"]
            .iter()
            .fold(self.address.clone(), |address, name| address.without_param(name));
        match change {
            HistoryChange::Resolved(index) => Self::with(&bare, "rc", index),
            HistoryChange::Mapped(index) => Self::with(&bare, "mp", index),
            HistoryChange::Unchanged(index) => Self::with(&bare, "np", index),
        }
    }

    /// Iterates over the numbers of the index, root first; none if it is missing, which RFC 7044 forbids.
    pub fn index(&self) -> impl Iterator<Item = u32> {
        self.index_str().into_iter().flat_map(|index| index.split('.')).filter_map(|number| {
            // `read` found them to be numbers.
            decimal(number.trim_matches('"').as_bytes())
        })
    }

    /// Returns the index as it was written.
    #[must_use]
    pub fn index_str(&self) -> Option<&str> {
        self.params().value("index")
    }

    /// Tells how this target came out of an earlier one, without quotes; `None` if no index of that one is told.
    #[must_use]
    pub fn change(&self) -> Option<HistoryChange<'_>> {
        let of = |name: &str| {
            let index = self.params().value(name)?.trim_matches('"');
            Some(index).filter(|index| is_index(index.as_bytes()))
        };
        of("rc")
            .map(HistoryChange::Resolved)
            .or_else(|| of("mp").map(HistoryChange::Mapped))
            .or_else(|| of("np").map(HistoryChange::Unchanged))
    }

    /// Iterates over the reasons in the URI: why the request left this target.
    pub fn reasons(&self) -> impl Iterator<Item = Result<Reason, ParseValueError>> {
        uri_headers(self.uri(), "Reason").map(|text| Reason::parse(&text))
    }

    /// Returns the privacy in the URI, without escapes: `history` or `none`.
    #[must_use]
    pub fn privacy(&self) -> Option<Bytes> {
        uri_header(self.uri(), "Privacy")
    }

    /// Returns the `cause` in the URI, which says why voicemail got the call (RFC 4458 section 3).
    #[must_use]
    pub fn cause(&self) -> Option<u32> {
        decimal(self.uri().params().value("cause")?.as_bytes())
    }

    /// Returns a parameter without quotes.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params().get(name)?.raw_value().map(readable_unquoted)
    }

    fn with(address: &NameAddr, name: &str, index: &str) -> Result<Self, ParseValueError> {
        let error = ParseValueError::part(Expected::Number);
        if !is_index(index.as_bytes()) {
            return Err(error);
        }
        let address = address.with_param(name, Some(index)).ok_or(error)?;
        Ok(Self { address })
    }

    fn read(source: Source<'_>) -> Result<(usize, Self), Fault> {
        let (used, address) = NameAddr::read(source)?;
        if let Some(index) = address.params().get("index") {
            let value = index.raw_value().unwrap_or_default();
            if !is_index(&unquote(value)) {
                let at = if value.is_empty() {
                    end_of_name(address.as_bytes(), index)
                } else {
                    Span::of(address.as_bytes(), value).start()
                };
                return Err(Fault { at, expected: Expected::Number });
            }
        }
        Ok((used, Self { address }))
    }
}

impl Headers {
    /// Iterates over the history, oldest first.
    pub fn history_info(&self) -> impl Iterator<Item = Result<HistoryInfo, HeaderError>> + '_ {
        self.list(&HeaderName::HISTORY_INFO, HistoryInfo::read)
    }
}

/// Tells whether a text is `1*DIGIT *( DOT 1*DIGIT )`.
fn is_index(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').all(|number| decimal(number).is_some())
}
