//! Keys as named telephone events: the payload of RFC 4733, and a sender of it.

use std::fmt;

use centrala_keys::Key;

use crate::Marker;

/// Octets of one event in a payload.
pub const EVENT_LEN: usize = 4;

/// The volume of a sent key, in -dBm0: what RFC 4733's examples use.
pub const DEFAULT_EVENT_VOLUME: u8 = 10;

/// How many samples of an event pass between two packets: one beat of 20 ms at 8,000 Hz.
pub const EVENT_STEP: u32 = 160;

/// One event of a payload (RFC 4733 section 2.3).
#[expect(clippy::exhaustive_structs, reason = "RFC 4733 has closed the payload")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TelephoneEvent {
    /// The code: 0 to 15 are keys, 16 is a hook flash
    pub event: u8,
    /// The E bit
    pub end: EventEnd,
    /// Loudness in -dBm0, 0 to 63
    pub volume: u8,
    /// Samples since the timestamp of the packet
    pub duration: u16,
}

/// Whether an event goes on after a packet.
#[expect(clippy::exhaustive_enums, reason = "a bit has two values")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventEnd {
    /// The event goes on.
    Open,
    /// The event is over; its duration is final.
    Ended,
}

impl TelephoneEvent {
    /// Parses the first event of a payload; further octets are ignored.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let &[event, flags, high, low] = payload.first_chunk()?;
        let end = if flags & END_BIT == 0 { EventEnd::Open } else { EventEnd::Ended };
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { event, end, volume: flags & MAX_VOLUME, duration })
    }

    /// Returns the octets of this event; a volume over 63 becomes 63.
    #[must_use]
    pub fn to_payload(self) -> [u8; EVENT_LEN] {
        let end = match self.end {
            EventEnd::Open => 0,
            EventEnd::Ended => END_BIT,
        };
        let [high, low] = self.duration.to_be_bytes();
        [self.event, end | self.volume.min(MAX_VOLUME), high, low]
    }

    /// Returns the key, unless this is another event.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        Key::from_event(self.event)
    }
}

/// Keeps to itself which key it is: it may belong to a PIN.
impl fmt::Debug for TelephoneEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelephoneEvent")
            .field("end", &self.end)
            .field("volume", &self.volume)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

/// One packet of a pressed key, for [`RtpSender::write_event`](crate::RtpSender::write_event).
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// Set on the first packet of a key
    pub marker: Marker,
    /// When the event, or this segment of it, began
    pub timestamp: u32,
    /// The payload
    pub payload: [u8; EVENT_LEN],
}

/// Keeps the payload to itself: the key may belong to a PIN.
impl fmt::Debug for EventPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventPacket")
            .field("marker", &self.marker)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// Presses one key: a packet for each beat of 20 ms, the last one three times (RFC 4733 section 2.5.1).
///
/// A key that is held for longer than a duration can count is sent in segments (section 2.5.1.3).
#[derive(Clone, PartialEq, Eq)]
pub struct EventSender {
    key: Key,
    volume: u8,
    segment: u32,
    /// Samples since the start of the segment
    elapsed: u32,
    /// Samples until the key is released
    remaining: u32,
    state: Sending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    First,
    Holding,
    Ending { copies: u8 },
    Done,
}

impl EventSender {
    /// Presses `key` for `duration` samples, from the timestamp of the stream on.
    ///
    /// A duration under [`MIN_EVENT_DURATION`] is lengthened: nobody would detect it.
    #[must_use]
    pub fn new(key: Key, duration: u32, timestamp: u32) -> Self {
        Self {
            key,
            volume: DEFAULT_EVENT_VOLUME,
            segment: timestamp,
            elapsed: 0,
            remaining: duration.max(MIN_EVENT_DURATION),
            state: Sending::First,
        }
    }

    /// Presses `key` until [`release`](Self::release).
    #[must_use]
    pub fn hold(key: Key, timestamp: u32) -> Self {
        Self::new(key, u32::MAX, timestamp)
    }

    /// Sets the volume, in -dBm0; over 63 it becomes 63.
    #[must_use]
    pub fn with_volume(mut self, volume: u8) -> Self {
        self.volume = volume.min(MAX_VOLUME);
        self
    }

    /// Releases the key: the packets that end the event come next.
    pub fn release(&mut self) {
        self.remaining = match self.state {
            Sending::First => MIN_EVENT_DURATION,
            Sending::Holding | Sending::Ending { .. } | Sending::Done => 0,
        };
    }

    /// Returns the packet of the next beat, `None` when the event is over.
    ///
    /// Each packet stands for [`EVENT_STEP`] samples.
    pub fn next_packet(&mut self) -> Option<EventPacket> {
        match self.state {
            Sending::First => {
                self.step();
                self.state = Sending::Holding;
                Some(self.packet(Marker::Set, EventEnd::Open))
            }
            Sending::Holding if self.remaining > EVENT_STEP => {
                self.step();
                Some(self.packet(Marker::Clear, EventEnd::Open))
            }
            Sending::Holding => {
                self.step();
                self.state = Sending::Ending { copies: END_COPIES - 1 };
                Some(self.packet(Marker::Clear, EventEnd::Ended))
            }
            Sending::Ending { copies } => {
                self.state = match copies {
                    0 | 1 => Sending::Done,
                    more => Sending::Ending { copies: more - 1 },
                };
                Some(self.packet(Marker::Clear, EventEnd::Ended))
            }
            Sending::Done => None,
        }
    }

