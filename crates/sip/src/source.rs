//! A piece of a message that is being read, and the memory which a view of it may share.

use bytes::Bytes;

use crate::grammar::Span;

/// A text to be read.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    text: &'a [u8],
    /// What `text` is a piece of; an edited line has none to share.
    memory: Option<&'a Bytes>,
}

impl<'a> Source<'a> {
    /// A whole text.
    pub(crate) fn new(memory: &'a Bytes) -> Self {
        Self { text: memory, memory: Some(memory) }
    }

    /// `text` is a piece of `memory`, if there is one.
    pub(crate) const fn piece(text: &'a [u8], memory: Option<&'a Bytes>) -> Self {
        Self { text, memory }
    }

    /// What is to be read.
    pub(crate) const fn text(self) -> &'a [u8] {
        self.text
    }

    /// The same from that position on.
    pub(crate) fn from(self, start: usize) -> Self {
        Self { text: self.text.get(start..).unwrap_or_default(), ..self }
    }

    /// The same up to that position.
    pub(crate) fn until(self, end: usize) -> Self {
        Self { text: self.text.get(..end).unwrap_or(self.text), ..self }
    }

    /// Returns a part of the text as a value of its own; costs a reference count, or a copy of an edited line.
    pub(crate) fn share(self, part: &[u8]) -> Bytes {
        match self.memory {
            Some(memory) => {
                let span = Span::of(memory, part);
                memory.slice(span.start()..span.end().max(span.start()))
            }
            None => Bytes::copy_from_slice(part),
        }
    }

    /// Returns the whole text as a value of its own.
    pub(crate) fn to_bytes(self) -> Bytes {
        self.share(self.text)
    }
}
