//! What is wrong with the headers of a message, as far as their grammar is known.

use alloc::vec::Vec;

use crate::{HeaderError, Headers};

impl Headers {
    /// Iterates over what is wrong with every header whose grammar this crate knows: malformed values, and
    /// headers of which there can be only one. A header that is absent is not wrong.
    ///
    /// Nothing is refused because of these: a proxy ignores what it need not understand (RFC 3261 section 16.3).
    /// The order is that of the header names, then that of the message.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use centrala_sip::{HeaderError, HeaderName, Message};
    /// let text = Bytes::from_static(b"BYE sip:a@b SIP/2.0\r\nMax-Forwards: many\r\n\r\n");
    /// let Message::Request(bye) = Message::parse(text)? else { panic!("a request") };
    /// let found: Vec<HeaderError> = bye.malformed().collect();
    /// assert_eq!(found.len(), 1);
    /// assert_eq!(found[0].name(), &HeaderName::MAX_FORWARDS);
    /// # Ok::<(), centrala_sip::ParseMessageError>(())
    /// ```
    pub fn malformed(&self) -> impl Iterator<Item = HeaderError> + '_ {
        KNOWN.iter().flat_map(|check| {
            let mut found = Vec::new();
            check(self, &mut found);
            found
        })
    }
}

/// Reads all there is of one header and adds what is wrong.
type Check = fn(&Headers, &mut Vec<HeaderError>);

/// One entry per header, by name.
const KNOWN: &[Check] = &[
    |headers, found| each(headers.allow(), found),
    |headers, found| each(headers.credentials(), found),
    |headers, found| one(headers.call_id(), found),
    |headers, found| each(headers.contacts(), found),
    |headers, found| one(headers.content_type(), found),
    |headers, found| one(headers.cseq(), found),
    |headers, found| one(headers.expires(), found),
    |headers, found| one(headers.from(), found),
    |headers, found| one(headers.max_forwards(), found),
    |headers, found| each(headers.challenges(), found),
    |headers, found| each(headers.record_routes(), found),
    |headers, found| each(headers.require(), found),
    |headers, found| one(headers.retry_after(), found),
    |headers, found| each(headers.routes(), found),
    |headers, found| each(headers.supported(), found),
    |headers, found| one(headers.to(), found),
    |headers, found| each(headers.vias(), found),
];

fn one<T>(read: Result<T, HeaderError>, found: &mut Vec<HeaderError>) {
    found.extend(read.err().filter(|error| !matches!(error, HeaderError::Absent(_))));
}

fn each<T>(read: impl Iterator<Item = Result<T, HeaderError>>, found: &mut Vec<HeaderError>) {
    found.extend(read.filter_map(Result::err));
}
