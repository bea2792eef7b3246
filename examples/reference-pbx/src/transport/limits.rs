//! What others may take of us: connections, octets and time.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// How much streams may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamLimits {
    /// Connections in all.
    pub(crate) connections: usize,
    /// Connections with one source. A branch office behind one address has one for each of its telephones.
    pub(crate) connections_of_source: usize,
    /// Connections that one source may keep open without a word, once they are older than `grace`. All telephones of a
    /// branch office may come back at once, and need a moment until they speak.
    pub(crate) silent_of_source: usize,
    /// Octets that are held for one source: frames that have not come as a whole, and what it does not read.
    pub(crate) octets_of_source: usize,
    /// Octets that wait for one connection to take them.
    pub(crate) octets_unwritten: usize,
    /// Until a connection of ours has to be made.
    pub(crate) connect: Duration,
    /// How long a connection that was opened to us may be silent whatever others of its source do.
    pub(crate) grace: Duration,
    /// Until something has to come on a connection that was opened to us.
    pub(crate) silence: Duration,
    /// From the first octet of a frame to its last.
    pub(crate) frame: Duration,
    /// How long the other side may take nothing of what is written to it.
    pub(crate) stall: Duration,
    /// From one frame to the next. A ping is one, and whoever registers must refresh.
    pub(crate) idle: Duration,
    /// How long a connection stays of which the other side has closed its half: as long as an answer may take.
    pub(crate) half_closed: Duration,
    /// How long the last answer to a broken stream may take.
    pub(crate) goodbye: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            connections: 8_192,
            connections_of_source: 1_024,
            silent_of_source: 32,
            octets_of_source: 4 << 20,
            octets_unwritten: 256 << 10,
            connect: Duration::from_secs(3),
            grace: Duration::from_secs(2),
            silence: Duration::from_secs(30),
            frame: Duration::from_secs(10),
            stall: Duration::from_secs(10),
            idle: Duration::from_secs(20 * 60),
            half_closed: Duration::from_secs(32),
            goodbye: Duration::from_secs(2),
        }
    }
}

impl StreamLimits {
    /// Returns limits that leave files for everything else: half of what this process may open, and three quarters to
    /// others than one source. Each party of a call needs one for its sound, and one for
    /// reports about it unless they go where the sound goes.
    pub(crate) fn of_this_process() -> Self {
        // Elsewhere there is no such file, and nothing to be known without the C library.
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Self::default().within(open_files(&limits))
    }

    /// Returns the same limits for a process that may open so many files; `None` is any number.
    fn within(self, files: Option<usize>) -> Self {
        let Some(files) = files else { return self };
        Self {
            connections: self.connections.min(files / 2),
            connections_of_source: self.connections_of_source.min(files / 4),
            ..self
        }
    }
}

/// Reads how many files may be open from what Linux says of a process; `None` if there is no limit.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Who is behind an address, as far as limits go: an IPv4 address, or an IPv6 network of 64 bits, of which one
/// customer has all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceKey(IpAddr);

impl From<SocketAddr> for SourceKey {
    fn from(address: SocketAddr) -> Self {
        Self(match address.ip().to_canonical() {
            IpAddr::V6(ip) => {
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> HOST_BITS << HOST_BITS))
            }
            ip @ IpAddr::V4(_) => ip,
        })
    }
}

/// The bits of an IPv6 address that its owner chooses freely.
const HOST_BITS: u32 = 64;

/// What all sources hold together and each alone.
#[derive(Debug, Default)]
pub(super) struct Census {
    by_source: BTreeMap<SourceKey, Holding>,
    connections: usize,
}

/// What one source holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    pub(super) connections: usize,
    pub(super) silent: usize,
    pub(super) octets: usize,
}

impl Census {
    /// Returns whether there may be one more connection with a source.
    pub(super) fn has_room(&self, source: SourceKey, limits: &StreamLimits) -> bool {
        self.connections < limits.connections
            && self.holding(source).connections < limits.connections_of_source
    }

