//! Sessions that move from one thread to another.

use std::{collections::BTreeSet, time::Instant};

use centrala_media::{RtcpConfig, RtcpSession, RtpReceiver};

use super::{
    reports::since_1970,
    rooms::{join, levels, talk},
    *,
};

/// Holds up a thread until it is dropped.
struct Gate {
    _closed: Sender<()>,
}

impl Bench {
    fn worker(&self, party: &Party) -> usize {
        self.engine.placement.borrow().worker_of(party.session).expect("an open session")
    }

    /// Moves a session, whoever it hears.
    fn move_to(&self, party: &Party, worker: usize) {
        let from = self.worker(party);
        assert_ne!(from, worker);
        assert!(self.engine.move_session(party.session, from, worker));
        self.engine.flush();
    }

    /// Holds up the thread of a party, whose recording begins.
    fn hold_up(&self, party: &Party) -> Gate {
        let (entered, is_entered) = channel();
        let (closed, gate) = channel::<()>();
        let sink = Box::new(move |_| {
            _ = entered.send(());
            _ = gate.recv();
        });
        self.engine.send(Command::Record { session: party.session, sink, silence: None });
        is_entered.recv_timeout(PATIENCE).expect("the recording begins");
        Gate { _closed: closed }
    }

    /// Ends a party's session, and returns what is told until then.
    fn close(&self, party: &Party) -> (Vec<EngineEvent>, SoundReport) {
        self.engine.send(Command::Close { session: party.session });
        let mut events = Vec::new();
        loop {
            match self.event() {
                EngineEvent::Closed { session, report } if session == party.session => {
                    return (events, report);
                }
                event => events.push(event),
            }
        }
    }
}

/// Two parties on each of two threads, in turn.
fn two_and_two() -> (Bench, [Party; 4]) {
    let bench = Bench::threads(2);
    let parties = [(); 4].map(|()| Party::pcmu(&bench));
    assert_eq!(parties.each_ref().map(|party| bench.worker(party)), [0, 1, 0, 1]);
    (bench, parties)
}

fn is_event(packet: &&Packet) -> bool {
    packet.header.payload_type == EVENTS
}

/// Asserts that packets are in one stream, with jumps in time only where it was silent.
#[track_caller]
fn assert_one_source(packets: &[Packet]) {
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].header, pair[1].header);
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let passed = after.timestamp.wrapping_sub(before.timestamp);
        if after.marker == Marker::Clear {
            assert_eq!(passed, 160);
        } else {
            assert!((160..80_000).contains(&passed), "{passed}");
        }
    }
}

#[test]
fn sessions_begin_on_the_thread_with_the_fewest() {
    let bench = Bench::threads(3);
    let mut parties: Vec<_> = (0..30).map(|_| Party::pcmu(&bench)).collect();
    let count = |parties: &[Party]| {
        [0, 1, 2].map(|worker| parties.iter().filter(|it| bench.worker(it) == worker).count())
    };
    assert_eq!(count(&parties), [10; 3]);
    // Of one thread all go.
    let (gone, kept): (Vec<_>, Vec<_>) =
        parties.into_iter().partition(|party| bench.worker(party) == 1);
    gone.iter().for_each(|party| _ = bench.close(party));
    parties = kept;
    parties.extend((0..10).map(|_| Party::pcmu(&bench)));
    assert_eq!(count(&parties), [10; 3]);
    for pair in parties.chunks(2) {
        bench.bridge(&pair[0], &pair[1]);
        assert_eq!(bench.worker(&pair[0]), bench.worker(&pair[1]));
    }
    assert!(count(&parties).into_iter().all(|count| (8..=12).contains(&count)));
    parties.iter().for_each(|party| _ = bench.close(party));
    assert!(bench.engine.placement.borrow().is_empty());
}

