//! Values of single headers by the letter of their RFCs.

use alloc::string::ToString as _;

use super::{
    Leniency,
    address::generic_param,
    reader::{Broken, Names, Reader, Step, is_control},
    uri::Place,
};
use crate::{
    Date,
    grammar::{decimal, is_token, trim, unfold},
};

/// Whether a list may have no elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Allowed,
    Forbidden,
}

impl Reader<'_> {
    /// Reads values between commas, or nothing at all. Lenient readers skip empty elements.
    pub(super) fn list_or_nothing(&mut self, item: impl Fn(&mut Self) -> Step) -> Step {
        if self.is_at_end() {
            return Ok(());
        }
        self.list(|reader| {
            let at = reader.position();
            reader.sws();
            if matches!(reader.peek(), None | Some(b',')) {
                reader.note(Leniency::EmptyElement, at);
                return Ok(());
            }
            item(reader)
        })
    }

    /// Reads tokens between commas. Lenient readers skip empty elements.
    pub(super) fn tokens(&mut self, empty: Empty) -> Step {
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

    pub(super) fn token_with_params(&mut self) -> Step {
        self.sws();
        self.token()?;
        self.params(generic_param)
    }

    /// Reads `token SLASH token`; `*` is a token.
    pub(super) fn media_range(&mut self) -> Step {
        self.sws();
        self.token()?;
        if !self.separator(b'/') {
            return Err(Broken);
        }
        self.token().map(|_| ())
    }

    /// Reads `priv-value *( ";" priv-value )` (RFC 3323 section 4.2).
    pub(super) fn privacy(&mut self) -> Step {
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
    pub(super) fn link(&mut self) -> Step {
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
    pub(super) fn charging_vector(&mut self) -> Step {
        let at = self.position();
        let first = self.attribute(generic_param)?;
        if !first.eq_ignore_ascii_case(b"icid-value") {
            self.note(Leniency::ParameterOrder, at);
        }
        let mut names = Names::default();
        names.add(first, at);
        self.attributes_after(names, generic_param)
    }

    /// Reads `signed-identity-digest SEMI ident-info *( SEMI ident-info-params )` (RFC 8224 section 4).
    pub(super) fn identity(&mut self) -> Step {
        self.sws();
        let start = self.position();
        let is_digest = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.".contains(&byte);
        if self.peek() == Some(b'"') {
            self.quoted_string()?;
            self.note(Leniency::IdentityForm, start);
        } else if self.take_while(is_digest).is_empty() {
            return Err(Broken);
        }
        let mut names = Names::default();
        let mut at = self.position();
        let mut has_info = false;
        while self.separator(b';') {
            at = self.position();
            let name = self.token()?;
            let is_info = name.eq_ignore_ascii_case(b"info");
            if !is_info && !has_info {
                self.note(Leniency::IdentityForm, at);
            }
            names.add(name, at);
            has_info = true;
            if is_info {
                if !self.separator(b'=') || !self.octet(b'<') {
                    return Err(Broken);
                }
                self.bracketed(Place::Elsewhere)?;
            } else {
                self.go_to(at);
                self.attribute(generic_param)?;
            }
        }
        if !has_info {
            self.note(Leniency::IdentityForm, at);
        }
        self.note_repeated(names);
        Ok(())
    }

    /// Reads `word [ "@" word ]`, up to white space or one of these octets.
    pub(super) fn call_id(&mut self, ends: &[u8]) -> Step {
        self.sws();
        let start = self.position();
        let text = self.take_while(|byte| byte > b' ' && byte < 0x7f && !ends.contains(&byte));
        if text.is_empty() {
            return Err(Broken);
        }
        let is_word = |byte: &u8| is_token(*byte) || b"()<>:\\\"/[]?{}".contains(byte);
        let mut words = text.splitn(2, |&byte| byte == b'@');
        let is_kept = words.all(|word| !word.is_empty() && word.iter().all(is_word));
        if !is_kept {
            self.note(Leniency::CallIdNotWord, start);
        }
        Ok(())
    }

    /// Reads `1*DIGIT LWS Method`.
    pub(super) fn cseq(&mut self) -> Step {
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
    pub(super) fn rack(&mut self) -> Step {
        self.response_number()?;
        self.lws()?;
        self.cseq()
    }

    /// Reads `1*DIGIT` which is not 0 (RFC 3262 section 7.1).
    fn response_number(&mut self) -> Step {
        let start = self.position();
        if decimal(self.digits()?).is_none_or(|number| number == 0) {
            self.note(Leniency::NumberOutOfRange, start);
        }
        Ok(())
    }

    /// Reads the number of a provisional response, and what lenient readers leave aside.
    pub(super) fn rseq(&mut self) -> Step {
        self.response_number()?;
        self.number_tail()
    }

    /// Reads `1*DIGIT`. Lenient readers leave aside what follows in some headers.
    pub(super) fn number(&mut self, max: u32) -> Step {
        let start = self.position();
        let digits = self.digits()?;
        if decimal(digits).is_none_or(|number| number > max) {
            self.note(Leniency::NumberOutOfRange, start);
        }
        self.number_tail()
    }

    /// Reads `delta-seconds *( SEMI generic-param )` (RFC 4028 section 5).
    pub(super) fn min_se(&mut self) -> Step {
        self.digits()?;
        let at = self.position();
        if self.params(generic_param).is_err() || !self.is_at_end() {
            self.go_to(at);
            return self.number_tail();
        }
        Ok(())
    }

    /// Leaves aside what stands behind a number, as lenient readers do.
    fn number_tail(&mut self) -> Step {
        let at = self.position();
        if self.is_at_end() {
            return Ok(());
        }
        if !self.sws() && !matches!(self.peek(), Some(b';' | b'(')) {
            return Err(Broken);
        }
        self.note(Leniency::TextAfterNumber, at);
        self.skip_all();
        Ok(())
    }

    /// Reads `delta-seconds [ comment ] *( SEMI retry-param )`.
    pub(super) fn retry_after(&mut self) -> Step {
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
    pub(super) fn timestamp(&mut self) -> Step {
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

    /// Reads `1*DIGIT "." 1*DIGIT`. Lenient readers take spaces and the comments of RFC 2045 section 4.
    pub(super) fn mime_version(&mut self) -> Step {
        let start = self.position();
        self.remark()?;
        self.digits()?;
        let before_dot = self.position();
        if !self.separator(b'.') {
            return Err(Broken);
        }
        let has_space = self.position() != before_dot + 1;
        self.digits()?;
        let end = self.position();
        self.remark()?;
        if has_space || self.position() != end || self.text_from(start).first() == Some(&b'(') {
            self.note(Leniency::TextAfterNumber, start);
        }
        Ok(())
    }

    /// Reads a comment, if there is one.
    fn remark(&mut self) -> Step {
        self.sws();
        if self.peek() == Some(b'(') {
            self.comment()?;
            self.sws();
        }
        Ok(())
    }

    /// Reads `wkday "," SP date1 SP time SP "GMT"`.
    pub(super) fn date(&mut self) -> Step {
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
    pub(super) fn warning(&mut self) -> Step {
        self.sws();
        if self.digits()?.len() != 3 {
            return Err(Broken);
        }
        self.warning_space()?;
        let at = self.position();
        let agent = self
            .take_while(|byte| byte > b' ' && byte < 0x7f && !matches!(byte, b',' | b'"' | b';'));
        let is_part = |byte: &u8| is_token(*byte) || matches!(byte, b':' | b'[' | b']');
        if agent.is_empty() {
            return Err(Broken);
        }
        if !agent.iter().all(is_part) {
            self.note(Leniency::WarningForm, at);
        }
        self.warning_space()?;
        if self.peek() == Some(b'"') {
            return self.quoted_string().map(|_| ());
        }
        let at = self.position();
        let words = trim(self.take_while(|byte| byte != b','));
        self.go_to(at + words.len());
        if words.is_empty() {
            return Err(Broken);
        }
        self.note(Leniency::WarningForm, at);
        Ok(())
    }

    fn warning_space(&mut self) -> Step {
        let at = self.position();
        self.lws()?;
        if self.text_from(at).get(..self.position() - at) != Some(b" ") {
            self.note(Leniency::WarningForm, at);
        }
        Ok(())
    }

    /// Reads `server-val *( LWS server-val )`.
    pub(super) fn products(&mut self) {
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
