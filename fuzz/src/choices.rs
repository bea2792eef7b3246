//! Decisions taken from the octets of an input, so that a fuzzer can steer a sequence of calls.

/// Takes decisions from the front of an input; when it is used up, every decision is the first one.
#[derive(Debug)]
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Begins at the front.
    pub fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Takes an octet.
    pub fn octet(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        first
    }

    /// Takes one of these.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.octet()) % all.len()]
    }

    /// Takes a text: up to the next octet 0x1f, or to the end.
    pub fn text(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|&octet| octet == SEPARATOR).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        text
    }

    /// Whether everything was taken.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes all that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }
}

/// What separates texts: a control character which no grammar here has.
pub const SEPARATOR: u8 = 0x1f;
