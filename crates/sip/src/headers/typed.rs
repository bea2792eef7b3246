//! Typed views of header values, parsed on demand.

use super::{Header, Headers, HeadersIter};
use crate::{
    CSeq, CallId, Challenge, Contact, Credentials, Expected, HeaderName, MediaType, Method,
    NameAddr, Via,
    grammar::{self, Fault, is_lws, is_token, trim},
    source::Source,
};

/// Why a header gives no value: absent, malformed and repeated are three different answers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The message has no such header.
    #[error("no {0} header")]
    Absent(HeaderName),
    /// The value does not follow the grammar.
    #[error("malformed {name}: expected {expected} at offset {offset}")]
    Malformed {
        /// The header.
        name: HeaderName,
        /// The position in the received message, or in the line if it was edited.
        offset: usize,
        /// What was expected there.
        expected: Expected,
    },
    /// The message has more than one of a header of which there can be only one.
    #[error("more than one {0} header")]
    Repeated(HeaderName),
}

impl HeaderError {
    /// Returns the header.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        match self {
            Self::Absent(name) | Self::Malformed { name, .. } | Self::Repeated(name) => name,
        }
    }
}

impl Headers {
    /// Returns the topmost Via.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none or the topmost cannot be read.
    pub fn via(&self) -> Result<Via, HeaderError> {
        self.vias().next().unwrap_or(Err(HeaderError::Absent(HeaderName::VIA)))
    }

    /// Iterates over all Vias, topmost first; ends after one that cannot be read in its line.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via, HeaderError>> + '_ {
        self.list(&HeaderName::VIA, Via::read)
    }

    /// Returns From.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none, more than one, or it cannot be read.
    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.name_addr(&HeaderName::FROM)
    }

    /// Returns To.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.name_addr(&HeaderName::TO)
    }

    /// Returns the address of a header that has exactly one, as Refer-To and Referred-By do.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn name_addr(&self, name: &HeaderName) -> Result<NameAddr, HeaderError> {
        read_only(self, name, NameAddr::read)
    }

    /// Iterates over the addresses of a header that may have many, as P-Asserted-Identity and Path do.
    pub fn name_addrs<'a>(
        &'a self,
        name: &'a HeaderName,
    ) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + 'a {
        self.list(name, NameAddr::read)
    }

    /// Returns Call-ID.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn call_id(&self) -> Result<CallId, HeaderError> {
        let header = self.single(&HeaderName::CALL_ID)?;
        CallId::read(header.source()).map_err(|fault| malformed(header, fault, 0))
    }

    /// Returns `CSeq`.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        let header = self.single(&HeaderName::CSEQ)?;
        CSeq::read(header.source()).map_err(|fault| malformed(header, fault, 0))
    }

    /// Iterates over all contacts; `*` is one of them.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact, HeaderError>> + '_ {
        self.list(&HeaderName::CONTACT, Contact::read)
    }

    /// Returns the only contact, as a dialog needs it (RFC 3261 section 12.1).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is none, more than one, it is `*`, or it cannot be read.
    pub fn contact(&self) -> Result<NameAddr, HeaderError> {
        let name = HeaderName::CONTACT;
        let mut contacts = self.contacts();
        let first = contacts.next().unwrap_or(Err(HeaderError::Absent(HeaderName::CONTACT)))?;
        if contacts.next().is_some() {
            return Err(HeaderError::Repeated(name));
        }
        match first {
            Contact::Address(address) => Ok(address),
            Contact::Wildcard => {
                let offset = self.find(&name).map_or(0, Header::offset);
                Err(HeaderError::Malformed { name, offset, expected: Expected::Uri })
            }
        }
    }

    /// Iterates over all routes, topmost first.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::ROUTE, NameAddr::read)
    }

    /// Iterates over all record-routes, topmost first.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.list(&HeaderName::RECORD_ROUTE, NameAddr::read)
    }

    /// Returns Max-Forwards.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn max_forwards(&self) -> Result<u32, HeaderError> {
        self.number(&HeaderName::MAX_FORWARDS)
    }

    /// Returns Expires in seconds. A value above 2^32 - 1 counts as that (RFC 3261 section 20.19 wants a
    /// malformed one to be treated as 3600; that is up to the caller).
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn expires(&self) -> Result<u32, HeaderError> {
        match self.number(&HeaderName::EXPIRES) {
            Err(HeaderError::Malformed { .. })
                if self.header(&HeaderName::EXPIRES).is_some_and(|value| {
                    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
                }) =>
            {
                Ok(u32::MAX)
            }
            answer => answer,
        }
    }

    /// Returns the number of a header that is one, as Max-Forwards, Min-Expires and `RSeq` are. A parameter or a
    /// comment after the number is left aside.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn number(&self, name: &HeaderName) -> Result<u32, HeaderError> {
        let header = self.single(name)?;
        let (used, number) = grammar::run(grammar::number, header.value())
            .map_err(|fault| malformed(header, fault, 0))?;
        let rest = header.value().get(used..).unwrap_or_default();
        if trim(rest).first().is_some_and(|byte| !matches!(byte, b';' | b'(')) {
            return Err(malformed(header, Fault { at: used, expected: Expected::End }, 0));
        }
        Ok(number)
    }

    /// Iterates over the challenges of WWW-Authenticate and Proxy-Authenticate, in their order.
    pub fn challenges(&self) -> impl Iterator<Item = Result<Challenge, HeaderError>> + '_ {
        self.iter().filter_map(|header| {
            Challenge::read(header).map(|read| read.map_err(|fault| malformed(header, fault, 0)))
        })
    }

    /// Iterates over the credentials of Authorization and Proxy-Authorization, in their order.
    pub fn credentials(&self) -> impl Iterator<Item = Result<Credentials, HeaderError>> + '_ {
        self.iter().filter_map(|header| {
            Credentials::read(header).map(|read| read.map_err(|fault| malformed(header, fault, 0)))
        })
    }

    /// Returns Content-Type.
    ///
    /// # Errors
    ///
    /// As [`Headers::from`].
    pub fn content_type(&self) -> Result<MediaType, HeaderError> {
        let header = self.single(&HeaderName::CONTENT_TYPE)?;
        MediaType::read(header.source()).map_err(|fault| malformed(header, fault, 0))
    }

    /// Iterates over the option tags of Require.
    pub fn require(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::REQUIRE)
    }

    /// Iterates over the option tags of Supported.
    pub fn supported(&self) -> impl Iterator<Item = Result<&str, HeaderError>> {
        self.tokens(&HeaderName::SUPPORTED)
    }

    /// Iterates over the methods of Allow.
    pub fn allow(&self) -> impl Iterator<Item = Result<Method, HeaderError>> + '_ {
        self.tokens(&HeaderName::ALLOW)
            .filter_map(|token| token.map(|token| token.parse().ok()).transpose())
    }

    /// Iterates over the tokens of a comma-separated header, as Require, Allow-Events and Privacy are.
    pub fn tokens<'a>(
        &'a self,
        name: &HeaderName,
    ) -> impl Iterator<Item = Result<&'a str, HeaderError>> + use<'a> {
        self.all(name).flat_map(|header| {
            // An empty value is an empty list (RFC 3261 section 20.37), empty elements are skipped.
            let elements = header.value().split(|&byte| byte == b',').map(trim);
            elements.filter(|element| !element.is_empty()).map(move |element| {
                let text = str::from_utf8(element).ok();
                text.filter(|text| text.bytes().all(is_token)).ok_or_else(|| {
                    let at = grammar::Span::of(header.value(), element).start();
                    malformed(header, Fault { at, expected: Expected::Token }, 0)
                })
            })
        })
    }

    /// The only header of that name.
    pub(crate) fn single(&self, name: &HeaderName) -> Result<Header<'_>, HeaderError> {
        let mut same = self.candidates(name).filter(|header| header.is(name));
        let first = same.next().ok_or_else(|| HeaderError::Absent(name.clone()))?;
        match same.next() {
            Some(_) => Err(HeaderError::Repeated(name.clone())),
            None => Ok(first),
        }
    }

    /// Reads comma-separated values over all headers of a name.
    pub(crate) fn list<'a, T: 'a>(
        &'a self,
        name: &HeaderName,
        read: ReadValue<T>,
    ) -> impl Iterator<Item = Result<T, HeaderError>> + use<'a, T> {
        List { headers: self.candidates(name), name: name.clone(), current: None, read }
    }
}

