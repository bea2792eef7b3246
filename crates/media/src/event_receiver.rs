//! Keys out of the telephone events of an incoming stream.

use std::collections::VecDeque;
use std::fmt;

use centrala_keys::Key;

use crate::{EVENT_LEN, EventEnd, Marker, RtpHeader, RtpPacket, Ssrc, TelephoneEvent};

/// Turns packets of telephone-event into keys, each pressed once and released once.
///
/// A key is known by its source, the timestamp of its start and its code, never by the marker:
/// markers are lost, or forgotten by the sender. Any single packet of a key is enough to report it.
/// Feed the packets as they arrive, tell the passing of time with
/// [`handle_elapsed`](Self::handle_elapsed), and drain [`poll_output`](Self::poll_output).
///
/// Volume is not judged: RFC 4733 asks receivers to reject keys under -55 dBm0, which were written
/// for tones that somebody has to detect; here the sender says outright that a key is pressed.
///
/// ```
/// use centrala_keys::Key;
/// use centrala_media::{
///     EventReceiver, EventSender, KeyEvent, PayloadType, RtpPacket, RtpSender, Ssrc,
/// };
///
/// let mut stream = RtpSender::new(Ssrc::new(1), 0, 0);
/// let mut press = EventSender::new(Key::Five, 800, 0);
/// let mut receiver = EventReceiver::new();
/// while let Some(event) = press.next_packet() {
///     let mut datagram = [0; 16];
///     stream.write_event(PayloadType::TELEPHONE_EVENT, &event, 160, &mut datagram)?;
///     receiver.handle_packet(&RtpPacket::parse(&datagram).unwrap());
/// }
/// let down = KeyEvent::Down { key: Key::Five, timestamp: 0 };
/// let up = KeyEvent::Up { key: Key::Five, timestamp: 0, duration: 800 };
/// assert_eq!(receiver.poll_output(), Some(down));
/// assert_eq!(receiver.poll_output(), Some(up));
/// assert_eq!(receiver.poll_output(), None);
/// # Ok::<(), centrala_media::WriteRtpError>(())
/// ```
#[derive(Clone)]
pub struct EventReceiver {
    drifting: DriftingTimestamps,
    source: Option<Ssrc>,
    open: Option<Press>,
    /// The keys that ended last, the newest at the back
    ended: VecDeque<Press>,
    newest: Option<Position>,
    outputs: VecDeque<KeyEvent>,
}

/// A key was pressed or released.
#[expect(clippy::exhaustive_enums, reason = "a key goes down and comes up")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyEvent {
    /// The key went down.
    Down {
        /// Which key
        key: Key,
        /// RTP timestamp of the press
        timestamp: u32,
    },
    /// The key came up.
    Up {
        /// Which key
        key: Key,
        /// RTP timestamp of the press
        timestamp: u32,
        /// How long it was down, in timestamp units
        duration: u32,
    },
}

/// Keeps to itself which key it is: it may belong to a PIN.
impl fmt::Debug for KeyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down { timestamp, .. } => {
                f.debug_struct("Down").field("timestamp", timestamp).finish_non_exhaustive()
            }
            Self::Up { timestamp, duration, .. } => f
                .debug_struct("Up")
                .field("timestamp", timestamp)
                .field("duration", duration)
                .finish_non_exhaustive(),
        }
    }
}

/// What to think of a key whose timestamp moves while it is down.
///
/// Such senders exist, but two quick presses of the same key look much the same.
#[expect(clippy::exhaustive_enums, reason = "they are told apart or they are not")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DriftingTimestamps {
    /// Another timestamp is another key, as RFC 4733 has it.
    #[default]
    Separate,
    /// A packet without marker that closely follows one of the same key continues that key.
    Joined,
}

/// A key of which at least one packet was seen.
#[derive(Clone)]
struct Press {
    key: Key,
    /// Timestamp of the press
    start: u32,
    /// Where the current segment began: `start`, unless the key is a long one
    segment: u32,
    /// Samples before the current segment, or before the duration has wrapped
    before: u32,
    /// Newest duration on the wire
    duration: u16,
    sequence: u16,
    /// Samples since its newest packet
    silent: u32,
}

/// Where in the stream a packet stands.
#[derive(Clone, Copy)]
struct Position {
    sequence: u16,
    timestamp: u32,
}

