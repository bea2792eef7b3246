//! A record as a line of text.

use std::fmt::Write as _;

use bytes::Bytes;
use centrala_sip::NameAddr;
use centrala_ua::{Flow, InterfaceId, LocationRecord, StoredBinding};
use core::time::Duration;

use crate::checksum::crc32;

/// Octets of a line, its end included. A record that would be longer is not kept: with the limits of a registrar there
/// is none.
pub const MAX_LINE: usize = 256 * 1_024;

/// Writes a record as a line with its end; `None` if it would be too long.
///
/// ```text
/// 5f3a9c01 101 | contact=sip:101@10.0.0.7 flow=UDP%20192.0.2.9:40112 until=1795550000000 call=a84b4c cseq=4
/// ```
///
/// The checksum covers everything behind the space that follows it. A user without bindings is one that has gone.
pub(crate) fn write(record: &LocationRecord) -> Option<String> {
    let mut text = String::new();
    escape(&mut text, record.user.as_bytes());
    for binding in &record.bindings {
        text.push_str(" |");
        let mut field = |name: &str, value: &[u8]| {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            escape(&mut text, value);
        };
        field("contact", binding.contact.as_str().as_bytes());
        field("flow", binding.flow.to_string().as_bytes());
        if let Some(interface) = binding.flow.interface() {
            field("interface", interface.index().to_string().as_bytes());
        }
        if binding.quality != WITHOUT_Q {
            field("q", binding.quality.to_string().as_bytes());
        }
        let until = u64::try_from(binding.expires.as_millis()).unwrap_or(u64::MAX);
        field("until", until.to_string().as_bytes());
        field("call", binding.call_id.as_bytes());
        field("cseq", binding.sequence.to_string().as_bytes());
        if let Some(instance) = &binding.instance {
            field("instance", instance.as_bytes());
        }
        if let Some(reg_id) = binding.reg_id {
            field("reg-id", reg_id.to_string().as_bytes());
        }
        for path in &binding.paths {
            field("path", path.as_bytes());
        }
    }
    let line = seal(&text);
    (line.len() <= MAX_LINE).then_some(line)
}

/// Returns a text as a line, with its checksum and its end.
pub(crate) fn seal(text: &str) -> String {
    format!("{:08x} {text}\n", crc32(text.as_bytes()))
}

/// Returns the text of a line without its end; `None` if it is not as it was written.
pub(crate) fn unseal(line: &[u8]) -> Option<&str> {
    let (sum, rest) = line.split_at_checked(8)?;
    let text = rest.strip_prefix(b" ")?;
    let is_whole = sum == format!("{:08x}", crc32(text)).as_bytes();
    str::from_utf8(text).ok().filter(|_| is_whole)
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Record(LocationRecord),
    /// Everything before it was durable before it was written.
    Mark,
}

/// Where the text of a line begins, behind its checksum and a space.
const TEXT_AT: usize = 9;

/// The text of a [`Line::Mark`]. No user is written so.
const MARK_TEXT: &str = "|";

/// What is written where everything before it is durable, as [`seal`] has it.
pub(crate) const MARK: &str = "8bb1d29a |\n";

/// Reads a line without its end; `None` if it is not one of ours, whole and unchanged.
pub(crate) fn read(line: &[u8]) -> Option<Line> {
    if line.len() >= MAX_LINE {
        return None;
    }
    let text = unseal(line)?;
    if text == MARK_TEXT { Some(Line::Mark) } else { record(text).map(Line::Record) }
}

/// Returns the user who is named in a line that cannot be read; that name may be what was damaged.
pub(crate) fn user_of(line: &[u8]) -> Option<String> {
    let word = line.get(TEXT_AT..)?.split(|octet| matches!(octet, b' ' | b'\n')).next()?;
    String::from_utf8(unescape(str::from_utf8(word).ok()?)?).ok()
}

/// Reads the text of a record.
pub(crate) fn record(text: &str) -> Option<LocationRecord> {
    let mut words = text.split(' ');
    let user = String::from_utf8(unescape(words.next()?)?).ok().filter(|user| !user.is_empty())?;
    let mut bindings = Vec::new();
    let mut fields: Option<Fields> = None;
    for word in words {
        if word == "|" {
            bindings.extend(fields.take().map(Fields::binding));
            fields = Some(Fields::default());
        } else {
            fields.as_mut()?.read(word)?;
        }
    }
    bindings.extend(fields.take().map(Fields::binding));
    let bindings: Option<Vec<_>> = bindings.into_iter().collect();
    Some(LocationRecord::new(user, bindings?))
}

/// `q` of a contact that has none.
const WITHOUT_Q: u16 = 1_000;

/// The fields of a binding, as far as they were read.
#[derive(Default)]
struct Fields {
    contact: Option<centrala_sip::Uri>,
    flow: Option<Flow>,
    interface: Option<u16>,
    quality: Option<u16>,
    until: Option<u64>,
    call_id: Option<String>,
    sequence: Option<u32>,
    instance: Option<String>,
    reg_id: Option<core::num::NonZeroU32>,
    paths: Vec<NameAddr>,
}

impl Fields {
    fn read(&mut self, word: &str) -> Option<()> {
        let (name, value) = word.split_once('=')?;
        let octets = unescape(value)?;
        if name == "path" {
            self.paths.push(NameAddr::parse(&Bytes::from(octets)).ok()?);
            return Some(());
        }
        let value = String::from_utf8(octets).ok()?;
        match name {
            "contact" => self.contact = Some(value.parse().ok()?),
            "flow" => self.flow = Some(value.parse().ok()?),
            "interface" => self.interface = Some(value.parse().ok()?),
            "q" => self.quality = Some(value.parse().ok()?),
            "until" => self.until = Some(value.parse().ok()?),
            "call" => self.call_id = Some(value),
            "cseq" => self.sequence = Some(value.parse().ok()?),
            "instance" => self.instance = Some(value),
            "reg-id" => self.reg_id = Some(value.parse().ok()?),
            // Of a later version, which did not find it important enough for another format.
            _ => {}
        }
        Some(())
    }

    fn binding(self) -> Option<StoredBinding> {
        let flow = self.flow?;
        let interface = self.interface.map(InterfaceId::new);
        let flow = interface.map_or(flow, |interface| flow.with_interface(interface));
        let mut binding =
            StoredBinding::new(self.contact?, flow, Duration::from_millis(self.until?));
        binding.quality = self.quality.unwrap_or(WITHOUT_Q);
        binding.call_id = self.call_id?;
        binding.sequence = self.sequence?;
        binding.instance = self.instance;
        binding.reg_id = self.reg_id;
        binding.paths = self.paths;
        Some(binding)
    }
}

/// Writes octets so that they are one printable word: `%20` for a space, as a URI has it.
fn escape(text: &mut String, octets: &[u8]) {
    for &octet in octets {
        if octet.is_ascii_graphic() && octet != b'%' && octet != b'|' {
            text.push(char::from(octet));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{octet:02x}");
        }
    }
}

fn unescape(word: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        if octet != b'%' {
            octets.push(octet);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        let digits = str::from_utf8(digits).ok()?;
        octets.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    Some(octets)
}

#[cfg(test)]
mod tests;
