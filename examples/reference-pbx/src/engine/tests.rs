mod any_order;
mod codecs;
mod heard;
mod hold;
mod moves;
mod reports;
mod rooms;

use std::{
    net::UdpSocket,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
};

use bytes::Bytes;
use centrala_dtmf::{KeyToneConfig, KeyTones};
use centrala_keys::Key;
use centrala_media::{
    Codec, Decode as _, Encode as _, EventSender, FRAME_SAMPLES, Marker, PayloadType, RtpHeader,
    RtpPacket, RtpSender, SEAM, Ssrc,
};

use super::*;

/// Long enough for the slowest machine; nothing waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing must come before it counts as nothing: several beats.
const QUIET: Duration = Duration::from_millis(150);

const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const EVENTS: PayloadType = PayloadType::TELEPHONE_EVENT;

/// An engine and what it tells.
struct Bench {
    engine: Engine,
    events: Receiver<EngineEvent>,
}

impl Bench {
    /// An engine with several threads, among which sessions move as they meet.
    fn new() -> Self {
        Self::threads(3)
    }

    fn threads(workers: usize) -> Self {
        let mut config = EngineConfig::new(LOOPBACK);
        config.workers = workers;
        Self::with(config)
    }

    fn with(config: EngineConfig) -> Self {
        let (sender, events) = channel();
        let engine =
            Engine::start(config, move |event| sender.send(event).unwrap_or_default()).unwrap();
        Self { engine, events }
    }

    #[track_caller]
    fn event(&self) -> EngineEvent {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    #[track_caller]
    fn assert_no_event(&self) {
        assert_eq!(self.events.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout));
    }

    fn play(&self, party: &Party, play: u64, prompts: Vec<EncodedPrompt>, at_end: AtEnd) {
        self.engine.send(Command::Play { session: party.session, play, prompts, at_end });
    }

    fn bridge(&self, a: &Party, b: &Party) {
        self.engine.send(Command::Bridge { a: a.session, b: b.session });
    }

    /// Waits until everything that was ordered has been carried out.
    #[track_caller]
    fn settle(&self, party: &Party) {
        let play = u64::MAX;
        self.play(party, play, Vec::new(), AtEnd::Finish);
        let settled = EngineEvent::PlaybackFinished { session: party.session, play };
        assert_eq!(self.event(), settled);
    }

    /// Records a party; returns where the sound goes.
    fn record(&self, party: &Party, silence: Option<Duration>) -> Receiver<Bytes> {
        let (sender, sound) = channel();
        let sink = Box::new(move |chunk| drop(sender.send(chunk)));
        self.engine.send(Command::Record { session: party.session, sink, silence });
        sound
    }
}

/// A telephone: what the engine speaks with.
struct Party {
    session: SessionId,
    socket: UdpSocket,
    engine: SocketAddr,
    sender: RtpSender,
    connection: Connection,
}

#[derive(Debug, PartialEq)]
struct Packet {
    header: RtpHeader,
    payload: Vec<u8>,
}

impl Party {
    fn new(bench: &Bench, codec: Codec, events: Option<PayloadType>) -> Self {
        Self::new_at(LOOPBACK, bench, codec, events)
    }