impl EventReceiver {
    /// Returns a receiver of one stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with_drifting(DriftingTimestamps::Separate)
    }

    /// Returns a receiver for senders that may let the timestamp of a key move.
    #[must_use]
    pub fn with_drifting(drifting: DriftingTimestamps) -> Self {
        Self {
            drifting,
            source: None,
            open: None,
            ended: VecDeque::with_capacity(ENDED_KEYS),
            newest: None,
            outputs: VecDeque::with_capacity(MAX_OUTPUTS),
        }
    }

    /// Takes a packet of telephone-event. Events that are no keys, and damaged ones, are ignored.
    pub fn handle_packet(&mut self, packet: &RtpPacket<'_>) {
        let header = packet.header;
        if self.source != Some(header.ssrc) {
            self.reset();
            self.source = Some(header.ssrc);
        }
        let mut at = Position { sequence: header.sequence, timestamp: header.timestamp };
        for event in events_in(packet.payload) {
            if let Some(key) = event.key() {
                self.handle_key(key, event, at, header.marker);
            }
            at.timestamp = at.timestamp.wrapping_add(event.duration.into());
        }
    }

    /// Takes note of a packet of sound: sound from after the open key shows that its end was lost.
    pub fn handle_sound(&mut self, header: &RtpHeader) {
        if let Some(open) = &self.open
            && self.source == Some(header.ssrc)
        {
            let end = open.segment.wrapping_add(open.duration.into());
            let past = header.timestamp.wrapping_sub(end).cast_signed();
            if past >= LOST_END.cast_signed() {
                self.end_open();
            }
        }
    }

    /// Lets time pass, in timestamp units: a key of which nothing is heard for
    /// [`LOST_END`] has come up.
    pub fn handle_elapsed(&mut self, samples: u32) {
        if let Some(open) = &mut self.open {
            open.silent = open.silent.saturating_add(samples);
            if open.silent >= LOST_END {
                self.end_open();
            }
        }
    }

    /// Releases the open key and forgets the past: the stream was torn down, or will start anew.
    pub fn reset(&mut self) {
        self.end_open();
        self.ended.clear();
        self.newest = None;
        self.source = None;
    }

    /// Returns the next key event, in order.
    pub fn poll_output(&mut self) -> Option<KeyEvent> {
        self.outputs.pop_front()
    }

    fn handle_key(&mut self, key: Key, event: TelephoneEvent, at: Position, marker: Marker) {
        if let Some(open) = &mut self.open
            && open.takes(key, event, at, marker, self.drifting)
        {
            if event.end == EventEnd::Ended {
                self.end_open();
            }
        } else if !self.is_old(key, event, at, marker) {
            self.end_open();
            self.begin(key, event, at);
            if event.end == EventEnd::Ended {
                self.end_open();
            }
        } else {
            return;
        }
        if self.newest.is_none_or(|newest| follows(at.sequence, newest.sequence)) {
            self.newest = Some(at);
        }
    }

    fn begin(&mut self, key: Key, event: TelephoneEvent, at: Position) {
        self.output(KeyEvent::Down { key, timestamp: at.timestamp });
        self.open = Some(Press {
            key,
            start: at.timestamp,
            segment: at.timestamp,
            before: 0,
            duration: event.duration,
            sequence: at.sequence,
            silent: 0,
        });
    }

    fn end_open(&mut self) {
        if let Some(press) = self.open.take() {
            let duration = press.length();
            self.output(KeyEvent::Up { key: press.key, timestamp: press.start, duration });
            if self.ended.len() == ENDED_KEYS {
                self.ended.pop_front();
            }
            self.ended.push_back(press);
        }
    }

    fn output(&mut self, event: KeyEvent) {
        if self.outputs.len() == MAX_OUTPUTS {
            self.outputs.pop_front();
        }
        self.outputs.push_back(event);
    }

    /// Returns whether a packet belongs to a key that has been reported, or has been overtaken.
    fn is_old(&mut self, key: Key, event: TelephoneEvent, at: Position, marker: Marker) -> bool {
        let drifting = self.drifting;
        let latest = self.ended.back().map(|press| press.sequence);
        for press in self.ended.iter_mut().rev() {
            if press.key == key && press.segment == at.timestamp {
                // Senders exist that give two presses one timestamp: then the duration falls.
                let falls = event.end == EventEnd::Open && event.duration < press.duration;
                return !(falls && follows(at.sequence, press.sequence));
            }
            if latest == Some(press.sequence) && press.drifts_into(key, at, marker, drifting) {
                press.segment = at.timestamp;
                press.sequence = at.sequence;
                press.duration = event.duration;
                return true;
            }
        }
        self.newest.is_some_and(|newest| {
            !follows(at.sequence, newest.sequence)
                && at.timestamp.wrapping_sub(newest.timestamp).cast_signed() <= 0
        })
    }
}

