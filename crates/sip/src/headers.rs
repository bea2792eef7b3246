//! The header section: an index over the received octets, and edits that touch single lines.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use bytes::Bytes;

use self::index::Index;
use crate::{
    HeaderName,
    grammar::{Span, unfold},
    header_name::HeaderId,
    source::Source,
};

mod edit;
mod index;
mod typed;

pub use edit::EditHeaderError;
pub use typed::HeaderError;
pub(crate) use typed::read_only;

/// The headers of a message in their order, as they were written.
///
/// [`Request`](crate::Request) and [`Response`](crate::Response) dereference to it. Nothing is copied: a header
/// is an offset into the received octets until it is edited, and typed views are parsed on demand. Which header a
/// line holds is found out once; a look-up by name is one step from then on.
#[derive(Clone)]
pub struct Headers {
    datagram: Bytes,
    /// All lines that were written by edits, one after the other.
    edits: Vec<u8>,
    slots: Vec<Slot>,
    index: Index,
}

/// One header line, folds included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) value: Span,
    /// Where the line starts, with the name.
    pub(crate) start: u32,
    /// End of the line, its CRLF included.
    pub(crate) end: u32,
    pub(crate) name_len: u16,
    pub(crate) id: HeaderId,
    pub(crate) origin: Origin,
}

/// Which text a slot lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Received,
    Edited,
}

/// One header as it stands in the message.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    text: &'a [u8],
    /// What `text` is, if it was received.
    memory: Option<&'a Bytes>,
    slot: &'a Slot,
}

impl Slot {
    fn name(self) -> Span {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        Span::new(start, start.saturating_add(self.name_len.into()))
    }

    pub(crate) fn line(self) -> Span {
        let offset = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        Span::new(offset(self.start), offset(self.end))
    }
}

impl Headers {
    pub(crate) fn new(datagram: Bytes, slots: Vec<Slot>) -> Self {
        let index = Index::of(&slots);
        Self { datagram, edits: Vec::new(), slots, index }
    }

    /// Iterates over all headers in their order.
    #[must_use]
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter { headers: self, slots: self.slots.iter() }
    }

    /// Iterates over the headers of one name, in their order.
    pub fn all<'a>(&'a self, name: &HeaderName) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let name = name.clone();
        self.candidates(&name).filter(move |header| header.is(&name))
    }

    /// Returns the octets of the first value of that name: trimmed, folds included.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.find(name).map(Header::value)
    }

    /// Returns the first value of that name if it is UTF-8 without folds.
    #[must_use]
    pub fn header_str(&self, name: &HeaderName) -> Option<&str> {
        str::from_utf8(self.header(name)?).ok().filter(|value| !value.contains(['\r', '\n']))
    }

    /// Tells whether a header of that name is there.
    #[must_use]
    pub fn has(&self, name: &HeaderName) -> bool {
        self.find(name).is_some()
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

    pub(crate) const fn datagram(&self) -> &Bytes {
        &self.datagram
    }

    pub(crate) fn printed_len(&self) -> usize {
        self.slots.iter().map(|slot| slot.line().len()).sum()
    }

    /// Appends all lines, untouched ones octet by octet.
    pub(crate) fn print(&self, text: &mut Vec<u8>) {
        let mut slots = self.slots.iter().copied().peekable();
        while let Some(slot) = slots.next() {
            // Lines that stand together are copied together.
            let mut end = slot.end;
            while let Some(next) =
                slots.next_if(|next| next.origin == slot.origin && next.start == end)
            {
                end = next.end;
            }
            let run = Slot { end, ..slot }.line();
            text.extend_from_slice(run.in_(self.text_of(slot.origin)));
        }
    }

    /// The first header of that name.
    fn find(&self, name: &HeaderName) -> Option<Header<'_>> {
        self.candidates(name).find(|header| header.is(name))
    }

    /// The headers among which those of that name are: of a known one all but the first look-up is saved.
    fn candidates(&self, name: &HeaderName) -> HeadersIter<'_> {
        let range = self.index.range(name.id(), self.slots.len());
        HeadersIter { headers: self, slots: self.slots.get(range).unwrap_or_default().iter() }
    }

    /// Where the first header of that name is.
    fn place(&self, name: &HeaderName) -> Option<usize> {
        let range = self.index.range(name.id(), self.slots.len());
        let start = range.start;
        let slots = self.slots.get(range)?;
        slots.iter().position(|slot| self.of(slot).is(name)).map(|place| start + place)
    }

    /// Tells whether there is more than one header of that name.
    fn is_repeated(&self, name: &HeaderName) -> bool {
        match name.id() {
            HeaderId::OTHER => self.all(name).nth(1).is_some(),
            id => self.index.is_repeated(id),
        }
    }

    fn text_of(&self, origin: Origin) -> &[u8] {
        match origin {
            Origin::Received => &self.datagram,
            Origin::Edited => &self.edits,
        }
    }

    fn of<'a>(&'a self, slot: &'a Slot) -> Header<'a> {
        let memory = match slot.origin {
            Origin::Received => Some(&self.datagram),
            Origin::Edited => None,
        };
        Header { text: self.text_of(slot.origin), memory, slot }
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
        HeaderName::indexed(self.slot.id, || self.source().share(self.raw_name()))
    }

    /// Returns the name as it was written.
    #[must_use]
    pub fn raw_name(self) -> &'a [u8] {
        self.slot.name().in_(self.text)
    }

    /// Returns the octets of the value without white space at its ends; folds are still in it.
    #[must_use]
    pub fn value(self) -> &'a [u8] {
        self.slot.value.in_(self.text)
    }

    /// Returns the value with each fold replaced by one space.
    #[must_use]
    pub fn unfolded(self) -> Cow<'a, [u8]> {
        unfold(self.value())
    }

    /// Returns the whole line with its line end.
    #[must_use]
    pub fn line(self) -> &'a [u8] {
        self.slot.line().in_(self.text)
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

    /// Where the value starts in the message, or in its line if that was edited.
    pub(crate) fn offset(self) -> usize {
        match self.slot.origin {
            Origin::Received => self.slot.value.start(),
            Origin::Edited => self.slot.value.start() - self.slot.line().start(),
        }
    }

    /// The value, to be read.
    pub(crate) fn source(self) -> Source<'a> {
        Source::piece(self.value(), self.memory)
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

/// Appends a header line. The value was found to stay in it.
pub(crate) fn write_line(text: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    text.reserve(name.as_str().len() + value.len() + 4);
    text.extend_from_slice(name.as_str().as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
}
