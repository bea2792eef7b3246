//! Offsets as people count: lines and columns.

/// Where an octet is: both numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The octet in that line.
    pub column: usize,
}

impl Position {
    /// Returns the position of an offset in a text; that of its end if the offset is beyond it.
    #[must_use]
    pub fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Self { line, column: before.len() - line_start(before) + 1 }
    }
}

/// Returns where the last line of a text starts.
pub(crate) fn line_start(before: &[u8]) -> usize {
    before.iter().rposition(|&byte| byte == b'\n').map_or(0, |lf| lf + 1)
}