    fn new_at(ip: IpAddr, bench: &Bench, codec: Codec, events: Option<PayloadType>) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (session, engine) = bench.engine.open_at(ip).unwrap();
        let mut connection = Connection::new(socket.local_addr().unwrap(), codec);
        connection.events_in = events;
        connection.events_out = events;
        let number = u32::from(socket.local_addr().unwrap().port());
        let sender = RtpSender::new(Ssrc::new(number), 65_530, u32::MAX - 500);
        let party = Self { session, socket, engine, sender, connection };
        party.connect(bench);
        party
    }

    fn pcmu(bench: &Bench) -> Self {
        Self::new(bench, Codec::Pcmu, Some(EVENTS))
    }

    fn connect(&self, bench: &Bench) {
        let (session, connection) = (self.session, self.connection);
        bench.engine.send(Command::Connect { session, connection });
    }

    fn say(&mut self, payload: &[u8]) {
        let mut packet = [0; 1_024];
        let samples = self.connection.codec.units_in(payload.len());
        let payload_type = self.connection.sound_in;
        let length = self.sender.write(payload_type, payload, samples, &mut packet).unwrap();
        self.socket.send_to(&packet[..length], self.engine).unwrap();
    }

    /// Presses a key; each of its packets is sent `copies` times.
    fn press(&mut self, key: Key, copies: usize) {
        let mut press = EventSender::new(key, 800, self.sender.timestamp());
        while let Some(event) = press.next_packet() {
            let mut packet = [0; 32];
            let length = self.sender.write_event(EVENTS, &event, 160, &mut packet).unwrap();
            for _ in 0..copies {
                self.socket.send_to(&packet[..length], self.engine).unwrap();
            }
        }
    }

    #[track_caller]
    fn hear(&self) -> Packet {
        let mut datagram = [0; 2_048];
        let (length, from) = self.socket.recv_from(&mut datagram).expect("a packet");
        assert_eq!(from, self.engine, "sound comes from where it is sent to");
        let packet = RtpPacket::parse(&datagram[..length]).unwrap();
        Packet { header: packet.header, payload: packet.payload.to_vec() }
    }

    #[track_caller]
    fn assert_quiet(&self) {
        self.socket.set_read_timeout(Some(QUIET)).unwrap();
        let heard = self.socket.recv_from(&mut [0; 2_048]);
        assert!(heard.is_err(), "a packet came");
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
    }

    /// Returns the packets that have come, without waiting for more.
    fn heard(&self) -> Vec<Packet> {
        self.socket.set_nonblocking(true).unwrap();
        let mut packets = Vec::new();
        let mut datagram = [0; 2_048];
        while let Ok((length, _)) = self.socket.recv_from(&mut datagram) {
            let packet = RtpPacket::parse(&datagram[..length]).unwrap();
            packets.push(Packet { header: packet.header, payload: packet.payload.to_vec() });
        }
        self.socket.set_nonblocking(false).unwrap();
        packets
    }

    /// Takes packets until none comes for a while; returns them.
    fn hear_all(&self) -> Vec<Packet> {
        self.socket.set_read_timeout(Some(QUIET)).unwrap();
        let mut packets = Vec::new();
        let mut datagram = [0; 2_048];
        while let Ok((length, _)) = self.socket.recv_from(&mut datagram) {
            let packet = RtpPacket::parse(&datagram[..length]).unwrap();
            packets.push(Packet { header: packet.header, payload: packet.payload.to_vec() });
        }
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        packets
    }
}

/// For so many samples lost sound is stood in for.
const CONCEALED: usize = 480;

/// A frame that can be told from others.
fn frame(number: usize) -> Vec<u8> {
    // 0x7f is a second zero, which a recording writes as 0xff. It is quiet at its ends: a loud one is joined to others.
    let sample = |at| match at {
        0 | 159 => 0x7e,
        _ => u8::try_from((number * 31 + at * 7) % 0x7f).unwrap(),
    };
    (0..FRAME_SAMPLES).map(sample).collect()
}

/// A prompt of the frames of these numbers.
fn prompt(numbers: std::ops::Range<usize>) -> EncodedPrompt {
    EncodedPrompt::new(Codec::Pcmu, numbers.flat_map(frame).collect::<Vec<_>>().into())
}

/// Asserts that packets follow each other in one stream without jumps.
#[track_caller]
fn assert_one_stream<'a>(packets: impl IntoIterator<Item = &'a Packet>) {
    let packets: Vec<_> = packets.into_iter().collect();
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        assert_eq!(after.timestamp, before.timestamp.wrapping_add(160));
        assert_eq!(after.marker, Marker::Clear);
    }
}

