//! Commands in any order, over several threads: what must be told is told, once.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The most sessions that are open at once.
const MAX_SESSIONS: usize = 8;

const ROOMS: usize = 2;

/// What is played to whoever waits for nothing else at the end.
const LAST: u64 = u64::MAX;

#[derive(Clone, Debug)]
enum Step {
    Open,
    Close(usize),
    Play(usize, usize),
    StopPlaying(usize),
    Pause(usize),
    Resume(usize),
    Record(usize),
    StopRecording(usize),
    SendKey(usize),
    Bridge(usize, usize),
    Unbridge(usize),
    Join(usize, usize),
    Leave(usize),
    RecordRoom(usize),
    StopRecordingRoom(usize),
    Say(usize),
    Flush,
    Sleep(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let session = 0..MAX_SESSIONS;
    let room = 0..ROOMS;
    let two = (0..MAX_SESSIONS, 0..MAX_SESSIONS);
    let step = prop_oneof![
        3 => Just(Step::Open),
        2 => session.clone().prop_map(Step::Close),
        3 => (session.clone(), 0_usize..4).prop_map(|(at, frames)| Step::Play(at, frames)),
        1 => session.clone().prop_map(Step::StopPlaying),
        1 => session.clone().prop_map(Step::Pause),
        1 => session.clone().prop_map(Step::Resume),
        3 => session.clone().prop_map(Step::Record),
        1 => session.clone().prop_map(Step::StopRecording),
        1 => session.clone().prop_map(Step::SendKey),
        8 => two.prop_map(|(a, b)| Step::Bridge(a, b)),
        1 => session.clone().prop_map(Step::Unbridge),
        8 => (session.clone(), room.clone()).prop_map(|(at, room)| Step::Join(at, room)),
        3 => session.clone().prop_map(Step::Leave),
        3 => room.clone().prop_map(Step::RecordRoom),
        2 => room.prop_map(Step::StopRecordingRoom),
        2 => session.prop_map(Step::Say),
        3 => Just(Step::Flush),
        1 => (1_u64..30).prop_map(Step::Sleep),
    ];
    prop::collection::vec(step, 0..200)
}

/// What must become of a session.
#[derive(Debug, Default)]
struct Expected {
    recordings: usize,
    /// What was played last, and nothing has ended since.
    play: Option<u64>,
    room: Option<usize>,
}

/// What must become of a room.
#[derive(Debug, Default)]
struct ExpectedRoom {
    members: usize,
    is_recorded: bool,
    /// Recordings in the order of their ends; whether each was of an empty room.
    recordings: Vec<bool>,
}

/// An engine, and what it must tell.
struct Model {
    bench: Bench,
    rooms: Vec<(RoomId, ExpectedRoom)>,
    open: Vec<(Party, Expected)>,
    closed: BTreeMap<SessionId, Expected>,
    plays: u64,
}

impl Model {
    fn new() -> Self {
        let bench = Bench::threads(3);
        let rooms = (0..ROOMS).map(|_| (bench.engine.open_room(), ExpectedRoom::default()));
        let rooms = rooms.collect();
        Self { bench, rooms, open: Vec::new(), closed: BTreeMap::new(), plays: 0 }
    }

    fn leave(&mut self, at: usize) {
        let Some(room) = self.open[at].1.room.take() else { return };
        let room = &mut self.rooms[room].1;
        room.members -= 1;
        if room.members == 0 && std::mem::take(&mut room.is_recorded) {
            room.recordings.push(false);
        }
    }

    fn carry_out(&mut self, step: &Step) {
        let command = match *step {
            Step::Open => {
                if self.open.len() < MAX_SESSIONS {
                    let codec = Codec::ALL[self.open.len() % Codec::ALL.len()];
                    let party = Party::new(&self.bench, codec, Some(EVENTS));
                    self.open.push((party, Expected::default()));
                }
                return;
            }
            Step::Flush => return self.bench.engine.flush(),
            Step::Sleep(millis) => return std::thread::sleep(Duration::from_millis(millis)),
            Step::RecordRoom(room) => {
                let (room, expected) = &mut self.rooms[room];
                if expected.members == 0 {
                    expected.recordings.push(true);
                } else if std::mem::replace(&mut expected.is_recorded, true) {
                    expected.recordings.push(false);
                }
                Command::RecordRoom { room: *room, sink: Box::new(|_| {}) }
            }
            Step::StopRecordingRoom(room) => {
                let (room, expected) = &mut self.rooms[room];
                if std::mem::take(&mut expected.is_recorded) {
                    expected.recordings.push(false);
                }
                Command::StopRecordingRoom { room: *room }
            }
            Step::Close(at)
            | Step::Play(at, _)
            | Step::StopPlaying(at)
            | Step::Pause(at)
            | Step::Resume(at)
            | Step::Record(at)
            | Step::StopRecording(at)
            | Step::SendKey(at)
            | Step::Bridge(at, _)
            | Step::Unbridge(at)
            | Step::Join(at, _)
            | Step::Leave(at)
            | Step::Say(at) => match self.of_session(at, step) {
                Some(command) => command,
                None => return,
            },
        };
        self.bench.engine.post(command);
    }

