//! What a party hears: prompts, music and keys, in one stream.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use centrala_keys::Key;
use centrala_media::{
    Codec, EncodedPrompt, EventSender, Player, RTP_HEADER_LEN, RelayRewriter, Relayed, RtpPacket,
    RtpSender, Seam, Transcoder, Transport,
};

use super::{AtEnd, Connection, Seek, connection::MAX_PACKET_MILLIS, speed::Speed};

/// The samples of a frame, as RTP counts them.
const FRAME: u32 = 160;

/// How long a frame lasts.
const FRAME_TIME: Duration = Duration::from_millis(20);

/// RTP counts so many samples in a millisecond.
const SAMPLES_PER_MILLI: u32 = 8;

/// How many keys may wait to be pressed.
const MAX_KEYS: usize = 64;

/// The most octets of sound in a packet: two for each sample.
pub(super) const MAX_SOUND: usize = MAX_PACKET_MILLIS * 16;

/// The most octets in a frame.
pub(super) const MAX_FRAME: usize = 320;

/// The longest packet.
const MAX_LEN: usize = RTP_HEADER_LEN + MAX_SOUND;

/// The outgoing side of a session.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) sender: RtpSender,
    player: Player,
    play: Option<Playing>,
    /// What is heard when nothing else is played: the party is on hold.
    music: Option<(Codec, Player)>,
    /// Makes what plays into what the party speaks, where it is not encoded so.
    transcoder: Option<Box<Transcoder>>,
    /// Plays faster or slower than it was spoken.
    speed: Option<Box<Speed>>,
    /// The codec of what plays.
    encoded_as: Option<Codec>,
    /// Sound of a packet that is not whole yet.
    pending: Vec<u8>,
    seam: Seam,
    /// What was sent last.
    source: Source,
    /// Whether a sound was cut off, and has to fade.
    fades: bool,
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

/// Where sound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Silence,
    /// What comes next does not continue it, whatever it is.
    Cut,
    /// A prompt that begins.
    Joint,
    Prompts,
    Music,
    Relay,
    Room,
}

/// Whether the beat has just sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Resting,
    Running,
}

impl Outgoing {
    pub(super) const fn new(sender: RtpSender, now: Instant) -> Self {
        Self {
            sender,
            player: Player::new(),
            play: None,
            music: None,
            transcoder: None,
            speed: None,
            encoded_as: None,
            pending: Vec::new(),
            seam: Seam::new(),
            source: Source::Silence,
            fades: false,
            keys: VecDeque::new(),
            pressing: None,
            flow: Flow::Resting,
            accounted: now,
        }
    }

    /// The party speaks so from now on.
    pub(super) fn connect(&mut self, connection: &Connection) {
        self.drop_pending(connection.codec);
        if connection.packet_len() != connection.codec.octets_in(FRAME as usize) {
            self.pending.reserve(MAX_SOUND + MAX_FRAME);
        }
        self.find_transcoder(connection.codec);
    }

    pub(super) fn play(
        &mut self,
        play: u64,
        prompts: Vec<EncodedPrompt>,
        at_end: AtEnd,
        spoken: Option<Codec>,
    ) {
        self.speed = None;
        self.encoded_as = prompts.first().map(EncodedPrompt::codec);
        self.player.clear();
        for prompt in prompts {
            self.player.enqueue(prompt);
        }
        self.play = Some(Playing { play, at_end });
        if let Some(codec) = spoken {
            self.find_transcoder(codec);
        }
    }

    pub(super) fn stop_playing(&mut self) {
        self.player.clear();
        if self.play.take().is_some() {
            self.cut_off();
        }
    }

    /// Lets the party hear music, or no more.
    pub(super) fn set_music(&mut self, music: Option<&EncodedPrompt>) {
        if self.music.is_some() && self.play.is_none() {
            self.cut_off();
        }
        self.music = music.map(|music| {
            let mut player = Player::new();
            player.enqueue(music.clone());
            (music.codec(), player)
        });
    }

    /// Returns in which codec the party hears music, if it does.
    pub(super) fn music(&self) -> Option<Codec> {
        self.music.as_ref().map(|(codec, _)| *codec)
    }

    /// What was cut off need not fade: others are heard at once.
    pub(super) const fn skip_fading(&mut self) {
        self.fades = false;
    }

    pub(super) fn pause(&mut self) {
        self.player.pause();
        self.cut_off();
    }

    pub(super) const fn resume(&mut self) {
        self.player.resume();
    }

