//! A cursor over a text that notes where it leaves the grammar.

use alloc::{borrow::Cow, vec::Vec};

use super::Leniency;
use crate::grammar::{is_lws, is_token, trim};

/// What was found in one line: each leniency once, where it is met first.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<(Leniency, usize)>);

/// A text that is being read; offsets count from the start of the message.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    base: usize,
    found: Findings,
}

/// The text follows no grammar from the cursor on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken;

pub(super) type Step<T = ()> = Result<T, Broken>;

/// A parameter with the place of its value, or of its name if it has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: Option<&'a [u8]>,
    pub(super) at: usize,
}

/// Looks at one parameter of a header.
pub(super) type ParamRule = for<'a> fn(&mut Reader<'a>, Param<'a>);

/// The names of the parameters of one value and where they are.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(Vec<(Cow<'a, [u8]>, usize)>);

impl<'a> Names<'a> {
    pub(super) fn add(&mut self, name: impl Into<Cow<'a, [u8]>>, at: usize) {
        self.0.push((name.into(), at));
    }

    /// Finds the first name that was there before, in any case.
    fn repeated(mut self) -> Option<usize> {
        // Sorted, so that a thousand names are not compared each with each.
        self.0.iter_mut().for_each(|(name, _)| {
            if name.iter().any(u8::is_ascii_uppercase) {
                name.to_mut().make_ascii_lowercase();
            }
        });
        self.0.sort_unstable();
        let pairs = self.0.iter().zip(self.0.iter().skip(1));
        pairs.filter(|(one, other)| one.0 == other.0).map(|(_, (_, at))| *at).min()
    }
}

impl Findings {
    pub(super) fn note(&mut self, leniency: Leniency, offset: usize) {
        if self.0.iter().all(|(known, _)| *known != leniency) {
            self.0.push((leniency, offset));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<(Leniency, usize)> {
        self.0
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8], base: usize) -> Self {
        Self { text, at: 0, base, found: Findings::default() }
    }

    /// Runs a grammar which must use up the text, and returns what was found.
    pub(super) fn finish(mut self, grammar: impl FnOnce(&mut Self) -> Step) -> Findings {
        if grammar(&mut self).is_err() || self.at < self.text.len() {
            self.note(Leniency::Malformed, self.at);
        }
        self.found
    }

    /// Notes a leniency at a position in the text.
    pub(super) fn note(&mut self, leniency: Leniency, at: usize) {
        self.found.note(leniency, self.base + at);
    }

    pub(super) fn note_here(&mut self, leniency: Leniency) {
        self.note(leniency, self.at);
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text from a place that was read already.
    pub(super) fn text_from(&self, at: usize) -> &'a [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Goes forward, or back to a place it was at.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    pub(super) fn skip_all(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !is_part(byte)).unwrap_or(rest.len());
        self.take(length)
    }

    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// Reads an octet if it is the next one.
    pub(super) fn octet(&mut self, octet: u8) -> bool {
        let is_next = self.peek() == Some(octet);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads `SWS` and tells whether there was any.
    pub(super) fn sws(&mut self) -> bool {
        let start = self.at;
        let space = self.take_while(is_lws);
        let mut lines = space.split(|&byte| byte == b'\n').skip(1).peekable();
        let mut at = start + space.iter().position(|&byte| byte == b'\n').map_or(0, |lf| lf + 1);
        while let Some(line) = lines.next() {
            // The last piece is the start of a line which goes on.
            if lines.peek().is_some() {
                self.note(Leniency::BlankContinuation, at);
            }
            at += line.len() + 1;
        }
        !space.is_empty()
    }

    /// Reads `LWS`.
    pub(super) fn lws(&mut self) -> Step {
        if self.sws() { Ok(()) } else { Err(Broken) }
    }

    /// Reads `SWS octet SWS`; without the octet it stays where it is.
    pub(super) fn separator(&mut self, octet: u8) -> bool {
        let start = self.at;
        self.sws();
        if self.octet(octet) {
            self.sws();
            return true;
        }
        self.at = start;
        false
    }

    pub(super) fn token(&mut self) -> Step<&'a [u8]> {
        let token = self.take_while(is_token);
        if token.is_empty() { Err(Broken) } else { Ok(token) }
    }

    pub(super) fn digits(&mut self) -> Step<&'a [u8]> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() { Err(Broken) } else { Ok(digits) }
    }