    /// Returns whether all packets were taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == Sending::Done
    }

    fn step(&mut self) {
        let samples = self.remaining.min(EVENT_STEP);
        self.remaining -= samples;
        if self.elapsed + samples > u32::from(u16::MAX) {
            self.segment = self.segment.wrapping_add(self.elapsed);
            self.elapsed = 0;
        }
        self.elapsed += samples;
    }

    fn packet(&self, marker: Marker, end: EventEnd) -> EventPacket {
        let duration = u16::try_from(self.elapsed).unwrap_or(u16::MAX);
        let event = TelephoneEvent { event: self.key.event(), end, volume: self.volume, duration };
        EventPacket { marker, timestamp: self.segment, payload: event.to_payload() }
    }
}

/// Keeps the key to itself: it may belong to a PIN.
impl fmt::Debug for EventSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSender")
            .field("segment", &self.segment)
            .field("elapsed", &self.elapsed)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The shortest key that is sent, in samples: 40 ms at 8,000 Hz.
pub const MIN_EVENT_DURATION: u32 = 320;

const END_BIT: u8 = 0x80;
const MAX_VOLUME: u8 = 63;
/// "The final packet for an event SHOULD be sent a total of three times" (RFC 4733 section 2.5.1.4).
const END_COPIES: u8 = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(event: u8, ended: bool, volume in 0..64_u8, duration: u16) {
            let end = if ended { EventEnd::Ended } else { EventEnd::Open };
            let event = TelephoneEvent { event, end, volume, duration };
            prop_assert_eq!(TelephoneEvent::parse(&event.to_payload()), Some(event));
        }
    }

    /// The packets of a key as (marker, timestamp, end, duration).
    fn packets(mut sender: EventSender) -> Vec<(Marker, u32, EventEnd, u16)> {
        std::iter::from_fn(|| sender.next_packet())
            .map(|packet| {
                let event = TelephoneEvent::parse(&packet.payload).unwrap();
                (packet.marker, packet.timestamp, event.end, event.duration)
            })
            .collect()
    }

    #[test]
    fn a_key_ends_three_times_at_the_same_timestamp() {
        let expected = [
            (Marker::Set, 99, EventEnd::Open, 160),
            (Marker::Clear, 99, EventEnd::Open, 320),
            (Marker::Clear, 99, EventEnd::Ended, 400),
            (Marker::Clear, 99, EventEnd::Ended, 400),
            (Marker::Clear, 99, EventEnd::Ended, 400),
        ];
        assert_eq!(packets(EventSender::new(Key::Pound, 400, 99)), expected);
    }

    #[test]
    fn a_key_is_never_shorter_than_a_detector_wants() {
        assert_eq!(packets(EventSender::new(Key::One, 0, 0)).last().unwrap().3, 320);
        let mut touched = EventSender::hold(Key::One, 0);
        touched.release();
        assert_eq!(packets(touched).last().unwrap().3, 320);
    }

    #[test]
    fn a_released_key_ends() {
        let mut sender = EventSender::hold(Key::One, 0);
        for _ in 0..50 {
            let packet = sender.next_packet().unwrap();
            assert_eq!(TelephoneEvent::parse(&packet.payload).unwrap().end, EventEnd::Open);
        }
        sender.release();
        let rest = packets(sender);
        assert_eq!(rest, [(Marker::Clear, 0, EventEnd::Ended, 8_000); 3]);
    }

    #[test]
    fn a_long_key_is_sent_in_segments_that_join() {
        let sent = packets(EventSender::new(Key::One, 70_000, u32::MAX));
        let (first, second): (Vec<_>, Vec<_>) =
            sent.iter().copied().partition(|packet| packet.1 == u32::MAX);
        let length = first.last().unwrap().3;
        assert_eq!(length, 65_440);
        assert_eq!(first.last().unwrap().2, EventEnd::Open);
        assert!(second.iter().all(|packet| packet.1 == u32::MAX.wrapping_add(65_440)));
        assert_eq!(u32::from(length) + u32::from(second.last().unwrap().3), 70_000);
        assert_eq!(sent.iter().filter(|packet| packet.0 == Marker::Set).count(), 1);
        assert_eq!(sent.iter().filter(|packet| packet.2 == EventEnd::Ended).count(), 3);
    }

    #[test]
    fn a_payload_that_is_too_short_is_no_event() {
        for len in 0..EVENT_LEN {
            assert_eq!(TelephoneEvent::parse(&vec![0; len]), None);
        }
    }

    #[test]
    fn debug_keeps_the_key_to_itself() {
        let nine = EventSender::new(Key::Nine, 800, 0);
        let one = EventSender::new(Key::One, 800, 0);
        assert_eq!(format!("{nine:?}"), format!("{one:?}"));
        let (mut nine, mut one) = (nine, one);
        let (nine, one) = (nine.next_packet().unwrap(), one.next_packet().unwrap());
        assert_eq!(format!("{nine:?}"), format!("{one:?}"));
        let parse = |packet: EventPacket| TelephoneEvent::parse(&packet.payload).unwrap();
        assert_eq!(format!("{:?}", parse(nine)), format!("{:?}", parse(one)));
    }
}