/// Reads one value from the start of a text and tells its length.
type ReadValue<T> = fn(Source<'_>) -> Result<(usize, T), Fault>;

/// Iterates over the comma-separated values of all headers of a name.
struct List<'a, T> {
    headers: HeadersIter<'a>,
    name: HeaderName,
    current: Option<Values<'a, T>>,
    read: ReadValue<T>,
}

impl<T> Iterator for List<'_, T> {
    type Item = Result<T, HeaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(value) = self.current.as_mut().and_then(Values::next) {
                return Some(value);
            }
            let header = self.headers.by_ref().find(|header| header.is(&self.name))?;
            self.current = Some(Values { header, position: Some(0), read: self.read });
        }
    }
}

/// Iterates over the comma-separated values of one header.
struct Values<'a, T> {
    header: Header<'a>,
    position: Option<usize>,
    read: ReadValue<T>,
}

impl<T> Iterator for Values<'_, T> {
    type Item = Result<T, HeaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.position.take()?;
        let value = self.header.value();
        let rest = value.get(start..)?;
        // The first value is read even if empty: an empty Via is malformed, not absent.
        let skipped = rest.iter().position(|&byte| !is_lws(byte)).unwrap_or(rest.len());
        let start = start + skipped;
        let rest = value.get(start..)?;
        match (self.read)(self.header.source().from(start)) {
            Ok((used, item)) => {
                let after = rest.get(used..).unwrap_or_default();
                let gap = after.iter().position(|&byte| !is_lws(byte)).unwrap_or(after.len());
                match after.get(gap) {
                    None => {}
                    Some(b',') => self.position = Some(start + used + gap + 1),
                    Some(_) => {
                        let fault = Fault { at: used + gap, expected: Expected::End };
                        return Some(Err(malformed(self.header, fault, start)));
                    }
                }
                Some(Ok(item))
            }
            Err(fault) => Some(Err(malformed(self.header, fault, start))),
        }
    }
}

/// Reads the value of a header that has exactly one.
pub(crate) fn read_only<T>(
    headers: &Headers,
    name: &HeaderName,
    read: ReadValue<T>,
) -> Result<T, HeaderError> {
    let header = headers.single(name)?;
    let (used, value) = read(header.source()).map_err(|fault| malformed(header, fault, 0))?;
    end_of(header, used).map(|()| value)
}

fn end_of(header: Header<'_>, used: usize) -> Result<(), HeaderError> {
    if trim(header.value().get(used..).unwrap_or_default()).is_empty() {
        return Ok(());
    }
    Err(malformed(header, Fault { at: used, expected: Expected::End }, 0))
}

fn malformed(header: Header<'_>, fault: Fault, start: usize) -> HeaderError {
    HeaderError::Malformed {
        name: header.name(),
        offset: header.offset() + start + fault.at,
        expected: fault.expected,
    }
}
