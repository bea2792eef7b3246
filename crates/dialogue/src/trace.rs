//! The way to a place, readable.

use std::fmt;

/// What happened, one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace(Vec<String>);

impl Trace {
    /// Returns the lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl FromIterator<String> for Trace {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("   (the very beginning)");
        }
        for (number, line) in (1_usize..).zip(&self.0) {
            if number > 1 {
                f.write_str("\n")?;
            }
            write!(f, "{number:4} {line}")?;
        }
        Ok(())
    }
}
