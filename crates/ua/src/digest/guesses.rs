//! Who guesses passwords is not listened to for a while.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use centrala_time::Timestamp;
use core::time::Duration;

use super::{
    origin::{Host, Network},
    recent::Recent,
};

/// How many wrong passwords are too many.
///
/// # Whom to lock out
///
/// A lock-out is a weapon in both hands: too little of it, and passwords are tried until one fits;
/// too much, and anybody can keep a phone from its account, or an office from its PBX, by being
/// wrong in its name. So:
///
/// - A wrong response counts only with a nonce that was sent to that host (of IPv6: to its 64 bits). Who forges
///   his source address never sees such a nonce: he cannot be wrong in another's name.
/// - Wrong responses are counted for each *user and network* (IPv4 by 24 bits, IPv6 by 64). A
///   phone with an old password locks out itself, not the office around it; a name that is
///   attacked from elsewhere stays usable at home.
/// - They are counted for each *host* (an IPv4 address, 64 bits of IPv6), with more patience,
///   against those who try many names.
/// - They are counted for each *user* from everywhere, against those who try from many hosts. One
///   is forgiven every few seconds, so that this slows down and does not lock out.
/// - A flow (address and port) that proved itself as a user lately is heard as that user whatever
///   its neighbours do, until it has failed as often as a stranger may; a network where the user
///   proved himself lately is not slowed down by what happens elsewhere, nor by those who try other
///   names behind the same address.
///
/// What remains: a user who comes to a new place while his name is under attack from many hosts may
/// have to try for some time, and one who restarts his phone next to somebody who guesses his
/// password must wait until that lock-out ends. Behind a proxy all look like one flow of one host:
/// there the proxy should ask for passwords, and be trusted by address.
///
/// After the first lock-out each further failure doubles the time, up to a limit; a source is
/// forgiven when it was quiet for twice as long as it was locked out. A request that is repeated to
/// the letter counts once: networks double datagrams.
///
/// Names that do not exist are counted like those that do, so nobody learns which is which.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessLimits {
    /// Wrong passwords for one user from one network that are borne.
    pub failures: u32,
    /// Wrong passwords from one host, for whatever users, that are borne.
    pub host_failures: u32,
    /// How long the first lock-out lasts. Each further failure doubles it.
    pub lockout: Duration,
    /// How long the longest lock-out lasts.
    pub longest_lockout: Duration,
    /// Wrong passwords for one user from everywhere that are borne.
    pub user_failures: u32,
    /// How often one of these is forgiven.
    pub user_recovery: Duration,
    /// How long a flow that proved itself is trusted.
    pub trust: Duration,
    /// Entries in each table: of users, of hosts, of users with their networks, of trusted flows.
    /// What was noted longest ago is forgotten first.
    pub entries: usize,
}

impl Default for GuessLimits {
    fn default() -> Self {
        Self {
            failures: 10,
            host_failures: 30,
            lockout: Duration::from_secs(60),
            longest_lockout: Duration::from_secs(3_600),
            user_failures: 100,
            user_recovery: Duration::from_secs(10),
            trust: Duration::from_secs(24 * 3_600),
            entries: 10_000,
        }
    }
}

/// Counts wrong responses, and remembers right ones.
#[derive(Debug)]
pub(super) struct Guesses {
    limits: GuessLimits,
    pairs: Recent<(UserId, Network), Failures>,
    hosts: Recent<Host, Failures>,
    /// Until when the failures of a user are forgiven.
    users: Recent<UserId, Timestamp>,
    /// The failures of flows that were right once, since then.
    trusted: Recent<(UserId, Network, SocketAddr), u32>,
}

/// Who a request says that it is from: a keyed hash of the name, so that entries have one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct UserId(pub(super) u128);

/// Wrong responses of one source.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    /// The beginning of the last wrong response.
    last: u64,
}

/// Flows that are trusted for one user in one network: several phones may share a name.
const MAX_FLOWS: usize = 8;

impl Guesses {
    pub(super) fn new(limits: GuessLimits) -> Self {
        let memory = limits.longest_lockout.saturating_mul(2).max(limits.lockout);
        let debt = limits.user_recovery.saturating_mul(limits.user_failures.saturating_add(2));
        Self {
            pairs: Recent::new(limits.entries, memory),
            hosts: Recent::new(limits.entries, memory),
            users: Recent::new(limits.entries, debt),
            trusted: Recent::new(limits.entries, limits.trust),
            limits,
        }
    }

