//! How long the delay should be: long enough for most packets, and no longer.

/// Learns how unevenly packets arrive. Time is counted in samples that were pulled, so that only what matters to whoever
/// pulls is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Adaptation {
    shortest: i32,
    longest: i32,
    /// The fastest transit of this window and of the one before: who follows both follows a clock that drifts.
    fastest: [Option<i32>; 2],
    window_ends: u32,
    /// How many packets were so late, in steps of [`STEP`].
    lateness: [u16; STEPS],
    seen: u16,
    /// Beats until the delay may be changed again.
    pub(super) rest: u8,
}

impl Adaptation {
    pub(super) const fn new(shortest: i32, longest: i32) -> Self {
        Self {
            shortest,
            longest,
            fastest: [None; 2],
            window_ends: WINDOW,
            lateness: [0; STEPS],
            seen: 0,
            rest: 0,
        }
    }

    /// The time line begins anew. How uneven the network is is known as before.
    pub(super) const fn restart(&mut self) {
        self.fastest = [None; 2];
        self.window_ends = WINDOW;
    }

    /// A packet has come, so many samples after its timestamp, when so many were pulled since the time line began.
    pub(super) fn note(&mut self, transit: i32, clock: u32) {
        if clock >= self.window_ends {
            self.window_ends = clock.saturating_add(WINDOW);
            self.fastest = [None, self.fastest[0]];
        }
        self.fastest[0] = Some(self.fastest[0].map_or(transit, |fastest| fastest.min(transit)));
        let late = transit.saturating_sub(self.base());
        let step = usize::try_from(late / STEP).unwrap_or(0).min(STEPS - 1);
        if let Some(count) = self.lateness.get_mut(step) {
            *count += 1;
        }
        self.seen += 1;
        if self.seen >= MEMORY {
            self.lateness.iter_mut().for_each(|count| *count /= 2);
            self.seen = self.lateness.iter().sum();
        }
    }

    /// Has the target be this, whatever the network is like.
    #[cfg(test)]
    pub(super) const fn demand(&mut self, delay: i32) {
        (self.shortest, self.longest) = (delay, delay);
    }

    /// Returns the transit that a packet has which nothing delays.
    pub(super) fn base(&self) -> i32 {
        self.fastest.iter().flatten().copied().min().unwrap_or(0)
    }

    /// Returns the delay, in samples, by which all but two packets of a hundred are in time.
    pub(super) fn target(&self) -> i32 {
        let (mut in_time, mut delay) = (0_u32, 0);
        for count in self.lateness {
            in_time += u32::from(count);
            delay += STEP;
            if in_time * 100 >= u32::from(self.seen) * 98 {
                break;
            }
        }
        delay.clamp(self.shortest, self.longest)
    }
}

/// 5 ms.
const STEP: i32 = 40;
/// Up to 320 ms.
const STEPS: usize = 64;
/// What is older than about so many packets counts half.
const MEMORY: u16 = 256;
/// 8 s.
const WINDOW: u32 = 64_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_network_needs_no_more_than_the_shortest_delay() {
        let mut adaptation = Adaptation::new(160, 2_400);
        assert_eq!(adaptation.target(), 160);
        (0..1_000).for_each(|n| adaptation.note(7, n * 160));
        assert_eq!((adaptation.target(), adaptation.base()), (160, 7));
    }

    #[test]
    fn the_delay_is_what_most_need_and_the_rare_late_one_is_let_go() {
        let mut adaptation = Adaptation::new(160, 2_400);
        for n in 0..1_000_u32 {
            let late = if n % 100 == 99 { 2_000 } else { i32::try_from(n % 5).unwrap() * 160 };
            adaptation.note(late, n * 160);
        }
        assert_eq!(adaptation.target(), 680, "80 ms and a step");
        // Calm comes back: what was is forgotten within twenty seconds.
        (1_000..1_900).for_each(|n| adaptation.note(0, n * 160));
        assert_eq!(adaptation.target(), 160);
        for n in 2_000..2_100 {
            adaptation.note(9_000, n * 160);
        }
        assert_eq!(adaptation.target(), 2_400, "no more than the longest");
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        let mut adaptation = Adaptation::new(160, 2_400);
        // A sender that is slow by 200 ppm: each packet a little later.
        for n in 0..20_000_u32 {
            let drift = i32::try_from(n * 160 / 5_000).unwrap();
            adaptation.note(drift, n * 160);
        }
        assert!(adaptation.base() > 540, "{}", adaptation.base());
        assert_eq!(adaptation.target(), 160);
    }
}
