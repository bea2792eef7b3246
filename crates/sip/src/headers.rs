//! The header section: an index over the received octets, and edits that touch single lines.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::{
    HeaderName,
    grammar::{Span, is_safe_value, unfold},
    header_name::HeaderId,
    source::Source,
};

mod edit;
mod typed;

pub use edit::EditHeaderError;
pub use typed::HeaderError;
pub(crate) use typed::read_only;

/// The headers of a message in their order, as they were written.
///
/// [`Request`](crate::Request) and [`Response`](crate::Response) dereference to it. Nothing is copied: a header
/// is an offset into the received octets until it is edited, and typed views are parsed on demand.
#[derive(Clone)]
pub struct Headers {
    datagram: Bytes,
    /// One line per edit.
    edits: Vec<Bytes>,
    slots: Vec<Slot>,
}

/// One header line, folds included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) id: HeaderId,
    /// 0 is the datagram, others are edits, counted from 1.
    pub(crate) source: u32,
    pub(crate) name: Span,
    pub(crate) value: Span,
    /// End of the line, its CRLF included; it starts with the name.
    pub(crate) end: u32,
}

/// One header as it stands in the message.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    source: &'a Bytes,
    slot: &'a Slot,
}

impl Headers {
    pub(crate) const fn new(datagram: Bytes, slots: Vec<Slot>) -> Self {
        Self { datagram, edits: Vec::new(), slots }
    }

    /// Iterates over all headers in their order.
    #[must_use]
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter { headers: self, slots: self.slots.iter() }
    }

    /// Iterates over the headers of one name, in their order.
    pub fn all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = Header<'a>> + 'a {
        self.iter().filter(move |header| header.is(name))
    }

    /// Returns the octets of the first value of that name: trimmed, folds included.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.iter().find(|header| header.is(name)).map(|header| header.value())
    }

    /// Returns the first value of that name if it is UTF-8 without folds.
    #[must_use]
    pub fn header_str(&self, name: &HeaderName) -> Option<&str> {
        str::from_utf8(self.header(name)?).ok().filter(|value| !value.contains(['\r', '\n']))
    }

    /// Tells whether a header of that name is there.
    #[must_use]
    pub fn has(&self, name: &HeaderName) -> bool {
        self.header(name).is_some()
    }

    /// Returns the number of header lines.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Tells whether there are no headers.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(crate) fn printed_len(&self) -> usize {
        self.iter().map(|header| header.line().len()).sum()
    }

    /// Appends all lines, untouched ones octet by octet.
    pub(crate) fn print(&self, text: &mut Vec<u8>) {
        for header in self {
            text.extend_from_slice(header.line());
        }
    }

    fn of<'a>(&'a self, slot: &'a Slot) -> Header<'a> {
        let edit = usize::try_from(slot.source).unwrap_or(0).checked_sub(1);
        let source = edit.and_then(|edit| self.edits.get(edit)).unwrap_or(&self.datagram);
        Header { source, slot }
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = Header<'a>;
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Shows the names only: values may hold secrets.
impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|header| header.name())).finish()
    }
}

impl<'a> Header<'a> {
    /// Returns the name.
    #[must_use]
    pub fn name(self) -> HeaderName {
        HeaderName::indexed(self.slot.id, || self.slice(self.slot.name))
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn raw_name(self) -> &'a [u8] {
        self.slot.name.in_(self.source)
    }

    /// Returns the octets of the value without white space at its ends; folds are still in it.
    #[must_use]
    pub fn value(self) -> &'a [u8] {
        self.slot.value.in_(self.source)
    }

    /// Returns the value with each fold replaced by one space.
    #[must_use]
    pub fn unfolded(self) -> alloc::borrow::Cow<'a, [u8]> {
        unfold(self.value())
    }

    /// Returns the whole line with its line end.
    #[must_use]
    pub fn line(self) -> &'a [u8] {
        Span::new(self.slot.name.start(), usize::try_from(self.slot.end).unwrap_or(0))
            .in_(self.source)
    }

    /// Tells whether this is the header of that name.
    #[must_use]
    pub fn is(self, name: &HeaderName) -> bool {
        self.slot.id == name.id()
            && (self.slot.id != HeaderId::OTHER
                || self.raw_name().eq_ignore_ascii_case(name.as_str().as_bytes()))
    }

    pub(crate) const fn id(self) -> HeaderId {
        self.slot.id
    }

    /// Where the value starts in its source.
    pub(crate) fn offset(self) -> usize {
        self.slot.value.start()
    }

    /// The value, to be read.
    pub(crate) fn source(self) -> Source<'a> {
        Source::piece(self.value(), Some(self.source))
    }

    /// The part of the value, sharing memory.
    pub(crate) fn slice_value(self, part: &[u8]) -> Bytes {
        let whole: &[u8] = self.source;
        self.slice(Span::of(whole, part))
    }

    fn slice(self, span: Span) -> Bytes {
        // A span lies in its source: both were made together.
        let end = span.end().min(self.source.len());
        self.source.slice(span.start().min(end)..end)
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.name(), formatter)
    }
}

/// Iterates over [`Headers`].
#[derive(Clone, Debug)]
pub struct HeadersIter<'a> {
    headers: &'a Headers,
    slots: core::slice::Iter<'a, Slot>,
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        self.slots.next().map(|slot| self.headers.of(slot))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.slots.size_hint()
    }
}

/// Writes a header line, or nothing if the value could break out of it.
pub(crate) fn line(name: &HeaderName, value: &[u8]) -> Option<Vec<u8>> {
    if !is_safe_value(value) {
        return None;
    }
    let mut text = Vec::with_capacity(name.as_str().len() + value.len() + 4);
    text.extend_from_slice(name.as_str().as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
    Some(text)
}
