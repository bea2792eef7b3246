//! Interleaved timing: on a machine that others use too, only what runs side by side can be compared.

#![expect(clippy::disallowed_methods, reason = "measuring is reading a clock")]

use std::time::{Duration, Instant};

use crate::Task;

/// Times of one task and of the floor over the same messages, one pair per round.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a row of a table")]
pub struct Times {
    /// Nanoseconds per message.
    pub task: Vec<f64>,
    /// Nanoseconds per message of the floor that ran just before and just after.
    pub floor: Vec<f64>,
}

impl Times {
    /// Returns the median time.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(self.task.clone())
    }

    /// Returns the shortest time.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.task.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Returns the median of the rounds' ratios to the floor.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        median(self.task.iter().zip(&self.floor).map(|(task, floor)| task / floor).collect())
    }
}

/// Runs rounds in which every task has its turn, each between two runs of its floor.
#[must_use]
pub fn run(pairs: &mut [(Task, Task)], rounds: usize) -> Vec<Times> {
    let mut table = vec![Times::default(); pairs.len()];
    let passes: Vec<(usize, usize)> =
        pairs.iter_mut().map(|(task, floor)| (calibrate(task), calibrate(floor))).collect();
    for _ in 0..rounds {
        for (((task, floor), times), passes) in pairs.iter_mut().zip(&mut table).zip(&passes) {
            let before = time(floor, passes.1);
            times.task.push(time(task, passes.0));
            times.floor.push(f64::midpoint(before, time(floor, passes.1)));
        }
    }
    table
}

/// Finds how many passes last long enough for the clock.
fn calibrate(task: &mut Task) -> usize {
    let mut passes = 4;
    while elapsed(task, passes) < SLICE && passes < MAX_PASSES {
        passes *= 2;
    }
    passes
}

/// Nanoseconds per message.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn time(task: &mut Task, passes: usize) -> f64 {
    let nanoseconds = elapsed(task, passes).as_nanos() as f64;
    nanoseconds / (passes * task.messages.len().max(1)) as f64
}

/// Runs so many passes, in portions if the task wants it; preparing is not counted.
fn elapsed(task: &mut Task, passes: usize) -> Duration {
    let mut elapsed = Duration::ZERO;
    let mut left = passes;
    while left > 0 {
        let portion = left.min(task.most_passes());
        task.prepare(portion);
        let start = Instant::now();
        task.run();
        elapsed += start.elapsed();
        left -= portion;
    }
    elapsed
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

const SLICE: Duration = Duration::from_millis(1);
const MAX_PASSES: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_its_rounds() {
        let times = Times { task: vec![30.0, 80.0, 20.0], floor: vec![10.0, 20.0, 10.0] };
        assert!((times.ratio() - 3.0).abs() < 1e-9);
        assert!((times.median() - 30.0).abs() < 1e-9);
        assert!((times.min() - 20.0).abs() < 1e-9);
    }
}
