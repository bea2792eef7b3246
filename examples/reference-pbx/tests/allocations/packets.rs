//! Packets through a whole engine, counted by an allocator.

use std::{
    alloc::System,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    sync::mpsc::channel,
    time::Duration,
};

use centrala_media::{
    Codec, EncodedPrompt, EventSender, FRAME_SAMPLES, PayloadType, RtpSender, Ssrc,
};
use reference_pbx::engine::{AtEnd, Command, Connection, Engine, EngineConfig, SessionId};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const EVENTS: PayloadType = PayloadType::TELEPHONE_EVENT;

/// Packets that each party sends while it is counted.
const PACKETS: u32 = 50;

struct Party {
    session: SessionId,
    socket: UdpSocket,
    engine: SocketAddr,
    sender: RtpSender,
    codec: Codec,
}

impl Party {
    fn new(engine: &Engine, number: u32, codec: Codec) -> Self {
        let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (session, address) = engine.open().unwrap();
        let mut connection = Connection::new(socket.local_addr().unwrap(), codec);
        connection.events_in = Some(EVENTS);
        connection.events_out = Some(EVENTS);
        engine.send(Command::Connect { session, connection });
        let sender = RtpSender::new(Ssrc::new(number), 0, 0);
        Self { session, socket, engine: address, sender, codec }
    }

    /// Sends a packet of sound.
    fn speak(&mut self) {
        let sound = [self.codec.silence(); FRAME_SAMPLES];
        let mut packet = [0; 172];
        let payload_type = self.codec.payload_type();
        let length = self.sender.write(payload_type, &sound, 160, &mut packet).unwrap();
        self.socket.send_to(&packet[..length], self.engine).unwrap();
    }

    /// Presses a key for 60 ms, in packets that all come at once.
    fn press(&mut self) {
        let key = centrala_keys::Key::Five;
        let mut event = EventSender::new(key, 480, self.sender.timestamp());
        while let Some(step) = event.next_packet() {
            let mut packet = [0; 32];
            let length = self.sender.write_event(EVENTS, &step, 160, &mut packet).unwrap();
            self.socket.send_to(&packet[..length], self.engine).unwrap();
        }
    }

    /// Receives a packet.
    fn hear(&self) {
        let mut packet = [0; 2_048];
        self.socket.recv_from(&mut packet).expect("a packet comes");
    }
}

#[test]
fn a_packet_allocates_nothing() {
    let (tell, told) = channel();
    let mut config = EngineConfig::new(LOOPBACK);
    // One of each pair moves to the other's thread.
    config.workers = 3;
    let engine = Engine::start(config, move |event| {
        tell.send(event).unwrap_or_default();
    })
    .unwrap();
    let prompt = EncodedPrompt::from_samples(Codec::Pcmu, &[1_000; 8_000]);
    let listener = Party::new(&engine, 1, Codec::Pcmu);
    engine.send(Command::Play {
        session: listener.session,
        play: 1,
        prompts: vec![prompt],
        at_end: AtEnd::Repeat,
    });
    // One pair speaks the same, the other is translated.
    let mut pairs = [(2, Codec::Pcmu), (4, Codec::Pcma)].map(|(number, codec)| {
        let (a, b) =
            (Party::new(&engine, number, Codec::Pcmu), Party::new(&engine, number + 1, codec));
        engine.send(Command::Bridge { a: a.session, b: b.session });
        (a, b)
    });
    let mut talk = |packets: u32| {
        for _ in 0..packets {
            listener.hear();
            for (a, b) in &mut pairs {
                a.speak();
                b.hear();
                b.speak();
                a.hear();
            }
        }
    };
    talk(20);
    let region = Region::new(ALLOCATOR);
    drop(std::hint::black_box(Box::new(0)));
    assert_eq!(region.change().allocations, 1, "what allocates is counted");

    let region = Region::new(ALLOCATOR);
    talk(PACKETS);
    let spent = region.change();
    assert_eq!(
        (spent.allocations, spent.reallocations, spent.deallocations),
        (0, 0, 0),
        "{PACKETS} packets to a listener and {} through bridges: {spent:?}",
        4 * PACKETS
    );

    // A key is told once, and the message that tells it is all that it costs.
    let (a, b) = &mut pairs[0];
    let region = Region::new(ALLOCATOR);
    a.press();
    (0..5).for_each(|_| b.hear());
    let spent = region.change();
    assert!(spent.allocations <= 2, "{spent:?}");
    assert_eq!(told.try_iter().count(), 1);
}