    pub(super) fn seek(&mut self, seek: Seek) {
        self.source = Source::Cut;
        match seek {
            Seek::Back(by) => self.player.seek_back(by),
            Seek::Forward(by) => self.player.seek_forward(by),
        }
    }

    /// Plays at so many percent of the natural speed from now on.
    pub(super) fn set_speed(&mut self, percent: u16) {
        let codec = self.encoded_as.filter(|_| self.play.is_some() && percent != 100);
        self.speed = codec.map(|codec| Box::new(Speed::new(percent, codec)));
        self.source = Source::Cut;
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
        self.play.is_some() || self.music.is_some() || self.is_pressing() || self.fades
    }

    /// Returns whether the stream has no room for what others say.
    pub(super) fn is_taken(&self) -> bool {
        let plays = self.play.is_some() && self.player.transport() == Transport::Playing;
        plays || self.music.is_some() || self.is_pressing()
    }

    /// Sends the next 20 ms; returns what was played to its end.
    pub(super) fn handle_beat(
        &mut self,
        connection: &Connection,
        now: Instant,
        mut send: impl FnMut(&[u8]),
    ) -> Option<u64> {
        let mut packet = [0; MAX_LEN];
        if let Some(length) = self.next_event(connection, now, &mut packet) {
            self.note_sent(now);
            (self.source, self.fades) = (Source::Silence, false);
            self.seam.rest();
            send(packet.get(..length).unwrap_or_default());
            return None;
        }
        let finished = self.finish_played();
        if finished.is_some() {
            // What fades goes into the packet of what it follows.
            if !self.fades {
                self.flush(connection, &mut packet, &mut send);
            }
            return finished;
        }
        if !connection.send {
            // A party on hold misses what is played meanwhile.
            if self.play.is_some() {
                _ = self.player.next_frame();
            }
            self.rest();
            return None;
        }
        self.follow_clock(now);
        let mut frame = [connection.codec.silence(); MAX_FRAME];
        let next = self.next_frame(connection.codec, &mut frame);
        let next =
            next.or_else(|| self.fades.then(|| (Source::Silence, silent_len(connection.codec))));
        match next {
            Some((source, length)) => {
                let frame = frame.get_mut(..length).unwrap_or_default();
                self.join(source, connection.codec, frame);
                self.emit(connection, frame, &mut packet, &mut send);
                self.note_sent(now);
                if source == Source::Silence {
                    self.flush(connection, &mut packet, &mut send);
                }
            }
            // Nothing comes out while the player is paused.
            None => self.rest(),
        }
        None
    }

    /// Sends a frame that is encoded as the party speaks.
    pub(super) fn speak(
        &mut self,
        connection: &Connection,
        frame: &mut [u8],
        now: Instant,
        mut send: impl FnMut(&[u8]),
    ) {
        self.follow_clock(now);
        self.join(Source::Room, connection.codec, frame);
        self.emit(connection, frame, &mut [0; MAX_LEN], &mut send);
        self.note_sent(now);
    }

    /// Rewrites a packet of the other side of a bridge so that it continues this stream.
    pub(super) fn relay(
        &mut self,
        relay: &mut RelayRewriter,
        packet: &mut [u8],
        connection: &Connection,
        now: Instant,
    ) -> Relayed {
        self.drop_pending(connection.codec);
        let relayed = relay.rewrite(&mut self.sender, packet).unwrap_or(Relayed::NoRoute);
        if relayed == Relayed::Forward {
            self.flow = Flow::Resting;
            self.accounted = now + FRAME_TIME;
            self.join_relayed(packet, connection);
        }
        relayed
    }

    /// Another one is heard from now on, by the same way.
    pub(super) const fn change_relay(&mut self) {
        self.source = Source::Cut;
    }

    /// Joins a packet of the other side of a bridge to what was heard before.
    fn join_relayed(&mut self, packet: &mut [u8], connection: &Connection) {
        let Ok(parsed) = RtpPacket::parse(packet) else { return };
        if parsed.header.payload_type != connection.sound_out {
            return;
        }
        let length = parsed.payload.len();
        // A packet with padding is rare, and only its last sample would be taken for another one.
        let begin = packet.len().saturating_sub(length);
        if let Some(sound) = packet.get_mut(begin..) {
            self.join(Source::Relay, connection.codec, sound);
        }
    }

    /// Joins sound to what was heard before, if that was something else.
    fn join(&mut self, source: Source, codec: Codec, sound: &mut [u8]) {
        if self.source == source {
            self.seam.note(codec, sound);
        } else {
            self.seam.smooth(codec, sound);
        }
        self.source = if source == Source::Joint { Source::Prompts } else { source };
        self.fades = false;
    }

