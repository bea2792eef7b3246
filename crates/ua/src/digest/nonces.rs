//! Nonces that need no memory until they are used.

use std::{collections::BTreeMap, net::IpAddr};

use centrala_time::Timestamp;
use core::time::Duration;
use subtle::ConstantTimeEq;

use super::{algorithm::Hex, origin::Host};
use crate::keyed_hash::KeyedHash;

/// Issues nonces and judges those that come back.
///
/// A nonce carries the time of its issue, a salt and a keyed hash over both and the host that it
/// was sent to, so that a flood of unauthenticated requests leaves nothing behind. Only a nonce that
/// was used with a right response is remembered, together with its counts, so that a captured
/// request cannot be played again. The table is bounded: when it is full, the oldest nonce leaves
/// and everything issued until then counts as stale, which costs the phone one round trip and an
/// attacker everything.
pub(super) struct Nonces {
    hash: KeyedHash,
    lifetime: Duration,
    capacity: usize,
    used: BTreeMap<Issue, Usage>,
    /// Nonces issued at or before this moment are stale.
    horizon: Option<Timestamp>,
    issued: u64,
}

/// When a nonce was issued, and its salt: what tells it from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Issue {
    at: Timestamp,
    salt: u64,
}

/// What a nonce was used for.
struct Usage {
    counts: Counts,
    /// The first client nonce, if a session variant was used.
    first_cnonce: Option<Box<[u8]>>,
}

/// The counts seen with one nonce: the highest, and the 64 below it as bits. UDP may reorder
/// requests of the same phone, so a lower count is not a replay yet.
#[derive(Clone, Copy)]
struct Counts {
    highest: u32,
    below: u64,
}

/// How a nonce is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// With a count.
    Counted(u32),
    /// Without one, by clients of RFC 2069: for a single request, whoever makes it.
    Once,
}

/// What a nonce that came back is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NonceVerdict {
    /// Ours, young enough, and the count is new.
    Fresh,
    /// Not ours (any more), too old, or the count was used: the client shall take a new one.
    Stale,
}

/// The digits of a nonce: milliseconds, salt, hash.
const PARTS: [usize; 3] = [16, 16, 32];

impl Nonces {
    pub(super) fn new(lifetime: Duration, capacity: usize, key: &[u8; 32]) -> Self {
        Self {
            hash: KeyedHash::new(key),
            lifetime,
            capacity: capacity.max(1),
            used: BTreeMap::new(),
            horizon: None,
            issued: 0,
        }
    }

    /// Returns a new nonce for a client at an address.
    pub(super) fn issue(&mut self, client: IpAddr, now: Timestamp) -> String {
        self.issued = self.issued.wrapping_add(1);
        // The number itself would tell how many challenges there are.
        let salt = self.hash.of(&[b"salt", &self.issued.to_be_bytes()]);
        let salt = salt.first_chunk().map_or(self.issued, |chunk| u64::from_be_bytes(*chunk));
        let issue = Issue { at: Timestamp::from_millis(to_millis(now)), salt };
        format!("{:016x}{salt:016x}{}", to_millis(now), self.seal(issue, client).as_str())
    }

    /// Returns which nonce this is, if it is ours for this client and could still be used. Says
    /// nothing about its counts.
    pub(super) fn read(&self, nonce: &[u8], client: IpAddr, now: Timestamp) -> Option<Issue> {
        let [millis, salt, seal] = PARTS;
        let (millis, rest) = nonce.split_at_checked(millis)?;
        let (salt, given) = rest.split_at_checked(salt)?;
        let issue = Issue { at: Timestamp::from_millis(number(millis)?), salt: number(salt)? };
        let is_genuine: bool = self.seal(issue, client).as_bytes().ct_eq(given).into();
        (given.len() == seal && is_genuine && self.is_alive(issue, now)).then_some(issue)
    }

    /// Judges a nonce whose response was right, and remembers its use.
    pub(super) fn redeem(
        &mut self,
        issue: Issue,
        how: Use,
        first_cnonce: Option<&[u8]>,
        now: Timestamp,
    ) -> NonceVerdict {
        self.expire(now);
        if !self.is_alive(issue, now) {
            return NonceVerdict::Stale;
        }
        if let Some(usage) = self.used.get_mut(&issue) {
            let is_new = match how {
                Use::Counted(count) => usage.counts.admit(count),
                Use::Once => false,
            };
            return if is_new { NonceVerdict::Fresh } else { NonceVerdict::Stale };
        }
        if self.used.len() >= self.capacity
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.horizon = Some(oldest.at);
            if issue.at <= oldest.at {
                return NonceVerdict::Stale;
            }
        }
        let counts = match how {
            Use::Counted(count) => Counts { highest: count, below: 0 },
            Use::Once => Counts { highest: u32::MAX, below: u64::MAX },
        };
        self.used.insert(issue, Usage { counts, first_cnonce: first_cnonce.map(Box::from) });
        NonceVerdict::Fresh
    }

    /// Returns the first client nonce of the session that a nonce began.
    pub(super) fn first_cnonce(&self, issue: Issue) -> Option<&[u8]> {
        self.used.get(&issue)?.first_cnonce.as_deref()
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

    fn is_alive(&self, issue: Issue, now: Timestamp) -> bool {
        issue.at <= now
            && now.saturating_since(issue.at) < self.lifetime
            && self.horizon.is_none_or(|horizon| issue.at > horizon)
    }

    fn seal(&self, issue: Issue, client: IpAddr) -> Hex {
        let millis = to_millis(issue.at).to_be_bytes();
        let host = Host::of(client).to_bytes();
        let hash = self.hash.of(&[b"nonce", &millis, &issue.salt.to_be_bytes(), &host]);
        Hex::of(hash.first_chunk::<16>().map_or(&[], |chunk| chunk.as_slice()))
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
fn to_millis(now: Timestamp) -> u64 {
    u64::try_from(now.since_start().as_millis()).unwrap_or(u64::MAX)
}

/// Reads lower-case hexadecimal digits: what we print has one form only.
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests;
