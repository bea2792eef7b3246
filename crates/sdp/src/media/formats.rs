//! The formats of a section with what is said of them.

use alloc::vec::Vec;

use super::Media;
use crate::{PayloadType, RtpMap, cursor::number, format_parameters::parameter};

/// The payload types of a section in their order, each once, with what they mean.
///
/// The attributes are passed through once: looking each payload type up would cost lines times formats.
#[derive(Debug)]
pub(crate) struct FormatTable<'a> {
    formats: Vec<Format<'a>>,
    /// Where each payload type is.
    positions: [Option<usize>; Media::MAX_FORMATS],
}

/// One payload type.
#[derive(Clone, Debug)]
pub(crate) struct Format<'a> {
    pub(crate) payload_type: PayloadType,
    pub(crate) map: Option<RtpMap>,
    pub(crate) parameters: Option<&'a str>,
}

impl<'a> Format<'a> {
    /// Iterates over the formats that this one is of: what `rtx` repeats (RFC 4588 section 8.1) and `red` carries
    /// (RFC 2198 section 5).
    pub(crate) fn refers_to(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let is = |encoding: &str| self.map.as_ref().is_some_and(|map| map.is(encoding));
        let repeats = self.parameters.filter(|_| is("rtx")).and_then(|it| parameter(it, "apt"));
        let carries = self.parameters.filter(|_| is("red")).into_iter();
        repeats.into_iter().chain(carries.flat_map(|it| it.split('/').map(str::trim)))
    }
}

impl<'a> FormatTable<'a> {
    pub(crate) fn of(media: &'a Media) -> Self {
        let mut table = Self { formats: Vec::new(), positions: [None; Media::MAX_FORMATS] };
        for text in media.formats().take(Media::MAX_FORMATS) {
            let Some(payload_type) = number(text).and_then(PayloadType::new) else { continue };
            let position = table.positions.get_mut(usize::from(payload_type.as_u8()));
            // A payload type that is said twice keeps its first place.
            if let Some(position @ None) = position {
                *position = Some(table.formats.len());
                table.formats.push(Format { payload_type, map: None, parameters: None });
            }
        }
        for line in media.lines() {
            let Some((name @ ("rtpmap" | "fmtp"), value)) = line.attribute() else { continue };
            let Some((format, rest)) = value.trim_start().split_once([' ', '\t']) else { continue };
            let Some(format) = table.get_mut(format) else { continue };
            if name == "fmtp" {
                format.parameters = format.parameters.or_else(|| Some(rest.trim()));
            } else if format.map.is_none() {
                format.map = RtpMap::parse(rest).ok();
            }
        }
        for format in &mut table.formats {
            if format.map.is_none() {
                format.map = format.payload_type.static_map();
            }
        }
        table
    }

    pub(crate) fn get(&self, format: &str) -> Option<&Format<'a>> {
        self.formats.get(self.position(format)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Format<'a>> {
        self.formats.iter()
    }

    fn get_mut(&mut self, format: &str) -> Option<&mut Format<'a>> {
        let position = self.position(format)?;
        self.formats.get_mut(position)
    }

    fn position(&self, format: &str) -> Option<usize> {
        *self.positions.get(number::<usize>(format)?)?
    }
}

impl<'a> IntoIterator for FormatTable<'a> {
    type Item = Format<'a>;
    type IntoIter = alloc::vec::IntoIter<Format<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.formats.into_iter()
    }
}
