//! Where recordings are.

use std::{collections::BTreeMap, sync::Arc};

use centrala_dialogue::SoundId;

/// Knows recordings by their names.
pub trait SoundSource {
    /// Returns the 16-bit samples at 8,000 Hz of a recording; `None` if it cannot be had.
    fn sound(&self, id: &SoundId) -> Option<Arc<[i16]>>;
}

/// A source without recordings.
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoSounds;

impl SoundSource for NoSounds {
    fn sound(&self, _: &SoundId) -> Option<Arc<[i16]>> {
        None
    }
}

/// Recordings in memory.
impl SoundSource for BTreeMap<SoundId, Arc<[i16]>> {
    fn sound(&self, id: &SoundId) -> Option<Arc<[i16]>> {
        self.get(id).cloned()
    }
}
