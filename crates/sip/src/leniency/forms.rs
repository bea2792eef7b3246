//! Which grammar each header has.

use alloc::string::ToString as _;

use super::{
    Leniency,
    address::{Brackets, accept_param, generic_param, media_param, tag_param},
    auth::AuthRole,
    reader::{Broken, Param, Reader, Step, is_control},
    uri::Place,
};
use crate::{
    Date,
    grammar::{decimal, is_token, trim, unfold},
    header_name::HeaderId,
};

/// Whether a header may be there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Many,
}

/// Whether a list may have no elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Empty {
    Allowed,
    Forbidden,
}

/// Returns the grammar of a header and how often it may be there.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn form<'a>(id: HeaderId) -> (Times, fn(&mut Reader<'a>) -> Step) {
    use Times::{Many, Once};
    match id {
        HeaderId::VIA => (Many, |reader| reader.list(Reader::via)),
        HeaderId::FROM | HeaderId::TO => {
            (Once, |reader| reader.address(Place::FromOrTo, Brackets::Optional, tag_param))
        }
        HeaderId::CONTACT => (Many, Reader::contacts),
        HeaderId::ROUTE | HeaderId::RECORD_ROUTE | HeaderId::PATH | HeaderId::SERVICE_ROUTE => {
            (Many, |reader| {
                reader
                    .list(|reader| reader.address(Place::Route, Brackets::Required, generic_param))
            })
        }
        HeaderId::DIVERSION | HeaderId::HISTORY_INFO => (Many, |reader| {
            reader
                .list(|reader| reader.address(Place::Elsewhere, Brackets::Required, generic_param))
        }),
        HeaderId::P_ASSERTED_IDENTITY | HeaderId::P_PREFERRED_IDENTITY => (Many, |reader| {
            reader.list(|reader| {
                reader.address(Place::Elsewhere, Brackets::Optional, unexpected_param)
            })
        }),
        HeaderId::REPLY_TO
        | HeaderId::REFER_TO
        | HeaderId::REFERRED_BY
        | HeaderId::P_CALLED_PARTY_ID => {
            (Once, |reader| reader.address(Place::Elsewhere, Brackets::Optional, generic_param))
        }
        HeaderId::CALL_ID => (Once, Reader::call_id),
        HeaderId::IN_REPLY_TO => (Many, |reader| reader.list(Reader::call_id)),
        HeaderId::REPLACES | HeaderId::JOIN | HeaderId::TARGET_DIALOG => (Once, |reader| {
            reader.call_id()?;
            reader.params(generic_param)
        }),
        HeaderId::CSEQ => (Once, Reader::cseq),
        HeaderId::RACK => (Once, Reader::rack),
        HeaderId::MAX_FORWARDS => (Once, |reader| reader.number(255)),
        HeaderId::EXPIRES
        | HeaderId::MIN_EXPIRES
        | HeaderId::RSEQ
        | HeaderId::FLOW_TIMER
        | HeaderId::CONTENT_LENGTH => (Once, |reader| reader.number(u32::MAX)),
        HeaderId::SESSION_EXPIRES | HeaderId::MIN_SE => (Once, |reader| {
            reader.digits()?;
            reader.params(generic_param)
        }),
        HeaderId::RETRY_AFTER => (Once, Reader::retry_after),
        HeaderId::TIMESTAMP => (Once, Reader::timestamp),
        HeaderId::MIME_VERSION => (Once, Reader::decimal_number),
        HeaderId::DATE => (Once, Reader::date),
        HeaderId::WARNING => (Many, |reader| reader.list(Reader::warning)),
        HeaderId::CONTENT_TYPE => (Once, |reader| {
            reader.media_range()?;
            reader.params(media_param)
        }),
        HeaderId::ACCEPT => (Many, |reader| {
            reader.list_or_nothing(|reader| {
                reader.media_range()?;
                reader.params(accept_param)
            })
        }),
        HeaderId::ACCEPT_ENCODING | HeaderId::ACCEPT_LANGUAGE => {
            (Many, |reader| reader.list_or_nothing(Reader::token_with_params))
        }
        HeaderId::ACCEPT_CONTACT | HeaderId::REJECT_CONTACT | HeaderId::REASON => {
            (Many, |reader| reader.list(Reader::token_with_params))
        }
        HeaderId::CONTENT_DISPOSITION
        | HeaderId::EVENT
        | HeaderId::SUBSCRIPTION_STATE
        | HeaderId::ANSWER_MODE
        | HeaderId::PRIV_ANSWER_MODE
        | HeaderId::REFER_SUB => (Once, Reader::token_with_params),
        HeaderId::ALLOW | HeaderId::SUPPORTED => (Many, |reader| reader.tokens(Empty::Allowed)),
        HeaderId::REQUIRE
        | HeaderId::PROXY_REQUIRE
        | HeaderId::UNSUPPORTED
        | HeaderId::ALLOW_EVENTS
        | HeaderId::CONTENT_ENCODING
        | HeaderId::CONTENT_LANGUAGE
        | HeaderId::REQUEST_DISPOSITION => (Many, |reader| reader.tokens(Empty::Forbidden)),
        HeaderId::PRIVACY => (Once, Reader::privacy),
        HeaderId::PRIORITY | HeaderId::SIP_ETAG | HeaderId::SIP_IF_MATCH => {
            (Once, |reader| reader.token().map(|_| ()))
        }
        HeaderId::ALERT_INFO | HeaderId::CALL_INFO | HeaderId::ERROR_INFO => {
            (Many, |reader| reader.list(Reader::link))
        }
        HeaderId::P_CHARGING_VECTOR => (Once, Reader::charging_vector),
        HeaderId::WWW_AUTHENTICATE | HeaderId::PROXY_AUTHENTICATE => {
            (Many, |reader| reader.auth(AuthRole::Challenge))
        }
        HeaderId::AUTHORIZATION | HeaderId::PROXY_AUTHORIZATION => {
            (Many, |reader| reader.auth(AuthRole::Credentials))
        }
        HeaderId::AUTHENTICATION_INFO => (Once, |reader| reader.auth_params(AuthRole::Credentials)),
        HeaderId::USER_AGENT | HeaderId::SERVER => (Once, |reader| {
            reader.products();
            Ok(())
        }),
        HeaderId::SUBJECT | HeaderId::ORGANIZATION => (Once, free_text),
        _ => (Many, free_text),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of many grammars")]
fn free_text(reader: &mut Reader<'_>) -> Step {
    reader.text();
    Ok(())
}

fn unexpected_param(reader: &mut Reader<'_>, param: Param<'_>) {
    reader.note(Leniency::UnexpectedParameter, param.at);
}

impl Reader<'_> {
    fn list_or_nothing(&mut self, item: impl Fn(&mut Self) -> Step) -> Step {
        if self.is_at_end() { Ok(()) } else { self.list(item) }
    }

    /// Reads tokens between commas. Lenient readers skip empty elements.
    fn tokens(&mut self, empty: Empty) -> Step {
        if self.is_at_end() {
            if empty == Empty::Forbidden {
                self.note_here(Leniency::EmptyElement);
            }
            return Ok(());
        }
        loop {
            let at = self.position();
            self.sws();
            if self.take_while(is_token).is_empty() {
                if !self.is_at_end() && self.peek() != Some(b',') {
                    return Err(Broken);
                }
                self.note(Leniency::EmptyElement, at);
            }
            if !self.separator(b',') {
                return Ok(());
            }
        }
    }

    fn token_with_params(&mut self) -> Step {
        self.sws();
        self.token()?;
        self.params(generic_param)
    }

    /// Reads `token SLASH token`; `*` is a token.
    fn media_range(&mut self) -> Step {
        self.sws();
        self.token()?;
        if !self.separator(b'/') {
            return Err(Broken);
        }
        self.token().map(|_| ())
    }

    /// Reads `priv-value *( ";" priv-value )` (RFC 3323 section 4.2).
    fn privacy(&mut self) -> Step {
        loop {
            self.token()?;
            let at = self.position();
            if self.separator(b',') {
                self.note(Leniency::PrivacyComma, at);
            } else if !self.separator(b';') {
                return Ok(());
            }
        }
    }

    /// Reads `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`.
    fn link(&mut self) -> Step {
        self.sws();
        if self.octet(b'<') {
            self.bracketed(Place::Elsewhere)?;
            return self.params(generic_param);
        }
        let start = self.position();
        let label = self.take_while(|byte| !matches!(byte, b';' | b',' | b'<' | b'"'));
        self.go_to(start + trim(label).len());
        let end = self.position();
        self.params(generic_param)?;
        if self.position() == start {
            return Err(Broken);
        }
        // Before a comma or the end there was at least a word or a parameter.
        let at = if end > start { start } else { end };
        self.note(Leniency::BareLink, at);
        Ok(())
    }

    /// Reads `icid-value EQUAL gen-value *( SEMI charge-param )` (RFC 7315 section 5.6).
    fn charging_vector(&mut self) -> Step {
        let at = self.position();
        let name = self.token()?;
        if !name.eq_ignore_ascii_case(b"icid-value") {
            self.note(Leniency::ParameterOrder, at);
        }
        if self.separator(b'=') {
            let at = self.position();
            let value = self.param_value()?;
            generic_param(self, Param { name, value: Some(value), at });
        }
        self.params(generic_param)
    }

    /// Reads `word [ "@" word ]`.
    fn call_id(&mut self) -> Step {
        self.sws();
        let start = self.position();
        let text =
            self.take_while(|byte| byte > b' ' && byte < 0x7f && !matches!(byte, b';' | b','));
        let mut words = text.splitn(2, |&byte| byte == b'@');
        if text.is_empty() {
            return Err(Broken);
        }
        let is_word = |byte: &u8| is_token(*byte) || b"()<>:\\\"/[]?{}".contains(byte);
        let is_kept = words.all(|word| !word.is_empty() && word.iter().all(is_word));
        if !is_kept {
            self.note(Leniency::CallIdNotWord, start);
        }
        Ok(())
    }

    /// Reads `1*DIGIT LWS Method`.
    fn cseq(&mut self) -> Step {
        let start = self.position();
        let number = decimal(self.digits()?);
        let Some(number) = number else {
            self.go_to(start);
            return Err(Broken);
        };
        if number >= 1 << 31 {
            self.note(Leniency::CSeqOutOfRange, start);
        }
        self.lws()?;
        self.token().map(|_| ())
    }

    /// Reads `1*DIGIT LWS 1*DIGIT LWS Method` (RFC 3262 section 10).
    fn rack(&mut self) -> Step {
        self.digits()?;
        self.lws()?;
        self.cseq()
    }

    /// Reads `1*DIGIT`. Lenient readers leave aside what follows in some headers.
    fn number(&mut self, max: u32) -> Step {
        let start = self.position();
        let digits = self.digits()?;
        if decimal(digits).is_none_or(|number| number > max) {
            self.note(Leniency::NumberOutOfRange, start);
        }
        if !self.is_at_end() {
            let at = self.position();
            if !self.sws() && !matches!(self.peek(), Some(b';' | b'(')) {
                return Err(Broken);
            }
            self.note(Leniency::TextAfterNumber, at);
            self.skip_all();
        }
        Ok(())
    }

    /// Reads `delta-seconds [ comment ] *( SEMI retry-param )`.
    fn retry_after(&mut self) -> Step {
        let start = self.position();
        if decimal(self.digits()?).is_none() {
            self.note(Leniency::NumberOutOfRange, start);
        }
        let at = self.position();
        self.sws();
        if self.peek() == Some(b'(') {
            self.comment()?;
            self.sws();
        } else {
            self.go_to(at);
        }
        self.params(generic_param)
    }

    /// Reads `1*DIGIT [ "." *DIGIT ] [ LWS delay ]`.
    fn timestamp(&mut self) -> Step {
        self.digits()?;
        if self.octet(b'.') {
            self.take_while(|byte| byte.is_ascii_digit());
        }
        if self.sws() {
            self.take_while(|byte| byte.is_ascii_digit());
            if self.octet(b'.') {
                self.take_while(|byte| byte.is_ascii_digit());
            }
        }
        Ok(())
    }

    /// Reads `1*DIGIT "." 1*DIGIT`.
    fn decimal_number(&mut self) -> Step {
        self.digits()?;
        if !self.octet(b'.') {
            return Err(Broken);
        }
        self.digits().map(|_| ())
    }

    /// Reads `wkday "," SP date1 SP time SP "GMT"`.
    fn date(&mut self) -> Step {
        let text = self.rest();
        let plain = unfold(text);
        let plain = str::from_utf8(&plain).map_err(|_| Broken)?;
        let date: Date = plain.parse().map_err(|_| Broken)?;
        // What is printed has the one form that RFC 3261 section 20.17 allows.
        if date.to_string().as_bytes() != text {
            self.note_here(Leniency::DateForm);
        }
        self.skip_all();
        Ok(())
    }

    /// Reads `warn-code SP warn-agent SP warn-text`.
    fn warning(&mut self) -> Step {
        self.sws();
        if self.digits()?.len() != 3 || !self.octet(b' ') {
            return Err(Broken);
        }
        let agent = self.take_while(|byte| is_token(byte) || matches!(byte, b':' | b'[' | b']'));
        if agent.is_empty() || !self.octet(b' ') {
            return Err(Broken);
        }
        self.quoted_string().map(|_| ())
    }

    /// Reads `server-val *( LWS server-val )`.
    fn products(&mut self) {
        let start = self.position();
        while !self.is_at_end() {
            if self.product().is_err() || !(self.sws() || self.is_at_end()) {
                self.note_here(Leniency::ProductText);
                self.text();
                return;
            }
        }
        if self.position() == start {
            self.note(Leniency::ProductText, start);
        }
    }

    /// Reads `token [ SLASH token ]` or a comment.
    fn product(&mut self) -> Step {
        if self.peek() == Some(b'(') {
            return self.comment();
        }
        self.token()?;
        if self.separator(b'/') {
            self.token()?;
        }
        Ok(())
    }

    /// Reads a comment with those in it.
    fn comment(&mut self) -> Step {
        let (start, text) = (self.position(), self.rest());
        let (mut position, mut depth) = (0, 0_usize);
        loop {
            match text.get(position).ok_or(Broken)? {
                b'\\' => position += 1,
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                octet if is_control(*octet) => {
                    self.note(Leniency::ControlCharacter, start + position);
                }
                _ => {}
            }
            position += 1;
            if depth == 0 {
                let comment = self.take(position);
                self.check_utf8(comment, start);
                return Ok(());
            }
        }
    }
}