    /// Reads a quoted string with its quotes.
    pub(super) fn quoted_string(&mut self) -> Step<&'a [u8]> {
        let start = self.at;
        let rest = self.rest();
        if rest.first() != Some(&b'"') {
            return Err(Broken);
        }
        let mut position = 1;
        loop {
            match rest.get(position).ok_or(Broken)? {
                b'"' => break,
                b'\\' => {
                    let escaped = rest.get(position + 1).ok_or(Broken)?;
                    if matches!(escaped, b'\r' | b'\n' | 0x80..) {
                        self.note(Leniency::QuotedPair, start + position);
                    }
                    position += 2;
                }
                octet => {
                    if is_control(*octet) {
                        self.note(Leniency::ControlCharacter, start + position);
                    }
                    position += 1;
                }
            }
        }
        let text = self.take(position + 1);
        self.check_utf8(text, start);
        Ok(text)
    }

    /// Checks free text, here to the end: `TEXT-UTF8-TRIM`, or the value of an unknown header.
    pub(super) fn text(&mut self) {
        let (start, text) = (self.at, self.rest());
        if let Some(at) = text.iter().position(|&byte| is_control(byte)) {
            self.note(Leniency::ControlCharacter, start + at);
        }
        self.check_utf8(text, start);
        self.skip_all();
    }

    pub(super) fn check_utf8(&mut self, text: &[u8], at: usize) {
        if let Err(error) = str::from_utf8(text) {
            self.note(Leniency::NonUtf8Text, at + error.valid_up_to());
        }
    }

    /// Reads `*( SEMI param )`.
    pub(super) fn params(&mut self, rule: ParamRule) -> Step {
        let mut names = Names::default();
        while self.separator(b';') {
            let at = self.at;
            let name = self.token()?;
            names.add(name, at);
            if !self.separator(b'=') {
                rule(self, Param { name, value: None, at });
                continue;
            }
            let at = self.at;
            let value = self.param_value()?;
            rule(self, Param { name, value: Some(value), at });
        }
        self.note_repeated(names);
        Ok(())
    }

    /// Notes a parameter that is there more than once.
    pub(super) fn note_repeated(&mut self, names: Names<'_>) {
        if let Some(at) = names.repeated() {
            self.note(Leniency::RepeatedParameter, at);
        }
    }

    /// Reads `*( SEMI param )` with values that may be words without quotes.
    pub(super) fn attributes(&mut self, rule: ParamRule) -> Step {
        self.attributes_after(Names::default(), rule)
    }

    /// Reads the same behind parameters with these names.
    pub(super) fn attributes_after(&mut self, mut names: Names<'a>, rule: ParamRule) -> Step {
        while self.separator(b';') {
            let at = self.at;
            names.add(self.attribute(rule)?, at);
        }
        self.note_repeated(names);
        Ok(())
    }

    /// Reads one parameter whose value may be words without quotes.
    pub(super) fn attribute(&mut self, rule: ParamRule) -> Step<&'a [u8]> {
        let at = self.position();
        let name = self.token()?;
        if !self.separator(b'=') {
            rule(self, Param { name, value: None, at });
            return Ok(name);
        }
        let at = self.position();
        let value = match self.peek() {
            Some(b'"') => self.quoted_string()?,
            Some(b'<') => {
                let length = self.rest().iter().position(|&byte| byte == b'>').ok_or(Broken)?;
                self.take(length + 1)
            }
            Some(_) | None => {
                let words = self.take_while(|byte| !matches!(byte, b';' | b','));
                let length = trim(words).len();
                self.go_to(at + length);
                words.get(..length).unwrap_or_default()
            }
        };
        rule(self, Param { name, value: Some(value), at });
        Ok(name)
    }

    /// Reads what the lenient reader takes for a parameter value.
    pub(super) fn param_value(&mut self) -> Step<&'a [u8]> {
        if self.peek() == Some(b'"') {
            return self.quoted_string();
        }
        Ok(self.take_while(|byte| {
            byte > b' ' && byte != 0x7f && !matches!(byte, b';' | b',' | b'"' | b'<' | b'>')
        }))
    }

    /// Reads values between commas; there is at least one.
    pub(super) fn list(&mut self, item: impl Fn(&mut Self) -> Step) -> Step {
        item(self)?;
        while self.separator(b',') {
            item(self)?;
        }
        Ok(())
    }
}

/// A control character that is not white space.
pub(super) fn is_control(byte: u8) -> bool {
    (byte < b' ' || byte == 0x7f) && !is_lws(byte)
}