#[test]
fn a_prompt_and_a_recording_go_on_while_their_session_moves() {
    let bench = Bench::threads(3);
    let mut party = Party::pcmu(&bench);
    let sound = bench.record(&party, None);
    let recorded_since = Instant::now();
    bench.play(&party, 1, vec![prompt(0..100)], AtEnd::Finish);
    let mut heard = vec![party.hear()];
    let heard_since = Instant::now();
    let mut said = vec![vec![0xff; FRAME_SAMPLES]];
    said.extend((1..8).map(frame));
    for step in 0..90 {
        bench.move_to(&party, (bench.worker(&party) + 1 + step % 2) % 3);
        if step == 40 {
            said.iter().for_each(|frame| party.say(frame));
        }
        heard.push(party.hear());
    }
    heard.extend((91..100).map(|_| party.hear()));
    // Each move might bring a packet before its time.
    let passed = heard_since.elapsed();
    assert!(passed > Duration::from_millis(99 * 20 - 200), "100 frames in {passed:?}");
    assert!(heard.iter().enumerate().all(|(at, packet)| packet.payload == frame(at)));
    assert_one_stream(&heard);
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: party.session, play: 1 });

    bench.engine.send(Command::StopRecording { session: party.session });
    let EngineEvent::Recorded { length, .. } = bench.event() else { panic!("no recording") };
    let passed = recorded_since.elapsed();
    assert!(length < passed + Duration::from_millis(100), "{length:?} in {passed:?}");
    assert!(length + Duration::from_millis(300) > passed, "{length:?} in {passed:?}");
    let recorded: Vec<u8> = sound.iter().flatten().collect();
    let said = said.concat();
    assert!(recorded.windows(said.len()).any(|window| window == said));
    let (_, report) = bench.close(&party);
    assert_eq!((report.received, report.lost, report.sent), (8, 0, 100));
}

#[test]
fn a_key_that_is_pressed_is_pressed_to_its_end_elsewhere() {
    let bench = Bench::threads(3);
    let party = Party::pcmu(&bench);
    let (session, duration) = (party.session, Duration::from_millis(100));
    for key in [Key::Two, Key::Star] {
        bench.engine.send(Command::SendKey { session, key, duration });
    }
    let mut heard = Vec::new();
    for step in 0..14 {
        heard.push(party.hear());
        bench.move_to(&party, (bench.worker(&party) + 1 + step % 2) % 3);
    }
    party.assert_quiet();
    assert!(heard.iter().all(|packet| is_event(&packet)));
    let keys: Vec<_> = heard.iter().map(|packet| packet.payload[0]).collect();
    assert_eq!(keys, [2, 2, 2, 2, 2, 2, 2, 10, 10, 10, 10, 10, 10, 10]);
    let times: BTreeSet<_> = heard.iter().map(|packet| packet.header.timestamp).collect();
    assert_eq!(times.len(), 2, "a key has one timestamp");
    let is_next =
        |pair: &[Packet]| pair[1].header.sequence == pair[0].header.sequence.wrapping_add(1);
    assert!(heard.windows(2).all(is_next));
}

#[test]
fn a_bridge_between_threads_carries_sound_both_ways_in_the_streams_that_were() {
    let bench = Bench::threads(3);
    let (mut a, mut b) = (Party::pcmu(&bench), Party::pcmu(&bench));
    assert_ne!(bench.worker(&a), bench.worker(&b));
    let recordings = [&a, &b].map(|party| bench.record(party, None));
    for (party, play) in [(&a, 1), (&b, 2)] {
        bench.play(party, play, vec![prompt(0..500)], AtEnd::Finish);
    }
    let mut heard = [&a, &b].map(|party| (0..5).map(|_| party.hear()).collect::<Vec<_>>());
    bench.bridge(&a, &b);
    assert_eq!(bench.worker(&a), bench.worker(&b));
    // Whoever has not moved is heard from when the other has.
    bench.settle(&b);
    for number in 501..531 {
        a.say(&frame(number));
        b.say(&frame(number + 100));
        std::thread::sleep(Duration::from_millis(20));
    }
    bench.engine.send(Command::SendKey {
        session: b.session,
        key: Key::Five,
        duration: Duration::from_millis(100),
    });
    heard[0].extend(a.hear_all());
    heard[1].extend(b.hear_all());
    let (keys, sound): (Vec<_>, Vec<_>) = heard[1].iter().partition(is_event);
    assert_eq!((keys.len(), keys[0].payload[0]), (7, 5));
    let last = sound.len() - 30;
    assert!(last < 100, "what played has ended");
    for (at, packet) in sound[last..].iter().enumerate() {
        assert_eq!(packet.payload, frame(501 + at));
    }
    heard[1].retain(|packet| !is_event(&packet));
    heard.iter().for_each(|packets| assert_one_source(packets));
    let last = heard[0].len() - 30;
    for (at, packet) in heard[0][last..].iter().enumerate() {
        assert_eq!(packet.payload, frame(601 + at));
    }
    for (party, recording) in [&a, &b].into_iter().zip(recordings) {
        let (events, report) = bench.close(party);
        assert!(matches!(events[..], [EngineEvent::Recorded { .. }]), "{events:?}");
        assert_eq!((report.received, report.lost), (30, 0));
        assert!(report.jitter < Duration::from_millis(20), "{:?}", report.jitter);
        assert!(recording.iter().flatten().any(|octet| octet != 0xff));
    }
}

