//! What is wrong with the headers of a message, as far as their grammar is known.

use alloc::vec::Vec;

use crate::{AuthParty, HeaderError, Headers};

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
    |headers, found| each(headers.accept(), found),
    |headers, found| each(headers.accept_contacts(), found),
    |headers, found| each(headers.accept_encoding(), found),
    |headers, found| each(headers.accept_language(), found),
    |headers, found| each(headers.alert_info(), found),
    |headers, found| each(headers.allow(), found),
    |headers, found| each(headers.allow_events(), found),
    |headers, found| one(headers.answer_mode(), found),
    |headers, found| one(headers.authentication_info(AuthParty::Server), found),
    // Authorization and Proxy-Authorization.
    |headers, found| each(headers.credentials(), found),
    |headers, found| one(headers.call_id(), found),
    |headers, found| each(headers.call_info(), found),
    |headers, found| each(headers.contacts(), found),
    |headers, found| one(headers.content_disposition(), found),
    |headers, found| each(headers.content_encoding(), found),
    |headers, found| each(headers.content_language(), found),
    |headers, found| one(headers.content_length(), found),
    |headers, found| one(headers.content_type(), found),
    |headers, found| one(headers.cseq(), found),
    |headers, found| one(headers.date(), found),
    |headers, found| each(headers.diversions(), found),
    |headers, found| each(headers.error_info(), found),
    |headers, found| one(headers.event(), found),
    |headers, found| one(headers.expires(), found),
    |headers, found| one(headers.flow_timer(), found),
    |headers, found| one(headers.from(), found),
    |headers, found| each(headers.history_info(), found),
    |headers, found| each(headers.identities(), found),
    |headers, found| each(headers.in_reply_to(), found),
    |headers, found| one(headers.join(), found),
    |headers, found| one(headers.max_forwards(), found),
    |headers, found| one(headers.mime_version(), found),
    |headers, found| one(headers.min_expires(), found),
    |headers, found| one(headers.min_se(), found),
    |headers, found| one(headers.organization(), found),
    |headers, found| each(headers.p_asserted_identities(), found),
    |headers, found| one(headers.p_called_party_id(), found),
    |headers, found| one(headers.p_charging_vector(), found),
    |headers, found| each(headers.p_preferred_identities(), found),
    |headers, found| each(headers.paths(), found),
    |headers, found| one(headers.priority(), found),
    |headers, found| one(headers.privacy(), found),
    |headers, found| one(headers.priv_answer_mode(), found),
    |headers, found| one(headers.authentication_info(AuthParty::Proxy), found),
    |headers, found| each(headers.proxy_require(), found),
    |headers, found| one(headers.rack(), found),
    |headers, found| each(headers.reasons(), found),
    |headers, found| each(headers.record_routes(), found),
    |headers, found| one(headers.refer_sub(), found),
    |headers, found| one(headers.refer_to(), found),
    |headers, found| one(headers.referred_by(), found),
    |headers, found| each(headers.reject_contacts(), found),
    |headers, found| one(headers.replaces(), found),
    |headers, found| one(headers.reply_to(), found),
    |headers, found| each(headers.request_disposition(), found),
    |headers, found| each(headers.require(), found),
    |headers, found| one(headers.retry_after(), found),
    |headers, found| each(headers.routes(), found),
    |headers, found| one(headers.rseq(), found),
    |headers, found| one(headers.server(), found),
    |headers, found| each(headers.service_routes(), found),
    |headers, found| one(headers.session_expires(), found),
    |headers, found| one(headers.sip_etag(), found),
    |headers, found| one(headers.sip_if_match(), found),
    |headers, found| one(headers.subject(), found),
    |headers, found| one(headers.subscription_state(), found),
    |headers, found| each(headers.supported(), found),
    |headers, found| one(headers.target_dialog(), found),
    |headers, found| one(headers.timestamp(), found),
    |headers, found| one(headers.to(), found),
    |headers, found| each(headers.unsupported(), found),
    |headers, found| one(headers.user_agent(), found),
    |headers, found| each(headers.vias(), found),
    |headers, found| each(headers.warnings(), found),
    // WWW-Authenticate and Proxy-Authenticate.
    |headers, found| each(headers.challenges(), found),
];

fn one<T>(read: Result<T, HeaderError>, found: &mut Vec<HeaderError>) {
    found.extend(read.err().filter(|error| !matches!(error, HeaderError::Absent(_))));
}

fn each<T>(read: impl Iterator<Item = Result<T, HeaderError>>, found: &mut Vec<HeaderError>) {
    found.extend(read.filter_map(Result::err));
}