#[test]
fn a_prompt_is_heard_frame_by_frame_and_its_end_is_told() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    bench.play(&party, 7, vec![prompt(0..20), prompt(20..25)], AtEnd::Finish);
    let heard: Vec<_> = (0..25).map(|_| party.hear()).collect();
    for (number, packet) in heard.iter().enumerate() {
        assert_eq!(packet.payload, frame(number));
        assert_eq!(packet.header.payload_type, PayloadType::PCMU);
    }
    assert_eq!(heard[0].header.marker, Marker::Set);
    assert_one_stream(&heard);
    let finished = EngineEvent::PlaybackFinished { session: party.session, play: 7 };
    assert_eq!(bench.event(), finished);
    party.assert_quiet();
    bench.assert_no_event();
}

#[test]
fn the_next_prompt_continues_the_stream_at_the_true_time() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    bench.play(&party, 1, vec![prompt(0..3)], AtEnd::Finish);
    let heard: Vec<_> = (0..3).map(|_| party.hear()).collect();
    let before = heard[2].header;
    bench.event();
    std::thread::sleep(Duration::from_millis(200));
    bench.play(&party, 2, vec![prompt(3..5)], AtEnd::Finish);
    let after = party.hear().header;
    assert_eq!(after.ssrc, before.ssrc);
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!(after.marker, Marker::Set);
    let passed = after.timestamp.wrapping_sub(before.timestamp);
    assert!((1_600..80_000).contains(&passed), "{passed} samples for 200 ms and a little");
    assert_eq!(party.hear().header.timestamp, after.timestamp.wrapping_add(160));
}

#[test]
fn a_prompt_that_is_replaced_or_stopped_is_never_told_to_have_finished() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    bench.play(&party, 1, vec![prompt(0..500)], AtEnd::Finish);
    let first = party.hear();
    bench.play(&party, 2, vec![prompt(700..703)], AtEnd::Finish);
    let heard = party.hear_all();
    assert_one_stream(std::iter::once(&first).chain(&heard));
    let new: Vec<_> = heard.iter().rev().take(3).rev().map(|packet| &packet.payload).collect();
    assert!(new.into_iter().eq([frame(700), frame(701), frame(702)].iter()));
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: party.session, play: 2 });

    bench.play(&party, 3, vec![prompt(0..500)], AtEnd::Finish);
    party.hear();
    bench.engine.send(Command::StopPlaying { session: party.session });
    assert!(party.hear_all().len() < 400);
    bench.assert_no_event();
}

#[test]
fn ringing_goes_round_until_it_is_stopped() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    bench.play(&party, 1, vec![prompt(0..3)], AtEnd::Repeat);
    let heard: Vec<_> = (0..8).map(|_| party.hear()).collect();
    assert!(heard.iter().enumerate().all(|(at, packet)| packet.payload == frame(at % 3)));
    assert_one_stream(&heard);
    bench.engine.send(Command::StopPlaying { session: party.session });
    party.hear_all();
    bench.assert_no_event();
}

#[test]
fn nothing_to_play_is_finished_at_once() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    for (play, at_end) in [(1, AtEnd::Finish), (2, AtEnd::Repeat)] {
        bench.play(&party, play, Vec::new(), at_end);
        assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: party.session, play });
    }
    party.assert_quiet();
}

#[test]
fn a_player_pauses_goes_back_and_goes_on() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    let session = party.session;
    bench.play(&party, 1, vec![prompt(0..100)], AtEnd::Finish);
    for _ in 0..5 {
        party.hear();
    }
    bench.engine.send(Command::Pause { session });
    let heard = 5 + party.hear_all().len();
    bench.engine.send(Command::Seek { session, seek: Seek::Back(Duration::from_millis(60)) });
    party.assert_quiet();
    bench.engine.send(Command::Resume { session });
    let resumed = party.hear();
    assert_eq!(resumed.payload, frame(heard - 3));
    assert_eq!(resumed.header.marker, Marker::Set);
    bench.engine.send(Command::Seek { session, seek: Seek::Forward(Duration::from_secs(60)) });
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session, play: 1 });
}