#[test]
fn packets_that_come_during_a_move_wait_for_its_end() {
    let (bench, [mut a, b, c, d]) = two_and_two();
    let gate = bench.hold_up(&d);
    bench.bridge(&a, &b);
    assert_eq!(bench.worker(&a), 1);
    // The session is on its way when its old thread has done this.
    bench.settle(&c);
    (1..6).for_each(|number| a.say(&frame(number)));
    a.press(Key::Five, 1);
    b.assert_quiet();
    bench.assert_no_event();
    drop(gate);
    let heard = b.hear_all();
    assert!(heard.iter().take(5).map(|packet| &packet.payload).eq(&[1, 2, 3, 4, 5].map(frame)));
    assert!(heard[5..].iter().all(|packet| is_event(&packet)));
    assert_one_stream(&heard[..5]);
    assert_eq!(bench.event(), EngineEvent::Key { session: a.session, key: Key::Five });
    assert_eq!(bench.close(&a).1.received, u64::try_from(heard.len()).unwrap());
}

#[test]
fn reports_that_come_during_a_move_are_taken() {
    let (bench, [mut a, b, c, d]) = two_and_two();
    let own = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    own.set_read_timeout(Some(PATIENCE)).unwrap();
    a.connection.rtcp = Rtcp::Separate(own.local_addr().unwrap());
    a.connect(&bench);
    bench.play(&a, 1, vec![prompt(0..2)], AtEnd::Finish);
    bench.event();
    let mut receiver = RtpReceiver::new(8_000);
    for (packet, late) in [(a.hear(), 0), (a.hear(), 5)] {
        let mut header = packet.header;
        header.sequence = header.sequence.wrapping_add(late);
        receiver.handle_sound(&header, Duration::ZERO);
    }
    let mut datagram = [0; 2_048];
    let (length, to) = own.recv_from(&mut datagram).expect("a report");
    let now = since_1970();
    let mut rtcp = RtcpSession::new(RtcpConfig::new("test"), 0, now);
    rtcp.handle_datagram(&datagram[..length], &a.sender, now).unwrap();

    let gate = bench.hold_up(&d);
    bench.bridge(&a, &b);
    bench.settle(&c);
    let length = rtcp.write_report(&a.sender, &receiver, 0, now, &mut datagram).unwrap();
    own.send_to(&datagram[..length], to).unwrap();
    drop(gate);
    bench.settle(&a);
    std::thread::sleep(QUIET);
    assert_eq!(bench.close(&a).1.remote.unwrap().lost, 5);
    assert!(own.recv_from(&mut datagram).is_ok(), "goodbye comes from where reports came from");
}

#[test]
fn what_follows_a_bridge_waits_for_it_in_order_and_others_do_not() {
    let (bench, [mut a, mut b, c, d]) = two_and_two();
    let gate = bench.hold_up(&c);
    let (session, duration) = (a.session, Duration::from_millis(60));
    bench.bridge(&a, &b);
    bench.play(&a, 1, vec![prompt(0..50)], AtEnd::Finish);
    bench.play(&a, 2, vec![prompt(1..4)], AtEnd::Finish);
    let sound = bench.record(&a, None);
    bench.engine.send(Command::SendKey { session, key: Key::Nine, duration });
    bench.play(&b, 3, Vec::new(), AtEnd::Finish);
    assert_eq!(bench.worker(&a), 1);
    // The thread where they meet goes on.
    bench.settle(&d);
    bench.assert_no_event();
    drop(gate);
    let finished =
        |party: &Party, play| EngineEvent::PlaybackFinished { session: party.session, play };
    assert_eq!(bench.event(), finished(&b, 3));
    assert_eq!(bench.event(), finished(&a, 2));
    let (keys, prompt): (Vec<_>, Vec<_>) = a.hear_all().into_iter().partition(|it| is_event(&it));
    assert!(keys.iter().all(|packet| packet.payload[0] == 9) && keys.len() == 5);
    assert!(prompt.into_iter().map(|packet| packet.payload).eq([1, 2, 3].map(frame)));
    a.say(&frame(7));
    assert_eq!(b.hear().payload, frame(7));
    b.say(&frame(8));
    assert_eq!(a.hear().payload, frame(8));
    bench.engine.send(Command::StopRecording { session });
    assert!(
        matches!(bench.event(), EngineEvent::Recorded { session: told, .. } if told == session)
    );
    assert!(sound.iter().flatten().count() > 0);
}

