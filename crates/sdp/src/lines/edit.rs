//! Lines added, replaced and removed.

use core::ops::Deref;

use super::Lines;
use crate::{EditLineError, Line};

/// The lines of a section, to be changed. Whatever is changed, the other lines stay as they were, octet by octet, and
/// `v=` and `o=` of a description stay.
///
/// It is no `&mut Lines`, with which the lines of a description could be taken away as a whole, `v=` and `o=` among
/// them:
///
/// ```compile_fail,E0308
/// # let mut description: centrala_sdp::SessionDescription = "v=0\r\no=- 1 1 IN IP4 h\r\n".parse().unwrap();
/// core::mem::take(description.lines_mut());
/// ```
#[derive(Debug)]
pub struct LinesMut<'a> {
    lines: &'a mut Lines,
    section: Section,
}

#[derive(Clone, Copy, Debug)]
enum Section {
    Session,
    Media,
}

impl<'a> LinesMut<'a> {
    pub(crate) const fn of_session(lines: &'a mut Lines) -> Self {
        Self { lines, section: Section::Session }
    }

    pub(crate) const fn of_media(lines: &'a mut Lines) -> Self {
        Self { lines, section: Section::Media }
    }

    /// Adds a line where RFC 8866 section 5 wants it: `c=` before `b=` before `a=`; after those of its letter.
    ///
    /// # Errors
    ///
    /// [`EditLineError::Kind`] for a line which says where sections begin.
    pub fn push(&mut self, line: Line) -> Result<(), EditLineError> {
        self.lines.push(line)
    }

    /// Adds an attribute, after all others; a flag if `value` is empty.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the name is no token or the value would break out of the line.
    pub fn push_attribute(&mut self, name: &str, value: &str) -> Result<(), EditLineError> {
        self.lines.push(Line::attribute_of(name, value)?)
    }

    /// Gives an attribute this value, in the place of the first of its name; further ones are removed. Without
    /// one it is added.
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the name is no token or the value would break out of the line.
    pub fn set_attribute(&mut self, name: &str, value: &str) -> Result<(), EditLineError> {
        let line = Line::attribute_of(name, value)?;
        self.lines.put(line, |other| other.is_attribute(name));
        Ok(())
    }

    /// Gives lines of a letter this value, in the place of the first; further ones are removed. For attributes see
    /// [`LinesMut::set_attribute`].
    ///
    /// # Errors
    ///
    /// [`EditLineError`] if the value would break out of the line, or the letter is `a` or not one of an ordinary
    /// line.
    pub fn set(&mut self, kind: char, value: &str) -> Result<(), EditLineError> {
        let line = Line::new(kind, value)?;
        if line.is(b'a') {
            return Err(EditLineError::Kind);
        }
        self.lines.put(line, |other| other.kind() == kind);
        Ok(())
    }

    /// Removes all attributes of a name, and returns how many there were.
    pub fn remove_attributes(&mut self, name: &str) -> usize {
        self.remove_where(|line| line.is_attribute(name))
    }

    /// Removes all lines that are such, and returns how many there were. `v=` and `o=` of a description stay; those
    /// which stray into a media section do not.
    pub fn remove_where(&mut self, is_such: impl Fn(&Line) -> bool) -> usize {
        let before = self.lines.len();
        let stays = |line: &Line| match self.section {
            Section::Session => line.is_structural(),
            Section::Media => false,
        };
        self.lines.retain(|line| stays(line) || !is_such(line));
        before - self.lines.len()
    }
}

impl Deref for LinesMut<'_> {
    type Target = Lines;

    fn deref(&self) -> &Lines {
        self.lines
    }
}
