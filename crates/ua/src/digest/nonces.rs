//! Nonces that need no memory until they are used.

use std::collections::BTreeMap;

use centrala_time::Timestamp;
use core::time::Duration;
use subtle::ConstantTimeEq;

use crate::generator::{Generator, hex, keyed_hash};

/// Issues nonces and judges those that come back.
///
/// A nonce carries the time of its issue, a salt and a keyed hash over both, so that a flood of
/// unauthenticated requests leaves nothing behind. Only a nonce that was used with a right
/// response is remembered, together with its counts, so that a captured request cannot be played
/// again. The table is bounded: when it is full, the oldest nonce leaves and everything issued
/// until then counts as stale, which costs the phone one round trip and an attacker everything.
pub(crate) struct Nonces {
    key: [u8; 32],
    lifetime: Duration,
    capacity: usize,
    used: BTreeMap<Issue, Counts>,
    /// Nonces issued at or before this moment are stale.
    horizon: Option<Timestamp>,
}

/// When a nonce was issued, and its salt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Issue {
    at: Timestamp,
    salt: u64,
}

/// The counts seen with one nonce: the highest, and the 64 below it as bits. UDP may reorder
/// requests of the same phone, so a lower count is not a replay yet.
#[derive(Clone, Copy)]
struct Counts {
    highest: u32,
    below: u64,
}

/// What a nonce that came back is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NonceVerdict {
    /// Ours, young enough, and the count is new.
    Fresh,
    /// Not ours (any more), too old, or the count was used: the client shall take a new one.
    Stale,
}

impl Nonces {
    pub(crate) fn new(lifetime: Duration, capacity: usize, generator: &mut Generator) -> Self {
        let key = generator.key();
        Self { key, lifetime, capacity: capacity.max(1), used: BTreeMap::new(), horizon: None }
    }

    /// Returns a new nonce.
    pub(crate) fn issue(&self, generator: &mut Generator, now: Timestamp) -> String {
        self.print(Issue { at: to_millis(now), salt: generator.number() })
    }

    /// Judges a nonce whose response was right, and remembers its count.
    pub(crate) fn redeem(&mut self, nonce: &[u8], count: u32, now: Timestamp) -> NonceVerdict {
        self.expire(now);
        let Some(issue) = self.read(nonce) else { return NonceVerdict::Stale };
        let expired = now.saturating_since(issue.at) >= self.lifetime;
        if expired || issue.at > now || self.horizon.is_some_and(|horizon| issue.at <= horizon) {
            return NonceVerdict::Stale;
        }
        if let Some(counts) = self.used.get_mut(&issue) {
            return if counts.admit(count) { NonceVerdict::Fresh } else { NonceVerdict::Stale };
        }
        if self.used.len() >= self.capacity
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.horizon = Some(oldest.at);
            if issue.at <= oldest.at {
                return NonceVerdict::Stale;
            }
        }
        self.used.insert(issue, Counts { highest: count, below: 0 });
        NonceVerdict::Fresh
    }

    /// Returns how many nonces are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.used.len()
    }

    /// Forgets what is too old to be accepted anyway.
    fn expire(&mut self, now: Timestamp) {
        while let Some(oldest) = self.used.first_entry() {
            if now.saturating_since(oldest.key().at) < self.lifetime {
                break;
            }
            oldest.remove();
        }
    }

    fn print(&self, issue: Issue) -> String {
        let millis = u64::try_from(issue.at.since_start().as_millis()).unwrap_or(u64::MAX);
        let mac = keyed_hash(&self.key, &[&millis.to_be_bytes(), &issue.salt.to_be_bytes()]);
        let mac = mac.first_chunk::<16>().map_or(&[][..], |mac| mac.as_slice());
        format!("{millis:016x}{:016x}{}", issue.salt, hex(mac))
    }

    fn read(&self, nonce: &[u8]) -> Option<Issue> {
        let text = str::from_utf8(nonce).ok()?;
        let number = |text: Option<&str>| u64::from_str_radix(text?, 16).ok();
        let (millis, salt) = (number(text.get(..16))?, number(text.get(16..32))?);
        let issue = Issue { at: Timestamp::from_millis(millis), salt };
        let genuine: bool = self.print(issue).as_bytes().ct_eq(nonce).into();
        genuine.then_some(issue)
    }
}

