//! Which worker holds which session.

use std::collections::BTreeMap;

use super::{Command, RoomId, SessionId};

/// Where sessions are, and where new ones go. Sessions move to each other; a room stays where it is.
#[derive(Debug)]
pub(super) struct Placement {
    workers: Vec<Load>,
    sessions: BTreeMap<SessionId, usize>,
    /// Sessions and rooms that there have been.
    opened: u64,
}

/// What a worker has.
#[derive(Clone, Copy, Debug)]
struct Load {
    sessions: usize,
    /// Rooms that it was ever given: an empty one costs nothing, and may be joined again.
    rooms: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// Its thread is gone, and all that it had.
    Ended,
}

/// How a command is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Who carries it out.
    pub(super) worker: usize,
    /// A session that has to move there before, and the worker that has it.
    pub(super) moves: Option<(SessionId, usize)>,
}

impl Placement {
    pub(super) fn new(workers: usize) -> Self {
        let load = Load { sessions: 0, rooms: 0, state: State::Running };
        Self { workers: vec![load; workers], sessions: BTreeMap::new(), opened: 0 }
    }

    /// Places a new session on the worker with the fewest; `None` if all have ended.
    pub(super) fn open(&mut self) -> Option<(SessionId, usize)> {
        let worker = self.least(|load| (load.sessions, 0))?;
        let session = SessionId(self.next_number(worker));
        self.workers.get_mut(worker)?.sessions += 1;
        self.sessions.insert(session, worker);
        Some((session, worker))
    }

    /// Places a new room on the worker with the fewest, and of these with the fewest sessions.
    pub(super) fn open_room(&mut self) -> RoomId {
        let worker = self.least(|load| (load.rooms, load.sessions)).unwrap_or(0);
        if let Some(load) = self.workers.get_mut(worker) {
            load.rooms += 1;
        }
        RoomId(self.next_number(worker))
    }

    /// A session is no more, or will not be when its worker has done what it was ordered to.
    pub(super) fn close(&mut self, session: SessionId) {
        let worker = self.sessions.remove(&session);
        if let Some(load) = worker.and_then(|worker| self.workers.get_mut(worker)) {
            load.sessions = load.sessions.saturating_sub(1);
        }
    }

    /// A session moves to another worker.
    pub(super) fn place(&mut self, session: SessionId, worker: usize) {
        self.close(session);
        if let Some(load) = self.workers.get_mut(worker) {
            load.sessions += 1;
            self.sessions.insert(session, worker);
        }
    }

    /// A worker has ended, and with it all of its sessions.
    pub(super) fn end(&mut self, worker: usize) {
        self.sessions.retain(|_, at| *at != worker);
        if let Some(load) = self.workers.get_mut(worker) {
            (load.sessions, load.state) = (0, State::Ended);
        }
    }

    /// Returns who carries out a command; `None` if a session that it names is no more.
    pub(super) fn route(&self, command: &Command) -> Option<Route> {
        match command {
            Command::Bridge { a, b } => {
                let (at_a, at_b) = (self.worker_of(*a)?, self.worker_of(*b)?);
                // Whoever is moved goes where there is less to do.
                let (worker, moved, from) = if self.load(at_a) < self.load(at_b) {
                    (at_a, b, at_b)
                } else {
                    (at_b, a, at_a)
                };
                Some(Route { worker, moves: (from != worker).then_some((*moved, from)) })
            }
            Command::Join { session, room } => {
                let (worker, from) = (self.worker_of_room(*room), self.worker_of(*session)?);
                Some(Route { worker, moves: (from != worker).then_some((*session, from)) })
            }
            Command::RecordRoom { room, .. } | Command::StopRecordingRoom { room } => {
                Some(Route { worker: self.worker_of_room(*room), moves: None })
            }
            command => {
                let worker = self.worker_of(SessionId(command.number()))?;
                Some(Route { worker, moves: None })
            }
        }
    }

    /// Returns the worker that a session is on, or moves to.
    pub(super) fn worker_of(&self, session: SessionId) -> Option<usize> {
        self.sessions.get(&session).copied()
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.workers.iter().all(|load| load.sessions == 0)
    }