#[test]
fn a_party_on_hold_is_sent_nothing_and_misses_what_is_played() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    party.connection.send = false;
    party.connect(&bench);
    bench.play(&party, 1, vec![prompt(0..5)], AtEnd::Finish);
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: party.session, play: 1 });
    party.assert_quiet();
    party.connection.send = true;
    party.connect(&bench);
    bench.play(&party, 2, vec![prompt(5..6)], AtEnd::Finish);
    assert_eq!(party.hear().payload, frame(5));
}

#[test]
fn a_prompt_waits_until_the_session_is_connected() {
    let bench = Bench::new();
    let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let (session, _) = bench.engine.open().unwrap();
    let prompts = vec![prompt(0..2)];
    bench.engine.send(Command::Play { session, play: 1, prompts, at_end: AtEnd::Finish });
    bench.assert_no_event();
    let connection = Connection::new(socket.local_addr().unwrap(), Codec::Pcmu);
    bench.engine.send(Command::Connect { session, connection });
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session, play: 1 });
    let mut datagram = [0; 512];
    let (length, _) = socket.recv_from(&mut datagram).unwrap();
    assert_eq!(RtpPacket::parse(&datagram[..length]).unwrap().payload, frame(0));
}

#[test]
fn a_bridge_carries_sound_unchanged_in_streams_of_its_own() {
    let bench = Bench::new();
    let (mut a, mut b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    let carries = |from: &mut Party, to: &Party| {
        let heard: Vec<_> = (0..20)
            .map(|number| {
                from.say(&frame(number));
                let packet = to.hear();
                assert_eq!(packet.payload, frame(number));
                packet
            })
            .collect();
        assert_ne!(heard[0].header.ssrc, from.sender.ssrc());
        assert_eq!(heard[0].header.marker, Marker::Set);
        assert_one_stream(&heard);
    };
    carries(&mut a, &b);
    carries(&mut b, &a);

    bench.engine.send(Command::Unbridge { session: b.session });
    bench.settle(&a);
    a.say(&frame(1));
    b.say(&frame(1));
    a.assert_quiet();
    b.assert_quiet();
}

#[test]
fn prompts_and_bridges_share_one_stream() {
    let bench = Bench::new();
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.play(&b, 1, vec![prompt(0..2)], AtEnd::Finish);
    bench.event();
    bench.bridge(&a, &b);
    a.say(&frame(50));
    a.say(&frame(51));
    let mut heard: Vec<_> = (0..4).map(|_| b.hear()).collect();
    bench.play(&b, 2, vec![prompt(2..32)], AtEnd::Finish);
    heard.push(b.hear());
    // While a prompt plays, it is heard alone.
    a.say(&frame(99));
    bench.event();
    heard.extend((3..32).map(|_| b.hear()));
    a.say(&frame(52));
    heard.push(b.hear());
    let expected: Vec<_> = [0, 1, 50, 51].into_iter().chain(2..32).chain([52]).map(frame).collect();
    assert!(heard.iter().map(|packet| &packet.payload).eq(&expected));
    for pair in heard.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let passed = after.timestamp.wrapping_sub(before.timestamp);
        assert!((160..80_000).contains(&passed), "{passed}");
    }
}