impl Counts {
    /// Notes `count`; false if it was seen before or is too far behind to know.
    fn admit(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            // The old highest becomes the bit just below the new one.
            self.below = self.below.checked_shl(ahead).unwrap_or(0)
                | 1_u64.checked_shl(ahead - 1).unwrap_or(0);
            self.highest = count;
            return true;
        }
        let Some(behind) = (self.highest - count).checked_sub(1) else { return false };
        let Some(bit) = 1_u64.checked_shl(behind) else { return false };
        let unseen = self.below & bit == 0;
        self.below |= bit;
        unseen
    }
}

/// Cuts what the nonce does not carry.
fn to_millis(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(u64::try_from(now.since_start().as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(300);

    fn nonces(capacity: usize) -> (Nonces, Generator) {
        let mut generator = Generator::new([1; 32]);
        (Nonces::new(LIFETIME, capacity, &mut generator), generator)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_nonce_is_good_once_for_each_count() {
        let (mut nonces, mut generator) = nonces(10);
        let nonce = nonces.issue(&mut generator, at(1));
        let mut redeem = |count| nonces.redeem(nonce.as_bytes(), count, at(2));
        assert_eq!(redeem(1), NonceVerdict::Fresh);
        assert_eq!(redeem(1), NonceVerdict::Stale);
        assert_eq!(redeem(3), NonceVerdict::Fresh);
        assert_eq!(redeem(2), NonceVerdict::Fresh, "reordered, not replayed");
        assert_eq!(redeem(2), NonceVerdict::Stale);
        assert_eq!(redeem(200), NonceVerdict::Fresh);
        assert_eq!(redeem(4), NonceVerdict::Stale, "too far behind to know");
    }

    #[test]
    fn a_nonce_dies_of_age_and_a_foreign_one_was_never_alive() {
        let (mut ours, mut generator) = nonces(10);
        let nonce = ours.issue(&mut generator, at(1));
        assert_eq!(ours.redeem(nonce.as_bytes(), 1, at(301)), NonceVerdict::Stale);
        let (mut others, _) = nonces(10);
        others.key = [9; 32];
        assert_eq!(others.redeem(nonce.as_bytes(), 1, at(2)), NonceVerdict::Stale);
        let forged = format!("{}{}", nonce.get(..32).unwrap(), "0".repeat(32));
        for foreign in ["", "short", forged.as_str(), &nonce[1..]] {
            assert_eq!(ours.redeem(foreign.as_bytes(), 1, at(2)), NonceVerdict::Stale, "{foreign}");
        }
    }

    #[test]
    fn memory_is_bounded_and_what_leaves_it_cannot_be_replayed() {
        let (mut nonces, mut generator) = nonces(5);
        let issued: Vec<_> =
            (0..8).map(|second| nonces.issue(&mut generator, at(second))).collect();
        for nonce in &issued {
            assert_eq!(nonces.redeem(nonce.as_bytes(), 1, at(9)), NonceVerdict::Fresh);
        }
        assert_eq!(nonces.len(), 5);
        for nonce in &issued {
            assert_eq!(nonces.redeem(nonce.as_bytes(), 1, at(9)), NonceVerdict::Stale);
        }
        assert_eq!(nonces.redeem(issued[7].as_bytes(), 2, at(9)), NonceVerdict::Fresh);
        let late = nonces.issue(&mut generator, at(1_000));
        assert_eq!(nonces.redeem(late.as_bytes(), 1, at(1_000)), NonceVerdict::Fresh);
        assert_eq!(nonces.len(), 1, "the old ones have expired");
    }

    proptest! {
        #[test]
        fn no_count_is_admitted_twice(counts in proptest::collection::vec(0_u32..200, 1..300)) {
            let mut state = Counts { highest: counts[0], below: 0 };
            let mut seen = BTreeSet::from([counts[0]]);
            for count in &counts[1..] {
                let highest = *seen.last().unwrap();
                let expected = !seen.contains(count) && count + 64 >= highest;
                prop_assert_eq!(state.admit(*count), expected, "{} after {:?}", count, seen);
                if expected {
                    seen.insert(*count);
                }
            }
        }
    }
}
