//! Everything that is wrong in an office's file, shown where it stands.

use std::{fmt, ops::Range, sync::Arc};

use crate::Fault;

/// How many errors are kept. The others are counted.
pub const MAX_ERRORS: usize = 100;

/// How many characters of a line are shown.
const SHOWN_WIDTH: usize = 100;

/// Everything that is wrong in an office's file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeErrors {
    errors: Vec<OfficeError>,
    omitted: usize,
}

impl OfficeErrors {
    /// `faults` must not be empty.
    pub(crate) fn new(source: &str, file: &str, mut faults: Vec<Found>) -> Self {
        faults.sort_by_key(|found| (found.span.start, found.span.end));
        let lines = Lines::new(source, file);
        let error = |found: &Found| OfficeError {
            fault: found.fault.clone(),
            at: lines.location(&found.span),
            related: found.related.clone().map(|(span, note)| (lines.location(&span), note)),
        };
        let errors: Vec<OfficeError> = faults.iter().take(MAX_ERRORS).map(error).collect();
        Self { omitted: faults.len() - errors.len(), errors }
    }

    /// Returns the errors: at least one, at most [`MAX_ERRORS`].
    #[must_use]
    pub fn errors(&self) -> &[OfficeError] {
        &self.errors
    }

    /// Returns how many errors there were beside these.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl fmt::Display for OfficeErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, error) in self.errors.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n\n")?;
            }
            error.fmt(f)?;
        }
        if self.omitted > 0 {
            write!(f, "\n\n… and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for OfficeErrors {}

/// Something wrong, and where.
///
/// `Display` shows it with its line:
///
/// ```text
/// error: there is no group "sale"
///  --> acme.toml:12:13
///    |
/// 12 | go = "group sale"
///    |             ^^^^
///    = did you mean "sales"?
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeError {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub at: Location,
    /// Where else to look, and why.
    pub related: Option<(Location, String)>,
}

impl fmt::Display for OfficeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = [Some(self.at.line), self.related.as_ref().map(|(at, _)| at.line)];
        let gutter = numbers.iter().flatten().map(|line| line.to_string().len()).max();
        let gutter = gutter.unwrap_or(1);
        writeln!(f, "error: {}", self.fault)?;
        writeln!(f, "{:gutter$}--> {}", "", self.at)?;
        self.at.show(f, gutter, '^', "")?;
        if let Some((at, note)) = &self.related {
            writeln!(f, "\n{:gutter$}::: {at}", "")?;
            at.show(f, gutter, '-', note)?;
        }
        if let Some(advice) = self.fault.advice() {
            write!(f, "\n{:gutter$} = {advice}", "")?;
        }
        Ok(())
    }
}

impl std::error::Error for OfficeError {}

/// A place in an office's file. `Display` writes it as `acme.toml:12:13`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name of the file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes in the source. They are on character boundaries.
    pub span: Range<usize>,
    /// What is shown of the line.
    text: String,
    /// Which characters of it are meant.
    mark: Range<usize>,
}

impl Location {
    /// Shows the line with a mark under the place, `gutter` columns for its number, and a note. Leaves the last line
    /// unfinished.
    ///
    /// # Errors
    ///
    /// Only those of `f`.
    pub fn show(
        &self,
        f: &mut fmt::Formatter<'_>,
        gutter: usize,
        mark: char,
        note: &str,
    ) -> fmt::Result {
        let marks = String::from(mark).repeat(self.mark.len());
        let line = self.line;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{line:>gutter$} | {}", self.text)?;
        write!(f, "{:gutter$} | {:before$}{marks}", "", "", before = self.mark.start)?;
        if !note.is_empty() {
            write!(f, " {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A fault that was found, before its line is looked up.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) fault: Fault,
    pub(crate) span: Range<usize>,
    pub(crate) related: Option<(Range<usize>, String)>,
}

/// Finds lines and columns. Each costs the same, wherever it is and however long its line.
pub(crate) struct Lines<'a> {
    source: &'a str,
    file: Arc<str>,
    starts: Vec<usize>,
    /// How many characters begin before each [`STRIDE`]th byte.
    counts: Vec<usize>,
}

/// From how many bytes on characters are counted again.
const STRIDE: usize = 1_024;

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a str, file: &str) -> Self {
        let after_breaks = source.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after_breaks).collect();
        let mut counts = vec![0];
        let mut before = 0;
        for bytes in source.as_bytes().chunks(STRIDE) {
            before += beginnings(bytes);
            counts.push(before);
        }
        Self { source, file: file.into(), starts, counts }
    }

    pub(crate) fn location(&self, span: &Range<usize>) -> Location {
        let start = self.source.floor_char_boundary(span.start);
        let end = self.source.ceil_char_boundary(span.end).max(start);
        let line = self.starts.partition_point(|&first| first <= start).max(1);
        let first = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.characters_before(start) - self.characters_before(first);
        // A place of several lines is marked to the end of the first. At least one character is.
        let marked = self.rest_of_line(start, SHOWN_WIDTH);
        let marked = marked.filter(|(at, _)| *at < end).count().max(1);
        let shown =
            if before + marked <= SHOWN_WIDTH { before } else { before.min(SHOWN_WIDTH / 2) };
        let back = self.source.get(first..start).unwrap_or("").char_indices().rev();
        let from = back.take(shown).last().map_or(start, |(at, _)| first + at);
        let text = self.rest_of_line(from, SHOWN_WIDTH).map(|(_, c)| printable(c)).collect();
        let mark = shown..(shown + marked).min(SHOWN_WIDTH + 1);
        let file = Arc::clone(&self.file);
        Location { file, line, column: before + 1, span: start..end, text, mark }
    }

    fn characters_before(&self, at: usize) -> usize {
        let counted = at / STRIDE;
        let rest = self.source.as_bytes().get(counted * STRIDE..at).unwrap_or(&[]);
        self.counts.get(counted).copied().unwrap_or(0) + beginnings(rest)
    }

    /// Returns the characters from `at` to the end of the line, `most` at most, and their places.
    fn rest_of_line(&self, at: usize, most: usize) -> impl Iterator<Item = (usize, char)> {
        let rest = self.source.get(at..).unwrap_or("").char_indices();
        let characters = rest.map(move |(offset, c)| (at + offset, c));
        characters.take_while(|(_, c)| *c != '\n').filter(|(_, c)| *c != '\r').take(most)
    }
}

/// Returns how many characters begin in these bytes of UTF-8.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// A tab is as wide as a space, and what would move the cursor is not printed.
fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}
