//! Addresses, Vias and their parameters by the letter of RFC 3261 section 25.1.

use core::net::Ipv4Addr;

use super::{
    Leniency,
    reader::{Broken, Param, ParamRule, Reader, Step},
    uri::Place,
};
use crate::{
    Via,
    grammar::{decimal, is_lws, is_token, trim},
    host,
};

/// Whether an address may stand without angle brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    Required,
    Optional,
}

impl<'a> Reader<'a> {
    /// Reads `( name-addr / addr-spec ) *( SEMI param )`.
    pub(super) fn address(&mut self, place: Place, brackets: Brackets, rule: ParamRule) -> Step {
        self.sws();
        let is_quoted = self.peek() == Some(b'"');
        if is_quoted {
            self.quoted_string()?;
            self.sws();
        } else {
            self.display_name();
        }
        if self.octet(b'<') {
            self.bracketed(place)?;
        } else if is_quoted {
            return Err(Broken);
        } else {
            let at = self.position();
            // RFC 3261 section 20: without brackets, what follows a semicolon belongs to the header.
            let rest = self.rest();
            let is_end = |byte: &u8| is_lws(*byte) || matches!(byte, b',' | b';' | b'?');
            let length = rest.iter().position(is_end).unwrap_or(rest.len());
            self.uri(length, place)?;
            if brackets == Brackets::Required {
                self.note(Leniency::MissingBrackets, at);
            }
        }
        self.params(rule)
    }

    /// Reads a URI and the bracket behind it.
    pub(super) fn bracketed(&mut self, place: Place) -> Step {
        let length = self.rest().iter().position(|&byte| byte == b'>').ok_or(Broken)?;
        self.uri(length, place)?;
        self.octet(b'>');
        Ok(())
    }

    /// Reads `*( token LWS )`, if a bracket follows.
    ///
    /// Without white space before the bracket it is valid, too: RFC 4475 section 3.1.1.6.
    fn display_name(&mut self) {
        let start = self.position();
        let rest = self.rest();
        let end = rest.iter().position(|byte| matches!(byte, b'<' | b',' | b';' | b'"'));
        let Some(end) = end.filter(|&end| rest.get(end) == Some(&b'<')) else { return };
        while self.position() < start + end {
            self.sws();
            let word = self.take_while(is_token);
            if word.is_empty() && self.position() < start + end {
                self.note_here(Leniency::UnquotedDisplayName);
                break;
            }
        }
        self.go_to(start + end);
    }

    /// Reads `via-parm`.
    pub(super) fn via(&mut self) -> Step {
        self.sws();
        self.token()?;
        for _ in 0..2 {
            if !self.separator(b'/') {
                return Err(Broken);
            }
            self.token()?;
        }
        self.lws()?;
        self.host()?;
        if self.separator(b':') {
            self.port()?;
        }
        self.params(via_param)
    }

    /// Reads `STAR / ( contact-param *( COMMA contact-param ) )`.
    pub(super) fn contacts(&mut self) -> Step {
        let start = self.position();
        self.list(|reader| {
            let at = reader.position();
            if reader.peek() != Some(b'*') {
                return reader.address(Place::Contact, Brackets::Optional, contact_param);
            }
            reader.octet(b'*');
            let is_first = at == start;
            let is_last = trim(reader.rest()).is_empty();
            if !(is_first && is_last) {
                reader.note(Leniency::StarAmongContacts, at);
            }
            Ok(())
        })
    }
}

/// `token [ EQUAL ( token / host / quoted-string ) ]`.
pub(super) fn generic_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        None => {}
        Some(b"") => {
            let is_tag = param.name.eq_ignore_ascii_case(b"tag");
            reader.note(
                if is_tag { Leniency::EmptyTag } else { Leniency::EmptyParameterValue },
                param.at,
            );
        }
        Some(value) => {
            let is_value = is_quoted(value) || is_token_text(value) || is_ipv6_reference(value);
            require(reader, is_value, param.at);
        }
    }
}

/// A generic parameter, or a tag, which must be a token.
pub(super) fn tag_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        Some(value) if param.name.eq_ignore_ascii_case(b"tag") && !value.is_empty() => {
            require(reader, is_token_text(value), param.at);
        }
        Some(_) | None => generic_param(reader, param),
    }
}

/// `m-attribute EQUAL ( token / quoted-string )`.
pub(super) fn media_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        None => reader.note(Leniency::MissingParameterValue, param.at),
        Some(b"") => reader.note(Leniency::EmptyParameterValue, param.at),
        Some(value) => require(reader, is_quoted(value) || is_token_text(value), param.at),
    }
}