#[test]
fn a_bridge_translates_between_codecs_and_keeps_the_gaps() {
    let bench = Bench::new();
    let mut a = Party::new(&bench, Codec::Pcmu, Some(EVENTS));
    let mut b = Party::new(&bench, Codec::Pcma, Some(EVENTS));
    bench.bridge(&a, &b);
    for (from, to) in [(Codec::Pcmu, Codec::Pcma), (Codec::Pcma, Codec::Pcmu)] {
        let (speaker, listener) = if from == Codec::Pcmu { (&mut a, &b) } else { (&mut b, &a) };
        let mut samples = [0; FRAME_SAMPLES];
        let mut expected = [0; FRAME_SAMPLES];
        from.decoder().decode(&frame(3), &mut samples);
        to.encoder().encode(&samples, &mut expected);
        speaker.say(&frame(3));
        let first = listener.hear();
        assert_eq!(first.header.payload_type, to.payload_type());
        // What comes before is the joint to silence.
        assert_eq!(first.payload[SEAM..], expected[SEAM..]);
        speaker.sender.skip(320);
        speaker.say(&frame(3));
        let second = listener.hear();
        assert_eq!(second.header.timestamp, first.header.timestamp.wrapping_add(480));
    }
}

#[test]
fn a_key_is_told_once_and_carried_over_a_bridge() {
    let bench = Bench::new();
    let mut a = Party::pcmu(&bench);
    let other = PayloadType::new(96).unwrap();
    let b = Party::new(&bench, Codec::Pcmu, Some(other));
    bench.bridge(&a, &b);
    a.say(&frame(0));
    a.press(Key::Five, 3);
    a.say(&frame(1));
    a.press(Key::Five, 1);
    a.press(Key::Pound, 1);
    for key in [Key::Five, Key::Five, Key::Pound] {
        assert_eq!(bench.event(), EngineEvent::Key { session: a.session, key });
    }
    bench.assert_no_event();
    let heard = b.hear_all();
    assert!(heard.iter().all(|packet| packet.header.ssrc == heard[0].header.ssrc));
    let events = heard.iter().filter(|packet| packet.header.payload_type == other);
    let mut keys: Vec<_> =
        events.map(|packet| (packet.header.timestamp, packet.payload[0])).collect();
    keys.dedup();
    let keys: Vec<_> = keys.into_iter().map(|(_, key)| key).collect();
    assert_eq!(keys, [5, 5, 11]);
}

#[test]
fn keys_in_the_sound_count_only_where_events_were_not_negotiated() {
    let bench = Bench::new();
    let digits = [Key::One, Key::Zero, Key::One];
    let samples: Vec<i16> = KeyTones::new(digits, KeyToneConfig::default()).collect();
    for events in [None, Some(EVENTS)] {
        let mut party = Party::new(&bench, Codec::Pcma, events);
        for piece in samples.chunks(FRAME_SAMPLES) {
            let mut octets = [0; FRAME_SAMPLES];
            let length = Codec::Pcma.encoder().encode(piece, &mut octets);
            party.say(&octets[..length]);
        }
        if events.is_none() {
            for key in digits {
                assert_eq!(bench.event(), EngineEvent::Key { session: party.session, key });
            }
        }
        bench.assert_no_event();
    }
}

#[test]
fn keys_are_pressed_one_after_the_other_in_the_place_of_sound() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    let session = party.session;
    let duration = Duration::from_millis(100);
    bench.play(&party, 1, vec![prompt(0..20)], AtEnd::Finish);
    let mut heard = vec![party.hear()];
    for key in [Key::Two, Key::Star] {
        bench.engine.send(Command::SendKey { session, key, duration });
    }
    heard.extend(party.hear_all());
    let is_event = |packet: &&Packet| packet.header.payload_type == EVENTS;
    let events: Vec<_> = heard.iter().filter(is_event).collect();
    // Each key: five packets for 100 ms, the last one two times more.
    let keys: Vec<_> = events.iter().map(|packet| packet.payload[0]).collect();
    assert_eq!(keys, [2, 2, 2, 2, 2, 2, 2, 10, 10, 10, 10, 10, 10, 10]);
    assert_eq!(events[6].payload[1..], [0x80 | 10, 0x03, 0x20], "ended after 800 samples");
    let sound: Vec<_> = heard.iter().filter(|packet| !is_event(packet)).collect();
    assert_eq!(sound.len(), 20, "what plays waits for the keys");
    let sequences = heard.windows(2);
    let is_next =
        |pair: &[Packet]| pair[1].header.sequence == pair[0].header.sequence.wrapping_add(1);
    assert!(sequences.into_iter().all(is_next));

    let none = Party::new(&bench, Codec::Pcmu, None);
    bench.engine.send(Command::SendKey { session: none.session, key: Key::Two, duration });
    none.assert_quiet();
}