    /// Returns whether a request is not to be judged.
    pub(super) fn is_locked_out(&self, user: UserId, source: SocketAddr, now: Timestamp) -> bool {
        let network = Network::of(source.ip());
        let flow = (user, network, source);
        if let Some((_, failures)) = self.trusted.get(&flow, now) {
            return *failures > self.limits.failures;
        }
        let pair = self.pairs.get(&(user, network), now);
        if self.is_locked(pair, self.limits.failures, now) {
            return true;
        }
        if self.trusted.within(flows(user, network), now).next().is_some() {
            return false;
        }
        let host = self.hosts.get(&Host::of(source.ip()), now);
        let borne = self.limits.user_recovery.saturating_mul(self.limits.user_failures);
        let debt = self.users.get(&user, now).map(|(_, until)| until.saturating_since(now));
        self.is_locked(host, self.limits.host_failures, now) || debt.is_some_and(|it| it > borne)
    }

    /// Notes a wrong response, of which `mark` is the beginning.
    pub(super) fn note_failure(
        &mut self,
        user: UserId,
        source: SocketAddr,
        mark: u64,
        now: Timestamp,
    ) {
        let network = Network::of(source.ip());
        let (pair, host) = ((user, network), Host::of(source.ip()));
        let in_pair = self.failures(self.pairs.get(&pair, now), self.limits.failures, now);
        if in_pair.count > 0 && in_pair.last == mark {
            return;
        }
        let at_host = self.failures(self.hosts.get(&host, now), self.limits.host_failures, now);
        let plus_one =
            |failures: Failures| Failures { count: failures.count.saturating_add(1), last: mark };
        self.pairs.note(pair, plus_one(in_pair), now);
        self.hosts.note(host, plus_one(at_host), now);
        let until = self.users.get(&user, now).map_or(now, |(_, until)| (*until).max(now));
        self.users.note(user, until + self.limits.user_recovery, now);
        if let Some(failures) = self.trusted.get_mut(&(user, network, source)) {
            *failures = failures.saturating_add(1);
            if *failures > self.limits.failures {
                self.trusted.remove(&(user, network, source));
            }
        }
    }

    /// Notes a right response. Wrong ones are not forgiven: who has one account may be guessing
    /// at others.
    pub(super) fn note_success(&mut self, user: UserId, source: SocketAddr, now: Timestamp) {
        let network = Network::of(source.ip());
        self.trusted.note((user, network, source), 0, now);
        let of_user: Vec<_> = self.trusted.within(flows(user, network), now).collect();
        if of_user.len() > MAX_FLOWS
            && let Some((_, oldest)) = of_user.into_iter().min()
        {
            self.trusted.remove(&oldest);
        }
    }

    /// Returns what still counts of the failures of a source.
    fn failures(
        &self,
        noted: Option<(Timestamp, &Failures)>,
        borne: u32,
        now: Timestamp,
    ) -> Failures {
        let Some((at, failures)) = noted else { return Failures::default() };
        let memory = self.penalty(failures.count, borne).saturating_mul(2).max(self.limits.lockout);
        if now.saturating_since(at) < memory { *failures } else { Failures::default() }
    }

    fn is_locked(&self, noted: Option<(Timestamp, &Failures)>, borne: u32, now: Timestamp) -> bool {
        noted.is_some_and(|(at, failures)| {
            now.saturating_since(at) < self.penalty(failures.count, borne)
        })
    }

    /// Returns how long a source is locked out after its last failure.
    fn penalty(&self, count: u32, borne: u32) -> Duration {
        match count.checked_sub(borne) {
            None | Some(0) => Duration::ZERO,
            Some(excess) => {
                let factor = 1_u32.checked_shl(excess - 1).unwrap_or(u32::MAX);
                let longest = self.limits.longest_lockout.max(self.limits.lockout);
                self.limits.lockout.saturating_mul(factor).min(longest)
            }
        }
    }
}

/// Returns the range of the flows of one user in one network.
fn flows(
    user: UserId,
    network: Network,
) -> std::ops::RangeInclusive<(UserId, Network, SocketAddr)> {
    // All IPv4 addresses sort before all IPv6 addresses.
    let first = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let last = std::net::SocketAddrV6::new(
        std::net::Ipv6Addr::from_bits(u128::MAX),
        u16::MAX,
        u32::MAX,
        u32::MAX,
    );
    (user, network, first)..=(user, network, SocketAddr::V6(last))
}

#[cfg(test)]
mod tests;
