//! Timestamps of one clock rate in another.

/// Follows a stream's timestamps and tells them in another clock rate: across the wrap of either, and without drift.
///
/// The first timestamp stays as it is; only distances are scaled.
///
/// ```
/// use centrala_media::ClockScale;
///
/// let mut scale = ClockScale::new(48_000, 8_000);
/// assert_eq!(scale.convert(u32::MAX - 959), u32::MAX - 959);
/// assert_eq!(scale.convert(0), u32::MAX - 959 + 160);
/// assert_eq!(scale.convert(u32::MAX - 959), u32::MAX - 959, "a packet that was overtaken");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockScale {
    from: u32,
    to: u32,
    /// A timestamp, and what it is in the other rate.
    anchor: Option<(u32, u32)>,
}

impl ClockScale {
    /// Returns a scale from one rate to another, in units a second; a rate of 0 is taken for 1.
    #[must_use]
    pub const fn new(from: u32, to: u32) -> Self {
        let (from, to) = (if from == 0 { 1 } else { from }, if to == 0 { 1 } else { to });
        let divisor = greatest_common_divisor(from, to);
        Self { from: from / divisor, to: to / divisor, anchor: None }
    }

    /// Returns a timestamp in the other rate.
    pub fn convert(&mut self, timestamp: u32) -> u32 {
        let (near, told) = *self.anchor.get_or_insert((timestamp, timestamp));
        let distance = i64::from(timestamp.wrapping_sub(near).cast_signed());
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        // The anchor moves by whole periods of both clocks, so that nothing is rounded twice.
        let periods = distance.div_euclid(from);
        let near = near.wrapping_add(truncated(periods * from));
        let told = told.wrapping_add(truncated(periods * to));
        self.anchor = Some((near, told));
        told.wrapping_add(truncated(distance.rem_euclid(from) * to / from))
    }

    /// Returns a length of time in the other rate.
    #[must_use]
    pub fn convert_length(&self, length: u32) -> u32 {
        let scaled = u64::from(length) * u64::from(self.to) / u64::from(self.from);
        u32::try_from(scaled).unwrap_or(u32::MAX)
    }

    /// Returns whether both rates are the same.
    #[must_use]
    pub const fn is_identity(&self) -> bool {
        self.from == self.to
    }
}

const fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Timestamps count modulo 2^32.
const fn truncated(number: i64) -> u32 {
    #![expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "arithmetic modulo 2^32"
    )]
    number as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_hour_of_frames_is_scaled_without_drift_across_the_wrap() {
        let mut scale = ClockScale::new(48_000, 8_000);
        let begin = u32::MAX - 5_000_000;
        for frame in 0..180_000_u32 {
            let told = scale.convert(begin.wrapping_add(frame * 960));
            assert_eq!(told, begin.wrapping_add(frame * 160), "frame {frame}");
        }
        let mut back = ClockScale::new(8_000, 48_000);
        for frame in 0..180_000_u32 {
            let told = back.convert(begin.wrapping_add(frame * 160));
            assert_eq!(told, begin.wrapping_add(frame * 960), "frame {frame}");
        }
    }

    #[test]
    fn equal_rates_change_nothing_and_lengths_are_scaled() {
        let mut same = ClockScale::new(8_000, 8_000);
        assert!(same.is_identity());
        assert_eq!([7, 9, 3].map(|stamp| same.convert(stamp)), [7, 9, 3]);
        assert_eq!(ClockScale::new(48_000, 8_000).convert_length(4_800), 800);
        assert_eq!(ClockScale::new(8_000, 48_000).convert_length(u32::MAX), u32::MAX);
        assert_eq!(ClockScale::new(0, 0).convert(5), 5);
    }

    proptest! {
        #[test]
        fn any_steps_add_up(
            from in 1..200_000_u32, to in 1..200_000_u32, first in any::<u32>(),
            steps in proptest::collection::vec(-100_000..100_000_i32, 0..40),
        ) {
            let mut scale = ClockScale::new(from, to);
            scale.convert(first);
            let mut passed = 0_i64;
            for step in steps {
                passed += i64::from(step);
                let told = scale.convert(first.wrapping_add(truncated(passed)));
                let exact = (passed * i64::from(to)).div_euclid(i64::from(from));
                prop_assert_eq!(told, first.wrapping_add(truncated(exact)));
            }
        }
    }
}
