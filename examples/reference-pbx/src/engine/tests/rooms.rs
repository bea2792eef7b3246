//! Several parties in a room.

use centrala_media::{MAX_PARTIES, level::tone_dbm0};

use super::{
    codecs::{decoded, encoded, tone},
    *,
};

pub(super) fn join(bench: &Bench, room: RoomId, parties: &[Party]) {
    for party in parties {
        bench.engine.send(Command::Join { session: party.session, room });
    }
}

/// Has each party say its tone at the pace of speech, with nobody else's.
pub(super) fn talk(parties: &mut [Party], tones: &[f64], frames: u32) {
    let said: Vec<_> = parties
        .iter()
        .zip(tones)
        .map(|(party, hz)| encoded(party.connection.codec, &tone(*hz, frames)))
        .collect();
    for at in 0..usize::try_from(frames).unwrap() {
        for (party, said) in parties.iter_mut().zip(&said) {
            let length = party.connection.codec.octets_in(160);
            party.say(&said[at * length..(at + 1) * length]);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns how loud these tones are in what a party has heard in the meantime.
pub(super) fn levels(party: &Party, tones: &[f64]) -> Vec<f64> {
    let heard = party.heard();
    let samples = decoded(party.connection.codec, &heard);
    let middle = &samples[samples.len() / 4..samples.len() / 2];
    tones.iter().map(|hz| tone_dbm0(middle, 8_000, *hz)).collect()
}

#[test]
fn everybody_hears_all_others_and_not_himself_whatever_they_speak() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let mut parties: Vec<_> =
        Codec::ALL.into_iter().map(|codec| Party::new(&bench, codec, Some(EVENTS))).collect();
    join(&bench, room, &parties);
    let tones = [500.0, 900.0, 1_300.0, 1_700.0];
    talk(&mut parties, &tones, 50);
    for (own, party) in parties.iter().enumerate() {
        for (other, level) in levels(party, &tones).into_iter().enumerate() {
            if own == other {
                assert!(level < -40.0, "{own} hears itself at {level} dBm0");
            } else {
                assert!((-16.0..-8.0).contains(&level), "{own} hears {other} at {level} dBm0");
            }
        }
    }
}

#[test]
fn whoever_has_left_is_not_heard_any_more_and_hears_nothing() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let mut parties: Vec<_> = (0..3).map(|_| Party::pcmu(&bench)).collect();
    join(&bench, room, &parties);
    bench.engine.send(Command::Leave { session: parties[2].session });
    let tones = [500.0, 900.0, 1_300.0];
    talk(&mut parties, &tones, 25);
    assert!(levels(&parties[0], &tones)[2] < -60.0);
    parties[2].hear_all();
    parties[2].assert_quiet();
    join(&bench, room, &parties[2..]);
    parties[0].heard();
    talk(&mut parties, &tones, 25);
    assert!(levels(&parties[0], &tones)[2] > -16.0);
}

#[test]
fn a_prompt_to_one_of_them_is_heard_by_him_alone() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let parties: Vec<_> = (0..2).map(|_| Party::pcmu(&bench)).collect();
    join(&bench, room, &parties);
    parties[0].hear();
    bench.play(&parties[0], 1, vec![prompt(1..4)], AtEnd::Finish);
    bench.event();
    let heard = parties[0].heard();
    assert_one_stream(heard.iter().skip(1));
    let of_prompt = |packets: &[Packet]| {
        (1..4).filter(|number| packets.iter().any(|it| it.payload == frame(*number))).count()
    };
    assert_eq!(of_prompt(&heard), 3);
    assert_eq!(of_prompt(&parties[1].heard()), 0);
}

#[test]
fn a_room_is_recorded_with_all_voices_and_its_end_is_told() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let mut parties: Vec<_> = (0..2).map(|_| Party::pcmu(&bench)).collect();
    let (sender, sound) = channel();
    let sink = |sender: &Sender<Bytes>| -> RecordSink {
        let sender = sender.clone();
        Box::new(move |chunk| drop(sender.send(chunk)))
    };
    bench.engine.send(Command::RecordRoom { room, sink: sink(&sender) });
    let nothing = EngineEvent::RoomRecorded { room, length: Duration::ZERO };
    assert_eq!(bench.event(), nothing, "there is nobody yet");

    join(&bench, room, &parties);
    bench.engine.send(Command::RecordRoom { room, sink: sink(&sender) });
    let tones = [500.0, 1_100.0];
    talk(&mut parties, &tones, 50);
    // The last one to leave ends it.
    for party in &parties {
        bench.engine.send(Command::Close { session: party.session });
    }
    let events: Vec<_> = (0..3).map(|_| bench.event()).collect();
    let recorded = events.iter().find_map(|event| match event {
        EngineEvent::RoomRecorded { length, .. } => Some(*length),
        _ => None,
    });
    assert!(recorded.unwrap() >= Duration::from_millis(900), "{recorded:?}");
    let octets: Vec<u8> = sound.try_iter().flatten().collect();
    let mut samples = vec![0; octets.len()];
    Codec::Pcmu.decoder().decode(&octets, &mut samples);
    for hz in tones {
        let level = tone_dbm0(&samples[samples.len() / 4..samples.len() / 2], 8_000, hz);
        assert!((-14.0..-8.0).contains(&level), "{hz} Hz is recorded at {level} dBm0");
    }
}

#[test]
fn a_full_room_is_told_and_a_bridge_is_left_for_a_room() {
    let bench = Bench::new();
    let room = bench.engine.open_room();
    let parties: Vec<_> = (0..=MAX_PARTIES).map(|_| Party::pcmu(&bench)).collect();
    let (last, others) = parties.split_last().unwrap();
    bench.bridge(&others[0], last);
    join(&bench, room, others);
    join(&bench, room, std::slice::from_ref(last));
    assert_eq!(bench.event(), EngineEvent::RoomFull { session: last.session, room });
    bench.engine.send(Command::Leave { session: others[3].session });
    join(&bench, room, std::slice::from_ref(last));
    last.hear();
    bench.engine.send(Command::Bridge { a: others[0].session, b: last.session });
    bench.settle(last);
    last.hear_all();
    last.assert_quiet();
}
