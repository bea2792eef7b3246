//! Samples in time.

/// A ring of samples, of which each has come or has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimeLine {
    samples: Box<[i16]>,
    /// A bit for each sample: whether it has come.
    present: Box<[u64]>,
    /// Where the playhead is
    head: usize,
    /// How far ahead of the playhead the last written sample is
    written: usize,
}

impl TimeLine {
    pub(super) fn new() -> Self {
        let (samples, present) = (vec![0; CAPACITY].into(), vec![0; CAPACITY / BITS].into());
        Self { samples, present, head: 0, written: 0 }
    }

    /// Writes what fits, `at` samples ahead of the playhead.
    pub(super) fn write(&mut self, at: usize, samples: &[i16]) {
        let fits = CAPACITY.saturating_sub(at).min(samples.len());
        let mut rest = samples.get(..fits).unwrap_or_default();
        for (place, count) in spans(self.head + at, fits, CAPACITY) {
            let (part, behind) = rest.split_at(count.min(rest.len()));
            rest = behind;
            if let Some(places) = self.samples.get_mut(place..place + part.len()) {
                places.copy_from_slice(part);
            }
        }
        self.mark(self.head + at, fits, true);
        if !samples.is_empty() {
            self.written = self.written.max((at + samples.len()).min(CAPACITY));
        }
    }

    /// Takes the sample at the playhead.
    pub(super) fn take(&mut self) -> Option<i16> {
        let sample = self.peek(0);
        self.skip(1);
        sample
    }

    /// Takes the next samples if they are all there.
    pub(super) fn take_whole(&mut self, samples: &mut [i16]) -> bool {
        if !self.is_whole(samples.len()) {
            return false;
        }
        let mut rest = &mut *samples;
        for (place, count) in spans(self.head, rest.len(), CAPACITY) {
            let (part, behind) = rest.split_at_mut(count);
            rest = behind;
            if let Some(taken) = self.samples.get(place..place + count) {
                part.copy_from_slice(taken);
            }
        }
        self.skip(samples.len());
        true
    }

    /// Returns a sample so far ahead of the playhead.
    pub(super) fn peek(&self, ahead: usize) -> Option<i16> {
        let at = (self.head + ahead) % CAPACITY;
        let word = self.present.get(at / BITS)?;
        if word >> (at % BITS) & 1 == 0 {
            return None;
        }
        self.samples.get(at).copied()
    }

    /// Passes over so many samples.
    pub(super) fn skip(&mut self, count: usize) {
        self.mark(self.head, count.min(CAPACITY), false);
        self.head = (self.head + count) % CAPACITY;
        self.written = self.written.saturating_sub(count);
    }

    /// Returns whether the next so many samples are all there.
    pub(super) fn is_whole(&self, count: usize) -> bool {
        count <= self.written
            && spans(self.head, count, BITS).all(|(place, count)| {
                let (word, mask) = (place / BITS, mask(place, count));
                self.present.get(word).is_some_and(|word| word & mask == mask)
            })
    }

    pub(super) fn clear(&mut self) {
        self.present.fill(0);
        self.written = 0;
    }

    pub(super) const fn written(&self) -> usize {
        self.written
    }

    /// Notes of samples from `from` on that they have come, or that they are gone.
    fn mark(&mut self, from: usize, count: usize, is_present: bool) {
        for (place, count) in spans(from, count, BITS) {
            let mask = mask(place, count);
            if let Some(word) = self.present.get_mut(place / BITS) {
                *word = if is_present { *word | mask } else { *word & !mask };
            }
        }
    }
}

/// Returns the parts of the ring, place and length, that hold `count` samples from `from` on, cut where a multiple of `unit`
/// begins.
fn spans(from: usize, count: usize, unit: usize) -> impl Iterator<Item = (usize, usize)> {
    let (mut at, mut left) = (from % CAPACITY, count);
    core::iter::from_fn(move || {
        let length = left.min(unit - at % unit);
        let span = (length > 0).then_some((at, length));
        at = (at + length) % CAPACITY;
        left -= length;
        span
    })
}

/// Returns the bits of `count` samples from this place on, which are all in one word.
const fn mask(place: usize, count: usize) -> u64 {
    let ones = if count >= BITS { u64::MAX } else { (1 << count) - 1 };
    ones << (place % BITS)
}

/// Half a second, and a multiple of [`BITS`].
pub(super) const CAPACITY: usize = 4_096;
const BITS: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Write(usize, Vec<i16>),
        Take(usize),
        TakeWhole(usize),
        Skip(usize),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let samples = proptest::collection::vec(any::<i16>(), 0..700);
        prop_oneof![
            4 => (0..4_200_usize, samples).prop_map(|(at, samples)| Step::Write(at, samples)),
            2 => (0..300_usize).prop_map(Step::Take),
            2 => (0..300_usize).prop_map(Step::TakeWhole),
            1 => (0..5_000_usize).prop_map(Step::Skip),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_row_of_samples_that_are_there_or_not(
            steps in proptest::collection::vec(step(), 0..60),
        ) {
            let mut line = TimeLine::new();
            let mut model = vec![None; CAPACITY];
            let drop_front = |model: &mut Vec<Option<i16>>, count: usize| {
                model.drain(..count.min(CAPACITY));
                model.resize(CAPACITY, None);
            };
            for step in steps {
                match step {
                    Step::Write(at, samples) => {
                        line.write(at, &samples);
                        for (place, sample) in model.iter_mut().skip(at).zip(samples) {
                            *place = Some(sample);
                        }
                    }
                    Step::Take(count) => {
                        for _ in 0..count {
                            prop_assert_eq!(line.take(), model[0]);
                            drop_front(&mut model, 1);
                        }
                    }
                    Step::TakeWhole(count) => {
                        let mut samples = vec![0; count];
                        let expected: Option<Vec<i16>> = model[..count].iter().copied().collect();
                        prop_assert_eq!(line.is_whole(count), expected.is_some());
                        prop_assert_eq!(line.take_whole(&mut samples), expected.is_some());
                        if let Some(expected) = expected {
                            prop_assert_eq!(samples, expected);
                            drop_front(&mut model, count);
                        }
                    }
                    Step::Skip(count) => {
                        line.skip(count);
                        drop_front(&mut model, count);
                    }
                    Step::Clear => {
                        line.clear();
                        model.fill(None);
                    }
                }
                let last = model.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
                prop_assert!(line.written() >= last);
                prop_assert_eq!(line.peek(100), model[100]);
            }
        }
    }
}