/// A generic parameter with a `q` among them that is a `qvalue`.
pub(super) fn accept_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        Some(value) if param.name.eq_ignore_ascii_case(b"q") && !value.is_empty() => {
            require(reader, is_qvalue(value), param.at);
        }
        Some(_) | None => generic_param(reader, param),
    }
}

/// `"cause" EQUAL cause / reason-text / reason-extension` (RFC 3326 section 2).
pub(super) fn reason_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        Some(value) if param.name.eq_ignore_ascii_case(b"cause") && is_quoted(value) => {
            require(reader, false, param.at);
        }
        Some(_) | None => generic_param(reader, param),
    }
}

/// `"refresher" EQUAL ( "uas" / "uac" ) / generic-param` (RFC 4028 section 4).
pub(super) fn refresher_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        Some(value) if param.name.eq_ignore_ascii_case(b"refresher") && is_quoted(value) => {
            require(reader, false, param.at);
        }
        Some(_) | None => generic_param(reader, param),
    }
}

/// `c-p-q / c-p-expires / contact-extension`.
fn contact_param(reader: &mut Reader<'_>, param: Param<'_>) {
    match param.value {
        Some(value) if param.name.eq_ignore_ascii_case(b"expires") && !value.is_empty() => {
            require(reader, value.iter().all(u8::is_ascii_digit), param.at);
            if value.iter().all(u8::is_ascii_digit) && decimal(value).is_none() {
                reader.note(Leniency::NumberOutOfRange, param.at);
            }
        }
        Some(_) | None => accept_param(reader, param),
    }
}

/// `via-ttl / via-maddr / via-received / via-branch / response-port / via-extension`.
fn via_param(reader: &mut Reader<'_>, param: Param<'_>) {
    let value = param.value.unwrap_or_default();
    let is = |name: &[u8]| param.name.eq_ignore_ascii_case(name);
    if value.is_empty() {
        // Only `rport` may stand without a value (RFC 3581 section 3), and extensions.
        if param.value.is_none() && (is(b"branch") || is(b"received") || is(b"maddr") || is(b"ttl"))
        {
            reader.note(Leniency::MissingParameterValue, param.at);
        }
        generic_param(reader, param);
    } else if is(b"branch") {
        require(reader, is_token_text(value), param.at);
        let cookie = Via::BRANCH_COOKIE.as_bytes();
        let start = value.get(..cookie.len()).unwrap_or_default();
        if start != cookie && start.eq_ignore_ascii_case(cookie) {
            reader.note(Leniency::BranchCookieCase, param.at);
        }
    } else if is(b"received") {
        if is_ipv6_reference(value) {
            reader.note(Leniency::BracketedReceived, param.at);
        } else {
            let is_ipv4 = str::from_utf8(value).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
            require(reader, is_ipv4 || host::ipv6(value).is_some(), param.at);
            note_three_colons(reader, value, param.at);
        }
    } else if is(b"ttl") {
        require(reader, value.len() <= 3 && decimal(value).is_some_and(|ttl| ttl < 256), param.at);
    } else if is(b"rport") {
        let port = decimal(value).and_then(|port| u16::try_from(port).ok());
        require(reader, port.is_some(), param.at);
    } else {
        generic_param(reader, param);
    }
}

pub(super) fn require(reader: &mut Reader<'_>, is_kept: bool, at: usize) {
    if !is_kept {
        reader.note(Leniency::ParameterValue, at);
    }
}

pub(super) fn is_quoted(value: &[u8]) -> bool {
    value.first() == Some(&b'"')
}

pub(super) fn is_token_text(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|&byte| is_token(byte))
}

fn is_ipv6_reference(value: &[u8]) -> bool {
    value
        .strip_prefix(b"[")
        .and_then(|value| value.strip_suffix(b"]"))
        .is_some_and(|address| host::ipv6(address).is_some())
}

fn note_three_colons(reader: &mut Reader<'_>, value: &[u8], at: usize) {
    if value.windows(3).any(|three| three == b":::") {
        reader.note(Leniency::ThreeColons, at);
    }
}

/// `( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`.
fn is_qvalue(value: &[u8]) -> bool {
    let (whole, after) = value.split_first().unwrap_or((&b' ', b""));
    let decimals = after.strip_prefix(b".");
    let is_short = decimals.map_or(after.is_empty(), |decimals| decimals.len() <= 3);
    let mut decimals = decimals.unwrap_or_default().iter();
    is_short
        && match whole {
            b'0' => decimals.all(u8::is_ascii_digit),
            b'1' => decimals.all(|byte| *byte == b'0'),
            _ => false,
        }
}