#[test]
fn a_recording_has_exactly_what_was_said_in_order() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    let mut said = vec![vec![0xff; FRAME_SAMPLES]];
    said.extend((1..8).map(frame));
    let mut datagrams = Vec::new();
    for payload in &said {
        let mut datagram = [0; 172];
        party.sender.write(PayloadType::PCMU, payload, 160, &mut datagram).unwrap();
        datagrams.push(datagram);
    }
    // Two are overtaken, one comes twice.
    datagrams.swap(3, 4);
    datagrams.push(datagrams[5]);
    for datagram in &datagrams {
        party.socket.send_to(datagram, party.engine).unwrap();
    }
    assert!(matches!(sound.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout)));
    bench.engine.send(Command::StopRecording { session: party.session });
    let EngineEvent::Recorded { session, length } = bench.event() else { panic!("no recording") };
    assert_eq!(session, party.session);
    let recorded: Vec<u8> = sound.iter().flatten().collect();
    assert_eq!(length, Duration::from_micros(125) * u32::try_from(recorded.len()).unwrap());
    let said = said.concat();
    let start = recorded.windows(said.len()).position(|window| window == said);
    let start = start.expect("all that was said, in order");
    let silence = recorded[..start]
        .iter()
        .chain(recorded.get(start + said.len() + CONCEALED..).unwrap_or_default());
    assert!(silence.into_iter().all(|octet| *octet == 0xff), "nothing else was recorded");
}

#[test]
fn what_is_lost_leaves_a_gap_of_its_length_in_a_recording() {
    let bench = Bench::new();
    let mut party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    for number in 0..8 {
        if number == 4 {
            party.sender.skip(160);
        } else {
            party.say(&frame(number));
        }
    }
    assert!(matches!(sound.recv_timeout(QUIET), Err(RecvTimeoutError::Timeout)));
    bench.engine.send(Command::Close { session: party.session });
    assert!(matches!(bench.event(), EngineEvent::Recorded { .. }), "closing ends the recording");
    assert!(matches!(
        bench.event(),
        EngineEvent::Closed { report: SoundReport { received: 7, .. }, .. }
    ));
    let recorded: Vec<u8> = sound.iter().flatten().collect();
    let find = |wanted: Vec<u8>| recorded.windows(wanted.len()).position(|window| window == wanted);
    let before = find(frame(3)).unwrap();
    let after = find([frame(6), frame(7)].concat()).unwrap();
    assert_eq!(after - before, 3 * FRAME_SAMPLES);
}

#[test]
fn silence_is_told_once_in_a_recording() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    let sound = bench.record(&party, Some(Duration::from_millis(200)));
    assert_eq!(bench.event(), EngineEvent::Silent { session: party.session });
    bench.assert_no_event();
    bench.engine.send(Command::StopRecording { session: party.session });
    let length = Duration::from_millis(200);
    assert_eq!(bench.event(), EngineEvent::Recorded { session: party.session, length });
    assert_eq!(sound.iter().map(|chunk| chunk.len()).sum::<usize>(), 1_600);
}