    /// What is heard ends here, wherever it is: silence follows, if nothing else does.
    fn cut_off(&mut self) {
        self.fades = !self.seam.is_quiet() && self.flow == Flow::Running;
        if !self.fades {
            self.rest();
        }
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
            if silent > FRAME_TIME.as_millis() {
                self.seam.rest();
            }
        }
    }

    /// Returns what has come to its end, which is begun again if it shall be.
    fn finish_played(&mut self) -> Option<u64> {
        let is_finished =
            self.player.is_finished() && self.speed.as_ref().is_none_or(|speed| speed.is_over());
        let playing = self.play.filter(|_| is_finished)?;
        if playing.at_end == AtEnd::Repeat && !self.player.length().is_zero() {
            self.player.restart();
            return None;
        }
        self.stop_playing();
        Some(playing.play)
    }

    /// Writes the next frame of what plays, as the party speaks; returns what it is, and its length.
    fn next_frame(&mut self, spoken: Codec, frame: &mut [u8]) -> Option<(Source, usize)> {
        if self.play.is_none() {
            let (_, music) = self.music.as_mut()?;
            if music.is_finished() {
                music.restart();
            }
            return Some((Source::Music, copy(music.next_frame()?, frame)));
        }
        let source = if self.player.is_at_joint() { Source::Joint } else { Source::Prompts };
        if let Some(speed) = &mut self.speed {
            return Some((Source::Prompts, speed.next_frame(&mut self.player, spoken, frame)?));
        }
        let next = self.player.next_frame()?;
        let length = match &mut self.transcoder {
            Some(transcoder) if transcoder.to() == spoken => transcoder.transcode(next, frame),
            _ => copy(next, frame),
        };
        Some((source, length))
    }

    /// What plays may be encoded otherwise than the party speaks, if it has changed its codec since that was rendered.
    fn find_transcoder(&mut self, spoken: Codec) {
        let from = self.encoded_as.filter(|from| *from != spoken && self.play.is_some());
        self.transcoder = from.map(|from| Box::new(Transcoder::new(from, spoken)));
    }

    /// Sends a frame, or puts it behind others until a packet is whole.
    fn emit(
        &mut self,
        connection: &Connection,
        frame: &[u8],
        packet: &mut [u8],
        send: &mut impl FnMut(&[u8]),
    ) {
        let Self { sender, pending, .. } = self;
        let mut write = |sound: &[u8]| {
            let units = connection.codec.units_in(sound.len());
            if let Ok(length) = sender.write(connection.sound_out, sound, units, packet) {
                send(packet.get(..length).unwrap_or_default());
            }
        };
        let whole = connection.packet_len();
        if pending.is_empty() && frame.len() == whole {
            return write(frame);
        }
        pending.extend_from_slice(frame);
        while let Some(sound) = pending.get(..whole) {
            write(sound);
            pending.drain(..whole);
        }
    }

    /// Sends what is left, in a shorter packet.
    fn flush(&mut self, connection: &Connection, packet: &mut [u8], send: &mut impl FnMut(&[u8])) {
        if self.pending.is_empty() {
            return;
        }
        let units = connection.codec.units_in(self.pending.len());
        if let Ok(length) = self.sender.write(connection.sound_out, &self.pending, units, packet) {
            send(packet.get(..length).unwrap_or_default());
        }
        self.pending.clear();
    }

    /// Leaves out what is left: something else is to be heard now.
    fn drop_pending(&mut self, codec: Codec) {
        if !self.pending.is_empty() {
            self.sender.skip(codec.units_in(self.pending.len()));
            self.pending.clear();
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
                self.drop_pending(connection.codec);
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

    fn note_sent(&mut self, now: Instant) {
        self.flow = Flow::Running;
        self.accounted = now + FRAME_TIME;
    }

    /// Nothing is sent at this beat.
    fn rest(&mut self) {
        self.fades = false;
        if self.flow == Flow::Resting {
            // What a bridge brings goes on.
            return;
        }
        self.flow = Flow::Resting;
        self.source = Source::Silence;
        self.seam.rest();
    }
}

/// Returns the octets of a frame of silence.
const fn silent_len(codec: Codec) -> usize {
    codec.octets_in(FRAME as usize)
}

/// Copies as much as there is room for; returns how much.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let pairs = to.iter_mut().zip(from);
    pairs.map(|(to, from)| *to = *from).count()
}
