//! Whose packets a call listens to.

use std::net::SocketAddr;

/// Decides which source address is the other party: symmetric RTP that a stranger cannot take over.
///
/// SDP says where the party receives. Most send from there too, but a party behind a NAT sends from
/// an address that nobody could signal. So the first source to be heard is taken for the party, and
/// kept; should packets come from the signalled address later, that one wins, for good. Everybody
/// else is a stranger: counted, never heard, never answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLatch {
    signalled: Option<SocketAddr>,
    state: State,
    strangers: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody was heard yet.
    Open,
    /// The first source that was heard is not the signalled one.
    Learned(SocketAddr),
    /// The signalled address is in use; no other is accepted any more.
    Confirmed(SocketAddr),
}

/// Who has sent a packet.
#[expect(clippy::exhaustive_enums, reason = "one party is listened to, all others are strangers")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The party of this call: use the packet.
    Party,
    /// Somebody else: drop the packet.
    Stranger,
}

impl SourceLatch {
    /// Returns a latch for a party whose address SDP has not told: the first source is the party.
    #[must_use]
    pub const fn open() -> Self {
        Self { signalled: None, state: State::Open, strangers: 0 }
    }

    /// Returns a latch for a party that receives at this address.
    #[must_use]
    pub const fn new(signalled: SocketAddr) -> Self {
        Self { signalled: Some(signalled), state: State::Open, strangers: 0 }
    }

    /// Notes where the newest SDP says that the party receives.
    ///
    /// A different address than before opens the latch again: the party has moved.
    pub fn handle_signalled(&mut self, address: SocketAddr) {
        if self.signalled != Some(address) {
            self.signalled = Some(address);
            self.state = State::Open;
        }
    }

    /// Opens the latch again, for a party that has fallen silent: its NAT may have moved it.
    pub const fn release(&mut self) {
        self.state = State::Open;
    }

    /// Judges the source of a packet, and counts it if it is a stranger.
    pub fn handle_source(&mut self, from: SocketAddr) -> Source {
        let is_signalled = self.signalled == Some(from);
        let party = match self.state {
            State::Open => true,
            State::Learned(party) => party == from || is_signalled,
            State::Confirmed(party) => party == from,
        };
        if !party {
            self.strangers = self.strangers.saturating_add(1);
            return Source::Stranger;
        }
        self.state = if is_signalled { State::Confirmed(from) } else { State::Learned(from) };
        Source::Party
    }

    /// Returns where to send: to the party that was heard, else to the signalled address.
    #[must_use]
    pub const fn remote(&self) -> Option<SocketAddr> {
        match self.state {
            State::Open => self.signalled,
            State::Learned(party) | State::Confirmed(party) => Some(party),
        }
    }

    /// Returns how many packets came from strangers.
    #[must_use]
    pub const fn strangers(&self) -> u64 {
        self.strangers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn the_signalled_address_is_heard_and_nobody_else() {
        let mut latch = SourceLatch::new(address(4_000));
        assert_eq!(latch.remote(), Some(address(4_000)));
        assert_eq!(latch.handle_source(address(4_000)), Source::Party);
        assert_eq!(latch.handle_source(address(4_002)), Source::Stranger);
        assert_eq!(latch.handle_source(address(4_000)), Source::Party);
        assert_eq!((latch.remote(), latch.strangers()), (Some(address(4_000)), 1));
    }

    #[test]
    fn a_party_behind_a_nat_is_learned_once() {
        let mut latch = SourceLatch::new(address(4_000));
        assert_eq!(latch.handle_source(address(61_000)), Source::Party);
        assert_eq!(latch.handle_source(address(61_002)), Source::Stranger);
        assert_eq!(latch.remote(), Some(address(61_000)));
    }

    #[test]
    fn the_signalled_address_displaces_a_stranger_that_was_faster() {
        let mut latch = SourceLatch::new(address(4_000));
        assert_eq!(latch.handle_source(address(666)), Source::Party);
        assert_eq!(latch.handle_source(address(4_000)), Source::Party);
        assert_eq!(latch.handle_source(address(666)), Source::Stranger);
        assert_eq!(latch.remote(), Some(address(4_000)));
    }

    #[test]
    fn without_sdp_the_first_source_is_the_party() {
        let mut latch = SourceLatch::open();
        assert_eq!(latch.remote(), None);
        assert_eq!(latch.handle_source(address(1)), Source::Party);
        assert_eq!(latch.handle_source(address(2)), Source::Stranger);
    }

    #[test]
    fn a_party_that_has_moved_is_learned_anew() {
        let mut latch = SourceLatch::new(address(4_000));
        latch.handle_source(address(4_000));
        latch.handle_signalled(address(4_000));
        assert_eq!(latch.handle_source(address(5_000)), Source::Stranger, "nothing has changed");
        latch.handle_signalled(address(5_000));
        assert_eq!(latch.handle_source(address(5_000)), Source::Party);
        latch.release();
        assert_eq!(latch.handle_source(address(6_000)), Source::Party);
    }
}
