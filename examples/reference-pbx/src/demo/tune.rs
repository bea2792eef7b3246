//! What the caller of the mailbox sings: never the same for a quarter of a second.

use std::time::Duration;

use crate::softphone::tone;

/// How long a note is.
const NOTE: Duration = Duration::from_millis(240);

/// How many notes there are: forty seconds.
const NOTES: u32 = 40 * 1_000 / 240;

/// Returns the tune: notes between 300 and 1,100 Hz in an order that does not repeat.
pub(super) fn tune() -> Vec<i16> {
    let mut state = 1_u32;
    let mut samples = Vec::new();
    for _ in 0..NOTES {
        // The constants of "Numerical Recipes": any full-period generator will do.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let step = u16::try_from(state >> 24).unwrap_or(0);
        samples.extend(tone(300.0 + f32::from(step) * 3.1, NOTE));
    }
    samples
}
