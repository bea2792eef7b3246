//! What a party hears: prompts and keys, in one stream.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use centrala_keys::Key;
use centrala_media::{
    Codec, EncodedPrompt, EventSender, FRAME_SAMPLES, Player, RelayRewriter, Relayed, RtpSender,
    Transport, WriteRtpError,
};

use super::{AtEnd, Connection, Seek};

/// The samples of a frame, as RTP counts them.
const FRAME: u32 = 160;

/// How long a frame lasts.
const FRAME_TIME: Duration = Duration::from_millis(20);

/// RTP counts so many samples in a millisecond.
const SAMPLES_PER_MILLI: u32 = 8;

/// How many keys may wait to be pressed.
const MAX_KEYS: usize = 64;

/// The outgoing side of a session.
#[derive(Debug)]
pub(super) struct Outgoing {
    sender: RtpSender,
    player: Player,
    play: Option<Playing>,
    /// The codec of what plays.
    encoded_as: Option<Codec>,
    keys: VecDeque<(Key, u32)>,
    pressing: Option<EventSender>,
    flow: Flow,
    /// Up to when the timestamps have followed the clock.
    accounted: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Playing {
    play: u64,
    at_end: AtEnd,
}

/// Whether the beat has just sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Resting,
    Running,
}

/// What leaves at a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// A packet of this length.
    Packet(usize),
    Nothing,
    /// Nothing any more: everything was played.
    Finished(u64),
}

impl Outgoing {
    pub(super) const fn new(sender: RtpSender, now: Instant) -> Self {
        Self {
            sender,
            player: Player::new(),
            play: None,
            encoded_as: None,
            keys: VecDeque::new(),
            pressing: None,
            flow: Flow::Resting,
            accounted: now,
        }
    }

    pub(super) fn play(&mut self, play: u64, prompts: Vec<EncodedPrompt>, at_end: AtEnd) {
        self.encoded_as = prompts.first().map(EncodedPrompt::codec);
        self.player.clear();
        for prompt in prompts {
            self.player.enqueue(prompt);
        }
        self.play = Some(Playing { play, at_end });
    }

    pub(super) fn stop_playing(&mut self) {
        self.player.clear();
        self.play = None;
    }

    pub(super) const fn pause(&mut self) {
        self.player.pause();
    }

    pub(super) const fn resume(&mut self) {
        self.player.resume();
    }

    pub(super) fn seek(&mut self, seek: Seek) {
        match seek {
            Seek::Back(by) => self.player.seek_back(by),
            Seek::Forward(by) => self.player.seek_forward(by),
        }
    }

    /// Has a key pressed for so long, behind those that wait.
    pub(super) fn press(&mut self, key: Key, length: Duration) {
        if self.keys.len() < MAX_KEYS {
            let millis = u32::try_from(length.as_millis()).unwrap_or(u32::MAX);
            self.keys.push_back((key, millis.saturating_mul(SAMPLES_PER_MILLI)));
        }
    }

    /// Returns whether the beat has something to do.
    pub(super) fn has_work(&self) -> bool {
        self.play.is_some() || self.is_pressing()
    }

    /// Returns whether the stream has no room for what comes from a bridge.
    pub(super) fn is_taken(&self) -> bool {
        let plays = self.play.is_some() && self.player.transport() == Transport::Playing;
        plays || self.is_pressing()
    }

    /// Writes the packet of the next 20 ms.
    pub(super) fn handle_beat(
        &mut self,
        connection: &Connection,
        now: Instant,
        packet: &mut [u8],
    ) -> Leaving {
        if let Some(length) = self.next_event(connection, now, packet) {
            return self.sent(Ok(length), now);
        }
        let Some(playing) = self.play else { return self.rest() };
        if self.player.is_finished() {
            if playing.at_end == AtEnd::Finish || self.player.length().is_zero() {
                self.stop_playing();
                self.rest();
                return Leaving::Finished(playing.play);
            }
            self.player.restart();
        }
        if !connection.send {
            // A party on hold misses what is played meanwhile.
            _ = self.player.next_frame();
            return self.rest();
        }
        self.follow_clock(now);
        // Nothing comes out while the player is paused.
        let Some(frame) = self.player.next_frame() else { return self.rest() };
        // The party may have changed its codec since the prompt was rendered.
        let mut other = [0; FRAME_SAMPLES];
        let frame = match self.encoded_as {
            Some(codec) if codec != connection.codec && frame.len() == other.len() => {
                other.copy_from_slice(frame);
                transcode(&mut other, codec, connection.codec);
                other.as_slice()
            }
            _ => frame,
        };
        let written = self.sender.write(connection.codec.payload_type(), frame, FRAME, packet);
        self.sent(written, now)
    }

    /// Rewrites a packet of the other side of a bridge so that it continues this stream.
    pub(super) fn relay(
        &mut self,
        relay: &mut RelayRewriter,
        packet: &mut [u8],
        now: Instant,
    ) -> Relayed {
        let relayed = relay.rewrite(&mut self.sender, packet).unwrap_or(Relayed::NoRoute);
        if relayed == Relayed::Forward {
            self.flow = Flow::Resting;
            self.accounted = now + FRAME_TIME;
        }
        relayed
    }

    /// Lets the timestamps follow the time in which nothing was sent.
    pub(super) fn follow_clock(&mut self, now: Instant) {
        if self.flow == Flow::Running {
            return;
        }
        let silent = now.saturating_duration_since(self.accounted).as_millis();
        if let Ok(millis @ 1..) = u32::try_from(silent) {
            self.sender.skip(millis.wrapping_mul(SAMPLES_PER_MILLI));
            self.accounted = now;
        }
    }

    fn is_pressing(&self) -> bool {
        self.pressing.is_some() || !self.keys.is_empty()
    }

    /// Writes the next packet of a key; `None` if no key is pressed.
    fn next_event(
        &mut self,
        connection: &Connection,
        now: Instant,
        packet: &mut [u8],
    ) -> Option<usize> {
        let Some(payload_type) = connection.events_out.filter(|_| connection.send) else {
            self.keys.clear();
            self.pressing = None;
            return None;
        };
        loop {
            if self.pressing.is_none() {
                let (key, samples) = self.keys.pop_front()?;
                self.follow_clock(now);
                self.pressing = Some(EventSender::new(key, samples, self.sender.timestamp()));
            }
            let Some(event) = self.pressing.as_mut()?.next_packet() else {
                self.pressing = None;
                continue;
            };
            return self.sender.write_event(payload_type, &event, FRAME, packet).ok();
        }
    }

    fn sent(&mut self, written: Result<usize, WriteRtpError>, now: Instant) -> Leaving {
        self.flow = Flow::Running;
        self.accounted = now + FRAME_TIME;
        written.map_or(Leaving::Nothing, Leaving::Packet)
    }

    const fn rest(&mut self) -> Leaving {
        self.flow = Flow::Resting;
        Leaving::Nothing
    }
}

/// Changes the codec of `octets` in place: all of ours have one octet for each sample.
pub(super) fn transcode(octets: &mut [u8], from: Codec, to: Codec) {
    let mut samples = [0; 160];
    for piece in octets.chunks_mut(samples.len()) {
        let count = from.decode(piece, &mut samples);
        to.encode(samples.get(..count).unwrap_or_default(), piece);
    }
}