    fn of_session(&mut self, at: usize, step: &Step) -> Option<Command> {
        let count = self.open.len();
        let at = at.checked_rem(count)?;
        if matches!(step, Step::Close(_) | Step::Join(..) | Step::Leave(_)) {
            self.leave(at);
        }
        let (party, expected) = &mut self.open[at];
        let session = party.session;
        Some(match *step {
            Step::Close(_) => {
                let (party, expected) = self.open.remove(at);
                self.closed.insert(party.session, expected);
                Command::Close { session }
            }
            Step::Play(_, frames) => {
                self.plays += 1;
                let (play, prompts) = (self.plays, vec![prompt(0..frames)]);
                expected.play = Some(play);
                Command::Play { session, play, prompts, at_end: AtEnd::Finish }
            }
            Step::StopPlaying(_) => {
                expected.play = None;
                Command::StopPlaying { session }
            }
            Step::Pause(_) => Command::Pause { session },
            Step::Resume(_) => Command::Resume { session },
            Step::Record(_) => {
                expected.recordings += 1;
                Command::Record { session, sink: Box::new(|_| {}), silence: None }
            }
            Step::StopRecording(_) => Command::StopRecording { session },
            Step::SendKey(_) => {
                Command::SendKey { session, key: Key::One, duration: Duration::from_millis(20) }
            }
            Step::Bridge(_, other) => {
                let other = other % count;
                if other == at {
                    return None;
                }
                [at, other].into_iter().for_each(|at| {
                    self.leave(at);
                    self.open[at].1.play = None;
                });
                Command::Bridge { a: session, b: self.open[other].0.session }
            }
            Step::Unbridge(_) => Command::Unbridge { session },
            Step::Join(_, room) => {
                (expected.play, expected.room) = (None, Some(room));
                self.rooms[room].1.members += 1;
                Command::Join { session, room: self.rooms[room].0 }
            }
            Step::Leave(_) => Command::Leave { session },
            Step::Say(_) => {
                let codec = party.connection.codec;
                party.say(&vec![codec.silence(); codec.octets_in(FRAME_SAMPLES)]);
                return None;
            }
            Step::Open
            | Step::Flush
            | Step::Sleep(_)
            | Step::RecordRoom(_)
            | Step::StopRecordingRoom(_) => return None,
        })
    }

    /// Waits until everything was played, ends all sessions, and returns all that was told.
    fn finish(&mut self, told: &mut Vec<EngineEvent>) {
        let mut awaited = Vec::new();
        for (party, expected) in &mut self.open {
            let session = party.session;
            self.bench.engine.post(Command::Resume { session });
            let play = *expected.play.get_or_insert(LAST);
            if play == LAST {
                let (prompts, at_end) = (Vec::new(), AtEnd::Finish);
                self.bench.engine.post(Command::Play { session, play, prompts, at_end });
            }
            awaited.push(EngineEvent::PlaybackFinished { session, play });
        }
        self.bench.engine.flush();
        while !awaited.iter().all(|event| told.contains(event)) {
            told.push(self.bench.event());
        }
        while !self.open.is_empty() {
            self.carry_out(&Step::Close(0));
        }
        self.bench.engine.flush();
        let count = |told: &[EngineEvent]| {
            told.iter().filter(|event| matches!(event, EngineEvent::Closed { .. })).count()
        };
        while count(told) < self.closed.len() {
            told.push(self.bench.event());
        }
        assert!(self.bench.engine.placement.borrow().is_empty());
    }

    fn check(self, told: &[EngineEvent]) {
        let mut left = self.closed;
        let mut finished = std::collections::BTreeSet::new();
        let mut rooms: BTreeMap<_, _> =
            self.rooms.into_iter().map(|(room, it)| (room, it.recordings.into_iter())).collect();
        for event in told {
            match event {
                EngineEvent::Recorded { session, .. } => {
                    left.get_mut(session).unwrap().recordings -= 1;
                }
                EngineEvent::PlaybackFinished { session, play } => {
                    assert!(left.contains_key(session));
                    assert!(finished.insert((*session, *play)), "told twice");
                }
                EngineEvent::Closed { session, .. } => {
                    let expected = left.remove(session).expect("it was open");
                    assert_eq!(expected.recordings, 0, "all recordings were told");
                }
                EngineEvent::RoomRecorded { room, length } => {
                    let was_empty = rooms.get_mut(room).unwrap().next().unwrap();
                    assert!(!was_empty || length.is_zero());
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(left.is_empty());
        assert!(rooms.into_values().all(|mut recordings| recordings.next().is_none()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_is_ordered_all_that_must_be_told_is_told_once(steps in steps()) {
        let mut model = Model::new();
        steps.iter().for_each(|step| model.carry_out(step));
        let mut told = Vec::new();
        model.finish(&mut told);
        let Bench { engine, events } = std::mem::replace(&mut model.bench, Bench::threads(1));
        engine.stop();
        told.extend(events.iter());
        model.check(&told);
    }

    #[test]
    fn an_engine_that_stops_amid_all_this_ends_all_of_it(steps in steps()) {
        let mut model = Model::new();
        steps.iter().for_each(|step| model.carry_out(step));
        let Bench { engine, events } = std::mem::replace(&mut model.bench, Bench::threads(1));
        engine.stop();
        let told: Vec<_> = events.iter().collect();
        while !model.open.is_empty() {
            model.carry_out(&Step::Close(0));
        }
        model.check(&told);
    }
}
