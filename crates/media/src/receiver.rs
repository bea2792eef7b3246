//! One incoming RTP stream: what is new, what is lost, how much it jitters.

use std::time::Duration;

use crate::{RtpHeader, Ssrc};

/// Follows the sequence numbers of a source (RFC 3550 appendices A.1, A.3 and A.8).
///
/// It judges each packet and keeps the statistics; it holds no packets. Arrival times are durations
/// since any instant of the caller's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpReceiver {
    clock_rate: u32,
    state: State,
    finished: RtpStatistics,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Receiving(Run),
}

/// A run of sequence numbers of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    ssrc: Ssrc,
    first: u64,
    newest: u64,
    /// Bit n: the packet `newest - n` has arrived.
    window: u64,
    received: u64,
    duplicates: u64,
    reordered: u64,
    /// After a jump: the sequence number that would prove a restart.
    suspect: Option<u16>,
    transit: Option<u32>,
    /// Jitter in timestamp units, times 16
    jitter: u32,
}

/// How a packet fits into its stream.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reception {
    /// The first packet of a source, or of a source that has restarted.
    Started,
    /// A packet newer than all others, with `missing` packets before it that have not come (yet).
    InOrder {
        /// How many sequence numbers were skipped
        missing: u16,
    },
    /// A packet that was overtaken by a newer one.
    Reordered,
    /// A packet that was received before, or that is too old to know.
    Duplicate,
    /// A packet far away from all others: the next one will tell whether the source has restarted.
    Suspect,
}

impl Reception {
    /// Returns whether the packet is worth using.
    #[must_use]
    pub const fn is_new(self) -> bool {
        match self {
            Self::Started | Self::InOrder { .. } | Self::Reordered => true,
            Self::Duplicate | Self::Suspect => false,
        }
    }
}

/// Counts of an incoming stream, over all its sources.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RtpStatistics {
    /// Packets that arrived, duplicates left out
    pub received: u64,
    /// Packets that never arrived
    pub lost: u64,
    /// Packets that arrived again, or too late to tell
    pub duplicates: u64,
    /// Packets that were overtaken
    pub reordered: u64,
    /// How often a source began: once is usual
    pub sources: u64,
}

impl RtpReceiver {
    /// Returns a receiver of a stream whose timestamps count this many units a second.
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self { clock_rate, state: State::Waiting, finished: RtpStatistics::default() }
    }

    /// Judges a packet of sound.
    pub fn handle_sound(&mut self, header: &RtpHeader, arrival: Duration) -> Reception {
        let reception = self.handle_sequence(header);
        if let (true, State::Receiving(run)) = (reception.is_new(), &mut self.state) {
            run.measure_jitter(in_units(arrival, self.clock_rate), header.timestamp);
        }
        reception
    }

    /// Judges a packet of a telephone event: it shares the sequence, but its timestamp stands still
    /// and says nothing about jitter.
    pub fn handle_event(&mut self, header: &RtpHeader) -> Reception {
        self.handle_sequence(header)
    }

    /// Returns the statistics up to now.
    #[must_use]
    pub fn statistics(&self) -> RtpStatistics {
        match &self.state {
            State::Waiting => self.finished,
            State::Receiving(run) => self.finished.with(run),
        }
    }

    /// Returns the interarrival jitter in timestamp units (RFC 3550 section 6.4.1).
    #[must_use]
    pub const fn jitter(&self) -> u32 {
        match &self.state {
            State::Waiting => 0,
            State::Receiving(run) => run.jitter >> 4,
        }
    }

    /// Returns the highest sequence number of the source, with the count of its cycles in the upper half (RFC 3550 section
    /// 6.4.1); `None` before the first packet.
    #[must_use]
    pub const fn highest_sequence(&self) -> Option<u32> {
        match &self.state {
            State::Waiting => None,
            State::Receiving(run) => {
                // Numbers begin one cycle ahead.
                let [_, _, _, _, a, b, c, d] = run.newest.saturating_sub(1 << 16).to_be_bytes();
                Some(u32::from_be_bytes([a, b, c, d]))
            }
        }
    }

    /// Returns the source that is received.
    #[must_use]
    pub const fn ssrc(&self) -> Option<Ssrc> {
        match &self.state {
            State::Waiting => None,
            State::Receiving(run) => Some(run.ssrc),
        }
    }

    fn handle_sequence(&mut self, header: &RtpHeader) -> Reception {
        if let State::Receiving(run) = &mut self.state
            && run.ssrc == header.ssrc
            && let Some(reception) = run.judge(header.sequence)
        {
            return reception;
        }
        self.finished = self.statistics();
        self.state = State::Receiving(Run::new(header));
        Reception::Started
    }
}

