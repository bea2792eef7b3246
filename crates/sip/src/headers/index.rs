//! Where the headers of each known name are.

use core::ops::Range;

use super::Slot;
use crate::header_name::HeaderId;

/// The first place of every known name, and which of them have more than one.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// 0 is absent, others are places counted from 1; what is beyond the last one begins there or later.
    first: [u8; HeaderId::COUNT],
    repeated: u128,
}

const BEYOND: u8 = u8::MAX;

const _: () = assert!(HeaderId::COUNT <= 128, "one bit for each name");

impl Index {
    pub(super) fn of(slots: &[Slot]) -> Self {
        let mut index = Self { first: [0; HeaderId::COUNT], repeated: 0 };
        for (place, slot) in (1_usize..).zip(slots) {
            // Names that the registry lacks have no entry.
            let Some(first) = index.first.get_mut(slot.id.place()) else { continue };
            if *first == 0 {
                *first = u8::try_from(place).unwrap_or(BEYOND);
            } else {
                index.repeated |= 1 << slot.id.place();
            }
        }
        index
    }

    /// The places where headers of that name can be, among `len`.
    pub(super) fn range(&self, id: HeaderId, len: usize) -> Range<usize> {
        match self.first.get(id.place()) {
            None => 0..len,
            Some(0) => 0..0,
            Some(&place) => {
                let start = usize::from(place) - 1;
                let is_single = place != BEYOND && !self.is_repeated(id);
                start..if is_single { start + 1 } else { len }
            }
        }
    }

    pub(super) fn is_repeated(&self, id: HeaderId) -> bool {
        self.repeated.checked_shr(u32::try_from(id.place()).unwrap_or(0)).unwrap_or(0) & 1 == 1
    }
}