#[test]
fn a_bridge_that_is_taken_back_at_once_is_none() {
    let (bench, [mut a, mut b, c, _d]) = two_and_two();
    let gate = bench.hold_up(&c);
    bench.bridge(&a, &b);
    bench.engine.send(Command::Unbridge { session: b.session });
    drop(gate);
    bench.settle(&a);
    a.say(&frame(1));
    b.say(&frame(1));
    a.assert_quiet();
    b.assert_quiet();
}

#[test]
fn whoever_is_closed_during_a_move_is_closed_once_and_its_recording_ends() {
    for closes_the_moved in [true, false] {
        let (bench, [a, b, c, _d]) = two_and_two();
        let (closed, other) = if closes_the_moved { (&a, &b) } else { (&b, &a) };
        let sound = bench.record(closed, None);
        let gate = bench.hold_up(&c);
        bench.bridge(&a, &b);
        let session = closed.session;
        bench.play(closed, 1, vec![prompt(0..50)], AtEnd::Finish);
        bench.engine.send(Command::Close { session });
        bench.play(closed, 2, Vec::new(), AtEnd::Finish);
        bench.bridge(&a, &b);
        bench.assert_no_event();
        drop(gate);
        let events = [bench.event(), bench.event()];
        let [EngineEvent::Recorded { length, .. }, EngineEvent::Closed { session: told, .. }] =
            events
        else {
            panic!("{events:?}")
        };
        assert_eq!(told, session);
        assert!(!length.is_zero());
        assert!(sound.iter().flatten().count() > 0);
        bench.settle(other);
        bench.settle(&c);
        bench.assert_no_event();
        _ = bench.close(other);
    }
}

#[test]
fn a_session_that_moves_on_and_back_before_it_has_come_is_where_it_was_sent_last() {
    let bench = Bench::threads(3);
    let mut parties: Vec<_> = (0..6).map(|_| Party::pcmu(&bench)).collect();
    let [a, others @ ..] = &mut parties[..] else { panic!("six parties") };
    let gates: Vec<_> = others[2..].iter().map(|party| bench.hold_up(party)).collect();
    for play in 0..20 {
        let next = usize::try_from(1 + play % 2).unwrap();
        bench.move_to(a, (bench.worker(a) + next) % 3);
        bench.play(a, play, vec![prompt(0..500)], AtEnd::Finish);
    }
    for other in others.iter().cycle().take(12) {
        bench.bridge(a, other);
        bench.engine.send(Command::Leave { session: a.session });
    }
    drop(gates);
    bench.settle(a);
    bench.settle(&others[4]);
    let last = &others[1];
    bench.bridge(a, last);
    bench.settle(last);
    a.hear_all();
    a.say(&frame(1));
    assert_eq!(last.hear_all().last().unwrap().payload, frame(1));
    for party in &parties {
        assert!(bench.close(party).0.len() <= 1);
    }
    assert!(bench.engine.placement.borrow().is_empty());
}

