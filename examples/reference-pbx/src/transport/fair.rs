//! Datagrams that wait for their turn: one after the other of each source, so that a source which sends faster than we
//! read waits behind itself alone.
//!
//! Sources take turns, as in the queue of RFC 8290 (by datagrams, and without its favour for new sources). A source may
//! hold as many datagrams as there is room left: one that floods comes to half of the room, two come to a third each, and there
//! is always as much room for whoever is quiet. Whoever forges many sources has many turns; against him helps only
//! what all of them together may begin.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use centrala_time::Timestamp;
use centrala_ua::Flow;

use super::limits::SourceKey;

/// How many datagrams are held.
const MAX_HELD: usize = 8_192;

/// How many octets of datagrams are held.
const MAX_HELD_OCTETS: usize = 16 << 20;

/// How often it is said that datagrams were left.
const COMPLAINTS: Duration = Duration::from_secs(10);

/// The datagrams that were taken from the kernel and not handed over.
#[derive(Debug, Default)]
pub(super) struct FairQueue {
    /// Only of sources that have something waiting.
    lines: BTreeMap<SourceKey, Line>,
    turns: VecDeque<SourceKey>,
    datagrams: usize,
    octets: usize,
    dropped: u64,
    complained: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    octets: usize,
}

/// A datagram, and when it came.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) since: Timestamp,
    pub(super) flow: Flow,
    pub(super) octets: Bytes,
}

impl FairQueue {
    /// Holds a datagram, if its source has room.
    pub(super) fn push(&mut self, flow: Flow, octets: &[u8], now: Timestamp) {
        let source = SourceKey::from(flow.remote());
        let line = self.lines.entry(source).or_default();
        let has_room = line.waiting.len() < MAX_HELD - self.datagrams
            && line.octets + octets.len() <= MAX_HELD_OCTETS - self.octets;
        if has_room {
            if line.waiting.is_empty() {
                self.turns.push_back(source);
            }
            let octets = Bytes::copy_from_slice(octets);
            line.octets += octets.len();
            self.datagrams += 1;
            self.octets += octets.len();
            line.waiting.push_back(Waiting { since: now, flow, octets });
            return;
        }
        if line.waiting.is_empty() {
            self.lines.remove(&source);
        }
        self.dropped += 1;
        if self.complained.is_none_or(|at| now.saturating_since(at) >= COMPLAINTS) {
            self.complained = Some(now);
            let (remote, dropped) = (flow.remote(), self.dropped);
            tracing::warn!(%remote, dropped, "datagrams come faster than they are read");
        }
    }

    /// Takes the datagram whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let source = self.turns.pop_front()?;
        let line = self.lines.get_mut(&source)?;
        let first = line.waiting.pop_front()?;
        line.octets -= first.octets.len();
        self.datagrams -= 1;
        self.octets -= first.octets.len();
        if line.waiting.is_empty() {
            self.lines.remove(&source);
        } else {
            self.turns.push_back(source);
        }
        Some(first)
    }

    /// Returns whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use centrala_ua::InterfaceId;
    use proptest::prelude::*;

    use super::*;

    fn flow(source: u8) -> Flow {
        let remote = SocketAddr::from(([192, 0, 2, source], 5_060));
        Flow::datagram(InterfaceId::new(0), remote)
    }

    fn push(queue: &mut FairQueue, source: u8, octets: &[u8]) {
        queue.push(flow(source), octets, Timestamp::ZERO);
    }

    fn pop(queue: &mut FairQueue) -> Option<(u8, Bytes)> {
        let Waiting { flow, octets, .. } = queue.pop()?;
        let std::net::IpAddr::V4(address) = flow.remote().ip() else { panic!("{flow:?}") };
        Some((address.octets()[3], octets))
    }

    #[test]
    fn who_floods_waits_behind_himself_alone() {
        let mut queue = FairQueue::default();
        for _ in 0..10_000 {
            push(&mut queue, 1, b"flood");
        }
        push(&mut queue, 2, b"first");
        push(&mut queue, 2, b"second");
        push(&mut queue, 3, b"third");
        let order: Vec<_> = (0..6).map(|_| pop(&mut queue).unwrap().0).collect();
        assert_eq!(order, [1, 2, 3, 1, 2, 1]);
        assert_eq!(queue.dropped, 10_000 - 4_096, "half of the room is never his");
    }

    #[test]
    fn two_that_flood_have_a_third_each_and_so_has_everybody_else() {
        let mut queue = FairQueue::default();
        for source in [1, 2].repeat(10_000) {
            push(&mut queue, source, b"flood");
        }
        let held = |queue: &FairQueue, source| {
            queue
                .lines
                .get(&SourceKey::from(flow(source).remote()))
                .map_or(0, |it| it.waiting.len())
        };
        let (one, two) = (held(&queue, 1), held(&queue, 2));
        assert!(one.abs_diff(MAX_HELD / 3) < 3 && two.abs_diff(one) < 3, "{one} {two}");
        for _ in 0..1_000 {
            push(&mut queue, 3, b"a burst");
        }
        assert_eq!(held(&queue, 3), 1_000);
    }

    #[test]
    fn large_datagrams_are_counted_by_their_octets() {
        let mut queue = FairQueue::default();
        let large = vec![0; 65_507];
        for _ in 0..1_000 {
            push(&mut queue, 1, &large);
        }
        let held = queue.octets;
        assert!((7 << 20..9 << 20).contains(&held), "about half of the room: {held}");
        push(&mut queue, 2, &large);
        assert_eq!(queue.octets, held + large.len());
    }

    proptest! {
        #[test]
        fn everything_comes_out_once_in_the_order_of_its_source(
            steps in proptest::collection::vec((0_u8..6, any::<bool>()), 0..400),
        ) {
            let mut queue = FairQueue::default();
            let (mut sent, mut seen) = ([0_u32; 6], [0_u32; 6]);
            let check = |(source, octets): (u8, Bytes), seen: &mut [u32; 6]| {
                let number = u32::from_be_bytes(octets[..].try_into().unwrap());
                assert_eq!(number, seen[usize::from(source)]);
                seen[usize::from(source)] += 1;
            };
            for (source, takes) in steps {
                let number = &mut sent[usize::from(source)];
                push(&mut queue, source, &number.to_be_bytes());
                *number += 1;
                if takes {
                    check(pop(&mut queue).unwrap(), &mut seen);
                }
            }
            while let Some(next) = pop(&mut queue) {
                check(next, &mut seen);
            }
            prop_assert_eq!(sent, seen);
            prop_assert!(queue.is_empty() && queue.lines.is_empty());
            prop_assert_eq!((queue.datagrams, queue.octets, queue.dropped), (0, 0, 0));
        }
    }
}
