//! What a peer may make us hold.

/// Sizes that a message may not exceed, checked before memory is taken.
///
/// ```
/// let mut limits = centrala_sip::Limits::default();
/// limits.headers = 64;
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a whole message; more than 4 GB count as that.
    pub message: usize,
    /// Octets of the start line, its line end aside.
    pub start_line: usize,
    /// Header lines; folded lines count as one.
    pub headers: usize,
    /// Octets of one header's value, folds included.
    pub header_value: usize,
    /// Octets of a header name.
    pub header_name: usize,
}

impl Limits {
    /// What a UDP datagram can hold.
    pub const MESSAGE: usize = 65_535;
    /// Default of [`Limits::start_line`].
    pub const START_LINE: usize = 8_192;
    /// Default of [`Limits::headers`].
    pub const HEADERS: usize = 256;
    /// Default of [`Limits::header_value`].
    pub const HEADER_VALUE: usize = 8_192;
    /// Default of [`Limits::header_name`].
    pub const HEADER_NAME: usize = 128;

    /// Offsets have 32 bits.
    pub(crate) fn within_offsets(self) -> Self {
        let longest = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        Self { message: self.message.min(longest), ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: Self::MESSAGE,
            start_line: Self::START_LINE,
            headers: Self::HEADERS,
            header_value: Self::HEADER_VALUE,
            header_name: Self::HEADER_NAME,
        }
    }
}