#[test]
fn strangers_are_counted_and_never_heard() {
    let bench = Bench::new();
    let (mut a, b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    bench.bridge(&a, &b);
    let sound = bench.record(&a, None);
    a.say(&frame(0));
    assert_eq!(b.hear().payload, frame(0));

    let mut stranger = Party::pcmu(&bench);
    stranger.engine = a.engine;
    for _ in 0..5 {
        stranger.say(&[0x81; FRAME_SAMPLES]);
    }
    stranger.press(Key::Nine, 1);
    // What is no RTP at all is not worth counting.
    for nonsense in [&b""[..], b"hello", &[0; 12], &[0x80, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
        stranger.socket.send_to(nonsense, a.engine).unwrap();
        a.socket.send_to(nonsense, a.engine).unwrap();
    }
    a.say(&frame(1));
    assert_eq!(b.hear().payload, frame(1));
    bench.play(&a, 1, vec![prompt(5..6)], AtEnd::Finish);
    assert_eq!(a.hear().payload, frame(5), "sound still goes to the party");
    bench.event();

    bench.engine.send(Command::Close { session: a.session });
    assert!(matches!(bench.event(), EngineEvent::Recorded { .. }));
    let EngineEvent::Closed { session, report } = bench.event() else { panic!("closed") };
    assert_eq!(session, a.session);
    assert_eq!((report.received, report.lost, report.strangers), (2, 0, 5 + 7));
    assert!(sound.iter().flatten().all(|octet| octet != 0x81));
}

#[test]
fn a_party_that_is_not_heard_is_told_once_until_it_is_heard_again() {
    let mut config = EngineConfig::new(LOOPBACK);
    config.nothing_heard_after = Some(Duration::from_millis(100));
    let bench = Bench::with(config);
    let mut party = Party::pcmu(&bench);
    let nothing = EngineEvent::NothingHeard { session: party.session };
    assert_eq!(bench.event(), nothing);
    bench.assert_no_event();
    party.say(&frame(0));
    assert_eq!(bench.event(), nothing);
    party.connection.receive = false;
    party.connect(&bench);
    bench.assert_no_event();
}

#[test]
fn a_closed_place_is_used_again_by_a_session_that_starts_anew() {
    let bench = Bench::new();
    let old = Party::pcmu(&bench);
    bench.play(&old, 1, vec![prompt(0..500)], AtEnd::Finish);
    let before = old.hear();
    bench.engine.send(Command::Close { session: old.session });
    let new = Party::pcmu(&bench);
    bench.play(&new, 1, vec![prompt(0..10)], AtEnd::Finish);
    let heard: Vec<_> = (0..10).map(|_| new.hear()).collect();
    assert_one_stream(&heard);
    assert_ne!(heard[0].header.ssrc, before.header.ssrc);
    assert!(matches!(bench.event(), EngineEvent::Closed { session, .. } if session == old.session));
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: new.session, play: 1 });
    assert_ne!(old.session, new.session);
    // Commands to a session that is gone do nothing.
    bench.bridge(&old, &new);
    bench.play(&old, 2, vec![prompt(0..1)], AtEnd::Finish);
    bench.assert_no_event();
}

#[test]
fn an_engine_that_stops_ends_its_recordings() {
    let bench = Bench::new();
    let party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    party.assert_quiet();
    bench.engine.stop();
    let events: Vec<_> = bench.events.iter().collect();
    let [EngineEvent::Recorded { length, .. }, EngineEvent::Closed { .. }] = events[..] else {
        panic!("{events:?}")
    };
    assert!(!length.is_zero());
    assert!(sound.iter().flatten().count() > 0);
}

#[test]
fn debug_keeps_keys_to_itself() {
    let (session, duration) = (SessionId(3), Duration::ZERO);
    let shown = |key| {
        let command = Command::SendKey { session, key, duration };
        format!("{command:?} {:?}", EngineEvent::Key { session, key })
    };
    assert_eq!(shown(Key::Nine), "SendKey(3) Key(3)");
    assert_eq!(shown(Key::One), shown(Key::Nine));
}