impl Default for EventReceiver {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells whether a key is down, not which.
impl fmt::Debug for EventReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReceiver")
            .field("source", &self.source)
            .field("is_down", &self.open.is_some())
            .finish_non_exhaustive()
    }
}

impl Press {
    /// Takes a packet if it belongs to this key; returns whether it does.
    fn takes(
        &mut self,
        key: Key,
        event: TelephoneEvent,
        at: Position,
        marker: Marker,
        drifting: DriftingTimestamps,
    ) -> bool {
        let is_newer = follows(at.sequence, self.sequence);
        if self.key == key && self.segment == at.timestamp {
            // Senders that know no segments let the 16 bits of the duration wrap.
            let has_wrapped = is_newer && self.duration > WRAPS_FROM && event.duration < WRAPS_TO;
            if has_wrapped {
                self.before = self.before.saturating_add(1 << 16);
            }
            if has_wrapped || event.duration > self.duration {
                self.duration = event.duration;
            }
        } else if is_newer && self.continues_in(key, at, marker) {
            self.before = self.before.saturating_add(at.timestamp.wrapping_sub(self.segment));
            self.segment = at.timestamp;
            self.duration = event.duration;
        } else if is_newer && self.drifts_into(key, at, marker, drifting) {
            self.before = at.timestamp.wrapping_sub(self.start);
            self.segment = at.timestamp;
            self.duration = event.duration;
        } else {
            return false;
        }
        if is_newer {
            self.sequence = at.sequence;
        }
        self.silent = 0;
        true
    }

    /// Returns whether a packet begins the next segment of this key (RFC 4733 section 2.5.1.3).
    fn continues_in(&self, key: Key, at: Position, marker: Marker) -> bool {
        let step = at.timestamp.wrapping_sub(self.segment);
        self.key == key
            && marker == Marker::Clear
            && step >= self.duration.into()
            && (u32::from(WRAPS_FROM)..=MAX_SEGMENT).contains(&step)
    }

    /// Returns whether a packet is this key with a timestamp that has moved.
    fn drifts_into(
        &self,
        key: Key,
        at: Position,
        marker: Marker,
        drifting: DriftingTimestamps,
    ) -> bool {
        let step = at.timestamp.wrapping_sub(self.segment);
        drifting == DriftingTimestamps::Joined
            && self.key == key
            && marker == Marker::Clear
            && (1..=MAX_DRIFT_PACKETS).contains(&at.sequence.wrapping_sub(self.sequence))
            && (1..=u32::from(self.duration).max(MAX_DRIFT)).contains(&step)
    }

    fn length(&self) -> u32 {
        self.before.saturating_add(self.duration.into())
    }
}

/// Returns whether a sequence number comes after another; one from far away is from a new run.
const fn follows(sequence: u16, other: u16) -> bool {
    let step = sequence.wrapping_sub(other).cast_signed();
    step > 0 || step < -MAX_MISORDER
}

/// Reads the events of a payload: one, or several that follow each other (RFC 2833 section 3.10).
fn events_in(payload: &[u8]) -> impl Iterator<Item = TelephoneEvent> {
    // Some senders put four octets of zero before the event.
    let shifted = payload.strip_prefix(&[0; EVENT_LEN]).filter(|rest| rest.len() >= EVENT_LEN);
    let events = shifted.unwrap_or(payload).chunks_exact(EVENT_LEN);
    events.take(MAX_EVENTS_IN_PACKET).filter_map(TelephoneEvent::parse)
}

/// A key is up when nothing was heard of it for this long: 150 ms at 8,000 Hz.
pub const LOST_END: u32 = 1_200;

/// How many ended keys are remembered, to know late packets of them.
const ENDED_KEYS: usize = 8;
/// How many events of one packet are read.
const MAX_EVENTS_IN_PACKET: usize = 4;
/// How many key events wait to be polled. One packet causes at most three for each event, so a
/// caller that drains never loses one; for another the oldest go.
const MAX_OUTPUTS: usize = 4 * MAX_EVENTS_IN_PACKET;
/// A packet that is later than this many others is from a new run.
const MAX_MISORDER: i16 = 100;
/// A duration over this is about to wrap, or its segment to end.
const WRAPS_FROM: u16 = 60_000;
/// A duration under this may have wrapped.
const WRAPS_TO: u16 = 8_000;
/// The longest segment, with some packets of it lost
const MAX_SEGMENT: u32 = 0x1_0000 + 1_600;
/// The longest step of a drifting timestamp, and how many packets it may take
const MAX_DRIFT: u32 = 480;
const MAX_DRIFT_PACKETS: u16 = 3;

#[cfg(test)]
mod tests;