    /// A room has its worker in its number: nobody tells when it is not needed any more.
    fn worker_of_room(&self, room: RoomId) -> usize {
        usize::try_from(room.0 % self.count()).unwrap_or(0)
    }

    fn load(&self, worker: usize) -> usize {
        self.workers.get(worker).map_or(usize::MAX, |load| load.sessions)
    }

    /// Returns the running worker with the least.
    fn least(&self, load: impl Fn(&Load) -> (usize, usize)) -> Option<usize> {
        let running = self.workers.iter().enumerate().filter(|(_, it)| it.state == State::Running);
        running.min_by_key(|(_, it)| load(it)).map(|(worker, _)| worker)
    }

    /// Returns a number that was never used, which a worker's number can be taken from.
    fn next_number(&mut self, worker: usize) -> u64 {
        let number = self.opened * self.count() + u64::try_from(worker).unwrap_or(0);
        self.opened += 1;
        number
    }

    fn count(&self) -> u64 {
        u64::try_from(self.workers.len()).unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries out what a route says.
    fn send(placement: &mut Placement, command: &Command) -> Option<usize> {
        let Route { worker, moves } = placement.route(command)?;
        if let Some((session, from)) = moves {
            assert_eq!(placement.worker_of(session), Some(from));
            assert_ne!(from, worker);
            placement.place(session, worker);
        }
        if let Command::Close { session } = command {
            placement.close(*session);
        }
        Some(worker)
    }

    #[test]
    fn who_is_bridged_is_together_and_the_load_stays_even() {
        let mut placement = Placement::new(3);
        let sessions: Vec<_> = (0..60).map(|_| placement.open().unwrap().0).collect();
        for (number, a) in sessions.iter().enumerate() {
            let (a, b) = (*a, sessions[(number * 7 + 1) % 60]);
            send(&mut placement, &Command::Bridge { a, b });
            assert_eq!(placement.worker_of(a), placement.worker_of(b));
            let loads: Vec<_> = (0..3).map(|worker| placement.load(worker)).collect();
            assert_eq!(loads.iter().sum::<usize>(), 60);
            assert!(loads.iter().all(|load| (18..=22).contains(load)), "{loads:?}");
        }
    }

    #[test]
    fn rooms_are_spread_and_stay_where_they_are() {
        let mut placement = Placement::new(3);
        let (session, _) = placement.open().unwrap();
        let rooms: Vec<_> = (0..6).map(|_| placement.open_room()).collect();
        let mut met = [0; 3];
        for room in &rooms {
            let worker = send(&mut placement, &Command::Join { session, room: *room }).unwrap();
            assert_eq!(placement.worker_of(session), Some(worker));
            let recorded = send(&mut placement, &Command::StopRecordingRoom { room: *room });
            assert_eq!(recorded, Some(worker));
            met[worker] += 1;
        }
        assert_eq!(met, [2; 3]);
    }

    #[test]
    fn a_session_that_is_closed_is_forgotten_and_no_number_comes_twice() {
        let mut placement = Placement::new(2);
        let (a, _) = placement.open().unwrap();
        let (b, _) = placement.open().unwrap();
        assert!(send(&mut placement, &Command::Close { session: a }).is_some());
        for command in [
            Command::Close { session: a },
            Command::Bridge { a, b },
            Command::Bridge { a: b, b: a },
            Command::Leave { session: a },
        ] {
            assert_eq!(placement.route(&command), None, "{command:?}");
        }
        let (c, _) = placement.open().unwrap();
        assert!(c != a && c != b);
        assert_ne!(placement.worker_of(c), placement.worker_of(b));
        for session in [b, c] {
            send(&mut placement, &Command::Close { session });
        }
        assert!(placement.is_empty());
    }

    #[test]
    fn a_worker_that_has_ended_gets_nothing_more() {
        let mut placement = Placement::new(2);
        let (a, lost) = placement.open().unwrap();
        let (b, other) = placement.open().unwrap();
        placement.end(lost);
        assert_eq!(placement.route(&Command::Bridge { a, b }), None);
        assert!((0..5).all(|_| placement.open().unwrap().1 == other));
        placement.end(other);
        assert_eq!(placement.open(), None);
    }
}