impl Run {
    fn new(header: &RtpHeader) -> Self {
        // One cycle ahead, so that a packet before the first has a number too.
        let first = (1 << 16) + u64::from(header.sequence);
        Self {
            ssrc: header.ssrc,
            first,
            newest: first,
            window: 1,
            received: 1,
            duplicates: 0,
            reordered: 0,
            suspect: None,
            transit: None,
            jitter: 0,
        }
    }

    /// Judges a sequence number; `None` means that the source has restarted.
    fn judge(&mut self, sequence: u16) -> Option<Reception> {
        let [.., high, low] = self.newest.to_be_bytes();
        let step = sequence.wrapping_sub(u16::from_be_bytes([high, low])).cast_signed();
        let distance = step.unsigned_abs();
        let reception = if (1..=MAX_DROPOUT).contains(&step) {
            self.advance(distance)
        } else if (MIN_STEP..=0).contains(&step) {
            self.fill(distance)
        } else if self.suspect == Some(sequence) {
            return None;
        } else {
            self.suspect = Some(sequence.wrapping_add(1));
            return Some(Reception::Suspect);
        };
        self.suspect = None;
        Some(reception)
    }

    fn advance(&mut self, distance: u16) -> Reception {
        self.newest += u64::from(distance);
        self.window = self.window.checked_shl(distance.into()).unwrap_or(0) | 1;
        self.received += 1;
        Reception::InOrder { missing: distance - 1 }
    }

    fn fill(&mut self, distance: u16) -> Reception {
        let bit = 1_u64.checked_shl(distance.into()).unwrap_or(0);
        let sequence = self.newest.saturating_sub(distance.into());
        if bit == 0 || self.window & bit != 0 {
            self.duplicates += 1;
            return Reception::Duplicate;
        }
        self.window |= bit;
        self.received += 1;
        self.reordered += 1;
        self.first = self.first.min(sequence);
        Reception::Reordered
    }

    /// RFC 3550 appendix A.8, the integer form.
    fn measure_jitter(&mut self, arrival: u32, timestamp: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            let difference = transit.wrapping_sub(last).cast_signed().unsigned_abs();
            // A source that has set its clock anew says nothing about the network.
            if difference < MAX_TRANSIT_STEP {
                self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
            }
        }
    }
}

impl RtpStatistics {
    fn with(mut self, run: &Run) -> Self {
        let expected = run.newest - run.first + 1;
        self.received += run.received;
        self.lost += expected.saturating_sub(run.received);
        self.duplicates += run.duplicates;
        self.reordered += run.reordered;
        self.sources += 1;
        self
    }
}

/// Converts an arrival time to timestamp units, modulo 2^32.
fn in_units(arrival: Duration, clock_rate: u32) -> u32 {
    let nanoseconds = u64::from(arrival.subsec_nanos());
    let units = arrival
        .as_secs()
        .wrapping_mul(clock_rate.into())
        .wrapping_add(nanoseconds * u64::from(clock_rate) / 1_000_000_000);
    let [_, _, _, _, a, b, c, d] = units.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// A larger step forward is a restart, if a second packet confirms it (RFC 3550 appendix A.1).
const MAX_DROPOUT: i16 = 3_000;
/// A larger step back likewise.
const MIN_STEP: i16 = -100;
/// Ten seconds at 8,000 units a second
const MAX_TRANSIT_STEP: u32 = 80_000;

#[cfg(test)]
mod tests;
