//! The beat: twenty phases of a millisecond, each with the sessions that send in it.

use std::time::{Duration, Instant};

/// Phases of the beat, a millisecond each.
const PHASES: usize = 20;

/// How far a late worker catches up, one millisecond after the other, before it lets time go.
const LONGEST_CATCH_UP: u64 = 200;

/// What is due, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Session(usize),
    Room(usize),
}

/// Which sessions and rooms are due, and when.
#[derive(Debug)]
pub(super) struct Beat {
    start: Instant,
    /// The next millisecond since the start that was not ticked yet.
    next: u64,
    phases: [Vec<Due>; PHASES],
    active: usize,
}

impl Beat {
    pub(super) fn new(now: Instant) -> Self {
        Self { start: now, next: 0, phases: std::array::from_fn(|_| Vec::new()), active: 0 }
    }

    /// Adds somebody to the phase with the fewest: due once in 20 ms from now on.
    pub(super) fn add(&mut self, due: Due, now: Instant) {
        if self.active == 0 {
            self.next = self.millis(now);
        }
        // The phase that comes next wins among equals: the first packet leaves at once.
        let first = usize::try_from(self.next).unwrap_or(0);
        let fewest = (0..PHASES).map(|step| (first + step) % PHASES);
        let fewest = fewest.min_by_key(|phase| self.phases.get(*phase).map_or(0, Vec::len));
        if let Some(phase) = fewest.and_then(|phase| self.phases.get_mut(phase)) {
            phase.push(due);
            self.active += 1;
        }
    }

    /// Takes somebody out: the place may be given to another one.
    pub(super) fn remove(&mut self, due: Due) {
        for phase in &mut self.phases {
            let before = phase.len();
            phase.retain(|other| *other != due);
            self.active -= before - phase.len();
        }
    }

    /// Takes somebody out who goes on in another beat; returns the millisecond in which it would have been due.
    pub(super) fn take(&mut self, due: Due) -> Option<u64> {
        let phase = self.phases.iter().position(|phase| phase.contains(&due))?;
        self.remove(due);
        let next = usize::try_from(self.next).unwrap_or(0) % PHASES;
        let steps = (phase + PHASES - next) % PHASES;
        Some(self.next + u64::try_from(steps).unwrap_or(0))
    }

    /// Adds somebody who was taken out of another beat of the same start, to the phase that it had there; returns how
    /// often it was due in between. What is due must have been [run](Self::run) in both, so that nothing is due twice.
    pub(super) fn resume(&mut self, due: Due, next: u64, now: Instant) -> u64 {
        if self.active == 0 {
            self.next = self.millis(now) + 1;
        }
        let phase = usize::try_from(next).unwrap_or(0) % PHASES;
        if let Some(phase) = self.phases.get_mut(phase) {
            phase.push(due);
            self.active += 1;
        }
        let late = self.next.saturating_sub(next).min(LONGEST_CATCH_UP);
        late.div_ceil(PHASES as u64)
    }

    /// Runs everything that is due; `tick` says whether it stays.
    pub(super) fn run(&mut self, now: Instant, mut tick: impl FnMut(Due) -> bool) {
        let due = self.millis(now);
        if due.saturating_sub(self.next) > LONGEST_CATCH_UP {
            self.next = due;
        }
        while self.active > 0 && self.next <= due {
            let phase = usize::try_from(self.next).unwrap_or(0) % PHASES;
            if let Some(all) = self.phases.get_mut(phase) {
                let before = all.len();
                all.retain(|due| tick(*due));
                self.active -= before - all.len();
            }
            self.next += 1;
        }
    }

    /// Returns how long until something is due.
    pub(super) fn until_next(&self, now: Instant) -> Option<Duration> {
        if self.active == 0 {
            return None;
        }
        let from = usize::try_from(self.next).unwrap_or(0);
        let steps = (0..PHASES).find(|step| {
            self.phases.get((from + step) % PHASES).is_some_and(|phase| !phase.is_empty())
        })?;
        let at = self.start + Duration::from_millis(self.next + u64::try_from(steps).unwrap_or(0));
        Some(at.saturating_duration_since(now))
    }

    fn millis(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start).as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_sessions_are_spread_two_to_a_phase_and_each_is_due_once_in_a_beat() {
        let start = Instant::now();
        let mut beat = Beat::new(start);
        for session in 0..40 {
            beat.add(Due::Session(session), start);
        }
        let mut counts = [0; 40];
        let mut burst = 0;
        for millis in 0..200 {
            let mut together = 0;
            beat.run(start + Duration::from_millis(millis), |due| {
                let Due::Session(session) = due else { return false };
                counts[session] += 1;
                together += 1;
                true
            });
            burst = burst.max(together);
        }
        assert_eq!(counts, [10; 40]);
        assert_eq!(burst, 2);
    }

    #[test]
    fn a_place_that_is_given_to_another_session_is_due_once_in_a_beat() {
        let start = Instant::now();
        let mut beat = Beat::new(start);
        beat.add(Due::Session(3), start);
        beat.remove(Due::Session(3));
        assert_eq!(beat.until_next(start), None);
        beat.add(Due::Session(5), start);
        beat.add(Due::Session(3), start);
        let mut ticks = 0;
        for millis in 0..100 {
            beat.run(start + Duration::from_millis(millis), |due| {
                ticks += usize::from(due == Due::Session(3));
                true
            });
        }
        assert_eq!(ticks, 5);
    }

    #[test]
    fn a_session_that_changes_its_beat_is_due_at_the_same_times_and_never_twice() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        for (taken, busy) in (0..40).flat_map(|taken| [(taken, false), (taken, true)]) {
            for travel in [0, 1, 19, 20, 50] {
                let (mut old, mut new) = (Beat::new(start), Beat::new(start));
                old.add(Due::Session(1), start);
                if busy {
                    new.add(Due::Session(7), start);
                }
                let mut ticks = Vec::new();
                for millis in 0..=taken {
                    old.run(at(millis), |_| {
                        ticks.push(millis);
                        true
                    });
                }
                let next = old.take(Due::Session(1)).unwrap();
                assert_eq!(old.until_next(at(taken)), None);
                new.run(at(taken + travel), |_| true);
                let missed = new.resume(Due::Session(2), next, at(taken + travel));
                ticks.extend((0..missed).map(|number| next + number * 20));
                for millis in taken + travel..200 {
                    new.run(at(millis), |due| {
                        if due == Due::Session(2) {
                            ticks.push(millis);
                        }
                        true
                    });
                }
                let expected: Vec<u64> = (0..10).map(|beat| beat * 20).collect();
                assert_eq!(ticks, expected, "taken at {taken}, {travel} ms on the way, {busy}");
            }
        }
    }

    #[test]
    fn a_session_that_leaves_is_due_no_more_and_an_idle_beat_waits_for_ever() {
        let start = Instant::now();
        let mut beat = Beat::new(start);
        beat.add(Due::Session(7), start);
        assert_eq!(beat.until_next(start), Some(Duration::ZERO));
        beat.run(start, |_| false);
        assert_eq!(beat.until_next(start), None);
        let later = start + Duration::from_secs(9);
        beat.add(Due::Session(7), later);
        let mut ticks = 0;
        beat.run(later, |_| {
            ticks += 1;
            true
        });
        assert_eq!(ticks, 1, "the idle time is not caught up");
        let mut ticks = 0;
        beat.run(later + Duration::from_secs(5), |_| {
            ticks += 1;
            true
        });
        assert!(ticks <= 1, "a worker that slept for seconds does not send a burst: {ticks}");
    }
}
