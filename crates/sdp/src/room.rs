//! Descriptions that stay within what this crate reads.

use crate::{Media, SessionDescription};

/// What is left for media sections of a description: what is made here must be readable here.
#[derive(Debug)]
pub(crate) struct Room {
    octets: usize,
    lines: usize,
    sections: usize,
}

impl Room {
    /// All the room there is beside the lines of the session that [`OfferAnswer`](crate::OfferAnswer) writes.
    pub(crate) const fn new() -> Self {
        Self {
            octets: SessionDescription::MAX_LEN - SESSION_OCTETS,
            lines: SessionDescription::MAX_LINES - SESSION_LINES,
            sections: SessionDescription::MAX_MEDIA,
        }
    }

    /// Takes the room of a section; nothing if there is not enough.
    pub(crate) fn take(&mut self, media: &Media) -> bool {
        let left = (
            self.octets.checked_sub(media.octets()),
            self.lines.checked_sub(1 + media.lines().len()),
            self.sections.checked_sub(1),
        );
        let (Some(octets), Some(lines), Some(sections)) = left else { return false };
        *self = Self { octets, lines, sections };
        true
    }

    /// Takes the room of a section instead of that of another; nothing if there is not enough.
    pub(crate) fn exchange(&mut self, old: &Media, new: &Media) -> bool {
        let with_old = Self {
            octets: self.octets + old.octets(),
            lines: self.lines + 1 + old.lines().len(),
            sections: self.sections + 1,
        };
        let without = core::mem::replace(self, with_old);
        let fits = self.take(new);
        if !fits {
            *self = without;
        }
        fits
    }
}

/// More octets than `v=`, `o=`, `s=`, `c=` and `t=` have with the longest numbers and addresses.
const SESSION_OCTETS: usize = 256;
/// As many lines.
const SESSION_LINES: usize = 5;