#[test]
fn parties_of_three_threads_meet_in_a_room_and_in_another() {
    let bench = Bench::threads(3);
    let rooms = [bench.engine.open_room(), bench.engine.open_room()];
    let mut parties: Vec<_> = (0..3).map(|_| Party::pcmu(&bench)).collect();
    let workers: BTreeSet<_> = parties.iter().map(|party| bench.worker(party)).collect();
    assert_eq!(workers.len(), 3);
    let tones = [500.0, 900.0, 1_300.0];
    let mut met = BTreeSet::new();
    for room in rooms {
        join(&bench, room, &parties);
        let workers: BTreeSet<_> = parties.iter().map(|party| bench.worker(party)).collect();
        assert_eq!(workers.len(), 1);
        met.extend(workers);
        bench.settle(&parties[2]);
        parties.iter().for_each(|party| _ = party.heard());
        talk(&mut parties, &tones, 50);
        for (own, party) in parties.iter().enumerate() {
            for (other, level) in levels(party, &tones).into_iter().enumerate() {
                assert_eq!(level > -16.0, own != other, "{own} hears {other} at {level} dBm0");
            }
        }
    }
    assert_eq!(met.len(), 2, "rooms are spread, too");
}

#[test]
fn what_is_done_in_a_room_waits_for_whoever_joins_it() {
    let (bench, [a, b, c, _d]) = two_and_two();
    let room = loop {
        let room = bench.engine.open_room();
        if room.0 % 2 == 1 {
            break room;
        }
    };
    join(&bench, room, std::slice::from_ref(&b));
    let gate = bench.hold_up(&c);
    let sink = Box::new(|_| {});
    join(&bench, room, std::slice::from_ref(&a));
    bench.engine.send(Command::RecordRoom { room, sink });
    // Who leaves now is not the last one.
    bench.engine.send(Command::Leave { session: b.session });
    bench.play(&b, 1, Vec::new(), AtEnd::Finish);
    bench.assert_no_event();
    drop(gate);
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: b.session, play: 1 });
    bench.assert_no_event();
    bench.engine.send(Command::StopRecordingRoom { room });
    let event = bench.event();
    let EngineEvent::RoomRecorded { length, .. } = event else { panic!("{event:?}") };
    assert!(!length.is_zero());
}

#[test]
fn an_engine_that_stops_waits_for_sessions_that_move() {
    for (holder, moved) in [(2, 0), (3, 0)] {
        let (bench, parties) = two_and_two();
        let gate = bench.hold_up(&parties[holder]);
        let _sound = bench.record(&parties[moved], None);
        bench.bridge(&parties[0], &parties[1]);
        let Bench { engine, events } = bench;
        let opens = std::thread::spawn(move || {
            std::thread::sleep(QUIET);
            drop(gate);
        });
        engine.stop();
        opens.join().unwrap();
        let events: Vec<_> = events.iter().collect();
        let closed = events.iter().filter(|event| matches!(event, EngineEvent::Closed { .. }));
        assert_eq!(closed.count(), 4, "{events:?}");
        let recorded = events.iter().filter(|event| matches!(event, EngineEvent::Recorded { .. }));
        assert_eq!(recorded.count(), 2, "{events:?}");
    }
}

#[test]
fn a_thread_that_dies_takes_nobody_elses_sessions_along() {
    let (bench, [a, b, c, d]) = two_and_two();
    let (entered, is_entered) = channel();
    let (opens, gate) = channel::<()>();
    let sink = Box::new(move |_| {
        _ = entered.send(());
        _ = gate.recv();
        panic!("a fault that is part of the test");
    });
    bench.engine.send(Command::Record { session: d.session, sink, silence: None });
    is_entered.recv_timeout(PATIENCE).expect("the recording begins");
    // It was to hand over a session, for which commands wait, and to take one.
    let third = Party::pcmu(&bench);
    assert_eq!(bench.worker(&third), 0);
    _ = bench.close(&third);
    let fourth = Party::pcmu(&bench);
    bench.move_to(&b, 0);
    bench.bridge(&a, &b);
    bench.play(&a, 1, Vec::new(), AtEnd::Finish);
    bench.assert_no_event();
    drop(opens);
    assert_eq!(bench.event(), EngineEvent::PlaybackFinished { session: a.session, play: 1 });
    bench.settle(&a);
    bench.settle(&c);
    bench.settle(&fourth);
    // What nobody has any more does no harm, and new sessions go elsewhere.
    bench.bridge(&c, &d);
    bench.engine.send(Command::Close { session: d.session });
    bench.settle(&c);
    for _ in 0..3 {
        let party = Party::pcmu(&bench);
        assert_eq!(bench.worker(&party), 0);
        bench.settle(&party);
    }
}