    /// Counts what a connection holds now in place of what it held before; `None` is no connection.
    pub(super) fn replace(
        &mut self,
        source: SourceKey,
        before: Option<Holding>,
        now: Option<Holding>,
    ) {
        let mut holding = self.holding(source);
        if let Some(before) = before {
            holding = holding.without(before);
            self.connections = self.connections.saturating_sub(before.connections);
        }
        if let Some(now) = now {
            holding = holding.with(now);
            self.connections = self.connections.saturating_add(now.connections);
        }
        if holding == Holding::default() {
            self.by_source.remove(&source);
        } else {
            self.by_source.insert(source, holding);
        }
    }

    /// Returns whether nobody holds anything.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.by_source.is_empty() && self.connections == 0
    }

    /// Returns what a source holds.
    pub(super) fn holding(&self, source: SourceKey) -> Holding {
        self.by_source.get(&source).copied().unwrap_or_default()
    }
}

impl Holding {
    const fn with(self, other: Self) -> Self {
        Self {
            connections: self.connections.saturating_add(other.connections),
            silent: self.silent.saturating_add(other.silent),
            octets: self.octets.saturating_add(other.octets),
        }
    }

    const fn without(self, other: Self) -> Self {
        Self {
            connections: self.connections.saturating_sub(other.connections),
            silent: self.silent.saturating_sub(other.silent),
            octets: self.octets.saturating_sub(other.octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceKey {
        SourceKey::from(SocketAddr::new(text.parse().unwrap(), 5_060))
    }

    #[test]
    fn connections_leave_files_for_the_sound_of_calls() {
        let of = |files| {
            let limits = StreamLimits::default().within(files);
            (limits.connections, limits.connections_of_source)
        };
        let default = StreamLimits::default();
        let whole = (default.connections, default.connections_of_source);
        assert_eq!(of(Some(1_024)), (512, 256), "what most systems give to a process");
        assert_eq!((of(Some(1_000_000)), of(None)), (whole, whole));
    }

    #[test]
    fn the_number_of_files_is_read_from_what_linux_says() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             63412                63412                processes \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(text), Some(1_024));
        assert_eq!(open_files(&text.replace("1024  ", "unlimited")), None);
        assert_eq!(open_files(""), None);
    }

    #[test]
    fn one_customer_is_one_source_however_many_addresses_he_has() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(source(one) == source(other), same, "{one} and {other}");
        }
    }

    #[test]
    fn a_source_at_its_limit_leaves_room_for_another_and_gets_it_back() {
        let limits =
            StreamLimits { connections: 5, connections_of_source: 3, ..StreamLimits::default() };
        let (greedy, modest) = (source("192.0.2.1"), source("192.0.2.2"));
        let silent = Holding { connections: 1, silent: 1, octets: 0 };
        let talking = Holding { connections: 1, silent: 0, octets: 7 };
        let mut census = Census::default();
        census.replace(greedy, None, Some(silent));
        census.replace(greedy, None, Some(silent));
        assert_eq!(census.holding(greedy).silent, 2);
        census.replace(greedy, Some(silent), Some(talking));
        assert!(census.has_room(greedy, &limits));
        census.replace(greedy, None, Some(talking));
        assert!(!census.has_room(greedy, &limits), "three of one source");
        assert!(census.has_room(modest, &limits));
        assert_eq!(census.holding(greedy), Holding { connections: 3, silent: 1, octets: 14 });
        census.replace(modest, None, Some(talking));
        census.replace(modest, None, Some(talking));
        assert!(!census.has_room(source("192.0.2.3"), &limits), "five in all");
        for held in [silent, talking, talking] {
            census.replace(greedy, Some(held), None);
        }
        for _ in 0..2 {
            census.replace(modest, Some(talking), None);
        }
        assert!(census.is_empty(), "nothing is left");
    }
}
